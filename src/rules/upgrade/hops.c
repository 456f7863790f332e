#include "rules/upgrade/hops.h"

#include "rules/upgrade/tables.h"

/* A way of up to so many steps is written out whole. */
#define HOPS_WRITTEN_MAX 8

struct version hops_newest(void)
{
    struct version newest = VERSION_NONE;
    for (size_t i = 0; i < table_eks_versions_len; i++)
        if (*table_eks_versions[i].released)
            newest = table_eks_versions[i].version;
    return newest;
}

const struct eks_version *hops_eks_version(struct version v)
{
    for (size_t i = 0; i < table_eks_versions_len; i++)
        if (table_eks_versions[i].version.major == v.major &&
            table_eks_versions[i].version.minor == v.minor)
            return &table_eks_versions[i];
    return NULL;
}

unsigned hops_count(struct version from, struct version to)
{
    if (!from.set || !to.set || from.major != to.major || to.minor <= from.minor)
        return 0;
    return (unsigned)(to.minor - from.minor);
}

void hops_format(struct version from, struct version to, struct str *out)
{
    unsigned count = hops_count(from, to);
    char text[VERSION_TEXT_MAX];
    for (unsigned i = 0; count && i <= count; i++) {
        if (count > HOPS_WRITTEN_MAX && i == 3) {
            str_adds(out, " -> ...");
            i = count - 1;
            continue;
        }
        struct version v = {from.major, (uint16_t)(from.minor + i), 0, true};
        str_addf(out, "%s%s", i ? " -> " : "", version_format(v, false, text));
    }
}
