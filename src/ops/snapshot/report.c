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

void report_gap(struct snapshot_report *r, struct world *w, const char *subject,
                const struct snapshot_gap *gap)
{
    struct snapshot_gap copy = {
        .what = mem_must(arena_dup(&r->arena, sv_of(gap->what))),
        .assumed = mem_must(arena_dup(&r->arena, sv_of(gap->assumed))),
        .hint = gap->hint ? mem_must(arena_dup(&r->arena, sv_of(gap->hint))) : NULL,
    };
    mem_must(vec_push(&r->gaps, copy));
    world_note(w, sv_of(subject), "%s: assumed: %s", copy.what, copy.assumed);
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
