#include "cloud/ec2.h"

#include "cloud/ec2_shapes.h"
#include "cloud/ops.h"

/* How many ids EC2 takes at once in all of these calls. */
#define IDS_AT_ONCE 100

/* --- what goes in --------------------------------------------------------------------------- */

struct ask {
    struct ec2_look look;
    struct shape_int page;
};
static const struct shape_field filter_fields[] = {
    SHAPE_FIELD(struct ec2_filter, SHAPE_TEXT, "Name", name),
    SHAPE_WIRED(struct ec2_filter, SHAPE_TEXTS, "Values", "Value", values),
};
static const struct shape filter = SHAPE(struct ec2_filter, filter_fields);

#define FILTERS                                                                                    \
    SHAPE_WIRED_OF(struct ask, SHAPE_STRUCTS, "Filters", "Filter", look.filters, &filter)
#define PAGE SHAPE_FIELD(struct ask, SHAPE_INT, "MaxResults", page)
#define IN_LOOK(what, name, wire)                                                                  \
    static const struct shape_field what##_look[] = {                                              \
        SHAPE_WIRED(struct ask, SHAPE_TEXTS, name, wire, look.ids), FILTERS, PAGE};                \
    static const struct shape in_##what = SHAPE(struct ask, what##_look)
IN_LOOK(instances, "InstanceIds", "InstanceId");
IN_LOOK(subnets, "SubnetIds", "SubnetId");
IN_LOOK(volumes, "VolumeIds", "VolumeId");
IN_LOOK(templates, "LaunchTemplateIds", "LaunchTemplateId");
IN_LOOK(types, "InstanceTypes", "InstanceType");

struct ask_offerings {
    const char *location;
    SHAPE_LIST(struct ec2_filter) filters;
    struct shape_int page;
};
static const char *const locations[] = {"availability-zone", NULL};
static const struct shape_field offerings_fields[] = {
    SHAPE_ENUM(struct ask_offerings, "LocationType", location, locations),
    SHAPE_WIRED_OF(struct ask_offerings, SHAPE_STRUCTS, "Filters", "Filter", filters, &filter),
    SHAPE_FIELD(struct ask_offerings, SHAPE_INT, "MaxResults", page),
};
static const struct shape in_offerings = SHAPE(struct ask_offerings, offerings_fields);

struct ask_versions {
    const char *id, *name;
    struct shape_texts versions;
    struct shape_int page;
};
static const struct shape_field versions_fields[] = {
    SHAPE_FIELD(struct ask_versions, SHAPE_TEXT, "LaunchTemplateId", id),
    SHAPE_FIELD(struct ask_versions, SHAPE_TEXT, "LaunchTemplateName", name),
    SHAPE_WIRED(struct ask_versions, SHAPE_TEXTS, "Versions", "LaunchTemplateVersion", versions),
    SHAPE_FIELD(struct ask_versions, SHAPE_INT, "MaxResults", page),
};
static const struct shape in_versions = SHAPE(struct ask_versions, versions_fields);

/* What is sent of a template's data; in answers some of it has other names. */
#define DATA(kind, name, member) SHAPE_FIELD(struct ec2_template_data, kind, name, member)
static const struct shape_field data_fields[] = {
    DATA(SHAPE_TEXT, "ImageId", image),
    DATA(SHAPE_TEXT, "InstanceType", instance_type),
    DATA(SHAPE_TEXT, "KeyName", key),
    DATA(SHAPE_TEXT, "UserData", user_data),
    SHAPE_WIRED(struct ec2_template_data, SHAPE_TEXTS, "SecurityGroupIds", "SecurityGroupId",
                security_groups),
    SHAPE_WIRED_OF(struct ec2_template_data, SHAPE_STRUCTS, "BlockDeviceMappings",
                   "BlockDeviceMapping", devices, &ec2_shape_template_device),
};
const struct shape ec2_shape_template_ask = SHAPE(struct ec2_template_data, data_fields);
struct ask_create {
    const char *id, *source, *description, *token;
    struct ec2_template_data data;
};
#define CREATE(name, member) SHAPE_FIELD(struct ask_create, SHAPE_TEXT, name, member)
static const struct shape_field create_fields[] = {
    CREATE("ClientToken", token),
    CREATE("LaunchTemplateId", id),
    CREATE("SourceVersion", source),
    CREATE("VersionDescription", description),
    SHAPE_OF(struct ask_create, SHAPE_STRUCT, "LaunchTemplateData", data, &ec2_shape_template_ask),
};
static const struct shape in_create = SHAPE(struct ask_create, create_fields);
static const struct shape_field create_answer[] = {
    {.name = "LaunchTemplateVersion",
     .kind = SHAPE_STRUCT,
     .must = true,
     .offset = 0,
     .of = &ec2_shape_template_version},
};
static const struct shape out_create = SHAPE(struct ec2_template_version, create_answer);

/* --- operations ----------------------------------------------------------------------------- */

static const struct aws_paging paging = {.in = "NextToken", .out = "nextToken"};

#define READ(op, action_, in_, out_)                                                               \
    const struct cloud_op ec2_op_##op = {.service = &aws_service_ec2,                              \
                                         .action = action_,                                        \
                                         .in = in_,                                                \
                                         .out = out_,                                              \
                                         .paging = &paging,                                        \
                                         .repeats = true}
READ(describe_instances, "DescribeInstances", &in_instances, &ec2_shape_instances);
READ(describe_subnets, "DescribeSubnets", &in_subnets, &ec2_shape_subnets);
READ(describe_volumes, "DescribeVolumes", &in_volumes, &ec2_shape_volumes);
READ(describe_launch_templates, "DescribeLaunchTemplates", &in_templates, &ec2_shape_templates);
READ(describe_instance_types, "DescribeInstanceTypes", &in_types, &ec2_shape_instance_types);
READ(describe_instance_type_offerings, "DescribeInstanceTypeOfferings", &in_offerings,
     &ec2_shape_offerings);
READ(describe_launch_template_versions, "DescribeLaunchTemplateVersions", &in_versions,
     &ec2_shape_template_versions);
const struct cloud_op ec2_op_create_launch_template_version = {.service = &aws_service_ec2,
                                                               .action =
                                                                   "CreateLaunchTemplateVersion",
                                                               .in = &in_create,
                                                               .out = &out_create,
                                                               .token = "ClientToken"};

/* --- calls ---------------------------------------------------------------------------------- */

/* Pages have a size only when no ids are given: EC2 refuses both together. */
static int describe(struct aws_client *c, const struct cloud_op *op, const struct ec2_look *look,
                    unsigned page, struct arena *arena, void *out, struct err *err)
{
    const struct ec2_look everything = {0}, *l = look ? look : &everything;
    struct ask ask = {.look = *l};
    if (!l->ids.count) {
        ask.page = shape_int(page);
        return cloud_op_call(c, op, &ask, arena, out, err);
    }
    for (uint32_t i = 0; i < l->ids.count; i += IDS_AT_ONCE) {
        uint32_t left = l->ids.count - i;
        ask.look.ids = (struct shape_texts){.items = l->ids.items + i,
                                            .count = left < IDS_AT_ONCE ? left : IDS_AT_ONCE};
        if (cloud_op_call(c, op, &ask, arena, out, err))
            return -1;
    }
    return 0;
}

int ec2_describe_instances(struct aws_client *c, const struct ec2_look *look, struct arena *arena,
                           struct ec2_instances *out, struct err *err)
{
    *out = (struct ec2_instances){0};
    return describe(c, &ec2_op_describe_instances, look, 1000, arena, out, err);
}

int ec2_describe_subnets(struct aws_client *c, const struct ec2_look *look, struct arena *arena,
                         struct ec2_subnets *out, struct err *err)
{
    *out = (struct ec2_subnets){0};
    return describe(c, &ec2_op_describe_subnets, look, 1000, arena, out, err);
}

int ec2_describe_volumes(struct aws_client *c, const struct ec2_look *look, struct arena *arena,
                         struct ec2_volumes *out, struct err *err)
{
    *out = (struct ec2_volumes){0};
    return describe(c, &ec2_op_describe_volumes, look, 500, arena, out, err);
}

int ec2_describe_launch_templates(struct aws_client *c, const struct ec2_look *look,
                                  struct arena *arena, struct ec2_templates *out, struct err *err)
{
    *out = (struct ec2_templates){0};
    return describe(c, &ec2_op_describe_launch_templates, look, 200, arena, out, err);
}

int ec2_describe_instance_types(struct aws_client *c, const struct ec2_look *look,
                                struct arena *arena, struct ec2_instance_types *out,
                                struct err *err)
{
    *out = (struct ec2_instance_types){0};
    return describe(c, &ec2_op_describe_instance_types, look, 100, arena, out, err);
}

int ec2_describe_launch_template_versions(struct aws_client *c, const char *id, const char *name,
                                          const struct shape_texts *versions, struct arena *arena,
                                          struct ec2_template_versions *out, struct err *err)
{
    struct ask_versions ask = {.id = id, .name = id ? NULL : name};
    *out = (struct ec2_template_versions){0};
    if (versions && versions->count)
        ask.versions = *versions;
    else
        ask.page = shape_int(200);
    if (cloud_op_call(c, &ec2_op_describe_launch_template_versions, &ask, arena, out, err))
        return err_wrap(err, "launch template '%s'", id ? id : name ? name : "");
    return 0;
}

int ec2_describe_instance_type_offerings(struct aws_client *c, const struct shape_texts *types,
                                         struct arena *arena, struct ec2_offerings *out,
                                         struct err *err)
{
    struct ec2_filter wanted = {.name = "instance-type"};
    struct ask_offerings ask = {.location = locations[0], .page = shape_int(1000)};
    *out = (struct ec2_offerings){0};
    if (!types || !types->count)
        return cloud_op_call(c, &ec2_op_describe_instance_type_offerings, &ask, arena, out, err);
    ask.filters.items = &wanted;
    ask.filters.count = 1;
    for (uint32_t i = 0; i < types->count; i += IDS_AT_ONCE) {
        uint32_t left = types->count - i;
        wanted.values = (struct shape_texts){.items = types->items + i,
                                             .count = left < IDS_AT_ONCE ? left : IDS_AT_ONCE};
        if (cloud_op_call(c, &ec2_op_describe_instance_type_offerings, &ask, arena, out, err))
            return -1;
    }
    return 0;
}

int ec2_create_launch_template_version(struct aws_client *c, const char *id, const char *source,
                                       const struct ec2_template_data *change,
                                       const char *description, const char *token,
                                       struct arena *arena, struct ec2_template_version *out,
                                       struct err *err)
{
    const struct ask_create ask = {id, source, description, token, *change};
    *out = (struct ec2_template_version){0};
    if (cloud_op_call(c, &ec2_op_create_launch_template_version, &ask, arena, out, err))
        return err_wrap(err, "launch template '%s'", id ? id : "");
    return 0;
}

const char *ec2_tag_of(const struct ec2_tag *tags, uint32_t count, const char *key)
{
    for (uint32_t i = 0; i < count; i++)
        if (tags[i].key && strcmp(tags[i].key, key) == 0)
            return tags[i].value;
    return NULL;
}
