/* Any patch on any object, in all four ways: no crash, the object stays, and what comes out can be
 * written and read again. The first document is the object, the second the patch. */
#include "pocket/patch/patch.h"

#include <stdint.h>
#include <stdlib.h>

static void hold(struct arena *a, const struct doc_node *got)
{
    _cleanup_doc_ struct doc_file f = {0};
    struct sv text = got ? value_json(a, got) : SV_NONE;
    if (text.ptr && doc_parse_json(&f, "result", text, NULL, NULL) < 0)
        abort();
}

static void run(struct arena *a, const struct doc_node *object, const struct doc_node *patch)
{
    struct patch_error e = {0};
    struct outline pod = outline_of_kind(SV("v1"), SV("Pod"));
    struct patch_writer who = {
        .manager = SV("m"), .api_version = SV("v1"), .time = SV("2026-01-01T00:00:00Z")};
    hold(a, patch_json(a, object, patch, &e));
    hold(a, patch_merge(a, object, patch, &e));
    hold(a, patch_strategic(a, &pod, object, patch, &e));
    struct doc_node *applied = patch_apply(a, &pod, object, patch, &who, &e);
    hold(a, applied);
    who.force = true;
    hold(a, patch_apply(a, &pod, object, patch, &who, &e));
    if (object->type == DOC_MAP && patch->type == DOC_MAP) {
        struct doc_node *next = value_clone(a, patch);
        patch_track_update(a, &pod, object, next, &who);
        hold(a, next);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const struct doc_limits limits = {.bytes = 1 << 16, .depth = 32, .nodes = 2000, .errors = 1};
    _cleanup_arena_ struct arena a = {0};
    _cleanup_doc_ struct doc_file f = {0};
    struct sv text = sv_n((const char *)data, size);
    if (doc_parse(&f, "fuzz", text, &limits, NULL) < 0 || f.part_count < 2)
        return 0;
    const struct doc_node *object = f.parts[0].root, *patch = f.parts[1].root;
    if (!object || !patch)
        return 0;
    struct sv before = value_json(&a, object);
    run(&a, object, patch);
    struct sv after = value_json(&a, object);
    if (before.len != after.len || (before.len && memcmp(before.ptr, after.ptr, before.len) != 0))
        abort();
    return 0;
}
