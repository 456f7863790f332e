/*
 * images: which releases of machine images the pocket's EKS knows: their names in SSM, their ids,
 * and what kubelet is in them. Pure tables.
 */
#ifndef TOBAN_POCKET_AWS_IMAGES_H
#define TOBAN_POCKET_AWS_IMAGES_H

#include "pocket/aws/account.h"

/* Versions of Kubernetes that EKS has, ascending, ended by NULL: "1.21". */
extern const char *const images_versions[];
/* The place of a version among them, -1: EKS does not have it. */
int images_version_place(const char *version);

/* The newest patch of a version: "1.31.13"; NULL. */
const char *images_patch(const char *version);

/* Is there a release of this type ("AL2_x86_64") for this version? Custom images are in none. */
bool images_offered(const char *ami_type, const char *version);
bool images_known_type(const char *ami_type);
/* "x86_64", "arm64", NULL: it is no type that EKS has. */
const char *images_arch(const char *ami_type);

/* The newest release, and the one before it: "1.31.13-20251103". NULL when there is none. */
const char *images_release(const char *ami_type, const char *version, bool newest,
                           struct arena *arena);
/* Of which version is it? True when this type and version has (or had) such a release. */
bool images_release_fits(const char *ami_type, const char *version, const char *release);

/* The id of the image that a group's machines get. Its own when spec is NULL. */
const char *images_id(struct account *a, const struct eks_nodegroup *spec);
/* Of one release, in the arena. */
const char *images_id_of(const char *region, const char *ami_type, const char *release,
                         struct arena *arena);
/* "v1.31.13-eks-3c4d5e6", by the release of the group. */
const char *images_kubelet(const struct eks_nodegroup *spec, struct arena *arena);

/* The value of an SSM parameter of EKS or Bottlerocket; NULL when there is none of that name. */
const char *images_parameter(const char *region, const char *name, struct arena *arena);

#endif
