#include "plan/gate.h"

#include "base/duration.h"

#include <math.h>

#define DAY_MIN (24 * 60)
#define MINUTE_MS INT64_C(60000)
#define EVERY_MS 30000

const char *const gate_kind_names[GATE_KINDS] = {
    [GATE_APPROVAL] = "approval", [GATE_SOAK] = "soak",       [GATE_WINDOW] = "window",
    [GATE_METRIC] = "metric",     [GATE_WEBHOOK] = "webhook",
};

static int64_t every(const struct gate *g)
{
    return g->every_ms > 0 ? g->every_ms : EVERY_MS;
}

/* Sums of what a file says must not run over. */
static int64_t later(int64_t from_ms, int64_t by_ms)
{
    return by_ms > INT64_MAX - from_ms ? INT64_MAX : from_ms + by_ms;
}

static int64_t earlier_of(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

/* --- approval and soak --------------------------------------------------------------------- */

static enum gate_say decide_approval(const struct gate_memory *m, int64_t *wake_ms, char *words,
                                     size_t cap)
{
    if (m->approved_by) {
        snprintf(words, cap, "approved by %s", m->approved_by);
        return GATE_OPEN;
    }
    *wake_ms = INT64_MAX;
    snprintf(words, cap, "waits for somebody to approve it");
    return GATE_WAIT;
}

static enum gate_say decide_soak(const struct gate *g, const struct gate_memory *m, int64_t now_ms,
                                 int64_t *wake_ms, char *words, size_t cap)
{
    char text[DURATION_TEXT_MAX];
    int64_t end = later(m->reached_ms, g->soak_ms);
    if (now_ms >= end) {
        snprintf(words, cap, "%s have passed", duration_format(g->soak_ms, text));
        return GATE_OPEN;
    }
    *wake_ms = end;
    snprintf(words, cap, "waits %s more", duration_format(end - now_ms, text));
    return GATE_WAIT;
}

/* --- window -------------------------------------------------------------------------------- */

/* 1970-01-01 was a Thursday; bit 0 is Monday. */
static bool opens_on(const struct gate *g, int64_t day)
{
    return !(g->days & 0x7f) || (g->days >> ((day % 7 + 7 + 3) % 7) & 1);
}

static enum gate_say decide_window(const struct gate *g, int64_t now_ms, int64_t *wake_ms,
                                   char *words, size_t cap)
{
    const int64_t day_ms = DAY_MIN * MINUTE_MS;
    const int length = (g->to_min - g->from_min + DAY_MIN - 1) % DAY_MIN + 1;
    const int64_t today = now_ms / day_ms;
    for (int64_t day = today - 1; day <= today + 7; day++) {
        int64_t from = day * day_ms + g->from_min * MINUTE_MS;
        if (!opens_on(g, day) || now_ms >= from + length * MINUTE_MS)
            continue;
        char text[DURATION_TEXT_MAX];
        if (now_ms >= from) {
            snprintf(words, cap, "the window is open for %s more",
                     duration_format(from + length * MINUTE_MS - now_ms, text));
            return GATE_OPEN;
        }
        *wake_ms = from;
        snprintf(words, cap, "the window opens in %s", duration_format(from - now_ms, text));
        return GATE_WAIT;
    }
    *wake_ms = later(now_ms, day_ms);
    snprintf(words, cap, "the window does not open");
    return GATE_WAIT;
}

/* --- what is looked at outside ------------------------------------------------------------- */

static bool is_fresh(const struct gate *g, const struct gate_memory *m, int64_t now_ms)
{
    return m->seen_ms && m->seen_ms <= now_ms && now_ms - m->seen_ms < every(g);
}

/* A metric that is about to have been good for long enough is looked at right then. */
static int64_t next_look(const struct gate *g, const struct gate_memory *m)
{
    int64_t next = later(m->seen_ms, every(g));
    if (m->good_ms && g->kind == GATE_METRIC && g->for_ms > 0) {
        int64_t enough = later(m->good_ms, g->for_ms);
        if (enough > m->seen_ms)
            next = earlier_of(next, enough);
    }
    return next;
}

static void describe_sight(const struct gate *g, const struct gate_memory *m, int64_t now_ms,
                           char *words, size_t cap)
{
    char text[DURATION_TEXT_MAX], whole[DURATION_TEXT_MAX];
    const char *colon = m->said[0] ? ": " : "";
    if (!m->seen_ms)
        snprintf(words, cap, "was not looked at yet");
    else if (m->failures)
        snprintf(words, cap, "could not be asked (%u time%s in a row)%s%s", m->failures,
                 m->failures == 1 ? "" : "s", colon, m->said);
    else if (g->kind == GATE_WEBHOOK)
        snprintf(words, cap, "%s%s%s", m->good_ms ? "says yes" : "says not yet", colon, m->said);
    else if (!m->has_value)
        snprintf(words, cap, "there is no such series%s%s", colon, m->said);
    else if (!m->good_ms)
        snprintf(words, cap, "is %.6g, which is not good", m->value);
    else if (g->for_ms > 0)
        snprintf(words, cap, "is %.6g, good for %s of %s", m->value,
                 duration_format(now_ms - m->good_ms, text), duration_format(g->for_ms, whole));
    else
        snprintf(words, cap, "is %.6g, which is good", m->value);
}

static enum gate_say decide_outside(const struct gate *g, const struct gate_memory *m,
                                    int64_t now_ms, int64_t *wake_ms, char *words, size_t cap)
{
    const int64_t needed = g->kind == GATE_METRIC ? g->for_ms : 0;
    describe_sight(g, m, now_ms, words, cap);
    if (m->good_ms && is_fresh(g, m, now_ms) && m->seen_ms - m->good_ms >= needed)
        return GATE_OPEN;
    if (m->seen_ms > now_ms || !m->seen_ms || now_ms >= next_look(g, m))
        return GATE_OBSERVE;
    *wake_ms = next_look(g, m);
    return GATE_WAIT;
}

static enum gate_say decide(const struct gate *g, const struct gate_memory *m, int64_t now_ms,
                            int64_t *wake_ms, char *words, size_t cap)
{
    switch (g->kind) {
    case GATE_APPROVAL:
        return decide_approval(m, wake_ms, words, cap);
    case GATE_SOAK:
        return decide_soak(g, m, now_ms, wake_ms, words, cap);
    case GATE_WINDOW:
        return decide_window(g, now_ms, wake_ms, words, cap);
    case GATE_METRIC:
    case GATE_WEBHOOK:
    case GATE_KINDS:
        break;
    }
    return decide_outside(g, m, now_ms, wake_ms, words, cap);
}

enum gate_say gate_decide(const struct gate *g, struct gate_memory *m, int64_t now_ms,
                          int64_t *wake_ms, char *words, size_t cap)
{
    if (!m->reached_ms)
        m->reached_ms = now_ms;
    *wake_ms = now_ms;
    enum gate_say say = decide(g, m, now_ms, wake_ms, words, cap);
    if (say == GATE_OPEN || g->timeout_ms <= 0)
        return say;
    int64_t end = later(m->reached_ms, g->timeout_ms);
    if (now_ms < end) {
        *wake_ms = say == GATE_WAIT ? earlier_of(*wake_ms, end) : *wake_ms;
        return say;
    }
    char why[512], text[DURATION_TEXT_MAX];
    snprintf(why, sizeof why, "%s", words);
    snprintf(words, cap, "did not open within %s: %s", duration_format(g->timeout_ms, text), why);
    return GATE_FAILED;
}

static bool is_good(const struct gate *g, const struct gate_sight *sight)
{
    if (!sight->ok)
        return false;
    if (g->kind == GATE_WEBHOOK)
        return sight->allows;
    switch (g->compare) {
    case GATE_BELOW:
        return sight->value < g->threshold;
    case GATE_AT_MOST:
        return sight->value <= g->threshold;
    case GATE_ABOVE:
        return sight->value > g->threshold;
    case GATE_AT_LEAST:
        break;
    }
    return sight->value >= g->threshold;
}

void gate_saw(const struct gate *g, struct gate_memory *m, const struct gate_sight *sight,
              int64_t now_ms)
{
    bool gap = !m->seen_ms || now_ms < m->seen_ms || (now_ms - m->seen_ms) / 3 > every(g);
    if (!is_good(g, sight))
        m->good_ms = 0;
    else if (!m->good_ms || gap)
        m->good_ms = now_ms;
    m->seen_ms = now_ms;
    m->failures = sight->ok ? 0 : m->failures + 1;
    m->has_value = g->kind == GATE_METRIC && sight->ok && !isnan(sight->value);
    m->value = m->has_value ? sight->value : 0;
    snprintf(m->said, sizeof m->said, "%s", sight->words);
}
