#include "net/limiter.h"

void limiter_init(struct limiter *l, unsigned per_second, unsigned burst, uint64_t now_ms)
{
    *l = (struct limiter){per_second, burst ? burst : 1, 0, now_ms};
    l->tokens = l->burst;
}

unsigned limiter_take(struct limiter *l, uint64_t now_ms)
{
    if (l->per_second == 0)
        return 0;
    l->tokens += (double)(now_ms - l->last_ms) * l->per_second / 1000;
    if (l->tokens > l->burst)
        l->tokens = l->burst;
    l->last_ms = now_ms;
    if (l->tokens >= 1) {
        l->tokens -= 1;
        return 0;
    }
    return (unsigned)((1 - l->tokens) * 1000 / l->per_second) + 1;
}
