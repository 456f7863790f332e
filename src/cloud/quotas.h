/*
 * quotas: what the account may have of something, as Service Quotas tells. The contract of the call
 * is that of cloud/eks.h.
 */
#ifndef TOBAN_CLOUD_QUOTAS_H
#define TOBAN_CLOUD_QUOTAS_H

#include "aws/client.h"
#include "cloud/shape.h"

/* vCPUs of running on-demand and of requested spot instances of the families A, C, D, H, I, M, R,
 * T, Z; node groups of a cluster, nodes of a group. Source: the quota tables of EC2 and EKS. */
#define QUOTA_EC2 "ec2"
#define QUOTA_EC2_STANDARD_VCPUS "L-1216C47A"
#define QUOTA_EC2_STANDARD_SPOT_VCPUS "L-34B43A08"
#define QUOTA_EKS "eks"
#define QUOTA_EKS_GROUPS_PER_CLUSTER "L-6D54EA21"
#define QUOTA_EKS_NODES_PER_GROUP "L-BD136A63"

struct quota {
    const char *service, *code, *name;
    struct shape_number value;
    enum shape_flag adjustable;
};

/* The quota that applies to the account; where AWS holds none for it, AWS's default. ERR_NOT_FOUND
 * when there is no such quota. */
int quotas_get(struct aws_client *c, const char *service, const char *code, struct arena *arena,
               struct quota *out, struct err *err);

#endif
