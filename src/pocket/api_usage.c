/* What an object counts for in a ResourceQuota. */
#include "base/must.h"
#include "pocket/api_internal.h"

static struct sv named(struct arena *a, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
static struct sv named(struct arena *a, const char *fmt, ...)
{
    _cleanup_str_ struct str text = {0};
    va_list ap;
    va_start(ap, fmt);
    str_vaddf(&text, fmt, ap);
    va_end(ap);
    return sv_of(mem_must(arena_dup(a, str_sv(&text))));
}

/* ---- pods ---- */

static void read_map(const struct doc_node *map, struct amounts *out)
{
    struct amount value;
    doc_each_pair(pair, map)
        if (amount_parse(doc_scalar(pair->value), &value))
            amounts_add(out, pair->key->text, value);
}

static void add_all(struct amounts *to, const struct amounts *more)
{
    for (size_t i = 0; i < more->len; i++)
        amounts_add(to, more->items[i].name, more->items[i].value);
}

static void raise_all(struct amounts *to, const struct amounts *least)
{
    for (size_t i = 0; i < least->len; i++) {
        const struct amount *have = amounts_get(to, least->items[i].name);
        if (!have)
            amounts_add(to, least->items[i].name, least->items[i].value);
        else if (have->milli < least->items[i].value.milli)
            amounts_add(to, least->items[i].name, amount_subtract(least->items[i].value, *have));
    }
}

static bool stays(const struct doc_node *container)
{
    return sv_is(doc_get_string(container, "restartPolicy"), "Always");
}

/* "requests" or "limits" of a pod as the scheduler counts them: containers side by side, init
 * containers one after the other, those that stay beside all that follow. */
static void pod_sum(const struct doc_node *spec, const char *what, struct amounts *out)
{
    const struct doc_node *containers = doc_get(spec, "containers");
    const struct doc_node *init = doc_get(spec, "initContainers");
    struct amounts beside = {0}, most = {0};
    *out = (struct amounts){0};
    for (uint32_t i = 0; i < doc_count(containers); i++)
        read_map(doc_get(doc_get(doc_item(containers, i), "resources"), what), out);
    for (uint32_t i = 0; i < doc_count(init); i++) {
        struct amounts one = beside;
        read_map(doc_get(doc_get(doc_item(init, i), "resources"), what), &one);
        raise_all(&most, &one);
        if (stays(doc_item(init, i)))
            beside = one;
    }
    add_all(out, &beside);
    raise_all(out, &most);
    read_map(doc_get(spec, "overhead"), out);
}

static bool is_native(struct sv name)
{
    return !sv_has(name, "/") || sv_has(name, "kubernetes.io/");
}

static void add_requests(struct arena *a, const struct amounts *requests, struct amounts *out)
{
    static const char *const plain[] = {"cpu", "memory", "ephemeral-storage"};
    for (size_t i = 0; i < requests->len; i++) {
        struct sv name = requests->items[i].name;
        struct amount value = requests->items[i].value;
        bool known = sv_starts(name, "hugepages-");
        for (size_t k = 0; k < ARRAY_LEN(plain); k++)
            known = known || sv_is(name, plain[k]);
        if (known)
            amounts_add(out, name, value);
        if (known || !is_native(name))
            amounts_add(out, named(a, "requests.%.*s", SV_ARG(name)), value);
    }
}

static void add_limits(struct arena *a, const struct amounts *limits, struct amounts *out)
{
    static const char *const plain[] = {"cpu", "memory", "ephemeral-storage"};
    for (size_t k = 0; k < ARRAY_LEN(plain); k++) {
        const struct amount *value = amounts_get(limits, sv_of(plain[k]));
        if (value)
            amounts_add(out, named(a, "limits.%s", plain[k]), *value);
    }
}

static void count_pod(struct arena *a, const struct doc_node *pod, struct amounts *out)
{
    struct sv phase = doc_string(doc_at(pod, "status.phase"));
    struct amounts sum;
    if (sv_is(phase, "Succeeded") || sv_is(phase, "Failed"))
        return;
    amounts_add(out, SV("pods"), amount_of(1));
    pod_sum(doc_get(pod, "spec"), "requests", &sum);
    add_requests(a, &sum, out);
    pod_sum(doc_get(pod, "spec"), "limits", &sum);
    add_limits(a, &sum, out);
}

static const char *const to_be_said[] = {"cpu",    "limits.cpu",   "limits.memory",
                                         "memory", "requests.cpu", "requests.memory"};

static bool says(const struct doc_node *container, const char *resource)
{
    struct sv rest = sv_of(resource), first = sv_split(&rest, '.');
    const char *what = sv_is(first, "limits") ? "limits" : "requests";
    struct sv name = rest.ptr ? rest : first;
    return value_get(doc_get(doc_get(container, "resources"), what), name) != NULL;
}

static void missing_of(const struct doc_node *pod, const char *resource, struct str *names)
{
    static const char *const lists[] = {"containers", "initContainers"};
    for (size_t l = 0; l < ARRAY_LEN(lists); l++) {
        const struct doc_node *list = doc_get(doc_get(pod, "spec"), lists[l]);
        for (uint32_t i = 0; i < doc_count(list); i++)
            if (!says(doc_item(list, i), resource))
                str_addf(names, "%s%.*s", names->len ? "," : "",
                         SV_ARG(doc_get_string(doc_item(list, i), "name")));
    }
}

void api_usage_missing(const struct doc_node *pod, const struct amounts *hard, bool names,
                       struct str *out)
{
    for (size_t i = 0; i < ARRAY_LEN(to_be_said); i++) {
        _cleanup_str_ struct str who = {0};
        if (!amounts_get(hard, sv_of(to_be_said[i])))
            continue;
        missing_of(pod, to_be_said[i], &who);
        if (!who.len)
            continue;
        str_addf(out, "%s%s", out->len ? names ? "; " : "," : "", to_be_said[i]);
        if (names)
            str_addf(out, " for: %s", str_c(&who));
    }
}

/* ---- other kinds ---- */

static void count_service(const struct doc_node *service, struct amounts *out)
{
    struct sv type = doc_string(doc_at(service, "spec.type"));
    const struct doc_node *open = doc_at(service, "spec.allocateLoadBalancerNodePorts");
    bool balanced = sv_is(type, "LoadBalancer");
    bool ports = sv_is(type, "NodePort") ||
                 (balanced && !(open && open->type == DOC_BOOL && !open->boolean));
    amounts_add(out, SV("services"), amount_of(1));
    amounts_add(out, SV("services.loadbalancers"), amount_of(balanced));
    amounts_add(out, SV("services.nodeports"),
                amount_of(ports ? doc_count(doc_at(service, "spec.ports")) : 0));
}

static void count_claim(struct arena *a, const struct doc_node *claim, struct amounts *out)
{
    struct sv class = doc_string(doc_at(claim, "spec.storageClassName"));
    struct amount storage;
    bool told =
        amount_parse(doc_scalar(doc_at(claim, "spec.resources.requests.storage")), &storage);
    const char *of = "storageclass.storage.k8s.io";
    amounts_add(out, SV("persistentvolumeclaims"), amount_of(1));
    if (told)
        amounts_add(out, SV("requests.storage"), storage);
    if (!class.len)
        return;
    amounts_add(out, named(a, "%.*s.%s/persistentvolumeclaims", SV_ARG(class), of), amount_of(1));
    if (told)
        amounts_add(out, named(a, "%.*s.%s/requests.storage", SV_ARG(class), of), storage);
}

void api_usage(struct arena *a, const struct kind *kind, const struct doc_node *object,
               struct amounts *out)
{
    static const char *const counted[] = {"configmaps", "secrets", "replicationcontrollers",
                                          "resourcequotas"};
    char resource[320];
    bool core = !kind->group[0];
    *out = (struct amounts){0};
    amounts_add(out, named(a, "count/%s", kind_resource(kind, resource)), amount_of(1));
    if (core && strcmp(kind->kind, "Pod") == 0)
        count_pod(a, object, out);
    else if (core && strcmp(kind->kind, "Service") == 0)
        count_service(object, out);
    else if (core && strcmp(kind->kind, "PersistentVolumeClaim") == 0)
        count_claim(a, object, out);
    for (size_t i = 0; core && i < ARRAY_LEN(counted); i++)
        if (strcmp(kind->plural, counted[i]) == 0)
            amounts_add(out, sv_of(counted[i]), amount_of(1));
}

/* ---- scopes ---- */

static bool is_listed(const struct doc_node *list, struct sv value)
{
    doc_each_item(item, list)
        if (sv_eq(doc_string(item), value))
            return true;
    return false;
}

static bool asks_nothing(const struct doc_node *pod)
{
    static const char *const lists[] = {"containers", "initContainers"};
    for (size_t l = 0; l < ARRAY_LEN(lists); l++) {
        const struct doc_node *list = doc_get(doc_get(pod, "spec"), lists[l]);
        for (uint32_t i = 0; i < doc_count(list); i++)
            if (says(doc_item(list, i), "requests.cpu") ||
                says(doc_item(list, i), "requests.memory") ||
                says(doc_item(list, i), "limits.cpu") || says(doc_item(list, i), "limits.memory"))
                return false;
    }
    return true;
}

static bool has_class(const struct doc_node *pod, struct sv op, const struct doc_node *values)
{
    struct sv class = doc_string(doc_at(pod, "spec.priorityClassName"));
    if (sv_is(op, "In"))
        return class.len && is_listed(values, class);
    if (sv_is(op, "NotIn"))
        return !class.len || !is_listed(values, class);
    return sv_is(op, "DoesNotExist") ? !class.len : class.len > 0;
}

static bool in_scope(const struct doc_node *pod, struct sv scope, struct sv op,
                     const struct doc_node *values)
{
    bool ends = doc_at(pod, "spec.activeDeadlineSeconds") != NULL;
    if (sv_is(scope, "Terminating"))
        return ends;
    if (sv_is(scope, "NotTerminating"))
        return !ends;
    if (sv_is(scope, "BestEffort"))
        return asks_nothing(pod);
    if (sv_is(scope, "NotBestEffort"))
        return !asks_nothing(pod);
    return sv_is(scope, "PriorityClass") && has_class(pod, op, values);
}

bool api_usage_in_scope(const struct kind *kind, const struct doc_node *object,
                        const struct doc_node *spec)
{
    const struct doc_node *scopes = doc_get(spec, "scopes");
    const struct doc_node *more = doc_at(spec, "scopeSelector.matchExpressions");
    if (!doc_count(scopes) && !doc_count(more))
        return true;
    if (kind->group[0] || strcmp(kind->kind, "Pod") != 0)
        return false;
    doc_each_item(scope, scopes)
        if (!in_scope(object, doc_string(scope), SV("Exists"), NULL))
            return false;
    doc_each_item(one, more)
        if (!in_scope(object, doc_get_string(one, "scopeName"), doc_get_string(one, "operator"),
                      doc_get(one, "values")))
            return false;
    return true;
}
