/*
 * endpoint: the host names of AWS services. No network.
 */
#ifndef TOBAN_AWS_ENDPOINT_H
#define TOBAN_AWS_ENDPOINT_H

#include "base/str.h"

enum aws_endpoint_kind {
    AWS_ENDPOINT_PLAIN = 0,
    AWS_ENDPOINT_FIPS = 1, /* with validated cryptography */
    AWS_ENDPOINT_DUAL = 2, /* reachable over IPv6 too; may be combined with FIPS */
};

/* Letters, digits and dashes, as "eu-west-1": fit to go into a host name. */
bool aws_region_valid(const char *region);

/* Appends "SERVICE.REGION.amazonaws.com" or its sibling in the partition of the region, which must
 * be valid. kind: of aws_endpoint_kind, ored. Source: the endpoint rules that botocore ships. */
void aws_endpoint_host(const char *service, const char *region, unsigned kind, struct str *out);

#endif
