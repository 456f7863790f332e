/*
 * finding: one problem at one subject. Upgrade checks, audits, vulnerabilities and node trouble are
 * all findings and share fingerprint, suppression, reports and (later) store and notices.
 * Nothing here knows what any rule means; nothing here does I/O.
 */
#ifndef TOBAN_FINDING_FINDING_H
#define TOBAN_FINDING_FINDING_H

#include "base/arena.h"
#include "base/err.h"
#include "base/map.h"
#include "base/sv.h"
#include "base/vec.h"
#include "base/version.h"

/* Worst first. `removed`: breaks at or before the target version. */
enum finding_severity { FINDING_REMOVED, FINDING_DEPRECATED, FINDING_WARNING, FINDING_INFO };

enum finding_state { FINDING_OPEN, FINDING_SUPPRESSED, FINDING_FIXED, FINDING_REOPENED };

/* Where the problem is. All strings may be NULL; owned by the set's arena. */
struct finding_subject {
    const char *file;      /* as the user may click it: relative when it was given relative */
    uint32_t line, column; /* from 1; 0: unknown */
    uint32_t end_line, end_column;
    const char *cluster; /* context name of a live cluster */
    const char *api_version, *kind, *namespace, *name;
};

/* What makes us say so. */
struct finding_evidence {
    const char *source; /* "manifest", "helm-release", "managed-fields", "last-applied", "metric",
                           "stored-versions", "chart-template", … */
    const char *detail; /* which writer, which revision, … */
    const char *seen;   /* RFC 3339 time of the evidence, or NULL when it has no age */
};

struct finding {
    char fingerprint[33]; /* hex; stable while rule and object stay the same; see finding_add */
    const char *rule;     /* kebab-case id; `toban explain` knows it */
    enum finding_severity severity;
    enum finding_state state;
    const char *message; /* one line: what is wrong, named */
    const char *fix;     /* one line: what to do; NULL when there is nothing to do */
    const char *hint;    /* plain remark about the evidence (a computed line, …), or NULL */
    struct finding_subject subject;
    struct version deprecated_in, removed_in; /* of Kubernetes or of the component; may be unset */
    const char *component; /* NULL: Kubernetes itself; else "cert-manager", …, to which the
                              versions above belong */
    struct version before; /* must be done before the control plane goes to this version; unset
                              when that cannot be told (component rules) */
    const char *replacement_api_version, *replacement_kind; /* NULL: none */
    const char *suppressed_reason, *suppressed_owner;       /* NULL when open */
    VEC(struct finding_evidence) evidence;
};

/* An input that could not be (wholly) looked at: the run then ends with exit code 3. */
struct finding_problem {
    const char *where; /* file:line:column, or what was asked of which cluster */
    const char *message;
    const char *hint; /* or NULL */
};

/* A remark for the reader that does not change the exit code ("kubectl not found: files read as
 * they are"). */
struct finding_note {
    const char *message;
};

struct finding_set {
    struct arena arena; /* owns every string handed in: they are copied by finding_add */
    VEC(struct finding) findings;
    VEC(struct finding_problem) problems;
    VEC(struct finding_note) notes;
    uint64_t files, objects; /* looked at */
    struct map index;        /* fingerprint to place in findings, plus one; kept by finding.c */
};

/* Zeroed memory is an empty set. NULL-safe. */ void finding_set_release(struct finding_set *s);
#define _cleanup_findings_ _cleanup_(finding_set_release)

/*
 * Adds a copy of *f (strings are copied; f->evidence is copied; fingerprint is computed here).
 * A finding with the same rule and the same object (cluster or file, group, kind, namespace, name;
 * the version and the line do not count, an object without a name is told apart by its line) is
 * merged instead: evidence is appended unless it is there already, the worse severity wins.
 * Returns the finding in the set, valid until the next add.
 */
struct finding *finding_add(struct finding_set *s, const struct finding *f);

/* One more evidence for a finding of this set (strings copied). */
void finding_add_evidence(struct finding_set *s, struct finding *f, const char *source,
                          const char *detail, const char *seen);

void finding_add_problem(struct finding_set *s, const char *where, const char *message,
                         const char *hint);
void finding_add_note(struct finding_set *s, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

/* Moves everything of *from into *into (from is empty afterwards); findings are merged as by
 * finding_add. For joining the work of several threads in a fixed order. */
void finding_set_join(struct finding_set *into, struct finding_set *from);

/* Order for people: hop (before), severity, file, line, kind, namespace, name, rule. Stable. */
void finding_set_sort(struct finding_set *s);

const char *finding_severity_name(enum finding_severity s); /* "removed", … */
const char *finding_state_name(enum finding_state s);       /* "open", … */

/* True for a finding that is still a problem: open or re-opened. */
bool finding_is_open(const struct finding *f);

/* Open findings at this severity or worse. */
size_t finding_count_at(const struct finding_set *s, enum finding_severity least);

#endif
