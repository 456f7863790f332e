/* Any bytes as a quantity: units and thousandths of one text agree with each other. */
#include "fuzz.h"

#include "world/quantity.h"

#include <stdlib.h>

static void check(bool holds)
{
    if (!holds)
        abort();
}

/* a / 1000 rounded away from zero. */
static int64_t units(int64_t milli)
{
    return milli / 1000 + (milli % 1000 > 0) - (milli % 1000 < 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const int64_t none = 42;
    int64_t value = none, milli = none;
    struct sv text = sv_n((const char *)data, size);
    enum quantity_state v = quantity_value(text, &value), m = quantity_milli(text, &milli);
    check((v == QUANTITY_BAD) == (m == QUANTITY_BAD));
    if (v == QUANTITY_BAD) {
        check(value == none && milli == none);
        return 0;
    }
    check((v == QUANTITY_NEGATIVE) == (value < 0) && (m == QUANTITY_NEGATIVE) == (milli < 0));
    check(v != QUANTITY_CLAMPED || (value == INT64_MAX && m == QUANTITY_CLAMPED));
    check(m != QUANTITY_CLAMPED || (milli == INT64_MAX && value > INT64_MAX / 1000));
    if (m == QUANTITY_OK || milli > INT64_MIN)
        check(m == QUANTITY_CLAMPED || value == units(milli));
    return 0;
}
