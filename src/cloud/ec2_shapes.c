#include "cloud/ec2_shapes.h"

#include "cloud/ec2.h"

#define TAG(name, member) SHAPE_FIELD(struct ec2_tag, SHAPE_TEXT, name, member)
static const struct shape_field tag_fields[] = {TAG("Key", key), TAG("Value", value)};
const struct shape ec2_shape_tag = SHAPE(struct ec2_tag, tag_fields);
#define TAGS(type) SHAPE_WIRED_OF(type, SHAPE_STRUCTS, "Tags", "tagSet", tags, &ec2_shape_tag)

/* --- instances ------------------------------------------------------------------------------ */

#define INSTANCE(kind, name, member) SHAPE_FIELD(struct ec2_instance, kind, name, member)
static const char *const instance_states[] = {
    "pending", "running", "shutting-down", "terminated", "stopping", "stopped", NULL};
static const struct shape_field state_fields[] = {
    SHAPE_ENUM(struct ec2_instance, "Name", state, instance_states),
};
static const struct shape instance_state = SHAPE(struct ec2_instance, state_fields);
static const struct shape_field placement_fields[] = {
    INSTANCE(SHAPE_TEXT, "AvailabilityZone", zone),
};
static const struct shape placement = SHAPE(struct ec2_instance, placement_fields);
static const struct shape_field device_ebs_fields[] = {
    SHAPE_FIELD(struct ec2_block_device, SHAPE_TEXT, "VolumeId", volume),
};
static const struct shape device_ebs = SHAPE(struct ec2_block_device, device_ebs_fields);
static const struct shape_field device_fields[] = {
    SHAPE_FIELD(struct ec2_block_device, SHAPE_TEXT, "DeviceName", device),
    SHAPE_INNER("Ebs", NULL, &device_ebs),
};
static const struct shape device = SHAPE(struct ec2_block_device, device_fields);
static const struct shape_field interface_fields[] = {
    SHAPE_FIELD(struct ec2_interface, SHAPE_TEXT, "NetworkInterfaceId", id),
    SHAPE_FIELD(struct ec2_interface, SHAPE_TEXT, "SubnetId", subnet),
};
static const struct shape interface = SHAPE(struct ec2_interface, interface_fields);
static const struct shape_field instance_fields[] = {
    SHAPE_MUST(struct ec2_instance, SHAPE_TEXT, "InstanceId", id),
    INSTANCE(SHAPE_TEXT, "InstanceType", type),
    INSTANCE(SHAPE_TEXT, "ImageId", image),
    INSTANCE(SHAPE_TEXT, "SubnetId", subnet),
    INSTANCE(SHAPE_TEXT, "PrivateIpAddress", private_ip),
    INSTANCE(SHAPE_TEXT, "PrivateDnsName", private_dns),
    INSTANCE(SHAPE_TEXT, "InstanceLifecycle", lifecycle),
    INSTANCE(SHAPE_TIME, "LaunchTime", launched),
    SHAPE_INNER("State", "instanceState", &instance_state),
    SHAPE_INNER("Placement", NULL, &placement),
    SHAPE_WIRED_OF(struct ec2_instance, SHAPE_STRUCTS, "BlockDeviceMappings", "blockDeviceMapping",
                   devices, &device),
    SHAPE_WIRED_OF(struct ec2_instance, SHAPE_STRUCTS, "NetworkInterfaces", "networkInterfaceSet",
                   interfaces, &interface),
    TAGS(struct ec2_instance),
};
static const struct shape instance = SHAPE(struct ec2_instance, instance_fields);
static const struct shape_field reservation_fields[] = {
    SHAPE_WIRED_OF(struct ec2_reservation, SHAPE_STRUCTS, "Instances", "instancesSet", instances,
                   &instance),
};
static const struct shape reservation = SHAPE(struct ec2_reservation, reservation_fields);
static const struct shape_field instances_fields[] = {
    SHAPE_WIRED_OF(struct ec2_instances, SHAPE_STRUCTS, "Reservations", "reservationSet",
                   reservations, &reservation),
};
const struct shape ec2_shape_instances = SHAPE(struct ec2_instances, instances_fields);

/* --- subnets, volumes ----------------------------------------------------------------------- */

#define SUBNET(kind, name, member) SHAPE_FIELD(struct ec2_subnet, kind, name, member)
static const struct shape_field subnet_fields[] = {
    SHAPE_MUST(struct ec2_subnet, SHAPE_TEXT, "SubnetId", id),
    SUBNET(SHAPE_TEXT, "AvailabilityZone", zone),
    SUBNET(SHAPE_TEXT, "VpcId", vpc),
    SUBNET(SHAPE_TEXT, "CidrBlock", cidr),
    SUBNET(SHAPE_TEXT, "State", state),
    SUBNET(SHAPE_INT, "AvailableIpAddressCount", free_ips),
    TAGS(struct ec2_subnet),
};
static const struct shape subnet = SHAPE(struct ec2_subnet, subnet_fields);
static const struct shape_field subnets_fields[] = {
    SHAPE_WIRED_OF(struct ec2_subnets, SHAPE_STRUCTS, "Subnets", "subnetSet", items, &subnet),
};
const struct shape ec2_shape_subnets = SHAPE(struct ec2_subnets, subnets_fields);

static const char *const attachment_states[] = {"attaching", "attached", "detaching",
                                                "detached",  "busy",     NULL};
static const char *const volume_states[] = {"creating", "available", "in-use", "deleting",
                                            "deleted",  "error",     NULL};
#define ATTACHMENT(kind, name, member) SHAPE_FIELD(struct ec2_attachment, kind, name, member)
static const struct shape_field attachment_fields[] = {
    ATTACHMENT(SHAPE_TEXT, "VolumeId", volume),
    ATTACHMENT(SHAPE_TEXT, "InstanceId", instance),
    ATTACHMENT(SHAPE_TEXT, "Device", device),
    ATTACHMENT(SHAPE_BOOL, "DeleteOnTermination", delete_on_termination),
    ATTACHMENT(SHAPE_TIME, "AttachTime", since),
    {.name = "State",
     .wire = "status",
     .kind = SHAPE_TEXT,
     .offset = offsetof(struct ec2_attachment, state),
     .values = attachment_states},
};
static const struct shape attachment = SHAPE(struct ec2_attachment, attachment_fields);
#define VOLUME(kind, name, member) SHAPE_FIELD(struct ec2_volume, kind, name, member)
static const struct shape_field volume_fields[] = {
    SHAPE_MUST(struct ec2_volume, SHAPE_TEXT, "VolumeId", id),
    VOLUME(SHAPE_TEXT, "AvailabilityZone", zone),
    VOLUME(SHAPE_TEXT, "VolumeType", type),
    VOLUME(SHAPE_INT, "Size", gib),
    {.name = "State",
     .wire = "status",
     .kind = SHAPE_TEXT,
     .offset = offsetof(struct ec2_volume, state),
     .values = volume_states},
    SHAPE_WIRED_OF(struct ec2_volume, SHAPE_STRUCTS, "Attachments", "attachmentSet", attachments,
                   &attachment),
    TAGS(struct ec2_volume),
};
static const struct shape volume = SHAPE(struct ec2_volume, volume_fields);
static const struct shape_field volumes_fields[] = {
    SHAPE_WIRED_OF(struct ec2_volumes, SHAPE_STRUCTS, "Volumes", "volumeSet", items, &volume),
};
const struct shape ec2_shape_volumes = SHAPE(struct ec2_volumes, volumes_fields);

/* --- launch templates ----------------------------------------------------------------------- */

#define TEMPLATE(kind, name, member) SHAPE_FIELD(struct ec2_template, kind, name, member)
static const struct shape_field template_fields[] = {
    SHAPE_MUST(struct ec2_template, SHAPE_TEXT, "LaunchTemplateId", id),
    TEMPLATE(SHAPE_TEXT, "LaunchTemplateName", name),
    TEMPLATE(SHAPE_INT, "DefaultVersionNumber", default_version),
    TEMPLATE(SHAPE_INT, "LatestVersionNumber", latest_version),
    TAGS(struct ec2_template),
};
static const struct shape template = SHAPE(struct ec2_template, template_fields);
static const struct shape_field templates_fields[] = {
    SHAPE_OF(struct ec2_templates, SHAPE_STRUCTS, "LaunchTemplates", items, &template),
};
const struct shape ec2_shape_templates = SHAPE(struct ec2_templates, templates_fields);

#define EBS(kind, name, member) SHAPE_FIELD(struct ec2_ebs, kind, name, member)
static const struct shape_field ebs_fields[] = {
    EBS(SHAPE_TEXT, "VolumeType", type),
    EBS(SHAPE_TEXT, "SnapshotId", snapshot),
    EBS(SHAPE_INT, "VolumeSize", gib),
    EBS(SHAPE_INT, "Iops", iops),
    EBS(SHAPE_INT, "Throughput", throughput),
    EBS(SHAPE_BOOL, "DeleteOnTermination", delete_on_termination),
    EBS(SHAPE_BOOL, "Encrypted", encrypted),
};
static const struct shape ebs = SHAPE(struct ec2_ebs, ebs_fields);
#define MAPPING(kind, name, member) SHAPE_FIELD(struct ec2_template_device, kind, name, member)
static const struct shape_field mapping_fields[] = {
    MAPPING(SHAPE_TEXT, "DeviceName", device),
    MAPPING(SHAPE_TEXT, "NoDevice", no_device),
    MAPPING(SHAPE_TEXT, "VirtualName", virtual_name),
    SHAPE_OF(struct ec2_template_device, SHAPE_STRUCT, "Ebs", ebs, &ebs),
};
const struct shape ec2_shape_template_device = SHAPE(struct ec2_template_device, mapping_fields);
#define DATA(kind, name, member) SHAPE_FIELD(struct ec2_template_data, kind, name, member)
static const struct shape_field data_fields[] = {
    DATA(SHAPE_TEXT, "ImageId", image),
    DATA(SHAPE_TEXT, "InstanceType", instance_type),
    DATA(SHAPE_TEXT, "KeyName", key),
    DATA(SHAPE_TEXT, "UserData", user_data),
    SHAPE_WIRED(struct ec2_template_data, SHAPE_TEXTS, "SecurityGroupIds", "securityGroupIdSet",
                security_groups),
    SHAPE_WIRED_OF(struct ec2_template_data, SHAPE_STRUCTS, "BlockDeviceMappings",
                   "blockDeviceMappingSet", devices, &ec2_shape_template_device),
};
static const struct shape template_data = SHAPE(struct ec2_template_data, data_fields);
#define VERSION(kind, name, member) SHAPE_FIELD(struct ec2_template_version, kind, name, member)
static const struct shape_field version_fields[] = {
    SHAPE_MUST(struct ec2_template_version, SHAPE_TEXT, "LaunchTemplateId", id),
    SHAPE_MUST(struct ec2_template_version, SHAPE_INT, "VersionNumber", version),
    VERSION(SHAPE_TEXT, "LaunchTemplateName", name),
    VERSION(SHAPE_TEXT, "VersionDescription", description),
    VERSION(SHAPE_BOOL, "DefaultVersion", is_default),
    VERSION(SHAPE_TIME, "CreateTime", created),
    SHAPE_OF(struct ec2_template_version, SHAPE_STRUCT, "LaunchTemplateData", data, &template_data),
};
const struct shape ec2_shape_template_version = SHAPE(struct ec2_template_version, version_fields);
static const struct shape_field versions_fields[] = {
    SHAPE_WIRED_OF(struct ec2_template_versions, SHAPE_STRUCTS, "LaunchTemplateVersions",
                   "launchTemplateVersionSet", items, &ec2_shape_template_version),
};
const struct shape ec2_shape_template_versions =
    SHAPE(struct ec2_template_versions, versions_fields);

/* --- instance types ------------------------------------------------------------------------- */

#define TYPE(kind, name, member) SHAPE_FIELD(struct ec2_instance_type, kind, name, member)
static const struct shape_field processor_fields[] = {
    TYPE(SHAPE_TEXTS, "SupportedArchitectures", architectures),
};
static const struct shape processor = SHAPE(struct ec2_instance_type, processor_fields);
static const struct shape_field vcpu_fields[] = {TYPE(SHAPE_INT, "DefaultVCpus", vcpus)};
static const struct shape vcpu = SHAPE(struct ec2_instance_type, vcpu_fields);
static const struct shape_field memory_fields[] = {TYPE(SHAPE_INT, "SizeInMiB", memory_mib)};
static const struct shape memory = SHAPE(struct ec2_instance_type, memory_fields);
static const struct shape_field card_fields[] = {
    SHAPE_FIELD(struct ec2_network_card, SHAPE_INT, "NetworkCardIndex", index),
    SHAPE_FIELD(struct ec2_network_card, SHAPE_INT, "MaximumNetworkInterfaces", interfaces),
};
static const struct shape card = SHAPE(struct ec2_network_card, card_fields);
static const struct shape_field network_fields[] = {
    TYPE(SHAPE_INT, "MaximumNetworkInterfaces", interfaces),
    TYPE(SHAPE_INT, "Ipv4AddressesPerInterface", ips_per_interface),
    TYPE(SHAPE_INT, "DefaultNetworkCardIndex", default_card),
    SHAPE_OF(struct ec2_instance_type, SHAPE_STRUCTS, "NetworkCards", cards, &card),
};
static const struct shape network = SHAPE(struct ec2_instance_type, network_fields);
static const struct shape_field type_fields[] = {
    SHAPE_MUST(struct ec2_instance_type, SHAPE_TEXT, "InstanceType", name),
    TYPE(SHAPE_TEXT, "Hypervisor", hypervisor),
    TYPE(SHAPE_BOOL, "CurrentGeneration", current),
    TYPE(SHAPE_BOOL, "BareMetal", bare_metal),
    SHAPE_INNER("ProcessorInfo", NULL, &processor),
    SHAPE_INNER("VCpuInfo", NULL, &vcpu),
    SHAPE_INNER("MemoryInfo", NULL, &memory),
    SHAPE_INNER("NetworkInfo", NULL, &network),
};
const struct shape ec2_shape_instance_type = SHAPE(struct ec2_instance_type, type_fields);
static const struct shape_field types_fields[] = {
    SHAPE_WIRED_OF(struct ec2_instance_types, SHAPE_STRUCTS, "InstanceTypes", "instanceTypeSet",
                   items, &ec2_shape_instance_type),
};
const struct shape ec2_shape_instance_types = SHAPE(struct ec2_instance_types, types_fields);

static const struct shape_field offering_fields[] = {
    SHAPE_MUST(struct ec2_offering, SHAPE_TEXT, "InstanceType", instance_type),
    SHAPE_MUST(struct ec2_offering, SHAPE_TEXT, "Location", zone),
};
static const struct shape offering = SHAPE(struct ec2_offering, offering_fields);
static const struct shape_field offerings_fields[] = {
    SHAPE_WIRED_OF(struct ec2_offerings, SHAPE_STRUCTS, "InstanceTypeOfferings",
                   "instanceTypeOfferingSet", items, &offering),
};
const struct shape ec2_shape_offerings = SHAPE(struct ec2_offerings, offerings_fields);
