/*
 * partition: the separate clouds of AWS (commercial, China, GovCloud, isolated, European) and the
 * ARNs that name them. Pure. Source: partitions.json as botocore ships it.
 */
#ifndef TOBAN_AWS_PARTITION_H
#define TOBAN_AWS_PARTITION_H

#include "base/str.h"

struct aws_partition {
    const char *id;            /* "aws-cn": the second part of an ARN */
    const char *region_prefix; /* "cn-"; "" for that of all other regions */
    const char *suffix;        /* of host names: "amazonaws.com.cn" */
    const char *dual_suffix;   /* of those that answer over IPv6 too */
    const char *home_region;   /* where services without regions are */
};

/* That of a region; "aws" for one that belongs to no other. Never NULL. */
const struct aws_partition *aws_partition_of(const char *region);
/* By the id; NULL: there is none. */
const struct aws_partition *aws_partition_by_id(struct sv id);

/* arn:PARTITION:SERVICE:REGION:ACCOUNT:RESOURCE, views into the text. region and account may be
 * empty; resource has the rest with its colons. */
struct aws_arn {
    struct sv partition, service, region, account, resource;
};

/* False when it is none: another first part, an empty partition, service or resource, an unknown
 * partition, an account that is neither twelve digits nor "aws". */
bool aws_arn_parse(struct sv text, struct aws_arn *out);

/* Appends the ARN of a resource in a region; the partition is the region's. account may be "" where
 * the service has it so. */
void aws_arn_format(struct str *out, const char *service, const char *region, const char *account,
                    const char *resource);

/* The last part of a resource: "blue" of "nodegroup/shop/blue/…" is not known here, "x" of
 * "role/path/x" is. */
struct sv aws_arn_name(const struct aws_arn *arn);

#endif
