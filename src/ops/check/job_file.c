/* A file as somebody wrote it. */
#include "ops/check/job.h"

static void parse_all(struct check_worker *w, const struct rules_place *place, struct sv text)
{
    _cleanup_doc_ struct doc_file doc = {0};
    struct err err = {0};
    if (doc_parse(&doc, place->file, text, NULL, &err) < 0) {
        finding_add_problem(&w->result->set, place->file, err.msg, *err.hint ? err.hint : NULL);
        return;
    }
    job_doc_errors(w, &doc, place->line_base);
    job_judge_doc(w, place, &doc);
}

void job_file(struct check_worker *w, const struct job *job)
{
    struct sv text;
    struct err err = {0};
    if (input_load(job->item, &w->buf, &text, &err) < 0) {
        finding_add_problem(&w->result->set, job->item->name, err.msg, *err.hint ? err.hint : NULL);
        return;
    }
    w->result->set.files++;
    struct rules_place place = {.file = job->item->name, .source = "manifest"};
    parse_all(w, &place, text);
}
