#include "input/kustomize.h"

#include "input/runner.h"

/* Its git must not ask a person for a password. */
static const char *const quiet_git[] = {"GIT_TERMINAL_PROMPT=0", "GIT_ASKPASS=true",
                                        "SSH_ASKPASS=true", "GIT_SSH_COMMAND=ssh -o BatchMode=yes",
                                        NULL};

static void reach(struct kustomize_folder *f)
{
    if (f->reached)
        return;
    f->reached = true;
    vec_foreach(inner, &f->inner)
        reach(*inner);
}

/* Those that no other refers to; of a ring, its first, so that the tool tells of the ring. */
static size_t choose_roots(struct kustomize *k)
{
    size_t n = 0;
    for (unsigned pass = 0; pass < 2; pass++) {
        vec_foreach(at, &k->folders) {
            struct kustomize_folder *f = *at;
            if (!f->walked || !f->file || f->component || f->reached || (pass == 0 && f->referred))
                continue;
            f->root = true;
            reach(f);
            n++;
        }
    }
    return n;
}

/* The first folder below f, itself included, that refers to another place. */
static const struct kustomize_folder *find_remote(const struct kustomize_folder *f, unsigned depth)
{
    if (f->remote || depth > 32)
        return f->remote ? f : NULL;
    vec_foreach(inner, &f->inner) {
        const struct kustomize_folder *found = find_remote(*inner, depth + 1);
        if (found)
            return found;
    }
    return NULL;
}

static void report_failure(struct kustomize *k, const struct kustomize_folder *f, const char *tool,
                           const struct runner_job *job)
{
    char buf[ERR_MSG_MAX];
    const char *why = runner_complaint(job, buf);
    const struct kustomize_folder *remote = find_remote(f, 0);
    if (remote)
        collect_problem(k->c, f->path,
                        collect_fmt(k->c,
                                    "%s could not build it: %s; %s refers to '%s', which is not on "
                                    "this machine",
                                    tool, why, remote->file, remote->remote),
                        "fetch it beforehand and refer to the local copy; the files that are here "
                        "were read as they are");
    else
        collect_problem(k->c, f->path, collect_fmt(k->c, "%s could not build it: %s", tool, why),
                        "its files were read as they are");
}

static void take_result(struct kustomize *k, const struct kustomize_folder *f, const char *tool,
                        const struct runner_job *job)
{
    if (job->rc < 0 || job->result.exit_code != 0) {
        report_failure(k, f, tool, job);
        return;
    }
    const char *text = collect_dup(k->c, str_sv(&job->result.out));
    struct input_item item = {.kind = INPUT_BUILT,
                              .source = f->path,
                              .name = collect_fmt(k->c, "%s (built)", f->path),
                              .text = sv_n(text, job->result.out.len)};
    origins_add(k, collect_add(k->c, &item), f);
}

/* Nobody else will complain about these when nothing is built. */
static void report_missing(struct kustomize *k)
{
    vec_foreach(f, &k->folders) {
        vec_foreach(path, &(*f)->missing)
            collect_problem(k->c, (*f)->file,
                            collect_fmt(k->c, "refers to '%s', which is not there", *path), NULL);
        if ((*f)->remote)
            collect_note(k->c, "%s: '%s' is not on this machine and was not looked at", (*f)->file,
                         (*f)->remote);
    }
}

static const char *const *command(struct kustomize *k, const char *program, size_t which,
                                  const char *path)
{
    const char **argv = mem_must(arena_new_n(&k->c->scratch, const char *, 4));
    argv[0] = program;
    argv[1] = which == 0 ? "kustomize" : "build";
    argv[2] = path[0] == '-' ? collect_fmt(k->c, "./%s", path) : path;
    return argv;
}

static void build(struct kustomize *k, const char *program, size_t which, size_t count)
{
    struct runner_job *jobs = mem_must(arena_new_n(&k->c->scratch, struct runner_job, count));
    size_t n = 0;
    vec_foreach(f, &k->folders)
        if ((*f)->root)
            jobs[n++].spec = (struct proc_spec){.argv = command(k, program, which, (*f)->path),
                                                .env_add = quiet_git,
                                                .out_max = KUSTOMIZE_OUTPUT_MAX,
                                                .timeout_ms = k->c->options->timeout_ms};
    runner_run(jobs, count);
    n = 0;
    vec_foreach(f, &k->folders)
        if ((*f)->root)
            take_result(k, *f, which == 0 ? "kubectl kustomize" : "kustomize build", &jobs[n++]);
    runner_release(jobs, count);
}

void kustomize_build_all(struct kustomize *k)
{
    static const char *const names[] = {"kubectl", "kustomize", NULL};
    char program[PATH_MAX];
    size_t count = choose_roots(k), which;
    if (!count)
        return;
    if (k->c->options->no_kustomize) {
        report_missing(k);
    } else if (runner_find("TOBAN_KUBECTL", names, program, &which)) {
        build(k, program, which, count);
    } else {
        collect_note(k->c,
                     "neither kubectl nor kustomize is on PATH: %zu Kustomize folder%s read as %s "
                     "files, not as built",
                     count, count == 1 ? " was" : "s were", count == 1 ? "its" : "their");
        report_missing(k);
    }
}
