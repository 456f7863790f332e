/* Any bytes as CloudWatch's answer: no more points than fit, texts that end. */
#include "fuzz.h"

#include "ops/gates/cloudwatch_xml.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct cloudwatch_answer a;
    _cleanup_aws_xml_ struct aws_xml x = {0};
    aws_xml_parse(&x, sv_n((const char *)data, size), NULL);
    bool ok = cloudwatch_read(x.root, &a);
    if (a.values > CLOUDWATCH_POINTS_MAX || a.times > CLOUDWATCH_POINTS_MAX ||
        (ok && a.times != a.values) || !memchr(a.status, 0, sizeof a.status))
        abort();
    return 0;
}
