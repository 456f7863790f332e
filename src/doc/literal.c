/* After Wu and Manber: a window as long as the shortest word slides over the text; its last two
 * bytes tell how far it may move without passing over the end of a word. */
#include "doc/literal.h"

#define WINDOW_MAX 60 /* a lane of LANES_FROM bytes is not shorter */
#define LANES 4
#define LANES_FROM 256 /* bytes; LANES windows and more */

static unsigned block(const char *p)
{
    return ((unsigned)(unsigned char)p[0] << 5 ^ (unsigned char)p[1]) & 4095;
}

static void add_word(struct literal_set *s, unsigned i)
{
    const char *p = s->words[i].ptr;
    for (unsigned end = 2; end <= s->window; end++) {
        uint8_t *shift = &s->shift[block(p + end - 2)];
        if (s->window - end < *shift)
            *shift = (uint8_t)(s->window - end);
    }
    unsigned last = block(p + s->window - 2);
    s->next[i] = s->first[last];
    s->first[last] = (uint8_t)(i + 1);
}

int literal_init(struct literal_set *s, const struct sv *words, unsigned count, struct err *err)
{
    if (!count || count > LITERAL_MAX)
        return err_set(err, ERR_BUG, "a set of %u literals; 1 to %d are possible", count,
                       LITERAL_MAX);
    *s = (struct literal_set){.count = count, .window = WINDOW_MAX};
    for (unsigned i = 0; i < count; i++) {
        s->words[i] = words[i];
        if (words[i].len < LITERAL_LENGTH_MIN)
            return err_set(err, ERR_BUG, "the literal '%.*s' is shorter than %d bytes",
                           SV_ARG(words[i]), LITERAL_LENGTH_MIN);
        if (words[i].len < s->window)
            s->window = (unsigned)words[i].len;
    }
    memset(s->shift, (int)s->window - 1, sizeof s->shift);
    for (unsigned i = 0; i < count; i++)
        add_word(s, i);
    return 0;
}

/* The words whose window ends at `end`. */
static uint64_t match_at(const struct literal_set *s, unsigned index, const char *start,
                         const char *text_end, uint64_t found)
{
    for (unsigned i = index; i; i = s->next[i - 1]) {
        struct sv w = s->words[i - 1];
        if (!(found >> (i - 1) & 1) && (size_t)(text_end - start) >= w.len &&
            memcmp(start, w.ptr, w.len) == 0)
            found |= (uint64_t)1 << (i - 1);
    }
    return found;
}

struct search {
    const struct literal_set *set;
    const char *end;
    uint64_t found, all;
};

static unsigned step(struct search *q, const char *at)
{
    unsigned b = block(at), shift = q->set->shift[b];
    if (__builtin_expect(shift != 0, 1))
        return shift;
    q->found = match_at(q->set, q->set->first[b], at + 2 - q->set->window, q->end, q->found);
    return 1;
}

/* Windows that end from `at` on, before `stop`. */
static void search_lane(struct search *q, const char *at, const char *stop)
{
    while (at < stop && q->found != q->all)
        at += step(q, at);
}

/* Each step waits for the one before, so the text is searched at LANES places in turn. */
static void search_lanes(struct search *q, const char *from, const char *stop)
{
    size_t part = (size_t)(stop - from) / LANES;
    const char *at[LANES], *until[LANES];
    for (unsigned i = 0; i < LANES; i++) {
        at[i] = from + i * part;
        until[i] = i + 1 < LANES ? at[i] + part : stop;
    }
    for (bool all = true; all && q->found != q->all;) {
        for (unsigned i = 0; i < LANES; i++)
            at[i] += step(q, at[i]);
        for (unsigned i = 0; i < LANES; i++)
            all = all && at[i] < until[i];
    }
    for (unsigned i = 0; i < LANES; i++)
        search_lane(q, at[i], until[i]);
}

uint64_t literal_find(const struct literal_set *s, struct sv text)
{
    struct search q = {.set = s, .end = text.ptr + text.len};
    q.all = s->count == 64 ? UINT64_MAX : ((uint64_t)1 << s->count) - 1;
    if (text.len < s->window)
        return 0;
    const char *from = text.ptr + s->window - 2, *stop = q.end - 1;
    if (text.len < LANES_FROM)
        search_lane(&q, from, stop);
    else
        search_lanes(&q, from, stop);
    return q.found;
}
