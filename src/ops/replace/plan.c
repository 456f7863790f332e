/* The plan of a replacement: which steps, in which order; and what steps are told. */
#include "base/jsonw.h"
#include "base/must.h"
#include "doc/doc.h"
#include "ops/replace/replace.h"

#include <string.h>

/* ---- what a step is told ---- */

static void write_names(struct jsonw *w, const char *key, const char *const *names)
{
    jsonw_key(w, key);
    jsonw_array(w);
    for (; *names; names++)
        jsonw_str(w, *names);
    jsonw_array_end(w);
}

static void write_head(struct jsonw *w, const struct replace_pair *pair, int64_t nodes)
{
    if (pair->region)
        jsonw_kv_str(w, "region", pair->region);
    jsonw_kv_str(w, "cluster", pair->blue.cluster);
    jsonw_kv_str(w, "blue", pair->blue.name);
    jsonw_kv_str(w, "green", pair->green.name);
    jsonw_kv_int(w, "nodes", nodes);
}

static struct sv kept(struct plan *p, const struct str *text)
{
    return sv_of(mem_must(arena_dup(&p->arena, str_sv(text))));
}

static bool in_rounds(const struct replace_pair *pairs, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (pairs[i].round_count > (count == 1))
            return true;
    return false;
}

/* The first new nodes; all of them when there are no rounds. */
static struct eks_nodegroup first_green(const struct replace_pair *pair)
{
    struct eks_nodegroup green = pair->green;
    if (pair->round_count < 2)
        return green;
    green.scaling.desired.n = pair->rounds[0].green;
    if (green.scaling.min.set && green.scaling.min.n > green.scaling.desired.n)
        green.scaling.min = green.scaling.desired;
    return green;
}

static struct sv args_of(struct plan *p, const struct replace_pair *pair, bool creates,
                         int64_t nodes)
{
    _cleanup_str_ struct str text = {0}, spec = {0};
    struct jsonw w;
    jsonw_init(&w, &text, 0);
    jsonw_object(&w);
    write_head(&w, pair, nodes);
    if (creates) {
        const struct eks_nodegroup green = first_green(pair);
        eks_nodegroup_write(&green, &spec);
        jsonw_key(&w, "spec");
        jsonw_raw(&w, str_sv(&spec));
    }
    jsonw_object_end(&w);
    return kept(p, &text);
}

static const char *text_of(const struct doc_node *root, const char *key, struct arena *a)
{
    struct sv text = doc_get_string(root, key);
    return text.len ? mem_must(arena_dup(a, text)) : NULL;
}

static int64_t number_of(const struct doc_node *root, const char *key)
{
    const struct doc_node *n = doc_get(root, key);
    return n && n->type == DOC_INT ? n->integer : 0;
}

static void read_size(const struct doc_node *root, const char *key, struct shape_int *out)
{
    if (doc_get(root, key))
        *out = shape_int(number_of(root, key));
}

static void read_names(const struct doc_node *list, struct arena *a, struct shape_texts *out)
{
    doc_each_item(item, list)
        *(const char **)shape_list_add(out, sizeof(char *), a) =
            mem_must(arena_dup(a, doc_string(item)));
}

static int read_step(const struct doc_node *root, struct arena *a, struct replace_step *out,
                     struct err *err)
{
    const struct doc_node *nodes = doc_get(root, "nodes"), *spec = doc_get(root, "spec");
    out->region = text_of(root, "region", a);
    out->cluster = text_of(root, "cluster", a);
    out->blue = text_of(root, "blue", a);
    out->green = text_of(root, "green", a);
    if (!out->cluster || !out->blue || !out->green || !nodes || nodes->type != DOC_INT)
        return err_set(err, ERR_INPUT,
                       "step of a replacement: expected cluster, blue, green and nodes");
    out->nodes = nodes->integer;
    out->back = number_of(root, "back");
    out->before = number_of(root, "before");
    read_names(doc_get(root, "names"), a, &out->names);
    read_names(doc_get(root, "machines"), a, &out->machines);
    read_size(root, "min", &out->scaling.min);
    read_size(root, "max", &out->scaling.max);
    read_size(root, "desired", &out->scaling.desired);
    if (!spec)
        return 0;
    return eks_nodegroup_read(spec, a, &out->spec, err) < 0 ? err_wrap(err, "step of a replacement")
                                                            : 0;
}

bool replace_is(const struct plan *p)
{
    return strcmp(p->kind, "nodes-replace") == 0;
}

const char *replace_region(const struct plan *p, struct arena *a)
{
    vec_foreach(step, &p->steps) {
        struct replace_step s;
        struct err err = {0};
        if (strcmp(step->verb, "create-group") == 0 &&
            replace_step_parse(step->args, a, &s, &err) == 0)
            return s.region;
    }
    return NULL;
}

size_t replace_groups(const struct plan *p, struct arena *a, const char *const **blue,
                      const char *const **green)
{
    const char **old = mem_must(arena_new_n(a, const char *, p->steps.len + 1));
    const char **fresh = mem_must(arena_new_n(a, const char *, p->steps.len + 1));
    size_t n = 0;
    vec_foreach(step, &p->steps) {
        struct replace_step s;
        struct err err = {0};
        if (strcmp(step->verb, "create-group") != 0 ||
            replace_step_parse(step->args, a, &s, &err) < 0)
            continue;
        old[n] = s.blue;
        fresh[n++] = s.green;
    }
    *blue = old;
    *green = fresh;
    return n;
}

/* The first step knows of the cluster what all do. */
static const char *cluster_of(const struct plan *p, struct arena *a)
{
    struct replace_step s = {0};
    struct err err = {0};
    if (p->steps.len)
        replace_step_parse(p->steps.items[0].args, a, &s, &err);
    return s.cluster ? s.cluster : "NAME";
}

void replace_reverse(const struct plan *p, struct str *out)
{
    _cleanup_arena_ struct arena a = {0};
    const char *const *blue, *const *green;
    size_t n = replace_groups(p, &a, &blue, &green);
    str_addf(out, "toban nodes replace --cloud eks:%s", cluster_of(p, &a));
    for (size_t i = 0; i < n; i++)
        str_addf(out, " --nodegroup %s", green[i]);
    for (size_t i = 0; i < n; i++)
        str_addf(out, " --name %s", blue[i]);
}

int replace_step_parse(struct sv args, struct arena *a, struct replace_step *out, struct err *err)
{
    _cleanup_doc_ struct doc_file file = {0};
    *out = (struct replace_step){0};
    if (doc_parse_json(&file, "step", args, NULL, err) < 0)
        return -1;
    return read_step(file.parts[0].root, a, out, err);
}

/* ---- the plan ---- */

static int check_pairs(const struct replace_pair *pairs, size_t count, struct err *err)
{
    if (!count)
        return err_set(err, ERR_USAGE, "no node groups are named");
    for (size_t i = 0; in_rounds(pairs, count) && i < count; i++)
        if (!pairs[i].round_count)
            return err_set(err, ERR_USAGE, "node group '%s' has no rounds, but others have",
                           pairs[i].blue.name);
    for (size_t i = 0; i < count; i++)
        for (size_t k = 0; k < i; k++)
            if (strcmp(pairs[i].blue.name, pairs[k].blue.name) == 0 ||
                strcmp(pairs[i].green.name, pairs[k].green.name) == 0)
                return err_set(err, ERR_USAGE, "node group '%s' is named twice",
                               strcmp(pairs[i].blue.name, pairs[k].blue.name) == 0
                                   ? pairs[i].blue.name
                                   : pairs[i].green.name);
    return 0;
}

static void add_step(struct plan *p, const struct replace_pair *pair, size_t i, const char *name,
                     const char *verb, const char *title)
{
    char step[48];
    snprintf(step, sizeof step, "%s-%zu", name, i + 1);
    bool creates = strcmp(verb, "create-group") == 0, first = strcmp(verb, "await-group") == 0;
    int64_t nodes =
        creates || first ? first_green(pair).scaling.desired.n : pair->green.scaling.desired.n;
    plan_add(p, step, verb, title, args_of(p, pair, creates, nodes));
}

#define TITLE(...) mem_must(arena_fmt(&out->arena, __VA_ARGS__))

static void add_create(const struct replace_pair *pair, size_t i, struct plan *out)
{
    add_step(out, pair, i, "create", "create-group",
             TITLE("create node group %s like %s", pair->green.name, pair->blue.name));
}

static void add_ready(const struct replace_pair *pair, size_t i, struct plan *out)
{
    add_step(out, pair, i, "ready", "await-group",
             TITLE("wait for %lld nodes of %s", (long long)first_green(pair).scaling.desired.n,
                   pair->green.name));
}

static void add_after(const struct replace_pair *pairs, size_t count, int64_t soak_ms,
                      struct plan *out)
{
    for (size_t i = 0; i < count; i++)
        add_step(out, &pairs[i], i, "detached", "prove-detached",
                 TITLE("prove that no volume is attached to machines of %s", pairs[i].blue.name));
    if (soak_ms)
        plan_add_gate(out, "before-delete", &(struct gate){.kind = GATE_SOAK, .soak_ms = soak_ms});
    for (size_t i = 0; i < count; i++)
        add_step(out, &pairs[i], i, "delete", "delete-group",
                 TITLE("delete node group %s", pairs[i].blue.name));
    for (size_t i = 0; i < count; i++)
        add_step(out, &pairs[i], i, "replaced", "verify-replaced",
                 TITLE("prove that %s has taken the place of %s", pairs[i].green.name,
                       pairs[i].blue.name));
}

/* ---- rounds ---- */

static size_t count_names(const char *const *names)
{
    size_t n = 0;
    while (names[n])
        n++;
    return n;
}

static const char *round_name(struct plan *out, const char *what, size_t round)
{
    return TITLE("%s-%zu", what, round + 1);
}

static void add_round_drain(const struct replace_pair *pair, size_t i, size_t number,
                            struct plan *out)
{
    const struct replace_round *r = &pair->rounds[i];
    const char *blue = pair->blue.name;
    _cleanup_str_ struct str args = {0};
    const struct drain_order some = {.nodes = r->nodes};
    size_t n = count_names(r->nodes);
    drain_order_format(&some, &args);
    plan_add(out, round_name(out, "cordon", number), "cordon",
             TITLE("cordon %zu nodes of %s", n, blue), kept(out, &args));
    plan_add(out, round_name(out, "drain", number), "drain",
             TITLE("drain %zu nodes of %s", n, blue), kept(out, &args));
    plan_add(out, round_name(out, "verify", number), "verify-drained",
             TITLE("prove that nothing is left on %zu nodes of %s", n, blue), kept(out, &args));
}

static void add_end(const struct replace_pair *pair, size_t i, size_t number, int64_t back,
                    struct plan *out)
{
    const struct replace_round *r = &pair->rounds[i];
    _cleanup_str_ struct str args = {0};
    struct jsonw w;
    jsonw_init(&w, &args, 0);
    jsonw_object(&w);
    write_head(&w, pair, r->green);
    write_names(&w, "names", r->nodes);
    write_names(&w, "machines", r->machines);
    jsonw_kv_int(&w, "back", back);
    jsonw_object_end(&w);
    plan_add(out, round_name(out, "end", number), "end-nodes",
             TITLE("end %zu machines of %s", count_names(r->nodes), pair->blue.name),
             kept(out, &args));
}

static void write_size(struct jsonw *w, const char *key, struct shape_int n)
{
    if (n.set)
        jsonw_kv_int(w, key, n.n);
}

static void add_grow(const struct replace_pair *pair, size_t i, size_t number, struct plan *out)
{
    const struct replace_round *r = &pair->rounds[i];
    bool last = i + 1 == pair->round_count;
    _cleanup_str_ struct str args = {0};
    struct jsonw w;
    jsonw_init(&w, &args, 0);
    jsonw_object(&w);
    write_head(&w, pair, r->green);
    jsonw_kv_int(&w, "before", r[-1].green);
    if (last)
        write_size(&w, "min", pair->green.scaling.min);
    jsonw_kv_int(&w, "desired", r->green);
    jsonw_object_end(&w);
    plan_add(out, round_name(out, "grow", number), "grow-group",
             TITLE("wait for %lld nodes of %s", (long long)r->green, pair->green.name),
             kept(out, &args));
}

/* Old nodes of the plan's last round stay until their group is deleted: nobody needs their room.
 * number: of rounds before. */
static void add_rounds(const struct replace_pair *pair, size_t number, bool last, struct plan *out)
{
    int64_t left = 0;
    for (size_t i = 0; i < pair->round_count; i++)
        left += (int64_t)count_names(pair->rounds[i].nodes);
    for (size_t i = 0; i < pair->round_count; i++) {
        if (i > 0)
            add_grow(pair, i, number + i, out);
        int64_t here = (int64_t)count_names(pair->rounds[i].nodes);
        if (here)
            add_round_drain(pair, i, number + i, out);
        if (here && (!last || i + 1 < pair->round_count))
            add_end(pair, i, number + i, left, out);
        left -= here;
    }
}

/* The first group is made already. */
static void add_in_turn(const struct replace_pair *pairs, size_t count, struct plan *out)
{
    size_t number = 0;
    for (size_t i = 0; i < count; i++) {
        if (i > 0) {
            add_create(&pairs[i], i, out);
            add_ready(&pairs[i], i, out);
        }
        add_rounds(&pairs[i], number, i + 1 == count, out);
        number += pairs[i].round_count;
    }
}

/* ---- all of them ---- */

/* In rounds one group after the other. */
static void add_before(const struct replace_pair *pairs, size_t count, struct plan *out)
{
    size_t first = in_rounds(pairs, count) ? 1 : count;
    for (size_t i = 0; i < first; i++)
        add_create(&pairs[i], i, out);
    for (size_t i = 0; i < first; i++)
        add_ready(&pairs[i], i, out);
}

/* The steps of a drain, as ops/drain puts them; in rounds the nodes are drained part by part. */
static int add_drain(const struct replace_pair *pairs, size_t count,
                     const struct drain_order *order, const struct gate *gates, size_t gate_count,
                     struct plan *out, struct err *err)
{
    _cleanup_plan_ struct plan drain;
    bool rounds = in_rounds(pairs, count);
    plan_init(&drain);
    if (drain_plan(order, gates, gate_count, &drain, err) < 0)
        return -1;
    out->args = sv_of(mem_must(arena_dup(&out->arena, drain.args)));
    vec_foreach(claim, &drain.claims)
        must_push(&out->claims, mem_must(arena_dup(&out->arena, sv_of(*claim))));
    vec_foreach(s, &drain.steps) {
        if (strcmp(s->verb, "gate") == 0)
            plan_add_gate(out, s->name, &s->gate);
        else if (!rounds)
            plan_add(out, s->name, s->verb, s->title, s->args);
    }
    if (rounds)
        add_in_turn(pairs, count, out);
    return 0;
}

int replace_plan(const struct replace_pair *pairs, size_t count, const struct drain_order *order,
                 const struct gate *gates, size_t gate_count, int64_t soak_ms, struct plan *out,
                 struct err *err)
{
    if (check_pairs(pairs, count, err) < 0)
        return -1;
    out->kind = "nodes-replace";
    out->title = count == 1
                     ? TITLE("replace node group %s by %s", pairs[0].blue.name, pairs[0].green.name)
                     : TITLE("replace %zu node groups", count);
    for (size_t i = 0; i < count; i++) {
        must_push(&out->claims,
                  TITLE("nodegroup/%s/%s", pairs[i].blue.cluster, pairs[i].blue.name));
        must_push(&out->claims,
                  TITLE("nodegroup/%s/%s", pairs[i].blue.cluster, pairs[i].green.name));
    }
    add_before(pairs, count, out);
    if (add_drain(pairs, count, order, gates, gate_count, out, err) < 0)
        return -1;
    add_after(pairs, count, soak_ms, out);
    return 0;
}
