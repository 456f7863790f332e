/* ec2_shapes: the tables of cloud/ec2.h's structs, as answers hold them. Within cloud/, and for
 * those who answer. */
#ifndef TOBAN_CLOUD_EC2_SHAPES_H
#define TOBAN_CLOUD_EC2_SHAPES_H

#include "cloud/shape.h"

extern const struct shape ec2_shape_instances, ec2_shape_subnets, ec2_shape_volumes,
    ec2_shape_templates, ec2_shape_template_versions, ec2_shape_template_version,
    ec2_shape_instance_types, ec2_shape_offerings;

/* One item of each. */
extern const struct shape ec2_shape_tag, ec2_shape_instance_type;

/* A template's data in requests, where some of it has other names than in answers. */
extern const struct shape ec2_shape_template_ask;

/* Named alike in requests and answers. */
extern const struct shape ec2_shape_template_device;

/* A member whose element has a name of its own. */
#define SHAPE_WIRED(type, kind_, name_, wire_, member)                                             \
    {                                                                                              \
        .name = name_, .wire = wire_, .kind = kind_, .offset = offsetof(type, member)              \
    }
#define SHAPE_WIRED_OF(type, kind_, name_, wire_, member, shape_)                                  \
    {                                                                                              \
        .name = name_, .wire = wire_, .kind = kind_, .offset = offsetof(type, member),             \
        .of = shape_                                                                               \
    }
/* A structure of the answer whose members go into the same struct. */
#define SHAPE_INNER(name_, wire_, shape_)                                                          \
    {                                                                                              \
        .name = name_, .wire = wire_, .kind = SHAPE_STRUCT, .offset = 0, .of = shape_              \
    }

#endif
