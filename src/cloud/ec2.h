/*
 * ec2: calls of Amazon EC2: instances, launch templates, subnets, volumes, instance types and where
 * they are offered. The contract of all calls is that of cloud/eks.h.
 */
#ifndef TOBAN_CLOUD_EC2_H
#define TOBAN_CLOUD_EC2_H

#include "aws/client.h"
#include "cloud/shape.h"

struct ec2_tag {
    const char *key, *value;
};

struct ec2_filter {
    const char *name;          /* "attachment.instance-id", "tag:eks:nodegroup-name" */
    struct shape_texts values; /* any of them; EC2 takes 200 */
};
/* What a describing call looks for. Zeroed: everything. */
struct ec2_look {
    struct shape_texts ids; /* ERR_NOT_FOUND when one of them does not exist */
    SHAPE_LIST(struct ec2_filter) filters;
};

struct ec2_block_device {
    const char *device, *volume;
};
struct ec2_interface {
    const char *id, *subnet;
};
struct ec2_instance {
    const char *id, *type, *image, *subnet, *zone, *state; /* "running" */
    const char *private_ip, *private_dns, *lifecycle;      /* "spot"; NULL: on demand */
    int64_t launched;
    SHAPE_LIST(struct ec2_block_device) devices;
    SHAPE_LIST(struct ec2_interface) interfaces;
    SHAPE_LIST(struct ec2_tag) tags;
};
struct ec2_reservation {
    SHAPE_LIST(struct ec2_instance) instances;
};
/* Instances that were launched together stand together. */
struct ec2_instances {
    SHAPE_LIST(struct ec2_reservation) reservations;
};
/* for (each instance of all reservations) */
#define ec2_each_instance(ptr, list)                                                               \
    shape_each(ptr##_together, &(list)->reservations)                                              \
        shape_each(ptr, &ptr##_together->instances)

struct ec2_subnet {
    const char *id, *zone, *vpc, *cidr, *state;
    struct shape_int free_ips;
    SHAPE_LIST(struct ec2_tag) tags;
};
struct ec2_subnets {
    SHAPE_LIST(struct ec2_subnet) items;
};

struct ec2_attachment {
    const char *volume, *instance, *device, *state; /* "attached", "detaching" */
    enum shape_flag delete_on_termination;
    int64_t since;
};
struct ec2_volume {
    const char *id, *zone, *type, *state; /* "in-use", "available" */
    struct shape_int gib;
    SHAPE_LIST(struct ec2_attachment) attachments;
    SHAPE_LIST(struct ec2_tag) tags;
};
struct ec2_volumes {
    SHAPE_LIST(struct ec2_volume) items;
};

struct ec2_ebs {
    const char *type, *snapshot;
    struct shape_int gib, iops, throughput;
    enum shape_flag delete_on_termination, encrypted;
};
struct ec2_template_device {
    const char *device, *no_device, *virtual_name;
    struct ec2_ebs ebs;
};
struct ec2_template_data {
    const char *image, *instance_type, *key;
    const char *user_data; /* base64 */
    struct shape_texts security_groups;
    SHAPE_LIST(struct ec2_template_device) devices;
};
struct ec2_template_version {
    const char *id, *name, *description;
    struct shape_int version;
    enum shape_flag is_default;
    int64_t created;
    struct ec2_template_data data;
};
struct ec2_template_versions {
    SHAPE_LIST(struct ec2_template_version) items;
};
struct ec2_template {
    const char *id, *name;
    struct shape_int default_version, latest_version;
    SHAPE_LIST(struct ec2_tag) tags;
};
struct ec2_templates {
    SHAPE_LIST(struct ec2_template) items;
};

struct ec2_network_card {
    struct shape_int index, interfaces;
};
struct ec2_instance_type {
    const char *name, *hypervisor; /* "nitro", "xen" */
    struct shape_int vcpus, memory_mib;
    struct shape_int interfaces, ips_per_interface, default_card;
    SHAPE_LIST(struct ec2_network_card) cards;
    struct shape_texts architectures; /* "x86_64", "arm64" */
    enum shape_flag current, bare_metal;
};
struct ec2_instance_types {
    SHAPE_LIST(struct ec2_instance_type) items;
};

struct ec2_offering {
    const char *instance_type, *zone;
};
struct ec2_offerings {
    SHAPE_LIST(struct ec2_offering) items;
};

/* look may be NULL. Terminated instances are among the answers for about an hour. */
int ec2_describe_instances(struct aws_client *c, const struct ec2_look *look, struct arena *arena,
                           struct ec2_instances *out, struct err *err);
int ec2_describe_subnets(struct aws_client *c, const struct ec2_look *look, struct arena *arena,
                         struct ec2_subnets *out, struct err *err);
int ec2_describe_volumes(struct aws_client *c, const struct ec2_look *look, struct arena *arena,
                         struct ec2_volumes *out, struct err *err);
int ec2_describe_launch_templates(struct aws_client *c, const struct ec2_look *look,
                                  struct arena *arena, struct ec2_templates *out, struct err *err);
/* ids are names of types ("m5.large"). */
int ec2_describe_instance_types(struct aws_client *c, const struct ec2_look *look,
                                struct arena *arena, struct ec2_instance_types *out,
                                struct err *err);

/* Versions of one template, by id ("lt-…") or, when id is NULL, by name. versions: numbers,
 * "$Latest", "$Default"; none: all. */
int ec2_describe_launch_template_versions(struct aws_client *c, const char *id, const char *name,
                                          const struct shape_texts *versions, struct arena *arena,
                                          struct ec2_template_versions *out, struct err *err);

/* In which zones of the region each of the types can be had; types that are nowhere have no entry.
 * types may be empty: all. */
int ec2_describe_instance_type_offerings(struct aws_client *c, const struct shape_texts *types,
                                         struct arena *arena, struct ec2_offerings *out,
                                         struct err *err);

/* A new version of a template: source with what `change` gives put over it. Not the default
 * version. source NULL: `change` is all there is in it. token as in eks.h. */
int ec2_create_launch_template_version(struct aws_client *c, const char *id, const char *source,
                                       const struct ec2_template_data *change,
                                       const char *description, const char *token,
                                       struct arena *arena, struct ec2_template_version *out,
                                       struct err *err);

/* The value of a tag; NULL when it is not there. */
const char *ec2_tag_of(const struct ec2_tag *tags, uint32_t count, const char *key);

#endif
