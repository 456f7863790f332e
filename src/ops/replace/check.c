#include "ops/replace/check.h"

#include "base/must.h"
#include "cloud/quotas.h"
#include "world/world.h"

#include <string.h>

struct checking {
    const struct replace_facts *f;
    struct preflight *p;
    struct arena arena;
};

static void tell(struct checking *c, bool blocks, const char *rule, const char *text,
                 const char *fix)
{
    const char *name = c->f->blue->name;
    preflight_add(c->p, &(struct preflight_item){
                            .id = mem_must(arena_fmt(&c->arena, "%s:%s", rule, name)),
                            .subject = mem_must(arena_fmt(&c->arena, "node group %s", name)),
                            .text = text,
                            .fix = fix,
                            .blocks = blocks,
                        });
}

#define TEXT(...) mem_must(arena_fmt(&c->arena, __VA_ARGS__))

/* What to run to see why AWS did not answer, and which action that takes. */
static const char *ask_text(struct checking *c, const char *command, const char *action)
{
    return TEXT("run %s and see what it says; if it is denied, allow %s", command, action);
}

/* ---- the group ---- */

static void check_status(struct checking *c)
{
    _cleanup_str_ struct str issues = {0};
    const struct eks_nodegroup *b = c->f->blue;
    shape_each(i, &b->health.issues)
        str_addf(&issues, "%s%s: %s", issues.len ? "; " : "", i->code ? i->code : "?",
                 i->message ? i->message : "");
    if (!b->status || strcmp(b->status, "ACTIVE") != 0)
        tell(c, true, "not-active",
             TEXT("it is %s, expected ACTIVE%s%s", b->status ? b->status : "in no known state",
                  issues.len ? ": " : "", str_c(&issues)),
             "wait for its update to end, or mend what EKS says of it");
    else if (issues.len)
        tell(c, true, "unhealthy-group", TEXT("EKS says of it: %s", str_c(&issues)),
             "mend it first: a copy would have the same");
}

static const char *scaling_group(const struct checking *c)
{
    shape_each(g, &c->f->blue->autoscaling_groups)
        if (g->name)
            return g->name;
    return "NAME";
}

static void check_refreshes(struct checking *c)
{
    if (!c->f->refreshes) {
        tell(c, false, "refresh-unknown",
             "whether an instance refresh is replacing its nodes could not be read",
             ask_text(c,
                      TEXT("aws autoscaling describe-instance-refreshes "
                           "--auto-scaling-group-name %s",
                           scaling_group(c)),
                      "autoscaling:DescribeInstanceRefreshes"));
        return;
    }
    shape_each(r, &c->f->refreshes->items)
        if (asg_refresh_is_running(r->status))
            tell(c, true, "instance-refresh",
                 TEXT("an instance refresh is replacing its nodes (%s, %s)", r->id ? r->id : "?",
                      r->status ? r->status : "?"),
                 "wait for its end, or cancel it: aws autoscaling cancel-instance-refresh");
}

/* A group that cannot end its instances cannot be deleted either. */
static void check_suspended(struct checking *c)
{
    if (!c->f->scaling_groups)
        return;
    shape_each(g, &c->f->scaling_groups->items)
        shape_each(s, &g->suspended)
            if (s->process && strcmp(s->process, "Terminate") == 0)
                tell(c, true, "terminate-suspended",
                     TEXT("its scaling group %s may not end instances (process Terminate is "
                          "suspended%s%s): the old group could not be deleted",
                          g->name, s->reason ? ": " : "", s->reason ? s->reason : ""),
                     TEXT("aws autoscaling resume-processes --auto-scaling-group-name %s "
                          "--scaling-processes Terminate",
                          g->name));
}

/* ---- room ---- */

#define QUOTA_ASK(service, code)                                                                   \
    "aws service-quotas get-service-quota --service-code " service " --quota-code " code

static void check_groups(struct checking *c)
{
    const struct replace_facts *f = c->f;
    if (!f->groups_allowed.set)
        tell(c, false, "quota-groups-unknown",
             "how many node groups the cluster may have could not be read",
             ask_text(c, QUOTA_ASK(QUOTA_EKS, QUOTA_EKS_GROUPS_PER_CLUSTER),
                      "servicequotas:GetServiceQuota"));
    else if (f->groups_now + f->groups_more > f->groups_allowed.n)
        tell(c, true, "quota-groups",
             TEXT("the cluster has %u node groups and would have %u, AWS allows %.0f",
                  f->groups_now, f->groups_now + f->groups_more, f->groups_allowed.n),
             "replace fewer groups in one plan, delete unused ones, or ask AWS to raise \"Managed "
             "node groups per cluster\"");
}

/* "12 of 30 nodes at once, in 3 rounds". */
static const char *rounds_text(struct checking *c, const struct fit *fit)
{
    if (!fit->at_once)
        return TEXT("there is room for none of %u new nodes", fit->wanted);
    if (!fit->rounds)
        return TEXT("there is room for %u of %u new nodes, and not for all when the old ones are "
                    "gone",
                    fit->at_once, fit->wanted);
    if (c->f->at_once && c->f->at_once < fit->at_once)
        return TEXT("there is room for %u of %u new nodes at once, and %u are asked for",
                    fit->at_once, fit->wanted, c->f->at_once);
    return TEXT("there is room for %u of %u new nodes at once, which takes %u rounds", fit->at_once,
                fit->wanted, fit->rounds);
}

static const struct fit_zone *zone_of(const struct fit *fit, const char *name)
{
    for (uint32_t i = 0; i < fit->zone_count; i++)
        if (strcmp(fit->zones[i].zone, name) == 0)
            return &fit->zones[i];
    return NULL;
}

bool replace_is_divided(const struct fit *fit)
{
    return fit->rounds && (fit->limit == FIT_ADDRESSES || fit->limit == FIT_VCPUS);
}

/* "aws ec2 describe-subnets --subnet-ids subnet-1 subnet-2". */
static const char *subnets_ask(struct checking *c)
{
    const char *text = "aws ec2 describe-subnets --subnet-ids";
    shape_each(id, &c->f->green->subnets)
        text = TEXT("%s %s", text, *id);
    return text;
}

static void check_room_known(struct checking *c, const struct fit *fit)
{
    const struct fit_room *r = &c->f->room;
    const char *capacity = c->f->green->capacity_type;
    bool spot = capacity && strcmp(capacity, "SPOT") == 0;
    if (!fit->zone_count)
        tell(c, false, "addresses-unknown",
             "how many addresses its subnets have left could not be read",
             ask_text(c, subnets_ask(c), "ec2:DescribeSubnets"));
    if (r->type.name && !fit_is_standard(r->type.name))
        tell(c, false, "quota-vcpus-unknown",
             TEXT("how many vCPUs are left is not known: %s has a quota of its own family",
                  r->type.name),
             "look at it: aws service-quotas list-service-quotas --service-code ec2");
    else if (!r->vcpus_allowed.set)
        tell(c, false, "quota-vcpus-unknown", "how many vCPUs are left could not be read",
             ask_text(c,
                      spot ? QUOTA_ASK(QUOTA_EC2, QUOTA_EC2_STANDARD_SPOT_VCPUS)
                           : QUOTA_ASK(QUOTA_EC2, QUOTA_EC2_STANDARD_VCPUS),
                      "servicequotas:GetServiceQuota"));
    else if (!r->vcpus_used.set)
        tell(c, false, "quota-vcpus-unknown", "how many vCPUs are left could not be read",
             ask_text(c, "aws ec2 describe-instances", "ec2:DescribeInstances"));
}

static void check_room(struct checking *c, const struct fit *fit)
{
    const struct fit_room *r = &c->f->room;
    bool blocks = !(c->f->may_divide && replace_is_divided(fit));
    const struct fit_zone *z;
    switch (fit->limit) {
    case FIT_ALL:
        break;
    case FIT_ADDRESSES:
        z = zone_of(fit, fit->short_zone);
        tell(c, blocks, "addresses",
             TEXT("the subnets in %s have %lld free addresses, %u nodes of %s take %llu: %s",
                  z->zone, (long long)z->free, z->nodes, r->type.name,
                  (unsigned long long)z->nodes * fit->ips_per_node, rounds_text(c, fit)),
             blocks ? "choose other subnets (--subnet)"
                    : "nothing, it is replaced in rounds; or other subnets (--subnet)");
        break;
    case FIT_VCPUS:
        tell(c, blocks, "quota-vcpus",
             TEXT("AWS allows %.0f vCPUs of this family, %.0f are used, a node of %s has %u: %s",
                  r->vcpus_allowed.n, r->vcpus_used.n, r->type.name, r->type.vcpu,
                  rounds_text(c, fit)),
             blocks ? "ask AWS to raise the quota"
                    : "nothing, it is replaced in rounds; or ask AWS to raise the quota");
        break;
    case FIT_NODES:
        tell(c, true, "quota-nodes",
             TEXT("AWS allows %.0f nodes in a group: %s", r->nodes_allowed.n, rounds_text(c, fit)),
             "ask AWS to raise \"Nodes per managed node group\"");
        break;
    }
    check_room_known(c, fit);
}

/* ---- offers ---- */

static bool is_offered(const struct ec2_offerings *o, const char *type, const char *zone)
{
    shape_each(i, &o->items)
        if (strcmp(i->instance_type, type) == 0 && strcmp(i->zone, zone) == 0)
            return true;
    return false;
}

/* Zones where a type cannot be had; with several types another one may do there. */
static void check_offers(struct checking *c, const struct fit *fit)
{
    const struct shape_texts *types = &c->f->green->instance_types;
    if (!c->f->offerings)
        return;
    for (uint32_t z = 0; z < fit->zone_count; z++) {
        _cleanup_str_ struct str missing = {0};
        uint32_t missed = 0;
        shape_each(type, types) {
            if (is_offered(c->f->offerings, *type, fit->zones[z].zone))
                continue;
            str_addf(&missing, "%s%s", missed++ ? ", " : "", *type);
        }
        if (!missed)
            continue;
        bool none = missed == types->count;
        tell(c, none, TEXT("not-offered/%s", fit->zones[z].zone),
             TEXT("%s %s not offered in %s%s", str_c(&missing), missed == 1 ? "is" : "are",
                  fit->zones[z].zone, none ? "" : ": the other types serve there"),
             "choose other types (--instance-type) or leave the zone's subnets out (--subnet)");
    }
}

/* ---- the cluster ---- */

/* Named so by their charts; the name may have a release in front and parts behind. */
const char *replace_autoscaler(const struct world *w)
{
    static const char *const known[] = {"cluster-autoscaler", "karpenter"};
    for (uint32_t i = 0; i < w->workloads.len; i++) {
        const struct world_workload *u = &w->workloads.items[i];
        if (!u->used || !u->replicas || u->kind != WORKLOAD_DEPLOYMENT)
            continue;
        for (size_t k = 0; k < ARRAY_LEN(known); k++)
            if (sv_has(sv_of(world_text(w, u->name)), known[k]))
                return known[k];
    }
    return NULL;
}

static void check_autoscaler(struct checking *c)
{
    const char *name = c->f->world ? replace_autoscaler(c->f->world) : NULL;
    if (!name)
        return;
    if (strcmp(name, "karpenter") == 0)
        tell(c, false, "karpenter",
             "Karpenter runs here: pods may land on nodes that it starts instead of the new group",
             "look at its NodePools' limits, or let it have the pods");
    else
        tell(c, false, "cluster-autoscaler",
             "the cluster autoscaler runs here: it may scale the groups while they are replaced, "
             "and remove new nodes that are still empty",
             "pause it (scale it to 0) until the replacement is done");
}

static const char *cluster_of(const struct checking *c)
{
    return c->f->blue->cluster ? c->f->blue->cluster : "NAME";
}

static void check_insights(struct checking *c)
{
    if (!c->f->insights) {
        tell(c, false, "insights-unknown", "what EKS found itself (insights) could not be read",
             ask_text(c, TEXT("aws eks list-insights --cluster-name %s", cluster_of(c)),
                      "eks:ListInsights"));
        return;
    }
    shape_each(i, &c->f->insights->insights) {
        const char *s = i->status.status;
        if (!s || (strcmp(s, "ERROR") != 0 && strcmp(s, "WARNING") != 0))
            continue;
        preflight_add(c->p, &(struct preflight_item){
                                .id = TEXT("insight:%s", i->id ? i->id : "?"),
                                .subject = "cluster",
                                .text = TEXT("EKS insight %s (%s): %s", i->name ? i->name : "?", s,
                                             i->status.reason ? i->status.reason : "no reason"),
                                .fix = TEXT("aws eks describe-insight --cluster-name %s --id %s",
                                            cluster_of(c), i->id ? i->id : "?"),
                            });
    }
}

void replace_check(const struct replace_facts *f, struct preflight *p, struct fit *fit)
{
    struct checking c = {.f = f, .p = p};
    struct fit mine;
    fit = fit ? fit : &mine;
    fit_compute(&f->room, fit);
    check_status(&c);
    check_refreshes(&c);
    check_suspended(&c);
    check_groups(&c);
    check_room(&c, fit);
    check_offers(&c, fit);
    check_autoscaler(&c);
    check_insights(&c);
    arena_release(&c.arena);
}
