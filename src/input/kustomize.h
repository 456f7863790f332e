/*
 * kustomize: the kustomizations of a list - which refers to which, what kubectl builds of those at
 * the top, and which file an object of a build comes from. Private to input/.
 */
#ifndef TOBAN_INPUT_KUSTOMIZE_H
#define TOBAN_INPUT_KUSTOMIZE_H

#include "input/collect.h"

/* Bytes of a kustomization file that are read, and of what one build may print. */
#define KUSTOMIZE_FILE_MAX ((size_t)1 << 20)
#define KUSTOMIZE_OUTPUT_MAX ((size_t)64 << 20)

struct kustomize_entry {
    const char *path;        /* of the file, display name */
    struct input_item *item; /* NULL: not there */
    bool patch;
};

/* One folder with a kustomization file, or one that another refers to. */
struct kustomize_folder {
    const char *path, *file;     /* display names; file NULL: there is none in it */
    const char *prefix, *suffix; /* of names; "" when none */
    VEC(struct kustomize_entry) members;
    VEC(struct kustomize_folder *) inner; /* resources, bases, components that are folders */
    VEC(const char *) generated;          /* names of ConfigMaps and Secrets it generates */
    VEC(const char *) missing;            /* resources that are not there */
    const char *remote;                   /* the first reference to another place, NULL: none */
    bool walked;                          /* was found by the walk, not only referred to */
    bool referred;
    bool component; /* kind: Component: not built alone */
    bool root;      /* is to be built */
    bool reached;   /* by a root */
};

/* All folders, by display path. */
struct kustomize {
    struct collect *c;
    VEC(struct kustomize_folder *) folders; /* walked ones first, in order */
    struct map by_path;
    struct map items; /* display name -> struct input_item */
};

/* Reads every kustomization of the list and what they refer to; adds member files that the walk has
 * not found and marks those it has. */
void kustomize_load(struct kustomize *k, struct collect *c);
void kustomize_release(struct kustomize *k);

/* Reads one kustomization's text into *f. -1 with err as name:line:column. */
int kustomize_parse(struct kustomize *k, struct kustomize_folder *f, struct sv text,
                    struct err *err);

/* Builds those at the top and adds what comes out. Without kubectl: a note. */
void kustomize_build_all(struct kustomize *k);

/* --- origins ---- */

/* Starts the index of a built item. */
void origins_add(struct kustomize *k, const struct input_item *built,
                 const struct kustomize_folder *root);
void origins_free(struct input_origins *o);

#endif
