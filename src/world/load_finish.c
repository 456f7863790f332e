/* References between objects: names become places, and what refers to nothing is noted. */
#include "world/load_finish.h"

/* ---- controllers ---- */

uint32_t load_workload_of(const struct load *l, const struct owner *o)
{
    enum workload_kind kind = workload_kind_parse(strings_get(&l->w->strings, o->kind));
    uint32_t at = o->uid ? index_get(&l->workload_by_uid, o->uid) : INDEX_NONE;
    if (at != INDEX_NONE || kind == WORKLOAD_OTHER)
        return at;
    return load_find(l, (enum load_index)(BY_NAME_WORKLOAD + kind), o->ns, o->name);
}

static bool is_foreign(const struct load *l, const struct owner *o)
{
    return workload_kind_parse(strings_get(&l->w->strings, o->kind)) == WORKLOAD_OTHER;
}

static void own_workload(struct load *l, uint32_t at)
{
    struct world_workload *wl = &l->w->workloads.items[at];
    uint32_t owner = l->workload_owner.items[at];
    if (owner == WORLD_NONE)
        return;
    const struct owner *o = &l->owners.items[owner];
    wl->foreign_owner = is_foreign(l, o);
    wl->owner = wl->foreign_owner ? WORLD_NONE : o->workload;
    if (wl->foreign_owner || wl->owner != WORLD_NONE || l->quiet)
        return;
    char name[512];
    world_workload_name(l->w, at, name, sizeof name);
    world_note(l->w, sv_of(name), "its controller %s %s is not there: taken as nobody's",
               world_text(l->w, o->kind), world_text(l->w, o->name));
}

/* A chain of owners that ends where it began would have no top. */
static void cut_circle(struct load *l, size_t at)
{
    struct world_workload *wl = &l->w->workloads.items[at];
    if (wl->owner != WORLD_NONE && l->w->workloads.items[wl->owner].owner != WORLD_NONE)
        wl->owner = WORLD_NONE;
}

static void own_workloads(struct load *l)
{
    for (uint32_t i = 0; i < l->workload_owner.len; i++)
        own_workload(l, i);
    for (size_t i = 0; i < l->w->workloads.len; i++)
        cut_circle(l, i);
}

void load_resolve_owners(struct load *l)
{
    vec_foreach(o, &l->owners)
        if (!is_foreign(l, o) || o->workload == WORLD_NONE)
            o->workload = load_workload_of(l, o);
    own_workloads(l);
}

void load_resolve_owner_of(struct load *l, uint32_t workload, uint32_t was)
{
    bool found = false;
    vec_foreach(o, &l->owners)
        if (o->workload == WORLD_NONE) {
            o->workload = load_workload_of(l, o);
            found = found || o->workload != WORLD_NONE;
        }
    own_workload(l, workload);
    cut_circle(l, workload);
    if (found || l->w->workloads.items[workload].owner != was)
        own_workloads(l);
}

/* ---- volumes ---- */

void load_resolve_claims(struct load *l)
{
    struct world *w = l->w;
    for (size_t i = 0; i < w->pvcs.len; i++) {
        struct world_pvc *c = &w->pvcs.items[i];
        const struct pvc_ref *ref = &l->pvc_refs.items[i];
        c->pv = load_find(l, BY_NAME_PV, 0, ref->volume);
        c->storage_class = load_find(l, BY_NAME_STORAGE_CLASS, 0, ref->storage_class);
        if (ref->volume && c->pv == WORLD_NONE)
            load_note_of(l, "PersistentVolumeClaim", c->ns, c->name,
                         "its volume %s is not there: taken as unknown",
                         world_text(w, ref->volume));
    }
}

void load_resolve_volumes(struct load *l)
{
    struct world *w = l->w;
    for (size_t i = 0; i < w->pvs.len; i++) {
        struct world_pv *pv = &w->pvs.items[i];
        const struct pv_ref *ref = &l->pv_refs.items[i];
        uint32_t said = pv->driver ? index_get(&l->drivers, pv->driver) : INDEX_NONE;
        pv->claim = load_find(l, BY_NAME_PVC, ref->claim_ns, ref->claim);
        pv->attachable = said == INDEX_NONE ? ref->attachable : said == LOAD_ATTACHES;
    }
}

void load_resolve_attachments(struct load *l)
{
    struct world *w = l->w;
    for (size_t i = 0; i < w->attachments.len; i++) {
        struct world_attachment *a = &w->attachments.items[i];
        const struct attachment_ref *ref = &l->attachment_refs.items[i];
        a->node = load_find(l, BY_NAME_NODE, 0, ref->node);
        a->pv = load_find(l, BY_NAME_PV, 0, ref->pv);
        if (a->node == WORLD_NONE)
            load_note_of(l, "VolumeAttachment", 0, a->name,
                         "its node %s is not there: taken as attached nowhere",
                         world_text(w, ref->node));
    }
}

void load_resolve_csi(struct load *l)
{
    vec_foreach(n, &l->w->nodes) {
        n->csi = NULL;
        n->csi_count = 0;
    }
    vec_foreach(c, &l->csi) {
        uint32_t node = load_find(l, BY_NAME_NODE, 0, c->node);
        if (node == WORLD_NONE)
            continue;
        l->w->nodes.items[node].csi = c->items;
        l->w->nodes.items[node].csi_count = c->count;
    }
}

/* ---- services and autoscalers ---- */

void load_resolve_services(struct load *l)
{
    struct world *w = l->w;
    for (size_t i = 0; i < w->services.len; i++) {
        w->services.items[i].ready_endpoints = 0;
        w->services.items[i].ingress_backend = false;
        w->services.items[i].ip_targets = l->service_ip.items[i];
    }
    vec_foreach(word, &l->service_words) {
        uint32_t at = load_find(l, BY_NAME_SERVICE, word->ns, word->name);
        if (at == WORLD_NONE)
            continue;
        w->services.items[at].ingress_backend |= word->backend;
        w->services.items[at].ip_targets |= word->ip_targets;
    }
    /* The same pods once more by their second address are no more pods. */
    uint32_t *v6 = mem_must(calloc(w->services.len + 1, sizeof *v6));
    vec_foreach(slice, &l->slices) {
        uint32_t at = load_find(l, BY_NAME_SERVICE, slice->ns, slice->service);
        if (at != WORLD_NONE)
            *(slice->v6 ? &v6[at] : &w->services.items[at].ready_endpoints) += slice->ready;
    }
    for (size_t i = 0; i < w->services.len; i++)
        if (v6[i] > w->services.items[i].ready_endpoints)
            w->services.items[i].ready_endpoints = v6[i];
    free(v6);
}

void load_resolve_hpas(struct load *l)
{
    for (size_t i = 0; i < l->w->hpas.len; i++) {
        struct world_hpa *h = &l->w->hpas.items[i];
        const struct hpa_ref *ref = &l->hpa_refs.items[i];
        enum workload_kind kind = workload_kind_parse(strings_get(&l->w->strings, ref->kind));
        if (kind != WORKLOAD_OTHER)
            h->target = load_find(l, (enum load_index)(BY_NAME_WORKLOAD + kind), h->ns, ref->name);
    }
}

/* ---- events ---- */

static void take_attach_samples(struct load *l)
{
    vec_foreach(e, &l->attach_events) {
        uint32_t pod = load_find(l, BY_NAME_POD, e->ns, e->pod);
        if (pod != WORLD_NONE)
            load_sample(l, TIMING_ATTACH, l->w->pods.items[pod].scheduled, e->at);
    }
}

void load_note_of(struct load *l, const char *kind, uint32_t ns, uint32_t name, const char *fmt,
                  ...)
{
    char subject[512], text[512];
    va_list ap;
    if (l->quiet)
        return;
    snprintf(subject, sizeof subject, "%s %s%s%s", kind, world_text(l->w, ns), ns ? "/" : "",
             world_text(l->w, name));
    va_start(ap, fmt);
    vsnprintf(text, sizeof text, fmt, ap);
    va_end(ap);
    world_note(l->w, sv_of(subject), "%s", text);
}

int load_finish(struct load *l, struct err *err)
{
    if (l->w->strings.texts.len > LOAD_TEXTS_MAX)
        return err_set(err, ERR_LIMIT, "more than %u different texts", LOAD_TEXTS_MAX);
    load_resolve_owners(l);
    load_resolve_claims(l);
    load_resolve_volumes(l);
    load_resolve_attachments(l);
    load_resolve_csi(l);
    load_resolve_services(l);
    load_finish_pods(l);
    load_resolve_templates(l);
    load_resolve_hpas(l);
    take_attach_samples(l);
    return 0;
}
