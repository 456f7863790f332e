/* copy_internal: shared by the files that make a copy; not for others. */
#ifndef TOBAN_OPS_REPLACE_COPY_INTERNAL_H
#define TOBAN_OPS_REPLACE_COPY_INTERNAL_H

#include "ops/replace/copy.h"

struct copying {
    const struct eks_nodegroup *blue, *green; /* green: when it is complete */
    const struct replace_wish *wish;
    const struct replace_seen *seen;
    struct arena *arena;
    struct preflight *preflight;
    const char *ami_type, *version;
};

/* ---- name.c ---- */
/* A name that somebody chose. ERR_USAGE: EKS would not take it; ERR_CONFLICT: it is taken. */
int replace_check_name(const char *name, const char *const *taken, struct err *err);

/* ---- copy_tell.c: what is lost, and what cannot be ---- */
void copy_tell(struct copying *c);

#endif
