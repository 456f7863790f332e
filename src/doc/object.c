#include "doc/object.h"

#define LIST_DEPTH_MAX 8

bool object_of(struct doc_node *root, struct object *out)
{
    struct sv api = doc_get_string(root, "apiVersion"), kind = doc_get_string(root, "kind");
    if (!api.len || !kind.len)
        return false;
    const struct doc_node *metadata = doc_get(root, "metadata");
    const char *slash = memchr(api.ptr, '/', api.len);
    size_t group = slash ? (size_t)(slash - api.ptr) : 0;
    *out = (struct object){
        .root = root,
        .api_version = api,
        .group = sv_n(api.ptr, group),
        .version = slash ? sv_n(slash + 1, api.len - group - 1) : api,
        .kind = kind,
        .name = doc_get_string(metadata, "name"),
        .namespace = doc_get_string(metadata, "namespace"),
    };
    return true;
}

struct walk {
    struct doc_file *file;
    int (*visit)(void *ctx, struct doc_file *f, struct object *o);
    void *ctx;
    uint32_t part;
};

static int walk_object(const struct walk *w, struct doc_node *root, bool from_list, unsigned depth)
{
    struct object o;
    const struct doc_node *items = doc_get(root, "items");
    if (!object_of(root, &o))
        return 0;
    o.part = w->part;
    o.from_list = from_list;
    if (!sv_ends(o.kind, "List") || !items || items->type != DOC_SEQ || depth >= LIST_DEPTH_MAX)
        return w->visit(w->ctx, w->file, &o);
    for (uint32_t i = 0; i < items->item_count; i++) {
        int stop = walk_object(w, items->items[i], true, depth + 1);
        if (stop)
            return stop;
    }
    return 0;
}

int object_each(struct doc_file *f, int (*visit)(void *ctx, struct doc_file *f, struct object *o),
                void *ctx)
{
    struct walk w = {.file = f, .visit = visit, .ctx = ctx};
    for (; w.part < f->part_count; w.part++) {
        int stop = walk_object(&w, f->parts[w.part].root, false, 0);
        if (stop)
            return stop;
    }
    return 0;
}
