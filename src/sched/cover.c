#include "sched/cover.h"

#include "base/must.h"

void cover_release(struct cover *c)
{
    vec_foreach(l, &c->all)
        vec_release(&(*l)->ids);
    vec_release(&c->all);
    vec_release(&c->rest.ids);
    map_release(&c->lists);
}

static struct cover_list *list_of(struct sched *s, struct cover *c, struct label label)
{
    struct sv key = {(const char *)&label, sizeof label};
    struct cover_list *list = map_get(&c->lists, key);
    if (list)
        return list;
    list = mem_must(arena_new(&s->arena, struct cover_list));
    key.ptr = mem_must(arena_dup(&s->arena, key));
    if (!map_put(&c->lists, key, list))
        must_fail_nomem();
    must_push(&c->all, list);
    return list;
}

/* The last one, because keys are sorted and "pod-template-hash" tells more than "app". */
static const struct requirement *telling(const struct sched *s, const struct selector *sel)
{
    const struct requirement *found = NULL;
    for (uint32_t i = 0; i < sel->len; i++) {
        const struct requirement *r = &sel->items[i];
        bool own = r->key == s->keys.pod_name || r->key == s->keys.pod_index;
        if (r->op == LABEL_IN && r->value_count == 1 && !own)
            found = r;
    }
    return found;
}

void cover_add(struct sched *s, struct cover *c, const struct selector *sel, uint32_t id)
{
    const struct requirement *r = telling(s, sel);
    struct cover_list *list = r ? list_of(s, c, (struct label){r->key, r->values[0]}) : &c->rest;
    must_push(&list->ids, id);
}

static void take(struct candidates *out, const struct cover_list *list)
{
    vec_foreach(id, &list->ids)
        must_push(&out->ids, *id);
}

void cover_find(const struct cover *c, struct labels l, struct candidates *out)
{
    out->ids.len = 0;
    take(out, &c->rest);
    for (uint32_t i = 0; i < l.len; i++) {
        const struct cover_list *list =
            map_get(&c->lists, (struct sv){(const char *)&l.items[i], sizeof l.items[i]});
        if (list)
            take(out, list);
    }
}
