/*
 * pace: how fast a service lets us call it, found out as the AWS SDKs do in their adaptive mode:
 * a token bucket whose rate falls when calls are throttled and grows again along a cubic curve;
 * and a quota of retries, so that a service in trouble is not buried under them. Pure: the time
 * comes from the caller. Source of rules and constants: "Retry behavior" in the reference guide of
 * the AWS SDKs and tools, botocore.retries.
 */
#ifndef TOBAN_AWS_PACE_H
#define TOBAN_AWS_PACE_H

#include <stdbool.h>
#include <stdint.h>

#define AWS_PACE_QUOTA 500 /* retry tokens at first and at most */

struct aws_pace {
    bool enabled;     /* since the first throttled call */
    double fill_rate; /* calls per second */
    double capacity, tokens;
    double filled_at; /* seconds; of the last refill */
    double measured_rate, bucket_at;
    unsigned bucket_calls;
    double max_rate, window, throttled_at;
    unsigned quota;
};

void aws_pace_init(struct aws_pace *p, int64_t now_ms);

/* Takes leave for one call. Milliseconds to wait before it goes out; 0: at once. */
unsigned aws_pace_take(struct aws_pace *p, int64_t now_ms);

/* What became of a call that was sent. */
void aws_pace_learn(struct aws_pace *p, bool throttled, int64_t now_ms);

/* Takes leave for a retry; false: there were too many. */
bool aws_pace_retry(struct aws_pace *p);
/* A call went well after so many retries. */
void aws_pace_done(struct aws_pace *p, unsigned retries);

#endif
