/*
 * report: a set of findings as text for people and for programs. One writer per format, all pure:
 * set and facts in, text out; the same input gives the same bytes. What the formats promise is in
 * docs/format/findings-v1.md.
 *
 * The set must be sorted (finding_set_sort). Nothing is lost by a format but what it has no place
 * for; a format never executes: CSV cells are not formulas, terminals get no escape sequences from
 * a file's name, XML and JSON are always well-formed.
 */
#ifndef TOBAN_FINDING_REPORT_H
#define TOBAN_FINDING_REPORT_H

#include "base/str.h"
#include "finding/finding.h"
#include "finding/rule_info.h"

enum report_format {
    REPORT_TABLE,
    REPORT_JSON,
    REPORT_SARIF,
    REPORT_JUNIT,
    REPORT_CSV,
    REPORT_MARKDOWN,
};

struct report_meta {
    const char *command;      /* "check" */
    const char *tool_version; /* "0.1.0" */
    const char *data_date;    /* day of the life-cycle data, "YYYY-MM-DD"; NULL: not shown */
    const char *cluster;      /* context that was asked, or NULL */
    struct version from, to;  /* the upgrade; unset where it is not known */
    int64_t generated;        /* seconds since 1970, UTC */
    bool fail_never;          /* no finding makes the run fail; else those at fail_on or worse do */
    enum finding_severity fail_on;
    const struct rule_table *rules; /* what is known of the rules; NULL: nothing */
    bool colour, utf8;              /* table: may be used */
    unsigned width;                 /* table: columns; 0: 80 */
};

/* False when the name is none of "table", "json", "sarif", "junit", "csv", "markdown". */
bool report_format_of(const char *name, enum report_format *out);

/* Appends the whole report; look at str_ok(out) afterwards. */
void report_write(enum report_format format, const struct finding_set *set,
                  const struct report_meta *meta, struct str *out);

/* The writers themselves. */
void report_table(const struct finding_set *set, const struct report_meta *meta, struct str *out);
void report_json(const struct finding_set *set, const struct report_meta *meta, struct str *out);
void report_sarif(const struct finding_set *set, const struct report_meta *meta, struct str *out);
void report_junit(const struct finding_set *set, const struct report_meta *meta, struct str *out);
void report_csv(const struct finding_set *set, const struct report_meta *meta, struct str *out);
void report_markdown(const struct finding_set *set, const struct report_meta *meta,
                     struct str *out);

/* What the writers share. */

/* Numbers of open findings by severity, and of suppressed ones. */
struct report_counts {
    size_t by_severity[FINDING_INFO + 1];
    size_t open, suppressed;
};
void report_count(const struct finding_set *set, struct report_counts *out);

/* Does this finding make the run fail? */
bool report_fails(const struct report_meta *meta, const struct finding *f);

/* The rule's description, also of the rules of finding/ itself; NULL when it is not known. */
const struct rule_info *report_rule(const struct report_meta *meta, const char *id);

/* "Ingress game/web", "Namespace game", "Ingress (no name)"; empty when no object is known. */
void report_object(const struct finding_subject *at, struct str *out);
/* "apps/web.yaml:3", "cluster prod", ""; with the column too when asked. */
void report_place(const struct finding_subject *at, bool column, struct str *out);
/* "2027-06-30T00:00:00Z". */
void report_time(int64_t seconds, struct str *out);
/* Text for XML content and attributes; what XML 1.0 cannot hold becomes U+FFFD. */
void report_xml(struct str *out, const char *text);

#endif
