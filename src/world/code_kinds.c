#include "world/code_kinds.h"

#include "base/must.h"

#include <stdio.h>

#define TEXT(id) strings_get(&w->strings, (id))

#define KEY_OF(name_, type, ns_)                                                                   \
    static void name_(const struct world *w, const void *item, struct code_key *key)               \
    {                                                                                              \
        const struct type *x = item;                                                               \
        *key = (struct code_key){.ns = (ns_), .name = TEXT(x->name)};                              \
    }

KEY_OF(key_pdb, world_pdb, TEXT(x->ns))
KEY_OF(key_storage_class, world_class_of_storage, SV_NONE)
KEY_OF(key_pv, world_pv, SV_NONE)
KEY_OF(key_pvc, world_pvc, TEXT(x->ns))
KEY_OF(key_attachment, world_attachment, SV_NONE)
KEY_OF(key_priority_class, world_priority_class, SV_NONE)
KEY_OF(key_namespace, world_namespace, SV_NONE)
KEY_OF(key_service, world_service, TEXT(x->ns))
KEY_OF(key_hpa, world_hpa, TEXT(x->ns))
KEY_OF(key_node, world_node, SV_NONE)

static void key_class(const struct world *w, const void *item, struct code_key *key)
{
    const struct world_class *x = item;
    *key = (struct code_key){.ns = TEXT(x->ns)};
}

static void key_pod(const struct world *w, const void *item, struct code_key *key)
{
    const struct world_pod *x = item;
    *key = (struct code_key){
        .ns = TEXT(w->classes.items[x->class].ns), .name = TEXT(x->name), .uid = TEXT(x->uid)};
}

static void key_workload(const struct world *w, const void *item, struct code_key *key)
{
    const struct world_workload *x = item;
    *key = (struct code_key){.major = x->kind,
                             .ns = TEXT(x->ns),
                             .name = TEXT(x->name),
                             .more = TEXT(x->kind_name),
                             .uid = TEXT(x->uid)};
}

static void key_note(const struct world *w, const void *item, struct code_key *key)
{
    const struct world_note *x = item;
    *key = (struct code_key){.name = TEXT(x->subject), .more = TEXT(x->text)};
}

static void enter_class(struct codec *c, const void *item)
{
    size_t before = c->w->classes.len;
    if (world_class_put(c->w, item) != before)
        codec_fail(c, "is there twice");
}

static void enter_pod(struct codec *c, const void *item)
{
    world_pod_add(c->w, item);
}

static void enter_node(struct codec *c, const void *item)
{
    world_node_add(c->w, item);
}

#define ENTER(name_, type, list_)                                                                  \
    static void name_(struct codec *c, const void *item)                                           \
    {                                                                                              \
        struct type x = *(const struct type *)item;                                                \
        x.used = true;                                                                             \
        mem_must(vec_push(&c->w->list_, x));                                                       \
    }

ENTER(enter_pdb, world_pdb, pdbs)
ENTER(enter_storage_class, world_class_of_storage, storage_classes)
ENTER(enter_pv, world_pv, pvs)
ENTER(enter_pvc, world_pvc, pvcs)
ENTER(enter_attachment, world_attachment, attachments)
ENTER(enter_priority_class, world_priority_class, priority_classes)
ENTER(enter_namespace, world_namespace, namespaces)
ENTER(enter_service, world_service, services)
ENTER(enter_hpa, world_hpa, hpas)

static void enter_workload(struct codec *c, const void *item)
{
    struct world_workload x = *(const struct world_workload *)item;
    x.used = true;
    x.pods = WORLD_NONE;
    x.pod_count = 0;
    mem_must(vec_push(&c->w->workloads, x));
}

static void enter_note(struct codec *c, const void *item)
{
    mem_must(vec_push(&c->w->notes, *(const struct world_note *)item));
}

#define KIND(tag_, noun_, type, list_, ref_, what)                                                 \
    {                                                                                              \
        .tag = tag_, .noun = noun_, .list = offsetof(struct world, list_),                         \
        .size = sizeof(struct type), .used = offsetof(struct type, used), .ref = ref_,             \
        .code = code_##what, .key = key_##what, .enter = enter_##what                              \
    }

const struct code_kind code_kinds[CODE_KINDS] = {
    {.tag = "CLAS",
     .noun = "pod class",
     .list = offsetof(struct world, classes),
     .size = sizeof(struct world_class),
     .used = CODE_NO_SLOTS,
     .ref = REF_CLASS,
     .code = code_class,
     .key = key_class,
     .enter = enter_class},
    KIND("NMSP", "Namespace", world_namespace, namespaces, REF_COUNT, namespace),
    KIND("PRIO", "PriorityClass", world_priority_class, priority_classes, REF_COUNT,
         priority_class),
    KIND("NODE", "Node", world_node, nodes, REF_NODE, node),
    KIND("WORK", "workload", world_workload, workloads, REF_WORKLOAD, workload),
    KIND("STOR", "StorageClass", world_class_of_storage, storage_classes, REF_STORAGE_CLASS,
         storage_class),
    KIND("PVOL", "PersistentVolume", world_pv, pvs, REF_PV, pv),
    KIND("PVCL", "PersistentVolumeClaim", world_pvc, pvcs, REF_PVC, pvc),
    KIND("PODS", "Pod", world_pod, pods, REF_COUNT, pod),
    KIND("ATTA", "VolumeAttachment", world_attachment, attachments, REF_COUNT, attachment),
    KIND("PDBS", "PodDisruptionBudget", world_pdb, pdbs, REF_COUNT, pdb),
    KIND("SVCS", "Service", world_service, services, REF_COUNT, service),
    KIND("HPAS", "HorizontalPodAutoscaler", world_hpa, hpas, REF_COUNT, hpa),
    {.tag = "NOTE",
     .noun = "note",
     .list = offsetof(struct world, notes),
     .size = sizeof(struct world_note),
     .used = CODE_NO_SLOTS,
     .ref = REF_COUNT,
     .note = true,
     .code = code_note,
     .key = key_note,
     .enter = enter_note},
};

struct any_list {
    const char *items;
    size_t len, cap;
};

static const struct any_list *list_of(const struct world *w, const struct code_kind *kind)
{
    return (const struct any_list *)((const char *)w + kind->list);
}

const void *code_item(const struct world *w, const struct code_kind *kind, uint32_t index)
{
    return list_of(w, kind)->items + index * kind->size;
}

static bool is_used(const struct code_kind *kind, const void *item)
{
    return kind->used == CODE_NO_SLOTS || *((const bool *)((const char *)item + kind->used));
}

int code_key_compare(const struct code_key *a, const struct code_key *b)
{
    if (a->major != b->major)
        return a->major < b->major ? -1 : 1;
    int order = sv_cmp(a->ns, b->ns);
    if (!order)
        order = sv_cmp(a->name, b->name);
    if (!order)
        order = sv_cmp(a->more, b->more);
    return order ? order : sv_cmp(a->uid, b->uid);
}

struct sortable {
    struct code_key key;
    uint32_t index;
};

static int compare(const void *a, const void *b)
{
    const struct sortable *x = a, *y = b;
    int order = code_key_compare(&x->key, &y->key);
    return order ? order : (x->index > y->index) - (x->index < y->index);
}

static void sort_kind(struct code_order *o, const struct world *w, size_t k)
{
    const struct code_kind *kind = &code_kinds[k];
    size_t total = list_of(w, kind)->len;
    _cleanup_free_ struct sortable *all = mem_must(calloc(total + 1, sizeof *all));
    uint32_t len = 0;
    for (uint32_t i = 0; i < total; i++) {
        const void *item = code_item(w, kind, i);
        if (!is_used(kind, item))
            continue;
        all[len].index = i;
        kind->key(w, item, &all[len++].key);
    }
    qsort(all, len, sizeof *all, compare);
    for (uint32_t i = 0; i < len; i++)
        o->of[k].items[i] = all[i].index;
    o->of[k].len = len;
}

static void meet_class(struct code_order *o, bool *met, uint32_t class)
{
    if (class == WORLD_NONE || met[class])
        return;
    met[class] = true;
    o->of[0].items[o->of[0].len++] = class;
}

/* Classes have no name: they come in the order in which workloads and pods, which have, use them.
 * One that nothing uses any more is left out. */
static void order_classes(struct code_order *o, const struct world *w, size_t workloads,
                          size_t pods)
{
    _cleanup_free_ bool *met = mem_must(calloc(w->classes.len + 1, sizeof *met));
    for (uint32_t i = 0; i < o->of[workloads].len; i++)
        meet_class(o, met, w->workloads.items[o->of[workloads].items[i]].template);
    for (uint32_t i = 0; i < o->of[pods].len; i++)
        meet_class(o, met, w->pods.items[o->of[pods].items[i]].class);
}

static void rank_kind(struct code_order *o, size_t k, size_t total)
{
    for (size_t i = 0; i < total; i++)
        o->of[k].rank[i] = WORLD_NONE;
    for (uint32_t i = 0; i < o->of[k].len; i++)
        o->of[k].rank[o->of[k].items[i]] = i;
}

void code_order_make(struct code_order *o, const struct world *w)
{
    size_t workloads = 0, pods = 0;
    *o = (struct code_order){0};
    for (size_t k = 0; k < CODE_KINDS; k++) {
        size_t total = list_of(w, &code_kinds[k])->len;
        o->of[k].items = mem_must(calloc(total + 1, sizeof *o->of[k].items));
        o->of[k].rank = mem_must(calloc(total + 1, sizeof *o->of[k].rank));
        if (code_kinds[k].ref != REF_CLASS)
            sort_kind(o, w, k);
        if (code_kinds[k].code == code_workload)
            workloads = k;
        if (code_kinds[k].code == code_pod)
            pods = k;
    }
    order_classes(o, w, workloads, pods);
    for (size_t k = 0; k < CODE_KINDS; k++)
        rank_kind(o, k, list_of(w, &code_kinds[k])->len);
}

void code_order_release(struct code_order *o)
{
    for (size_t k = 0; k < CODE_KINDS; k++) {
        free(o->of[k].items);
        free(o->of[k].rank);
    }
    *o = (struct code_order){0};
}

void code_order_use(const struct code_order *o, struct codec *c)
{
    for (size_t k = 0; k < CODE_KINDS; k++)
        if (code_kinds[k].ref != REF_COUNT)
            c->rank[code_kinds[k].ref] = o->of[k].rank;
}

void code_key_print(const struct code_kind *kind, const struct code_key *key, char *out, size_t cap)
{
    snprintf(out, cap, "%s%s%.*s%s%.*s", kind->noun, key->ns.len || key->name.len ? " " : "",
             SV_ARG(key->ns), key->ns.len ? "/" : "", SV_ARG(key->name));
}
