#include "base/timestamp.h"
#include "kube/exec.h"
#include "kube/page.h"
#include "kube/status.h"
#include "kube/stream.h"
#include "kube/watch_state.h"

#include "unit.h"

/* --- time ----------------------------------------------------------------------------------- */

static void reads_times(void **state)
{
    static const struct {
        const char *text;
        int64_t t;
    } good[] = {
        {"1994-11-06T08:49:37Z", 784111777},      {"1994-11-06T08:49:37.123456Z", 784111777},
        {"1994-11-06T10:49:37+02:00", 784111777}, {"1994-11-06T01:19:37-07:30", 784111777},
        {"0001-01-01T00:00:00Z", -62135596800},   {"1970-01-01T00:00:00Z", 0},
        {"2024-02-29T23:59:60Z", 1709251200},     {"2100-03-01T00:00:00Z", 4107542400},
        {"9999-12-31T23:59:59Z", 253402300799}};
    static const char *const bad[] = {"",
                                      "1994-11-06",
                                      "1994-11-06T08:49:37",
                                      "1994-13-06T08:49:37Z",
                                      "1994-02-29T08:49:37Z",
                                      "2100-02-29T08:49:37Z",
                                      "1994-11-31T08:49:37Z",
                                      "1994-11-06 08:49:37Z",
                                      "1994-11-06T08:49:37+2:00",
                                      "1994-11-06T08:49:37Zx",
                                      "xxxx-11-06T08:49:37Z"};
    int64_t t;
    char text[TIMESTAMP_TEXT_MAX];
    for (size_t i = 0; i < ARRAY_LEN(good); i++) {
        assert_true(timestamp_parse(sv_of(good[i].text), &t));
        assert_int_equal(t, good[i].t);
    }
    for (size_t i = 0; i < ARRAY_LEN(bad); i++)
        assert_false(timestamp_parse(sv_of(bad[i]), &t));
    assert_string_equal(timestamp_format(784111777, text), "1994-11-06T08:49:37Z");
}

/* --- pages ---------------------------------------------------------------------------------- */

static void cuts_pages_into_items(void **state)
{
    static const char text[] = " {\"kind\":\"PodList\",\"apiVersion\":\"v1\",\"metadata\":{"
                               "\"continue\":\"x\"},\n\"items\": [ "
                               "{\"a\":\"}]\\\"\\\\\"} ,{\"b\":[1,{}]}, 3 ],\"extra\":null}";
    static const char *const want[] = {"{\"a\":\"}]\\\"\\\\\"}", "{\"b\":[1,{}]}", "3"};
    struct kube_page page;
    struct err err = {0};
    struct sv item;
    size_t n = 0;
    assert_int_equal(kube_page_parse(sv_of(text), &page, &err), 0);
    assert_true(sv_is(page.kind, "PodList") && sv_is(page.api_version, "v1"));
    assert_true(sv_is(page.metadata, "{\"continue\":\"x\"}"));
    struct sv rest = page.items;
    while (kube_page_next(&rest, &item))
        assert_true(sv_is(item, want[n++]));
    assert_int_equal(n, 3);
}

static void every_cut_of_a_page_is_noticed(void **state)
{
    static const char text[] = "{\"kind\":\"L\",\"items\":[{\"a\":\"\\\"\"},{}],\"metadata\":{}}";
    struct kube_page page;
    for (size_t n = 0; n < sizeof text - 1; n++) {
        struct err err = {0};
        if (kube_page_parse(sv_n(text, n), &page, &err) != -1 || err.class != ERR_REMOTE)
            fail_msg("cut behind %zu bytes", n);
    }
    static const char *const others[] = {"[]",    "null",      "<html>",
                                         "{1:2}", "{\"a\" 1}", "{\"a\":1 \"b\":2}"};
    for (size_t i = 0; i < ARRAY_LEN(others); i++) {
        struct err err = {0};
        assert_int_equal(kube_page_parse(sv_of(others[i]), &page, &err), -1);
    }
}

static void an_empty_list_may_be_null(void **state)
{
    struct kube_page page;
    struct err err = {0};
    struct sv item;
    assert_int_equal(kube_page_parse(SV("{\"items\":null}"), &page, &err), 0);
    assert_null(page.items.ptr);
    assert_int_equal(kube_page_parse(SV("{\"items\":[]}"), &page, &err), 0);
    assert_false(kube_page_next(&page.items, &item));
}

/* --- refusals ------------------------------------------------------------------------------- */

static const struct kube_asked asked = {
    .what = "list pods", .can_i = "list pods -n web", .server = "https://h", .user = "ann"};

static void refusals_in_words(void **state)
{
    static const struct {
        int status;
        const char *body;
        enum err_class class;
        const char *msg, *hint;
    } cases[] = {
        {403,
         "{\"kind\":\"Status\",\"message\":\"pods is forbidden: User \\\"ann\\\" cannot list\"}",
         ERR_DENIED, "list pods: pods is forbidden: User \"ann\" cannot list",
         "kubectl auth can-i list pods -n web"},
        {403, "blocked by the firewall\nmore", ERR_DENIED,
         "list pods: not allowed for user 'ann': blocked by the firewall",
         "kubectl auth can-i list pods -n web"},
        {401, "{\"kind\":\"Status\",\"message\":\"Unauthorized\"}", ERR_DENIED,
         "list pods: the server does not accept the login of user 'ann': expired or wrong "
         "credentials",
         "log in anew, or look at what is used: kubectl config view --minify"},
        {404,
         "{\"kind\":\"Status\",\"reason\":\"NotFound\",\"message\":\"pods \\\"x\\\" not found\"}",
         ERR_NOT_FOUND, "list pods: pods \"x\" not found", ""},
        {409, "{\"kind\":\"Status\",\"reason\":\"AlreadyExists\",\"message\":\"there\"}",
         ERR_CONFLICT, "list pods: there", ""},
        {422, "{\"kind\":\"Status\",\"reason\":\"Invalid\",\"message\":\"spec: \\u0001\\nbad\"}",
         ERR_INPUT, "list pods: spec:   bad", ""},
        {429, "", ERR_THROTTLED, "list pods: https://h answered with HTTP status 429",
         "the server is busy or starting; try again later"},
        {502, "<html>Bad Gateway</html>", ERR_REMOTE,
         "list pods: https://h answered with HTTP status 502",
         "see whether the server is well: kubectl get --raw='/readyz?verbose'"},
        {302, "", ERR_REMOTE, "list pods: https://h answered with HTTP status 302",
         "the address leads elsewhere: check server in the kubeconfig and proxies"},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct err err = {0};
        assert_int_equal(kube_status_err(cases[i].status, sv_of(cases[i].body), &asked, &err), -1);
        assert_string_equal(err.msg, cases[i].msg);
        assert_string_equal(err.hint, cases[i].hint);
        assert_int_equal(err.class, cases[i].class);
        assert_int_equal(err.http_status, cases[i].status);
    }
}

static void long_refusals_are_cut_at_a_character(void **state)
{
    char body[4096] = "x";
    struct err err = {0};
    for (size_t n = 1; n + 3 < sizeof body; n += 3)
        memcpy(body + n, "\xE3\x81\x82", 4);
    kube_status_err(400, sv_of(body), &asked, &err);
    size_t n = strlen(err.msg);
    assert_true(n > 600 && n < 640);
    assert_memory_equal(err.msg + n - 6, "\xE3\x81\x82...", 6);
}

static void warnings_are_unquoted(void **state)
{
    static const struct {
        const char *header, *text;
    } cases[] = {{"299 - \"old \\\"v1\\\"\"", "old \"v1\""},
                 {"299 - \"cut", "cut"},
                 {"199 - \"other\"", NULL},
                 {"299 - x", NULL}};
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        _cleanup_str_ struct str text = {0};
        str_init(&text, 0);
        assert_int_equal(kube_warning_parse(sv_of(cases[i].header), &text), cases[i].text != NULL);
        if (cases[i].text)
            assert_string_equal(str_c(&text), cases[i].text);
    }
}

/* --- login plugins -------------------------------------------------------------------------- */

#define V1 "client.authentication.k8s.io/v1"
#define ANSWER(status)                                                                             \
    "{\"apiVersion\":\"" V1 "\",\"kind\":\"ExecCredential\",\"status\":" status "}"

static void takes_what_plugins_answer(void **state)
{
    _cleanup_kube_credential_ struct kube_credential c = {0};
    struct err err = {0};
    assert_int_equal(
        kube_exec_parse(
            SV(ANSWER("{\"token\":\"t\",\"expirationTimestamp\":\"1994-11-06T08:49:37Z\"}")), V1,
            &c, &err),
        0);
    assert_string_equal(c.token, "t");
    assert_int_equal(c.expires, 784111777);
    kube_credential_release(&c);
    assert_int_equal(
        kube_exec_parse(SV(ANSWER("{\"clientCertificateData\":\"c\",\"clientKeyData\":\"k\"}")), V1,
                        &c, &err),
        0);
    assert_string_equal(c.key, "k");
    assert_null(c.token);
}

static void refuses_what_plugins_should_not_answer(void **state)
{
    static const struct {
        const char *text, *msg;
    } cases[] = {
        {ANSWER("{}"), "it holds neither a token nor a client certificate"},
        {ANSWER("{\"token\":7}"), "it holds neither a token nor a client certificate"},
        {ANSWER("{\"clientCertificateData\":\"c\"}"),
         "a client certificate and its key must come together"},
        {ANSWER("{\"token\":\"s3cret\",\"clientKeyData\":\"k\"}"),
         "a client certificate and its key must come together"},
        {ANSWER("{\"token\":\"s3cret\",\"expirationTimestamp\":\"soon\"}"),
         "expirationTimestamp 'soon' is no RFC 3339 time"},
        {"{\"kind\":\"Status\"}", "expected kind ExecCredential, found 'Status'"},
        {"{\"kind\":\"ExecCredential\",\"apiVersion\":\"v9\",\"status\":{\"token\":\"s3cret\"}}",
         "expected apiVersion " V1 ", found 'v9'"},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct kube_credential c;
        struct err err = {0};
        assert_int_equal(kube_exec_parse(sv_of(cases[i].text), V1, &c, &err), -1);
        assert_string_equal(err.msg, cases[i].msg);
        assert_null(c.token);
    }
    struct kube_credential c;
    struct err err = {0};
    assert_int_equal(kube_exec_parse(SV("login first\n"), V1, &c, &err), -1);
    assert_int_equal(err.class, ERR_INPUT);
}

static void plugins_are_told_about_the_cluster(void **state)
{
    const struct kube_exec exec = {.api_version = V1,
                                   .command = "x",
                                   .provide_cluster_info = true,
                                   .cluster_config = SV("{\"a\":1}")};
    const struct kube_target t = {.server = "https://h",
                                  .ca.pem = SV("PEM"),
                                  .tls_server_name = "n",
                                  .user_name = "u",
                                  .user.exec = &exec};
    _cleanup_str_ struct str info = {0};
    struct err err = {0};
    str_init(&info, 0);
    assert_int_equal(kube_exec_info(&t, false, &info, &err), 0);
    assert_string_equal(
        str_c(&info),
        "{\"kind\":\"ExecCredential\",\"apiVersion\":\"" V1
        "\",\"spec\":{\"cluster\":{\"server\":\"https://h\","
        "\"tls-server-name\":\"n\",\"certificate-authority-data\":\"UEVN\",\"config\":{\"a\":1}},"
        "\"interactive\":false}}");
}

/* --- streams -------------------------------------------------------------------------------- */

struct seen {
    struct str text;
    int answer;
};

static int on_event(void *ctx, const struct kube_stream_event *e)
{
    struct seen *s = ctx;
    str_addf(&s->text, "%d %.*s %.*s;", (int)e->type, SV_ARG(e->resource_version), SV_ARG(e->text));
    return s->answer;
}

static const char events[] =
    "{\"type\":\"ADDED\",\"object\":{\"metadata\":{\"resourceVersion\":\"1\"},\"a\":\"}\\\"{\"}}\n"
    "{\"type\":\"BOOKMARK\",\"object\":{\"metadata\":{\"resourceVersion\":\"2\"}}}\r\n"
    "{ \"object\": {\"code\":410}, \"type\":\"ERROR\" }";
static const char events_seen[] =
    "0 1 {\"metadata\":{\"resourceVersion\":\"1\"},\"a\":\"}\\\"{\"};"
    "3 2 {\"metadata\":{\"resourceVersion\":\"2\"}};4  {\"code\":410};";

static void events_are_the_same_however_they_are_cut(void **state)
{
    for (size_t piece = 1; piece <= sizeof events; piece++) {
        struct seen seen = {0};
        struct kube_stream s;
        struct err err = {0};
        str_init(&seen.text, 0);
        kube_stream_init(&s, 4096);
        s.on_event = on_event;
        s.ctx = &seen;
        for (size_t at = 0; at < sizeof events - 1; at += piece) {
            size_t left = sizeof events - 1 - at;
            if (kube_stream_feed(&s, sv_n(events + at, left < piece ? left : piece), &err))
                fail_msg("pieces of %zu: %s", piece, err.msg);
        }
        assert_string_equal(str_c(&seen.text), events_seen);
        assert_false(kube_stream_is_cut(&s));
        kube_stream_release(&s);
        str_release(&seen.text);
    }
}

static void streams_have_limits(void **state)
{
    struct seen seen = {.answer = 1};
    struct kube_stream s;
    struct err err = {0};
    str_init(&seen.text, 0);
    kube_stream_init(&s, 64);
    s.on_event = on_event;
    s.ctx = &seen;
    assert_int_equal(kube_stream_feed(&s, SV("{\"type\":\"ADDED\",\"object\":{}}{"), &err), 1);
    kube_stream_reset(&s);
    assert_int_equal(kube_stream_feed(&s, SV("{\"type\":\"ADD"), &err), 0);
    assert_true(kube_stream_is_cut(&s));
    char long_text[80];
    memset(long_text, 'x', sizeof long_text);
    assert_int_equal(kube_stream_feed(&s, sv_n(long_text, sizeof long_text), &err), -1);
    assert_string_equal(err.msg, "an event of more than 64 bytes");
    kube_stream_reset(&s);
    assert_int_equal(kube_stream_feed(&s, SV("<html>"), &err), -1);
    assert_string_equal(err.msg, "the answer is no stream of events");
    kube_stream_reset(&s);
    assert_int_equal(kube_stream_feed(&s, SV("{\"type\":\"NEW\",\"object\":{}}"), &err), -1);
    assert_string_equal(err.msg, "an event of the unknown type 'NEW' or without an object");
    kube_stream_release(&s);
    str_release(&seen.text);
}

/* --- what a watch does next ------------------------------------------------------------------- */

static void a_watch_knows_what_to_do_next(void **state)
{
    static const struct {
        enum watch_end end;
        int status;
        enum err_class class;
        enum watch_action action;
    } cases[] = {
        {WATCH_END_CLEAN, 0, ERR_NONE, WATCH_CONNECT},
        {WATCH_END_CUT, 0, ERR_REMOTE, WATCH_CONNECT},
        {WATCH_END_GONE, 410, ERR_NOT_FOUND, WATCH_LIST},
        {WATCH_END_ERROR, 0, ERR_REMOTE, WATCH_LIST},
        {WATCH_END_REFUSED, 403, ERR_DENIED, WATCH_FAIL},
        {WATCH_END_REFUSED, 401, ERR_DENIED, WATCH_FAIL},
        {WATCH_END_REFUSED, 404, ERR_NOT_FOUND, WATCH_FAIL},
        {WATCH_END_REFUSED, 429, ERR_THROTTLED, WATCH_CONNECT},
        {WATCH_END_REFUSED, 503, ERR_REMOTE, WATCH_CONNECT},
        {WATCH_END_LIST, 500, ERR_REMOTE, WATCH_LIST},
        {WATCH_END_LIST, 403, ERR_DENIED, WATCH_FAIL},
        {WATCH_END_LIST, 0, ERR_BUG, WATCH_FAIL},
        {WATCH_END_CUT, 0, ERR_DENIED, WATCH_FAIL},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct watch_state s = {0};
        struct retry_rng rng = {1};
        watch_listed(&s, "7");
        struct watch_next next =
            watch_next(&s, cases[i].end, cases[i].status, cases[i].class, SV_NONE, 0, &rng);
        if (next.action != cases[i].action)
            fail_msg("case %zu: %d", i, (int)next.action);
    }
}

static void a_server_that_hangs_up_is_not_asked_at_full_speed(void **state)
{
    struct watch_state s = {0};
    struct retry_rng rng = {5};
    uint64_t total = 0;
    watch_listed(&s, "7");
    assert_int_equal(watch_next(&s, WATCH_END_CLEAN, 0, ERR_NONE, SV_NONE, 0, &rng).delay_ms, 0);
    for (int i = 0; i < 20; i++) {
        unsigned delay = watch_next(&s, WATCH_END_CLEAN, 0, ERR_NONE, SV_NONE, 0, &rng).delay_ms;
        assert_true(delay <= 30000);
        total += delay;
    }
    assert_true(total > 60000);
    /* An event makes it trusted again. */
    watch_progress(&s, SV("9"));
    assert_string_equal(s.resource_version, "9");
    assert_int_equal(watch_next(&s, WATCH_END_CLEAN, 0, ERR_NONE, SV_NONE, 0, &rng).delay_ms, 0);
    assert_true(watch_next(&s, WATCH_END_REFUSED, 429, ERR_THROTTLED, SV("3"), 0, &rng).delay_ms >=
                3000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_times),
        cmocka_unit_test(cuts_pages_into_items),
        cmocka_unit_test(every_cut_of_a_page_is_noticed),
        cmocka_unit_test(an_empty_list_may_be_null),
        cmocka_unit_test(refusals_in_words),
        cmocka_unit_test(long_refusals_are_cut_at_a_character),
        cmocka_unit_test(warnings_are_unquoted),
        cmocka_unit_test(takes_what_plugins_answer),
        cmocka_unit_test(refuses_what_plugins_should_not_answer),
        cmocka_unit_test(plugins_are_told_about_the_cluster),
        cmocka_unit_test(events_are_the_same_however_they_are_cut),
        cmocka_unit_test(streams_have_limits),
        cmocka_unit_test(a_watch_knows_what_to_do_next),
        cmocka_unit_test(a_server_that_hangs_up_is_not_asked_at_full_speed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
