/* Any bytes as a span of time: within its bounds, the same when written in its smallest unit, and
 * printed within its buffer. */
#include "fuzz.h"

#include "base/duration.h"

#include <stdlib.h>

static void check(bool holds)
{
    if (!holds)
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    int64_t ms = -1, again = -1;
    char text[DURATION_TEXT_MAX], plain[32];
    if (!duration_parse(sv_n((const char *)data, size), &ms)) {
        check(ms == -1);
        return 0;
    }
    check(ms >= 0 && ms <= DURATION_MAX_MS);
    snprintf(plain, sizeof plain, "%lldms", (long long)ms);
    check(duration_parse(sv_of(plain), &again) && again == ms);
    check(strlen(duration_format(ms, text)) < sizeof text - 1);
    check(strlen(duration_clock(ms, text)) < sizeof text - 1);
    return 0;
}
