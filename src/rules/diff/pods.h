/*
 * pods: where kinds keep their pod template and their selectors, and whether a selector matches.
 */
#ifndef TOBAN_RULES_DIFF_PODS_H
#define TOBAN_RULES_DIFF_PODS_H

#include "doc/object.h"

/* The pod template of a workload (Deployment, StatefulSet, DaemonSet, ReplicaSet, Job, CronJob,
 * ReplicationController, PodTemplate), or the Pod itself; NULL for other kinds. */
const struct doc_node *pods_template(const struct object *o);

/* metadata.labels of a pod template; NULL when there are none. */
const struct doc_node *pods_labels(const struct object *o);

/* How an object selects pods. */
struct pods_selector {
    const struct doc_node *node; /* NULL: it does not select */
    const char *path;            /* "spec.selector" */
    bool plain;                  /* a bare map of labels (Service, ReplicationController) */
};
struct pods_selector pods_selector_of(const struct object *o);

/* True when the selector is not empty and matches these labels (NULL labels: no labels).
 * matchExpressions In, NotIn, Exists, DoesNotExist are followed. */
bool pods_selector_matches(struct pods_selector s, const struct doc_node *labels);

#endif
