/* A dump of kubectl into a snapshot and back: whatever the JSON says, what was loaded can be
 * written, and what was written is read again and means the same. */
#include "fuzz.h"

#include "world/apply.h"
#include "world/body.h"
#include "world/load.h"

#include <stdio.h>

static void load_release(struct load **l)
{
    load_free(*l);
}

static bool load(struct world *w, struct sv text)
{
    _cleanup_(load_release) struct load *l = load_new(w);
    struct err err = {0};
    return load_text(l, "fuzz", text, &err) == 0 && load_finish(l, &err) == 0;
}

static void stop(const char *what, const char *why)
{
    fprintf(stderr, "%s: %s\n", what, why);
    abort();
}

static void check(const struct world *w)
{
    _cleanup_str_ struct str body = {0}, again = {0};
    _cleanup_world_ struct world copy;
    struct err err = {0};
    char why[256];
    world_init(&copy);
    if (body_write(w, NULL, &body, &err) < 0)
        stop("cannot write", err.msg);
    if (body_read(&copy, NULL, str_sv(&body), &err) < 0)
        stop("cannot read", err.msg);
    if (!world_equal(w, &copy, why, sizeof why))
        stop("not equal", why);
    if (body_write(&copy, NULL, &again, &err) < 0 || !sv_eq(str_sv(&body), str_sv(&again)))
        stop("not canonical", "written twice");
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    _cleanup_world_ struct world w;
    world_init(&w);
    if (load(&w, sv_n((const char *)data, size)))
        check(&w);
    return 0;
}
