/* What the load balancer controller makes for a service: a load balancer with one listener, and a
 * target group. */
#include "pocket/plane/internal.h"

#include <ctype.h>

/* Letters and digits of a name, at most 8, as the controller puts them into names. */
static const char *short_of(const char *name, char out[static 9])
{
    size_t n = 0;
    for (; *name && n < 8; name++)
        if (isalnum((unsigned char)*name))
            out[n++] = *name;
    out[n] = '\0';
    return out;
}

static bool is_taken(const struct plane *p, const char *arn)
{
    vec_foreach(g, &p->groups)
        if (strcmp((*g)->arn, arn) == 0)
            return true;
    return false;
}

/* The group that AWS told of and whose name the controller would give it. */
static const struct cloud_target_group *known_group(const struct plane *p, const char *start)
{
    if (!p->cloud)
        return NULL;
    vec_foreach(g, &p->cloud->target_groups)
        if (g->name && sv_starts(sv_of(g->name), start) && !is_taken(p, g->arn))
            return g;
    return NULL;
}

static void set(int32_t *field, int32_t value)
{
    if (value > 0)
        *field = value;
}

static void take_over(struct plane_group *g, const struct cloud_target_group *from)
{
    g->arn = plane_text(&g->texts, "%s", from->arn);
    set(&g->port, from->port);
    set(&g->interval_s, from->health_interval_s);
    set(&g->healthy, from->healthy_threshold);
    set(&g->delay_s, from->deregistration_delay_s);
    if (from->target_type)
        g->instances = strcmp(from->target_type, "instance") == 0;
}

bool plane_selects(const struct plane *p, const struct plane_group *g, uint32_t pod)
{
    if (g->service_at == WORLD_NONE)
        return false;
    const struct world_service *s = &p->w->services.items[g->service_at];
    return s->used && world_class_of(p->w, pod)->ns == s->ns &&
           world_selects_pod(p->w, &s->selector, pod);
}

static struct plane_ports ports_of(const struct plane *p, const struct world_service *s)
{
    struct plane_ports ports = {80, 8080, 30080};
    if (p->ports)
        p->ports(p->ports_ctx, strings_get(&p->w->strings, s->ns),
                 strings_get(&p->w->strings, s->name), &ports);
    return ports;
}

static struct plane_group *make_group(struct plane *p, uint32_t service, const char *name,
                                      const struct cloud_target_group *known, int64_t now)
{
    const struct world_service *s = &p->w->services.items[service];
    struct plane_ports ports = ports_of(p, s);
    bool instances = !s->ip_targets;
    struct plane_group *g =
        plane_add_group(p, name, instances, instances ? ports.node_port : ports.target_port, now);
    /* What the controller sets where annotations say nothing. */
    g->interval_s = s->ingress_backend ? 15 : 10;
    g->healthy = s->ingress_backend ? 2 : 3;
    g->unhealthy = s->ingress_backend ? 2 : 3;
    if (!s->ingress_backend)
        g->protocol = "TCP";
    if (known)
        take_over(g, known);
    g->ns = plane_text(&g->texts, "%s", world_text(p->w, s->ns));
    g->service = plane_text(&g->texts, "%s", world_text(p->w, s->name));
    g->service_at = service;
    g->local = s->local_traffic;
    return g;
}

static void make_balancer(struct plane *p, uint32_t service, const char *name,
                          const struct plane_group *g, int64_t now)
{
    const struct world_service *s = &p->w->services.items[service];
    bool http = s->ingress_backend;
    struct plane_balancer *b = plane_add_balancer(p, name, http ? "application" : "network", now);
    struct plane_listener *l = plane_add_listener(p, b, http ? "HTTP" : "TCP", ports_of(p, s).port);
    struct plane_rule *r = plane_add_rule(p, l, 0);
    b->service_at = service;
    struct elbv2_action *forward = shape_list_add(&r->actions, sizeof *r->actions.items, &r->texts);
    forward->type = "forward";
    forward->target_group = plane_text(&r->texts, "%s", g->arn);
    forward->order = shape_int(1);
}

void plane_service_enter(struct plane *p, uint32_t service, int64_t now)
{
    const struct world_service *s = &p->w->services.items[service];
    char ns[9], of[9], start[32], name[64];
    snprintf(start, sizeof start, "k8s-%s-%s-", short_of(world_text(p->w, s->ns), ns),
             short_of(world_text(p->w, s->name), of));
    const struct cloud_target_group *known = known_group(p, start);
    struct arena scratch = {0};
    snprintf(name, sizeof name, "%s%.10s", start, plane_make_id(p, &scratch));
    arena_release(&scratch);
    struct plane_group *g = make_group(p, service, known ? known->name : name, known, now);
    make_balancer(p, service, name, g, now);
    world_each_pod(p->w, pod)
        if (plane_selects(p, g, pod))
            plane_track_pod(p, g, pod, now);
    if (g->instances)
        plane_enter_nodes(p, g, now);
}
