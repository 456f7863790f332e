/* Any bytes as the body of a message: there is always a notice, it is named, and one that is about
 * machines names them. */
#include "fuzz.h"

#include "ops/notices/notices.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    _cleanup_arena_ struct arena arena = {0};
    _cleanup_notices_ struct notices rows = {0};
    struct notice n;
    notice_parse(sv_n((const char *)data, size), &arena, &n);
    bool named = n.kind < NOTICE_OTHER;
    if (!n.title || !*n.title || named != (n.instance_count > 0))
        abort();
    if (notices_add(&rows, &n, "m") != rows.rows.len || !rows.rows.len ||
        notices_add(&rows, &n, "m") != 0)
        abort();
    return 0;
}
