/*
 * defaults: values the API server fills in by itself, where leaving the field out and writing it
 * means the same. Only what people commonly write in one manifest and not in another.
 * Source: pkg/apis/{core,apps,batch,networking}/v1/defaults.go of Kubernetes, as facts.
 */
#ifndef TOBAN_RULES_DIFF_DEFAULTS_H
#define TOBAN_RULES_DIFF_DEFAULTS_H

#include "doc/doc.h"

/* True when `value` at `path` ("spec.ports[http].protocol") of an object of this kind is what the
 * server would have put there. */
bool defaults_is_default(struct sv kind, const char *path, const struct doc_node *value);

#endif
