/*
 * sched_ask: asks a scheduler of a given version about a small world, for table tests.
 */
#ifndef TOBAN_TESTS_SCHED_ASK_H
#define TOBAN_TESTS_SCHED_ASK_H

#include "sched/sched.h"

#include <string.h>

#include "unit.h"

static inline struct sched *ask_new(const struct world *w, unsigned minor)
{
    struct sched_options o = {.version = {1, (uint16_t)minor, 0, true}, .seed = 7};
    return sched_new(w, &o);
}

/* Why no node takes the pod, as kube-scheduler of 1.minor says it. */
static inline void ask_says(const struct world *w, uint32_t pod, unsigned minor, const char *text)
{
    struct sched *s = ask_new(w, minor);
    struct sched_refusal r;
    struct str got = {0};
    sched_explain(s, pod, &r);
    sched_refusal_text(s, &r, &got);
    assert_string_equal(str_c(&got), text);
    sched_refusal_release(&r);
    str_release(&got);
    sched_free(s);
}

/* Only what the filters say, without the part about preemption. */
static inline void ask_filters_say(const struct world *w, uint32_t pod, unsigned minor,
                                   const char *text)
{
    struct sched *s = ask_new(w, minor);
    struct sched_refusal r;
    struct str got = {0};
    sched_explain(s, pod, &r);
    sched_refusal_text(s, &r, &got);
    const char *rest = strstr(str_c(&got), minor < 34 ? " preemption:" : " no new claims");
    struct sv first = sv_n(str_c(&got), rest ? (size_t)(rest - str_c(&got)) : got.len);
    if (!sv_is(first, text))
        fail_msg("1.%u says \"%.*s\", expected \"%s\"", minor, SV_ARG(first), text);
    sched_refusal_release(&r);
    str_release(&got);
    sched_free(s);
}

static inline bool ask_fits(const struct world *w, uint32_t pod, uint32_t node, unsigned minor)
{
    struct sched *s = ask_new(w, minor);
    bool fits = sched_fits(s, pod, node, NULL);
    sched_free(s);
    return fits;
}

#endif
