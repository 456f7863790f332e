/*
 * config: where `.toban.yaml` is, and its text read. What is in it is finding/suppress.h.
 */
#ifndef TOBAN_CMD_CONFIG_H
#define TOBAN_CMD_CONFIG_H

#include "base/date.h"
#include "finding/suppress.h"
#include "rules/upgrade/lifecycle.h"

#define CONFIG_NAME ".toban.yaml"

struct config {
    struct suppress suppress;
    char *folder;    /* absolute, of the file; NULL: no file was found, nothing is configured */
    char *lifecycle; /* path of the file of added life-cycle rows, ready to open; or NULL */
};

/*
 * Reads `file` (of --config), or when that is NULL the `.toban.yaml` in the folder of `start` or in
 * the nearest folder above it, up to and with the root of the git work tree. start: the first path
 * of the command line; NULL, "-" or one that does not exist: the working folder.
 * No file at all is fine unless it was named. -1 with err naming file and line. Release always.
 */
int config_load(struct config *c, const char *file, const char *start, struct err *err);
/* NULL-safe; zeroed memory is an empty configuration. */
void config_release(struct config *c);
#define _cleanup_config_ _cleanup_(config_release)

/* suppress_apply with the files of the set counted from the working folder. */
void config_apply(struct config *c, struct finding_set *set, date_days today);

/* The built-in life-cycle rows in *l, with those of the configuration, then those of `file` (of
 * --lifecycle; NULL: none), so that the command line has the last word. *l is initialised here;
 * lifecycle_release it in every case. -1 with err naming file and line. */
int config_lifecycle(const struct config *c, const char *file, struct lifecycle *l,
                     struct err *err);

#endif
