/* What doc/ promises when memory runs out: a tree or a change is whole, or there is none and
 * somebody says so. */
#include "torture.h"

#include "doc/doc.h"
#include "doc/edit.h"
#include "doc/emit.h"
#include "doc/object.h"
#include "doc/splice.h"

#include <string.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static const char yaml[] =
    "# Shop\n"
    "apiVersion: extensions/v1beta1\n"
    "kind: Ingress\n"
    "metadata: &meta\n"
    "  name: shop # the name\n"
    "  labels: {app: shop, 'tier': \"front\\u00e9nd\"}\n"
    "spec:\n"
    "  site: &site {host: b.example}\n"
    "  rules:\n"
    "  - host: a.example\n"
    "    note: >-\n"
    "      folded\n"
    "      text\n"
    "  - <<: *site\n"
    "    port: 0x10\n"
    "  1.5: !!binary aGk=\n"
    "  many: {a: 1, b: 2, c: 3, d: 4, e: 5, f: 6, g: 7, h: 8, i: 9, j: 1_0,\n"
    "    k: 11, l: 12, m: 13, n: 0.14, o: 15, p: 16, q: 17, r: 18, s: 19,\n"
    "    t: 20, u: 21, v: 22, w: 23, x: 24, y: 25, z: 26, a: 27}\n"
    "---\n"
    "broken: [\n"
    "---\n"
    "kind: List\n"
    "apiVersion: v1\n"
    "items:\n"
    "- &first {apiVersion: v1, kind: ConfigMap, metadata: {name: one}}\n"
    "- *first\n";

static const char json[] =
    "{\"apiVersion\": \"v1\", \"kind\": \"List\", \"items\": [\n"
    "  {\"apiVersion\": \"v1\", \"kind\": \"Pod\", \"metadata\": {\"name\": \"p\\ud83d\\ude00\"},\n"
    "   \"n\": [1, -2.5e3, true, false, null, \"\"]}\n]}\n";

static int wrong(struct err *err)
{
    alloc_disarm();
    fail_msg("a result that was reported as good is wrong");
    return err_set(err, ERR_BUG, "wrong");
}

static int count_object(void *ctx, struct doc_file *f, struct object *o)
{
    ++*(int *)ctx;
    return 0;
}

static int read_yaml(struct err *err)
{
    _cleanup_doc_ struct doc_file f = {0};
    if (doc_parse(&f, "shop.yaml", SV(yaml), NULL, err) != 0)
        return -1;
    int objects = 0;
    object_each(&f, count_object, &objects);
    if (f.part_count != 3 || f.error_count != 1 || objects != 3)
        return wrong(err);
    const struct doc_node *port = doc_at(f.parts[0].root, "spec.rules[1].port");
    const struct doc_node *host = doc_at(f.parts[0].root, "spec.rules[1].host");
    bool good = port && port->type == DOC_INT && port->integer == 16 &&
                sv_eq(doc_string(host), SV("b.example"));
    return good ? 0 : wrong(err);
}

static int read_json(struct err *err)
{
    _cleanup_doc_ struct doc_file f = {0};
    if (doc_parse_json(&f, "pod.json", SV(json), NULL, err) != 0)
        return -1;
    const struct doc_node *name = doc_at(f.parts[0].root, "items[0].metadata.name");
    return sv_eq(doc_string(name), SV("p\xF0\x9F\x98\x80")) ? 0 : wrong(err);
}

static int write_again(struct err *err)
{
    _cleanup_doc_ struct doc_file f = {0};
    _cleanup_doc_ struct doc_file again = {0};
    _cleanup_str_ struct str out = {0};
    if (doc_parse(&f, "shop.yaml", SV(yaml), NULL, err) != 0)
        return -1;
    if (emit_yaml(f.parts[0].root, 0, &out, err) != 0)
        return -1;
    if (doc_parse(&again, "again.yaml", str_sv(&out), NULL, err) != 0)
        return -1;
    if (!doc_equal(f.parts[0].root, again.parts[0].root))
        return wrong(err);
    str_reset(&out);
    return emit_json(f.parts[0].root, 2, &out, err);
}

/* The same change that a migration makes: a version, a renamed key, a new one, one moved, one gone.
 */
static int change(struct splice *s)
{
    struct splice_node *root = s->root;
    splice_set_string(s, splice_get(root, "apiVersion"), "networking.k8s.io/v1");
    struct splice_node *meta = splice_get(root, "metadata");
    splice_put(s, meta, splice_entry_of(meta, "name"), "namespace", splice_new_string(s, "game"));
    struct splice_node *spec = splice_get(root, "spec");
    struct splice_node *backend = splice_new_map(s);
    splice_put(s, backend, SPLICE_LAST, "port", splice_new_int(s, 80));
    splice_put(s, spec, SPLICE_LAST, "defaultBackend", backend);
    splice_move(s, splice_entry_of(meta, "labels"), backend, SPLICE_LAST, "selector");
    return 0;
}

static int splice_text(struct err *err)
{
    _cleanup_doc_ struct doc_file f = {0};
    _cleanup_doc_ struct doc_file again = {0};
    _cleanup_splice_ struct splice s = {0};
    _cleanup_edits_ struct edit_list edits = {0};
    _cleanup_str_ struct str out = {0};
    if (doc_parse(&f, "shop.yaml", SV(yaml), NULL, err) != 0)
        return -1;
    if (splice_init(&s, &f, 0, err) != 0)
        return -1;
    change(&s);
    struct splice_conflict conflict = {0};
    if (splice_edits(&s, &edits, &conflict) != 0)
        return err_set(err, ERR_LOCAL, "%s", conflict.message ? conflict.message : "");
    if (edit_apply(&edits, SV(yaml), &out, err) != 0)
        return -1;
    if (doc_parse(&again, "again.yaml", str_sv(&out), NULL, err) != 0)
        return -1;
    const struct doc_node *tier = doc_at(again.parts[0].root, "spec.defaultBackend.selector.tier");
    bool good =
        sv_eq(doc_get_string(again.parts[0].root, "apiVersion"), SV("networking.k8s.io/v1")) &&
        sv_eq(doc_string(tier), SV("front\xC3\xA9nd")) && strstr(str_c(&out), "# the name");
    return good ? 0 : wrong(err);
}

static void test_yaml(void **state)
{
    assert_true(torture(read_yaml) > 5);
}

static void test_json(void **state)
{
    assert_true(torture(read_json) > 0);
}

static void test_emit(void **state)
{
    assert_true(torture(write_again) > 5);
}

static void test_splice(void **state)
{
    assert_true(torture(splice_text) > 5);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_yaml),
        cmocka_unit_test(test_json),
        cmocka_unit_test(test_emit),
        cmocka_unit_test(test_splice),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
