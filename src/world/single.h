/*
 * single: one object of the API read by itself, with the texts and classes of a world that it is
 * not entered into. For those who keep a world in a way of their own (the simulator, to which
 * clients write) and resolve by themselves what an object refers to. A world that mirrors a cluster
 * takes world/apply instead.
 */
#ifndef TOBAN_WORLD_SINGLE_H
#define TOBAN_WORLD_SINGLE_H

#include "base/err.h"
#include "world/world.h"

enum single_kind {
    SINGLE_NONE, /* of a kind that the world does not hold, or of which nothing is entered */
    SINGLE_POD,
    SINGLE_NODE,
    SINGLE_WORKLOAD,
    SINGLE_PDB,
    SINGLE_STORAGE_CLASS,
    SINGLE_PV,
    SINGLE_PVC,
    SINGLE_PRIORITY_CLASS,
    SINGLE_NAMESPACE,
    SINGLE_SERVICE,
};

/* What it refers to by name, as texts of the world; STRINGS_NONE: nothing. */
struct single_refs {
    uint32_t owner_kind, owner, owner_uid; /* its controller, of the same namespace */
    bool owner_is_foreign;                 /* of a kind that the world does not hold */
    uint32_t node;                         /* of a pod */
    uint32_t claim_ns, claim;              /* of a volume */
    uint32_t volume, storage_class;        /* of a claim */
};

struct world_single {
    enum single_kind kind;
    struct single_refs refs;
    VEC(uint32_t) claims; /* names of a pod's claims, or of a template's */
    union {
        struct world_pod pod; /* class is one of the world; owner and node are in refs */
        struct world_node node;
        struct world_workload workload; /* template: class of the world, as it is written */
        struct world_pdb pdb;
        struct world_class_of_storage storage_class;
        struct world_pv pv;
        struct world_pvc pvc;
        struct world_priority_class priority_class;
        struct world_namespace namespace;
        struct world_service service;
    } is;
};

/* Reads the object. Texts, classes and lists are added to w, nothing else. w must have been made by
 * world_init, load or a file. -1, and *out holds nothing, when the JSON cannot be read. Release
 * *out in every case. */
int world_single_read(struct world *w, struct sv api_version, struct sv kind, struct sv json,
                      struct world_single *out, struct err *err);
/* NULL-safe; zeroed memory is a released one. */
void world_single_release(struct world_single *s);

/* Gives a copy an index of its pods and nodes by name, so that asking for one costs a constant. */
void world_copy_index(struct world *copy);

#endif
