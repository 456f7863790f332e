/* EC2's instance types, and in which zones they can be had. */
#include "base/must.h"
#include "pocket/aws/ec2.h"
#include "world/instance.h"

/* ---- types ---- */

static const char *arch_of(const struct instance_type *t)
{
    return strcmp(t->arch, "arm64") == 0 ? "arm64" : "x86_64";
}

static bool is_metal(const char *name)
{
    const char *size = strchr(name, '.');
    return size && sv_starts(sv_of(size), ".metal");
}

/* Families that AWS lists among those of the past. */
static bool is_current(const char *name)
{
    static const char *const past[] = {"a1.", "c1.", "c3.", "cc2.", "cr1.", "g2.", "hs1.",
                                       "i2.", "m1.", "m2.", "m3.",  "r3.",  "t1."};
    for (size_t i = 0; i < ARRAY_LEN(past); i++)
        if (sv_starts(sv_of(name), past[i]))
            return false;
    return true;
}

#define OFFER(what, text)                                                                          \
    static void offer_##what(struct filter_match *m, const void *item)                             \
    {                                                                                              \
        const struct ec2_instance_type *t = item;                                                  \
        filter_offer(m, text);                                                                     \
    }
OFFER(name, t->name)
OFFER(hypervisor, t->hypervisor)
OFFER(arch, t->architectures.items[0])
OFFER(current, t->current == SHAPE_YES ? "true" : "false")
OFFER(metal, t->bare_metal == SHAPE_YES ? "true" : "false")

static void offer_number(struct filter_match *m, int64_t n)
{
    char text[24];
    snprintf(text, sizeof text, "%lld", (long long)n);
    filter_offer(m, text);
}
static void offer_vcpus(struct filter_match *m, const void *item)
{
    offer_number(m, ((const struct ec2_instance_type *)item)->vcpus.n);
}
static void offer_memory(struct filter_match *m, const void *item)
{
    offer_number(m, ((const struct ec2_instance_type *)item)->memory_mib.n);
}

static const struct filter_row rows[] = {
    {"instance-type", offer_name},
    {"hypervisor", offer_hypervisor},
    {"processor-info.supported-architecture", offer_arch},
    {"current-generation", offer_current},
    {"bare-metal", offer_metal},
    {"vcpu-info.default-vcpus", offer_vcpus},
    {"memory-info.size-in-mib", offer_memory},
};
static const struct filter_kind kind = {rows, ARRAY_LEN(rows), NULL};

EC2_LIST(types, struct ec2_instance_type);
EC2_ASKED_SHAPE(types, "InstanceTypes", "InstanceType");
EC2_LIST_SHAPE(types, struct types, struct ec2_instance_type, "InstanceTypes", "instanceTypeSet",
               &ec2_shape_instance_type, 100);

static void enter(struct service_call *c, const char *name)
{
    const struct ec2_asked *asked = c->in;
    struct types *out = c->out;
    struct instance_type t;
    struct ec2_instance_type told;
    if (!filter_names(&asked->look, name) || !instance_lookup(c->account->cloud, sv_of(name), &t))
        return;
    told = (struct ec2_instance_type){
        .name = name,
        .hypervisor = is_metal(name) ? NULL
                      : t.nitro      ? "nitro"
                                     : "xen",
        .vcpus = shape_int(t.vcpu),
        .memory_mib = shape_int(t.memory_mib),
        .interfaces = shape_int(t.enis),
        .ips_per_interface = shape_int(t.ipv4_per_eni),
        .default_card = shape_int(0),
        .current = is_current(name) ? SHAPE_YES : SHAPE_NO,
        .bare_metal = is_metal(name) ? SHAPE_YES : SHAPE_NO,
    };
    *(const char **)EC2_ADD(c, &told.architectures) = arch_of(&t);
    *(struct ec2_network_card *)EC2_ADD(c, &told.cards) =
        (struct ec2_network_card){shape_int(0), shape_int(t.enis)};
    if (filter_takes(&asked->look, &kind, &told))
        *(struct ec2_instance_type *)EC2_ADD(c, &out->items) = told;
}

static bool is_known(const struct account *a, const char *name)
{
    struct instance_type t;
    return instance_lookup(a->cloud, sv_of(name), &t);
}

/* Those of the table, then those that only the account's cloud knows. */
static void each_type(struct service_call *c, void (*fn)(struct service_call *, const char *))
{
    for (size_t i = 0; i < table_instance_types_len; i++)
        fn(c, table_instance_types[i].name);
    vec_foreach(t, &c->account->cloud->instance_types)
        if (!instance_find(sv_of(t->name)))
            fn(c, t->name);
}

static int describe(struct service_call *c)
{
    const struct ec2_asked *asked = c->in;
    _cleanup_str_ struct str missing = {0};
    str_init(&missing, 0);
    if (filter_check(c, asked, &kind) < 0)
        return -1;
    shape_each(id, &asked->look.ids)
        if (!is_known(c->account, *id))
            str_addf(&missing, "%s%s", missing.len ? ", " : "", *id);
    if (missing.len)
        return service_refuse(c, 400, "InvalidInstanceType",
                              "The following supplied instance types do not exist: [%s]",
                              str_c(&missing));
    each_type(c, enter);
    return 0;
}

const struct service_action ec2_types_describe = {
    .name = "DescribeInstanceTypes",
    .in = &in_types,
    .out = &out_types,
    .pages = &types_pages,
    .run = describe,
};

/* ---- offerings ---- */

struct offering {
    const char *type, *location_type, *location;
};
static const struct shape_field offering_fields[] = {
    SHAPE_FIELD(struct offering, SHAPE_TEXT, "InstanceType", type),
    SHAPE_FIELD(struct offering, SHAPE_TEXT, "LocationType", location_type),
    SHAPE_FIELD(struct offering, SHAPE_TEXT, "Location", location),
};
static const struct shape offering_shape = SHAPE(struct offering, offering_fields);
EC2_LIST(offerings, struct offering);

struct offerings_asked {
    struct ec2_asked all;
    const char *location_type;
};
static const struct shape_field offerings_asked_fields[] = {
    SHAPE_FIELD(struct offerings_asked, SHAPE_TEXT, "LocationType", location_type),
    SHAPE_WIRED_OF(struct offerings_asked, SHAPE_STRUCTS, "Filters", "Filter", all.look.filters,
                   &ec2_filter_shape),
    SHAPE_FIELD(struct offerings_asked, SHAPE_INT, "MaxResults", all.most),
    SHAPE_FIELD(struct offerings_asked, SHAPE_TEXT, "NextToken", all.token),
    SHAPE_FIELD(struct offerings_asked, SHAPE_BOOL, "DryRun", all.dry_run),
};
static const struct shape in_offerings = SHAPE(struct offerings_asked, offerings_asked_fields);
EC2_LIST_SHAPE(offerings, struct offerings, struct offering, "InstanceTypeOfferings",
               "instanceTypeOfferingSet", &offering_shape, 1000);

static void offer_type(struct filter_match *m, const void *item)
{
    filter_offer(m, ((const struct offering *)item)->type);
}
static void offer_location(struct filter_match *m, const void *item)
{
    filter_offer(m, ((const struct offering *)item)->location);
}
static const struct filter_row offering_rows[] = {
    {"instance-type", offer_type},
    {"location", offer_location},
};
static const struct filter_kind offering_kind = {offering_rows, ARRAY_LEN(offering_rows), NULL};

static void add_offering(struct service_call *c, const char *type, const char *location)
{
    const struct offerings_asked *asked = c->in;
    struct offerings *out = c->out;
    const char *location_type = asked->location_type ? asked->location_type : "region";
    const struct offering o = {type, location_type, location};
    shape_each(there, &out->items)
        if (there->type == type && strcmp(there->location, location) == 0)
            return;
    if (filter_takes(&asked->all.look, &offering_kind, &o))
        *(struct offering *)EC2_ADD(c, &out->items) = o;
}

static void enter_offerings(struct service_call *c, const char *type)
{
    const struct offerings_asked *asked = c->in;
    const char *by = asked->location_type ? asked->location_type : "region";
    vec_foreach(s, &c->account->subnets)
        if (account_offers(c->account, type, (*s)->zone))
            add_offering(c, type,
                         strcmp(by, "region") == 0              ? c->account->region
                         : strcmp(by, "availability-zone") == 0 ? (*s)->zone
                                                                : (*s)->zone_id);
}

static int describe_offerings(struct service_call *c)
{
    static const char *const kinds[] = {"region", "availability-zone", "availability-zone-id"};
    const struct offerings_asked *asked = c->in;
    bool known = !asked->location_type;
    for (size_t i = 0; i < ARRAY_LEN(kinds); i++)
        known = known || strcmp(asked->location_type, kinds[i]) == 0;
    if (!known)
        return service_refuse(c, 400, "InvalidParameterValue",
                              "Value ( %s ) for parameter locationType is invalid. Supported "
                              "values: region, availability-zone, availability-zone-id",
                              asked->location_type);
    if (filter_check(c, &asked->all, &offering_kind) < 0)
        return -1;
    each_type(c, enter_offerings);
    return 0;
}

const struct service_action ec2_offerings_describe = {
    .name = "DescribeInstanceTypeOfferings",
    .in = &in_offerings,
    .out = &out_offerings,
    .pages = &offerings_pages,
    .run = describe_offerings,
};
