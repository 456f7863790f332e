#include "pocket/front/aws.h"

#include "base/must.h"

#include <time.h>

/* An exchange whose answer is held back. */
struct front_aws_waiter {
    struct http_exchange *x;
    struct pocket_aws_held *held;
    int64_t until_ms;
    struct front_aws_waiter *next, **link;
};

static int64_t now_ms(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static void answer(struct http_exchange *x, const struct pocket_aws_answer *a)
{
    const struct http_answer http = {
        .status = a->status,
        .headers = str_sv(&a->headers),
        .body = str_sv(&a->body),
    };
    http_exchange_answer(x, &http);
}

/* ---- answers that wait ---- */

static void waiter_free(struct front_aws_waiter *w)
{
    *w->link = w->next;
    if (w->next)
        w->next->link = w->link;
    pocket_aws_held_free(w->held);
    free(w);
}

static void on_gone(void *ctx)
{
    waiter_free(ctx);
}

static void hold(struct front_aws *f, struct http_exchange *x, const struct pocket_aws_answer *a)
{
    struct front_aws_waiter *w = mem_must(calloc(1, sizeof *w));
    *w = (struct front_aws_waiter){
        .x = x,
        .held = a->held,
        .until_ms = now_ms() + a->wait_ms,
        .next = f->waiters,
        .link = &f->waiters,
    };
    if (w->next)
        w->next->link = &w->next;
    f->waiters = w;
    http_exchange_listen(x, &(struct http_exchange_events){.on_close = on_gone, .ctx = w});
}

void front_aws_turn(struct front_aws *f)
{
    struct front_aws_waiter *next;
    int64_t now = f->waiters ? now_ms() : 0;
    for (struct front_aws_waiter *w = f->waiters; w; w = next) {
        _cleanup_(pocket_aws_answer_release) struct pocket_aws_answer a = {0};
        struct http_exchange *x = w->x;
        next = w->next;
        pocket_aws_again(steal_ptr(w->held), now < w->until_ms, &a);
        w->held = a.held;
        if (a.held)
            continue;
        waiter_free(w);
        answer(x, &a);
    }
}

/* ---- requests ---- */

void front_aws_request(void *ctx, struct http_exchange *x)
{
    struct front_aws *f = ctx;
    const struct http_asked *http = http_exchange_asked(x);
    struct pocket_aws_header *headers = mem_must(calloc(http->header_count + 1, sizeof *headers));
    _cleanup_(pocket_aws_answer_release) struct pocket_aws_answer a = {0};
    for (size_t i = 0; i < http->header_count; i++)
        headers[i] = (struct pocket_aws_header){http->headers[i].name, http->headers[i].value};
    const struct pocket_aws_asked asked = {
        .method = http->method,
        .path = http->path,
        .query = http->query,
        .headers = headers,
        .header_count = http->header_count,
        .body = http->body,
        .clock = time(NULL),
        .may_wait = true,
    };
    f->clock(f->ctx);
    pocket_aws_request(f->aws, &asked, &a);
    if (a.held)
        hold(f, x, &a);
    else
        answer(x, &a);
    free(headers);
}
