#include "kube_pair.h"

#include "kube/flight.h"

#include <sys/eventfd.h>
#include <unistd.h>

static const struct kube_ref eviction = {
    .version = "v1", .resource = "pods", .ns = "web", .name = "shop-1", .subresource = "eviction"};

static struct kube_flight evict(void *tag)
{
    return (struct kube_flight){
        .method = "POST", .ref = eviction, .body = SV("{}"), .timeout_ms = 20000, .tag = tag};
}

static struct kube_flights *flights_of(struct kube_client *c)
{
    struct kube_flights *f;
    struct err err = {0};
    if (kube_flights_new(c, &f, &err))
        fail_msg("%s", err.msg);
    return f;
}

static void start(struct kube_flights *f, const struct kube_flight *flight)
{
    struct err err = {0};
    if (kube_flight_start(f, flight, &err))
        fail_msg("%s", err.msg);
}

static void land_one(struct kube_flights *f, struct kube_landing *out)
{
    assert_true(kube_flight_wait(f, 60000, -1, out));
}

#define STATUS(code, reason, message)                                                              \
    "{\"kind\":\"Status\",\"status\":\"Failure\",\"reason\":\"" reason "\",\"code\":" code         \
    ",\"message\":\"" message "\"}"

struct landing_case {
    struct fake_step step;
    unsigned timeout_ms;
    int status, retry_after_s;
    bool unsent;
    enum err_class class;
    const char *words, *body;
};

static const struct landing_case landing_cases[] = {
    {{"POST /api/v1/namespaces/web/pods/shop-1/eviction HTTP/1.1",
      REPLY("201 Created", "", "{\"kind\":\"Status\",\"status\":\"Success\"}")},
     .status = 201,
     .words = "",
     .body = "Success"},
    {{"Content-Type: application/json",
      REPLY("429 Too Many Requests", "Retry-After: 10\r\n",
            STATUS("429", "TooManyRequests", "Cannot evict pod"))},
     .status = 429,
     .retry_after_s = 10,
     .class = ERR_THROTTLED,
     .words = "create pods/eviction 'shop-1' in namespace 'web'",
     .body = "Cannot evict pod"},
    {{"POST", REPLY("429 Too Many Requests", "", "busy")},
     .status = 429,
     .class = ERR_THROTTLED,
     .words = "'shop-1'",
     .body = "busy"},
    {{"POST", REPLY("503 Busy", "Retry-After: Sun, 06 Nov 1994 08:49:37 GMT\r\n", "starting")},
     .status = 503,
     .class = ERR_REMOTE,
     .words = "'shop-1'",
     .body = "starting"},
    {{"POST", REPLY("500 Internal Server Error", "",
                    STATUS("500", "InternalError", "does not support more than one budget"))},
     .status = 500,
     .class = ERR_REMOTE,
     .words = "more than one budget",
     .body = "more than one"},
    {{"POST", "HTTP/1.1 201 Created\r\nContent-Length: 500\r\n\r\n{\"kind\":", .close = true},
     .class = ERR_REMOTE,
     .words = "the connection was cut"},
    {{"POST", NULL, .close = true}, .class = ERR_REMOTE, .words = "the connection was cut"},
    {{"POST", NULL, .hang = true},
     .timeout_ms = 30,
     .class = ERR_REMOTE,
     .words = "no whole answer within 0.03 s"},
    {{"POST", "HTTP/1.1 201 Created\r\nContent-Length: 500\r\n\r\n{", .hang = true},
     .timeout_ms = 30,
     .class = ERR_REMOTE,
     .words = "no whole answer within 0.03 s"},
};

static void check_landing(const struct landing_case *c, size_t i)
{
    struct kube_landing l;
    struct pair p;
    pair_start(&p, &c->step, 1, NULL, NULL);
    struct kube_flights *f = flights_of(p.client);
    struct kube_flight flight = evict(&p);
    flight.timeout_ms = c->timeout_ms;
    start(f, &flight);
    assert_int_equal(kube_flights_up(f), 1);
    land_one(f, &l);
    bool body = c->body ? sv_has(l.body, c->body) : l.body.len == 0;
    if (l.tag != &p || l.status != c->status || l.retry_after_s != c->retry_after_s || !l.sent ||
        l.dropped || l.err.class != c->class || !strstr(l.err.msg, c->words) || !body)
        fail_msg("case %zu: %d, %d s, class %d, '%s', '%.*s'", i, l.status, l.retry_after_s,
                 l.err.class, l.err.msg, SV_ARG(l.body));
    assert_int_equal(kube_flights_up(f), 0);
    kube_flights_free(f);
    pair_stop(&p);
}

static void landings_tell_what_happened(void **state)
{
    for (size_t i = 0; i < ARRAY_LEN(landing_cases); i++)
        check_landing(&landing_cases[i], i);
}

static void what_was_never_connected_was_not_sent(void **state)
{
    struct kube_landing l;
    struct pair p;
    struct err err = {0};
    char url[64];
    pair_start(&p, NULL, 0, NULL, NULL);
    snprintf(url, sizeof url, "%s", fake_server_url(p.server));
    pair_stop(&p);
    p.target.server = url;
    assert_int_equal(kube_client_new_for(&p.target, &quick, &p.client, &err), 0);
    struct kube_flights *f = flights_of(p.client);
    struct kube_flight flight = evict(NULL);
    start(f, &flight);
    land_one(f, &l);
    assert_int_equal(l.status, 0);
    assert_false(l.sent);
    assert_int_equal(l.err.class, ERR_REMOTE);
    assert_non_null(strstr(l.err.msg, "connection refused"));
    kube_flights_free(f);
    kube_client_free(p.client);
}

/* Without `once` the transfer would be written again over a new connection. */
static void what_dies_on_an_old_connection_is_not_sent_again(void **state)
{
    struct kube_landing l;
    struct pair p;
    pair_start(&p,
               STEPS({"POST", "HTTP/1.1 201 Created\r\nContent-Length: 2\r\n\r\n{}"},
                     {"POST", NULL, .close = true}),
               NULL, NULL);
    struct kube_flights *f = flights_of(p.client);
    struct kube_flight flight = evict(NULL);
    start(f, &flight);
    land_one(f, &l);
    assert_int_equal(l.status, 201);
    start(f, &flight);
    land_one(f, &l);
    assert_int_equal(l.status, 0);
    assert_true(l.sent);
    assert_non_null(strstr(l.err.msg, "the connection was cut"));
    kube_flights_free(f);
    pair_stop(&p);
}

/* ---- may it go ---- */

struct gate {
    unsigned asked, open_for;
};

static bool pass(void *ctx)
{
    struct gate *g = ctx;
    return g->asked++ < g->open_for;
}

static void who_may_not_go_is_dropped(void **state)
{
    struct gate gate = {.open_for = 1};
    struct kube_landing l;
    struct pair p;
    unsigned dropped = 0;
    pair_start(&p, STEPS({"POST", REPLY("201 Created", "", "{}")}), NULL, NULL);
    struct kube_flights *f = flights_of(p.client);
    struct kube_flight flight = evict(NULL);
    flight.may_go = pass;
    flight.ctx = &gate;
    for (unsigned i = 0; i < 3; i++)
        start(f, &flight);
    assert_int_equal(gate.asked, 0);
    for (unsigned i = 0; i < 3; i++) {
        land_one(f, &l);
        dropped += l.dropped;
        assert_int_equal(l.sent, !l.dropped);
        assert_int_equal(l.status, l.dropped ? 0 : 201);
        assert_int_equal(l.err.class != ERR_NONE, l.dropped);
    }
    assert_int_equal(dropped, 2);
    assert_int_equal(gate.asked, 3);
    kube_flights_free(f);
    pair_stop(&p);
}

/* ---- logins ---- */

static char *token_file(const char *token)
{
    char *path = strdup("/tmp/toban-flight-XXXXXX");
    int fd = mkstemp(path);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, token, strlen(token)), (ssize_t)strlen(token));
    close(fd);
    return path;
}

static void a_refused_login_is_renewed_once(void **state)
{
    static const char no[] =
        REPLY("401 Unauthorized", "", STATUS("401", "Unauthorized", "Unauthorized"));
    char *path = token_file("t1");
    const struct kube_user user = {.token_file = path};
    struct gate gate = {.open_for = 100};
    struct kube_landing l;
    struct pair p;
    pair_start(&p,
               STEPS({"Bearer t1", no}, {"Bearer t1", REPLY("201 Created", "", "{}")},
                     {"Bearer t1", no}, {"Bearer t1", no}),
               &user, NULL);
    struct kube_flights *f = flights_of(p.client);
    struct kube_flight flight = evict(NULL);
    flight.may_go = pass;
    flight.ctx = &gate;
    start(f, &flight);
    land_one(f, &l);
    assert_int_equal(l.status, 201);
    assert_int_equal(gate.asked, 2);
    start(f, &flight);
    land_one(f, &l);
    assert_int_equal(l.status, 401);
    assert_int_equal(l.err.class, ERR_DENIED);
    kube_flights_free(f);
    pair_stop(&p);
    unlink(path);
    free(path);
}

/* ---- many ---- */

static void many_fly_within_the_limit(void **state)
{
    enum { ALL = 40, AT_ONCE = 12 };
    struct fake_step steps[AT_ONCE];
    const struct kube_limits limits = {.max_in_flight = AT_ONCE, .qps = 100000, .burst = 100000};
    struct kube_landing l;
    struct pair p;
    struct err err = {0};
    for (unsigned i = 0; i < AT_ONCE; i++)
        steps[i] = (struct fake_step){"POST", NULL, .hang = true};
    pair_start(&p, steps, AT_ONCE, NULL, NULL);
    kube_client_free(p.client);
    assert_int_equal(kube_client_new_for(&p.target, &limits, &p.client, &err), 0);
    struct kube_flights *f = flights_of(p.client);
    struct kube_flight flight = evict(NULL);
    for (unsigned i = 0; i < ALL; i++)
        start(f, &flight);
    while (fake_server_requests(p.server) < AT_ONCE)
        assert_false(kube_flight_wait(f, 1, -1, &l));
    assert_false(kube_flight_wait(f, 0, -1, &l));
    assert_int_equal(kube_flights_up(f), ALL);
    kube_flights_free(f);
    pair_stop(&p);
}

static void all_that_start_land(void **state)
{
    enum { ALL = 60 };
    struct fake_step steps[ALL];
    bool landed[ALL] = {false};
    struct kube_landing l;
    struct pair p;
    for (unsigned i = 0; i < ALL; i++)
        steps[i] =
            (struct fake_step){"POST", i % 3 ? "HTTP/1.1 201 Created\r\nContent-Length: 2\r\n\r\n{}"
                                             : "HTTP/1.1 429 Slow\r\nContent-Length: 2\r\n\r\n{}"};
    pair_start(&p, steps, ALL, NULL, NULL);
    struct kube_flights *f = flights_of(p.client);
    unsigned refused = 0;
    for (unsigned i = 0; i < ALL; i++) {
        struct kube_flight flight = evict(&landed[i]);
        start(f, &flight);
    }
    for (unsigned i = 0; i < ALL; i++) {
        land_one(f, &l);
        assert_false(*(bool *)l.tag);
        *(bool *)l.tag = true;
        refused += l.status == 429;
    }
    assert_int_equal(refused, ALL / 3);
    assert_int_equal(kube_flights_up(f), 0);
    kube_flights_free(f);
    pair_stop(&p);
}

static void a_wake_ends_the_wait(void **state)
{
    struct kube_landing l;
    struct pair p;
    int fd = eventfd(1, 0);
    pair_start(&p, NULL, 0, NULL, NULL);
    struct kube_flights *f = flights_of(p.client);
    assert_false(kube_flight_wait(f, 60000, fd, &l));
    close(fd);
    kube_flights_free(f);
    pair_stop(&p);
}

static void requests_are_what_was_asked(void **state)
{
    struct kube_landing l;
    struct pair p;
    struct err err = {0};
    pair_start(&p,
               STEPS({"PATCH /api/v1/nodes/n1?dryRun=All HTTP/1.1", OK("{}")},
                     {"application/strategic-merge-patch+json", OK("{}")},
                     {"GET /api/v1/nodes/n1 HTTP/1.1", OK("{}")}),
               NULL, NULL);
    struct kube_flights *f = flights_of(p.client);
    struct kube_flight flight = {.method = "PATCH",
                                 .ref = {.version = "v1", .resource = "nodes", .name = "n1"},
                                 .query = "dryRun=All",
                                 .body = SV("{\"spec\":{}}"),
                                 .patch = KUBE_PATCH_STRATEGIC};
    for (unsigned i = 0; i < 2; i++) {
        start(f, &flight);
        land_one(f, &l);
        assert_int_equal(l.status, 200);
    }
    flight = (struct kube_flight){.method = "GET", .ref = flight.ref};
    start(f, &flight);
    land_one(f, &l);
    flight.method = "FETCH";
    assert_int_equal(kube_flight_start(f, &flight, &err), -1);
    kube_flights_free(f);
    pair_stop(&p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(landings_tell_what_happened),
        cmocka_unit_test(what_was_never_connected_was_not_sent),
        cmocka_unit_test(what_dies_on_an_old_connection_is_not_sent_again),
        cmocka_unit_test(who_may_not_go_is_dropped),
        cmocka_unit_test(a_refused_login_is_renewed_once),
        cmocka_unit_test(many_fly_within_the_limit),
        cmocka_unit_test(all_that_start_land),
        cmocka_unit_test(a_wake_ends_the_wait),
        cmocka_unit_test(requests_are_what_was_asked),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
