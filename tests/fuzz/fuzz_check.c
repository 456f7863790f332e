#include "doc/scan.h"
#include "ops/check/check.h"
#include "ops/check/sound.h"

#include <stdlib.h>

#include "fuzz.h"

/* What a check lets through unparsed has no syntax error. */
static void check_sound(struct sv text)
{
    _cleanup_doc_ struct doc_file doc = {0};
    struct err err = {0};
    struct scan scan;
    struct scan_doc d;
    scan_init(&scan, text);
    while (scan_next(&scan, &d)) {
        struct sv part = sv_n(text.ptr + d.span.start, d.span.end - d.span.start);
        if (!d.empty && (d.doubt || !sound_document(part)))
            return;
    }
    if (doc_parse(&doc, "x", text, NULL, &err) == 0 && doc.error_count)
        abort();
}

static void check_findings(const struct finding_set *set, struct sv text)
{
    uint32_t lines = 1;
    for (size_t i = 0; i < text.len; i++)
        lines += text.ptr[i] == '\n';
    vec_foreach(f, &set->findings) {
        if (!f->rule || !f->message || !*f->message || !f->fix || !*f->fix)
            abort();
        if (f->subject.line > lines)
            abort();
    }
}

/* Any bytes as a file: whatever the rules find stands in it and says what to do. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct sv text = sv_n((const char *)data, size);
    struct input_item item = {.kind = INPUT_STDIN, .name = "x", .text = text};
    struct input_item *items[] = {&item};
    struct input_list list = {.items = {items, 1, 1}};
    struct lifecycle lifecycle;
    struct rules_result result = {0};
    struct err err = {0};
    lifecycle_init(&lifecycle);
    struct check_options options = {
        .target = {.lifecycle = &lifecycle, .to = {1, 36, 0, true}},
        .threads = 1,
    };
    check_sound(text);
    if (check_inputs(&list, &options, &result, &err) < 0)
        abort();
    rules_settle(&result, &options.target);
    check_findings(&result.set, text);
    rules_result_release(&result);
    return 0;
}
