/* EC2's subnets and zones. */
#include "base/must.h"
#include "pocket/aws/ec2.h"

/* ---- subnets ---- */

struct subnet_item {
    const struct account *account;
    const struct account_subnet *subnet;
};

#define OFFER(what, text)                                                                          \
    static void offer_##what(struct filter_match *m, const void *item)                             \
    {                                                                                              \
        const struct account_subnet *s = ((const struct subnet_item *)item)->subnet;               \
        filter_offer(m, text);                                                                     \
    }
OFFER(id, s->id)
OFFER(arn, s->arn)
OFFER(zone, s->zone)
OFFER(zone_id, s->zone_id)
OFFER(vpc, s->vpc)
OFFER(cidr, s->cidr)
OFFER(state, s->id ? "available" : NULL)

static void offer_free(struct filter_match *m, const void *item)
{
    const struct subnet_item *i = item;
    char text[24];
    snprintf(text, sizeof text, "%lld", (long long)account_free_ips(i->account, i->subnet));
    filter_offer(m, text);
}

static const struct filter_row subnet_rows[] = {
    {"subnet-id", offer_id},
    {"subnet-arn", offer_arn},
    {"availability-zone", offer_zone},
    {"availabilityZone", offer_zone},
    {"availability-zone-id", offer_zone_id},
    {"vpc-id", offer_vpc},
    {"cidr-block", offer_cidr},
    {"state", offer_state},
    {"available-ip-address-count", offer_free},
};
static const struct shape_pairs *tags_of(const void *item)
{
    return &((const struct subnet_item *)item)->subnet->tags;
}
static const struct filter_kind subnet_kind = {subnet_rows, ARRAY_LEN(subnet_rows), tags_of};

struct told {
    struct ec2_subnet known;
    const char *arn, *owner, *zone_id;
    enum shape_flag is_default, public_ips;
};
#define TOLD(kind, name, member) SHAPE_FIELD(struct told, kind, name, member)
static const struct shape_field told_fields[] = {
    TOLD(SHAPE_TEXT, "SubnetId", known.id),
    TOLD(SHAPE_TEXT, "SubnetArn", arn),
    TOLD(SHAPE_TEXT, "VpcId", known.vpc),
    TOLD(SHAPE_TEXT, "CidrBlock", known.cidr),
    TOLD(SHAPE_TEXT, "AvailabilityZone", known.zone),
    TOLD(SHAPE_TEXT, "AvailabilityZoneId", zone_id),
    TOLD(SHAPE_INT, "AvailableIpAddressCount", known.free_ips),
    TOLD(SHAPE_TEXT, "State", known.state),
    TOLD(SHAPE_TEXT, "OwnerId", owner),
    TOLD(SHAPE_BOOL, "DefaultForAz", is_default),
    TOLD(SHAPE_BOOL, "MapPublicIpOnLaunch", public_ips),
    SHAPE_WIRED_OF(struct told, SHAPE_STRUCTS, "Tags", "tagSet", known.tags, &ec2_shape_tag),
};
static const struct shape told_shape = SHAPE(struct told, told_fields);
EC2_LIST(subnets, struct told);
EC2_ASKED_SHAPE(subnets, "SubnetIds", "SubnetId");
EC2_LIST_SHAPE(subnets, struct subnets, struct told, "Subnets", "subnetSet", &told_shape, 1000);

static void tell(struct service_call *c, const struct account_subnet *s, struct told *t)
{
    *t = (struct told){
        .known = {.id = s->id,
                  .zone = s->zone,
                  .vpc = s->vpc,
                  .cidr = s->cidr,
                  .state = "available",
                  .free_ips = shape_int(account_free_ips(c->account, s))},
        .arn = s->arn,
        .owner = c->account->id,
        .zone_id = s->zone_id,
        .is_default = SHAPE_NO,
        .public_ips = SHAPE_NO,
    };
    shape_each(tag, &s->tags)
        *(struct ec2_tag *)EC2_ADD(c, &t->known.tags) = (struct ec2_tag){tag->key, tag->value};
}

static int describe_subnets(struct service_call *c)
{
    const struct ec2_asked *asked = c->in;
    struct subnets *out = c->out;
    if (filter_check(c, asked, &subnet_kind) < 0)
        return -1;
    shape_each(id, &asked->look.ids)
        if (!account_find_subnet(c->account, *id))
            return service_refuse(c, 400, "InvalidSubnetID.NotFound",
                                  "The subnet ID '%s' does not exist", *id);
    vec_foreach(s, &c->account->subnets) {
        const struct subnet_item item = {c->account, *s};
        if (filter_names(&asked->look, (*s)->id) && filter_takes(&asked->look, &subnet_kind, &item))
            tell(c, *s, EC2_ADD(c, &out->items));
    }
    return 0;
}

const struct service_action ec2_subnets_describe = {
    .name = "DescribeSubnets",
    .in = &in_subnets,
    .out = &out_subnets,
    .pages = &subnets_pages,
    .run = describe_subnets,
};

/* ---- zones ---- */

struct zone {
    const char *name, *id, *region, *state, *opt_in;
};
#define ZONE(name_, wire_, member) SHAPE_WIRED(struct zone, SHAPE_TEXT, name_, wire_, member)
static const struct shape_field zone_fields[] = {
    ZONE("ZoneName", "zoneName", name),         ZONE("ZoneId", "zoneId", id),
    ZONE("RegionName", "regionName", region),   ZONE("State", "zoneState", state),
    ZONE("OptInStatus", "optInStatus", opt_in),
};
static const struct shape zone_shape = SHAPE(struct zone, zone_fields);
EC2_LIST(zones, struct zone);
static const struct shape_field zones_fields[] = {
    SHAPE_WIRED_OF(struct zones, SHAPE_STRUCTS, "AvailabilityZones", "availabilityZoneInfo", items,
                   &zone_shape),
};
static const struct shape out_zones = SHAPE(struct zones, zones_fields);
EC2_ASKED_SHAPE(zones, "ZoneNames", "ZoneName");

static void offer_zone_name(struct filter_match *m, const void *item)
{
    filter_offer(m, ((const struct zone *)item)->name);
}
static void offer_region(struct filter_match *m, const void *item)
{
    filter_offer(m, ((const struct zone *)item)->region);
}
static void offer_zone_state(struct filter_match *m, const void *item)
{
    filter_offer(m, ((const struct zone *)item)->state);
}
static const struct filter_row zone_rows[] = {
    {"zone-name", offer_zone_name},
    {"region-name", offer_region},
    {"state", offer_zone_state},
};
static const struct filter_kind zone_kind = {zone_rows, ARRAY_LEN(zone_rows), NULL};

static bool is_told(const struct zones *out, const char *name)
{
    shape_each(zone, &out->items)
        if (strcmp(zone->name, name) == 0)
            return true;
    return false;
}

static int describe_zones(struct service_call *c)
{
    const struct ec2_asked *asked = c->in;
    struct zones *out = c->out;
    if (filter_check(c, asked, &zone_kind) < 0)
        return -1;
    vec_foreach(s, &c->account->subnets) {
        const struct zone zone = {(*s)->zone, (*s)->zone_id, c->account->region, "available",
                                  "opt-in-not-required"};
        if (!is_told(out, zone.name) && filter_names(&asked->look, zone.name) &&
            filter_takes(&asked->look, &zone_kind, &zone))
            *(struct zone *)EC2_ADD(c, &out->items) = zone;
    }
    shape_each(name, &asked->look.ids)
        if (!is_told(out, *name))
            return service_refuse(c, 400, "InvalidParameterValue",
                                  "Invalid availability zone: [%s]", *name);
    return 0;
}

const struct service_action ec2_zones_describe = {
    .name = "DescribeAvailabilityZones",
    .in = &in_zones,
    .out = &out_zones,
    .run = describe_zones,
};
