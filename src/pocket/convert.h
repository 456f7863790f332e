/*
 * convert: objects between the version they are stored in and an older or other one that is asked
 * for (enum kind_form). Only what differs is touched; apiVersion and kind are the caller's.
 */
#ifndef TOBAN_POCKET_CONVERT_H
#define TOBAN_POCKET_CONVERT_H

#include "pocket/kinds.h"
#include "pocket/value.h"

/* A stored object (made by value.h; changed in place) as the form has it. */
void convert_from_stored(struct arena *a, enum kind_form form, struct doc_node *object);
/* The other way. What the form cannot say is kept in annotations where the real server does so. */
void convert_to_stored(struct arena *a, enum kind_form form, struct doc_node *object);

#endif
