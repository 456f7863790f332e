/*
 * rules: what a Kubernetes upgrade breaks, said about one object at a time. Objects in, findings
 * out: no files, no cluster, no clock. Reading input and joining the work of threads is ops/check.
 *
 * Two kinds of rules: those about API versions need only the envelope (apiVersion, kind, name) and
 * so also work on what the scanner sees; breakers need the whole tree, but only of documents that
 * hold a rule's word.
 */
#ifndef TOBAN_RULES_UPGRADE_RULES_H
#define TOBAN_RULES_UPGRADE_RULES_H

#include "base/map.h"
#include "doc/object.h"
#include "finding/finding.h"
#include "finding/rule_info.h"
#include "rules/upgrade/components.h"
#include "rules/upgrade/lifecycle.h"

struct rules_target {
    const struct lifecycle *lifecycle;
    struct version from; /* unset: not known */
    struct version to;
};

/* Where an object was found. Strings are copied when a finding is made. */
struct rules_place {
    const char *file;    /* as shown; or NULL */
    const char *cluster; /* or NULL */
    uint32_t line_base;  /* lines of the file before the parsed text */
    const char *source;  /* of the evidence: "manifest", "chart-template", "helm-release", … */
    const char *detail;  /* of the evidence; or NULL */
    const char *seen;    /* RFC 3339 age of the evidence; or NULL */
    const char *hint;    /* a remark for each finding; or NULL */
    uint32_t line, column, end_column; /* of the apiVersion's value, in the file; 0: not known */
    uint64_t words;                    /* that stand in the document, or RULES_WORDS_UNKNOWN */
    bool fixed_line; /* every finding is at `line`: the tree's own lines mean nothing to the
                        reader (rendered text) */
};

/* A finding that depends on what else is seen in the input; decided by rules_settle. */
struct rules_pending {
    struct finding finding; /* strings in the result's arena; evidence stands below */
    struct finding_evidence evidence;
    const struct lifecycle_row *row; /* judge this custom resource; or NULL: … */
    const char *unless;              /* … drop it when this component is seen */
};

/* What one thread gathers. Zeroed memory is an empty result. */
struct rules_result {
    struct finding_set set;
    struct arena arena; /* of pending and annotations */
    VEC(struct rules_pending) pending;
    struct components components;
    struct map nginx_annotations; /* name behind nginx.ingress.kubernetes.io/ to uint64_t count */
};

void rules_result_release(struct rules_result *r);

/* Moves everything of *from into *into; call in a fixed order for a fixed outcome. */
void rules_join(struct rules_result *into, struct rules_result *from);

/* Decides what was pending by the components seen, and sums up what is a matter of the whole
 * input (notes). Call once, after the last join. */
void rules_settle(struct rules_result *r, const struct rules_target *target);

/* API version rules; o->root may be NULL. */
void rules_judge_version(struct rules_result *r, const struct rules_target *target,
                         const struct rules_place *place, const struct object *o);

/* Breakers, and which components the object shows; doc is the file that o->root belongs to. */
void rules_judge_tree(struct rules_result *r, const struct rules_target *target,
                      const struct rules_place *place, struct doc_file *doc,
                      const struct object *o);

/* A tree that is no Kubernetes object (CloudFormation, node set up, values of a chart): only the
 * rules that look at text. */
void rules_judge_text(struct rules_result *r, const struct rules_target *target,
                      const struct rules_place *place, struct doc_file *doc, struct doc_node *root);

/* What a chart says of itself: its name, version and appVersion, or one of its dependencies (then
 * app_version absent). at: where to point; line 0: nowhere. */
void rules_judge_chart(struct rules_result *r, const struct rules_target *target,
                       const struct rules_place *place, struct sv chart, struct sv app_version);

/* Words without which most rules have nothing to say; bit i of a set of words stands for word i.
 * Ended by NULL; at most 64 words of at least 5 bytes. */
extern const char *const rules_literals[];
#define RULES_WORDS_UNKNOWN UINT64_MAX

/* Whether a document of that kind (absent: no object) that holds these words needs its tree looked
 * at; else rules_judge_version says all there is to say. */
bool rules_wants_tree(struct sv kind, struct sv text, uint64_t words);

/* All rules, for explain and reports. */
struct rule_table rules_table(void);

#endif
