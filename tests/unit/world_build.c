#include "world_build.h"

#include "base/must.h"

#include <stdio.h>

static void fail(const char *what, struct sv text)
{
    fprintf(stderr, "world_build: cannot read %s \"%.*s\"\n", what, SV_ARG(text));
    abort();
}

void build_world(struct world *w, unsigned minor)
{
    world_init(w);
    if (minor)
        w->version = (struct version){1, (uint16_t)minor, 0, true};
}

static uint32_t put(struct world *w, struct sv text)
{
    return strings_put(&w->strings, text);
}

uint32_t build_text(struct world *w, const char *text)
{
    return strings_puts(&w->strings, text);
}

static void *keep(struct world *w, const void *items, size_t len, size_t size)
{
    void *kept = mem_must(arena_alloc_n(&w->arena, len + 1, size));
    if (len)
        memcpy(kept, items, len * size);
    return kept;
}

/* The next piece up to a comma that is not in brackets. */
static struct sv next_piece(struct sv *rest)
{
    size_t i = 0, depth = 0;
    for (; i < rest->len && (depth || rest->ptr[i] != ','); i++)
        depth += (rest->ptr[i] == '(') - (size_t)(rest->ptr[i] == ')');
    struct sv piece = sv_trim(sv_n(rest->ptr, i));
    *rest = i < rest->len ? sv_n(rest->ptr + i + 1, rest->len - i - 1) : SV_NONE;
    return piece;
}

#define each_piece(text, piece)                                                                    \
    for (struct sv piece##_rest = (text), piece;                                                   \
         piece##_rest.ptr && piece##_rest.len && (piece = next_piece(&piece##_rest), true);)

/* ---- labels and selectors ---- */

static int by_key(const void *a, const void *b)
{
    const struct label *x = a, *y = b;
    return x->key < y->key ? -1 : x->key > y->key;
}

struct label_list {
    VEC(struct label) items;
};

static struct labels keep_labels(struct world *w, struct label_list *list)
{
    if (list->items.len)
        qsort(list->items.items, list->items.len, sizeof *list->items.items, by_key);
    struct labels l = {keep(w, list->items.items, list->items.len, sizeof(struct label)),
                       (uint32_t)list->items.len};
    vec_release(&list->items);
    return l;
}

static void add_labels(struct world *w, struct label_list *list, const char *text)
{
    each_piece(sv_of(text), piece)
    {
        struct sv value = piece, key = sv_split(&value, '=');
        must_push(&list->items, (struct label){put(w, key), put(w, value)});
    }
}

struct labels build_labels(struct world *w, const char *text)
{
    struct label_list list = {0};
    add_labels(w, &list, text);
    return keep_labels(w, &list);
}

static const uint32_t *values(struct world *w, struct sv list, uint32_t *count)
{
    VEC(uint32_t) out = {0};
    while (list.ptr) {
        struct sv one = sv_trim(sv_split(&list, ' '));
        if (one.len)
            must_push(&out, put(w, one));
    }
    *count = (uint32_t)out.len;
    const uint32_t *kept = keep(w, out.items, out.len, sizeof *kept);
    vec_release(&out);
    return kept;
}

static bool split_at(struct sv text, const char *op, struct sv *left, struct sv *right)
{
    const char *at = sv_find(text, op);
    if (!at)
        return false;
    *left = sv_trim(sv_n(text.ptr, (size_t)(at - text.ptr)));
    size_t skip = (size_t)(at - text.ptr) + strlen(op);
    *right = sv_trim(sv_n(text.ptr + skip, text.len - skip));
    return true;
}

static struct sv unbracket(struct sv v)
{
    if (v.len < 2 || v.ptr[0] != '(' || v.ptr[v.len - 1] != ')')
        fail("values", v);
    return sv_n(v.ptr + 1, v.len - 2);
}

static struct requirement requirement_of(struct world *w, struct sv piece)
{
    struct requirement r = {.op = LABEL_EXISTS};
    struct sv key = piece, rest = {0};
    if (split_at(piece, " notin ", &key, &rest) || split_at(piece, " in ", &key, &rest)) {
        r.op = sv_has(piece, " notin ") ? LABEL_NOT_IN : LABEL_IN;
        r.values = values(w, unbracket(rest), &r.value_count);
    } else if (split_at(piece, "!=", &key, &rest) || split_at(piece, "=", &key, &rest)) {
        r.op = sv_has(piece, "!=") ? LABEL_NOT_IN : LABEL_IN;
        uint32_t one = put(w, rest);
        r.values = keep(w, &one, 1, sizeof one);
        r.value_count = 1;
    } else if (split_at(piece, ">", &key, &rest) || split_at(piece, "<", &key, &rest)) {
        r.op = sv_has(piece, ">") ? LABEL_GT : LABEL_LT;
        r.number = strtoll(rest.ptr, NULL, 10);
    } else if (sv_starts(piece, "!")) {
        r.op = LABEL_NOT_EXISTS;
        key = sv_n(piece.ptr + 1, piece.len - 1);
    }
    r.key = put(w, key);
    return r;
}

struct requirement_list {
    VEC(struct requirement) items;
};

static struct selector selector_of(struct world *w, struct sv text, struct requirement_list *fields)
{
    struct requirement_list list = {0};
    each_piece(text, piece)
    {
        bool field = fields && sv_starts(piece, "@");
        if (!field) {
            must_push(&list.items, requirement_of(w, piece));
            continue;
        }
        uint32_t name = put(w, sv_n(piece.ptr + 1, piece.len - 1));
        must_push(&fields->items, (struct requirement){.key = build_text(w, "metadata.name"),
                                                       .op = LABEL_IN,
                                                       .values = keep(w, &name, 1, sizeof name),
                                                       .value_count = 1});
    }
    struct selector s = {keep(w, list.items.items, list.items.len, sizeof *s.items),
                         (uint32_t)list.items.len, false};
    vec_release(&list.items);
    return s;
}

struct selector build_selector(struct world *w, const char *text)
{
    return text ? selector_of(w, sv_of(text), NULL) : (struct selector){.nothing = true};
}

static const struct node_term *node_terms(struct world *w, const char *text, uint32_t *count)
{
    VEC(struct node_term) terms = {0};
    struct sv rest = sv_of(text);
    while (rest.ptr) {
        struct requirement_list fields = {0};
        struct sv one = sv_split(&rest, '|');
        struct node_term t = {.labels = selector_of(w, sv_trim(one), &fields)};
        t.fields = keep(w, fields.items.items, fields.items.len, sizeof *t.fields);
        t.field_count = (uint32_t)fields.items.len;
        vec_release(&fields.items);
        must_push(&terms, t);
    }
    *count = (uint32_t)terms.len;
    const struct node_term *kept = keep(w, terms.items, terms.len, sizeof *kept);
    vec_release(&terms);
    return kept;
}

/* ---- taints ---- */

static enum taint_effect effect_of(struct sv text)
{
    if (!text.ptr || !text.len)
        return TAINT_ANY;
    if (sv_is(text, "NoSchedule"))
        return TAINT_NO_SCHEDULE;
    if (sv_is(text, "PreferNoSchedule"))
        return TAINT_PREFER_NO_SCHEDULE;
    if (!sv_is(text, "NoExecute"))
        fail("effect", text);
    return TAINT_NO_EXECUTE;
}

static const struct taint *taints(struct world *w, const char *text, uint32_t *count)
{
    VEC(struct taint) list = {0};
    each_piece(sv_of(text), piece)
    {
        struct sv effect = piece, value = sv_split(&effect, ':'), key = sv_split(&value, '=');
        must_push(&list, (struct taint){put(w, key), put(w, value), effect_of(effect)});
    }
    *count = (uint32_t)list.len;
    const struct taint *kept = keep(w, list.items, list.len, sizeof *kept);
    vec_release(&list);
    return kept;
}

static const struct toleration *tolerations(struct world *w, const char *text, uint32_t *count)
{
    VEC(struct toleration) list = {0};
    each_piece(sv_of(text), piece)
    {
        struct sv effect = piece, value = sv_split(&effect, ':'), key = sv_split(&value, '=');
        struct toleration t = {.exists = !value.ptr, .effect = effect_of(effect), .seconds = -1};
        t.key = sv_is(key, "*") ? STRINGS_NONE : put(w, key);
        t.value = put(w, value);
        must_push(&list, t);
    }
    *count = (uint32_t)list.len;
    const struct toleration *kept = keep(w, list.items, list.len, sizeof *kept);
    vec_release(&list);
    return kept;
}

/* ---- nodes ---- */

static struct resources resources_of(struct world *w, int64_t cpu, int64_t memory,
                                     int64_t ephemeral, int64_t gpu)
{
    struct scalar s = {build_text(w, "nvidia.com/gpu"), gpu};
    return (struct resources){cpu, memory, ephemeral, keep(w, &s, 1, sizeof s), gpu > 0};
}

static struct labels node_labels(struct world *w, const struct build_node *n)
{
    struct label_list list = {0};
    add_labels(w, &list, n->labels);
    if (!n->no_host_label)
        must_push(&list.items,
                  (struct label){build_text(w, "kubernetes.io/hostname"), build_text(w, n->name)});
    if (n->zone)
        must_push(&list.items, (struct label){build_text(w, "topology.kubernetes.io/zone"),
                                              build_text(w, n->zone)});
    return keep_labels(w, &list);
}

uint32_t build_node(struct world *w, const struct build_node *n)
{
    struct csi_limit limit = {n->driver ? build_text(w, n->driver) : 0, n->volumes};
    struct world_node node = {
        .name = build_text(w, n->name),
        .labels = node_labels(w, n),
        .unschedulable = n->unschedulable,
        .ready = true,
        .max_pods = n->pods ? n->pods : 110,
        .zone = n->zone ? build_text(w, n->zone) : STRINGS_NONE,
        .instance_type = n->type ? build_text(w, n->type) : STRINGS_NONE,
        .csi = keep(w, &limit, 1, sizeof limit),
        .csi_count = n->driver != NULL,
    };
    node.allocatable = resources_of(w, n->cpu ? n->cpu : 4000, n->memory ? n->memory : 16 * GIB,
                                    n->ephemeral ? n->ephemeral : 100 * GIB, n->gpu);
    node.capacity = node.allocatable;
    node.taints = taints(w, n->taints, &node.taint_count);
    return world_node_add(w, &node);
}

/* ---- classes ---- */

static const uint32_t *names(struct world *w, const char *text, uint32_t *count)
{
    VEC(uint32_t) list = {0};
    each_piece(sv_of(text), piece) must_push(&list, put(w, piece));
    *count = (uint32_t)list.len;
    const uint32_t *kept = keep(w, list.items, list.len, sizeof *kept);
    vec_release(&list);
    return kept;
}

static const struct affinity_term *terms(struct world *w, const struct build_term *t,
                                         const char *ns, uint32_t *count)
{
    struct affinity_term list[4] = {0};
    uint32_t n = 0;
    for (; n < 4 && t[n].pods; n++) {
        const char *spaces = t[n].namespaces;
        list[n].pods = build_selector(w, t[n].pods);
        list[n].namespaces =
            names(w, spaces || t[n].namespace_selector ? spaces : ns, &list[n].namespace_count);
        list[n].namespace_selector = build_selector(w, t[n].namespace_selector);
        list[n].topology_key = build_text(w, t[n].key ? t[n].key : "kubernetes.io/hostname");
        list[n].weight = t[n].weight;
    }
    *count = n;
    return keep(w, list, n, sizeof *list);
}

static const struct spread *spreads(struct world *w, const struct build_spread *s, uint32_t *count)
{
    struct spread list[4] = {0};
    uint32_t n = 0;
    for (; n < 4 && s[n].pods; n++)
        list[n] = (struct spread){
            .pods = build_selector(w, s[n].pods),
            .topology_key = build_text(w, s[n].key ? s[n].key : "topology.kubernetes.io/zone"),
            .max_skew = s[n].skew ? s[n].skew : 1,
            .min_domains = s[n].min_domains,
            .hard = !s[n].soft,
            .ignore_affinity = s[n].ignore_affinity,
            .honor_taints = s[n].honor_taints,
        };
    *count = n;
    return keep(w, list, n, sizeof *list);
}

static const struct weighted_term *preferences(struct world *w, const struct build_preference *p,
                                               uint32_t *count)
{
    struct weighted_term list[4] = {0};
    uint32_t n = 0, one;
    for (; n < 4 && p[n].terms; n++)
        list[n] = (struct weighted_term){*node_terms(w, p[n].terms, &one), p[n].weight};
    *count = n;
    return keep(w, list, n, sizeof *list);
}

static struct host_port port_of(struct world *w, struct sv text)
{
    struct sv protocol = text, left = sv_split(&protocol, '/'), port = left;
    struct sv ip = sv_split(&port, ':');
    struct host_port p = {.protocol = sv_is(protocol, "UDP") ? 'U' : 'T'};
    if (port.ptr)
        p.ip = put(w, ip);
    p.port = (uint16_t)strtoul((port.ptr ? port : ip).ptr, NULL, 10);
    return p;
}

static const struct host_port *ports(struct world *w, const char *text, uint32_t *count)
{
    VEC(struct host_port) list = {0};
    each_piece(sv_of(text), piece) must_push(&list, port_of(w, piece));
    *count = (uint32_t)list.len;
    const struct host_port *kept = keep(w, list.items, list.len, sizeof *kept);
    vec_release(&list);
    return kept;
}

struct world_class build_class_value(struct world *w, const struct build_class *c)
{
    const char *ns = c->ns ? c->ns : "shop";
    uint32_t images;
    struct world_class class = {
        .ns = build_text(w, ns),
        .labels = build_labels(w, c->labels),
        .request = resources_of(w, c->cpu, c->memory, c->ephemeral, c->gpu),
        .score_cpu = c->score_cpu ? c->score_cpu
                     : c->cpu     ? c->cpu
                                  : 100,
        .score_memory = c->score_memory ? c->score_memory
                        : c->memory     ? c->memory
                                        : 200 * MIB,
        .node_selector = build_labels(w, c->node_selector),
        .has_node_terms = c->node_terms != NULL,
        .scheduler = build_text(w, "default-scheduler"),
        .priority = c->priority,
        .preempt_never = c->preempt_never,
        .container_count = 1,
        .restart_policy = 'A',
    };
    class.request_old = class.request;
    class.node_terms = node_terms(w, c->node_terms, &class.node_term_count);
    class.node_preferences = preferences(w, c->preferences, &class.node_preference_count);
    class.tolerations = tolerations(w, c->tolerations, &class.toleration_count);
    class.affinity = terms(w, c->affinity, ns, &class.affinity_count);
    class.anti_affinity = terms(w, c->anti_affinity, ns, &class.anti_affinity_count);
    class.attraction = terms(w, c->attraction, ns, &class.attraction_count);
    class.repulsion = terms(w, c->repulsion, ns, &class.repulsion_count);
    class.spreads = spreads(w, c->spreads, &class.spread_count);
    class.ports = ports(w, c->ports, &class.port_count);
    class.images = names(w, c->images, &images);
    class.image_count = (uint16_t)images;
    return class;
}

uint32_t build_class(struct world *w, const struct build_class *c)
{
    struct world_class class = build_class_value(w, c);
    return world_class_put(w, &class);
}

uint32_t build_pod(struct world *w, uint32_t class, uint32_t node)
{
    struct world_pod p = {.class = class,
                          .owner = WORLD_NONE,
                          .node = node,
                          .nominated = WORLD_NONE,
                          .phase = node == WORLD_NONE ? POD_PENDING : POD_RUNNING,
                          .ordinal = -1};
    return world_pod_add(w, &p);
}

/* ---- volumes ---- */

static struct labels zone_label(struct world *w, const char *zone)
{
    struct label one = {build_text(w, "topology.kubernetes.io/zone"), build_text(w, zone)};
    return (struct labels){keep(w, &one, 1, sizeof one), 1};
}

uint32_t build_volume(struct world *w, const struct build_volume *v)
{
    uint32_t claim = (uint32_t)w->pvcs.len;
    struct world_pv pv = {.name = build_text(w, v->name),
                          .used = true,
                          .claim = claim,
                          .driver = build_text(w, v->driver ? v->driver : "ebs.csi.aws.com"),
                          .handle = build_text(w, v->name),
                          .access = v->access ? v->access : ACCESS_RWO,
                          .attachable = true,
                          .bytes = GIB};
    if (v->node_terms)
        pv.node_terms = node_terms(w, v->node_terms, &pv.node_term_count);
    if (v->zone)
        pv.zone_labels = zone_label(w, v->zone);
    must_push(&w->pvs, pv);
    must_push(&w->pvcs, (struct world_pvc){.ns = build_text(w, v->ns ? v->ns : "shop"),
                                           .name = build_text(w, v->name),
                                           .used = true,
                                           .phase = CLAIM_BOUND,
                                           .pv = (uint32_t)w->pvs.len - 1,
                                           .storage_class = WORLD_NONE,
                                           .access = pv.access,
                                           .bytes = GIB});
    return claim;
}

void build_claim(struct world *w, uint32_t pod, uint32_t claim)
{
    struct world_pod *p = &w->pods.items[pod];
    uint32_t first = (uint32_t)w->pod_claims.len;
    for (uint32_t i = 0; i < p->claim_count; i++)
        must_push(&w->pod_claims, w->pod_claims.items[p->claims + i]);
    must_push(&w->pod_claims, claim);
    p->claims = first;
    p->claim_count++;
}

/* ---- the rest ---- */

uint32_t build_service(struct world *w, const char *ns, const char *name, const char *selector)
{
    must_push(&w->services, (struct world_service){.ns = build_text(w, ns),
                                                   .name = build_text(w, name),
                                                   .used = true,
                                                   .selector = build_selector(w, selector),
                                                   .type = 'C'});
    return (uint32_t)w->services.len - 1;
}

uint32_t build_workload(struct world *w, enum workload_kind kind, const char *ns, const char *name,
                        const char *selector)
{
    must_push(&w->workloads, (struct world_workload){.kind = kind,
                                                     .ns = build_text(w, ns),
                                                     .name = build_text(w, name),
                                                     .owner = WORLD_NONE,
                                                     .used = true,
                                                     .selector = build_selector(w, selector),
                                                     .template = WORLD_NONE,
                                                     .pods = WORLD_NONE});
    return (uint32_t)w->workloads.len - 1;
}

uint32_t build_namespace(struct world *w, const char *name, const char *labels)
{
    must_push(&w->namespaces, (struct world_namespace){.name = build_text(w, name),
                                                       .used = true,
                                                       .labels = build_labels(w, labels)});
    return (uint32_t)w->namespaces.len - 1;
}

uint32_t build_pdb(struct world *w, const char *ns, const char *selector, int32_t allowed)
{
    must_push(&w->pdbs, (struct world_pdb){.ns = build_text(w, ns),
                                           .name = build_text(w, "budget"),
                                           .used = true,
                                           .selector = build_selector(w, selector),
                                           .allowed = allowed});
    return (uint32_t)w->pdbs.len - 1;
}
