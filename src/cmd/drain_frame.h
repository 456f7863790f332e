/*
 * drain_frame: one picture of a running drain for a terminal: how far, which nodes, what is blocked
 * by what and what would free it, what happened last. Pure: what can be seen in, text out; who
 * clears and redraws is screen.h.
 */
#ifndef TOBAN_CMD_DRAIN_FRAME_H
#define TOBAN_CMD_DRAIN_FRAME_H

#include "base/str.h"
#include "ops/drain/drain.h"

struct drain_frame {
    unsigned width, height; /* of the terminal; no line is as wide, the text is not as high */
    bool colour, utf8;
    const char *plan, *title;
    int64_t forecast_ms; /* as rehearsed; 0: none */
    const struct drain_view *view;
    const char *const *events; /* newest last */
    size_t event_count;
    const char *const *heads; /* lines below the title */
    size_t head_count;
    bool pausing; /* somebody asked to stop; it ends soon */
};

/* Appends lines, each ended by a newline; at most height - 1 and at least three of them. */
void drain_frame_draw(const struct drain_frame *f, struct str *out);

/* While the plan waits at a gate: f->view is not looked at. hint: what opens it; NULL: only time or
 * others do. */
void drain_frame_wait(const struct drain_frame *f, const char *gate, const char *words,
                      const char *hint, struct str *out);

/* Pods that wait for the same thing. */
struct drain_group {
    const struct drain_pod *first; /* the one that waits longest */
    uint32_t pods;
};
#define DRAIN_GROUPS_MAX 50
/* What is worth telling of the pods that are left: not whose turn just comes, nor who left less
 * than a minute ago. Longest first; at most cap written; returns how many there are. */
uint32_t drain_frame_groups(const struct drain_view *v, struct drain_group *out, uint32_t cap);

#endif
