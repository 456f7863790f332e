/*
 * evict: the eviction of one pod as the API wants it written, and its answer in the words of
 * world/eviction.h. Also of its stronger brother, the DELETE. Pure: who sends it is elsewhere.
 */
#ifndef TOBAN_OPS_DRAIN_EVICT_H
#define TOBAN_OPS_DRAIN_EVICT_H

#include "base/str.h"
#include "world/eviction.h"

/* "policy/v1" from 1.22 on, else "policy/v1beta1", which 1.25 took away. VERSION_NONE: v1. */
const char *evict_api_version(struct version server);

struct evict_pod {
    const char *ns, *name, *uid;
};

/* Body of POST pods/NAME/eviction: of this very pod only (preconditions.uid). Appended. */
void evict_body(const struct evict_pod *pod, struct version server, bool dry_run, struct str *out);
/* Body of DELETE pods/NAME, with the same precondition. Appended. */
void evict_delete_body(const struct evict_pod *pod, bool dry_run, struct str *out);

/* What came back. */
struct evict_reply {
    int status;        /* HTTP; 0: no answer */
    int retry_after_s; /* header; 0: none */
    struct sv body;
};

/* Fills *out; pdb is the budget of w in namespace ns that the answer names (w may be NULL).
 *   201, 200          OK
 *   404 of the pod    GONE; also 409 when the uid is another pod's
 *   429, 403, 500     by what the body says, see docs/drain.md
 * Messages are cut to what eviction_answer holds, without control characters. */
void evict_read(const struct evict_reply *reply, const struct world *w, const char *ns,
                struct eviction_answer *out);

/* One line for people: "budget cart needs 2 healthy pods and has 2 currently", "webhook …". */
void evict_words(const struct eviction_answer *a, struct str *out);

#endif
