/*
 * side: one side of a forecast, loaded - the objects of files, charts and kustomizations, or the
 * live objects that a side names. I/O lives here; what a difference means is rules/diff.
 */
#ifndef TOBAN_OPS_DIFF_SIDE_H
#define TOBAN_OPS_DIFF_SIDE_H

#include "input/input.h"
#include "kube/client.h"
#include "rules/diff/diff.h"

/* Something that could not be looked at: exit code 3. Strings belong to the side. */
struct side_problem {
    const char *where, *message, *hint; /* hint may be NULL */
};

struct side {
    struct arena arena;
    struct input_list inputs;
    struct diff_objects objects;
    VEC(struct doc_file *) files;   /* trees of the objects */
    VEC(struct str) texts;          /* what the trees point into */
    VEC(struct kube_object *) live; /* answers of the server */
    VEC(struct side_problem) problems;
};

/* Objects of files, folders, charts and kustomizations. What cannot be read or parsed is a problem,
 * the rest goes on. -1 only when nothing sensible can be returned. Release *s in every case. */
int side_load(struct side *s, const char *const *paths, size_t path_count,
              const struct input_options *options, struct err *err);

/*
 * The live counterparts of the objects of `wanted`, one GET each, through the version the server
 * prefers among those it serves for the kind. Objects that are not there yet are simply missing.
 * Namespaces of `wanted` are filled in: the client's own for namespaced kinds that name none, none
 * for cluster-wide kinds. A kind the server does not serve, or may not be read, is a problem.
 * -1 when the server cannot be talked to at all.
 */
int side_load_live(struct side *s, struct side *wanted, struct kube_client *client,
                   struct err *err);

/* NULL-safe. */
void side_release(struct side *s);
#define _cleanup_side_ _cleanup_(side_release)

#endif
