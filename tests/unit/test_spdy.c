/* SPDY/3.1 as a server reads and writes it, against a client made of zlib. */
#include "net/spdy.h"

#include "net/spdy_internal.h"

#define ZLIB_CONST
#include <zlib.h>

#include "unit.h"

struct client {
    z_stream pack, unpack;
    struct spdy *server;
    struct str said; /* what the server's events told */
    struct str out;  /* what the server sends */
};

static void on_open(void *ctx, uint32_t stream, struct sv headers)
{
    struct client *c = ctx;
    str_addf(&c->said, "open %u %.*s;", stream, SV_ARG(spdy_header(headers, "streamtype")));
    assert_null(spdy_header(headers, "none").ptr);
}

static void on_data(void *ctx, uint32_t stream, struct sv bytes)
{
    struct client *c = ctx;
    str_addf(&c->said, "data %u %.*s;", stream, SV_ARG(bytes));
}

static void on_end(void *ctx, uint32_t stream)
{
    struct client *c = ctx;
    str_addf(&c->said, "end %u;", stream);
}

static void start(struct client *c)
{
    *c = (struct client){0};
    const struct spdy_events events = {on_open, on_data, on_end, c};
    c->server = spdy_new(&events);
    assert_non_null(c->server);
    assert_int_equal(deflateInit(&c->pack, 6), Z_OK);
    assert_int_equal(
        deflateSetDictionary(&c->pack, (const Bytef *)spdy_dictionary, spdy_dictionary_len), Z_OK);
    assert_int_equal(inflateInit(&c->unpack), Z_OK);
}

static void stop(struct client *c)
{
    deflateEnd(&c->pack);
    inflateEnd(&c->unpack);
    spdy_free(c->server);
    str_release(&c->said);
    str_release(&c->out);
}

static void add32(struct str *out, uint32_t n)
{
    for (int shift = 24; shift >= 0; shift -= 8)
        str_addc(out, (char)(n >> shift));
}

static void add_frame(struct str *out, uint32_t head, uint32_t flags, struct sv body)
{
    add32(out, head);
    add32(out, flags << 24 | (uint32_t)body.len);
    str_addv(out, body);
}

static void add_open(struct client *c, uint32_t stream, const char *type, struct str *out)
{
    _cleanup_str_ struct str block = {0}, body = {0};
    char packed[512];
    add32(&block, 1);
    add32(&block, 10);
    str_adds(&block, "streamtype");
    add32(&block, (uint32_t)strlen(type));
    str_adds(&block, type);
    c->pack.next_in = (const Bytef *)block.data;
    c->pack.avail_in = (uInt)block.len;
    c->pack.next_out = (Bytef *)packed;
    c->pack.avail_out = sizeof packed;
    assert_int_equal(deflate(&c->pack, Z_SYNC_FLUSH), Z_OK);
    add32(&body, stream);
    add32(&body, 0);
    str_adds(&body, "  ");
    str_addv(&body, sv_n(packed, sizeof packed - c->pack.avail_out));
    add_frame(out, 0x80030001, 0, str_sv(&body));
}

static void reads_frames_however_they_come(void **state)
{
    (void)state;
    for (size_t step = 1; step < 40; step += 6) {
        _cleanup_str_ struct str bytes = {0};
        struct client c;
        start(&c);
        add_open(&c, 1, "error", &bytes);
        add_frame(&bytes, 0x80030004, 0, SV("\0\0\0\0"));
        add_open(&c, 3, "stdin", &bytes);
        add_frame(&bytes, 3, 0, SV("hello"));
        add_frame(&bytes, 3, 1, SV(""));
        add_frame(&bytes, 0x80030006, 0, SV("\0\0\0\7"));
        add_frame(&bytes, 0x80030003, 0, sv_n("\0\0\0\1\0\0\0\5", 8));
        for (size_t i = 0; i < bytes.len; i += step) {
            size_t n = bytes.len - i < step ? bytes.len - i : step;
            assert_true(spdy_feed(c.server, sv_n(bytes.data + i, n), &c.out));
        }
        assert_string_equal(str_c(&c.said), "open 1 error;open 3 stdin;data 3 hello;end 3;end 1;");
        assert_true(sv_eq(str_sv(&c.out), sv_n("\x80\3\0\6\0\0\0\4\0\0\0\7", 12)));
        stop(&c);
    }
}

/* The headers of a SYN_REPLY, unpacked; there are none. */
static void expect_reply(struct client *c, struct sv frame, uint32_t stream)
{
    char block[64];
    assert_memory_equal(frame.ptr, "\x80\3\0\2", 4);
    assert_int_equal(frame.ptr[11], stream);
    c->unpack.next_in = (const Bytef *)frame.ptr + 12;
    c->unpack.avail_in = (uInt)frame.len - 12;
    c->unpack.next_out = (Bytef *)block;
    c->unpack.avail_out = sizeof block;
    int code = inflate(&c->unpack, Z_SYNC_FLUSH);
    if (code == Z_NEED_DICT) {
        inflateSetDictionary(&c->unpack, (const Bytef *)spdy_dictionary, spdy_dictionary_len);
        code = inflate(&c->unpack, Z_SYNC_FLUSH);
    }
    assert_int_equal(code, Z_OK);
    assert_int_equal(sizeof block - c->unpack.avail_out, 4);
    assert_memory_equal(block, "\0\0\0\0", 4);
}

static void writes_what_a_client_reads(void **state)
{
    struct client c;
    (void)state;
    start(&c);
    spdy_reply(c.server, 1, &c.out);
    expect_reply(&c, str_sv(&c.out), 1);
    str_reset(&c.out);
    spdy_reply(c.server, 5, &c.out);
    expect_reply(&c, str_sv(&c.out), 5);
    str_reset(&c.out);
    spdy_data(5, SV("abc"), false, &c.out);
    spdy_data(5, SV(""), false, &c.out);
    spdy_data(5, SV(""), true, &c.out);
    assert_true(sv_eq(str_sv(&c.out), sv_n("\0\0\0\5\0\0\0\3abc\0\0\0\5\1\0\0\0", 19)));
    str_reset(&c.out);
    char many[40000];
    memset(many, 'x', sizeof many);
    spdy_data(7, sv_n(many, sizeof many), true, &c.out);
    assert_int_equal(c.out.len, sizeof many + 2 * 8);
    assert_int_equal(c.out.data[4], 0);
    assert_int_equal(c.out.data[8 + 32768 + 4], 1);
    stop(&c);
}

static void refuses_what_is_none(void **state)
{
    static const struct {
        const char *bytes;
        size_t len;
    } cases[] = {
        {"\x80\2\0\4\0\0\0\4\0\0\0\0", 12},                /* version 2 */
        {"\0\0\0\1\1\xff\xff\xff", 8},                     /* a frame too long */
        {"\x80\3\0\1\0\0\0\4\0\0\0\1", 12},                /* a short SYN_STREAM */
        {"\x80\3\0\1\0\0\0\14\0\0\0\1\0\0\0\0\0\0zz", 20}, /* headers that are not packed */
        {"\x80\3\0\6\0\0\0\2\0\0", 10},                    /* a short ping */
        {"\x80\3\0\3\0\0\0\2\0\0", 10},                    /* a short RST_STREAM */
    };
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct client c;
        start(&c);
        assert_false(spdy_feed(c.server, sv_n(cases[i].bytes, cases[i].len), &c.out));
        assert_int_equal(c.said.len, 0);
        stop(&c);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_frames_however_they_come),
        cmocka_unit_test(writes_what_a_client_reads),
        cmocka_unit_test(refuses_what_is_none),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
