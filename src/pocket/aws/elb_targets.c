/* Targets as ELB tells, registers and deregisters them. */
#include "base/must.h"
#include "pocket/aws/elb.h"

#include <arpa/inet.h>

struct told {
    struct elbv2_target_health known;
    const char *check_port;
};
static const struct shape_field health_fields[] = {
    SHAPE_FIELD(struct told, SHAPE_TEXT, "State", known.state),
    SHAPE_FIELD(struct told, SHAPE_TEXT, "Reason", known.reason),
    SHAPE_FIELD(struct told, SHAPE_TEXT, "Description", known.description),
};
static const struct shape health_shape = SHAPE(struct told, health_fields);
static const struct shape_field told_fields[] = {
    SHAPE_OF(struct told, SHAPE_STRUCT, "Target", known.target, &elbv2_shape_target),
    SHAPE_FIELD(struct told, SHAPE_TEXT, "HealthCheckPort", check_port),
    {.name = "TargetHealth", .kind = SHAPE_STRUCT, .offset = 0, .of = &health_shape},
};
static const struct shape told_shape = SHAPE(struct told, told_fields);
struct list {
    SHAPE_LIST(struct told) items;
};
static const struct shape_field list_fields[] = {
    SHAPE_OF(struct list, SHAPE_STRUCTS, "TargetHealthDescriptions", items, &told_shape),
};
static const struct shape out_list = SHAPE(struct list, list_fields);

struct asked {
    const char *arn;
    struct elbv2_targets targets;
};
static const struct shape_field asked_fields[] = {
    SHAPE_MUST(struct asked, SHAPE_TEXT, "TargetGroupArn", arn),
    SHAPE_OF(struct asked, SHAPE_STRUCTS, "Targets", targets, &elbv2_shape_target),
};
static const struct shape in_asked = SHAPE(struct asked, asked_fields);

/* ---- describe ---- */

static const char *state_text(enum elbv2_state s)
{
    return s == ELBV2_INITIAL     ? "initial"
           : s == ELBV2_HEALTHY   ? "healthy"
           : s == ELBV2_UNHEALTHY ? "unhealthy"
           : s == ELBV2_DRAINING  ? "draining"
                                  : "unused";
}

static void tell(struct service_call *c, const char *id, int32_t port, const char *zone,
                 const struct plane_health *h)
{
    struct list *out = c->out;
    *(struct told *)ELB_ADD(c, &out->items) = (struct told){
        .known = {.target = {.id = id, .port = shape_int(port), .zone = zone},
                  .state = state_text(h->state),
                  .reason = h->reason,
                  .description = h->description},
        .check_port = mem_must(arena_fmt(c->arena, "%d", port)),
    };
}

static bool is_there(const struct plane_target *t, int64_t now)
{
    return t->registered <= now && now < t->gone;
}

static void tell_target(struct service_call *c, struct plane_group *g, struct plane_target *t)
{
    struct plane_health h = plane_health(c->account->elb->plane, g, t, c->account->now_ms);
    tell(c, t->id, t->port, g->instances || !t->zone || !*t->zone ? NULL : t->zone, &h);
}

static bool is_asked(const struct plane_target *t, const struct elbv2_target *asked)
{
    return asked->id && strcmp(t->id, asked->id) == 0 &&
           (!asked->port.set || asked->port.n == t->port);
}

static void tell_asked(struct service_call *c, struct plane_group *g,
                       const struct elbv2_target *asked)
{
    static const struct plane_health none = {ELBV2_UNUSED, "Target.NotRegistered",
                                             "Target is not registered to the target group"};
    bool found = false;
    vec_foreach(t, &g->targets) {
        if (!is_asked(t, asked) || !is_there(t, c->account->now_ms))
            continue;
        tell_target(c, g, t);
        found = true;
    }
    if (!found)
        tell(c, asked->id, asked->port.set ? (int32_t)asked->port.n : g->port, NULL, &none);
}

static int describe(struct service_call *c)
{
    const struct asked *asked = c->in;
    struct plane_group *g = elb_find_group(c->account, asked->arn);
    if (!g)
        return elb_no_group(c);
    for (uint32_t i = 0; i < asked->targets.count; i++)
        if (asked->targets.items[i].id)
            tell_asked(c, g, &asked->targets.items[i]);
    vec_foreach(t, &g->targets)
        if (!asked->targets.count && is_there(t, c->account->now_ms))
            tell_target(c, g, t);
    return 0;
}

const struct service_action elb_health_describe = {
    .name = "DescribeTargetHealth",
    .in = &in_asked,
    .out = &out_list,
    .run = describe,
};

/* ---- register, deregister ---- */

static bool is_address(const char *text)
{
    struct in_addr v4;
    return inet_pton(AF_INET, text, &v4) == 1;
}

static int check_target(struct service_call *c, const struct plane_group *g,
                        const struct elbv2_target *t)
{
    if (!t->id)
        return service_refuse(c, 400, "ValidationError", "A target must have an id");
    if (t->port.set && (t->port.n < 1 || t->port.n > 65535))
        return service_refuse(c, 400, "ValidationError", "Port '%lld' is not a port number",
                              (long long)t->port.n);
    if (!g->instances && !is_address(t->id))
        return service_refuse(c, 400, "ValidationError",
                              "The IP address '%s' is not a valid IPv4 address", t->id);
    const struct account_instance *i =
        g->instances ? account_find_instance(c->account, t->id) : NULL;
    if (g->instances && (!i || !account_is_live(i)))
        return service_refuse(c, 400, "InvalidTarget",
                              "The following targets are not in a running state and cannot be "
                              "registered: '%s'",
                              t->id);
    return 0;
}

static int find_group(struct service_call *c, struct plane_group **out)
{
    const struct asked *asked = c->in;
    *out = elb_find_group(c->account, asked->arn);
    if (!*out)
        return elb_no_group(c);
    return asked->targets.count
               ? 0
               : service_refuse(c, 400, "ValidationError", "At least one target must be specified");
}

static int32_t port_of(const struct elbv2_target *t)
{
    return t->port.set ? (int32_t)t->port.n : 0;
}

struct nothing {
    char unused;
};
static const struct shape out_nothing = {.size = sizeof(struct nothing)};

static int enter(struct service_call *c)
{
    const struct asked *asked = c->in;
    struct plane_group *g;
    if (find_group(c, &g) < 0)
        return -1;
    for (uint32_t i = 0; i < asked->targets.count; i++)
        if (check_target(c, g, &asked->targets.items[i]) < 0)
            return -1;
    for (uint32_t i = 0; i < asked->targets.count; i++)
        plane_register(c->account->elb->plane, g, asked->targets.items[i].id,
                       port_of(&asked->targets.items[i]), c->account->now_ms);
    return 0;
}

const struct service_action elb_targets_register = {
    .name = "RegisterTargets",
    .in = &in_asked,
    .out = &out_nothing,
    .run = enter,
};

static int leave(struct service_call *c)
{
    const struct asked *asked = c->in;
    struct plane_group *g;
    if (find_group(c, &g) < 0)
        return -1;
    for (uint32_t i = 0; i < asked->targets.count; i++)
        if (asked->targets.items[i].id)
            plane_deregister(c->account->elb->plane, g, asked->targets.items[i].id,
                             port_of(&asked->targets.items[i]), c->account->now_ms);
    return 0;
}

const struct service_action elb_targets_deregister = {
    .name = "DeregisterTargets",
    .in = &in_asked,
    .out = &out_nothing,
    .run = leave,
};
