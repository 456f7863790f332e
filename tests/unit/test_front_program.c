/* What answers behind a forwarded port: where it listens, and what it says however bytes come. */
#include "doc/doc.h"
#include "pocket/front/log.h"
#include "pocket/front/program.h"

#include "unit.h"

#define POD(ports, phase, ready, more)                                                             \
    "{\"metadata\":{\"name\":\"cart-1\",\"namespace\":\"shop\",\"uid\":\"u1\"" more "},\"spec\":{" \
    "\"nodeName\":\"n1\",\"containers\":[{\"name\":\"c\",\"ports\":[" ports "]}]},\"status\":{"    \
    "\"phase\":\"" phase "\",\"startTime\":\"2027-01-15T08:00:00Z\",\"conditions\":[{\"type\":"    \
    "\"Ready\",\"status\":\"" ready "\"}]}}"
#define P8080                                                                                      \
    "{\"containerPort\":8080,\"protocol\":\"TCP\"},{\"containerPort\":53,\"protocol\":\"UDP\"}"

static const struct doc_node *parse(struct doc_file *file, const char *json)
{
    struct err err = {0};
    doc_release(file);
    *file = (struct doc_file){0};
    assert_int_equal(doc_parse_json(file, "pod", sv_of(json), NULL, &err), 0);
    return file->parts[0].root;
}

static void listens_where_its_containers_say(void **state)
{
    static const struct {
        const char *pod;
        unsigned port;
        bool listens;
    } cases[] = {
        {POD(P8080, "Running", "True", ""), 8080, true},
        {POD(P8080, "Running", "True", ""), 81, false},
        {POD(P8080, "Running", "True", ""), 53, false},
        {POD("", "Running", "True", ""), 81, true},
        {POD(P8080, "Running", "False", ""), 8080, false},
        {POD(P8080, "Running", "False", ",\"deletionTimestamp\":\"2027-01-15T08:00:00Z\""), 8080,
         true},
        {POD(P8080, "Succeeded", "False", ",\"deletionTimestamp\":\"2027-01-15T08:00:00Z\""), 8080,
         false},
        {POD(P8080, "Pending", "False", ""), 8080, false},
    };
    _cleanup_doc_ struct doc_file file = {0};
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        _cleanup_str_ struct str why = {0};
        assert_int_equal(front_program_listens(parse(&file, cases[i].pod), cases[i].port, &why),
                         cases[i].listens);
        assert_int_equal(why.len == 0, cases[i].listens);
    }
}

static unsigned count(const struct str *text, const char *what)
{
    unsigned n = 0;
    for (const char *at = str_c(text); (at = strstr(at, what)); at++)
        n++;
    return n;
}

static void answers_however_bytes_come(void **state)
{
    static const char asked[] = "GET /a HTTP/1.1\r\nHost: x\r\n\r\n"
                                "POST /b HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nhello"
                                "HEAD /c HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n";
    _cleanup_doc_ struct doc_file file = {0};
    const struct doc_node *pod = parse(&file, POD("", "Running", "True", ""));
    (void)state;
    for (size_t step = 1; step < sizeof asked; step += 7) {
        _cleanup_(front_program_release) struct front_program p;
        _cleanup_str_ struct str out = {0};
        bool goes_on = true;
        front_program_init(&p, pod);
        for (size_t at = 0; at < sizeof asked - 1; at += step) {
            size_t left = sizeof asked - 1 - at;
            assert_true(goes_on);
            goes_on = front_program_feed(&p, sv_n(asked + at, left < step ? left : step), &out);
        }
        assert_false(goes_on);
        assert_int_equal(count(&out, "HTTP/1.1 200 OK\r\n"), 3);
        assert_int_equal(count(&out, "\"pod\":\"cart-1\",\"node\":\"n1\"}\n"), 2);
        assert_int_equal(count(&out, "X-Toban-Pod: shop/cart-1\r\n"), 3);
        assert_int_equal(count(&out, "Connection: close\r\n"), 1);
    }
}

static void closes_on_what_is_no_http(void **state)
{
    _cleanup_doc_ struct doc_file file = {0};
    _cleanup_(front_program_release) struct front_program p;
    _cleanup_str_ struct str out = {0};
    (void)state;
    front_program_init(&p, parse(&file, POD("", "Running", "True", "")));
    assert_false(front_program_feed(&p, SV("\x16\x03\x01\x02 what\r\n\r\n"), &out));
    assert_true(sv_starts(str_sv(&out), "HTTP/1.1 400 "));
}

/* 2027-01-15T08:00:00Z */
#define START INT64_C(1800000000)

static void the_log_goes_on(void **state)
{
    static const struct {
        int64_t since, now;
        const char *lines;
    } cases[] = {
        {START - 5, START, "cart-1: started with unknown\n"},
        {START, START + 59, ""},
        {START + 59, START + 60, "cart-1: up for 1 min\n"},
        {START + 60, START + 185, "cart-1: up for 2 min\ncart-1: up for 3 min\n"},
        {START, START - 5, ""},
    };
    _cleanup_doc_ struct doc_file file = {0};
    const struct doc_node *pod = parse(&file, POD("", "Running", "True", ""));
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        _cleanup_str_ struct str out = {0};
        front_log_since(pod, SV("other"), cases[i].since, cases[i].now, &out);
        assert_string_equal(str_c(&out), cases[i].lines);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(listens_where_its_containers_say),
        cmocka_unit_test(answers_however_bytes_come),
        cmocka_unit_test(closes_on_what_is_no_http),
        cmocka_unit_test(the_log_goes_on),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
