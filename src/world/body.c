#include "world/body.h"

#include "base/must.h"
#include "world/code_kinds.h"

#include <stdio.h>

/*
 * Section: tag (4 bytes), flags (1 byte), length (varint), content. The texts come first in the
 * file but are known last, so the others are written to a buffer of their own before.
 */
#define TAG_TEXTS "TEXT"
#define TAG_HEAD "HEAD"
#define TAG_SAMPLES "SAMP"
#define TAG_CLOUD "CLOU"
#define FLAG_OPTIONAL 1

static void add_varint(struct str *out, uint64_t v)
{
    for (; v >= 0x80; v >>= 7)
        str_addc(out, (char)(v | 0x80));
    str_addc(out, (char)v);
}

static void add_section(struct str *out, const char *tag, int flags, const struct str *content)
{
    str_add(out, tag, 4);
    str_addc(out, (char)flags);
    add_varint(out, content->len);
    str_addv(out, str_sv(content));
    out->failed = out->failed || content->failed;
}

/* ---- both ways ---- */

static void code_version(struct codec *c, struct version *v)
{
    CODE(bool, v->set);
    CODE(u16, v->major);
    CODE(u16, v->minor);
    CODE(u16, v->patch);
}

static void code_count(struct codec *c, const struct code_kind *kind, uint32_t *count)
{
    c->field = kind->noun;
    code_u32(c, count);
    if (codec_reads(c) && *count > CODE_COUNT_MAX)
        codec_fail(c, "%u of kind %s, at most %u are allowed", *count, kind->noun, CODE_COUNT_MAX);
    if (kind->ref != REF_COUNT)
        c->count[kind->ref] = *count;
}

static void code_head(struct codec *c, uint32_t counts[CODE_KINDS])
{
    struct world *w = c->w;
    c->field = "version";
    code_version(c, &w->version);
    CODE(i64, w->taken);
    CODE(text, w->source);
    CODE(text, w->resource_version);
    CODE(u32, w->notes_dropped);
    for (size_t k = 0; k < CODE_KINDS; k++)
        code_count(c, &code_kinds[k], &counts[k]);
}

static int compare_u32(const void *a, const void *b)
{
    uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
    return (x > y) - (x < y);
}

/* Sorted, each as its distance to the one before. */
static void code_sample_list(struct codec *c, uint32_t *items, uint32_t len)
{
    uint32_t before = 0;
    for (uint32_t i = 0; i < len && codec_ok(c); i++) {
        uint32_t distance = codec_reads(c) ? 0 : items[i] - before;
        code_u32(c, &distance);
        if (codec_reads(c) && distance > UINT32_MAX - before)
            codec_fail(c, "%s: is more than 32 bits", c->field);
        before = items[i] = before + distance;
    }
}

static void write_samples(struct codec *c)
{
    for (unsigned t = 0; t < TIMING_COUNT; t++) {
        const uint32_t *from = c->w->samples[t].items;
        uint32_t len = (uint32_t)c->w->samples[t].len;
        _cleanup_free_ uint32_t *sorted = mem_must(calloc((size_t)len + 1, sizeof *sorted));
        for (uint32_t i = 0; i < len; i++)
            sorted[i] = from[i];
        qsort(sorted, len, sizeof *sorted, compare_u32);
        code_length(c, len);
        code_sample_list(c, sorted, len);
    }
}

static void read_samples(struct codec *c)
{
    c->field = "samples";
    for (unsigned t = 0; t < TIMING_COUNT && codec_ok(c); t++) {
        uint32_t len = code_length(c, 0);
        if (len > WORLD_SAMPLES_MAX)
            codec_fail(c, "%u samples, at most %u are allowed", len, WORLD_SAMPLES_MAX);
        if (!codec_ok(c))
            return;
        uint32_t *items = mem_must(calloc((size_t)len + 1, sizeof *items));
        code_sample_list(c, items, len);
        c->w->samples[t].items = items;
        c->w->samples[t].len = len;
        c->w->samples[t].cap = (size_t)len + 1;
    }
}

/* ---- writing ---- */

static void write_kind(struct codec *c, const struct code_kind *kind, const uint32_t *order,
                       uint32_t len)
{
    for (uint32_t i = 0; i < len; i++) {
        kind->code(c, (void *)code_item(c->w, kind, order[i]));
        arena_reset(&c->scratch);
    }
}

static void write_sections(struct codec *c, const struct code_order *o, const struct cloud *cloud,
                           struct str *out)
{
    _cleanup_str_ struct str content;
    uint32_t counts[CODE_KINDS];
    str_init(&content, BODY_MAX);
    c->out = &content;
    for (size_t k = 0; k < CODE_KINDS; k++)
        counts[k] = o->of[k].len;
    code_head(c, counts);
    add_section(out, TAG_HEAD, 0, &content);
    for (size_t k = 0; k < CODE_KINDS; k++) {
        str_reset(&content);
        write_kind(c, &code_kinds[k], o->of[k].items, o->of[k].len);
        add_section(out, code_kinds[k].tag, 0, &content);
    }
    str_reset(&content);
    write_samples(c);
    add_section(out, TAG_SAMPLES, 0, &content);
    if (cloud) {
        str_reset(&content);
        code_cloud(c, (struct cloud *)cloud);
        add_section(out, TAG_CLOUD, 0, &content);
    }
    c->out = NULL;
}

static void write_texts(struct codec *c, struct str *out)
{
    _cleanup_str_ struct str content;
    str_init(&content, BODY_MAX);
    add_varint(&content, c->texts.len);
    vec_foreach(id, &c->texts) {
        struct sv text = strings_get(&c->w->strings, *id);
        add_varint(&content, text.len);
    }
    vec_foreach(id, &c->texts)
        str_addv(&content, strings_get(&c->w->strings, *id));
    add_section(out, TAG_TEXTS, 0, &content);
}

int body_write(const struct world *w, const struct cloud *cloud, struct str *out, struct err *err)
{
    _cleanup_(codec_release) struct codec c = {.mode = CODEC_WRITE, .w = (struct world *)w};
    _cleanup_(code_order_release) struct code_order order;
    _cleanup_str_ struct str rest;
    str_init(&rest, BODY_MAX);
    c.text_rank = mem_must(calloc(w->strings.texts.len + 1, sizeof *c.text_rank));
    c.watched = "";
    code_order_make(&order, w);
    code_order_use(&order, &c);
    write_sections(&c, &order, cloud, &rest);
    write_texts(&c, out);
    str_addv(out, str_sv(&rest));
    if (!str_ok(out) || !str_ok(&rest))
        return err_set(err, ERR_LIMIT, "the snapshot would be larger than %zu MiB unpacked",
                       BODY_MAX >> 20);
    return 0;
}

/* ---- reading ---- */

struct body_section {
    struct sv tag;
    uint8_t flags;
    const uint8_t *at, *end;
};

struct body_reader {
    struct codec c;
    struct cloud *cloud;
    const uint8_t *at, *end; /* of the body */
    uint32_t *text_ids;
    uint32_t counts[CODE_KINDS];
    char where[64]; /* for messages: "section PODS, item 17" */
};

static void reader_release(struct body_reader *r)
{
    free(r->text_ids);
    codec_release(&r->c);
}

static bool next_section(struct body_reader *r, struct body_section *s)
{
    struct codec *c = &r->c;
    snprintf(r->where, sizeof r->where, "section at byte %zu from the end",
             (size_t)(r->end - r->at));
    c->field = "its head";
    if (r->end - r->at < 6) {
        codec_fail(c, "is cut off");
        return false;
    }
    *s = (struct body_section){.tag = sv_n((const char *)r->at, 4), .flags = r->at[4]};
    uint64_t len = 0;
    c->at = r->at + 5;
    c->end = r->end;
    code_u64(c, &len);
    if (codec_ok(c) && len > (size_t)(c->end - c->at))
        codec_fail(c, "is cut off");
    if (!codec_ok(c))
        return false;
    s->at = c->at;
    s->end = r->at = c->at + len;
    c->end = s->end;
    return true;
}

/* Sections a newer program added and marked as optional are passed over. */
static bool open_section(struct body_reader *r, const char *tag)
{
    struct body_section s;
    while (codec_ok(&r->c) && next_section(r, &s)) {
        if (sv_is(s.tag, tag)) {
            snprintf(r->where, sizeof r->where, "section %s", tag);
            return true;
        }
        if (!(s.flags & FLAG_OPTIONAL)) {
            codec_fail(&r->c, "section %s was expected", tag);
            return false;
        }
    }
    return false;
}

static void close_section(struct body_reader *r)
{
    if (codec_ok(&r->c) && r->c.at != r->c.end)
        codec_fail(&r->c, "has %zu bytes too many", (size_t)(r->c.end - r->c.at));
}

static void read_text(struct body_reader *r, uint32_t number, const char *at, size_t len)
{
    struct strings *s = &r->c.w->strings;
    uint32_t id = strings_put(s, sv_n(at, len));
    if (id != number)
        codec_fail(&r->c, len ? "text %u is there twice" : "text %u is empty", number);
    r->text_ids[number] = id;
}

static void read_texts(struct body_reader *r)
{
    struct codec *c = &r->c;
    c->field = "texts";
    c->text_count = code_length(c, 0);
    if (!codec_ok(c))
        return;
    r->text_ids = mem_must(calloc((size_t)c->text_count + 1, sizeof *r->text_ids));
    _cleanup_free_ uint32_t *lens = mem_must(calloc((size_t)c->text_count + 1, sizeof *lens));
    for (uint32_t i = 1; i <= c->text_count; i++)
        code_u32(c, &lens[i]);
    if (codec_ok(c))
        strings_reserve(&c->w->strings, c->text_count);
    for (uint32_t i = 1; i <= c->text_count && codec_ok(c); i++) {
        if (lens[i] > (size_t)(c->end - c->at)) {
            codec_fail(c, "text %u ends too early", i);
            return;
        }
        read_text(r, i, (const char *)c->at, lens[i]);
        c->at += codec_ok(c) ? lens[i] : 0;
    }
    c->text_ids = r->text_ids;
}

static void read_kind(struct body_reader *r, const struct code_kind *kind, uint32_t count)
{
    struct codec *c = &r->c;
    _cleanup_free_ void *item = mem_must(malloc(kind->size));
    c->time = 0;
    for (uint32_t i = 0; i < count && codec_ok(c); i++) {
        memset(item, 0, kind->size);
        kind->code(c, item);
        if (codec_ok(c))
            kind->enter(c, item);
        if (!codec_ok(c))
            snprintf(r->where, sizeof r->where, "section %.4s, item %u of %u", kind->tag, i + 1,
                     count);
    }
}

#define OWNERS_MAX 8

/* Who looks for the topmost owner must arrive. */
static void check_owners(struct body_reader *r)
{
    const struct world *w = r->c.w;
    for (uint32_t i = 0; i < w->workloads.len && codec_ok(&r->c); i++) {
        uint32_t at = i, steps = 0;
        while (at != WORLD_NONE && steps++ < OWNERS_MAX)
            at = w->workloads.items[at].owner;
        if (at != WORLD_NONE)
            codec_fail(&r->c, "workload %u owns itself", i + 1);
    }
}

static void read_sections(struct body_reader *r)
{
    struct codec *c = &r->c;
    if (open_section(r, TAG_TEXTS))
        read_texts(r);
    close_section(r);
    if (open_section(r, TAG_HEAD))
        code_head(c, r->counts);
    close_section(r);
    for (size_t k = 0; k < CODE_KINDS && codec_ok(c); k++) {
        if (open_section(r, code_kinds[k].tag))
            read_kind(r, &code_kinds[k], r->counts[k]);
        close_section(r);
    }
    if (codec_ok(c))
        check_owners(r);
    if (open_section(r, TAG_SAMPLES))
        read_samples(c);
    close_section(r);
}

/* What may follow: the cloud, once, and what newer programs add. */
static void read_tail(struct body_reader *r)
{
    struct body_section s;
    bool seen = false;
    while (codec_ok(&r->c) && r->at < r->end && next_section(r, &s)) {
        snprintf(r->where, sizeof r->where, "section %.*s", SV_ARG(s.tag));
        bool is_cloud = sv_is(s.tag, TAG_CLOUD);
        if (is_cloud && seen) {
            codec_fail(&r->c, "is there twice");
        } else if (is_cloud) {
            struct cloud unused = {0};
            code_cloud(&r->c, r->cloud ? r->cloud : &unused);
            cloud_release(&unused);
            close_section(r);
            seen = true;
        } else if (!(s.flags & FLAG_OPTIONAL)) {
            codec_fail(&r->c, "is not known to this program");
        }
    }
}

int body_read(struct world *w, struct cloud *cloud, struct sv bytes, struct err *err)
{
    _cleanup_(reader_release) struct body_reader r = {
        .c = {.mode = CODEC_READ, .w = w, .field = ""},
        .cloud = cloud,
        .at = (const uint8_t *)bytes.ptr,
        .end = (const uint8_t *)bytes.ptr + bytes.len,
    };
    read_sections(&r);
    read_tail(&r);
    if (!codec_ok(&r.c))
        return err_set(err, ERR_INPUT, "%s: %s", r.where, r.c.error);
    return 0;
}
