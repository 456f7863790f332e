/*
 * migrate_print: what `toban migrate` found, for people and as JSON (docs/format/migration-v1.md).
 */
#ifndef TOBAN_CMD_MIGRATE_PRINT_H
#define TOBAN_CMD_MIGRATE_PRINT_H

#include "cmd/cmd.h"
#include "ops/migrate/files.h"

struct migrate_totals {
    size_t files;   /* looked at */
    size_t objects; /* in them */
    size_t changed; /* files */
    size_t written; /* files */
    size_t changes; /* objects */
    size_t decisions;
    size_t notes;
    size_t problems; /* what could not be looked at, or not be written */
};

void migrate_count(const struct migrate_files *m, struct migrate_totals *t);

/* Changes, decisions and notes, one file after the other. */
void migrate_print_text(const struct cmd_ctx *ctx, const struct migrate_files *m, struct str *out);
/* Unified diffs of all files that change. */
void migrate_print_diff(const struct cmd_ctx *ctx, const struct migrate_files *m, struct str *out);

struct migrate_report {
    const char *data_date, *mode;
    struct version from, to;
};
void migrate_print_json(const struct migrate_report *r, const struct migrate_files *m,
                        struct str *out);

/* Decisions and notes alone, on ctx->err: beside a diff. */
void migrate_say_remarks(const struct cmd_ctx *ctx, const struct migrate_files *m);
void migrate_say_problems(const struct cmd_ctx *ctx, const struct migrate_files *m);

#endif
