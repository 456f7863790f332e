/*
 * choice: which collections a live check reads, and through which version of each. Decides only;
 * private to ops/live.
 */
#ifndef TOBAN_OPS_LIVE_CHOICE_H
#define TOBAN_OPS_LIVE_CHOICE_H

#include "kube/discovery.h"
#include "kube/list.h"
#include "rules/live/live.h"

struct choice_item {
    const struct kube_resource *resource; /* in the version to read it in */
    enum live_shape shape;
};

struct choice {
    VEC(struct choice_item) items;                     /* to read, in the server's order */
    VEC(const struct kube_resource *) only_deprecated; /* served in deprecated versions alone */
};

/*
 * Each stored resource that can be listed once, in its most stable version that the server (of
 * version `server`) does not call deprecated. Where there is none, it goes to only_deprecated, and
 * with include_deprecated also to items. What says nothing about clients (events, secrets,
 * metrics) is left out.
 */
void choice_make(struct choice *p, const struct kube_discovery *d,
                 const struct lifecycle *lifecycle, struct version server, bool include_deprecated);
void choice_release(struct choice *p);

/* True for extensions/ingresses and the like: another group that can be listed serves the same
 * objects. */
bool choice_is_seen_elsewhere(const struct kube_discovery *d, const struct lifecycle *lifecycle,
                              const struct kube_resource *r);

#endif
