#include "pocket/api_metrics.h"

#include "base/must.h"
#include "pocket/api_internal.h"

#define LABELS_MAX 1024

void api_metrics_release(struct api_metrics *m)
{
    map_release(&m->requests);
    map_release(&m->deprecated);
    arena_release(&m->arena);
}

static uint64_t *counter(struct api_metrics *m, struct map *map, const char *labels)
{
    uint64_t *n = map_get(map, sv_of(labels));
    if (n)
        return n;
    const char *key = mem_must(arena_dup(&m->arena, sv_of(labels)));
    n = mem_must(arena_new(&m->arena, uint64_t));
    if (!map_put(map, sv_of(key), n))
        must_fail_nomem();
    return n;
}

/* ---- counting ---- */

/* Texts of clients become labels only where they are known words: the pages must not grow with
 * what somebody makes up. */
static bool is_subresource(struct sv sub)
{
    static const char *const known[] = {"",      "attach",   "binding", "eviction",
                                        "exec",  "finalize", "log",     "portforward",
                                        "scale", "status",   "token"};
    for (size_t i = 0; i < ARRAY_LEN(known); i++)
        if (sv_is(sub, known[i]))
            return true;
    return false;
}

static const char *verb_label(const struct api_call *call, const char *verb)
{
    static const char *const words[][2] = {
        {"get", "GET"},    {"list", "LIST"},   {"watch", "WATCH"},   {"create", "POST"},
        {"update", "PUT"}, {"patch", "PATCH"}, {"delete", "DELETE"}, {"deletecollection", "DELETE"},
    };
    static const char *const sessions[] = {"attach", "exec", "portforward"};
    for (size_t i = 0; i < ARRAY_LEN(sessions); i++)
        if (sv_is(call->sub, sessions[i]))
            return "CONNECT";
    if (strcmp(verb, "patch") == 0 && patch_type_of(call->request->content_type) == PATCH_APPLY)
        return "APPLY";
    for (size_t i = 0; i < ARRAY_LEN(words); i++)
        if (strcmp(words[i][0], verb) == 0)
            return words[i][1];
    return "OTHER";
}

static const char *scope_label(const struct api_call *call, const char *verb)
{
    if (call->name.len || strcmp(verb, "create") == 0)
        return "resource";
    return call->ns.len ? "namespace" : "cluster";
}

static void count_request(struct api_call *call, const char *verb)
{
    char labels[LABELS_MAX];
    const struct kind *kind = call->kind;
    struct sv sub = call->sub.ptr ? call->sub : SV("");
    snprintf(labels, sizeof labels,
             "code=\"%d\",component=\"apiserver\",dry_run=\"%s\",group=\"%s\",resource=\"%s\","
             "scope=\"%s\",subresource=\"%.*s\",verb=\"%s\",version=\"%s\"",
             call->answer->status, api_dry_run(call) ? "All" : "", kind->group, kind->plural,
             scope_label(call, verb), SV_ARG(sub), verb_label(call, verb), kind->version);
    ++*counter(&call->api->metrics, &call->api->metrics.requests, labels);
}

static void note_deprecated(struct api_call *call)
{
    char labels[LABELS_MAX], removed[16] = "";
    const struct kind *kind = call->kind;
    struct sv sub = call->sub.ptr ? call->sub : SV("");
    if (kind->until)
        snprintf(removed, sizeof removed, "1.%u", kind->until);
    snprintf(labels, sizeof labels,
             "group=\"%s\",removed_release=\"%s\",resource=\"%s\",subresource=\"%.*s\","
             "version=\"%s\"",
             kind->group, removed, kind->plural, SV_ARG(sub), kind->version);
    *counter(&call->api->metrics, &call->api->metrics.deprecated, labels) = 1;
}

void api_metrics_count(struct api_call *call, const char *verb)
{
    if (call->sub.len && !is_subresource(call->sub))
        return;
    count_request(call, verb);
    if (api_is_deprecated(call->api, call->kind))
        note_deprecated(call);
}

/* ---- showing ---- */

static int by_labels(const void *a, const void *b)
{
    const struct map_slot *const *x = a, *const *y = b;
    return sv_cmp((*x)->key, (*y)->key);
}

static void show(struct str *out, const char *name, const char *type, const char *help,
                 const struct map *map)
{
    VEC(const struct map_slot *) list = {0};
    const struct map_slot *slot;
    size_t at = 0;
    if (!map->len)
        return;
    while ((slot = map_next(map, &at)))
        must_push(&list, slot);
    qsort(list.items, list.len, sizeof *list.items, by_labels);
    str_addf(out, "# HELP %s %s\n# TYPE %s %s\n", name, help, name, type);
    vec_foreach(one, &list)
        str_addf(out, "%s{%.*s} %llu\n", name, SV_ARG((*one)->key),
                 (unsigned long long)*(const uint64_t *)(*one)->value);
    vec_release(&list);
}

void api_metrics_show(struct api_call *call)
{
    const struct api_metrics *m = &call->api->metrics;
    struct str *out = &call->answer->body;
    show(out, "apiserver_request_total", "counter",
         "[STABLE] Counter of apiserver requests broken out for each verb, dry run value, group, "
         "version, resource, scope, component, and HTTP response code.",
         &m->requests);
    show(out, "apiserver_requested_deprecated_apis", "gauge",
         "[STABLE] Gauge of deprecated APIs that have been requested, broken out by API group, "
         "version, resource, subresource, and removed_release.",
         &m->deprecated);
    str_addf(out,
             "# HELP process_start_time_seconds [ALPHA] Start time of the process since unix epoch "
             "in seconds.\n# TYPE process_start_time_seconds gauge\n"
             "process_start_time_seconds %lld\n",
             (long long)(call->api->started_ms / 1000));
    call->answer->status = 200;
    call->answer->content_type = "text/plain; version=0.0.4; charset=utf-8";
}
