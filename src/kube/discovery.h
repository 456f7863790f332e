/*
 * discovery: what the API server serves: groups, versions, resources, and which version of each
 * group it prefers. Asked once per client and kept.
 */
#ifndef TOBAN_KUBE_DISCOVERY_H
#define TOBAN_KUBE_DISCOVERY_H

#include "kube/client.h"

enum kube_verb {
    KUBE_VERB_GET = 1 << 0,
    KUBE_VERB_LIST = 1 << 1,
    KUBE_VERB_WATCH = 1 << 2,
    KUBE_VERB_CREATE = 1 << 3,
    KUBE_VERB_UPDATE = 1 << 4,
    KUBE_VERB_PATCH = 1 << 5,
    KUBE_VERB_DELETE = 1 << 6,
    KUBE_VERB_DELETECOLLECTION = 1 << 7,
};

/* One resource in one version. Texts live as long as the client. */
struct kube_resource {
    const char *group;    /* "" for core */
    const char *version;  /* "v1" */
    const char *resource; /* plural */
    const char *kind;
    unsigned verbs; /* enum kube_verb */
    bool namespaced;
    bool preferred; /* version is the one the server prefers among those of the group that have
                       this resource */
};

/* A group that did not answer (its aggregated server is down): the rest is complete. */
struct kube_discovery_gap {
    const char *group_version;
    const char *reason;
};

struct kube_discovery {
    const struct kube_resource *resources; /* without subresources; in the server's order */
    size_t resource_count;
    const struct kube_discovery_gap *gaps;
    size_t gap_count;
};

/* Asks once (aggregated discovery where the server has it), then answers from memory.
 * *out belongs to the client. */
int kube_discover(struct kube_client *c, const struct kube_discovery **out, struct err *err);

/* NULL when it is not served. version may be NULL: the preferred one. */
const struct kube_resource *kube_discovery_find(const struct kube_discovery *d, const char *group,
                                                const char *version, const char *resource);
/* As above by kind. */
const struct kube_resource *kube_discovery_find_kind(const struct kube_discovery *d,
                                                     const char *group, const char *version,
                                                     const char *kind);

#endif
