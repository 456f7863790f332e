/*
 * preflight: whether a change may begin: what its rehearsal found and what else stands against it,
 * each under a stable id that somebody may accept by name. Data and decisions only; who asks, and
 * how, is the business of cmd/.
 */
#ifndef TOBAN_OPS_PREFLIGHT_PREFLIGHT_H
#define TOBAN_OPS_PREFLIGHT_PREFLIGHT_H

#include "base/err.h"
#include "ops/rehearse/rehearsal.h"

struct preflight_item {
    const char *id;      /* "budget-allows-none:shop/cart" */
    const char *subject; /* "Deployment shop/cart", "Node n1" */
    uint32_t pods;       /* that it is about; 0: not about pods */
    const char *text;
    const char *fix; /* or NULL */
    bool blocks;     /* nothing begins unless it is accepted */
    bool accepted;
};

/* Zeroed memory is an empty preflight. Texts belong to `arena`. */
struct preflight {
    struct arena arena;
    VEC(struct preflight_item) items; /* those that block first, each id once */
};
void preflight_release(struct preflight *p);
#define _cleanup_preflight_ _cleanup_(preflight_release)

/* Takes over what the rehearsal found: blockers, pods that find no node, risks. Of what has one id
 * the pods are added up. */
void preflight_take(struct preflight *p, const struct rehearsal *r);

/* One more; texts are copied. */
void preflight_add(struct preflight *p, const struct preflight_item *item);

/* Accepts the risks of these ids (ended by NULL). -1, ERR_USAGE: one of them is no risk of this
 * change; the hint names the nearest. */
int preflight_accept(struct preflight *p, const char *const *ids, struct err *err);
/* As above, of ids accepted earlier: those that are no risk any more are passed over. */
void preflight_accept_known(struct preflight *p, const char *const *ids, size_t count);

/* How many block and are not accepted. 0: it may begin. */
size_t preflight_open(const struct preflight *p);

#endif
