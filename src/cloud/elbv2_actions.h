/* elbv2_actions: the tables of a listener's or rule's actions, which are read and sent alike.
 * Within cloud/ only. */
#ifndef TOBAN_CLOUD_ELBV2_ACTIONS_H
#define TOBAN_CLOUD_ELBV2_ACTIONS_H

#include "cloud/shape.h"

extern const struct shape elbv2_shape_action;

#endif
