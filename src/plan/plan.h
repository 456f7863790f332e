/*
 * plan: an ordered list of steps {check, act, verify, undo} that changes something, with gates
 * between them. Data and pure decisions only: what a plan is, how it is written, what comes next.
 * Carrying one out is plan/run.h; what steps do lives in ops/.
 */
#ifndef TOBAN_PLAN_PLAN_H
#define TOBAN_PLAN_PLAN_H

#include "base/arena.h"
#include "base/err.h"
#include "base/str.h"
#include "base/vec.h"
#include "plan/gate.h"

enum plan_status {
    PLAN_READY,   /* made, nothing done yet */
    PLAN_RUNNING, /* a runner holds the lease, or held it when it was killed */
    PLAN_WAITING, /* at a gate, or a step asks for approval; also when its runner went home */
    PLAN_PAUSED,  /* somebody asked; resume goes on */
    PLAN_STOPPED, /* a step failed; resume tries again, rollback goes back */
    PLAN_ROLLING_BACK,
    PLAN_DONE,        /* final */
    PLAN_ROLLED_BACK, /* final */
    PLAN_ABORTED,     /* final: left as it is */
    PLAN_STATUSES,
};
extern const char *const plan_status_names[PLAN_STATUSES]; /* "ready", "rolling-back", … */

enum plan_step_state {
    STEP_PENDING,
    STEP_BEGUN, /* check passed; acts may have happened */
    STEP_DONE,  /* acted and verified */
    STEP_FAILED,
    STEP_SKIPPED, /* its check found nothing to do */
    STEP_UNDONE,
    STEP_KEPT, /* rolled over: cannot be undone, and `words` says so */
    STEP_STATES,
};
extern const char *const plan_step_state_names[STEP_STATES];

struct plan_step {
    const char *name;  /* unique in the plan: "cordon", "drain", "approval-1" */
    const char *verb;  /* who does it: a plan_verb of run.h; "gate" for gates */
    const char *title; /* "cordon 4 nodes" */
    struct sv args;    /* JSON object for the verb */
    struct gate gate;  /* verb "gate" only */

    enum plan_step_state state;
    unsigned attempts;
    int64_t begun_ms, ended_ms; /* since 1970; 0: not yet */
    const char *words;          /* of the result: why it failed, what was kept; or NULL */
    struct gate_memory memory;  /* gates */
};

/* Something a running step wants to be told by a person: "pause-before:Deployment shop/cart". */
struct plan_question {
    const char *name, *text;
    const char *answered_by; /* NULL: open */
    int64_t asked_ms, answered_ms;
};

/* Owned by `arena`. Zeroed memory is an empty plan. */
struct plan {
    struct arena arena;
    const char *id;         /* "p-7k2m4q": 6 letters and digits that cannot be mistaken */
    const char *kind;       /* "nodes-drain": which family of verbs */
    const char *title;      /* "drain 4 nodes of cluster prod" */
    const char *cluster;    /* for people: context and server */
    const char *cluster_id; /* uid of the kube-system namespace */
    const char *made_by;    /* "ann@bastion-1" */
    int64_t made_ms;
    struct sv args; /* JSON object: how it was ordered; the kind's own */
    struct sv
        forecast; /* JSON object: what the rehearsal foretold (verdict, duration, …); absent */
    VEC(const char *) accepted; /* ids of risks */
    VEC(const char *) claims;   /* "node/ip-10-0-1-2": not for another plan until this one ends */
    VEC(struct plan_step) steps;
    VEC(struct plan_question) questions;
    enum plan_status status;
    bool back;         /* going back was begun: whoever goes on with it goes on with that */
    const char *words; /* why it is stopped or waits; or NULL */
};

void plan_init(struct plan *p);
void plan_release(struct plan *p);
#define _cleanup_plan_ _cleanup_(plan_release)

/* Adds a step; texts are copied. The name is lower-case letters, digits and dashes, and not taken
 * yet. The pointer is valid until the next one is added. */
struct plan_step *plan_add(struct plan *p, const char *name, const char *verb, const char *title,
                           struct sv args);
/* Adds a gate; its texts are copied. */
struct plan_step *plan_add_gate(struct plan *p, const char *name, const struct gate *g);
struct plan_step *plan_find_step(struct plan *p, const char *name);

/* Final: nothing more can happen to it. */
bool plan_is_over(const struct plan *p);
/* The first step that is neither done nor skipped; NULL: all are. */
struct plan_step *plan_next(struct plan *p);
/* Rolling back: the last step that has begun or is done and was not undone yet; NULL: none. Gates
 * have nothing to undo. */
struct plan_step *plan_next_undo(struct plan *p);

/* Largest text of a plan, in bytes: the plan itself, its args, forecast and claims are kept apart,
 * each at most STORE_BODY_MAX. */
#define PLAN_TEXT_MAX ((size_t)2 << 20)

/* The plan as JSON (docs/format/plan.md), equal plans give equal text; and back. plan_parse:
 * ERR_INPUT names what is wrong; release *out in every case. */
void plan_format(const struct plan *p, struct str *out);
int plan_parse(struct sv text, struct plan *out, struct err *err);
/* As plan_format, for showing: of the addresses of gates only scheme, host and port, since the rest
 * may hold secrets. */
void plan_format_public(const struct plan *p, struct str *out);

/* The token that makes an act recognisable to who carries it out (an AWS clientRequestToken): the
 * same for the same act of the same plan, whoever runs it and however often. 32 hex digits. */
void plan_token(const struct plan *p, const char *step, const char *key, char out[33]);

#endif
