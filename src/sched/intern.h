/*
 * intern: things of equal content once. The content is written as a row of numbers; equal rows get
 * the same number back.
 */
#ifndef TOBAN_SCHED_INTERN_H
#define TOBAN_SCHED_INTERN_H

#include "sched/state.h"

/* What the row is about; rows of different kinds are never equal. */
enum intern_kind {
    INTERN_SHAPE,
    INTERN_TOPOLOGY,
    INTERN_CENSUS,
    INTERN_SELECTION,
    INTERN_COUNTER,
    INTERN_REQUEST,
};

void intern_begin(struct sched *s, enum intern_kind kind);
void intern_number(struct sched *s, uint32_t n);
void intern_labels(struct sched *s, struct labels l);
void intern_requirements(struct sched *s, const struct requirement *r, uint32_t len);
void intern_selector(struct sched *s, const struct selector *sel);
void intern_terms(struct sched *s, const struct node_term *terms, uint32_t len);

/* The number of the row; `fresh` is its number when it is new (see *is_new). */
uint32_t intern_end(struct sched *s, uint32_t fresh, bool *is_new);

#endif
