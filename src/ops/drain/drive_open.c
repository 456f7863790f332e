/* The beginning and the end of a drain: its world, its ears, what it remembers. */
#include "ops/drain/drive.h"

#include "ops/drain/order.h"

#include <errno.h>
#include <poll.h>
#include <sys/epoll.h>

#define KEPT_MS 2000

static void leave_follow(struct drive *d)
{
    struct follow **kept = d->h.host ? d->h.host->kept : NULL;
    if (kept && !*kept)
        *kept = d->follow;
    else
        follow_free(d->follow);
}

void drive_close(struct drive *d)
{
    while (d->calls)
        call_free(d->calls);
    nodes_free(d->op);
    leave_follow(d);
    vec_release(&d->node_of);
    vec_release(&d->pods);
    vec_release(&d->acts);
    vec_release(&d->ready);
    vec_release(&d->later);
    vec_release(&d->blocked);
    vec_release(&d->pauses);
    vec_release(&d->short_of);
    map_release(&d->pins);
    arena_release(&d->turn);
    arena_release(&d->view_arena);
    if (d->epoll >= 0)
        close(d->epoll);
    hand_close(&d->h);
}

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

/* Of the step before: whoever knows of it has heard all that this runner did. A node that is not
 * there may be one that joined a moment ago. */
static bool knows_cordons(struct follow *f, const char *const *names)
{
    const struct world *w = follow_world(f);
    for (; *names; names++) {
        uint32_t n = world_find_node(w, sv_of(*names));
        if (n == WORLD_NONE || !w->nodes.items[n].unschedulable)
            return false;
    }
    return true;
}

/* One that was left, when it is up to date soon. */
static bool take_kept(struct drive *d)
{
    struct follow *f = d->h.host->kept ? *d->h.host->kept : NULL;
    struct err err = {0};
    int64_t until = hand_clock_ms() + KEPT_MS;
    if (!f)
        return false;
    *d->h.host->kept = NULL;
    while (follow_catch_up(f, NULL, &err) > 0) {
        struct pollfd fd = {.fd = follow_fd(f), .events = POLLIN};
        int64_t left = until - hand_clock_ms();
        if (knows_cordons(f, d->h.order.nodes)) {
            d->follow = f;
            return true;
        }
        if (left <= 0)
            break;
        poll(&fd, 1, (int)left);
    }
    follow_free(f);
    return false;
}

static int open_follow(struct drive *d, struct err *err)
{
    const struct follow_options o = {
        .kube = d->h.host->kube, .now = hand_now_ms() / 1000, .no_traffic = true};
    if (!take_kept(d) && follow_start(&o, &d->follow, err) < 0)
        return -1;
    d->w = follow_world(d->follow);
    return 0;
}

int drive_open(struct drive *d, void *ctx, struct plan_run *run, const struct plan_step *step,
               struct err *err)
{
    if (hand_open(&d->h, ctx, run, step, err) < 0 || open_follow(d, err) < 0)
        return -1;
    tell_gaps(d);
    if (open_ears(d, err) < 0 || open_core(d, err) < 0)
        return -1;
    return memory_settle(d, err) < 0 || memory_of_before(d, err) < 0 ? -1 : 0;
}
