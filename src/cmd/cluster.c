#include "cmd/cluster.h"

#include "cmd/snapshot_print.h"

int cluster_open(struct cluster *c, const struct cmd_ctx *ctx, struct err *err)
{
    *c = (struct cluster){
        .options = {.kubeconfig = cmd_value(ctx, "kubeconfig"),
                    .context = cmd_value(ctx, "context")},
    };
    world_init(&c->world);
    cloud_init(&c->cloud);
    if (kube_client_new(&c->options, NULL, &c->client, err) < 0)
        return -1;
    const struct kube_target *t = kube_client_target(c->client);
    if (*t->context_name)
        str_addf(&c->name, "%s (%s)", t->context_name, t->server);
    else
        str_adds(&c->name, t->server);
    return 0;
}

void cluster_release(struct cluster *c)
{
    kube_client_free(c->client);
    snapshot_report_release(&c->report);
    cloud_release(&c->cloud);
    world_release(&c->world);
    str_release(&c->id);
    str_release(&c->name);
}

int cluster_read(struct cluster *c, const struct cmd_ctx *ctx, struct err *err)
{
    if (snapshot_live(c->client, &c->world, ctx->now, &c->report, err) < 0)
        return -1;
    return snapshot_settle(&c->world, err);
}

int cluster_identify(struct cluster *c, struct err *err)
{
    return marks_cluster_id(c->client, &c->id, err);
}

void cluster_tell_gaps(const struct cluster *c, const struct cmd_ctx *ctx)
{
    vec_foreach(m, &c->report.remarks)
        cmd_say(ctx, "%s", *m);
    snapshot_tell_gaps(ctx, &c->report);
}
