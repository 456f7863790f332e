/* A class of a world is hundreds of bytes, an event of a pod asks for a few of them. */
#include "sim/internal.h"
#include "sim/kubelet.h"

void classes_start(struct sim *s)
{
    size_t n = s->w.classes.len, bytes = (n + 1) * sizeof *s->classes;
    s->classes = mem_must((struct class_state *)aligned_alloc(sizeof *s->classes, bytes));
    for (size_t i = 0; i < n; i++) {
        const struct world_class *c = &s->w.classes.items[i];
        s->classes[i] = (struct class_state){
            .probe_ms = kubelet_probe_ms(c),
            .grace_s = c->grace_s,
            .prestop_s = c->prestop_s,
            .lb_gates = c->lb_gates,
            .init_count = c->init_count,
            .probes = c->readiness.set || c->startup.set,
            .repels = c->anti_affinity_count > 0,
        };
    }
}
