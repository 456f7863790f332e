/* Bodies of clients: protobuf of any kind, and any JSON or YAML as an object of a custom kind under
 * a schema that has one of everything. What is accepted is written and accepted again. */
#include "fuzz.h"

#include "pocket/fields.h"
#include "pocket/proto.h"
#include "pocket/schema.h"

static const char schema_text[] =
    "{type: object, properties: {spec: {type: object, required: [a], properties: {"
    "a: {type: integer, minimum: 1, default: 2}, b: {type: string, pattern: '^[a-z]+$', "
    "maxLength: 9}, c: {type: array, x-kubernetes-list-type: set, items: {type: string}, maxItems: "
    "3}, d: {type: array, x-kubernetes-list-type: map, x-kubernetes-list-map-keys: [n], items: "
    "{type: object, properties: {n: {type: string}}}}, e: {type: object, additionalProperties: "
    "{type: boolean}}, f: {x-kubernetes-int-or-string: true}, g: {type: number, anyOf: [{minimum: "
    "5}, {maximum: 1}]}, h: {type: object, x-kubernetes-preserve-unknown-fields: true}}}}}";

static void check_by_schema(struct arena *a, struct doc_node *object)
{
    struct doc_file file = {0};
    struct err err = {0};
    schema_path_vec gone = {0};
    schema_fault_vec faults = {0};
    if (doc_parse(&file, "schema", sv_of(schema_text), NULL, &err) != 0 || file.error_count)
        abort();
    const struct doc_node *schema = file.parts[0].root;
    schema_prune(a, schema, object, &gone);
    schema_default(a, schema, object);
    gone.len = 0;
    schema_prune(a, schema, object, &gone);
    if (gone.len)
        abort(); /* pruned, or filled in, and pruned once more */
    schema_check(a, schema, object, &faults);
    vec_release(&gone);
    vec_release(&faults);
    doc_release(&file);
}

static void check_fields(struct arena *a, const struct doc_node *root)
{
    struct fields_report report;
    struct outline outline =
        outline_of_kind(doc_get_string(root, "apiVersion"), doc_get_string(root, "kind"));
    fields_check(a, &outline, root, &report);
    struct doc_node *object = value_clone(a, root);
    fields_prune(&outline, object);
    fields_report_release(&report);
    fields_check(a, &outline, object, &report);
    if (report.faults.len)
        abort();
    fields_report_release(&report);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena a = {0};
    struct doc_file file = {0};
    struct err err = {0};
    struct sv text = sv_n((const char *)data, size);
    if (proto_is(text)) {
        const struct doc_node *object = proto_parse(&a, text, &err);
        if (object && !value_json(&a, object).ptr)
            abort();
    } else if (doc_parse(&file, "body", text, NULL, &err) == 0 && !file.error_count &&
               file.part_count == 1 && file.parts[0].root) {
        check_fields(&a, file.parts[0].root);
        check_by_schema(&a, value_clone(&a, file.parts[0].root));
    }
    doc_release(&file);
    arena_release(&a);
    return 0;
}
