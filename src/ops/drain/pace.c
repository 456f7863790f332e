#include "ops/drain/pace.h"

#define SCALE_MIN 0.25
#define SCALE_MAX 8.0

static uint32_t slot(const struct pace *p, uint32_t i)
{
    return (p->first + i) % PACE_SAMPLES;
}

/* One sample older than the span is kept, so that the span is always covered. */
static void forget_old(struct pace *p, int64_t now)
{
    while (p->len > 1 && p->samples[slot(p, 1)].at_ms <= now - PACE_SPAN_MS) {
        p->first = slot(p, 1);
        p->len--;
    }
}

void pace_add(struct pace *p, int64_t at_ms, uint64_t count)
{
    const int64_t step = PACE_SPAN_MS / (PACE_SAMPLES - 2);
    forget_old(p, at_ms);
    if (p->len > 1 && at_ms - p->samples[slot(p, p->len - 2)].at_ms < step)
        p->len--;
    if (p->len == PACE_SAMPLES) {
        p->first = slot(p, 1);
        p->len--;
    }
    p->samples[slot(p, p->len)].at_ms = at_ms;
    p->samples[slot(p, p->len)].count = count;
    p->len++;
}

double pace_per_s(const struct pace *p, int64_t now_ms)
{
    if (!p->len)
        return 0;
    uint32_t i = 0;
    while (i + 1 < p->len && p->samples[slot(p, i + 1)].at_ms <= now_ms - PACE_SPAN_MS)
        i++;
    int64_t span = now_ms - p->samples[slot(p, i)].at_ms;
    uint64_t count = p->samples[slot(p, p->len - 1)].count - p->samples[slot(p, i)].count;
    return span > 0 ? (double)count * 1000 / (double)span : 0;
}

static int64_t by_rate(const struct pace_state *s)
{
    double left = (double)(s->total - s->done);
    return s->per_s > 0 && left > 0 ? (int64_t)(left / s->per_s * 1000) : -1;
}

/* All pods are gone: volumes and replacements are waited for. */
static int64_t of_the_end(const struct pace_state *s)
{
    return s->forecast_ms > s->elapsed_ms ? s->forecast_ms - s->elapsed_ms : -1;
}

int64_t pace_remaining(const struct pace_state *s)
{
    if (s->done >= s->total)
        return of_the_end(s);
    if (s->forecast_ms <= 0)
        return by_rate(s);
    double part = (double)s->done / (double)s->total;
    double mine = (double)(s->done - s->before) / (double)s->total;
    double expected = mine * (double)s->forecast_ms;
    double scale = expected > 0 ? (double)s->elapsed_ms / expected : 1;
    scale = scale < SCALE_MIN ? SCALE_MIN : scale > SCALE_MAX ? SCALE_MAX : scale;
    scale = part * scale + (1 - part);
    return (int64_t)((1 - part) * (double)s->forecast_ms * scale);
}
