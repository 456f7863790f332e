/* Events of pods: by far the most, so they touch nothing but the pod and its controllers. */
#include "world/apply_internal.h"
#include "world/codec.h"

static enum change_kind kind_of(const struct world_pod *was, const struct world_pod *is)
{
    if (was->uid != is->uid)
        return CHANGE_POD_ADDED;
    if (!was->deleting && is->deleting)
        return CHANGE_POD_DELETING;
    if (was->node == WORLD_NONE && is->node != WORLD_NONE)
        return CHANGE_POD_BOUND;
    if (was->ready != is->ready)
        return is->ready ? CHANGE_POD_READY : CHANGE_POD_UNREADY;
    return CHANGE_POD_OTHER;
}

static bool claims_equal(const struct load *l, const struct world_pod *a, const struct world_pod *b)
{
    return a->claim_count == b->claim_count &&
           (!a->claim_count || memcmp(&l->claims.items[a->claims], &l->claims.items[b->claims],
                                      a->claim_count * sizeof *l->claims.items) == 0);
}

/* A pod's claims never change: its places in the lists are used again. */
static void keep_claims(struct load *l, struct world_pod *pending, const struct world_pod *before)
{
    if (!claims_equal(l, pending, before))
        return;
    l->claims.len = pending->claims;
    pending->claims = before->claims;
}

static void keep_world_claims(struct world *w, struct world_pod *is, const struct world_pod *was)
{
    if (is->claim_count != was->claim_count || !is->claim_count)
        return;
    memcpy(&w->pod_claims.items[was->claims], &w->pod_claims.items[is->claims],
           is->claim_count * sizeof *w->pod_claims.items);
    w->pod_claims.len = is->claims;
    is->claims = was->claims;
}

static void settle_owner(struct load *l, uint32_t owner)
{
    if (owner != WORLD_NONE)
        load_resolve_template(l, owner);
}

static void remove_pod(struct event *e, uint32_t at)
{
    uint32_t owner = e->w->pods.items[at].owner;
    world_pod_remove(e->w, at);
    index_remove(&e->l->by_name[BY_NAME_POD], event_key(e));
    e->l->pods.items[at] = (struct world_pod){.owner = WORLD_NONE};
    settle_owner(e->l, owner);
    *e->change = (struct world_change){CHANGE_POD_GONE, at};
}

/* The load has put the new pod at the end; the world may have had a free slot for it. */
static void add_pod(struct event *e)
{
    struct load *l = e->l;
    uint32_t last = (uint32_t)l->pods.len - 1;
    struct world_pod pending = l->pods.items[last], pod = pending;
    load_finish_pod(l, &pod);
    uint32_t slot = world_pod_add(e->w, &pod);
    if (slot != last) {
        l->pods.items[slot] = pending;
        l->pods.len--;
        index_put(&l->by_name[BY_NAME_POD], event_key(e), slot);
    }
    settle_owner(l, pod.owner);
    *e->change = (struct world_change){CHANGE_POD_ADDED, slot};
}

static bool is_same(const struct world *w, const struct world_pod *was, const struct world_pod *is)
{
    return codec_same(w, code_pod, was, is);
}

/* Its controller's next pod cannot be told from it otherwise than before. */
static bool is_same_sample(const struct world_pod *was, const struct world_pod *is)
{
    return was->owner == is->owner && was->class == is->class && was->created == is->created &&
           !was->deleting == !is->deleting &&
           world_pod_is_finished(was) == world_pod_is_finished(is);
}

static void replace_pod(struct event *e, uint32_t at, const struct world_pod *before)
{
    struct load *l = e->l;
    struct world_pod was = e->w->pods.items[at];
    keep_claims(l, &l->pods.items[at], before);
    struct world_pod is = l->pods.items[at];
    load_finish_pod(l, &is);
    bool same = is_same(e->w, &was, &is);
    keep_world_claims(e->w, &is, &was);
    *e->change = (struct world_change){same ? CHANGE_NONE : kind_of(&was, &is), at};
    if (same)
        return;
    world_pod_remove(e->w, at);
    world_pod_add(e->w, &is);
    if (!is_same_sample(&was, &is))
        settle_owner(l, is.owner);
    if (was.owner != is.owner)
        settle_owner(l, was.owner);
}

int apply_pod(struct event *e, struct err *err)
{
    uint32_t at = load_find(e->l, BY_NAME_POD, e->ns, e->name);
    bool known = at != WORLD_NONE;
    struct world_pod before = known ? e->l->pods.items[at] : (struct world_pod){0};
    if (e->deleted) {
        if (known)
            remove_pod(e, at);
        return 0;
    }
    bool taken;
    if (event_read(e, &taken, err) < 0)
        return -1;
    if (!taken)
        return 0;
    if (known)
        replace_pod(e, at, &before);
    else
        add_pod(e);
    return 0;
}
