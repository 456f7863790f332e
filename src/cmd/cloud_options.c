#include "cmd/cloud_options.h"

struct aws_options cloud_options_aws(const struct cmd_ctx *ctx)
{
    return (struct aws_options){
        .profile = cmd_value(ctx, "profile"),
        .region = cmd_value(ctx, "region"),
        .endpoint_url = cmd_value(ctx, "endpoint-url"),
    };
}

int cloud_options_read(const struct cmd_ctx *ctx, struct cloud *cloud,
                       struct snapshot_report *report, struct err *err)
{
    const struct aws_options aws = cloud_options_aws(ctx);
    const char *where;
    for (size_t i = 0; (where = cmd_value_at(ctx, "cloud", i)); i++)
        if (snapshot_add_cloud(cloud, where, &aws, report, err) < 0)
            return -1;
    return 0;
}
