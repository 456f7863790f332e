/*
 * image: what a kubelet says of the machine it runs on (status.nodeInfo), by the family and the
 * release of its image. Pure tables; which releases there are is the AWS side's business.
 *
 * Source: release notes of awslabs/amazon-eks-ami and bottlerocket-os/bottlerocket, and what
 * `kubectl get nodes -o wide` shows of such nodes.
 */
#ifndef TOBAN_POCKET_LIFE_IMAGE_H
#define TOBAN_POCKET_LIFE_IMAGE_H

#include "base/sv.h"

struct image_system {
    char os[80], kernel[64], runtime[48]; /* "Amazon Linux 2", "5.10…", "containerd://1.7.27" */
};

/* ami_type: "AL2_x86_64", "BOTTLEROCKET_ARM_64"; one that is unknown or absent counts as AL2023.
 * release: "1.31.13-20251103", "1.49.0-713f44ce"; absent: the newest. kubelet: "v1.31.13-eks-…".
 * arch: "arm64", else amd64. */
void image_system_of(struct sv ami_type, struct sv release, struct sv kubelet, const char *arch,
                     struct image_system *out);

#endif
