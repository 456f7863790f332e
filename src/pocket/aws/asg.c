#include "pocket/aws/asg.h"

#include "base/must.h"
#include "pocket/aws/images.h"
#include "pocket/aws/machines.h"
#include "pocket/aws/quotas.h"

#define SECOND INT64_C(1000)
#define RETRY_MS (60 * SECOND)

/* --- making -------------------------------------------------------------------------------- */

/* EKS launches from a template of its own: the user's, if there is one, with the image put in. */
static struct account_template *own_template(struct account *a, const struct eks_nodegroup *s)
{
    struct account_template *users =
        s->launch_template.id ? account_find_template(a, s->launch_template.id, NULL) : NULL;
    const struct account_template_version *v =
        users ? account_find_version(users, s->launch_template.version) : NULL;
    struct ec2_template_data data = v ? v->data : (struct ec2_template_data){0};
    if (!data.image)
        data.image = images_id(a, s);
    return account_add_template(a, mem_must(arena_fmt(&a->arena, "eks-%s", account_make_uuid(a))),
                                &data);
}

static void set_types(struct account *a, struct account_asg *asg, const struct eks_nodegroup *s)
{
    const char *one = asg->template->versions.items[0].data.instance_type;
    asg->types = account_keep_texts(a, &s->instance_types);
    if (!asg->types.count && one)
        *(const char **)shape_list_add(&asg->types, sizeof one, &a->arena) = one;
}

static void set_asg_tags(struct account *a, struct account_asg *asg, const struct eks_nodegroup *s)
{
    _cleanup_str_ struct str key = {0};
    account_set_tag(a, &asg->tags, "eks:cluster-name", s->cluster);
    account_set_tag(a, &asg->tags, "eks:nodegroup-name", s->name);
    account_set_tag(a, &asg->tags, "k8s.io/cluster-autoscaler/enabled", "true");
    str_addf(&key, "k8s.io/cluster-autoscaler/%s", s->cluster);
    account_set_tag(a, &asg->tags, str_c(&key), "owned");
    str_reset(&key);
    str_addf(&key, "kubernetes.io/cluster/%s", s->cluster);
    account_set_tag(a, &asg->tags, str_c(&key), "owned");
}

void account_make_asg(struct account *a, struct account_group *g, const char *name)
{
    const struct eks_nodegroup *s = &g->spec;
    struct account_asg *asg = mem_must(arena_new(&a->arena, struct account_asg));
    *asg = (struct account_asg){
        .name = name ? account_keep(a, name)
                     : mem_must(arena_fmt(&a->arena, "eks-%s-%s", s->name, account_make_uuid(a))),
        .template = own_template(a, s),
        .template_version = 1,
        .min = s->scaling.min.n,
        .max = s->scaling.max.n,
        .desired = s->scaling.desired.n,
        .created = account_now(a),
        .looks_ms = a->now_ms + 2 * SECOND,
        .spot = s->capacity_type && strcmp(s->capacity_type, "SPOT") == 0,
        .group = g,
    };
    asg->arn = account_arn(a, "autoscaling", "autoScalingGroup:%s:autoScalingGroupName/%s",
                           account_make_uuid(a), asg->name);
    set_types(a, asg, s);
    set_asg_tags(a, asg, s);
    shape_each(id, &s->subnets) {
        struct account_subnet *subnet = account_find_subnet(a, *id);
        if (subnet)
            must_push(&asg->subnets, subnet);
    }
    must_push(&a->asgs, asg);
    g->asg = asg;
    g->spec.autoscaling_groups.count = 0;
    *(struct eks_group_name *)shape_list_add(&g->spec.autoscaling_groups,
                                             sizeof(struct eks_group_name), &a->arena) =
        (struct eks_group_name){asg->name};
}

void asg_drop(struct account *a, struct account_asg *g)
{
    size_t kept = 0;
    vec_foreach(i, &a->instances)
        if ((*i)->asg == g)
            (*i)->asg = NULL;
    for (size_t i = 0; i < a->asgs.len; i++)
        if (a->asgs.items[i] != g)
            a->asgs.items[kept++] = a->asgs.items[i];
    a->asgs.len = kept;
    vec_release(&g->subnets);
    ((struct account_template *)g->template)->deleted = true;
}

/* --- keeping ------------------------------------------------------------------------------- */

int64_t asg_count(const struct account *a, const struct account_asg *g)
{
    int64_t n = 0;
    vec_foreach(i, &a->instances)
        n += (*i)->asg == g && account_is_live(*i) && !(*i)->standby && !(*i)->retires_ms;
    return n;
}

bool asg_suspended(const struct account_asg *g, const char *process)
{
    return shape_has(&g->suspended, process);
}

void asg_want(struct account *a, struct account_asg *g, int64_t desired)
{
    g->desired = desired;
    g->looks_ms = a->now_ms + 5 * SECOND;
}

static int64_t count_in(const struct account *a, const struct account_asg *g,
                        const struct account_subnet *s)
{
    int64_t n = 0;
    vec_foreach(i, &a->instances)
        n += (*i)->asg == g && account_is_live(*i) && !(*i)->retires_ms && (*i)->subnet == s;
    return n;
}

static void fail(struct account *a, struct account_asg *g, const char *code, const char *text)
{
    g->failure = code;
    g->failure_text = account_keep(a, text);
}

/* The place of the subnet with the fewest machines, of those in `may`. */
static int emptiest(const struct account *a, const struct account_asg *g, uint64_t may)
{
    int64_t fewest = INT64_MAX;
    int best = -1;
    for (size_t i = 0; i < g->subnets.len && i < 64; i++) {
        int64_t n = may >> i & 1 ? count_in(a, g, g->subnets.items[i]) : INT64_MAX;
        if (n < fewest) {
            fewest = n;
            best = (int)i;
        }
    }
    return best;
}

/* Where the next machine of this type goes. Free addresses are counted last: that is dear. */
static struct account_subnet *choose_subnet(struct account *a, struct account_asg *g,
                                            const char *type)
{
    uint64_t may = 0;
    for (size_t i = 0; i < g->subnets.len && i < 64; i++)
        if (account_offers(a, type, g->subnets.items[i]->zone))
            may |= UINT64_C(1) << i;
    if (!may) {
        fail(a, g, "Unsupported",
             "Your requested instance type is not supported in your requested Availability Zone.");
        return NULL;
    }
    for (int at; (at = emptiest(a, g, may)) >= 0; may &= ~(UINT64_C(1) << at))
        if (account_free_ips(a, g->subnets.items[at]) > 0)
            return g->subnets.items[at];
    fail(a, g, "InsufficientFreeAddressesInSubnet",
         "There are not enough free addresses in the subnets of the group.");
    return NULL;
}

static bool launch(struct account *a, struct account_asg *g)
{
    shape_each(type, &g->types) {
        struct account_subnet *s = choose_subnet(a, g, *type);
        if (!s)
            continue;
        const char *why = quotas_refuse(a, *type, g->spot);
        if (why) {
            fail(a, g, g->spot ? "MaxSpotInstanceCountExceeded" : "VcpuLimitExceeded", why);
            continue;
        }
        g->failure = g->failure_text = NULL;
        const struct account_launch l = {
            .type = *type,
            .subnet = s,
            .template = g->template,
            .template_version = g->template_version,
            .asg = g,
            .spot = g->spot,
        };
        account_launch(a, &l);
        return true;
    }
    return false;
}

/* In the zone with the most, of an old template first, the oldest first. */
static bool worse(const struct account *a, const struct account_asg *g,
                  const struct account_instance *i, const struct account_instance *than)
{
    int64_t here = count_in(a, g, i->subnet), there = count_in(a, g, than->subnet);
    if (here != there)
        return here > there;
    if (i->template_version != than->template_version)
        return i->template_version < than->template_version;
    return i->launched < than->launched;
}

static bool shrink(struct account *a, struct account_asg *g)
{
    struct account_instance *victim = NULL;
    vec_foreach(i, &a->instances)
        if ((*i)->asg == g && account_is_live(*i) && !(*i)->retires_ms && !(*i)->protected &&
            !(*i)->standby && (!victim || worse(a, g, *i, victim)))
            victim = *i;
    if (victim)
        account_retire(a, victim);
    return victim != NULL;
}

static void replace_unhealthy(struct account *a, struct account_asg *g)
{
    if (asg_suspended(g, "ReplaceUnhealthy") || asg_suspended(g, "HealthCheck"))
        return;
    for (size_t n = 0; n < a->instances.len; n++) {
        struct account_instance *i = a->instances.items[n];
        if (i->asg == g && i->unhealthy && account_is_live(i))
            account_terminate(a, i);
    }
}

static void look(struct account *a, struct account_asg *g)
{
    g->looks_ms = INT64_MAX;
    if (g->deleting)
        return;
    replace_unhealthy(a, g);
    for (int64_t n = asg_count(a, g); n < g->desired && !asg_suspended(g, "Launch"); n++) {
        if (!launch(a, g)) {
            g->looks_ms = a->now_ms + RETRY_MS;
            return;
        }
    }
    for (int64_t n = asg_count(a, g); n > g->desired && !asg_suspended(g, "Terminate"); n--)
        if (!shrink(a, g))
            return;
}

void asg_run(struct account *a)
{
    for (size_t i = 0; i < a->asgs.len; i++)
        if (a->asgs.items[i]->looks_ms <= a->now_ms)
            look(a, a->asgs.items[i]);
}

int64_t asg_next(const struct account *a)
{
    int64_t next = INT64_MAX;
    vec_foreach(g, &a->asgs)
        next = (*g)->looks_ms < next ? (*g)->looks_ms : next;
    return next;
}
