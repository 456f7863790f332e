/* objects: rules about what only a running cluster has - the state of nodes, and of custom resource
 * definitions. Private to rules/live. */
#ifndef TOBAN_RULES_LIVE_OBJECTS_H
#define TOBAN_RULES_LIVE_OBJECTS_H

#include "rules/upgrade/report.h"

/* A Node: its kubelet, runtime and image against the versions to come. */
void objects_node(const struct rules_run *run);

/* A CustomResourceDefinition: versions that objects may still be stored in. */
void objects_crd(const struct rules_run *run);

#endif
