/* A path (the first line; a '/' at its end makes it a folder) against any rules (the rest).
 * Whatever the rules are, one more rule that matches all decides. */
#include "fuzz.h"

#include "input/ignore.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool with_last_rule(struct sv rules, const char *last, struct sv path, bool folder)
{
    _cleanup_arena_ struct arena arena = {0};
    char *text = arena_fmt(&arena, "%.*s\n%s\n", SV_ARG(rules), last);
    return ignore_match(ignore_parse(&arena, sv_of(text), 0, NULL), path, folder);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    _cleanup_arena_ struct arena arena = {0};
    struct sv rules = {(const char *)data, size}, path = sv_split(&rules, '\n');
    if (!path.len || !rules.ptr || path.len > 4096)
        return 0;
    bool folder = path.ptr[path.len - 1] == '/';
    path.len -= folder;
    const struct ignore_set *below = ignore_parse(&arena, rules, 2, NULL);
    const struct ignore_set *set = ignore_parse(&arena, rules, 0, below);
    (void)ignore_match(set, path, folder);
    if (!path.len || path.ptr[path.len - 1] == '/' || memchr(rules.ptr, '\0', rules.len))
        return 0;
    if (!with_last_rule(rules, "*", path, folder) || with_last_rule(rules, "!*", path, folder))
        abort();
    return 0;
}
