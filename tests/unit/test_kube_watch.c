#include "kube_pair.h"

#include "kube/watch.h"

static const struct kube_ref pods = {.version = "v1", .resource = "pods"};

struct watched {
    struct str text;
    const char *stop_at; /* ends when the text ends so */
};

static int on_watch_event(void *ctx, const struct kube_watch_event *e, struct err *err)
{
    static const char *const names[] = {"RESET", "SYNCED", "ADD",     "MOD",
                                        "DEL",   "MARK",   "TROUBLE", "OPEN"};
    struct watched *w = ctx;
    (void)err;
    str_addf(&w->text, "%s%s%.*s ", names[e->type], e->resource_version.len ? "@" : "",
             SV_ARG(e->resource_version));
    return sv_ends(str_sv(&w->text), w->stop_at) ? 1 : 0;
}

#define EVENT(type, version)                                                                       \
    "{\"type\":\"" type "\",\"object\":{\"metadata\":{\"resourceVersion\":\"" version "\"}}}\n"
#define STREAM "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nConnection: close\r\n\r\n"

struct watch_case {
    const char *want;
    enum err_class class; /* of the failure; ERR_NONE: ended by the callback */
    struct fake_step steps[8];
};

static const struct watch_case watch_cases[] = {
    /* List, events with a bookmark; the server ends it; on from the bookmark. */
    {"RESET ADD SYNCED@7 OPEN@7 ADD@8 MARK@20 OPEN@20 MOD@21 ",
     ERR_NONE,
     {{"GET /api/v1/pods?limit=500 HTTP/1.1", PAGE("", "7", "{\"metadata\":{}}")},
      {"resourceVersion=7 ", STREAM EVENT("ADDED", "8") EVENT("BOOKMARK", "20")},
      {"resourceVersion=20 ", STREAM EVENT("MODIFIED", "21"), .piece = 7}}},
    /* 410 as the answer, and as an event: a fresh list each time. */
    {"RESET SYNCED@7 RESET SYNCED@9 OPEN@9 ADD@10 RESET SYNCED@30 OPEN@30 DEL@31 ",
     ERR_NONE,
     {{"limit=500", PAGE("", "7", "")},
      {"resourceVersion=7 ", GONE("")},
      {"limit=500", PAGE("", "9", "")},
      {"resourceVersion=9 ",
       STREAM EVENT("ADDED", "10") "{\"type\":\"ERROR\",\"object\":{\"kind\":\"Status\",\"code\":"
                                   "410,\"reason\":\"Expired\"}}\n"},
      {"limit=500", PAGE("", "30", "")},
      {"resourceVersion=30 ", STREAM EVENT("DELETED", "31")}}},
    /* Cut in the middle of an event: that event comes again from the version before it. */
    {"RESET SYNCED@7 OPEN@7 ADD@8 OPEN@8 MOD@9 ",
     ERR_NONE,
     {{"limit=500", PAGE("", "7", "")},
      {"resourceVersion=7 ", STREAM EVENT("ADDED", "8") "{\"type\":\"MODIFIED\",\"object\":{\"meta",
       .close = true},
      {"resourceVersion=8 ", STREAM EVENT("MODIFIED", "9")}}},
    /* Another ERROR is surfaced, then the list is made anew. */
    {"RESET SYNCED@7 OPEN@7 TROUBLE@7 RESET SYNCED@8 OPEN@8 ADD@9 ",
     ERR_NONE,
     {{"limit=500", PAGE("", "7", "")},
      {"resourceVersion=7 ",
       STREAM "{\"type\":\"ERROR\",\"object\":{\"code\":500,\"message\":\"etcd\"}}"},
      {"limit=500", PAGE("", "8", "")},
      {"resourceVersion=8 ", STREAM EVENT("ADDED", "9")}}},
    /* Busy, then well again; nothing is listed a second time. */
    {"RESET SYNCED@7 TROUBLE@7 OPEN@7 ADD@8 ",
     ERR_NONE,
     {{"limit=500", PAGE("", "7", "")},
      {"resourceVersion=7 ", REPLY("503 Busy", "Retry-After: 0\r\n", "")},
      {"resourceVersion=7 ", STREAM EVENT("ADDED", "8")}}},
    /* Not allowed: for good. */
    {"RESET SYNCED@7 ",
     ERR_DENIED,
     {{"limit=500", PAGE("", "7", "")},
      {"watch=true", REPLY("403 Forbidden", "", "{\"kind\":\"Status\",\"message\":\"no\"}")}}},
    {"RESET ", ERR_NOT_FOUND, {{"limit=500", REPLY("404 Not Found", "", "")}}},
};

/* Each case with trees and with texts only. */
static void watches_go_on_whatever_comes(void **state)
{
    for (size_t i = 0; i < 2 * ARRAY_LEN(watch_cases); i++) {
        const struct watch_case *c = &watch_cases[i / 2];
        struct watched seen = {.stop_at = c->class == ERR_NONE ? strrchr(c->want, '@') : "never"};
        struct kube_watch w = {
            .ref = pods, .on_event = on_watch_event, .ctx = &seen, .text_only = i % 2};
        struct kube_watch *const all[] = {&w};
        struct pair p;
        struct err err = {0};
        size_t steps = 0;
        while (steps < ARRAY_LEN(c->steps) && c->steps[steps].expect)
            steps++;
        str_init(&seen.text, 0);
        pair_start(&p, c->steps, steps, NULL, NULL);
        int result = kube_watch_run(p.client, all, 1, NULL, &err);
        if (strcmp(str_c(&seen.text), c->want) != 0 || (result != 0) != (c->class != ERR_NONE) ||
            err.class != c->class)
            fail_msg("case %zu: '%s', %d '%s'", i, str_c(&seen.text), result, err.msg);
        str_release(&seen.text);
        pair_stop(&p);
    }
}

/* A server that starts refuses for a while what it will allow. */
static void a_patient_watch_never_gives_up(void **state)
{
    static const char refused[] =
        REPLY("403 Forbidden", "", "{\"kind\":\"Status\",\"message\":\"no\"}");
    struct watched seen = {.stop_at = "ADD@10 "};
    struct kube_watch w = {
        .ref = pods, .on_event = on_watch_event, .ctx = &seen, .text_only = true};
    struct kube_watch *const all[] = {&w};
    const struct kube_watch_options options = {.patient = true};
    struct pair p;
    struct err err = {0};
    str_init(&seen.text, 0);
    pair_start(&p,
               STEPS({"limit=500", REPLY("429 Busy", "Retry-After: 0\r\n", "")},
                     {"limit=500", PAGE("", "7", "")}, {"watch=true", refused},
                     {"resourceVersion=7 ", STREAM EVENT("ADDED", "8") "{\"type\":\"ADDED\",\"obj"
                                                                       "ect\":{\"a\":tru}}"},
                     {"limit=500", PAGE("", "9", "")},
                     {"resourceVersion=9 ", STREAM EVENT("ADDED", "10")}),
               NULL, NULL);
    assert_int_equal(kube_watch_run(p.client, all, 1, &options, &err), 0);
    assert_string_equal(str_c(&seen.text),
                        "RESET TROUBLE RESET SYNCED@7 TROUBLE@7 OPEN@7 ADD@8 TROUBLE@8 RESET "
                        "SYNCED@9 OPEN@9 ADD@10 ");
    str_release(&seen.text);
    pair_stop(&p);
}

static int give_up_one(void *ctx, const struct kube_watch_event *e, struct err *err)
{
    unsigned *added = ctx;
    (void)err;
    *added += e->type == KUBE_WATCH_ADDED;
    return e->type == KUBE_WATCH_TROUBLE ? 2 : *added == 1;
}

static void one_watch_can_be_given_up(void **state)
{
    unsigned added = 0;
    struct kube_watch a = {
        .ref = pods, .resource_version = "5", .on_event = give_up_one, .ctx = &added};
    struct kube_watch b = {
        .ref = {.version = "v1", .resource = "nodes"}, .on_event = give_up_one, .ctx = &added};
    struct kube_watch *const all[] = {&a, &b};
    const struct kube_watch_options options = {.patient = true};
    struct pair p;
    struct err err = {0};
    /* The list of b comes first; when it has been read both connect, a before b. */
    pair_start(&p,
               STEPS({"nodes?limit=500", PAGE("", "7", "")},
                     {"watch=true", REPLY("404 Not Found", "", "")},
                     {"watch=true", REPLY("404 Not Found", "", "")}),
               NULL, NULL);
    assert_int_equal(kube_watch_run(p.client, all, 2, &options, &err), 0);
    assert_int_equal(a.connects, 1);
    assert_int_equal(b.connects, 1);
    pair_stop(&p);
}

static int keep_item(void *ctx, const struct kube_watch_event *e, struct err *err)
{
    struct str *out = ctx;
    (void)err;
    if (e->type != KUBE_WATCH_ADDED)
        return 0;
    assert_null(e->item.root);
    str_addf(out, "%.*s %.*s %.*s", SV_ARG(e->item.api_version), SV_ARG(e->item.kind),
             SV_ARG(e->item.text));
    return 1;
}

static void texts_come_with_their_kind(void **state)
{
    struct str out = {0};
    struct kube_watch w = {.ref = pods,
                           .resource_version = "5",
                           .text_only = true,
                           .on_event = keep_item,
                           .ctx = &out};
    struct kube_watch *const all[] = {&w};
    struct pair p;
    struct err err = {0};
    str_init(&out, 0);
    pair_start(&p,
               STEPS({"watch=true",
                      STREAM "{\"object\": {\"x\":[{}],\"kind\":\"Pod\",\"metadata\":{\"labels\":{"
                             "\"resourceVersion\":\"1\"},\"resourceVersion\":\"6\"},"
                             "\"apiVersion\":\"v1\"} ,\"type\":\"ADDED\"}\n",
                      .piece = 5}),
               NULL, NULL);
    assert_int_equal(kube_watch_run(p.client, all, 1, NULL, &err), 0);
    assert_string_equal(str_c(&out),
                        "v1 Pod {\"x\":[{}],\"kind\":\"Pod\",\"metadata\":{\"labels\":{"
                        "\"resourceVersion\":\"1\"},\"resourceVersion\":\"6\"},"
                        "\"apiVersion\":\"v1\"}");
    assert_string_equal(w.last_version, "6");
    str_release(&out);
    pair_stop(&p);
}

static int count_to_two(void *ctx, const struct kube_watch_event *e, struct err *err)
{
    unsigned *added = ctx;
    (void)err;
    *added += e->type == KUBE_WATCH_ADDED;
    return *added == 2;
}

static void watches_run_side_by_side(void **state)
{
    static const struct fake_step list = {"limit=500", PAGE("", "7", "")};
    static const struct fake_step stream = {"watch=true", STREAM EVENT("ADDED", "8"), .hang = true};
    unsigned added = 0;
    struct kube_watch a = {.ref = pods, .on_event = count_to_two, .ctx = &added};
    struct kube_watch b = {
        .ref = {.version = "v1", .resource = "nodes"}, .on_event = count_to_two, .ctx = &added};
    struct kube_watch *const all[] = {&a, &b};
    struct pair p;
    struct err err = {0};
    pair_start(&p, STEPS(list, list, stream, stream), NULL, NULL);
    if (kube_watch_run(p.client, all, 2, NULL, &err))
        fail_msg("%s", err.msg);
    assert_string_equal(a.last_version, "8");
    assert_string_equal(b.last_version, "8");
    pair_stop(&p);
}

static int refuse_event(void *ctx, const struct kube_watch_event *e, struct err *err)
{
    (void)ctx;
    return e->type == KUBE_WATCH_ADDED ? err_set(err, ERR_LOCAL, "disk full") : 0;
}

static void a_callback_can_fail_a_watch(void **state)
{
    struct kube_watch w = {.ref = pods, .resource_version = "5", .on_event = refuse_event};
    struct kube_watch *const all[] = {&w};
    struct pair p;
    struct err err = {0};
    pair_start(
        &p,
        STEPS({"resourceVersion=5 ", STREAM EVENT("ADDED", "6") EVENT("ADDED", "7"), .hang = true}),
        NULL, NULL);
    assert_int_equal(kube_watch_run(p.client, all, 1, NULL, &err), -1);
    assert_string_equal(err.msg, "disk full");
    assert_string_equal(w.last_version, "6");
    pair_stop(&p);
}

static void a_watch_ends_when_woken(void **state)
{
    int fds[2];
    struct kube_watch w = {.ref = pods, .resource_version = "5"};
    struct kube_watch *const all[] = {&w};
    struct pair p;
    struct err err = {0};
    assert_int_equal(pipe(fds), 0);
    assert_int_equal(write(fds[1], "x", 1), 1);
    const struct kube_watch_options options = {.wake_fd = fds[0]};
    pair_start(&p, NULL, 0, NULL, NULL);
    assert_int_equal(kube_watch_run(p.client, all, 1, &options, &err), 0);
    assert_string_equal(w.last_version, "5");
    close(fds[0]);
    close(fds[1]);
    kube_client_free(p.client);
    /* Whether the request went out before the wake was seen is a matter of chance; both are right.
     */
    p.client = NULL;
    fake_server_abandon(p.server);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(watches_go_on_whatever_comes),
        cmocka_unit_test(watches_run_side_by_side),
        cmocka_unit_test(a_callback_can_fail_a_watch),
        cmocka_unit_test(a_watch_ends_when_woken),
        cmocka_unit_test(texts_come_with_their_kind),
        cmocka_unit_test(one_watch_can_be_given_up),
        cmocka_unit_test(a_patient_watch_never_gives_up),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
