/*
 * managed: metadata.managedFields as a list of managers with their sets, and back.
 */
#ifndef TOBAN_POCKET_PATCH_MANAGED_H
#define TOBAN_POCKET_PATCH_MANAGED_H

#include "pocket/patch/internal.h"
#include "pocket/patch/set.h"

struct manager {
    struct sv name, api_version, subresource, time;
    bool applies;         /* operation Apply, else Update */
    struct doc_node *set; /* NULL: gone */
};

struct managers {
    VEC(struct manager) list;
};

/* The managers of an object (NULL: none). Texts belong to the object or the arena. */
void managers_read(struct managers *m, struct arena *a, const struct doc_node *object);
/* Writes them into the object: sorted by operation, time and name, the oldest of more than ten
 * updaters joined into "ancient-changes"; the empty ones are left out. */
void managers_write(struct managers *m, struct arena *a, struct doc_node *object);
void managers_release(struct managers *m);
#define _cleanup_managers_ _cleanup_(managers_release)

/* The entry of a writer; an empty one is added when `make` and there is none. Valid until the next
 * is added. */
struct manager *managers_find(struct managers *m, struct arena *a, const struct patch_writer *who,
                              bool applies, bool make);

/* The manager in the words of a conflict. */
struct sv manager_print(struct arena *a, const struct manager *m);

#endif
