/* After Wu and Manber: a window as long as the shortest word slides over the text; its last two
 * bytes tell how far it may move without passing over the end of a word. */
#include "doc/literal.h"

#define WINDOW_MAX 200 /* shifts must fit a byte */

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

uint64_t literal_find(const struct literal_set *s, struct sv text)
{
    uint64_t found = 0, all = s->count == 64 ? UINT64_MAX : ((uint64_t)1 << s->count) - 1;
    if (text.len < s->window)
        return 0;
    const char *end = text.ptr + text.len;
    for (const char *at = text.ptr + s->window - 2; at <= end - 2;) {
        unsigned b = block(at), shift = s->shift[b];
        if (shift) {
            at += shift;
            continue;
        }
        found = match_at(s, s->first[b], at + 2 - s->window, end, found);
        if (found == all)
            break;
        at++;
    }
    return found;
}
