/* Load balancers as ELB tells, makes and deletes them. */
#include "base/must.h"
#include "pocket/aws/elb.h"

/* How long ELB takes to provide a new one. */
#define PROVISIONING_MS 120000

struct state {
    const char *code;
};
struct zone {
    const char *name, *subnet;
};
struct told {
    const char *arn, *dns, *hosted_zone, *name, *scheme, *vpc, *type, *ip_type;
    int64_t created;
    struct state state;
    SHAPE_LIST(struct zone) zones;
    struct shape_texts security_groups;
};
static const struct shape_field state_fields[] = {
    SHAPE_FIELD(struct state, SHAPE_TEXT, "Code", code),
};
static const struct shape state_shape = SHAPE(struct state, state_fields);
static const struct shape_field zone_fields[] = {
    SHAPE_FIELD(struct zone, SHAPE_TEXT, "ZoneName", name),
    SHAPE_FIELD(struct zone, SHAPE_TEXT, "SubnetId", subnet),
};
static const struct shape zone_shape = SHAPE(struct zone, zone_fields);
#define TOLD(kind, name, member) SHAPE_FIELD(struct told, kind, name, member)
static const struct shape_field told_fields[] = {
    TOLD(SHAPE_TEXT, "LoadBalancerArn", arn),
    TOLD(SHAPE_TEXT, "DNSName", dns),
    TOLD(SHAPE_TEXT, "CanonicalHostedZoneId", hosted_zone),
    TOLD(SHAPE_TIME, "CreatedTime", created),
    TOLD(SHAPE_TEXT, "LoadBalancerName", name),
    TOLD(SHAPE_TEXT, "Scheme", scheme),
    TOLD(SHAPE_TEXT, "VpcId", vpc),
    SHAPE_OF(struct told, SHAPE_STRUCT, "State", state, &state_shape),
    TOLD(SHAPE_TEXT, "Type", type),
    SHAPE_OF(struct told, SHAPE_STRUCTS, "AvailabilityZones", zones, &zone_shape),
    TOLD(SHAPE_TEXTS, "SecurityGroups", security_groups),
    TOLD(SHAPE_TEXT, "IpAddressType", ip_type),
};
static const struct shape told_shape = SHAPE(struct told, told_fields);

static void add_zone(struct service_call *c, struct told *t, const struct account_subnet *s)
{
    *(struct zone *)ELB_ADD(c, &t->zones) = (struct zone){s->zone, s->id};
}

static bool has_zone(const struct told *t, const char *name)
{
    shape_each(zone, &t->zones)
        if (strcmp(zone->name, name) == 0)
            return true;
    return false;
}

/* One that the controller made is in a subnet of each zone. */
static void add_zones(struct service_call *c, const struct plane_balancer *b, struct told *t)
{
    shape_each(id, &b->subnets) {
        const struct account_subnet *s = account_find_subnet(c->account, *id);
        if (s)
            add_zone(c, t, s);
    }
    vec_foreach(s, &c->account->subnets)
        if (!b->subnets.count && !has_zone(t, (*s)->zone))
            add_zone(c, t, *s);
}

static void tell(struct service_call *c, const struct plane_balancer *b, struct told *t)
{
    const struct account *a = c->account;
    bool old = b->service_at != WORLD_NONE && !b->created; /* there before the pocket began */
    bool fresh = !old && a->now_ms < b->created + PROVISIONING_MS;
    *t = (struct told){
        .arn = b->arn,
        .dns = b->dns,
        .hosted_zone = "Z0POCKET0POCKET",
        .name = b->name,
        .scheme = b->scheme,
        .vpc = a->vpc,
        .type = b->type,
        .ip_type = "ipv4",
        .created = elb_time(a, b->created),
        .state = {fresh ? "provisioning" : "active"},
    };
    add_zones(c, b, t);
}

/* ---- describe ---- */

struct asked {
    struct shape_texts arns, names;
    struct elb_page page;
};
#define ASKED(kind, name, member) SHAPE_FIELD(struct asked, kind, name, member)
static const struct shape_field asked_fields[] = {
    ASKED(SHAPE_TEXTS, "LoadBalancerArns", arns),
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
    SHAPE_OF(struct list, SHAPE_STRUCTS, "LoadBalancers", items, &told_shape),
    SHAPE_FIELD(struct list, SHAPE_TEXT, "NextMarker", marker),
};
static const struct shape out_list = SHAPE(struct list, list_fields);
ELB_PAGES(list, struct asked, struct list, struct told);

static const struct plane_balancer *by_name(const struct account *a, const char *name)
{
    for (size_t i = 0; i < plane_balancer_count(a->elb->plane); i++)
        if (strcmp(plane_balancer_at(a->elb->plane, i)->name, name) == 0)
            return plane_balancer_at(a->elb->plane, i);
    return NULL;
}

static int describe(struct service_call *c)
{
    const struct asked *asked = c->in;
    struct list *out = c->out;
    shape_each(arn, &asked->arns) {
        const struct plane_balancer *b = elb_find_balancer(c->account, *arn);
        if (!b)
            return elb_no_balancer(c);
        tell(c, b, ELB_ADD(c, &out->items));
    }
    shape_each(name, &asked->names) {
        const struct plane_balancer *b = by_name(c->account, *name);
        if (!b)
            return service_refuse(c, 400, "LoadBalancerNotFound", "Load balancers '[%s]' not found",
                                  *name);
        tell(c, b, ELB_ADD(c, &out->items));
    }
    for (size_t i = 0; i < plane_balancer_count(c->account->elb->plane); i++)
        if (!asked->arns.count && !asked->names.count)
            tell(c, plane_balancer_at(c->account->elb->plane, i), ELB_ADD(c, &out->items));
    return 0;
}

const struct service_action elb_balancers_describe = {
    .name = "DescribeLoadBalancers",
    .in = &in_asked,
    .out = &out_list,
    .pages = &list_pages,
    .run = describe,
};

/* ---- create ---- */

struct mapping {
    const char *subnet;
};
static const struct shape_field mapping_fields[] = {
    SHAPE_FIELD(struct mapping, SHAPE_TEXT, "SubnetId", subnet),
};
static const struct shape mapping_shape = SHAPE(struct mapping, mapping_fields);
struct create {
    const char *name, *scheme, *type;
    struct shape_texts subnets;
    SHAPE_LIST(struct mapping) mappings;
    struct elb_tag_list tags;
};
#define CREATE(kind, name, member) SHAPE_FIELD(struct create, kind, name, member)
static const struct shape_field create_fields[] = {
    SHAPE_MUST(struct create, SHAPE_TEXT, "Name", name),
    CREATE(SHAPE_TEXT, "Scheme", scheme),
    CREATE(SHAPE_TEXT, "Type", type),
    CREATE(SHAPE_TEXTS, "Subnets", subnets),
    SHAPE_OF(struct create, SHAPE_STRUCTS, "SubnetMappings", mappings, &mapping_shape),
    SHAPE_OF(struct create, SHAPE_STRUCTS, "Tags", tags, &elb_shape_tag),
};
static const struct shape in_create = SHAPE(struct create, create_fields);

static int check_subnets(struct service_call *c, const struct shape_texts *subnets)
{
    shape_each(id, subnets)
        if (!account_find_subnet(c->account, *id))
            return service_refuse(c, 400, "SubnetNotFound", "The subnet ID '%s' does not exist",
                                  *id);
    return 0;
}

static int check(struct service_call *c, const struct create *asked,
                 const struct shape_texts *subnets, bool network)
{
    if (!elb_is_name(asked->name))
        return service_refuse(c, 400, "ValidationError",
                              "The load balancer name '%s' is not valid: 1 to 32 letters, digits "
                              "and hyphens",
                              asked->name);
    if (by_name(c->account, asked->name))
        return service_refuse(c, 400, "DuplicateLoadBalancerName",
                              "A load balancer with the same name '%s' exists, but with different "
                              "settings",
                              asked->name);
    if (!subnets->count)
        return service_refuse(c, 400, "ValidationError", "At least one subnet must be specified");
    if (!network && subnets->count < 2)
        return service_refuse(c, 400, "InvalidConfigurationRequest",
                              "At least two subnets in two different Availability Zones must be "
                              "specified");
    return check_subnets(c, subnets);
}

static int create(struct service_call *c)
{
    const struct create *asked = c->in;
    struct list *out = c->out;
    const char *type = asked->type ? asked->type : "application";
    struct shape_texts subnets = asked->subnets;
    shape_each(m, &asked->mappings)
        if (m->subnet)
            *(const char **)ELB_ADD(c, &subnets) = m->subnet;
    if (check(c, asked, &subnets, strcmp(type, "network") == 0) < 0)
        return -1;
    struct plane_balancer *b =
        plane_add_balancer(c->account->elb->plane, asked->name, type, c->account->now_ms);
    if (asked->scheme && strcmp(asked->scheme, "internal") == 0)
        b->scheme = "internal";
    b->subnets = account_keep_texts(c->account, &subnets);
    elb_set_tags(c->account, b->arn, &asked->tags);
    tell(c, b, ELB_ADD(c, &out->items));
    return 0;
}

const struct service_action elb_balancer_create = {
    .name = "CreateLoadBalancer",
    .in = &in_create,
    .out = &out_list,
    .run = create,
};

/* ---- delete ---- */

struct delete
{
    const char *arn;
};
static const struct shape_field delete_fields[] = {
    SHAPE_MUST(struct delete, SHAPE_TEXT, "LoadBalancerArn", arn),
};
static const struct shape in_delete = SHAPE(struct delete, delete_fields);
static const struct shape out_delete = {.size = sizeof(struct delete)};

/* Deleting what is not there succeeds, as AWS has it. */
static int delete (struct service_call *c)
{
    struct plane_balancer *b = elb_find_balancer(c->account, ((const struct delete *)c->in)->arn);
    if (b)
        plane_drop_balancer(c->account->elb->plane, b);
    return 0;
}

const struct service_action elb_balancer_delete = {
    .name = "DeleteLoadBalancer",
    .in = &in_delete,
    .out = &out_delete,
    .run = delete,
};
