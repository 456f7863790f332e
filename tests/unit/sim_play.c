#include "sim_play.h"

#include "base/must.h"

#include <string.h>

#include "unit.h"

#define CONSTANT(ms)                                                                               \
    {                                                                                              \
        (ms), (ms)                                                                                 \
    }

static const struct sim_times plain_times = {
    .api_call = CONSTANT(20),
    .create = CONSTANT(100),
    .schedule = CONSTANT(10),
    .pull = CONSTANT(5000),
    .start = CONSTANT(1000),
    .init = CONSTANT(500),
    .ready = CONSTANT(200),
    .lb_ready = CONSTANT(30000),
    .stop = CONSTANT(2000),
    .cleanup = CONSTANT(500),
    .detach = CONSTANT(3000),
    .attach = CONSTANT(4000),
    .mount = CONSTANT(700),
    .node_launch = CONSTANT(20000),
    .node_ready = CONSTANT(10000),
    .node_terminate = CONSTANT(5000),
    .force_detach_ms = 360000,
    .node_grace_ms = 40000,
};

static void record(void *ctx, const struct world_change *c, int64_t now)
{
    struct play *p = ctx;
    struct play_change entry = {now, *c};
    if (!vec_push(&p->told, entry))
        must_fail_nomem();
    if (p->check)
        p->check(p, c);
}

void play_init(struct play *p, uint16_t minor)
{
    memset(p, 0, sizeof *p);
    sw_init(&p->w, minor);
    p->times = plain_times;
}

void play_start(struct play *p)
{
    p->o.times = &p->times;
    p->o.on_change = record;
    p->o.ctx = p;
    p->s = sim_new(&p->w, NULL, &p->o);
}

void play_release(struct play *p)
{
    sim_free(p->s);
    vec_release(&p->told);
    world_release(&p->w);
}

int64_t play_when(const struct play *p, enum change_kind kind, uint32_t index, unsigned nth)
{
    for (size_t i = 0; i < p->told.len; i++)
        if (p->told.items[i].c.kind == kind && p->told.items[i].c.index == index && !nth--)
            return p->told.items[i].at;
    return -1;
}

unsigned play_count(const struct play *p, enum change_kind kind)
{
    unsigned n = 0;
    for (size_t i = 0; i < p->told.len; i++)
        n += p->told.items[i].c.kind == kind;
    return n;
}

uint32_t play_newest(const struct play *p)
{
    for (size_t i = p->told.len; i-- > 0;)
        if (p->told.items[i].c.kind == CHANGE_POD_ADDED)
            return p->told.items[i].c.index;
    return WORLD_NONE;
}

void play_evict(struct play *p, uint32_t pod, enum eviction_cause expected)
{
    struct eviction_answer a = sim_evict(p->s, pod, -1, false);
    assert_int_equal(a.cause, expected);
}

void play_end(struct play *p)
{
    sim_run(p->s, INT64_MAX);
}
