/* A file as somebody wrote it: scanned, and parsed only where that can tell more. */
#include "ops/check/job.h"

#include "doc/scan.h"
#include "ops/check/sound.h"

struct file_job {
    struct check_worker *w;
    const char *name;
    struct sv text;
    bool has_words; /* of the rules, somewhere in the file */
};

/* Positions of a part that begins with a line are counted from there, so that a large file with
 * many documents is not walked again for each. */
static int parse_part(const struct file_job *f, const struct scan_doc *d, struct doc_file *doc,
                      uint32_t *line_base, struct err *err)
{
    bool at_line = !d->span.start || f->text.ptr[d->span.start - 1] == '\n';
    struct sv part = sv_n(f->text.ptr + d->span.start, d->span.end - d->span.start);
    *line_base = at_line ? d->line - 1 : 0;
    return at_line ? doc_parse(doc, f->name, part, NULL, err)
                   : doc_parse_span(doc, f->name, f->text, d->span, NULL, err);
}

static void parse_and_judge(const struct file_job *f, const struct scan_doc *d, uint64_t words)
{
    _cleanup_doc_ struct doc_file doc = {0};
    struct rules_place place = {.file = f->name, .source = "manifest", .words = words};
    struct err err = {0};
    if (parse_part(f, d, &doc, &place.line_base, &err) < 0) {
        finding_add_problem(&f->w->result->set, f->name, err.msg, *err.hint ? err.hint : NULL);
        return;
    }
    job_doc_errors(f->w, &doc, place.line_base);
    job_judge_doc(f->w, &place, &doc);
}

/* Where the apiVersion's value stands, quotes included as in a parsed document. */
static void set_place(const struct file_job *f, const struct scan_doc *d, struct rules_place *place)
{
    const char *start = d->api_version.ptr, *end = start + d->api_version.len;
    const char *line = f->text.ptr + d->span.start;
    if (start > f->text.ptr && (start[-1] == '"' || start[-1] == '\'')) {
        start--;
        end++;
    }
    place->line = d->line;
    for (const char *eol; (eol = memchr(line, '\n', (size_t)(start - line))); line = eol + 1)
        place->line++;
    place->column = (uint32_t)(start - line) + 1;
    place->end_column = (uint32_t)(end - line) + 1;
}

static void judge_scanned(const struct file_job *f, const struct scan_doc *d)
{
    struct object o = {
        .api_version = d->api_version,
        .kind = d->kind,
        .name = d->name,
        .namespace = d->namespace,
    };
    struct sv rest = d->api_version, first = sv_split(&rest, '/');
    o.group = rest.ptr ? first : SV("");
    o.version = rest.ptr ? rest : first;
    struct rules_place place = {.file = f->name, .source = "manifest"};
    set_place(f, d, &place);
    f->w->result->set.objects++;
    rules_judge_version(f->w->result, f->w->target, &place, &o);
}

static void look_at(const struct file_job *f, const struct scan_doc *d)
{
    struct sv text = sv_n(f->text.ptr + d->span.start, d->span.end - d->span.start);
    if (d->empty)
        return;
    uint64_t words = f->has_words ? literal_find(f->w->words, text) : 0;
    if (d->doubt || rules_wants_tree(d->kind, text, words) || !sound_document(text))
        parse_and_judge(f, d, words);
    else if (d->api_version.len && d->kind.len)
        judge_scanned(f, d);
}

void job_file(struct check_worker *w, const struct job *job)
{
    struct file_job f = {.w = w, .name = job->item->name};
    struct err err = {0};
    if (input_load(job->item, &w->buf, &f.text, &err) < 0) {
        finding_add_problem(&w->result->set, job->item->name, err.msg, *err.hint ? err.hint : NULL);
        return;
    }
    w->result->set.files++;
    f.has_words = literal_find(w->words, f.text) != 0;
    struct scan scan;
    struct scan_doc d;
    scan_init(&scan, f.text);
    while (scan_next(&scan, &d))
        look_at(&f, &d);
}
