#include "pocket/aws/machines.h"

#include "base/must.h"
#include "pocket/aws/eventbridge.h"
#include "pocket/aws/images.h"
#include "world/instance.h"

#define SECOND INT64_C(1000)
#define KEPT_ENDED_S 3600
#define RETIRE_MS (900 * SECOND)
#define RETIRE_LOOK_MS (5 * SECOND)
/* A machine that ended on its way to the cluster may still show up there for so long. */
#define NODE_LATE_S 1800
/* Of the network's base, its router, DNS, one to come, and the broadcast address. */
#define SUBNET_RESERVED 5

/* --- addresses ----------------------------------------------------------------------------- */

int64_t machines_ips(const struct account *a, const struct account_instance *i)
{
    struct instance_type type;
    if (!instance_lookup(a->cloud, sv_of(i->type), &type))
        return 1;
    struct life_joined joined =
        i->has_node ? pocket_life_joined(a->life, sv_of(i->node)) : (struct life_joined){0};
    return i->asg && i->asg->group ? instance_ips_held(&type, joined.pods, false) : 1;
}

int64_t account_free_ips(const struct account *a, const struct account_subnet *s)
{
    int64_t left = (INT64_C(1) << (32 - s->bits)) - SUBNET_RESERVED - s->taken_apart;
    vec_foreach(i, &a->instances)
        if ((*i)->subnet == s && account_is_live(*i))
            left -= machines_ips(a, *i);
    return left > 0 ? left : 0;
}

bool account_offers(const struct account *a, const char *type, const char *zone)
{
    struct instance_type t;
    size_t family = strcspn(type, "."), zone_len = strlen(zone);
    if (!instance_lookup(a->cloud, sv_of(type), &t))
        return false;
    bool scarce = t.accelerator != INSTANCE_NO_ACCELERATOR || memchr(type, '8', family);
    return !scarce || !zone_len || zone[zone_len - 1] < 'c';
}

static bool ip_taken(const struct account *a, const char *ip)
{
    vec_foreach(i, &a->instances)
        if (account_is_live(*i) && strcmp((*i)->ip, ip) == 0)
            return true;
    return false;
}

static const char *take_ip(struct account *a, struct account_subnet *s)
{
    char text[16];
    uint32_t size = UINT32_C(1) << (32 - s->bits);
    for (uint32_t tries = 0; tries < size; tries++) {
        uint32_t host = s->next++ % size;
        if (host < 4 || host == size - 1)
            continue;
        uint32_t ip = s->base + host;
        snprintf(text, sizeof text, "%u.%u.%u.%u", ip >> 24, ip >> 16 & 255, ip >> 8 & 255,
                 ip & 255);
        if (!ip_taken(a, text))
            break;
    }
    return account_keep(a, text);
}

/* us-east-1 has a domain of its own. */
static const char *node_name(struct account *a, const char *ip)
{
    bool first = strcmp(a->region, "us-east-1") == 0;
    char *name = mem_must(arena_fmt(&a->arena, "ip-%s.%s%s", ip, first ? "ec2" : a->region,
                                    first ? ".internal" : ".compute.internal"));
    for (char *c = name; c < name + strlen("ip-") + strlen(ip); c++)
        if (*c == '.')
            *c = '-';
    return name;
}

/* --- into the cluster ---------------------------------------------------------------------- */

#define LABELS_MAX 128

static const char *effect_of(const char *eks)
{
    return strcmp(eks, "NO_EXECUTE") == 0           ? "NoExecute"
           : strcmp(eks, "PREFER_NO_SCHEDULE") == 0 ? "PreferNoSchedule"
                                                    : "NoSchedule";
}

struct joining {
    struct sv labels[LABELS_MAX][2];
    struct sv taints[LABELS_MAX][3];
    size_t label_count, taint_count;
};

static void add_label(struct joining *j, const char *key, const char *value)
{
    if (value && j->label_count < LABELS_MAX) {
        j->labels[j->label_count][0] = sv_of(key);
        j->labels[j->label_count++][1] = sv_of(value);
    }
}

static void put_taint(struct sv to[3], const struct eks_taint *t)
{
    to[0] = sv_of(t->key);
    to[1] = sv_of(t->value ? t->value : "");
    to[2] = sv_of(effect_of(t->effect));
}

static void fill_joining(struct account *a, const struct account_instance *i, struct joining *j)
{
    const struct eks_nodegroup *g = &i->asg->group->spec;
    char number[24];
    snprintf(number, sizeof number, "%lld", (long long)i->template_version);
    shape_each(label, &g->labels)
        add_label(j, label->key, label->value);
    add_label(j, "eks.amazonaws.com/nodegroup-image", i->image);
    add_label(j, "eks.amazonaws.com/capacityType", i->spot ? "SPOT" : "ON_DEMAND");
    if (g->launch_template.id) {
        add_label(j, "eks.amazonaws.com/sourceLaunchTemplateId", g->launch_template.id);
        add_label(j, "eks.amazonaws.com/sourceLaunchTemplateVersion", g->launch_template.version);
    }
    shape_each(taint, &g->taints) {
        if (j->taint_count == LABELS_MAX)
            break;
        put_taint(j->taints[j->taint_count++], taint);
    }
}

/* A machine of a node group goes to the cluster. */
static void join(struct account *a, struct account_instance *i)
{
    const struct account_group *group = i->asg ? i->asg->group : NULL;
    struct joining j = {0};
    if (!group)
        return;
    if (a->faults->join_fail) {
        a->faults->join_fail--;
        i->fails = true;
    }
    fill_joining(a, i, &j);
    _cleanup_arena_ struct arena scratch = {0};
    const struct life_machine m = {
        .name = sv_of(i->node),
        .provider_id = sv_of(arena_fmt(&scratch, "aws:///%s/%s", i->subnet->zone, i->id)),
        .instance_type = sv_of(i->type),
        .zone = sv_of(i->subnet->zone),
        .region = sv_of(a->region),
        .group = sv_of(group->spec.name),
        .kubelet_version = sv_of(images_kubelet(&group->spec, &scratch)),
        .ami_type = group->spec.ami_type,
        .release = group->spec.release,
        .labels = j.labels,
        .label_count = j.label_count,
        .taints = j.taints,
        .taint_count = j.taint_count,
        .fails = i->fails,
    };
    i->has_node = !i->fails;
    pocket_life_start_machine(a->life, &m);
}

void machines_relabel(struct account *a, const struct account_asg *g,
                      const struct eks_nodegroup_change *change)
{
    struct joining set = {0}, dropped = {0};
    struct sv keys[LABELS_MAX];
    size_t key_count = 0;
    shape_each(label, &change->set_labels)
        add_label(&set, label->key, label->value);
    shape_each(key, &change->remove_labels)
        if (key_count < LABELS_MAX)
            keys[key_count++] = sv_of(*key);
    shape_each(taint, &change->set_taints)
        if (set.taint_count < LABELS_MAX)
            put_taint(set.taints[set.taint_count++], taint);
    shape_each(taint, &change->remove_taints)
        if (dropped.taint_count < LABELS_MAX)
            put_taint(dropped.taints[dropped.taint_count++], taint);
    if (!set.label_count && !key_count && !set.taint_count && !dropped.taint_count)
        return;
    const struct life_relabel all = {
        set.labels,      keys,      set.taints,      dropped.taints,
        set.label_count, key_count, set.taint_count, dropped.taint_count};
    vec_foreach(i, &a->instances)
        if ((*i)->asg == g && account_is_live(*i))
            pocket_life_relabel_machine(a->life, sv_of((*i)->node), &all);
}

/* --- life of an instance ------------------------------------------------------------------- */

static void set_tags(struct account *a, struct account_instance *i, const struct account_launch *l)
{
    if (l->asg) {
        i->tags = account_keep_pairs(a, &l->asg->tags);
        account_set_tag(a, &i->tags, "aws:autoscaling:groupName", l->asg->name);
    }
    if (l->template) {
        char number[24];
        snprintf(number, sizeof number, "%lld", (long long)l->template_version);
        account_set_tag(a, &i->tags, "aws:ec2launchtemplate:id", l->template->id);
        account_set_tag(a, &i->tags, "aws:ec2launchtemplate:version", number);
    }
    if (l->tags)
        shape_each(tag, l->tags)
            account_set_tag(a, &i->tags, tag->key, tag->value);
}

static const char *image_of(struct account *a, const struct account_launch *l)
{
    if (l->image)
        return account_keep(a, l->image);
    for (size_t v = 0; l->template && v < l->template->versions.len; v++)
        if (l->template->versions.items[v].number == l->template_version &&
            l->template->versions.items[v].data.image)
            return l->template->versions.items[v].data.image;
    return images_id(a, l->asg && l->asg->group ? &l->asg->group->spec : NULL);
}

struct account_instance *account_launch(struct account *a, const struct account_launch *l)
{
    struct account_instance *i = mem_must(arena_new(&a->arena, struct account_instance));
    const struct instance_type *type = instance_find(sv_of(l->type));
    const char *ip = take_ip(a, l->subnet);
    *i = (struct account_instance){
        .id = account_make_id(a, "i-"),
        .type = account_keep(a, l->type),
        .image = image_of(a, l),
        .arch = type && strcmp(type->arch, "arm64") == 0 ? "arm64" : "x86_64",
        .ip = ip,
        .node = node_name(a, ip),
        .interface_id = account_make_id(a, "eni-"),
        .root_volume = account_make_id(a, "vol-"),
        .subnet = l->subnet,
        .asg = l->asg,
        .template = l->template,
        .template_version = l->template_version,
        .state = ACCOUNT_PENDING,
        .spot = l->spot,
        .launched = account_now(a),
        .changes_ms = a->now_ms + (8 + (int64_t)account_throw(a, 8)) * SECOND,
    };
    set_tags(a, i, l);
    must_push(&a->instances, i);
    eventbridge_state(a, i);
    join(a, i);
    return i;
}

void account_terminate(struct account *a, struct account_instance *i)
{
    if (!account_is_live(i))
        return;
    i->state = ACCOUNT_SHUTTING_DOWN;
    eventbridge_state(a, i);
    i->ended = account_now(a);
    i->changes_ms = a->now_ms + (20 + (int64_t)account_throw(a, 20)) * SECOND;
    if (i->asg)
        i->asg->looks_ms = a->now_ms + SECOND;
    if (i->has_node && pocket_life_terminate_machine(a->life, sv_of(i->node)))
        i->has_node = false;
}

void account_retire(struct account *a, struct account_instance *i)
{
    if (!account_is_live(i) || i->retires_ms)
        return;
    if (!i->asg || !i->asg->group) {
        account_terminate(a, i);
        return;
    }
    i->retires_ms = a->now_ms ? a->now_ms : 1;
    i->changes_ms = a->now_ms;
    i->asg->looks_ms = a->now_ms + SECOND;
}

/* The hook that EKS has on its groups: evictions until nothing is left, or until it is late. */
static void look_retiring(struct account *a, struct account_instance *i)
{
    bool late = a->now_ms - i->retires_ms > RETIRE_MS;
    i->changes_ms = a->now_ms + RETIRE_LOOK_MS;
    if (late || pocket_life_drain_machine(a->life, sv_of(i->node)) == 0)
        account_terminate(a, i);
}

static void advance(struct account *a, struct account_instance *i)
{
    if (account_is_live(i) && i->retires_ms) {
        look_retiring(a, i);
    } else if (i->state == ACCOUNT_PENDING) {
        i->state = ACCOUNT_RUNNING;
        eventbridge_state(a, i);
        i->changes_ms = INT64_MAX;
    } else if (i->state == ACCOUNT_SHUTTING_DOWN) {
        i->state = ACCOUNT_TERMINATED;
        eventbridge_state(a, i);
        i->changes_ms = a->now_ms + KEPT_ENDED_S * SECOND;
    }
}

/* The Node of a machine that ended before it had joined. */
static void take_late_node(struct account *a, struct account_instance *i)
{
    if (pocket_life_terminate_machine(a->life, sv_of(i->node)) ||
        account_now(a) > i->ended + NODE_LATE_S)
        i->has_node = false;
}

void machines_run(struct account *a)
{
    size_t kept = 0;
    for (size_t n = 0; n < a->instances.len; n++) {
        struct account_instance *i = a->instances.items[n];
        bool forgotten = i->state == ACCOUNT_TERMINATED && i->changes_ms <= a->now_ms;
        if (i->changes_ms <= a->now_ms)
            advance(a, i);
        if (!account_is_live(i) && i->has_node)
            take_late_node(a, i);
        if (!forgotten)
            a->instances.items[kept++] = i;
    }
    a->instances.len = kept;
}

int64_t machines_next(const struct account *a)
{
    int64_t next = INT64_MAX;
    vec_foreach(i, &a->instances) {
        int64_t at = (*i)->changes_ms;
        if (!account_is_live(*i) && (*i)->has_node && a->now_ms + 5 * SECOND < at)
            at = a->now_ms + 5 * SECOND;
        next = at < next ? at : next;
    }
    return next;
}
