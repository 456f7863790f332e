/* The verb "drain": the decision core on a live cluster. */
#include "ops/drain/drive.h"

#define ACTIONS 256
#define WAIT_MAX_MS 1000
#define LANDING_MS 10000
#define GATHER_MS 50
#define SETTLE_MS 200

/* ---- one turn ---- */

uint32_t drive_blocked(struct drive *d, const struct nodes_blocked **list)
{
    uint32_t count;
    while ((count = nodes_blocked(d->op, d->blocked.items, (uint32_t)d->blocked.len)) >
           d->blocked.len)
        while (d->blocked.len < count)
            must_push(&d->blocked, (struct nodes_blocked){0});
    *list = d->blocked.items;
    return count;
}

static void take_approvals(struct drive *d)
{
    size_t kept = 0;
    for (size_t i = 0; i < d->pauses.len; i++) {
        char name[512], question[640];
        world_workload_name(d->w, d->pauses.items[i], name, sizeof name);
        snprintf(question, sizeof question, "pause-before:%s", name);
        if (plan_answered(d->h.run, question))
            nodes_approve(d->op, d->pauses.items[i]);
        else
            d->pauses.items[kept++] = d->pauses.items[i];
    }
    d->pauses.len = kept;
}

/* Nothing new on stale news, while the server wants to be left alone, or before all are cordoned.
 */
static bool is_held(const struct drive *d)
{
    return d->lost || d->cordons || d->fatal || hand_clock_ms() < d->hold_until;
}

static void decide(struct drive *d)
{
    struct nodes_action actions[ACTIONS];
    while (!is_held(d) && d->up < d->slots) {
        size_t cap = d->slots - d->up < ACTIONS ? d->slots - d->up : ACTIONS;
        size_t n = nodes_decide(d->op, drive_now(d), actions, cap);
        for (size_t i = 0; i < n; i++)
            calls_of_action(d, &actions[i]);
        if (n < cap)
            break;
    }
}

/* What is going to be sent has to be written before; how it went may wait for the next of these:
 * what is not settled is looked at by whoever comes after a kill. */
static int record(struct drive *d, struct err *err)
{
    int64_t now = hand_clock_ms();
    if (!d->acts.len)
        d->acts_since = 0;
    else if (!d->acts_since)
        d->acts_since = now;
    if (!d->ready.len && now - d->acts_since < SETTLE_MS)
        return 0;
    d->acts_since = 0;
    return calls_record(d, err);
}

static int64_t next_moment(const struct drive *d)
{
    int64_t next = show_next(d), due = calls_next(d);
    next = due < next ? due : next;
    if (d->acts_since && d->acts_since + SETTLE_MS < next)
        next = d->acts_since + SETTLE_MS;
    if (d->hold_until > hand_clock_ms())
        return d->hold_until < next ? d->hold_until : next;
    if (!is_held(d) && d->up < d->slots) {
        int64_t wake = nodes_wake(d->op, drive_now(d));
        next = wake < INT64_MAX && d->zero + wake < next ? d->zero + wake : next;
    }
    return next;
}

/* News come in crowds while pods move: what else comes shortly belongs to the same turn. */
static void gather(struct drive *d)
{
    struct kube_landing l;
    int64_t until = hand_clock_ms() + GATHER_MS, left;
    while ((left = until - hand_clock_ms()) > 0)
        if (kube_flight_wait(d->h.flights, (unsigned)left, -1, &l))
            landings_take(d, &l);
}

static void wait(struct drive *d)
{
    struct kube_landing l;
    int64_t left = next_moment(d) - hand_clock_ms();
    unsigned ms = left < 1 ? 1 : left > WAIT_MAX_MS ? WAIT_MAX_MS : (unsigned)left;
    if (kube_flight_wait(d->h.flights, ms, d->epoll, &l))
        landings_take(d, &l);
    gather(d);
}

/* What is under way lands; what was only going to be asked again stays intended. */
static void let_land(struct drive *d)
{
    struct kube_landing l;
    int64_t until = hand_clock_ms() + LANDING_MS;
    while (kube_flights_up(d->h.flights) && hand_clock_ms() < until)
        if (kube_flight_wait(d->h.flights, 100, -1, &l))
            landings_take(d, &l);
}

static enum plan_end stop(struct drive *d, struct err *err)
{
    let_land(d);
    if (calls_record(d, err) < 0)
        return PLAN_END_FAIL;
    if (!d->fatal)
        return PLAN_END_PAUSE;
    *err = d->err;
    return PLAN_END_FAIL;
}

static enum plan_end go(struct drive *d, struct err *err)
{
    for (;;) {
        plan_poll(d->h.run);
        if (news_take(d, err) < 0)
            return PLAN_END_FAIL;
        take_approvals(d);
        if (d->fatal || plan_stopping(d->h.run))
            return stop(d, err);
        calls_due(d);
        decide(d);
        news_look(d);
        if (record(d, err) < 0)
            return PLAN_END_FAIL;
        calls_launch(d);
        if (hand_clock_ms() >= show_next(d))
            show_view(d);
        if (finish_is_due(d)) {
            show_view(d);
            return finish_judge(d, err);
        }
        wait(d);
    }
}

enum plan_end drive_act(void *ctx, struct plan_run *run, const struct plan_step *step,
                        struct err *err)
{
    _cleanup_drive_ struct drive d = {.epoll = -1};
    if (drive_open(&d, ctx, run, step, err) < 0)
        return PLAN_END_FAIL;
    return go(&d, err);
}

/* ---- before ---- */

enum plan_end drive_check(void *ctx, struct plan_run *run, const struct plan_step *step,
                          struct err *err)
{
    _cleanup_hand_ struct hand h = {0};
    const struct kube_ref ref = {.version = "v1", .resource = "pods", .subresource = "eviction"};
    bool allowed = true;
    if (hand_open(&h, ctx, run, step, err) < 0 ||
        kube_can_i(h.client, "create", &ref, &allowed, err) < 0)
        return PLAN_END_FAIL;
    if (!allowed)
        hand_tell(&h, "gap", "pods/eviction",
                  "user '%s' may not evict pods in all namespaces: some may be refused",
                  kube_client_target(h.client)->user_name);
    return PLAN_END_OK;
}
