#include "net/spdy.h"

#include "net/spdy_internal.h"

#define ZLIB_CONST
#include <zlib.h>

#define FRAME_HEAD 8
#define VERSION 3
#define FLAG_FIN 1
#define DATA_MAX ((size_t)32 << 10) /* of one frame that is sent */

enum type { SYN_STREAM = 1, SYN_REPLY = 2, RST_STREAM = 3, PING = 6, HEADERS = 8 };

struct spdy {
    struct spdy_events events;
    struct str in;             /* a frame that is not complete */
    z_stream inflate, deflate; /* of headers: one stream of bytes in each direction */
    char block[SPDY_HEADERS_MAX];
};

static uint32_t get32(const char *p)
{
    const unsigned char *b = (const unsigned char *)p;
    return (uint32_t)b[0] << 24 | (uint32_t)b[1] << 16 | (uint32_t)b[2] << 8 | b[3];
}

static void put32(struct str *out, uint32_t n)
{
    const char bytes[] = {(char)(n >> 24), (char)(n >> 16), (char)(n >> 8), (char)n};
    str_addv(out, sv_n(bytes, sizeof bytes));
}

struct spdy *spdy_new(const struct spdy_events *events)
{
    struct spdy *s = calloc(1, sizeof *s);
    if (!s)
        return NULL;
    s->events = *events;
    if (inflateInit(&s->inflate) == Z_OK &&
        deflateInit(&s->deflate, Z_DEFAULT_COMPRESSION) == Z_OK &&
        deflateSetDictionary(&s->deflate, (const Bytef *)spdy_dictionary, spdy_dictionary_len) ==
            Z_OK)
        return s;
    spdy_free(s);
    return NULL;
}

void spdy_free(struct spdy *s)
{
    if (!s)
        return;
    inflateEnd(&s->inflate);
    deflateEnd(&s->deflate);
    str_release(&s->in);
    free(s);
}

/* ---- headers ---- */

/* The block behind these bytes; false: it is none, or too large. */
static bool unpack(struct spdy *s, struct sv packed, struct sv *out)
{
    z_stream *z = &s->inflate;
    z->next_in = (const Bytef *)packed.ptr;
    z->avail_in = (uInt)packed.len;
    z->next_out = (Bytef *)s->block;
    z->avail_out = sizeof s->block;
    while (z->avail_in > 0) {
        int code = inflate(z, Z_SYNC_FLUSH);
        if (code == Z_NEED_DICT)
            code = inflateSetDictionary(z, (const Bytef *)spdy_dictionary, spdy_dictionary_len);
        if (code != Z_OK || (z->avail_out == 0 && z->avail_in > 0))
            return false;
    }
    *out = sv_n(s->block, sizeof s->block - z->avail_out);
    return true;
}

/* A text with its length before it. */
static bool take_text(struct sv *rest, struct sv *out)
{
    if (rest->len < 4)
        return false;
    size_t n = get32(rest->ptr);
    if (n > rest->len - 4)
        return false;
    *out = sv_n(rest->ptr + 4, n);
    *rest = sv_n(rest->ptr + 4 + n, rest->len - 4 - n);
    return true;
}

static bool is_block(struct sv block)
{
    struct sv text, rest = block;
    if (block.len < 4)
        return false;
    rest = sv_n(block.ptr + 4, block.len - 4);
    for (uint32_t n = get32(block.ptr); n > 0; n--)
        if (!take_text(&rest, &text) || !take_text(&rest, &text))
            return false;
    return rest.len == 0;
}

struct sv spdy_header(struct sv headers, const char *name)
{
    struct sv rest = sv_n(headers.ptr + 4, headers.len - 4), key, value;
    while (take_text(&rest, &key) && take_text(&rest, &value))
        if (sv_is(key, name))
            return value;
    return SV_NONE;
}

/* ---- reading ---- */

static bool read_open(struct spdy *s, struct sv body, bool last)
{
    struct sv block;
    if (body.len < 10 || !unpack(s, sv_n(body.ptr + 10, body.len - 10), &block) || !is_block(block))
        return false;
    uint32_t stream = get32(body.ptr) & 0x7fffffff;
    s->events.on_open(s->events.ctx, stream, block);
    if (last)
        s->events.on_end(s->events.ctx, stream);
    return true;
}

/* Nobody needs these headers, but the ones after them are packed by what was in them. */
static bool read_headers(struct spdy *s, struct sv body)
{
    struct sv block;
    return body.len >= 4 && unpack(s, sv_n(body.ptr + 4, body.len - 4), &block);
}

static bool read_control(struct spdy *s, struct sv frame, struct str *out)
{
    struct sv body = sv_n(frame.ptr + FRAME_HEAD, frame.len - FRAME_HEAD);
    uint32_t head = get32(frame.ptr);
    bool last = frame.ptr[4] & FLAG_FIN;
    if ((head >> 16 & 0x7fff) != VERSION)
        return false;
    switch (head & 0xffff) {
    case SYN_STREAM:
        return read_open(s, body, last);
    case SYN_REPLY:
    case HEADERS:
        return read_headers(s, body);
    case RST_STREAM:
        if (body.len < 4)
            return false;
        s->events.on_end(s->events.ctx, get32(body.ptr) & 0x7fffffff);
        return true;
    case PING:
        if (body.len == 4)
            str_addv(out, frame);
        return body.len == 4;
    default: /* SETTINGS, GOAWAY, WINDOW_UPDATE and what may come */
        return true;
    }
}

static bool read_frame(struct spdy *s, struct sv frame, struct str *out)
{
    uint32_t head = get32(frame.ptr);
    struct sv body = sv_n(frame.ptr + FRAME_HEAD, frame.len - FRAME_HEAD);
    if (head >> 31)
        return read_control(s, frame, out);
    if (body.len)
        s->events.on_data(s->events.ctx, head, body);
    if (frame.ptr[4] & FLAG_FIN)
        s->events.on_end(s->events.ctx, head);
    return true;
}

bool spdy_feed(struct spdy *s, struct sv bytes, struct str *out)
{
    str_addv(&s->in, bytes);
    struct sv rest = str_sv(&s->in);
    bool ok = true;
    while (ok && rest.len >= FRAME_HEAD) {
        size_t size = FRAME_HEAD + (get32(rest.ptr + 4) & 0xffffff);
        ok = size <= SPDY_FRAME_MAX;
        if (!ok || rest.len < size)
            break;
        ok = read_frame(s, sv_n(rest.ptr, size), out);
        rest = sv_n(rest.ptr + size, rest.len - size);
    }
    struct str left = {0};
    if (rest.len)
        str_addv(&left, rest);
    str_release(&s->in);
    s->in = left;
    return ok && str_ok(&s->in);
}

/* ---- writing ---- */

void spdy_reply(struct spdy *s, uint32_t stream, struct str *out)
{
    static const unsigned char none[4];
    unsigned char packed[64];
    z_stream *z = &s->deflate;
    z->next_in = none;
    z->avail_in = sizeof none;
    z->next_out = packed;
    z->avail_out = sizeof packed;
    deflate(z, Z_SYNC_FLUSH);
    size_t n = sizeof packed - z->avail_out;
    put32(out, 0x80000000u | VERSION << 16 | SYN_REPLY);
    put32(out, (uint32_t)(4 + n));
    put32(out, stream);
    str_addv(out, sv_n((const char *)packed, n));
}

void spdy_data(uint32_t stream, struct sv bytes, bool last, struct str *out)
{
    while (bytes.len || last) {
        size_t n = bytes.len < DATA_MAX ? bytes.len : DATA_MAX;
        bool end = last && n == bytes.len;
        put32(out, stream & 0x7fffffff);
        put32(out, (uint32_t)(end ? FLAG_FIN << 24 : 0) | (uint32_t)n);
        str_addv(out, sv_n(bytes.ptr, n));
        if (end)
            return;
        bytes = sv_n(bytes.ptr + n, bytes.len - n);
    }
}
