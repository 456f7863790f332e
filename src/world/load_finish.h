/* load_finish: the parts of load_finish() that other files have. Internal to world/load. */
#ifndef TOBAN_WORLD_LOAD_FINISH_H
#define TOBAN_WORLD_LOAD_FINISH_H

#include "world/load_internal.h"

/* Different texts of a world; far above real ones. */
#define LOAD_TEXTS_MAX 100000000u

/* Enters the pods: node, controller, claims. After the workloads, nodes and claims are known. */
void load_finish_pods(struct load *l);

/* What new pods of each workload will be: as its newest pod is, else as its template says. */
void load_finish_templates(struct load *l);

void load_note_of(struct load *l, const char *kind, uint32_t ns, uint32_t name, const char *fmt,
                  ...) __attribute__((format(printf, 5, 6)));

#endif
