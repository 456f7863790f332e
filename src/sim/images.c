/* Which images a node has. What the snapshot says of the nodes, and what pods brought since. The
 * kubelet reports no more than 50 images: what it does not report may still be there. */
#include "sim/internal.h"

#define REPORTED_MAX 50u

static unsigned images_of(const struct world_class *c)
{
    return (unsigned)c->image_count + c->init_image_count;
}

/* Numbers the images of all classes, so that a node's are bits. */
void images_start(struct sim *s)
{
    const struct world *w = &s->w;
    s->image_bits = mem_must(calloc(w->strings.texts.len + 1, sizeof *s->image_bits));
    for (uint32_t c = 0; c < w->classes.len; c++) {
        const struct world_class *k = &w->classes.items[c];
        for (unsigned i = 0; i < images_of(k); i++)
            if (!s->image_bits[k->images[i]])
                s->image_bits[k->images[i]] = ++s->image_count;
    }
}

static uint64_t *bits_of(struct sim *s, uint32_t node)
{
    struct node_state *n = &s->nodes.items[node];
    const struct world_node *wn = &s->w.nodes.items[node];
    if (n->images)
        return n->images;
    n->images = mem_must(calloc(s->image_count / 64 + 1, sizeof *n->images));
    for (uint32_t i = 0; i < wn->image_count; i++) {
        uint32_t bit = s->image_bits[wn->images[i].name];
        if (bit)
            n->images[bit / 64] |= UINT64_C(1) << bit % 64;
    }
    return n->images;
}

double images_missing(struct sim *s, uint32_t node, uint32_t class)
{
    const struct world_class *c = &s->w.classes.items[class];
    unsigned all = images_of(c), missing = 0;
    if (!all || s->w.nodes.items[node].image_count >= REPORTED_MAX)
        return 0;
    const uint64_t *bits = bits_of(s, node);
    for (unsigned i = 0; i < all; i++) {
        uint32_t bit = s->image_bits[c->images[i]];
        missing += !(bits[bit / 64] >> bit % 64 & 1);
    }
    return (double)missing / all;
}

void images_pulled(struct sim *s, uint32_t node, uint32_t class)
{
    const struct world_class *c = &s->w.classes.items[class];
    uint64_t *bits = bits_of(s, node);
    for (unsigned i = 0; i < images_of(c); i++) {
        uint32_t bit = s->image_bits[c->images[i]];
        bits[bit / 64] |= UINT64_C(1) << bit % 64;
    }
}
