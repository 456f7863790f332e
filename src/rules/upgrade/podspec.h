/*
 * podspec: finds the pod specs inside an object, wherever its kind keeps them - Pods, workloads of
 * every group, and custom resources with a pod template inside. Private to rules/upgrade.
 */
#ifndef TOBAN_RULES_UPGRADE_PODSPEC_H
#define TOBAN_RULES_UPGRADE_PODSPEC_H

#include "rules/upgrade/report.h"

struct podspec {
    const struct doc_node *spec;     /* never NULL */
    const struct doc_node *metadata; /* of the pod or template; may be NULL */
};

typedef void podspec_visit(const struct rules_run *run, const struct podspec *pod);

/* Calls visit for each pod spec of the run's object, in order. A map counts as pod spec where a
 * built-in kind has one, and anywhere else when it has a sequence `containers` of maps with names.
 */
void podspec_each(const struct rules_run *run, podspec_visit *visit);

/* Calls visit for each container of the pod (init and ephemeral ones too). */
void podspec_each_container(const struct rules_run *run, const struct podspec *pod,
                            void (*visit)(const struct rules_run *run, const struct podspec *pod,
                                          const struct doc_node *container));

#endif
