/* snapshot_print: what a snapshot holds, for people and as JSON (toban.snapshot/v1). Only layout.
 */
#ifndef TOBAN_CMD_SNAPSHOT_PRINT_H
#define TOBAN_CMD_SNAPSHOT_PRINT_H

#include "cmd/cmd.h"
#include "base/str.h"
#include "ops/snapshot/snapshot.h"
#include "ops/snapshot/summary.h"

struct snapshot_print {
    struct str *out;
    const struct world *world;
    const struct cloud *cloud;
    const struct summary *summary;
    const char *name; /* of the file; NULL: not told */
    bool all_notes;   /* not only the first few */
    unsigned width;
};

#define SNAPSHOT_PRINT_NOTES 5

void snapshot_print_table(const struct snapshot_print *p);
void snapshot_print_json(const struct snapshot_print *p);

/* "3 Deployment, 12 Pod" is "3 Deployments, 12 Pods" to people. Appends the counts of one line. */
void snapshot_print_counts(const struct summary *s, struct str *out);

/* "1,234,567". */
void snapshot_print_number(struct str *out, size_t n);

/* What could not be read and what is assumed instead, as talk. */
void snapshot_tell_gaps(const struct cmd_ctx *ctx, const struct snapshot_report *report);

#endif
