#include "world/apply_internal.h"
#include "world/code_kinds.h"
#include "world/world_index.h"

#include <stdio.h>

/* What must be resolved anew; in the order in which load_finish does it. */
enum pass {
    PASS_OWNERS = 1 << 0,
    PASS_CLAIMS = 1 << 1,
    PASS_VOLUMES = 1 << 2,
    PASS_ATTACHMENTS = 1 << 3,
    PASS_CSI = 1 << 4,
    PASS_SERVICES = 1 << 5,
    PASS_PODS = 1 << 6,
    PASS_TEMPLATES = 1 << 7,
    PASS_HPAS = 1 << 8,
};

struct follow {
    const char *kind;
    enum load_index index;
    const char *tag; /* of its code_kind; NULL: the world does not hold it, but others know of it */
    unsigned appears; /* passes when one is there that was not, or the other way round */
    unsigned changes; /* passes when one is not as it was */
    enum change_kind change;
};

#define WORKLOAD_APPEARS (PASS_OWNERS | PASS_PODS | PASS_TEMPLATES | PASS_HPAS)
#define WORKLOAD(name, kind)                                                                       \
    {                                                                                              \
        name, (enum load_index)(BY_NAME_WORKLOAD + (kind)), "WORK", WORKLOAD_APPEARS, 0,           \
            CHANGE_WORKLOAD                                                                        \
    }

static const struct follow follows[] = {
    {"Node", BY_NAME_NODE, "NODE", PASS_PODS | PASS_ATTACHMENTS | PASS_CSI, 0, CHANGE_NODE_OTHER},
    WORKLOAD("Deployment", WORKLOAD_DEPLOYMENT),
    WORKLOAD("ReplicaSet", WORKLOAD_REPLICASET),
    WORKLOAD("StatefulSet", WORKLOAD_STATEFULSET),
    WORKLOAD("DaemonSet", WORKLOAD_DAEMONSET),
    WORKLOAD("Job", WORKLOAD_JOB),
    WORKLOAD("CronJob", WORKLOAD_CRONJOB),
    WORKLOAD("ReplicationController", WORKLOAD_REPLICATIONCONTROLLER),
    {"PodDisruptionBudget", BY_NAME_PDB, "PDBS", 0, 0, CHANGE_PDB},
    {"Namespace", BY_NAME_NAMESPACE, "NMSP", 0, 0, CHANGE_OTHER},
    {"PriorityClass", BY_NAME_PRIORITY_CLASS, "PRIO", PASS_TEMPLATES, PASS_TEMPLATES, CHANGE_OTHER},
    {"StorageClass", BY_NAME_STORAGE_CLASS, "STOR", PASS_CLAIMS, 0, CHANGE_OTHER},
    {"PersistentVolume", BY_NAME_PV, "PVOL", PASS_CLAIMS | PASS_VOLUMES | PASS_ATTACHMENTS,
     PASS_VOLUMES, CHANGE_VOLUME},
    {"PersistentVolumeClaim", BY_NAME_PVC, "PVCL", PASS_CLAIMS | PASS_VOLUMES | PASS_PODS,
     PASS_CLAIMS, CHANGE_CLAIM},
    {"VolumeAttachment", BY_NAME_ATTACHMENT, "ATTA", PASS_ATTACHMENTS, PASS_ATTACHMENTS,
     CHANGE_ATTACHMENT},
    {"Service", BY_NAME_SERVICE, "SVCS", PASS_SERVICES, PASS_SERVICES, CHANGE_OTHER},
    {"HorizontalPodAutoscaler", BY_NAME_HPA, "HPAS", PASS_HPAS, PASS_HPAS, CHANGE_OTHER},
    {"CSINode", BY_NAME_CSINODE, NULL, PASS_CSI, PASS_CSI, CHANGE_OTHER},
    {"EndpointSlice", BY_NAME_SLICE, NULL, PASS_SERVICES, PASS_SERVICES, CHANGE_OTHER},
    {"Ingress", BY_NAME_COUNT, NULL, PASS_SERVICES, PASS_SERVICES, CHANGE_OTHER},
    {"TargetGroupBinding", BY_NAME_COUNT, NULL, PASS_SERVICES, PASS_SERVICES, CHANGE_OTHER},
    {"CSIDriver", BY_NAME_COUNT, NULL, PASS_VOLUMES, PASS_VOLUMES, CHANGE_OTHER},
};

static const struct follow *find_follow(struct sv kind)
{
    for (size_t i = 0; i < ARRAY_LEN(follows); i++)
        if (sv_is(kind, follows[i].kind))
            return &follows[i];
    return NULL;
}

static const struct code_kind *find_code(const char *tag)
{
    for (size_t i = 0; tag && i < CODE_KINDS; i++)
        if (strcmp(code_kinds[i].tag, tag) == 0)
            return &code_kinds[i];
    return NULL;
}

static void run_passes(struct load *l, unsigned passes)
{
    static void (*const run[])(struct load *) = {
        load_resolve_owners,      load_resolve_claims,    load_resolve_volumes,
        load_resolve_attachments, load_resolve_csi,       load_resolve_services,
        load_resolve_pods,        load_resolve_templates, load_resolve_hpas,
    };
    for (unsigned i = 0; i < ARRAY_LEN(run); i++)
        if (passes & 1u << i)
            run[i](l);
}

/* ---- reading ---- */

int event_read(struct event *e, bool *taken, struct err *err)
{
    size_t before = e->l->taken;
    int result = load_object(e->l, e->api_version, e->kind, e->json, err);
    *taken = e->l->taken > before;
    return result;
}

static int bad_json(const struct event *e, struct pull *p, struct err *err)
{
    char name[128];
    if (pull_ok(p))
        pull_fail(p, "expected an object here");
    snprintf(name, sizeof name, "%.*s", SV_ARG(e->kind));
    return pull_error(p, name, err);
}

/* The whole text, of what is entered while it is read, or of which little is read. */
static int check_json(const struct event *e, struct err *err)
{
    struct pull p;
    pull_init(&p, e->json, &e->l->scratch);
    pull_skip(&p);
    if (pull_done(&p))
        return 0;
    if (pull_ok(&p))
        return err_set(err, ERR_INPUT, "%.*s: text behind the end of the object", SV_ARG(e->kind));
    return bad_json(e, &p, err);
}

static void read_metadata(struct event *e, struct pull *p)
{
    struct sv key;
    each_key(p, key)
    {
        if (KEY(key, "name"))
            load_text_id(e->l, p, &e->name);
        else if (KEY(key, "namespace"))
            load_text_id(e->l, p, &e->ns);
        else
            pull_skip(p);
    }
}

/* Not farther than to the end of the metadata, which servers write first. */
static int read_names(struct event *e, struct err *err)
{
    struct pull p;
    struct sv key;
    bool found = false;
    pull_init(&p, e->json, &e->l->scratch);
    if (!pull_map(&p))
        return bad_json(e, &p, err);
    while (!found && pull_key(&p, &key)) {
        found = KEY(key, "metadata");
        if (found)
            read_metadata(e, &p);
        else
            pull_skip(&p);
    }
    return pull_ok(&p) ? 0 : bad_json(e, &p, err);
}

/* ---- things the world holds ---- */

struct held {
    const struct follow *f;
    const struct code_kind *code;
    uint32_t at; /* WORLD_NONE: was not there */
    char *was;   /* copy of the item as it was */
    struct arena_mark mark;
    size_t templates;
};

static enum change_kind node_change(const struct world_node *was, const struct world_node *is)
{
    if (was->ready != is->ready)
        return is->ready ? CHANGE_NODE_READY : CHANGE_NODE_UNREADY;
    if (was->unschedulable != is->unschedulable)
        return is->unschedulable ? CHANGE_NODE_CORDONED : CHANGE_NODE_UNCORDONED;
    return CHANGE_NODE_OTHER;
}

static enum change_kind change_of(const struct held *h, const void *is)
{
    return h->f->index == BY_NAME_NODE ? node_change((const void *)h->was, is) : h->f->change;
}

static bool is_workload(const struct held *h)
{
    return h->code->code == code_workload;
}

/* Readers replace the whole item; what it has from elsewhere is put back. */
static void keep_links(struct event *e, const struct held *h)
{
    if (h->f->index == BY_NAME_NODE) {
        const struct world_node *was = (const void *)h->was;
        struct world_node *n = &e->w->nodes.items[h->at];
        n->pods = was->pods;
        n->pod_count = was->pod_count;
        n->csi = was->csi;
        n->csi_count = was->csi_count;
    } else if (is_workload(h)) {
        const struct world_workload *was = (const void *)h->was;
        struct world_workload *l = &e->w->workloads.items[h->at];
        l->pods = was->pods;
        l->pod_count = was->pod_count;
        if (was->uid && was->uid != l->uid)
            index_remove(&e->l->workload_by_uid, was->uid);
    }
}

/* The templates it had before the newest: first `before` of the list. */
static void drop_templates(struct load *l, uint32_t workload, size_t before)
{
    size_t kept = 0;
    for (size_t i = 0; i < l->templates.len; i++)
        if (i >= before || l->templates.items[i].workload != workload)
            l->templates.items[kept++] = l->templates.items[i];
    l->templates.len = kept;
}

static const struct pending_template *template_of(const struct load *l, uint32_t workload,
                                                  size_t from, size_t to)
{
    for (size_t i = to; i-- > from;)
        if (l->templates.items[i].workload == workload)
            return &l->templates.items[i];
    return NULL;
}

static bool same_template(const struct event *e, const struct held *h)
{
    const struct load *l = e->l;
    const struct pending_template *was = template_of(l, h->at, 0, h->templates);
    const struct pending_template *is = template_of(l, h->at, h->templates, l->templates.len);
    return !was && !is ? true : was && is && codec_same(e->w, code_class, &was->class, &is->class);
}

static void *item_of(const struct event *e, const struct held *h)
{
    return (void *)code_item(e->w, h->code, h->at);
}

/* Nothing new: the old item stays, and its memory with it. */
static void take_back(struct event *e, const struct held *h)
{
    memcpy(item_of(e, h), h->was, h->code->size);
    e->l->templates.len = h->templates;
    arena_rewind(&e->w->arena, h->mark);
    *e->change = (struct world_change){CHANGE_NONE, h->at};
}

static void replace(struct event *e, struct held *h)
{
    unsigned passes = h->f->changes;
    keep_links(e, h);
    run_passes(e->l, passes & ~(unsigned)PASS_TEMPLATES);
    if (is_workload(h)) {
        const struct world_workload *was = (const void *)h->was;
        bool same = same_template(e, h);
        load_resolve_owner_of(e->l, h->at, was->owner);
        ((struct world_workload *)item_of(e, h))->template = was->template;
        if (same && codec_same(e->w, h->code->code, h->was, item_of(e, h))) {
            take_back(e, h);
            return;
        }
        drop_templates(e->l, h->at, h->templates);
        load_resolve_template(e->l, h->at);
    } else if (codec_same(e->w, h->code->code, h->was, item_of(e, h))) {
        take_back(e, h);
        return;
    }
    run_passes(e->l, passes & PASS_TEMPLATES);
    *e->change = (struct world_change){change_of(h, item_of(e, h)), h->at};
}

static void appear(struct event *e, struct held *h)
{
    struct load *l = e->l;
    if (h->f->index == BY_NAME_NODE) {
        h->at = world_find_node(e->w, strings_get(&e->w->strings, e->name));
        index_put(&l->by_name[BY_NAME_NODE], event_key(e), h->at);
        h->was = NULL;
        run_passes(l, h->f->appears);
        *e->change = (struct world_change){CHANGE_NODE_ADDED, h->at};
        return;
    }
    h->at = load_find(l, h->f->index, e->ns, e->name);
    run_passes(l, h->f->appears);
    *e->change = (struct world_change){h->f->change, h->at};
}

/* Of arrays that stand beside those of the world. */
static void forget_refs(struct load *l, const struct held *h)
{
    switch ((int)h->f->index) {
    case BY_NAME_PV:
        l->pv_refs.items[h->at] = (struct pv_ref){0};
        break;
    case BY_NAME_PVC:
        l->pvc_refs.items[h->at] = (struct pvc_ref){0};
        break;
    case BY_NAME_ATTACHMENT:
        l->attachment_refs.items[h->at] = (struct attachment_ref){0};
        break;
    case BY_NAME_HPA:
        l->hpa_refs.items[h->at] = (struct hpa_ref){0};
        break;
    case BY_NAME_SERVICE:
        l->service_ip.items[h->at] = false;
        break;
    default:
        break;
    }
}

static void forget_workload(struct event *e, const struct held *h)
{
    struct load *l = e->l;
    const struct world_workload *was = (const void *)h->was;
    l->workload_owner.items[h->at] = WORLD_NONE;
    drop_templates(l, h->at, l->templates.len);
    if (was->uid)
        index_remove(&l->workload_by_uid, was->uid);
}

/* The item stays until nobody points at it any more. */
static void vanish(struct event *e, struct held *h)
{
    struct load *l = e->l;
    bool node = h->f->index == BY_NAME_NODE;
    *e->change = (struct world_change){node ? CHANGE_NODE_GONE : h->f->change, h->at};
    index_remove(&l->by_name[h->f->index], event_key(e));
    forget_refs(l, h);
    if (is_workload(h)) {
        forget_workload(e, h);
        e->w->workloads.items[h->at].used = false;
    } else if (node) {
        world_node_remove(e->w, h->at);
    } else {
        memset(item_of(e, h), 0, h->code->size);
    }
    run_passes(l, h->f->appears);
    if (is_workload(h))
        e->w->workloads.items[h->at] = (struct world_workload){
            .owner = WORLD_NONE, .template = WORLD_NONE, .pods = WORLD_NONE};
}

static int apply_held(struct event *e, const struct follow *f, struct err *err)
{
    struct held h = {
        .f = f,
        .code = find_code(f->tag),
        .at = load_find(e->l, f->index, e->ns, e->name),
        .mark = arena_mark(&e->w->arena),
        .templates = e->l->templates.len,
    };
    _cleanup_free_ char *was = mem_must(malloc(h.code->size));
    h.was = was;
    bool known = h.at != WORLD_NONE;
    if (known)
        memcpy(was, item_of(e, &h), h.code->size);
    if (e->deleted) {
        if (known)
            vanish(e, &h);
        return 0;
    }
    bool taken;
    if (event_read(e, &taken, err) < 0)
        return -1;
    if (!taken)
        return 0;
    if (known)
        replace(e, &h);
    else
        appear(e, &h);
    return 0;
}

/* ---- things that tell of others ---- */

/* What an Ingress or a binding said before. */
static void drop_words(struct event *e)
{
    struct load *l = e->l;
    bool binding = sv_is(e->kind, "TargetGroupBinding");
    size_t kept = 0;
    for (size_t i = 0; i < l->service_words.len; i++) {
        const struct service_word *w = &l->service_words.items[i];
        if (w->ns != e->ns || w->from != e->name || w->of_binding != binding)
            l->service_words.items[kept++] = *w;
    }
    l->service_words.len = kept;
}

static void drop_told(struct event *e, const struct follow *f)
{
    struct load *l = e->l;
    uint32_t at = f->index < BY_NAME_COUNT ? load_find(l, f->index, e->ns, e->name) : WORLD_NONE;
    if (f->index == BY_NAME_COUNT) {
        drop_words(e);
        if (sv_is(e->kind, "CSIDriver"))
            index_remove(&l->drivers, e->name);
    }
    if (at == WORLD_NONE)
        return;
    if (f->index == BY_NAME_CSINODE)
        l->csi.items[at] = (struct csi_node){0};
    else
        l->slices.items[at] = (struct slice){0};
    if (e->deleted)
        index_remove(&l->by_name[f->index], event_key(e));
}

static int apply_told(struct event *e, const struct follow *f, struct err *err)
{
    bool taken;
    drop_told(e, f);
    if (!e->deleted && event_read(e, &taken, err) < 0)
        return -1;
    run_passes(e->l, f->changes);
    *e->change = (struct world_change){f->change, WORLD_NONE};
    return 0;
}

/* ---- entry ---- */

void world_follow(struct world *w, struct load *l)
{
    w->index->load = l;
    l->quiet = true;
}

static int apply_event(struct event *e, struct err *err)
{
    const struct follow *f = find_follow(e->kind);
    bool pod = sv_is(e->kind, "Pod"), held = pod || (f && f->tag);
    /* A reader of things that the world holds enters them at their good end only. */
    if ((!held || e->deleted) && check_json(e, err) < 0)
        return -1;
    if (read_names(e, err) < 0)
        return -1;
    if (!e->name || !load_knows(e->kind))
        return 0;
    if (pod)
        return apply_pod(e, err);
    if (!f)
        return 0;
    return f->tag ? apply_held(e, f, err) : apply_told(e, f, err);
}

int world_apply(struct world *w, struct sv api_version, struct sv kind, bool deleted,
                struct sv json, struct world_change *change, struct err *err)
{
    *change = (struct world_change){CHANGE_NONE, WORLD_NONE};
    if (!w->index || !w->index->load)
        return err_set(err, ERR_BUG, "the world does not follow events");
    struct event e = {
        .w = w,
        .l = w->index->load,
        .api_version = api_version,
        .kind = kind,
        .json = json,
        .deleted = deleted,
        .change = change,
    };
    int result = apply_event(&e, err);
    arena_reset(&e.l->scratch);
    return result;
}
