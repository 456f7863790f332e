/*
 * pace: how fast a drain goes and how long it will still take. Arithmetic only; times are handed
 * in.
 */
#ifndef TOBAN_OPS_DRAIN_PACE_H
#define TOBAN_OPS_DRAIN_PACE_H

#include <stdint.h>

#define PACE_SPAN_MS 60000
#define PACE_SAMPLES 64

/* What was counted over the last minute. Zeroed memory has counted nothing. */
struct pace {
    struct {
        int64_t at_ms;
        uint64_t count;
    } samples[PACE_SAMPLES];
    uint32_t first, len;
};

/* count never shrinks; at_ms never goes back. */
void pace_add(struct pace *p, int64_t at_ms, uint64_t count);
/* A second, over the last minute or the time since the first sample. */
double pace_per_s(const struct pace *p, int64_t now_ms);

struct pace_state {
    int64_t forecast_ms;          /* of all, as rehearsed; 0: none */
    int64_t elapsed_ms;           /* of this runner */
    uint64_t done, total, before; /* pods; before: of `done`, by earlier runners */
    double per_s;
};
/* Milliseconds; -1: not known. The rehearsal's forecast for what is left, scaled by how much faster
 * or slower than forecast it went so far, the more of it is behind us the more so; without a
 * forecast by the present rate. */
int64_t pace_remaining(const struct pace_state *s);

#endif
