#include "pocket/plane/plane.h"

#include "pocket/plane/internal.h"

const struct plane_times plane_times_default = {
    .react_least_ms = 400,
    .react_most_ms = 2500,
    .route_least_ms = 2000,
    .route_most_ms = 10000,
    .proxy_ms = 1000,
    .dial_ms = 10000,
};

struct plane *plane_new(const struct plane_options *o)
{
    struct plane *p = mem_must(calloc(1, sizeof *p));
    p->w = o->world;
    p->cloud = o->cloud;
    p->ports = o->ports;
    p->ports_ctx = o->ports_ctx;
    p->address = o->address;
    p->address_ctx = o->address_ctx;
    p->region = plane_text(&p->texts, "%s", o->region);
    p->account = plane_text(&p->texts, "%s", o->account);
    p->seed = o->seed;
    p->times = o->times ? *o->times : plane_times_default;
    p->starting = true;
    plane_look(p, 0);
    p->starting = false;
    return p;
}

/* ---- the world changes ---- */

static bool is_balanced(const struct world_service *s)
{
    return s->used && !s->selector.nothing && s->selector.len &&
           (s->type == 'L' || s->ingress_backend || s->ip_targets);
}

static void drop_service(struct plane *p, uint32_t service)
{
    for (size_t i = p->balancers.len; i-- > 0;)
        if (p->balancers.items[i]->service_at == service)
            plane_drop_balancer(p, p->balancers.items[i]);
    for (size_t i = p->groups.len; i-- > 0;)
        if (p->groups.items[i]->service_at == service)
            plane_drop_group(p, p->groups.items[i]);
}

void plane_look(struct plane *p, int64_t now)
{
    while (p->served.len < p->w->services.len)
        must_push(&p->served, false);
    for (uint32_t i = 0; i < p->served.len; i++) {
        bool wanted = is_balanced(&p->w->services.items[i]);
        if (wanted == p->served.items[i])
            continue;
        p->served.items[i] = wanted;
        if (wanted)
            plane_service_enter(p, i, now);
        else
            drop_service(p, i);
    }
}

void plane_changed(struct plane *p, const struct world_change *c, int64_t now)
{
    bool pod = c->kind >= CHANGE_POD_ADDED && c->kind <= CHANGE_POD_OTHER;
    bool node = c->kind >= CHANGE_NODE_ADDED && c->kind <= CHANGE_NODE_OTHER;
    if (!pod && !node)
        return;
    vec_foreach(g, &p->groups) {
        if (pod)
            plane_pod_changed(p, *g, c, now);
        else
            plane_node_changed(p, *g, c, now);
    }
}

/* ---- what there is ---- */

size_t plane_balancer_count(const struct plane *p)
{
    return p->balancers.len;
}

struct plane_balancer *plane_balancer_at(const struct plane *p, size_t i)
{
    return p->balancers.items[i];
}

size_t plane_group_count(const struct plane *p)
{
    return p->groups.len;
}

struct plane_group *plane_group_at(const struct plane *p, size_t i)
{
    return p->groups.items[i];
}

static bool action_uses(const struct elbv2_action *a, const char *arn)
{
    if (a->target_group && strcmp(a->target_group, arn) == 0)
        return true;
    shape_each(group, &a->forward.groups)
        if (group->arn && strcmp(group->arn, arn) == 0)
            return true;
    return false;
}

static bool rule_uses(const struct plane_rule *r, const char *arn)
{
    for (uint32_t i = 0; i < r->actions.count; i++)
        if (action_uses(&r->actions.items[i], arn))
            return true;
    return false;
}

bool plane_uses(const struct plane *p, const struct plane_balancer *only, const char *arn)
{
    vec_foreach(b, &p->balancers) {
        if (only && *b != only)
            continue;
        vec_foreach(l, &(*b)->listeners)
            vec_foreach(r, &(*l)->rules)
                if (rule_uses(*r, arn))
                    return true;
    }
    return false;
}
