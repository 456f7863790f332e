/*
 * sched_driver: the scheduler and the simulator as a command line, so that tests can ask them what
 * they ask a real control plane. Not installed. Prints one JSON object; an error as "error: CLASS:
 * MESSAGE" on standard error, and exits 1.
 *
 *   sched_driver WORLD VERSION pick NAMESPACE/NAME             where a pending pod may go
 *   sched_driver WORLD VERSION evict NAMESPACE/NAME [dry]      what the eviction subresource
 * answers sched_driver WORLD VERSION drain NODE NAMESPACE/NAME…      cordon, evict all, watch to
 * the end
 *
 * WORLD: a file of objects as `kubectl get -o json` prints them. VERSION: of the control plane.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/io.h"
#include "base/jsonw.h"
#include "base/text.h"
#include "sim/sim.h"
#include "world/load.h"

static const size_t input_max = (size_t)256 << 20;
static const int64_t drain_max_ms = (int64_t)3600 * 1000;

static int load_world(const char *path, struct world *w, struct err *err)
{
    _cleanup_str_ struct str text = {0};
    if (io_read_file(path, input_max, &text, err))
        return -1;
    struct load *l = load_new(w);
    int result = load_text(l, path, str_sv(&text), err);
    if (result == 0)
        result = load_finish(l, err);
    load_free(l);
    return result;
}

static int find_pod(const struct world *w, const char *name, uint32_t *pod, struct err *err)
{
    struct sv rest = sv_of(name), ns = sv_split(&rest, '/');
    *pod = world_find_pod(w, ns, rest);
    if (*pod == WORLD_NONE)
        return err_set(err, ERR_NOT_FOUND, "no pod %s in the world", name);
    return 0;
}

static const char *node_name(const struct world *w, uint32_t node)
{
    return node == WORLD_NONE ? NULL : world_text(w, w->nodes.items[node].name);
}

static void put_pod(struct jsonw *j, const struct world *w, uint32_t pod)
{
    char name[512], full[1024];
    world_pod_name(w, pod, name, sizeof(name));
    snprintf(full, sizeof(full), "%s/%s", world_text(w, world_class_of(w, pod)->ns), name);
    jsonw_str(j, full);
}

/* ---- pick ---- */

static void put_scores(struct jsonw *j, const struct world *w, const struct sched_scores *scores,
                       uint32_t count)
{
    jsonw_key(j, "feasible");
    jsonw_array(j);
    for (uint32_t i = 0; i < count; i++)
        jsonw_str(j, node_name(w, scores[i].node));
    jsonw_array_end(j);
    jsonw_key(j, "scores");
    jsonw_object(j);
    for (int p = 0; p < SCORE_PLUGINS; p++) {
        jsonw_key(j, sched_plugin_names[p]);
        jsonw_object(j);
        for (uint32_t i = 0; i < count; i++)
            jsonw_kv_int(j, node_name(w, scores[i].node), scores[i].plugin[p]);
        jsonw_object_end(j);
    }
    jsonw_object_end(j);
    jsonw_key(j, "totals");
    jsonw_object(j);
    for (uint32_t i = 0; i < count; i++)
        jsonw_kv_int(j, node_name(w, scores[i].node), scores[i].total);
    jsonw_object_end(j);
}

static void put_refusal(struct jsonw *j, const struct world *w, struct sched *s, uint32_t pod)
{
    struct sched_refusal refusal = {0};
    _cleanup_str_ struct str text = {0};
    sched_explain(s, pod, &refusal);
    sched_refusal_text(s, &refusal, &text);
    jsonw_kv_sv(j, "message", str_sv(&text));
    sched_refusal_release(&refusal);

    struct sched_preemption p = {0};
    sched_preempt(s, pod, &p);
    jsonw_kv_str(j, "nominated", node_name(w, p.node));
    jsonw_key(j, "victims");
    jsonw_array(j);
    for (size_t i = 0; i < p.victims.len; i++)
        put_pod(j, w, p.victims.items[i]);
    jsonw_array_end(j);
    sched_preemption_release(&p);
}

static int do_pick(const struct world *w, const char *name, struct jsonw *j, struct err *err)
{
    uint32_t pod, cap = (uint32_t)w->nodes.len;
    if (find_pod(w, name, &pod, err))
        return -1;
    struct sched *s = sched_new(w, &(struct sched_options){.seed = 1});
    struct sched_scores *scores = calloc(cap + 1, sizeof(*scores));
    if (!scores) {
        sched_free(s);
        return err_nomem(err, "scores");
    }
    uint32_t count = sched_score_all(s, pod, scores, cap);
    put_scores(j, w, scores, count);
    if (count == 0)
        put_refusal(j, w, s, pod);
    struct sched_choice choice;
    sched_pick(s, pod, &choice);
    jsonw_kv_str(j, "node", node_name(w, choice.node));
    jsonw_kv_int(j, "found", choice.feasible);
    free(scores);
    sched_free(s);
    return 0;
}

/* ---- evict ---- */

static void put_answer(struct jsonw *j, const struct eviction_answer *a)
{
    jsonw_object(j);
    jsonw_kv_int(j, "code", a->code);
    jsonw_kv_str(j, "message", a->message);
    jsonw_kv_str(j, "detail", a->detail);
    jsonw_kv_int(j, "retry", a->retry_after_s);
    jsonw_object_end(j);
}

static void put_budgets(struct jsonw *j, const struct world *w)
{
    jsonw_key(j, "budgets");
    jsonw_object(j);
    for (size_t i = 0; i < w->pdbs.len; i++) {
        const struct world_pdb *b = &w->pdbs.items[i];
        if (!b->used)
            continue;
        jsonw_key(j, world_text(w, b->name));
        jsonw_object(j);
        jsonw_kv_int(j, "expectedPods", b->expected);
        jsonw_kv_int(j, "currentHealthy", b->healthy);
        jsonw_kv_int(j, "desiredHealthy", b->desired);
        jsonw_kv_int(j, "disruptionsAllowed", b->allowed);
        jsonw_object_end(j);
    }
    jsonw_object_end(j);
}

static int do_evict(const struct world *w, const char *name, bool dry, struct jsonw *j,
                    struct err *err)
{
    struct sim *s = sim_new(w, NULL, &(struct sim_options){.seed = 1});
    uint32_t pod;
    int result = find_pod(sim_world(s), name, &pod, err);
    if (result == 0) {
        put_budgets(j, sim_world(s));
        struct eviction_answer answer = sim_evict(s, pod, -1, dry);
        jsonw_key(j, "answer");
        put_answer(j, &answer);
    }
    sim_free(s);
    return result;
}

/* ---- drain ---- */

struct notes {
    struct sim *sim;
    struct jsonw *j;
};

static void on_change(void *ctx, const struct world_change *c, int64_t now_ms)
{
    struct notes *n = ctx;
    (void)now_ms;
    const char *happened = c->kind == CHANGE_POD_ADDED   ? "made"
                           : c->kind == CHANGE_POD_READY ? "ready"
                           : c->kind == CHANGE_POD_GONE  ? "gone"
                                                         : NULL;
    if (!happened || !n->sim)
        return;
    const struct world *w = sim_world(n->sim);
    const struct world_pod *pod = &w->pods.items[c->index];
    char who[512], text[600];
    snprintf(who, sizeof(who), "%s", pod->name == STRINGS_NONE ? "new" : "old");
    if (pod->owner != WORLD_NONE && w->workloads.items[pod->owner].kind == WORKLOAD_STATEFULSET)
        world_pod_name(w, c->index, who, sizeof(who));
    snprintf(text, sizeof(text), "%s %s", happened, who);
    jsonw_str(n->j, text);
}

static void put_places(struct jsonw *j, const struct world *w)
{
    jsonw_key(j, "nodes");
    jsonw_array(j);
    world_each_pod(w, p)
        jsonw_str(j, node_name(w, w->pods.items[p].node));
    jsonw_array_end(j);
}

static int do_drain(const struct world *w, char **names, int count, struct jsonw *j,
                    struct err *err)
{
    uint32_t node = world_find_node(w, sv_of(names[0]));
    if (node == WORLD_NONE)
        return err_set(err, ERR_NOT_FOUND, "no node %s in the world", names[0]);
    struct notes notes = {.j = j};
    struct sim_options options = {.seed = 1, .on_change = on_change, .ctx = &notes};
    struct sim *s = sim_new(w, NULL, &options);
    notes.sim = s;
    sim_cordon(s, node, true);
    struct eviction_answer *answers = calloc((size_t)count, sizeof(*answers));
    int result = answers ? 0 : err_nomem(err, "answers");
    jsonw_key(j, "events");
    jsonw_array(j);
    for (int i = 1; i < count && result == 0; i++) {
        uint32_t pod;
        result = find_pod(sim_world(s), names[i], &pod, err);
        if (result == 0)
            answers[i] = sim_evict(s, pod, -1, false);
    }
    while (result == 0 && sim_next(s) < drain_max_ms)
        sim_run(s, sim_next(s));
    jsonw_array_end(j);
    jsonw_key(j, "evictions");
    jsonw_array(j);
    for (int i = 1; i < count && result == 0; i++)
        put_answer(j, &answers[i]);
    jsonw_array_end(j);
    put_places(j, sim_world(s));
    free(answers);
    sim_free(s);
    return result;
}

static int run(int argc, char **argv, struct world *w, struct jsonw *j, struct err *err)
{
    if (argc < 5)
        return err_set(err, ERR_USAGE, "wants WORLD VERSION pick|evict|drain NAME…");
    if (load_world(argv[1], w, err))
        return -1;
    if (!version_parse(sv_of(argv[2]), &w->version))
        return err_set(err, ERR_USAGE, "%s is not a version", argv[2]);
    const char *verb = argv[3];
    jsonw_object(j);
    int result;
    if (strcmp(verb, "pick") == 0)
        result = do_pick(w, argv[4], j, err);
    else if (strcmp(verb, "evict") == 0)
        result = do_evict(w, argv[4], argc > 5 && strcmp(argv[5], "dry") == 0, j, err);
    else if (strcmp(verb, "drain") == 0)
        result = do_drain(w, argv + 4, argc - 4, j, err);
    else
        result = err_set(err, ERR_USAGE, "unknown word: %s", verb);
    jsonw_object_end(j);
    return result;
}

int main(int argc, char **argv)
{
    struct err err = {0};
    struct world w;
    struct jsonw j;
    _cleanup_str_ struct str out = {0};
    world_init(&w);
    jsonw_init(&j, &out, 0);
    int result = run(argc, argv, &w, &j, &err);
    if (result)
        fprintf(stderr, "error: %s: %s\n", err_class_name(err.class), err.msg);
    else
        printf("%.*s\n", SV_ARG(str_sv(&out)));
    world_release(&w);
    return result ? 1 : 0;
}
