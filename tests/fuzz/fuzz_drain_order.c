/* Any bytes as the order of a drain: refused with a word, or taken and then the same when written
 * and read again. */
#include "fuzz.h"

#include "ops/drain/drain.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    _cleanup_arena_ struct arena a = {0};
    _cleanup_str_ struct str first = {0}, second = {0};
    struct drain_order o, back;
    struct err err = {0};
    if (drain_order_parse(sv_n((const char *)data, size), &a, &o, &err) < 0) {
        if (!*err.msg)
            abort();
        return 0;
    }
    drain_order_format(&o, &first);
    if (drain_order_parse(str_sv(&first), &a, &back, &err) < 0)
        abort();
    drain_order_format(&back, &second);
    if (!sv_eq(str_sv(&first), str_sv(&second)))
        abort();
    return 0;
}
