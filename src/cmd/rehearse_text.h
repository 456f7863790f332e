/*
 * rehearse_text: the sentences that all reports of a rehearsal share, so that table, Markdown and
 * HTML say the same. Plain text: who prints escapes. Functions with `out` append.
 */
#ifndef TOBAN_CMD_REHEARSE_TEXT_H
#define TOBAN_CMD_REHEARSE_TEXT_H

#include "base/duration.h"
#include "ops/rehearse/rehearsal.h"

#include <string.h>

/* What the nodes that pods leave are called: "old", "drained", "dead". */
const char *rehearse_text_old(const struct rehearsal *r);

/* "41 to 55 min", "55 min to 1 h 10 min", "41 min" when both read the same. */
void rehearse_text_range(int64_t from_ms, int64_t to_ms, struct str *out);

/* "Finishes in 41 to 55 min", "Blocks: 3 workloads", "Does not recover: 1 workload"; where no
 * workload is to blame, the rule that is: "Blocks: addresses". */
void rehearse_text_verdict(const struct rehearsal *r, struct str *out);
/* "All 212 pods move; 20 runs, seed 1", "198 of 212 pods move; 3 of 20 runs block, seed 1". */
void rehearse_text_outcome(const struct rehearsal *r, struct str *out);
/* "prod, Kubernetes 1.28, read 2026-11-22 10:30 UTC"; what is unknown is left out. */
void rehearse_text_source(const struct rehearsal *r, struct str *out);
/* "12 m5.xlarge (game-2023) and 3 t3.large (edge)"; "none". */
void rehearse_text_groups(const struct rehearsal_group *groups, size_t n, struct str *out);
/* "2 of 3 Ready at the worst", "0 of 1 Ready at the worst, none for 40 s". */
void rehearse_text_dip(const struct rehearsal_dip *d, struct str *out);
/* "$12.40 (on-demand price of …)"; "not known". */
void rehearse_text_cost(const struct rehearsal *r, struct str *out);
/* Calls fact() for each thing that the operation needs: nodes, CPUs, addresses, money. */
typedef void rehearse_text_fact(void *ctx, const char *name, const char *value);
void rehearse_text_facts(const struct rehearsal *r, rehearse_text_fact *fact, void *ctx);
/* "3 pods", "1 pod"; many NULL: an s is put behind one. */
void rehearse_text_count(struct str *out, uint64_t n, const char *one, const char *many);

/* Workloads that are named by a blocker or cannot be placed, each once. */
size_t rehearse_text_blocked(const struct rehearsal *r);

/* Risks of one kind, those of one rule together, rules in the order in which they first come. */
struct rehearse_risks {
    VEC(const struct rehearsal_risk *) items;
};
/* Pods whose selectors only the old nodes satisfy are told apart from other risks. */
bool rehearse_risks_is_never_move(const struct rehearsal_risk *risk);
void rehearse_risks_of(const struct rehearsal *r, bool never_move, struct rehearse_risks *out);
void rehearse_risks_release(struct rehearse_risks *risks);
/* Place behind the risks from `start` on that are of the same rule. */
size_t rehearse_risks_end(const struct rehearse_risks *risks, size_t start);
/* "single-replica", "never-moves, blocks": colour alone must not tell it. */
void rehearse_risks_tag(const struct rehearsal_risk *risk, struct str *out);
/* Is the fix of item i told by the next one too? */
bool rehearse_risks_shares_fix(const struct rehearse_risks *risks, size_t i, size_t end);
/* Of more risks of one rule, and of more events, people read only how many they are. */
#define REHEARSE_LISTED_MAX 20

/* Events that a person wants to read: all but starts of phases and single nodes. */
bool rehearse_text_is_telling(const struct rehearsal_event *e);

/* "drain" in JSON, "drain" or "start new nodes" for people. */
const char *rehearse_text_phase_name(enum nodes_phase phase);
const char *rehearse_text_phase_title(enum nodes_phase phase);
/* How long it takes; "" for the end of all, which takes no time. */
const char *rehearse_text_phase_takes(const struct rehearsal_phase *p,
                                      char buf[static DURATION_TEXT_MAX]);

/* End of the time axis: the last thing that happens, at least 1. */
int64_t rehearse_text_end(const struct rehearsal *r);
/* The last sample at or before a time, else the first; NULL without samples. */
const struct rehearsal_sample *rehearse_text_sample(const struct rehearsal *r, int64_t at_ms);

#endif
