#include "sched/term.h"

static bool namespace_selected(const struct world *w, const struct selector *s, uint32_t ns)
{
    if (s->nothing)
        return false;
    if (!s->len)
        return true;
    vec_foreach(n, &w->namespaces)
        if (n->used && n->name == ns)
            return selector_matches(s, &w->strings, n->labels);
    return false;
}

bool term_covers_namespace(const struct world *w, const struct affinity_term *t, uint32_t ns)
{
    for (uint32_t i = 0; i < t->namespace_count; i++)
        if (t->namespaces[i] == ns)
            return true;
    return namespace_selected(w, &t->namespace_selector, ns);
}

bool term_covers_pod(const struct world *w, const struct affinity_term *t, uint32_t pod)
{
    return term_covers_namespace(w, t, world_class_of(w, pod)->ns) &&
           world_selects_pod(w, &t->pods, pod);
}

enum world_match term_covers_class(const struct world *w, const struct affinity_term *t,
                                   uint32_t class)
{
    if (!term_covers_namespace(w, t, w->classes.items[class].ns))
        return MATCH_NO;
    return world_selects_class(w, &t->pods, class);
}
