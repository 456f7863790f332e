#include "world/class_key.h"

static void put(struct str *out, int64_t v)
{
    str_add(out, &v, sizeof v);
}

static void put_ids(struct str *out, const uint32_t *ids, uint32_t count)
{
    put(out, count);
    str_add(out, ids, count * sizeof *ids);
}

static void put_labels(struct str *out, struct labels l)
{
    put(out, l.len);
    for (uint32_t i = 0; i < l.len; i++) {
        put(out, l.items[i].key);
        put(out, l.items[i].value);
    }
}

static void put_resources(struct str *out, const struct resources *r)
{
    put(out, r->cpu);
    put(out, r->memory);
    put(out, r->ephemeral);
    put(out, r->scalar_count);
    for (uint32_t i = 0; i < r->scalar_count; i++) {
        put(out, r->scalars[i].name);
        put(out, r->scalars[i].amount);
    }
}

static void put_requirements(struct str *out, const struct requirement *r, uint32_t count)
{
    put(out, count);
    for (uint32_t i = 0; i < count; i++) {
        put(out, r[i].key);
        put(out, r[i].op);
        put(out, r[i].number);
        put_ids(out, r[i].values, r[i].value_count);
    }
}

static void put_selector(struct str *out, const struct selector *s)
{
    put(out, s->nothing);
    put_requirements(out, s->items, s->len);
}

static void put_term(struct str *out, const struct node_term *t)
{
    put_selector(out, &t->labels);
    put_requirements(out, t->fields, t->field_count);
}

static void put_node_affinity(struct str *out, const struct world_class *c)
{
    put_labels(out, c->node_selector);
    put(out, c->has_node_terms);
    put(out, c->node_term_count);
    for (uint32_t i = 0; i < c->node_term_count; i++)
        put_term(out, &c->node_terms[i]);
    put(out, c->node_preference_count);
    for (uint32_t i = 0; i < c->node_preference_count; i++) {
        put(out, c->node_preferences[i].weight);
        put_term(out, &c->node_preferences[i].term);
    }
    put(out, c->toleration_count);
    for (uint32_t i = 0; i < c->toleration_count; i++) {
        const struct toleration *t = &c->tolerations[i];
        put(out, t->key);
        put(out, t->value);
        put(out, t->exists);
        put(out, t->effect);
        put(out, t->seconds);
    }
}

static void put_affinity(struct str *out, const struct affinity_term *t, uint32_t count)
{
    put(out, count);
    for (uint32_t i = 0; i < count; i++) {
        put_selector(out, &t[i].pods);
        put_ids(out, t[i].namespaces, t[i].namespace_count);
        put_selector(out, &t[i].namespace_selector);
        put(out, t[i].topology_key);
        put(out, t[i].weight);
    }
}

static void put_spreads(struct str *out, const struct world_class *c)
{
    put(out, c->spread_count);
    for (uint32_t i = 0; i < c->spread_count; i++) {
        const struct spread *s = &c->spreads[i];
        put_selector(out, &s->pods);
        put(out, s->topology_key);
        put(out, s->max_skew);
        put(out, s->min_domains);
        put(out, s->hard | s->ignore_affinity << 1 | s->honor_taints << 2);
    }
}

static void put_probe(struct str *out, const struct probe *p)
{
    put(out, p->set);
    put(out, p->initial_delay_s);
    put(out, p->period_s);
    put(out, p->success_threshold);
}

static void put_life(struct str *out, const struct world_class *c)
{
    put_ids(out, c->images, (uint32_t)c->image_count + c->init_image_count);
    put(out, c->init_image_count);
    put(out, c->scheduler);
    put(out, c->priority_class);
    put(out, c->priority);
    put(out, c->preempt_never);
    put(out, c->grace_s);
    put(out, c->prestop_s);
    put_probe(out, &c->readiness);
    put_probe(out, &c->startup);
    put(out, c->readiness_gates | c->lb_gates << 8 | c->container_count << 16);
    put(out, c->init_count | c->restart_policy << 8);
    put(out, c->host_network | c->empty_dir << 1 | c->host_path << 2 | c->safe_to_evict_no << 3 |
                 c->do_not_disrupt << 4);
}

void class_key(const struct world_class *c, struct str *out)
{
    put(out, c->ns);
    put_labels(out, c->labels);
    put_resources(out, &c->request);
    put_resources(out, &c->request_old);
    put(out, c->score_cpu);
    put(out, c->score_memory);
    put_node_affinity(out, c);
    put_affinity(out, c->affinity, c->affinity_count);
    put_affinity(out, c->anti_affinity, c->anti_affinity_count);
    put_affinity(out, c->attraction, c->attraction_count);
    put_affinity(out, c->repulsion, c->repulsion_count);
    put_spreads(out, c);
    put(out, c->port_count);
    for (uint32_t i = 0; i < c->port_count; i++) {
        put(out, c->ports[i].ip);
        put(out, c->ports[i].port | c->ports[i].protocol << 16);
    }
    put_life(out, c);
}
