/* Volumes, claims and attachments as the API shows them. */
#include "pocket/life/internal.h"

#include <stdio.h>

static void write_access(struct jsonw *j, uint8_t access)
{
    static const char *const modes[] = {"ReadWriteOnce", "ReadOnlyMany", "ReadWriteMany",
                                        "ReadWriteOncePod"};
    jsonw_key(j, "accessModes");
    jsonw_array(j);
    for (unsigned i = 0; i < ARRAY_LEN(modes); i++)
        if (access >> i & 1)
            jsonw_str(j, modes[i]);
    jsonw_array_end(j);
}

static void write_size(struct jsonw *j, int64_t bytes)
{
    char number[32];
    snprintf(number, sizeof number, "%lldMi", (long long)(bytes >> 20));
    jsonw_object(j);
    jsonw_kv_str(j, "storage", number);
    jsonw_object_end(j);
}

static void put_status(struct pocket_life *l, const struct life_name *n, const char *status,
                       struct life_edit *more)
{
    struct life_edit edits[2] = {{"status", NULL, sv_of(status)}};
    struct sv json = life_get(l, n);
    if (more)
        edits[1] = *more;
    str_reset(&l->out);
    life_json_edit(&l->out, json, edits, more ? 2 : 1, &l->scratch);
    if (!sv_eq(json, str_sv(&l->out)))
        life_put(l, n, &l->out);
    arena_reset(&l->scratch);
}

/* ---- PersistentVolume ---- */

static void write_claim_ref(struct pocket_life *l, struct jsonw *j, uint32_t pvc)
{
    const struct world_pvc *c = &l->w->pvcs.items[pvc];
    struct life_name n = {SV("v1"), SV("PersistentVolumeClaim"), life_text(l, c->ns),
                          life_text(l, c->name)};
    jsonw_key(j, "claimRef");
    jsonw_object(j);
    jsonw_kv_str(j, "apiVersion", "v1");
    jsonw_kv_str(j, "kind", "PersistentVolumeClaim");
    jsonw_kv_sv(j, "namespace", n.ns);
    jsonw_kv_sv(j, "name", n.name);
    struct sv uid = life_json_text(life_get(l, &n), "metadata", "uid", &l->scratch);
    if (uid.ptr)
        jsonw_kv_sv(j, "uid", uid);
    jsonw_object_end(j);
}

static void write_source(struct pocket_life *l, struct jsonw *j, const struct world_pv *pv)
{
    struct sv driver = life_text(l, pv->driver);
    if (sv_is(driver, "kubernetes.io/aws-ebs")) {
        jsonw_key(j, "awsElasticBlockStore");
        jsonw_object(j);
        jsonw_kv_sv(j, "volumeID", life_text(l, pv->handle));
        jsonw_object_end(j);
    } else if (driver.len) {
        jsonw_key(j, "csi");
        jsonw_object(j);
        jsonw_kv_sv(j, "driver", driver);
        jsonw_kv_sv(j, "volumeHandle", life_text(l, pv->handle));
        jsonw_object_end(j);
    }
}

static void enter_volume(struct pocket_life *l, const struct world_pv *pv,
                         const struct life_name *n)
{
    struct jsonw j;
    life_begin_object(l, &j, n, pv->uid, pocket_life_seconds(l));
    if (pv->zone_labels.len) {
        jsonw_key(&j, "labels");
        life_write_labels(&j, l->w, pv->zone_labels);
    }
    jsonw_object_end(&j);
    jsonw_key(&j, "spec");
    jsonw_object(&j);
    jsonw_key(&j, "capacity");
    write_size(&j, pv->bytes);
    write_access(&j, pv->access);
    if (pv->claim != WORLD_NONE)
        write_claim_ref(l, &j, pv->claim);
    write_source(l, &j, pv);
    jsonw_kv_str(&j, "persistentVolumeReclaimPolicy", "Delete");
    jsonw_kv_sv(&j, "storageClassName", life_text(l, pv->storage_class));
    if (pv->node_term_count) {
        jsonw_key(&j, "nodeAffinity");
        jsonw_object(&j);
        jsonw_key(&j, "required");
        life_write_node_terms(&j, l->w, pv->node_terms, pv->node_term_count);
        jsonw_object_end(&j);
    }
    jsonw_object_end(&j);
    jsonw_object_end(&j);
    life_put(l, n, &l->out);
}

void life_volume_update(struct pocket_life *l, uint32_t at)
{
    const struct world_pv *pv = &l->w->pvs.items[at];
    struct life_name n = {SV("v1"), SV("PersistentVolume"), SV_NONE, life_text(l, pv->name)};
    if (!pv->used || !n.name.len)
        return;
    if (!life_get(l, &n).ptr)
        enter_volume(l, pv, &n);
    put_status(l, &n,
               pv->claim != WORLD_NONE ? "{\"phase\":\"Bound\"}" : "{\"phase\":\"Available\"}",
               NULL);
}

/* ---- PersistentVolumeClaim ---- */

static void enter_claim(struct pocket_life *l, const struct world_pvc *c, const struct life_name *n)
{
    struct jsonw j;
    life_begin_object(l, &j, n, c->uid, 0);
    jsonw_object_end(&j);
    jsonw_key(&j, "spec");
    jsonw_object(&j);
    write_access(&j, c->access);
    jsonw_key(&j, "resources");
    jsonw_object(&j);
    jsonw_key(&j, "requests");
    write_size(&j, c->bytes);
    jsonw_object_end(&j);
    if (c->storage_class != WORLD_NONE)
        jsonw_kv_sv(&j, "storageClassName",
                    life_text(l, l->w->storage_classes.items[c->storage_class].name));
    jsonw_object_end(&j);
    jsonw_object_end(&j);
    life_put(l, n, &l->out);
}

void life_claim_update(struct pocket_life *l, uint32_t at)
{
    static const char *const phases[] = {"{\"phase\":\"Pending\"}", "{\"phase\":\"Bound\"}",
                                         "{\"phase\":\"Lost\"}"};
    const struct world_pvc *c = &l->w->pvcs.items[at];
    struct life_name n = {SV("v1"), SV("PersistentVolumeClaim"), life_text(l, c->ns),
                          life_text(l, c->name)};
    struct life_edit volume = {"spec", "volumeName", SV_NONE};
    _cleanup_str_ struct str name = {0};
    if (!c->used)
        return;
    if (!life_get(l, &n).ptr)
        enter_claim(l, c, &n);
    str_init(&name, 0);
    if (c->pv != WORLD_NONE) {
        jsonw_quote(&name, life_text(l, l->w->pvs.items[c->pv].name));
        volume.raw = str_sv(&name);
    }
    put_status(l, &n, phases[c->phase], c->pv != WORLD_NONE ? &volume : NULL);
}

/* ---- VolumeAttachment ---- */

static void enter_attachment(struct pocket_life *l, const struct world_attachment *a,
                             const struct life_name *n)
{
    struct jsonw j;
    life_begin_object(l, &j, n, STRINGS_NONE, pocket_life_seconds(l));
    if (a->deleting)
        life_write_time(&j, "deletionTimestamp", pocket_life_seconds(l));
    jsonw_object_end(&j);
    jsonw_key(&j, "spec");
    jsonw_object(&j);
    jsonw_kv_sv(&j, "attacher", life_text(l, a->driver));
    jsonw_kv_sv(&j, "nodeName", life_text(l, l->w->nodes.items[a->node].name));
    jsonw_key(&j, "source");
    jsonw_object(&j);
    if (a->pv != WORLD_NONE)
        jsonw_kv_sv(&j, "persistentVolumeName", life_text(l, l->w->pvs.items[a->pv].name));
    jsonw_object_end(&j);
    jsonw_object_end(&j);
    jsonw_object_end(&j);
    life_put(l, n, &l->out);
}

void life_attachment_update(struct pocket_life *l, uint32_t at)
{
    const struct world_attachment *a = &l->w->attachments.items[at];
    char made_up[32];
    snprintf(made_up, sizeof made_up, "csi-%08x", at);
    struct life_name n = {SV("storage.k8s.io/v1"), SV("VolumeAttachment"), SV_NONE,
                          a->name ? life_text(l, a->name) : sv_of(made_up)};
    struct sv json = life_get(l, &n);
    if (!a->used) {
        if (json.ptr)
            l->host.drop(l->host.ctx, &n);
        return;
    }
    if (!json.ptr && a->node == WORLD_NONE)
        return;
    if (!json.ptr)
        enter_attachment(l, a, &n);
    struct life_edit leaving = {"metadata", "deletionTimestamp", SV_NONE};
    _cleanup_str_ struct str when = {0};
    struct jsonw j;
    str_init(&when, 0);
    jsonw_init(&j, &when, 0);
    jsonw_object(&j);
    life_write_time(&j, "t", pocket_life_seconds(l));
    if (a->deleting && when.len > 5)
        leaving.raw = sv_n(when.data + 5, when.len - 5);
    put_status(l, &n, a->attached ? "{\"attached\":true}" : "{\"attached\":false}",
               a->deleting ? &leaving : NULL);
}
