/* What Kustomize made of a folder: each finding goes to the file that somebody wrote. */
#include "base/must.h"
#include "ops/check/job.h"
#include "ops/check/written.h"

struct built_job {
    struct check_worker *w;
    const struct input_item *item;
    struct doc_file *doc;
    struct arena arena;
};

/* The object in the file it was written in. */
struct source_object {
    struct doc_file doc;
    struct sv kind, name; /* wanted */
    struct object object;
    bool found;
    struct finding_subject version_at; /* line and columns of its apiVersion */
    uint32_t first_line, last_line;
};

static int look_for(void *ctx, struct doc_file *doc, struct object *o)
{
    struct source_object *s = ctx;
    if (!sv_eq(o->kind, s->kind) || !sv_eq(o->name, s->name))
        return 0;
    const struct doc_node *version = doc_get(o->root, "apiVersion");
    uint32_t column;
    s->object = *o;
    s->found = true;
    doc_position(doc, o->root->span.start, &s->first_line, &column);
    doc_position(doc, o->root->span.end, &s->last_line, &column);
    if (version) {
        struct finding_subject *at = &s->version_at;
        doc_position(doc, version->span.start, &at->line, &at->column);
        doc_position(doc, version->span.end, &at->end_line, &at->end_column);
    }
    return 1;
}

/* Finds the object in its member file; errors of that file are told where it is checked itself. */
static void find_source(struct built_job *b, const struct input_origin *origin,
                        struct source_object *s, struct sv *text)
{
    struct err err = {0};
    s->name = origin->object_name;
    if (!origin->item || input_load(origin->item, &b->w->other_buf, text, &err) < 0 ||
        doc_parse(&s->doc, origin->name, *text, NULL, &err) < 0)
        return;
    object_each(&s->doc, look_for, s);
}

static void move(struct built_job *b, const struct source_object *s, struct sv source_text,
                 struct finding *f, bool version_rule)
{
    if (!s->found) {
        f->subject.line = f->subject.column = f->subject.end_line = f->subject.end_column = 0;
        return;
    }
    f->subject.name = mem_must(arena_dup(&b->arena, s->object.name));
    f->subject.namespace =
        s->object.namespace.ptr ? mem_must(arena_dup(&b->arena, s->object.namespace)) : NULL;
    struct written w = {b->doc->text, source_text, s->first_line, s->last_line};
    if (version_rule) {
        f->subject.line = s->version_at.line;
        f->subject.column = s->version_at.column;
        f->subject.end_line = s->version_at.end_line;
        f->subject.end_column = s->version_at.end_column;
    } else {
        written_move(&w, &f->subject, &s->version_at);
    }
}

static bool is_version_rule(const struct finding *f)
{
    return f->rule && strncmp(f->rule, "api-", 4) == 0;
}

static void judge_built(struct built_job *b, const struct rules_place *place, struct object *o,
                        const struct source_object *s, struct sv source_text)
{
    struct rules_result local = {0};
    rules_judge_version(&local, b->w->target, place, o);
    rules_judge_tree(&local, b->w->target, place, b->doc, o);
    vec_foreach(f, &local.set.findings)
        move(b, s, source_text, f, is_version_rule(f));
    vec_foreach(p, &local.pending)
        move(b, s, source_text, &p->finding, p->row != NULL);
    map_release(&local.nginx_annotations); /* counted where they are written */
    rules_join(b->w->result, &local);
    rules_result_release(&local);
}

static int visit(void *ctx, struct doc_file *doc, struct object *o)
{
    struct built_job *b = ctx;
    struct input_origin origin = {0};
    struct source_object source = {.kind = o->kind};
    struct sv source_text = SV_NONE;
    struct rules_place place = {
        .file = b->item->source ? b->item->source : b->item->name,
        .source = "kustomize-build",
        .words = RULES_WORDS_UNKNOWN,
        .detail =
            mem_must(arena_fmt(&b->arena, "%s", b->item->source ? b->item->source : b->item->name)),
    };
    if (input_origin_of(b->w->list, b->item, o->kind, o->name, &origin)) {
        place.file = origin.name;
        find_source(b, &origin, &source, &source_text);
    }
    judge_built(b, &place, o, &source, source_text);
    doc_release(&source.doc);
    return 0;
}

void job_built(struct check_worker *w, const struct job *job)
{
    _cleanup_doc_ struct doc_file doc = {0};
    struct built_job b = {.w = w, .item = job->item, .doc = &doc};
    struct sv text;
    struct err err = {0};
    if (input_load(job->item, &w->buf, &text, &err) < 0 ||
        doc_parse(&doc, job->item->name, text, NULL, &err) < 0) {
        finding_add_problem(&w->result->set, job->item->name, err.msg, *err.hint ? err.hint : NULL);
        return;
    }
    job_doc_errors(w, &doc, 0);
    object_each(&doc, visit, &b);
    arena_release(&b.arena);
}
