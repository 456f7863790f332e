#include "ops/preflight/preflight.h"

#include "base/must.h"
#include "base/text.h"

#include <limits.h>
#include <string.h>

void preflight_release(struct preflight *p)
{
    vec_release(&p->items);
    arena_release(&p->arena);
}

static const char *copy(struct preflight *p, const char *text)
{
    return text ? mem_must(arena_dup(&p->arena, sv_of(text))) : NULL;
}

static struct preflight_item *find(struct preflight *p, const char *id)
{
    vec_foreach(item, &p->items)
        if (strcmp(item->id, id) == 0)
            return item;
    return NULL;
}

static size_t place_of(const struct preflight *p, bool blocks)
{
    size_t i = 0;
    while (i < p->items.len && (!blocks || p->items.items[i].blocks))
        i++;
    return i;
}

void preflight_add(struct preflight *p, const struct preflight_item *item)
{
    struct preflight_item *known = find(p, item->id);
    if (known && known->blocks >= item->blocks) {
        known->pods += item->pods;
        return;
    }
    if (known) {
        size_t at = (size_t)(known - p->items.items);
        memmove(known, known + 1, (--p->items.len - at) * sizeof *known);
    }
    struct preflight_item fresh = {
        .id = copy(p, item->id),
        .subject = copy(p, item->subject),
        .pods = item->pods,
        .text = copy(p, item->text),
        .fix = copy(p, item->fix),
        .blocks = item->blocks,
        .accepted = item->accepted,
    };
    size_t at = place_of(p, item->blocks);
    must_push(&p->items, fresh);
    struct preflight_item *place = p->items.items + at;
    memmove(place + 1, place, (p->items.len - 1 - at) * sizeof *place);
    *place = fresh;
}

/* "Deployment shop/cart" is shop/cart in an id. */
static const char *name_of(const char *workload)
{
    const char *space = strchr(workload, ' ');
    return space ? space + 1 : workload;
}

static void take_blockers(struct preflight *p, const struct rehearsal *r)
{
    vec_foreach(b, &r->blockers)
        preflight_add(p, &(struct preflight_item){.id = b->id,
                                                  .subject = b->workload,
                                                  .pods = b->pods,
                                                  .text = b->cause,
                                                  .fix = b->fix,
                                                  .blocks = true});
}

static void take_unplaced(struct preflight *p, const struct rehearsal *r)
{
    vec_foreach(u, &r->unschedulable) {
        const char *id =
            mem_must(arena_fmt(&p->arena, "cannot-be-placed:%s", name_of(u->workload)));
        preflight_add(p, &(struct preflight_item){.id = id,
                                                  .subject = u->workload,
                                                  .pods = u->pods,
                                                  .text = u->reason,
                                                  .fix = u->fix,
                                                  .blocks = true});
    }
}

/* An eviction would do it, but its owner has asked not to: somebody must decide. */
static bool is_wish(const struct rehearsal_risk *risk)
{
    return strcmp(risk->rule, "do-not-disrupt") == 0;
}

static void take_risks(struct preflight *p, const struct rehearsal *r)
{
    vec_foreach(k, &r->risks)
        preflight_add(p, &(struct preflight_item){.id = k->id,
                                                  .subject = k->workload,
                                                  .pods = k->pods,
                                                  .text = k->text,
                                                  .fix = k->fix,
                                                  .blocks = k->blocks || is_wish(k)});
}

void preflight_take(struct preflight *p, const struct rehearsal *r)
{
    take_blockers(p, r);
    take_unplaced(p, r);
    take_risks(p, r);
}

static const char *nearest(const struct preflight *p, const char *id)
{
    const char *best = NULL;
    unsigned best_distance = UINT_MAX;
    vec_foreach(item, &p->items) {
        unsigned distance = text_distance(sv_of(id), sv_of(item->id));
        if (distance < best_distance && text_near(sv_of(id), sv_of(item->id))) {
            best = item->id;
            best_distance = distance;
        }
    }
    return best;
}

int preflight_accept(struct preflight *p, const char *const *ids, struct err *err)
{
    for (; *ids; ids++) {
        struct preflight_item *item = find(p, *ids);
        if (item) {
            item->accepted = true;
            continue;
        }
        const char *near = nearest(p, *ids);
        err_set(err, ERR_USAGE, "--accept: '%s' is no risk of this operation", *ids);
        return near ? err_hint(err, "did you mean '%s'?", near)
                    : err_hint(err, "--dry-run lists the risks there are, with their ids");
    }
    return 0;
}

void preflight_accept_known(struct preflight *p, const char *const *ids, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        struct preflight_item *item = find(p, ids[i]);
        if (item)
            item->accepted = true;
    }
}

size_t preflight_open(const struct preflight *p)
{
    size_t open = 0;
    vec_foreach(item, &p->items)
        open += item->blocks && !item->accepted;
    return open;
}
