/* job: one unit of a check's work and what its workers share. Private to ops/check. */
#ifndef TOBAN_OPS_CHECK_JOB_H
#define TOBAN_OPS_CHECK_JOB_H

#include "doc/literal.h"
#include "ops/check/check.h"

enum job_kind {
    JOB_FILE,     /* as somebody wrote it */
    JOB_TEMPLATE, /* a chart's template with everything that helm made of it */
    JOB_RENDERED, /* what helm made of a template that is not known */
    JOB_BUILT,    /* what Kustomize made of a folder */
};

struct job {
    enum job_kind kind;
    const struct input_item *item;
    const struct input_item **renders; /* of a template; in list order */
    size_t render_count;
    bool chart_rendered; /* helm rendered the template's chart */
};

/* What a worker has in its hands. */
struct check_worker {
    const struct input_list *list;
    const struct rules_target *target;
    struct rules_result *result;
    const struct literal_set *words; /* of the rules */
    struct str buf, other_buf;       /* for input_load */
};

void job_file(struct check_worker *w, const struct job *job);
void job_template(struct check_worker *w, const struct job *job);
void job_rendered(struct check_worker *w, const struct job *job);
void job_built(struct check_worker *w, const struct job *job);

/* Errors of a parsed text as problems of `name`; lines start behind line_base. */
void job_doc_errors(struct check_worker *w, const struct doc_file *doc, uint32_t line_base);

/* A problem at a place of a parsed text. */
void job_problem_at(struct check_worker *w, struct doc_file *doc, const struct doc_node *at,
                    uint32_t line_base, const char *fmt, ...) __attribute__((format(printf, 5, 6)));

/* Version and tree rules for every object of a parsed text; place->line and so on are filled here.
 * Trees that are no objects get the text rules. */
void job_judge_doc(struct check_worker *w, const struct rules_place *place, struct doc_file *doc);

#endif
