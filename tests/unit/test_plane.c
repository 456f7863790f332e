/* Load balancers in front of simulated pods: what requests get while pods come and go. */
#include "base/err.h"
#include "pocket/plane/plane.h"
#include "sim/sim.h"
#include "sim_world.h"
#include "unit.h"

#include "base/must.h"

#include <stdio.h>

struct scene {
    struct world w;
    struct cloud cloud;
    struct sim *s;
    struct plane *p;
    struct plane_times times;
    uint32_t nodes[3], rs, service;
    int64_t now;
};

static void on_change(void *ctx, const struct world_change *c, int64_t now_ms)
{
    struct scene *sc = ctx;
    if (sc->p)
        plane_changed(sc->p, c, now_ms);
}

struct want {
    int prestop_s, grace_s;
    bool gate, instances, local, nobody_owns;
    unsigned pods; /* 0: 4 */
};

static struct selector select_app(struct world *w, const char *app)
{
    uint32_t *value = arena_new(&w->arena, uint32_t);
    struct requirement *r = arena_new(&w->arena, struct requirement);
    *value = sw_id(w, app);
    *r = (struct requirement){
        .key = sw_id(w, "app"), .op = LABEL_IN, .values = value, .value_count = 1};
    return (struct selector){r, 1, false};
}

static void populate(struct scene *sc, const struct want *want)
{
    static const char *const zones[] = {"a", "b", "c"};
    char text[64];
    cloud_init(&sc->cloud);
    sw_init(&sc->w, 30);
    for (unsigned i = 0; i < 3; i++) {
        snprintf(text, sizeof text, "n%u", i);
        sc->nodes[i] = sw_node(&sc->w, text, zones[i]);
        snprintf(text, sizeof text, "aws:///%s/i-%u", zones[i], i);
        sc->w.nodes.items[sc->nodes[i]].provider_id = sw_id(&sc->w, text);
    }
    unsigned pods = want->pods ? want->pods : 4;
    sc->rs = want->nobody_owns ? WORLD_NONE : sw_deployment(&sc->w, "web", (int32_t)pods);
    struct world_class c = sw_class(&sc->w, "web");
    c.prestop_s = want->prestop_s;
    c.grace_s = want->grace_s ? want->grace_s : 60;
    c.lb_gates = c.readiness_gates = want->gate;
    c.readiness = (struct probe){true, 0, 5, 1};
    uint32_t class = world_class_put(&sc->w, &c);
    if (sc->rs != WORLD_NONE)
        sc->w.workloads.items[sc->rs].template = class;
    for (unsigned i = 0; i < pods; i++)
        sw_pod(&sc->w, class, sc->rs, sc->nodes[i % 3]);
    struct world_service s = {.ns = sw_id(&sc->w, "shop"),
                              .name = sw_id(&sc->w, "web"),
                              .used = true,
                              .selector = select_app(&sc->w, "web"),
                              .type = 'C',
                              .local_traffic = want->local,
                              .ip_targets = !want->instances,
                              .ingress_backend = true};
    must_push(&sc->w.services, s);
}

static void start(struct scene *sc, const struct want *want)
{
    *sc = (struct scene){.times = plane_times_default};
    populate(sc, want);
    struct sim_options o = {.seed = 1, .grows = &sc->w, .on_change = on_change, .ctx = sc};
    sc->s = sim_new(&sc->w, NULL, &o);
    const struct plane_options po = {.world = sim_world(sc->s),
                                     .cloud = &sc->cloud,
                                     .region = "eu-west-1",
                                     .account = "111122223333",
                                     .seed = 1,
                                     .times = &sc->times};
    sc->p = plane_new(&po);
}

static void end(struct scene *sc)
{
    plane_free(sc->p);
    sim_free(sc->s);
    cloud_release(&sc->cloud);
    world_release(&sc->w);
}

static void run_to(struct scene *sc, int64_t at)
{
    sim_run(sc->s, at);
    sc->now = at;
}

static struct plane_flight begin(struct scene *sc, int64_t takes_ms)
{
    struct plane_balancer *b = plane_balancer_at(sc->p, 0);
    const struct plane_ask ask = {SV("GET"), SV("web.example"), SV("/"), takes_ms};
    struct plane_flight f;
    plane_begin(sc->p, b, b->listeners.items[0], &ask, sc->now, &f);
    return f;
}

static int finish(struct plane_flight *f)
{
    int status = plane_end(f);
    plane_flight_release(f);
    return status;
}

static int ask(struct scene *sc)
{
    struct plane_flight f = begin(sc, 0);
    return finish(&f);
}

/* A request each 100 ms; how many got which status. */
struct got {
    unsigned ok, bad, timed_out, none;
    int64_t last_bad;
};
static struct got load(struct scene *sc, int64_t until)
{
    struct got got = {0};
    for (int64_t at = sc->now; at < until; at += 100) {
        run_to(sc, at);
        int status = ask(sc);
        got.ok += status == 200;
        got.bad += status == 502;
        got.timed_out += status == 504;
        got.none += status == 503;
        if (status != 200)
            got.last_bad = at;
    }
    run_to(sc, until);
    return got;
}

static struct plane_group *group(struct scene *sc)
{
    return plane_group_at(sc->p, 0);
}

static unsigned in_state(struct scene *sc, enum elbv2_state state)
{
    struct plane_group *g = group(sc);
    unsigned n = 0;
    vec_foreach(t, &g->targets)
        n += plane_health(sc->p, g, t, sc->now).state == state;
    return n;
}

/* ---- requests while pods move ---- */

static void test_all_pods_get_requests_in_turn(void **state)
{
    struct scene sc;
    (void)state;
    start(&sc, &(struct want){0});
    unsigned seen[16] = {0};
    for (int i = 0; i < 40; i++) {
        struct plane_flight f = begin(&sc, 0);
        assert_non_null(f.pod);
        assert_string_equal(f.pod->ns, "shop");
        assert_string_equal(f.pod->node, sc.nodes[f.pod->pod % 3] == 0   ? "n0"
                                         : sc.nodes[f.pod->pod % 3] == 1 ? "n1"
                                                                         : "n2");
        seen[f.pod->pod]++;
        assert_int_equal(finish(&f), 200);
    }
    for (int i = 0; i < 4; i++)
        assert_int_equal(seen[i], 10);
    assert_int_equal(plane_balancer_at(sc.p, 0)->answers[200], 40);
    assert_int_equal(in_state(&sc, ELBV2_HEALTHY), 4);
    end(&sc);
}

static struct got evict_under_load(const struct want *want)
{
    struct scene sc;
    start(&sc, want);
    struct got before = load(&sc, 60000);
    assert_int_equal(before.ok, 600);
    sim_evict(sc.s, 0, -1, false);
    struct got got = load(&sc, 400000);
    assert_int_equal(in_state(&sc, ELBV2_HEALTHY), want->pods ? want->pods : 4);
    assert_int_equal(in_state(&sc, ELBV2_DRAINING), 0);
    end(&sc);
    return got;
}

static void test_a_pod_without_prestop_refuses_requests(void **state)
{
    (void)state;
    struct got got = evict_under_load(&(struct want){0});
    assert_in_range(got.bad, 3, 40); /* each fourth request for up to 12.5 s */
    assert_in_range(got.last_bad, 60000, 72500);
    assert_int_equal(got.none + got.timed_out, 0);
}

static void test_a_short_prestop_is_not_enough(void **state)
{
    (void)state;
    struct got got = evict_under_load(&(struct want){.prestop_s = 2});
    assert_in_range(got.bad, 1, 40);
    assert_in_range(got.last_bad, 62000, 72500);
}

static void test_a_proper_prestop_loses_nothing(void **state)
{
    (void)state;
    struct got got = evict_under_load(&(struct want){.prestop_s = 15, .grace_s = 60});
    assert_int_equal(got.bad + got.none + got.timed_out, 0);
    got = evict_under_load(&(struct want){.prestop_s = 15, .grace_s = 60, .gate = true});
    assert_int_equal(got.bad + got.none + got.timed_out, 0);
}

/* preStop may not be longer than the grace: the program ends with it. */
static void test_a_grace_shorter_than_prestop_cuts_it(void **state)
{
    (void)state;
    struct got got = evict_under_load(&(struct want){.prestop_s = 15, .grace_s = 2});
    assert_true(got.bad > 0);
}

static void test_nobody_left_is_503(void **state)
{
    struct scene sc;
    (void)state;
    start(&sc, &(struct want){.nobody_owns = true, .pods = 2, .prestop_s = 20});
    sim_delete_pod(sc.s, 0, -1);
    sim_delete_pod(sc.s, 1, -1);
    struct got got = load(&sc, 60000);
    assert_int_equal(got.bad, 0);
    assert_true(got.ok > 20);
    assert_true(got.none > 400);
    assert_int_equal(ask(&sc), 503);
    assert_true(plane_balancer_at(sc.p, 0)->empty > 400);
    end(&sc);
}

static void test_requests_under_way_end_with_the_grace(void **state)
{
    struct scene sc;
    (void)state;
    start(&sc, &(struct want){.pods = 1, .nobody_owns = true, .prestop_s = 5, .grace_s = 20});
    run_to(&sc, 1000);
    struct plane_flight kept = begin(&sc, 15000), lost = begin(&sc, 25000);
    sim_delete_pod(sc.s, 0, -1);
    run_to(&sc, 3000);
    struct plane_flight later = begin(&sc, 1000);
    run_to(&sc, 40000);
    /* The program ends with its last request, or at its grace: what takes longer is lost. */
    assert_int_equal(finish(&lost), 502);
    assert_int_equal(finish(&later), 200);
    assert_int_equal(plane_balancer_at(sc.p, 0)->lost, 1);
    plane_flight_release(&kept);
    end(&sc);
}

static void test_a_dead_machine_is_504_until_checks_notice(void **state)
{
    struct scene sc;
    (void)state;
    start(&sc, &(struct want){.pods = 3});
    load(&sc, 30000);
    sim_node_die(sc.s, sc.nodes[1]);
    struct got got = load(&sc, 180000);
    assert_true(got.timed_out > 20);
    assert_int_equal(got.bad, 0);
    /* Two checks of 15 s each, at most. */
    assert_in_range(got.last_bad, 31000, 61000);
    end(&sc);
}

/* ---- targets and their states ---- */

static void test_a_new_target_passes_through_its_states(void **state)
{
    struct scene sc;
    bool initial = false, draining = false, registering = false;
    (void)state;
    start(&sc, &(struct want){0});
    run_to(&sc, 1000);
    sim_evict(sc.s, 0, -1, false);
    for (; sc.now < 400000; run_to(&sc, sc.now + 500)) {
        struct plane_group *g = group(&sc);
        vec_foreach(t, &g->targets) {
            struct plane_health h = plane_health(sc.p, g, t, sc.now);
            initial |= h.state == ELBV2_INITIAL;
            registering |= h.reason && !strcmp(h.reason, "Elb.RegistrationInProgress");
            if (h.state == ELBV2_DRAINING) {
                draining = true;
                assert_string_equal(h.reason, "Target.DeregistrationInProgress");
                assert_in_range(sc.now, 1400, 303500 + 500);
            }
        }
        ask(&sc);
    }
    assert_true(initial && draining && registering);
    assert_int_equal(in_state(&sc, ELBV2_HEALTHY), 4);
    assert_int_equal(in_state(&sc, ELBV2_DRAINING), 0);
    end(&sc);
}

static void test_a_gated_pod_is_ready_when_its_target_is_healthy(void **state)
{
    struct scene sc;
    uint32_t fresh = WORLD_NONE;
    bool waited = false;
    (void)state;
    start(&sc, &(struct want){.gate = true, .prestop_s = 15});
    sim_evict(sc.s, 0, -1, false);
    for (; sc.now < 200000; run_to(&sc, sc.now + 250)) {
        struct plane_group *g = group(&sc);
        ask(&sc);
        vec_foreach(t, &g->targets) {
            if (!t->pod || t->pod->pod == WORLD_NONE || t->leaves != PLANE_NEVER)
                continue;
            enum elbv2_state health = plane_health(sc.p, g, t, sc.now).state;
            bool ready = sim_world(sc.s)->pods.items[t->pod->pod].ready;
            if (health == ELBV2_UNUSED)
                continue;
            assert_int_equal(ready, health == ELBV2_HEALTHY);
            waited |= health == ELBV2_INITIAL;
            if (health == ELBV2_INITIAL)
                fresh = t->pod->pod;
        }
    }
    assert_true(waited);
    assert_int_not_equal(fresh, WORLD_NONE);
    end(&sc);
}

static void test_client_registers_and_deregisters(void **state)
{
    struct scene sc;
    (void)state;
    start(&sc, &(struct want){.pods = 1});
    struct plane_group *g = plane_add_group(sc.p, "by-hand", false, 8080, sc.now);
    plane_register(sc.p, g, "10.64.0.0", 0, sc.now);
    plane_register(sc.p, g, "10.1.2.3", 9090, sc.now);
    assert_int_equal(g->targets.len, 2);
    struct plane_health h = plane_health(sc.p, g, &g->targets.items[0], sc.now);
    assert_int_equal(h.state, ELBV2_UNUSED);
    assert_string_equal(h.reason, "Target.NotInUse");
    struct plane_rule *r = plane_balancer_at(sc.p, 0)->listeners.items[0]->rules.items[0];
    r->actions.items[0].target_group = g->arn;
    run_to(&sc, 120000);
    assert_int_equal(plane_health(sc.p, g, &g->targets.items[0], sc.now).state, ELBV2_HEALTHY);
    h = plane_health(sc.p, g, &g->targets.items[1], sc.now);
    assert_int_equal(h.state, ELBV2_UNHEALTHY);
    assert_string_equal(h.reason, "Target.Timeout");
    assert_int_equal(ask(&sc), 200);
    assert_true(plane_deregister(sc.p, g, "10.64.0.0", 0, sc.now));
    assert_false(plane_deregister(sc.p, g, "10.64.0.9", 0, sc.now));
    h = plane_health(sc.p, g, &g->targets.items[0], sc.now);
    assert_int_equal(h.state, ELBV2_DRAINING);
    run_to(&sc, 140000); /* only the unhealthy one is left: it fails open */
    assert_int_equal(ask(&sc), 504);
    run_to(&sc, 421000);
    ask(&sc);
    assert_int_equal(g->targets.len, 1);
    end(&sc);
}

/* ---- nodes as targets ---- */

static void test_nodes_send_to_pods_by_kube_proxy(void **state)
{
    (void)state;
    struct got got = evict_under_load(&(struct want){.instances = true, .pods = 3});
    assert_in_range(got.bad, 1, 10); /* each third request for the second until rules change */
    got = evict_under_load(&(struct want){.instances = true, .pods = 3, .prestop_s = 5});
    assert_int_equal(got.bad, 0);
}

static void test_local_traffic_needs_a_pod_on_the_node(void **state)
{
    struct scene sc;
    (void)state;
    start(&sc, &(struct want){.instances = true, .local = true, .pods = 2, .nobody_owns = true});
    load(&sc, 60000);
    assert_int_equal(in_state(&sc, ELBV2_HEALTHY), 2);
    assert_int_equal(in_state(&sc, ELBV2_UNHEALTHY), 1);
    assert_int_equal(load(&sc, 120000).ok, 600);
    end(&sc);
}

static void test_a_node_that_goes_is_deregistered(void **state)
{
    struct scene sc;
    (void)state;
    start(&sc, &(struct want){.instances = true, .pods = 3});
    run_to(&sc, 1000);
    sim_node_terminate(sc.s, sc.nodes[2]);
    struct got got = load(&sc, 120000);
    assert_true(got.timed_out > 5);
    assert_int_equal(in_state(&sc, ELBV2_HEALTHY), 2);
    assert_int_equal(in_state(&sc, ELBV2_DRAINING), 1);
    assert_int_equal(load(&sc, 140000).ok, 200);
    end(&sc);
}

/* ---- when nobody asks ---- */

static uint32_t some_pod(struct scene *sc, unsigned n)
{
    const struct world *w = sim_world(sc->s);
    uint32_t found = WORLD_NONE;
    world_each_pod(w, p)
        if (!w->pods.items[p].deleting && n-- == 0)
            found = p;
    return found;
}

/* The same pods leave at the same times; one of the two is asked all the time, one never. */
static void play(struct scene *sc, const struct want *want, unsigned first, bool asked)
{
    unsigned seed = first;
    start(sc, want);
    for (unsigned i = 0; i < 30; i++) {
        seed = seed * 1103515245u + 12345u;
        uint32_t pod = some_pod(sc, (seed >> 16) % 4);
        if (pod != WORLD_NONE)
            sim_delete_pod(sc->s, pod, -1);
        if (i == 20 + first % 9)
            sim_node_die(sc->s, sc->nodes[2]);
        int64_t until = sc->now + 1000 + (seed >> 8) % 60000;
        while (asked && sc->now + 700 < until) {
            run_to(sc, sc->now + 700);
            ask(sc);
        }
        run_to(sc, until);
    }
}

static struct plane_target *same_target(struct plane_group *g, const struct plane_target *of)
{
    vec_foreach(t, &g->targets)
        if (strcmp(t->id, of->id) == 0)
            return t;
    fail_msg("%s is no target", of->id);
    return NULL;
}

static void test_health_does_not_depend_on_who_asks(void **state)
{
    const struct want kinds[] = {{0},
                                 {.gate = true, .prestop_s = 10},
                                 {.instances = true},
                                 {.instances = true, .local = true, .prestop_s = 3}};
    (void)state;
    for (unsigned i = 0; i < 40; i++) {
        struct scene a, b;
        play(&a, &kinds[i % 4], i, true);
        play(&b, &kinds[i % 4], i, false);
        ask(&a);
        ask(&b);
        struct plane_group *g = group(&a), *h = group(&b);
        assert_int_equal(a.now, b.now);
        assert_int_equal(g->targets.len, h->targets.len);
        vec_foreach(t, &g->targets)
            assert_int_equal(plane_health(a.p, g, t, a.now).state,
                             plane_health(b.p, h, same_target(h, t), b.now).state);
        end(&a);
        end(&b);
    }
}

static void test_pods_that_are_gone_are_forgotten(void **state)
{
    struct scene sc;
    (void)state;
    start(&sc, &(struct want){0});
    for (unsigned i = 0; i < 1000; i++) {
        uint32_t pod = some_pod(&sc, i % 4);
        if (pod != WORLD_NONE)
            sim_delete_pod(sc.s, pod, -1);
        run_to(&sc, sc.now + 20000);
    }
    assert_in_range(group(&sc)->pods.len, 4, 200);
    run_to(&sc, sc.now + INT64_C(30) * 86400 * 1000); /* a month in which nobody asks */
    assert_int_equal(ask(&sc), 200);
    assert_int_equal(in_state(&sc, ELBV2_HEALTHY), 4);
    end(&sc);
}

static const char *own_address(const void *ctx, uint32_t pod, char out[static ADDRESS_TEXT_MAX])
{
    (void)ctx;
    snprintf(out, ADDRESS_TEXT_MAX, "192.0.2.%u", pod & 255);
    return out;
}

static void test_addresses_are_those_of_the_pods(void **state)
{
    struct scene sc = {.times = plane_times_default};
    (void)state;
    populate(&sc, &(struct want){.pods = 2});
    const struct plane_options po = {
        .world = &sc.w, .region = "eu-west-1", .account = "1", .seed = 1, .address = own_address};
    sc.p = plane_new(&po);
    assert_string_equal(group(&sc)->targets.items[1].id, "192.0.2.1");
    struct plane_group *g = plane_add_group(sc.p, "by-hand", false, 8080, 0);
    plane_register(sc.p, g, "192.0.2.1", 0, 0);
    assert_int_equal(g->targets.items[0].pod->pod, 1);
    plane_free(sc.p);
    cloud_release(&sc.cloud);
    world_release(&sc.w);
}

/* ---- rules ---- */

static struct elbv2_action *add_action(struct plane_rule *r, const char *type)
{
    struct elbv2_action *a = shape_list_add(&r->actions, sizeof *a, &r->texts);
    a->type = type;
    return a;
}

static void add_condition(struct plane_rule *r, const char *field, const char *value)
{
    struct plane_condition c = {.field = field};
    const char **text = shape_list_add(&c.values, sizeof *text, &r->texts);
    *text = value;
    must_push(&r->conditions, c);
}

static int ask_for(struct scene *sc, const char *host, const char *path, char *location)
{
    struct plane_balancer *b = plane_balancer_at(sc->p, 0);
    const struct plane_ask ask = {SV("GET"), sv_of(host), sv_of(path), 0};
    struct plane_flight f;
    plane_begin(sc->p, b, b->listeners.items[0], &ask, sc->now, &f);
    if (location)
        snprintf(location, 600, "%s", f.location ? f.location : "");
    return finish(&f);
}

static void test_rules_are_asked_by_priority(void **state)
{
    struct scene sc;
    char location[600];
    (void)state;
    start(&sc, &(struct want){0});
    struct plane_listener *l = plane_balancer_at(sc.p, 0)->listeners.items[0];
    struct plane_rule *old = plane_add_rule(sc.p, l, 20), *first = plane_add_rule(sc.p, l, 10);
    add_condition(old, "path-pattern", "/old/*");
    add_action(old, "redirect")->redirect = (struct elbv2_redirect){.protocol = "HTTPS",
                                                                    .port = "443",
                                                                    .host = "new.#{host}",
                                                                    .path = "/#{path}",
                                                                    .status = "HTTP_302"};
    add_condition(first, "host-header", "*.Closed.example");
    add_condition(first, "path-pattern", "/old/?");
    add_action(first, "fixed-response")->fixed = (struct elbv2_fixed){"shut", "410", "text/plain"};
    assert_ptr_equal(l->rules.items[0], first);
    assert_ptr_equal(l->rules.items[1], old);
    assert_int_equal(l->rules.items[2]->priority, 0);
    assert_int_equal(ask_for(&sc, "a.closed.example", "/old/x", NULL), 410);
    assert_int_equal(ask_for(&sc, "a.closed.example", "/old/xy", location), 302);
    assert_string_equal(location, "https://new.a.closed.example:443/old/xy");
    assert_int_equal(ask_for(&sc, "a.closed.example", "/", NULL), 200);
    plane_drop_rule(sc.p, first);
    assert_int_equal(ask_for(&sc, "a.closed.example", "/old/x", NULL), 302);
    end(&sc);
}

static void test_weights_share_the_requests(void **state)
{
    struct scene sc;
    (void)state;
    start(&sc, &(struct want){0});
    struct plane_group *empty = plane_add_group(sc.p, "empty", false, 80, 0);
    struct plane_rule *r = plane_balancer_at(sc.p, 0)->listeners.items[0]->rules.items[0];
    struct elbv2_forward *f = &r->actions.items[0].forward;
    struct elbv2_weighted_group *one =
        shape_list_add(&f->groups, sizeof *f->groups.items, &r->texts);
    *one = (struct elbv2_weighted_group){group(&sc)->arn, shape_int(3)};
    one = shape_list_add(&f->groups, sizeof *f->groups.items, &r->texts);
    *one = (struct elbv2_weighted_group){empty->arn, shape_int(1)};
    struct got got = load(&sc, 40000);
    assert_int_equal(got.ok, 300);
    assert_int_equal(got.none, 100);
    end(&sc);
}

/* ---- services ---- */

static void test_a_group_that_aws_told_of_is_taken_over(void **state)
{
    struct scene sc = {.times = plane_times_default};
    (void)state;
    populate(&sc, &(struct want){0});
    must_push(&sc.cloud.target_groups,
              (struct cloud_target_group){.arn = "arn:aws:elasticloadbalancing:eu-west-1:1:tg/x",
                                          .name = "k8s-shop-web-0123456789",
                                          .target_type = "ip",
                                          .port = 9000,
                                          .deregistration_delay_s = 17,
                                          .health_interval_s = 7,
                                          .healthy_threshold = 2});
    const struct plane_options po = {
        .world = &sc.w, .cloud = &sc.cloud, .region = "eu-west-1", .account = "1", .seed = 1};
    sc.p = plane_new(&po);
    struct plane_group *g = group(&sc);
    assert_string_equal(g->arn, "arn:aws:elasticloadbalancing:eu-west-1:1:tg/x");
    assert_int_equal(g->delay_s, 17);
    assert_int_equal(g->interval_s, 7);
    assert_int_equal(g->targets.items[0].port, 9000);
    assert_true(plane_uses(sc.p, plane_balancer_at(sc.p, 0), g->arn));
    sc.w.services.items[0].used = false;
    plane_look(sc.p, 1000);
    assert_int_equal(plane_balancer_count(sc.p), 0);
    assert_int_equal(plane_group_count(sc.p), 0);
    sc.w.services.items[0].used = true;
    plane_look(sc.p, 2000);
    assert_int_equal(plane_balancer_count(sc.p), 1);
    assert_int_equal(group(&sc)->targets.len, 4);
    assert_int_equal(group(&sc)->targets.items[0].health, ELBV2_INITIAL);
    plane_free(sc.p);
    cloud_release(&sc.cloud);
    world_release(&sc.w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_all_pods_get_requests_in_turn),
        cmocka_unit_test(test_a_pod_without_prestop_refuses_requests),
        cmocka_unit_test(test_a_short_prestop_is_not_enough),
        cmocka_unit_test(test_a_proper_prestop_loses_nothing),
        cmocka_unit_test(test_a_grace_shorter_than_prestop_cuts_it),
        cmocka_unit_test(test_nobody_left_is_503),
        cmocka_unit_test(test_requests_under_way_end_with_the_grace),
        cmocka_unit_test(test_a_dead_machine_is_504_until_checks_notice),
        cmocka_unit_test(test_a_new_target_passes_through_its_states),
        cmocka_unit_test(test_a_gated_pod_is_ready_when_its_target_is_healthy),
        cmocka_unit_test(test_client_registers_and_deregisters),
        cmocka_unit_test(test_nodes_send_to_pods_by_kube_proxy),
        cmocka_unit_test(test_local_traffic_needs_a_pod_on_the_node),
        cmocka_unit_test(test_a_node_that_goes_is_deregistered),
        cmocka_unit_test(test_health_does_not_depend_on_who_asks),
        cmocka_unit_test(test_pods_that_are_gone_are_forgotten),
        cmocka_unit_test(test_addresses_are_those_of_the_pods),
        cmocka_unit_test(test_rules_are_asked_by_priority),
        cmocka_unit_test(test_weights_share_the_requests),
        cmocka_unit_test(test_a_group_that_aws_told_of_is_taken_over),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
