#include "cmd/sim_world.h"

#include "cmd/sim_example.h"

#include <ctype.h>

#define ACCOUNT "111122223333"

void sim_world_release(struct sim_world *w)
{
    cloud_release(&w->cloud);
    world_release(&w->world);
    free(w->paths);
}

/* ---- the input ---- */

static int read_input(const struct cmd_ctx *ctx, struct sim_world *w, struct err *err)
{
    _cleanup_snapshot_report_ struct snapshot_report report = {0};
    struct snapshot_input *in = &w->in;
    w->paths = cmd_values(ctx, "world");
    if (!w->paths)
        return err_nomem(err, "listing the files");
    *in = (struct snapshot_input){.paths = w->paths, .now = ctx->now};
    while (w->paths[in->path_count])
        in->path_count++;
    if (cmd_given(ctx, "example"))
        sim_example_fill(cmd_value(ctx, "example"), in);
    if (in->path_count + in->text_count == 0)
        return 0;
    return snapshot_open(&w->world, &w->cloud, in, &report, err);
}

/* ---- where it is ---- */

static const char *region_of_nodes(const struct world *w)
{
    world_each_node(w, n) {
        const char *region = world_text(w, w->nodes.items[n].region);
        if (*region)
            return region;
    }
    return NULL;
}

/* As in ap-northeast-1: it becomes part of names and addresses. */
static bool is_region(const char *text)
{
    size_t len = strlen(text);
    for (const char *c = text; *c; c++)
        if (!islower((unsigned char)*c) && !isdigit((unsigned char)*c) && *c != '-')
            return false;
    return len >= 6 && len <= 32 && strchr(text, '-') && isdigit((unsigned char)text[len - 1]);
}

static int choose_region(const struct cmd_ctx *ctx, struct sim_world *w, struct err *err)
{
    const char *given = cmd_value(ctx, "region"), *there = region_of_nodes(&w->world);
    if (given && !is_region(given))
        return cmd_usage(ctx, err, "--region %s: a region of AWS is expected, as ap-northeast-1",
                         given);
    if (given && there && strcmp(given, there) != 0)
        return cmd_usage(ctx, err, "--region %s: the nodes are in %s", given, there);
    w->region = given ? given : there && is_region(there) ? there : "us-east-1";
    return 0;
}

/* The fifth part of an ARN. */
static struct sv account_of_arn(const char *arn)
{
    struct sv part = SV_NONE, rest = sv_of(arn);
    for (int i = 0; i < 5; i++)
        part = sv_split(&rest, ':');
    return part;
}

static void choose_account(struct sim_world *w)
{
    struct sv account = SV(ACCOUNT);
    vec_foreach(g, &w->cloud.target_groups) {
        struct sv own = account_of_arn(g->arn);
        if (own.len == strlen(ACCOUNT))
            account = own;
    }
    snprintf(w->account, sizeof w->account, "%.*s", SV_ARG(account));
}

static void choose_name(const struct cmd_ctx *ctx, struct sim_world *w)
{
    w->name = cmd_value(ctx, "name");
    vec_foreach(g, &w->cloud.groups)
        if (!w->name)
            w->name = g->cluster;
    if (!w->name)
        w->name = "pocket";
}

int sim_world_read(const struct cmd_ctx *ctx, struct sim_world *w, struct err *err)
{
    world_init(&w->world);
    cloud_init(&w->cloud);
    if (read_input(ctx, w, err) < 0 || choose_region(ctx, w, err) < 0)
        return -1;
    choose_name(ctx, w);
    choose_account(w);
    return 0;
}

/* ---- objects of dumps, as they stand there ---- */

struct entering {
    struct front *front;
    uint32_t left_out;
    struct err first; /* why */
};

static int enter_object(void *ctx, struct sv json, struct err *err)
{
    struct entering *e = ctx;
    struct err why = {0};
    if (front_enter(e->front, json, &why) < 0 && e->left_out++ == 0)
        e->first = why;
    return 0;
}

int sim_world_enter(const struct cmd_ctx *ctx, const struct sim_world *w, struct front *front,
                    struct err *err)
{
    struct entering e = {.front = front};
    if (snapshot_each_object(&w->in, enter_object, &e, err) < 0)
        return -1;
    if (e.left_out)
        cmd_say(ctx, "left out %u object%s of the input; the first: %s", e.left_out,
                e.left_out == 1 ? "" : "s", e.first.msg);
    return 0;
}
