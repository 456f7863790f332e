#include "finding/suppress.h"

#include <stdlib.h>

#include "fuzz.h"

static void add(struct finding_set *set, const char *file, const char *namespace, const char *name)
{
    const struct finding f = {
        .rule = "api-removed",
        .message = "m",
        .subject =
            {.file = file, .line = 1, .kind = "Ingress", .namespace = namespace, .name = name},
    };
    finding_add(set, &f);
}

/* A configuration is taken or refused with a reason; one that is taken can be applied, and hides
 * nothing without a reason and an owner. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    _cleanup_suppress_ struct suppress s = {0};
    _cleanup_findings_ struct finding_set set = {0};
    struct err err = {0};
    if (suppress_parse(&s, "c", sv_n((const char *)data, size), &err) < 0) {
        if (!err.msg[0])
            abort();
        return 0;
    }
    add(&set, "../legacy/./a.yaml", "game", "web");
    add(&set, "/elsewhere/b.yaml", NULL, NULL);
    const struct suppress_place place = {"/repo/sub", "/repo"};
    suppress_apply(&s, &set, 20000, &place);
    vec_foreach(f, &set.findings)
        if (f->state == FINDING_SUPPRESSED && !(f->suppressed_reason && f->suppressed_owner))
            abort();
    return 0;
}
