#include "sched/shape.h"

#include "base/must.h"
#include "sched/intern.h"
#include "sched/slots.h"

/* ---- taints ---- */

bool toleration_bears(const struct toleration *t, uint32_t key, uint32_t value,
                      enum taint_effect effect)
{
    if (t->effect != TAINT_ANY && t->effect != effect)
        return false;
    if (t->key != STRINGS_NONE && t->key != key)
        return false;
    if (t->key == STRINGS_NONE && !t->exists)
        return false;
    return t->exists || t->value == value;
}

static bool is_borne(const struct toleration *t, uint32_t len, const struct taint *taint)
{
    for (uint32_t i = 0; i < len; i++)
        if (toleration_bears(&t[i], taint->key, taint->value, taint->effect))
            return true;
    return false;
}

const struct taint *taint_not_borne(const struct toleration *t, uint32_t len,
                                    const struct world_node *node)
{
    for (uint32_t i = 0; i < node->taint_count; i++)
        if (node->taints[i].effect != TAINT_PREFER_NO_SCHEDULE &&
            !is_borne(t, len, &node->taints[i]))
            return &node->taints[i];
    return NULL;
}

bool cordon_is_borne(const struct sched *s, const struct toleration *t, uint32_t len)
{
    struct taint cordon = {s->keys.unschedulable, STRINGS_NONE, TAINT_NO_SCHEDULE};
    return is_borne(t, len, &cordon);
}

/* ---- does a node belong ---- */

static bool labels_hold(struct labels wanted, struct labels has)
{
    for (uint32_t i = 0; i < wanted.len; i++)
        if (!labels_has(has, wanted.items[i].key) ||
            labels_value(has, wanted.items[i].key) != wanted.items[i].value)
            return false;
    return true;
}

static bool holds_affinity(const struct sched *s, const struct shape *sh,
                           const struct world_node *node)
{
    if (!labels_hold(sh->labels, node->labels))
        return false;
    for (uint32_t i = 0; i < sh->len; i++)
        if (node_term_matches(&sh->terms[i], &s->w->strings, node->labels, node->name))
            return true;
    return !sh->has_terms;
}

static bool holds_topologies(const struct sched *s, const struct shape *sh,
                             const struct world_node *node)
{
    for (uint32_t i = 0; i < sh->len; i++)
        if (selector_matches(&sh->selectors[i], &s->w->strings, node->labels))
            return true;
    return false;
}

/* The GA name of a beta zone or region label, else the key itself. */
static uint32_t newer_key(const struct sched *s, uint32_t key)
{
    if (key && key == s->keys.old_zone)
        return s->keys.zone;
    return key && key == s->keys.old_region ? s->keys.region : key;
}

static bool is_in_set(struct sv set, struct sv wanted)
{
    while (set.ptr) {
        const char *end = sv_find(set, "__");
        struct sv part = {set.ptr, end ? (size_t)(end - set.ptr) : set.len};
        if (sv_eq(part, wanted))
            return true;
        set = end ? sv_n(end + 2, set.len - part.len - 2) : SV_NONE;
    }
    return false;
}

static bool has_zone_labels(const struct sched *s, struct labels l)
{
    uint32_t keys[] = {s->keys.zone, s->keys.region, s->keys.old_zone, s->keys.old_region};
    for (uint32_t i = 0; i < ARRAY_LEN(keys); i++)
        if (keys[i] && labels_has(l, keys[i]))
            return true;
    return false;
}

static bool holds_zones(const struct sched *s, const struct shape *sh,
                        const struct world_node *node)
{
    if (!has_zone_labels(s, node->labels))
        return true;
    for (uint32_t i = 0; i < sh->labels.len; i++) {
        uint32_t key = sh->labels.items[i].key;
        if (!labels_has(node->labels, key) && s->rules.minor >= 24)
            key = newer_key(s, key);
        if (!is_in_set(strings_get(&s->w->strings, sh->labels.items[i].value),
                       strings_get(&s->w->strings, labels_value(node->labels, key))))
            return false;
    }
    return true;
}

static bool holds_keys(const struct sched *s, const struct shape *sh, const struct world_node *node)
{
    for (uint32_t i = 0; i < sh->len; i++) {
        bool own_host = sh->list[i] == s->keys.hostname && !node->name;
        if (!own_host && !labels_has(node->labels, sh->list[i]))
            return false;
    }
    return true;
}

static bool holds_all(const struct sched *s, const struct shape *sh, uint32_t node)
{
    for (uint32_t i = 0; i < sh->len; i++)
        if (!shape_holds(s, sh->list[i], node))
            return false;
    return true;
}

bool shape_holds(const struct sched *s, uint32_t shape, uint32_t node)
{
    const struct shape *sh = s->shapes.items[shape];
    const struct world_node *n = &s->w->nodes.items[node];
    switch (sh->kind) {
    case SHAPE_TOLERATES:
        return (!n->unschedulable || cordon_is_borne(s, sh->tolerations, sh->len)) &&
               !taint_not_borne(sh->tolerations, sh->len, n);
    case SHAPE_AFFINITY:
        return holds_affinity(s, sh, n);
    case SHAPE_TOPOLOGIES:
        return holds_topologies(s, sh, n);
    case SHAPE_ZONES:
        return holds_zones(s, sh, n);
    case SHAPE_KEYS:
        return holds_keys(s, sh, n);
    case SHAPE_ALL:
        return holds_all(s, sh, node);
    }
    return false;
}

/* ---- making them ---- */

static void begin(struct sched *s, enum shape_kind kind)
{
    intern_begin(s, INTERN_SHAPE);
    intern_number(s, kind);
}

static uint32_t end(struct sched *s, const struct shape *shape)
{
    bool is_new;
    uint32_t id = intern_end(s, (uint32_t)s->shapes.len, &is_new);
    if (!is_new)
        return id;
    struct shape *sh = mem_must(arena_new(&s->arena, struct shape));
    *sh = *shape;
    must_push(&s->shapes, sh);
    slots_add_set(s, &sh->bits);
    for (uint32_t slot = 0; slot < s->slot_len; slot++) {
        uint32_t node = s->node_at[slot];
        bool in = node != WORLD_NONE && shape_holds(s, id, node);
        bits_put(sh->bits, slot, in);
        sh->count += in;
    }
    return id;
}

uint32_t shape_tolerates(struct sched *s, const struct toleration *t, uint32_t len)
{
    begin(s, SHAPE_TOLERATES);
    for (uint32_t i = 0; i < len; i++) {
        intern_number(s, t[i].key);
        intern_number(s, t[i].value);
        intern_number(s, (uint32_t)t[i].exists << 8 | t[i].effect);
    }
    return end(s, &(struct shape){.kind = SHAPE_TOLERATES, .tolerations = t, .len = len});
}

uint32_t shape_affinity(struct sched *s, struct labels selector, bool has_terms,
                        const struct node_term *terms, uint32_t len)
{
    if (!selector.len && !has_terms)
        return WORLD_NONE;
    begin(s, SHAPE_AFFINITY);
    intern_labels(s, selector);
    intern_number(s, has_terms);
    intern_terms(s, terms, len);
    return end(s, &(struct shape){.kind = SHAPE_AFFINITY,
                                  .labels = selector,
                                  .has_terms = has_terms,
                                  .terms = terms,
                                  .len = len});
}

uint32_t shape_topologies(struct sched *s, const struct selector *selectors, uint32_t len)
{
    begin(s, SHAPE_TOPOLOGIES);
    for (uint32_t i = 0; i < len; i++)
        intern_selector(s, &selectors[i]);
    return end(s, &(struct shape){.kind = SHAPE_TOPOLOGIES, .selectors = selectors, .len = len});
}

uint32_t shape_zones(struct sched *s, struct labels zones)
{
    begin(s, SHAPE_ZONES);
    intern_labels(s, zones);
    return end(s, &(struct shape){.kind = SHAPE_ZONES, .labels = zones});
}

static const uint32_t *kept(struct sched *s, const uint32_t *list, uint32_t len)
{
    uint32_t *copy = mem_must(arena_new_n(&s->arena, uint32_t, len + 1));
    memcpy(copy, list, len * sizeof *copy);
    return copy;
}

static uint32_t of_list(struct sched *s, enum shape_kind kind, const uint32_t *list, uint32_t len)
{
    begin(s, kind);
    for (uint32_t i = 0; i < len; i++)
        intern_number(s, list[i]);
    return end(s, &(struct shape){.kind = kind, .list = kept(s, list, len), .len = len});
}

uint32_t shape_keys(struct sched *s, const uint32_t *keys, uint32_t len)
{
    return of_list(s, SHAPE_KEYS, keys, len);
}

uint32_t shape_all(struct sched *s, const uint32_t *shapes, uint32_t len)
{
    uint32_t some[4], n = 0;
    for (uint32_t i = 0; i < len && n < ARRAY_LEN(some); i++)
        if (shapes[i] != WORLD_NONE)
            some[n++] = shapes[i];
    if (n < 2)
        return n ? some[0] : WORLD_NONE;
    return of_list(s, SHAPE_ALL, some, n);
}
