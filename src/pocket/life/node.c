/* Nodes as the API shows them, and the machines behind them. */
#include "pocket/address.h"
#include "pocket/life/image.h"
#include "pocket/life/internal.h"
#include "world/cloud.h"
#include "world/instance.h"

#include <stdio.h>

static struct life_name name_of(const struct pocket_life *l, uint32_t node)
{
    return (struct life_name){SV("v1"), SV("Node"), SV_NONE,
                              life_text(l, l->w->nodes.items[node].name)};
}

static void write_condition(struct jsonw *j, const char *type, const char *status, int64_t since,
                            const char *reason)
{
    jsonw_object(j);
    jsonw_kv_str(j, "type", type);
    jsonw_kv_str(j, "status", status);
    life_write_time(j, "lastHeartbeatTime", since);
    life_write_time(j, "lastTransitionTime", since);
    jsonw_kv_str(j, "reason", reason);
    jsonw_kv_str(j, "message", reason);
    jsonw_object_end(j);
}

static void write_conditions(struct pocket_life *l, struct jsonw *j, const struct world_node *n)
{
    int64_t since = n->ready_since ? n->ready_since : n->created;
    const char *ready = n->ready ? "True" : n->gone ? "Unknown" : "False";
    jsonw_key(j, "conditions");
    jsonw_array(j);
    write_condition(j, "MemoryPressure", "False", n->created, "KubeletHasSufficientMemory");
    write_condition(j, "DiskPressure", "False", n->created, "KubeletHasNoDiskPressure");
    write_condition(j, "PIDPressure", "False", n->created, "KubeletHasSufficientPID");
    write_condition(j, "Ready", ready, n->ready ? since : pocket_life_seconds(l),
                    n->ready  ? "KubeletReady"
                    : n->gone ? "NodeStatusUnknown"
                              : "KubeletNotReady");
    jsonw_array_end(j);
}

static void write_address(struct jsonw *j, const char *type, struct sv address)
{
    jsonw_object(j);
    jsonw_kv_str(j, "type", type);
    jsonw_kv_sv(j, "address", address);
    jsonw_object_end(j);
}

static void write_addresses(struct pocket_life *l, struct jsonw *j, uint32_t node)
{
    char ip[ADDRESS_TEXT_MAX];
    jsonw_key(j, "addresses");
    jsonw_array(j);
    write_address(
        j, "InternalIP",
        sv_of(address_of_node_named(life_text(l, l->w->nodes.items[node].name), node, ip)));
    write_address(j, "InternalDNS", life_text(l, l->w->nodes.items[node].name));
    write_address(j, "Hostname", life_text(l, l->w->nodes.items[node].name));
    jsonw_array_end(j);
}

/* The image of a machine that AWS started, else of the node's group as it was at the start. */
static struct life_image image_of(const struct pocket_life *l, const struct world_node *n)
{
    const struct cloud_group *g;
    vec_foreach(image, &l->images)
        if (image->node == n->name)
            return *image;
    g = l->cloud && n->group ? cloud_find_group(l->cloud, world_text(l->w, n->group)) : NULL;
    return (struct life_image){n->name, g ? g->ami_type : NULL, g ? g->release : NULL};
}

static void write_info(struct pocket_life *l, struct jsonw *j, const struct world_node *n)
{
    const struct instance_type *type = instance_find(life_text(l, n->instance_type));
    const struct life_image image = image_of(l, n);
    struct sv family = image.ami_type ? sv_of(image.ami_type) : SV("");
    const char *arch = type ? type->arch : sv_has(family, "_ARM_64") ? "arm64" : "amd64";
    struct image_system is;
    image_system_of(family, image.release ? sv_of(image.release) : SV(""),
                    life_text(l, n->kubelet_version), arch, &is);
    jsonw_key(j, "nodeInfo");
    jsonw_object(j);
    jsonw_kv_str(j, "architecture", arch);
    jsonw_kv_str(j, "operatingSystem", "linux");
    jsonw_kv_str(j, "osImage", is.os);
    jsonw_kv_str(j, "containerRuntimeVersion", is.runtime);
    jsonw_kv_sv(j, "kubeletVersion", life_text(l, n->kubelet_version));
    jsonw_kv_sv(j, "kubeProxyVersion", life_text(l, n->kubelet_version));
    jsonw_kv_str(j, "kernelVersion", is.kernel);
    jsonw_object_end(j);
}

static void write_images(struct pocket_life *l, struct jsonw *j, const struct world_node *n)
{
    jsonw_key(j, "images");
    jsonw_array(j);
    for (uint32_t i = 0; i < n->image_count; i++) {
        jsonw_object(j);
        jsonw_key(j, "names");
        jsonw_array(j);
        jsonw_sv(j, life_text(l, n->images[i].name));
        jsonw_array_end(j);
        jsonw_kv_int(j, "sizeBytes", n->images[i].bytes);
        jsonw_object_end(j);
    }
    jsonw_array_end(j);
}

/* info: what it is, which never changes; absent: it is new. */
static void write_status(struct pocket_life *l, struct jsonw *j, uint32_t node, struct sv info)
{
    const struct world_node *n = &l->w->nodes.items[node];
    jsonw_object(j);
    jsonw_key(j, "capacity");
    life_write_resources(j, l->w, &n->capacity, n->max_pods);
    jsonw_key(j, "allocatable");
    life_write_resources(j, l->w, &n->allocatable, n->max_pods);
    write_conditions(l, j, n);
    write_addresses(l, j, node);
    if (info.ptr) {
        jsonw_key(j, "nodeInfo");
        jsonw_raw(j, info);
    } else {
        write_info(l, j, n);
    }
    write_images(l, j, n);
    jsonw_object_end(j);
}

/* A node's volumes per driver. */
static void enter_csi(struct pocket_life *l, uint32_t node)
{
    const struct world_node *n = &l->w->nodes.items[node];
    struct life_name name = {SV("storage.k8s.io/v1"), SV("CSINode"), SV_NONE,
                             life_text(l, n->name)};
    struct jsonw j;
    if (!n->csi_count || life_get(l, &name).ptr)
        return;
    life_begin_object(l, &j, &name, 0, n->created);
    jsonw_object_end(&j);
    jsonw_key(&j, "spec");
    jsonw_object(&j);
    jsonw_key(&j, "drivers");
    jsonw_array(&j);
    for (uint32_t i = 0; i < n->csi_count; i++) {
        jsonw_object(&j);
        jsonw_kv_sv(&j, "name", life_text(l, n->csi[i].driver));
        jsonw_kv_sv(&j, "nodeID", life_text(l, n->name));
        jsonw_key(&j, "topologyKeys");
        jsonw_array(&j);
        jsonw_array_end(&j);
        if (n->csi[i].count >= 0) {
            jsonw_key(&j, "allocatable");
            jsonw_object(&j);
            jsonw_kv_int(&j, "count", n->csi[i].count);
            jsonw_object_end(&j);
        }
        jsonw_object_end(&j);
    }
    jsonw_array_end(&j);
    jsonw_object_end(&j);
    jsonw_object_end(&j);
    life_put(l, &name, &l->out);
}

void life_node_enter(struct pocket_life *l, uint32_t node)
{
    const struct world_node *n = &l->w->nodes.items[node];
    struct life_name name = name_of(l, node);
    struct jsonw j;
    life_keep_host(l, node);
    if (life_get(l, &name).ptr)
        return;
    enter_csi(l, node);
    life_begin_object(l, &j, &name, n->uid, n->created);
    jsonw_key(&j, "labels");
    life_write_labels(&j, l->w, n->labels);
    jsonw_object_end(&j);
    jsonw_key(&j, "spec");
    jsonw_object(&j);
    if (n->provider_id)
        jsonw_kv_sv(&j, "providerID", life_text(l, n->provider_id));
    if (n->unschedulable)
        jsonw_kv_bool(&j, "unschedulable", true);
    if (n->taint_count) {
        jsonw_key(&j, "taints");
        life_write_taints(&j, l->w, n->taints, n->taint_count);
    }
    jsonw_object_end(&j);
    jsonw_key(&j, "status");
    write_status(l, &j, node, SV_NONE);
    jsonw_object_end(&j);
    life_put(l, &name, &l->out);
}

/* The controller shows a cordon as a taint, too. */
static void write_taints(struct pocket_life *l, const struct world_node *n)
{
    struct taint all[64];
    uint32_t count = n->taint_count < 63 ? n->taint_count : 63;
    uint32_t key = strings_find(&l->w->strings, SV("node.kubernetes.io/unschedulable"));
    struct jsonw j;
    if (count)
        memcpy(all, n->taints, count * sizeof *all);
    if (n->unschedulable)
        all[count++] = (struct taint){key, STRINGS_NONE, TAINT_NO_SCHEDULE};
    str_reset(&l->part);
    if (!count)
        return;
    jsonw_init(&j, &l->part, 0);
    life_write_taints(&j, l->w, all, count);
}

void life_node_update(struct pocket_life *l, uint32_t node)
{
    const struct world_node *n = &l->w->nodes.items[node];
    struct life_name name = name_of(l, node);
    struct sv json = life_get(l, &name);
    struct jsonw j;
    if (!json.ptr)
        return;
    str_reset(&l->status);
    jsonw_init(&j, &l->status, 0);
    write_status(l, &j, node, life_json_at(json, "status", "nodeInfo", &l->scratch));
    write_taints(l, n);
    struct life_edit edits[] = {
        {"status", NULL, str_sv(&l->status)},
        {"spec", "unschedulable", n->unschedulable ? SV("true") : SV_NONE},
        {"spec", "taints", l->part.len ? str_sv(&l->part) : SV_NONE},
    };
    str_reset(&l->out);
    life_json_edit(&l->out, json, edits, ARRAY_LEN(edits), &l->scratch);
    life_put(l, &name, &l->out);
    arena_reset(&l->scratch);
}

/* ---- machines ---- */

static int compare_label(const void *a, const void *b)
{
    const struct label *x = a, *y = b;
    return (x->key > y->key) - (x->key < y->key);
}

struct pairs {
    struct label *items;
    uint32_t len;
};

static void add_label(struct pocket_life *l, struct pairs *p, struct sv key, struct sv value)
{
    if (value.len)
        p->items[p->len++] = (struct label){strings_put(&l->grows->strings, key),
                                            strings_put(&l->grows->strings, value)};
}

static struct labels labels_of(struct pocket_life *l, const struct life_machine *m)
{
    struct pairs p = {mem_must(arena_new_n(&l->grows->arena, struct label, m->label_count + 12)),
                      0};
    const struct instance_type *type = instance_find(m->instance_type);
    for (size_t i = 0; i < m->label_count; i++)
        add_label(l, &p, m->labels[i][0], m->labels[i][1]);
    add_label(l, &p, SV("kubernetes.io/hostname"), m->name);
    add_label(l, &p, SV("kubernetes.io/os"), SV("linux"));
    add_label(l, &p, SV("kubernetes.io/arch"), sv_of(type ? type->arch : "amd64"));
    add_label(l, &p, SV("node.kubernetes.io/instance-type"), m->instance_type);
    add_label(l, &p, SV("topology.kubernetes.io/zone"), m->zone);
    add_label(l, &p, SV("topology.kubernetes.io/region"), m->region);
    add_label(l, &p, SV("topology.ebs.csi.aws.com/zone"), m->zone);
    add_label(l, &p, SV("eks.amazonaws.com/nodegroup"), m->group);
    qsort(p.items, p.len, sizeof *p.items, compare_label);
    uint32_t kept = 0;
    for (uint32_t i = 0; i < p.len; i++)
        if (!kept || p.items[kept - 1].key != p.items[i].key)
            p.items[kept++] = p.items[i];
    return (struct labels){p.items, kept};
}

static enum taint_effect effect_of(struct sv text)
{
    return sv_is(text, "NoExecute")          ? TAINT_NO_EXECUTE
           : sv_is(text, "PreferNoSchedule") ? TAINT_PREFER_NO_SCHEDULE
                                             : TAINT_NO_SCHEDULE;
}

static void set_taints(struct pocket_life *l, const struct life_machine *m, struct world_node *n)
{
    struct taint *t = mem_must(arena_new_n(&l->grows->arena, struct taint, m->taint_count + 1));
    for (size_t i = 0; i < m->taint_count; i++)
        t[i] = (struct taint){strings_put(&l->grows->strings, m->taints[i][0]),
                              strings_put(&l->grows->strings, m->taints[i][1]),
                              effect_of(m->taints[i][2])};
    n->taints = t;
    n->taint_count = (uint32_t)m->taint_count;
}

static void set_amounts(struct world_node *n, struct sv type_name)
{
    const struct instance_type *type = instance_find(type_name);
    int64_t cpu = type ? type->vcpu : 2, mib = type ? type->memory_mib : 8192;
    int64_t pods = type ? instance_max_pods(type, INSTANCE_PODS_MANAGED) : 29;
    int64_t reserved = 255 + 11 * pods + 100;
    n->capacity =
        (struct resources){.cpu = cpu * 1000, .memory = mib << 20, .ephemeral = (int64_t)80 << 30};
    n->allocatable = n->capacity;
    n->allocatable.cpu -= cpu > 4 ? 110 : 70;
    n->allocatable.memory -= reserved << 20;
    n->max_pods = (int32_t)pods;
}

static void set_driver(struct pocket_life *l, struct world_node *n)
{
    struct csi_limit *csi = mem_must(arena_new(&l->grows->arena, struct csi_limit));
    *csi = (struct csi_limit){strings_puts(&l->grows->strings, "ebs.csi.aws.com"), 25};
    n->csi = csi;
    n->csi_count = 1;
}

/* The name may be that of a machine that is gone. */
static void keep_image(struct pocket_life *l, uint32_t node, const struct life_machine *m)
{
    struct arena *a = &l->grows->arena;
    const struct life_image is = {node,
                                  m->ami_type ? mem_must(arena_dup(a, sv_of(m->ami_type))) : NULL,
                                  m->release ? mem_must(arena_dup(a, sv_of(m->release))) : NULL};
    vec_foreach(image, &l->images)
        if (image->node == node) {
            *image = is;
            return;
        }
    must_push(&l->images, is);
}

void pocket_life_start_machine(struct pocket_life *l, const struct life_machine *m)
{
    struct world *g = l->grows;
    struct world_node n = {
        .name = strings_put(&g->strings, m->name),
        .labels = labels_of(l, m),
        .zone = strings_put(&g->strings, m->zone),
        .region = strings_put(&g->strings, m->region),
        .instance_type = strings_put(&g->strings, m->instance_type),
        .group = strings_put(&g->strings, m->group),
        .provider_id = strings_put(&g->strings, m->provider_id),
        .kubelet_version = strings_put(&g->strings, m->kubelet_version),
    };
    set_taints(l, m, &n);
    set_amounts(&n, m->instance_type);
    set_driver(l, &n);
    keep_image(l, n.name, m);
    sim_take_growth(l->sim);
    sim_node_start(l->sim, &n, m->fails);
}

bool pocket_life_terminate_machine(struct pocket_life *l, struct sv node)
{
    uint32_t at = world_find_node(l->w, node);
    if (at != WORLD_NONE)
        sim_node_terminate(l->sim, at);
    life_flush(l);
    return at != WORLD_NONE;
}

bool pocket_life_kill_machine(struct pocket_life *l, struct sv node)
{
    uint32_t at = world_find_node(l->w, node);
    if (at != WORLD_NONE)
        sim_node_die(l->sim, at);
    life_flush(l);
    return at != WORLD_NONE;
}

struct life_joined pocket_life_joined(const struct pocket_life *l, struct sv node)
{
    struct life_joined j = {0};
    uint32_t at = world_find_node(l->w, node);
    if (at == WORLD_NONE)
        return j;
    j.there = true;
    j.ready = l->w->nodes.items[at].ready;
    world_each_pod_of_node(l->w, at, p)
        j.pods += !world_pod_is_of_node(l->w, p) && !world_pod_is_finished(&l->w->pods.items[p]);
    return j;
}
