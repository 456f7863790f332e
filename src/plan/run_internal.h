/*
 * run_internal: what the files of the runner share. Not for others than plan/run*.c.
 *
 * In the store a plan is
 *     plan            ID                the plan without the parts that never change
 *     plan-part/ID    args|forecast|claims
 *     plan-time       MADE/ID           empty; for the order of lists
 *     plan-act/ID     STEP/KEY          the last state of an act
 *     plan-ask/ID     pause             somebody wants it to pause
 *                     answer/NAME       somebody approved the gate or question NAME
 *     claims/CLUSTER  head              empty; its version serialises who takes claims
 *                     plan/ID           what this plan claims
 * Only who holds the lease "plan/ID" writes the plan and its acts; anybody may ask.
 */
#ifndef TOBAN_PLAN_RUN_INTERNAL_H
#define TOBAN_PLAN_RUN_INTERNAL_H

#include "base/map.h"
#include "journal/journal.h"
#include "plan/engine.h"
#include "plan/keeper.h"
#include "plan/run.h"
#include "store/lease.h"

#define RUN_ID_LEN 8 /* "p-" and six letters */
#define RUN_ID_LETTERS "23456789abcdefghjkmnpqrstvwxyz"
#define RUN_NAME_MAX (RUN_ID_LEN + 16) /* "plan-part/ID" and the like, with its NUL */

struct run_note {
    const char *step; /* NULL: of the whole plan */
    const char *kind;
    int64_t at_ms;
    struct sv data;
    const struct plan_act *act; /* its item is written along; NULL: a note alone */
};

struct run_act {
    const char *step, *key;
    enum plan_act_state state;
    struct sv data;
};

struct plan_run {
    struct store *store;
    struct plan *plan;
    const struct plan_host *host;
    const struct plan_run_options *options;
    struct lease *lease;
    struct keeper keeper;
    struct engine engine;
    uint64_t version; /* of the plan's item */
    unsigned answers; /* that the plan in memory has */
    struct arena arena;
    struct map acts; /* "STEP/KEY" to struct run_act */
    struct arena note_arena;
    VEC(struct run_note) notes; /* not written yet */
};

/* "plan-part/ID" and so on into name; the buffer itself. */
const char *run_name(char name[static RUN_NAME_MAX], const char *prefix, const char *id);
/* Milliseconds since 1970. */
int64_t run_now_ms(void);

/* Loads the plan of exactly this id, with the answers that were given, and its version. */
int run_load(struct store *s, const char *id, struct plan *out, uint64_t *version, struct err *err);
/* What a short id stands for. */
int run_find_id(struct store *s, const char *id, char out[static RUN_NAME_MAX], struct err *err);

/* What somebody answered. */
struct run_answer {
    const char *name, *by;
    int64_t at_ms;
};
/* Answers of a plan into a; *pause_by (may be NULL) is who asked it to pause, NULL: nobody. */
struct run_asks {
    struct arena *arena;
    const char *pause_by;
    VEC(struct run_answer) answers;
};
int run_list_asks(struct store *s, const char *id, struct run_asks *out, struct err *err);
void run_merge_answers(struct plan *p, const struct run_asks *asks);

/* Writes the plan as it is now, with what is noted, the change and `also` (at most 2), in one
 * transaction under the lease. On failure the plan in memory is what it was told to be, not what is
 * on the disk. */
int run_commit(struct plan_run *run, const struct plan_step *step, struct engine_change change,
               const char *words, const struct store_write *also, size_t also_count,
               struct err *err);
/* Writes what is noted. */
int run_flush(struct plan_run *run, struct err *err);
/* {"words": …} into out; NULL: {}. */
void run_note_data(const char *words, struct str *out);

int run_load_acts(struct plan_run *run, struct err *err);

/* Takes the lease and reads the plan again, which is not over then. On failure nothing is left
 * open.
 */
int run_open(struct plan_run *run, struct store *s, struct plan *p,
             const struct plan_run_options *o, int64_t patience_ms, struct err *err);
/* Gives the lease back. */
void run_close(struct plan_run *run);

/* The write that gives a plan's claims back, when it has any. */
size_t run_claims_delete(const struct plan *p, char partition[static STORE_KEY_MAX],
                         char sort[static RUN_NAME_MAX], struct store_write *out);

/* What engine_took and engine_reached make of the plan is written down and told; when that fails,
 * the plan in memory is as before. */
int run_took(struct plan_run *run, struct engine_next next, enum plan_end end,
             const struct err *why, struct err *err);
int run_reached(struct plan_run *run, struct plan_step *step, const char *words, struct err *err);

/* One look at a gate, and a wait if need be. */
int run_gate(struct plan_run *run, struct plan_step *step, struct err *err);
void run_tell(struct plan_run *run, const struct plan_step *step, const char *kind,
              const char *words);
/* The error of a run that lost its lease. */
int run_lost(struct plan_run *run, struct err *err);

#endif
