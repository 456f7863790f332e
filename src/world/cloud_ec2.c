#include "base/must.h"
#include "world/cloud_json.h"

/* ---- ec2 describe-subnets, describe-launch-template-versions, describe-instance-types ---- */

#define SUBNET(key, take, member) CLOUD_FIELD(key, take, struct cloud_subnet, member)
bool cloud_take_subnet(struct cloud_input *in, struct cloud_subnet *out)
{
    static const struct cloud_field fields[] = {
        SUBNET("SubnetId", cloud_take_text, id),
        SUBNET("AvailabilityZone", cloud_take_text, zone),
        SUBNET("CidrBlock", cloud_take_text, cidr),
        SUBNET("AvailableIpAddressCount", cloud_take_i32, free_ips),
        CLOUD_FIELDS_END,
    };
    *out = (struct cloud_subnet){0};
    return cloud_take_fields(in, fields, out) && out->id;
}

/* Devices that the template adds or sizes; one with NoDevice takes one away. */
static void take_block_devices(struct cloud_input *in, void *at)
{
    static const struct cloud_field fields[] = {
        {"DeviceName", cloud_take_text, 0, NULL},
        {"NoDevice", cloud_take_text, sizeof(const char *), NULL},
        CLOUD_FIELDS_END,
    };
    struct cloud_list list = {0};
    cloud_take_structs(in, fields, 2 * sizeof(const char *), &list);
    const char *const *devices = list.items;
    uint32_t count = 0;
    for (uint32_t i = 0; i < list.count; i++)
        count += !devices[2 * i + 1];
    *(uint32_t *)at = count;
}

#define TEMPLATE(key, take, member) CLOUD_FIELD(key, take, struct cloud_launch_template, member)
bool cloud_take_template(struct cloud_input *in, struct cloud_launch_template *out)
{
    static const struct cloud_field data[] = {
        TEMPLATE("ImageId", cloud_take_text, image),
        TEMPLATE("InstanceType", cloud_take_text, instance_type),
        TEMPLATE("BlockDeviceMappings", take_block_devices, block_devices),
        CLOUD_FIELDS_END,
    };
    static const struct cloud_field fields[] = {
        TEMPLATE("LaunchTemplateId", cloud_take_text, id),
        TEMPLATE("LaunchTemplateName", cloud_take_text, name),
        TEMPLATE("VersionNumber", cloud_take_text, version),
        CLOUD_INNER("LaunchTemplateData", data),
        CLOUD_FIELDS_END,
    };
    *out = (struct cloud_launch_template){.version = ""};
    return cloud_take_fields(in, fields, out) && out->id;
}

/* The interfaces of the default network card are those that pods get addresses from. */
struct network {
    int32_t enis, ips_per_eni, card;
    struct cloud_list cards;
};

struct card {
    const char *performance;
    int32_t index, enis;
};

static void take_cards(struct cloud_input *in, void *at)
{
    static const struct cloud_field fields[] = {
        CLOUD_FIELD("NetworkPerformance", cloud_take_text, struct card, performance),
        CLOUD_FIELD("NetworkCardIndex", cloud_take_i32, struct card, index),
        CLOUD_FIELD("MaximumNetworkInterfaces", cloud_take_i32, struct card, enis),
        CLOUD_FIELDS_END,
    };
    cloud_take_structs(in, fields, sizeof(struct card), at);
}

static void take_network(struct cloud_input *in, void *at)
{
    static const struct cloud_field fields[] = {
        CLOUD_FIELD("MaximumNetworkInterfaces", cloud_take_i32, struct network, enis),
        CLOUD_FIELD("Ipv4AddressesPerInterface", cloud_take_i32, struct network, ips_per_eni),
        CLOUD_FIELD("DefaultNetworkCardIndex", cloud_take_i32, struct network, card),
        CLOUD_FIELD("NetworkCards", take_cards, struct network, cards),
        CLOUD_FIELDS_END,
    };
    struct cloud_instance_type *type = at;
    struct network n = {0};
    cloud_take_fields(in, fields, &n);
    const struct card *cards = n.cards.items;
    for (uint32_t i = 0; i < n.cards.count; i++)
        if (cards[i].index == n.card && cards[i].enis)
            n.enis = cards[i].enis;
    type->enis = n.enis;
    type->ips_per_eni = n.ips_per_eni;
}

#define TYPE(key, take, member) CLOUD_FIELD(key, take, struct cloud_instance_type, member)
bool cloud_take_type(struct cloud_input *in, struct cloud_instance_type *out)
{
    static const struct cloud_field vcpu[] = {TYPE("DefaultVCpus", cloud_take_i32, vcpus),
                                              CLOUD_FIELDS_END};
    static const struct cloud_field memory[] = {TYPE("SizeInMiB", cloud_take_i64, memory_mib),
                                                CLOUD_FIELDS_END};
    static const struct cloud_field fields[] = {
        TYPE("InstanceType", cloud_take_text, name),
        CLOUD_INNER("VCpuInfo", vcpu),
        CLOUD_INNER("MemoryInfo", memory),
        {"NetworkInfo", take_network, 0, NULL},
        CLOUD_FIELDS_END,
    };
    *out = (struct cloud_instance_type){0};
    return cloud_take_fields(in, fields, out) && out->name;
}

/* ---- ec2 describe-instances ---- */

static void take_group_tag(struct cloud_input *in, void *at)
{
    struct tag {
        const char *key, *value;
    };
    static const struct cloud_field fields[] = {
        CLOUD_FIELD("Key", cloud_take_text, struct tag, key),
        CLOUD_FIELD("Value", cloud_take_text, struct tag, value),
        CLOUD_FIELDS_END,
    };
    static const char *const keys[] = {"alpha.eksctl.io/nodegroup-name", "eks:nodegroup-name"};
    struct cloud_list list = {0};
    cloud_take_structs(in, fields, sizeof(struct tag), &list);
    const struct tag *tags = list.items;
    for (size_t k = 0; k < ARRAY_LEN(keys); k++)
        for (uint32_t i = 0; i < list.count; i++)
            if (strcmp(tags[i].key, keys[k]) == 0 && tags[i].value)
                *(const char **)at = tags[i].value;
}

struct instance_answer {
    struct cloud_instance instance;
    const char *state;
};

#define INSTANCE(key, take, member) CLOUD_FIELD(key, take, struct instance_answer, member)
bool cloud_take_instance(struct cloud_input *in, struct cloud_instance *out)
{
    static const struct cloud_field placement[] = {
        INSTANCE("AvailabilityZone", cloud_take_text, instance.zone), CLOUD_FIELDS_END};
    static const struct cloud_field state[] = {INSTANCE("Name", cloud_take_text, state),
                                               CLOUD_FIELDS_END};
    static const struct cloud_field fields[] = {
        INSTANCE("InstanceId", cloud_take_text, instance.id),
        INSTANCE("InstanceType", cloud_take_text, instance.type),
        INSTANCE("SubnetId", cloud_take_text, instance.subnet),
        INSTANCE("Tags", take_group_tag, instance.group),
        CLOUD_INNER("Placement", placement),
        CLOUD_INNER("State", state),
        CLOUD_FIELDS_END,
    };
    struct instance_answer a = {0};
    if (!cloud_take_fields(in, fields, &a) || !a.instance.id)
        return false;
    *out = a.instance;
    return !a.state ||
           !(strcmp(a.state, "terminated") == 0 || strcmp(a.state, "shutting-down") == 0);
}
