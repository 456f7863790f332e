#include "aws/partition.h"

#include "base/cleanup.h"
#include "base/vec.h"

/* The first is that of all regions that begin like no other's. */
static const struct aws_partition partitions[] = {
    {"aws", "", "amazonaws.com", "api.aws", "us-east-1"},
    {"aws-cn", "cn-", "amazonaws.com.cn", "api.amazonwebservices.com.cn", "cn-northwest-1"},
    {"aws-us-gov", "us-gov-", "amazonaws.com", "api.aws", "us-gov-west-1"},
    {"aws-iso", "us-iso-", "c2s.ic.gov", "api.aws.ic.gov", "us-iso-east-1"},
    {"aws-iso-b", "us-isob-", "sc2s.sgov.gov", "api.aws.scloud", "us-isob-east-1"},
    {"aws-iso-e", "eu-isoe-", "cloud.adc-e.uk", "api.cloud-aws.adc-e.uk", "eu-isoe-west-1"},
    {"aws-iso-f", "us-isof-", "csp.hci.ic.gov", "api.aws.hci.ic.gov", "us-isof-south-1"},
    {"aws-eusc", "eusc-", "amazonaws.eu", "api.amazonwebservices.eu", "eusc-de-east-1"},
};

const struct aws_partition *aws_partition_of(const char *region)
{
    for (size_t i = 1; i < ARRAY_LEN(partitions); i++)
        if (sv_starts(sv_of(region), partitions[i].region_prefix))
            return &partitions[i];
    return &partitions[0];
}

const struct aws_partition *aws_partition_by_id(struct sv id)
{
    for (size_t i = 0; i < ARRAY_LEN(partitions); i++)
        if (sv_is(id, partitions[i].id))
            return &partitions[i];
    return NULL;
}

static bool account_valid(struct sv account)
{
    uint64_t number;
    return account.len == 0 || sv_is(account, "aws") ||
           (account.len == 12 && sv_to_u64(account, &number));
}

bool aws_arn_parse(struct sv text, struct aws_arn *out)
{
    struct sv rest = text;
    struct sv word = sv_split(&rest, ':');
    struct aws_arn arn = {0};
    arn.partition = sv_split(&rest, ':');
    arn.service = sv_split(&rest, ':');
    arn.region = sv_split(&rest, ':');
    arn.account = sv_split(&rest, ':');
    arn.resource = rest;
    if (!sv_is(word, "arn") || !arn.service.len || !arn.resource.len ||
        !aws_partition_by_id(arn.partition) || !account_valid(arn.account))
        return false;
    *out = arn;
    return true;
}

void aws_arn_format(struct str *out, const char *service, const char *region, const char *account,
                    const char *resource)
{
    str_addf(out, "arn:%s:%s:%s:%s:%s", aws_partition_of(region)->id, service, region, account,
             resource);
}

struct sv aws_arn_name(const struct aws_arn *arn)
{
    struct sv rest = arn->resource, last = rest;
    while (rest.ptr)
        last = sv_split(&rest, '/');
    while (last.ptr && memchr(last.ptr, ':', last.len))
        sv_split(&last, ':');
    return last;
}
