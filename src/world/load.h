/*
 * load: objects of the Kubernetes API, as JSON, into a world.
 *
 * Takes what the API server or `kubectl get -o json` gives: typed lists, List of mixed kinds,
 * single objects, several of them behind each other. Kinds the world does not hold are skipped.
 * Order does not matter: references are resolved by load_finish. What cannot be believed (a
 * negative quantity, a controller that is not there) is replaced by a stated assumption (w->notes);
 * what cannot be read (bad JSON) is an error.
 *
 * Never entered: data of Secrets and ConfigMaps, environment values, arguments, annotations other
 * than the ones named in load_annotations.
 */
#ifndef TOBAN_WORLD_LOAD_H
#define TOBAN_WORLD_LOAD_H

#include "base/err.h"
#include "world/world.h"

/* Limits, each an error beyond: 8 MiB of text and 100,000 labels in an object, 10,000 entries in a
 * list, 1,000 containers in a pod, 4 million objects of a kind. */
struct load;

/* Annotations that are read, ended by NULL; all others never leave the input. */
extern const char *const load_annotations[];

/* Starts a load into w, which must be empty and outlive it. */
struct load *load_new(struct world *w);
/* NULL-safe; a load that was not finished leaves w usable but without references. */
void load_free(struct load *l);

/* Reads one text; `name` is for messages. -1 with err (name:line:column) when it is no JSON or not
 * of the API's shape; what came before the error is in the world. */
int load_text(struct load *l, const char *name, struct sv text, struct err *err);

/* One object as JSON, of a list whose items do not carry apiVersion and kind. */
int load_object(struct load *l, struct sv api_version, struct sv kind, struct sv json,
                struct err *err);

/* Does the world hold this kind? */
bool load_knows(struct sv kind);

/* Resolves references between objects, classes, claims and notes what refers to nothing.
 * -1 only when a limit is hit. */
int load_finish(struct load *l, struct err *err);

/* Objects taken, and skipped because of their kind. */
size_t load_taken(const struct load *l);
size_t load_skipped(const struct load *l);

#endif
