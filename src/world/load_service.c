/* Services and who points at them: slices of endpoints, Ingresses, bindings of target groups. */
#include "world/load_internal.h"

/* ---- Service ---- */

static void read_service_spec(struct load *l, struct pull *p, struct world_service *s)
{
    struct sv key, text;
    each_key(p, key)
    {
        if (KEY(key, "selector"))
            load_map_selector(l, p, &s->selector);
        else if (KEY(key, "externalTrafficPolicy"))
            s->local_traffic = load_is(p, "Local");
        else if (!KEY(key, "type"))
            pull_skip(p);
        else if (pull_string(p, &text))
            s->type = KEY(text, "NodePort")       ? 'N'
                      : KEY(text, "LoadBalancer") ? 'L'
                      : KEY(text, "ExternalName") ? 'E'
                                                  : 'C';
    }
}

static void service_begin(struct load *l)
{
    struct world_service *s = l->state;
    s->selector.nothing = true;
    s->type = 'C';
}

static void service_field(struct load *l, struct pull *p, struct sv key)
{
    if (KEY(key, "spec"))
        read_service_spec(l, p, l->state);
    else
        pull_skip(p);
}

static void service_end(struct load *l)
{
    struct world_service *s = l->state;
    s->ns = l->meta.ns;
    s->name = l->meta.name;
    s->used = true;
    s->ip_targets = l->meta.annotation.ip_targets;
    uint32_t at = load_enter(l, BY_NAME_SERVICE, s->ns, &l->w->services, *s);
    if (at == l->service_ip.len)
        must_push(&l->service_ip, s->ip_targets);
    else
        l->service_ip.items[at] = s->ip_targets;
}

/* ---- EndpointSlice ---- */

/* An endpoint whose readiness is not told is ready. */
static bool is_ready(struct pull *p)
{
    struct sv key, inner;
    bool ready = true;
    each_key(p, key)
    {
        if (!KEY(key, "conditions")) {
            pull_skip(p);
            continue;
        }
        each_key(p, inner)
        {
            if (KEY(inner, "ready"))
                load_flag(p, &ready);
            else
                pull_skip(p);
        }
    }
    return ready;
}

static void slice_field(struct load *l, struct pull *p, struct sv key)
{
    struct slice *s = l->state;
    if (KEY(key, "addressType"))
        s->v6 = load_is(p, "IPv6");
    else if (KEY(key, "endpoints")) {
        each_item(p, endpoint) s->ready += is_ready(p);
    } else
        pull_skip(p);
}

static void slice_end(struct load *l)
{
    struct slice *s = l->state;
    uint32_t key = strings_find(&l->w->strings, SV("kubernetes.io/service-name"));
    s->ns = l->meta.ns;
    s->service = key ? labels_value(l->meta.labels, key) : STRINGS_NONE;
    load_enter(l, BY_NAME_SLICE, s->ns, &l->slices, *s);
}

/* ---- Ingress ---- */

static void add_backend(struct load *l, uint32_t name)
{
    struct service_word w = {.ns = l->meta.ns,
                             .name = name,
                             .backend = true,
                             .ip_targets = l->meta.annotation.ip_targets};
    if (name)
        must_push(&l->service_words, w);
}

/* {service: {name}} or, before networking.k8s.io/v1, {serviceName}. */
static void read_backend(struct load *l, struct pull *p)
{
    struct sv key, inner;
    uint32_t name = STRINGS_NONE;
    each_key(p, key)
    {
        if (KEY(key, "serviceName")) {
            load_text_id(l, p, &name);
        } else if (KEY(key, "service")) {
            each_key(p, inner)
            {
                if (KEY(inner, "name"))
                    load_text_id(l, p, &name);
                else
                    pull_skip(p);
            }
        } else {
            pull_skip(p);
        }
    }
    add_backend(l, name);
}

static void read_path(struct load *l, struct pull *p)
{
    struct sv key;
    each_key(p, key)
    {
        if (KEY(key, "backend"))
            read_backend(l, p);
        else
            pull_skip(p);
    }
}

/* {http: {paths: […]}} */
static void read_rule(struct load *l, struct pull *p)
{
    struct sv key, inner;
    each_key(p, key)
    {
        if (!KEY(key, "http")) {
            pull_skip(p);
            continue;
        }
        each_key(p, inner)
        {
            if (KEY(inner, "paths")) {
                each_item(p, path) read_path(l, p);
            } else {
                pull_skip(p);
            }
        }
    }
}

static void ingress_field(struct load *l, struct pull *p, struct sv key)
{
    struct sv inner;
    if (!KEY(key, "spec")) {
        pull_skip(p);
        return;
    }
    each_key(p, inner)
    {
        if (KEY(inner, "defaultBackend") || KEY(inner, "backend"))
            read_backend(l, p);
        else if (KEY(inner, "rules")) {
            each_item(p, rule) read_rule(l, p);
        } else
            pull_skip(p);
    }
}

static void ingress_begin(struct load *l)
{
    size_t *first = l->state;
    *first = l->service_words.len;
}

static void ingress_end(struct load *l)
{
    const size_t *first = l->state;
    for (size_t i = *first; i < l->service_words.len; i++)
        l->service_words.items[i].from = l->meta.name;
}

/* ---- TargetGroupBinding ---- */

static void binding_field(struct load *l, struct pull *p, struct sv key)
{
    struct service_word *w = l->state;
    struct sv inner, ref;
    if (!KEY(key, "spec")) {
        pull_skip(p);
        return;
    }
    each_key(p, inner)
    {
        if (KEY(inner, "targetType")) {
            w->ip_targets = load_is(p, "ip");
        } else if (KEY(inner, "serviceRef")) {
            each_key(p, ref)
            {
                if (KEY(ref, "name"))
                    load_text_id(l, p, &w->name);
                else
                    pull_skip(p);
            }
        } else {
            pull_skip(p);
        }
    }
}

static void binding_end(struct load *l)
{
    struct service_word *w = l->state;
    w->ns = l->meta.ns;
    w->from = l->meta.name;
    w->of_binding = true;
    if (w->name)
        must_push(&l->service_words, *w);
}

const struct load_kind load_service_kinds[] = {
    {"Service",
     {""},
     LOAD_NAMESPACED,
     sizeof(struct world_service),
     service_begin,
     service_field,
     service_end},
    {"EndpointSlice",
     {"discovery.k8s.io"},
     LOAD_NAMESPACED,
     sizeof(struct slice),
     NULL,
     slice_field,
     slice_end},
    {"Ingress",
     {"networking.k8s.io", "extensions"},
     LOAD_NAMESPACED,
     sizeof(size_t),
     ingress_begin,
     ingress_field,
     ingress_end},
    {"TargetGroupBinding",
     {"elbv2.k8s.aws"},
     LOAD_NAMESPACED,
     sizeof(struct service_word),
     NULL,
     binding_field,
     binding_end},
    {0},
};
