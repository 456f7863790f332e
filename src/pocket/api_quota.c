/* ResourceQuotas: what they refuse, and their status. */
#include "base/must.h"
#include "doc/pull.h"
#include "pocket/api_internal.h"

/* From here on the message names the containers. */
#define NAMES_CONTAINERS 24

static void read_amounts(const struct doc_node *map, struct amounts *out)
{
    struct amount value;
    *out = (struct amounts){0};
    doc_each_pair(pair, map)
        if (amount_parse(doc_scalar(pair->value), &value))
            amounts_add(out, pair->key->text, value);
}

static bool is_core(const struct kind *kind, const char *name)
{
    return !kind->custom && !kind->group[0] && strcmp(kind->kind, name) == 0;
}

/* ---- what is refused ---- */

/* "pods=1,requests.cpu=600m" of the names in `which`, as they stand in the sorted hard list. */
static void add_list(struct str *out, const struct amounts *values, const struct amounts *which)
{
    char text[AMOUNT_TEXT_MAX];
    for (size_t i = 0; i < which->len; i++) {
        const struct amount *value = amounts_get(values, which->items[i].name);
        str_addf(out, "%s%.*s=%s", i ? "," : "", SV_ARG(which->items[i].name),
                 amount_text(value ? *value : amount_of(0), text));
    }
}

/* What of the request does not fit. */
static void find_exceeded(const struct amounts *hard, const struct amounts *used,
                          const struct amounts *requested, struct amounts *out)
{
    *out = (struct amounts){0};
    for (size_t i = 0; i < hard->len; i++) {
        struct sv name = hard->items[i].name;
        const struct amount *more = amounts_get(requested, name), *have = amounts_get(used, name);
        if (!more || more->milli <= 0)
            continue;
        struct amount sum = have ? amount_add(*have, *more) : *more;
        if (sum.milli > hard->items[i].value.milli)
            amounts_add(out, name, *more);
    }
}

static bool refuse_exceeded(struct api_call *call, struct sv quota, const struct amounts *hard,
                            const struct amounts *used, const struct amounts *requested)
{
    _cleanup_str_ struct str text = {0};
    struct amounts exceeded;
    find_exceeded(hard, used, requested, &exceeded);
    if (!exceeded.len)
        return true;
    str_addf(&text, "exceeded quota: %.*s, requested: ", SV_ARG(quota));
    add_list(&text, requested, &exceeded);
    str_adds(&text, ", used: ");
    add_list(&text, used, &exceeded);
    str_adds(&text, ", limited: ");
    add_list(&text, hard, &exceeded);
    return api_forbid(call, "%s", str_c(&text));
}

static bool fits(struct api_call *call, const struct doc_node *quota, const struct doc_node *now,
                 const struct amounts *requested, bool new)
{
    _cleanup_str_ struct str missing = {0};
    struct amounts hard, used;
    struct sv name = api_meta(quota, "name");
    read_amounts(doc_at(quota, "status.hard"), &hard);
    read_amounts(doc_at(quota, "status.used"), &used);
    if (!api_usage_in_scope(call->kind, now, doc_get(quota, "spec")))
        return true;
    if (new &&api_kind_is(call, "Pod"))
        api_usage_missing(now, &hard, call->api->minor >= NAMES_CONTAINERS, &missing);
    if (missing.len)
        return api_forbid(call, "failed quota: %.*s: must specify %s", SV_ARG(name),
                          str_c(&missing));
    return refuse_exceeded(call, name, &hard, &used, requested);
}

/* What a request adds. */
static void find_requested(struct api_call *call, const struct doc_node *before,
                           const struct doc_node *now, struct amounts *out)
{
    struct amounts old;
    api_usage(&call->arena, call->kind, now, out);
    if (!before)
        return;
    api_usage(&call->arena, call->kind, before, &old);
    for (size_t i = 0; i < out->len; i++) {
        const struct amount *had = amounts_get(&old, out->items[i].name);
        if (had)
            out->items[i].value = amount_subtract(out->items[i].value, *had);
    }
}

bool api_quota_check(struct api_call *call, const struct doc_node *before,
                     const struct doc_node *now)
{
    const struct kind *kind = call->api->quotas;
    bool changes = api_kind_is(call, "Service") || api_kind_is(call, "PersistentVolumeClaim");
    object_bytes_vec list = {0};
    struct amounts requested;
    bool ok = true;
    if (call->sub.len || !call->ns.len || (before && !changes) ||
        !objects_count(call->api->objects, kind->store))
        return true;
    find_requested(call, before, now, &requested);
    objects_list(call->api->objects, kind->store, call->ns, &list);
    for (size_t i = 0; i < list.len && ok; i++)
        ok = fits(call, api_parse(&call->arena, kind, list.items[i]), now, &requested, !before);
    objects_list_release(&list);
    return ok;
}

/* ---- the status ---- */

struct quota {
    struct sv ns, name;
    struct doc_node *object;
    struct amounts hard, used;
    bool recount;
};

struct keeping {
    struct pocket_api *api;
    struct arena a;
    VEC(struct quota) quotas;
};

static void take_quotas(struct keeping *k)
{
    object_bytes_vec list = {0};
    objects_list(k->api->objects, k->api->quotas->store, SV_NONE, &list);
    vec_foreach(bytes, &list) {
        struct quota q = {.object = api_parse(&k->a, k->api->quotas, *bytes)};
        struct amounts told;
        q.ns = api_meta(q.object, "namespace");
        q.name = api_meta(q.object, "name");
        read_amounts(doc_at(q.object, "spec.hard"), &q.hard);
        read_amounts(doc_at(q.object, "status.used"), &q.used);
        read_amounts(doc_at(q.object, "status.hard"), &told);
        q.recount = told.len != q.hard.len;
        for (size_t i = 0; i < q.hard.len; i++)
            q.recount = q.recount || !amounts_get(&told, q.hard.items[i].name);
        must_push(&k->quotas, q);
    }
    objects_list_release(&list);
}

/* Without reading the rest of the object. */
static struct sv namespace_of(const struct object_bytes *bytes)
{
    struct pull p;
    struct sv key, ns = SV("");
    pull_init(&p, object_bytes_sv(bytes), NULL);
    if (!pull_map(&p))
        return ns;
    while (pull_key(&p, &key)) {
        if (!sv_is(key, "metadata")) {
            pull_skip(&p);
            continue;
        }
        if (!pull_map(&p))
            return ns;
        while (pull_key(&p, &key))
            if (!sv_is(key, "namespace"))
                pull_skip(&p);
            else if (pull_string(&p, &ns))
                return ns;
    }
    return ns;
}

static void count_one(struct keeping *k, struct quota *q, const struct kind *kind,
                      const struct object_bytes *bytes, bool less)
{
    struct amounts usage;
    const struct doc_node *object = api_parse(&k->a, kind, bytes);
    if (!api_usage_in_scope(kind, object, doc_get(q->object, "spec")))
        return;
    api_usage(&k->a, kind, object, &usage);
    for (size_t i = 0; i < usage.len; i++) {
        struct amount value = usage.items[i].value;
        if (amounts_get(&q->hard, usage.items[i].name))
            amounts_add(&q->used, usage.items[i].name,
                        less ? amount_subtract(amount_of(0), value) : value);
    }
}

static void take_change(struct keeping *k, const struct object_change *change)
{
    const struct kind *kind = kinds_of_store(k->api->kinds, change->store);
    bool quota = change->store == k->api->quotas->store;
    if (!kind || !(kind->flags & KIND_NAMESPACED))
        return;
    struct sv ns = namespace_of(change->now);
    vec_foreach(q, &k->quotas) {
        if (q->recount || !sv_eq(q->ns, ns))
            continue;
        /* Its own new bounds or scopes; a status that is written is no change of what is there. */
        if (quota && change->type == CHANGE_MODIFIED)
            q->recount = true;
        if (change->before)
            count_one(k, q, kind, change->before, true);
        if (change->type != CHANGE_DELETED)
            count_one(k, q, kind, change->now, false);
    }
}

static bool is_of_pods(struct sv name)
{
    static const char *const starts[] = {"requests.", "limits.", "hugepages-"};
    for (size_t i = 0; i < ARRAY_LEN(starts); i++)
        if (sv_starts(name, starts[i]))
            return !sv_is(name, "requests.storage");
    return sv_is(name, "cpu") || sv_is(name, "memory") || sv_is(name, "ephemeral-storage");
}

/* Has the kind anything to do with what is limited? */
static bool matters(const struct kind *kind, const struct amounts *hard)
{
    char resource[320];
    kind_resource(kind, resource);
    for (size_t i = 0; i < hard->len; i++) {
        struct sv name = hard->items[i].name;
        bool counts = sv_starts(name, "count/");
        if ((counts && sv_is(sv_n(name.ptr + 6, name.len - 6), resource)) ||
            (is_core(kind, "Pod") && is_of_pods(name)) ||
            (is_core(kind, "PersistentVolumeClaim") && sv_has(name, "storage")) ||
            (is_core(kind, "Service") && sv_starts(name, "services")) ||
            (!kind->group[0] && sv_is(name, kind->plural)))
            return true;
    }
    return false;
}

static void recount(struct keeping *k, struct quota *q)
{
    const struct kind *kind;
    q->used = (struct amounts){0};
    for (size_t i = 0; (kind = kinds_at(k->api->kinds, i)); i++) {
        object_bytes_vec list = {0};
        if (kind->gone || !(kind->flags & KIND_NAMESPACED) || kind->flags & KIND_REVIEW ||
            kinds_of_store(k->api->kinds, kind->store) != kind || !matters(kind, &q->hard))
            continue;
        objects_list(k->api->objects, kind->store, q->ns, &list);
        vec_foreach(bytes, &list)
            count_one(k, q, kind, *bytes, false);
        objects_list_release(&list);
    }
}

static void write_status(struct keeping *k, struct quota *q)
{
    struct doc_node *status = value_map(&k->a);
    struct doc_node *hard = value_need_map(&k->a, status, SV("hard"));
    struct doc_node *used = value_need_map(&k->a, status, SV("used"));
    const struct doc_node *before = doc_get(q->object, "status");
    struct err err = {0};
    for (size_t i = 0; i < q->hard.len; i++) {
        char text[AMOUNT_TEXT_MAX];
        struct sv name = q->hard.items[i].name;
        const struct amount *have = amounts_get(&q->used, name);
        value_set(&k->a, hard, name,
                  value_text(&k->a, sv_of(amount_text(q->hard.items[i].value, text))));
        value_set(&k->a, used, name,
                  value_text(&k->a, sv_of(amount_text(have ? *have : amount_of(0), text))));
    }
    if (before && doc_equal(before, status))
        return;
    value_set(&k->a, q->object, SV("status"), status);
    api_store(k->api, &k->a, k->api->quotas, q->object, &err);
}

void api_quota_keep(struct pocket_api *api)
{
    uint64_t version = objects_version(api->objects);
    struct keeping k = {.api = api};
    const struct object_change *change;
    bool lost = false;
    if (api->counted == version || api->counting)
        return;
    if (objects_count(api->objects, api->quotas->store)) {
        api->counting = true;
        take_quotas(&k);
        for (uint64_t at = api->counted; (change = objects_change_after(api->objects, at, &lost));
             at = change->version)
            take_change(&k, change);
        vec_foreach(q, &k.quotas) {
            if (q->recount || lost || !api->counted)
                recount(&k, q);
            write_status(&k, q);
        }
        api->counting = false;
    }
    api->counted = objects_version(api->objects);
    vec_release(&k.quotas);
    arena_release(&k.a);
}
