/* The verbs that cordon and uncordon, run as plans against a scripted API server: what they ask,
 * what they leave alone, what going back means. */
#include "fake_server.h"
#include "store_place.h"

#include "base/must.h"
#include "ops/drain/drain.h"

#include <stdio.h>
#include <unistd.h>

#include "unit.h"

#define STATUS(code, reason, message)                                                              \
    "{\"kind\":\"Status\",\"status\":\"Failure\",\"message\":\"" message "\",\"reason\":\"" reason \
    "\",\"code\":" #code "}"
#define NODE(spec, annotations)                                                                    \
    "{\"kind\":\"Node\",\"metadata\":{\"name\":\"n1\",\"uid\":\"u-1\",\"annotations\":"            \
    "{" annotations "}},\"spec\":{" spec "}}"
#define FREE NODE("", "")
#define CORDONED NODE("\"unschedulable\":true", "")
#define MINE NODE("\"unschedulable\":true", "\"toban.dev/plan\":\"@PLAN by ann@desk\"")
#define FOREIGN NODE("\"unschedulable\":true", "\"toban.dev/plan\":\"p-999999 by bob@desk\"")
#define NAMESAKE                                                                                   \
    "{\"kind\":\"Node\",\"metadata\":{\"name\":\"n1\",\"uid\":\"u-2\"},\"spec\":{"                 \
    "\"unschedulable\":true}}"
#define LOOK(node)                                                                                 \
    {                                                                                              \
        .expect = "GET /api/v1/nodes/n1 ", .reply = FAKE_JSON("200 OK", node)                      \
    }
#define PATCH(body)                                                                                \
    {                                                                                              \
        .expect = body, .reply = FAKE_JSON("200 OK", "{\"kind\":\"Node\"}")                        \
    }
#define STEPS(...)                                                                                 \
    (const struct fake_step[])                                                                     \
    {                                                                                              \
        __VA_ARGS__                                                                                \
    }

static const char *const one_node[] = {"n1", NULL};

struct scene {
    struct store_place place;
    struct store *store;
    struct plan plan;
    struct err err;
    struct str told;
    struct arena arena;
    char config[300];
    int stop[2]; /* a pipe that stops the runner */
};

static void on_event(void *ctx, const struct drain_event *e)
{
    struct scene *s = ctx;
    str_addf(&s->told, "%s ", e->kind);
    if (strcmp(e->kind, "trouble") == 0)
        assert_int_equal(write(s->stop[1], "x", 1), 1);
}

static void begin(struct scene *s)
{
    *s = (struct scene){0};
    assert_int_equal(pipe(s->stop), 0);
    store_place_init(&s->place);
    s->store = store_place_open(&s->place);
    plan_init(&s->plan);
}

static void make(struct scene *s)
{
    s->plan.made_by = "ann@desk";
    if (plan_create(s->store, &s->plan, "ann@desk", &s->err))
        fail_msg("%s", s->err.msg);
}

static void end(struct scene *s)
{
    plan_release(&s->plan);
    store_free(s->store);
    str_release(&s->told);
    arena_release(&s->arena);
    store_place_release(&s->place);
    close(s->stop[0]);
    close(s->stop[1]);
}

/* The plan's name is known when it is made only. */
static const char *with_plan(struct scene *s, const char *text)
{
    const char *at = text ? strstr(text, "@PLAN") : NULL;
    if (!at)
        return text;
    return mem_must(
        arena_fmt(&s->arena, "%.*s%s%s", (int)(at - text), text, s->plan.id, at + strlen("@PLAN")));
}

static void write_config(struct scene *s, const char *server)
{
    snprintf(s->config, sizeof s->config, "%s/kubeconfig", s->place.folder);
    FILE *f = fopen(s->config, "w");
    assert_non_null(f);
    fprintf(f,
            "{apiVersion: v1, kind: Config, current-context: c, clusters: [{name: k, cluster: "
            "{server: '%s'}}], users: [{name: ann, user: {token: t}}], contexts: [{name: c, "
            "context: {cluster: k, user: ann}}]}",
            server);
    assert_int_equal(fclose(f), 0);
}

/* Stands behind the step that is tested, so that there is something to go back from. */
static enum plan_end stop_here(void *ctx, struct plan_run *r, const struct plan_step *step,
                               struct err *err)
{
    err_set(err, ERR_CONFLICT, "as far as it goes");
    return PLAN_END_FAIL;
}

static size_t copy_verbs(struct plan_verb *out)
{
    size_t n = 0;
    for (const struct plan_verb *v = drain_verbs(); v->name; v++)
        out[n++] = *v;
    out[n++] = (struct plan_verb){.name = "missing", .act = stop_here};
    return n;
}

static void run(struct scene *s, const struct fake_step *steps, size_t count, bool back,
                enum plan_status status)
{
    struct fake_step script[16];
    struct plan p = {0};
    assert_true(count <= ARRAY_LEN(script));
    for (size_t i = 0; i < count; i++) {
        script[i] = steps[i];
        script[i].expect = with_plan(s, steps[i].expect);
        script[i].reply = with_plan(s, steps[i].reply);
    }
    struct fake_server *server = fake_server_start(script, count, NULL);
    write_config(s, fake_server_url(server));
    struct drain_host drain = {.kube = {.kubeconfig = s->config}, .event = on_event, .ctx = s};
    struct plan_verb verbs[8] = {0};
    assert_true(copy_verbs(verbs) < ARRAY_LEN(verbs));
    const struct plan_host host = {.ctx = &drain, .verbs = verbs};
    const struct plan_run_options o = {
        .actor = "ann@desk", .stop_fd = s->stop[0], .rollback = back};
    if (plan_load(s->store, s->plan.id, &p, &s->err) || plan_run(s->store, &p, &host, &o, &s->err))
        fail_msg("%s", s->err.msg);
    if (p.status != status)
        fail_msg("%s: %s", plan_status_names[p.status], p.words ? p.words : "");
    plan_release(&s->plan);
    s->plan = p;
    fake_server_stop(server);
}
#define RUN(s, back, status, ...)                                                                  \
    run((s), STEPS(__VA_ARGS__), sizeof(STEPS(__VA_ARGS__)) / sizeof(struct fake_step), (back),    \
        (status))

static void a_node_is_cordoned_and_uncordoned_again(void **state)
{
    struct scene s;
    begin(&s);
    assert_int_equal(drain_plan_cordon(one_node, false, &s.plan, &s.err), 0);
    plan_add(&s.plan, "never", "missing", "never", SV_NONE);
    make(&s);
    RUN(&s, false, PLAN_STOPPED, LOOK(FREE), LOOK(FREE),
        PATCH("{\"metadata\":{\"uid\":\"u-1\"},\"spec\":{\"unschedulable\":true}}"),
        LOOK(CORDONED));
    assert_string_equal(str_c(&s.told), "cordoned ");
    RUN(&s, true, PLAN_ROLLED_BACK, LOOK(CORDONED),
        PATCH("{\"metadata\":{\"uid\":\"u-1\",\"annotations\":{\"toban.dev/plan\":null}},\"spec\":{"
              "\"unschedulable\":null}}"));
    assert_string_equal(str_c(&s.told), "cordoned uncordoned ");
    end(&s);
}

/* The first step of a drain; the second cannot be done here. */
static void begin_drain(struct scene *s)
{
    begin(s);
    s->plan.kind = "nodes-drain";
    s->plan.args = SV("{\"nodes\":[\"n1\"]}");
    plan_add(&s->plan, "cordon", "cordon", "cordon", SV_NONE);
    plan_add(&s->plan, "never", "missing", "never", SV_NONE);
}

static void a_node_that_was_cordoned_before_stays_so(void **state)
{
    struct scene s;
    begin_drain(&s);
    make(&s);
    RUN(&s, false, PLAN_STOPPED, LOOK(CORDONED), LOOK(CORDONED),
        PATCH("{\"metadata\":{\"uid\":\"u-1\",\"annotations\":{\"toban.dev/plan\":\"@PLAN by "
              "ann@desk\"}}}"),
        LOOK(MINE));
    assert_string_equal(str_c(&s.told), "kept ");
    RUN(&s, true, PLAN_ROLLED_BACK, LOOK(MINE),
        PATCH("{\"metadata\":{\"uid\":\"u-1\",\"annotations\":{\"toban.dev/plan\":null}}}"));
    end(&s);
}

static void another_plan_s_node_is_left_alone(void **state)
{
    struct scene s;
    begin_drain(&s);
    make(&s);
    RUN(&s, false, PLAN_STOPPED, LOOK(FOREIGN));
    assert_non_null(strstr(s.plan.words, "p-999999 (by bob@desk)"));
    assert_non_null(strstr(s.plan.words, "--accept foreign-drain:n1"));
    end(&s);
    begin_drain(&s);
    must_push(&s.plan.accepted, "foreign-drain:n1");
    make(&s);
    RUN(&s, false, PLAN_STOPPED, LOOK(FOREIGN), LOOK(FREE), PATCH("\"unschedulable\":true"),
        LOOK(MINE));
    RUN(&s, true, PLAN_ROLLED_BACK, LOOK(FOREIGN));
    assert_string_equal(str_c(&s.told), "cordoned kept ");
    end(&s);
}

static void a_busy_server_is_asked_again(void **state)
{
    struct scene s;
    begin_drain(&s);
    make(&s);
    RUN(&s, false, PLAN_STOPPED, LOOK(FREE), LOOK(FREE),
        {.expect = "PATCH ",
         .reply =
             FAKE_JSON("503 Service Unavailable", STATUS(503, "ServiceUnavailable", "starting"))},
        PATCH("\"toban.dev/plan\":\"@PLAN by ann@desk\"}},\"spec\":{\"unschedulable\":true}}"),
        LOOK(MINE));
    assert_string_equal(str_c(&s.told), "cordoned ");
    end(&s);
}

/* The answer is lost: nobody knows whether it happened, so it is looked at first. */
static void a_cordon_without_an_answer_is_looked_at(void **state)
{
    const struct fake_step cut = {.expect = "PATCH ", .reply = "", .close = true};
    struct scene s;
    begin_drain(&s);
    make(&s);
    RUN(&s, false, PLAN_STOPPED, LOOK(FREE), LOOK(FREE), cut, LOOK(MINE), LOOK(MINE));
    assert_string_equal(str_c(&s.told), "cordoned ");
    end(&s);
    begin_drain(&s);
    make(&s);
    RUN(&s, false, PLAN_STOPPED, LOOK(FREE), LOOK(FREE), cut, LOOK(FREE),
        PATCH("\"unschedulable\":true"), LOOK(MINE));
    assert_string_equal(str_c(&s.told), "cordoned ");
    end(&s);
}

static void a_refusal_stops_it(void **state)
{
    struct scene s;
    begin_drain(&s);
    make(&s);
    RUN(&s, false, PLAN_STOPPED, LOOK(FREE), LOOK(FREE),
        {.expect = "PATCH ",
         .reply = FAKE_JSON("403 Forbidden", STATUS(403, "Forbidden", "nodes is forbidden"))});
    assert_non_null(strstr(s.plan.words, "node n1: "));
    RUN(&s, false, PLAN_STOPPED, LOOK(FREE), PATCH("\"unschedulable\":true"), LOOK(MINE));
    end(&s);
}

static void a_node_that_is_gone_is_not_missed_when_going_back(void **state)
{
    struct scene s;
    begin_drain(&s);
    make(&s);
    RUN(&s, false, PLAN_STOPPED,
        {.expect = "GET ", .reply = FAKE_JSON("404 Not Found", STATUS(404, "NotFound", "no n1"))});
    assert_non_null(strstr(s.plan.words, "node n1 is not there"));
    RUN(&s, false, PLAN_STOPPED, LOOK(FREE), LOOK(FREE), PATCH("\"unschedulable\":true"),
        LOOK(MINE));
    RUN(&s, true, PLAN_ROLLED_BACK,
        {.expect = "GET ", .reply = FAKE_JSON("404 Not Found", STATUS(404, "NotFound", "no n1"))});
    end(&s);
}

/* Another machine came under the name of the one that was cordoned. */
static void a_namesake_is_left_alone_when_going_back(void **state)
{
    struct scene s;
    begin_drain(&s);
    make(&s);
    RUN(&s, false, PLAN_STOPPED, LOOK(FREE), LOOK(FREE), PATCH("\"unschedulable\":true"),
        LOOK(MINE));
    RUN(&s, true, PLAN_ROLLED_BACK, LOOK(NAMESAKE));
    end(&s);
}

/* Its runner ended before the patch got through, and somebody else was faster. */
static void a_cordon_that_somebody_else_made_meanwhile_stays(void **state)
{
    struct scene s;
    char drop[8];
    const struct fake_step busy = {
        .expect = "PATCH ",
        .reply = FAKE_JSON("503 Service Unavailable", STATUS(503, "ServiceUnavailable", "busy"))};
    begin_drain(&s);
    make(&s);
    RUN(&s, false, PLAN_PAUSED, LOOK(FREE), LOOK(FREE), busy, busy);
    assert_int_equal(read(s.stop[0], drop, sizeof drop), 1);
    RUN(&s, false, PLAN_STOPPED, LOOK(CORDONED),
        PATCH("{\"metadata\":{\"uid\":\"u-1\",\"annotations\":{\"toban.dev/plan\":\"@PLAN by "
              "ann@desk\"}}}"),
        LOOK(MINE));
    RUN(&s, true, PLAN_ROLLED_BACK, LOOK(MINE),
        PATCH("{\"metadata\":{\"uid\":\"u-1\",\"annotations\":{\"toban.dev/plan\":null}}}"));
    end(&s);
}

/* Whoever made this plan knew that the other one is over. */
static void the_mark_of_a_plan_that_is_over_is_replaced(void **state)
{
    struct scene s;
    begin_drain(&s);
    must_push(&s.plan.accepted, "ended-plan:p-999998");
    make(&s);
    RUN(&s, false, PLAN_STOPPED, LOOK(FOREIGN));
    end(&s);
    begin_drain(&s);
    must_push(&s.plan.accepted, "ended-plan:p-999999");
    make(&s);
    RUN(&s, false, PLAN_STOPPED, LOOK(FOREIGN), LOOK(FOREIGN),
        PATCH("\"toban.dev/plan\":\"@PLAN by ann@desk\""), LOOK(MINE));
    end(&s);
}

static void uncordoning_takes_the_mark_along(void **state)
{
    struct scene s;
    begin(&s);
    assert_int_equal(drain_plan_cordon(one_node, true, &s.plan, &s.err), 0);
    make(&s);
    RUN(&s, false, PLAN_DONE, LOOK(FOREIGN), LOOK(FOREIGN),
        PATCH("{\"metadata\":{\"uid\":\"u-1\",\"annotations\":{\"toban.dev/plan\":null}},\"spec\":{"
              "\"unschedulable\":null}}"),
        LOOK(FREE));
    end(&s);
}

static void another_cluster_is_not_touched(void **state)
{
    struct scene s;
    begin_drain(&s);
    s.plan.cluster = "prod";
    s.plan.cluster_id = "c-1";
    make(&s);
    RUN(&s, false, PLAN_STOPPED,
        {.expect = "GET /api/v1/namespaces/kube-system ",
         .reply = FAKE_JSON("200 OK", "{\"metadata\":{\"uid\":\"c-2\"}}")});
    assert_non_null(strstr(s.plan.words, "is of another cluster (prod)"));
    end(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_node_is_cordoned_and_uncordoned_again),
        cmocka_unit_test(a_node_that_was_cordoned_before_stays_so),
        cmocka_unit_test(another_plan_s_node_is_left_alone),
        cmocka_unit_test(a_busy_server_is_asked_again),
        cmocka_unit_test(a_cordon_without_an_answer_is_looked_at),
        cmocka_unit_test(a_refusal_stops_it),
        cmocka_unit_test(a_node_that_is_gone_is_not_missed_when_going_back),
        cmocka_unit_test(a_namesake_is_left_alone_when_going_back),
        cmocka_unit_test(a_cordon_that_somebody_else_made_meanwhile_stays),
        cmocka_unit_test(the_mark_of_a_plan_that_is_over_is_replaced),
        cmocka_unit_test(uncordoning_takes_the_mark_along),
        cmocka_unit_test(another_cluster_is_not_touched),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
