/* Two texts parted by a line of `=====`: forecasts never crash, and nothing changes when nothing
 * changed. */
#include "fuzz.h"

#include "rules/diff/diff.h"

struct side {
    struct doc_file file;
    struct diff_objects objects;
};

static int add(void *ctx, struct doc_file *f, struct object *o)
{
    struct side *s = ctx;
    struct diff_object d = {.object = *o, .file = f, .origin = "x", .namespace = o->namespace};
    return s->objects.list.len >= 50 || !vec_push(&s->objects.list, d);
}

static void load(struct side *s, struct sv text)
{
    const struct doc_limits limits = {.bytes = 65536, .depth = 32, .nodes = 5000, .errors = 3};
    struct err err = {0};
    *s = (struct side){0};
    if (doc_parse(&s->file, "x", text, &limits, &err) == 0)
        object_each(&s->file, add, s);
}

static void unload(struct side *s)
{
    vec_release(&s->objects.list);
    doc_release(&s->file);
}

static void compare(const struct side *a, const struct side *b, struct diff_options o)
{
    struct diff_report r;
    diff_compare(&a->objects, &b->objects, &o, &r);
    size_t named = 0,
           seen = r.counts[DIFF_UNCHANGED] + r.counts[DIFF_REMOVED] + r.counts[DIFF_ADDED];
    vec_foreach(d, &a->objects.list)
        named += d->object.name.len > 0;
    if (a == b && named == a->objects.list.len && seen != r.entries.len)
        abort();
    diff_report_release(&r);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char cut[] = "\n=====\n";
    struct sv text = sv_n((const char *)data, size), old_text = text, new_text = text;
    const char *at = sv_find(text, cut);
    if (at) {
        old_text.len = (size_t)(at - text.ptr);
        new_text = sv_n(at + sizeof cut - 1, size - old_text.len - (sizeof cut - 1));
    }
    struct side a, b;
    load(&a, old_text);
    load(&b, new_text);
    compare(&a, &a, (struct diff_options){0});
    compare(&a, &b, (struct diff_options){0});
    compare(&b, &a, (struct diff_options){.live = true, .force = true});
    unload(&a);
    unload(&b);
    return 0;
}
