/*
 * suppress: what a team has decided to live with, and until when. The text of `.toban.yaml` in,
 * states of findings out; no I/O and no clock: who calls brings the text and the day.
 * The format is described in docs/format/config.md.
 */
#ifndef TOBAN_FINDING_SUPPRESS_H
#define TOBAN_FINDING_SUPPRESS_H

#include "base/date.h"
#include "finding/finding.h"
#include "finding/glob.h"
#include "finding/rule_info.h"

/* Largest configuration file, in bytes, and most entries in it. */
#define SUPPRESS_FILE_MAX ((size_t)1 << 20)
#define SUPPRESS_ENTRIES_MAX 10000

struct suppress_entry {
    const char *rule, *path, *object; /* as written; path and object may be NULL */
    const char *reason, *owner;
    date_days expires; /* the first day on which it no longer counts */
    bool has_expires;
    uint32_t line;
    uint32_t used; /* findings that it has matched, also when expired */
    struct glob *rule_glob, *path_glob, *kind_glob, *namespace_glob, *name_glob; /* or NULL */
};

struct suppress {
    struct arena arena;
    const char *file;      /* of the configuration, for messages */
    const char *lifecycle; /* file of added life-cycle rows as written, or NULL */
    VEC(struct suppress_entry) entries;
};

/* Reads the text of a configuration. -1 with ERR_INPUT "name:line: …" on the first mistake: unknown
 * key, reason or owner missing, a date that is none, a malformed pattern. Release *s always. */
int suppress_parse(struct suppress *s, const char *name, struct sv text, struct err *err);
/* NULL-safe; zeroed memory is an empty configuration. */
void suppress_release(struct suppress *s);
#define _cleanup_suppress_ _cleanup_(suppress_release)

struct suppress_place {
    const char *cwd;    /* absolute folder that relative files of findings count from */
    const char *folder; /* absolute folder of the configuration: paths in it count from there */
};

/*
 * Marks findings that an entry in force matches as suppressed, with its reason and owner. An entry
 * that matches but has expired before or on `today` adds a `suppression-expired` finding instead;
 * one that matches nothing adds a note. place may be NULL when no finding has a file.
 */
void suppress_apply(struct suppress *s, struct finding_set *set, date_days today,
                    const struct suppress_place *place);

/* The rules that finding/ itself reports. */
extern const struct rule_table suppress_rules;

#endif
