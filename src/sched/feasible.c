#include "sched/feasible.h"

#include "base/must.h"
#include "sched/context.h"
#include "sched/counter.h"
#include "sched/offer.h"
#include "sched/usage.h"

enum { FEW_NODES = 100, LEAST_PERCENT = 5, MOST_PERCENT = 50, NODES_PER_PERCENT = 125 };

uint32_t feasible_wanted(const struct sched *s)
{
    int64_t n = s->live, percent = s->options.percentage;
    if (n < FEW_NODES || percent >= 100)
        return s->live;
    if (!percent) {
        percent = MOST_PERCENT - n / NODES_PER_PERCENT;
        percent = percent < LEAST_PERCENT ? LEAST_PERCENT : percent;
    }
    int64_t wanted = n * percent / 100;
    return (uint32_t)(wanted < FEW_NODES ? FEW_NODES : wanted);
}

/* ---- sets of allowed nodes ---- */

static uint64_t allowed_in(const struct sched *s, uint32_t word)
{
    uint64_t masks[CHUNK_WORDS];
    s->kernel.sift(&s->sieve.sets, word - word % CHUNK_WORDS, masks);
    return masks[word % CHUNK_WORDS];
}

/* A set of this pod's own among those that nodes must be in; all nodes at first. */
static uint64_t *own_set(struct sched *s)
{
    struct sieve *sieve = &s->sieve;
    if (!sieve->has_own) {
        memset(sieve->own, 0xff, s->words * sizeof *sieve->own);
        must_push(&sieve->sets.in, sieve->own);
        sieve->has_own = true;
    }
    return sieve->own;
}

static void close_domains(struct sched *s, const struct gate *g)
{
    const struct topology *t = g->topology;
    for (uint32_t d = 0; d < t->len; d++) {
        int64_t n = tally_get(&g->counter->tally, d);
        if (g->some ? n <= 0 : n > g->limit)
            must_push(&s->sieve.sets.out, t->members[d]);
    }
}

static void close_hosts(struct sched *s, const struct gate *g)
{
    if (!g->limit) {
        must_push(&s->sieve.sets.out, counter_some(g->counter));
        return;
    }
    uint64_t *own = own_set(s);
    tally_each(&g->counter->tally, e) if (e->n > g->limit)
        bits_put(own, s->slot_of[e->domain], false);
}

static void close_one_by_one(struct sched *s, const struct gate *g)
{
    uint64_t *own = own_set(s);
    for (uint32_t w = 0; w < s->words; w++)
        bits_each(w, allowed_in(s, w), slot) if (!gate_passes(s, g, s->node_at[slot], NULL))
            bits_put(own, slot, false);
}

static void apply_gate(struct sched *s, const struct gate *g)
{
    if (g->need_label)
        must_push(&s->sieve.sets.in, g->topology->labelled);
    if (!g->some && g->limit == INT64_MAX)
        return;
    if (topology_is_few(g->topology))
        close_domains(s, g);
    else if (g->topology->host && g->some)
        must_push(&s->sieve.sets.in, counter_some(g->counter));
    else if (g->topology->host && g->limit >= 0)
        close_hosts(s, g);
    else
        close_one_by_one(s, g);
}

/* Which sets decide about the pod. Few words of them are looked at, when nodes abound. */
static void set_up_sieve(const struct context *c)
{
    struct sched *s = c->s;
    s->sieve.sets.in.len = s->sieve.sets.out.len = 0;
    s->sieve.has_own = false;
    must_push(&s->sieve.sets.in, s->roomy);
    must_push(&s->sieve.sets.in, s->shapes.items[c->plan->tolerates]->bits);
    if (c->plan->affinity != WORLD_NONE)
        must_push(&s->sieve.sets.in, s->shapes.items[c->plan->affinity]->bits);
    vec_foreach(v, &c->volumes)
        must_push(&s->sieve.sets.in, s->shapes.items[v->shape]->bits);
    vec_foreach(g, &c->gates)
        apply_gate(s, g);
    if (c->once_taken)
        memset(own_set(s), 0, s->words * sizeof *s->sieve.own);
}

/* ---- nominated pods ---- */

/* With the pods nominated to the node counted in, as if they ran there already. */
static bool passes_with_nominated(const struct context *c, uint32_t node)
{
    struct sched *s = c->s;
    const struct gate *g;
    const struct volume_gate *v;
    bool added = false, passes;
    vec_foreach(n, &s->nominations)
        if (n->node == node && n->pod != c->pod &&
            world_class_of(s->w, n->pod)->priority >= c->class->priority) {
            usage_add(s, n->pod, node, 1);
            added = true;
        }
    if (!added)
        return true;
    context_init(&s->side, s, c->pod);
    passes = context_first_refusal(&s->side, node, &g, &v) == FILTER_PASSED;
    vec_foreach(n, &s->nominations)
        if (n->node == node && n->pod != c->pod &&
            world_class_of(s->w, n->pod)->priority >= c->class->priority)
            usage_add(s, n->pod, node, -1);
    return passes;
}

bool feasible_at(const struct context *c, uint32_t node)
{
    const struct gate *g;
    const struct volume_gate *v;
    uint32_t slot = c->s->slot_of[node];
    if (c->refused.len || slot == WORLD_NONE)
        return false;
    if (bits_has(c->s->nominated, slot) && !passes_with_nominated(c, node))
        return false;
    return context_first_refusal(c, node, &g, &v) == FILTER_PASSED;
}

static uint64_t without_crowded(const struct context *c, uint32_t word, uint64_t mask)
{
    const struct sched *s = c->s;
    bits_each(word, mask & s->nominated[word],
              slot) if (!passes_with_nominated(c, s->node_at[slot])) mask &=
        ~(1ull << (slot % WORD_SLOTS));
    return mask;
}

/* ---- the scan ---- */

static uint64_t with_other_resources(const struct context *c, uint32_t word, uint64_t mask)
{
    if (!c->plan->scalar_count && c->plan->room_ephemeral <= 0)
        return c->plan->room_ephemeral ? mask : mask & ~c->s->full_disk[word];
    bits_each(word, mask, slot) if (!context_fits(c, slot)) mask &= ~(1ull << (slot % WORD_SLOTS));
    return mask;
}

/* Nodes of the word that may have too many volumes. */
static uint64_t tight(const struct context *c, uint32_t word)
{
    uint64_t any = 0;
    if (c->limits.len > DRIVER_EASY)
        return ~0ull;
    vec_foreach(of, &c->limits)
        any |= (*c->s->drivers.items[of->driver].tight)[word];
    return any;
}

static uint64_t with_volumes(const struct context *c, uint32_t word, uint64_t mask)
{
    uint64_t bad = 0;
    if (c->limits.len)
        bits_each(word, mask & tight(c, word), slot) bad |= (uint64_t)context_over_limits(c, slot)
                                                            << (slot % WORD_SLOTS);
    if (c->unbound.len)
        bits_each(word, mask & ~bad, slot) bad |=
            (uint64_t)!context_can_bind(c, c->s->node_at[slot]) << (slot % WORD_SLOTS);
    return mask & ~bad;
}

static uint64_t word_fits(const struct context *c, uint32_t word, uint64_t mask)
{
    struct sched *s = c->s;
    uint64_t fits = s->kernel.has_room(offer_word(s, c->row, word, mask), mask);
    mask = with_volumes(c, word, with_other_resources(c, word, fits));
    return mask & s->nominated[word] ? without_crowded(c, word, mask) : mask;
}

static void take_word(struct window *win, uint32_t word, uint64_t mask, uint32_t count)
{
    if (!win->at[word]) {
        win->words[win->len] = word;
        win->masks[win->len] = 0;
        win->at[word] = ++win->len;
    }
    win->masks[win->at[word] - 1] |= mask;
    win->feasible += count;
}

/* The slot behind the last of mask. */
static uint32_t slot_behind(uint32_t word, uint64_t mask)
{
    return word * WORD_SLOTS + 64 - (uint32_t)__builtin_clzll(mask);
}

/* Slots of one word: those of `part` are looked at, those of `mask` are allowed among them. Returns
 * the slot behind the last that was looked at, or WORLD_NONE when the scan goes on. */
static uint32_t take_from(const struct context *c, uint32_t word, uint64_t part, uint64_t mask,
                          uint32_t wanted)
{
    struct sched *s = c->s;
    struct window *win = &s->window;
    mask = word_fits(c, word, mask);
    uint32_t missing = wanted - win->feasible, here = s->kernel.ones(mask);
    bool enough = here >= missing;
    if (enough) {
        mask = here > missing ? s->kernel.first(mask, missing) : mask;
        uint32_t behind = slot_behind(word, mask);
        part &= behind % WORD_SLOTS ? (1ull << (behind % WORD_SLOTS)) - 1 : ~0ull;
    }
    if (mask)
        take_word(win, word, mask, enough ? missing : here);
    win->evaluated += part == ~0ull ? s->word_nodes[word] : s->kernel.ones(s->nodes[word] & part);
    return enough ? slot_behind(word, mask) : WORLD_NONE;
}

static uint32_t scan_part(const struct context *c, uint32_t word, uint64_t part, uint32_t wanted)
{
    return take_from(c, word, part, allowed_in(c->s, word) & part, wanted);
}

/* The words from..to-1 of one chunk. */
static uint32_t scan_chunk(const struct context *c, uint32_t from, uint32_t to, uint32_t wanted)
{
    struct sched *s = c->s;
    uint64_t masks[CHUNK_WORDS];
    uint32_t next = WORLD_NONE;
    s->kernel.sift(&s->sieve.sets, from - from % CHUNK_WORDS, masks);
    for (uint32_t word = from; word < to && next == WORLD_NONE; word++) {
        uint64_t mask = masks[word % CHUNK_WORDS];
        if (mask)
            next = take_from(c, word, ~0ull, mask, wanted);
        else
            s->window.evaluated += s->word_nodes[word];
    }
    return next;
}

static uint32_t scan_words(const struct context *c, uint32_t from, uint32_t to, uint32_t wanted)
{
    uint32_t next = WORLD_NONE;
    while (from < to && next == WORLD_NONE) {
        uint32_t end = from - from % CHUNK_WORDS + CHUNK_WORDS;
        next = scan_chunk(c, from, end < to ? end : to, wanted);
        from = end;
    }
    return next;
}

void feasible_scan(const struct context *c, uint32_t wanted, bool advance)
{
    struct sched *s = c->s;
    struct window *win = &s->window;
    for (uint32_t i = 0; i < win->len; i++)
        win->at[win->words[i]] = 0;
    win->len = win->feasible = win->evaluated = 0;
    if (c->refused.len || !s->live || !wanted)
        return;
    set_up_sieve(c);
    uint32_t start = s->start < s->slot_len ? s->start : 0, first = start / WORD_SLOTS;
    uint64_t head = ~0ull << (start % WORD_SLOTS);
    uint32_t next = scan_part(c, first, head, wanted);
    if (next == WORLD_NONE)
        next = scan_words(c, first + 1, s->words, wanted);
    if (next == WORLD_NONE)
        next = scan_words(c, 0, first, wanted);
    if (next == WORLD_NONE && ~head)
        next = scan_part(c, first, ~head, wanted);
    if (advance && next != WORLD_NONE)
        s->start = next >= s->slot_len ? 0 : next;
}
