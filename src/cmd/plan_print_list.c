/* Lists of plans, and plans as JSON. */
#include "base/jsonw.h"
#include "base/timestamp.h"
#include "cmd/columns.h"
#include "cmd/plan_print.h"

void plan_print_list(const struct plan_brief *plans, size_t count, int64_t now, struct str *out)
{
    static const char *const titles[] = {"PLAN",   "STATUS", "AGE",    "BY",
                                         "RUNNER", "WHAT",   "CLUSTER"};
    _cleanup_columns_ struct columns c = {.count = ARRAY_LEN(titles)};
    char age[COLUMNS_AGE_MAX];
    for (size_t i = 0; i < ARRAY_LEN(titles); i++)
        columns_add(&c, titles[i]);
    for (size_t i = 0; i < count; i++) {
        const struct plan_brief *p = &plans[i];
        columns_add(&c, p->id);
        columns_add(&c, p->status);
        columns_add(&c, columns_age(now - p->made, age));
        columns_add(&c, p->made_by);
        columns_add(&c, p->runner);
        columns_add(&c, p->title);
        columns_add(&c, p->cluster);
    }
    columns_print(&c, out);
}

static void kv_time(struct jsonw *j, const char *key, int64_t seconds)
{
    char text[TIMESTAMP_TEXT_MAX];
    jsonw_kv_str(j, key, seconds > 0 ? timestamp_format(seconds, text) : NULL);
}

void plan_print_list_json(const struct plan_brief *plans, size_t count, struct str *out)
{
    struct jsonw j;
    jsonw_init(&j, out, 2);
    jsonw_object(&j);
    jsonw_kv_str(&j, "schema", "toban.plans/v1");
    jsonw_key(&j, "plans");
    jsonw_array(&j);
    for (size_t i = 0; i < count; i++) {
        const struct plan_brief *p = &plans[i];
        jsonw_object(&j);
        jsonw_kv_str(&j, "id", p->id);
        jsonw_kv_str(&j, "kind", p->kind);
        jsonw_kv_str(&j, "title", p->title);
        jsonw_kv_str(&j, "status", p->status);
        jsonw_kv_str(&j, "words", p->words);
        jsonw_kv_str(&j, "cluster", p->cluster);
        jsonw_kv_str(&j, "made_by", p->made_by);
        kv_time(&j, "made", p->made);
        jsonw_kv_str(&j, "runner", p->runner);
        jsonw_object_end(&j);
    }
    jsonw_array_end(&j);
    jsonw_object_end(&j);
    str_addc(out, '\n');
}

static void write_runner(struct jsonw *j, const struct lease_holder *runner)
{
    jsonw_key(j, "runner");
    if (!runner) {
        jsonw_null(j);
        return;
    }
    jsonw_object(j);
    jsonw_kv_str(j, "who", runner->who);
    kv_time(j, "since", runner->since);
    jsonw_kv_bool(j, "dead", runner->dead);
    jsonw_object_end(j);
}

static void write_acts(struct jsonw *j, const struct plan_print *p)
{
    jsonw_key(j, "acts");
    jsonw_array(j);
    for (size_t i = 0; i < p->act_count; i++) {
        jsonw_object(j);
        jsonw_kv_str(j, "kind", p->acts[i].kind);
        jsonw_kv_int(j, "done", p->acts[i].done);
        jsonw_kv_int(j, "failed", p->acts[i].failed);
        jsonw_kv_int(j, "intended", p->acts[i].open);
        jsonw_object_end(j);
    }
    jsonw_array_end(j);
}

void plan_print_show_json(const struct plan_print *p)
{
    struct jsonw j;
    _cleanup_str_ struct str plan = {0}, next = {0};
    plan_format_public(p->plan, &plan);
    plan_print_next(p->plan, p->runner, &next);
    jsonw_init(&j, p->out, 2);
    jsonw_object(&j);
    jsonw_kv_str(&j, "schema", "toban.plan-show/v1");
    jsonw_key(&j, "plan");
    jsonw_raw(&j, sv_trim(str_sv(&plan)));
    write_runner(&j, p->runner);
    write_acts(&j, p);
    jsonw_kv_str(&j, "next", next.len ? str_c(&next) : NULL);
    jsonw_object_end(&j);
    str_addc(p->out, '\n');
}
