/*
 * ami: EKS's AMI types: which operating system, which machines. Tables only; what is the newest
 * release of one is asked of AWS (cloud/ssm.h). Source: the EKS API's enum AMITypes.
 */
#ifndef TOBAN_OPS_REPLACE_AMI_H
#define TOBAN_OPS_REPLACE_AMI_H

#include "base/err.h"
#include "base/version.h"

enum ami_family { AMI_AL2, AMI_AL2023, AMI_BOTTLEROCKET, AMI_WINDOWS, AMI_CUSTOM };
extern const char *const ami_family_names[]; /* "AL2", "AL2023", "Bottlerocket", … */

struct ami_type {
    const char *name; /* "AL2023_x86_64_STANDARD" */
    enum ami_family family;
    const char *arch;    /* "amd64", "arm64"; NULL: CUSTOM, it is the image's */
    const char *flavour; /* "", "nvidia", "neuron", "fips", "nvidia-fips" */
};

/* NULL when it is none that is known. */
const struct ami_type *ami_find(const char *name);

/* The type of another family for the same machines: "bottlerocket" for AL2_ARM_64 is
 * BOTTLEROCKET_ARM_64. family: "al2", "al2023", "bottlerocket", case does not matter. ERR_USAGE: no
 * such family; ERR_NOT_FOUND: it has none for these machines (Neuron on Bottlerocket). */
const struct ami_type *ami_of_family(const struct ami_type *from, const char *family,
                                     struct err *err);

/* Does AWS make this type for that version of Kubernetes? AL2 ends with 1.32. */
bool ami_is_made_for(const struct ami_type *t, struct version kubernetes);

#endif
