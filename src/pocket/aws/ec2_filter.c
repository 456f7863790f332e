#include "pocket/aws/ec2_filter.h"

#include "cloud/ec2_shapes.h"

#include <fnmatch.h>

#define VALUES_MAX 200

static const struct shape_field filter_fields[] = {
    SHAPE_FIELD(struct ec2_filter, SHAPE_TEXT, "Name", name),
    SHAPE_WIRED(struct ec2_filter, SHAPE_TEXTS, "Values", "Value", values),
};
const struct shape ec2_filter_shape = SHAPE(struct ec2_filter, filter_fields);

struct filter_match {
    const struct ec2_filter *filter;
    bool hit;
};

void filter_offer(struct filter_match *m, const char *text)
{
    shape_each(value, &m->filter->values)
        m->hit = m->hit || (text && fnmatch(*value, text, 0) == 0);
}

void filter_offer_flag(struct filter_match *m, bool flag)
{
    filter_offer(m, flag ? "true" : "false");
}

/* ---- tags ---- */

static bool is_of_tags(const struct filter_kind *kind, const char *name)
{
    return kind->tags && (sv_starts(sv_of(name), "tag:") || strcmp(name, "tag-key") == 0);
}

static void offer_tags(struct filter_match *m, const struct shape_pairs *tags)
{
    const char *name = m->filter->name;
    shape_each(tag, tags) {
        if (strcmp(name, "tag-key") == 0)
            filter_offer(m, tag->key);
        else if (strcmp(name + 4, tag->key) == 0)
            filter_offer(m, tag->value);
    }
}

/* ---- all ---- */

static const struct filter_row *row_of(const struct filter_kind *kind, const char *name)
{
    for (unsigned i = 0; i < kind->count; i++)
        if (strcmp(kind->rows[i].name, name) == 0)
            return &kind->rows[i];
    return NULL;
}

bool filter_takes(const struct ec2_look *look, const struct filter_kind *kind, const void *item)
{
    shape_each(filter, &look->filters) {
        struct filter_match m = {.filter = filter};
        const struct filter_row *row = row_of(kind, filter->name);
        if (row)
            row->offer(&m, item);
        else if (is_of_tags(kind, filter->name))
            offer_tags(&m, kind->tags(item));
        if (!m.hit)
            return false;
    }
    return true;
}

bool filter_names(const struct ec2_look *look, const char *id)
{
    return !look->ids.count || shape_has(&look->ids, id);
}

int filter_check(struct service_call *c, const struct ec2_asked *asked,
                 const struct filter_kind *kind)
{
    const struct ec2_look *look = &asked->look;
    if (asked->dry_run == SHAPE_YES)
        return service_refuse(c, 412, "DryRunOperation",
                              "Request would have succeeded, but DryRun flag is set.");
    if (look->ids.count && asked->most.set)
        return service_refuse(c, 400, "InvalidParameterCombination",
                              "The parameter MaxResults cannot be used with ids");
    if (asked->most.set && (asked->most.n < 5 || asked->most.n > 1000))
        return service_refuse(c, 400, "InvalidParameterValue",
                              "Value ( %lld ) for parameter maxResults is invalid. Expecting a "
                              "value between 5 and 1000.",
                              (long long)asked->most.n);
    shape_each(filter, &look->filters) {
        if (!filter->name)
            return service_refuse(c, 400, "MissingParameter",
                                  "The request must contain the parameter Filter.Name");
        if (!row_of(kind, filter->name) && !is_of_tags(kind, filter->name))
            return service_refuse(c, 400, "InvalidParameterValue", "The filter '%s' is invalid",
                                  filter->name);
        if (filter->values.count > VALUES_MAX)
            return service_refuse(c, 400, "FilterLimitExceeded",
                                  "The maximum number of filter values specified on a single call "
                                  "is %d",
                                  VALUES_MAX);
    }
    return 0;
}
