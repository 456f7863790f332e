/*
 * gvk: what the life cycle of an object's API version means on the way to a target version.
 * Private to rules/upgrade; rules.h is the front.
 */
#ifndef TOBAN_RULES_UPGRADE_GVK_H
#define TOBAN_RULES_UPGRADE_GVK_H

#include "rules/upgrade/report.h"

/* Findings about the run's apiVersion; custom resources become pending. */
void gvk_judge(const struct rules_run *run);

/* Decides a pending custom resource by what is known of its component (may be NULL) and adds the
 * finding, if there is one. */
void gvk_settle(struct rules_result *r, const struct lifecycle *lifecycle,
                const struct rules_pending *p, const struct component_sight *sight);

#endif
