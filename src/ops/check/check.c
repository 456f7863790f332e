#include "ops/check/check.h"

#include "base/io.h"
#include "base/must.h"
#include "ops/check/job.h"

#include <pthread.h>
#include <stdatomic.h>
#include <unistd.h>

/* Jobs of a block share one result; blocks are joined in order. Small enough that threads finish
 * together, large enough that joining costs nothing. */
#define BLOCK_JOBS 64

struct block {
    struct rules_result result;
};

struct check_run {
    const struct input_list *list;
    const struct check_options *options;
    struct literal_set words;
    struct arena arena;
    VEC(struct job) jobs;
    struct block *blocks;
    size_t block_count;
    atomic_size_t next;
};

static void add_job(struct check_run *run, struct job job)
{
    if (!vec_push(&run->jobs, job))
        must_fail_nomem();
}

static bool is_rendered_chart(const struct input_list *list, const struct input_chart *chart)
{
    vec_foreach(i, &list->items)
        if ((*i)->kind == INPUT_RENDERED && (*i)->chart == chart)
            return true;
    return false;
}

/* Renders follow their templates in the list, so each template's are gathered in one walk. */
static void add_template(struct check_run *run, const struct input_item *item, size_t position)
{
    struct job job = {.kind = JOB_TEMPLATE, .item = item};
    const struct input_list *list = run->list;
    job.renders = mem_must(
        arena_new_n(&run->arena, const struct input_item *, list->items.len - position + 1));
    for (size_t i = position; i < list->items.len; i++)
        if (list->items.items[i]->kind == INPUT_RENDERED && list->items.items[i]->origin == item)
            job.renders[job.render_count++] = list->items.items[i];
    job.chart_rendered = item->chart && is_rendered_chart(list, item->chart);
    add_job(run, job);
}

static void plan_jobs(struct check_run *run, bool built)
{
    for (size_t i = 0; i < run->list->items.len; i++) {
        const struct input_item *item = run->list->items.items[i];
        if (built != (item->kind == INPUT_BUILT))
            continue;
        switch (item->kind) {
        case INPUT_FILE:
        case INPUT_STDIN:
        case INPUT_MEMBER:
            add_job(run, (struct job){.kind = JOB_FILE, .item = item});
            break;
        case INPUT_TEMPLATE:
            add_template(run, item, i);
            break;
        case INPUT_RENDERED:
            if (!item->origin)
                add_job(run, (struct job){.kind = JOB_RENDERED, .item = item});
            break;
        case INPUT_BUILT:
            add_job(run, (struct job){.kind = JOB_BUILT, .item = item});
            break;
        }
    }
}

static void run_job(struct check_worker *w, const struct job *job)
{
    switch (job->kind) {
    case JOB_FILE:
        job_file(w, job);
        break;
    case JOB_TEMPLATE:
        job_template(w, job);
        break;
    case JOB_RENDERED:
        job_rendered(w, job);
        break;
    case JOB_BUILT:
        job_built(w, job);
        break;
    }
}

static void *work(void *arg)
{
    struct check_run *run = arg;
    struct check_worker w = {
        .list = run->list, .target = &run->options->target, .words = &run->words};
    str_init(&w.buf, IO_MANIFEST_MAX + 1);
    str_init(&w.other_buf, IO_MANIFEST_MAX + 1);
    for (size_t b; (b = atomic_fetch_add(&run->next, 1)) < run->block_count;) {
        w.result = &run->blocks[b].result;
        size_t end = (b + 1) * BLOCK_JOBS;
        for (size_t j = b * BLOCK_JOBS; j < run->jobs.len && j < end; j++)
            run_job(&w, &run->jobs.items[j]);
    }
    str_release(&w.buf);
    str_release(&w.other_buf);
    return NULL;
}

static unsigned thread_count(const struct check_run *run)
{
    unsigned threads = run->options->threads;
    if (!threads) {
        long cores = sysconf(_SC_NPROCESSORS_ONLN);
        threads = cores < 2 ? 2 : cores > CHECK_THREADS_MAX ? CHECK_THREADS_MAX : (unsigned)cores;
    }
    threads = threads > CHECK_THREADS_MAX ? CHECK_THREADS_MAX : threads;
    return threads > run->block_count ? (unsigned)run->block_count : threads;
}

/* The caller's thread works too, so a machine without another thread still gets its answer. */
static void run_threads(struct check_run *run)
{
    pthread_t threads[CHECK_THREADS_MAX];
    unsigned wanted = thread_count(run), started = 0;
    while (started + 1 < wanted && pthread_create(&threads[started], NULL, work, run) == 0)
        started++;
    work(run);
    for (unsigned i = 0; i < started; i++)
        pthread_join(threads[i], NULL);
}

static bool same_object(const struct finding *a, const struct finding *b)
{
    return strcmp(a->rule, b->rule) == 0 && a->subject.kind && b->subject.kind &&
           strcmp(a->subject.kind, b->subject.kind) == 0 && a->subject.name && b->subject.name &&
           strcmp(a->subject.name, b->subject.name) == 0;
}

/* What a patch file says is told there already; the built object that it patches only adds to the
 * evidence. */
static void join_built(struct rules_result *into, struct rules_result *built)
{
    size_t known_count = into->set.findings.len;
    size_t kept = 0;
    vec_foreach(f, &built->set.findings) {
        struct finding *known = NULL;
        for (size_t i = 0; i < known_count && !known; i++)
            if (same_object(&into->set.findings.items[i], f))
                known = &into->set.findings.items[i];
        if (!known) {
            built->set.findings.items[kept++] = *f;
            continue;
        }
        vec_foreach(e, &f->evidence)
            finding_add_evidence(&into->set, known, e->source, e->detail, e->seen);
        vec_release(&f->evidence);
    }
    built->set.findings.len = kept;
    rules_join(into, built);
}

static void run_jobs(struct check_run *run, bool built, struct rules_result *r)
{
    run->jobs.len = 0;
    plan_jobs(run, built);
    run->block_count = (run->jobs.len + BLOCK_JOBS - 1) / BLOCK_JOBS;
    run->blocks = mem_must(calloc(run->block_count + 1, sizeof *run->blocks));
    atomic_store(&run->next, 0);
    if (run->block_count)
        run_threads(run);
    for (size_t b = 0; b < run->block_count; b++) {
        if (built)
            join_built(r, &run->blocks[b].result);
        else
            rules_join(r, &run->blocks[b].result);
    }
    free(run->blocks);
}

/* Line of "name: NAME" in the chart's own file; 0 when it cannot be read. */
static uint32_t line_of_dependency(const char *file, const char *name, uint32_t *column)
{
    _cleanup_str_ struct str text = {0};
    struct err err = {0};
    if (io_read_file(file, IO_MANIFEST_MAX, &text, &err) < 0)
        return 0;
    struct sv rest = str_sv(&text);
    for (uint32_t line = 1; rest.ptr; line++) {
        struct sv whole = sv_split(&rest, '\n');
        struct sv content = sv_trim(whole);
        if (sv_starts(content, "- "))
            content = sv_trim(sv_n(content.ptr + 2, content.len - 2));
        if (!sv_starts(content, "name:"))
            continue;
        struct sv value = sv_trim(sv_n(content.ptr + 5, content.len - 5));
        if (value.len >= 2 && (value.ptr[0] == '"' || value.ptr[0] == '\''))
            value = sv_n(value.ptr + 1, value.len - 2);
        if (!sv_is(value, name))
            continue;
        *column = (uint32_t)(value.ptr - whole.ptr) + 1;
        return line;
    }
    return 0;
}

static void judge_chart(struct check_run *run, const struct input_chart *chart,
                        struct rules_result *r)
{
    const char *file = mem_must(arena_fmt(&run->arena, "%s/Chart.yaml", chart->path));
    struct rules_place place = {.file = file, .source = "chart", .fixed_line = true};
    const struct rules_target *target = &run->options->target;
    if (!chart->parent) {
        place.line = line_of_dependency(file, chart->name, &place.column);
        rules_judge_chart(r, target, &place, sv_of(chart->name), sv_of(chart->app_version));
    } else { /* its parent's dependency line is the one that people write */
        struct rules_result seen = {0};
        rules_judge_chart(&seen, target, &place, sv_of(chart->name), sv_of(chart->app_version));
        components_join(&r->components, &seen.components);
        rules_result_release(&seen);
    }
    for (size_t i = 0; i < chart->dependency_count; i++) {
        const char *name = chart->dependencies[i].name;
        place.line = line_of_dependency(file, name, &place.column);
        rules_judge_chart(r, target, &place, sv_of(name), SV_NONE);
    }
}

static void judge_charts(struct check_run *run, struct rules_result *r)
{
    VEC(const struct input_chart *) seen = {0};
    vec_foreach(i, &run->list->items) {
        const struct input_chart *chart = (*i)->chart;
        bool known = !chart;
        for (size_t s = 0; s < seen.len && !known; s++)
            known = seen.items[s] == chart;
        if (known)
            continue;
        if (!vec_push(&seen, chart))
            must_fail_nomem();
        judge_chart(run, chart, r);
    }
    vec_release(&seen);
}

static int prepare_words(struct literal_set *set, struct err *err)
{
    struct sv words[LITERAL_MAX];
    unsigned count = 0;
    while (count < LITERAL_MAX && rules_literals[count]) {
        words[count] = sv_of(rules_literals[count]);
        count++;
    }
    return literal_init(set, words, count, err);
}

int check_inputs(const struct input_list *list, const struct check_options *options,
                 struct rules_result *r, struct err *err)
{
    struct check_run run = {.list = list, .options = options};
    if (prepare_words(&run.words, err) < 0)
        return -1;
    vec_foreach(p, &list->problems)
        finding_add_problem(&r->set, p->where, p->message, p->hint);
    vec_foreach(n, &list->notes)
        finding_add_note(&r->set, "%s", *n);
    judge_charts(&run, r);
    run_jobs(&run, false, r);
    run_jobs(&run, true, r);
    vec_release(&run.jobs);
    arena_release(&run.arena);
    return 0;
}
