/* load_finish: the parts of load_finish() that other files have. Internal to world/load. */
#ifndef TOBAN_WORLD_LOAD_FINISH_H
#define TOBAN_WORLD_LOAD_FINISH_H

#include "world/load_internal.h"

/* Different texts of a world; far above real ones. */
#define LOAD_TEXTS_MAX 100000000u

/* The controller itself; WORLD_NONE when it is not there. */
uint32_t load_workload_of(const struct load *l, const struct owner *o);

/* Each gives places to the names that things of its kind refer to. They may be called again when
 * more was read or something is gone (world_apply); with l->quiet nothing is noted anew. */
void load_resolve_owners(struct load *l);
/* The same when this workload was read anew and none has come or gone since; was: its owner before.
 */
void load_resolve_owner_of(struct load *l, uint32_t workload, uint32_t was);
void load_resolve_claims(struct load *l);
void load_resolve_volumes(struct load *l);
void load_resolve_attachments(struct load *l);
void load_resolve_csi(struct load *l);
void load_resolve_services(struct load *l);
void load_resolve_hpas(struct load *l);
/* Of pods that are in the world already. */
void load_resolve_pods(struct load *l);
/* What new pods of each workload will be: as its newest pod is, else as its template says. */
void load_resolve_templates(struct load *l);

/* Enters the pods: node, controller, claims. After the workloads, nodes and claims are known. */
void load_finish_pods(struct load *l);
/* One of them: *pod as it was read. Claims are appended to the world's. */
void load_finish_pod(struct load *l, struct world_pod *pod);
/* As load_resolve_templates, of one workload; what is known only by its pods goes with the last. */
void load_resolve_template(struct load *l, uint32_t workload);

void load_note_of(struct load *l, const char *kind, uint32_t ns, uint32_t name, const char *fmt,
                  ...) __attribute__((format(printf, 5, 6)));

#endif
