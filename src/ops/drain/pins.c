#include "ops/drain/pins.h"

#include "base/jsonw.h"
#include "base/must.h"
#include "doc/pull.h"

struct pinning {
    struct arena *a;
    struct map *pins;
};

/* Of "cordon/NAME" and its like; absent: the act is about something else. */
static struct sv node_of_key(const char *key)
{
    static const char *const kinds[] = {"cordon", "mark", "node", "uncordon"};
    struct sv rest = sv_of(key), kind = sv_split(&rest, '/');
    for (size_t i = 0; i < ARRAY_LEN(kinds); i++)
        if (sv_is(kind, kinds[i]))
            return rest;
    return SV_NONE;
}

static struct sv uid_of_data(struct sv data, struct arena *a)
{
    struct pull p;
    struct sv key, uid = SV_NONE;
    pull_init(&p, data, a);
    if (!pull_map(&p))
        return SV_NONE;
    while (pull_key(&p, &key))
        if (sv_is(key, "uid"))
            pull_string(&p, &uid);
        else
            pull_skip(&p);
    return uid;
}

static void pin(void *ctx, const struct plan_act *act)
{
    struct pinning *s = ctx;
    struct sv name = node_of_key(act->key);
    struct sv uid = name.len ? uid_of_data(act->data, s->a) : SV_NONE;
    if (!uid.len || map_get(s->pins, name))
        return;
    if (!map_put(s->pins, sv_of(mem_must(arena_dup(s->a, name))), mem_must(arena_dup(s->a, uid))))
        must_fail_nomem();
}

void pins_load(struct hand *h, struct map *out)
{
    struct pinning s = {&h->arena, out};
    vec_foreach(step, &plan_run_plan(h->run)->steps)
        plan_acts_each(h->run, step, pin, &s);
}

struct sv pins_data(const char *uid, struct arena *a)
{
    _cleanup_str_ struct str text = {0};
    struct jsonw w;
    jsonw_init(&w, &text, 0);
    jsonw_object(&w);
    jsonw_kv_str(&w, "uid", uid);
    jsonw_object_end(&w);
    return sv_of(mem_must(arena_dup(a, str_sv(&text))));
}

bool pins_is_other(const struct map *pins, const char *node, const char *uid)
{
    const char *pinned = map_get(pins, sv_of(node));
    return pinned && strcmp(pinned, uid) != 0;
}
