/*
 * reading: the lists of a cluster into a load, one after the other what snapshot_live does: for it,
 * and for who goes on from there with watches.
 */
#ifndef TOBAN_OPS_SNAPSHOT_READING_H
#define TOBAN_OPS_SNAPSHOT_READING_H

#include "kube/discovery.h"
#include "kube/list.h"
#include "ops/snapshot/snapshot.h"
#include "ops/snapshot/wish.h"
#include "world/load.h"

struct reading;

struct reading_list {
    struct reading *of;
    const struct wish *wish;
    const struct kube_resource *resource; /* in the version that was asked for */
    struct kube_list list;                /* result, and the version to go on from */
    bool enough;                          /* stopped by ourselves: it is no failure */
};

/* Zeroed but for what stands above `load`. */
struct reading {
    struct kube_client *client;
    struct world *w; /* empty */
    struct snapshot_report *report;
    /* Each object that was entered; NULL: not wanted. */
    void (*on_object)(void *ctx, const struct reading_list *list, struct sv json);
    void *ctx;
    bool no_traffic; /* without the lists that tell where requests go */

    struct load *load;
    const struct kube_discovery *discovery;
    char version[64]; /* resourceVersion that all lists are asked for; "" none */
    struct reading_list lists[WISHES];
    size_t count;
};

/* Asks what is served, then reads all lists. What may not be read is a gap of the report; -1 when
 * something essential is among it. */
int reading_run(struct reading *l, int64_t now, struct err *err);

/* load_finish, and what the report has to say about it. */
int reading_finish(struct reading *l, struct err *err);

/* Frees the load unless somebody took it (and set it to NULL). */
void reading_release(struct reading *l);

#endif
