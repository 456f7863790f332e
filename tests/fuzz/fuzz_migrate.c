/* Any text, as a manifest, a template and a patch: what comes out can be read, and migrating it
 * again changes nothing. */
#include "fuzz.h"

#include "rules/migrate/migrate.h"

#include <stdlib.h>

static void require(bool ok)
{
    if (!ok)
        abort();
}

static void migrate_twice(const struct migrate_options *o, struct sv text)
{
    struct err err = {0};
    _cleanup_migrate_ struct migrate_result once = {0}, again = {0};
    if (migrate_text(o, "x", text, &once, &err)) {
        require(err.class != ERR_BUG);
        return;
    }
    if (!once.changed)
        return;
    require(migrate_text(o, "x", str_sv(&once.text), &again, &err) == 0);
    require(!again.changed);
    require(again.objects == once.objects);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size > 16384)
        return 0;
    struct lifecycle l;
    lifecycle_init(&l);
    struct sv text = sv_n((const char *)data, size);
    struct migrate_options o = {.lifecycle = &l, .to = {1, 25, 0, true}};
    migrate_twice(&o, text);
    o.partial = true;
    migrate_twice(&o, text);
    o.partial = false;
    o.chart_template = true;
    migrate_twice(&o, text);
    o.to.minor = 38;
    o.chart_template = false;
    migrate_twice(&o, text);
    lifecycle_release(&l);
    return 0;
}
