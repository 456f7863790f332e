/* Any bytes as a line of /metrics: what is taken for a use names a version and a resource, and its
 * labels are whole texts. */
#include "fuzz.h"

#include "rules/live/metric.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct sv line = {(const char *)data, size};
    struct metric_use use;
    int64_t start = -1;
    if (metric_parse_use(line, &use) &&
        (!*use.version || !*use.resource || strlen(use.group) >= METRIC_LABEL_MAX ||
         strlen(use.subresource) >= METRIC_LABEL_MAX))
        abort();
    if (metric_parse_start(line, &start) && start < 0)
        abort();
    return 0;
}
