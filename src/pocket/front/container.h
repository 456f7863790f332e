/*
 * container: which container of a pod a log or a session is about, as the API server chooses it,
 * and why it refuses. Pure.
 */
#ifndef TOBAN_POCKET_FRONT_CONTAINER_H
#define TOBAN_POCKET_FRONT_CONTAINER_H

#include "base/str.h"
#include "doc/doc.h"

/* wanted is empty when the client names none. False with *why (appended): there is no such one, or
 * the client has to choose. */
bool front_container(const struct doc_node *pod, struct sv wanted, struct sv *out, struct str *why);
/* May commands run in it? False with *why (appended): the pod has ended or is on no node. */
bool front_container_runs(const struct doc_node *pod, struct str *why);

#endif
