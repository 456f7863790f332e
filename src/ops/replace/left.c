#include "ops/replace/left.h"

#include "base/must.h"
#include "ops/replace/replace.h"

#include <string.h>

struct walk {
    struct arena *a;
    struct rehearse_round *rounds;
    size_t count;
    size_t groups;            /* whose creation was passed */
    struct rehearse_round at; /* the round that is passed */
    bool ahead;               /* something of it is */
};

static bool is_verb(const struct plan_step *s, const char *verb)
{
    return strcmp(s->verb, verb) == 0;
}

static bool is_done(const struct plan_step *s)
{
    return s->state == STEP_DONE || s->state == STEP_SKIPPED;
}

static void close_round(struct walk *k)
{
    static const char *const none[] = {NULL};
    if (k->ahead) {
        k->at.group = k->groups ? k->groups - 1 : 0;
        k->at.nodes = k->at.nodes ? k->at.nodes : none;
        k->rounds[k->count++] = k->at;
    }
    k->at = (struct rehearse_round){0};
    k->ahead = false;
}

static void read_fresh(struct walk *k, const struct plan_step *step)
{
    struct replace_step s;
    struct err err = {0};
    if (is_done(step) || replace_step_parse(step->args, k->a, &s, &err) < 0)
        return;
    int64_t n = is_verb(step, "grow-group") ? s.scaling.desired.n - s.before : s.nodes;
    k->at.fresh = n > 0 ? (uint32_t)n : 0;
    k->ahead = true;
}

static void read_nodes(struct walk *k, const struct plan_step *step)
{
    struct drain_order order;
    struct err err = {0};
    if (drain_order_parse(step->args, k->a, &order, &err) == 0)
        k->at.nodes = order.nodes;
}

static void pass(struct walk *k, const struct plan_step *s)
{
    if (is_verb(s, "create-group") || is_verb(s, "grow-group") || is_verb(s, "prove-detached"))
        close_round(k);
    k->groups += is_verb(s, "create-group");
    if (is_verb(s, "await-group") || is_verb(s, "grow-group"))
        read_fresh(k, s);
    else if (is_verb(s, "drain"))
        read_nodes(k, s);
    if (is_verb(s, "drain") || is_verb(s, "verify-drained") || is_verb(s, "end-nodes"))
        k->ahead = k->ahead || !is_done(s);
}

bool replace_in_rounds(const struct plan *p)
{
    vec_foreach(s, &p->steps)
        if (is_verb(s, "grow-group") || is_verb(s, "end-nodes"))
            return true;
    return false;
}

size_t replace_rounds_left(const struct plan *p, struct arena *a, struct rehearse_round **out)
{
    struct walk k = {.a = a};
    k.rounds = mem_must(arena_new_n(a, struct rehearse_round, p->steps.len + 1));
    vec_foreach(s, &p->steps)
        pass(&k, s);
    close_round(&k);
    *out = k.rounds;
    return k.count;
}
