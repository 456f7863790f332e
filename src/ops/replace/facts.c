#include "ops/replace/facts.h"

#include "base/must.h"
#include "world/world.h"

#include <string.h>

/* ---- room ---- */

static enum replace_purchase purchase_of(const struct eks_nodegroup *green)
{
    return green->capacity_type && strcmp(green->capacity_type, "SPOT") == 0 ? REPLACE_SPOT
                                                                             : REPLACE_ON_DEMAND;
}

/* Of several types any may be started: the one that takes the most decides. */
static void find_type(const struct replace_gathered *g, const struct shape_texts *types,
                      struct fit_room *room)
{
    struct instance_type t;
    shape_each(name, types)
        if (instance_lookup(&g->cloud, sv_of(*name), &t) && t.vcpu > room->type.vcpu)
            room->type = t;
}

struct tally {
    uint32_t nodes, pods; /* pods with addresses of their own */
    int64_t cpu;          /* millicores of all nodes */
    bool prefixes;        /* a node takes more pods than single addresses would allow */
};

static uint32_t pods_of(const struct world *w, uint32_t node)
{
    uint32_t pods = 0;
    world_each_pod_of_node(w, node, p)
        pods += !world_class_of(w, p)->host_network && !world_pod_is_finished(&w->pods.items[p]);
    return pods;
}

static struct tally count_pods(const struct world *w, const struct cloud *cloud, const char *blue)
{
    struct tally t = {0};
    struct instance_type type;
    uint32_t id = strings_find(&w->strings, sv_of(blue));
    world_each_node(w, n) {
        const struct world_node *node = &w->nodes.items[n];
        if (!id || node->group != id)
            continue;
        t.nodes++;
        t.cpu += node->capacity.cpu;
        t.pods += pods_of(w, n);
        if (instance_lookup(cloud, strings_get(&w->strings, node->instance_type), &type))
            t.prefixes =
                t.prefixes || node->max_pods > (int32_t)instance_max_pods(&type, INSTANCE_PODS_ENI);
    }
    return t;
}

static void find_pods(const struct replace_gathered *g, const struct world *w, const char *blue,
                      struct fit_room *room)
{
    struct tally t = count_pods(w, &g->cloud, blue);
    room->prefixes = t.prefixes;
    if (t.nodes && room->wanted)
        room->pods_per_node = (t.pods + room->wanted - 1) / room->wanted;
    double cpu = (double)room->type.vcpu * 1000;
    room->freed = (struct shape_number){true, cpu > 0 && t.cpu ? (double)t.cpu / cpu : t.nodes};
}

static const struct ec2_subnets *less(const struct ec2_subnets *known,
                                      const struct facts_taken *taken, struct arena *a)
{
    struct ec2_subnets *left = mem_must(arena_new(a, struct ec2_subnets));
    if (!known)
        return NULL;
    *left = (struct ec2_subnets){0};
    shape_each(s, &known->items)
        *(struct ec2_subnet *)shape_list_add(&left->items, sizeof *s, a) = *s;
    for (uint32_t z = 0; z < taken->zone_count; z++) {
        int64_t rest = taken->zones[z].addresses;
        shape_each(s, &left->items) {
            if (!s->zone || strcmp(s->zone, taken->zones[z].zone) != 0 || !s->free_ips.set)
                continue;
            int64_t here = rest < s->free_ips.n ? rest : s->free_ips.n;
            s->free_ips.n -= here;
            rest -= here;
        }
    }
    return left;
}

static uint32_t wanted_of(const struct eks_nodegroup *green)
{
    return green->scaling.desired.set && green->scaling.desired.n > 0
               ? (uint32_t)green->scaling.desired.n
               : 0;
}

static void find_room(const struct replace_gathered *g, size_t i, const struct eks_nodegroup *green,
                      const struct world *w, const struct facts_taken *taken, struct arena *a,
                      struct fit_room *room)
{
    const struct replace_group *group = &g->groups[i];
    enum replace_purchase how = purchase_of(green);
    *room = (struct fit_room){
        .wanted = wanted_of(green),
        .subnets = &green->subnets,
        .known = less(group->subnets, taken, a),
        .nodes_allowed = g->nodes_allowed,
    };
    find_type(g, &group->types, room);
    find_pods(g, w, group->name, room);
    if (room->type.name && !fit_is_standard(room->type.name))
        return;
    room->vcpus_allowed = g->vcpus_allowed[how];
    room->vcpus_used = g->vcpus_used[how];
    room->vcpus_used.n += taken->vcpus[how];
}

void facts_of_group(const struct replace_gathered *g, size_t i, const struct eks_nodegroup *green,
                    const struct world *w, const struct facts_taken *taken, struct arena *a,
                    struct replace_facts *out)
{
    const struct replace_group *group = &g->groups[i];
    uint32_t now = 0;
    while (g->names[now])
        now++;
    *out = (struct replace_facts){
        .blue = &group->blue,
        .green = green,
        .groups_now = now,
        .groups_more = (uint32_t)g->group_count,
        .groups_allowed = g->groups_allowed,
        .offerings = group->offerings,
        .scaling_groups = group->scaling,
        .refreshes = group->refreshes,
        .insights = g->insights,
        .world = w,
    };
    find_room(g, i, green, w, taken, a, &out->room);
}

static void take_in(struct facts_taken *taken, const char *zone, int64_t addresses)
{
    uint32_t i = 0;
    while (i < taken->zone_count && strcmp(taken->zones[i].zone, zone) != 0)
        i++;
    if (i == FIT_ZONES_MAX)
        return;
    taken->zones[i].zone = zone;
    taken->zones[i].addresses += addresses;
    if (i == taken->zone_count)
        taken->zone_count++;
}

void facts_take(struct facts_taken *taken, const struct replace_facts *f, const struct fit *fit)
{
    for (uint32_t i = 0; i < fit->zone_count; i++)
        take_in(taken, fit->zones[i].zone, (int64_t)fit->zones[i].nodes * fit->ips_per_node);
    taken->vcpus[purchase_of(f->green)] += (double)fit->at_once * f->room.type.vcpu;
}

/* One that ends gives back what its zone and the quota of its family lack. */
static void give_back(struct facts_taken *taken, const struct replace_facts *f, uint32_t node,
                      const struct cloud *cloud)
{
    const struct world *w = f->world;
    const struct world_node *n = &w->nodes.items[node];
    const char *zone = world_text(w, n->zone), *type = world_text(w, n->instance_type);
    struct instance_type t;
    if (!instance_lookup(cloud, sv_of(type), &t))
        return;
    for (uint32_t i = 0; i < taken->zone_count; i++)
        if (strcmp(taken->zones[i].zone, zone) == 0)
            taken->zones[i].addresses -= instance_ips_held(&t, pods_of(w, node), f->room.prefixes);
    if (fit_is_standard(type))
        taken->vcpus[purchase_of(f->blue)] -= t.vcpu;
}

void facts_exchange(struct facts_taken *taken, const struct replace_facts *f, const struct fit *fit,
                    const struct cloud *cloud)
{
    uint32_t id = strings_find(&f->world->strings, sv_of(f->blue->name));
    struct fit all = *fit;
    all.at_once = fit->wanted;
    facts_take(taken, f, &all);
    world_each_node(f->world, n)
        if (id && f->world->nodes.items[n].group == id)
            give_back(taken, f, n, cloud);
}

/* ---- one cluster or two ---- */

/* "https://host:443/x" and "https://HOST" name one server. */
static struct sv host_of(const char *url)
{
    struct sv rest = sv_of(url);
    const char *scheme = strstr(url, "://");
    if (scheme)
        rest = sv_of(scheme + 3);
    for (size_t i = 0; i < rest.len; i++)
        if (rest.ptr[i] == '/')
            return sv_n(rest.ptr, i);
    return rest;
}

static bool is_same_server(const char *a, const char *b)
{
    struct sv x = host_of(a), y = host_of(b);
    if (sv_ends(x, ":443"))
        x.len -= 4;
    if (sv_ends(y, ":443"))
        y.len -= 4;
    return x.len == y.len && strncasecmp(x.ptr, y.ptr, x.len) == 0;
}

/* "aws:///eu-west-1a/i-0123" */
static bool is_node(const struct world *w, const char *machine)
{
    world_each_node(w, n) {
        struct sv id = strings_get(&w->strings, w->nodes.items[n].provider_id);
        size_t len = strlen(machine);
        if (id.len > len && id.ptr[id.len - len - 1] == '/' && sv_ends(id, machine))
            return true;
    }
    return false;
}

static bool shares_machines(const struct replace_gathered *g, const struct world *w, bool *any)
{
    for (size_t i = 0; i < g->group_count; i++) {
        if (!g->groups[i].scaling)
            continue;
        shape_each(group, &g->groups[i].scaling->items)
            shape_each(machine, &group->instances) {
                *any = true;
                if (is_node(w, machine->id))
                    return true;
            }
    }
    return false;
}

void facts_check_cluster(const struct replace_gathered *g, const struct world *w,
                         const char *server, struct preflight *p)
{
    _cleanup_str_ struct str text = {0};
    const char *endpoint = g->cluster.endpoint;
    bool any = false;
    if (shares_machines(g, w, &any) || (endpoint && is_same_server(endpoint, server)))
        return;
    str_addf(&text, "EKS says that the API server of '%s' is %s, the kubeconfig leads to %s%s",
             g->cluster.name ? g->cluster.name : "?", endpoint ? endpoint : "not known", server,
             any ? ", and none of the groups' machines is a node there" : "");
    preflight_add(p, &(struct preflight_item){
                         .id = "other-cluster",
                         .subject = "cluster",
                         .text = str_c(&text),
                         .fix = "choose the cluster's own context: --context, --kubeconfig; or "
                                "another one of EKS: --cloud eks:NAME, --region, --profile",
                         .blocks = true,
                     });
}
