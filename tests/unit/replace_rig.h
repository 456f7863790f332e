/*
 * replace_rig: what the tests of replacements share around a plan_rig: a cloud that outlives the
 * process that is killed (the ledger holds it as it lies in memory), and processes that are killed
 * at each point.
 */
#ifndef TOBAN_TESTS_REPLACE_RIG_H
#define TOBAN_TESTS_REPLACE_RIG_H

#include "plan_rig.h"

#include <stddef.h>

void sky_load(const struct rig *r, void *sky, size_t size);
/* At once or not at all, as with AWS. point: it changes what matters, so that a process can die
 * before and after it. */
void sky_save(const struct rig *r, const void *sky, size_t size, bool point);

/* Its place among the names; fails the test when it is none of them. */
int sky_index(const char *const *names, int count, const char *name);

struct killing {
    /* Makes rig, sky and plan anew. */
    void (*begin)(struct rig *r, char id[16]);
    /* Runs the plan in r->store, on or back; as plan_run. */
    int (*run)(struct rig *r, const char *id, bool back, struct plan *p, struct err *err);
    /* What has to be so in the end. */
    void (*check)(struct rig *r);
    bool back;      /* whoever comes after the kill goes back */
    unsigned least; /* so many points there are at least */
};
/* Again and again, killed at the first point, the second, …: whoever comes then brings the plan to
 * its end. */
void killed_at_every_point(const struct killing *k);
/* rig_release, and the ledger's traces. */
void replace_rig_release(struct rig *r);

#endif
