/*
 * endpoint: the host names of AWS services. No network.
 */
#ifndef TOBAN_AWS_ENDPOINT_H
#define TOBAN_AWS_ENDPOINT_H

#include "base/str.h"

/* Letters, digits and dashes, as "eu-west-1": fit to go into a host name. */
bool aws_region_valid(const char *region);

/* Appends "SERVICE.REGION.amazonaws.com" or its sibling in the partition of the region, which must
 * be valid. fips: the endpoint with validated cryptography. */
void aws_endpoint_host(const char *service, const char *region, bool fips, struct str *out);

#endif
