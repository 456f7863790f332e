/*
 * progress: shows a plan while it is carried out: a live view on a terminal, lines elsewhere, JSON
 * events on request. Who carries it out calls the functions; they all run on its thread.
 */
#ifndef TOBAN_CMD_PROGRESS_H
#define TOBAN_CMD_PROGRESS_H

#include "cmd/cmd.h"
#include "cmd/interrupt.h"
#include "cmd/screen.h"
#include "ops/drain/drain.h"

#define PROGRESS_RECENT 6

struct progress_moved {
    uint32_t pods, gone;
    uint64_t evictions, refused;
};

struct progress {
    struct cmd_ctx *ctx;
    const struct plan *plan;
    int64_t forecast_ms;  /* 0: none */
    bool json, lines;     /* on standard output */
    struct screen screen; /* open: a live view on standard error */
    struct interrupt interrupt;
    char *recent[PROGRESS_RECENT]; /* newest last */
    int64_t begun_ms, told_ms;     /* of the last progress line */
    int64_t waited_ms;             /* when the last wait was told */
    char waited[128];              /* what it said, as far as it tells waits apart */
    struct nodes_progress told;    /* by it */
    struct progress_moved before;  /* by drains that are over, of earlier runners too */
    struct progress_moved last;    /* by the one that was seen last */
    char farewell[160];            /* what to run after an end without delay */
};

/* Opens the view that fits: a live one when standard error is a terminal that can show it, unless
 * events go to the same terminal. Takes signals from now on. ctx and plan must outlive it. */
int progress_start(struct progress *p, struct cmd_ctx *ctx, const struct plan *plan, bool json,
                   int64_t forecast_ms, struct err *err);
/* Gives terminal and signals back. Zeroed memory is a stopped one. */
void progress_stop(struct progress *p);

/* As drain_host.event and drain_host.view; ctx is the progress. */
void progress_event(void *ctx, const struct drain_event *e);
void progress_view(void *ctx, const struct drain_view *v);
/* As plan_host.tell, but ctx is the progress. */
void progress_tell(void *ctx, const struct plan *plan, const struct plan_step *step,
                   const char *kind, const char *words);

/* As replace_host.waits; ctx is the progress. Told now and then, drawn in place. */
void progress_waits(void *ctx, const struct plan_step *step, const char *words);

/* By all drains: a plan in rounds has several. */
struct progress_moved progress_moved(const struct progress *p);

/* Milliseconds since 1970. */
int64_t progress_now_ms(void);

#endif
