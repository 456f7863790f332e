#include "aws/endpoint.h"

#include "aws/partition.h"

bool aws_region_valid(const char *region)
{
    size_t n = strspn(region, "abcdefghijklmnopqrstuvwxyz0123456789-");
    return n > 0 && n < 64 && region[n] == '\0';
}

/* The government regions have validated cryptography at their plain names, but not at those that
 * answer over IPv6 too. */
static bool says_fips(const char *service, const struct aws_partition *partition, unsigned kind)
{
    bool gov = strcmp(partition->id, "aws-us-gov") == 0;
    return (kind & AWS_ENDPOINT_FIPS) &&
           !(gov && (!(kind & AWS_ENDPOINT_DUAL) || strcmp(service, "monitoring") == 0));
}

void aws_endpoint_host(const char *service, const char *region, unsigned kind, struct str *out)
{
    const struct aws_partition *partition = aws_partition_of(region);
    bool fips = says_fips(service, partition, kind);
    bool dual = kind & AWS_ENDPOINT_DUAL;
    if (fips && !dual && strcmp(service, "eks") == 0 && strcmp(partition->id, "aws") == 0)
        str_addf(out, "fips.eks.%s.%s", region, partition->suffix);
    else
        str_addf(out, "%s%s.%s.%s", service, fips ? "-fips" : "", region,
                 dual ? partition->dual_suffix : partition->suffix);
}
