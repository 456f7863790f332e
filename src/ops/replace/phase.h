/*
 * phase: how far each group of a replacement is, told from the states of the plan's steps: what a
 * person wants to see while it runs. Pure.
 */
#ifndef TOBAN_OPS_REPLACE_PHASE_H
#define TOBAN_OPS_REPLACE_PHASE_H

#include "plan/plan.h"

struct replace_phase {
    const char *blue, *green;
    const char *text;       /* "new nodes join"; of the program's life */
    unsigned round, rounds; /* the second of three; 0: it goes at once, or the rounds are over */
};

/* At most cap are written, texts in a; returns how many groups there are. 0: no replacement. */
size_t replace_phases(const struct plan *p, struct arena *a, struct replace_phase *out, size_t cap);

#endif
