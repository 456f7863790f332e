/*
 * ec2_filter: which items a describing call of EC2 asks for. Each kind of item has a table of the
 * filters that it knows; a value may hold '*' and '?'. Within pocket/aws/ only.
 */
#ifndef TOBAN_POCKET_AWS_EC2_FILTER_H
#define TOBAN_POCKET_AWS_EC2_FILTER_H

#include "pocket/aws/service.h"

struct filter_match;
/* Offers a value of the item to the filter; NULL: it has none. */
void filter_offer(struct filter_match *m, const char *text);
void filter_offer_flag(struct filter_match *m, bool flag);

struct filter_row {
    const char *name; /* "subnet-id" */
    void (*offer)(struct filter_match *m, const void *item);
};
struct filter_kind {
    const struct filter_row *rows;
    unsigned count;
    const struct shape_pairs *(*tags)(const void *item); /* NULL: it has none */
};

/* What all of these calls take. */
struct ec2_asked {
    struct ec2_look look;
    struct shape_int most;
    const char *token;
    enum shape_flag dry_run;
};
#define EC2_ASKED(kind, name, member) SHAPE_FIELD(struct ec2_asked, kind, name, member)
#define EC2_ASKED_SHAPE(what, ids_name, ids_wire)                                                  \
    static const struct shape_field what##_asked[] = {                                             \
        SHAPE_WIRED(struct ec2_asked, SHAPE_TEXTS, ids_name, ids_wire, look.ids),                  \
        SHAPE_WIRED_OF(struct ec2_asked, SHAPE_STRUCTS, "Filters", "Filter", look.filters,         \
                       &ec2_filter_shape),                                                         \
        EC2_ASKED(SHAPE_INT, "MaxResults", most),                                                  \
        EC2_ASKED(SHAPE_TEXT, "NextToken", token),                                                 \
        EC2_ASKED(SHAPE_BOOL, "DryRun", dry_run),                                                  \
    };                                                                                             \
    static const struct shape in_##what = SHAPE(struct ec2_asked, what##_asked)
extern const struct shape ec2_filter_shape;

/* Refuses what EC2 refuses of any such call: an unknown filter, a page size together with ids.
 * 0 or -1. */
int filter_check(struct service_call *c, const struct ec2_asked *asked,
                 const struct filter_kind *kind);
/* Do all of the filters hold? Ids are not looked at. */
bool filter_takes(const struct ec2_look *look, const struct filter_kind *kind, const void *item);
/* Is it asked for by its id, or nothing by ids? */
bool filter_names(const struct ec2_look *look, const char *id);

#endif
