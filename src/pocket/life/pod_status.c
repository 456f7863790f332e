/* The status of a pod as the API shows it. Many of these are written: in pieces of text. */
#include "base/timestamp.h"
#include "doc/pull.h"
#include "pocket/address.h"
#include "pocket/life/internal.h"

#include <stdio.h>

/* ---- containers ---- */

/* What is not told by the pod's state. */
static struct sv head_of(struct pocket_life *l, struct pull *in)
{
    _cleanup_str_ struct str out = {0};
    struct sv key, name = SV(""), image = SV("");
    if (!pull_map(in))
        return SV_NONE;
    while (pull_key(in, &key)) {
        if (sv_is(key, "name"))
            pull_string(in, &name);
        else if (sv_is(key, "image"))
            pull_string(in, &image);
        else
            pull_skip(in);
    }
    str_adds(&out, "\"name\":");
    jsonw_quote(&out, name);
    str_adds(&out, ",\"image\":");
    jsonw_quote(&out, image);
    str_adds(&out, ",\"imageID\":\"\",\"lastState\":{},\"restartCount\":0");
    return sv_n(mem_must(arena_dup(&l->scratch, str_sv(&out))), out.len);
}

void life_pod_heads(struct pocket_life *l, struct sv containers, life_heads *out)
{
    struct pull in;
    out->len = 0;
    pull_init(&in, containers, &l->scratch);
    if (!containers.ptr || !pull_seq(&in))
        return;
    while (pull_item(&in)) {
        struct sv head = head_of(l, &in);
        if (head.ptr)
            must_push(out, head);
    }
}

static bool is_state(struct sv key)
{
    return sv_is(key, "state") || sv_is(key, "ready") || sv_is(key, "started");
}

/* The same of a container status that is there: an image's digest, restarts. */
static struct sv kept_head(struct pocket_life *l, struct pull *in)
{
    _cleanup_str_ struct str out = {0};
    struct sv key, raw;
    if (!pull_map(in))
        return SV_NONE;
    while (pull_key(in, &key)) {
        if (!pull_raw(in, &raw) || is_state(key))
            continue;
        if (out.len)
            str_addc(&out, ',');
        jsonw_quote(&out, key);
        str_addc(&out, ':');
        str_addv(&out, raw);
    }
    return out.len ? sv_n(mem_must(arena_dup(&l->scratch, str_sv(&out))), out.len) : SV_NONE;
}

void life_pod_kept_heads(struct pocket_life *l, struct sv json, life_heads *out)
{
    struct sv statuses = life_json_at(json, "status", "containerStatuses", &l->scratch);
    struct pull in;
    out->len = 0;
    pull_init(&in, statuses, &l->scratch);
    if (statuses.ptr && pull_seq(&in))
        while (pull_item(&in)) {
            struct sv head = kept_head(l, &in);
            if (head.ptr)
                must_push(out, head);
        }
    if (!out->len)
        life_pod_heads(l, life_json_at(json, "spec", "containers", &l->scratch), out);
}

/* Of all its containers: they begin and end together. */
static void write_state(struct str *out, const struct world_pod *p)
{
    char started[TIMESTAMP_TEXT_MAX];
    timestamp_format(p->started ? p->started : p->created, started);
    bool runs = p->phase == POD_RUNNING;
    str_adds(out, ",\"state\":{");
    if (p->phase == POD_PENDING)
        str_adds(out, "\"waiting\":{\"reason\":\"ContainerCreating\"");
    else if (runs)
        str_adds(out, "\"running\":{\"startedAt\":\"");
    else if (p->phase == POD_SUCCEEDED)
        str_adds(out, "\"terminated\":{\"exitCode\":0,\"reason\":\"Completed\",\"startedAt\":\"");
    else
        str_adds(out, "\"terminated\":{\"exitCode\":1,\"reason\":\"Error\",\"startedAt\":\"");
    if (p->phase != POD_PENDING) {
        str_adds(out, started);
        str_addc(out, '"');
    }
    str_adds(out, p->ready ? "}},\"ready\":true" : "}},\"ready\":false");
    str_adds(out, runs ? ",\"started\":true}" : ",\"started\":false}");
}

static void write_containers(struct pocket_life *l, struct str *out, const struct world_pod *p,
                             const struct life_pod_text *text)
{
    str_reset(&l->state);
    write_state(&l->state, p);
    str_adds(out, ",\"containerStatuses\":[");
    for (size_t i = 0; i < text->head_count; i++) {
        str_adds(out, i ? ",{" : "{");
        str_addv(out, text->heads[i]);
        str_addv(out, str_sv(&l->state));
    }
    str_addc(out, ']');
}

/* ---- conditions ---- */

struct condition {
    const char *type, *since, *reason; /* reason: of one that is false */
    bool on;
};

static void write_condition(struct str *out, const struct condition *c)
{
    str_adds(out, out->data[out->len - 1] == '[' ? "{\"type\":\"" : ",{\"type\":\"");
    str_adds(out, c->type);
    str_adds(out, c->on ? "\",\"status\":\"True" : "\",\"status\":\"False\",\"reason\":\"");
    if (!c->on)
        str_adds(out, c->reason);
    str_adds(out, "\",\"lastProbeTime\":null,\"lastTransitionTime\":\"");
    str_adds(out, c->since);
    str_adds(out, "\"}");
}

static bool is_ours(struct sv type)
{
    return sv_is(type, "Initialized") || sv_is(type, "Ready") || sv_is(type, "ContainersReady") ||
           sv_is(type, "PodScheduled");
}

/* Those that others wrote: why it was disrupted. */
static void keep_conditions(struct pocket_life *l, struct str *out, struct sv all, struct sv gates)
{
    struct sv one;
    struct pull in;
    pull_init(&in, all, &l->scratch);
    if (!all.ptr || !pull_seq(&in))
        return;
    while (pull_item(&in)) {
        if (!pull_raw(&in, &one))
            continue;
        struct sv type = life_json_text(one, "type", NULL, &l->scratch);
        if (is_ours(type) || (gates.ptr && life_is_gate(l, gates, type)))
            continue;
        if (out->data[out->len - 1] != '[')
            str_addc(out, ',');
        str_addv(out, one);
    }
}

static void write_conditions(struct pocket_life *l, struct str *out, const struct world_pod *p,
                             const struct life_pod_text *text)
{
    int64_t when = p->scheduled ? p->scheduled : p->created;
    const char *why = p->phase == POD_SUCCEEDED ? "PodCompleted" : "ContainersNotReady";
    char since[TIMESTAMP_TEXT_MAX], ready[TIMESTAMP_TEXT_MAX];
    timestamp_format(when, since);
    timestamp_format(p->ready_since ? p->ready_since : p->started ? p->started : when, ready);
    const struct condition all[] = {
        {"Initialized", since, "ContainersNotInitialized", p->phase != POD_PENDING},
        {"Ready", ready, why, p->ready},
        {"ContainersReady", ready, why, p->ready},
        {"PodScheduled", since, "Unschedulable", p->node != WORLD_NONE},
    };
    str_adds(out, ",\"conditions\":[");
    for (size_t i = p->node == WORLD_NONE ? 3 : 0; i < ARRAY_LEN(all); i++)
        write_condition(out, &all[i]);
    struct sv before =
        text->before.ptr ? life_json_at(text->before, "conditions", NULL, &l->scratch) : SV_NONE;
    if (before.ptr)
        keep_conditions(l, out, before, text->gates);
    if (text->gates.ptr)
        life_write_gate_conditions(l, out, text->gates, before, p);
    str_addc(out, ']');
}

/* ---- all of it ---- */

void life_keep_address(struct pocket_life *l, uint32_t pod, struct sv address)
{
    if (pod >= l->addresses.len && (!address.len || address.len >= ADDRESS_TEXT_MAX))
        return;
    while (l->addresses.len <= pod)
        must_push(&l->addresses, (struct life_address){""});
    char *to = l->addresses.items[pod].text;
    snprintf(to, ADDRESS_TEXT_MAX, "%.*s", address.len < ADDRESS_TEXT_MAX ? (int)address.len : 0,
             address.ptr ? address.ptr : "");
}

void life_keep_host(struct pocket_life *l, uint32_t node)
{
    const struct world_node *n = &l->w->nodes.items[node];
    while (l->hosts.len <= node)
        must_push(&l->hosts, (struct life_host_address){0});
    l->hosts.items[node].name = n->name;
    address_of_node_named(life_text(l, n->name), node, l->hosts.items[node].text);
}

static const char *host_address(const struct pocket_life *l, uint32_t pod, char *out)
{
    uint32_t node = l->w->pods.items[pod].node;
    if (node == WORLD_NONE)
        return address_of_node_named(SV_NONE, node, out);
    uint32_t name = l->w->nodes.items[node].name;
    if (node < l->hosts.len && name && l->hosts.items[node].name == name)
        return memcpy(out, l->hosts.items[node].text, ADDRESS_TEXT_MAX);
    return address_of_node_named(life_text(l, name), node, out);
}

const char *pocket_life_pod_address(const struct pocket_life *l, uint32_t pod,
                                    char out[static ADDRESS_TEXT_MAX])
{
    if (pod < l->addresses.len && l->addresses.items[pod].text[0])
        return memcpy(out, l->addresses.items[pod].text, ADDRESS_TEXT_MAX);
    return world_class_of(l->w, pod)->host_network ? host_address(l, pod, out)
                                                   : address_of_pod(pod, out);
}

static void write_place(const struct pocket_life *l, struct str *out, uint32_t pod)
{
    const struct world_pod *p = &l->w->pods.items[pod];
    char ip[ADDRESS_TEXT_MAX], host[ADDRESS_TEXT_MAX];
    const char *own = pocket_life_pod_address(l, pod, ip);
    host_address(l, pod, host);
    str_adds(out, ",\"hostIP\":\"");
    str_adds(out, host);
    if (p->phase != POD_PENDING) {
        str_adds(out, "\",\"podIP\":\"");
        str_adds(out, own);
        str_adds(out, "\",\"podIPs\":[{\"ip\":\"");
        str_adds(out, own);
        str_adds(out, "\"}]");
    } else {
        str_addc(out, '"');
    }
}

struct known {
    bool start, qos;
};

/* Fields of the status till now that are not written anew. */
static struct known keep_fields(struct pocket_life *l, struct str *out, struct sv before)
{
    static const char *const ours[] = {"phase",  "conditions",       "containerStatuses",
                                       "hostIP", "hostIPs",          "podIP",
                                       "podIPs", "nominatedNodeName"};
    struct known known = {0};
    struct sv key, raw;
    struct pull in;
    pull_init(&in, before, &l->scratch);
    if (!before.ptr || !pull_map(&in))
        return known;
    while (pull_key(&in, &key)) {
        bool written = !pull_raw(&in, &raw);
        for (size_t i = 0; i < ARRAY_LEN(ours); i++)
            written |= sv_is(key, ours[i]);
        if (written)
            continue;
        known.start |= sv_is(key, "startTime");
        known.qos |= sv_is(key, "qosClass");
        str_addc(out, ',');
        jsonw_quote(out, key);
        str_addc(out, ':');
        str_addv(out, raw);
    }
    return known;
}

void life_write_pod_status(struct pocket_life *l, struct str *out, uint32_t pod,
                           const struct life_pod_text *text)
{
    static const char *const phases[] = {"Pending", "Running", "Succeeded", "Failed", "Unknown"};
    const struct world_pod *p = &l->w->pods.items[pod];
    const struct world_class *c = world_class_of(l->w, pod);
    char start[TIMESTAMP_TEXT_MAX];
    str_adds(out, "{\"phase\":\"");
    str_adds(out, phases[p->phase]);
    str_addc(out, '"');
    write_conditions(l, out, p, text);
    struct known known = keep_fields(l, out, text->before);
    if (p->node != WORLD_NONE) {
        write_place(l, out, pod);
        if (!known.start) {
            str_adds(out, ",\"startTime\":\"");
            str_adds(out, timestamp_format(p->scheduled ? p->scheduled : p->created, start));
            str_addc(out, '"');
        }
        write_containers(l, out, p, text);
    }
    if (p->nominated != WORLD_NONE) {
        str_adds(out, ",\"nominatedNodeName\":");
        jsonw_quote(out, life_text(l, l->w->nodes.items[p->nominated].name));
    }
    if (!known.qos)
        str_adds(out, c->request.cpu || c->request.memory ? ",\"qosClass\":\"Burstable\""
                                                          : ",\"qosClass\":\"BestEffort\"");
    str_addc(out, '}');
}
