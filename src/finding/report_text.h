/*
 * report_text: what the two reports for reading, table and Markdown, have in common: an order in
 * which equal things stand together, and the sentences on top.
 */
#ifndef TOBAN_FINDING_REPORT_TEXT_H
#define TOBAN_FINDING_REPORT_TEXT_H

#include "finding/report.h"

/* The open findings by hop, severity, rule, message, fix, then place. */
struct report_order {
    VEC(const struct finding *) items;
};
void report_order_of(const struct finding_set *set, struct report_order *out);
void report_order_release(struct report_order *o);

/* Place behind the findings from `start` on that belong to the same hop. */
size_t report_hop_end(const struct report_order *o, size_t start);
/* Likewise of those that differ in their object only: told once, with a list of the objects. */
size_t report_group_end(const struct report_order *o, size_t start);

/* "The upgrade from 1.21 to 1.25 is stopped by 14 objects: 9 before 1.22, 5 before 1.25". */
void report_headline(const struct finding_set *set, const struct report_meta *meta,
                     struct str *out);
/* "6 deprecated, 1 warning, 2 suppressed"; empty when there is none. */
void report_others(const struct finding_set *set, struct str *out);
/* "214 objects in 61 files checked, life-cycle data of 2026-11-22". */
void report_coverage(const struct finding_set *set, const struct report_meta *meta,
                     struct str *out);
/* "Before 1.22", "After this upgrade, before 1.29", "Not bound to a Kubernetes version". */
void report_hop_title(const struct finding *first, const struct report_meta *meta, struct str *out);

/* "networking.k8s.io/v1 Ingress"; empty when there is none or the message names it already. */
void report_replacement(const struct finding *f, struct str *out);
/* Evidence from elsewhere than files (releases, writers, metrics); empty when there is none. */
void report_evidence(const struct finding *f, struct str *out);

#endif
