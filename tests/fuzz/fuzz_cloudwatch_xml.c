/* Any bytes as CloudWatch's answer: no more points than fit, texts that end. */
#include "fuzz.h"

#include "ops/gates/cloudwatch_xml.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct cloudwatch_answer a;
    bool ok = cloudwatch_parse(sv_n((const char *)data, size), &a);
    if (a.values > CLOUDWATCH_POINTS_MAX || a.times > CLOUDWATCH_POINTS_MAX ||
        (ok && a.times != a.values) || !memchr(a.status, 0, sizeof a.status) ||
        !memchr(a.code, 0, sizeof a.code) || !memchr(a.message, 0, sizeof a.message))
        abort();
    return 0;
}
