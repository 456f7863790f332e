#include "ops/live/choice.h"

#include "base/must.h"

/* Never stored, gone within the hour, copies of something else, or secret. */
static bool is_left_out(const struct kube_resource *r)
{
    static const struct {
        const char *group, *resource;
    } out[] = {
        {"", "events"},
        {"events.k8s.io", "events"},
        {"", "componentstatuses"},
        {"", "secrets"},
        {"apps", "controllerrevisions"},
        {"metrics.k8s.io", NULL},
        {"custom.metrics.k8s.io", NULL},
        {"external.metrics.k8s.io", NULL},
    };
    for (size_t i = 0; i < ARRAY_LEN(out); i++)
        if (strcmp(r->group, out[i].group) == 0 &&
            (!out[i].resource || strcmp(r->resource, out[i].resource) == 0))
            return true;
    return false;
}

static const struct lifecycle_row *row_of(const struct lifecycle *lifecycle,
                                          const struct kube_resource *r)
{
    const struct lifecycle_row *row =
        lifecycle_find(lifecycle, sv_of(r->group), sv_of(r->version), sv_of(r->kind));
    return row && !row->component ? row : NULL;
}

static bool is_deprecated(const struct lifecycle *lifecycle, const struct kube_resource *r,
                          struct version server)
{
    const struct lifecycle_row *row = row_of(lifecycle, r);
    return row && row->deprecated.set && version_cmp(row->deprecated, server) <= 0;
}

/* Not deprecated before deprecated, then the more stable, then the one the server prefers. */
static bool is_better(const struct lifecycle *lifecycle, const struct kube_resource *a,
                      const struct kube_resource *b, struct version server)
{
    bool a_old = is_deprecated(lifecycle, a, server), b_old = is_deprecated(lifecycle, b, server);
    int order = lifecycle_version_cmp(sv_of(a->version), sv_of(b->version));
    if (a_old != b_old)
        return b_old;
    return order ? order > 0 : a->preferred && !b->preferred;
}

static struct choice_item *item_of(struct choice *p, const struct kube_resource *r)
{
    vec_foreach(i, &p->items)
        if (strcmp(i->resource->group, r->group) == 0 &&
            strcmp(i->resource->resource, r->resource) == 0)
            return i;
    return NULL;
}

bool choice_is_seen_elsewhere(const struct kube_discovery *d, const struct lifecycle *lifecycle,
                              const struct kube_resource *r)
{
    const struct lifecycle_row *row = row_of(lifecycle, r);
    const struct lifecycle_row *next =
        row ? lifecycle_successor(lifecycle, row, VERSION_NONE, VERSION_NONE) : NULL;
    if (!next || strcmp(next->kind, row->kind) != 0 || strcmp(next->group, row->group) == 0)
        return false;
    const struct kube_resource *other = kube_discovery_find_kind(d, next->group, NULL, next->kind);
    return other && other->verbs & KUBE_VERB_LIST;
}

static void choose_version(struct choice *p, const struct kube_resource *r,
                           const struct lifecycle *lifecycle, struct version server)
{
    struct choice_item *have = item_of(p, r);
    struct choice_item item = {r, LIVE_FULL};
    if (have && is_better(lifecycle, r, have->resource, server))
        have->resource = r;
    else if (!have && !vec_push(&p->items, item))
        must_fail_nomem();
}

static enum live_shape shape_of(const struct kube_resource *r)
{
    return strcmp(r->group, "coordination.k8s.io") == 0 ? LIVE_METADATA : LIVE_FULL;
}

void choice_make(struct choice *p, const struct kube_discovery *d,
                 const struct lifecycle *lifecycle, struct version server, bool include_deprecated)
{
    size_t kept = 0;
    *p = (struct choice){0};
    for (size_t i = 0; i < d->resource_count; i++) {
        const struct kube_resource *r = &d->resources[i];
        if (r->verbs & KUBE_VERB_LIST && !is_left_out(r) &&
            !choice_is_seen_elsewhere(d, lifecycle, r))
            choose_version(p, r, lifecycle, server);
    }
    vec_foreach(item, &p->items) {
        bool old = is_deprecated(lifecycle, item->resource, server);
        item->shape = old ? LIVE_METADATA : shape_of(item->resource);
        if (old && !vec_push(&p->only_deprecated, item->resource))
            must_fail_nomem();
        if (!old || include_deprecated)
            p->items.items[kept++] = *item;
    }
    p->items.len = kept;
}

void choice_release(struct choice *p)
{
    vec_release(&p->items);
    vec_release(&p->only_deprecated);
}
