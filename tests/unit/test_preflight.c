/* What stands against a change, who accepted what, and what a list of nodes says of them. */
#include "ops/inventory/inventory.h"
#include "ops/preflight/preflight.h"

#include "unit.h"
#include "world_build.h"

/* ---- preflight ---- */

static struct rehearsal_blocker blockers[] = {
    {"budget-allows-none:shop/cart", "Deployment shop/cart", "budget-allows-none", 2, "cart-1",
     "budget shop/cart allows 0", "scale it"},
    {"budget-allows-none:shop/cart", "Deployment shop/cart", "budget-allows-none", 1, "cart-2",
     "budget shop/cart allows 0", "scale it"},
};
static struct rehearsal_unschedulable unplaced[] = {
    {"Deployment shop/web", 3, "0/4 nodes are available", "start more nodes"}};
static struct rehearsal_risk risks[] = {
    {"single-replica:shop/one", "single-replica", "Deployment shop/one", 1, false, "its only pod",
     "scale it"},
    {"never-moves:shop/pin", "never-moves", "Deployment shop/pin", 1, true, "selects this node",
     NULL},
};

static void take_all(struct preflight *p)
{
    struct rehearsal r = {.verdict = REHEARSAL_BLOCKS};
    r.blockers.items = blockers;
    r.blockers.len = 2;
    r.unschedulable.items = unplaced;
    r.unschedulable.len = 1;
    r.risks.items = risks;
    r.risks.len = 2;
    preflight_take(p, &r);
}

static void what_blocks_comes_first_and_once(void **state)
{
    _cleanup_preflight_ struct preflight p = {0};
    static const char *const ids[] = {"budget-allows-none:shop/cart", "cannot-be-placed:shop/web",
                                      "never-moves:shop/pin", "single-replica:shop/one"};
    take_all(&p);
    assert_int_equal(p.items.len, 4);
    for (size_t i = 0; i < 4; i++)
        assert_string_equal(p.items.items[i].id, ids[i]);
    assert_int_equal(p.items.items[0].pods, 3);
    assert_int_equal(preflight_open(&p), 3);
}

static void who_asks_to_be_left_alone_is_asked_for(void **state)
{
    _cleanup_preflight_ struct preflight p = {0};
    struct rehearsal_risk wish = {"do-not-disrupt:shop/match",
                                  "do-not-disrupt",
                                  "Deployment shop/match",
                                  1,
                                  false,
                                  "asks",
                                  "ask its owner"};
    struct rehearsal r = {.verdict = REHEARSAL_FINISHES};
    r.risks.items = &wish;
    r.risks.len = 1;
    preflight_take(&p, &r);
    assert_int_equal(preflight_open(&p), 1);
}

static void a_risk_that_turns_out_to_block_moves_up(void **state)
{
    _cleanup_preflight_ struct preflight p = {0};
    static const struct preflight_item mild = {.id = "a:x", .subject = "X", .text = "mild"},
                                       other = {.id = "b:x", .subject = "X", .text = "other"},
                                       hard = {.id = "b:x", .text = "hard", .blocks = true};
    preflight_add(&p, &mild);
    preflight_add(&p, &other);
    preflight_add(&p, &hard);
    assert_int_equal(p.items.len, 2);
    assert_string_equal(p.items.items[0].text, "hard");
    assert_string_equal(p.items.items[1].id, "a:x");
    preflight_add(&p, &other);
    assert_true(p.items.items[0].blocks);
}

static void every_id_must_be_accepted(void **state)
{
    _cleanup_preflight_ struct preflight p = {0};
    struct err err = {0};
    static const char *const two[] = {"budget-allows-none:shop/cart", "single-replica:shop/one",
                                      NULL};
    static const char *const rest[] = {"cannot-be-placed:shop/web", "never-moves:shop/pin", NULL};
    take_all(&p);
    assert_int_equal(preflight_accept(&p, two, &err), 0);
    assert_int_equal(preflight_open(&p), 2);
    assert_int_equal(preflight_accept(&p, rest, &err), 0);
    assert_int_equal(preflight_open(&p), 0);
}

static void an_unknown_id_is_refused_with_the_nearest(void **state)
{
    _cleanup_preflight_ struct preflight p = {0};
    struct err err = {0};
    static const char *const slip[] = {"never-move:shop/pin", NULL};
    static const char *const wild[] = {"everything", NULL};
    take_all(&p);
    assert_int_equal(preflight_accept(&p, slip, &err), -1);
    assert_int_equal(err.class, ERR_USAGE);
    assert_string_equal(err.msg, "--accept: 'never-move:shop/pin' is no risk of this operation");
    assert_string_equal(err.hint, "did you mean 'never-moves:shop/pin'?");
    assert_int_equal(preflight_accept(&p, wild, &err), -1);
    assert_string_equal(err.hint, "--dry-run lists the risks there are, with their ids");
    assert_int_equal(preflight_open(&p), 3);
}

static void what_was_accepted_earlier_may_be_gone(void **state)
{
    _cleanup_preflight_ struct preflight p = {0};
    static const char *const earlier[] = {"gone:x/y", "never-moves:shop/pin"};
    take_all(&p);
    preflight_accept_known(&p, earlier, 2);
    assert_int_equal(preflight_open(&p), 2);
}

/* ---- inventory ---- */

static uint32_t named_pod(struct world *w, const struct build_class *c, uint32_t node,
                          const char *name)
{
    uint32_t pod = build_pod(w, build_class(w, c), node);
    w->pods.items[pod].name = build_text(w, name);
    w->pods.items[pod].phase = POD_RUNNING;
    w->pods.items[pod].ready = true;
    return pod;
}

static struct mark mark_of(const char *node)
{
    return (struct mark){.node = node, .by = ""};
}

static void a_node_tells_what_a_drain_would_find(void **state)
{
    _cleanup_world_ struct world w;
    _cleanup_inventory_ struct inventory i = {0};
    _cleanup_marks_ struct marks marks = {0};
    struct mark both[] = {mark_of("n1"), mark_of("n2")};
    build_world(&w, 29);
    uint32_t n1 = build_node(&w, &(struct build_node){.name = "n1"});
    build_node(&w, &(struct build_node){.name = "n2",
                                        .taints = "ToBeDeletedByClusterAutoscaler=1:NoSchedule"});
    uint32_t web = build_workload(&w, WORKLOAD_REPLICASET, "shop", "web", "app=web");
    uint32_t agent = build_workload(&w, WORKLOAD_DAEMONSET, "shop", "agent", "app=agent");
    build_pdb(&w, "shop", "app=web", 0);
    uint32_t held = named_pod(&w, &(struct build_class){.labels = "app=web"}, n1, "web-1");
    uint32_t own = named_pod(&w, &(struct build_class){.labels = "app=agent"}, n1, "agent-1");
    world_pod_own(&w, held, web);
    world_pod_own(&w, own, agent);
    named_pod(&w, &(struct build_class){.labels = "app=bare"}, n1, "bare");
    uint32_t done = named_pod(&w, &(struct build_class){.labels = "app=job"}, n1, "done");
    w.pods.items[done].phase = POD_SUCCEEDED;
    uint32_t going = named_pod(&w, &(struct build_class){.labels = "app=web"}, n1, "web-2");
    world_pod_own(&w, going, web);
    w.pods.items[going].deleting = 1;
    marks.nodes.items = both;
    marks.nodes.len = 2;
    inventory_make(&w, &marks, &i);
    marks.nodes.items = NULL;
    marks.nodes.len = 0;
    assert_int_equal(i.rows.len, 2);
    const struct inventory_row *r = i.rows.items;
    assert_int_equal(r->pods, 4);
    assert_int_equal(r->own, 1);
    assert_int_equal(r->finished, 1);
    assert_int_equal(r->to_move, 3);
    assert_int_equal(r->terminating, 1);
    assert_int_equal(r->blocked, 1);
    assert_int_equal(r->bare, 1);
    assert_null(r->removed_by);
    assert_int_equal(r[1].pods, 0);
    assert_string_equal(r[1].removed_by, "cluster autoscaler");
}

/* ---- marks ---- */

static void read_mark(const char *json, struct arena *a, struct mark *out)
{
    struct doc_file f;
    struct err err;
    assert_int_equal(doc_parse_json(&f, "annotations", sv_of(json), NULL, &err), 0);
    *out = (struct mark){0};
    marks_parse(f.parts[0].root, a, out);
    doc_release(&f);
}

static void annotations_are_marks(void **state)
{
    _cleanup_arena_ struct arena a = {0};
    struct mark m;
    read_mark("{\"toban.dev/plan\":\"p-7k2m4q by ann@b\",\"karpenter.sh/do-not-evict\":\"true\"}",
              &a, &m);
    assert_string_equal(m.plan, "p-7k2m4q");
    assert_string_equal(m.by, "ann@b");
    assert_true(m.do_not_disrupt);
    assert_false(m.no_scale_down);
    read_mark("{\"cluster-autoscaler.kubernetes.io/scale-down-disabled\":\"true\"}", &a, &m);
    assert_true(m.no_scale_down);
    assert_null(m.plan);
    assert_string_equal(m.by, "");
    read_mark("{\"toban.dev/plan\":\"p-7k2m4q\",\"karpenter.sh/do-not-disrupt\":\"yes\"}", &a, &m);
    assert_string_equal(m.plan, "p-7k2m4q");
    assert_string_equal(m.by, "");
    assert_false(m.do_not_disrupt);
    read_mark("{\"toban.dev/plan\":\"\"}", &a, &m);
    assert_null(m.plan);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_blocks_comes_first_and_once),
        cmocka_unit_test(who_asks_to_be_left_alone_is_asked_for),
        cmocka_unit_test(a_risk_that_turns_out_to_block_moves_up),
        cmocka_unit_test(every_id_must_be_accepted),
        cmocka_unit_test(an_unknown_id_is_refused_with_the_nearest),
        cmocka_unit_test(what_was_accepted_earlier_may_be_gone),
        cmocka_unit_test(a_node_tells_what_a_drain_would_find),
        cmocka_unit_test(annotations_are_marks),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
