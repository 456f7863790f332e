/*
 * Makes one typed call of src/cloud/ and prints what it gave as JSON, with the names of AWS's
 * models, so that other clients' answers can be laid beside it. cloud_driver URL CALL [ARGUMENT…]
 * Exit 0, or 1 with {"class": …, "message": …, "hint": …}. The call DynamoDB sends what it reads.
 */
#include "cloud/autoscaling.h"
#include "cloud/ec2.h"
#include "cloud/eks.h"
#include "cloud/elbv2.h"
#include "cloud/op.h"
#include "cloud/quotas.h"
#include "cloud/sqs.h"
#include "cloud/ssm.h"
#include "cloud/sts.h"

#include <stdio.h>
#include <stdlib.h>

struct run {
    struct aws_client *client;
    struct arena arena;
    char **args;
    int count;
    struct str out;
    struct err err;
};

static int print(struct run *r, const char *action, const void *out)
{
    cloud_op_print(action, out, &r->out);
    return 0;
}

/* --- arguments ----------------------------------------------------------------------------- */

static const char *arg(const struct run *r, int i)
{
    return i < r->count && strcmp(r->args[i], "-") != 0 ? r->args[i] : NULL;
}

static struct shape_texts texts_from(struct run *r, int first)
{
    struct shape_texts t = {0};
    for (int i = first; i < r->count; i++) {
        const char **text = shape_list_add(&t, sizeof *text, &r->arena);
        *text = r->args[i];
    }
    return t;
}

static struct elbv2_targets targets_from(struct run *r, int first)
{
    struct elbv2_targets t = {0};
    for (int i = first; i < r->count; i++) {
        struct elbv2_target *one = shape_list_add(&t, sizeof *one, &r->arena);
        one->id = r->args[i];
    }
    return t;
}

/* "name=value" or ids. */
static struct ec2_look look_from(struct run *r, int first)
{
    struct ec2_look look = {0};
    for (int i = first; i < r->count; i++) {
        char *equals = strchr(r->args[i], '=');
        const char **text;
        if (!equals) {
            text = shape_list_add(&look.ids, sizeof *text, &r->arena);
            *text = r->args[i];
            continue;
        }
        struct ec2_filter *filter = shape_list_add(&look.filters, sizeof *filter, &r->arena);
        *equals = '\0';
        filter->name = r->args[i];
        text = shape_list_add(&filter->values, sizeof *text, &r->arena);
        *text = equals + 1;
    }
    return look;
}

/* --- calls --------------------------------------------------------------------------------- */

#define CALLER struct run *r
#define MAKE(action, type, ...)                                                                    \
    type out;                                                                                      \
    return (__VA_ARGS__) ? -1 : print(r, action, &out)
#define A(i) arg(r, i)
#define END &r->arena, &out, &r->err

static int identity(CALLER)
{
    MAKE("GetCallerIdentity", struct sts_identity, sts_get_caller_identity(r->client, END));
}
static int parameter(CALLER)
{
    MAKE("GetParameter", struct ssm_parameter, ssm_get_parameter(r->client, A(0), END));
}
static int quota_of(CALLER)
{
    MAKE("GetServiceQuota", struct quota, quotas_get(r->client, A(0), A(1), END));
}
static int clusters(CALLER)
{
    MAKE("ListClusters", struct shape_texts, eks_list_clusters(r->client, END));
}
static int cluster(CALLER)
{
    MAKE("DescribeCluster", struct eks_cluster, eks_describe_cluster(r->client, A(0), END));
}
static int nodegroups(CALLER)
{
    MAKE("ListNodegroups", struct shape_texts, eks_list_nodegroups(r->client, A(0), END));
}
static int nodegroup(CALLER)
{
    MAKE("DescribeNodegroup", struct eks_nodegroup,
         eks_describe_nodegroup(r->client, A(0), A(1), END));
}
/* A copy of one group under another name. */
static int copy_nodegroup(CALLER)
{
    struct eks_nodegroup spec, out;
    if (eks_describe_nodegroup(r->client, A(0), A(1), &r->arena, &spec, &r->err))
        return -1;
    spec.name = A(2);
    return eks_create_nodegroup(r->client, &spec, "token-of-the-copy", END)
               ? -1
               : print(r, "CreateNodegroup", &out);
}
static int delete_nodegroup(CALLER)
{
    MAKE("DeleteNodegroup", struct eks_nodegroup, eks_delete_nodegroup(r->client, A(0), A(1), END));
}
static int instances(CALLER)
{
    struct ec2_look look = look_from(r, 0);
    MAKE("DescribeInstances", struct ec2_instances, ec2_describe_instances(r->client, &look, END));
}
static int subnets(CALLER)
{
    struct ec2_look look = look_from(r, 0);
    MAKE("DescribeSubnets", struct ec2_subnets, ec2_describe_subnets(r->client, &look, END));
}
static int volumes(CALLER)
{
    struct ec2_look look = look_from(r, 0);
    MAKE("DescribeVolumes", struct ec2_volumes, ec2_describe_volumes(r->client, &look, END));
}
static int templates(CALLER)
{
    struct ec2_look look = look_from(r, 0);
    MAKE("DescribeLaunchTemplates", struct ec2_templates,
         ec2_describe_launch_templates(r->client, &look, END));
}
static int instance_types(CALLER)
{
    struct ec2_look look = look_from(r, 0);
    MAKE("DescribeInstanceTypes", struct ec2_instance_types,
         ec2_describe_instance_types(r->client, &look, END));
}
static int template_versions(CALLER)
{
    struct shape_texts versions = texts_from(r, 1);
    MAKE("DescribeLaunchTemplateVersions", struct ec2_template_versions,
         ec2_describe_launch_template_versions(r->client, A(0), NULL, &versions, END));
}
static int offerings(CALLER)
{
    struct shape_texts types = texts_from(r, 0);
    MAKE("DescribeInstanceTypeOfferings", struct ec2_offerings,
         ec2_describe_instance_type_offerings(r->client, &types, END));
}
static int new_template_version(CALLER)
{
    struct ec2_template_device device = {.device = "/dev/xvda",
                                         .ebs = {.gib = shape_int(33), .type = "gp3"}};
    struct ec2_template_data change = {.image = A(2), .instance_type = A(3)};
    change.devices.items = &device;
    change.devices.count = 1;
    MAKE("CreateLaunchTemplateVersion", struct ec2_template_version,
         ec2_create_launch_template_version(r->client, A(0), A(1), &change, "a & b", "token", END));
}
static int scaling_groups(CALLER)
{
    struct shape_texts names = texts_from(r, 0);
    MAKE("DescribeAutoScalingGroups", struct asg_groups,
         asg_describe_groups(r->client, &names, END));
}
static int refreshes(CALLER)
{
    MAKE("DescribeInstanceRefreshes", struct asg_refreshes,
         asg_describe_refreshes(r->client, A(0), END));
}
static int target_groups(CALLER)
{
    struct shape_texts names = texts_from(r, 0);
    MAKE("DescribeTargetGroups", struct elbv2_target_groups,
         elbv2_describe_target_groups(r->client, NULL, &names, END));
}
static int target_group_attributes(CALLER)
{
    MAKE("DescribeTargetGroupAttributes", struct elbv2_attributes,
         elbv2_describe_target_group_attributes(r->client, A(0), END));
}
static int target_health(CALLER)
{
    MAKE("DescribeTargetHealth", struct elbv2_targets_health,
         elbv2_describe_target_health(r->client, A(0), NULL, END));
}
static int register_targets(CALLER)
{
    struct elbv2_targets targets = targets_from(r, 1);
    return elbv2_register_targets(r->client, A(0), &targets, &r->err);
}
static int deregister_targets(CALLER)
{
    struct elbv2_targets targets = targets_from(r, 1);
    return elbv2_deregister_targets(r->client, A(0), &targets, &r->err);
}
static int listeners(CALLER)
{
    MAKE("DescribeListeners", struct elbv2_listeners,
         elbv2_describe_listeners(r->client, A(0), END));
}
static int rules(CALLER)
{
    MAKE("DescribeRules", struct elbv2_rules, elbv2_describe_rules(r->client, A(0), END));
}
/* Sends all traffic of a listener, or of the rule, to one target group, keeping all else. */
static void forward_all(struct elbv2_actions *actions, const char *target_group)
{
    shape_each(action, actions) {
        if (!action->type || strcmp(action->type, "forward") != 0)
            continue;
        action->target_group = target_group;
        shape_each(group, &action->forward.groups)
            group->arn = target_group;
    }
}
static int forward_listener(CALLER)
{
    struct elbv2_listeners out;
    if (elbv2_describe_listeners(r->client, A(0), END))
        return -1;
    forward_all(&out.items.items[0].actions, A(1));
    return elbv2_modify_listener(r->client, out.items.items[0].arn, &out.items.items[0].actions,
                                 &r->err);
}
static int forward_rule(CALLER)
{
    struct elbv2_rules out;
    if (elbv2_describe_rules(r->client, A(0), END))
        return -1;
    forward_all(&out.items.items[0].actions, A(1));
    return elbv2_modify_rule(r->client, out.items.items[0].arn, &out.items.items[0].actions,
                             &r->err);
}

/* --- queues: told by their own structs, which no table of AWS's writes --------------------- */

static int queue_url(CALLER)
{
    struct jsonw w;
    const char *url;
    if (sqs_find_queue(r->client, A(0), &r->arena, &url, &r->err))
        return -1;
    jsonw_init(&w, &r->out, 0);
    jsonw_object(&w);
    jsonw_kv_str(&w, "QueueUrl", url);
    jsonw_object_end(&w);
    return 0;
}
static int queue_attributes(CALLER)
{
    struct jsonw w;
    struct sqs_queue q;
    if (sqs_describe(r->client, A(0), &r->arena, &q, &r->err))
        return -1;
    jsonw_init(&w, &r->out, 0);
    jsonw_object(&w);
    jsonw_kv_str(&w, "QueueArn", q.arn);
    jsonw_kv_str(&w, "RedrivePolicy", q.redrive);
    jsonw_kv_int(&w, "VisibilityTimeout", q.visibility_s.n);
    jsonw_kv_int(&w, "MessageRetentionPeriod", q.retention_s.n);
    jsonw_kv_int(&w, "ApproximateNumberOfMessages", q.messages.n);
    jsonw_kv_int(&w, "ApproximateNumberOfMessagesNotVisible", q.in_flight.n);
    jsonw_kv_int(&w, "ApproximateNumberOfMessagesDelayed", q.delayed.n);
    jsonw_kv_bool(&w, "FifoQueue", q.fifo);
    jsonw_object_end(&w);
    return 0;
}
/* URL, most, seconds to wait, seconds of visibility. */
static int receive(CALLER)
{
    struct jsonw w;
    struct sqs_messages got;
    struct sqs_look look = {.most = (unsigned)atoi(A(1)), .wait_s = (unsigned)atoi(A(2))};
    if (A(3))
        look.visibility_s = shape_int(atoi(A(3)));
    if (sqs_receive(r->client, A(0), &look, &r->arena, &got, &r->err))
        return -1;
    jsonw_init(&w, &r->out, 0);
    jsonw_object(&w);
    jsonw_key(&w, "Messages");
    jsonw_array(&w);
    shape_each(m, &got.items) {
        jsonw_object(&w);
        jsonw_kv_str(&w, "MessageId", m->id);
        jsonw_kv_str(&w, "ReceiptHandle", m->receipt);
        jsonw_kv_str(&w, "Body", m->body);
        jsonw_kv_int(&w, "SentTimestamp", m->sent_ms);
        jsonw_kv_int(&w, "ApproximateReceiveCount", m->received);
        jsonw_object_end(&w);
    }
    jsonw_array_end(&w);
    jsonw_object_end(&w);
    return 0;
}
static int delete_message(CALLER)
{
    return sqs_delete(r->client, A(0), A(1), &r->err);
}

/* What DynamoDB said, also when it refused. */
static void print_dynamodb(const struct aws_answer *answer, const struct err *err)
{
    _cleanup_str_ struct str line = {0};
    struct jsonw w;
    jsonw_init(&w, &line, 0);
    jsonw_object(&w);
    jsonw_kv_int(&w, "status", answer->status);
    jsonw_kv_str(&w, "class", err->class == ERR_NONE ? "" : err_class_name(err->class));
    jsonw_kv_str(&w, "code", answer->code);
    jsonw_kv_str(&w, "message", answer->message);
    jsonw_key(&w, "answer");
    jsonw_raw(&w, answer->json ? str_sv(&answer->body) : SV("null"));
    jsonw_object_end(&w);
    puts(str_c(&line));
    fflush(stdout);
}

/* Its client in toban is that of the store, so that calls come as they are sent: one "ACTION JSON"
 * in a line of stdin, one answer in a line of stdout. */
static int dynamodb(CALLER)
{
    char *line = NULL;
    size_t room = 0;
    while (getline(&line, &room, stdin) > 0) {
        _cleanup_aws_answer_ struct aws_answer answer = {0};
        struct err err = {0};
        struct sv body = sv_trim(sv_of(line)), action = sv_split(&body, ' ');
        struct arena_mark mark = arena_mark(&r->arena);
        struct aws_call call = {.service = &aws_service_dynamodb,
                                .action = arena_dup(&r->arena, action),
                                .body = body,
                                .attempts = 1};
        aws_client_call(r->client, &call, &answer, &err);
        print_dynamodb(&answer, &err);
        arena_rewind(&r->arena, mark);
    }
    free(line);
    return 0;
}

static const struct {
    const char *name;
    int (*make)(CALLER);
} calls[] = {
    {"GetCallerIdentity", identity},
    {"GetParameter", parameter},
    {"GetServiceQuota", quota_of},
    {"ListClusters", clusters},
    {"DescribeCluster", cluster},
    {"ListNodegroups", nodegroups},
    {"DescribeNodegroup", nodegroup},
    {"CopyNodegroup", copy_nodegroup},
    {"DeleteNodegroup", delete_nodegroup},
    {"DescribeInstances", instances},
    {"DescribeSubnets", subnets},
    {"DescribeVolumes", volumes},
    {"DescribeLaunchTemplates", templates},
    {"DescribeInstanceTypes", instance_types},
    {"DescribeLaunchTemplateVersions", template_versions},
    {"DescribeInstanceTypeOfferings", offerings},
    {"CreateLaunchTemplateVersion", new_template_version},
    {"DescribeAutoScalingGroups", scaling_groups},
    {"DescribeInstanceRefreshes", refreshes},
    {"DescribeTargetGroups", target_groups},
    {"DescribeTargetGroupAttributes", target_group_attributes},
    {"DescribeTargetHealth", target_health},
    {"RegisterTargets", register_targets},
    {"DeregisterTargets", deregister_targets},
    {"DescribeListeners", listeners},
    {"DescribeRules", rules},
    {"ForwardListener", forward_listener},
    {"ForwardRule", forward_rule},
    {"GetQueueUrl", queue_url},
    {"GetQueueAttributes", queue_attributes},
    {"ReceiveMessage", receive},
    {"DeleteMessage", delete_message},
    {"DynamoDB", dynamodb},
};

static int make(struct run *r, const char *call)
{
    for (size_t i = 0; i < ARRAY_LEN(calls); i++)
        if (strcmp(calls[i].name, call) == 0)
            return calls[i].make(r);
    return err_set(&r->err, ERR_USAGE, "no call %s", call);
}

int main(int argc, char **argv)
{
    struct run r = {.args = argv + 3, .count = argc - 3};
    if (argc < 3)
        return 64;
    const struct aws_options options = {.endpoint_url = argv[1]};
    int result = aws_client_new(&options, &r.client, &r.err);
    if (!result)
        result = make(&r, argv[2]);
    if (result) {
        struct jsonw w;
        str_reset(&r.out);
        jsonw_init(&w, &r.out, 0);
        jsonw_object(&w);
        jsonw_kv_str(&w, "class", err_class_name(r.err.class));
        jsonw_kv_str(&w, "message", r.err.msg);
        jsonw_kv_str(&w, "hint", r.err.hint);
        jsonw_object_end(&w);
    }
    puts(str_c(&r.out));
    str_release(&r.out);
    aws_client_free(r.client);
    arena_release(&r.arena);
    return result ? 1 : 0;
}
