/* LimitRanges: what a container gets that asks for nothing, and what is too little or too much. */
#include "base/must.h"
#include "pocket/amount.h"
#include "pocket/api_internal.h"
#include "pocket/defaults.h"

#include <stdlib.h>

static bool limited(const struct api_call *call)
{
    return !call->sub.len &&
           (api_kind_is(call, "Pod") || api_kind_is(call, "PersistentVolumeClaim"));
}

/* The limits of all LimitRanges of the namespace. */
static void each_range(struct api_call *call, void (*fn)(void *ctx, const struct doc_node *limits),
                       void *ctx)
{
    object_bytes_vec list = {0};
    const struct kind *kind = call->api->limit_ranges;
    if (!objects_count(call->api->objects, kind->store))
        return;
    objects_list(call->api->objects, kind->store, call->ns, &list);
    vec_foreach(bytes, &list)
        fn(ctx, doc_at(api_parse(&call->arena, kind, *bytes), "spec.limits"));
    objects_list_release(&list);
}

/* ---- what is not said ---- */

struct defaulting {
    struct arena *a;
    struct doc_node *pod;
};

static int by_text(const void *a, const void *b)
{
    return sv_cmp(*(const struct sv *)a, *(const struct sv *)b);
}

/* "cpu, memory limit for container app"; nothing when nothing was set. */
static void tell_set(struct str *out, struct sv *names, size_t n, const char *what,
                     const char *container)
{
    if (!n)
        return;
    qsort(names, n, sizeof *names, by_text);
    str_adds(out, out->len ? "; " : "LimitRanger plugin set: ");
    for (size_t i = 0; i < n; i++)
        str_addf(out, "%s%.*s", i ? ", " : "", SV_ARG(names[i]));
    str_addf(out, " %s for %s", what, container);
}

static void set_missing(struct defaulting *d, struct doc_node *container, const char *what,
                        const struct doc_node *defaults, const char *name, struct str *told)
{
    struct sv set[AMOUNTS_MAX];
    size_t n = 0;
    char word[16];
    if (!doc_count(defaults))
        return;
    struct doc_node *resources = value_need_map(d->a, container, SV("resources"));
    struct doc_node *map = value_need_map(d->a, resources, sv_of(what));
    doc_each_pair(pair, defaults) {
        if (value_get(map, pair->key->text) || n == AMOUNTS_MAX)
            continue;
        value_set(d->a, map, pair->key->text, value_clone(d->a, pair->value));
        set[n++] = pair->key->text;
    }
    snprintf(word, sizeof word, "%.*s", (int)strlen(what) - 1, what);
    tell_set(told, set, n, word, name);
}

static void default_containers(struct defaulting *d, const struct doc_node *limit, bool init,
                               struct str *told)
{
    const struct doc_node *list = doc_at(d->pod, init ? "spec.initContainers" : "spec.containers");
    for (uint32_t i = 0; i < doc_count(list); i++) {
        struct doc_node *container = doc_item(list, i);
        if (container->type != DOC_MAP)
            continue;
        const char *name = mem_must(arena_fmt(d->a, "%scontainer %.*s", init ? "init " : "",
                                              SV_ARG(doc_get_string(container, "name"))));
        set_missing(d, container, "requests", doc_get(limit, "defaultRequest"), name, told);
        set_missing(d, container, "limits", doc_get(limit, "default"), name, told);
    }
}

static void default_by(void *ctx, const struct doc_node *limits)
{
    struct defaulting *d = ctx;
    _cleanup_str_ struct str told = {0};
    doc_each_item(limit, limits) {
        if (!sv_is(doc_get_string(limit, "type"), "Container"))
            continue;
        default_containers(d, limit, false, &told);
        default_containers(d, limit, true, &told);
    }
    if (told.len)
        value_set_text(d->a, value_need_map(d->a, api_metadata(d->a, d->pod), SV("annotations")),
                       "kubernetes.io/limit-ranger", str_sv(&told));
}

void api_limits_default(struct api_call *call, struct doc_node *object)
{
    if (!limited(call) || !api_kind_is(call, "Pod"))
        return;
    each_range(call, default_by, &(struct defaulting){&call->arena, object});
    value_unset(value_need_map(&call->arena, object, SV("status")), SV("qosClass"));
    defaults_fill(&call->arena, SV("Pod"), object);
}

/* ---- what is too little or too much ---- */

struct checking {
    struct arena *a;
    const struct doc_node *object;
    bool pod;
    struct str faults;
    unsigned count;
};

/* What one container, pod or claim asks for. */
struct asked {
    struct amounts requests, limits;
};

static void fault(struct checking *c, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
static void fault(struct checking *c, const char *fmt, ...)
{
    va_list ap;
    if (c->count++)
        str_adds(&c->faults, ", ");
    va_start(ap, fmt);
    str_vaddf(&c->faults, fmt, ap);
    va_end(ap);
}

static void read_amounts(const struct doc_node *map, struct amounts *out)
{
    struct amount value;
    doc_each_pair(pair, map)
        if (amount_parse(doc_scalar(pair->value), &value))
            amounts_add(out, pair->key->text, value);
}

/* Are there all names in both? The sum of a pod knows only what each container says. */
static void keep_common(struct amounts *sum, const struct amounts *more)
{
    size_t kept = 0;
    for (size_t i = 0; i < sum->len; i++)
        if (amounts_get(more, sum->items[i].name))
            sum->items[kept++] = sum->items[i];
    sum->len = kept;
    for (size_t i = 0; i < kept; i++)
        sum->items[i].value =
            amount_add(sum->items[i].value, *amounts_get(more, sum->items[i].name));
}

/* The larger bound is held against the limit, that of a claim against its request. */
static void check_one(struct checking *c, const char *type, struct sv name, bool least,
                      const struct amount *bound, const struct asked *asked)
{
    bool by_request = least || !c->pod;
    const struct amount *request = amounts_get(&asked->requests, name);
    const struct amount *limit = c->pod ? amounts_get(&asked->limits, name) : NULL;
    const struct amount *first = by_request ? request : limit;
    const struct amount *second = !c->pod ? NULL : by_request ? limit : request;
    const char *names[] = {by_request ? "request" : "limit", by_request ? "limit" : "request"};
    char is[AMOUNT_TEXT_MAX], text[AMOUNT_TEXT_MAX], head[400];
    snprintf(head, sizeof head, "%s %.*s usage per %s is %s", least ? "minimum" : "maximum",
             SV_ARG(name), type, amount_text(*bound, is));
    if (!first)
        fault(c, "%s. No %s is specified", head, names[0]);
    else if (least ? first->milli < bound->milli : first->milli > bound->milli)
        fault(c, "%s, but %s is %s", head, names[0], amount_text(*first, text));
    else if (second && (least ? second->milli < bound->milli : second->milli > bound->milli))
        fault(c, "%s, but %s is %s", head, names[1], amount_text(*second, text));
}

static void check_ratio(struct checking *c, const char *type, struct sv name,
                        const struct amount *most, const struct asked *asked)
{
    const struct amount *request = amounts_get(&asked->requests, name);
    const struct amount *limit = amounts_get(&asked->limits, name);
    const char *none = !request || !request->milli ? "request"
                       : !limit || !limit->milli   ? "limit"
                                                   : NULL;
    char is[AMOUNT_TEXT_MAX];
    amount_text(*most, is);
    if (none) {
        fault(c, "%.*s max limit to request ratio per %s is %s, but no %s is specified or %s is 0",
              SV_ARG(name), type, is, none, none);
        return;
    }
    double ratio = (double)limit->milli / (double)request->milli;
    if (ratio * 1000 > (double)most->milli)
        fault(c, "%.*s max limit to request ratio per %s is %s, but provided ratio is %f",
              SV_ARG(name), type, is, ratio);
}

static void check_asked(struct checking *c, const struct doc_node *limit, const struct asked *asked)
{
    static const char *const rules[] = {"min", "max", "maxLimitRequestRatio"};
    const char *type = mem_must(arena_dup(c->a, doc_get_string(limit, "type")));
    for (size_t i = 0; i < ARRAY_LEN(rules); i++) {
        struct amounts bounds = {0};
        read_amounts(doc_get(limit, rules[i]), &bounds);
        for (size_t k = 0; k < bounds.len; k++)
            if (i == 2)
                check_ratio(c, type, bounds.items[k].name, &bounds.items[k].value, asked);
            else
                check_one(c, type, bounds.items[k].name, i == 0, &bounds.items[k].value, asked);
    }
}

static void read_container(const struct doc_node *container, struct asked *out)
{
    *out = (struct asked){0};
    read_amounts(doc_at(container, "resources.requests"), &out->requests);
    read_amounts(doc_at(container, "resources.limits"), &out->limits);
}

static void check_pod(struct checking *c, const struct doc_node *limit)
{
    const struct doc_node *list = doc_at(c->object, "spec.containers");
    struct asked sum = {0}, one;
    for (uint32_t i = 0; i < doc_count(list); i++) {
        read_container(doc_item(list, i), i ? &one : &sum);
        if (i) {
            keep_common(&sum.requests, &one.requests);
            keep_common(&sum.limits, &one.limits);
        }
    }
    check_asked(c, limit, &sum);
}

static void check_containers(struct checking *c, const struct doc_node *limit)
{
    static const char *const lists[] = {"containers", "initContainers"};
    struct asked one;
    for (size_t l = 0; l < ARRAY_LEN(lists); l++) {
        const struct doc_node *list = doc_get(doc_get(c->object, "spec"), lists[l]);
        for (uint32_t i = 0; i < doc_count(list); i++) {
            read_container(doc_item(list, i), &one);
            check_asked(c, limit, &one);
        }
    }
}

static void check_claim(struct checking *c, const struct doc_node *limit)
{
    struct asked one = {0};
    read_amounts(doc_at(c->object, "spec.resources.requests"), &one.requests);
    check_asked(c, limit, &one);
}

static void check_by(void *ctx, const struct doc_node *limits)
{
    struct checking *c = ctx;
    doc_each_item(limit, limits) {
        struct sv type = doc_get_string(limit, "type");
        if (c->pod && sv_is(type, "Container"))
            check_containers(c, limit);
        else if (c->pod && sv_is(type, "Pod"))
            check_pod(c, limit);
        else if (!c->pod && sv_is(type, "PersistentVolumeClaim"))
            check_claim(c, limit);
    }
}

bool api_limits_check(struct api_call *call, const struct doc_node *object)
{
    struct checking c = {.a = &call->arena, .object = object, .pod = api_kind_is(call, "Pod")};
    if (!limited(call))
        return true;
    each_range(call, check_by, &c);
    bool many = c.count > 1;
    bool ok =
        !c.count || api_forbid(call, "%s%s%s", many ? "[" : "", str_c(&c.faults), many ? "]" : "");
    str_release(&c.faults);
    return ok;
}
