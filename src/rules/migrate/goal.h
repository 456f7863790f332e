/*
 * goal: to which version an API goes on the way to the target release. Inner to rules/migrate.
 */
#ifndef TOBAN_RULES_MIGRATE_GOAL_H
#define TOBAN_RULES_MIGRATE_GOAL_H

#include "rules/migrate/migrate.h"

enum goal_word {
    GOAL_STAY,    /* served at the target; nothing to do */
    GOAL_GO,      /* to `to` */
    GOAL_NOT_YET, /* `to` is not served before the upgrade */
    GOAL_NOWHERE, /* gone at the target, and no successor there */
};

struct goal {
    enum goal_word word;
    const struct lifecycle_row *row, *to;
    struct version not_before, again_before;
};

struct goal goal_of(const struct migrate_options *o, const struct lifecycle_row *row);

/* Are the row's versions those of Kubernetes? */
bool goal_in_kubernetes(const struct lifecycle_row *row);

/* "apps/v1", or "v1" for the core group. */
const char *goal_api_version(const struct lifecycle_row *row, char *buf, size_t size);

#endif
