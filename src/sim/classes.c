/* A class of a world is hundreds of bytes, an event of a pod asks for a few of them. */
#include "sim/internal.h"
#include "sim/kubelet.h"

static struct class_state state_of(const struct world_class *c)
{
    return (struct class_state){
        .probe_ms = kubelet_probe_ms(c),
        .grace_s = c->grace_s,
        .prestop_s = c->prestop_s,
        .lb_gates = c->lb_gates,
        .init_count = c->init_count,
        .probes = c->readiness.set || c->startup.set,
        .repels = c->anti_affinity_count > 0,
    };
}

static void make_room(struct sim *s, size_t n)
{
    size_t bytes = (n + 1) * sizeof *s->classes;
    struct class_state *all =
        mem_must((struct class_state *)aligned_alloc(sizeof *s->classes, bytes));
    if (s->known_classes)
        memcpy(all, s->classes, s->known_classes * sizeof *all);
    free(s->classes);
    s->classes = all;
}

void classes_start(struct sim *s)
{
    size_t n = s->w.classes.len;
    make_room(s, n);
    for (size_t i = s->known_classes; i < n; i++)
        s->classes[i] = state_of(&s->w.classes.items[i]);
    s->known_classes = n;
}

void classes_grow(struct sim *s)
{
    size_t before = s->known_classes;
    if (before == s->w.classes.len)
        return;
    classes_start(s);
    for (size_t i = before; i < s->known_classes; i++)
        if (s->w.classes.items[i].priority < s->lowest_priority)
            s->lowest_priority = s->w.classes.items[i].priority;
}
