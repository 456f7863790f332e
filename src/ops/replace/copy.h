/*
 * copy: the green node group in the image of the blue one: what a CreateNodegroup has to say so
 * that its nodes are as the old ones were, but for what somebody wishes to be otherwise. And what
 * cannot be copied, as items of the preflight. Pure: what AWS said goes in, the request comes out.
 */
#ifndef TOBAN_OPS_REPLACE_COPY_H
#define TOBAN_OPS_REPLACE_COPY_H

#include "cloud/ec2.h"
#include "cloud/eks.h"
#include "ops/preflight/preflight.h"

#define REPLACE_NAME_MAX 63                /* EKS's limit for names of node groups */
#define REPLACE_TAG_GROUP "toban/replaces" /* tag of green: the name of its blue */

/* What is to be otherwise than it is. Zeroed: nothing but the newest image. */
struct replace_wish {
    const char *name;     /* of green; NULL: made of blue's */
    const char *family;   /* "bottlerocket"; NULL: as blue's */
    const char *ami_type; /* "AL2023_x86_64_NVIDIA", instead of family */
    const char *release;  /* NULL: what `replace_seen` says is the newest */
    const char *version;  /* of Kubernetes; NULL: as blue's */
    const char *capacity_type;
    const char *template_version;               /* "7"; NULL: as blue's */
    struct shape_texts instance_types, subnets; /* empty: as blue's */
    struct shape_int desired;                   /* not set: as blue has now */
};

/* What is known beside the group itself. */
struct replace_seen {
    const char *const *names;    /* of all groups of the cluster, ended by NULL */
    const char *cluster_version; /* "1.31" */
    const char *release;         /* newest, of green's AMI type and version; NULL: not known */
    /* Of the version that green will use; NULL: no launch template, or it could not be read. */
    const struct ec2_template_version *launch_template;
};

/* A name for green: web is followed by web-green, web-green by web-blue and that by web-green,
 * web-3 by web-4. Where that is taken: web-green-2, …. Never longer than REPLACE_NAME_MAX. In a.
 * ERR_CONFLICT: no name is left. */
int replace_name(const char *blue, const char *const *taken, struct arena *a, const char **out,
                 struct err *err);

/* The AMI type and the version of Kubernetes green will have, so that its newest release can be
 * asked for. NULL for CUSTOM, and with err (ERR_USAGE, ERR_NOT_FOUND) when the wish cannot be. */
int replace_ami(const struct eks_nodegroup *blue, const struct replace_wish *wish,
                const char **ami_type, const char **version, struct err *err);

/* Fills *green with what eks_create_nodegroup takes; texts are blue's, the wish's, or in a. Adds to
 * p what of blue is not carried over, or keeps it from being copied (those block). -1 (ERR_USAGE,
 * ERR_CONFLICT, …): the wish cannot be. */
int replace_copy(const struct eks_nodegroup *blue, const struct replace_wish *wish,
                 const struct replace_seen *seen, struct arena *a, struct eks_nodegroup *green,
                 struct preflight *p, struct err *err);

#endif
