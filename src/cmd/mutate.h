/*
 * mutate: what every command that changes something does around its plan: says what is going to be
 * done and what stands against it, refuses or asks, has it carried out in sight, tells how it ended
 * and what to run next.
 */
#ifndef TOBAN_CMD_MUTATE_H
#define TOBAN_CMD_MUTATE_H

#include "base/who.h"
#include "cmd/cluster.h"
#include "ops/drain/drain.h"
#include "ops/preflight/preflight.h"
#include "ops/trial/trial.h"

/* Options that mean the same for all of them. */
#define MUTATE_OPTION_ACCEPT                                                                       \
    {                                                                                              \
        .name = "accept", .takes = CMD_TAKES_TEXT, .arg = "RISK-ID", .repeatable = true,           \
        .help = "go on although this was found; the id is the one that was shown"                  \
    }
#define MUTATE_OPTION_DRY_RUN                                                                      \
    {                                                                                              \
        .name = "dry-run",                                                                         \
        .help = "do all checks, and ask the API server what it would answer, but change nothing"   \
    }
#define MUTATE_OPTION_OUTPUT(also)                                                                 \
    {                                                                                              \
        .name = "output", .letter = 'o', .takes = CMD_TAKES_WORD, .arg = "FORMAT",                 \
        .words = mutate_formats, .help = "how to tell what happens" also                           \
    }
#define MUTATE_OPTION_YES                                                                          \
    {                                                                                              \
        .name = "yes", .letter = 'y', .help = "do not ask"                                         \
    }
#define MUTATE_OPTION_NO_WAIT                                                                      \
    {                                                                                              \
        .name = "no-wait",                                                                         \
        .help = "end with exit code 3 where a person has to approve something, instead of "        \
                "waiting for it"                                                                   \
    }

/* Exit codes of commands that change something; ended. */
extern const struct cmd_pair mutate_exits[];

struct mutate {
    struct cmd_ctx *ctx;
    struct cluster *cluster;
    const struct rehearsal *rehearsal; /* NULL: there is nothing to rehearse */
    struct preflight found;
    struct plan plan;
    struct store *store; /* NULL: there is none yet (--dry-run only) */
    char actor[WHO_TEXT_MAX];
    bool json;     /* -o json */
    bool rollback; /* go back */
};

/* Zeroes, reads the common options, opens the store: to write, to read with --dry-run. -1 with err.
 * To be released in every case. */
int mutate_open(struct mutate *m, struct cmd_ctx *ctx, struct cluster *cluster, struct err *err);
void mutate_release(struct mutate *m);
#define _cleanup_mutate_ _cleanup_(mutate_release)

/* Adds what the marks of the nodes (names ended by NULL) tell: other plans, autoscalers. What this
 * very plan has marked is its own. */
void mutate_find_marks(struct mutate *m, const struct marks *marks, const char *const *names);

/* Rehearses a drain on the cluster as it is now. What is not there any more is left out. */
int mutate_rehearse_drain(struct cluster *c, const struct drain_order *o, int64_t now,
                          struct rehearsal *out, struct err *err);

/* Who names pods with --force has accepted what their budgets refuse: of each workload whose pods
 * on the nodes are all named. */
void mutate_accept_forced(struct mutate *m, const struct drain_order *o);

/* Shows plan and findings, refuses what blocks and is not accepted. CMD_OK: it may go on;
 * CMD_FINDINGS: refused, and told; -1: a usage error. */
int mutate_check(struct mutate *m, struct err *err);
/* Asks, unless --yes. As above. `what` follows "toban: " when nobody can be asked. */
int mutate_ask(struct mutate *m);

/* --dry-run, after mutate_check gave `code`: asks the API server with dryRun about order->nodes,
 * tells what it answers. CMD_OK or CMD_FINDINGS; -1 with err. */
int mutate_try(struct mutate *m, const struct trial *order, int code, struct err *err);

/* Ids of what is accepted, ended by NULL; to be freed. */
const char **mutate_accepted(const struct mutate *m);

/* Keeps m->plan as a new one. */
int mutate_keep(struct mutate *m, struct err *err);
/* Carries m->plan out. The exit code, or -1 with err. */
int mutate_run(struct mutate *m, struct err *err);

#endif
