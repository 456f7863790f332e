/*
 * files: all that a user names as input, run through rules/migrate, and written back. Reads and
 * writes files; what changes is decided by rules/migrate.
 *
 * Templates of charts are taken as templates, files that a kustomization uses as patches as
 * patches. What helm or Kustomize would make of them is not looked at: nobody can edit that.
 */
#ifndef TOBAN_OPS_MIGRATE_FILES_H
#define TOBAN_OPS_MIGRATE_FILES_H

#include "input/input.h"
#include "rules/migrate/migrate.h"

struct migrate_file {
    const char *name; /* for people */
    const char *path; /* NULL: cannot be written to (standard input, a packed chart) */
    bool standard_input;
    bool written;
    struct str old; /* the text as it was */
    struct migrate_result result;
    struct err err; /* class ERR_NONE: it was read */
};

struct migrate_files {
    struct arena arena;
    struct input_list inputs;
    VEC(struct migrate_file *) files;
    struct version floor; /* what was found needs a cluster of this release or newer */
    struct str scratch;
};

/* Reads and rewrites everything below the paths, in memory. options->floor is found here when
 * neither it nor from is set. -1 only for lack of memory; what could not be read is in the files'
 * err, in their problems, and in inputs.problems. Release *m always; it needs no preparation. */
int migrate_files_load(struct migrate_files *m, const char *const *paths, size_t count,
                       const struct migrate_options *options, struct err *err);

/* Writes every changed file in one step each. Failures are in the files' err; the rest goes on. */
void migrate_files_write(struct migrate_files *m);

/* NULL-safe. */
void migrate_files_release(struct migrate_files *m);
#define _cleanup_migrate_files_ _cleanup_(migrate_files_release)

#endif
