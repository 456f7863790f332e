#include "pocket/front/admit.h"

#include "base/jsonw.h"
#include "base/must.h"
#include "pocket/life/cron.h"
#include "pocket/value.h"

static bool is_kind(const struct pocket_write *w, const char *group, const char *kind)
{
    return !w->kind->custom && strcmp(w->kind->group, group) == 0 &&
           strcmp(w->kind->kind, kind) == 0 && !w->subresource.len;
}

/* ---- schedules ---- */

static const char *details_of(const struct pocket_write *w, const char *what)
{
    _cleanup_str_ struct str out = {0};
    struct jsonw j;
    jsonw_init(&j, &out, 0);
    jsonw_object(&j);
    jsonw_kv_sv(&j, "name", w->name);
    jsonw_kv_str(&j, "group", w->kind->group);
    jsonw_kv_str(&j, "kind", w->kind->kind);
    jsonw_key(&j, "causes");
    jsonw_array(&j);
    jsonw_object(&j);
    jsonw_kv_str(&j, "reason", "FieldValueInvalid");
    jsonw_kv_str(&j, "message", what);
    jsonw_kv_str(&j, "field", "spec.schedule");
    jsonw_object_end(&j);
    jsonw_array_end(&j);
    jsonw_object_end(&j);
    return mem_must(arena_dup(w->arena, str_sv(&out)));
}

static bool check_schedule(const struct pocket_write *w, struct pocket_refusal *r)
{
    struct sv schedule = doc_string(doc_at(w->now, "spec.schedule"));
    struct cron cron;
    struct err err = {0};
    if (!schedule.len || cron_parse(schedule, &cron, &err) == 0)
        return true;
    const char *what =
        mem_must(arena_fmt(w->arena, "Invalid value: \"%.*s\": %s", SV_ARG(schedule), err.msg));
    *r = (struct pocket_refusal){
        .code = 422,
        .message =
            mem_must(arena_fmt(w->arena, "CronJob.batch \"%.*s\" is invalid: spec.schedule: %s",
                               SV_ARG(w->name), what)),
        .details = details_of(w, what),
    };
    return false;
}

/* ---- gates ---- */

static void add_gates(struct pocket_life *life, const struct pocket_write *w)
{
    struct doc_node *spec = doc_get(w->now, "spec");
    struct doc_node *labels = doc_at(w->now, "metadata.labels"),
                    *own = doc_get(spec, "readinessGates");
    _cleanup_str_ struct str gates = {0};
    _cleanup_doc_ struct doc_file file = {0};
    struct err err = {0};
    if (!spec || !pocket_life_gates(life, w->ns, labels ? value_json(w->arena, labels) : SV("{}"),
                                    own ? value_json(w->arena, own) : SV_NONE, &gates))
        return;
    if (doc_parse_json(&file, "readinessGates", str_sv(&gates), NULL, &err) == 0)
        value_set(w->arena, spec, SV("readinessGates"), value_clone(w->arena, file.parts[0].root));
}

bool front_admit(struct pocket_life *life, const struct pocket_write *w, struct pocket_refusal *r)
{
    if (w->verb != POCKET_DELETE && is_kind(w, "batch", "CronJob"))
        return check_schedule(w, r);
    if (w->verb == POCKET_CREATE && is_kind(w, "", "Pod"))
        add_gates(life, w);
    return true;
}
