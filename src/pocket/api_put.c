/* Objects of controllers, entered as the bytes that they wrote. */
#include "doc/pull.h"
#include "pocket/api_internal.h"

#define OWNERS_MAX 16

/* What the store has to know of an object. Views into its text. */
struct head {
    struct sv name, ns, before, after; /* metadata before and after resourceVersion, no braces */
    struct sv rest;                    /* from the comma or brace behind metadata on */
    struct sv owners[OWNERS_MAX];
    size_t owner_count;
    bool uid, created, generation;
};

static void read_owners(struct pull *p, struct head *h)
{
    struct sv key, uid;
    if (!pull_seq(p))
        return;
    while (pull_item(p)) {
        if (!pull_map(p))
            continue;
        while (pull_key(p, &key)) {
            if (!sv_is(key, "uid"))
                pull_skip(p);
            else if (pull_string(p, &uid) && h->owner_count < OWNERS_MAX)
                h->owners[h->owner_count++] = uid;
        }
    }
}

static void read_meta(struct pull *p, struct head *h)
{
    struct sv key, version = SV_NONE, uid = SV_NONE;
    const char *start = p->at + 1, *cut = NULL, *last = start;
    if (pull_peek(p) != PULL_MAP || !pull_map(p)) {
        pull_fail(p, "metadata is no map");
        return;
    }
    for (; pull_key(p, &key); last = p->at) {
        if (sv_is(key, "resourceVersion")) {
            cut = last;
            pull_raw(p, &version);
        } else if (sv_is(key, "name")) {
            pull_string(p, &h->name);
        } else if (sv_is(key, "namespace")) {
            pull_string(p, &h->ns);
        } else if (sv_is(key, "uid")) {
            h->uid = pull_string(p, &uid) && uid.len;
        } else if (sv_is(key, "ownerReferences")) {
            read_owners(p, h);
        } else {
            h->created |= sv_is(key, "creationTimestamp");
            h->generation |= sv_is(key, "generation");
            pull_skip(p);
        }
    }
    const char *end = last, *on = cut ? version.ptr + version.len : end;
    h->before = sv_n(start, (size_t)((cut ? cut : end) - start));
    on += h->before.len == 0 && on < end; /* the comma behind what was cut out */
    h->after = sv_n(on, (size_t)(end - on));
}

/* False: the text says too little, or not in this order. */
static bool read_head(struct sv json, const struct kind *kind, struct head *h)
{
    struct pull p;
    struct sv key = SV_NONE;
    *h = (struct head){.ns = SV("")};
    pull_init(&p, json, NULL);
    if (!pull_map(&p))
        return false;
    while (pull_key(&p, &key) && (sv_is(key, "apiVersion") || sv_is(key, "kind")))
        pull_skip(&p);
    if (!sv_is(key, "metadata"))
        return false;
    read_meta(&p, h);
    h->rest = sv_n(p.at, (size_t)(p.end - p.at));
    return pull_ok(&p) && h->uid && h->created && h->name.len &&
           (h->generation || !(kind->flags & KIND_GENERATION)) &&
           (h->ns.len || !(kind->flags & KIND_NAMESPACED));
}

static int put_bytes(struct pocket_api *api, const struct kind *kind, const struct head *h,
                     struct err *err)
{
    char start[64];
    int n = snprintf(start, sizeof start, "{\"metadata\":{\"resourceVersion\":\"%llu\",",
                     (unsigned long long)objects_next_version(api->objects));
    const struct sv parts[] = {sv_n(start, (size_t)n), h->before, h->after, SV("}"), h->rest};
    const struct object_text text = {
        .store = kind->store,
        .ns = kind->flags & KIND_NAMESPACED ? h->ns : SV(""),
        .name = h->name,
        .parts = parts,
        .part_count = ARRAY_LEN(parts),
        .owners = h->owners,
        .owner_count = h->owner_count,
    };
    if (objects_put(api->objects, &text, err) != 0)
        return -1;
    api_notice(api);
    return 0;
}

int pocket_api_put(struct pocket_api *api, const struct kind *kind, struct sv json, struct err *err)
{
    struct head h;
    bool defines = !kind->custom && strcmp(kind->kind, "CustomResourceDefinition") == 0;
    if (!defines && read_head(json, kind, &h))
        return put_bytes(api, kind, &h, err);
    _cleanup_doc_ struct doc_file file = {0};
    _cleanup_arena_ struct arena a = {0};
    char api_version[320];
    if (doc_parse_json(&file, kind->kind, json, NULL, err) != 0)
        return -1;
    struct doc_node *object = value_clone(&a, file.parts[0].root);
    value_set_text(&a, object, "apiVersion", sv_of(kind_api_version(kind, api_version)));
    value_set_text(&a, object, "kind", sv_of(kind->kind));
    return pocket_api_write(api, &a, object, err);
}
