/* OpenAPI documents: what kubectl looks for in them is there, and every reference leads somewhere.
 */
#include "pocket/show/openapi.h"

#include <stdio.h>

#include "unit.h"

static const struct discovery_resource resources[] = {
    {"", "v1", "Pod", "pods", "pod", true, "get patch", "po", NULL, NULL, NULL},
    {"", "v1", "Pod", "pods/status", "", true, "get patch", NULL, NULL, NULL, NULL},
    {"apps", "v1", "Deployment", "deployments", "deployment", true, "get patch", NULL, NULL, NULL,
     NULL},
    {"e.org", "v1", "Widget", "widgets", "widget", true, "get patch", NULL, NULL, NULL, NULL},
};
static const struct discovery discovery = {resources, sizeof resources / sizeof *resources};
#define POD_SPEC "io.k8s.api.core.v1.PodSpec"

static struct doc_node *schema(struct arena *a)
{
    struct doc_node *out = value_map(a), *properties = value_map(a), *spec = value_map(a);
    value_set_text(a, spec, "type", SV("object"));
    value_set(a, properties, SV("spec"), spec);
    value_set(a, out, SV("properties"), properties);
    return out;
}

/* Each $ref names a definition. */
static void leads(const struct doc_node *node, const struct doc_node *definitions,
                  const char *prefix)
{
    doc_each_pair(p, node) {
        struct sv text = doc_string(p->value);
        if (sv_is(p->key->text, "$ref")) {
            assert_true(sv_starts(text, prefix));
            struct sv name = sv_n(text.ptr + strlen(prefix), text.len - strlen(prefix));
            if (!value_get(definitions, name))
                fail_msg("%.*s leads nowhere", SV_ARG(text));
        }
        leads(p->value, definitions, prefix);
    }
    doc_each_item(item, node)
        leads(item, definitions, prefix);
}

static void describes_all_kinds_in_v2(void **state)
{
    (void)state;
    _cleanup_arena_ struct arena a = {0};
    struct openapi_custom widget = {"e.org", "v1", "Widget", schema(&a)};
    struct openapi o = {&discovery, &widget, 1};
    const struct doc_node *document = openapi_v2(&a, &o),
                          *definitions = doc_get(document, "definitions");
    const struct doc_node *spec = doc_get(doc_get(definitions, POD_SPEC), "properties");
    assert_string_equal(
        value_json(&a, doc_get(spec, "containers")).ptr,
        "{\"items\":{\"$ref\":\"#/definitions/io.k8s.api.core.v1.Container\"},\"type\":"
        "\"array\",\"x-kubernetes-patch-merge-key\":\"name\","
        "\"x-kubernetes-patch-strategy\":\"merge\"}");
    assert_string_equal(value_json(&a, doc_get(spec, "nodeSelector")).ptr,
                        "{\"additionalProperties\":{\"type\":\"string\"},\"type\":\"object\"}");
    assert_string_equal(
        value_json(&a, doc_get(doc_get(definitions, "io.k8s.api.apps.v1.Deployment"),
                               "x-kubernetes-group-version-kind"))
            .ptr,
        "[{\"group\":\"apps\",\"kind\":\"Deployment\",\"version\":\"v1\"}]");
    assert_non_null(doc_at(doc_get(definitions, "org.e.v1.Widget"), "properties.metadata"));
    const struct doc_node *path = doc_get(
        doc_get(document, "paths"), "/apis/apps/v1/namespaces/{namespace}/deployments/{name}");
    assert_true(sv_is(doc_scalar(doc_at(path, "patch.parameters[0].name")), "dryRun"));
    assert_int_equal(doc_count(doc_get(document, "paths")), 3);
    leads(document, definitions, "#/definitions/");
}

static void describes_one_version_in_v3(void **state)
{
    (void)state;
    _cleanup_arena_ struct arena a = {0};
    struct openapi_custom widget = {"e.org", "v1", "Widget", NULL};
    struct openapi o = {&discovery, &widget, 1};
    const struct doc_node *document = openapi_v3(&a, &o, SV("apps"), SV("v1"));
    const struct doc_node *schemas = doc_at(document, "components.schemas");
    assert_non_null(doc_get(schemas, "io.k8s.api.apps.v1.Deployment"));
    assert_null(doc_get(schemas, "io.k8s.api.core.v1.Pod"));
    leads(document, schemas, "#/components/schemas/");
    assert_null(openapi_v3(&a, &o, SV("apps"), SV("v9")));
    assert_non_null(doc_at(openapi_v3(&a, &o, SV("e.org"), SV("v1")), "components.schemas"));
    assert_string_equal(
        value_json(&a, openapi_v3_index(&a, &o, SV("7"))).ptr,
        "{\"paths\":{\"api/v1\":{\"serverRelativeURL\":\"/openapi/v3/api/v1?hash=7\"},\"apis/apps/"
        "v1\":"
        "{\"serverRelativeURL\":\"/openapi/v3/apis/apps/v1?hash=7\"},\"apis/e.org/v1\":"
        "{\"serverRelativeURL\":\"/openapi/v3/apis/e.org/v1?hash=7\"}}}");
}

static uint64_t varint(const unsigned char **at)
{
    uint64_t n = 0;
    for (unsigned shift = 0;; shift += 7) {
        n |= (uint64_t)(**at & 127) << shift;
        if (*(*at)++ < 128)
            return n;
    }
}

/* The n-th occurrence of a field of a message; absent when there is none. */
static struct sv field(struct sv message, unsigned number, unsigned n)
{
    const unsigned char *at = (const unsigned char *)message.ptr, *end = at + message.len;
    while (at < end) {
        uint64_t key = varint(&at), length = varint(&at);
        assert_int_equal(key & 7, 2);
        assert_true(length <= (size_t)(end - at));
        if (key >> 3 == number && n-- == 0)
            return sv_n((const char *)at, length);
        at += length;
    }
    return SV_NONE;
}

static struct sv named(struct sv message, unsigned number, const char *name)
{
    struct sv entry;
    for (unsigned i = 0; (entry = field(message, number, i)).ptr; i++)
        if (sv_is(field(entry, 1, 0), name))
            return field(entry, 2, 0);
    fail_msg("no %s", name);
    return SV_NONE;
}

static void writes_protobuf_for_old_clients(void **state)
{
    (void)state;
    _cleanup_arena_ struct arena a = {0};
    _cleanup_str_ struct str out;
    struct openapi o = {&discovery, NULL, 0};
    str_init(&out, 0);
    openapi_v2_protobuf(openapi_v2(&a, &o), &out);
    assert_true(str_ok(&out));
    assert_true(sv_is(field(str_sv(&out), 1, 0), "2.0"));
    struct sv definitions = field(str_sv(&out), 9, 0), spec = named(definitions, 1, POD_SPEC);
    assert_true(sv_is(field(spec, 19, 0), "containers"));
    struct sv containers = named(field(spec, 25, 0), 1, "containers");
    assert_true(sv_is(field(field(containers, 22, 0), 1, 0), "array"));
    assert_true(sv_is(field(field(field(containers, 23, 0), 1, 0), 1, 0),
                      "#/definitions/io.k8s.api.core.v1.Container"));
    assert_true(
        sv_is(field(named(containers, 31, "x-kubernetes-patch-merge-key"), 2, 0), "\"name\"\n"));
    struct sv selector = named(field(spec, 25, 0), 1, "nodeSelector");
    assert_true(sv_is(field(field(field(field(selector, 21, 0), 1, 0), 22, 0), 1, 0), "string"));
    struct sv path =
        named(field(str_sv(&out), 8, 0), 2, "/api/v1/namespaces/{namespace}/pods/{name}");
    struct sv query = field(field(field(field(field(path, 8, 0), 8, 0), 1, 0), 2, 0), 3, 0);
    assert_true(sv_is(field(query, 4, 0), "dryRun"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(describes_all_kinds_in_v2),
        cmocka_unit_test(describes_one_version_in_v3),
        cmocka_unit_test(writes_protobuf_for_old_clients),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
