#include "pocket/patch/managed.h"

#include "base/must.h"

#include <stdlib.h>

#define UPDATERS_MAX 10u
#define ANCIENT SV("ancient-changes")

void managers_release(struct managers *m)
{
    vec_release(&m->list);
}

void managers_read(struct managers *m, struct arena *a, const struct doc_node *object)
{
    const struct doc_node *entries = doc_get(doc_get(object, "metadata"), "managedFields");
    doc_each_item(entry, entries) {
        struct manager one = {
            .name = doc_get_string(entry, "manager"),
            .api_version = doc_get_string(entry, "apiVersion"),
            .subresource = doc_get_string(entry, "subresource"),
            .time = doc_get_string(entry, "time"),
            .applies = sv_is(doc_get_string(entry, "operation"), "Apply"),
            .set = set_decode(a, doc_get(entry, "fieldsV1")),
        };
        must_push(&m->list, one);
    }
}

/* Appliers are one and the same in every version, updaters are not. */
struct manager *managers_find(struct managers *m, struct arena *a, const struct patch_writer *who,
                              bool applies, bool make)
{
    vec_foreach(one, &m->list)
        if (one->applies == applies && sv_eq(one->name, who->manager) &&
            sv_eq(one->subresource, who->subresource) &&
            (applies || sv_eq(one->api_version, who->api_version)))
            return one;
    if (!make)
        return NULL;
    struct manager fresh = {
        .name = who->manager,
        .api_version = who->api_version,
        .subresource = who->subresource,
        .time = who->time,
        .applies = applies,
        .set = value_map(a),
    };
    must_push(&m->list, fresh);
    return &m->list.items[m->list.len - 1];
}

static int by_age(const void *left, const void *right)
{
    const struct manager *a = left, *b = right;
    int order = (int)b->applies - (int)a->applies;
    if (!order)
        order = sv_cmp(a->time, b->time);
    if (!order)
        order = sv_cmp(a->name, b->name);
    if (!order)
        order = sv_cmp(a->api_version, b->api_version);
    return order ? order : sv_cmp(a->subresource, b->subresource);
}

static void drop_empty(struct managers *m)
{
    size_t kept = 0;
    vec_foreach(one, &m->list)
        if (!set_empty(one->set))
            m->list.items[kept++] = *one;
    m->list.len = kept;
}

/* The oldest two updaters of a version become one until ten are left. */
static void join_oldest(struct managers *m, struct arena *a)
{
    size_t first = 0;
    while (first < m->list.len && m->list.items[first].applies)
        first++;
    for (size_t i = first + 1; m->list.len - first > UPDATERS_MAX && i < m->list.len;) {
        struct manager *old = &m->list.items[first], *next = &m->list.items[i];
        if (!sv_eq(old->api_version, next->api_version)) {
            i++;
            continue;
        }
        next->set = set_union(a, old->set, next->set);
        next->name = ANCIENT;
        next->subresource = SV_NONE;
        memmove(old, old + 1, (m->list.len - first - 1) * sizeof *old);
        m->list.len--;
        i = first + 1;
    }
}

static struct doc_node *entry_of(struct arena *a, const struct manager *one)
{
    struct doc_node *entry = value_map(a);
    value_set_text(a, entry, "manager", one->name);
    value_set_text(a, entry, "operation", one->applies ? SV("Apply") : SV("Update"));
    value_set_text(a, entry, "apiVersion", one->api_version);
    if (one->time.len)
        value_set_text(a, entry, "time", one->time);
    value_set_text(a, entry, "fieldsType", SV("FieldsV1"));
    value_set(a, entry, SV("fieldsV1"), set_encode(a, one->set));
    if (one->subresource.len)
        value_set_text(a, entry, "subresource", one->subresource);
    return entry;
}

void managers_write(struct managers *m, struct arena *a, struct doc_node *object)
{
    struct doc_node *meta = value_need_map(a, object, SV("metadata"));
    struct doc_node *entries = value_list(a);
    drop_empty(m);
    if (m->list.len)
        qsort(m->list.items, m->list.len, sizeof *m->list.items, by_age);
    join_oldest(m, a);
    vec_foreach(one, &m->list)
        value_push(a, entries, entry_of(a, one));
    if (entries->item_count)
        value_set(a, meta, SV("managedFields"), entries);
    else
        value_unset(meta, SV("managedFields"));
}

struct sv manager_print(struct arena *a, const struct manager *m)
{
    _cleanup_str_ struct str out;
    str_init(&out, 0);
    str_addv(&out, value_json(a, value_text(a, m->name)));
    if (m->subresource.len)
        str_addf(&out, " with subresource \"%.*s\"", SV_ARG(m->subresource));
    if (!m->applies)
        str_addf(&out, " using %.*s", SV_ARG(m->api_version));
    const char *text = mem_must(arena_dup(a, str_sv(&out)));
    return sv_n(text, out.len);
}
