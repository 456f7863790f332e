/*
 * hops: the way from one Kubernetes version to another, one minor at a time, as EKS goes it, and
 * the versions that EKS has.
 */
#ifndef TOBAN_RULES_UPGRADE_HOPS_H
#define TOBAN_RULES_UPGRADE_HOPS_H

#include "base/str.h"
#include "base/version.h"

struct eks_version {
    struct version version;
    const char *released, *standard_end, *extended_end; /* "YYYY-MM-DD", "" when not known */
};

/* The newest version in the table that EKS had released. */
struct version hops_newest(void);

/* The row of that minor, or NULL. */
const struct eks_version *hops_eks_version(struct version v);

/* Minors to go from `from` to `to`; 0 when either is unset, the majors differ or `to` is not
 * later. */
unsigned hops_count(struct version from, struct version to);

/* "1.21 -> 1.22 -> 1.23"; of a long way the middle as "...". Empty when hops_count is 0. */
void hops_format(struct version from, struct version to, struct str *out);

#endif
