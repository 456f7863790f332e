#include "ops/check/template.h"

#include <stdlib.h>

#include "fuzz.h"

static void check_value(const struct template_value *v, struct sv text)
{
    struct sv parts[] = {v->text, v->action};
    for (size_t i = 0; i < 2; i++)
        if (parts[i].ptr &&
            (parts[i].ptr < text.ptr || parts[i].ptr + parts[i].len > text.ptr + text.len))
            abort();
    if (v->action.ptr)
        (void)template_helper(v->action);
}

/* Any bytes as a template: every value lies inside of it. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    _cleanup_arena_ struct arena a = {0};
    struct sv text = sv_n((const char *)data, size);
    size_t count;
    const struct template_object *objects = template_objects(&a, text, &count);
    for (size_t i = 0; i < count; i++) {
        if (!objects[i].version_count || objects[i].first_line > objects[i].last_line)
            abort();
        for (unsigned v = 0; v < objects[i].version_count; v++)
            check_value(&objects[i].versions[v], text);
        check_value(&objects[i].kind, text);
    }
    return 0;
}
