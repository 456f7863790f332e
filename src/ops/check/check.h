/*
 * check: everything a user names as input, looked at by the upgrade rules. Reads files (through
 * input/), spreads the work over threads, and joins the outcome in the order of the inputs, so that
 * the answer does not depend on the number of threads. What a rule means is rules/upgrade.
 *
 * Plain files go through the line scanner; only documents that hold a rule's word, or that the
 * scanner cannot tell, are parsed. Charts are looked at twice, as templates and as helm renders
 * them, and Kustomize folders as files and as built; both views of one object become one finding at
 * the line that somebody wrote.
 */
#ifndef TOBAN_OPS_CHECK_CHECK_H
#define TOBAN_OPS_CHECK_CHECK_H

#include "input/input.h"
#include "rules/upgrade/rules.h"

/* Threads that are used at most, however many cores there are. */
#define CHECK_THREADS_MAX 8

struct check_options {
    struct rules_target target;
    unsigned threads; /* 0: one per core, at least 2, at most CHECK_THREADS_MAX */
};

/* Looks at every item of the list and adds findings, problems, notes and what was seen of
 * components to *r (zeroed or in use; release it in every case). The list must stay until r is
 * settled. -1 only for mistakes of our own (ERR_BUG): what cannot be looked at is a problem in *r.
 */
int check_inputs(const struct input_list *list, const struct check_options *options,
                 struct rules_result *r, struct err *err);

#endif
