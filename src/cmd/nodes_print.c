#include "cmd/nodes_print.h"

#include "base/jsonw.h"
#include "base/timestamp.h"
#include "cmd/columns.h"

#define COLUMNS 11

static const struct world_node *node_of(const struct nodes_print *p, const struct inventory_row *r)
{
    return &p->world->nodes.items[r->node];
}

static const char *plan_of(const struct inventory_row *r)
{
    return r->mark ? r->mark->plan : NULL;
}

/* ---- table ---- */

static void add_status(const struct nodes_print *p, const struct inventory_row *r,
                       struct columns *c)
{
    const struct world_node *n = node_of(p, r);
    columns_addf(c, "%s%s%s%s", n->ready ? "Ready" : "NotReady",
                 n->unschedulable ? ",cordoned" : "", plan_of(r) ? " by " : "",
                 plan_of(r) ? plan_of(r) : "");
}

static void add_pods(const struct inventory_row *r, struct columns *c)
{
    if (r->own)
        columns_addf(c, "%u (%u own)", r->pods, r->own);
    else
        columns_addf(c, "%u", r->pods);
}

static void append(struct str *to, unsigned n, const char *what)
{
    if (n)
        str_addf(to, "%s%u %s", to->len ? ", " : "", n, what);
}

static void add_drain(const struct inventory_row *r, struct columns *c)
{
    _cleanup_str_ struct str text = {0};
    append(&text, r->to_move, r->to_move == 1 ? "pod" : "pods");
    append(&text, r->blocked, "blocked");
    append(&text, r->bare, "bare");
    append(&text, r->terminating, "leaving");
    columns_add(c, text.len ? str_c(&text) : "nothing");
}

static void name_mark(struct str *to, bool is, const char *what)
{
    if (is)
        str_addf(to, "%s%s", to->len ? ", " : "", what);
}

static void add_marks(const struct inventory_row *r, struct columns *c)
{
    _cleanup_str_ struct str text = {0};
    if (r->removed_by)
        str_addf(&text, "removed by %s", r->removed_by);
    name_mark(&text, r->mark && r->mark->no_scale_down, "scale-down-disabled");
    name_mark(&text, r->mark && r->mark->do_not_disrupt, "do-not-disrupt");
    append(&text, r->kept, r->kept == 1 ? "pod asks to stay" : "pods ask to stay");
    columns_add(c, str_c(&text));
}

static void add_row(const struct nodes_print *p, const struct inventory_row *r, struct columns *c)
{
    const struct world *w = p->world;
    const struct world_node *n = node_of(p, r);
    char age[COLUMNS_AGE_MAX];
    columns_add(c, world_text(w, n->name));
    add_status(p, r, c);
    columns_add(c, world_text(w, n->kubelet_version));
    columns_add(c, world_text(w, n->zone));
    columns_add(c, world_text(w, n->group));
    columns_add(c, world_text(w, n->instance_type));
    columns_add(c, n->created ? columns_age(p->now - n->created, age) : "");
    add_pods(r, c);
    if (r->volumes)
        columns_addf(c, "%u", r->volumes);
    else
        columns_add(c, "");
    add_drain(r, c);
    add_marks(r, c);
}

void nodes_print_table(const struct nodes_print *p)
{
    static const char *const titles[COLUMNS] = {"NAME",    "STATUS",      "VERSION", "ZONE",
                                                "GROUP",   "TYPE",        "AGE",     "PODS",
                                                "VOLUMES", "DRAIN FINDS", "MARKS"};
    _cleanup_columns_ struct columns c = {.count = COLUMNS};
    for (size_t i = 0; i < COLUMNS; i++)
        columns_add(&c, titles[i]);
    for (size_t i = 0; i < p->count; i++)
        add_row(p, &p->rows[i], &c);
    columns_print(&c, p->out);
}

/* ---- JSON ---- */

static void kv_text(struct jsonw *j, const char *key, const struct world *w, uint32_t text)
{
    jsonw_kv_str(j, key, text == STRINGS_NONE ? NULL : world_text(w, text));
}

static void write_drain(struct jsonw *j, const struct inventory_row *r)
{
    jsonw_key(j, "drain");
    jsonw_object(j);
    jsonw_kv_int(j, "pods", r->to_move);
    jsonw_kv_int(j, "blocked", r->blocked);
    jsonw_kv_int(j, "bare", r->bare);
    jsonw_kv_int(j, "leaving", r->terminating);
    jsonw_kv_int(j, "ask_to_stay", r->kept);
    jsonw_object_end(j);
}

static void write_marks(struct jsonw *j, const struct inventory_row *r)
{
    jsonw_key(j, "marks");
    jsonw_object(j);
    jsonw_kv_str(j, "plan", plan_of(r));
    jsonw_kv_str(j, "by", plan_of(r) ? r->mark->by : NULL);
    jsonw_kv_bool(j, "scale_down_disabled", r->mark && r->mark->no_scale_down);
    jsonw_kv_bool(j, "do_not_disrupt", r->mark && r->mark->do_not_disrupt);
    jsonw_kv_str(j, "removed_by", r->removed_by);
    jsonw_object_end(j);
}

static void write_row(struct jsonw *j, const struct nodes_print *p, const struct inventory_row *r)
{
    const struct world *w = p->world;
    const struct world_node *n = node_of(p, r);
    char created[TIMESTAMP_TEXT_MAX];
    jsonw_object(j);
    kv_text(j, "name", w, n->name);
    jsonw_kv_bool(j, "ready", n->ready);
    jsonw_kv_bool(j, "cordoned", n->unschedulable);
    kv_text(j, "version", w, n->kubelet_version);
    kv_text(j, "zone", w, n->zone);
    kv_text(j, "group", w, n->group);
    kv_text(j, "instance_type", w, n->instance_type);
    jsonw_kv_str(j, "created", n->created ? timestamp_format(n->created, created) : NULL);
    jsonw_kv_int(j, "pods", r->pods);
    jsonw_kv_int(j, "own_pods", r->own);
    jsonw_kv_int(j, "finished_pods", r->finished);
    jsonw_kv_int(j, "volumes", r->volumes);
    write_drain(j, r);
    write_marks(j, r);
    jsonw_object_end(j);
}

void nodes_print_json(const struct nodes_print *p)
{
    struct jsonw j;
    jsonw_init(&j, p->out, 2);
    jsonw_object(&j);
    jsonw_kv_str(&j, "schema", "toban.nodes/v1");
    jsonw_key(&j, "nodes");
    jsonw_array(&j);
    for (size_t i = 0; i < p->count; i++)
        write_row(&j, p, &p->rows[i]);
    jsonw_array_end(&j);
    jsonw_object_end(&j);
    str_addc(p->out, '\n');
}
