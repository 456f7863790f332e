#include "ops/nodes/workload.h"

#include "base/text.h"

static const struct {
    const char *word;
    enum workload_kind kind;
} kinds[] = {
    {"deployment", WORKLOAD_DEPLOYMENT},
    {"deploy", WORKLOAD_DEPLOYMENT},
    {"statefulset", WORKLOAD_STATEFULSET},
    {"sts", WORKLOAD_STATEFULSET},
    {"replicaset", WORKLOAD_REPLICASET},
    {"rs", WORKLOAD_REPLICASET},
    {"job", WORKLOAD_JOB},
    {"cronjob", WORKLOAD_CRONJOB},
    {"cj", WORKLOAD_CRONJOB},
    {"replicationcontroller", WORKLOAD_REPLICATIONCONTROLLER},
    {"rc", WORKLOAD_REPLICATIONCONTROLLER},
};

struct workload_name {
    enum workload_kind kind;
    struct sv ns, name;
};

static bool take_apart(const char *text, struct workload_name *out)
{
    struct sv rest = sv_of(text), kind = sv_split(&rest, '/');
    out->ns = sv_split(&rest, '/');
    out->name = rest;
    if (!out->ns.len || !out->name.len || memchr(out->name.ptr, '/', out->name.len))
        return false;
    for (size_t i = 0; i < ARRAY_LEN(kinds); i++)
        if (sv_ieq(kind, sv_of(kinds[i].word))) {
            out->kind = kinds[i].kind;
            return true;
        }
    return false;
}

bool nodes_workload_is_named(const char *text)
{
    struct workload_name name;
    return take_apart(text, &name);
}

/* Of any kind and namespace: a person rarely has the name itself wrong. */
static uint32_t nearest(const struct world *w, const struct workload_name *wanted)
{
    uint32_t best = WORLD_NONE;
    unsigned best_distance = UINT32_MAX;
    for (uint32_t i = 0; i < w->workloads.len; i++) {
        const struct world_workload *wl = &w->workloads.items[i];
        struct sv name = strings_get(&w->strings, wl->name);
        unsigned distance = text_distance(wanted->name, name) * 4 + (wl->kind != wanted->kind) +
                            !sv_eq(strings_get(&w->strings, wl->ns), wanted->ns);
        if (!wl->used || wl->owner != WORLD_NONE || wl->kind == WORKLOAD_DAEMONSET ||
            distance >= best_distance ||
            !(sv_eq(name, wanted->name) || text_near(wanted->name, name)))
            continue;
        best = i;
        best_distance = distance;
    }
    return best;
}

int nodes_workload_find(const struct world *w, const char *text, uint32_t *out, struct err *err)
{
    struct workload_name wanted = {0};
    char name[512];
    uint32_t found = WORLD_NONE;
    if (take_apart(text, &wanted))
        found = world_find_workload(w, wanted.kind, wanted.ns, wanted.name);
    if (found != WORLD_NONE) {
        uint32_t owner = w->workloads.items[found].owner;
        *out = owner == WORLD_NONE ? found : owner;
        return 0;
    }
    err_set(err, ERR_NOT_FOUND, "workload '%s' is not in %s", text, world_text(w, w->source));
    uint32_t near = nearest(w, &wanted);
    if (near == WORLD_NONE)
        return err_hint(err, "'kubectl get deployments,statefulsets -A' lists what there is");
    world_workload_name(w, near, name, sizeof name);
    return err_hint(err, "there is a %s", name);
}
