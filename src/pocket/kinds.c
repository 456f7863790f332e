#include "pocket/kinds.h"

#include "base/must.h"
#include "pocket/kinds_internal.h"
#include "pocket/value.h"

struct kinds {
    VEC(struct kind *) list;
    size_t stores;
    unsigned long changes;
    struct arena arena; /* texts and schemas of custom kinds */
};

static bool same_resource(const struct kind *a, struct sv group, struct sv plural)
{
    return sv_is(group, a->group) && sv_is(plural, a->plural);
}

/* Resources that stand in two groups are one. */
static struct sv home_of(struct sv group, struct sv plural)
{
    if (sv_is(group, "extensions") && sv_is(plural, "ingresses"))
        return SV("networking.k8s.io");
    return sv_is(group, "events.k8s.io") ? SV("") : group;
}

/* The store of a resource that is known already, or a new one. */
static size_t store_of(struct kinds *k, struct sv group, struct sv plural)
{
    group = home_of(group, plural);
    vec_foreach(known, &k->list)
        if (same_resource(*known, group, plural))
            return (*known)->store;
    return k->stores++;
}

static void add(struct kinds *k, const struct kind *from)
{
    struct kind *kind = mem_must(arena_new(&k->arena, struct kind));
    *kind = *from;
    kind->store = store_of(k, sv_of(from->group), sv_of(from->plural));
    must_push(&k->list, kind);
}

struct kinds *kinds_new(unsigned minor)
{
    struct kinds *k = mem_must(calloc(1, sizeof *k));
    for (size_t i = 0; i < kinds_builtin_len; i++) {
        struct kind kind = kinds_builtin[i];
        kind.hidden = minor < kind.since || (kind.until && minor >= kind.until);
        add(k, &kind);
    }
    k->changes = 1;
    return k;
}

void kinds_free(struct kinds *k)
{
    if (!k)
        return;
    vec_release(&k->list);
    arena_release(&k->arena);
    free(k);
}

const struct kind *kinds_find(const struct kinds *k, struct sv group, struct sv version,
                              struct sv plural)
{
    vec_foreach(kind, &k->list)
        if (!(*kind)->gone && !(*kind)->hidden && sv_is(version, (*kind)->version) &&
            same_resource(*kind, group, plural))
            return *kind;
    return NULL;
}

const struct kind *kinds_of_object(const struct kinds *k, struct sv api_version, struct sv kind)
{
    char buf[320];
    vec_foreach(known, &k->list)
        if (!(*known)->gone && sv_is(kind, (*known)->kind) &&
            sv_is(api_version, kind_api_version(*known, buf)))
            return *known;
    return NULL;
}

const struct kind *kinds_at(const struct kinds *k, size_t i)
{
    return i < k->list.len ? k->list.items[i] : NULL;
}

const struct kind *kinds_of_store(const struct kinds *k, size_t store)
{
    vec_foreach(kind, &k->list)
        if ((*kind)->store == store && !(*kind)->gone)
            return *kind;
    return NULL;
}

size_t kinds_stores(const struct kinds *k)
{
    return k->stores;
}

unsigned long kinds_changes(const struct kinds *k)
{
    return k->changes;
}

static const char *text_of(struct kinds *k, struct sv v)
{
    return mem_must(arena_dup(&k->arena, v));
}

/* A list of texts, parted by spaces; NULL when it is empty. */
static const char *words_of(struct kinds *k, const struct doc_node *list)
{
    const char *words = NULL;
    doc_each_item(item, list) {
        struct sv v = doc_string(item);
        words = mem_must(words ? arena_fmt(&k->arena, "%s %.*s", words, SV_ARG(v))
                               : arena_dup(&k->arena, v));
    }
    return words;
}

/* ".spec.replicas" without its first dot; NULL when there is none. */
static const char *path_of(struct kinds *k, const struct doc_node *scale, const char *key)
{
    struct sv path = doc_get_string(scale, key);
    return path.len > 1 && path.ptr[0] == '.' ? text_of(k, sv_n(path.ptr + 1, path.len - 1)) : NULL;
}

static void add_version(struct kinds *k, const struct doc_node *spec,
                        const struct doc_node *version)
{
    const struct doc_node *names = doc_get(spec, "names"), *sub = doc_get(version, "subresources");
    struct kind kind = {
        .group = text_of(k, doc_get_string(spec, "group")),
        .version = text_of(k, doc_get_string(version, "name")),
        .kind = text_of(k, doc_get_string(names, "kind")),
        .plural = text_of(k, doc_get_string(names, "plural")),
        .singular = text_of(k, doc_get_string(names, "singular")),
        .short_names = words_of(k, doc_get(names, "shortNames")),
        .categories = words_of(k, doc_get(names, "categories")),
        .flags = KIND_GENERATION,
        .name_form = "subdomain",
        .scale_spec = path_of(k, doc_get(sub, "scale"), "specReplicasPath"),
        .scale_status = path_of(k, doc_get(sub, "scale"), "statusReplicasPath"),
        .scale_selector = path_of(k, doc_get(sub, "scale"), "labelSelectorPath"),
        .custom = true,
    };
    if (kind.scale_spec)
        kind.flags |= KIND_SCALE;
    if (sv_is(doc_get_string(spec, "scope"), "Namespaced"))
        kind.flags |= KIND_NAMESPACED;
    if (doc_get(sub, "status"))
        kind.flags |= KIND_STATUS;
    const struct doc_node *schema = doc_at(version, "schema.openAPIV3Schema");
    const struct doc_node *columns = doc_get(version, "additionalPrinterColumns");
    kind.schema = schema ? value_clone(&k->arena, schema) : NULL;
    kind.columns = columns ? value_clone(&k->arena, columns) : NULL;
    add(k, &kind);
}

void kinds_define(struct kinds *k, const struct doc_node *definition)
{
    const struct doc_node *spec = doc_get(definition, "spec");
    kinds_undefine(k, doc_get_string(spec, "group"), doc_string(doc_at(spec, "names.plural")));
    doc_each_item(version, doc_get(spec, "versions")) {
        const struct doc_node *served = doc_get(version, "served");
        if (served && served->type == DOC_BOOL && served->boolean)
            add_version(k, spec, version);
    }
}

void kinds_undefine(struct kinds *k, struct sv group, struct sv plural)
{
    k->changes++;
    vec_foreach(kind, &k->list)
        if ((*kind)->custom && same_resource(*kind, group, plural))
            (*kind)->gone = true;
}

const char *kind_api_version(const struct kind *kind, char buf[static 320])
{
    snprintf(buf, 320, "%.255s%s%.63s", kind->group, kind->group[0] ? "/" : "", kind->version);
    return buf;
}

const char *kind_resource(const struct kind *kind, char buf[static 320])
{
    snprintf(buf, 320, "%.63s%s%.255s", kind->plural, kind->group[0] ? "." : "", kind->group);
    return buf;
}
