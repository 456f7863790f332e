#include "ops/follow/internal.h"

#include <errno.h>
#include <stdio.h>
#include <sys/timerfd.h>
#include <unistd.h>

#define TROUBLE_MS 2000u

int contact_init(struct contact *c, const struct follow_options *o, struct err *err)
{
    c->trouble_ms = o->trouble_ms ? o->trouble_ms : TROUBLE_MS;
    c->give_up_ms = o->give_up_ms;
    c->timer = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);
    return c->timer < 0 ? err_sys(err, errno, "cannot make a timer") : 0;
}

void contact_release(struct contact *c)
{
    if (c->timer >= 0)
        close(c->timer);
}

/* 0: never. What is due already fires at once. */
static void set_timer(struct contact *c, uint64_t at_ms)
{
    uint64_t now = http_now_ms(), left = at_ms > now ? at_ms - now : 1;
    struct itimerspec when = {0};
    if (at_ms)
        when.it_value = (struct timespec){(time_t)(left / 1000), (long)(left % 1000) * 1000000};
    timerfd_settime(c->timer, 0, &when, NULL);
}

void contact_lost(struct contact *c, uint64_t at_ms, const struct err *err)
{
    snprintf(c->cause, sizeof c->cause, "%s", err->msg);
    if (c->failing++)
        return;
    c->since_ms = at_ms;
    c->told = false;
    set_timer(c, at_ms + c->trouble_ms);
}

bool contact_back(struct contact *c)
{
    if (--c->failing)
        return false;
    set_timer(c, 0);
    snprintf(c->words, sizeof c->words, "the cluster is followed again, after %.1f s",
             (double)(http_now_ms() - c->since_ms) / 1000);
    return c->told;
}

static enum follow_news give_up(struct contact *c, uint64_t now, struct err *err)
{
    err_set(err, ERR_REMOTE, "no contact with the cluster for %.0f s: %s",
            (double)(now - c->since_ms) / 1000, c->cause);
    err_hint(err, "check that the API server can be reached: kubectl get --raw /readyz");
    return FOLLOW_FAILED;
}

enum follow_news contact_look(struct contact *c, uint64_t contact_ms, struct err *err)
{
    if (!c->failing)
        return FOLLOW_NOTHING;
    uint64_t now = http_now_ms();
    uint64_t last = contact_ms > c->since_ms ? contact_ms : c->since_ms;
    if (c->give_up_ms && now >= last + c->give_up_ms)
        return give_up(c, now, err);
    if (c->told || now < c->since_ms + c->trouble_ms) {
        uint64_t next = c->told ? last + c->give_up_ms : c->since_ms + c->trouble_ms;
        set_timer(c, c->told && !c->give_up_ms ? 0 : next);
        return FOLLOW_NOTHING;
    }
    c->told = true;
    set_timer(c, c->give_up_ms ? last + c->give_up_ms : 0);
    snprintf(c->words, sizeof c->words,
             "the cluster cannot be followed for %.1f s (%u watch%s): %s",
             (double)(now - c->since_ms) / 1000, c->failing, c->failing == 1 ? "" : "es", c->cause);
    return FOLLOW_TROUBLE;
}
