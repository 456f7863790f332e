#include "rules/upgrade/report.h"

#include "base/must.h"
#include "rules/upgrade/tables.h"

#include <stdarg.h>

bool run_is(const struct rules_run *run, const char *group, const char *kind)
{
    return run->object && sv_is(run->object->kind, kind) && sv_is(run->object->group, group);
}

static const char *copy(const struct rules_run *run, struct sv v)
{
    return v.ptr ? mem_must(arena_dup(&run->result->arena, v)) : NULL;
}

static void set_position(const struct rules_run *run, const struct doc_span *span,
                         struct finding_subject *s)
{
    const struct rules_place *place = run->place;
    if (place->cluster && !place->file)
        return;
    if (!span || !run->doc || place->fixed_line) {
        s->line = s->end_line = place->line;
        s->column = place->column;
        s->end_column = place->end_column;
        return;
    }
    doc_position(run->doc, span->start, &s->line, &s->column);
    s->line += place->line_base;
    doc_position(run->doc, span->end, &s->end_line, &s->end_column);
    s->end_line += place->line_base;
}

static void fill_subject(const struct rules_run *run, const struct doc_span *span,
                         struct finding *f, struct finding_evidence *evidence)
{
    const struct rules_place *place = run->place;
    f->subject = (struct finding_subject){.file = place->file, .cluster = place->cluster};
    if (run->object) {
        f->subject.api_version = copy(run, run->object->api_version);
        f->subject.kind = copy(run, run->object->kind);
        f->subject.namespace = copy(run, run->object->namespace);
        f->subject.name = copy(run, run->object->name);
    }
    set_position(run, span, &f->subject);
    f->hint = f->hint ? f->hint : place->hint;
    *evidence = (struct finding_evidence){
        .source = place->source, .detail = place->detail, .seen = place->seen};
}

void run_subject(const struct rules_run *run, const struct doc_node *at, struct finding *f,
                 struct finding_evidence *evidence)
{
    fill_subject(run, at ? &at->span : NULL, f, evidence);
}

static void add_with(struct rules_result *r, struct finding *f, struct finding_evidence *evidence)
{
    f->evidence.items = evidence;
    f->evidence.len = f->evidence.cap = 1;
    finding_add(&r->set, f);
}

void run_add(const struct rules_run *run, struct finding *f, struct finding_evidence *evidence)
{
    add_with(run->result, f, evidence);
}

static const char *keep(struct arena *a, const char *s)
{
    return s ? mem_must(arena_dup(a, sv_of(s))) : NULL;
}

void run_add_pending(const struct rules_run *run, const struct rules_pending *p)
{
    struct arena *a = &run->result->arena;
    struct rules_pending copied = *p;
    struct finding *f = &copied.finding;
    f->message = keep(a, f->message);
    f->hint = keep(a, f->hint);
    f->subject.file = keep(a, f->subject.file);
    f->subject.cluster = keep(a, f->subject.cluster);
    copied.evidence.source = keep(a, copied.evidence.source);
    copied.evidence.detail = keep(a, copied.evidence.detail);
    copied.evidence.seen = keep(a, copied.evidence.seen);
    if (!vec_push(&run->result->pending, copied))
        must_fail_nomem();
}

/* A rule bound to a version breaks from there on; what breaks only after the target is worth a
 * warning, and what is merely deprecated or advised then is not worth a word yet. */
static bool concerns(const struct rule_info *rule, const struct rules_target *target,
                     enum finding_severity *severity)
{
    *severity = rule->severity;
    if (!rule->before.set || version_cmp(rule->before, target->to) <= 0)
        return true;
    *severity = FINDING_WARNING;
    return rule->severity == FINDING_REMOVED;
}

struct report {
    const char *id;
    const char *unless;
    const struct doc_span *span;
};

static void report(const struct rules_run *run, const struct report *what, const char *fmt,
                   va_list ap)
{
    struct rule_table rules = rules_table();
    const struct rule_info *rule = rule_info_find(&rules, what->id);
    struct finding f = {.rule = rule->id, .fix = rule->fix};
    if (!concerns(rule, run->target, &f.severity))
        return;
    _cleanup_str_ struct str message = {0};
    str_vaddf(&message, fmt, ap);
    f.message = str_c(&message);
    if (rule->severity == FINDING_REMOVED) {
        f.removed_in = rule->before;
        f.before = rule->before;
    } else if (rule->severity == FINDING_DEPRECATED) {
        f.deprecated_in = rule->before;
    }
    struct finding_evidence evidence;
    fill_subject(run, what->span, &f, &evidence);
    if (what->unless)
        run_add_pending(run, &(struct rules_pending){
                                 .finding = f, .evidence = evidence, .unless = what->unless});
    else
        run_add(run, &f, &evidence);
}

void run_report(const struct rules_run *run, const char *id, const struct doc_node *at,
                const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    report(run, &(struct report){.id = id, .span = at ? &at->span : NULL}, fmt, ap);
    va_end(ap);
}

void run_report_at(const struct rules_run *run, const char *id, uint32_t offset, const char *fmt,
                   ...)
{
    struct doc_span span = {offset, offset};
    va_list ap;
    va_start(ap, fmt);
    report(run, &(struct report){.id = id, .span = &span}, fmt, ap);
    va_end(ap);
}

void run_report_unless(const struct rules_run *run, const char *component, const char *id,
                       const struct doc_node *at, const char *fmt, ...)
{
    struct report what = {.id = id, .unless = component, .span = at ? &at->span : NULL};
    va_list ap;
    va_start(ap, fmt);
    report(run, &what, fmt, ap);
    va_end(ap);
}
