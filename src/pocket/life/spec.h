/* spec: the parts of a pod's spec and of a selector as the API writes them, from the world's
 * classes, so that a world that reads them back has the same class. Pure. */
#ifndef TOBAN_POCKET_LIFE_SPEC_H
#define TOBAN_POCKET_LIFE_SPEC_H

#include "base/jsonw.h"
#include "world/world.h"

void life_write_labels(struct jsonw *j, const struct world *w, struct labels l);
/* {matchLabels, matchExpressions} */
void life_write_selector(struct jsonw *j, const struct world *w, const struct selector *s);
/* {cpu, memory, ephemeral-storage, …}; pods < 0: not written. */
void life_write_resources(struct jsonw *j, const struct world *w, const struct resources *r,
                          int32_t pods);
void life_write_taints(struct jsonw *j, const struct world *w, const struct taint *t, uint32_t n);
void life_write_node_terms(struct jsonw *j, const struct world *w, const struct node_term *t,
                           uint32_t n);
/* The fields of a pod's spec, into an object that is open. Claims are not of the class: those of
 * the pod (WORLD_NONE: of a template, without). */
void life_write_spec(struct jsonw *j, const struct world *w, uint32_t class, uint32_t pod);
/* Of these, the ones that admission adds to what is written: tolerations and priority. */
void life_write_admitted(struct jsonw *j, const struct world *w, uint32_t class);
/* labels and annotations, into the open metadata. */
void life_write_class_meta(struct jsonw *j, const struct world *w, uint32_t class);

#endif
