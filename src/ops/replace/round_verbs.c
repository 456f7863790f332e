/* The verbs of a replacement in rounds: old machines make room for new ones, and back. */
#include "base/jsonw.h"
#include "base/must.h"
#include "doc/doc.h"
#include "ops/replace/round_choice.h"
#include "ops/replace/round_work.h"

#include <string.h>

#define BEFORE "before/blue"

/* ---- old nodes make room ---- */

struct remembered {
    struct shape_int min;
    bool found;
};

static struct shape_int size_of(const struct doc_node *root, const char *key)
{
    const struct doc_node *n = doc_get(root, key);
    return n && n->type == DOC_INT ? shape_int(n->integer) : (struct shape_int){0};
}

static void recall(void *ctx, const struct plan_act *act)
{
    struct remembered *r = ctx;
    _cleanup_doc_ struct doc_file file = {0};
    struct err err;
    if (strcmp(act->key, BEFORE) != 0 || doc_parse_json(&file, "act", act->data, NULL, &err) < 0)
        return;
    r->found = true;
    r->min = size_of(file.parts[0].root, "min");
}

/* What going back has to restore, kept before anything is changed. */
static int remember(struct work *k, const struct eks_scaling *now, struct err *err)
{
    _cleanup_str_ struct str text = {0};
    struct jsonw w;
    if (plan_act_state(k->run, k->step, BEFORE) != ACT_UNKNOWN)
        return 0;
    jsonw_init(&w, &text, 0);
    jsonw_object(&w);
    if (now->min.set)
        jsonw_kv_int(&w, "min", now->min.n);
    jsonw_object_end(&w);
    const struct plan_act act = {BEFORE, ACT_DONE, str_sv(&text)};
    return plan_record(k->run, k->step, &act, 1, err);
}

static enum work_answer is_free(struct work *k, struct str *words, struct err *err)
{
    const struct replace_cloud *c = &k->host->cloud;
    enum work_answer so =
        work_answered(c->nodes_empty(c->ctx, &k->s.names, words, err), words, err);
    return so == WORK_YES
               ? work_answered(c->machines_detached(c->ctx, &k->s.machines, words, err), words, err)
               : so;
}

static enum work_answer old_are_gone(struct work *k, struct str *words, struct err *err)
{
    return round_gone(k, k->s.blue, &k->s.machines, words, err);
}

/* Auto Scaling ends no machine below the least of its group. How many there are is said too: what
 * EKS remembers of it may be older than what Auto Scaling has ended since. */
static enum plan_end make_room(struct work *k, const struct work_seen *blue, struct err *err)
{
    const struct eks_scaling least = {.min = shape_int(0), .desired = shape_int(k->s.back)};
    if (remember(k, &blue->group.scaling, err) < 0)
        return PLAN_END_FAIL;
    enum plan_end end = work_await(k, is_free, work_detach_ms(k), k->s.blue,
                                   "has nothing left on these nodes", err);
    end = end == PLAN_END_OK ? round_resize(k, k->s.blue, &least, "shrink", err) : end;
    return end == PLAN_END_OK ? round_end(k, k->s.blue, &k->s.machines, old_are_gone, err) : end;
}

static enum plan_end end_act(struct work *k, struct err *err)
{
    struct work_seen blue;
    enum plan_end end = work_look(k, k->s.blue, &blue, err);
    if (end == PLAN_END_OK && blue.absent)
        return err_set(err, ERR_CONFLICT, "node group '%s' is gone", k->s.blue), PLAN_END_FAIL;
    return end == PLAN_END_OK ? make_room(k, &blue, err) : end;
}

/* Or may it have been? */
static bool any_ended(const struct work *k)
{
    shape_each(m, &k->s.machines) {
        char key[128];
        snprintf(key, sizeof key, "end/%s", *m);
        if (plan_act_state(k->run, k->step, key) != ACT_UNKNOWN)
            return true;
    }
    return false;
}

/* Those that end may still be Ready; of those that were to end, some may have been left alone. */
static enum work_answer blue_is_back(struct work *k, struct str *words, struct err *err)
{
    const struct replace_cloud *c = &k->host->cloud;
    struct shape_texts ending = {0};
    struct replace_machines there;
    if (c->machines(c->ctx, k->s.cluster, k->s.blue, &k->arena, &there, err) < 0)
        return work_answered(-1, words, err);
    shape_each(m, &k->s.machines)
        if (!shape_has(&there.on, *m))
            *(const char **)shape_list_add(&ending, sizeof *m, &k->arena) = *m;
    return work_answered(c->joined(c->ctx, k->s.blue, k->s.back, &ending, words, err), words, err);
}

static enum plan_end end_undo(struct work *k, struct err *err)
{
    struct remembered before = {0};
    plan_acts_each(k->run, k->step, recall, &before);
    enum plan_end end = work_blue_stands(k, err);
    if (end != PLAN_END_OK || !before.found)
        return end;
    const struct eks_scaling size = {.min = before.min, .desired = shape_int(k->s.back)};
    end = round_resize(k, k->s.blue, &size, "restore", err);
    if (end != PLAN_END_OK || !any_ended(k))
        return end;
    return work_await(k, blue_is_back, work_ready_ms(k), k->s.blue, "has as many nodes as before",
                      err);
}

/* ---- new nodes come ---- */

static enum work_answer green_is_there(struct work *k, struct str *words, struct err *err)
{
    const struct replace_cloud *c = &k->host->cloud;
    return work_answered(c->ready(c->ctx, &k->s, words, err), words, err);
}

static enum plan_end grow_act(struct work *k, struct err *err)
{
    enum plan_end end = round_resize(k, k->s.green, &k->s.scaling, "grow", err);
    if (end != PLAN_END_OK)
        return end;
    return work_await(k, green_is_there, work_ready_ms(k), k->s.green, "is ready", err);
}

static enum work_answer chosen_are_gone(struct work *k, struct str *words, struct err *err)
{
    struct chosen chosen;
    round_recall(k, &chosen);
    return round_gone(k, k->s.green, &chosen.machines, words, err);
}

static enum plan_end end_chosen(struct chosen *c, struct err *err)
{
    struct work *k = c->k;
    const struct replace_cloud *cloud = &k->host->cloud;
    enum plan_end end = round_end_each(k, k->s.green, &c->unjoined, err);
    if (end == PLAN_END_OK && c->names.count)
        end = cloud->drain_nodes(cloud->ctx, k->run, k->step, &c->names, err);
    return end == PLAN_END_OK ? round_end(k, k->s.green, &c->machines, chosen_are_gone, err) : end;
}

static enum work_answer green_rests(struct work *k, struct str *words, struct err *err)
{
    struct work_seen g;
    enum plan_end end = work_look(k, k->s.green, &g, err);
    if (end != PLAN_END_OK)
        return end == PLAN_END_FAIL ? WORK_NEVER : WORK_NOT_YET;
    str_addf(words, "EKS says %s", g.absent ? "that it is gone" : g.group.status);
    return g.absent || g.status == EKS_GROUP_ACTIVE ? WORK_YES : WORK_NOT_YET;
}

/* Wanted are as many as there are: Auto Scaling starts no more, and has none to choose itself. */
static enum plan_end shrink(struct work *k, struct err *err)
{
    struct chosen c;
    enum plan_end end = PLAN_END_OK;
    round_recall(k, &c);
    if (!c.found)
        end = work_await(k, green_rests, work_ready_ms(k), k->s.green, "is at rest", err);
    if (end == PLAN_END_OK && !c.found)
        end = round_choose(&c, err);
    const struct eks_scaling now = {
        .min = shape_int(0), .desired = shape_int(c.live > k->s.before ? c.live : k->s.before)};
    end = end == PLAN_END_OK ? round_resize(k, k->s.green, &now, "shrink", err) : end;
    return end == PLAN_END_OK ? end_chosen(&c, err) : end;
}

static enum plan_end grow_undo(struct work *k, struct err *err)
{
    struct work_seen green;
    enum plan_end end = work_blue_stands(k, err);
    end = end == PLAN_END_OK ? work_look(k, k->s.green, &green, err) : end;
    if (end != PLAN_END_OK || green.absent)
        return end;
    return shrink(k, err);
}

WORK_VERB(end_act)
WORK_VERB(end_undo)
WORK_VERB(grow_act)
WORK_VERB(grow_undo)

const struct plan_verb *replace_round_verbs(void)
{
    static const struct plan_verb verbs[] = {
        {"end-nodes", NULL, verb_end_act, NULL, verb_end_undo},
        {"grow-group", NULL, verb_grow_act, NULL, verb_grow_undo},
        {0},
    };
    return verbs;
}
