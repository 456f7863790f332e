/*
 * components: which projects' controllers are installed, and in which version, as told by images,
 * charts, labels and marks in the input or cluster. Custom resources are judged by these versions,
 * and some rules only fire while a component is nowhere to be seen.
 */
#ifndef TOBAN_RULES_UPGRADE_COMPONENTS_H
#define TOBAN_RULES_UPGRADE_COMPONENTS_H

#include "base/sv.h"
#include "base/version.h"

enum component_chart_rule {
    COMPONENT_CHART_NONE, /* its charts do not tell its version */
    COMPONENT_CHART_APP,  /* a chart's appVersion is its version */
};

/* A row of data/components.tsv; word lists are ended by NULL. */
struct component_row {
    const char *name;
    const char *const *images; /* ends of an image's repository, whole path steps */
    const char *const *charts;
    enum component_chart_rule chart_rule;
    const char *const *names; /* values of the label app.kubernetes.io/name */
    bool label;               /* app.kubernetes.io/version is its version */
    const char *mark;         /* annotation or label whose value is its version; or NULL */
};

#define COMPONENTS_MAX 48

struct component_sight {
    bool seen;
    struct version version; /* the newest one seen; unset: seen, but not which version */
};

/* Indexed as the built-in table. Zeroed memory: nothing seen. */
struct components {
    struct component_sight items[COMPONENTS_MAX];
};

/* The row of that name, or NULL. */
const struct component_row *component_find(const char *name);
/* The component whose controller runs this image ("registry/path:tag@digest"), or NULL. *version is
 * read from the tag (unset when it has none that is a version); may be NULL. */
const struct component_row *component_of_image(struct sv image, struct version *version);
/* The component that a Helm chart of that name installs, or NULL. */
const struct component_row *component_of_chart(struct sv chart);
/* The component of that app.kubernetes.io/name, or NULL. */
const struct component_row *component_of_label(struct sv name);

/* It is there, in this version (may be unset). */
void components_see(struct components *c, const struct component_row *row, struct version version);
/* Adds all that `from` saw. */
void components_join(struct components *into, const struct components *from);
/* What is known; NULL when that component was not seen. */
const struct component_sight *components_sight(const struct components *c, const char *name);

#endif
