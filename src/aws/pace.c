#include "aws/pace.h"

#include <math.h>

#define FILL_RATE_MIN 0.5
#define CAPACITY_MIN 1.0
#define SMOOTH 0.8
#define BETA 0.7
#define SCALE 0.4
#define RETRY_COST 5

static double seconds(int64_t ms)
{
    return (double)ms / 1000;
}

void aws_pace_init(struct aws_pace *p, int64_t now_ms)
{
    double now = seconds(now_ms);
    *p = (struct aws_pace){
        .filled_at = now, .bucket_at = floor(now), .throttled_at = now, .quota = AWS_PACE_QUOTA};
}

static void refill(struct aws_pace *p, double now)
{
    if (now > p->filled_at) {
        p->tokens = fmin(p->capacity, p->tokens + (now - p->filled_at) * p->fill_rate);
        p->filled_at = now;
    }
}

unsigned aws_pace_take(struct aws_pace *p, int64_t now_ms)
{
    if (!p->enabled)
        return 0;
    refill(p, seconds(now_ms));
    /* May go below zero: who comes next waits behind this one. */
    p->tokens -= 1;
    return p->tokens >= 0 ? 0 : (unsigned)ceil(-p->tokens / p->fill_rate * 1000);
}

static void measure(struct aws_pace *p, double now)
{
    double bucket = floor(now * 2) / 2;
    p->bucket_calls++;
    if (bucket <= p->bucket_at)
        return;
    double rate = p->bucket_calls / (bucket - p->bucket_at);
    p->measured_rate = rate * SMOOTH + p->measured_rate * (1 - SMOOTH);
    p->bucket_calls = 0;
    p->bucket_at = bucket;
}

static double slow_down(struct aws_pace *p, double now)
{
    double rate = p->enabled ? fmin(p->measured_rate, p->fill_rate) : p->measured_rate;
    p->max_rate = rate;
    p->throttled_at = now;
    p->enabled = true;
    return rate * BETA;
}

static double speed_up(const struct aws_pace *p, double now)
{
    double since = now - p->throttled_at - p->window;
    return SCALE * since * since * since + p->max_rate;
}

void aws_pace_learn(struct aws_pace *p, bool throttled, int64_t now_ms)
{
    double now = seconds(now_ms);
    measure(p, now);
    double rate = throttled ? slow_down(p, now) : speed_up(p, now);
    p->window = cbrt(p->max_rate * (1 - BETA) / SCALE);
    rate = fmin(rate, 2 * p->measured_rate);
    refill(p, now);
    p->fill_rate = fmax(rate, FILL_RATE_MIN);
    p->capacity = fmax(rate, CAPACITY_MIN);
    p->tokens = fmin(p->tokens, p->capacity);
}

bool aws_pace_retry(struct aws_pace *p)
{
    if (p->quota < RETRY_COST)
        return false;
    p->quota -= RETRY_COST;
    return true;
}

void aws_pace_done(struct aws_pace *p, unsigned retries)
{
    p->quota += retries ? RETRY_COST : 1;
    if (p->quota > AWS_PACE_QUOTA)
        p->quota = AWS_PACE_QUOTA;
}
