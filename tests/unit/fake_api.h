/*
 * fake_api: an API server in memory on a free loopback port: a few kinds, lists, watches that go on
 * from a version, and all that goes wrong with them at will. Nothing here waits by the clock.
 */
#ifndef TOBAN_TESTS_FAKE_API_H
#define TOBAN_TESTS_FAKE_API_H

#include "world/world.h"

struct fake_api;

struct fake_api *fake_api_start(void);
void fake_api_stop(struct fake_api *a);

/* A kubeconfig that leads to it. */
const char *fake_api_config(const struct fake_api *a);

/* Creates or replaces. meta is what follows in the metadata (",\"labels\":…") or ""; rest follows
 * behind the metadata (",\"spec\":…") or "". ns NULL: none. ' is written for ". */
void fake_api_put(struct fake_api *a, const char *resource, const char *ns, const char *name,
                  const char *uid, const char *meta, const char *rest);
void fake_api_delete(struct fake_api *a, const char *resource, const char *ns, const char *name);

/* All that is there, into a world that must be empty. */
void fake_api_load(struct fake_api *a, struct world *w);

enum fake_fault_kind {
    FAULT_STATUS,      /* the answer is `status` */
    FAULT_SILENT_HEAD, /* the answer stops in the middle of its first line */
    FAULT_SILENT_BODY, /* … in the middle of the first event */
    FAULT_CUT_BODY,    /* the connection ends there */
    FAULT_BAD_JSON,    /* the first event is no JSON */
    FAULT_ERROR_EVENT, /* the first event is an ERROR of `status` */
};

/* Of the next `count` requests that fit. */
struct fake_fault {
    enum fake_fault_kind kind;
    bool watches;         /* of them, else of lists */
    const char *resource; /* NULL: all */
    int status;
    unsigned count;
};
void fake_api_fault(struct fake_api *a, struct fake_fault fault);
/* How many are still to happen. */
unsigned fake_api_faults(struct fake_api *a);

/* Ends all connections. */
void fake_api_cut(struct fake_api *a);
/* Versions before now are gone: who watches is cut and must list. */
void fake_api_forget(struct fake_api *a);
/* Refuses connections, and takes them again on the same port. */
void fake_api_down(struct fake_api *a);
void fake_api_up(struct fake_api *a);

/* Watches that are open just now. */
unsigned fake_api_watches(struct fake_api *a);

#endif
