#include "rules/upgrade/lifecycle.h"

#include <stdlib.h>

#include "fuzz.h"

/* A table of rows is taken or refused with a line; what is taken is sorted and can be asked. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct lifecycle l;
    struct err err = {0};
    lifecycle_init(&l);
    size_t before = l.len;
    if (lifecycle_load(&l, "t", sv_n((const char *)data, size), &err) < 0) {
        if (!err.msg[0] || l.len != before)
            abort();
    } else {
        for (size_t i = 0; i < l.len; i++) {
            const struct lifecycle_row *r = &l.rows[i];
            struct lifecycle_path path;
            if (lifecycle_find(&l, sv_of(r->group), sv_of(r->version), sv_of(r->kind)) != r)
                abort();
            if (i + size >= l.len)
                lifecycle_path_find(&l, r, VERSION_NONE, r->removed, &path);
        }
    }
    lifecycle_release(&l);
    return 0;
}
