#include "pocket/front/furnish.h"

#include "base/cleanup.h"
#include "base/jsonw.h"

static const struct kind *core(struct pocket_api *api, const char *plural)
{
    return kinds_find(pocket_api_kinds(api), SV(""), SV("v1"), sv_of(plural));
}

static void need(struct pocket_api *api, const char *plural, struct sv ns, const char *name,
                 struct sv ca)
{
    _cleanup_str_ struct str text = {0};
    const struct kind *kind = core(api, plural);
    struct jsonw w;
    struct err err = {0};
    if (objects_get(pocket_api_objects(api), kind->store, ns, sv_of(name)))
        return;
    jsonw_init(&w, &text, 0);
    jsonw_object(&w);
    jsonw_kv_str(&w, "apiVersion", "v1");
    jsonw_kv_str(&w, "kind", kind->kind);
    jsonw_key(&w, "metadata");
    jsonw_object(&w);
    jsonw_kv_str(&w, "name", name);
    jsonw_kv_sv(&w, "namespace", ns);
    jsonw_object_end(&w);
    if (ca.len) {
        jsonw_key(&w, "data");
        jsonw_object(&w);
        jsonw_kv_sv(&w, "ca.crt", ca);
        jsonw_object_end(&w);
    }
    jsonw_object_end(&w);
    pocket_api_load(api, str_sv(&text), &err);
}

void front_furnish(struct pocket_api *api, struct sv ns, struct sv ca)
{
    need(api, "serviceaccounts", ns, "default", SV(""));
    need(api, "configmaps", ns, "kube-root-ca.crt", ca);
}

void front_furnish_all(struct pocket_api *api, struct sv ca)
{
    const struct kind *kind = core(api, "namespaces");
    object_bytes_vec list = {0};
    objects_list(pocket_api_objects(api), kind->store, SV(""), &list);
    for (size_t i = 0; i < list.len; i++) {
        struct doc_file file = {0};
        struct err err = {0};
        if (doc_parse_json(&file, "a namespace", object_bytes_sv(list.items[i]), NULL, &err) == 0)
            front_furnish(api, doc_string(doc_at(file.parts[0].root, "metadata.name")), ca);
        doc_release(&file);
    }
    objects_list_release(&list);
}
