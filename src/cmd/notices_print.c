#include "cmd/notices_print.h"

#include "base/duration.h"
#include "base/jsonw.h"
#include "base/timestamp.h"
#include "cmd/columns.h"

#define COLUMNS 7
#define SCHEMA "toban.notices/v1"

static const char *time_text(int64_t at, char buf[static TIMESTAMP_TEXT_MAX])
{
    return at ? timestamp_format(at, buf) : NULL;
}

static const char *or_dash(const char *text)
{
    return text ? text : "-";
}

/* ---- for people ---- */

static void add_what(const struct notice_row *r, struct columns *c)
{
    if (r->kind == NOTICE_OTHER || r->kind == NOTICE_UNREADABLE)
        columns_addf(c, "%s: %s", notice_kind_name(r->kind), r->title);
    else if (r->what)
        columns_addf(c, "%s: %s", notice_kind_name(r->kind), r->what);
    else
        columns_add(c, notice_kind_name(r->kind));
}

static void add_pods(const struct notice_row *r, struct columns *c)
{
    if (!r->node)
        columns_add(c, "-");
    else if (r->own)
        columns_addf(c, "%u (%u own)", r->pods + r->own, r->own);
    else
        columns_addf(c, "%u", r->pods);
}

static void add_row(const struct notice_row *r, struct columns *c)
{
    char at[TIMESTAMP_TEXT_MAX], leave_by[TIMESTAMP_TEXT_MAX];
    columns_add(c, or_dash(time_text(r->at, at)));
    add_what(r, c);
    columns_add(c, or_dash(r->instance));
    columns_add(c, or_dash(r->node));
    columns_add(c, or_dash(r->group));
    add_pods(r, c);
    columns_add(c, or_dash(time_text(r->leave_by, leave_by)));
}

static void add_words(struct str *out, bool are, const char *words)
{
    if (are)
        str_addf(out, "%s%s", out->len ? "; " : "", words);
}

static void add_workload(struct str *out, const struct notice_workload *w)
{
    _cleanup_str_ struct str words = {0};
    add_words(&words, w->alone, "no other is Ready");
    add_words(&words, w->local, "local data is lost");
    add_words(&words, w->blocked, "a budget refuses now");
    str_addf(out, "    %s, %u pod%s", w->name, w->pods, w->pods == 1 ? "" : "s");
    if (words.len)
        str_addf(out, " (%s)", str_c(&words));
    str_addc(out, '\n');
}

static void add_next(struct str *out, const struct notice_row *r, int64_t now)
{
    char left[DURATION_TEXT_MAX];
    if (!notices_may_drain(r, now))
        return;
    str_addf(out, "    => toban nodes drain %s", r->node);
    if (r->leave_by)
        str_addf(out, "   within %s", duration_format((r->leave_by - now) * 1000, left));
    str_addc(out, '\n');
}

static void add_pods_of(struct str *out, const struct notice_row *r, int64_t now)
{
    if (!r->ahead || !r->pods)
        return;
    str_addf(out, "\n%s%s\n", r->node, r->cordoned ? ", cordoned" : "");
    for (uint32_t i = 0; i < r->workload_count; i++)
        add_workload(out, &r->workloads[i]);
    add_next(out, r, now);
}

void notices_print_table(const struct notices_print *p)
{
    static const char *const titles[COLUMNS] = {"WHEN",  "WHAT", "INSTANCE", "NODE",
                                                "GROUP", "PODS", "LEAVE BY"};
    _cleanup_columns_ struct columns c = {.count = COLUMNS};
    if (!p->count)
        return;
    for (size_t i = 0; i < COLUMNS; i++)
        columns_add(&c, titles[i]);
    for (size_t i = 0; i < p->count; i++)
        add_row(&p->rows[i], &c);
    columns_print(&c, p->out);
    for (size_t i = 0; i < p->count; i++)
        add_pods_of(p->out, &p->rows[i], p->now);
}

/* ---- for programs ---- */

static void write_workloads(struct jsonw *j, const struct notice_row *r)
{
    jsonw_key(j, "workloads");
    jsonw_array(j);
    for (uint32_t i = 0; i < r->workload_count; i++) {
        const struct notice_workload *w = &r->workloads[i];
        jsonw_object(j);
        jsonw_kv_str(j, "name", w->name);
        jsonw_kv_int(j, "pods", w->pods);
        jsonw_kv_int(j, "blocked", w->blocked);
        jsonw_kv_bool(j, "alone", w->alone);
        jsonw_kv_bool(j, "local_data", w->local);
        jsonw_object_end(j);
    }
    jsonw_array_end(j);
}

static void write_node(struct jsonw *j, const struct notice_row *r)
{
    jsonw_key(j, "node");
    if (!r->node) {
        jsonw_null(j);
        return;
    }
    jsonw_object(j);
    jsonw_kv_str(j, "name", r->node);
    jsonw_kv_bool(j, "cordoned", r->cordoned);
    jsonw_kv_int(j, "pods", r->pods);
    jsonw_kv_int(j, "own_pods", r->own);
    write_workloads(j, r);
    jsonw_object_end(j);
}

static void write_members(struct jsonw *j, const struct notice_row *r, int64_t now)
{
    char at[TIMESTAMP_TEXT_MAX], leave_by[TIMESTAMP_TEXT_MAX];
    _cleanup_str_ struct str next = {0};
    if (notices_may_drain(r, now))
        str_addf(&next, "toban nodes drain %s", r->node);
    jsonw_kv_str(j, "kind", notice_kind_name(r->kind));
    jsonw_kv_str(j, "title", r->title);
    jsonw_kv_str(j, "what", r->what);
    jsonw_kv_str(j, "event", r->id);
    jsonw_kv_str(j, "message", r->message);
    jsonw_kv_str(j, "at", time_text(r->at, at));
    jsonw_kv_str(j, "leave_by", time_text(r->leave_by, leave_by));
    jsonw_kv_str(j, "instance", r->instance);
    jsonw_kv_str(j, "group", r->group);
    write_node(j, r);
    jsonw_kv_str(j, "next", next.len ? str_c(&next) : NULL);
}

void notices_print_json(const struct notices_print *p)
{
    struct jsonw j;
    jsonw_init(&j, p->out, 2);
    jsonw_object(&j);
    jsonw_kv_str(&j, "schema", SCHEMA);
    jsonw_kv_str(&j, "queue", p->queue);
    jsonw_key(&j, "notices");
    jsonw_array(&j);
    for (size_t i = 0; i < p->count; i++) {
        jsonw_object(&j);
        write_members(&j, &p->rows[i], p->now);
        jsonw_object_end(&j);
    }
    jsonw_array_end(&j);
    jsonw_object_end(&j);
    str_addc(p->out, '\n');
}

void notices_print_lines(const struct notices_print *p)
{
    for (size_t i = 0; i < p->count; i++) {
        struct jsonw j;
        jsonw_init(&j, p->out, 0);
        jsonw_object(&j);
        jsonw_kv_str(&j, "schema", SCHEMA);
        jsonw_kv_str(&j, "queue", p->queue);
        write_members(&j, &p->rows[i], p->now);
        jsonw_object_end(&j);
        str_addc(p->out, '\n');
    }
}
