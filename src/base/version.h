/*
 * version: the versions that Kubernetes and its components carry, as numbers that can be compared.
 * "1.21", "v1.21.14-eks-18ef993", "v0.11.0", "1.20+". Pre-release tails are ignored: for life
 * cycles a beta of 1.22 already behaves as 1.22.
 */
#ifndef TOBAN_BASE_VERSION_H
#define TOBAN_BASE_VERSION_H

#include "base/sv.h"

struct version {
    uint16_t major, minor, patch;
    bool set; /* false: "no version", as in "never removed" */
};

#define VERSION_NONE ((struct version){0})

/* Longest text of version_format, with its NUL. */
#define VERSION_TEXT_MAX 24

/* Reads a leading optional "v", MAJOR.MINOR and an optional .PATCH; anything after that must not
 * start with a letter or digit glued to the number. False when that is not what is there. */
bool version_parse(struct sv text, struct version *out);

/* <0, 0, >0. An unset version is later than every set one ("never"). */
int version_cmp(struct version a, struct version b);

static inline bool version_at_least(struct version v, struct version floor)
{
    return version_cmp(v, floor) >= 0;
}

/* "1.22" for Kubernetes minors (with_patch false), "1.22.3" else; "" for an unset one. */
const char *version_format(struct version v, bool with_patch, char buf[static VERSION_TEXT_MAX]);

/* One minor up. */
static inline struct version version_next_minor(struct version v)
{
    return (struct version){v.major, (uint16_t)(v.minor + 1), 0, v.set};
}

#endif
