/*
 * plan_rig: plans whose acts are lines in a file (the ledger), run against a real store in a folder
 * of their own, or where TOBAN_TEST_STORE says (store_place.h). Each write of the store and each
 * line of the ledger is a point at which the process can be told to die, so that a test can kill it
 * everywhere.
 *
 * Tests that use it are linked with --wrap=store_write.
 */
#ifndef TOBAN_TESTS_PLAN_RIG_H
#define TOBAN_TESTS_PLAN_RIG_H

#include "plan/run.h"
#include "store_place.h"

struct rig {
    char folder[64], where[1024], ledger[128];
    struct store_place place; /* of the store, when TOBAN_TEST_STORE says where it is to be */
    struct store *store;
    /* What verbs are told to do; all off when zeroed. */
    const char *fail_at;     /* "check:STEP", "act:STEP", "verify:STEP", "undo:STEP" */
    const char *pause_at;    /* likewise: asks for a pause, then ends with PLAN_END_PAUSE */
    const char *keep_at;     /* step whose undo keeps */
    const char *skip_at;     /* step whose check finds nothing to do */
    const char *ask_at;      /* step that asks a question and goes home until it is answered */
    int stop_before_act;     /* raise SIGSTOP before this act (from 1) of this process */
    bool hold;               /* wait there for somebody who asks for a pause */
    int acts;                /* of this process */
    struct gate_sight sight; /* what observe finds */
    int looks;
    bool note;       /* verbs note something */
    char told[4096]; /* kinds of what was told, each with a space */
};

/* Makes the folder and opens the store; ends the test when it cannot. */
void rig_init(struct rig *r);
void rig_release(struct rig *r);

/* A plan of three steps ("first" 3 acts, "second" 5, "third" 2) of the verb "work", kept in the
 * store. */
void rig_plan(struct rig *r, struct plan *p);
/* The same, not kept. */
void rig_plan_new(struct plan *p);

extern const struct plan_verb rig_verbs[];
/* A host around the rig. */
struct plan_host rig_host(struct rig *r);
/* Loads it into out, which is emptied first, and runs it. */
int rig_run(struct rig *r, const char *id, const struct plan_run_options *o, struct plan *out,
            struct err *err);

/* How often the ledger says so: "do first/k/1". */
unsigned rig_count(const struct rig *r, const char *line);
/* Fails the test unless each act of the steps was done `done` times and undone `undone` times. */
void rig_check_ledger(const struct rig *r, unsigned done, unsigned undone);

/* A point of a test's own. */
void rig_point(void);
/* Dies by SIGKILL at the nth point from now; 0: never. */
void rig_kill_at(unsigned n);
/* Calls f once, right before the next write of the store. */
void rig_before_write(void (*f)(void *ctx), void *ctx);
/* From the nth write of the store on, none works: the disk is full. 0: all work. */
void rig_fail_from(unsigned n);

/* Runs f in a process of its own, which ends with what f returns. f must open what it needs itself.
 * Its status as waitpid tells it; flags as for waitpid. */
int rig_in_child(int (*f)(struct rig *r, const char *id, unsigned n), struct rig *r, const char *id,
                 unsigned n, int *pid, int flags);

#endif
