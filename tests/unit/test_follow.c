#include "fake_api.h"

#include "net/http.h"
#include "ops/follow/follow.h"

#include <poll.h>
#include <stdio.h>

#include "unit.h"

#define PATIENCE_MS 60000 /* a test that has to wait longer has failed */

/* ---- a scene: a server and who follows it ---- */

struct scene {
    struct fake_api *api;
    struct follow *f;
    unsigned changes[CHANGE_OTHER + 1];
    unsigned troubles, recoveries;
    char trouble[1200];
};

static void put_node(struct scene *s, unsigned n, const char *uid, bool cordoned)
{
    char name[32];
    snprintf(name, sizeof name, "node-%u", n);
    fake_api_put(s->api, "nodes", NULL, name, uid, "",
                 cordoned ? ",'spec':{'unschedulable':true},'status':{'allocatable':{'cpu':'4'}}"
                          : ",'spec':{},'status':{'allocatable':{'cpu':'4'}}");
}

static void put_pod(struct scene *s, unsigned n, const char *uid, bool ready)
{
    char name[32], rest[512];
    snprintf(name, sizeof name, "pod-%u", n);
    snprintf(rest, sizeof rest,
             ",'spec':{'nodeName':'node-%u','containers':[{'name':'c','image':'i'}]},"
             "'status':{'phase':'Running','conditions':[{'type':'Ready','status':'%s'}]}",
             n % 3, ready ? "True" : "False");
    fake_api_put(s->api, "pods", "web", name, uid,
                 ",'ownerReferences':[{'apiVersion':'apps/v1','kind':'ReplicaSet','name':'rs',"
                 "'uid':'rs-1','controller':true}],'labels':{'app':'web'}",
                 rest);
}

static void put_replicas(struct scene *s, unsigned n)
{
    char rest[256];
    snprintf(rest, sizeof rest,
             ",'spec':{'replicas':%u,'selector':{'matchLabels':{'app':'web'}},'template':{"
             "'metadata':{'labels':{'app':'web'}},'spec':{'containers':[]}}}",
             n);
    fake_api_put(s->api, "replicasets", "web", "rs", "rs-1", "", rest);
}

static void put_budget(struct scene *s, const char *name, unsigned min)
{
    char rest[256];
    snprintf(rest, sizeof rest,
             ",'spec':{'minAvailable':%u,'selector':{'matchLabels':{'app':'web'}}},"
             "'status':{'disruptionsAllowed':1}",
             min);
    fake_api_put(s->api, "poddisruptionbudgets", "web", name, name, "", rest);
}

static void put_ingress(struct scene *s, const char *name)
{
    fake_api_put(s->api, "ingresses", "web", name, name, "",
                 ",'spec':{'rules':[{'http':{'paths':[{'backend':{'service':{'name':'s'}}}]}}]}");
}

static void populate(struct scene *s)
{
    s->api = fake_api_start();
    fake_api_put(s->api, "namespaces", NULL, "web", "ns-1", "", "");
    for (unsigned i = 0; i < 3; i++)
        put_node(s, i, "n1", false);
    for (unsigned i = 0; i < 9; i++)
        put_pod(s, i, "p1", true);
    put_replicas(s, 9);
    put_budget(s, "b", 7);
    put_ingress(s, "in");
}

static int try_follow(struct scene *s, const struct follow_options *how, struct err *err)
{
    struct follow_options o = *how;
    o.kube.kubeconfig = fake_api_config(s->api);
    return follow_start(&o, &s->f, err);
}

static void begin(struct scene *s, const struct follow_options *how)
{
    static const struct follow_options usual = {.trouble_ms = PATIENCE_MS};
    struct err err = {0};
    *s = (struct scene){0};
    populate(s);
    if (try_follow(s, how ? how : &usual, &err) < 0)
        fail_msg("%s", err.msg);
}

static void end(struct scene *s)
{
    follow_free(s->f);
    fake_api_stop(s->api);
}

/* Takes what is there. False when it is over. */
static bool take_all(struct scene *s, struct err *err)
{
    struct follow_item item;
    for (;;) {
        follow_next(s->f, &item, err);
        if (item.news == FOLLOW_NOTHING || item.news == FOLLOW_FAILED)
            return item.news == FOLLOW_NOTHING;
        if (item.news == FOLLOW_CHANGE)
            s->changes[item.change.kind]++;
        s->troubles += item.news == FOLLOW_TROUBLE;
        s->recoveries += item.news == FOLLOW_RECOVERED;
        if (item.news == FOLLOW_TROUBLE)
            snprintf(s->trouble, sizeof s->trouble, "%s", item.words);
    }
}

static bool is_like_new(struct scene *s, char *why, size_t cap)
{
    struct world fresh;
    world_init(&fresh);
    fake_api_load(s->api, &fresh);
    fresh.version = follow_world(s->f)->version;
    bool equal = world_equal(follow_world(s->f), &fresh, why, cap);
    world_release(&fresh);
    return equal;
}

/* Until the world is as one loaded afresh, all that was to go wrong has, and `done` (which may be
 * NULL) is content. */
static void catch_up(struct scene *s, bool (*done)(const struct scene *s))
{
    uint64_t last = http_now_ms() + PATIENCE_MS;
    char why[512] = "";
    struct err err = {0};
    for (;;) {
        if (!take_all(s, &err))
            fail_msg("it is over: %s", err.msg);
        if (is_like_new(s, why, sizeof why) && !fake_api_faults(s->api) && (!done || done(s)))
            return;
        if (http_now_ms() > last)
            fail_msg("not caught up: %s; %u faults left", why, fake_api_faults(s->api));
        poll(&(struct pollfd){.fd = follow_fd(s->f), .events = POLLIN}, 1, 20);
    }
}

/* Something of each kind changes, comes and goes. */
static void stir(struct scene *s, unsigned round)
{
    put_node(s, 0, "n1", round % 2 == 0);
    put_pod(s, 1, "p1", round % 2 != 0);
    put_pod(s, 100 + round, "p1", true);
    fake_api_delete(s->api, "pods", "web", round % 2 ? "pod-3" : "pod-4");
    put_pod(s, round % 2 ? 4 : 3, "p1", true);
    put_budget(s, round % 2 ? "b" : "c", 3 + round);
    fake_api_delete(s->api, "poddisruptionbudgets", "web", round % 2 ? "c" : "b");
    put_ingress(s, round % 2 ? "in" : "out");
    fake_api_delete(s->api, "ingresses", "web", round % 2 ? "out" : "in");
}

/* ---- when all is well ---- */

static void a_world_is_kept_current(void **state)
{
    struct scene s;
    struct follow_counts counts;
    begin(&s, NULL);
    char why[512];
    if (!is_like_new(&s, why, sizeof why))
        fail_msg("%s", why);
    assert_string_equal(follow_cluster_id(s.f), "the-cluster");
    put_node(&s, 1, "n1", true);
    put_pod(&s, 2, "p1", false);
    put_pod(&s, 20, "p1", true);
    fake_api_delete(s.api, "pods", "web", "pod-8");
    fake_api_delete(s.api, "nodes", NULL, "node-2");
    put_budget(&s, "b", 5);
    put_replicas(&s, 4);
    catch_up(&s, NULL);
    assert_int_equal(s.changes[CHANGE_NODE_CORDONED], 1);
    assert_int_equal(s.changes[CHANGE_NODE_GONE], 1);
    assert_int_equal(s.changes[CHANGE_POD_UNREADY], 1);
    assert_int_equal(s.changes[CHANGE_POD_ADDED], 1);
    assert_int_equal(s.changes[CHANGE_POD_GONE], 1);
    assert_int_equal(s.changes[CHANGE_PDB], 1);
    assert_int_equal(s.changes[CHANGE_WORKLOAD], 1);
    follow_counts(s.f, &counts);
    assert_int_equal(counts.relists, 0);
    assert_int_equal(counts.connects, 6);
    end(&s);
}

/* Who moves pods is not told where requests go. */
static void traffic_can_be_left_out(void **state)
{
    static const struct follow_options how = {.trouble_ms = PATIENCE_MS, .no_traffic = true};
    struct scene s;
    struct follow_counts counts;
    begin(&s, &how);
    follow_counts(s.f, &counts);
    assert_int_equal(counts.connects, 5);
    put_ingress(&s, "out");
    put_pod(&s, 20, "p1", true);
    while (!s.changes[CHANGE_POD_ADDED]) {
        struct err err = {0};
        poll(&(struct pollfd){.fd = follow_fd(s.f), .events = POLLIN}, 1, -1);
        if (!take_all(&s, &err))
            fail_msg("it is over: %s", err.msg);
    }
    assert_int_equal(s.changes[CHANGE_OTHER], 0);
    end(&s);
}

/* ---- when something is wrong ---- */

struct fault_case {
    const char *name;
    struct fake_fault faults[2];
    bool forget, down, relists;
};

static const struct fault_case fault_cases[] = {
    {"connections are cut", {{0}}},
    {"versions are gone", {{0}}, .forget = true, .relists = true},
    {"the server restarts", {{0}}, .down = true},
    {"the server restarts and has forgotten", {{0}}, .down = true, .forget = true, .relists = true},
    {"an event is cut", {{FAULT_CUT_BODY, .watches = true, .count = 8}}},
    {"an event is no JSON", {{FAULT_BAD_JSON, .watches = true, .count = 4}}, .relists = true},
    {"410 as an event",
     {{FAULT_ERROR_EVENT, .watches = true, .status = 410, .count = 6}},
     .relists = true},
    {"500 as an event",
     {{FAULT_ERROR_EVENT, .watches = true, .status = 500, .count = 3}},
     .relists = true},
    {"the login is refused", {{FAULT_STATUS, .watches = true, .status = 401, .count = 9}}},
    {"a server that starts forbids", {{FAULT_STATUS, .watches = true, .status = 403, .count = 9}}},
    {"a server that starts knows no kinds",
     {{FAULT_STATUS, .watches = true, .status = 404, .count = 6}}},
    {"watches are throttled", {{FAULT_STATUS, .watches = true, .status = 429, .count = 8}}},
    {"the server fails", {{FAULT_STATUS, .watches = true, .status = 500, .count = 8}}},
    {"a head never ends", {{FAULT_SILENT_HEAD, .watches = true, .count = 4}}},
    {"an event never ends", {{FAULT_SILENT_BODY, .watches = true, .count = 4}}},
    {"lists are throttled",
     {{FAULT_STATUS, .status = 429, .count = 5}},
     .forget = true,
     .relists = true},
    {"lists fail, and are cut",
     {{FAULT_STATUS, .status = 500, .count = 3}, {FAULT_CUT_BODY, .count = 4}},
     .forget = true,
     .relists = true},
    {"the login is refused to lists",
     {{FAULT_STATUS, .status = 401, .count = 5}},
     .forget = true,
     .relists = true},
};

static void check_fault(const struct fault_case *c)
{
    static const struct follow_options how = {.trouble_ms = PATIENCE_MS, .idle_ms = 400};
    struct scene s;
    struct follow_counts counts;
    begin(&s, &how);
    stir(&s, 0);
    catch_up(&s, NULL);
    if (c->down)
        fake_api_down(s.api);
    for (size_t i = 0; i < ARRAY_LEN(c->faults); i++)
        if (c->faults[i].count)
            fake_api_fault(s.api, c->faults[i]);
    stir(&s, 1);
    if (c->down)
        fake_api_up(s.api);
    if (c->forget)
        fake_api_forget(s.api);
    else
        fake_api_cut(s.api);
    stir(&s, 2);
    catch_up(&s, NULL);
    follow_counts(s.f, &counts);
    if ((counts.relists != 0) != c->relists)
        fail_msg("%s: %u relists", c->name, (unsigned)counts.relists);
    end(&s);
}

static void whatever_happens_the_world_is_right_in_the_end(void **state)
{
    for (size_t i = 0; i < ARRAY_LEN(fault_cases); i++) {
        print_message("%s\n", fault_cases[i].name);
        check_fault(&fault_cases[i]);
    }
}

static bool all_watch(const struct scene *s)
{
    return fake_api_watches(s->api) == 6;
}

/* What nobody told: gone, and replaced by another of the same name. */
static void what_happened_during_an_outage_is_found(void **state)
{
    struct scene s;
    begin(&s, NULL);
    catch_up(&s, all_watch);
    memset(s.changes, 0, sizeof s.changes);
    fake_api_down(s.api);
    fake_api_delete(s.api, "pods", "web", "pod-1");
    fake_api_delete(s.api, "nodes", NULL, "node-0");
    fake_api_delete(s.api, "poddisruptionbudgets", "web", "b");
    fake_api_delete(s.api, "ingresses", "web", "in");
    put_pod(&s, 2, "p2", true);
    put_node(&s, 1, "n2", false);
    fake_api_up(s.api);
    fake_api_forget(s.api);
    catch_up(&s, NULL);
    assert_int_equal(s.changes[CHANGE_POD_GONE], 2);
    assert_int_equal(s.changes[CHANGE_POD_ADDED], 1);
    assert_int_equal(s.changes[CHANGE_NODE_GONE], 2);
    assert_int_equal(s.changes[CHANGE_NODE_ADDED], 1);
    assert_int_equal(s.changes[CHANGE_PDB], 1);
    end(&s);
}

/* ---- what is told about contact ---- */

static bool is_in_trouble(const struct scene *s)
{
    return s->troubles == 1;
}

static bool has_recovered(const struct scene *s)
{
    return s->recoveries == 1;
}

static void trouble_is_told_and_its_end(void **state)
{
    static const struct follow_options how = {.trouble_ms = 1};
    struct scene s;
    begin(&s, &how);
    catch_up(&s, all_watch);
    int64_t before = follow_contact_ms(s.f);
    fake_api_down(s.api);
    catch_up(&s, is_in_trouble);
    assert_non_null(strstr(s.trouble, "the cluster cannot be followed"));
    assert_int_equal(s.recoveries, 0);
    fake_api_up(s.api);
    catch_up(&s, has_recovered);
    assert_int_equal(s.troubles, 1);
    assert_true(follow_contact_ms(s.f) >= before);
    end(&s);
}

static void the_ordinary_end_of_a_watch_is_no_trouble(void **state)
{
    struct follow_counts counts;
    struct scene s;
    begin(&s, NULL);
    for (unsigned i = 0; i < 5; i++) {
        stir(&s, i);
        catch_up(&s, all_watch);
        fake_api_cut(s.api);
    }
    catch_up(&s, all_watch);
    follow_counts(s.f, &counts);
    assert_int_equal(s.troubles, 0);
    assert_int_equal(counts.relists, 0);
    assert_true(counts.connects >= 12);
    end(&s);
}

static void it_gives_up_when_asked_to(void **state)
{
    static const struct follow_options how = {.trouble_ms = 1, .give_up_ms = 50};
    struct scene s;
    struct err err = {0};
    begin(&s, &how);
    fake_api_down(s.api);
    while (take_all(&s, &err))
        poll(&(struct pollfd){.fd = follow_fd(s.f), .events = POLLIN}, 1, PATIENCE_MS);
    assert_int_equal(err.class, ERR_REMOTE);
    assert_non_null(strstr(err.msg, "no contact with the cluster"));
    assert_non_null(strstr(err.hint, "readyz"));
    err_clear(&err);
    assert_false(take_all(&s, &err));
    assert_int_equal(err.class, ERR_REMOTE);
    fake_api_up(s.api);
    end(&s);
}

/* ---- what may not be read ---- */

static void refuse_to_start(const struct fake_fault *fault, enum err_class class, const char *words)
{
    static const struct follow_options usual = {.trouble_ms = 1};
    struct scene s = {0};
    struct err err = {0};
    populate(&s);
    fake_api_fault(s.api, *fault);
    assert_int_equal(try_follow(&s, &usual, &err), -1);
    assert_null(s.f);
    if (err.class != class || !strstr(err.msg, words))
        fail_msg("%s", err.msg);
    fake_api_stop(s.api);
}

static void without_the_essential_there_is_no_start(void **state)
{
    static const char *const needed[] = {"nodes", "pods", "poddisruptionbudgets"};
    for (size_t i = 0; i < ARRAY_LEN(needed); i++)
        for (unsigned watches = 0; watches < 2; watches++) {
            const struct fake_fault fault = {FAULT_STATUS, watches, needed[i], .status = 403,
                                             .count = 99};
            refuse_to_start(&fault, ERR_DENIED, needed[i]);
        }
}

static const struct follow_gap *find_gap(const struct scene *s, const char *subject)
{
    const struct follow_gap *gaps;
    size_t n = follow_gaps(s->f, &gaps);
    for (size_t i = 0; i < n; i++)
        if (strcmp(gaps[i].subject, subject) == 0)
            return &gaps[i];
    fail_msg("no gap for %s", subject);
    return NULL;
}

static void what_may_not_be_read_is_a_gap(void **state)
{
    static const struct follow_options usual = {.trouble_ms = 1};
    struct scene s = {0};
    struct err err = {0};
    const struct follow_gap *gaps;
    populate(&s);
    fake_api_fault(s.api, (struct fake_fault){FAULT_STATUS, false, "replicasets", 403, 1});
    fake_api_fault(s.api, (struct fake_fault){FAULT_STATUS, true, "ingresses", 403, 1});
    if (try_follow(&s, &usual, &err) < 0)
        fail_msg("%s", err.msg);
    assert_non_null(strstr(find_gap(&s, "replicasets")->what, "may not list"));
    assert_non_null(strstr(find_gap(&s, "ingresses")->what, "not watched"));
    size_t n = follow_gaps(s.f, &gaps);
    for (size_t i = 0; i < n; i++)
        assert_non_null(gaps[i].assumed);
    end(&s);
}

/* ---- ends ---- */

/* Whoever does not listen for long holds the server back, not memory; and can still leave. */
static void a_full_queue_does_not_keep_from_leaving(void **state)
{
    struct scene s;
    struct follow_counts counts;
    char *large = malloc((size_t)1 << 20);
    begin(&s, NULL);
    memset(large, 'x', ((size_t)1 << 20) - 1);
    memcpy(large, ",'spec':{'x':'", 14);
    strcpy(large + ((size_t)1 << 20) - 4, "'}");
    for (unsigned i = 0; i < 40; i++)
        fake_api_put(s.api, "pods", "web", "large", "l", "", large);
    poll(&(struct pollfd){.fd = follow_fd(s.f), .events = POLLIN}, 1, -1);
    follow_counts(s.f, &counts);
    assert_int_equal(counts.events, 0);
    free(large);
    end(&s);
}

static void it_can_end_at_any_time(void **state)
{
    static const struct follow_options how = {.trouble_ms = 1};
    for (unsigned i = 0; i < 4; i++) {
        struct scene s;
        begin(&s, &how);
        if (i == 1)
            fake_api_cut(s.api);
        if (i == 2)
            fake_api_fault(s.api, (struct fake_fault){FAULT_SILENT_HEAD, .count = 9});
        if (i >= 2)
            fake_api_forget(s.api);
        if (i == 3)
            stir(&s, 0);
        end(&s);
    }
}

/* ---- chance ---- */

static uint32_t below(uint64_t *r, uint32_t n)
{
    *r = *r * 6364136223846793005u + 1442695040888963407u;
    return (uint32_t)(*r >> 33) % n;
}

static void change_something(struct scene *s, uint64_t *r)
{
    char name[32];
    uint32_t n = below(r, 12);
    switch (below(r, 9)) {
    case 0:
        put_node(s, n % 4, below(r, 5) ? "n1" : "n2", below(r, 2));
        break;
    case 1:
        snprintf(name, sizeof name, "node-%u", n % 4);
        fake_api_delete(s->api, "nodes", NULL, name);
        break;
    case 2:
    case 3:
    case 4:
        snprintf(name, sizeof name, "p%u", below(r, 4) / 3);
        put_pod(s, n, name, below(r, 2));
        break;
    case 5:
        snprintf(name, sizeof name, "pod-%u", n);
        fake_api_delete(s->api, "pods", "web", name);
        break;
    case 6:
        put_replicas(s, below(r, 9));
        break;
    case 7:
        put_budget(s, below(r, 2) ? "b" : "c", below(r, 9));
        break;
    default:
        fake_api_delete(s->api, "replicasets", "web", "rs");
    }
}

static void break_something(struct scene *s, uint64_t *r)
{
    static const int statuses[] = {401, 403, 404, 410, 429, 500, 503};
    struct fake_fault f = {.kind = (enum fake_fault_kind)below(r, 6),
                           .watches = below(r, 2),
                           .status = statuses[below(r, ARRAY_LEN(statuses))],
                           .count = 1};
    if (!f.watches && (f.kind == FAULT_SILENT_HEAD || f.kind == FAULT_SILENT_BODY))
        f.kind = FAULT_CUT_BODY;
    if (fake_api_faults(s->api) < 3)
        fake_api_fault(s->api, f);
    if (f.watches && below(r, 2))
        fake_api_cut(s->api);
    else
        fake_api_forget(s->api);
}

static bool without_faults(const struct scene *s)
{
    return fake_api_faults(s->api) == 0;
}

static void chance_does_not_confuse_it(void **state)
{
    static const struct follow_options how = {.trouble_ms = 1, .idle_ms = 300};
    struct err err = {0};
    for (uint64_t seed = 1; seed <= 3; seed++) {
        uint64_t r = seed;
        struct scene s;
        begin(&s, &how);
        for (unsigned i = 0; i < 300; i++) {
            change_something(&s, &r);
            if (below(&r, 25) == 0)
                break_something(&s, &r);
            if (below(&r, 8) == 0 && !take_all(&s, &err))
                fail_msg("seed %u: %s", (unsigned)seed, err.msg);
        }
        /* What is left to go wrong needs requests to go wrong with. */
        fake_api_forget(s.api);
        catch_up(&s, without_faults);
        end(&s);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_world_is_kept_current),
        cmocka_unit_test(traffic_can_be_left_out),
        cmocka_unit_test(whatever_happens_the_world_is_right_in_the_end),
        cmocka_unit_test(what_happened_during_an_outage_is_found),
        cmocka_unit_test(trouble_is_told_and_its_end),
        cmocka_unit_test(the_ordinary_end_of_a_watch_is_no_trouble),
        cmocka_unit_test(it_gives_up_when_asked_to),
        cmocka_unit_test(without_the_essential_there_is_no_start),
        cmocka_unit_test(what_may_not_be_read_is_a_gap),
        cmocka_unit_test(a_full_queue_does_not_keep_from_leaving),
        cmocka_unit_test(it_can_end_at_any_time),
        cmocka_unit_test(chance_does_not_confuse_it),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
