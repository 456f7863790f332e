/*
 * discovery: what a client reads first: /api, /apis, the resource lists of groups, the aggregated
 * form of both, /version. Which resources there are comes from the registry of kinds.
 */
#ifndef TOBAN_POCKET_SHOW_DISCOVERY_H
#define TOBAN_POCKET_SHOW_DISCOVERY_H

#include "pocket/value.h"

struct discovery_resource {
    const char *group, *version, *kind; /* of the resource; the group of core is "" */
    const char *plural;                 /* "pods", or a subresource "pods/eviction" */
    const char *singular;               /* may be "" or NULL */
    bool namespaced;
    const char *verbs;       /* parted by spaces, in any order: "get list watch" */
    const char *short_names; /* parted by spaces; NULL for none */
    const char *categories;  /* parted by spaces; NULL for none */
    /* Of a subresource that speaks another kind (Eviction of policy/v1); NULL: as the list's. */
    const char *kind_group, *kind_version;
};

struct discovery {
    const struct discovery_resource *resources; /* any order; groups keep their first appearance */
    size_t count;
};

/* /api */
struct doc_node *discovery_core_versions(struct arena *a, struct sv server_address);
/* /apis */
struct doc_node *discovery_groups(struct arena *a, const struct discovery *d);
/* /apis/GROUP; NULL when there is none. */
struct doc_node *discovery_group(struct arena *a, const struct discovery *d, struct sv group);
/* /api/v1 (group "") and /apis/GROUP/VERSION; NULL when there is none. */
struct doc_node *discovery_resources(struct arena *a, const struct discovery *d, struct sv group,
                                     struct sv version);
/* Aggregated discovery of /api (core) or /apis: APIGroupDiscoveryList, apidiscovery.k8s.io/VERSION.
 */
struct doc_node *discovery_aggregated(struct arena *a, const struct discovery *d, bool core,
                                      struct sv version);
/* The version of apidiscovery.k8s.io that an Accept header takes and Kubernetes 1.MINOR has ("v2",
 * "v2beta1"); absent: none. */
struct sv discovery_aggregated_wanted(struct sv accept, unsigned minor);
/* /version of Kubernetes MAJOR.MINOR ("1.31") as EKS says it. */
struct doc_node *discovery_version(struct arena *a, struct sv minor_version);
/* / and other paths of the index: {"paths": […]}. */
struct doc_node *discovery_paths(struct arena *a, const struct discovery *d);

#endif
