/* Two groups replaced in rounds, against a cloud that is a file: EKS, Auto Scaling and the pods on
 * each machine. Killed at every write of journal and cloud, on the way there and on the way back,
 * it ends the same. The cloud itself watches what must never happen: more machines than there is
 * room for, one ended with a pod on it or twice, one that Auto Scaling chooses by itself. */
#include "ops/replace/replace.h"
#include "replace_rig.h"

#include <stdlib.h>

#include "unit.h"

enum { GROUPS = 4, MACHINES = 24, TOKENS = 24, OLD = 5, ROOM = 2 };
static const char *const group_names[GROUPS] = {"web", "web-green", "db", "db-green"};
static const int sizes[GROUPS] = {3, 3, 2, 2};

enum machine_state { NONE, JOINING, READY, ENDING, ENDED };

struct machine {
    int group;
    enum machine_state state;
    int age; /* looks since the state changed */
    int pods;
    bool cordoned;
};

/* What the process that was killed did not take with it. */
struct sky {
    struct {
        char status[20]; /* "": there is none */
        char plan[16], token[33];
        int64_t min, desired;
        int age, created, deleted;
    } groups[GROUPS];
    struct machine machines[MACHINES]; /* i-0, n0, …: in the order in which they came */
    char tokens[TOKENS][33];           /* of sizes that were asked for */
    int token_count;
    int volumes;                              /* looks until they are gone */
    enum { FINE, NO_MACHINE, NO_NODE } third; /* what becomes of the third new node of web */
};

struct stage {
    struct replace_host host;
    struct rig *rig;
    const char *id; /* of the plan */
    const struct plan *plan;
    struct sky sky;
};

/* ---- the sky ---- */

static void load(struct stage *s)
{
    sky_load(s->rig, &s->sky, sizeof s->sky);
}

static bool is_there(const struct machine *m)
{
    return m->state == JOINING || m->state == READY || m->state == ENDING;
}

static int count(const struct sky *sky, int group, enum machine_state from, enum machine_state to)
{
    int n = 0;
    for (int i = 0; i < MACHINES; i++)
        n += sky->machines[i].state >= from && sky->machines[i].state <= to &&
             (group < 0 || sky->machines[i].group == group);
    return n;
}

static void save(const struct stage *s, bool point)
{
    assert_true(count(&s->sky, -1, JOINING, ENDING) <= OLD + ROOM);
    sky_save(s->rig, &s->sky, sizeof s->sky, point);
}

static int index_of(const char *name)
{
    return sky_index(group_names, GROUPS, name);
}

/* Of "n3" and "i-3". */
static struct machine *machine_of(struct stage *s, const char *name)
{
    int i = atoi(name + strcspn(name, "0123456789"));
    assert_in_range(i, 0, MACHINES - 1);
    return &s->sky.machines[i];
}

static const char *name_of(struct arena *a, const char *kind, int i)
{
    return arena_fmt(a, "%s%d", kind, i);
}

static void turn_to(struct stage *s, int g, const char *status)
{
    snprintf(s->sky.groups[g].status, sizeof s->sky.groups[g].status, "%s", status);
    s->sky.groups[g].age = 0;
}

static void launch(struct stage *s, int g)
{
    int i = 0;
    while (s->sky.machines[i].state != NONE)
        assert_true(++i < MACHINES);
    s->sky.machines[i] = (struct machine){.group = g, .state = JOINING};
}

static bool is_third(const struct stage *s, int machine)
{
    int before = 0;
    for (int i = 0; i < machine; i++)
        before += s->sky.machines[i].group == 1;
    return s->sky.machines[machine].group == 1 && before == 2;
}

/* Machines go on, and Auto Scaling makes as many as are wanted. It never has to choose one. */
static void grow_machines(struct stage *s)
{
    for (int i = 0; i < MACHINES; i++) {
        struct machine *m = &s->sky.machines[i];
        if (m->state == JOINING && m->age++ && !(s->sky.third == NO_NODE && is_third(s, i)))
            m->state = READY;
        else if (m->state == ENDING && m->age++ > 1)
            m->state = ENDED;
    }
    for (int g = 0; g < GROUPS; g++) {
        const char *status = s->sky.groups[g].status;
        bool scales = strcmp(status, "ACTIVE") == 0 || strcmp(status, "UPDATING") == 0 ||
                      strcmp(status, "CREATING") == 0;
        int live = count(&s->sky, g, JOINING, READY);
        assert_true(!scales || live <= s->sky.groups[g].desired);
        if (s->sky.third == NO_MACHINE && g == 1 && live == 2)
            continue;
        for (; scales && live < s->sky.groups[g].desired; live++)
            launch(s, g);
    }
}

static void end_all(struct stage *s, int g)
{
    for (int i = 0; i < MACHINES; i++)
        if (s->sky.machines[i].group == g && is_there(&s->sky.machines[i]))
            s->sky.machines[i].state = ENDED;
}

/* Each look lets time pass. */
static void grow_older(struct stage *s, int g)
{
    const char *status = s->sky.groups[g].status;
    grow_machines(s);
    if (++s->sky.groups[g].age < 2)
        return;
    if (strcmp(status, "CREATING") == 0 || strcmp(status, "UPDATING") == 0) {
        turn_to(s, g, "ACTIVE");
    } else if (strcmp(status, "DELETING") == 0) {
        end_all(s, g);
        turn_to(s, g, "");
    }
}

/* ---- EKS and Auto Scaling ---- */

static int do_describe(void *ctx, const char *cluster, const char *group, struct arena *a,
                       struct eks_nodegroup *out, struct err *err)
{
    static struct shape_pair tag;
    struct stage *s = ctx;
    int g = index_of(group);
    load(s);
    grow_older(s, g);
    save(s, false);
    if (!s->sky.groups[g].status[0])
        return err_set(err, ERR_NOT_FOUND, "no such node group");
    *out = (struct eks_nodegroup){.name = group, .status = s->sky.groups[g].status};
    out->scaling.min = shape_int(s->sky.groups[g].min);
    out->scaling.desired = shape_int(s->sky.groups[g].desired);
    tag = (struct shape_pair){REPLACE_TAG_PLAN, s->sky.groups[g].plan};
    out->tags = (struct shape_pairs){&tag, s->sky.groups[g].plan[0] ? 1 : 0, 1};
    return 0;
}

/* Nothing is asked of AWS that the journal does not know of: act `what` of any step. */
static void check_intended(const struct stage *s, const char *what)
{
    _cleanup_arena_ struct arena a = {0};
    struct store_item item;
    struct err err;
    char partition[32];
    snprintf(partition, sizeof partition, "plan-act/%s", s->id);
    vec_foreach(step, &s->plan->steps) {
        char sort[96];
        snprintf(sort, sizeof sort, "%s/%s", step->name, what);
        err = (struct err){0};
        if (store_get(s->rig->store, (struct store_key){partition, sort}, &a, &item, &err) == 0)
            return;
    }
    fail_msg("%s is not in the journal", what);
}

static void check_size_intended(const struct stage *s, const char *group, const char *token)
{
    static const char *const keys[] = {"shrink", "grow", "restore"};
    vec_foreach(step, &s->plan->steps)
        for (size_t i = 0; i < ARRAY_LEN(keys); i++) {
            char own[33], act[64];
            plan_token(s->plan, step->name, keys[i], own);
            if (strcmp(own, token) != 0)
                continue;
            snprintf(act, sizeof act, "%s/%s", keys[i], group);
            check_intended(s, act);
            return;
        }
    fail_msg("a token of nobody");
}

static int do_create(void *ctx, const struct eks_nodegroup *spec, const char *token,
                     struct err *err)
{
    struct stage *s = ctx;
    int g = index_of(spec->name);
    char act[64];
    load(s);
    snprintf(act, sizeof act, "create/%s", spec->name);
    check_intended(s, act);
    if (strcmp(s->sky.groups[g].token, token) == 0)
        return 0;
    assert_in_range(spec->scaling.desired.n, 1, ROOM);
    assert_true(spec->scaling.min.n <= spec->scaling.desired.n);
    s->sky.groups[g].created++;
    s->sky.groups[g].desired = spec->scaling.desired.n;
    s->sky.groups[g].min = spec->scaling.min.n;
    snprintf(s->sky.groups[g].token, sizeof s->sky.groups[g].token, "%s", token);
    snprintf(s->sky.groups[g].plan, sizeof s->sky.groups[g].plan, "%s", s->id);
    turn_to(s, g, "CREATING");
    save(s, true);
    return 0;
}

static int do_remove(void *ctx, const char *cluster, const char *group, struct err *err)
{
    struct stage *s = ctx;
    int g = index_of(group);
    char act[64];
    load(s);
    if (!s->sky.groups[g].status[0])
        return err_set(err, ERR_NOT_FOUND, "no such node group");
    snprintf(act, sizeof act, "delete/%s", group);
    check_intended(s, act);
    for (int i = 0; i < MACHINES; i++)
        assert_true(s->sky.machines[i].group != g || !s->sky.machines[i].pods);
    s->sky.groups[g].deleted++;
    turn_to(s, g, "DELETING");
    save(s, true);
    return 0;
}

static bool is_known(struct stage *s, const char *token)
{
    for (int i = 0; i < s->sky.token_count; i++)
        if (strcmp(s->sky.tokens[i], token) == 0)
            return true;
    assert_true(s->sky.token_count < TOKENS);
    snprintf(s->sky.tokens[s->sky.token_count++], sizeof s->sky.tokens[0], "%s", token);
    return false;
}

static int do_resize(void *ctx, const char *cluster, const char *group,
                     const struct eks_scaling *to, const char *token, struct err *err)
{
    struct stage *s = ctx;
    int g = index_of(group);
    load(s);
    check_size_intended(s, group, token);
    if (strcmp(s->sky.groups[g].status, "ACTIVE") != 0)
        return err_set(err, ERR_CONFLICT, "it is %s", s->sky.groups[g].status);
    if (is_known(s, token))
        return 0;
    if (to->min.set)
        s->sky.groups[g].min = to->min.n;
    s->sky.groups[g].desired = to->desired.n;
    assert_true(s->sky.groups[g].min <= s->sky.groups[g].desired);
    turn_to(s, g, "UPDATING");
    save(s, true);
    return 0;
}

static int do_end_machine(void *ctx, const char *machine, struct err *err)
{
    struct stage *s = ctx;
    char act[64];
    load(s);
    snprintf(act, sizeof act, "end/%s", machine);
    check_intended(s, act);
    struct machine *m = machine_of(s, machine);
    assert_true(m->state == JOINING || m->state == READY);
    assert_int_equal(m->pods, 0);
    assert_true(--s->sky.groups[m->group].desired >= s->sky.groups[m->group].min);
    m->state = ENDING;
    m->age = 0;
    save(s, true);
    return 0;
}

/* ---- the cluster ---- */

static int do_ready(void *ctx, const struct replace_step *step, struct str *words, struct err *err)
{
    struct stage *s = ctx;
    load(s);
    grow_machines(s);
    save(s, false);
    str_adds(words, "not all are Ready");
    return count(&s->sky, index_of(step->green), READY, READY) >= step->nodes;
}

static int do_empty(void *ctx, const struct replace_step *step, struct str *words, struct err *err)
{
    struct stage *s = ctx;
    int pods = 0;
    load(s);
    for (int i = 0; i < MACHINES; i++)
        pods += s->sky.machines[i].group == index_of(step->blue) ? s->sky.machines[i].pods : 0;
    str_adds(words, "a pod is there");
    return !pods;
}

static int do_nodes_empty(void *ctx, const struct shape_texts *names, struct str *words,
                          struct err *err)
{
    struct stage *s = ctx;
    int pods = 0;
    load(s);
    shape_each(n, names)
        pods += machine_of(s, *n)->pods;
    str_adds(words, "a pod is there");
    return !pods;
}

static int volumes_left(struct stage *s, struct str *words)
{
    load(s);
    str_adds(words, "a volume is there");
    if (s->sky.volumes <= 0)
        return 1;
    s->sky.volumes--;
    save(s, false);
    return 0;
}

static int do_detached(void *ctx, const struct replace_step *step, struct str *words,
                       struct err *err)
{
    return volumes_left(ctx, words);
}

static int do_machines_detached(void *ctx, const struct shape_texts *machines, struct str *words,
                                struct err *err)
{
    return volumes_left(ctx, words);
}

static int do_gone(void *ctx, const char *group, struct str *words, struct err *err)
{
    struct stage *s = ctx;
    load(s);
    return !count(&s->sky, index_of(group), JOINING, ENDING);
}

static int do_joined(void *ctx, const char *group, int64_t wanted,
                     const struct shape_texts *machines, struct str *words, struct err *err)
{
    struct stage *s = ctx;
    load(s);
    grow_machines(s);
    save(s, false);
    int ready = count(&s->sky, index_of(group), READY, READY);
    shape_each(m, machines)
        ready -= machine_of(s, *m)->state == READY;
    str_adds(words, "they are not back");
    return ready >= wanted;
}

static int do_machines(void *ctx, const char *cluster, const char *group, struct arena *a,
                       struct replace_machines *out, struct err *err)
{
    struct stage *s = ctx;
    *out = (struct replace_machines){0};
    load(s);
    grow_machines(s);
    save(s, false);
    for (int i = 0; i < MACHINES; i++) {
        const struct machine *m = &s->sky.machines[i];
        if (m->group != index_of(group) || !is_there(m))
            continue;
        struct shape_texts *list = m->state == ENDING ? &out->ending : &out->on;
        *(const char **)shape_list_add(list, sizeof(char *), a) = name_of(a, "i-", i);
    }
    return 0;
}

static int do_newest(void *ctx, const char *group, struct arena *a, struct shape_texts *names,
                     struct shape_texts *machines, struct err *err)
{
    struct stage *s = ctx;
    load(s);
    for (int i = MACHINES - 1; i >= 0; i--) {
        if (s->sky.machines[i].group != index_of(group) || s->sky.machines[i].state != READY)
            continue;
        *(const char **)shape_list_add(names, sizeof(char *), a) = name_of(a, "n", i);
        *(const char **)shape_list_add(machines, sizeof(char *), a) = name_of(a, "i-", i);
    }
    return 0;
}

/* ---- pods ---- */

/* To the open machine with the fewest of them. */
static void move_pod(struct stage *s, struct machine *from)
{
    struct machine *best = NULL;
    for (int i = 0; i < MACHINES; i++) {
        struct machine *m = &s->sky.machines[i];
        if (m->state == READY && !m->cordoned && (!best || m->pods < best->pods))
            best = m;
    }
    assert_non_null(best);
    from->pods--;
    best->pods++;
}

/* A runner can be killed between any two of them. */
static void empty_machine(struct stage *s, struct machine *m)
{
    while (m->pods) {
        move_pod(s, m);
        save(s, true);
    }
}

static void set_cordons(struct stage *s, const struct shape_texts *names, bool on)
{
    load(s);
    shape_each(n, names)
        machine_of(s, *n)->cordoned = on;
    save(s, true);
}

static enum plan_end do_drain_nodes(void *ctx, struct plan_run *run, const struct plan_step *step,
                                    const struct shape_texts *names, struct err *err)
{
    struct stage *s = ctx;
    set_cordons(s, names, true);
    shape_each(n, names)
        empty_machine(s, machine_of(s, *n));
    return PLAN_END_OK;
}

static enum plan_end do_drain_green(void *ctx, struct plan_run *run, const struct plan_step *step,
                                    const struct replace_step *r, struct err *err)
{
    _cleanup_arena_ struct arena a = {0};
    struct shape_texts names = {0}, machines = {0};
    do_newest(ctx, r->green, &a, &names, &machines, err);
    return do_drain_nodes(ctx, run, step, &names, err);
}

/* ---- stand-ins of the drain's verbs ---- */

static struct shape_texts nodes_of(const struct plan_step *step, struct arena *a)
{
    struct shape_texts names = {0};
    struct drain_order order;
    struct err err = {0};
    assert_int_equal(drain_order_parse(step->args, a, &order, &err), 0);
    for (size_t i = 0; order.nodes[i]; i++)
        *(const char **)shape_list_add(&names, sizeof(char *), a) = order.nodes[i];
    return names;
}

static enum plan_end cordon(void *ctx, struct plan_run *run, const struct plan_step *step,
                            struct err *err)
{
    _cleanup_arena_ struct arena a = {0};
    const struct shape_texts names = nodes_of(step, &a);
    set_cordons(ctx, &names, true);
    return PLAN_END_OK;
}

static enum plan_end uncordon(void *ctx, struct plan_run *run, const struct plan_step *step,
                              struct err *err)
{
    _cleanup_arena_ struct arena a = {0};
    const struct shape_texts names = nodes_of(step, &a);
    set_cordons(ctx, &names, false);
    return PLAN_END_OK;
}

static enum plan_end drain(void *ctx, struct plan_run *run, const struct plan_step *step,
                           struct err *err)
{
    _cleanup_arena_ struct arena a = {0};
    const struct shape_texts names = nodes_of(step, &a);
    return do_drain_nodes(ctx, run, step, &names, err);
}

static enum plan_end undo_drain(void *ctx, struct plan_run *run, const struct plan_step *step,
                                struct err *err)
{
    uncordon(ctx, run, step, err);
    err_set(err, ERR_CONFLICT, "pods stay where they are now");
    return PLAN_END_KEEP;
}

static enum plan_end nothing(void *ctx, struct plan_run *run, const struct plan_step *step,
                             struct err *err)
{
    return PLAN_END_OK;
}

/* ---- runs ---- */

static size_t add_verbs(struct plan_verb *to, size_t n, const struct plan_verb *v)
{
    while (v->name)
        to[n++] = *v++;
    return n;
}

static int run_killing(struct rig *r, const char *id, bool back, struct plan *p, struct err *err)
{
    struct plan_verb verbs[16] = {
        {"cordon", NULL, cordon, NULL, uncordon},
        {"drain", NULL, drain, NULL, undo_drain},
        {"verify-drained", NULL, nothing, NULL, NULL},
    };
    add_verbs(verbs, add_verbs(verbs, 3, replace_verbs()), replace_round_verbs());
    struct stage s = {.rig = r, .id = id, .plan = p};
    s.host.cloud = (struct replace_cloud){.ctx = &s,
                                          .describe = do_describe,
                                          .create = do_create,
                                          .remove = do_remove,
                                          .ready = do_ready,
                                          .empty = do_empty,
                                          .detached = do_detached,
                                          .gone = do_gone,
                                          .nodes_empty = do_nodes_empty,
                                          .machines_detached = do_machines_detached,
                                          .resize = do_resize,
                                          .end_machine = do_end_machine,
                                          .joined = do_joined,
                                          .machines = do_machines,
                                          .newest = do_newest,
                                          .drain_nodes = do_drain_nodes,
                                          .drain_green = do_drain_green};
    s.host.look_every_ms = 1;
    load(&s);
    s.host.ready_ms = s.sky.third ? 50 : 0;
    struct plan_host host = {.ctx = &s, .verbs = verbs};
    struct plan_run_options o = {.actor = "ann@desk", .rollback = back};
    return plan_run(r->store, p, &host, &o, err);
}

/* web in two rounds, db in one. */
static void make_plan(struct rig *r, struct plan *p)
{
    static const char *const nodes[] = {"n0", "n1", "n2", "n3", "n4", NULL};
    static const char *const first[] = {"n0", "n1", NULL}, *const firsts[] = {"i-0", "i-1", NULL};
    static const char *const second[] = {"n2", NULL}, *const seconds[] = {"i-2", NULL};
    static const char *const third[] = {"n3", "n4", NULL}, *const thirds[] = {"i-3", "i-4", NULL};
    static const struct replace_round web[] = {{first, firsts, 2}, {second, seconds, 3}};
    static const struct replace_round db[] = {{third, thirds, 2}};
    struct replace_pair pairs[2] = {{.rounds = web, .round_count = 2},
                                    {.rounds = db, .round_count = 1}};
    struct drain_order order = {.nodes = nodes};
    struct err err = {0};
    for (int i = 0; i < 2; i++) {
        pairs[i].blue = (struct eks_nodegroup){
            .name = group_names[2 * i], .cluster = "prod", .role = "arn:role"};
        pairs[i].blue.scaling.min = pairs[i].blue.scaling.desired = shape_int(sizes[2 * i]);
        pairs[i].green = pairs[i].blue;
        pairs[i].green.name = group_names[2 * i + 1];
    }
    plan_init(p);
    if (replace_plan(pairs, 2, &order, NULL, 0, 0, p, &err) < 0)
        fail_msg("%s", err.msg);
    p->cluster_id = "c-1";
    if (plan_create(r->store, p, "ann@desk", &err) < 0)
        fail_msg("%s", err.msg);
}

static void begin_killing(struct rig *r, char id[16])
{
    _cleanup_plan_ struct plan p = {0};
    struct stage s = {.rig = r};
    rig_init(r);
    make_plan(r, &p);
    snprintf(id, 16, "%s", p.id);
    for (int i = 0; i < OLD; i++)
        s.sky.machines[i] =
            (struct machine){.group = i < sizes[0] ? 0 : 2, .state = READY, .pods = 1};
    for (int g = 0; g < GROUPS; g += 2) {
        turn_to(&s, g, "ACTIVE");
        s.sky.groups[g].desired = s.sky.groups[g].min = sizes[g];
    }
    s.sky.volumes = 3;
    save(&s, false);
}

/* ---- how it ends ---- */

/* Does the group stand, with as many nodes as it had and none cordoned? Returns its pods; -1: it
 * and all its machines are gone. */
static int pods_of_whole(struct stage *s, int g)
{
    int pods = 0, open = 0;
    for (int i = 0; i < MACHINES; i++) {
        const struct machine *m = &s->sky.machines[i];
        if (m->group != g || !is_there(m))
            continue;
        open += m->state == READY && !m->cordoned;
        pods += m->pods;
    }
    int there = count(&s->sky, g, JOINING, ENDING);
    if (!s->sky.groups[g].status[0]) {
        assert_int_equal(there, 0);
        return -1;
    }
    assert_string_equal(s->sky.groups[g].status, "ACTIVE");
    assert_int_equal(there, sizes[g]);
    assert_int_equal(open, sizes[g]);
    assert_int_equal(s->sky.groups[g].desired, sizes[g]);
    assert_int_equal(s->sky.groups[g].min, sizes[g]);
    return pods;
}

static void check_pods(const struct sky *sky)
{
    int pods = 0;
    for (int i = 0; i < MACHINES; i++)
        pods += is_there(&sky->machines[i]) ? sky->machines[i].pods : 0;
    assert_int_equal(pods, OLD);
}

static void check_replaced(struct rig *r)
{
    struct stage s = {.rig = r};
    load(&s);
    check_pods(&s.sky);
    for (int g = 0; g < GROUPS; g += 2) {
        assert_int_equal(pods_of_whole(&s, g), -1);
        assert_true(pods_of_whole(&s, g + 1) >= 0);
        assert_int_equal(s.sky.groups[g + 1].created, 1);
        assert_int_equal(s.sky.groups[g].deleted, 1);
        assert_int_equal(s.sky.groups[g + 1].deleted, 0);
    }
}

/* Each pair is as before, or, where blue was being deleted, the new one stands: never neither. */
static void check_either(struct rig *r)
{
    struct stage s = {.rig = r};
    load(&s);
    check_pods(&s.sky);
    for (int g = 0; g < GROUPS; g += 2) {
        bool blue = s.sky.groups[g].status[0];
        int gone = pods_of_whole(&s, blue ? g + 1 : g), stays = pods_of_whole(&s, blue ? g : g + 1);
        assert_int_equal(gone, -1);
        assert_true(stays >= 0);
        assert_true(!blue || !s.sky.groups[g].deleted);
    }
}

static void killed_anywhere_it_goes_on_to_the_same_end(void **state)
{
    killed_at_every_point(
        &(struct killing){begin_killing, run_killing, check_replaced, false, 100});
}

static void killed_anywhere_it_goes_back(void **state)
{
    killed_at_every_point(&(struct killing){begin_killing, run_killing, check_either, true, 100});
}

/* AWS starts no machine, or one that never becomes a node: its place is wanted by the old nodes. */
static void goes_back_without_nodes_that_never_came(void **state)
{
    for (int third = NO_MACHINE; third <= NO_NODE; third++) {
        struct rig r;
        struct stage s = {.rig = &r};
        _cleanup_plan_ struct plan p = {0};
        struct err err = {0};
        char id[16];
        begin_killing(&r, id);
        load(&s);
        s.sky.third = third;
        save(&s, false);
        assert_int_equal(plan_load(r.store, id, &p, &err), 0);
        assert_int_equal(run_killing(&r, id, false, &p, &err), 0);
        assert_int_equal(p.status, PLAN_STOPPED);
        assert_int_equal(plan_find_step(&p, "grow-2")->state, STEP_FAILED);
        assert_int_equal(run_killing(&r, id, true, &p, &err), 0);
        assert_int_equal(p.status, PLAN_ROLLED_BACK);
        check_either(&r);
        load(&s);
        assert_string_equal(s.sky.groups[0].status, "ACTIVE");
        replace_rig_release(&r);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(killed_anywhere_it_goes_on_to_the_same_end),
        cmocka_unit_test(killed_anywhere_it_goes_back),
        cmocka_unit_test(goes_back_without_nodes_that_never_came),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
