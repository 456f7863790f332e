/* Calls about managed node groups. */
#include "base/must.h"
#include "pocket/aws/asg.h"
#include "pocket/aws/eks.h"
#include "pocket/aws/machines.h"
#include "pocket/aws/quotas.h"

#define SECOND INT64_C(1000)

/* --- copies -------------------------------------------------------------------------------- */

static void keep_taints(struct account *a, struct eks_nodegroup *s)
{
    for (uint32_t i = 0; i < s->taints.count; i++) {
        struct eks_taint *t = &s->taints.items[i];
        *t = (struct eks_taint){account_keep(a, t->key), account_keep(a, t->value),
                                account_keep(a, t->effect)};
    }
}

/* What was read lives as long as the request only. */
static struct eks_nodegroup keep_spec(struct account *a, const struct eks_nodegroup *from)
{
    struct eks_nodegroup s = *from;
    const char **texts[] = {&s.name,
                            &s.ami_type,
                            &s.version,
                            &s.release,
                            &s.capacity_type,
                            &s.role,
                            &s.launch_template.id,
                            &s.launch_template.name,
                            &s.launch_template.version,
                            &s.remote_access.ssh_key,
                            &s.update.strategy,
                            &s.warm_pool.state};
    for (size_t i = 0; i < ARRAY_LEN(texts); i++)
        *texts[i] = account_keep(a, *texts[i]);
    s.cluster = a->cluster.name;
    s.instance_types = account_keep_texts(a, &from->instance_types);
    s.subnets = account_keep_texts(a, &from->subnets);
    s.labels = account_keep_pairs(a, &from->labels);
    s.tags = account_keep_pairs(a, &from->tags);
    s.remote_access.source_security_groups =
        account_keep_texts(a, &from->remote_access.source_security_groups);
    memset(&s.taints, 0, sizeof s.taints);
    shape_each(taint, &from->taints)
        *(struct eks_taint *)shape_list_add(&s.taints, sizeof *taint, &a->arena) = *taint;
    keep_taints(a, &s);
    memset(&s.repair.overrides, 0, sizeof s.repair.overrides);
    shape_each(o, &from->repair.overrides)
        *(struct eks_repair_override *)shape_list_add(&s.repair.overrides, sizeof *o, &a->arena) =
            (struct eks_repair_override){account_keep(a, o->condition), account_keep(a, o->reason),
                                         account_keep(a, o->action), o->min_wait_minutes};
    return s;
}

/* --- reading ------------------------------------------------------------------------------- */

int eks_describe_group(struct service_call *c)
{
    const struct eks_ask *ask = c->in;
    const struct account_group *g = eks_find_group(c, ask->cluster, ask->group);
    if (!g)
        return -1;
    *(struct eks_nodegroup *)c->out = g->spec;
    return 0;
}

int eks_list_groups(struct service_call *c)
{
    const struct eks_list_ask *ask = c->in;
    struct eks_names *out = c->out;
    if (eks_find_cluster(c, ask->cluster) < 0)
        return -1;
    vec_foreach(g, &c->account->groups)
        *(const char **)shape_list_add(&out->names, sizeof(char *), c->arena) = (*g)->spec.name;
    return 0;
}

/* --- creating ------------------------------------------------------------------------------ */

static struct account_group *add_group(struct service_call *c, const struct eks_create *in,
                                       const struct eks_nodegroup *spec)
{
    struct account *a = c->account;
    struct account_group *g = mem_must(arena_new(&a->arena, struct account_group));
    *g = (struct account_group){
        .spec = keep_spec(a, spec),
        .phase = ACCOUNT_CREATING,
        .since_ms = a->now_ms,
        .looks_ms = a->now_ms + 15 * SECOND,
        .token = account_keep(a, in->token),
        .asked = mem_must(arena_dup(&a->arena, c->asked)),
    };
    g->spec.status = "CREATING";
    g->spec.created = g->spec.modified = account_now(a);
    g->spec.arn = account_arn(a, "eks", "nodegroup/%s/%s/%s", a->cluster.name, g->spec.name,
                              account_make_uuid(a));
    must_push(&a->groups, g);
    return g;
}

/* The answer to a call that comes again with its token: what became of it. */
static struct account_group *created_before(struct service_call *c, const struct eks_create *in)
{
    vec_foreach(g, &c->account->groups)
        if (in->token && (*g)->token && strcmp((*g)->token, in->token) == 0)
            return *g;
    return NULL;
}

int eks_create_group(struct service_call *c)
{
    const struct eks_create *in = c->in;
    struct account *a = c->account;
    struct eks_nodegroup spec = in->spec;
    if (eks_find_cluster(c, spec.cluster) < 0)
        return -1;
    struct account_group *g = created_before(c, in);
    if (g && !sv_is(c->asked, g->asked))
        return eks_refuse(c, 400, "InvalidParameterException", spec.name,
                          "The clientRequestToken %s was used with other parameters", in->token);
    if (!g) {
        if (eks_check_group(c, &spec) < 0)
            return -1;
        if (account_find_group(a, spec.name))
            return eks_refuse(c, 409, "ResourceInUseException", spec.name,
                              "NodeGroup already exists with name %s and cluster name %s",
                              spec.name, spec.cluster);
        if ((double)a->groups.len >= quotas_value(a, "eks", "L-6D54EA21"))
            return eks_refuse(c, 400, "ResourceLimitExceededException", spec.name,
                              "You have reached the maximum number of node groups for cluster %s",
                              spec.cluster);
        g = add_group(c, in, &spec);
    }
    *(struct eks_nodegroup *)c->out = g->spec;
    return 0;
}

/* --- deleting ------------------------------------------------------------------------------ */

int eks_delete_group(struct service_call *c)
{
    const struct eks_ask *ask = c->in;
    struct account_group *g = eks_find_group(c, ask->cluster, ask->group);
    if (!g)
        return -1;
    if (g->phase == ACCOUNT_UPDATING)
        return eks_refuse(c, 409, "ResourceInUseException", ask->group,
                          "Nodegroup %s cannot be deleted as it is currently being updated",
                          ask->group);
    if (g->phase != ACCOUNT_DELETING) {
        g->phase = ACCOUNT_DELETING;
        g->since_ms = c->account->now_ms;
        g->looks_ms = c->account->now_ms + 5 * SECOND;
        g->spec.status = "DELETING";
        g->spec.modified = account_now(c->account);
    }
    *(struct eks_nodegroup *)c->out = g->spec;
    return 0;
}

/* --- changing ------------------------------------------------------------------------------ */

/* -1: it cannot be changed now; 1: *u is what was begun by the same token. */
static int begin_change(struct service_call *c, const struct eks_ask *ask, struct account_group **g,
                        struct account_update **u)
{
    bool mismatch = false;
    *g = eks_find_group(c, ask->cluster, ask->group);
    if (!*g)
        return -1;
    *u = eks_repeated(c, ask->token, &mismatch);
    if (mismatch)
        return eks_refuse(c, 400, "InvalidParameterException", ask->group,
                          "The clientRequestToken %s was used with other parameters", ask->token);
    if (*u)
        return 1;
    if ((*g)->phase != ACCOUNT_STEADY)
        return eks_refuse(c, 409, "ResourceInUseException", ask->group,
                          "Nodegroup %s is currently in status %s and cannot be updated",
                          ask->group, (*g)->spec.status);
    if (strcmp((*g)->spec.status, "CREATE_FAILED") == 0)
        return eks_refuse(c, 400, "InvalidRequestException", ask->group,
                          "Nodegroup %s in status CREATE_FAILED cannot be updated", ask->group);
    return 0;
}

static void set_busy(struct service_call *c, struct account_group *g, struct account_update *u,
                     int64_t looks_ms)
{
    g->phase = ACCOUNT_UPDATING;
    g->since_ms = c->account->now_ms;
    g->looks_ms = looks_ms;
    g->spec.status = "UPDATING";
    g->spec.modified = account_now(c->account);
    g->update = u;
}

static void add_number(struct account *a, struct account_update *u, const char *type,
                       struct shape_int n)
{
    char text[24];
    snprintf(text, sizeof text, "%lld", (long long)n.n);
    if (n.set)
        eks_add_param(a, u, type, text);
}

static void merge_scaling(struct eks_nodegroup *s, const struct eks_nodegroup_change *change)
{
    const struct eks_scaling *n = &change->scaling;
    s->scaling.min = n->min.set ? n->min : s->scaling.min;
    s->scaling.max = n->max.set ? n->max : s->scaling.max;
    s->scaling.desired = n->desired.set ? n->desired : s->scaling.desired;
    const struct eks_update_config *u = &change->update;
    if (u->max_unavailable.set || u->max_unavailable_percent.set)
        s->update = (struct eks_update_config){u->max_unavailable, u->max_unavailable_percent,
                                               s->update.strategy};
    if (u->strategy)
        s->update.strategy = u->strategy;
}

static void change_labels(struct account *a, struct account_group *g,
                          const struct eks_nodegroup_change *change)
{
    shape_each(label, &change->set_labels)
        account_set_tag(a, &g->spec.labels, label->key, label->value);
    shape_each(key, &change->remove_labels)
        account_drop_tag(&g->spec.labels, *key);
}

static void drop_taint(struct eks_nodegroup *s, const struct eks_taint *t)
{
    uint32_t kept = 0;
    for (uint32_t i = 0; i < s->taints.count; i++)
        if (strcmp(s->taints.items[i].key, t->key) != 0 ||
            strcmp(s->taints.items[i].effect, t->effect) != 0)
            s->taints.items[kept++] = s->taints.items[i];
    s->taints.count = kept;
}

static void change_taints(struct account *a, struct account_group *g,
                          const struct eks_nodegroup_change *change)
{
    shape_each(taint, &change->remove_taints)
        drop_taint(&g->spec, taint);
    shape_each(taint, &change->set_taints) {
        drop_taint(&g->spec, taint);
        *(struct eks_taint *)shape_list_add(&g->spec.taints, sizeof *taint, &a->arena) =
            (struct eks_taint){account_keep(a, taint->key), account_keep(a, taint->value),
                               account_keep(a, taint->effect)};
    }
}

int eks_change_config(struct service_call *c)
{
    const struct eks_change_config *in = c->in;
    const struct eks_nodegroup_change *change = &in->change;
    struct account *a = c->account;
    struct account_group *g;
    struct account_update *u;
    int begun = begin_change(c, &in->ask, &g, &u);
    if (begun < 0)
        return -1;
    if (begun == 0) {
        struct eks_nodegroup spec = g->spec;
        merge_scaling(&spec, change);
        if (eks_check_scaling(c, &spec) < 0)
            return -1;
        u = eks_begin_update(c, "ConfigUpdate", in->ask.group, NULL, in->ask.token, INT64_MAX);
        add_number(a, u, "MinSize", change->scaling.min);
        add_number(a, u, "MaxSize", change->scaling.max);
        add_number(a, u, "DesiredSize", change->scaling.desired);
        add_number(a, u, "MaxUnavailable", change->update.max_unavailable);
        add_number(a, u, "MaxUnavailablePercentage", change->update.max_unavailable_percent);
        g->spec.scaling = spec.scaling;
        g->spec.update = spec.update;
        g->spec.update.strategy = account_keep(a, spec.update.strategy);
        change_labels(a, g, change);
        change_taints(a, g, change);
        if (g->asg) {
            machines_relabel(a, g->asg, change);
            g->asg->min = spec.scaling.min.n;
            g->asg->max = spec.scaling.max.n;
            if (g->asg->desired != spec.scaling.desired.n)
                asg_want(a, g->asg, spec.scaling.desired.n);
        }
        set_busy(c, g, u, a->now_ms + (10 + (int64_t)account_throw(a, 10)) * SECOND);
    }
    *(struct eks_update *)c->out = u->spec;
    return 0;
}

/* Other template version, other release, or both. */
static int wanted_version(struct service_call *c, const struct account_group *g,
                          const struct eks_nodegroup_version *to, struct eks_nodegroup *spec)
{
    const char *name = g->spec.name;
    *spec = g->spec;
    if (to->launch_template.id || to->launch_template.name) {
        struct account_template *t =
            account_find_template(c->account, to->launch_template.id, to->launch_template.name);
        if (!spec->launch_template.id || !t || strcmp(t->id, spec->launch_template.id) != 0)
            return eks_refuse(c, 400, "InvalidParameterException", name,
                              "The launch template of a node group cannot be changed to another "
                              "one, only its version");
        if (!account_find_version(t, to->launch_template.version))
            return eks_refuse(c, 400, "InvalidParameterException", name,
                              "Launch template version %s of %s was not found",
                              to->launch_template.version ? to->launch_template.version : "",
                              t->id);
        spec->launch_template.version = mem_must(
            arena_fmt(c->arena, "%lld",
                      (long long)account_find_version(t, to->launch_template.version)->number));
    }
    if (strcmp(spec->ami_type, "CUSTOM") == 0)
        return 0;
    spec->version = to->version ? to->version : g->spec.version;
    spec->release = to->release;
    return eks_check_release(c, spec);
}

int eks_change_version(struct service_call *c)
{
    const struct eks_change_version *in = c->in;
    struct account *a = c->account;
    struct account_group *g;
    struct account_update *u;
    struct eks_nodegroup spec;
    int begun = begin_change(c, &in->ask, &g, &u);
    if (begun < 0)
        return -1;
    if (begun == 0) {
        if (wanted_version(c, g, &in->to, &spec) < 0)
            return -1;
        u = eks_begin_update(c, "VersionUpdate", in->ask.group, NULL, in->ask.token, INT64_MAX);
        eks_add_param(a, u, "Version", spec.version);
        eks_add_param(a, u, "ReleaseVersion", spec.release);
        if (in->to.launch_template.version)
            eks_add_param(a, u, "LaunchTemplateVersion", spec.launch_template.version);
        u->force = in->to.force == SHAPE_YES;
        u->to = keep_spec(a, &spec);
        set_busy(c, g, u, a->now_ms + 20 * SECOND);
    }
    *(struct eks_update *)c->out = u->spec;
    return 0;
}
