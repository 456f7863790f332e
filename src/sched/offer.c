#include "sched/offer.h"

#include "base/must.h"
#include "sched/intern.h"

#include <string.h>

enum { OFFER_ROWS = 128, ROWS_AT_ONCE = 8 };

static void intern_double(struct sched *s, double v)
{
    uint64_t bits;
    memcpy(&bits, &v, sizeof bits);
    intern_number(s, (uint32_t)bits);
    intern_number(s, (uint32_t)(bits >> 32));
}

uint32_t offer_of(struct sched *s, const struct kernel_need *need, bool best_effort)
{
    bool is_new, skips = s->rules.balanced_skips_best_effort && best_effort;
    struct request r = {
        *need, {s->rules.weights[SCORE_LEAST], skips ? 0 : s->rules.weights[SCORE_BALANCED]}};
    intern_begin(s, INTERN_REQUEST);
    intern_double(s, need->room_cpu);
    intern_double(s, need->room_memory);
    intern_double(s, need->cpu);
    intern_double(s, need->memory);
    intern_double(s, need->score_cpu);
    intern_double(s, need->score_memory);
    intern_number(s, skips);
    uint32_t id = intern_end(s, (uint32_t)s->offers.requests.len, &is_new);
    if (is_new)
        must_push(&s->offers.requests, r);
    return id;
}

static void free_rows(struct offers *o)
{
    free(o->points);
    free(o->stale);
    free(o->row_of);
    free(o->request_of);
}

void offer_release(struct sched *s)
{
    free_rows(&s->offers);
    vec_release(&s->offers.requests);
}

static uint32_t *none(uint32_t len)
{
    uint32_t *list = mem_must((uint32_t *)malloc((len + 1) * sizeof *list));
    memset(list, 0xff, (len + 1) * sizeof *list);
    return list;
}

void offer_reset(struct sched *s)
{
    struct offers *o = &s->offers;
    uint32_t len = (uint32_t)o->requests.len;
    free_rows(o);
    o->rows = len < OFFER_ROWS ? (len / ROWS_AT_ONCE + 1) * ROWS_AT_ONCE : OFFER_ROWS;
    o->points = mem_must((uint8_t *)malloc((size_t)o->rows * s->slot_cap));
    size_t stale = s->slot_cap / WORD_SLOTS * o->rows * sizeof *o->stale;
    o->stale = mem_must((uint64_t *)aligned_alloc(ROWS_AT_ONCE * sizeof *o->stale, stale));
    memset(o->stale, 0xff, stale);
    o->row_of = none(len);
    o->request_of = none(o->rows);
    o->next = 0;
}

uint32_t offer_row(struct sched *s, uint32_t request)
{
    struct offers *o = &s->offers;
    if (o->row_of[request] != WORLD_NONE)
        return o->row_of[request];
    uint32_t row = o->next++ % o->rows;
    if (o->request_of[row] != WORLD_NONE)
        o->row_of[o->request_of[row]] = WORLD_NONE;
    o->request_of[row] = request;
    o->row_of[request] = row;
    for (uint32_t word = 0; word < s->slot_cap / WORD_SLOTS; word++)
        o->stale[(size_t)word * o->rows + row] = ~0ull;
    return row;
}

void offer_forget(struct sched *s, uint32_t slot)
{
    struct offers *o = &s->offers;
    s->kernel.put(o->stale + (size_t)(slot / WORD_SLOTS) * o->rows, o->rows,
                  1ull << (slot % WORD_SLOTS));
}

void offer_refresh(struct sched *s, uint32_t row, uint32_t word, uint64_t stale)
{
    struct offers *o = &s->offers;
    const struct request *r = &o->requests.items[o->request_of[row]];
    uint8_t *points = o->points + (size_t)row * s->slot_cap + word * WORD_SLOTS;
    s->kernel.offer(s->rooms + (size_t)word * WORD_SLOTS, &r->need, s->rules.balanced, r->weights,
                    stale, points);
    o->stale[(size_t)word * o->rows + row] &= ~stale;
}
