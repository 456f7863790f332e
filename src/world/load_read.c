/* Scalars, lists and quantities, as many kinds have them. */
#include "world/load_internal.h"

#include "base/timestamp.h"
#include "world/quantity.h"

void *load_keep(struct load *l, const void *items, size_t count, size_t size)
{
    if (!count)
        return NULL;
    void *kept = mem_must(arena_alloc_n(&l->w->arena, count, size));
    return memcpy(kept, items, count * size);
}

void load_text_id(struct load *l, struct pull *p, uint32_t *out)
{
    struct sv text;
    if (pull_string(p, &text))
        *out = strings_put(&l->w->strings, text);
}

void load_int(struct pull *p, int32_t *out)
{
    int64_t n;
    if (pull_i64(p, &n))
        *out = n > INT32_MAX ? INT32_MAX : n < INT32_MIN ? INT32_MIN : (int32_t)n;
}

void load_flag(struct pull *p, bool *out)
{
    bool flag;
    if (pull_bool(p, &flag))
        *out = flag;
}

void load_time(struct pull *p, int64_t *out)
{
    struct sv text;
    int64_t t;
    if (pull_string(p, &text) && timestamp_parse(text, &t))
        *out = t;
}

bool load_is(struct pull *p, const char *text)
{
    struct sv value;
    return pull_string(p, &value) && sv_is(value, text);
}

void load_names(struct load *l, struct pull *p)
{
    each_item(p, name)
    {
        struct sv text;
        if (pull_string(p, &text))
            push_entry(p, &l->name_list, strings_put(&l->w->strings, text));
    }
}

/* ---- quantities ---- */

static enum quantity_state parse(struct sv text, enum amount_unit unit, int64_t *out)
{
    return unit == AMOUNT_MILLI ? quantity_milli(text, out) : quantity_value(text, out);
}

/* False when nothing is written. */
static bool read_amount(struct load *l, struct pull *p, struct sv what, enum amount_unit unit,
                        int64_t most, int64_t *out)
{
    struct sv text;
    int64_t n = 0;
    if (!pull_scalar(p, &text))
        return false;
    enum quantity_state state = parse(text, unit, &n);
    *out = n < 0 ? 0 : n > most ? most : n;
    int shown = text.len > 64 ? 64 : (int)text.len;
    if (state == QUANTITY_BAD)
        load_note(l, "\"%.*s\" of %.*s is no quantity: taken as 0", shown, text.ptr, SV_ARG(what));
    else if (state == QUANTITY_NEGATIVE)
        load_note(l, "%.*s of %.*s is negative: taken as 0", shown, text.ptr, SV_ARG(what));
    else if (n > most)
        load_note(l, "%.*s of %.*s is more than any machine has: taken as 2^47", shown, text.ptr,
                  SV_ARG(what));
    return true;
}

bool load_amount(struct load *l, struct pull *p, struct sv what, enum amount_unit unit,
                 int64_t *out)
{
    return read_amount(l, p, what, unit, AMOUNT_MAX, out);
}

bool load_size(struct load *l, struct pull *p, int64_t *out)
{
    return read_amount(l, p, SV("storage"), AMOUNT_UNITS, INT64_MAX, out);
}

/* What the scheduler counts beside the named resources. */
static bool is_scalar(struct sv name)
{
    return memchr(name.ptr, '/', name.len) || sv_starts(name, "hugepages-") ||
           sv_starts(name, "attachable-volumes-");
}

static int compare_scalars(const void *a, const void *b)
{
    const struct scalar *x = a, *y = b;
    return x->name < y->name ? -1 : x->name > y->name;
}

static void keep_scalars(struct load *l, struct resources *out)
{
    struct scalar *s = l->scalar_list.items;
    size_t kept = 0;
    if (l->scalar_list.len)
        qsort(s, l->scalar_list.len, sizeof *s, compare_scalars);
    for (size_t i = 0; i < l->scalar_list.len; i++) {
        if (kept && s[kept - 1].name == s[i].name)
            kept--;
        s[kept++] = s[i];
    }
    out->scalars = load_keep(l, s, kept, sizeof *s);
    out->scalar_count = (uint32_t)kept;
}

static void read_scalar(struct load *l, struct pull *p, struct sv name)
{
    struct scalar s = {0};
    if (!is_scalar(name))
        pull_skip(p);
    else if (load_amount(l, p, name, AMOUNT_UNITS, &s.amount)) {
        s.name = strings_put(&l->w->strings, name);
        push_entry(p, &l->scalar_list, s);
    }
}

unsigned load_resources(struct load *l, struct pull *p, struct resources *out, int32_t *pods)
{
    struct sv key;
    unsigned seen = 0;
    int64_t n;
    l->scalar_list.len = 0;
    each_key(p, key)
    {
        if (KEY(key, "cpu"))
            seen |= load_amount(l, p, key, AMOUNT_MILLI, &out->cpu) ? SEEN_CPU : 0;
        else if (KEY(key, "memory"))
            seen |= load_amount(l, p, key, AMOUNT_UNITS, &out->memory) ? SEEN_MEMORY : 0;
        else if (KEY(key, "ephemeral-storage"))
            seen |= load_amount(l, p, key, AMOUNT_UNITS, &out->ephemeral) ? SEEN_EPHEMERAL : 0;
        else if (pods && KEY(key, "pods"))
            *pods = load_amount(l, p, key, AMOUNT_UNITS, &n)
                        ? (int32_t)(n > INT32_MAX ? INT32_MAX : n)
                        : *pods;
        else
            read_scalar(l, p, key);
    }
    keep_scalars(l, out);
    return seen;
}

/* ---- notes and samples ---- */

struct sv load_subject(struct load *l)
{
    const struct strings *s = &l->w->strings;
    const struct meta *m = &l->meta;
    const char *text = m->ns ? arena_fmt(&l->scratch, "%s %s/%s", l->kind_text, strings_c(s, m->ns),
                                         m->name ? strings_c(s, m->name) : "?")
                             : arena_fmt(&l->scratch, "%s %s", l->kind_text,
                                         m->name ? strings_c(s, m->name) : "?");
    return sv_of(mem_must(text));
}

void load_note(struct load *l, const char *fmt, ...)
{
    char text[512];
    va_list ap;
    if (l->w->notes.len >= WORLD_NOTES_MAX) {
        l->w->notes_dropped++;
        return;
    }
    va_start(ap, fmt);
    vsnprintf(text, sizeof text, fmt, ap);
    va_end(ap);
    world_note(l->w, load_subject(l), "%s", text);
}

/* What took longer waited for something else: for room in the cluster, for a broken image. Or the
 * time is that of a later change, as a node's that was not ready for a while. */
static const int64_t longest_ms[TIMING_COUNT] = {
    [TIMING_SCHEDULE] = 60000,    [TIMING_START] = 600000,      [TIMING_PULL] = 1800000,
    [TIMING_READY] = 1800000,     [TIMING_TERMINATE] = 3600000, [TIMING_ATTACH] = 600000,
    [TIMING_NODE_JOIN] = 1800000,
};

/* Every n-th sample, so that a full list still tells of the whole input. */
void load_sample_ms(struct load *l, enum world_timing what, int64_t ms)
{
    __auto_type list = &l->w->samples[what];
    if (ms < 0 || ms > longest_ms[what])
        return;
    if (l->sample_skip[what]) {
        l->sample_skip[what]--;
        return;
    }
    if (list->len == WORLD_SAMPLES_MAX) {
        for (size_t i = 0; i < list->len / 2; i++)
            list->items[i] = list->items[2 * i];
        list->len /= 2;
        l->sample_stride[what] = l->sample_stride[what] * 2 + 1;
    }
    l->sample_skip[what] = l->sample_stride[what];
    must_push(list, (uint32_t)ms);
}

void load_sample(struct load *l, enum world_timing what, int64_t from, int64_t to)
{
    if (from > 0 && to >= from && to - from <= INT32_MAX)
        load_sample_ms(l, what, (to - from) * 1000);
}

/* ---- places ---- */

uint32_t load_place(struct load *l, enum load_index kind, uint32_t ns, uint32_t name, size_t len,
                    bool *found)
{
    uint64_t key = (uint64_t)ns << 32 | name;
    uint32_t at = index_get(&l->by_name[kind], key);
    *found = at != INDEX_NONE;
    if (*found)
        return at;
    l->over |= len >= LOAD_KIND_MAX;
    index_put(&l->by_name[kind], key, (uint32_t)len);
    return (uint32_t)len;
}

uint32_t load_find(const struct load *l, enum load_index kind, uint32_t ns, uint32_t name)
{
    return name ? index_get(&l->by_name[kind], (uint64_t)ns << 32 | name) : WORLD_NONE;
}
