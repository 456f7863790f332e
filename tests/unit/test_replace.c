/* The plan of a replacement, carried out against a cloud that is a file: killed at every point it
 * goes on to the same end, and goes back from everywhere. What is under test are the steps and
 * their order; that AWS answers so is the business of the tests against its stand-ins. */
#include "ops/replace/replace.h"
#include "replace_rig.h"

#include <stdlib.h>

#include "unit.h"

/* ---- the cloud ---- */

enum { GROUPS = 4 };
static const char *const group_names[GROUPS] = {"web", "web-green", "db", "db-green"};

/* What the process that was killed did not take with it. */
struct sky {
    struct {
        char status[20]; /* "": there is none */
        char plan[16];   /* of its tag */
        char token[33];
        int age;     /* looks since the status changed */
        int created; /* how often */
        int deleted;
    } groups[GROUPS];
    int pods[GROUPS]; /* that could move */
    int volumes;      /* looks until they are gone */
    int nodes_stay;   /* looks until the nodes of a deleted group are gone */
    bool cordoned;
};

struct stage {
    struct replace_host host;
    struct rig *rig;
    const char *id; /* of the plan */
    struct sky sky;
    /* What goes wrong; all off when zeroed. */
    bool create_fails, create_unheard, stray_pod, never_ready, volumes_stay, delete_fails;
    bool delete_fails_at_once;
    enum err_class refuse;
};

static void load(struct stage *s)
{
    sky_load(s->rig, &s->sky, sizeof s->sky);
}

static void save(const struct stage *s)
{
    sky_save(s->rig, &s->sky, sizeof s->sky, true);
}

static int index_of(const char *name)
{
    return sky_index(group_names, GROUPS, name);
}

static void turn_to(struct stage *s, int g, const char *status)
{
    snprintf(s->sky.groups[g].status, sizeof s->sky.groups[g].status, "%s", status);
    s->sky.groups[g].age = 0;
}

/* Each look lets time pass. */
static void grow_older(struct stage *s, int g)
{
    const char *status = s->sky.groups[g].status;
    if (++s->sky.groups[g].age < 2)
        return;
    if (strcmp(status, "CREATING") == 0)
        turn_to(s, g, s->create_fails ? "CREATE_FAILED" : "ACTIVE");
    else if (strcmp(status, "DELETING") == 0)
        turn_to(s, g, s->delete_fails && g % 2 == 0 ? "DELETE_FAILED" : "");
}

static int do_describe(void *ctx, const char *cluster, const char *group, struct arena *a,
                       struct eks_nodegroup *out, struct err *err)
{
    static struct shape_pair tag;
    struct stage *s = ctx;
    int g = index_of(group);
    assert_string_equal(cluster, "prod");
    load(s);
    grow_older(s, g);
    save(s);
    if (!s->sky.groups[g].status[0])
        return err_set(err, ERR_NOT_FOUND, "no such node group");
    *out = (struct eks_nodegroup){.name = group, .status = s->sky.groups[g].status};
    tag = (struct shape_pair){REPLACE_TAG_PLAN, s->sky.groups[g].plan};
    out->tags = (struct shape_pairs){&tag, s->sky.groups[g].plan[0] ? 1 : 0, 1};
    return 0;
}

/* Nothing is asked of AWS that the journal does not know of. */
static void check_intended(const struct stage *s, const char *step, const char *what, int g)
{
    _cleanup_arena_ struct arena a = {0};
    struct store_item item = {0};
    struct err err = {0};
    char partition[32], sort[64];
    snprintf(partition, sizeof partition, "plan-act/%s", s->id);
    snprintf(sort, sizeof sort, "%s-%d/%s/%s", step, g / 2 + 1, what, group_names[g]);
    assert_int_equal(store_get(s->rig->store, (struct store_key){partition, sort}, &a, &item, &err),
                     0);
}

static int do_create(void *ctx, const struct eks_nodegroup *spec, const char *token,
                     struct err *err)
{
    struct stage *s = ctx;
    int g = index_of(spec->name);
    if (s->refuse)
        return err_set(err, s->refuse, "not allowed to: eks:CreateNodegroup");
    load(s);
    check_intended(s, "create", "create", g);
    assert_string_equal(spec->role, "arn:role");
    assert_int_equal(spec->scaling.desired.n, 3);
    if (strcmp(s->sky.groups[g].token, token) != 0) {
        s->sky.groups[g].created++;
        snprintf(s->sky.groups[g].token, sizeof s->sky.groups[g].token, "%s", token);
        shape_each(t, &spec->tags)
            if (strcmp(t->key, REPLACE_TAG_PLAN) == 0)
                snprintf(s->sky.groups[g].plan, sizeof s->sky.groups[g].plan, "%s", t->value);
        turn_to(s, g, "CREATING");
        save(s);
    }
    if (s->create_unheard)
        return err_set(err, ERR_REMOTE, "the connection was cut");
    return 0;
}

static int do_remove(void *ctx, const char *cluster, const char *group, struct err *err)
{
    struct stage *s = ctx;
    int g = index_of(group);
    load(s);
    if (!s->sky.groups[g].status[0])
        return err_set(err, ERR_NOT_FOUND, "no such node group");
    check_intended(s, g % 2 ? "create" : "delete", "delete", g);
    assert_int_equal(s->sky.pods[g], 0); /* what must never happen */
    s->sky.groups[g].deleted++;
    turn_to(s, g, s->delete_fails_at_once && g % 2 == 0 ? "DELETE_FAILED" : "DELETING");
    save(s);
    return 0;
}

static int do_ready(void *ctx, const struct replace_step *step, struct str *words, struct err *err)
{
    struct stage *s = ctx;
    assert_int_equal(step->nodes, 3);
    str_adds(words, "node n9 is not Ready");
    return s->never_ready ? 0 : 1;
}

static int do_empty(void *ctx, const struct replace_step *step, struct str *words, struct err *err)
{
    struct stage *s = ctx;
    load(s);
    if (!s->stray_pod && !s->sky.pods[index_of(step->blue)])
        return 1;
    str_adds(words, "pod shop/late is on n1");
    return 0;
}

static int do_detached(void *ctx, const struct replace_step *step, struct str *words,
                       struct err *err)
{
    struct stage *s = ctx;
    load(s);
    str_adds(words, "vol-1 on i-1");
    if (s->volumes_stay || s->sky.volumes > 0) {
        s->sky.volumes--;
        save(s);
        return 0;
    }
    return 1;
}

static int do_gone(void *ctx, const char *group, struct str *words, struct err *err)
{
    struct stage *s = ctx;
    load(s);
    if (s->sky.nodes_stay <= 0)
        return 1;
    str_adds(words, "a node is still there");
    s->sky.nodes_stay--;
    save(s);
    return 0;
}

static enum plan_end do_drain_green(void *ctx, struct plan_run *run, const struct plan_step *step,
                                    const struct replace_step *r, struct err *err)
{
    struct stage *s = ctx;
    load(s);
    assert_false(s->sky.cordoned); /* the old ones must take them */
    s->sky.pods[index_of(r->blue)] += s->sky.pods[index_of(r->green)];
    s->sky.pods[index_of(r->green)] = 0;
    save(s);
    return PLAN_END_OK;
}

/* ---- stand-ins of the drain's verbs ---- */

static enum plan_end set_cordon(struct stage *s, bool on)
{
    load(s);
    s->sky.cordoned = on;
    save(s);
    return PLAN_END_OK;
}

static enum plan_end cordon(void *ctx, struct plan_run *run, const struct plan_step *step,
                            struct err *err)
{
    return set_cordon(ctx, true);
}

static enum plan_end uncordon(void *ctx, struct plan_run *run, const struct plan_step *step,
                              struct err *err)
{
    return set_cordon(ctx, false);
}

static enum plan_end drain(void *ctx, struct plan_run *run, const struct plan_step *step,
                           struct err *err)
{
    struct stage *s = ctx;
    load(s);
    assert_true(s->sky.cordoned);
    for (int g = 0; g < GROUPS; g += 2) {
        if (strcmp(s->sky.groups[g + 1].status, "ACTIVE") != 0)
            continue;
        s->sky.pods[g + 1] += s->sky.pods[g];
        s->sky.pods[g] = 0;
    }
    save(s);
    return PLAN_END_OK;
}

static enum plan_end undo_drain(void *ctx, struct plan_run *run, const struct plan_step *step,
                                struct err *err)
{
    set_cordon(ctx, false);
    err_set(err, ERR_CONFLICT, "pods stay where they are now");
    return PLAN_END_KEEP;
}

static enum plan_end nothing(void *ctx, struct plan_run *run, const struct plan_step *step,
                             struct err *err)
{
    return PLAN_END_OK;
}

/* ---- runs ---- */

static int stage_run(struct stage *s, struct rig *r, const char *id, bool back, struct plan *p,
                     struct err *err)
{
    struct plan_verb verbs[16] = {
        {"cordon", NULL, cordon, NULL, uncordon},
        {"drain", NULL, drain, NULL, undo_drain},
        {"verify-drained", NULL, nothing, NULL, NULL},
    };
    const struct plan_verb *v = replace_verbs();
    for (size_t n = 3; v->name; v++)
        verbs[n++] = *v;
    s->rig = r;
    s->id = id;
    s->host.cloud = (struct replace_cloud){.ctx = s,
                                           .describe = do_describe,
                                           .create = do_create,
                                           .remove = do_remove,
                                           .ready = do_ready,
                                           .empty = do_empty,
                                           .detached = do_detached,
                                           .gone = do_gone,
                                           .drain_green = do_drain_green};
    s->host.look_every_ms = 1;
    struct plan_host host = {.ctx = s, .verbs = verbs};
    struct plan_run_options o = {.actor = "ann@desk", .rollback = back};
    plan_release(p);
    if (plan_load(r->store, id, p, err))
        return -1;
    return plan_run(r->store, p, &host, &o, err);
}

static struct replace_pair pair_of(const char *blue, const char *green)
{
    struct eks_nodegroup g = {.name = blue, .cluster = "prod", .role = "arn:role"};
    struct replace_pair p = {g, g};
    p.green.name = green;
    p.green.scaling.desired = shape_int(3);
    return p;
}

static void make_plan(struct rig *r, size_t count, struct plan *p)
{
    static const char *const nodes[] = {"n1", "n2", NULL};
    struct replace_pair pairs[] = {pair_of("web", "web-green"), pair_of("db", "db-green")};
    struct drain_order order = {.nodes = nodes};
    struct err err = {0};
    plan_init(p);
    if (replace_plan(pairs, count, &order, NULL, 0, 0, p, &err) < 0)
        fail_msg("%s", err.msg);
    p->cluster_id = "c-1";
    if (r && plan_create(r->store, p, "ann@desk", &err) < 0)
        fail_msg("%s", err.msg);
}

static void begin(struct rig *r, struct stage *s, char id[16])
{
    _cleanup_plan_ struct plan p = {0};
    *s = (struct stage){.rig = r};
    rig_init(r);
    make_plan(r, 2, &p);
    snprintf(id, 16, "%s", p.id);
    turn_to(s, 0, "ACTIVE");
    turn_to(s, 2, "ACTIVE");
    s->sky.pods[0] = 7;
    s->sky.pods[2] = 5;
    s->sky.volumes = 3;
    s->sky.nodes_stay = 3;
    save(s);
}

/* Forward: green stands with all pods, blue is gone; each was asked for once. */
static void check_replaced(struct stage *s)
{
    load(s);
    for (int g = 0; g < GROUPS; g += 2) {
        assert_string_equal(s->sky.groups[g].status, "");
        assert_string_equal(s->sky.groups[g + 1].status, "ACTIVE");
        assert_int_equal(s->sky.groups[g + 1].created, 1);
        assert_int_equal(s->sky.groups[g + 1].deleted, 0);
        assert_int_equal(s->sky.groups[g].deleted, 1);
    }
    assert_int_equal(s->sky.pods[1], 7);
    assert_int_equal(s->sky.pods[3], 5);
}

/* Back: as if nothing had been. */
static void check_back(struct stage *s)
{
    load(s);
    for (int g = 0; g < GROUPS; g += 2) {
        assert_string_equal(s->sky.groups[g].status, "ACTIVE");
        assert_string_equal(s->sky.groups[g + 1].status, "");
        assert_int_equal(s->sky.groups[g].deleted, 0);
    }
    assert_false(s->sky.cordoned);
    assert_int_equal(s->sky.pods[0], 7);
    assert_int_equal(s->sky.pods[2], 5);
}

/* ---- the plan ---- */

static void its_steps_are_in_order(void **state)
{
    static const char *const steps[] = {
        "create-1",   "create-2",   "ready-1",  "ready-2",  "cordon",     "drain",     "verify",
        "detached-1", "detached-2", "delete-1", "delete-2", "replaced-1", "replaced-2"};
    _cleanup_plan_ struct plan p = {0};
    make_plan(NULL, 2, &p);
    assert_int_equal(p.steps.len, ARRAY_LEN(steps));
    for (size_t i = 0; i < ARRAY_LEN(steps); i++)
        assert_string_equal(p.steps.items[i].name, steps[i]);
    assert_string_equal(p.kind, "nodes-replace");
    assert_int_equal(p.claims.len, 6);
    struct arena a = {0};
    struct drain_order order;
    struct err err = {0};
    assert_int_equal(drain_order_parse(p.args, &a, &order, &err), 0); /* ops/drain reads it */
    assert_string_equal(order.nodes[1], "n2");
    arena_release(&a);
}

static void a_soak_stands_before_deletion(void **state)
{
    static const char *const nodes[] = {"n1", NULL};
    struct replace_pair pair = pair_of("web", "web-green"), twice[] = {pair, pair};
    struct drain_order order = {.nodes = nodes};
    struct gate gate = {.kind = GATE_APPROVAL};
    _cleanup_plan_ struct plan p;
    struct err err = {0};
    plan_init(&p);
    assert_int_equal(replace_plan(&pair, 1, &order, &gate, 1, 600000, &p, &err), 0);
    assert_string_equal(p.steps.items[3].name, "approval-1");
    assert_string_equal(p.steps.items[7].name, "before-delete");
    assert_string_equal(p.steps.items[8].name, "delete-1");
    assert_int_equal(p.steps.items[7].gate.soak_ms, 600000);
    assert_int_equal(replace_plan(twice, 2, &order, NULL, 0, 0, &p, &err), -1);
    assert_int_equal(err.class, ERR_USAGE);
    assert_int_equal(replace_plan(NULL, 0, &order, NULL, 0, 0, &p, &err), -1);
}

static void a_plan_knows_its_region_and_its_reverse(void **state)
{
    static const char *const nodes[] = {"n1", NULL};
    struct replace_pair pairs[] = {pair_of("web", "web-green"), pair_of("db", "db-green")};
    const struct drain_order order = {.nodes = nodes};
    _cleanup_arena_ struct arena a = {0};
    _cleanup_str_ struct str text = {0};
    _cleanup_plan_ struct plan p;
    const char *const *blue, *const *green;
    struct err err = {0};
    plan_init(&p);
    pairs[0].region = "eu-west-1";
    assert_int_equal(replace_plan(pairs, 2, &order, NULL, 0, 0, &p, &err), 0);
    assert_true(replace_is(&p));
    assert_true(drain_is_in(p.kind));
    assert_string_equal(replace_region(&p, &a), "eu-west-1");
    assert_int_equal(replace_groups(&p, &a, &blue, &green), 2);
    assert_string_equal(blue[1], "db");
    assert_string_equal(green[1], "db-green");
    assert_null(blue[2]);
    assert_null(green[2]);
    replace_reverse(&p, &text);
    assert_string_equal(str_c(&text), "toban nodes replace --cloud eks:prod --nodegroup web-green "
                                      "--nodegroup db-green --name web --name db");
}

static void a_step_survives_being_written(void **state)
{
    static struct shape_pair label = {"tier", "front"};
    static struct eks_taint taint = {"dedicated", "db", "NO_SCHEDULE"};
    static const char *subnets[] = {"subnet-a", "subnet-b"}, *types[] = {"m5.large"};
    static const char *const nodes[] = {"n1", NULL};
    struct replace_pair pair = pair_of("web", "web-green");
    struct drain_order order = {.nodes = nodes};
    struct replace_step step;
    _cleanup_arena_ struct arena a = {0};
    _cleanup_plan_ struct plan p;
    struct err err = {0};
    pair.green.labels = (struct shape_pairs){&label, 1, 1};
    pair.green.taints.items = &taint;
    pair.green.taints.count = 1;
    pair.green.subnets = (struct shape_texts){subnets, 2, 2};
    pair.green.instance_types = (struct shape_texts){types, 1, 1};
    pair.green.launch_template = (struct eks_launch_template){.id = "lt-1", .version = "3"};
    pair.green.update.max_unavailable_percent = shape_int(33);
    plan_init(&p);
    assert_int_equal(replace_plan(&pair, 1, &order, NULL, 0, 0, &p, &err), 0);
    assert_int_equal(replace_step_parse(p.steps.items[0].args, &a, &step, &err), 0);
    assert_string_equal(step.spec.name, "web-green");
    assert_string_equal(step.spec.cluster, "prod");
    assert_null(step.spec.status);
    assert_string_equal(step.spec.labels.items[0].value, "front");
    assert_string_equal(step.spec.taints.items[0].effect, "NO_SCHEDULE");
    assert_string_equal(step.spec.subnets.items[1], "subnet-b");
    assert_string_equal(step.spec.instance_types.items[0], "m5.large");
    assert_string_equal(step.spec.launch_template.version, "3");
    assert_null(step.spec.launch_template.name);
    assert_int_equal(step.spec.update.max_unavailable_percent.n, 33);
    assert_int_equal(step.spec.scaling.desired.n, 3);
    assert_int_equal(replace_step_parse(SV("{}"), &a, &step, &err), -1);
    assert_int_equal(replace_step_parse(SV("x"), &a, &step, &err), -1);
}

/* ---- killed ---- */

static void begin_killing(struct rig *r, char id[16])
{
    struct stage s;
    begin(r, &s, id);
}

static int run_killing(struct rig *r, const char *id, bool back, struct plan *p, struct err *err)
{
    struct stage s = {0};
    return stage_run(&s, r, id, back, p, err);
}

static void check_killing(struct rig *r, void (*check)(struct stage *))
{
    struct stage s = {.rig = r};
    check(&s);
}

static void check_end(struct rig *r)
{
    check_killing(r, check_replaced);
}

static void killed_anywhere_it_goes_on_to_the_same_end(void **state)
{
    killed_at_every_point(&(struct killing){begin_killing, run_killing, check_end, false, 100});
}

/* Each pair is as before, or, where blue was being deleted, the new one stands with its pods:
 * never neither. */
static void check_either(struct stage *s)
{
    load(s);
    for (int g = 0; g < GROUPS; g += 2) {
        bool blue = strcmp(s->sky.groups[g].status, "ACTIVE") == 0;
        bool green = strcmp(s->sky.groups[g + 1].status, "ACTIVE") == 0;
        int all = g ? 5 : 7;
        assert_true(blue != green);
        assert_int_equal(s->sky.pods[g], blue ? all : 0);
        assert_int_equal(s->sky.pods[g + 1], green ? all : 0);
        assert_true(!blue || !s->sky.groups[g].deleted);
        assert_true(!blue || !s->sky.cordoned);
    }
}

static void check_either_end(struct rig *r)
{
    check_killing(r, check_either);
}

static void killed_anywhere_it_goes_back(void **state)
{
    killed_at_every_point(
        &(struct killing){begin_killing, run_killing, check_either_end, true, 100});
}

/* ---- what goes wrong ---- */

struct outcome {
    struct plan plan;
    struct err err;
};
static void outcome_release(struct outcome *o)
{
    plan_release(&o->plan);
}

static const char *words_of(struct outcome *o)
{
    return o->plan.words ? o->plan.words : "";
}

static void run_bad(struct rig *r, struct stage *s, const char *id, struct outcome *o)
{
    *o = (struct outcome){0};
    assert_int_equal(stage_run(s, r, id, false, &o->plan, &o->err), 0);
}

static void go_all_the_way_back(struct rig *r, struct stage *s, const char *id)
{
    _cleanup_(outcome_release) struct outcome o = {0};
    assert_int_equal(stage_run(s, r, id, true, &o.plan, &o.err), 0);
    assert_int_equal(o.plan.status, PLAN_ROLLED_BACK);
    check_back(s);
}

static void a_failure_stops_and_can_go_back(void **state)
{
    static const struct {
        size_t at;
        const char *words;
        const char *step;
    } cases[] = {
        {offsetof(struct stage, create_fails), "node group 'web-green' is CREATE_FAILED",
         "ready-1"},
        {offsetof(struct stage, never_ready), "node n9 is not Ready", "ready-1"},
        {offsetof(struct stage, volumes_stay), "vol-1 on i-1", "detached-1"},
        {offsetof(struct stage, stray_pod), "pod shop/late is on n1", "delete-1"},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct rig r;
        struct stage s;
        char id[16];
        _cleanup_(outcome_release) struct outcome o;
        begin(&r, &s, id);
        s.host.ready_ms = s.host.detach_ms = 20;
        *(bool *)((char *)&s + cases[i].at) = true;
        run_bad(&r, &s, id, &o);
        assert_int_equal(o.plan.status, PLAN_STOPPED);
        assert_true(sv_has(sv_of(words_of(&o)), cases[i].words));
        assert_int_equal(plan_find_step(&o.plan, cases[i].step)->state, STEP_FAILED);
        *(bool *)((char *)&s + cases[i].at) = false;
        go_all_the_way_back(&r, &s, id);
        replace_rig_release(&r);
    }
}

static void a_refusal_changes_nothing(void **state)
{
    struct rig r;
    struct stage s;
    char id[16];
    _cleanup_(outcome_release) struct outcome o;
    begin(&r, &s, id);
    s.refuse = ERR_DENIED;
    run_bad(&r, &s, id, &o);
    assert_int_equal(o.plan.status, PLAN_STOPPED);
    assert_true(sv_has(sv_of(words_of(&o)), "eks:CreateNodegroup"));
    go_all_the_way_back(&r, &s, id);
    assert_int_equal(s.sky.groups[1].created, 0);
    replace_rig_release(&r);
}

static void a_lost_answer_creates_once(void **state)
{
    struct rig r;
    struct stage s;
    char id[16];
    _cleanup_(outcome_release) struct outcome o;
    begin(&r, &s, id);
    s.create_unheard = true;
    run_bad(&r, &s, id, &o);
    assert_int_equal(o.plan.status, PLAN_DONE);
    check_replaced(&s);
    replace_rig_release(&r);
}

static void what_others_made_is_left_alone(void **state)
{
    struct rig r;
    struct stage s;
    char id[16];
    _cleanup_(outcome_release) struct outcome o;
    begin(&r, &s, id);
    turn_to(&s, 1, "ACTIVE");
    save(&s);
    run_bad(&r, &s, id, &o);
    assert_true(sv_has(sv_of(words_of(&o)), "there is a node group 'web-green' already"));
    assert_int_equal(stage_run(&s, &r, id, true, &o.plan, &o.err), 0);
    load(&s);
    assert_string_equal(s.sky.groups[1].status, "ACTIVE");
    assert_int_equal(s.sky.groups[1].deleted, 0);
    replace_rig_release(&r);
}

static void after_deletion_the_reverse_is_offered(void **state)
{
    struct rig r;
    struct stage s;
    char id[16];
    _cleanup_(outcome_release) struct outcome o;
    begin(&r, &s, id);
    s.delete_fails = true;
    run_bad(&r, &s, id, &o);
    assert_int_equal(o.plan.status, PLAN_STOPPED);
    assert_true(sv_has(sv_of(words_of(&o)), "could not delete node group 'web'"));
    assert_int_equal(stage_run(&s, &r, id, true, &o.plan, &o.err), 0);
    const struct plan_step *step = plan_find_step(&o.plan, "create-1");
    assert_int_equal(step->state, STEP_KEPT);
    assert_true(sv_has(sv_of(step->words),
                       "toban nodes replace --cloud eks:prod --nodegroup web-green --name web"));
    check_either(&s);
    replace_rig_release(&r);
}

/* EKS may answer so between two looks. It is asked once by each run, not for ever. */
static void a_deletion_that_fails_at_once_is_told(void **state)
{
    struct rig r;
    struct stage s;
    char id[16];
    _cleanup_(outcome_release) struct outcome o;
    begin(&r, &s, id);
    s.delete_fails_at_once = true;
    run_bad(&r, &s, id, &o);
    assert_int_equal(o.plan.status, PLAN_STOPPED);
    assert_true(sv_has(sv_of(words_of(&o)), "could not delete node group 'web'"));
    load(&s);
    assert_int_equal(s.sky.groups[0].deleted, 1);
    s.delete_fails_at_once = false;
    assert_int_equal(stage_run(&s, &r, id, false, &o.plan, &o.err), 0);
    assert_int_equal(o.plan.status, PLAN_DONE);
    replace_rig_release(&r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(its_steps_are_in_order),
        cmocka_unit_test(a_soak_stands_before_deletion),
        cmocka_unit_test(a_plan_knows_its_region_and_its_reverse),
        cmocka_unit_test(a_step_survives_being_written),
        cmocka_unit_test(killed_anywhere_it_goes_on_to_the_same_end),
        cmocka_unit_test(killed_anywhere_it_goes_back),
        cmocka_unit_test(a_failure_stops_and_can_go_back),
        cmocka_unit_test(a_refusal_changes_nothing),
        cmocka_unit_test(a_lost_answer_creates_once),
        cmocka_unit_test(what_others_made_is_left_alone),
        cmocka_unit_test(after_deletion_the_reverse_is_offered),
        cmocka_unit_test(a_deletion_that_fails_at_once_is_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
