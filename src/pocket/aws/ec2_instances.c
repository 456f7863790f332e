/* EC2's instances: the machines of the account. */
#include "base/must.h"
#include "pocket/aws/ec2.h"

/* ---- as they are told ---- */

struct state {
    struct shape_int code;
    const char *name;
};
struct attachment {
    const char *id, *status;
    struct shape_int index;
    int64_t since;
    enum shape_flag delete_on_termination;
};
struct device {
    const char *name, *volume, *status;
    int64_t since;
    enum shape_flag delete_on_termination;
};
struct interface {
    const char *id, *subnet, *vpc, *status, *owner, *ip, *dns;
    struct attachment attachment;
};
struct told {
    const char *id, *image, *dns, *type, *zone, *tenancy, *subnet, *vpc, *ip, *arch, *lifecycle;
    const char *root, *root_type, *virtualization, *hypervisor, *profile, *reason;
    struct state state;
    int64_t launched;
    SHAPE_LIST(struct device) devices;
    SHAPE_LIST(struct interface) interfaces;
    SHAPE_LIST(struct ec2_tag) tags;
};
struct reservation {
    const char *id, *owner;
    SHAPE_LIST(struct told) instances;
};

#define F(type, kind, name, member) SHAPE_FIELD(struct type, kind, name, member)
static const struct shape_field state_fields[] = {
    F(state, SHAPE_INT, "Code", code),
    F(state, SHAPE_TEXT, "Name", name),
};
static const struct shape state_shape = SHAPE(struct state, state_fields);
static const struct shape_field attachment_fields[] = {
    F(attachment, SHAPE_TEXT, "AttachmentId", id),
    F(attachment, SHAPE_INT, "DeviceIndex", index),
    F(attachment, SHAPE_TEXT, "Status", status),
    F(attachment, SHAPE_TIME, "AttachTime", since),
    F(attachment, SHAPE_BOOL, "DeleteOnTermination", delete_on_termination),
};
static const struct shape attachment_shape = SHAPE(struct attachment, attachment_fields);
static const struct shape_field ebs_fields[] = {
    F(device, SHAPE_TEXT, "VolumeId", volume),
    F(device, SHAPE_TEXT, "Status", status),
    F(device, SHAPE_TIME, "AttachTime", since),
    F(device, SHAPE_BOOL, "DeleteOnTermination", delete_on_termination),
};
static const struct shape ebs_shape = SHAPE(struct device, ebs_fields);
static const struct shape_field device_fields[] = {
    F(device, SHAPE_TEXT, "DeviceName", name),
    SHAPE_INNER("Ebs", NULL, &ebs_shape),
};
static const struct shape device_shape = SHAPE(struct device, device_fields);
static const struct shape_field interface_fields[] = {
    F(interface, SHAPE_TEXT, "NetworkInterfaceId", id),
    F(interface, SHAPE_TEXT, "SubnetId", subnet),
    F(interface, SHAPE_TEXT, "VpcId", vpc),
    F(interface, SHAPE_TEXT, "OwnerId", owner),
    F(interface, SHAPE_TEXT, "Status", status),
    F(interface, SHAPE_TEXT, "PrivateIpAddress", ip),
    F(interface, SHAPE_TEXT, "PrivateDnsName", dns),
    SHAPE_OF(struct interface, SHAPE_STRUCT, "Attachment", attachment, &attachment_shape),
};
static const struct shape interface_shape = SHAPE(struct interface, interface_fields);
static const struct shape_field placement_fields[] = {
    F(told, SHAPE_TEXT, "AvailabilityZone", zone),
    F(told, SHAPE_TEXT, "Tenancy", tenancy),
};
static const struct shape placement_shape = SHAPE(struct told, placement_fields);
static const struct shape_field profile_fields[] = {F(told, SHAPE_TEXT, "Arn", profile)};
static const struct shape profile_shape = SHAPE(struct told, profile_fields);
static const struct shape_field told_fields[] = {
    F(told, SHAPE_TEXT, "InstanceId", id),
    F(told, SHAPE_TEXT, "ImageId", image),
    SHAPE_WIRED_OF(struct told, SHAPE_STRUCT, "State", "instanceState", state, &state_shape),
    F(told, SHAPE_TEXT, "PrivateDnsName", dns),
    SHAPE_WIRED(struct told, SHAPE_TEXT, "StateTransitionReason", "reason", reason),
    F(told, SHAPE_TEXT, "InstanceType", type),
    F(told, SHAPE_TIME, "LaunchTime", launched),
    SHAPE_INNER("Placement", NULL, &placement_shape),
    F(told, SHAPE_TEXT, "SubnetId", subnet),
    F(told, SHAPE_TEXT, "VpcId", vpc),
    F(told, SHAPE_TEXT, "PrivateIpAddress", ip),
    F(told, SHAPE_TEXT, "Architecture", arch),
    F(told, SHAPE_TEXT, "RootDeviceType", root_type),
    F(told, SHAPE_TEXT, "RootDeviceName", root),
    SHAPE_WIRED_OF(struct told, SHAPE_STRUCTS, "BlockDeviceMappings", "blockDeviceMapping", devices,
                   &device_shape),
    F(told, SHAPE_TEXT, "VirtualizationType", virtualization),
    F(told, SHAPE_TEXT, "InstanceLifecycle", lifecycle),
    F(told, SHAPE_TEXT, "Hypervisor", hypervisor),
    SHAPE_WIRED_OF(struct told, SHAPE_STRUCTS, "NetworkInterfaces", "networkInterfaceSet",
                   interfaces, &interface_shape),
    SHAPE_INNER("IamInstanceProfile", NULL, &profile_shape),
    SHAPE_WIRED_OF(struct told, SHAPE_STRUCTS, "Tags", "tagSet", tags, &ec2_shape_tag),
};
static const struct shape told_shape = SHAPE(struct told, told_fields);
static const struct shape_field reservation_fields[] = {
    F(reservation, SHAPE_TEXT, "ReservationId", id),
    F(reservation, SHAPE_TEXT, "OwnerId", owner),
    SHAPE_WIRED_OF(struct reservation, SHAPE_STRUCTS, "Instances", "instancesSet", instances,
                   &told_shape),
};
static const struct shape reservation_shape = SHAPE(struct reservation, reservation_fields);
EC2_LIST(reservations, struct reservation);

/* ---- filling ---- */

static const char *state_name(enum account_state s)
{
    return s == ACCOUNT_PENDING         ? "pending"
           : s == ACCOUNT_RUNNING       ? "running"
           : s == ACCOUNT_SHUTTING_DOWN ? "shutting-down"
                                        : "terminated";
}

static struct state state_of(const struct account_instance *i)
{
    return (struct state){shape_int(i->state), state_name(i->state)};
}

static void add_device(struct service_call *c, struct told *t, const char *name, const char *volume,
                       const char *status, int64_t since, bool own)
{
    *(struct device *)EC2_ADD(c, &t->devices) =
        (struct device){name, volume, status, since, own ? SHAPE_YES : SHAPE_NO};
}

/* The volumes of its pods are attached one behind the other. */
static void add_devices(struct service_call *c, const struct account_instance *i, struct told *t)
{
    const struct world *w = pocket_life_world(c->account->life);
    uint32_t node = world_find_node(w, sv_of(i->node));
    unsigned n = 0;
    add_device(c, t, "/dev/xvda", i->root_volume, "attached", i->launched, true);
    for (uint32_t a = 0; node != WORLD_NONE && a < w->attachments.len; a++) {
        const struct world_attachment *at = &w->attachments.items[a];
        if (!at->used || at->node != node || at->pv == WORLD_NONE)
            continue;
        const char *handle = world_text(w, w->pvs.items[at->pv].handle);
        char name[16];
        snprintf(name, sizeof name, "/dev/xvd%c%c", 'b' + n / 26 % 25, 'a' + n % 26);
        n++;
        if (sv_starts(sv_of(handle), "vol-"))
            add_device(c, t, mem_must(arena_dup(c->arena, sv_of(name))), handle,
                       !at->attached  ? "attaching"
                       : at->deleting ? "detaching"
                                      : "attached",
                       0, false);
    }
}

static void add_network(struct service_call *c, const struct account_instance *i, struct told *t)
{
    t->subnet = i->subnet->id;
    t->vpc = i->subnet->vpc;
    t->ip = i->ip;
    struct interface *e = EC2_ADD(c, &t->interfaces);
    *e = (struct interface){
        .id = i->interface_id,
        .subnet = t->subnet,
        .vpc = t->vpc,
        .status = "in-use",
        .owner = c->account->id,
        .ip = i->ip,
        .dns = i->node,
        .attachment = {.id = mem_must(arena_fmt(c->arena, "eni-attach-%s", i->interface_id + 4)),
                       .status = "attached",
                       .index = shape_int(0),
                       .since = i->launched,
                       .delete_on_termination = SHAPE_YES},
    };
}

static void tell(struct service_call *c, const struct account_instance *i, struct told *t)
{
    bool ended = i->state == ACCOUNT_TERMINATED;
    *t = (struct told){
        .id = i->id,
        .image = i->image,
        .state = state_of(i),
        .dns = ended ? NULL : i->node,
        .type = i->type,
        .zone = i->subnet->zone,
        .tenancy = "default",
        .arch = i->arch,
        .lifecycle = i->spot ? "spot" : NULL,
        .root = "/dev/xvda",
        .root_type = "ebs",
        .virtualization = "hvm",
        .hypervisor = "xen",
        .profile = i->profile,
        .reason = i->ended ? "User initiated" : NULL,
        .launched = i->launched,
    };
    shape_each(tag, &i->tags)
        *(struct ec2_tag *)EC2_ADD(c, &t->tags) = (struct ec2_tag){tag->key, tag->value};
    if (ended)
        return;
    add_network(c, i, t);
    add_devices(c, i, t);
}

/* ---- filters ---- */

#define OFFER(what, text)                                                                          \
    static void offer_##what(struct filter_match *m, const void *item)                             \
    {                                                                                              \
        const struct account_instance *i = item;                                                   \
        filter_offer(m, text);                                                                     \
    }
OFFER(id, i->id)
OFFER(type, i->type)
OFFER(image, i->image)
OFFER(state, state_name(i->state))
OFFER(zone, i->subnet->zone)
OFFER(subnet, i->subnet->id)
OFFER(vpc, i->subnet->vpc)
OFFER(ip, i->ip)
OFFER(dns, i->node)
OFFER(lifecycle, i->spot ? "spot" : NULL)
OFFER(arch, i->arch)
OFFER(volume, i->root_volume)

static void offer_code(struct filter_match *m, const void *item)
{
    char text[16];
    snprintf(text, sizeof text, "%d", (int)((const struct account_instance *)item)->state);
    filter_offer(m, text);
}

static const struct filter_row rows[] = {
    {"instance-id", offer_id},
    {"instance-type", offer_type},
    {"image-id", offer_image},
    {"instance-state-name", offer_state},
    {"instance-state-code", offer_code},
    {"availability-zone", offer_zone},
    {"subnet-id", offer_subnet},
    {"network-interface.subnet-id", offer_subnet},
    {"vpc-id", offer_vpc},
    {"network-interface.vpc-id", offer_vpc},
    {"private-ip-address", offer_ip},
    {"network-interface.addresses.private-ip-address", offer_ip},
    {"private-dns-name", offer_dns},
    {"instance-lifecycle", offer_lifecycle},
    {"architecture", offer_arch},
    {"block-device-mapping.volume-id", offer_volume},
};
static const struct shape_pairs *tags_of(const void *item)
{
    return &((const struct account_instance *)item)->tags;
}
static const struct filter_kind kind = {rows, ARRAY_LEN(rows), tags_of};

/* ---- ids ---- */

static bool is_id(const char *id)
{
    size_t n = sv_starts(sv_of(id), "i-") ? strspn(id + 2, "0123456789abcdef") : 0;
    return n && !id[2 + n] && n <= 17;
}

static int check_ids(struct service_call *c, const struct shape_texts *ids)
{
    _cleanup_str_ struct str missing = {0};
    unsigned count = 0;
    str_init(&missing, 0);
    shape_each(id, ids) {
        if (!is_id(*id))
            return service_refuse(c, 400, "InvalidInstanceID.Malformed", "Invalid id: \"%s\"", *id);
        if (account_find_instance(c->account, *id))
            continue;
        str_addf(&missing, "%s%s", count++ ? ", " : "", *id);
    }
    if (!count)
        return 0;
    return service_refuse(c, 400, "InvalidInstanceID.NotFound",
                          count > 1 ? "The instance IDs '%s' do not exist"
                                    : "The instance ID '%s' does not exist",
                          str_c(&missing));
}

/* ---- describe ---- */

EC2_ASKED_SHAPE(instances, "InstanceIds", "InstanceId");
EC2_LIST_SHAPE(instances, struct reservations, struct reservation, "Reservations", "reservationSet",
               &reservation_shape, 1000);

static int describe(struct service_call *c)
{
    const struct ec2_asked *asked = c->in;
    struct reservations *out = c->out;
    if (filter_check(c, asked, &kind) < 0 || check_ids(c, &asked->look.ids) < 0)
        return -1;
    vec_foreach(at, &c->account->instances) {
        const struct account_instance *i = *at;
        if (!filter_names(&asked->look, i->id) || !filter_takes(&asked->look, &kind, i))
            continue;
        struct reservation *r = EC2_ADD(c, &out->items);
        r->id = mem_must(arena_fmt(c->arena, "r-%s", i->id + 2));
        r->owner = c->account->id;
        tell(c, i, EC2_ADD(c, &r->instances));
    }
    return 0;
}

const struct service_action ec2_instances_describe = {
    .name = "DescribeInstances",
    .in = &in_instances,
    .out = &out_instances,
    .pages = &instances_pages,
    .run = describe,
};

/* ---- terminate ---- */

struct changed {
    const char *id;
    struct state now, before;
};
static const struct shape_field changed_fields[] = {
    F(changed, SHAPE_TEXT, "InstanceId", id),
    SHAPE_OF(struct changed, SHAPE_STRUCT, "CurrentState", now, &state_shape),
    SHAPE_OF(struct changed, SHAPE_STRUCT, "PreviousState", before, &state_shape),
};
static const struct shape changed_shape = SHAPE(struct changed, changed_fields);
struct changes {
    SHAPE_LIST(struct changed) items;
};
static const struct shape_field changes_fields[] = {
    SHAPE_WIRED_OF(struct changes, SHAPE_STRUCTS, "TerminatingInstances", "instancesSet", items,
                   &changed_shape),
};
static const struct shape out_terminated = SHAPE(struct changes, changes_fields);
static const struct shape_field terminate_fields[] = {
    {.name = "InstanceIds",
     .wire = "InstanceId",
     .kind = SHAPE_TEXTS,
     .must = true,
     .offset = offsetof(struct ec2_asked, look.ids)},
    EC2_ASKED(SHAPE_BOOL, "DryRun", dry_run),
};
static const struct shape in_terminate = SHAPE(struct ec2_asked, terminate_fields);

static int terminate(struct service_call *c)
{
    const struct ec2_asked *asked = c->in;
    struct changes *out = c->out;
    if (check_ids(c, &asked->look.ids) < 0)
        return -1;
    if (asked->dry_run == SHAPE_YES)
        return service_refuse(c, 412, "DryRunOperation",
                              "Request would have succeeded, but DryRun flag is set.");
    shape_each(id, &asked->look.ids) {
        struct account_instance *i = account_find_instance(c->account, *id);
        struct changed *one = EC2_ADD(c, &out->items);
        one->id = i->id;
        one->before = state_of(i);
        account_terminate(c->account, i);
        one->now = state_of(i);
    }
    return 0;
}

const struct service_action ec2_instances_terminate = {
    .name = "TerminateInstances",
    .in = &in_terminate,
    .out = &out_terminated,
    .run = terminate,
};
