/* sts: which keys are whose, and how long they live. Any pair of keys that nobody here handed out
 * is the user's own. */
#ifndef TOBAN_POCKET_AWS_STS_H
#define TOBAN_POCKET_AWS_STS_H

#include "pocket/aws/service.h"

enum sts_keys {
    STS_GOOD,
    STS_UNKNOWN, /* temporary keys that were handed out by nobody */
    STS_EXPIRED,
};

/* Looks at c->key and sets c->caller. token: the session's; absent: none. */
enum sts_keys sts_look(struct account *a, struct service_call *c, struct sv token);
/* The unique id of who calls, in the arena of the call: "AIDA…" of a user. */
const char *sts_user_id(const struct service_call *c);

#endif
