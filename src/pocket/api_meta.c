#include "base/jsonw.h"
#include "base/must.h"
#include "base/timestamp.h"
#include "pocket/api_internal.h"
#include "pocket/convert.h"

static void print_converted(const struct kind *kind, const struct object_bytes *bytes,
                            struct str *out)
{
    _cleanup_arena_ struct arena a = {0};
    if (!value_write(api_parse(&a, kind, bytes), out))
        str_adds(out, "null");
}

void api_print(const struct kind *kind, const struct object_bytes *bytes, struct str *out)
{
    char api_version[320];
    if (kind->form != KIND_AS_STORED) {
        print_converted(kind, bytes, out);
        return;
    }
    str_addf(out, "{\"kind\":\"%s\",\"apiVersion\":\"%s\",", kind->kind,
             kind_api_version(kind, api_version));
    str_add(out, bytes->json + 1, bytes->len - 1);
}

struct doc_node *api_parse(struct arena *a, const struct kind *kind,
                           const struct object_bytes *bytes)
{
    _cleanup_doc_ struct doc_file file = {0};
    struct err err = {0};
    char api_version[320];
    if (doc_parse_json(&file, kind->kind, object_bytes_sv(bytes), NULL, &err) != 0 ||
        file.part_count == 0)
        return value_map(a);
    struct doc_node *object = value_clone(a, file.parts[0].root);
    value_set_text(a, object, "apiVersion", sv_of(kind_api_version(kind, api_version)));
    value_set_text(a, object, "kind", sv_of(kind->kind));
    convert_from_stored(a, kind->form, object);
    return object;
}

struct sv api_meta(const struct doc_node *object, const char *key)
{
    struct sv v = doc_get_string(doc_get(object, "metadata"), key);
    return v.ptr ? v : SV("");
}

struct doc_node *api_metadata(struct arena *a, struct doc_node *object)
{
    return value_need_map(a, object, SV("metadata"));
}

static size_t owners_of(const struct doc_node *object, struct sv *out, size_t max)
{
    size_t n = 0;
    doc_each_item(owner, doc_at(object, "metadata.ownerReferences")) {
        struct sv uid = doc_get_string(owner, "uid");
        if (uid.len && n < max)
            out[n++] = uid;
    }
    return n;
}

/* The stored form of an object, without its apiVersion and kind. Appended. */
static bool write_stored(struct arena *a, const struct kind *kind, struct doc_node *object,
                         struct str *json)
{
    struct doc_node *stored = kind->form == KIND_AS_STORED ? object : value_clone(a, object);
    struct doc_node *api_version = doc_get(object, "apiVersion"), *name = doc_get(object, "kind");
    convert_to_stored(a, kind->form, stored);
    value_unset(stored, SV("apiVersion"));
    value_unset(stored, SV("kind"));
    bool written = value_write(stored, json);
    if (api_version)
        value_set(a, object, SV("apiVersion"), api_version);
    if (name)
        value_set(a, object, SV("kind"), name);
    return written;
}

int api_store(struct pocket_api *api, struct arena *a, const struct kind *kind,
              struct doc_node *object, struct err *err)
{
    struct sv owners[16];
    size_t owner_count = owners_of(object, owners, ARRAY_LEN(owners));
    const char *version =
        mem_must(arena_fmt(a, "%llu", (unsigned long long)objects_next_version(api->objects)));
    value_set_text(a, api_metadata(a, object), "resourceVersion", sv_of(version));
    _cleanup_str_ struct str json = {0};
    if (!write_stored(a, kind, object, &json))
        return err_set(err, ERR_LIMIT, "the object is nested too deeply");
    struct sv ns = kind->flags & KIND_NAMESPACED ? api_meta(object, "namespace") : SV("");
    const struct sv text = str_sv(&json);
    const struct object_text put = {kind->store, ns,         api_meta(object, "name"), &text, 1,
                                    owners,      owner_count};
    if (objects_put(api->objects, &put, err) != 0)
        return -1;
    api_effects(api, kind, object, false);
    api_notice(api);
    return 0;
}

struct sv api_time(const struct pocket_api *api, struct arena *a)
{
    char buf[TIMESTAMP_TEXT_MAX];
    return sv_of(mem_must(arena_dup(a, sv_of(timestamp_format(api->now_ms / 1000, buf)))));
}

/* splitmix64: names and uids of a pocket are the same in every run. */
static uint64_t next_random(struct pocket_api *api)
{
    uint64_t z = api->random += 0x9e3779b97f4a7c15u;
    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
    z = (z ^ z >> 27) * 0x94d049bb133111ebu;
    return z ^ z >> 31;
}

struct sv api_new_uid(struct pocket_api *api, struct arena *a)
{
    uint64_t high = next_random(api), low = next_random(api);
    return sv_of(mem_must(
        arena_fmt(a, "%08llx-%04llx-4%03llx-%04llx-%012llx", (unsigned long long)(high >> 32),
                  (unsigned long long)(high >> 16 & 0xffff), (unsigned long long)(high & 0xfff),
                  (unsigned long long)(0x8000 | (low >> 48 & 0x3fff)),
                  (unsigned long long)(low & 0xffffffffffff))));
}

struct sv api_new_name(struct pocket_api *api, struct arena *a, struct sv prefix)
{
    static const char letters[] = "bcdfghjklmnpqrstvwxz2456789";
    char end[6] = {0};
    uint64_t bits = next_random(api);
    for (size_t i = 0; i < 5; i++, bits /= sizeof letters - 1)
        end[i] = letters[bits % (sizeof letters - 1)];
    prefix.len = prefix.len > 58 ? 58 : prefix.len;
    return sv_of(mem_must(arena_fmt(a, "%.*s%s", SV_ARG(prefix), end)));
}

void api_meta_create(struct pocket_api *api, struct arena *a, const struct kind *kind,
                     struct doc_node *object)
{
    struct doc_node *meta = api_metadata(a, object);
    if (!api_meta(object, "uid").len)
        value_set_text(a, meta, "uid", api_new_uid(api, a));
    if (!api_meta(object, "creationTimestamp").len)
        value_set_text(a, meta, "creationTimestamp", api_time(api, a));
    if ((kind->flags & KIND_GENERATION) && !doc_get(meta, "generation"))
        value_set_int(a, meta, "generation", 1);
}
