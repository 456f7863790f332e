/* Volumes, claims, storage classes, attachments. */
#include "world/load_internal.h"

static uint8_t read_access(struct pull *p)
{
    struct sv mode;
    uint8_t access = 0;
    each_item(p, item)
    {
        if (!pull_string(p, &mode))
            continue;
        access |= KEY(mode, "ReadWriteOnce")      ? ACCESS_RWO
                  : KEY(mode, "ReadOnlyMany")     ? ACCESS_ROX
                  : KEY(mode, "ReadWriteMany")    ? ACCESS_RWX
                  : KEY(mode, "ReadWriteOncePod") ? ACCESS_RWOP
                                                  : 0;
    }
    return access;
}

static void read_storage(struct load *l, struct pull *p, int64_t *bytes)
{
    struct sv key;
    each_key(p, key)
    {
        if (KEY(key, "storage"))
            load_size(l, p, bytes);
        else
            pull_skip(p);
    }
}

/* ---- PersistentVolume ---- */

struct pv_state {
    struct world_pv pv;
    struct pv_ref ref;
};

/* Drivers that mount over the network and never attach, unless their CSIDriver object says so. */
static bool attaches(struct sv driver)
{
    static const char *const never[] = {"efs.csi.aws.com", "fsx.csi.aws.com", "s3.csi.aws.com",
                                        "nfs.csi.k8s.io", "smb.csi.k8s.io"};
    for (size_t i = 0; i < ARRAY_LEN(never); i++)
        if (sv_is(driver, never[i]))
            return false;
    return true;
}

static void read_csi(struct load *l, struct pull *p, struct world_pv *pv)
{
    struct sv key, driver;
    each_key(p, key)
    {
        if (KEY(key, "driver")) {
            if (pull_string(p, &driver)) {
                pv->driver = strings_put(&l->w->strings, driver);
                pv->attachable = attaches(driver);
            }
        } else if (KEY(key, "volumeHandle")) {
            load_text_id(l, p, &pv->handle);
        } else {
            pull_skip(p);
        }
    }
}

/* "aws://eu-west-1a/vol-0a1" and "vol-0a1". */
static void read_ebs(struct load *l, struct pull *p, struct world_pv *pv)
{
    struct sv key, id;
    pv->driver = strings_puts(&l->w->strings, "kubernetes.io/aws-ebs");
    pv->attachable = true;
    each_key(p, key)
    {
        if (!KEY(key, "volumeID")) {
            pull_skip(p);
            continue;
        }
        if (!pull_string(p, &id))
            continue;
        const char *slash = memrchr(id.ptr, '/', id.len);
        size_t skip = slash ? (size_t)(slash - id.ptr) + 1 : 0;
        pv->handle = strings_put(&l->w->strings, sv_n(id.ptr + skip, id.len - skip));
    }
}

static void read_claim_ref(struct load *l, struct pull *p, struct pv_ref *ref)
{
    struct sv key;
    each_key(p, key)
    {
        if (KEY(key, "name"))
            load_text_id(l, p, &ref->claim);
        else if (KEY(key, "namespace"))
            load_text_id(l, p, &ref->claim_ns);
        else
            pull_skip(p);
    }
}

static void read_volume_affinity(struct load *l, struct pull *p, struct world_pv *pv)
{
    struct sv key;
    each_key(p, key)
    {
        if (KEY(key, "required"))
            load_node_selector(l, p, &pv->node_terms, &pv->node_term_count);
        else
            pull_skip(p);
    }
}

static void read_pv_spec(struct load *l, struct pull *p, struct pv_state *s)
{
    struct world_pv *pv = &s->pv;
    struct sv key;
    each_key(p, key)
    {
        if (KEY(key, "capacity"))
            read_storage(l, p, &pv->bytes);
        else if (KEY(key, "accessModes"))
            pv->access = read_access(p);
        else if (KEY(key, "claimRef"))
            read_claim_ref(l, p, &s->ref);
        else if (KEY(key, "storageClassName"))
            load_text_id(l, p, &pv->storage_class);
        else if (KEY(key, "csi"))
            read_csi(l, p, pv);
        else if (KEY(key, "awsElasticBlockStore"))
            read_ebs(l, p, pv);
        else if (KEY(key, "nodeAffinity"))
            read_volume_affinity(l, p, pv);
        else
            pull_skip(p);
    }
}

static void pv_field(struct load *l, struct pull *p, struct sv key)
{
    struct pv_state *s = l->state;
    struct sv inner;
    if (KEY(key, "spec")) {
        read_pv_spec(l, p, s);
        return;
    }
    if (!KEY(key, "status")) {
        pull_skip(p);
        return;
    }
    each_key(p, inner)
    {
        if (KEY(inner, "phase"))
            s->pv.available = load_is(p, "Available");
        else
            pull_skip(p);
    }
}

static bool is_zone_label(struct sv key)
{
    return KEY(key, "topology.kubernetes.io/zone") || KEY(key, "topology.kubernetes.io/region") ||
           KEY(key, "failure-domain.beta.kubernetes.io/zone") ||
           KEY(key, "failure-domain.beta.kubernetes.io/region");
}

static void pv_end(struct load *l)
{
    struct pv_state *s = l->state;
    struct world_pv *pv = &s->pv;
    struct label zones[4];
    struct labels found = {zones, 0};
    for (uint32_t i = 0; i < l->meta.labels.len && found.len < ARRAY_LEN(zones); i++)
        if (is_zone_label(strings_get(&l->w->strings, l->meta.labels.items[i].key)))
            zones[found.len++] = l->meta.labels.items[i];
    pv->name = l->meta.name;
    pv->uid = l->meta.uid;
    pv->used = true;
    pv->claim = WORLD_NONE;
    s->ref.attachable = pv->attachable;
    pv->zone_labels = load_keep_labels(l, found);
    uint32_t at = load_enter(l, BY_NAME_PV, 0, &l->w->pvs, *pv);
    load_refer(&l->pv_refs, at, s->ref);
}

/* ---- PersistentVolumeClaim ---- */

struct pvc_state {
    struct world_pvc pvc;
    struct pvc_ref ref;
};

static void read_pvc_spec(struct load *l, struct pull *p, struct pvc_state *s)
{
    struct sv key, inner;
    each_key(p, key)
    {
        if (KEY(key, "accessModes")) {
            s->pvc.access = read_access(p);
        } else if (KEY(key, "volumeName")) {
            load_text_id(l, p, &s->ref.volume);
        } else if (KEY(key, "storageClassName")) {
            load_text_id(l, p, &s->ref.storage_class);
        } else if (KEY(key, "resources")) {
            each_key(p, inner)
            {
                if (KEY(inner, "requests"))
                    read_storage(l, p, &s->pvc.bytes);
                else
                    pull_skip(p);
            }
        } else {
            pull_skip(p);
        }
    }
}

static void pvc_field(struct load *l, struct pull *p, struct sv key)
{
    struct pvc_state *s = l->state;
    struct sv inner, text;
    if (KEY(key, "spec")) {
        read_pvc_spec(l, p, s);
        return;
    }
    if (!KEY(key, "status")) {
        pull_skip(p);
        return;
    }
    each_key(p, inner)
    {
        if (!KEY(inner, "phase"))
            pull_skip(p);
        else if (pull_string(p, &text))
            s->pvc.phase = KEY(text, "Bound")  ? CLAIM_BOUND
                           : KEY(text, "Lost") ? CLAIM_LOST
                                               : CLAIM_PENDING;
    }
}

static void pvc_end(struct load *l)
{
    struct pvc_state *s = l->state;
    struct world_pvc *pvc = &s->pvc;
    pvc->ns = l->meta.ns;
    pvc->name = l->meta.name;
    pvc->uid = l->meta.uid;
    pvc->used = true;
    pvc->deleting = l->meta.deleting != 0;
    pvc->pv = pvc->storage_class = WORLD_NONE;
    if (l->meta.annotation.storage_class)
        s->ref.storage_class = l->meta.annotation.storage_class;
    uint32_t at = load_enter(l, BY_NAME_PVC, pvc->ns, &l->w->pvcs, *pvc);
    load_refer(&l->pvc_refs, at, s->ref);
}

/* ---- StorageClass ---- */

/* {matchLabelExpressions: [{key, values}]} */
static void read_topology(struct load *l, struct pull *p)
{
    struct selector s = {0};
    struct sv key;
    l->requirement_list.len = 0;
    each_key(p, key)
    {
        if (KEY(key, "matchLabelExpressions"))
            load_topology_requirements(l, p);
        else
            pull_skip(p);
    }
    s.items = load_keep_list(l, &l->requirement_list);
    s.len = (uint32_t)l->requirement_list.len;
    push_entry(p, &l->selector_list, s);
}

static void storage_class_field(struct load *l, struct pull *p, struct sv key)
{
    struct world_class_of_storage *c = l->state;
    if (KEY(key, "provisioner")) {
        load_text_id(l, p, &c->provisioner);
    } else if (KEY(key, "volumeBindingMode")) {
        c->binding = load_is(p, "WaitForFirstConsumer") ? BINDING_WAIT : BINDING_IMMEDIATE;
    } else if (KEY(key, "allowedTopologies")) {
        l->selector_list.len = 0;
        each_item(p, topology) read_topology(l, p);
        c->topologies = load_keep_list(l, &l->selector_list);
        c->topology_count = (uint32_t)l->selector_list.len;
    } else {
        pull_skip(p);
    }
}

static void storage_class_end(struct load *l)
{
    struct world_class_of_storage *c = l->state;
    c->name = l->meta.name;
    c->used = true;
    load_enter(l, BY_NAME_STORAGE_CLASS, 0, &l->w->storage_classes, *c);
}

/* ---- VolumeAttachment ---- */

struct attachment_state {
    struct world_attachment attachment;
    struct attachment_ref ref;
};

static void read_attachment_spec(struct load *l, struct pull *p, struct attachment_state *s)
{
    struct sv key, inner;
    each_key(p, key)
    {
        if (KEY(key, "attacher")) {
            load_text_id(l, p, &s->attachment.driver);
        } else if (KEY(key, "nodeName")) {
            load_text_id(l, p, &s->ref.node);
        } else if (KEY(key, "source")) {
            each_key(p, inner)
            {
                if (KEY(inner, "persistentVolumeName"))
                    load_text_id(l, p, &s->ref.pv);
                else
                    pull_skip(p);
            }
        } else {
            pull_skip(p);
        }
    }
}

static void attachment_field(struct load *l, struct pull *p, struct sv key)
{
    struct attachment_state *s = l->state;
    struct sv inner;
    if (KEY(key, "spec")) {
        read_attachment_spec(l, p, s);
        return;
    }
    if (!KEY(key, "status")) {
        pull_skip(p);
        return;
    }
    each_key(p, inner)
    {
        if (KEY(inner, "attached"))
            load_flag(p, &s->attachment.attached);
        else
            pull_skip(p);
    }
}

static void attachment_end(struct load *l)
{
    struct attachment_state *s = l->state;
    struct world_attachment *a = &s->attachment;
    a->name = l->meta.name;
    a->used = true;
    a->deleting = l->meta.deleting != 0;
    a->node = a->pv = WORLD_NONE;
    uint32_t at = load_enter(l, BY_NAME_ATTACHMENT, 0, &l->w->attachments, *a);
    load_refer(&l->attachment_refs, at, s->ref);
}

/* ---- CSIDriver ---- */

struct driver_state {
    bool no_attach, told;
};

static void driver_field(struct load *l, struct pull *p, struct sv key)
{
    struct driver_state *s = l->state;
    struct sv inner;
    bool required;
    if (!KEY(key, "spec")) {
        pull_skip(p);
        return;
    }
    each_key(p, inner)
    {
        if (!KEY(inner, "attachRequired"))
            pull_skip(p);
        else if ((s->told = pull_bool(p, &required)))
            s->no_attach = !required;
    }
}

static void driver_end(struct load *l)
{
    const struct driver_state *s = l->state;
    if (s->told && l->meta.name)
        index_put(&l->drivers, l->meta.name, s->no_attach ? LOAD_NEVER_ATTACHES : LOAD_ATTACHES);
}

const struct load_kind load_storage_kinds[] = {
    {"PersistentVolume", {""}, LOAD_CLUSTER, sizeof(struct pv_state), NULL, pv_field, pv_end},
    {"PersistentVolumeClaim",
     {""},
     LOAD_NAMESPACED,
     sizeof(struct pvc_state),
     NULL,
     pvc_field,
     pvc_end},
    {"StorageClass",
     {"storage.k8s.io"},
     LOAD_CLUSTER,
     sizeof(struct world_class_of_storage),
     NULL,
     storage_class_field,
     storage_class_end},
    {"VolumeAttachment",
     {"storage.k8s.io"},
     LOAD_CLUSTER,
     sizeof(struct attachment_state),
     NULL,
     attachment_field,
     attachment_end},
    {"CSIDriver",
     {"storage.k8s.io"},
     LOAD_CLUSTER,
     sizeof(struct driver_state),
     NULL,
     driver_field,
     driver_end},
    {0},
};
