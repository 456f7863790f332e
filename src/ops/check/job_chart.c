/* A chart's template together with what helm made of it: one finding per template line. */
#include "base/must.h"
#include "ops/check/job.h"
#include "ops/check/template.h"
#include "ops/check/written.h"

struct chart_job {
    struct check_worker *w;
    const struct job *job;
    struct arena arena;
    struct sv text; /* of the template */
    struct template_object *objects;
    size_t object_count;
    struct rules_result out;
};

static bool is_version_rule(const struct rules_pending *p, const struct finding *f)
{
    return (p && p->row) || (f->rule && (strncmp(f->rule, "api-", 4) == 0));
}

/* The template's object that a rendered one comes from: same kind, best the same literal version,
 * then one that is computed. */
static struct template_object *object_behind(struct chart_job *c, const struct object *o)
{
    struct template_object *best = NULL;
    unsigned best_rank = 0;
    for (size_t i = 0; i < c->object_count; i++) {
        struct template_object *t = &c->objects[i];
        if (t->kind.text.ptr && !sv_eq(t->kind.text, o->kind))
            continue;
        unsigned rank = t->kind.text.ptr ? 2 : 1;
        for (unsigned v = 0; v < t->version_count; v++)
            if (t->versions[v].action.ptr || sv_eq(t->versions[v].text, o->api_version))
                rank += t->versions[v].action.ptr ? 2 : 4;
        if (rank > best_rank) {
            best = t;
            best_rank = rank;
        }
    }
    return best;
}

static const struct template_value *version_behind(const struct template_object *t,
                                                   struct sv api_version)
{
    for (unsigned v = 0; t && v < t->version_count; v++)
        if (sv_eq(t->versions[v].text, api_version))
            return &t->versions[v];
    for (unsigned v = 0; t && v < t->version_count; v++)
        if (t->versions[v].action.ptr)
            return &t->versions[v];
    return t && t->version_count ? &t->versions[0] : NULL;
}

struct mover {
    struct chart_job *c;
    struct sv rendered;
    const struct template_object *object; /* NULL: nothing in the template looks like it */
    const struct template_value *version;
    struct sv api_version;
};

static void move_version(const struct mover *m, struct finding *f)
{
    const struct template_value *v = m->version;
    f->subject.line = f->subject.end_line = v ? v->line : 1;
    f->subject.column = v ? v->column : 1;
    f->subject.end_column = v ? v->end_column : 1;
    if (v && v->text.ptr && sv_eq(v->text, m->api_version))
        return;
    struct sv helper = v && v->action.ptr ? template_helper(v->action) : SV("an expression");
    f->hint = mem_must(arena_fmt(&m->c->arena, "computed by %.*s; rendered value %.*s",
                                 SV_ARG(helper), SV_ARG(m->api_version)));
}

static void move(const struct mover *m, struct finding *f, bool version_rule)
{
    if (version_rule) {
        move_version(m, f);
        return;
    }
    struct written w = {.generated = m->rendered, .source = m->c->text};
    struct finding_subject otherwise = {.line = 1, .column = 1, .end_column = 1};
    if (m->object) {
        w.from = m->object->first_line;
        w.to = m->object->last_line;
    }
    if (m->version) {
        otherwise.line = m->version->line;
        otherwise.column = m->version->column;
        otherwise.end_column = m->version->end_column;
    }
    if (!written_move(&w, &f->subject, &otherwise) && !f->hint)
        f->hint = "the line is computed; this is what helm renders with the given values";
}

static bool same_line(const struct finding *a, const struct finding *b)
{
    return a->rule && b->rule && strcmp(a->rule, b->rule) == 0 &&
           a->subject.line == b->subject.line && a->subject.kind && b->subject.kind &&
           strcmp(a->subject.kind, b->subject.kind) == 0;
}

/* Objects that a loop renders from one line are one finding; the others become its evidence. */
static bool known_line(struct chart_job *c, const struct finding *f)
{
    vec_foreach(known, &c->out.set.findings) {
        if (!same_line(known, f))
            continue;
        vec_foreach(e, &f->evidence)
            finding_add_evidence(&c->out.set, known, e->source, e->detail, e->seen);
        return true;
    }
    return false;
}

static bool known_pending(const struct chart_job *c, const struct rules_pending *p)
{
    vec_foreach(known, &c->out.pending)
        if (known->row == p->row && known->unless == p->unless &&
            known->finding.subject.line == p->finding.subject.line)
            return true;
    return false;
}

/* Findings that were moved elsewhere do not join. */
static void cut_findings(struct finding_set *set, size_t keep)
{
    while (set->findings.len > keep) {
        set->findings.len--;
        vec_release(&set->findings.items[set->findings.len].evidence);
    }
}

static void take_over(const struct mover *m, struct rules_result *local)
{
    struct chart_job *c = m->c;
    vec_foreach(f, &local->set.findings) {
        move(m, f, is_version_rule(NULL, f));
        if (!known_line(c, f))
            finding_add(&c->out.set, f);
    }
    cut_findings(&local->set, 0);
    size_t kept = 0;
    vec_foreach(p, &local->pending) {
        move(m, &p->finding, is_version_rule(p, &p->finding));
        if (!known_pending(c, p))
            local->pending.items[kept++] = *p;
    }
    local->pending.len = kept;
    rules_join(&c->out, local);
}

struct first_object {
    struct object object;
    bool found;
};

static int take_first(void *ctx, struct doc_file *doc, struct object *o)
{
    struct first_object *first = ctx;
    first->object = *o;
    first->found = true;
    return 1;
}

static void judge_render(struct chart_job *c, const struct input_item *render)
{
    struct check_worker *w = c->w;
    _cleanup_doc_ struct doc_file doc = {0};
    struct sv text;
    struct err err = {0};
    if (input_load(render, &w->other_buf, &text, &err) < 0 ||
        doc_parse(&doc, render->name, text, NULL, &err) < 0) {
        finding_add_problem(&w->result->set, render->name, err.msg, *err.hint ? err.hint : NULL);
        return;
    }
    job_doc_errors(w, &doc, 0);
    struct first_object first = {0};
    object_each(&doc, take_first, &first);
    struct mover m = {.c = c, .rendered = text};
    if (first.found) {
        struct template_object *t = object_behind(c, &first.object);
        if (t)
            t->used = true;
        m.object = t;
        m.version = version_behind(t, first.object.api_version);
        m.api_version = first.object.api_version;
    }
    struct rules_place place = {
        .file = c->job->item->name, .source = "helm-render", .words = RULES_WORDS_UNKNOWN};
    struct sv name = first.found ? first.object.name : SV_NONE;
    if (name.len)
        place.detail = mem_must(
            arena_fmt(&c->arena, "renders as %.*s %.*s", SV_ARG(first.object.kind), SV_ARG(name)));
    struct rules_result local = {0};
    struct check_worker inner = {.list = w->list, .target = w->target, .result = &local};
    job_judge_doc(&inner, &place, &doc);
    take_over(&m, &local);
    rules_result_release(&local);
}

/* An object of the template that no render shows: judged by its literal lines. Where a condition
 * picks one of several versions, one that is fine at the target speaks for all. */
static void judge_literal(struct chart_job *c, const struct template_object *t)
{
    struct rules_result local = {0};
    size_t worst = 0;
    if (!t->kind.text.ptr)
        return;
    c->out.set.objects++;
    for (unsigned v = 0; v < t->version_count; v++) {
        const struct template_value *value = &t->versions[v];
        struct sv rest = value->text, first = sv_split(&rest, '/');
        if (!value->text.ptr)
            break;
        struct object o = {
            .api_version = value->text,
            .group = rest.ptr ? first : SV(""),
            .version = rest.ptr ? rest : first,
            .kind = t->kind.text,
        };
        struct rules_place place = {
            .file = c->job->item->name,
            .source = "chart-template",
            .line = value->line,
            .column = value->column,
            .end_column = value->end_column,
            .fixed_line = true,
            .hint = c->job->chart_rendered ? "not rendered with the given values" : NULL,
        };
        rules_judge_version(&local, c->w->target, &place, &o);
        worst += local.set.findings.len + local.pending.len > worst;
    }
    if (worst == t->version_count) {
        if (local.set.findings.len > 1)
            cut_findings(&local.set, 1);
        rules_join(&c->out, &local);
    }
    rules_result_release(&local);
}

void job_template(struct check_worker *w, const struct job *job)
{
    struct chart_job c = {.w = w, .job = job};
    struct err err = {0};
    if (input_load(job->item, &w->buf, &c.text, &err) < 0) {
        finding_add_problem(&w->result->set, job->item->name, err.msg, *err.hint ? err.hint : NULL);
        return;
    }
    w->result->set.files++;
    c.objects = template_objects(&c.arena, c.text, &c.object_count);
    for (size_t i = 0; i < job->render_count; i++)
        judge_render(&c, job->renders[i]);
    for (size_t i = 0; i < c.object_count; i++)
        if (!c.objects[i].used)
            judge_literal(&c, &c.objects[i]);
    rules_join(w->result, &c.out);
    rules_result_release(&c.out);
    arena_release(&c.arena);
}

void job_rendered(struct check_worker *w, const struct job *job)
{
    _cleanup_doc_ struct doc_file doc = {0};
    struct sv text;
    struct err err = {0};
    if (input_load(job->item, &w->buf, &text, &err) < 0 ||
        doc_parse(&doc, job->item->name, text, NULL, &err) < 0) {
        finding_add_problem(&w->result->set, job->item->name, err.msg, *err.hint ? err.hint : NULL);
        return;
    }
    job_doc_errors(w, &doc, 0);
    struct rules_place place = {
        .file = job->item->name,
        .source = "helm-render",
        .words = RULES_WORDS_UNKNOWN,
        .hint = "the line is counted in what helm renders",
    };
    job_judge_doc(w, &place, &doc);
}
