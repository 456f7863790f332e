/* elbv2_shapes: the tables of cloud/elbv2.h's structs, one item of each. Within cloud/, and for
 * those who answer. */
#ifndef TOBAN_CLOUD_ELBV2_SHAPES_H
#define TOBAN_CLOUD_ELBV2_SHAPES_H

#include "cloud/shape.h"

extern const struct shape elbv2_shape_target, elbv2_shape_attribute, elbv2_shape_listener;

#endif
