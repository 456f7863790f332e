/* EC2 Auto Scaling: the groups behind node groups, as their owner sees and changes them. */
#include "base/must.h"
#include "cloud/autoscaling.h"
#include "cloud/ops.h"
#include "pocket/aws/asg.h"
#include "pocket/aws/autoscaling_shapes.h"

#define SECOND INT64_C(1000)

struct account_asg *asg_need(struct service_call *c, const char *name)
{
    struct account_asg *g = account_find_asg(c->account, name);
    if (!g)
        service_refuse(c, 400, "ValidationError", "AutoScalingGroup name not found - %s", name);
    return g;
}

/* --- describing ---------------------------------------------------------------------------- */

static const char *lifecycle(const struct account_instance *i)
{
    return i->standby                            ? "Standby"
           : i->retires_ms && account_is_live(i) ? "Terminating:Wait"
           : i->state == ACCOUNT_PENDING         ? "Pending"
           : i->state == ACCOUNT_SHUTTING_DOWN   ? "Terminating"
                                                 : "InService";
}

static struct asg_told_instance tell_instance(struct service_call *c,
                                              const struct account_instance *i)
{
    struct asg_told_instance t = {
        .id = i->id,
        .type = i->type,
        .zone = i->subnet->zone,
        .lifecycle = lifecycle(i),
        .health = i->unhealthy ? "Unhealthy" : "Healthy",
        .group = i->asg->name,
        .protected_from_scale_in = i->protected ? SHAPE_YES : SHAPE_NO,
    };
    if (i->template)
        t.template = (struct asg_told_template){
            i->template->id, i->template->name,
            mem_must(arena_fmt(c->arena, "%lld", (long long)i->template_version))};
    return t;
}

static bool is_in(const struct account_asg *g, const struct account_instance *i)
{
    return i->asg == g && i->state != ACCOUNT_TERMINATED;
}

static void tell_lists(struct service_call *c, const struct account_asg *g,
                       struct asg_told_group *t)
{
    _cleanup_str_ struct str subnets = {0};
    vec_foreach(s, &g->subnets) {
        str_addf(&subnets, "%s%s", subnets.len ? "," : "", (*s)->id);
        *(const char **)shape_list_add(&t->zones, sizeof(char *), c->arena) = (*s)->zone;
    }
    t->subnets = mem_must(arena_dup(c->arena, str_sv(&subnets)));
    vec_foreach(i, &c->account->instances)
        if (is_in(g, *i))
            *(struct asg_told_instance *)shape_list_add(
                &t->instances, sizeof(struct asg_told_instance), c->arena) = tell_instance(c, *i);
    shape_each(process, &g->suspended)
        *(struct asg_suspension *)shape_list_add(&t->suspended, sizeof(struct asg_suspension),
                                                 c->arena) =
            (struct asg_suspension){*process, "User suspended"};
    shape_each(tag, &g->tags)
        *(struct asg_told_tag *)shape_list_add(&t->tags, sizeof(struct asg_told_tag), c->arena) =
            (struct asg_told_tag){g->name, "auto-scaling-group", tag->key, tag->value, SHAPE_YES};
}

static struct asg_told_group tell_group(struct service_call *c, const struct account_asg *g)
{
    struct asg_told_group t = {
        .name = g->name,
        .arn = g->arn,
        .health_check = "EC2",
        .min = shape_int(g->min),
        .max = shape_int(g->max),
        .desired = shape_int(g->desired),
        .cooldown = shape_int(300),
        .health_grace = shape_int(15),
        .created = g->created,
        .status = g->deleting ? "Delete in progress" : NULL,
        .target_groups = g->target_groups,
    };
    t.template = (struct asg_told_template){
        g->template->id, g->template->name,
        mem_must(arena_fmt(c->arena, "%lld", (long long)g->template_version))};
    tell_lists(c, g, &t);
    return t;
}

static bool wanted(const struct asg_ask *ask, const struct account_asg *g)
{
    bool named = !ask->names.count || shape_has(&ask->names, g->name);
    shape_each(filter, &ask->filters) {
        bool by_tag = strncmp(filter->name, "tag:", 4) == 0, any = false;
        const char *value = by_tag ? account_tag(&g->tags, filter->name + 4) : NULL;
        shape_each(v, &filter->values)
            any = any ||
                  (by_tag ? value && strcmp(value, *v) == 0 : account_tag(&g->tags, *v) != NULL);
        named = named && any;
    }
    return named;
}

static int describe_groups(struct service_call *c)
{
    const struct asg_ask *ask = c->in;
    struct asg_told_groups *out = c->out;
    vec_foreach(g, &c->account->asgs)
        if (wanted(ask, *g))
            *(struct asg_told_group *)shape_list_add(&out->items, sizeof(struct asg_told_group),
                                                     c->arena) = tell_group(c, *g);
    return 0;
}

static int describe_instances(struct service_call *c)
{
    const struct asg_ask *ask = c->in;
    struct asg_told_instances *out = c->out;
    vec_foreach(i, &c->account->instances) {
        bool named = !ask->instances.count || shape_has(&ask->instances, (*i)->id);
        if (named && (*i)->asg && is_in((*i)->asg, *i))
            *(struct asg_told_instance *)shape_list_add(
                &out->items, sizeof(struct asg_told_instance), c->arena) = tell_instance(c, *i);
    }
    return 0;
}

/* --- changing ------------------------------------------------------------------------------ */

static int set_desired(struct service_call *c)
{
    const struct asg_ask *ask = c->in;
    struct account_asg *g = asg_need(c, ask->group);
    if (!g)
        return -1;
    if (ask->desired.n < g->min)
        return service_refuse(c, 400, "ValidationError",
                              "New SetDesiredCapacity value %lld is below min value %lld for the "
                              "AutoScalingGroup.",
                              (long long)ask->desired.n, (long long)g->min);
    if (ask->desired.n > g->max)
        return service_refuse(c, 400, "ValidationError",
                              "New SetDesiredCapacity value %lld is above max value %lld for the "
                              "AutoScalingGroup.",
                              (long long)ask->desired.n, (long long)g->max);
    asg_want(c->account, g, ask->desired.n);
    return 0;
}

static int update_group(struct service_call *c)
{
    const struct asg_ask *ask = c->in;
    struct account_asg *g = asg_need(c, ask->group);
    if (!g)
        return -1;
    int64_t min = ask->min.set ? ask->min.n : g->min, max = ask->max.set ? ask->max.n : g->max;
    int64_t desired = ask->desired.set ? ask->desired.n : g->desired;
    if (min > max)
        return service_refuse(c, 400, "ValidationError",
                              "Max bound, %lld, must be greater than or equal to min bound, %lld",
                              (long long)max, (long long)min);
    if (ask->desired.set && (desired < min || desired > max))
        return service_refuse(c, 400, "ValidationError",
                              "Desired capacity:%lld must be between the specified min size:%lld "
                              "and max size:%lld",
                              (long long)desired, (long long)min, (long long)max);
    desired = desired < min ? min : desired > max ? max : desired;
    g->min = min;
    g->max = max;
    asg_want(c->account, g, desired);
    return 0;
}

static int suspend(struct service_call *c)
{
    static const char *const all[] = {
        "Launch",      "Terminate",       "AddToLoadBalancer", "AlarmNotification", "AZRebalance",
        "HealthCheck", "InstanceRefresh", "ReplaceUnhealthy",  "ScheduledActions"};
    const struct asg_ask *ask = c->in;
    struct account *a = c->account;
    struct account_asg *g = asg_need(c, ask->group);
    if (!g)
        return -1;
    for (size_t i = 0; i < ARRAY_LEN(all); i++) {
        bool named = !ask->processes.count || shape_has(&ask->processes, all[i]);
        if (named && !asg_suspended(g, all[i]))
            *(const char **)shape_list_add(&g->suspended, sizeof(char *), &a->arena) = all[i];
    }
    return 0;
}

static int resume(struct service_call *c)
{
    const struct asg_ask *ask = c->in;
    struct account_asg *g = asg_need(c, ask->group);
    uint32_t kept = 0;
    if (!g)
        return -1;
    for (uint32_t i = 0; i < g->suspended.count; i++) {
        if (ask->processes.count && !shape_has(&ask->processes, g->suspended.items[i]))
            g->suspended.items[kept++] = g->suspended.items[i];
    }
    g->suspended.count = kept;
    asg_want(c->account, g, g->desired);
    return 0;
}

static struct account_instance *need_instance(struct service_call *c, const char *id)
{
    struct account_instance *i = account_find_instance(c->account, id);
    if (i && i->asg && i->state != ACCOUNT_TERMINATED)
        return i;
    service_refuse(c, 400, "ValidationError",
                   "Instance Id not found - No managed instance found "
                   "for instance ID: %s",
                   id);
    return NULL;
}

static int terminate(struct service_call *c)
{
    const struct asg_ask *ask = c->in;
    struct asg_told_activity *out = c->out;
    struct account_instance *i = need_instance(c, ask->instance);
    if (!i)
        return -1;
    struct account_asg *g = i->asg;
    bool smaller = ask->decrement == SHAPE_YES;
    if (smaller && g->desired <= g->min)
        return service_refuse(c, 400, "ValidationError",
                              "Currently, desiredSize equals minSize (%lld). Terminating instance "
                              "without replacement will violate group's min size constraint. "
                              "Either set shouldDecrementDesiredCapacity flag to false or lower "
                              "group's min size.",
                              (long long)g->min);
    if (smaller)
        g->desired--;
    account_retire(c->account, i);
    *out = (struct asg_told_activity){
        .id = account_make_uuid(c->account),
        .group = g->name,
        .description = mem_must(arena_fmt(c->arena, "Terminating EC2 instance: %s", i->id)),
        .cause = mem_must(arena_fmt(c->arena,
                                    "At the user's request instance %s was taken out of service%s.",
                                    i->id, smaller ? ", shrinking the capacity" : "")),
        .started = account_now(c->account),
        .status = "InProgress",
        .percent = shape_int(0),
    };
    return 0;
}

static int set_health(struct service_call *c)
{
    const struct asg_ask *ask = c->in;
    struct account_instance *i = need_instance(c, ask->instance);
    if (!i)
        return -1;
    i->unhealthy = strcmp(ask->health, "Unhealthy") == 0;
    if (i->unhealthy)
        i->asg->looks_ms = c->account->now_ms + 5 * SECOND;
    return 0;
}

static int set_protection(struct service_call *c)
{
    const struct asg_ask *ask = c->in;
    if (!asg_need(c, ask->group))
        return -1;
    shape_each(id, &ask->instances)
        if (!need_instance(c, *id))
            return -1;
    shape_each(id, &ask->instances)
        account_find_instance(c->account, *id)->protected = ask->protect == SHAPE_YES;
    return 0;
}

static const struct service_action actions[] = {
    {.name = "DescribeAutoScalingGroups",
     .in = &asg_in_groups,
     .out = &asg_out_groups,
     .pages = &asg_groups_pages,
     .run = describe_groups},
    {.name = "DescribeAutoScalingInstances",
     .in = &asg_in_instances,
     .out = &asg_out_instances,
     .pages = &asg_instances_pages,
     .run = describe_instances},
    {.name = "DescribeInstanceRefreshes",
     .in = &asg_in_group,
     .out = &asg_out_refreshes,
     .pages = &asg_refreshes_pages,
     .run = asg_describe_refreshes_call},
    {.name = "StartInstanceRefresh",
     .in = &asg_in_group,
     .out = &asg_out_refresh,
     .run = asg_start_refresh_call},
    {.name = "CancelInstanceRefresh",
     .in = &asg_in_group,
     .out = &asg_out_refresh,
     .run = asg_cancel_refresh_call},
    {.name = "SetDesiredCapacity", .in = &asg_in_desired, .run = set_desired},
    {.name = "UpdateAutoScalingGroup", .in = &asg_in_update, .run = update_group},
    {.name = "SuspendProcesses", .in = &asg_in_processes, .run = suspend},
    {.name = "ResumeProcesses", .in = &asg_in_processes, .run = resume},
    {.name = "TerminateInstanceInAutoScalingGroup",
     .in = &asg_in_terminate,
     .out = &asg_out_activity,
     .run = terminate},
    {.name = "SetInstanceHealth", .in = &asg_in_health, .run = set_health},
    {.name = "SetInstanceProtection",
     .in = &asg_in_protection,
     .out = &asg_out_nothing,
     .run = set_protection},
};
const struct service service_autoscaling = {
    .api = &aws_service_autoscaling,
    .xmlns = "http://autoscaling.amazonaws.com/doc/2011-01-01/",
    .actions = actions,
    .action_count = ARRAY_LEN(actions),
    .begin = asg_begin_refreshes,
    .run = asg_run_refreshes,
    .next = asg_next_refresh,
    .release = asg_release_refreshes,
};
