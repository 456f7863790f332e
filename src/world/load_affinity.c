/* Affinity, tolerations and spreading. */
#include "world/load_internal.h"

/* ---- keys whose values come from the pod's own labels ---- */

/* {key op [own value]}, unless the API server has put it there already. A key that the pod does not
 * have is left out, as the API server does. */
static void fold_key(struct load *l, struct selector *s, struct labels own, uint32_t key,
                     enum label_op op)
{
    uint32_t value = labels_value(own, key);
    if (!labels_has(own, key) || s->nothing)
        return;
    for (uint32_t i = 0; i < s->len; i++)
        if (s->items[i].key == key && s->items[i].op == op && s->items[i].value_count == 1 &&
            s->items[i].values[0] == value)
            return;
    struct requirement *more =
        mem_must(arena_new_n(&l->w->arena, struct requirement, (size_t)s->len + 1));
    if (s->len)
        memcpy(more, s->items, s->len * sizeof *more);
    more[s->len] = (struct requirement){.key = key, .op = op, .value_count = 1};
    more[s->len].values = load_keep(l, &value, 1, sizeof value);
    s->items = more;
    s->len++;
}

/* Selectors grow by a copy for each key: more keys than anybody writes are left out. */
#define FOLDED_MAX 100u

static void fold_keys(struct load *l, struct selector *s, struct labels own)
{
    if (l->match_keys.len > FOLDED_MAX || l->mismatch_keys.len > FOLDED_MAX) {
        load_note(l, "more than %u matchLabelKeys: taken as none", FOLDED_MAX);
        return;
    }
    vec_foreach(key, &l->match_keys)
        fold_key(l, s, own, *key, LABEL_IN);
    vec_foreach(key, &l->mismatch_keys)
        fold_key(l, s, own, *key, LABEL_NOT_IN);
}

#define read_keys(l, p, list)                                                                      \
    do {                                                                                           \
        struct sv key_;                                                                            \
        each_item(p, name) if (pull_string((p), &key_))                                            \
            push_entry((p), (list), strings_put(&(l)->w->strings, key_));                          \
    } while (0)

/* ---- affinity between pods ---- */

static void read_term_keys(struct load *l, struct pull *p, struct sv key)
{
    if (KEY(key, "namespaces"))
        read_keys(l, p, &l->namespace_list);
    else if (KEY(key, "matchLabelKeys"))
        read_keys(l, p, &l->match_keys);
    else if (KEY(key, "mismatchLabelKeys"))
        read_keys(l, p, &l->mismatch_keys);
    else
        pull_skip(p);
}

/* Without namespaces and without a selector of them: the pod's own. */
static void read_pod_term(struct load *l, struct pull *p, struct labels own, uint32_t ns,
                          struct affinity_term *t)
{
    struct sv key;
    *t = (struct affinity_term){.pods = {.nothing = true}, .namespace_selector = {.nothing = true}};
    l->namespace_list.len = l->match_keys.len = l->mismatch_keys.len = 0;
    each_key(p, key)
    {
        if (KEY(key, "labelSelector"))
            load_selector(l, p, &t->pods);
        else if (KEY(key, "namespaceSelector"))
            load_selector(l, p, &t->namespace_selector);
        else if (KEY(key, "topologyKey"))
            load_text_id(l, p, &t->topology_key);
        else
            read_term_keys(l, p, key);
    }
    fold_keys(l, &t->pods, own);
    if (!l->namespace_list.len && t->namespace_selector.nothing)
        push_entry(p, &l->namespace_list, ns);
    t->namespaces = load_keep_list(l, &l->namespace_list);
    t->namespace_count = (uint32_t)l->namespace_list.len;
}

/* {weight, podAffinityTerm} */
static void read_weighted(struct load *l, struct pull *p, struct labels own, uint32_t ns,
                          struct affinity_term *t)
{
    struct sv key;
    int32_t weight = 0;
    *t = (struct affinity_term){.pods = {.nothing = true}, .namespace_selector = {.nothing = true}};
    each_key(p, key)
    {
        if (KEY(key, "weight"))
            load_int(p, &weight);
        else if (KEY(key, "podAffinityTerm"))
            read_pod_term(l, p, own, ns, t);
        else
            pull_skip(p);
    }
    t->weight = weight;
}

static void read_terms(struct load *l, struct pull *p, struct labels own, uint32_t ns,
                       bool weighted)
{
    l->affinity_list.len = 0;
    each_item(p, term)
    {
        struct affinity_term t;
        if (weighted)
            read_weighted(l, p, own, ns, &t);
        else
            read_pod_term(l, p, own, ns, &t);
        push_entry(p, &l->affinity_list, t);
    }
}

#define REQUIRED "requiredDuringSchedulingIgnoredDuringExecution"
#define PREFERRED "preferredDuringSchedulingIgnoredDuringExecution"

struct term_list {
    const struct affinity_term **items;
    uint32_t *count;
};

static void read_pod_affinity(struct load *l, struct pull *p, struct labels own, uint32_t ns,
                              struct term_list required, struct term_list preferred)
{
    struct sv key;
    each_key(p, key)
    {
        bool hard = KEY(key, REQUIRED);
        if (!hard && !KEY(key, PREFERRED)) {
            pull_skip(p);
            continue;
        }
        struct term_list *list = hard ? &required : &preferred;
        read_terms(l, p, own, ns, !hard);
        *list->items = load_keep_list(l, &l->affinity_list);
        *list->count = (uint32_t)l->affinity_list.len;
    }
}

/* ---- affinity to nodes ---- */

static void read_preference(struct load *l, struct pull *p)
{
    struct weighted_term t = {0};
    struct sv key;
    each_key(p, key)
    {
        if (KEY(key, "weight"))
            load_int(p, &t.weight);
        else if (KEY(key, "preference"))
            load_node_term(l, p, &t.term);
        else
            pull_skip(p);
    }
    push_entry(p, &l->weighted_list, t);
}

static void read_node_affinity(struct load *l, struct pull *p, struct world_class *c)
{
    struct sv key;
    each_key(p, key)
    {
        if (KEY(key, REQUIRED)) {
            c->has_node_terms = pull_peek(p) == PULL_MAP;
            load_node_selector(l, p, &c->node_terms, &c->node_term_count);
        } else if (KEY(key, PREFERRED)) {
            l->weighted_list.len = 0;
            each_item(p, preference) read_preference(l, p);
            c->node_preferences = load_keep_list(l, &l->weighted_list);
            c->node_preference_count = (uint32_t)l->weighted_list.len;
        } else {
            pull_skip(p);
        }
    }
}

void load_affinity(struct load *l, struct pull *p, struct labels own, struct world_class *c)
{
    struct sv key;
    each_key(p, key)
    {
        if (KEY(key, "nodeAffinity"))
            read_node_affinity(l, p, c);
        else if (KEY(key, "podAffinity"))
            read_pod_affinity(l, p, own, c->ns,
                              (struct term_list){&c->affinity, &c->affinity_count},
                              (struct term_list){&c->attraction, &c->attraction_count});
        else if (KEY(key, "podAntiAffinity"))
            read_pod_affinity(l, p, own, c->ns,
                              (struct term_list){&c->anti_affinity, &c->anti_affinity_count},
                              (struct term_list){&c->repulsion, &c->repulsion_count});
        else
            pull_skip(p);
    }
}

/* ---- tolerations ---- */

enum taint_effect load_effect(struct sv text)
{
    return sv_is(text, "NoSchedule")         ? TAINT_NO_SCHEDULE
           : sv_is(text, "PreferNoSchedule") ? TAINT_PREFER_NO_SCHEDULE
           : sv_is(text, "NoExecute")        ? TAINT_NO_EXECUTE
                                             : TAINT_ANY;
}

static void read_toleration(struct load *l, struct pull *p)
{
    struct toleration t = {.seconds = -1};
    struct sv key, text;
    each_key(p, key)
    {
        if (KEY(key, "key"))
            load_text_id(l, p, &t.key);
        else if (KEY(key, "value"))
            load_text_id(l, p, &t.value);
        else if (KEY(key, "operator"))
            t.exists = load_is(p, "Exists");
        else if (KEY(key, "effect"))
            t.effect = pull_string(p, &text) ? load_effect(text) : TAINT_ANY;
        else if (KEY(key, "tolerationSeconds"))
            pull_i64(p, &t.seconds);
        else
            pull_skip(p);
    }
    push_entry(p, &l->toleration_list, t);
}

void load_tolerations(struct load *l, struct pull *p, struct world_class *c)
{
    l->toleration_list.len = 0;
    each_item(p, toleration) read_toleration(l, p);
    c->tolerations = load_keep_list(l, &l->toleration_list);
    c->toleration_count = (uint32_t)l->toleration_list.len;
}

/* ---- spreading ---- */

static bool read_spread_policy(struct pull *p, struct spread *s, struct sv key)
{
    if (KEY(key, "maxSkew"))
        load_int(p, &s->max_skew);
    else if (KEY(key, "minDomains"))
        load_int(p, &s->min_domains);
    else if (KEY(key, "whenUnsatisfiable"))
        s->hard = load_is(p, "DoNotSchedule");
    else if (KEY(key, "nodeAffinityPolicy"))
        s->ignore_affinity = load_is(p, "Ignore");
    else if (KEY(key, "nodeTaintsPolicy"))
        s->honor_taints = load_is(p, "Honor");
    else
        return false;
    return true;
}

static void read_spread(struct load *l, struct pull *p, struct labels own)
{
    struct spread s = {.pods = {.nothing = true}, .max_skew = 1};
    struct sv key;
    l->match_keys.len = l->mismatch_keys.len = 0;
    each_key(p, key)
    {
        if (read_spread_policy(p, &s, key))
            continue;
        if (KEY(key, "labelSelector"))
            load_selector(l, p, &s.pods);
        else if (KEY(key, "topologyKey"))
            load_text_id(l, p, &s.topology_key);
        else if (KEY(key, "matchLabelKeys"))
            read_keys(l, p, &l->match_keys);
        else
            pull_skip(p);
    }
    fold_keys(l, &s.pods, own);
    push_entry(p, &l->spread_list, s);
}

void load_spreads(struct load *l, struct pull *p, struct labels own, struct world_class *c)
{
    l->spread_list.len = 0;
    each_item(p, spread) read_spread(l, p, own);
    c->spreads = load_keep_list(l, &l->spread_list);
    c->spread_count = (uint32_t)l->spread_list.len;
}
