#include "base/must.h"
#include "ops/snapshot/internal.h"

void snapshot_report_release(struct snapshot_report *r)
{
    if (!r)
        return;
    vec_release(&r->gaps);
    vec_release(&r->remarks);
    arena_release(&r->arena);
}

void report_remark(struct snapshot_report *r, const char *fmt, ...)
{
    char text[1024];
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(text, sizeof text, fmt, ap);
    va_end(ap);
    const char *copy = mem_must(arena_dup(&r->arena, sv_of(text)));
    mem_must(vec_push(&r->remarks, copy));
}

void report_gap(struct snapshot_report *r, const struct snapshot_gap *gap)
{
    struct snapshot_gap copy = *gap;
    copy.what = mem_must(arena_dup(&r->arena, sv_of(gap->what)));
    copy.hint = gap->hint ? mem_must(arena_dup(&r->arena, sv_of(gap->hint))) : NULL;
    mem_must(vec_push(&r->gaps, copy));
}

/* Not by world_note: these matter more than the thousandth note about an object. */
void snapshot_note_gaps(struct world *w, const struct snapshot_report *report)
{
    vec_foreach(g, &report->gaps) {
        char text[512];
        snprintf(text, sizeof text, WORLD_NOTE_GAP "assumed: %s", g->assumed);
        struct world_note n = {strings_puts(&w->strings, g->subject),
                               strings_puts(&w->strings, text)};
        mem_must(vec_push(&w->notes, n));
    }
}

void settle_version(struct world *w, struct version said)
{
    char text[VERSION_TEXT_MAX];
    struct version newest = VERSION_NONE;
    if (said.set)
        w->version = said;
    if (w->version.set)
        return;
    world_each_node(w, n) {
        struct version v;
        if (version_parse(sv_of(world_text(w, w->nodes.items[n].kubelet_version)), &v) &&
            (!newest.set || version_cmp(v, newest) > 0))
            newest = v;
    }
    w->version = newest;
    if (newest.set)
        world_note(w, SV("the API server"),
                   "its version is not in the input: taken as %s, that of "
                   "the newest kubelet",
                   version_format(newest, true, text));
}
