#include "cmd/replace_words.h"

#include "cmd/cloud_options.h"
#include "cmd/pace_options.h"

#include <string.h>

#define CLOUD_MARK "eks:"
#define NODES_MAX 100000

void replace_words_release(struct replace_words *r)
{
    drain_ordered_release(&r->ordered);
    free(r->groups);
    free(r->names);
    free(r->types);
    free(r->subnets);
}

static size_t count_of(const char *const *list)
{
    size_t n = 0;
    while (list[n])
        n++;
    return n;
}

static int check_once(const struct replace_words *r, struct err *err)
{
    for (size_t i = 0; r->groups[i]; i++)
        for (size_t k = 0; k < i; k++)
            if (strcmp(r->groups[i], r->groups[k]) == 0)
                return cmd_usage(r->ctx, err, "--nodegroup: '%s' is named twice", r->groups[i]);
    return 0;
}

static int read_wish(struct replace_words *r, struct err *err)
{
    const struct cmd_ctx *ctx = r->ctx;
    uint64_t desired = 0;
    struct replace_wish *w = &r->wish;
    size_t groups = count_of(r->groups), names = count_of(r->names);
    if (names && names != groups)
        return cmd_usage(ctx, err,
                         "--name: %zu given for %zu node groups; one for each is expected, in "
                         "their order",
                         names, groups);
    if (cmd_given(ctx, "desired") && groups > 1)
        return cmd_usage(ctx, err, "--desired is for one node group, %zu are given", groups);
    if (pace_read_number(ctx, "desired", 1, NODES_MAX, &desired, err) < 0)
        return -1;
    *w = (struct replace_wish){
        .family = cmd_value(ctx, "family"),
        .ami_type = cmd_value(ctx, "ami-type"),
        .release = cmd_value(ctx, "release"),
        .version = cmd_value(ctx, "version"),
        .capacity_type = cmd_value(ctx, "capacity-type"),
        .template_version = cmd_value(ctx, "template-version"),
        .instance_types = {.items = r->types, .count = (uint32_t)count_of(r->types)},
        .subnets = {.items = r->subnets, .count = (uint32_t)count_of(r->subnets)},
    };
    if (desired)
        w->desired = shape_int((int64_t)desired);
    return 0;
}

static int read_cloud(struct replace_words *r, struct err *err)
{
    const char *where = cmd_value(r->ctx, "cloud");
    if (!where || strncmp(where, CLOUD_MARK, strlen(CLOUD_MARK)) != 0 || !where[strlen(CLOUD_MARK)])
        return cmd_usage(r->ctx, err,
                         "--cloud: '%s' names no cluster, eks:NAME is expected, as in eks:prod",
                         where ? where : "");
    r->want = (struct replace_want){
        .aws = cloud_options_aws(r->ctx),
        .cluster = where + strlen(CLOUD_MARK),
        .groups = r->groups,
        .wish = &r->wish,
    };
    return 0;
}

int replace_words_read(const struct cmd_ctx *ctx, struct replace_words *r, struct err *err)
{
    r->ctx = ctx;
    r->groups = cmd_values(ctx, "nodegroup");
    r->names = cmd_values(ctx, "name");
    r->types = cmd_values(ctx, "instance-type");
    r->subnets = cmd_values(ctx, "subnet");
    return check_once(r, err) < 0 || read_cloud(r, err) < 0 || read_wish(r, err) < 0 ||
                   pace_read_number(ctx, "at-once", 1, NODES_MAX, &r->at_once, err) < 0 ||
                   pace_read_span(ctx, "soak", &r->soak_ms, err) < 0 ||
                   drain_read(ctx, &r->ordered, err) < 0
               ? -1
               : 0;
}
