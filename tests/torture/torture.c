#include "torture.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#define TRIES_MAX 100000

static unsigned torture_mode(torture_work *work, enum alloc_mode mode)
{
    for (unsigned n = 1; n < TRIES_MAX; n++) {
        struct err err = {0};
        alloc_arm(mode, n);
        int got = work(&err);
        bool refused = alloc_disarm();
        if (!refused) {
            if (got != 0)
                fail_msg("failed with all the memory it wanted: %s", err.msg);
            return n - 1;
        }
        if (got != 0 && err.msg[0] == '\0')
            fail_msg("allocation %u failed and no message says so", n);
    }
    fail_msg("no end after %u allocations", TRIES_MAX);
    return 0;
}

unsigned torture(torture_work *work)
{
    unsigned once = torture_mode(work, ALLOC_FAIL_ONCE);
    unsigned after = torture_mode(work, ALLOC_FAIL_AFTER);
    return once < after ? once : after;
}
