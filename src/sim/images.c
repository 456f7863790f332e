/* Which images a node has: what the snapshot says of the nodes, and what pods brought since. The
 * kubelet reports no more than 50 images: what it does not report may still be there. */
#include "sim/internal.h"

#define REPORTED_MAX 50u

static uint32_t number_of(struct sim *s, uint32_t image)
{
    if (!s->image_numbers[image])
        s->image_numbers[image] = ++s->image_count;
    return s->image_numbers[image];
}

static void number_classes(struct sim *s)
{
    const struct world *w = &s->w;
    for (uint32_t c = s->image_classes; c < w->classes.len; c++) {
        const struct world_class *k = &w->classes.items[c];
        s->classes[c].images = (uint32_t)s->class_images.len;
        s->classes[c].image_count = (uint32_t)k->image_count + k->init_image_count;
        for (uint32_t i = 0; i < s->classes[c].image_count; i++)
            must_push(&s->class_images, number_of(s, k->images[i]));
    }
    s->image_classes = (uint32_t)w->classes.len;
}

/* Numbers the images of all classes, so that a node's are bits and a class's lie side by side. */
void images_start(struct sim *s)
{
    const struct world *w = &s->w;
    s->image_texts = w->strings.texts.len + 1;
    s->image_numbers = mem_must(calloc(s->image_texts, sizeof *s->image_numbers));
    number_classes(s);
}

/* Bits of images that a node had when there were fewer of them. */
static void widen(struct node_state *n, uint32_t before, uint32_t now)
{
    size_t had = before / 64 + 1, has = now / 64 + 1;
    if (!n->images || had == has)
        return;
    n->images = mem_must((uint64_t *)realloc(n->images, has * sizeof *n->images));
    memset(n->images + had, 0, (has - had) * sizeof *n->images);
}

void images_grow(struct sim *s)
{
    size_t texts = s->w.strings.texts.len + 1;
    uint32_t before = s->image_count;
    if (texts > s->image_texts) {
        size_t room = texts + texts / 2;
        s->image_numbers =
            mem_must((uint32_t *)realloc(s->image_numbers, room * sizeof *s->image_numbers));
        memset(s->image_numbers + s->image_texts, 0,
               (room - s->image_texts) * sizeof *s->image_numbers);
        s->image_texts = room;
    }
    number_classes(s);
    for (size_t i = 0; i < s->nodes.len; i++)
        widen(&s->nodes.items[i], before, s->image_count);
}
static uint64_t *bits_of(struct sim *s, uint32_t node)
{
    struct node_state *n = &s->nodes.items[node];
    if (n->images)
        return n->images;
    const struct world_node *wn = &s->w.nodes.items[node];
    n->images = mem_must(calloc(s->image_count / 64 + 1, sizeof *n->images));
    n->reports_all = wn->image_count < REPORTED_MAX;
    for (uint32_t i = 0; i < wn->image_count; i++) {
        uint32_t bit = s->image_numbers[wn->images[i].name];
        if (bit)
            n->images[bit / 64] |= UINT64_C(1) << bit % 64;
    }
    return n->images;
}

double images_missing(struct sim *s, uint32_t node, uint32_t class)
{
    const struct class_state *c = &s->classes[class];
    if (!c->image_count)
        return 0;
    const uint64_t *bits = bits_of(s, node);
    const uint32_t *images = s->class_images.items + c->images;
    unsigned missing = 0;
    for (uint32_t i = 0; i < c->image_count; i++)
        missing += !(bits[images[i] / 64] >> images[i] % 64 & 1);
    return s->nodes.items[node].reports_all ? (double)missing / c->image_count : 0;
}

void images_pulled(struct sim *s, uint32_t node, uint32_t class)
{
    const struct class_state *c = &s->classes[class];
    if (!c->image_count)
        return;
    uint64_t *bits = bits_of(s, node);
    const uint32_t *images = s->class_images.items + c->images;
    for (uint32_t i = 0; i < c->image_count; i++)
        bits[images[i] / 64] |= UINT64_C(1) << images[i] % 64;
}
