#include "fake_server.h"
#include "net/curl_api.h"
#include "net/http.h"
#include "net/http_url.h"
#include "net/limiter.h"
#include "net/retry.h"

#include "unit.h"

/* --- retry -------------------------------------------------------------------------------- */

static const struct retry_policy policy = {.attempts = 4, .base_ms = 100, .cap_ms = 30000};

static void retries_what_may_be_tried_again(void **state)
{
    static const struct {
        struct retry_case c;
        bool again;
    } cases[] = {
        {{.attempt = 1, .idempotent = true, .status = 500}, true},
        {{.attempt = 1, .idempotent = false, .status = 500}, false},
        {{.attempt = 1, .idempotent = false, .status = 503}, true},
        {{.attempt = 1, .idempotent = false, .status = 429}, true},
        {{.attempt = 1, .idempotent = true, .status = 404}, false},
        {{.attempt = 1, .idempotent = true, .status = 501}, false},
        {{.attempt = 4, .idempotent = true, .status = 503}, false},
        {{.attempt = 1, .idempotent = true, .outcome = HTTP_CUT}, true},
        {{.attempt = 1, .idempotent = false, .outcome = HTTP_CUT}, false},
        {{.attempt = 1, .idempotent = true, .outcome = HTTP_SILENT}, true},
        {{.attempt = 1, .idempotent = true, .outcome = HTTP_UNREACHABLE}, false},
        {{.attempt = 1, .idempotent = false, .outcome = HTTP_UNREACHABLE, .was_up = true}, true},
        {{.attempt = 1, .idempotent = true, .outcome = HTTP_UNTRUSTED, .was_up = true}, false},
        {{.attempt = 1, .idempotent = true, .outcome = HTTP_TOO_LARGE}, false},
    };
    struct retry_rng rng = {1};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        unsigned delay = 0;
        if (retry_decide(&policy, &cases[i].c, &rng, &delay) != cases[i].again)
            fail_msg("case %zu", i);
    }
}

static void delays_double_and_stay_under_the_cap(void **state)
{
    const struct retry_policy many = {.attempts = 100, .base_ms = 100, .cap_ms = 30000};
    struct retry_rng rng = {7};
    for (unsigned attempt = 1; attempt < 60; attempt++) {
        const struct retry_case c = {.attempt = attempt, .status = 503};
        uint64_t limit = attempt < 20 ? 100u << (attempt - 1) : 30000;
        uint64_t seen = 0;
        for (int i = 0; i < 50; i++) {
            unsigned delay;
            assert_true(retry_decide(&many, &c, &rng, &delay));
            assert_true(delay <= (limit < 30000 ? limit : 30000));
            seen = delay > seen ? delay : seen;
        }
        /* Full jitter: the upper half is drawn from, too. */
        assert_true(seen > (limit < 30000 ? limit : 30000) / 2);
    }
}

static void honours_retry_after(void **state)
{
    struct retry_rng rng = {3};
    unsigned delay;
    struct retry_case c = {.attempt = 1, .status = 429, .retry_after = SV("2")};
    assert_true(retry_decide(&policy, &c, &rng, &delay));
    assert_in_range(delay, 2000, 2000 + 25);
    c.retry_after = SV("86400");
    assert_true(retry_decide(&policy, &c, &rng, &delay));
    assert_int_equal(delay, 30000);
    c.retry_after = SV("Sun, 06 Nov 1994 08:49:40 GMT");
    c.unix_now = 784111777;
    assert_true(retry_decide(&policy, &c, &rng, &delay));
    assert_in_range(delay, 3000, 3000 + 25);
    c.retry_after = SV("soon");
    assert_true(retry_decide(&policy, &c, &rng, &delay));
    assert_in_range(delay, 0, 100);
}

static void reads_http_dates(void **state)
{
    static const char *const same[] = {"Sun, 06 Nov 1994 08:49:37 GMT",
                                       "Sunday, 06-Nov-94 08:49:37 GMT",
                                       "Sun Nov  6 08:49:37 1994"};
    static const char *const none[] = {"",
                                       "Sun, 06 Nov 1994 08:49:37",
                                       "Sun, 06 Nov 1994 25:49:37 GMT",
                                       "Sun, 32 Nov 1994 08:49:37 GMT",
                                       "Sun, 06 Nov 94a 08:49:37 GMT",
                                       "a b c d e f g"};
    int64_t t;
    for (size_t i = 0; i < sizeof same / sizeof *same; i++) {
        assert_true(retry_http_date(sv_of(same[i]), &t));
        assert_int_equal(t, 784111777);
    }
    for (size_t i = 0; i < sizeof none / sizeof *none; i++)
        assert_false(retry_http_date(sv_of(none[i]), &t));
}

static void limiter_allows_a_burst_then_a_rate(void **state)
{
    struct limiter l;
    limiter_init(&l, 10, 3, 1000);
    for (int i = 0; i < 3; i++)
        assert_int_equal(limiter_take(&l, 1000), 0);
    assert_int_equal(limiter_take(&l, 1000), 101);
    assert_int_equal(limiter_take(&l, 1101), 0);
    assert_true(limiter_take(&l, 1101) > 0);
    /* An hour of rest gives the burst again, not more. */
    for (int i = 0; i < 3; i++)
        assert_int_equal(limiter_take(&l, 3600000), 0);
    assert_true(limiter_take(&l, 3600000) > 0);
}

/* --- URLs --------------------------------------------------------------------------------- */

static void splits_urls(void **state)
{
    struct http_url u;
    assert_true(http_url_split("https://user:pw@[::1]:6443/a?b", &u));
    assert_true(sv_is(u.host, "[::1]") && sv_is(u.port, "6443") && sv_is(u.path, "/a?b"));
    assert_true(sv_is(u.authority, "[::1]:6443") && http_url_loopback(&u));
    assert_true(http_url_split("http://h", &u));
    assert_true(sv_is(u.host, "h") && sv_is(u.port, "80") && u.path.len == 0);
    assert_false(http_url_split("h:80", &u));
    assert_false(http_url_split("https:///x", &u));
    _cleanup_str_ struct str origin = {0};
    str_init(&origin, 0);
    http_origin("https://ann:secret@h:1/path?token=t", &origin);
    assert_string_equal(str_c(&origin), "https://h:1");
}

/* --- HTTP --------------------------------------------------------------------------------- */

struct peer {
    struct fake_server *server;
    struct http_client *client;
};

static void peer_start(struct peer *p, const struct fake_step *steps, size_t count,
                       const struct fake_cert *cert, struct http_config config)
{
    struct err err = {0};
    p->server = fake_server_start(steps, count, cert);
    if (cert && !config.ca.text.ptr)
        config.ca.text = sv_of(fake_server_ca(p->server));
    if (http_client_new(&config, &p->client, &err))
        fail_msg("%s", err.msg);
}

static void peer_stop(struct peer *p)
{
    http_client_free(p->client);
    fake_server_stop(p->server);
}

static int get(struct peer *p, const char *path, struct http_response *r, struct err *err)
{
    char url[256];
    snprintf(url, sizeof url, "%s%s", fake_server_url(p->server), path);
    const struct http_request request = {.url = url, .idle_timeout_ms = 2000};
    return http_run(p->client, &request, r, err);
}

static const struct fake_cert good_cert = {"DNS:localhost,IP:127.0.0.1", -60, 3600};
#define STEPS(...)                                                                                 \
    (const struct fake_step[]){__VA_ARGS__},                                                       \
        sizeof((struct fake_step[]){__VA_ARGS__}) / sizeof(struct fake_step)

static void gets_and_posts_over_one_connection(void **state)
{
    struct peer p;
    struct err err = {0};
    _cleanup_http_response_ struct http_response r = {0};
    peer_start(
        &p,
        STEPS({"GET /a HTTP/1.1",
               "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nX-One:  1 \r\nx-one: 2\r\n\r\nhi"},
              {"\r\n\r\n{\"a\":1}", "HTTP/1.1 404 Not Found\r\nContent-Length: 4\r\n\r\ngone"}),
        NULL, (struct http_config){0});
    assert_int_equal(get(&p, "/a", &r, &err), 0);
    assert_int_equal(r.status, 200);
    assert_string_equal(str_c(&r.body), "hi");
    size_t from = 0;
    assert_true(sv_is(http_header(&r, "X-ONE", &from), "1"));
    assert_true(sv_is(http_header(&r, "X-ONE", &from), "2"));
    assert_null(http_header(&r, "X-ONE", &from).ptr);

    char url[128];
    snprintf(url, sizeof url, "%s/b", fake_server_url(p.server));
    const char *const headers[] = {"Content-Type: application/json", NULL};
    const struct http_request post = {
        .method = "POST", .url = url, .headers = headers, .body = SV("{\"a\":1}")};
    assert_int_equal(http_run(p.client, &post, &r, &err), 0);
    assert_int_equal(r.status, 404);
    assert_string_equal(str_c(&r.body), "gone");
    assert_int_equal(fake_server_connections(p.server), 1);
    peer_stop(&p);
}

struct pieces {
    struct str text;
    unsigned calls;
    size_t stop_after;
};

static bool on_piece(void *ctx, struct sv bytes)
{
    struct pieces *s = ctx;
    s->calls++;
    str_addv(&s->text, bytes);
    return !s->stop_after || s->text.len < s->stop_after;
}

static void streams_and_stops(void **state)
{
    struct peer p;
    struct err err = {0};
    _cleanup_http_response_ struct http_response r = {0};
    peer_start(
        &p,
        STEPS({NULL,
               "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n3\r\ndef\r\n",
               .hang = true},
              {NULL, "HTTP/1.1 500 Oops\r\nContent-Length: 3\r\n\r\nbad"}),
        NULL, (struct http_config){0});
    char url[128];
    snprintf(url, sizeof url, "%s/", fake_server_url(p.server));
    struct pieces s = {.stop_after = 6};
    str_init(&s.text, 0);
    const struct http_request request = {.url = url, .on_body = on_piece, .ctx = &s};
    assert_int_equal(http_run(p.client, &request, &r, &err), 0);
    assert_int_equal(r.outcome, HTTP_ENDED);
    assert_string_equal(str_c(&s.text), "abcdef");
    /* An error's text is collected, not streamed. */
    str_reset(&s.text);
    assert_int_equal(http_run(p.client, &request, &r, &err), 0);
    assert_int_equal(s.text.len, 0);
    assert_string_equal(str_c(&r.body), "bad");
    str_release(&s.text);
    peer_stop(&p);
}

static void many_at_once_stay_within_the_pool(void **state)
{
    enum { N = 12 };
    static struct fake_step steps[N];
    for (int i = 0; i < N; i++)
        steps[i] = (struct fake_step){NULL, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"};
    struct peer p;
    struct err err = {0};
    peer_start(&p, steps, N, NULL, (struct http_config){.max_connections = 3});
    char url[128];
    snprintf(url, sizeof url, "%s/", fake_server_url(p.server));
    struct http_response responses[N] = {0};
    const struct http_request request = {.url = url};
    for (int i = 0; i < N; i++)
        assert_int_equal(http_start(p.client, &request, &responses[i], &responses[i], &err), 0);
    for (int i = 0; i < N; i++) {
        struct http_done done;
        assert_true(http_wait(p.client, 5000, -1, &done));
        assert_int_equal(done.err.class, ERR_NONE);
        assert_string_equal(str_c(&((struct http_response *)done.tag)->body), "ok");
    }
    assert_true(fake_server_connections(p.server) <= 3);
    for (int i = 0; i < N; i++)
        http_response_release(&responses[i]);
    peer_stop(&p);
}

static void says_what_went_wrong(void **state)
{
    static const struct {
        struct fake_step step;
        size_t max;
        enum http_outcome outcome;
        enum err_class class;
        const char *words;
    } cases[] = {
        {{NULL, "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf", .close = true},
         0,
         HTTP_CUT,
         ERR_REMOTE,
         "the connection was cut"},
        {{NULL, NULL, .close = true}, 0, HTTP_CUT, ERR_REMOTE, "the connection was cut"},
        {{NULL, "HTTP/1.1 200 OK\r\nContent-Length: 20\r\n\r\n01234567890123456789"},
         10,
         HTTP_TOO_LARGE,
         ERR_LIMIT,
         "the answer is larger than 10 bytes"},
        {{NULL, "no HTTP at all\r\n\r\n", .close = true},
         0,
         HTTP_CUT,
         ERR_REMOTE,
         "the answer is not HTTP"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct peer p;
        struct err err = {0};
        _cleanup_http_response_ struct http_response r = {0};
        peer_start(&p, &cases[i].step, 1, NULL, (struct http_config){0});
        char url[128];
        snprintf(url, sizeof url, "%s/secret?token=t0ken", fake_server_url(p.server));
        const struct http_request request = {.url = url, .max = cases[i].max};
        assert_int_equal(http_run(p.client, &request, &r, &err), -1);
        if (r.outcome != cases[i].outcome || err.class != cases[i].class ||
            !strstr(err.msg, cases[i].words))
            fail_msg("case %zu: outcome %d, '%s'", i, (int)r.outcome, err.msg);
        assert_non_null(strstr(err.msg, fake_server_url(p.server)));
        assert_null(strstr(err.msg, "t0ken"));
        assert_true(err.hint[0] || cases[i].outcome == HTTP_TOO_LARGE);
        peer_stop(&p);
    }
}

/* On a connection that is open already, so that a slow machine does not look like one that cannot
 * be reached. */
static void gives_up_on_silence(void **state)
{
    struct peer p;
    struct err err = {0};
    _cleanup_http_response_ struct http_response r = {0};
    peer_start(
        &p, STEPS({NULL, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"}, {NULL, .hang = true}),
        NULL, (struct http_config){0});
    assert_int_equal(get(&p, "/", &r, &err), 0);
    char url[128];
    snprintf(url, sizeof url, "%s/", fake_server_url(p.server));
    const struct http_request request = {.url = url, .idle_timeout_ms = 20};
    assert_int_equal(http_run(p.client, &request, &r, &err), -1);
    assert_int_equal(r.outcome, HTTP_SILENT);
    assert_non_null(strstr(err.msg, "no byte came for 0.02 s"));
    peer_stop(&p);
}

static void unreachable_is_said(void **state)
{
    struct fake_server *gone = fake_server_start(NULL, 0, NULL);
    char url[128];
    snprintf(url, sizeof url, "%s/x", fake_server_url(gone));
    fake_server_stop(gone);
    struct http_client *client;
    struct err err = {0};
    _cleanup_http_response_ struct http_response r = {0};
    assert_int_equal(http_client_new(&(struct http_config){0}, &client, &err), 0);
    const struct http_request refused = {.url = url};
    assert_int_equal(http_run(client, &refused, &r, &err), -1);
    assert_int_equal(r.outcome, HTTP_UNREACHABLE);
    assert_non_null(strstr(err.msg, "connection refused"));
    const struct http_request unknown = {.url = "https://no-such-host.invalid/x"};
    assert_int_equal(http_run(client, &unknown, &r, &err), -1);
    assert_string_equal(err.msg,
                        "https://no-such-host.invalid: host 'no-such-host.invalid' is unknown");
    assert_string_equal(
        err.hint, "check the address and the name service: getent hosts no-such-host.invalid");
    const struct http_request other = {.url = "ftp://x/"};
    assert_int_equal(http_run(client, &other, &r, &err), -1);
    assert_int_equal(r.outcome, HTTP_UNUSABLE);
    http_client_free(client);
}

/* --- on the way ------------------------------------------------------------------------------ */

static int get_through(struct fake_server *proxy, const char *url, struct http_response *r,
                       struct err *err)
{
    struct http_client *client;
    const struct http_config config = {.proxy = fake_server_url(proxy)};
    const struct http_request request = {.url = url};
    assert_int_equal(http_client_new(&config, &client, err), 0);
    int result = http_run(client, &request, r, err);
    http_client_free(client);
    return result;
}

static void goes_through_the_proxy_whatever_the_environment_says(void **state)
{
    struct err err = {0};
    _cleanup_http_response_ struct http_response r = {0};
    struct fake_server *proxy = fake_server_start(
        STEPS({"GET http://cluster.invalid/x HTTP/1.1",
               "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok"},
              {"CONNECT cluster.invalid:443 HTTP/1.1",
               "HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"}),
        NULL);
    setenv("NO_PROXY", "*", 1);
    if (get_through(proxy, "http://cluster.invalid/x", &r, &err))
        fail_msg("%s", err.msg);
    assert_string_equal(str_c(&r.body), "ok");
    assert_int_equal(get_through(proxy, "https://cluster.invalid/x", &r, &err), -1);
    assert_int_equal(r.outcome, HTTP_UNREACHABLE);
    assert_string_equal(err.msg,
                        "https://cluster.invalid: the proxy refuses to connect: HTTP status 403");
    unsetenv("NO_PROXY");
    fake_server_stop(proxy);
}

static void loopback_is_never_asked_through_the_environments_proxy(void **state)
{
    struct peer p;
    struct err err = {0};
    _cleanup_http_response_ struct http_response r = {0};
    setenv("http_proxy", "http://proxy.invalid:1", 1);
    peer_start(&p, STEPS({"GET / HTTP/1.1", "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"}),
               NULL, (struct http_config){0});
    assert_int_equal(get(&p, "/", &r, &err), 0);
    unsetenv("http_proxy");
    peer_stop(&p);
}

static void redirects_are_not_followed(void **state)
{
    struct peer p;
    struct err err = {0};
    _cleanup_http_response_ struct http_response r = {0};
    peer_start(&p, STEPS({NULL, "HTTP/1.1 302 Found\r\nLocation: /b\r\nContent-Length: 0\r\n\r\n"}),
               NULL, (struct http_config){0});
    assert_int_equal(get(&p, "/", &r, &err), 0);
    assert_int_equal(r.status, 302);
    peer_stop(&p);
}

/* --- TLS ---------------------------------------------------------------------------------- */

static void trusts_the_named_authority_only(void **state)
{
    struct peer p;
    struct err err = {0};
    _cleanup_http_response_ struct http_response r = {0};
    peer_start(&p, STEPS({"GET /", "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"}), &good_cert,
               (struct http_config){0});
    assert_int_equal(get(&p, "/", &r, &err), 0);
    assert_string_equal(str_c(&r.body), "ok");
    peer_stop(&p);
}

static void tls_trouble_is_told_apart(void **state)
{
    static const struct {
        struct fake_cert cert;
        const char *server_name, *words;
    } cases[] = {
        {{"IP:127.0.0.1", -7200, -3600}, NULL, "certificate of 'CN=fake-server' expired at 20"},
        {{"IP:127.0.0.1", 3600, 7200},
         NULL,
         "certificate of 'CN=fake-server' is not valid before 20"},
        {{"DNS:other.example,IP:10.0.0.1", -60, 3600},
         NULL,
         "its certificate is for other names: it says other.example, 10.0.0.1, expected "
         "'127.0.0.1'"},
        {{"IP:127.0.0.1", -60, 3600},
         "wanted.example",
         "it says 127.0.0.1, expected 'wanted.example'"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct peer p;
        struct err err = {0};
        _cleanup_http_response_ struct http_response r = {0};
        peer_start(&p, NULL, 0, &cases[i].cert,
                   (struct http_config){.server_name = cases[i].server_name});
        assert_int_equal(get(&p, "/", &r, &err), -1);
        if (r.outcome != HTTP_UNTRUSTED || err.class != ERR_DENIED ||
            !strstr(err.msg, cases[i].words))
            fail_msg("case %zu: outcome %d, '%s'", i, (int)r.outcome, err.msg);
        peer_stop(&p);
    }
}

static void foreign_authority_is_refused_unless_insecure(void **state)
{
    struct peer p;
    struct err err = {0};
    _cleanup_http_response_ struct http_response r = {0};
    char *cert;
    char *key;
    fake_client_cert(&good_cert, &cert, &key);
    peer_start(&p, NULL, 0, &good_cert, (struct http_config){.ca.text = sv_of(cert)});
    assert_int_equal(get(&p, "/", &r, &err), -1);
    assert_non_null(strstr(err.msg, "issued by 'CN=fake-authority', is not trusted: "));
    assert_non_null(strstr(err.hint, "openssl s_client -connect 127.0.0.1:"));
    peer_stop(&p);
    peer_start(&p, STEPS({NULL, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"}), &good_cert,
               (struct http_config){.ca.text = sv_of(cert), .insecure = true});
    assert_int_equal(get(&p, "/", &r, &err), 0);
    peer_stop(&p);
    free(cert);
    free(key);
}

static void asks_for_the_server_name_given(void **state)
{
    static const struct fake_cert named = {"DNS:kubernetes.example", -60, 3600};
    struct peer p;
    struct err err = {0};
    char host[64];
    _cleanup_http_response_ struct http_response r = {0};
    struct fake_step step = {NULL, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"};
    peer_start(&p, &step, 1, &named, (struct http_config){.server_name = "kubernetes.example"});
    snprintf(host, sizeof host, "\r\nHost: 127.0.0.1:%u\r\n", fake_server_port(p.server));
    step.expect = host;
    if (get(&p, "/a?b=c", &r, &err))
        fail_msg("%s", err.msg);
    peer_stop(&p);
}

static void a_client_key_that_does_not_fit_is_said(void **state)
{
    struct peer p;
    struct err err = {0};
    char *cert[2];
    char *key[2];
    _cleanup_http_response_ struct http_response r = {0};
    for (int i = 0; i < 2; i++)
        fake_client_cert(&good_cert, &cert[i], &key[i]);
    peer_start(&p, NULL, 0, &good_cert,
               (struct http_config){.cert.text = sv_of(cert[0]), .key.text = sv_of(key[1])});
    assert_int_equal(get(&p, "/", &r, &err), -1);
    assert_int_equal(r.outcome, HTTP_UNUSABLE);
    assert_non_null(strstr(err.msg, "client certificate or key cannot be used"));
    peer_stop(&p);
    for (int i = 0; i < 2; i++) {
        free(cert[i]);
        free(key[i]);
    }
}

static void http2_waits_for_a_sound_libcurl(void **state)
{
    struct curl_api api;
    struct err err = {0};
    assert_int_equal(curl_api_load(&api, &err), 0);
    if (api.version < 0x080500)
        assert_false(curl_api_http2(&api));
    api.version = 0x080400;
    assert_false(curl_api_http2(&api));
    curl_api_release(&api);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(retries_what_may_be_tried_again),
        cmocka_unit_test(delays_double_and_stay_under_the_cap),
        cmocka_unit_test(honours_retry_after),
        cmocka_unit_test(reads_http_dates),
        cmocka_unit_test(limiter_allows_a_burst_then_a_rate),
        cmocka_unit_test(splits_urls),
        cmocka_unit_test(gets_and_posts_over_one_connection),
        cmocka_unit_test(streams_and_stops),
        cmocka_unit_test(many_at_once_stay_within_the_pool),
        cmocka_unit_test(says_what_went_wrong),
        cmocka_unit_test(gives_up_on_silence),
        cmocka_unit_test(unreachable_is_said),
        cmocka_unit_test(goes_through_the_proxy_whatever_the_environment_says),
        cmocka_unit_test(loopback_is_never_asked_through_the_environments_proxy),
        cmocka_unit_test(redirects_are_not_followed),
        cmocka_unit_test(trusts_the_named_authority_only),
        cmocka_unit_test(tls_trouble_is_told_apart),
        cmocka_unit_test(foreign_authority_is_refused_unless_insecure),
        cmocka_unit_test(asks_for_the_server_name_given),
        cmocka_unit_test(a_client_key_that_does_not_fit_is_said),
        cmocka_unit_test(http2_waits_for_a_sound_libcurl),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
