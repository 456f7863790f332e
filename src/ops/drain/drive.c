/* The verb "drain": the decision core on a live cluster. */
#include "ops/drain/drive.h"

#include "ops/drain/order.h"

#include <errno.h>
#include <sys/epoll.h>

#define ACTIONS 256
#define WAIT_MAX_MS 1000
#define LANDING_MS 10000

/* ---- opening ---- */

static void drive_close(struct drive *d)
{
    while (d->calls)
        call_free(d->calls);
    nodes_free(d->op);
    follow_free(d->follow);
    vec_release(&d->node_of);
    vec_release(&d->pods);
    vec_release(&d->acts);
    vec_release(&d->ready);
    vec_release(&d->later);
    vec_release(&d->pauses);
    vec_release(&d->short_of);
    map_release(&d->pins);
    arena_release(&d->turn);
    arena_release(&d->view_arena);
    if (d->epoll >= 0)
        close(d->epoll);
    hand_close(&d->h);
}
#define _cleanup_drive_ _cleanup_(drive_close)

static int listen_to(struct drive *d, int fd, struct err *err)
{
    struct epoll_event e = {.events = EPOLLIN};
    if (fd >= 0 && epoll_ctl(d->epoll, EPOLL_CTL_ADD, fd, &e) < 0)
        return err_sys(err, errno, "epoll");
    return 0;
}

static int open_ears(struct drive *d, struct err *err)
{
    d->epoll = epoll_create1(EPOLL_CLOEXEC);
    if (d->epoll < 0)
        return err_sys(err, errno, "epoll");
    return listen_to(d, follow_fd(d->follow), err) < 0 ||
                   listen_to(d, plan_wake_fd(d->h.run), err) < 0
               ? -1
               : 0;
}

/* Nodes that are not there any more were drained by whoever deleted them. */
static void open_nodes(struct drive *d)
{
    while (d->h.order.nodes[d->node_count])
        d->node_count++;
    d->nodes = mem_must(arena_new_n(&d->h.arena, struct drive_node, d->node_count + 1));
    while (d->node_of.len < d->w->nodes.len)
        must_push(&d->node_of, WORLD_NONE);
    for (uint32_t i = 0; i < d->node_count; i++) {
        struct drive_node *n = &d->nodes[i];
        *n = (struct drive_node){.name = d->h.order.nodes[i]};
        n->index = memory_is_other(d, n->name) ? WORLD_NONE : world_find_node(d->w, sv_of(n->name));
        if (n->index == WORLD_NONE) {
            n->state = NODES_NODE_GONE;
            n->proven = true;
            hand_tell(&d->h, "node-gone", n->name, "node %s is not there any more", n->name);
        } else {
            d->node_of.items[n->index] = i;
            n->uid = d->w->nodes.items[n->index].uid;
        }
    }
}

/* The order without nodes whose names are others' by now. */
static struct drain_order order_of_today(struct drive *d)
{
    struct drain_order o = d->h.order;
    size_t count = 0, kept = 0;
    while (o.nodes[count])
        count++;
    const char **names = mem_must(arena_new_n(&d->h.arena, const char *, count + 1));
    for (size_t i = 0; i < count; i++)
        if (!memory_is_other(d, o.nodes[i]))
            names[kept++] = o.nodes[i];
    o.nodes = names;
    return o;
}

static int open_core(struct drive *d, struct err *err)
{
    struct nodes_options o;
    d->begun_ms = hand_now_ms();
    d->zero = hand_clock_ms();
    memory_of_nodes(d);
    const struct drain_order order = order_of_today(d);
    if (order_bind(&order, d->w, d->begun_ms, true, &d->h.arena, &o, err) < 0)
        return -1;
    d->op = nodes_new(d->w, &o);
    d->phase = nodes_phase(d->op);
    d->slots = d->h.in_flight;
    open_nodes(d);
    news_begin(d);
    for (uint32_t i = 0; i < o.pause_count; i++)
        must_push(&d->pauses, o.pause_before[i]);
    return 0;
}

static void tell_gaps(const struct drive *d)
{
    const struct follow_gap *gaps;
    size_t n = follow_gaps(d->follow, &gaps);
    for (size_t i = 0; i < n; i++)
        hand_tell(&d->h, "gap", gaps[i].subject, "%s: %s", gaps[i].what, gaps[i].assumed);
}

static int drive_open(struct drive *d, void *ctx, struct plan_run *run,
                      const struct plan_step *step, struct err *err)
{
    if (hand_open(&d->h, ctx, run, step, err) < 0)
        return -1;
    const struct follow_options o = {.kube = d->h.host->kube, .now = hand_now_ms() / 1000};
    if (follow_start(&o, &d->follow, err) < 0)
        return -1;
    d->w = follow_world(d->follow);
    tell_gaps(d);
    if (open_ears(d, err) < 0 || open_core(d, err) < 0)
        return -1;
    return memory_settle(d, err) < 0 || memory_of_before(d, err) < 0 ? -1 : 0;
}

/* ---- one turn ---- */

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

static int64_t next_moment(const struct drive *d)
{
    int64_t next = show_next(d), due = calls_next(d);
    next = due < next ? due : next;
    if (d->hold_until > hand_clock_ms())
        return d->hold_until < next ? d->hold_until : next;
    if (!is_held(d) && d->up < d->slots) {
        int64_t wake = nodes_wake(d->op, drive_now(d));
        next = wake < INT64_MAX && d->zero + wake < next ? d->zero + wake : next;
    }
    return next;
}

static void wait(struct drive *d)
{
    struct kube_landing l;
    int64_t left = next_moment(d) - hand_clock_ms();
    unsigned ms = left < 1 ? 1 : left > WAIT_MAX_MS ? WAIT_MAX_MS : (unsigned)left;
    if (!kube_flight_wait(d->h.flights, ms, d->epoll, &l))
        return;
    do
        landings_take(d, &l);
    while (kube_flight_wait(d->h.flights, 0, -1, &l));
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
        if (calls_record(d, err) < 0)
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
