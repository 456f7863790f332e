/* Updates: what EKS is doing to a cluster, a node group or an add-on. */
#include "base/must.h"
#include "pocket/aws/eks.h"

struct account_update *eks_begin_update(struct service_call *c, const char *type, const char *group,
                                        const char *addon, const char *token, int64_t ends_ms)
{
    struct account *a = c->account;
    struct account_update *u = mem_must(arena_new(&a->arena, struct account_update));
    *u = (struct account_update){
        .spec = {.status = "InProgress", .type = type, .created = account_now(a)},
        .group = account_keep(a, group),
        .addon = account_keep(a, addon),
        .token = account_keep(a, token),
        .asked = mem_must(arena_dup(&a->arena, c->asked)),
        .ends_ms = ends_ms,
    };
    u->spec.id = account_make_uuid(a);
    must_push(&a->updates, u);
    return u;
}

void eks_add_param(struct account *a, struct account_update *u, const char *type, const char *value)
{
    if (value)
        *(struct eks_update_param *)shape_list_add(&u->spec.params, sizeof(struct eks_update_param),
                                                   &a->arena) =
            (struct eks_update_param){type, account_keep(a, value)};
}

void eks_end_update(struct account *a, struct account_update *u, const char *code,
                    const char *message)
{
    u->ends_ms = INT64_MAX;
    u->spec.status = code ? "Failed" : "Successful";
    if (code)
        *(struct eks_update_error *)shape_list_add(&u->spec.errors, sizeof(struct eks_update_error),
                                                   &a->arena) =
            (struct eks_update_error){code, message, {0}};
    else if (u->addon)
        eks_finish_addon(a, u);
    else if (!u->group && strcmp(u->spec.type, "VersionUpdate") == 0)
        eks_finish_cluster(a, u);
}

struct account_update *eks_repeated(struct service_call *c, const char *token, bool *mismatch)
{
    vec_foreach(u, &c->account->updates) {
        if (!token || !(*u)->token || strcmp((*u)->token, token) != 0)
            continue;
        *mismatch = !sv_is(c->asked, (*u)->asked);
        return *u;
    }
    return NULL;
}

/* --- calls --------------------------------------------------------------------------------- */

static bool same(const char *a, const char *b)
{
    return a && b ? strcmp(a, b) == 0 : !a && !b;
}

int eks_describe_update_call(struct service_call *c)
{
    const struct eks_ask *ask = c->in;
    if (eks_find_cluster(c, ask->cluster) < 0 ||
        (ask->group && !eks_find_group(c, ask->cluster, ask->group)))
        return -1;
    vec_foreach(u, &c->account->updates) {
        if (strcmp((*u)->spec.id, ask->id) != 0 || !same((*u)->group, ask->group) ||
            !same((*u)->addon, ask->addon))
            continue;
        *(struct eks_update *)c->out = (*u)->spec;
        return 0;
    }
    return eks_refuse(c, 404, "ResourceNotFoundException", ask->group, "No update found for ID: %s",
                      ask->id);
}

int eks_list_updates_call(struct service_call *c)
{
    const struct eks_list_ask *ask = c->in;
    struct eks_names *out = c->out;
    if (eks_find_cluster(c, ask->cluster) < 0 ||
        (ask->group && !eks_find_group(c, ask->cluster, ask->group)))
        return -1;
    vec_foreach(u, &c->account->updates)
        if (same((*u)->group, ask->group) && same((*u)->addon, ask->addon))
            *(const char **)shape_list_add(&out->names, sizeof(char *), c->arena) = (*u)->spec.id;
    return 0;
}
