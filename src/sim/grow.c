/* A simulator whose world grows by what clients write: texts, classes and the arrays beside them.
 */
#include "sim/internal.h"

void grow_take(struct sim *s)
{
    const struct world *from = s->grows;
    s->w.strings = from->strings;
    s->w.classes = from->classes;
    s->w.storage_classes = from->storage_classes;
    s->w.priority_classes = from->priority_classes;
    s->w.namespaces = from->namespaces;
    s->w.services = from->services;
    bool classes = s->known_classes < s->w.classes.len;
    classes_grow(s);
    images_grow(s);
    if (classes)
        grow_budgets(s);
}

void sim_take_growth(struct sim *s)
{
    grow_take(s);
}

uint32_t grow_text(struct sim *s, struct sv text)
{
    if (!s->grows)
        return strings_find(&s->w.strings, text);
    uint32_t id = strings_put(&s->grows->strings, text);
    s->w.strings = s->grows->strings;
    return id;
}

/* As the API server makes names up: no vowels, and nothing that looks like one. */
static void add_suffix(struct sim *s, struct str *name)
{
    static const char letters[] = "bcdfghjklmnpqrstvwxz2456789";
    for (unsigned i = 0; i < 5; i++)
        str_addc(name, letters[random_next(&s->names) % (sizeof letters - 1)]);
}

#define NAME_BASE_MAX 57u

uint32_t grow_pod_name(struct sim *s, uint32_t owner)
{
    _cleanup_str_ struct str name;
    struct sv base = strings_get(&s->w.strings, s->w.workloads.items[owner].name);
    uint32_t id;
    str_init(&name, 0);
    do {
        str_reset(&name);
        str_addv(&name, sv_n(base.ptr, base.len < NAME_BASE_MAX ? base.len : NAME_BASE_MAX));
        str_addc(&name, '-');
        add_suffix(s, &name);
        id = strings_find(&s->w.strings, str_sv(&name));
    } while (id); /* a text that is known may be the name of a pod */
    return grow_text(s, str_sv(&name));
}

/* ---- claims ---- */

uint32_t grow_find_claim(const struct sim *s, uint32_t ns, uint32_t name)
{
    for (uint32_t i = 0; name && i < s->w.pvcs.len; i++)
        if (s->w.pvcs.items[i].used && s->w.pvcs.items[i].name == name &&
            s->w.pvcs.items[i].ns == ns)
            return i;
    return WORLD_NONE;
}

void grow_claims(struct sim *s, struct birth *b)
{
    const struct owner_state *o = &s->owners[b->owner];
    const struct world_workload *wl = &s->w.workloads.items[b->owner];
    b->claims = (uint32_t)s->w.pod_claims.len;
    b->claim_count = (uint16_t)o->claim_count;
    for (uint32_t i = 0; i < o->claim_count; i++)
        must_push(&s->w.pod_claims, grow_find_claim(s, wl->ns, o->claim_names[i]));
    if (o->claim_names || wl->pods == WORLD_NONE)
        return;
    b->claims = s->w.pods.items[wl->pods].claims;
    b->claim_count = s->w.pods.items[wl->pods].claim_count;
}

/* ---- budgets ---- */

static void keep_counts(const struct budgets *was, struct budgets *is, size_t pdbs)
{
    for (size_t i = 0; i < pdbs; i++) {
        is->state[i].disrupted = was->state[i].disrupted;
        is->state[i].foreign_scale = was->state[i].foreign_scale;
    }
    is->writes = was->writes;
    is->planned = was->planned;
}

void grow_budgets(struct sim *s)
{
    struct budgets was = s->budgets;
    budgets_init(&s->budgets, &s->w, s->version);
    keep_counts(&was, &s->budgets, s->known_pdbs);
    budgets_release(&was);
    s->known_pdbs = s->w.pdbs.len;
    world_each_pod(&s->w, p)
        budgets_count(&s->budgets, p, s->pods.items[p].disrupted, 1);
}
