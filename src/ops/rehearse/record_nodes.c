/* The nodes of a run: how many there are, when each is drained, empty, clean and gone. */
#include "ops/rehearse/internal.h"

struct node_place *record_node(struct recorder *rec, uint32_t node)
{
    while (rec->nodes.len <= node)
        must_push(&rec->nodes, (struct node_place){.bar = WORLD_NONE});
    return &rec->nodes.items[node];
}

static void add_bar(struct recorder *rec, uint32_t node, bool is_new)
{
    const struct world_node *n = &rec->w->nodes.items[node];
    struct rehearsal_node bar = {
        .name = text_of(rec->r, "%s", world_text(rec->w, n->name)),
        .zone = text_of(rec->r, "%s", world_text(rec->w, n->zone)),
        .is_new = is_new,
        .drain_from_ms = -1,
        .empty_ms = -1,
        .clean_ms = -1,
        .gone_ms = -1,
        .ready_ms = -1,
    };
    must_push(&rec->r->nodes, bar);
    record_node(rec, node)->bar = (uint32_t)rec->r->nodes.len - 1;
}

static struct rehearsal_node *bar_of(struct recorder *rec, const struct node_place *n)
{
    return n->bar == WORLD_NONE ? NULL : &rec->r->nodes.items[n->bar];
}

static void count_node(struct recorder *rec, uint32_t node, int sign)
{
    enum role role = record_node(rec, node)->role;
    rec->vcpu += sign * rec->w->nodes.items[node].capacity.cpu;
    if (role == ROLE_OLD)
        rec->old_nodes += (uint32_t)sign;
    if (role == ROLE_NEW)
        rec->new_nodes += (uint32_t)sign;
    if (rec->w->live_nodes > rec->peak_nodes)
        rec->peak_nodes = rec->w->live_nodes;
    if (rec->vcpu > rec->peak_vcpu)
        rec->peak_vcpu = rec->vcpu;
}

void record_node_added(struct recorder *rec, uint32_t node)
{
    *record_node(rec, node) = (struct node_place){.bar = WORLD_NONE, .role = ROLE_NEW};
    add_bar(rec, node, true);
    count_node(rec, node, 1);
}

void record_node_ready(struct recorder *rec, uint32_t node, int64_t now)
{
    struct rehearsal_node *bar = bar_of(rec, record_node(rec, node));
    if (bar && bar->ready_ms < 0)
        bar->ready_ms = now;
}

void record_close_node(struct recorder *rec, uint32_t node)
{
    struct node_place *n = record_node(rec, node);
    struct rehearsal_node *bar = bar_of(rec, n);
    if (bar && bar->is_new)
        bar->pods = n->arrived;
}

void record_node_gone(struct recorder *rec, uint32_t node, int64_t now)
{
    struct node_place *n = record_node(rec, node);
    struct rehearsal_node *bar = bar_of(rec, n);
    count_node(rec, node, -1);
    record_close_node(rec, node);
    if (bar)
        bar->gone_ms = now;
    n->bar = WORLD_NONE;
    n->role = ROLE_OTHER;
}

void record_node_filled(struct recorder *rec, uint32_t node)
{
    struct node_place *n = record_node(rec, node);
    struct rehearsal_node *bar = n->role == ROLE_NEW ? NULL : bar_of(rec, n);
    n->left++;
    n->arrived++;
    if (bar)
        bar->empty_ms = bar->clean_ms = -1;
}

void record_node_drains(struct recorder *rec, uint32_t node, int64_t now)
{
    struct node_place *n = record_node(rec, node);
    struct rehearsal_node *bar = n->draining ? NULL : bar_of(rec, n);
    if (bar && bar->drain_from_ms < 0)
        bar->drain_from_ms = now;
    n->draining = true;
}

void record_check_clean(struct recorder *rec, uint32_t node, int64_t now)
{
    const struct node_place *n = record_node(rec, node);
    struct rehearsal_node *bar = n->left || n->role == ROLE_NEW ? NULL : bar_of(rec, n);
    if (!bar)
        return;
    if (bar->empty_ms < 0)
        bar->empty_ms = now;
    if (bar->clean_ms < 0 && !n->attached)
        bar->clean_ms = now;
}

void record_node_emptied(struct recorder *rec, uint32_t node, int64_t now)
{
    record_node(rec, node)->left--;
    record_check_clean(rec, node, now);
}

void record_attachment(struct recorder *rec, uint32_t attachment, int64_t now)
{
    const struct world_attachment *a = &rec->w->attachments.items[attachment];
    while (rec->attachment_node.len <= attachment)
        must_push(&rec->attachment_node, WORLD_NONE);
    uint32_t *kept = &rec->attachment_node.items[attachment], before = *kept;
    uint32_t node = a->used ? a->node : WORLD_NONE;
    *kept = node;
    if (node == before)
        return;
    if (node != WORLD_NONE)
        record_node(rec, node)->attached++;
    if (before == WORLD_NONE)
        return;
    record_node(rec, before)->attached--;
    record_check_clean(rec, before, now);
}

void record_start_nodes(struct recorder *rec)
{
    must_reserve(&rec->nodes, rec->w->nodes.cap);
    world_each_node(rec->w, n) {
        record_node(rec, n);
        rec->vcpu += rec->w->nodes.items[n].capacity.cpu;
    }
    for (uint32_t i = 0; i < rec->s->old_count; i++) {
        record_node(rec, rec->s->old[i])->role = ROLE_OLD;
        add_bar(rec, rec->s->old[i], false);
    }
    rec->old_nodes = rec->s->old_count;
    rec->peak_nodes = rec->w->live_nodes;
    rec->peak_vcpu = rec->vcpu;
    for (uint32_t i = 0; i < rec->w->attachments.len; i++)
        record_attachment(rec, i, 0);
}
