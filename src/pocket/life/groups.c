/* Which pods a service selects, without looking at all of either: pods by class, classes and
 * services by namespace. */
#include "pocket/life/internal.h"

/* A list of numbers through an index of its own: `first` by namespace, `next` by number. */
static void chain(struct life_chains *c, uint32_t ns, uint32_t at)
{
    uint32_t first = index_get(&c->first, ns);
    while (c->next.len <= at)
        must_push(&c->next, WORLD_NONE);
    c->next.items[at] = first;
    index_put(&c->first, ns, at);
}

static uint32_t next_of(const struct life_chains *c, uint32_t at)
{
    return c->next.items[at];
}

void life_chains_release(struct life_chains *c)
{
    index_release(&c->first);
    vec_release(&c->next);
}

void life_chain_services(struct pocket_life *l)
{
    life_chains_release(&l->services_of_ns);
    for (uint32_t i = 0; i < l->w->services.len; i++)
        if (l->w->services.items[i].used)
            chain(&l->services_of_ns, l->w->services.items[i].ns, i);
}

/* ---- pods ---- */

static void join_class(struct pocket_life *l, uint32_t pod, uint32_t class)
{
    while (l->of_class.len <= class)
        must_push(&l->of_class, (struct life_class){WORLD_NONE, false});
    struct life_class *c = &l->of_class.items[class];
    if (!c->chained)
        chain(&l->classes_of_ns, l->w->classes.items[class].ns, class);
    c->chained = true;
    l->links.items[pod] = (struct life_link){c->first, WORLD_NONE, class};
    if (c->first != WORLD_NONE)
        l->links.items[c->first].prev = pod;
    c->first = pod;
}

void life_leave_class(struct pocket_life *l, uint32_t pod)
{
    if (pod >= l->links.len || l->links.items[pod].class == WORLD_NONE)
        return;
    struct life_link link = l->links.items[pod];
    if (link.next != WORLD_NONE)
        l->links.items[link.next].prev = link.prev;
    if (link.prev != WORLD_NONE)
        l->links.items[link.prev].next = link.next;
    else
        l->of_class.items[link.class].first = link.next;
    l->links.items[pod].class = WORLD_NONE;
}

void life_join_class(struct pocket_life *l, uint32_t pod)
{
    uint32_t class = l->w->pods.items[pod].class;
    while (l->links.len <= pod)
        must_push(&l->links, (struct life_link){WORLD_NONE, WORLD_NONE, WORLD_NONE});
    if (l->links.items[pod].class == class)
        return;
    life_leave_class(l, pod);
    join_class(l, pod, class);
}

/* ---- services and their pods ---- */

void life_mark_services(struct pocket_life *l, uint32_t pod)
{
    const struct world *w = l->w;
    uint32_t i = index_get(&l->services_of_ns.first, world_class_of(w, pod)->ns);
    for (; i != WORLD_NONE; i = next_of(&l->services_of_ns, i)) {
        const struct world_service *s = &w->services.items[i];
        if (s->used && !s->selector.nothing && s->selector.len &&
            world_selects_pod(w, &s->selector, pod))
            life_mark(&l->services, i);
    }
}

void life_each_selected(struct pocket_life *l, uint32_t service,
                        void (*fn)(void *ctx, uint32_t pod), void *ctx)
{
    const struct world_service *s = &l->w->services.items[service];
    uint32_t class = index_get(&l->classes_of_ns.first, s->ns);
    for (; class != WORLD_NONE; class = next_of(&l->classes_of_ns, class)) {
        enum world_match match = world_selects_class(l->w, &s->selector, class);
        if (match == MATCH_NO)
            continue;
        for (uint32_t p = l->of_class.items[class].first; p != WORLD_NONE;
             p = l->links.items[p].next)
            if (match == MATCH_YES || world_selects_pod(l->w, &s->selector, p))
                fn(ctx, p);
    }
}
