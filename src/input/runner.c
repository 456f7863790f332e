#include "input/runner.h"

#include <pthread.h>
#include <stdatomic.h>
#include <sched.h>

#define THREADS_MAX 8u

struct pool {
    struct runner_job *jobs;
    size_t count;
    atomic_size_t next;
};

static void *work(void *arg)
{
    struct pool *p = arg;
    for (size_t i; (i = atomic_fetch_add(&p->next, 1)) < p->count;) {
        struct runner_job *job = &p->jobs[i];
        job->rc = proc_run(&job->spec, &job->result, &job->err);
    }
    return NULL;
}

static size_t processors(void)
{
    cpu_set_t set;
    int n = sched_getaffinity(0, sizeof set, &set) == 0 ? CPU_COUNT(&set) : 1;
    return n > (int)THREADS_MAX ? THREADS_MAX : (size_t)n;
}

void runner_run(struct runner_job *jobs, size_t count)
{
    struct pool pool = {.jobs = jobs, .count = count};
    pthread_t threads[THREADS_MAX];
    size_t want = processors(), started = 0;
    while (started + 1 < want && started + 1 < count &&
           pthread_create(&threads[started], NULL, work, &pool) == 0)
        started++;
    work(&pool);
    for (size_t i = 0; i < started; i++)
        pthread_join(threads[i], NULL);
}

void runner_release(struct runner_job *jobs, size_t count)
{
    for (size_t i = 0; i < count; i++)
        proc_result_release(&jobs[i].result);
}

static struct sv without_prefix(struct sv v, const char *prefix)
{
    return sv_starts(v, prefix) ? sv_trim(sv_n(v.ptr + strlen(prefix), v.len - strlen(prefix))) : v;
}

const char *runner_complaint(const struct runner_job *job, char buf[static ERR_MSG_MAX])
{
    if (job->rc < 0)
        return job->err.msg;
    struct sv words = proc_last_words(&job->result);
    for (struct sv rest = str_sv(&job->result.err); rest.ptr;) {
        struct sv line = sv_trim(sv_split(&rest, '\n'));
        if (sv_starts(line, "Error:") || sv_starts(line, "error:"))
            words = line;
    }
    words = without_prefix(without_prefix(words, "Error:"), "error:");
    if (words.len)
        snprintf(buf, ERR_MSG_MAX, "%.*s", SV_ARG(words));
    else
        snprintf(buf, ERR_MSG_MAX, "exit code %d without a word", job->result.exit_code);
    return buf;
}

bool runner_find(const char *variable, const char *const *names, char path[static PATH_MAX],
                 size_t *which)
{
    const char *given = getenv(variable);
    *which = 0;
    if (given && *given)
        return snprintf(path, PATH_MAX, "%s", given) < PATH_MAX;
    for (size_t i = 0; names[i]; i++) {
        *which = i;
        if (proc_find(names[i], path))
            return true;
    }
    return false;
}
