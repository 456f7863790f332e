#include "input/helm.h"

#include "input/runner.h"

static const char source_mark[] = "# Source: ";

/* --- output -------------------------------------------------------------------------------------
 */

static bool is_marker(struct sv line)
{
    return sv_starts(line, "---") &&
           (line.len == 3 || line.ptr[3] == ' ' || line.ptr[3] == '\r' || line.ptr[3] == '\t');
}

/* helm writes the name of the template in the first comment of a document. */
static struct sv source_of(struct sv doc)
{
    for (struct sv rest = doc; rest.ptr;) {
        struct sv line = sv_trim(sv_split(&rest, '\n'));
        if (sv_starts(line, source_mark))
            return sv_n(line.ptr + strlen(source_mark), line.len - strlen(source_mark));
        if (line.len && line.ptr[0] != '#' && !is_marker(line))
            break;
    }
    return SV_NONE;
}

static bool has_content(struct sv doc)
{
    for (struct sv rest = doc; rest.ptr;) {
        struct sv line = sv_trim(sv_split(&rest, '\n'));
        if (line.len && line.ptr[0] != '#' && !is_marker(line))
            return true;
    }
    return false;
}

/* A template that begins with a marker of its own leaves helm's comment alone in an empty document:
 * the document behind it, which has no name, is of that template. */
static void add_document(struct collect *c, struct chart *chart, struct sv doc, struct sv *last)
{
    struct sv source = source_of(doc);
    source = source.len ? source : *last;
    *last = has_content(doc) ? SV_NONE : source;
    if (!has_content(doc))
        return;
    struct input_item item = {.kind = INPUT_RENDERED, .text = doc, .chart = &chart->info};
    const struct input_item *from = source.len ? map_get(&chart->sources, source) : NULL;
    if (source.len)
        item.source = collect_dup(c, source);
    item.origin = from;
    if (from)
        item.chart = from->chart;
    item.name = from
                    ? collect_fmt(c, "%s (rendered)", from->name)
                    : collect_fmt(c, "%s (rendered)", item.source ? item.source : chart->info.path);
    collect_add(c, &item);
}

void helm_add_documents(struct collect *c, struct chart *chart, struct sv text)
{
    const char *start = text.ptr;
    struct sv last = SV_NONE;
    for (struct sv rest = text; rest.ptr;) {
        struct sv line = sv_split(&rest, '\n');
        if (is_marker(line) && line.ptr > start) {
            add_document(c, chart, sv_n(start, (size_t)(line.ptr - start)), &last);
            start = line.ptr;
        }
    }
    add_document(c, chart, sv_n(start, (size_t)(text.ptr + text.len - start)), &last);
}

/* --- command ------------------------------------------------------------------------------------
 */

struct words {
    VEC(const char *) argv;
};

static void add_word(struct words *w, const char *word)
{
    if (!vec_push(&w->argv, word))
        must_fail_nomem();
}

static void add_option(struct words *w, const char *option, const char *value)
{
    if (!value)
        return;
    add_word(w, option);
    add_word(w, value);
}

static void add_options(struct words *w, const char *option, const char *const *values)
{
    for (; values && *values; values++)
        add_option(w, option, *values);
}

/* A path that looks like an option must not be taken for one. */
static const char *as_path(struct collect *c, const char *path)
{
    return path[0] == '-' ? collect_fmt(c, "./%s", path) : path;
}

static const char *const *command(struct collect *c, const char *helm, const struct chart *chart)
{
    const struct input_options *o = c->options;
    struct words w = {0};
    add_word(&w, helm);
    add_word(&w, "template");
    if (o->release)
        add_word(&w, o->release);
    add_word(&w, as_path(c, chart->info.path));
    add_option(&w, "--namespace", o->namespace);
    add_option(&w, "--kube-version", o->kube_version);
    add_options(&w, "--api-versions", o->api_versions);
    add_options(&w, "--values", o->values);
    add_options(&w, "--set", o->set);
    add_word(&w, NULL);
    const char **argv = mem_must(arena_new_n(&c->scratch, const char *, w.argv.len));
    memcpy(argv, w.argv.items, w.argv.len * sizeof *argv);
    vec_release(&w.argv);
    return argv;
}

/* --- results ------------------------------------------------------------------------------------
 */

static void report_failure(struct collect *c, const struct chart *chart,
                           const struct runner_job *job)
{
    static const char missing[] = "missing in charts/ directory: ";
    char buf[ERR_MSG_MAX];
    const char *path = chart->info.path, *why = runner_complaint(job, buf);
    const char *names = strstr(why, missing);
    if (names) {
        collect_note(c,
                     "%s: not rendered, dependencies are missing in charts/ (%s): run `helm "
                     "dependency build %s`; the templates that are there were read",
                     path, names + strlen(missing), path);
        return;
    }
    collect_problem(
        c, path, collect_fmt(c, "helm cannot render it: %s", why),
        strstr(why, "kubeVersion")
            ? "the chart itself refuses that Kubernetes version: take a newer chart"
            : "give the values it needs with --values or --set; its templates were read "
              "unrendered");
}

static void take_result(struct collect *c, struct chart *chart, const struct runner_job *job)
{
    if (job->rc < 0 || job->result.exit_code != 0) {
        report_failure(c, chart, job);
        return;
    }
    const char *text = collect_dup(c, str_sv(&job->result.out));
    helm_add_documents(c, chart, sv_n(text, job->result.out.len));
}

static bool can_be_rendered(const struct chart *chart)
{
    return !chart->unrendered && !chart->info.library;
}

static size_t count_charts(const struct collect *c)
{
    size_t n = 0;
    vec_foreach(chart, &c->charts)
        n += can_be_rendered(*chart);
    return n;
}

void helm_render_all(struct collect *c)
{
    static const char *const names[] = {"helm", NULL};
    char helm[PATH_MAX];
    size_t count = count_charts(c), which, n = 0;
    if (!count || c->options->no_helm)
        return;
    if (!runner_find("TOBAN_HELM", names, helm, &which)) {
        collect_note(
            c, "helm is not on PATH: %zu chart%s read by the templates alone, not as rendered",
            count, count == 1 ? " was" : "s were");
        return;
    }
    struct runner_job *jobs = mem_must(arena_new_n(&c->scratch, struct runner_job, count));
    vec_foreach(chart, &c->charts)
        if (can_be_rendered(*chart))
            jobs[n++].spec = (struct proc_spec){.argv = command(c, helm, *chart),
                                                .out_max = HELM_OUTPUT_MAX,
                                                .timeout_ms = c->options->timeout_ms};
    runner_run(jobs, count);
    n = 0;
    vec_foreach(chart, &c->charts)
        if (can_be_rendered(*chart))
            take_result(c, *chart, &jobs[n++]);
    runner_release(jobs, count);
}
