#include "base/must.h"
#include "pocket/patch/internal.h"

#include <stdio.h>

struct doc_node *patch_refuse(struct arena *a, struct patch_error *e, int code, const char *reason,
                              const char *fmt, ...)
{
    _cleanup_str_ struct str text;
    va_list ap;
    str_init(&text, 0);
    va_start(ap, fmt);
    str_vaddf(&text, fmt, ap);
    va_end(ap);
    *e = (struct patch_error){
        .code = code, .reason = reason, .message = mem_must(arena_dup(a, str_sv(&text)))};
    return NULL;
}

enum patch_type patch_type_of(struct sv content_type)
{
    static const struct {
        const char *name;
        enum patch_type type;
    } known[] = {
        {"application/json-patch+json", PATCH_JSON},
        {"application/merge-patch+json", PATCH_MERGE},
        {"application/strategic-merge-patch+json", PATCH_STRATEGIC},
        {"application/apply-patch+yaml", PATCH_APPLY},
    };
    struct sv rest = content_type, name = sv_trim(sv_split(&rest, ';'));
    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        if (sv_ieq(name, sv_of(known[i].name)))
            return known[i].type;
    return PATCH_NONE;
}
