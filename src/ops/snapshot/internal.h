/* internal: what the readers of ops/snapshot share. */
#ifndef TOBAN_OPS_SNAPSHOT_INTERNAL_H
#define TOBAN_OPS_SNAPSHOT_INTERNAL_H

#include "ops/snapshot/snapshot.h"

/* A sentence for the report. */
void report_remark(struct snapshot_report *r, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

/* A gap for the report. Its texts are copied, the subject and what is assumed are for ever. */
void report_gap(struct snapshot_report *r, const struct snapshot_gap *gap);

/* Without the server's word, its version is that of the newest kubelet. */
void settle_version(struct world *w, struct version said);

#endif
