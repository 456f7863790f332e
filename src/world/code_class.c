/* Pod classes, and the parts that other objects share with them. */
#include "base/must.h"
#include "world/codec.h"

/* Enough for sorting by what a text says instead of by its number. */
struct by_text {
    struct sv text;
    uint32_t index;
};

static int compare_texts(const void *a, const void *b)
{
    const struct by_text *x = a, *y = b;
    return sv_cmp(x->text, y->text);
}

/* The order in which the items, whose first member is a text, are written: by that text. */
static const struct by_text *text_order(struct codec *c, const void *items, uint32_t len,
                                        size_t size)
{
    struct by_text *order = mem_must(arena_new_n(&c->scratch, struct by_text, len + 1));
    for (uint32_t i = 0; i < len; i++) {
        uint32_t id = *(const uint32_t *)((const char *)items + i * size);
        order[i] = (struct by_text){strings_get(&c->w->strings, id), i};
    }
    qsort(order, len, sizeof *order, compare_texts);
    return order;
}

static int compare_first(const void *a, const void *b)
{
    uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
    return (x > y) - (x < y);
}

static void check_unique(struct codec *c, const void *items, uint32_t len, size_t size)
{
    const char *at = items;
    for (uint32_t i = 1; i < len; i++)
        if (compare_first(at + (i - 1) * size, at + i * size) == 0)
            codec_fail(c, "%s: has one name twice", c->field);
}

/* Items whose first member is the text that names them: in the file ordered by what it says, in
 * memory by its number. */
static void *code_named(struct codec *c, const void *items, uint32_t len, size_t size,
                        void (*one)(struct codec *, void *))
{
    if (codec_reads(c)) {
        void *place = code_items(c, NULL, len, size, one);
        if (!place || !codec_ok(c))
            return NULL;
        qsort(place, len, size, compare_first);
        check_unique(c, place, len, size);
        return place;
    }
    const struct by_text *order = text_order(c, items, len, size);
    for (uint32_t i = 0; i < len; i++)
        one(c, (char *)items + order[i].index * size);
    return (void *)items;
}

static void code_label(struct codec *c, void *label)
{
    struct label *l = label;
    CODE(text, l->key);
    CODE(text, l->value);
}

void code_labels(struct codec *c, struct labels *l)
{
    const char *field = c->field;
    l->len = code_length(c, l->len);
    l->items = code_named(c, l->items, l->len, sizeof *l->items, code_label);
    c->field = field;
}

static void code_scalar(struct codec *c, void *scalar)
{
    struct scalar *s = scalar;
    CODE(text, s->name);
    CODE(amount, s->amount);
}

void code_resources(struct codec *c, struct resources *r)
{
    CODE(amount, r->cpu);
    CODE(amount, r->memory);
    CODE(amount, r->ephemeral);
    c->field = "r->scalars";
    r->scalar_count = code_length(c, r->scalar_count);
    r->scalars = code_named(c, r->scalars, r->scalar_count, sizeof *r->scalars, code_scalar);
}

void code_requirement(struct codec *c, void *requirement)
{
    struct requirement *r = requirement;
    CODE(text, r->key);
    c->field = "r->op";
    r->op = (enum label_op)code_below(c, r->op, LABEL_LT + 1);
    CODE_ARRAY(r->values, r->value_count, code_text_item);
    CODE(i64, r->number);
}

void code_selector(struct codec *c, void *selector)
{
    struct selector *s = selector;
    CODE(bool, s->nothing);
    CODE_ARRAY(s->items, s->len, code_requirement);
}

void code_node_term(struct codec *c, void *term)
{
    struct node_term *t = term;
    code_selector(c, &t->labels);
    CODE_ARRAY(t->fields, t->field_count, code_requirement);
}

static void code_weighted_term(struct codec *c, void *term)
{
    struct weighted_term *t = term;
    code_node_term(c, &t->term);
    CODE(i32, t->weight);
}

static enum taint_effect code_effect(struct codec *c, enum taint_effect effect)
{
    c->field = "effect";
    return (enum taint_effect)code_below(c, effect, TAINT_NO_EXECUTE + 1);
}

void code_taint(struct codec *c, void *taint)
{
    struct taint *t = taint;
    CODE(text, t->key);
    CODE(text, t->value);
    t->effect = code_effect(c, t->effect);
}

static void code_toleration(struct codec *c, void *toleration)
{
    struct toleration *t = toleration;
    CODE(text, t->key);
    CODE(text, t->value);
    CODE(bool, t->exists);
    t->effect = code_effect(c, t->effect);
    CODE(i64, t->seconds);
}

static void code_affinity_term(struct codec *c, void *term)
{
    struct affinity_term *t = term;
    code_selector(c, &t->pods);
    c->field = "t->namespaces";
    t->namespace_count = code_length(c, t->namespace_count);
    t->namespaces =
        code_named(c, t->namespaces, t->namespace_count, sizeof *t->namespaces, code_text_item);
    code_selector(c, &t->namespace_selector);
    CODE(text, t->topology_key);
    CODE(i32, t->weight);
}

static void code_spread(struct codec *c, void *spread)
{
    struct spread *s = spread;
    code_selector(c, &s->pods);
    CODE(text, s->topology_key);
    CODE(i32, s->max_skew);
    CODE(i32, s->min_domains);
    CODE(bool, s->hard);
    CODE(bool, s->ignore_affinity);
    CODE(bool, s->honor_taints);
}

static void code_port(struct codec *c, void *port)
{
    struct host_port *p = port;
    CODE(text, p->ip);
    CODE(u16, p->port);
    c->field = "p->protocol";
    code_letter(c, &p->protocol, "TUS");
}

static void code_probe(struct codec *c, struct probe *p)
{
    CODE(bool, p->set);
    CODE(i32, p->initial_delay_s);
    CODE(i32, p->period_s);
    CODE(i32, p->success_threshold);
}

static void code_images(struct codec *c, struct world_class *k)
{
    CODE(u16, k->image_count);
    CODE(u16, k->init_image_count);
    c->field = "k->images";
    uint32_t count = (uint32_t)k->image_count + k->init_image_count;
    if (codec_reads(c) && count > (size_t)(c->end - c->at))
        codec_fail(c, "%s: %u items do not fit in the bytes that are left", c->field, count);
    k->images = code_items(c, k->images, count, sizeof *k->images, code_text_item);
}

static void code_placement(struct codec *c, struct world_class *k)
{
    CODE(labels, k->node_selector);
    CODE(bool, k->has_node_terms);
    CODE_ARRAY(k->node_terms, k->node_term_count, code_node_term);
    CODE_ARRAY(k->node_preferences, k->node_preference_count, code_weighted_term);
    CODE_ARRAY(k->tolerations, k->toleration_count, code_toleration);
    CODE_ARRAY(k->affinity, k->affinity_count, code_affinity_term);
    CODE_ARRAY(k->anti_affinity, k->anti_affinity_count, code_affinity_term);
    CODE_ARRAY(k->attraction, k->attraction_count, code_affinity_term);
    CODE_ARRAY(k->repulsion, k->repulsion_count, code_affinity_term);
    CODE_ARRAY(k->spreads, k->spread_count, code_spread);
    CODE_ARRAY(k->ports, k->port_count, code_port);
}

static void code_manners(struct codec *c, struct world_class *k)
{
    CODE(i32, k->grace_s);
    CODE(i32, k->prestop_s);
    CODE(probe, k->readiness);
    CODE(probe, k->startup);
    CODE(u8, k->readiness_gates);
    CODE(u8, k->lb_gates);
    CODE(u8, k->container_count);
    CODE(u8, k->init_count);
    c->field = "k->restart_policy";
    code_letter(c, &k->restart_policy, "AON");
    CODE(bool, k->host_network);
    CODE(bool, k->empty_dir);
    CODE(bool, k->host_path);
    CODE(bool, k->safe_to_evict_no);
    CODE(bool, k->do_not_disrupt);
}

void code_class(struct codec *c, void *class)
{
    struct world_class *k = class;
    CODE(text, k->ns);
    CODE(labels, k->labels);
    CODE(resources, k->request);
    CODE(resources, k->request_old);
    CODE(amount, k->score_cpu);
    CODE(amount, k->score_memory);
    code_placement(c, k);
    code_images(c, k);
    CODE(text, k->scheduler);
    CODE(text, k->priority_class);
    CODE(i32, k->priority);
    CODE(bool, k->preempt_never);
    code_manners(c, k);
}
