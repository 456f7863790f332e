/* ec2: what the files of the pocket's EC2 share. Within pocket/aws/ only. */
#ifndef TOBAN_POCKET_AWS_EC2_H
#define TOBAN_POCKET_AWS_EC2_H

#include "cloud/ec2_shapes.h"
#include "pocket/aws/ec2_filter.h"

/* A request that came with a token, so that it comes to nothing when it comes again. */
struct ec2_token {
    const char *token, *asked; /* asked: the body, to tell another request with the same token */
    const struct account_template *template;
    int64_t version;
};

struct ec2_state {
    VEC(struct ec2_token) tokens;
};

/* An answer that is a list in pages. */
#define EC2_LIST(name, type)                                                                       \
    struct name {                                                                                  \
        SHAPE_LIST(type) items;                                                                    \
        const char *token;                                                                         \
    }
#define EC2_LIST_SHAPE(what, list_type, item_type, name, wire_, item_shape, most_)                 \
    static const struct shape_field what##_told[] = {                                              \
        SHAPE_WIRED_OF(list_type, SHAPE_STRUCTS, name, wire_, items, item_shape),                  \
        SHAPE_FIELD(list_type, SHAPE_TEXT, "NextToken", token),                                    \
    };                                                                                             \
    static const struct shape out_##what = SHAPE(list_type, what##_told);                          \
    static const struct service_pages what##_pages = {                                             \
        .asked_most = offsetof(struct ec2_asked, most),                                            \
        .asked_token = offsetof(struct ec2_asked, token),                                          \
        .list = offsetof(list_type, items),                                                        \
        .item = sizeof(item_type),                                                                 \
        .token = offsetof(list_type, token),                                                       \
        .most = most_,                                                                             \
    }
/* Adds a zeroed item to a list of an answer. */
#define EC2_ADD(c, list) shape_list_add(list, sizeof *(list)->items, (c)->arena)

extern const struct service_action ec2_instances_describe, ec2_instances_terminate,
    ec2_subnets_describe, ec2_zones_describe, ec2_volumes_describe, ec2_volume_detach,
    ec2_types_describe, ec2_offerings_describe, ec2_templates_describe, ec2_versions_describe,
    ec2_template_create, ec2_version_create, ec2_template_modify, ec2_template_delete;

#endif
