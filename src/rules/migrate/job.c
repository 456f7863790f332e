#include "rules/migrate/job.h"

#include "base/must.h"

static const char *text_of(struct migrate_result *r, struct sv v)
{
    return v.ptr ? mem_must(arena_dup(&r->arena, v)) : NULL;
}

/* Names as they are written, also where a template computes them. */
static const char *name_text(struct migrate_job *j, const char *key)
{
    const struct doc_node *n = doc_get(doc_get(j->object.root, "metadata"), key);
    struct sv text = doc_string(n);
    if (text.ptr && j->options->chart_template)
        text = sv_n(j->source.ptr + n->span.start, n->span.end - n->span.start);
    return text_of(j->result, text);
}

struct migrate_object job_object(struct migrate_job *j)
{
    struct migrate_object out = {
        .api_version = text_of(j->result, j->object.api_version),
        .kind = text_of(j->result, j->object.kind),
        .namespace = name_text(j, "namespace"),
        .name = name_text(j, "name"),
    };
    const struct doc_node *at = doc_get(j->object.root, "apiVersion");
    if (!at)
        at = j->object.root;
    doc_position(j->file, at->span.start, &out.line, &out.column);
    return out;
}

static void remark(struct migrate_job *j, enum migrate_word word, const char *topic,
                   uint32_t offset, const char *advice, const char *fmt, va_list ap)
{
    char text[768];
    vsnprintf(text, sizeof text, fmt, ap);
    struct migrate_remark r = {
        .word = word,
        .topic = topic,
        .object = job_object(j),
        .message = text_of(j->result, sv_of(text)),
        .advice = advice ? text_of(j->result, sv_of(advice)) : NULL,
    };
    doc_position(j->file, offset, &r.line, &r.column);
    if (!vec_push(&j->result->remarks, r))
        must_fail_nomem();
}

void job_decide(struct migrate_job *j, const char *topic, uint32_t offset, const char *advice,
                const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    remark(j, MIGRATE_DECISION, topic, offset, advice, fmt, ap);
    va_end(ap);
    j->decisions++;
}

void job_note(struct migrate_job *j, const char *topic, uint32_t offset, const char *advice,
              const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    remark(j, MIGRATE_NOTE, topic, offset, advice, fmt, ap);
    va_end(ap);
}

bool job_absent(const struct splice_node *map, const char *key)
{
    const struct splice_node *n = splice_get(map, key);
    return !n || n->type == DOC_NULL;
}

void job_default(struct migrate_job *j, struct splice_node *map, struct splice_entry *behind,
                 const char *key, struct splice_node *value)
{
    struct splice_entry *old = splice_entry_of(map, key);
    if (old && old->value->type != DOC_NULL)
        return;
    if (j->options->partial && !old)
        return;
    if (old)
        splice_put_before(j->s, old, key, value);
    else
        splice_put(j->s, map, behind, key, value);
    splice_remove(old);
}

void job_default_string(struct migrate_job *j, struct splice_node *map, const char *key,
                        const char *value)
{
    job_default(j, map, SPLICE_LAST, key, splice_new_string(j->s, value));
}

void job_default_int(struct migrate_job *j, struct splice_node *map, const char *key, int64_t value)
{
    job_default(j, map, SPLICE_LAST, key, splice_new_int(j->s, value));
}

bool job_drop(struct splice_node *map, const char *key)
{
    struct splice_entry *e = splice_entry_of(map, key);
    splice_remove(e);
    return e != NULL;
}

bool job_rename(struct migrate_job *j, struct splice_node *map, const char *from, const char *to)
{
    struct splice_entry *e = splice_entry_of(map, from);
    if (e)
        splice_rename(j->s, e, to);
    return e != NULL;
}

bool job_lift(struct migrate_job *j, struct splice_node *from, const char *key,
              struct splice_node *to, const char *new_key)
{
    struct splice_entry *e = splice_entry_of(from, key);
    if (e)
        splice_move(j->s, e, to, SPLICE_LAST, new_key);
    return e != NULL;
}

bool job_version_is(const struct migrate_job *j, const char *version)
{
    return sv_is(j->object.version, version);
}
