/* Objects of a cluster: what has a name. */
#include "base/must.h"
#include "world/codec.h"

static void code_claim(struct codec *c, void *index)
{
    code_ref(c, REF_PVC, index);
}

/* A pod's claims lie in the world's common array. */
static void code_claims(struct codec *c, struct world_pod *p)
{
    c->field = "p->claims";
    p->claim_count = (uint16_t)code_below(c, p->claim_count, UINT16_MAX + 1);
    if (!codec_reads(c)) {
        for (uint32_t i = 0; i < p->claim_count; i++)
            code_claim(c, &c->w->pod_claims.items[p->claims + i]);
        return;
    }
    p->claims = (uint32_t)c->w->pod_claims.len;
    for (uint32_t i = 0; i < p->claim_count && codec_ok(c); i++) {
        uint32_t claim = WORLD_NONE;
        code_claim(c, &claim);
        mem_must(vec_push(&c->w->pod_claims, claim));
    }
}

/* Times of neighbours are near each other. */
static void code_times(struct codec *c, struct world_pod *p)
{
    c->field = "p->created";
    code_time(c, &p->created, c->time);
    c->field = "p->scheduled";
    code_time(c, &p->scheduled, p->created);
    c->field = "p->started";
    code_time(c, &p->started, p->scheduled);
    c->field = "p->ready_since";
    code_time(c, &p->ready_since, p->started);
    c->field = "p->deleting";
    code_time(c, &p->deleting, p->created);
    if (c->mode != CODEC_NAMES)
        c->time = p->created;
}

void code_pod(struct codec *c, void *pod)
{
    struct world_pod *p = pod;
    CODE(text, p->name);
    CODE(text, p->uid);
    c->field = "p->class";
    code_ref(c, REF_CLASS, &p->class);
    if (codec_reads(c) && codec_ok(c) && p->class == WORLD_NONE)
        codec_fail(c, "p->class: a pod has none");
    c->field = "p->owner";
    code_ref(c, REF_WORKLOAD, &p->owner);
    c->field = "p->node";
    code_ref(c, REF_NODE, &p->node);
    c->field = "p->nominated";
    code_ref(c, REF_NODE, &p->nominated);
    c->field = "p->phase";
    p->phase = (uint8_t)code_below(c, p->phase, POD_UNKNOWN + 1);
    CODE(bool, p->ready);
    CODE(bool, p->mirror);
    CODE(bool, p->foreign_owner);
    CODE(bool, p->owner_gone);
    CODE(i32, p->ordinal);
    code_claims(c, p);
    code_times(c, p);
}

static void code_csi(struct codec *c, void *limit)
{
    struct csi_limit *l = limit;
    CODE(text, l->driver);
    CODE(i32, l->count);
}

static void code_image(struct codec *c, void *image)
{
    struct node_image *i = image;
    CODE(text, i->name);
    CODE(amount, i->bytes);
}

void code_node(struct codec *c, void *node)
{
    struct world_node *n = node;
    CODE(text, n->name);
    CODE(text, n->uid);
    CODE(labels, n->labels);
    CODE_ARRAY(n->taints, n->taint_count, code_taint);
    CODE(bool, n->unschedulable);
    CODE(bool, n->ready);
    CODE(bool, n->gone);
    CODE(resources, n->capacity);
    CODE(resources, n->allocatable);
    CODE(i32, n->max_pods);
    CODE(text, n->zone);
    CODE(text, n->region);
    CODE(text, n->instance_type);
    CODE(text, n->group);
    CODE(text, n->provider_id);
    CODE(text, n->kubelet_version);
    CODE_ARRAY(n->csi, n->csi_count, code_csi);
    CODE_ARRAY(n->images, n->image_count, code_image);
    c->field = "n->created";
    code_time(c, &n->created, 0);
    c->field = "n->ready_since";
    code_time(c, &n->ready_since, n->created);
}

void code_workload(struct codec *c, void *workload)
{
    struct world_workload *l = workload;
    c->field = "l->kind";
    l->kind = (enum workload_kind)code_below(c, l->kind, WORKLOAD_OTHER + 1);
    CODE(text, l->kind_name);
    CODE(text, l->ns);
    CODE(text, l->name);
    CODE(text, l->uid);
    c->field = "l->owner";
    code_ref(c, REF_WORKLOAD, &l->owner);
    CODE(bool, l->foreign_owner);
    c->field = "l->selector";
    code_selector(c, &l->selector);
    CODE(i32, l->replicas);
    CODE(i32, l->min_ready_s);
    CODE(bool, l->parallel);
    CODE(bool, l->recreate);
    CODE(bool, l->replace_failed_only);
    CODE(i32, l->completions);
    CODE(i32, l->succeeded);
    CODE(i32, l->failed);
    CODE(i32, l->backoff_limit);
    c->field = "l->template";
    code_ref(c, REF_CLASS, &l->template);
    CODE_ARRAY(l->claim_templates, l->claim_template_count, code_text_item);
}

static void code_int_or_percent(struct codec *c, struct int_or_percent *v)
{
    CODE(bool, v->set);
    CODE(bool, v->percent);
    CODE(i32, v->value);
}

static void code_disrupted(struct codec *c, void *disrupted)
{
    struct disrupted_pod *d = disrupted;
    CODE(text, d->name);
    c->field = "d->since";
    code_time(c, &d->since, 0);
}

void code_pdb(struct codec *c, void *pdb)
{
    struct world_pdb *p = pdb;
    CODE(text, p->ns);
    CODE(text, p->name);
    CODE(text, p->uid);
    code_selector(c, &p->selector);
    CODE(bool, p->v1beta1);
    CODE(int_or_percent, p->min_available);
    CODE(int_or_percent, p->max_unavailable);
    c->field = "p->unhealthy";
    p->unhealthy = code_below(c, p->unhealthy, UNHEALTHY_ALWAYS + 1);
    CODE(i64, p->generation);
    CODE(i64, p->observed_generation);
    CODE(i32, p->expected);
    CODE(i32, p->desired);
    CODE(i32, p->healthy);
    CODE(i32, p->allowed);
    CODE_ARRAY(p->disrupted, p->disrupted_count, code_disrupted);
}

void code_storage_class(struct codec *c, void *storage_class)
{
    struct world_class_of_storage *s = storage_class;
    CODE(text, s->name);
    CODE(text, s->provisioner);
    c->field = "s->binding";
    s->binding = (enum binding_mode)code_below(c, s->binding, BINDING_WAIT + 1);
    CODE_ARRAY(s->topologies, s->topology_count, code_selector);
}

void code_pv(struct codec *c, void *pv)
{
    struct world_pv *p = pv;
    CODE(text, p->name);
    CODE(text, p->uid);
    c->field = "p->claim";
    code_ref(c, REF_PVC, &p->claim);
    CODE(text, p->driver);
    CODE(text, p->handle);
    CODE(text, p->storage_class);
    c->field = "p->access";
    p->access = (uint8_t)code_below(c, p->access, ACCESS_RWOP * 2);
    CODE(bool, p->attachable);
    CODE(bool, p->available);
    CODE(amount, p->bytes);
    CODE_ARRAY(p->node_terms, p->node_term_count, code_node_term);
    CODE(labels, p->zone_labels);
}

void code_pvc(struct codec *c, void *pvc)
{
    struct world_pvc *p = pvc;
    CODE(text, p->ns);
    CODE(text, p->name);
    CODE(text, p->uid);
    c->field = "p->phase";
    p->phase = (enum claim_phase)code_below(c, p->phase, CLAIM_LOST + 1);
    c->field = "p->pv";
    code_ref(c, REF_PV, &p->pv);
    c->field = "p->storage_class";
    code_ref(c, REF_STORAGE_CLASS, &p->storage_class);
    c->field = "p->access";
    p->access = (uint8_t)code_below(c, p->access, ACCESS_RWOP * 2);
    CODE(bool, p->deleting);
    CODE(amount, p->bytes);
}

void code_attachment(struct codec *c, void *attachment)
{
    struct world_attachment *a = attachment;
    CODE(text, a->name);
    c->field = "a->node";
    code_ref(c, REF_NODE, &a->node);
    c->field = "a->pv";
    code_ref(c, REF_PV, &a->pv);
    CODE(text, a->driver);
    CODE(bool, a->attached);
    CODE(bool, a->deleting);
}

void code_priority_class(struct codec *c, void *priority_class)
{
    struct world_priority_class *p = priority_class;
    CODE(text, p->name);
    CODE(i32, p->value);
    CODE(bool, p->preempt_never);
    CODE(bool, p->is_default);
}

void code_namespace(struct codec *c, void *ns)
{
    struct world_namespace *n = ns;
    CODE(text, n->name);
    CODE(labels, n->labels);
    CODE(bool, n->terminating);
    CODE(bool, n->lb_gate_inject);
}

void code_service(struct codec *c, void *service)
{
    struct world_service *s = service;
    CODE(text, s->ns);
    CODE(text, s->name);
    c->field = "s->selector";
    code_selector(c, &s->selector);
    c->field = "s->type";
    code_letter(c, &s->type, "CNLE");
    CODE(bool, s->local_traffic);
    CODE(bool, s->ip_targets);
    CODE(bool, s->ingress_backend);
    CODE(u32, s->ready_endpoints);
}

void code_hpa(struct codec *c, void *hpa)
{
    struct world_hpa *h = hpa;
    CODE(text, h->ns);
    CODE(text, h->name);
    c->field = "h->target";
    code_ref(c, REF_WORKLOAD, &h->target);
    CODE(i32, h->min);
    CODE(i32, h->max);
    CODE(i32, h->current);
}

void code_note(struct codec *c, void *note)
{
    struct world_note *n = note;
    CODE(text, n->subject);
    CODE(text, n->text);
}
