/* Load balancers, listeners, rules and target groups: made and dropped. */
#include "aws/partition.h"
#include "pocket/plane/internal.h"
#include "sim/random.h"

#include <ctype.h>

const char *plane_text(struct arena *a, const char *fmt, ...)
{
    char text[2048];
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(text, sizeof text, fmt, ap);
    va_end(ap);
    return mem_must(arena_dup(a, sv_of(text)));
}

const char *plane_make_id(struct plane *p, struct arena *a)
{
    uint64_t state = p->seed + ++p->made * UINT64_C(0x9e3779b97f4a7c15);
    return plane_text(a, "%016llx", (unsigned long long)random_mix(&state));
}

uint64_t plane_draw(const struct plane *p, const char *text, int64_t now, uint64_t below)
{
    uint64_t state = p->seed ^ (uint64_t)now;
    for (; *text; text++)
        state = (state ^ (unsigned char)*text) * UINT64_C(0x100000001b3);
    return random_mix(&state) % below;
}

static const char *arn(struct plane *p, struct arena *a, const char *what)
{
    return plane_text(a, "arn:%s:elasticloadbalancing:%s:%s:%s", aws_partition_of(p->region)->id,
                      p->region, p->account, what);
}

/* What follows the kind in the ARN of something below: "app/web/50dc6c495c0c9188". */
static const char *tail(const char *of)
{
    const char *slash = strchr(of, '/');
    return slash ? slash + 1 : of;
}

/* ---- making ---- */

struct plane_balancer *plane_add_balancer(struct plane *p, const char *name, const char *type,
                                          int64_t now)
{
    struct plane_balancer *b = mem_must(calloc(1, sizeof *b));
    struct arena *a = &b->texts;
    bool network = strcmp(type, "network") == 0;
    const char *id = plane_make_id(p, a);
    b->name = plane_text(a, "%s", name);
    b->type = plane_text(a, "%s", type);
    b->scheme = "internet-facing";
    b->created = now;
    b->service_at = WORLD_NONE;
    b->arn = arn(p, a, plane_text(a, "loadbalancer/%s/%s/%s", network ? "net" : "app", name, id));
    b->dns = network ? plane_text(a, "%s-%s.elb.%s.amazonaws.com", name, id, p->region)
                     : plane_text(a, "%s-%.10s.%s.elb.amazonaws.com", name, id, p->region);
    must_push(&p->balancers, b);
    return b;
}

struct plane_listener *plane_add_listener(struct plane *p, struct plane_balancer *b,
                                          const char *protocol, int32_t port)
{
    struct plane_listener *l = mem_must(calloc(1, sizeof *l));
    struct arena *a = &l->texts;
    l->protocol = plane_text(a, "%s", protocol);
    l->port = port;
    l->arn = arn(p, a, plane_text(a, "listener/%s/%s", tail(b->arn), plane_make_id(p, a)));
    must_push(&b->listeners, l);
    return l;
}

/* Ascending by priority, the default rule last. */
static bool comes_before(int32_t a, int32_t b)
{
    return a && (!b || a < b);
}

struct plane_rule *plane_add_rule(struct plane *p, struct plane_listener *l, int32_t priority)
{
    struct plane_rule *r = mem_must(calloc(1, sizeof *r));
    struct arena *a = &r->texts;
    r->priority = priority;
    r->arn = arn(p, a, plane_text(a, "listener-rule/%s/%s", tail(l->arn), plane_make_id(p, a)));
    must_push(&l->rules, r);
    for (size_t i = l->rules.len; i-- > 1;) {
        struct plane_rule **pair = &l->rules.items[i - 1];
        if (!comes_before(pair[1]->priority, pair[0]->priority))
            break;
        struct plane_rule *first = pair[0];
        pair[0] = pair[1];
        pair[1] = first;
    }
    return r;
}

struct plane_group *plane_add_group(struct plane *p, const char *name, bool instances, int32_t port,
                                    int64_t now)
{
    struct plane_group *g = mem_must(calloc(1, sizeof *g));
    struct arena *a = &g->texts;
    g->name = plane_text(a, "%s", name);
    g->arn = arn(p, a, plane_text(a, "targetgroup/%s/%s", name, plane_make_id(p, a)));
    g->protocol = "HTTP";
    g->path = "/";
    g->matcher = "200";
    g->instances = instances;
    g->checks = true;
    g->port = port;
    g->interval_s = 30;
    g->timeout_s = 5;
    g->healthy = 5;
    g->unhealthy = 2;
    g->delay_s = 300;
    g->created = now;
    g->service_at = WORLD_NONE;
    must_push(&p->groups, g);
    return g;
}

/* ---- dropping ---- */

#define TAKE_OUT(list, item)                                                                       \
    do {                                                                                           \
        size_t kept_ = 0;                                                                          \
        for (size_t i_ = 0; i_ < (list)->len; i_++)                                                \
            if ((list)->items[i_] != (item))                                                       \
                (list)->items[kept_++] = (list)->items[i_];                                        \
        (list)->len = kept_;                                                                       \
    } while (0)

void plane_drop_rule(struct plane *p, struct plane_rule *r)
{
    vec_foreach(b, &p->balancers)
        vec_foreach(l, &(*b)->listeners)
            TAKE_OUT(&(*l)->rules, r);
    must_push(&p->old_rules, r);
}

void plane_drop_listener(struct plane *p, struct plane_listener *l)
{
    vec_foreach(b, &p->balancers)
        TAKE_OUT(&(*b)->listeners, l);
    l->dropped = true;
    must_push(&p->old_listeners, l);
}

void plane_drop_balancer(struct plane *p, struct plane_balancer *b)
{
    TAKE_OUT(&p->balancers, b);
    b->dropped = true;
    must_push(&p->old_balancers, b);
}

void plane_drop_group(struct plane *p, struct plane_group *g)
{
    TAKE_OUT(&p->groups, g);
    must_push(&p->old_groups, g);
}

/* ---- freeing ---- */

static void rule_free(struct plane_rule *r)
{
    vec_release(&r->conditions);
    arena_release(&r->texts);
    free(r);
}

static void listener_free(struct plane_listener *l)
{
    vec_foreach(r, &l->rules)
        rule_free(*r);
    vec_release(&l->rules);
    arena_release(&l->texts);
    free(l);
}

static void balancer_free(struct plane_balancer *b)
{
    vec_foreach(l, &b->listeners)
        listener_free(*l);
    vec_release(&b->listeners);
    arena_release(&b->texts);
    free(b);
}

static void group_free(struct plane_group *g)
{
    plane_release_targets(g);
    plane_release_pods(g);
    arena_release(&g->texts);
    free(g);
}

#define FREE_ALL(list, free_one)                                                                   \
    do {                                                                                           \
        vec_foreach(one, list)                                                                     \
            free_one(*one);                                                                        \
        vec_release(list);                                                                         \
    } while (0)

void plane_free(struct plane *p)
{
    if (!p)
        return;
    FREE_ALL(&p->balancers, balancer_free);
    FREE_ALL(&p->old_balancers, balancer_free);
    FREE_ALL(&p->old_listeners, listener_free);
    FREE_ALL(&p->old_rules, rule_free);
    FREE_ALL(&p->groups, group_free);
    FREE_ALL(&p->old_groups, group_free);
    vec_release(&p->served);
    arena_release(&p->texts);
    free(p);
}
