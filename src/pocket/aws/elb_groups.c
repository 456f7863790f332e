/* Target groups and their attributes as ELB tells, makes and changes them. */
#include "base/must.h"
#include "pocket/aws/elb.h"

struct matcher {
    const char *codes;
};
struct told {
    const char *arn, *name, *protocol, *vpc, *target_type, *path, *check_port, *check_protocol;
    const char *protocol_version, *ip_type;
    struct shape_int port, interval_s, timeout_s, healthy, unhealthy;
    enum shape_flag checks;
    struct matcher matcher;
    struct shape_texts balancers;
};
static const struct shape_field matcher_fields[] = {
    SHAPE_FIELD(struct matcher, SHAPE_TEXT, "HttpCode", codes),
};
static const struct shape matcher_shape = SHAPE(struct matcher, matcher_fields);
#define TOLD(kind, name, member) SHAPE_FIELD(struct told, kind, name, member)
static const struct shape_field told_fields[] = {
    TOLD(SHAPE_TEXT, "TargetGroupArn", arn),
    TOLD(SHAPE_TEXT, "TargetGroupName", name),
    TOLD(SHAPE_TEXT, "Protocol", protocol),
    TOLD(SHAPE_INT, "Port", port),
    TOLD(SHAPE_TEXT, "VpcId", vpc),
    TOLD(SHAPE_TEXT, "HealthCheckProtocol", check_protocol),
    TOLD(SHAPE_TEXT, "HealthCheckPort", check_port),
    TOLD(SHAPE_BOOL, "HealthCheckEnabled", checks),
    TOLD(SHAPE_INT, "HealthCheckIntervalSeconds", interval_s),
    TOLD(SHAPE_INT, "HealthCheckTimeoutSeconds", timeout_s),
    TOLD(SHAPE_INT, "HealthyThresholdCount", healthy),
    TOLD(SHAPE_INT, "UnhealthyThresholdCount", unhealthy),
    TOLD(SHAPE_TEXT, "HealthCheckPath", path),
    SHAPE_OF(struct told, SHAPE_STRUCT, "Matcher", matcher, &matcher_shape),
    TOLD(SHAPE_TEXTS, "LoadBalancerArns", balancers),
    TOLD(SHAPE_TEXT, "TargetType", target_type),
    TOLD(SHAPE_TEXT, "ProtocolVersion", protocol_version),
    TOLD(SHAPE_TEXT, "IpAddressType", ip_type),
};
static const struct shape told_shape = SHAPE(struct told, told_fields);

static bool is_http(const struct plane_group *g)
{
    return strncmp(g->protocol, "HTTP", 4) == 0;
}

static void tell(struct service_call *c, const struct plane_group *g, struct told *t)
{
    struct plane *p = c->account->elb->plane;
    bool http = is_http(g);
    *t = (struct told){
        .arn = g->arn,
        .name = g->name,
        .protocol = g->protocol,
        .vpc = g->vpc ? g->vpc : c->account->vpc,
        .target_type = g->instances ? "instance" : "ip",
        .path = http ? g->path : NULL,
        .check_port = "traffic-port",
        .check_protocol = g->protocol,
        .protocol_version = http ? "HTTP1" : NULL,
        .ip_type = "ipv4",
        .port = shape_int(g->port),
        .interval_s = shape_int(g->interval_s),
        .timeout_s = shape_int(g->timeout_s),
        .healthy = shape_int(g->healthy),
        .unhealthy = shape_int(g->unhealthy),
        .checks = g->checks ? SHAPE_YES : SHAPE_NO,
        .matcher = {http ? g->matcher : NULL},
    };
    for (size_t i = 0; i < plane_balancer_count(p); i++) {
        const struct plane_balancer *b = plane_balancer_at(p, i);
        if (plane_uses(p, b, g->arn))
            *(const char **)ELB_ADD(c, &t->balancers) = b->arn;
    }
}

/* ---- describe ---- */

struct asked {
    const char *balancer;
    struct shape_texts arns, names;
    struct elb_page page;
};
#define ASKED(kind, name, member) SHAPE_FIELD(struct asked, kind, name, member)
static const struct shape_field asked_fields[] = {
    ASKED(SHAPE_TEXT, "LoadBalancerArn", balancer),
    ASKED(SHAPE_TEXTS, "TargetGroupArns", arns),
    ASKED(SHAPE_TEXTS, "Names", names),
    ASKED(SHAPE_INT, "PageSize", page.most),
    ASKED(SHAPE_TEXT, "Marker", page.marker),
};
static const struct shape in_asked = SHAPE(struct asked, asked_fields);
struct list {
    SHAPE_LIST(struct told) items;
    const char *marker;
};
static const struct shape_field list_fields[] = {
    SHAPE_OF(struct list, SHAPE_STRUCTS, "TargetGroups", items, &told_shape),
    SHAPE_FIELD(struct list, SHAPE_TEXT, "NextMarker", marker),
};
static const struct shape out_list = SHAPE(struct list, list_fields);
ELB_PAGES(list, struct asked, struct list, struct told);

static struct plane_group *by_name(const struct account *a, const char *name)
{
    for (size_t i = 0; i < plane_group_count(a->elb->plane); i++)
        if (strcmp(plane_group_at(a->elb->plane, i)->name, name) == 0)
            return plane_group_at(a->elb->plane, i);
    return NULL;
}

static int describe_named(struct service_call *c)
{
    const struct asked *asked = c->in;
    struct list *out = c->out;
    shape_each(arn, &asked->arns) {
        const struct plane_group *g = elb_find_group(c->account, *arn);
        if (!g)
            return elb_no_group(c);
        tell(c, g, ELB_ADD(c, &out->items));
    }
    shape_each(name, &asked->names) {
        const struct plane_group *g = by_name(c->account, *name);
        if (!g)
            return elb_no_group(c);
        tell(c, g, ELB_ADD(c, &out->items));
    }
    return 0;
}

static int describe(struct service_call *c)
{
    const struct asked *asked = c->in;
    struct list *out = c->out;
    struct plane *p = c->account->elb->plane;
    if (asked->arns.count || asked->names.count)
        return describe_named(c);
    const struct plane_balancer *of = elb_find_balancer(c->account, asked->balancer);
    if (asked->balancer && !of)
        return elb_no_balancer(c);
    for (size_t i = 0; i < plane_group_count(p); i++)
        if (!of || plane_uses(p, of, plane_group_at(p, i)->arn))
            tell(c, plane_group_at(p, i), ELB_ADD(c, &out->items));
    return 0;
}

const struct service_action elb_groups_describe = {
    .name = "DescribeTargetGroups",
    .in = &in_asked,
    .out = &out_list,
    .pages = &list_pages,
    .run = describe,
};

/* ---- create and change ---- */

struct change {
    const char *arn, *name, *protocol, *vpc, *target_type, *path;
    struct shape_int port, interval_s, timeout_s, healthy, unhealthy;
    enum shape_flag checks;
    struct matcher matcher;
    struct elb_tag_list tags;
};
#define CHANGE(kind, name, member) SHAPE_FIELD(struct change, kind, name, member)
#define CHECKS                                                                                     \
    CHANGE(SHAPE_BOOL, "HealthCheckEnabled", checks), CHANGE(SHAPE_TEXT, "HealthCheckPath", path), \
        CHANGE(SHAPE_INT, "HealthCheckIntervalSeconds", interval_s),                               \
        CHANGE(SHAPE_INT, "HealthCheckTimeoutSeconds", timeout_s),                                 \
        CHANGE(SHAPE_INT, "HealthyThresholdCount", healthy),                                       \
        CHANGE(SHAPE_INT, "UnhealthyThresholdCount", unhealthy),                                   \
        SHAPE_OF(struct change, SHAPE_STRUCT, "Matcher", matcher, &matcher_shape)
static const struct shape_field create_fields[] = {
    SHAPE_MUST(struct change, SHAPE_TEXT, "Name", name),
    CHANGE(SHAPE_TEXT, "Protocol", protocol),
    CHANGE(SHAPE_INT, "Port", port),
    CHANGE(SHAPE_TEXT, "VpcId", vpc),
    CHANGE(SHAPE_TEXT, "TargetType", target_type),
    CHECKS,
    SHAPE_OF(struct change, SHAPE_STRUCTS, "Tags", tags, &elb_shape_tag),
};
static const struct shape in_create = SHAPE(struct change, create_fields);
static const struct shape_field modify_fields[] = {
    SHAPE_MUST(struct change, SHAPE_TEXT, "TargetGroupArn", arn),
    CHECKS,
};
static const struct shape in_modify = SHAPE(struct change, modify_fields);

static void set(int32_t *field, struct shape_int value)
{
    if (value.set)
        *field = (int32_t)value.n;
}

static void set_checks(struct account *a, struct plane_group *g, const struct change *asked)
{
    set(&g->interval_s, asked->interval_s);
    set(&g->timeout_s, asked->timeout_s);
    set(&g->healthy, asked->healthy);
    set(&g->unhealthy, asked->unhealthy);
    if (asked->checks)
        g->checks = asked->checks == SHAPE_YES;
    if (asked->path)
        g->path = account_keep(a, asked->path);
    if (asked->matcher.codes)
        g->matcher = account_keep(a, asked->matcher.codes);
}

static bool is_within(struct shape_int value, int64_t least, int64_t most)
{
    return !value.set || (value.n >= least && value.n <= most);
}

static int check_checks(struct service_call *c, const struct change *asked)
{
    if (!is_within(asked->interval_s, 5, 300))
        return service_refuse(c, 400, "ValidationError",
                              "Health check interval '%lld' not in range 5-300 inclusive",
                              (long long)asked->interval_s.n);
    if (!is_within(asked->timeout_s, 2, 120))
        return service_refuse(c, 400, "ValidationError",
                              "Health check timeout '%lld' not in range 2-120 inclusive",
                              (long long)asked->timeout_s.n);
    if (!is_within(asked->healthy, 2, 10) || !is_within(asked->unhealthy, 2, 10))
        return service_refuse(c, 400, "ValidationError",
                              "Health check thresholds must be in range 2-10 inclusive");
    return 0;
}

static int check_create(struct service_call *c, const struct change *asked, const char *type)
{
    static const char *const protocols[] = {"HTTP", "HTTPS", "TCP", "TLS", "UDP", "TCP_UDP", NULL};
    if (!elb_is_name(asked->name))
        return service_refuse(c, 400, "ValidationError",
                              "Target group name '%s' must be 1 to 32 letters, digits and hyphens, "
                              "and must not begin or end with a hyphen",
                              asked->name);
    if (strcmp(type, "ip") != 0 && strcmp(type, "instance") != 0)
        return service_refuse(c, 400, "ValidationError", "Target type '%s' is not supported here",
                              type);
    if (!asked->protocol || !shape_value(protocols, asked->protocol))
        return service_refuse(c, 400, "ValidationError", "A protocol must be specified");
    if (!asked->port.set || !is_within(asked->port, 1, 65535))
        return service_refuse(c, 400, "ValidationError", "A port must be specified");
    if (by_name(c->account, asked->name))
        return service_refuse(c, 400, "DuplicateTargetGroupName",
                              "A target group with the same name '%s' exists, but with different "
                              "settings",
                              asked->name);
    return check_checks(c, asked);
}

static int create(struct service_call *c)
{
    const struct change *asked = c->in;
    struct list *out = c->out;
    struct account *a = c->account;
    const char *type = asked->target_type ? asked->target_type : "instance";
    if (check_create(c, asked, type) < 0)
        return -1;
    struct plane_group *g =
        plane_add_group(a->elb->plane, asked->name, strcmp(type, "instance") == 0,
                        (int32_t)asked->port.n, a->now_ms);
    g->protocol = account_keep(a, asked->protocol);
    g->vpc = account_keep(a, asked->vpc);
    set_checks(a, g, asked);
    elb_set_tags(a, g->arn, &asked->tags);
    tell(c, g, ELB_ADD(c, &out->items));
    return 0;
}

const struct service_action elb_group_create = {
    .name = "CreateTargetGroup",
    .in = &in_create,
    .out = &out_list,
    .run = create,
};

static int modify(struct service_call *c)
{
    const struct change *asked = c->in;
    struct list *out = c->out;
    struct plane_group *g = elb_find_group(c->account, asked->arn);
    if (!g)
        return elb_no_group(c);
    if (check_checks(c, asked) < 0)
        return -1;
    set_checks(c->account, g, asked);
    tell(c, g, ELB_ADD(c, &out->items));
    return 0;
}

const struct service_action elb_group_modify = {
    .name = "ModifyTargetGroup",
    .in = &in_modify,
    .out = &out_list,
    .run = modify,
};

static const struct shape_field arn_fields[] = {
    SHAPE_MUST(struct change, SHAPE_TEXT, "TargetGroupArn", arn),
};
static const struct shape in_arn = SHAPE(struct change, arn_fields);
static const struct shape out_nothing = {.size = sizeof(struct change)};

static int delete (struct service_call *c)
{
    struct plane *p = c->account->elb->plane;
    struct plane_group *g = elb_find_group(c->account, ((const struct change *)c->in)->arn);
    if (g && plane_uses(p, NULL, g->arn))
        return service_refuse(c, 400, "ResourceInUse",
                              "Target group '%s' is currently in use by a listener or a rule",
                              g->arn);
    if (g)
        plane_drop_group(p, g);
    return 0;
}

const struct service_action elb_group_delete = {
    .name = "DeleteTargetGroup",
    .in = &in_arn,
    .out = &out_nothing,
    .run = delete,
};

/* ---- attributes ---- */

struct attributes {
    const char *arn;
    struct elbv2_attributes items;
};
static const struct shape_field attributes_asked_fields[] = {
    SHAPE_MUST(struct attributes, SHAPE_TEXT, "TargetGroupArn", arn),
    SHAPE_OF(struct attributes, SHAPE_STRUCTS, "Attributes", items.items, &elbv2_shape_attribute),
};
static const struct shape in_attributes = SHAPE(struct attributes, attributes_asked_fields);
static const struct shape_field attributes_fields[] = {
    SHAPE_OF(struct attributes, SHAPE_STRUCTS, "Attributes", items.items, &elbv2_shape_attribute),
};
static const struct shape out_attributes = SHAPE(struct attributes, attributes_fields);

#define DELAY "deregistration_delay.timeout_seconds"

/* What a group has without being told; only_http: network load balancers know nothing of it. */
static const struct {
    const char *key, *value;
    bool only_http;
} usual[] = {
    {"stickiness.enabled", "false", false},
    {DELAY, NULL, false},
    {"load_balancing.cross_zone.enabled", "use_load_balancer_configuration", false},
    {"stickiness.type", "lb_cookie", true},
    {"stickiness.lb_cookie.duration_seconds", "86400", true},
    {"slow_start.duration_seconds", "0", true},
    {"load_balancing.algorithm.type", "round_robin", true},
};

static const char *set_value(const struct plane_group *g, const char *key)
{
    shape_each(one, &g->attributes.items)
        if (strcmp(one->key, key) == 0)
            return one->value;
    return NULL;
}

static void tell_attributes(struct service_call *c, const struct plane_group *g)
{
    struct attributes *out = c->out;
    for (size_t i = 0; i < ARRAY_LEN(usual); i++) {
        const char *value = set_value(g, usual[i].key);
        if (usual[i].only_http && !is_http(g) && !value)
            continue;
        if (strcmp(usual[i].key, DELAY) == 0)
            value = mem_must(arena_fmt(c->arena, "%d", g->delay_s));
        *(struct elbv2_attribute *)ELB_ADD(c, &out->items.items) =
            (struct elbv2_attribute){usual[i].key, value ? value : usual[i].value};
    }
}

static int describe_attributes(struct service_call *c)
{
    const struct plane_group *g =
        elb_find_group(c->account, ((const struct attributes *)c->in)->arn);
    if (!g)
        return elb_no_group(c);
    tell_attributes(c, g);
    return 0;
}

const struct service_action elb_group_attributes_describe = {
    .name = "DescribeTargetGroupAttributes",
    .in = &in_attributes,
    .out = &out_attributes,
    .run = describe_attributes,
};

static int check_attribute(struct service_call *c, const struct elbv2_attribute *one)
{
    uint64_t seconds;
    bool known = false;
    for (size_t i = 0; one->key && i < ARRAY_LEN(usual); i++)
        known = known || strcmp(usual[i].key, one->key) == 0;
    if (!known)
        return service_refuse(c, 400, "ValidationError",
                              "Target group attribute key '%s' is not recognized",
                              one->key ? one->key : "");
    if (!one->value)
        return service_refuse(c, 400, "ValidationError", "A value must be specified for '%s'",
                              one->key);
    if (strcmp(one->key, DELAY) == 0 && (!sv_to_u64(sv_of(one->value), &seconds) || seconds > 3600))
        return service_refuse(c, 400, "ValidationError",
                              "'" DELAY "' value '%s' must be between '0-3600' inclusive",
                              one->value);
    return 0;
}

static void set_attribute(struct plane_group *g, const struct elbv2_attribute *one)
{
    uint64_t seconds;
    if (strcmp(one->key, DELAY) == 0 && sv_to_u64(sv_of(one->value), &seconds))
        g->delay_s = (int32_t)seconds;
    const char *value = mem_must(arena_dup(&g->texts, sv_of(one->value)));
    shape_each(there, &g->attributes.items)
        if (strcmp(there->key, one->key) == 0) {
            there->value = value;
            return;
        }
    *(struct elbv2_attribute *)shape_list_add(&g->attributes.items, sizeof *one, &g->texts) =
        (struct elbv2_attribute){mem_must(arena_dup(&g->texts, sv_of(one->key))), value};
}

static int modify_attributes(struct service_call *c)
{
    const struct attributes *asked = c->in;
    struct plane_group *g = elb_find_group(c->account, asked->arn);
    if (!g)
        return elb_no_group(c);
    shape_each(one, &asked->items.items)
        if (check_attribute(c, one) < 0)
            return -1;
    shape_each(one, &asked->items.items)
        set_attribute(g, one);
    tell_attributes(c, g);
    return 0;
}

const struct service_action elb_group_attributes_modify = {
    .name = "ModifyTargetGroupAttributes",
    .in = &in_attributes,
    .out = &out_attributes,
    .run = modify_attributes,
};
