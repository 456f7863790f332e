/* Conditions of a status that stay as long as nothing about them changes. */
#include "doc/pull.h"
#include "pocket/life/internal.h"

struct sv life_condition_of(struct pocket_life *l, struct sv conditions, struct sv type)
{
    struct pull in;
    struct sv one;
    pull_init(&in, conditions, &l->scratch);
    if (!conditions.ptr || !pull_seq(&in))
        return SV_NONE;
    while (pull_item(&in))
        if (pull_raw(&in, &one) && sv_eq(life_json_text(one, "type", NULL, &l->scratch), type))
            return one;
    return SV_NONE;
}

static bool says(struct pocket_life *l, struct sv before, const char *field, const char *text)
{
    struct sv was = life_json_text(before, field, NULL, &l->scratch);
    return sv_eq(was.ptr ? was : SV(""), sv_of(text ? text : ""));
}

static void write_time(struct pocket_life *l, struct jsonw *j, const char *key, struct sv before)
{
    if (before.ptr)
        jsonw_kv_sv(j, key, before);
    else
        life_write_time(j, key, pocket_life_seconds(l));
}

static void write_text(struct jsonw *j, const char *key, const char *text)
{
    if (text && *text)
        jsonw_kv_str(j, key, text);
}

void life_write_condition(struct pocket_life *l, struct jsonw *j, const struct life_condition *c,
                          const struct life_condition_way *way)
{
    const char *status = c->on ? "True" : "False";
    struct sv was = life_condition_of(l, way->before, sv_of(c->type)), since = SV_NONE,
              touched = SV_NONE;
    if (was.ptr && says(l, was, "status", status)) {
        since = life_json_text(was, "lastTransitionTime", NULL, &l->scratch);
        if (way->touched && !way->touch && says(l, was, "reason", c->reason) &&
            says(l, was, "message", c->message))
            touched = life_json_text(was, way->touched, NULL, &l->scratch);
    }
    jsonw_object(j);
    jsonw_kv_str(j, "type", c->type);
    jsonw_kv_str(j, "status", status);
    if (way->touched)
        write_time(l, j, way->touched, touched);
    write_time(l, j, "lastTransitionTime", since);
    write_text(j, "reason", c->reason);
    write_text(j, "message", c->message);
    jsonw_object_end(j);
}
