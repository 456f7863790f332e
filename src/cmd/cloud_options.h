/*
 * cloud_options: AWS's side of a cluster, and who asks AWS, as all commands take them: --cloud,
 * --profile, --region, --endpoint-url. What is not given is as the environment and the shared files
 * of the AWS tools say.
 */
#ifndef TOBAN_CMD_CLOUD_OPTIONS_H
#define TOBAN_CMD_CLOUD_OPTIONS_H

#include "aws/client.h"
#include "cmd/cmd.h"
#include "ops/snapshot/snapshot.h"

/* Borrowed from ctx. */
struct aws_options cloud_options_aws(const struct cmd_ctx *ctx);

/* Adds what each --cloud names to the cloud. */
int cloud_options_read(const struct cmd_ctx *ctx, struct cloud *cloud,
                       struct snapshot_report *report, struct err *err);

#define CLOUD_OPTION_CLOUD                                                                         \
    {                                                                                              \
        .name = "cloud", .takes = CMD_TAKES_FILE, .arg = "FILE", .repeatable = true,               \
        .help = "add what AWS says of node groups, subnets and target groups: JSON output of "     \
                "`aws`, or `eks:NAME` to ask AWS about that cluster now"                           \
    }
/* with: the option that they mean nothing without; NULL: they stand by themselves. */
#define CLOUD_OPTION_ENDPOINT_URL_WITH(with)                                                       \
    {                                                                                              \
        .name = "endpoint-url", .takes = CMD_TAKES_TEXT, .arg = "URL", .needs = with,              \
        .help = "ask this address instead of AWS's"                                                \
    }
#define CLOUD_OPTION_PROFILE_WITH(with)                                                            \
    {                                                                                              \
        .name = "profile", .takes = CMD_TAKES_TEXT, .arg = "NAME", .needs = with,                  \
        .help = "profile of the shared AWS files; default: `$AWS_PROFILE`"                         \
    }
#define CLOUD_OPTION_REGION_WITH(with)                                                             \
    {                                                                                              \
        .name = "region", .takes = CMD_TAKES_TEXT, .arg = "REGION", .needs = with,                 \
        .help = "AWS region of the cluster; default: `$AWS_REGION`, else the profile's"            \
    }
#define CLOUD_OPTION_ENDPOINT_URL CLOUD_OPTION_ENDPOINT_URL_WITH("cloud")
#define CLOUD_OPTION_PROFILE CLOUD_OPTION_PROFILE_WITH("cloud")
#define CLOUD_OPTION_REGION CLOUD_OPTION_REGION_WITH("cloud")

#endif
