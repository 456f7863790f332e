#include "net/http_intake.h"

#include "base/cleanup.h"
#include "unit.h"

#define HOST "Host: a\r\n"
#define BODY_MAX 100

struct take {
    struct http_intake in;
    size_t used;
};

static void take_release(struct take *t)
{
    http_intake_release(&t->in);
}
#define _cleanup_take_ _cleanup_(take_release)

/* Feeds pieces of n bytes until the request ends in one way or the other. */
static void feed(struct take *t, struct sv bytes, size_t piece)
{
    *t = (struct take){0};
    http_intake_init(&t->in, BODY_MAX);
    while (t->used < bytes.len && t->in.state != HTTP_INTAKE_WHOLE &&
           t->in.state != HTTP_INTAKE_REFUSED) {
        size_t left = bytes.len - t->used;
        t->used += http_intake_feed(&t->in, sv_n(bytes.ptr + t->used, left < piece ? left : piece));
    }
}

static void the_same_verdict_however_it_is_cut(void **state)
{
    static const struct {
        const char *text;
        int status; /* 0: accepted */
    } cases[] = {
        {"GET / HTTP/1.1\r\n" HOST "\r\n", 0},
        {"\r\nGET / HTTP/1.1\r\n" HOST "\r\n", 0},
        {"GET / HTTP/1.0\r\n\r\n", 0},
        {"POST / HTTP/1.1\r\n" HOST "Content-Length: 3\r\n\r\nabc", 0},
        {"POST / HTTP/1.1\r\n" HOST "Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n", 0},
        {"POST / HTTP/1.1\r\n" HOST "Transfer-Encoding: CHUNKED\r\n\r\n1;x=y\r\na\r\n0\r\n"
         "Trailer: t\r\n\r\n",
         0},
        {"GET http://a/b?c HTTP/1.1\r\n" HOST "\r\n", 0},
        {"OPTIONS * HTTP/1.1\r\n" HOST "\r\n", 0},
        /* who is meant */
        {"GET / HTTP/1.1\r\n\r\n", 400},
        {"GET / HTTP/1.1\r\n" HOST HOST "\r\n", 400},
        /* two opinions about the end */
        {"POST / HTTP/1.1\r\n" HOST "Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n", 400},
        {"POST / HTTP/1.1\r\n" HOST "Transfer-Encoding: chunked\r\nContent-Length: 3\r\n\r\n", 400},
        {"POST / HTTP/1.1\r\n" HOST "Content-Length: 3\r\nContent-Length: 4\r\n\r\n", 400},
        {"POST / HTTP/1.1\r\n" HOST "Content-Length: 3\r\nContent-Length: 3\r\n\r\n", 400},
        {"POST / HTTP/1.1\r\n" HOST "Content-Length: 3, 3\r\n\r\n", 400},
        {"POST / HTTP/1.1\r\n" HOST "Content-Length: +3\r\n\r\n", 400},
        {"POST / HTTP/1.1\r\n" HOST "Content-Length: -3\r\n\r\n", 400},
        {"POST / HTTP/1.1\r\n" HOST "Content-Length: 0x3\r\n\r\n", 400},
        {"POST / HTTP/1.1\r\n" HOST "Content-Length: 99999999999999999999999\r\n\r\n", 400},
        {"POST / HTTP/1.1\r\n" HOST "Transfer-Encoding: gzip, chunked\r\n\r\n", 501},
        {"POST / HTTP/1.1\r\n" HOST "Transfer-Encoding: identity\r\n\r\n", 501},
        {"POST / HTTP/1.1\r\n" HOST "Transfer-Encoding: xchunked\r\n\r\n", 501},
        {"POST / HTTP/1.1\r\n" HOST "Transfer-Encoding: chunked\r\nTransfer-Encoding: x\r\n\r\n",
         501},
        {"POST / HTTP/1.1\r\n" HOST "Transfer-Encoding:\r\n chunked\r\n\r\n", 400},
        {"POST / HTTP/1.1\r\n" HOST "Transfer-Encoding : chunked\r\n\r\n", 400},
        {"POST / HTTP/1.1\r\n" HOST "Transfer-Encoding\t: chunked\r\n\r\n", 400},
        {"POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n", 400},
        {"GET / HTTP/1.1\r\n Host: a\r\n\r\n", 400},
        {"GET / HTTP/1.1\r\n" HOST "X: a\rb\r\n\r\n", 400},
        {"GET / HTTP/1.1\n" HOST "\r\n", 400},
        {"GET / HTTP/1.1\r\n" HOST "X: y\n\r\n", 400},
        {"GET / HTTP/1.1\r\n" HOST "X: y\r\n\n", 400},
        {"GET / HTTP/1.1\r\n" HOST ": y\r\n\r\n", 400},
        {"GET / HTTP/1.1\r\n" HOST "no colon\r\n\r\n", 400},
        /* chunks */
        {"POST / HTTP/1.1\r\n" HOST "Transfer-Encoding: chunked\r\n\r\nzz\r\n", 400},
        {"POST / HTTP/1.1\r\n" HOST "Transfer-Encoding: chunked\r\n\r\n-1\r\n", 400},
        {"POST / HTTP/1.1\r\n" HOST "Transfer-Encoding: chunked\r\n\r\nfffffffffffffffff\r\n", 400},
        /* other things */
        {"GET a HTTP/1.1\r\n" HOST "\r\n", 400},
        {"GET /#a HTTP/1.1\r\n" HOST "\r\n", 400},
        {"GET / HTTP/2.0\r\n" HOST "\r\n", 505},
        {"GET / HTTP/1.2\r\n" HOST "\r\n", 505},
        {"GET /\r\n\r\n", 505},
        {"BREW / HTTP/1.1\r\n" HOST "\r\n", 501},
        {"CONNECT a:1 HTTP/1.1\r\n" HOST "\r\n", 501},
        {"POST / HTTP/1.1\r\n" HOST "Content-Length: 101\r\n\r\n", 413},
        {"POST / HTTP/1.1\r\n" HOST "Content-Length: 3\r\nExpect: 200-ok\r\n\r\n", 417},
        {"\x16\x03\x01\x02\r\n", 400},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        for (size_t piece = 1; piece < 70; piece += piece < 4 ? 1 : 13) {
            _cleanup_take_ struct take t;
            feed(&t, sv_of(cases[i].text), piece);
            bool refused = t.in.state == HTTP_INTAKE_REFUSED;
            if (refused != (cases[i].status != 0) ||
                (refused ? t.in.status != cases[i].status : t.in.state != HTTP_INTAKE_WHOLE))
                fail_msg("case %zu, pieces of %zu: state %d, status %d, %s", i, piece, t.in.state,
                         t.in.status, t.in.why ? t.in.why : "");
        }
    }
}

static void a_request_is_told_as_it_was_sent(void **state)
{
    _cleanup_take_ struct take t;
    feed(&t,
         SV("PATCH /apis/apps/v1?force=true&x=%2F HTTP/1.1\r\nHOST: a\r\nEmpty:\r\n"
            "Blanks: \t b c \t\r\nContent-Length: 4\r\n\r\nbodyGET"),
         7);
    const struct http_asked *a = &t.in.asked;
    assert_int_equal(t.in.state, HTTP_INTAKE_WHOLE);
    assert_true(sv_is(a->method, "PATCH"));
    assert_true(sv_is(a->target, "/apis/apps/v1?force=true&x=%2F"));
    assert_true(sv_is(a->path, "/apis/apps/v1"));
    assert_true(sv_is(a->query, "force=true&x=%2F"));
    assert_true(sv_is(a->body, "body"));
    assert_int_equal(a->header_count, 4);
    assert_true(sv_is(a->headers[1].name, "Empty") && a->headers[1].value.len == 0);
    assert_true(sv_is(a->headers[2].value, "b c"));
    assert_true(t.in.keep_alive && !a->upgrade && !t.in.wants_continue);
}

/* What follows a request is left for the next one. */
static void takes_no_byte_of_the_next_request(void **state)
{
    static const char *const first[] = {
        "GET / HTTP/1.1\r\n" HOST "\r\n",
        "POST / HTTP/1.1\r\n" HOST "Content-Length: 3\r\n\r\nabc",
        "POST / HTTP/1.1\r\n" HOST "Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n",
        "GET / HTTP/1.1\r\n" HOST "Connection: Upgrade\r\nUpgrade: websocket\r\n\r\n",
    };
    for (size_t i = 0; i < ARRAY_LEN(first); i++) {
        for (size_t piece = 1; piece < 200; piece += 50) {
            _cleanup_take_ struct take t;
            _cleanup_str_ struct str two = {0};
            str_addf(&two, "%sGET /next HTTP/1.1\r\n", first[i]);
            feed(&t, str_sv(&two), piece);
            assert_int_equal(t.in.state, HTTP_INTAKE_WHOLE);
            assert_int_equal(t.used, strlen(first[i]));
        }
    }
}

static void knows_who_would_leave_http(void **state)
{
    _cleanup_take_ struct take t;
    feed(&t, SV("GET / HTTP/1.1\r\n" HOST "Connection: keep-alive, Upgrade\r\nUpgrade: x\r\n\r\n"),
         99);
    assert_true(t.in.asked.upgrade);
    _cleanup_take_ struct take only;
    feed(&only, SV("GET / HTTP/1.1\r\n" HOST "Upgrade: x\r\n\r\n"), 99);
    assert_true(only.in.state == HTTP_INTAKE_WHOLE && !only.in.asked.upgrade);
    _cleanup_take_ struct take body;
    feed(&body,
         SV("POST / HTTP/1.1\r\n" HOST
            "Connection: Upgrade\r\nUpgrade: x\r\nContent-Length: 1\r\n\r\nab"),
         99);
    assert_true(body.in.state == HTTP_INTAKE_WHOLE && !body.in.asked.upgrade);
    assert_true(sv_is(body.in.asked.body, "a"));
}

static void heads_have_limits(void **state)
{
    _cleanup_str_ struct str many = {0}, long_one = {0}, fits = {0};
    str_adds(&many, "GET / HTTP/1.1\r\n" HOST);
    for (int i = 0; i < HTTP_SERVER_HEADERS_MAX; i++)
        str_adds(&many, "X: y\r\n");
    str_adds(&many, "\r\n");
    _cleanup_take_ struct take t;
    feed(&t, str_sv(&many), 1000);
    assert_int_equal(t.in.status, 431);
    str_adds(&long_one, "GET / HTTP/1.1\r\n" HOST "X: ");
    str_fill(&long_one, 'x', HTTP_SERVER_HEAD_MAX);
    _cleanup_take_ struct take u;
    feed(&u, str_sv(&long_one), 1000);
    assert_int_equal(u.in.status, 431);
    str_adds(&fits, "GET / HTTP/1.1\r\n" HOST "X: ");
    str_fill(&fits, 'x', HTTP_SERVER_HEAD_MAX - 4 - fits.len);
    str_adds(&fits, "\r\n\r\n");
    _cleanup_take_ struct take v;
    feed(&v, str_sv(&fits), 1000);
    assert_int_equal(v.in.state, HTTP_INTAKE_WHOLE);
}

static void bodies_have_limits(void **state)
{
    _cleanup_str_ struct str chunks = {0}, padded = {0};
    str_adds(&chunks, "POST / HTTP/1.1\r\n" HOST "Transfer-Encoding: chunked\r\n\r\n");
    str_addv(&padded, str_sv(&chunks));
    for (int i = 0; i < BODY_MAX; i++)
        str_adds(&chunks, "1\r\nx\r\n");
    _cleanup_str_ struct str more = {0};
    str_addv(&more, str_sv(&chunks));
    str_adds(&chunks, "0\r\n\r\n");
    str_adds(&more, "1\r\nx\r\n");
    _cleanup_take_ struct take t, u, v;
    feed(&t, str_sv(&chunks), 10);
    assert_true(t.in.state == HTTP_INTAKE_WHOLE && t.in.asked.body.len == BODY_MAX);
    feed(&u, str_sv(&more), 10);
    assert_int_equal(u.in.status, 413);
    for (int i = 0; i < 20; i++) {
        str_adds(&padded, "1;");
        str_fill(&padded, 'x', 10000);
        str_adds(&padded, "\r\nx\r\n");
    }
    feed(&v, str_sv(&padded), 1000);
    assert_int_equal(v.in.status, 400);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_same_verdict_however_it_is_cut),
        cmocka_unit_test(a_request_is_told_as_it_was_sent),
        cmocka_unit_test(takes_no_byte_of_the_next_request),
        cmocka_unit_test(knows_who_would_leave_http),
        cmocka_unit_test(heads_have_limits),
        cmocka_unit_test(bodies_have_limits),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
