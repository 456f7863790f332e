/* EC2's volumes: those of the cluster's claims, attached as the simulated cluster has them at this
 * moment, and the machines' own. They are attached and detached by the cluster's controller; who
 * forces one off here helps where AWS hangs. */
#include "base/must.h"
#include "pocket/aws/ec2.h"

#define ROOT_GIB 20

/* ---- as they are told ---- */

struct told {
    struct ec2_volume known;
    enum shape_flag encrypted, multi_attach;
    int64_t created;
    struct shape_pairs tags;
};
#define TOLD(kind, name, member) SHAPE_FIELD(struct told, kind, name, member)
#define ATTACHED(kind, name, wire, member)                                                         \
    SHAPE_WIRED(struct ec2_attachment, kind, name, wire, member)
static const struct shape_field attachment_fields[] = {
    ATTACHED(SHAPE_TEXT, "VolumeId", NULL, volume),
    ATTACHED(SHAPE_TEXT, "InstanceId", NULL, instance),
    ATTACHED(SHAPE_TEXT, "Device", NULL, device),
    ATTACHED(SHAPE_TEXT, "State", "status", state),
    ATTACHED(SHAPE_BOOL, "DeleteOnTermination", NULL, delete_on_termination),
    ATTACHED(SHAPE_TIME, "AttachTime", NULL, since),
};
static const struct shape attachment_shape = SHAPE(struct ec2_attachment, attachment_fields);
static const struct shape_field told_fields[] = {
    TOLD(SHAPE_TEXT, "VolumeId", known.id),
    TOLD(SHAPE_INT, "Size", known.gib),
    TOLD(SHAPE_TEXT, "AvailabilityZone", known.zone),
    SHAPE_WIRED(struct told, SHAPE_TEXT, "State", "status", known.state),
    TOLD(SHAPE_TEXT, "VolumeType", known.type),
    TOLD(SHAPE_BOOL, "Encrypted", encrypted),
    TOLD(SHAPE_BOOL, "MultiAttachEnabled", multi_attach),
    TOLD(SHAPE_TIME, "CreateTime", created),
    SHAPE_WIRED_OF(struct told, SHAPE_STRUCTS, "Attachments", "attachmentSet", known.attachments,
                   &attachment_shape),
    SHAPE_WIRED_OF(struct told, SHAPE_STRUCTS, "Tags", "tagSet", known.tags, &ec2_shape_tag),
};
static const struct shape told_shape = SHAPE(struct told, told_fields);
EC2_LIST(volumes, struct told);
EC2_ASKED_SHAPE(volumes, "VolumeIds", "VolumeId");
EC2_LIST_SHAPE(volumes, struct volumes, struct told, "Volumes", "volumeSet", &told_shape, 500);

static void add_tag(struct service_call *c, struct told *t, const char *key, const char *value)
{
    *(struct shape_pair *)shape_list_add(&t->tags, sizeof(struct shape_pair), c->arena) =
        (struct shape_pair){key, value};
    *(struct ec2_tag *)EC2_ADD(c, &t->known.tags) = (struct ec2_tag){key, value};
}

/* ---- volumes of claims ---- */

static const char *zone_of(const struct world *w, const struct world_pv *pv)
{
    static const char *const keys[] = {"topology.kubernetes.io/zone",
                                       "failure-domain.beta.kubernetes.io/zone",
                                       "topology.ebs.csi.aws.com/zone"};
    for (size_t k = 0; k < ARRAY_LEN(keys); k++) {
        uint32_t key = strings_find(&w->strings, sv_of(keys[k]));
        uint32_t value = key ? labels_value(pv->zone_labels, key) : 0;
        for (uint32_t t = 0; key && !value && t < pv->node_term_count; t++)
            for (uint32_t r = 0; r < pv->node_terms[t].labels.len; r++) {
                const struct requirement *q = &pv->node_terms[t].labels.items[r];
                if (q->key == key && q->op == LABEL_IN && q->value_count == 1)
                    value = q->values[0];
            }
        if (value)
            return world_text(w, value);
    }
    return NULL;
}

static const char *instance_id(const struct service_call *c, const struct world *w, uint32_t node)
{
    struct account_instance *i =
        node == WORLD_NONE
            ? NULL
            : account_find_node(c->account, sv_of(world_text(w, w->nodes.items[node].name)));
    return i ? i->id : NULL;
}

static void add_attachment(struct service_call *c, const struct world *w, struct told *t,
                           const struct world_attachment *a)
{
    const char *instance = instance_id(c, w, a->node);
    if (!instance)
        return;
    *(struct ec2_attachment *)EC2_ADD(c, &t->known.attachments) = (struct ec2_attachment){
        .volume = t->known.id,
        .instance = instance,
        .device = "/dev/xvdba",
        .state = !a->attached  ? "attaching"
                 : a->deleting ? "detaching"
                               : "attached",
        .delete_on_termination = SHAPE_NO,
    };
}

static void tag_claim(struct service_call *c, const struct world *w, const struct world_pv *pv,
                      struct told *t)
{
    add_tag(c, t, "ebs.csi.aws.com/cluster", "true");
    add_tag(c, t, "kubernetes.io/created-for/pv/name", world_text(w, pv->name));
    if (pv->claim == WORLD_NONE)
        return;
    const struct world_pvc *claim = &w->pvcs.items[pv->claim];
    add_tag(c, t, "kubernetes.io/created-for/pvc/name", world_text(w, claim->name));
    add_tag(c, t, "kubernetes.io/created-for/pvc/namespace", world_text(w, claim->ns));
}

static void tell_claimed(struct service_call *c, const struct world *w, uint32_t at, struct told *t)
{
    const struct world_pv *pv = &w->pvs.items[at];
    const char *zone = zone_of(w, pv);
    *t = (struct told){
        .known = {.id = world_text(w, pv->handle),
                  .zone = zone,
                  .type = "gp3",
                  .gib = shape_int((pv->bytes + ((int64_t)1 << 30) - 1) >> 30)},
        .encrypted = SHAPE_NO,
        .multi_attach = SHAPE_NO,
        .created = c->account->start,
    };
    vec_foreach(a, &w->attachments)
        if (a->used && a->pv == at)
            add_attachment(c, w, t, a);
    t->known.state = t->known.attachments.count ? "in-use" : "available";
    tag_claim(c, w, pv, t);
}

/* ---- volumes of machines ---- */

static void tell_root(struct service_call *c, const struct account_instance *i, struct told *t)
{
    *t = (struct told){
        .known = {.id = i->root_volume,
                  .zone = i->subnet->zone,
                  .type = "gp3",
                  .state = "in-use",
                  .gib = shape_int(ROOT_GIB)},
        .encrypted = SHAPE_NO,
        .multi_attach = SHAPE_NO,
        .created = i->launched,
    };
    *(struct ec2_attachment *)EC2_ADD(c, &t->known.attachments) = (struct ec2_attachment){
        .volume = i->root_volume,
        .instance = i->id,
        .device = "/dev/xvda",
        .state = "attached",
        .delete_on_termination = SHAPE_YES,
        .since = i->launched,
    };
    shape_each(tag, &i->tags)
        add_tag(c, t, tag->key, tag->value);
}

/* ---- filters ---- */

#define OFFER(what, text)                                                                          \
    static void offer_##what(struct filter_match *m, const void *item)                             \
    {                                                                                              \
        const struct ec2_volume *v = &((const struct told *)item)->known;                          \
        filter_offer(m, text);                                                                     \
    }
#define OFFER_EACH(what, text)                                                                     \
    static void offer_##what(struct filter_match *m, const void *item)                             \
    {                                                                                              \
        shape_each(a, &((const struct told *)item)->known.attachments)                             \
            filter_offer(m, text);                                                                 \
    }
OFFER(id, v->id)
OFFER(zone, v->zone)
OFFER(type, v->type)
OFFER(status, v->state)
OFFER_EACH(instance, a->instance)
OFFER_EACH(state, a->state)
OFFER_EACH(device, a->device)
OFFER_EACH(own, a->delete_on_termination == SHAPE_YES ? "true" : "false")

static void offer_size(struct filter_match *m, const void *item)
{
    char text[24];
    snprintf(text, sizeof text, "%lld", (long long)((const struct told *)item)->known.gib.n);
    filter_offer(m, text);
}

static const struct filter_row rows[] = {
    {"volume-id", offer_id},
    {"availability-zone", offer_zone},
    {"volume-type", offer_type},
    {"status", offer_status},
    {"size", offer_size},
    {"attachment.instance-id", offer_instance},
    {"attachment.status", offer_state},
    {"attachment.device", offer_device},
    {"attachment.delete-on-termination", offer_own},
};
static const struct shape_pairs *tags_of(const void *item)
{
    return &((const struct told *)item)->tags;
}
static const struct filter_kind kind = {rows, ARRAY_LEN(rows), tags_of};

/* ---- describe ---- */

static void enter(struct service_call *c, const struct ec2_look *look, const struct told *t)
{
    struct volumes *out = c->out;
    if (filter_names(look, t->known.id) && filter_takes(look, &kind, t))
        *(struct told *)EC2_ADD(c, &out->items) = *t;
}

static int all_there(struct service_call *c, const struct ec2_look *look)
{
    const struct volumes *out = c->out;
    shape_each(id, &look->ids) {
        bool found = false;
        shape_each(t, &out->items)
            found = found || strcmp(t->known.id, *id) == 0;
        if (!found && !look->filters.count)
            return service_refuse(c, 400, "InvalidVolume.NotFound",
                                  "The volume '%s' does not exist.", *id);
    }
    return 0;
}

static int describe(struct service_call *c)
{
    const struct ec2_asked *asked = c->in;
    const struct world *w = pocket_life_world(c->account->life);
    struct told t;
    if (filter_check(c, asked, &kind) < 0)
        return -1;
    for (uint32_t i = 0; i < w->pvs.len; i++) {
        const struct world_pv *pv = &w->pvs.items[i];
        if (!pv->used || !sv_starts(strings_get(&w->strings, pv->handle), "vol-"))
            continue;
        tell_claimed(c, w, i, &t);
        enter(c, &asked->look, &t);
    }
    vec_foreach(i, &c->account->instances) {
        if ((*i)->state == ACCOUNT_TERMINATED)
            continue;
        tell_root(c, *i, &t);
        enter(c, &asked->look, &t);
    }
    return all_there(c, &asked->look);
}

const struct service_action ec2_volumes_describe = {
    .name = "DescribeVolumes",
    .in = &in_volumes,
    .out = &out_volumes,
    .pages = &volumes_pages,
    .run = describe,
};

/* ---- detach ---- */

struct detach {
    const char *volume, *instance, *device;
    enum shape_flag force, dry_run;
};
#define ASKED(kind, name, member) SHAPE_FIELD(struct detach, kind, name, member)
static const struct shape_field detach_fields[] = {
    SHAPE_MUST(struct detach, SHAPE_TEXT, "VolumeId", volume),
    ASKED(SHAPE_TEXT, "InstanceId", instance),
    ASKED(SHAPE_TEXT, "Device", device),
    ASKED(SHAPE_BOOL, "Force", force),
    ASKED(SHAPE_BOOL, "DryRun", dry_run),
};
static const struct shape in_detach = SHAPE(struct detach, detach_fields);

/* The volume of a claim with this id, as it is told; false when there is none. */
static bool find_claimed(struct service_call *c, const char *id, struct told *t)
{
    const struct world *w = pocket_life_world(c->account->life);
    for (uint32_t i = 0; i < w->pvs.len; i++)
        if (w->pvs.items[i].used && strcmp(world_text(w, w->pvs.items[i].handle), id) == 0) {
            tell_claimed(c, w, i, t);
            return true;
        }
    return false;
}

static int refuse_root(struct service_call *c, const char *id)
{
    vec_foreach(i, &c->account->instances)
        if (strcmp((*i)->root_volume, id) == 0 && (*i)->state != ACCOUNT_TERMINATED)
            return service_refuse(c, 400, "OperationNotPermitted",
                                  "Unable to detach root volume '/dev/xvda' from instance '%s'",
                                  (*i)->id);
    return service_refuse(c, 400, "InvalidVolume.NotFound", "The volume '%s' does not exist.", id);
}

/* What the controller has not asked for yet is in use by a pod, and stays: EC2 calls it busy. */
static int detach(struct service_call *c)
{
    const struct detach *asked = c->in;
    struct ec2_attachment *out = c->out;
    struct told t;
    if (!find_claimed(c, asked->volume, &t))
        return refuse_root(c, asked->volume);
    if (!t.known.attachments.count)
        return service_refuse(c, 400, "IncorrectState", "Volume '%s' is in the 'available' state.",
                              asked->volume);
    *out = t.known.attachments.items[0];
    if (asked->instance && strcmp(asked->instance, out->instance) != 0)
        return service_refuse(c, 400, "InvalidAttachment.NotFound",
                              "Volume '%s' is not attached to instance '%s'", asked->volume,
                              asked->instance);
    if (asked->dry_run == SHAPE_YES)
        return service_refuse(c, 412, "DryRunOperation",
                              "Request would have succeeded, but DryRun flag is set.");
    if (strcmp(out->state, "detaching") != 0)
        out->state = "busy";
    else if (asked->force == SHAPE_YES)
        pocket_life_let_off_volume(c->account->life, sv_of(asked->volume));
    return 0;
}

const struct service_action ec2_volume_detach = {
    .name = "DetachVolume",
    .in = &in_detach,
    .out = &attachment_shape,
    .run = detach,
};
