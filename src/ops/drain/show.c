/* What can be seen of a drain at any moment. */
#include "ops/drain/drive.h"

#include "ops/nodes/explain.h"
#include "world/index.h"

#define VIEW_EVERY_MS 1000
#define TURN_MAX_MS 300000 /* waiting longer than this for others asks for a look */

int64_t show_next(const struct drive *d)
{
    int64_t every = d->h.host->view_every_ms;
    return d->shown_at + (every > 0 ? every : VIEW_EVERY_MS);
}

/* ---- pods ---- */

struct showing {
    struct drive *d;
    struct index known; /* place in causes, by whom and why */
    VEC(struct nodes_cause) causes;
    struct drain_pod *pods;
    uint32_t count;
    bool on_the_way; /* pods that leave, or whose replacement is not Ready */
    int64_t wall, clock;
};

static uint64_t key_of(const struct world *w, const struct nodes_blocked *b)
{
    uint32_t owner = world_top_owner(w, b->pod);
    uint64_t who = owner == WORLD_NONE ? (uint64_t)1 << 32 | b->pod : owner;
    return who << 28 | (uint64_t)b->why << 22 | (b->index & 0x3fffff);
}

/* Pods of one workload that wait for the same thing share the words. */
static struct nodes_cause cause_of(struct showing *s, const struct nodes_blocked *b)
{
    uint64_t key = key_of(s->d->w, b);
    uint32_t at = index_get(&s->known, key);
    if (at != INDEX_NONE)
        return s->causes.items[at];
    must_push(&s->causes, nodes_explain(s->d->w, b, &s->d->view_arena));
    index_put(&s->known, key, (uint32_t)s->causes.len - 1);
    return s->causes.items[s->causes.len - 1];
}

static const char *window_text(const struct drain_order *o, struct arena *a)
{
    return mem_must(arena_fmt(a, "outside of the time window %02d:%02d-%02d:%02d UTC",
                              o->window_from_min / 60, o->window_from_min % 60,
                              o->window_to_min / 60, o->window_to_min % 60));
}

/* Its budget is used up by pods that are on their way: that is how it should be, for a while. */
static bool takes_turns(const struct showing *s, const struct nodes_blocked *b, int64_t since)
{
    const struct world_pdb *pdb = &s->d->w->pdbs.items[b->index];
    return s->on_the_way && pdb->desired < pdb->expected && pdb->healthy >= pdb->desired &&
           s->wall - since < TURN_MAX_MS;
}

static void explain_turn(struct showing *s, const struct nodes_blocked *b, struct drain_pod *out)
{
    const struct world *w = s->d->w;
    const struct world_pdb *pdb = &w->pdbs.items[b->index];
    struct arena *a = &s->d->view_arena;
    out->cause = mem_must(
        arena_fmt(a, "budget %s/%s lets %d of %d be away at once, and as many are on their way",
                  world_text(w, pdb->ns), world_text(w, pdb->name), pdb->expected - pdb->desired,
                  pdb->expected));
    out->fix = "wait: its turn comes when they are Ready";
}

static void explain(struct showing *s, const struct nodes_blocked *b, const struct drive_pod *p,
                    struct drain_pod *out)
{
    struct arena *a = &s->d->view_arena;
    struct nodes_cause c = cause_of(s, b);
    out->cause = c.text;
    out->fix = c.fix;
    if (b->why == NODES_BLOCK_BUDGET && takes_turns(s, b, out->since_ms)) {
        explain_turn(s, b, out);
    } else if (b->why == NODES_BLOCK_ANSWER) {
        out->cause = p->words ? p->words : "the API server was busy when its turn came";
        out->fix = p->cause == EVICTION_WEBHOOK ? "see what the webhook wants; it is asked again"
                                                : "it is asked again";
    } else if (b->why == NODES_BLOCK_WINDOW) {
        out->cause = window_text(&s->d->h.order, a);
        out->fix = NULL;
    } else if (b->why == NODES_BLOCK_PAUSE) {
        out->fix = mem_must(arena_fmt(a, "toban plan approve %s", plan_run_plan(s->d->h.run)->id));
    } else if (b->why == NODES_BLOCK_LEAVING && s->d->w->pods.items[b->pod].deleting &&
               s->d->w->pods.items[b->pod].deleting * 1000 > s->wall) {
        out->cause = "it is terminating, within its grace";
        out->fix = NULL;
    }
}

static void add_pod(struct showing *s, const struct nodes_blocked *b)
{
    const struct drive *d = s->d;
    const struct drive_pod *p = news_pod(s->d, b->pod, d->w->pods.items[b->pod].uid);
    if (!p || b->why == NODES_BLOCK_RATE || b->why == NODES_BLOCK_NODE || b->why == NODES_FREE)
        return;
    struct drain_pod *out = &s->pods[s->count++];
    int64_t since =
        b->why == NODES_BLOCK_LEAVING && p->leaving_at ? p->leaving_at : d->zero + b->since_ms;
    *out = (struct drain_pod){
        .pod = p->name,
        .node = d->nodes[p->node].name,
        .workload = nodes_workload_of(d->w, b->pod, &s->d->view_arena),
        .why = b->why,
        .since_ms = s->wall - (s->clock - since),
    };
    explain(s, b, p, out);
}

static int longest_first(const void *a, const void *b)
{
    const struct drain_pod *x = a, *y = b;
    if (x->since_ms != y->since_ms)
        return x->since_ms < y->since_ms ? -1 : 1;
    return strcmp(x->pod, y->pod);
}

static void show_pods(struct showing *s, struct drain_view *v)
{
    const struct nodes_blocked *list;
    uint32_t count = drive_blocked(s->d, &list);
    s->pods = mem_must(arena_new_n(&s->d->view_arena, struct drain_pod, count + 1));
    for (uint32_t i = 0; i < count; i++)
        add_pod(s, &list[i]);
    qsort(s->pods, s->count, sizeof *s->pods, longest_first);
    v->blocked = s->pods;
    v->blocked_count = s->count;
    index_release(&s->known);
    vec_release(&s->causes);
}

/* ---- nodes ---- */

static void show_node(const struct drive *d, const struct drive_node *n, struct drain_node *out)
{
    uint32_t volumes = n->volumes ? n->volumes : n->proven ? 0 : n->last_volumes;
    *out = (struct drain_node){
        .name = n->name,
        .pods = n->pods,
        .pods_left = n->left,
        .volumes = volumes,
        .ready = n->index != WORLD_NONE && d->w->nodes.items[n->index].ready,
    };
    if (n->state == NODES_NODE_GONE)
        out->state = DRAIN_GONE;
    else if (n->state == NODES_NODE_WAITS)
        out->state = DRAIN_WAITS;
    else if (n->left)
        out->state = DRAIN_DRAINS;
    else
        out->state = n->state == NODES_NODE_CLEAN && n->proven ? DRAIN_CLEAN : DRAIN_EMPTY;
}

static void show_nodes(struct drive *d, struct drain_view *v)
{
    struct drain_node *list =
        mem_must(arena_new_n(&d->view_arena, struct drain_node, d->node_count + 1));
    for (uint32_t i = 0; i < d->node_count; i++)
        show_node(d, &d->nodes[i], &list[i]);
    v->nodes = list;
    v->node_count = d->node_count;
}

/* ---- all ---- */

static uint32_t count_missing(const struct drive *d)
{
    uint32_t count = nodes_touched(d->op, NULL, 0), missing = 0;
    struct nodes_touched *list = mem_must(calloc(count + 1, sizeof *list));
    nodes_touched(d->op, list, count);
    for (uint32_t i = 0; i < count; i++) {
        int32_t ready = list[i].ready + calls_asked(d, list[i].workload);
        missing += ready < list[i].before ? (uint32_t)(list[i].before - ready) : 0;
    }
    free(list);
    return missing;
}

static void show_pace(struct drive *d, struct drain_view *v)
{
    const struct nodes_progress *p = &v->progress;
    struct pace_state s = {
        .forecast_ms = d->h.forecast_ms,
        .elapsed_ms = drive_now(d),
        .done = p->pods_gone + d->gone_before,
        .total = p->pods + d->gone_before,
        .before = d->gone_before,
    };
    pace_add(&d->pace, drive_now(d), p->pods_gone);
    s.per_s = v->pods_per_s = pace_per_s(&d->pace, drive_now(d));
    v->remaining_ms = v->phase == NODES_PHASE_DONE ? 0 : pace_remaining(&s);
}

void show_view(struct drive *d)
{
    struct showing s = {.d = d, .wall = hand_now_ms(), .clock = hand_clock_ms()};
    struct drain_view v = {
        .now_ms = s.wall,
        .begun_ms = d->begun_ms,
        .phase = nodes_phase(d->op),
        .evictions = d->evictions,
        .refused = d->refused,
        .throttled = d->throttled,
        .failed = d->failed,
        .not_ready = count_missing(d),
        .trouble = *d->trouble ? d->trouble : NULL,
    };
    d->shown_at = s.clock;
    if (!d->h.host->view)
        return;
    arena_reset(&d->view_arena);
    nodes_progress(d->op, &v.progress);
    show_pace(d, &v);
    s.on_the_way = v.progress.leaving || v.not_ready;
    v.progress.pods += d->gone_before;
    v.progress.pods_gone += d->gone_before;
    show_pods(&s, &v);
    show_nodes(d, &v);
    d->h.host->view(d->h.host->ctx, &v);
}
