#include "pocket/front/live.h"

#include "base/must.h"
#include "doc/doc.h"
#include "pocket/front/admit.h"
#include "pocket/front/container.h"
#include "pocket/front/furnish.h"
#include "pocket/front/log.h"
#include "pocket/front/session.h"
#include "pocket/value.h"

#include <limits.h>

struct front_live {
    struct pocket_api *api;
    struct pocket_life *life;
    int64_t start; /* Unix seconds at virtual time 0 */
    int64_t now;   /* the same now */
    struct sv ca;
    struct str why; /* of the last refusal */
};

/* ---- the simulator's objects into the API ---- */

static const struct kind *kind_of(const struct front_live *l, const struct life_name *n)
{
    return kinds_of_object(pocket_api_kinds(l->api), n->api_version, n->kind);
}

static struct sv host_get(void *ctx, const struct life_name *n)
{
    struct front_live *l = ctx;
    const struct kind *kind = kind_of(l, n);
    struct object_bytes *bytes =
        kind ? objects_get(pocket_api_objects(l->api), kind->store, n->ns, n->name) : NULL;
    return bytes ? object_bytes_sv(bytes) : SV_NONE;
}

static void host_put(void *ctx, const struct life_name *n, struct sv json)
{
    struct front_live *l = ctx;
    const struct kind *kind = kind_of(l, n);
    struct err err = {0};
    if (kind)
        pocket_api_put(l->api, kind, json, &err);
}

static void host_drop(void *ctx, const struct life_name *n)
{
    struct front_live *l = ctx;
    const struct kind *kind = kind_of(l, n);
    struct err err = {0};
    if (kind)
        pocket_api_remove(l->api, kind, n->ns, n->name, &err);
}

static void host_remove(void *ctx, const struct life_name *n)
{
    struct front_live *l = ctx;
    const struct kind *kind = kind_of(l, n);
    if (kind)
        pocket_api_delete(l->api, kind, n->ns, n->name);
}

/* ---- what clients write into the simulator ---- */

static bool is_pod(const struct pocket_write *w)
{
    return strcmp(w->kind->kind, "Pod") == 0 && w->kind->group[0] == '\0';
}

static int grace_of(const struct pocket_write *w)
{
    struct sv text = doc_scalar(doc_at(w->now, "metadata.deletionGracePeriodSeconds"));
    uint64_t grace;
    return sv_to_u64(text, &grace) && grace < INT_MAX ? (int)grace : -1;
}

static void tell_written(struct front_live *l, const struct pocket_write *w)
{
    char api_version[320];
    struct err err = {0};
    bool gone = w->verb == POCKET_DELETE && !w->now;
    const struct life_name name = {
        .api_version = sv_of(kind_api_version(w->kind, api_version)),
        .kind = sv_of(w->kind->kind),
        .ns = w->ns,
        .name = w->name,
    };
    pocket_life_written(l->life, &name, gone, value_json(w->arena, gone ? w->before : w->now),
                        &err);
}

static void on_wrote(void *ctx, const struct pocket_write *w)
{
    struct front_live *l = ctx;
    if (w->verb == POCKET_CREATE && strcmp(w->kind->kind, "Namespace") == 0 &&
        w->kind->group[0] == '\0')
        front_furnish(l->api, w->name, l->ca);
    bool ends = is_pod(w) && w->verb == POCKET_DELETE && w->now;
    if (is_pod(w) && sv_is(w->subresource, "eviction"))
        pocket_life_evict(l->life, w->ns, w->name, grace_of(w), false);
    else if (is_pod(w) && sv_is(w->subresource, "binding"))
        pocket_life_bind(l->life, w->ns, w->name, doc_scalar(doc_at(w->now, "spec.nodeName")));
    else if (!ends || !pocket_life_delete_pod(l->life, w->ns, w->name, grace_of(w)))
        tell_written(l, w);
}

static bool on_admit(void *ctx, const struct pocket_write *w, struct pocket_refusal *r)
{
    struct front_live *l = ctx;
    return front_admit(l->life, w, r);
}

static bool on_evict(void *ctx, const struct pocket_write *w, struct pocket_refusal *r)
{
    struct front_live *l = ctx;
    struct eviction_answer a = pocket_life_evict(l->life, w->ns, w->name, -1, true);
    /* The simulator may not know a pod that the API has; it is not covered by a budget then. */
    if (a.cause == EVICTION_OK || a.cause == EVICTION_GONE)
        return true;
    *r = (struct pocket_refusal){
        .code = a.code,
        .message = arena_fmt(w->arena, "%s", a.message),
        .retry_after = (unsigned)a.retry_after_s,
    };
    if (a.cause == EVICTION_BUDGET)
        r->details =
            arena_fmt(w->arena, "{\"causes\":[{\"message\":%.*s,\"reason\":\"DisruptionBudget\"}]}",
                      SV_ARG(value_json(w->arena, value_text(w->arena, sv_of(a.detail)))));
    return false;
}

/* The refusal's text is good until the next one. */
static struct str *begin_refusal(struct front_live *l, struct pocket_refusal *r)
{
    str_reset(&l->why);
    *r = (struct pocket_refusal){.code = 400, .reason = "BadRequest"};
    return &l->why;
}

static bool end_refusal(struct front_live *l, struct pocket_refusal *r)
{
    r->message = str_c(&l->why);
    return false;
}

static bool on_log(void *ctx, const struct doc_node *pod, struct sv container, struct sv query,
                   struct str *out, struct pocket_refusal *r)
{
    struct front_live *l = ctx;
    if (!front_container(pod, container, &container, begin_refusal(l, r)))
        return end_refusal(l, r);
    front_log(pod, container, query, l->now, out);
    return true;
}

static struct doc_node *get_pod(void *ctx, struct arena *a, struct sv ns, struct sv name)
{
    struct front_live *l = ctx;
    const struct kind *kind = kinds_of_object(pocket_api_kinds(l->api), SV("v1"), SV("Pod"));
    return pocket_api_read(l->api, a, kind, ns, name);
}

static int64_t now_of(void *ctx)
{
    return ((struct front_live *)ctx)->now;
}

static void *on_session(void *ctx, const struct doc_node *pod, struct sv subresource,
                        struct sv query, struct pocket_refusal *r)
{
    struct front_live *l = ctx;
    const struct front_pods pods = {l, get_pod, now_of};
    struct front_session *s =
        front_session_new(&pods, pod, subresource, query, begin_refusal(l, r));
    if (!s)
        end_refusal(l, r);
    return s;
}

/* ---- life ---- */

struct front_live *front_live_new(struct pocket_api *api, const struct front_live_options *o)
{
    struct front_live *l = mem_must(calloc(1, sizeof *l));
    const struct life_host host = {
        .ctx = l, .get = host_get, .put = host_put, .drop = host_drop, .remove = host_remove};
    const struct life_options options = {.seed = o->seed};
    const struct pocket_hooks hooks = {.ctx = l,
                                       .admit = on_admit,
                                       .wrote = on_wrote,
                                       .evict = on_evict,
                                       .log = on_log,
                                       .session = on_session};
    l->api = api;
    l->start = l->now = o->world->taken;
    l->ca = o->ca;
    l->life = pocket_life_new(o->world, o->cloud, &host, &options);
    pocket_api_set_hooks(api, &hooks);
    front_furnish_all(api, l->ca);
    return l;
}

void front_live_free(struct front_live *l)
{
    if (!l)
        return;
    pocket_life_free(l->life);
    str_release(&l->why);
    free(l);
}

void front_live_run(struct front_live *l, int64_t now_ms)
{
    pocket_life_run(l->life, now_ms);
    l->now = l->start + now_ms / 1000;
}

struct pocket_life *front_live_life(struct front_live *l)
{
    return l->life;
}
