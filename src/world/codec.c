#include "world/codec.h"

#include "base/must.h"

void codec_release(struct codec *c)
{
    arena_release(&c->scratch);
    vec_release(&c->texts);
    free(c->text_rank);
    c->text_rank = NULL;
}

void codec_fail(struct codec *c, const char *fmt, ...)
{
    if (!codec_ok(c))
        return;
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(c->error, sizeof c->error, fmt, ap);
    va_end(ap);
    c->at = c->end;
}

static void put(struct codec *c, const void *bytes, size_t n)
{
    str_add(c->out, bytes, n);
    if (!c->watched && c->out->len > c->watch)
        c->watched = c->field;
}

static void put_varint(struct codec *c, uint64_t v)
{
    uint8_t bytes[10];
    size_t n = 0;
    for (; v >= 0x80; v >>= 7)
        bytes[n++] = (uint8_t)(v | 0x80);
    bytes[n++] = (uint8_t)v;
    put(c, bytes, n);
}

static uint64_t take_long_varint(struct codec *c)
{
    uint64_t v = 0;
    for (unsigned shift = 0; shift < 64; shift += 7) {
        if (c->at == c->end) {
            codec_fail(c, "%s: ends too early", c->field);
            return 0;
        }
        uint8_t byte = *c->at++;
        v |= (uint64_t)(byte & 0x7f) << shift;
        if (byte < 0x80) {
            if ((shift && !byte) || (shift == 63 && byte > 1))
                break;
            return v;
        }
    }
    codec_fail(c, "%s: is no number of the format", c->field);
    return 0;
}

/* Nearly all are one byte. */
static inline uint64_t take_varint(struct codec *c)
{
    return c->at < c->end && *c->at < 0x80 ? *c->at++ : take_long_varint(c);
}

void code_u64(struct codec *c, uint64_t *v)
{
    if (codec_reads(c))
        *v = take_varint(c);
    else
        put_varint(c, *v);
}

static uint64_t zigzag(int64_t v)
{
    return ((uint64_t)v << 1) ^ (v < 0 ? UINT64_MAX : 0);
}

static int64_t unzigzag(uint64_t v)
{
    return (int64_t)(v >> 1) ^ -(int64_t)(v & 1);
}

void code_i64(struct codec *c, int64_t *v)
{
    uint64_t z = codec_reads(c) ? 0 : zigzag(*v);
    code_u64(c, &z);
    *v = unzigzag(z);
}

uint32_t code_below(struct codec *c, uint32_t v, uint32_t limit)
{
    uint64_t wide = v;
    if (codec_reads(c))
        wide = take_varint(c);
    else
        put_varint(c, wide);
    if (wide >= limit) {
        codec_fail(c, "%s: is %llu, which must be below %u", c->field, (unsigned long long)wide,
                   limit);
        return 0;
    }
    return (uint32_t)wide;
}

void code_u32(struct codec *c, uint32_t *v)
{
    uint64_t wide = *v;
    code_u64(c, &wide);
    if (wide > UINT32_MAX)
        codec_fail(c, "%s: is more than 32 bits", c->field);
    *v = (uint32_t)wide;
}

void code_i32(struct codec *c, int32_t *v)
{
    int64_t wide = *v;
    code_i64(c, &wide);
    if (wide != (int32_t)wide)
        codec_fail(c, "%s: is more than 32 bits", c->field);
    *v = (int32_t)wide;
}

void code_u16(struct codec *c, uint16_t *v)
{
    *v = (uint16_t)code_below(c, *v, UINT16_MAX + 1);
}

void code_u8(struct codec *c, uint8_t *v)
{
    *v = (uint8_t)code_below(c, *v, UINT8_MAX + 1);
}

void code_bool(struct codec *c, bool *v)
{
    *v = code_below(c, *v, 2);
}

void code_amount(struct codec *c, int64_t *v)
{
    uint64_t wide = (uint64_t)*v;
    code_u64(c, &wide);
    if (wide > INT64_MAX)
        codec_fail(c, "%s: is more than 63 bits", c->field);
    *v = wide > INT64_MAX ? 0 : (int64_t)wide;
}

void code_letter(struct codec *c, uint8_t *v, const char *allowed)
{
    code_u8(c, v);
    if (codec_reads(c) && codec_ok(c) && (!*v || !strchr(allowed, *v)))
        codec_fail(c, "%s: is %u, which must be one of \"%s\"", c->field, *v, allowed);
}

void code_time(struct codec *c, int64_t *t, int64_t base)
{
    bool set = *t != 0;
    code_bool(c, &set);
    if (!set) {
        *t = 0;
        return;
    }
    int64_t distance = codec_reads(c) ? 0 : (int64_t)((uint64_t)*t - (uint64_t)base);
    code_i64(c, &distance);
    *t = (int64_t)((uint64_t)base + (uint64_t)distance);
}

static void put_text(struct codec *c, uint32_t id)
{
    uint32_t *rank = &c->text_rank[id];
    if (*rank) {
        put_varint(c, *rank + 1);
        return;
    }
    mem_must(vec_push(&c->texts, id));
    *rank = (uint32_t)c->texts.len;
    put_varint(c, 1);
}

static void put_bytes(struct codec *c, struct sv text)
{
    put_varint(c, text.len);
    put(c, text.ptr, text.len);
}

/* 0: none; 1: the next text not yet used; else one that was used already, plus one. */
static uint32_t take_text(struct codec *c)
{
    uint64_t v = take_varint(c);
    if (!v)
        return STRINGS_NONE;
    uint64_t number = v == 1 ? (uint64_t)c->texts_used + 1 : v - 1;
    if (number > c->text_count || (v > 1 && number > c->texts_used)) {
        codec_fail(c, "%s: names text %llu, of which there are %u", c->field,
                   (unsigned long long)number, c->text_count);
        return STRINGS_NONE;
    }
    c->texts_used += v == 1;
    return c->text_ids[number];
}

void code_text(struct codec *c, uint32_t *id)
{
    if (c->mode == CODEC_SAME)
        put_varint(c, *id);
    else if (codec_reads(c))
        *id = take_text(c);
    else if (c->mode == CODEC_NAMES)
        put_bytes(c, strings_get(&c->w->strings, *id));
    else if (*id == STRINGS_NONE)
        put_varint(c, 0);
    else
        put_text(c, *id);
}

void code_text_item(struct codec *c, void *id)
{
    code_text(c, id);
}

static void put_names(struct codec *c, uint32_t ns, uint32_t name)
{
    put_bytes(c, strings_get(&c->w->strings, ns));
    put_bytes(c, strings_get(&c->w->strings, name));
}

/* What the index stands for in any world. */
static void put_name_of(struct codec *c, enum codec_ref kind, uint32_t i)
{
    const struct world *w = c->w;
    switch (kind) {
    case REF_CLASS:
        put(c, c->digests[i], sizeof c->digests[i]);
        return;
    case REF_NODE:
        put_names(c, STRINGS_NONE, w->nodes.items[i].name);
        return;
    case REF_WORKLOAD:
        put_varint(c, w->workloads.items[i].kind);
        put_bytes(c, strings_get(&w->strings, w->workloads.items[i].kind_name));
        put_names(c, w->workloads.items[i].ns, w->workloads.items[i].name);
        return;
    case REF_STORAGE_CLASS:
        put_names(c, STRINGS_NONE, w->storage_classes.items[i].name);
        return;
    case REF_PV:
        put_names(c, STRINGS_NONE, w->pvs.items[i].name);
        return;
    case REF_PVC:
        put_names(c, w->pvcs.items[i].ns, w->pvcs.items[i].name);
        return;
    case REF_COUNT:
        return;
    }
}

static uint32_t take_ref(struct codec *c, enum codec_ref kind)
{
    uint64_t v = take_varint(c);
    if (!v)
        return WORLD_NONE;
    if (v > c->count[kind]) {
        codec_fail(c, "%s: points at number %llu of %u", c->field, (unsigned long long)v,
                   c->count[kind]);
        return WORLD_NONE;
    }
    return (uint32_t)v - 1;
}

void code_ref(struct codec *c, enum codec_ref kind, uint32_t *index)
{
    if (codec_reads(c)) {
        *index = take_ref(c, kind);
        return;
    }
    if (c->mode == CODEC_SAME) {
        put_varint(c, *index);
        return;
    }
    uint32_t rank = *index == WORLD_NONE ? WORLD_NONE : c->rank[kind][*index];
    if (c->mode == CODEC_NAMES) {
        put_varint(c, rank != WORLD_NONE);
        if (rank != WORLD_NONE)
            put_name_of(c, kind, *index);
        return;
    }
    put_varint(c, rank == WORLD_NONE ? 0 : (uint64_t)rank + 1);
}

uint32_t code_length(struct codec *c, uint32_t len)
{
    uint64_t wide = len;
    code_u64(c, &wide);
    if (codec_reads(c) && wide > (size_t)(c->end - c->at)) {
        codec_fail(c, "%s: %llu items do not fit in the bytes that are left", c->field,
                   (unsigned long long)wide);
        return 0;
    }
    return (uint32_t)wide;
}

void *codec_room_in(struct codec *c, struct arena *arena, size_t count, size_t size)
{
    if (!codec_ok(c) || !count)
        return NULL;
    if (count > (CODEC_PARTS_MAX - c->parts) / size) {
        codec_fail(c, "%s: needs more than %zu MiB of memory", c->field, CODEC_PARTS_MAX >> 20);
        return NULL;
    }
    c->parts += count * size;
    return mem_must(arena_alloc_n(arena, count, size));
}

void *code_items(struct codec *c, const void *items, uint32_t len, size_t size,
                 void (*one)(struct codec *, void *))
{
    char *place = codec_reads(c) ? codec_room_in(c, &c->w->arena, len, size) : (char *)items;
    for (uint32_t i = 0; place && i < len && codec_ok(c); i++)
        one(c, place + i * size);
    return place;
}

bool codec_same(const struct world *w, void (*code)(struct codec *, void *), const void *a,
                const void *b)
{
    _cleanup_str_ struct str first = {0}, second = {0};
    _cleanup_(codec_release) struct codec c = {
        .mode = CODEC_SAME, .w = (struct world *)w, .watched = ""};
    c.out = &first;
    code(&c, (void *)a);
    c.out = &second;
    c.time = 0;
    code(&c, (void *)b);
    if (!str_ok(&first) || !str_ok(&second))
        must_fail_nomem();
    return sv_eq(str_sv(&first), str_sv(&second));
}
