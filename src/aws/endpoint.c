#include "aws/endpoint.h"

#include "base/vec.h"

bool aws_region_valid(const char *region)
{
    size_t n = strspn(region, "abcdefghijklmnopqrstuvwxyz0123456789-");
    return n > 0 && n < 64 && region[n] == '\0';
}

void aws_endpoint_host(const char *service, const char *region, bool fips, struct str *out)
{
    static const struct {
        const char *prefix, *suffix;
    } partitions[] = {
        {"cn-", "amazonaws.com.cn"},    {"us-iso-", "c2s.ic.gov"},
        {"us-isob-", "sc2s.sgov.gov"},  {"us-isof-", "csp.hci.ic.gov"},
        {"eu-isoe-", "cloud.adc-e.uk"}, {"eusc-", "amazonaws.eu"},
    };
    const char *suffix = "amazonaws.com";
    for (size_t i = 0; i < ARRAY_LEN(partitions); i++)
        if (strncmp(region, partitions[i].prefix, strlen(partitions[i].prefix)) == 0)
            suffix = partitions[i].suffix;
    /* The government regions have validated cryptography at their plain names. */
    bool named = fips && strncmp(region, "us-gov-", 7) != 0;
    str_addf(out, "%s%s.%s.%s", service, named ? "-fips" : "", region, suffix);
}
