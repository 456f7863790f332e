/*
 * lease: one holder at a time for a name, told apart by a growing token (fencing). Built on
 * store.h alone, so it works the same on every store.
 *
 * Whose clock? Nobody compares clocks of two machines. A holder counts its own time since the last
 * renewal by a clock that runs while the machine sleeps (CLOCK_BOOTTIME); one who wants the lease
 * watches for a whole `ttl` that the item does not change, or proves that the holder is dead (same
 * machine, same boot, the process with that pid and start time is gone) and takes over at once.
 *
 * A taker makes the token one higher. Who guards a transaction by lease_guard writes only as long
 * as the lease is still its own; who acts on the world asks lease_valid right before.
 */
#ifndef TOBAN_STORE_LEASE_H
#define TOBAN_STORE_LEASE_H

#include "store/store.h"

#define LEASE_TTL_MS 15000

struct lease;

/* Who has it, for messages. */
struct lease_holder {
    char who[128]; /* "ann@bastion-1 (pid 4711)" */
    int64_t since; /* seconds since 1970, by the holder's clock */
    uint64_t token;
    bool dead; /* proven: the process is gone */
};

struct lease_options {
    int64_t ttl_ms;      /* 0: LEASE_TTL_MS */
    int64_t patience_ms; /* how long to wait for another holder; 0: not at all beyond taking over
                            from a dead one. At least ttl_ms is needed to outlast a holder that is
                            silent */
    bool only_silent;    /* do not wait on for a holder that is seen to renew: it lives */
    const char *note;    /* kept with the lease, shown to others; may be NULL */
};

/* ERR_CONFLICT: somebody else has it; *holder (may be NULL) says who, the message too. */
int lease_acquire(struct store *s, const char *name, const struct lease_options *options,
                  struct lease **out, struct lease_holder *holder, struct err *err);
/* To be called at least every ttl/3. ERR_CONFLICT: it was taken over; the lease is lost for good.
 */
int lease_renew(struct lease *l, struct store *s, struct err *err);
/* Gives it back (if still held) and frees it. The next one need not wait. NULL-safe. */
void lease_release(struct lease *l, struct store *s);
/* Frees without giving back. NULL-safe. */
void lease_free(struct lease *l);

/* Is it still ours by our own clock, with a margin of a quarter of ttl for an act that begins now?
 * Thread-safe against lease_renew. */
bool lease_valid(const struct lease *l);
uint64_t lease_token(const struct lease *l);
/* A STORE_CHECK to put among the writes of a transaction: it fails when the lease was taken over.
 */
struct store_write lease_guard(const struct lease *l);

/* Who holds it now? ERR_NOT_FOUND: nobody. */
int lease_look(struct store *s, const char *name, struct lease_holder *out, struct err *err);

#endif
