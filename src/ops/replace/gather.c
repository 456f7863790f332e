#include "ops/replace/gather.h"

#include "base/must.h"
#include "base/text.h"
#include "cloud/quotas.h"
#include "cloud/ssm.h"
#include "ops/replace/fit.h"
#include "world/instance.h"

#include <limits.h>
#include <pthread.h>
#include <stdatomic.h>
#include <string.h>

#define THREADS 6

struct task {
    void (*run)(struct replace_gathering *g, struct task *t, struct aws_client *c);
    struct replace_group *group; /* NULL: it is about the whole */
    struct arena arena;          /* of its thread alone until all have ended */
    VEC(struct replace_gap) gaps;
    struct err err; /* set: nothing can go on */
};

struct replace_gathering {
    const struct replace_want *want;
    struct replace_gathered found;
    VEC(struct task) tasks;
    atomic_size_t next;
    pthread_t threads[THREADS];
    unsigned running;
};

void replace_gathered_release(struct replace_gathered *g)
{
    vec_foreach(part, &g->parts)
        arena_release(part);
    vec_release(&g->parts);
    vec_release(&g->gaps);
    snapshot_report_release(&g->report);
    cloud_release(&g->cloud);
    arena_release(&g->arena);
}

static void gap(struct task *t, const struct err *err, const char *what)
{
    must_push(&t->gaps, (struct replace_gap){what, *err});
}

/* ---- a group ---- */

static const char *group_text(struct task *t, const char *what)
{
    return mem_must(arena_fmt(&t->arena, "%s of node group '%s'", what, t->group->name));
}

static void read_template(const struct replace_wish *wish, struct task *t, struct aws_client *c)
{
    struct replace_group *g = t->group;
    const struct eks_launch_template *from = &g->blue.launch_template;
    const char *version = wish->template_version ? wish->template_version : from->version;
    const struct shape_texts versions = {.items = &version, .count = version != NULL};
    struct ec2_template_versions *found =
        mem_must(arena_new(&t->arena, struct ec2_template_versions));
    struct err err = {0};
    if (!from->id && !from->name)
        return;
    if (ec2_describe_launch_template_versions(c, from->id, from->id ? NULL : from->name, &versions,
                                              &t->arena, found, &err) < 0)
        gap(t, &err, group_text(t, "the launch template"));
    else if (found->items.count)
        g->launch_template = &found->items.items[0];
}

static void read_release(const struct replace_wish *wish, struct task *t, struct aws_client *c)
{
    struct replace_group *g = t->group;
    struct err err = {0};
    if (!g->ami_type || wish->release)
        return;
    if (ssm_newest_release(c, g->ami_type, g->version, &t->arena, &g->release, &err) < 0) {
        g->release = NULL;
        gap(t, &err, group_text(t, "the newest release, which EKS will choose then,"));
    }
}

static void read_refreshes(struct task *t, struct aws_client *c)
{
    struct asg_refreshes *all = mem_must(arena_new(&t->arena, struct asg_refreshes)), some;
    struct err err = {0};
    *all = (struct asg_refreshes){0};
    shape_each(g, &t->group->blue.autoscaling_groups) {
        if (asg_describe_refreshes(c, g->name, &t->arena, &some, &err) < 0) {
            gap(t, &err, group_text(t, "instance refreshes"));
            return;
        }
        shape_each(r, &some.items)
            *(struct asg_refresh *)shape_list_add(&all->items, sizeof *r, &t->arena) = *r;
    }
    t->group->refreshes = all;
}

static void read_scaling(struct task *t, struct aws_client *c)
{
    struct asg_groups *found = mem_must(arena_new(&t->arena, struct asg_groups));
    struct shape_texts names = {0};
    struct err err = {0};
    shape_each(g, &t->group->blue.autoscaling_groups)
        *(const char **)shape_list_add(&names, sizeof g->name, &t->arena) = g->name;
    *found = (struct asg_groups){0};
    if (names.count && asg_describe_groups(c, &names, &t->arena, found, &err) < 0)
        gap(t, &err, group_text(t, "scaling groups"));
    else
        t->group->scaling = found;
}

static void read_subnets(const struct replace_wish *wish, struct task *t, struct aws_client *c)
{
    struct ec2_subnets *found = mem_must(arena_new(&t->arena, struct ec2_subnets));
    const struct ec2_look look = {.ids =
                                      wish->subnets.count ? wish->subnets : t->group->blue.subnets};
    struct err err = {0};
    if (ec2_describe_subnets(c, &look, &t->arena, found, &err) < 0)
        gap(t, &err, group_text(t, "subnets"));
    else
        t->group->subnets = found;
}

static void read_offerings(const struct replace_wish *wish, struct task *t, struct aws_client *c)
{
    struct replace_group *g = t->group;
    struct ec2_offerings *found = mem_must(arena_new(&t->arena, struct ec2_offerings));
    struct err err = {0};
    g->types = wish->instance_types.count ? wish->instance_types : g->blue.instance_types;
    if (g->launch_template && g->launch_template->data.instance_type) {
        const char **one = mem_must(arena_new(&t->arena, const char *));
        *one = g->launch_template->data.instance_type;
        g->types = (struct shape_texts){.items = one, .count = 1};
    }
    if (!g->types.count)
        return;
    if (ec2_describe_instance_type_offerings(c, &g->types, &t->arena, found, &err) < 0)
        gap(t, &err, group_text(t, "offers of instance types"));
    else
        g->offerings = found;
}

static void read_group(struct replace_gathering *g, struct task *t, struct aws_client *c)
{
    struct replace_group *group = t->group;
    const struct replace_wish *wish = g->want->wish;
    if (eks_describe_nodegroup(c, g->want->cluster, group->name, &t->arena, &group->blue, &t->err) <
            0 ||
        replace_ami(&group->blue, wish, &group->ami_type, &group->version, &t->err) < 0)
        return;
    read_template(wish, t, c);
    read_release(wish, t, c);
    read_scaling(t, c);
    read_refreshes(t, c);
    read_subnets(wish, t, c);
    read_offerings(wish, t, c);
}

/* ---- the account and the cluster ---- */

static void read_quotas(struct replace_gathering *g, struct task *t, struct aws_client *c)
{
    struct replace_gathered *f = &g->found;
    const struct {
        const char *service, *code, *what;
        struct shape_number *out;
    } wanted[] = {
        {QUOTA_EKS, QUOTA_EKS_GROUPS_PER_CLUSTER, "the quota of node groups", &f->groups_allowed},
        {QUOTA_EKS, QUOTA_EKS_NODES_PER_GROUP, "the quota of nodes in a group", &f->nodes_allowed},
        {QUOTA_EC2, QUOTA_EC2_STANDARD_VCPUS, "the quota of on-demand vCPUs",
         &f->vcpus_allowed[REPLACE_ON_DEMAND]},
        {QUOTA_EC2, QUOTA_EC2_STANDARD_SPOT_VCPUS, "the quota of spot vCPUs",
         &f->vcpus_allowed[REPLACE_SPOT]},
    };
    for (size_t i = 0; i < ARRAY_LEN(wanted); i++) {
        struct quota q;
        struct err err = {0};
        if (quotas_get(c, wanted[i].service, wanted[i].code, &t->arena, &q, &err) < 0)
            gap(t, &err, wanted[i].what);
        else
            *wanted[i].out = q.value;
    }
}

static void read_insights(struct replace_gathering *g, struct task *t, struct aws_client *c)
{
    struct eks_insights *found = mem_must(arena_new(&t->arena, struct eks_insights));
    struct err err = {0};
    if (eks_list_insights(c, g->want->cluster, NULL, &t->arena, found, &err) < 0)
        gap(t, &err, "insights of EKS");
    else
        g->found.insights = found;
}

/* vCPUs that count against the quota of the usual families. */
static void read_usage(struct replace_gathering *g, struct task *t, struct aws_client *c)
{
    static const char *const states[] = {"pending", "running"};
    struct ec2_filter filter = {.name = "instance-state-name"};
    struct ec2_look look = {0};
    struct ec2_instances found;
    struct err err = {0};
    filter.values = (struct shape_texts){.items = (void *)states, .count = ARRAY_LEN(states)};
    look.filters.items = &filter;
    look.filters.count = 1;
    if (ec2_describe_instances(c, &look, &t->arena, &found, &err) < 0) {
        gap(t, &err, "vCPUs that are in use");
        return;
    }
    for (size_t i = 0; i < REPLACE_PURCHASES; i++)
        g->found.vcpus_used[i].set = true;
    ec2_each_instance(i, &found) {
        const struct instance_type *type = i->type ? instance_find(sv_of(i->type)) : NULL;
        bool spot = i->lifecycle && strcmp(i->lifecycle, "spot") == 0;
        if (type && fit_is_standard(type->name))
            g->found.vcpus_used[spot ? REPLACE_SPOT : REPLACE_ON_DEMAND].n += type->vcpu;
    }
}

static void read_cloud(struct replace_gathering *g, struct task *t, struct aws_client *c)
{
    struct err err = {0};
    if (snapshot_live_cloud(c, g->want->cluster, &g->found.cloud, &g->found.report, &err) < 0)
        gap(t, &err, "the cluster's parts for the rehearsal");
}

/* ---- threads ---- */

static void *work(void *ctx)
{
    struct replace_gathering *g = ctx;
    _cleanup_aws_client_ struct aws_client *c = NULL;
    struct err err = {0};
    bool ready = aws_client_new(&g->want->aws, &c, &err) == 0;
    for (;;) {
        size_t i = atomic_fetch_add(&g->next, 1);
        if (i >= g->tasks.len)
            return NULL;
        struct task *t = &g->tasks.items[i];
        if (ready)
            t->run(g, t, c);
        else
            t->err = err;
    }
}

static void add_task(struct replace_gathering *g,
                     void (*run)(struct replace_gathering *, struct task *, struct aws_client *),
                     struct replace_group *group)
{
    must_push(&g->tasks, (struct task){.run = run, .group = group});
}

static void start(struct replace_gathering *g)
{
    struct replace_gathered *f = &g->found;
    for (size_t i = 0; i < f->group_count; i++)
        add_task(g, read_group, &f->groups[i]);
    add_task(g, read_cloud, NULL);
    add_task(g, read_quotas, NULL);
    add_task(g, read_usage, NULL);
    add_task(g, read_insights, NULL);
    size_t wanted = g->tasks.len < THREADS ? g->tasks.len : THREADS;
    while (g->running < wanted && pthread_create(&g->threads[g->running], NULL, work, g) == 0)
        g->running++;
    if (!g->running)
        work(g);
}

static void join(struct replace_gathering *g)
{
    while (g->running)
        pthread_join(g->threads[--g->running], NULL);
}

/* ---- the cluster and its groups ---- */

static void add_names(const struct shape_texts *names, struct str *out)
{
    shape_each(n, names)
        if (out->len < 300)
            str_addf(out, "%s%s", out->len ? ", " : "", *n);
}

static const char *nearest(const struct shape_texts *names, const char *word)
{
    const char *best = NULL;
    unsigned least = UINT_MAX;
    shape_each(n, names) {
        unsigned distance = text_distance(sv_of(word), sv_of(*n));
        bool near = text_near(sv_of(word), sv_of(*n)) || strncmp(*n, word, strlen(word)) == 0;
        if (near && distance < least) {
            best = *n;
            least = distance;
        }
    }
    return best;
}

/* "…gr7.us-east-1.eks.amazonaws.com" is in us-east-1; absent: it does not say. */
static struct sv region_of_server(const char *server)
{
    const char *end = server ? strstr(server, ".eks.amazonaws.com") : NULL, *from = end;
    while (from && from > server && from[-1] != '.' && from[-1] != '/')
        from--;
    return from ? sv_n(from, (size_t)(end - from)) : SV_NONE;
}

static int no_cluster(const struct replace_want *want, struct aws_client *c, struct err *err)
{
    _cleanup_arena_ struct arena a = {0};
    _cleanup_str_ struct str list = {0};
    struct sv region = region_of_server(want->server);
    struct shape_texts names;
    struct err ignored = {0};
    err_set(err, ERR_NOT_FOUND, "there is no EKS cluster '%s' in region %s", want->cluster,
            aws_client_region(c));
    if (region.len && !sv_is(region, aws_client_region(c)))
        return err_hint(err, "the kubeconfig leads to a cluster in %.*s: --region %.*s",
                        SV_ARG(region), SV_ARG(region));
    if (eks_list_clusters(c, &a, &names, &ignored) < 0)
        return err_hint(err, "--region and --profile choose where to look");
    add_names(&names, &list);
    if (!list.len)
        return err_hint(err, "there are none in this region and account: --region, --profile");
    const char *near = nearest(&names, want->cluster);
    return near ? err_hint(err, "did you mean --cloud eks:%s?", near)
                : err_hint(err, "there are: %s; --region chooses another region", str_c(&list));
}

static int check_groups(const struct replace_want *want, const struct shape_texts *names,
                        struct err *err)
{
    for (const char *const *g = want->groups; *g; g++) {
        if (shape_has(names, *g))
            continue;
        _cleanup_str_ struct str list = {0};
        const char *near = nearest(names, *g);
        add_names(names, &list);
        err_set(err, ERR_NOT_FOUND, "cluster '%s' has no managed node group '%s'", want->cluster,
                *g);
        if (near)
            return err_hint(err, "did you mean '%s'?", near);
        return err_hint(err, "its groups are: %s", list.len ? str_c(&list) : "none");
    }
    return 0;
}

static int find(struct replace_gathering *g, struct err *err)
{
    const struct replace_want *want = g->want;
    struct replace_gathered *f = &g->found;
    _cleanup_aws_client_ struct aws_client *c = NULL;
    struct shape_texts names;
    if (aws_client_new(&want->aws, &c, err) < 0)
        return -1;
    f->region = mem_must(arena_dup(&f->arena, sv_of(aws_client_region(c))));
    if (eks_describe_cluster(c, want->cluster, &f->arena, &f->cluster, err) < 0)
        return err->class == ERR_NOT_FOUND ? no_cluster(want, c, err) : -1;
    if (eks_list_nodegroups(c, want->cluster, &f->arena, &names, err) < 0 ||
        check_groups(want, &names, err) < 0)
        return -1;
    const char **list = mem_must(arena_new_n(&f->arena, const char *, names.count + 1));
    for (uint32_t i = 0; i < names.count; i++)
        list[i] = names.items[i];
    list[names.count] = NULL;
    f->names = list;
    while (want->groups[f->group_count])
        f->group_count++;
    f->groups = mem_must(arena_new_n(&f->arena, struct replace_group, f->group_count));
    for (size_t i = 0; i < f->group_count; i++)
        f->groups[i] = (struct replace_group){.name = want->groups[i]};
    return 0;
}

/* ---- from outside ---- */

int replace_gather_begin(const struct replace_want *want, struct replace_gathering **out,
                         struct err *err)
{
    struct replace_gathering *g = mem_must(calloc(1, sizeof *g));
    g->want = want;
    cloud_init(&g->found.cloud);
    *out = NULL;
    if (find(g, err) < 0) {
        replace_gather_free(g);
        return -1;
    }
    start(g);
    *out = g;
    return 0;
}

static void tasks_release(struct replace_gathering *g)
{
    vec_foreach(t, &g->tasks) {
        arena_release(&t->arena);
        vec_release(&t->gaps);
    }
    vec_release(&g->tasks);
}

int replace_gather_end(struct replace_gathering *g, struct replace_gathered *out, struct err *err)
{
    int result = 0;
    join(g);
    vec_foreach(t, &g->tasks) {
        must_push(&g->found.parts, t->arena);
        t->arena = (struct arena){0};
        vec_foreach(gap, &t->gaps)
            must_push(&g->found.gaps, *gap);
        if (t->err.class == ERR_NONE || result < 0)
            continue;
        *err = t->err;
        result = -1;
    }
    *out = g->found;
    g->found = (struct replace_gathered){0};
    replace_gather_free(g);
    return result;
}

void replace_gather_free(struct replace_gathering *g)
{
    if (!g)
        return;
    join(g);
    tasks_release(g);
    replace_gathered_release(&g->found);
    free(g);
}
