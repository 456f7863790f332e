#include "ops/replace/live.h"

#include "base/must.h"
#include "cloud/autoscaling.h"
#include "cloud/ec2.h"
#include "ops/drain/hand.h"
#include "ops/marks/marks.h"
#include "ops/replace/empty.h"
#include "ops/replace/live_drain.h"
#include "ops/replace/ready.h"
#include "ops/snapshot/snapshot.h"

#include <poll.h>
#include <string.h>

#define INSTANCES_ASKED 200 /* EC2 takes so many values of a filter */
#define AWS_TIMEOUT_MS 20000
#define GROUP_LABEL "eks.amazonaws.com/nodegroup"

/* ---- AWS ---- */

static int live_describe(void *ctx, const char *cluster, const char *group, struct arena *a,
                         struct eks_nodegroup *out, struct err *err)
{
    struct replace_live *l = ctx;
    return eks_describe_nodegroup(l->aws, cluster, group, a, out, err);
}

static int live_create(void *ctx, const struct eks_nodegroup *spec, const char *token,
                       struct err *err)
{
    _cleanup_arena_ struct arena a = {0};
    struct replace_live *l = ctx;
    return eks_create_nodegroup(l->aws, spec, token, &a, NULL, err);
}

static int live_remove(void *ctx, const char *cluster, const char *group, struct err *err)
{
    _cleanup_arena_ struct arena a = {0};
    struct replace_live *l = ctx;
    return eks_delete_nodegroup(l->aws, cluster, group, &a, NULL, err);
}

static void forget(struct replace_live *l)
{
    follow_free(l->follow);
    l->follow = NULL;
}

/* ---- volumes ---- */

static int scaling_of(struct replace_live *l, const struct eks_nodegroup *group, struct arena *a,
                      struct asg_groups *out, struct err *err)
{
    struct shape_texts names = {0};
    *out = (struct asg_groups){0};
    shape_each(g, &group->autoscaling_groups)
        *(const char **)shape_list_add(&names, sizeof g->name, a) = g->name;
    if (names.count && asg_describe_groups(l->aws, &names, a, out, err) < 0)
        return err_wrap(err, "machines of node group '%s'", group->name);
    return 0;
}

static int machines_of(struct replace_live *l, const struct eks_nodegroup *group, struct arena *a,
                       struct shape_texts *out, struct err *err)
{
    struct asg_groups found;
    *out = (struct shape_texts){0};
    if (scaling_of(l, group, a, &found, err) < 0)
        return -1;
    shape_each(g, &found.items)
        shape_each(i, &g->instances)
            *(const char **)shape_list_add(out, sizeof i->id, a) = i->id;
    return 0;
}

static int volumes_of(struct replace_live *l, const struct shape_texts *machines, uint32_t from,
                      struct arena *a, struct ec2_volumes *out, struct err *err)
{
    uint32_t left = machines->count - from;
    struct ec2_filter filter = {.name = "attachment.instance-id"};
    struct ec2_look look = {0};
    filter.values.items = machines->items + from;
    filter.values.count = left < INSTANCES_ASKED ? left : INSTANCES_ASKED;
    look.filters.items = &filter;
    look.filters.count = 1;
    return ec2_describe_volumes(l->aws, &look, a, out, err);
}

static int live_machines_detached(void *ctx, const struct shape_texts *machines, struct str *words,
                                  struct err *err)
{
    _cleanup_arena_ struct arena a = {0};
    struct ec2_volumes volumes;
    bool clean = true;
    for (uint32_t from = 0; from < machines->count; from += INSTANCES_ASKED) {
        if (volumes_of(ctx, machines, from, &a, &volumes, err) < 0)
            return -1;
        clean = replace_detached(&volumes, words) && clean;
    }
    return clean;
}

static int live_detached(void *ctx, const struct replace_step *s, struct str *words,
                         struct err *err)
{
    _cleanup_arena_ struct arena a = {0};
    struct replace_live *l = ctx;
    struct eks_nodegroup blue;
    struct shape_texts machines;
    forget(l); /* the drains are over when this is asked */
    if (eks_describe_nodegroup(l->aws, s->cluster, s->blue, &a, &blue, err) < 0 ||
        machines_of(l, &blue, &a, &machines, err) < 0)
        return err->class == ERR_NOT_FOUND ? (err_clear(err), 1) : -1;
    return live_machines_detached(l, &machines, words, err);
}

/* ---- sizes and machines, of rounds ---- */

static int live_resize(void *ctx, const char *cluster, const char *group,
                       const struct eks_scaling *to, const char *token, struct err *err)
{
    _cleanup_arena_ struct arena a = {0};
    struct replace_live *l = ctx;
    const struct eks_nodegroup_change change = {.scaling = *to};
    struct eks_update update;
    return eks_update_nodegroup_config(l->aws, cluster, group, &change, token, &a, &update, err);
}

static bool is_ending(const char *lifecycle)
{
    return lifecycle && strncmp(lifecycle, "Terminat", strlen("Terminat")) == 0;
}

static int live_machines(void *ctx, const char *cluster, const char *group, struct arena *a,
                         struct replace_machines *out, struct err *err)
{
    struct replace_live *l = ctx;
    struct eks_nodegroup g;
    struct asg_groups found;
    *out = (struct replace_machines){0};
    if (eks_describe_nodegroup(l->aws, cluster, group, a, &g, err) < 0 ||
        scaling_of(l, &g, a, &found, err) < 0)
        return -1;
    shape_each(asg, &found.items)
        shape_each(i, &asg->instances)
            *(const char **)shape_list_add(is_ending(i->lifecycle) ? &out->ending : &out->on,
                                           sizeof i->id, a) = i->id;
    return 0;
}

static int live_end_machine(void *ctx, const char *machine, struct err *err)
{
    struct replace_live *l = ctx;
    return asg_end_instance(l->aws, machine, err);
}

/* ---- the cluster ---- */

/* What is asked again and again is followed, not read anew. 1: *w is how the cluster is now; 0:
 * there is no contact. */
static int look_on(struct replace_live *l, const struct world **w, struct str *words,
                   struct err *err)
{
    const struct follow_options o = {
        .kube = l->host.drain.kube, .now = hand_now_ms() / 1000, .no_traffic = true};
    if (!l->follow && follow_start(&o, &l->follow, err) < 0)
        return -1;
    int seen = follow_catch_up(l->follow, words, err);
    if (seen < 0) {
        forget(l);
        return -1;
    }
    *w = follow_world(l->follow);
    return seen;
}

static int live_ready(void *ctx, const struct replace_step *s, struct str *words, struct err *err)
{
    struct replace_live *l = ctx;
    const struct world *w;
    int seen = look_on(l, &w, words, err);
    if (seen < 0)
        return -1;
    return seen && replace_ready(w, s->blue, s->green, (uint32_t)s->nodes, words);
}

static int live_joined(void *ctx, const char *group, int64_t wanted,
                       const struct shape_texts *machines, struct str *words, struct err *err)
{
    struct replace_live *l = ctx;
    const struct world *w;
    int seen = look_on(l, &w, words, err);
    if (seen < 0)
        return -1;
    return seen && replace_joined(w, group, wanted, machines, words);
}

static int live_empty(void *ctx, const struct replace_step *s, struct str *words, struct err *err)
{
    struct replace_live *l = ctx;
    return live_group_empty(&l->host.drain.kube, s->blue, words, err);
}

/* Only the group's own nodes are listed. */
static int live_gone(void *ctx, const char *group, struct str *words, struct err *err)
{
    _cleanup_kube_client_ struct kube_client *c = NULL;
    _cleanup_marks_ struct marks nodes = {0};
    _cleanup_str_ struct str selector = {0};
    struct replace_live *l = ctx;
    str_addf(&selector, GROUP_LABEL "=%s", group);
    if (kube_client_new(&l->host.drain.kube, NULL, &c, err) < 0 ||
        marks_read(c, str_c(&selector), &nodes, err) < 0)
        return -1;
    if (nodes.nodes.len)
        str_addf(words, "%zu %s of %s %s still in the cluster", nodes.nodes.len,
                 nodes.nodes.len == 1 ? "node" : "nodes", group,
                 nodes.nodes.len == 1 ? "is" : "are");
    return !nodes.nodes.len;
}

/* ---- opening ---- */

static int64_t now_ms(void *ctx)
{
    (void)ctx;
    return hand_now_ms();
}

static bool wait(void *ctx, unsigned ms)
{
    const struct replace_live *l = ctx;
    struct pollfd fd = {.fd = l->stop_fd > 0 ? l->stop_fd : -1, .events = POLLIN};
    return poll(&fd, 1, (int)ms) == 0;
}

static void gather_verbs(struct replace_live *l)
{
    size_t n = 0;
    for (const struct plan_verb *v = drain_verbs(); v->name; v++)
        l->verbs[n++] = *v;
    for (const struct plan_verb *v = replace_verbs(); v->name; v++)
        l->verbs[n++] = *v;
    for (const struct plan_verb *v = replace_round_verbs(); v->name; v++)
        l->verbs[n++] = *v;
}

int replace_live_open(struct replace_live *l, const struct drain_host *drain,
                      const struct aws_options *aws, int stop_fd, struct err *err)
{
    struct aws_options options = *aws;
    *l = (struct replace_live){.stop_fd = stop_fd};
    l->host.drain = *drain;
    l->host.drain.kept = &l->follow;
    l->host.cloud = (struct replace_cloud){.ctx = l,
                                           .describe = live_describe,
                                           .create = live_create,
                                           .remove = live_remove,
                                           .ready = live_ready,
                                           .empty = live_empty,
                                           .detached = live_detached,
                                           .gone = live_gone,
                                           .nodes_empty = live_nodes_empty,
                                           .machines_detached = live_machines_detached,
                                           .resize = live_resize,
                                           .end_machine = live_end_machine,
                                           .joined = live_joined,
                                           .machines = live_machines,
                                           .newest = live_newest,
                                           .drain_nodes = live_drain_nodes,
                                           .drain_green = live_drain_green};
    gather_verbs(l);
    l->clock = (struct aws_clock){now_ms, wait, l};
    options.clock = &l->clock;
    options.timeout_ms = options.timeout_ms ? options.timeout_ms : AWS_TIMEOUT_MS;
    return aws_client_new(&options, &l->aws, err);
}

void replace_live_close(struct replace_live *l)
{
    forget(l);
    aws_client_free(l->aws);
    l->aws = NULL;
}
