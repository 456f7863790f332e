/* What is asked of the API server while a drain runs: made, recorded, sent. */
#include "ops/drain/drive.h"

#include "base/jsonw.h"
#include "ops/drain/evict.h"
#include "ops/drain/node_change.h"

static char *copy(const char *text)
{
    return mem_must(strdup(text));
}

static char *key_of_pod(const struct call *c)
{
    char *key = NULL;
    if (asprintf(&key, "%s/%s/%s/%s", c->force ? "force" : "evict", c->ns, c->name, c->uid_text) <
        0)
        must_fail_nomem();
    return key;
}

static struct call *call_new(struct drive *d, struct call fields)
{
    struct call *c = mem_must(malloc(sizeof *c));
    *c = fields;
    c->next = d->calls;
    c->back = &d->calls;
    if (c->next)
        c->next->back = &c->next;
    d->calls = c;
    return c;
}

struct call *call_new_pod(struct drive *d, enum call_kind kind, uint32_t pod)
{
    const struct world_pod *p = &d->w->pods.items[pod];
    uint32_t node = p->node < d->node_of.len ? d->node_of.items[p->node] : WORLD_NONE;
    struct call *c =
        call_new(d, (struct call){.kind = kind, .pod = pod, .uid = p->uid, .node = node});
    c->force = kind == CALL_DELETE;
    c->ns = copy(world_text(d->w, world_class_of(d->w, pod)->ns));
    c->name = copy(world_text(d->w, p->name));
    c->uid_text = copy(world_text(d->w, p->uid));
    c->key = key_of_pod(c);
    return c;
}

struct call *call_new_node(struct drive *d, enum call_kind kind, uint32_t node)
{
    const struct drive_node *n = &d->nodes[node];
    struct call *c = call_new(d, (struct call){.kind = kind, .pod = WORLD_NONE, .node = node});
    c->name = copy(n->name);
    c->uid_text = copy(world_text(d->w, d->w->nodes.items[n->index].uid));
    if (asprintf(&c->key, "cordon/%s", n->name) < 0)
        must_fail_nomem();
    return c;
}

void call_free(struct call *c)
{
    *c->back = c->next;
    if (c->next)
        c->next->back = c->back;
    free(c->ns);
    free(c->name);
    free(c->uid_text);
    free(c->key);
    str_release(&c->body);
    free(c);
}

/* ---- intents ---- */

static struct sv data_of(struct drive *d, const struct call *c)
{
    _cleanup_str_ struct str text = {0};
    struct jsonw w;
    const struct drive_pod *p = c->pod == WORLD_NONE ? NULL : news_pod(d, c->pod, c->uid);
    jsonw_init(&w, &text, 0);
    jsonw_object(&w);
    if (c->pod != WORLD_NONE && c->node != WORLD_NONE)
        jsonw_kv_str(&w, "node", d->nodes[c->node].name);
    if (c->kind == CALL_DELETE && p && p->words)
        jsonw_kv_str(&w, "refused", p->words);
    jsonw_object_end(&w);
    return sv_of(mem_must(arena_dup(&d->turn, str_sv(&text))));
}

static void write_body(struct drive *d, struct call *c)
{
    const struct evict_pod pod = {c->ns, c->name, c->uid_text};
    const struct node_change change = {.uid = c->uid_text, .cordon = FLAG_SET, .mark = FLAG_SET};
    if (c->kind == CALL_EVICT)
        evict_body(&pod, d->w->version, false, &c->body);
    else if (c->kind == CALL_DELETE)
        evict_delete_body(&pod, false, &c->body);
    else if (c->kind == CALL_CORDON)
        node_change_body(&change, node_change_mark(plan_run_plan(d->h.run), &d->turn), &c->body);
}

/* The budget has refused it for good: what follows is another act. */
static void give_up_eviction(struct drive *d, const struct call *c)
{
    const char *key = mem_must(arena_fmt(&d->turn, "evict/%s/%s/%s", c->ns, c->name, c->uid_text));
    if (plan_act_state(d->h.run, d->h.step, key) == ACT_INTENDED)
        must_push(&d->acts, (struct plan_act){key, ACT_FAILED, SV_NONE});
}

/* One that was intended before and not settled stays so: the journal has it. */
static void intend(struct drive *d, struct call *c)
{
    if (plan_act_state(d->h.run, d->h.step, c->key) != ACT_INTENDED) {
        struct plan_act act = {mem_must(arena_dup(&d->turn, sv_of(c->key))), ACT_INTENDED,
                               data_of(d, c)};
        must_push(&d->acts, act);
    }
    if (c->force)
        give_up_eviction(d, c);
    write_body(d, c);
    d->up++;
    d->cordons += c->kind == CALL_CORDON;
    must_push(&d->ready, c);
}

static void ask(struct drive *d, uint32_t workload)
{
    char name[512], question[640], text[640];
    struct err err = {0};
    world_workload_name(d->w, workload, name, sizeof name);
    snprintf(question, sizeof question, "pause-before:%s", name);
    snprintf(text, sizeof text, "May pods of %s be evicted now?", name);
    if (plan_ask(d->h.run, d->h.step, question, text, &err) < 0) {
        d->err = err;
        d->fatal = true;
        return;
    }
    hand_tell(&d->h, "asks", name, "waits for approval before it touches %s: toban plan approve %s",
              name, plan_run_plan(d->h.run)->id);
}

static void cordon(struct drive *d, uint32_t node)
{
    uint32_t i = node < d->node_of.len ? d->node_of.items[node] : WORLD_NONE;
    if (i != WORLD_NONE && d->w->nodes.items[node].used)
        intend(d, call_new_node(d, CALL_CORDON, i));
}

void calls_of_action(struct drive *d, const struct nodes_action *a)
{
    switch (a->kind) {
    case NODES_CORDON:
        cordon(d, a->index);
        break;
    case NODES_EVICT:
        intend(d, call_new_pod(d, CALL_EVICT, a->index));
        break;
    case NODES_DELETE:
        intend(d, call_new_pod(d, CALL_DELETE, a->index));
        break;
    case NODES_ASK:
        ask(d, a->index);
        break;
    case NODES_START:
    case NODES_TERMINATE:
        break;
    }
}

/* ---- sending ---- */

int calls_record(struct drive *d, struct err *err)
{
    int result =
        d->acts.len ? plan_record(d->h.run, d->h.step, d->acts.items, d->acts.len, err) : 0;
    d->acts.len = 0;
    arena_reset(&d->turn);
    return result;
}

void calls_due(struct drive *d)
{
    int64_t now = hand_clock_ms();
    size_t kept = 0;
    for (size_t i = 0; i < d->later.len; i++) {
        struct call *c = d->later.items[i];
        if (c->due <= now)
            must_push(&d->ready, c);
        else
            d->later.items[kept++] = c;
    }
    d->later.len = kept;
}

int64_t calls_next(const struct drive *d)
{
    int64_t next = INT64_MAX;
    vec_foreach(c, &d->later)
        next = (*c)->due < next ? (*c)->due : next;
    return next;
}

int32_t calls_asked(const struct drive *d, uint32_t workload)
{
    int32_t n = 0;
    for (const struct call *c = d->calls; c; c = c->next)
        if (c->pod < d->w->pods.len && d->w->pods.items[c->pod].uid == c->uid)
            n += d->w->pods.items[c->pod].ready && world_top_owner(d->w, c->pod) == workload;
    return n;
}

static struct kube_flight flight_of(struct drive *d, struct call *c)
{
    bool node = c->kind == CALL_CORDON || c->kind == CALL_STATUS;
    struct kube_flight f = {
        .ref = {.version = "v1",
                .resource = node ? "nodes" : "pods",
                .ns = c->ns,
                .name = c->name,
                .subresource = c->kind == CALL_EVICT ? "eviction" : NULL},
        .body = str_sv(&c->body),
        .patch = KUBE_PATCH_MERGE,
        .may_go = hand_may_go,
        .ctx = &d->h,
        .tag = c,
    };
    static const char *const methods[] = {
        [CALL_EVICT] = "POST",   [CALL_DELETE] = "DELETE", [CALL_OBSERVE] = "GET",
        [CALL_CORDON] = "PATCH", [CALL_STATUS] = "GET",
    };
    f.method = methods[c->kind];
    if (!c->body.len)
        f.body = SV_NONE;
    return f;
}

void calls_launch(struct drive *d)
{
    for (size_t i = 0; i < d->ready.len; i++) {
        struct call *c = d->ready.items[i];
        const struct kube_flight f = flight_of(d, c);
        struct kube_landing failed = {.tag = c};
        if (kube_flight_start(d->h.flights, &f, &failed.err) < 0)
            landings_take(d, &failed);
    }
    d->ready.len = 0;
}
