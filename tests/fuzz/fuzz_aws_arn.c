/* Any bytes as an ARN: its parts lie in the text, in order, and make it up again. */
#include "fuzz.h"

#include "aws/partition.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct sv text = sv_n((const char *)data, size);
    struct aws_arn a;
    if (!aws_arn_parse(text, &a))
        return 0;
    _cleanup_str_ struct str again = {0};
    str_adds(&again, "arn:");
    const struct sv parts[] = {a.partition, a.service, a.region, a.account, a.resource};
    for (size_t i = 0; i < 5; i++) {
        str_addv(&again, parts[i]);
        if (i < 4)
            str_addc(&again, ':');
    }
    struct sv name = aws_arn_name(&a);
    if (!sv_eq(str_sv(&again), text) || name.len > a.resource.len)
        abort();
    return 0;
}
