#include "base/must.h"
#include "pocket/api_internal.h"

struct pocket_pages {
    struct api_view view;
    object_bytes_vec list;
    size_t at;
    struct str head;
    bool begun;
};

struct pocket_pages *api_pages_new(const struct api_view *view, struct sv head,
                                   const object_bytes_vec *list, size_t from, size_t to)
{
    struct pocket_pages *p = mem_must(calloc(1, sizeof *p));
    p->view = *view;
    str_addv(&p->head, head);
    for (size_t i = from; i < to; i++)
        must_push(&p->list, object_bytes_ref(list->items[i]));
    return p;
}

bool pocket_pages_read(struct pocket_pages *p, size_t room, struct str *out)
{
    size_t start = out->len;
    if (!p->begun)
        str_addv(out, str_sv(&p->head));
    for (; p->at < p->list.len && out->len - start < room; p->at++) {
        if (p->at > 0)
            str_addc(out, ',');
        api_view_item(&p->view, p->list.items[p->at], out);
        object_bytes_unref(p->list.items[p->at]);
        p->list.items[p->at] = NULL;
    }
    p->begun = true;
    if (p->at < p->list.len)
        return true;
    str_adds(out, "]}\n");
    return false;
}

void pocket_pages_free(struct pocket_pages *p)
{
    if (!p)
        return;
    objects_list_release(&p->list);
    str_release(&p->head);
    free(p);
}
