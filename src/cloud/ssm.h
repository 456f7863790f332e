/*
 * ssm: parameters of Systems Manager, of which the public ones tell the releases of EKS's machine
 * images. The contract of the calls is that of cloud/eks.h.
 */
#ifndef TOBAN_CLOUD_SSM_H
#define TOBAN_CLOUD_SSM_H

#include "aws/client.h"
#include "cloud/shape.h"

struct ssm_parameter {
    const char *name, *type, *value; /* value of a SecureString: decrypted */
    struct shape_int version;
    int64_t modified;
};
int ssm_get_parameter(struct aws_client *c, const char *name, struct arena *arena,
                      struct ssm_parameter *out, struct err *err);

/* Appends the name of the public parameter that holds the newest release of an AMI type
 * ("AL2023_x86_64_STANDARD") for a Kubernetes version ("1.31"). False when there is none: custom
 * images, and Windows, whose releases no parameter tells. Source: the EKS user guide ("Retrieve
 * recommended … AMI IDs") and that of Bottlerocket. No network. */
bool ssm_release_parameter(const char *ami_type, const char *version, struct str *out);

/* The newest release of an AMI type, as a node group's releaseVersion has it:
 * "1.31.2-20241121", for Bottlerocket "1.26.2-360b7a38". ERR_NOT_FOUND when EKS has no such image
 * for that version, ERR_INPUT when no parameter tells it. *out lives in the arena. */
int ssm_newest_release(struct aws_client *c, const char *ami_type, const char *version,
                       struct arena *arena, const char **out, struct err *err);

#endif
