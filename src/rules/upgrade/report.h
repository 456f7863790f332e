/*
 * report: how a rule says what it found. Knows subjects, positions and severities, so that a rule
 * is only its condition and one sentence. Private to rules/upgrade and rules/live.
 */
#ifndef TOBAN_RULES_UPGRADE_REPORT_H
#define TOBAN_RULES_UPGRADE_REPORT_H

#include "base/str.h"
#include "rules/upgrade/rules.h"

/* One object (or text tree) under the rules. */
struct rules_run {
    struct rules_result *result;
    const struct rules_target *target;
    const struct rules_place *place;
    struct doc_file *doc;        /* NULL: only the envelope is known */
    const struct object *object; /* NULL: a tree that is no Kubernetes object */
};

/* True for an object of that kind in that group (any version). */
bool run_is(const struct rules_run *run, const char *group, const char *kind);

/* Subject and evidence of a finding about the run's object, at the value `at` (NULL: at its
 * apiVersion). Strings are borrowed from the run. */
void run_subject(const struct rules_run *run, const struct doc_node *at, struct finding *f,
                 struct finding_evidence *evidence);

/* Adds *f with its one evidence to the result. */
void run_add(const struct rules_run *run, struct finding *f, struct finding_evidence *evidence);

/* Keeps a copy of *f to be decided by rules_settle. */
void run_add_pending(const struct rules_run *run, const struct rules_pending *p);

/* A breaker fired: `id` of data/breakers.tsv, at this value, saying this. Severity and versions
 * come from the table and the target; nothing is added when the rule does not concern it yet. */
void run_report(const struct rules_run *run, const char *id, const struct doc_node *at,
                const char *fmt, ...) __attribute__((format(printf, 4, 5)));

/* As run_report, but at `offset` bytes into the file's text, for what stands inside a scalar. */
void run_report_at(const struct rules_run *run, const char *id, uint32_t offset, const char *fmt,
                   ...) __attribute__((format(printf, 4, 5)));

/* As run_report, unless that component is seen anywhere in the input. */
void run_report_unless(const struct rules_run *run, const char *component, const char *id,
                       const struct doc_node *at, const char *fmt, ...)
    __attribute__((format(printf, 5, 6)));

#endif
