/* Which budgets cover which class. A budget is looked up by the first label that its selector asks
 * for, so that a class is compared with the few that may match and not with all of its namespace.
 */
#include "base/must.h"
#include "sim/pdb.h"

struct anchor {
    uint32_t ns, key, value; /* key STRINGS_NONE: no single label is asked for */
    uint32_t pdb;
};

struct cover {
    const struct world *w;
    struct anchor *anchors;
    uint32_t len;
    uint32_t own_labels[2]; /* which no class has, only its pods */
    bool before_v1;
    VEC(struct budget_ref) refs;
};

static int compare_anchor(const void *a, const void *b)
{
    const uint32_t *x = a, *y = b;
    for (unsigned i = 0; i < sizeof(struct anchor) / sizeof *x; i++)
        if (x[i] != y[i])
            return x[i] < y[i] ? -1 : 1;
    return 0;
}

static struct anchor anchor_of(const struct cover *c, uint32_t index)
{
    const struct world_pdb *pdb = &c->w->pdbs.items[index];
    struct anchor a = {.ns = pdb->ns, .pdb = index};
    for (uint32_t i = 0; i < pdb->selector.len && !a.key; i++) {
        const struct requirement *r = &pdb->selector.items[i];
        bool own = r->key == c->own_labels[0] || r->key == c->own_labels[1];
        if (own || r->op != LABEL_IN || r->value_count != 1)
            continue;
        a.key = r->key;
        a.value = r->values[0];
    }
    return a;
}

static void find_anchors(struct cover *c)
{
    const struct world *w = c->w;
    c->own_labels[0] = strings_find(&w->strings, SV("statefulset.kubernetes.io/pod-name"));
    c->own_labels[1] = strings_find(&w->strings, SV("apps.kubernetes.io/pod-index"));
    c->anchors = mem_must(malloc((w->pdbs.len + 1) * sizeof *c->anchors));
    for (uint32_t i = 0; i < w->pdbs.len; i++)
        if (w->pdbs.items[i].used)
            c->anchors[c->len++] = anchor_of(c, i);
    qsort(c->anchors, c->len, sizeof *c->anchors, compare_anchor);
}

/* An empty selector means all pods in policy/v1 and none before; before policy/v1 a pod without
 * labels has no budget. As world_pdb_covers says it for one pod. */
static enum world_match covers(const struct cover *c, const struct world_pdb *pdb, uint32_t class)
{
    const struct world_class *k = &c->w->classes.items[class];
    if (pdb->selector.nothing || (!pdb->selector.len && (pdb->v1beta1 || c->before_v1)))
        return MATCH_NO;
    enum world_match m = world_selects_class(c->w, &pdb->selector, class);
    return m == MATCH_YES && c->before_v1 && !k->labels.len ? MATCH_MAYBE : m;
}

static void match_anchor(struct cover *c, uint32_t class, uint32_t key, uint32_t value)
{
    uint32_t ns = c->w->classes.items[class].ns, low = 0, high = c->len;
    struct anchor wanted = {ns, key, value, 0};
    while (low < high) {
        uint32_t mid = (low + high) / 2;
        if (compare_anchor(&c->anchors[mid], &wanted) < 0)
            low = mid + 1;
        else
            high = mid;
    }
    for (; low < c->len && c->anchors[low].ns == ns && c->anchors[low].key == key &&
           c->anchors[low].value == value;
         low++) {
        uint32_t pdb = c->anchors[low].pdb;
        enum world_match m = covers(c, &c->w->pdbs.items[pdb], class);
        struct budget_ref ref = {.pdb = pdb, .perhaps = m == MATCH_MAYBE};
        if (m != MATCH_NO && !vec_push(&c->refs, ref))
            must_fail_nomem();
    }
}

static int compare_ref(const void *a, const void *b)
{
    const struct budget_ref *x = a, *y = b;
    return (x->pdb > y->pdb) - (x->pdb < y->pdb);
}

void budgets_cover(struct budgets *b)
{
    const struct world *w = b->w;
    struct cover c = {.w = w,
                      .before_v1 = !version_at_least(w->version, (struct version){1, 21, 0, true})};
    b->first = mem_must(calloc(w->classes.len + 1, sizeof *b->first));
    find_anchors(&c);
    for (uint32_t class = 0; class < w->classes.len; class ++) {
        struct labels l = w->classes.items[class].labels;
        b->first[class] = (uint32_t)c.refs.len;
        if (c.len)
            match_anchor(&c, class, STRINGS_NONE, STRINGS_NONE);
        for (uint32_t i = 0; c.len && i < l.len; i++)
            match_anchor(&c, class, l.items[i].key, l.items[i].value);
        uint32_t found = (uint32_t)c.refs.len - b->first[class];
        if (found > 1)
            qsort(c.refs.items + b->first[class], found, sizeof *c.refs.items, compare_ref);
    }
    b->first[w->classes.len] = (uint32_t)c.refs.len;
    b->refs = c.refs.items;
    free(c.anchors);
}
