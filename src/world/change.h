/*
 * change: what happened to one thing of a world. Drivers (watches, simulator) tell it to the
 * decision cores, so that these look at what changed and not at everything.
 */
#ifndef TOBAN_WORLD_CHANGE_H
#define TOBAN_WORLD_CHANGE_H

#include "world/world.h"

enum change_kind {
    CHANGE_NONE,
    CHANGE_POD_ADDED,
    CHANGE_POD_BOUND, /* scheduled */
    CHANGE_POD_READY,
    CHANGE_POD_UNREADY,
    CHANGE_POD_DELETING,      /* deletionTimestamp is set */
    CHANGE_POD_GONE,          /* the object is gone; told before the slot is freed */
    CHANGE_POD_UNSCHEDULABLE, /* the scheduler gave up for now */
    CHANGE_POD_OTHER,         /* phase, nomination, labels, … */
    CHANGE_NODE_ADDED,
    CHANGE_NODE_READY,
    CHANGE_NODE_UNREADY,
    CHANGE_NODE_CORDONED,
    CHANGE_NODE_UNCORDONED,
    CHANGE_NODE_GONE, /* the object is gone; told before the slot is freed */
    CHANGE_NODE_OTHER,
    CHANGE_PDB, /* status or spec */
    CHANGE_CLAIM,
    CHANGE_VOLUME,
    CHANGE_ATTACHMENT, /* attached, detached or gone */
    CHANGE_WORKLOAD,
    CHANGE_OTHER,
};

struct world_change {
    enum change_kind kind;
    uint32_t index; /* of the pod, node, PDB, … */
};

#endif
