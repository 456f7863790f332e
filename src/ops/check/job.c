#include "ops/check/job.h"

#include <stdarg.h>
#include <stdio.h>

void job_doc_errors(struct check_worker *w, const struct doc_file *doc, uint32_t line_base)
{
    for (uint32_t i = 0; i < doc->error_count; i++) {
        const struct doc_error *e = &doc->errors[i];
        _cleanup_str_ struct str where = {0};
        str_addf(&where, "%s:%u:%u", doc->name, e->line + line_base, e->column);
        finding_add_problem(&w->result->set, str_c(&where), e->message, NULL);
    }
}

void job_problem_at(struct check_worker *w, struct doc_file *doc, const struct doc_node *at,
                    uint32_t line_base, const char *fmt, ...)
{
    _cleanup_str_ struct str where = {0}, message = {0};
    uint32_t line, column;
    doc_position(doc, at->span.start, &line, &column);
    str_addf(&where, "%s:%u:%u", doc->name, line + line_base, column);
    va_list ap;
    va_start(ap, fmt);
    str_vaddf(&message, fmt, ap);
    va_end(ap);
    finding_add_problem(&w->result->set, str_c(&where), str_c(&message), NULL);
}

static const char *type_name(const struct doc_node *node)
{
    static const char *const names[] = {
        [DOC_NULL] = "null",      [DOC_BOOL] = "true or false", [DOC_INT] = "a number",
        [DOC_FLOAT] = "a number", [DOC_STRING] = "a string",    [DOC_MAP] = "a map",
        [DOC_SEQ] = "a list",
    };
    return names[node->type];
}

/* A map that means to be an object but has a wrong type where the server wants another. */
static void check_envelope(struct check_worker *w, struct doc_file *doc, struct doc_node *root,
                           uint32_t line_base)
{
    static const struct {
        const char *key;
        enum doc_type type;
        const char *expected;
    } fields[] = {
        {"apiVersion", DOC_STRING, "a string"},
        {"kind", DOC_STRING, "a string"},
        {"metadata", DOC_MAP, "a map"},
    };
    const struct doc_node *version = doc_get(root, "apiVersion"), *kind = doc_get(root, "kind");
    if (!version || !kind || (version->type != DOC_STRING && kind->type != DOC_STRING))
        return;
    for (size_t i = 0; i < ARRAY_LEN(fields); i++) {
        const struct doc_node *value = doc_get(root, fields[i].key);
        bool may_be_null = fields[i].type == DOC_MAP;
        if (value && value->type != fields[i].type && !(may_be_null && value->type == DOC_NULL))
            job_problem_at(w, doc, value, line_base, "%s is %s, expected %s", fields[i].key,
                           type_name(value), fields[i].expected);
    }
}

struct judge {
    struct check_worker *w;
    const struct rules_place *place;
    bool *is_object; /* per part: holds an object */
};

static int judge_object(void *ctx, struct doc_file *doc, struct object *o)
{
    struct judge *j = ctx;
    struct rules_place place = *j->place;
    const struct doc_node *version = doc_get(o->root, "apiVersion");
    if (!place.fixed_line && version) {
        uint32_t end_line;
        doc_position(doc, version->span.start, &place.line, &place.column);
        doc_position(doc, version->span.end, &end_line, &place.end_column);
        place.line += place.line_base;
    }
    j->is_object[o->part] = true;
    j->w->result->set.objects++;
    rules_judge_version(j->w->result, j->w->target, &place, o);
    rules_judge_tree(j->w->result, j->w->target, &place, doc, o);
    return 0;
}

void job_judge_doc(struct check_worker *w, const struct rules_place *place, struct doc_file *doc)
{
    _cleanup_free_ bool *is_object = calloc(doc->part_count + 1, sizeof *is_object);
    struct judge j = {w, place, is_object};
    if (!is_object)
        return;
    object_each(doc, judge_object, &j);
    for (uint32_t i = 0; i < doc->part_count; i++) {
        if (!doc->parts[i].root)
            continue;
        check_envelope(w, doc, doc->parts[i].root, place->line_base);
        if (!is_object[i])
            rules_judge_text(w->result, w->target, place, doc, doc->parts[i].root);
    }
}
