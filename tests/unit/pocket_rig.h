/*
 * pocket_rig: the pocket's API, asked in the process as its front does, for tests of its answers.
 */
#ifndef TOBAN_TESTS_POCKET_RIG_H
#define TOBAN_TESTS_POCKET_RIG_H

#include "pocket/api.h"

#define RIG_LOGIN "Bearer admin"
#define RIG_TIME 1800000000000 /* 2027-01-15T08:00:00Z */

/* An API of this Kubernetes version at RIG_TIME. */
struct pocket_api *rig_start(const char *version);

struct rig_ask {
    const char *method, *target;              /* the path with its query */
    const char *accept, *type, *body, *login; /* NULL: JSON, JSON, none, RIG_LOGIN */
};
/* Asks; the whole body is in *out (also of a list in pages; of a watch what it says at once).
 * Returns the status. */
int rig_ask(struct pocket_api *api, const struct rig_ask *ask, struct str *out);
/* As above; the rest of the answer is *answer's, to be released by the caller. */
int rig_answer(struct pocket_api *api, const struct rig_ask *ask, struct pocket_answer *answer,
               struct str *out);
/* GET of a target. */
int rig_get(struct pocket_api *api, const char *target, struct str *out);
/* POST of JSON. */
int rig_post(struct pocket_api *api, const char *target, const char *body, struct str *out);

/* Fails the test unless the text is in it (is not). */
void rig_has(struct str *out, const char *text);
void rig_lacks(struct str *out, const char *text);

#endif
