/*
 * lifecycle: when each version of each API came, was deprecated and went, and what to use instead.
 *
 * The rows come from data/api-lifecycle.tsv, sorted and compiled in; users may add rows of their
 * own APIs from a table of the same columns. Versions of a row are those of its component:
 * Kubernetes for most, else the project that brings the CRD. Pure data and look-ups; what follows
 * from a row for an object is gvk.h.
 */
#ifndef TOBAN_RULES_UPGRADE_LIFECYCLE_H
#define TOBAN_RULES_UPGRADE_LIFECYCLE_H

#include "base/arena.h"
#include "base/err.h"
#include "base/sv.h"
#include "base/version.h"

struct lifecycle_row {
    const char *group; /* "" for the core group */
    const char *version, *kind;
    struct version introduced, deprecated; /* unset: always there; never deprecated */
    struct version removed;                /* first release without it; unset: none known */
    const char *replacement_group, *replacement_version, *replacement_kind; /* NULL: none */
    const char *resource; /* plural name; NULL: never a stored object */
    bool namespaced;
    const char *component; /* NULL: the versions are those of Kubernetes itself */
    const char *source;    /* where the row comes from */
    const char *basis;     /* what the removal rests on ("tag", "planned-tag", …); "" for none */
};

struct lifecycle {
    const struct lifecycle_row *rows; /* sorted by group, kind, version */
    size_t len;
    const char *date;   /* of the built-in data, "YYYY-MM-DD" */
    struct arena arena; /* of what lifecycle_load added */
};

/* The built-in rows. Takes no memory; release is needed only after lifecycle_load. */
void lifecycle_init(struct lifecycle *l);
void lifecycle_release(struct lifecycle *l);

/* Adds the rows of a table: tab-separated, first line the column names of data/api-lifecycle.tsv
 * (any order; group, version and kind required, the rest may be left out), `#` starts a comment
 * line. A row with the group, version and kind of an existing one replaces it. -1 with ERR_INPUT
 * "name:line: …" on the first wrong line; *l is then as before. */
int lifecycle_load(struct lifecycle *l, const char *name, struct sv table, struct err *err);

/* The row, or NULL when this version is not known. */
const struct lifecycle_row *lifecycle_find(const struct lifecycle *l, struct sv group,
                                           struct sv version, struct sv kind);

/* True when release v serves the row. An unset v means "the newest there is". */
bool lifecycle_served(const struct lifecycle_row *row, struct version v);

/* "group/version" and "group/version/Kind" of every stored kind of Kubernetes that release v
 * serves, as Helm's .Capabilities.APIVersions has them; ended by NULL, in the arena. NULL without
 * memory. */
const char *const *lifecycle_served_names(const struct lifecycle *l, struct version v,
                                          struct arena *arena);

/* Order of Kubernetes API versions: v2 > v1 > v1beta2 > v1beta1 > v1alpha1. <0, 0, >0. */
int lifecycle_version_cmp(struct sv a, struct sv b);

#define LIFECYCLE_STEPS_MAX 4

struct lifecycle_step {
    const struct lifecycle_row *row; /* go to this version … */
    struct version not_before;       /* … served from this release on (unset: always) … */
    struct version before;           /* … before the release that drops the version left behind;
                                        unset when that one is not dropped */
};

struct lifecycle_path {
    struct lifecycle_step steps[LIFECYCLE_STEPS_MAX];
    unsigned count; /* 0: no successor */
    bool complete;  /* the last step's version is served at the target */
};

/* How objects of `row` get to a version that is served at release `to`: in one step to the most
 * stable version served both at `from` and at `to` when there is one, else step by step through
 * versions that overlap (flowcontrol v1beta2 by v1beta3 to v1). `from` unset: not known; `to`
 * unset: the newest there is. Both are releases of the row's component. */
void lifecycle_path_find(const struct lifecycle *l, const struct lifecycle_row *row,
                         struct version from, struct version to, struct lifecycle_path *out);

/* The first step of that path, or NULL: the version to write now. */
const struct lifecycle_row *lifecycle_successor(const struct lifecycle *l,
                                                const struct lifecycle_row *row,
                                                struct version from, struct version to);

/* The data is called old beyond this many days. */
#define LIFECYCLE_OLD_DAYS 120

#endif
