/*
 * diff: what applying NEW over OLD does to each object - a pure forecast.
 *
 * Two sets of objects in (two renders, or live objects and manifests), one entry per object out:
 * does it change in place, roll its pods, get refused because a field cannot change, or vanish and
 * come back under another name; and what is lost then. No I/O, no clock. Which fields cannot change
 * is data/immutable-fields.tsv; what the entry means for traffic is said in its advice.
 */
#ifndef TOBAN_RULES_DIFF_DIFF_H
#define TOBAN_RULES_DIFF_DIFF_H

#include "base/map.h"
#include "base/version.h"
#include "doc/object.h"

enum diff_outcome {
    DIFF_UNCHANGED,
    DIFF_IN_PLACE,
    DIFF_ADDED,
    DIFF_REMOVED,
    DIFF_ROLLOUT,   /* accepted; pods are replaced by the workload's own strategy */
    DIFF_REPLACED,  /* "replaced silently": another name takes over, the old one is deleted */
    DIFF_RECREATED, /* deleted and created again: by a hook, a forced replace, a moved namespace */
    DIFF_REJECTED,  /* the API server refuses: an immutable field differs */
};
#define DIFF_OUTCOMES 8

/* What is gone with the old object; a set of bits. */
enum diff_loss {
    DIFF_LOSES_PODS = 1,
    DIFF_LOSES_VOLUME = 2,
    DIFF_LOSES_ADDRESS = 4,
    DIFF_LOSES_RIGHTS = 8,
    DIFF_LOSES_CONTENTS = 16, /* what lives inside it: a namespace's objects, a CRD's resources */
};

/* One object of either side. file, origin and the tree belong to the caller and must outlive the
 * report. */
struct diff_object {
    struct object object;
    struct doc_file *file;
    const char *origin;                  /* file name for people, or "live" */
    const struct doc_node *last_applied; /* live objects: what was applied last, or NULL */
    struct sv namespace;                 /* as given or defaulted; absent for cluster scope */
};

struct diff_objects {
    VEC(struct diff_object) list;
};

struct immutable_rule;

struct diff_field {
    const char *path;                             /* "spec.ports[http].nodePort" */
    const struct doc_node *old_value, *new_value; /* NULL: absent there */
    uint32_t old_line, new_line;                  /* 0: unknown or absent */
    const struct immutable_rule *rule;            /* why it cannot change, or NULL when it can */
};

struct diff_entry {
    enum diff_outcome outcome;
    unsigned loses;                                    /* enum diff_loss bits */
    const struct diff_object *old_object, *new_object; /* one may be NULL */
    VEC(struct diff_field) fields;
    VEC(const char *) notes; /* node ports, selectors that match nothing any more, … */
    const char *advice;      /* what to do; NULL when there is nothing to do */
};

struct diff_options {
    struct version version; /* of the cluster; unset: the newest rules */
    bool live;              /* old side is live: absent fields were defaulted by the server */
    bool force;             /* refused changes are carried out by delete and create */
};

struct diff_report {
    struct arena arena;             /* owns all strings of the report */
    VEC(struct diff_entry) entries; /* worst first, then kind, namespace, name */
    size_t counts[DIFF_OUTCOMES];
};

/* Fills *r (release it in every case). Never fails but for memory, which ends the process (must.h:
 * nothing has been changed at that point). */
void diff_compare(const struct diff_objects *old_side, const struct diff_objects *new_side,
                  const struct diff_options *options, struct diff_report *r);
void diff_report_release(struct diff_report *r);

/* "replaced silently", …; never NULL. */
const char *diff_outcome_name(enum diff_outcome o);

/* "pods, volume" into buf; "" when nothing is lost. */
const char *diff_loss_text(unsigned loses, char buf[static 64]);

/* Value for people: a scalar's text, or compact JSON cut at max bytes; "(absent)" for NULL. */
const char *diff_value_text(struct arena *a, const struct doc_node *value, size_t max);

#define _cleanup_diff_report_ _cleanup_(diff_report_release)

#endif
