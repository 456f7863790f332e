/* Kustomize folders: what refers to what, what kubectl builds of it, and the way back to the file.
 */
#include "input_tree.h"

#include "doc/doc.h"
#include "doc/object.h"

static const struct input_options no_build = {.no_kustomize = true};

static void write_object(const char *path, const char *kind, const char *name)
{
    char text[256];
    snprintf(text, sizeof text, "apiVersion: v1\nkind: %s\nmetadata:\n  name: %s\n", kind, name);
    tree_file(path, text);
}

/* A base with two overlays, one of which changes names and one that reaches outside. */
static void write_overlays(void)
{
    tree_file("app/base/kustomization.yaml",
              "resources: [service.yaml, account.yaml]\nnamePrefix: in-\n"
              "configMapGenerator:\n- name: settings\n  literals: [a=b]\n");
    write_object("app/base/service.yaml", "Service", "web");
    write_object("app/base/account.yaml", "ServiceAccount", "web");
    tree_file(
        "app/overlays/prod/kustomization.yaml",
        "namePrefix: prod-\nnameSuffix: -v1\nresources: [../../base, ../../../shared/ns.yaml]\n"
        "patches:\n- path: patch.yaml\n");
    tree_file("app/overlays/prod/patch.yaml",
              "apiVersion: v1\nkind: Service\nmetadata:\n  name: web\n"
              "spec:\n  type: NodePort\n");
    tree_file("app/overlays/stg/kustomization.yml", "resources:\n- ../../base\n");
    write_object("shared/ns.yaml", "Namespace", "games");
}

static void members_are_known_and_added(void **state)
{
    struct tree t;
    _cleanup_input_ struct input_list l = {0};
    tree_begin(&t);
    write_overlays();
    write_object("app/alone.yaml", "Pod", "alone");
    collect_with(&l, &no_build, PATHS("app"));
    assert_problems(&l, "");
    assert_names(&l, "app/alone.yaml\napp/base/account.yaml\napp/base/service.yaml\n"
                     "app/overlays/prod/patch.yaml\nshared/ns.yaml\n");
    assert_int_equal(item_named(&l, "app/alone.yaml")->kind, INPUT_FILE);
    assert_int_equal(item_named(&l, "app/base/service.yaml")->kind, INPUT_MEMBER);
    assert_int_equal(item_named(&l, "app/overlays/prod/patch.yaml")->kind, INPUT_MEMBER);
    assert_int_equal(item_named(&l, "shared/ns.yaml")->kind, INPUT_MEMBER);
    assert_string_equal(item_named(&l, "shared/ns.yaml")->path, "shared/ns.yaml");
    tree_end(&t);
}

static void paths_lead_upward_from_inside(void **state)
{
    struct tree t;
    _cleanup_input_ struct input_list l = {0};
    tree_begin(&t);
    write_overlays();
    assert_int_equal(chdir("app/overlays/prod"), 0);
    collect_with(&l, &no_build, PATHS("."));
    assert_problems(&l, "");
    assert_names(&l, "patch.yaml\n../../base/service.yaml\n../../base/account.yaml\n"
                     "../../../shared/ns.yaml\n");
    tree_end(&t);
}

static void what_is_missing_or_remote_is_told(void **state)
{
    struct tree t;
    _cleanup_input_ struct input_list l = {0};
    tree_begin(&t);
    tree_file("a/kustomization.yaml", "resources:\n- gone.yaml\n- https://example.com/x.yaml\n");
    tree_file("b/kustomization.yaml", "resources: [\n");
    collect_with(&l, &no_build, PATHS("."));
    assert_int_equal(l.problems.len, 2);
    assert_string_equal(l.problems.items[0].where, "b/kustomization.yaml");
    assert_string_equal(l.problems.items[1].where, "a/kustomization.yaml");
    assert_string_equal(l.problems.items[1].message, "refers to 'a/gone.yaml', which is not there");
    assert_true(
        has_note(&l, "a/kustomization.yaml: 'https://example.com/x.yaml' is not on this machine"));
    tree_end(&t);
}

static void folders_that_refer_to_each_other_end(void **state)
{
    struct tree t;
    _cleanup_input_ struct input_list l = {0};
    tree_begin(&t);
    tree_file("a/kustomization.yaml", "resources: [../b]\n");
    tree_file("b/kustomization.yaml", "resources: [../a]\n");
    tree_file("c/kustomization.yaml", "resources: [., pod.yaml]\n");
    write_object("c/pod.yaml", "Pod", "p");
    collect_with(&l, &no_build, PATHS("."));
    assert_names(&l, "c/pod.yaml\n");
    tree_end(&t);
}

static void without_kubectl_there_is_a_note(void **state)
{
    struct tree t;
    _cleanup_input_ struct input_list l = {0};
    _cleanup_free_ char *old = strdup(getenv("PATH"));
    tree_begin(&t);
    write_overlays();
    setenv("PATH", "/nowhere", 1);
    collect_with(&l, NULL, PATHS("app"));
    setenv("PATH", old, 1);
    assert_int_equal(l.items.len, 4);
    assert_true(
        has_note(&l, "neither kubectl nor kustomize is on PATH: 2 Kustomize folders were read as "
                     "their files, not as built"));
    tree_end(&t);
}

/* A kubectl that never ends: the time limit and the message about the remote base are tried here.
 */
static void a_hanging_build_is_stopped(void **state)
{
    struct tree t;
    _cleanup_input_ struct input_list l = {0};
    char path[PATH_MAX];
    tree_begin(&t);
    tree_file("hang", "#!/bin/sh\nexec tail -f /dev/null\n");
    assert_int_equal(chmod("hang", 0755), 0);
    tree_file("a/kustomization.yaml", "resources:\n- github.com/example/base?ref=v1\n- pod.yaml\n");
    write_object("a/pod.yaml", "Pod", "p");
    tree_path(&t, "hang", path);
    setenv("TOBAN_KUBECTL", path, 1);
    collect_with(&l, &(struct input_options){.timeout_ms = 100}, PATHS("a"));
    unsetenv("TOBAN_KUBECTL");
    assert_names(&l, "a/pod.yaml\n");
    assert_int_equal(l.problems.len, 1);
    assert_string_equal(l.problems.items[0].where, "a");
    assert_non_null(strstr(l.problems.items[0].message, "not done after 0.1 seconds"));
    assert_non_null(
        strstr(l.problems.items[0].message, "refers to 'github.com/example/base?ref=v1'"));
    tree_end(&t);
}

/* --- with the real kubectl ---------------------------------------------------------------------
 */

static bool have_kubectl(void)
{
    char found[PATH_MAX];
    if (proc_find("kubectl", found) || proc_find("kustomize", found))
        return true;
    print_message("neither kubectl nor kustomize is on PATH: not tried with them\n");
    return false;
}

struct origins_seen {
    const struct input_list *list;
    const struct input_item *built;
    struct str text;
};

static int see_origin(void *ctx, struct doc_file *f, struct object *o)
{
    struct origins_seen *s = ctx;
    struct input_origin from = {0};
    bool told = input_origin_of(s->list, s->built, o->kind, o->name, &from);
    bool hashed = sv_is(o->kind, "ConfigMap");
    str_addf(&s->text, "%.*s %.*s: %s %.*s %s\n", SV_ARG(o->kind), hashed ? 7 : (int)o->name.len,
             o->name.ptr, told ? from.name : "-", SV_ARG(from.object_name),
             from.item ? "file" : "made");
    return 0;
}

static void assert_origins(const struct input_list *l, const char *built, const char *want)
{
    _cleanup_doc_ struct doc_file f = {0};
    struct origins_seen s = {.list = l, .built = item_named(l, built)};
    assert_non_null(s.built);
    assert_int_equal(doc_parse(&f, built, s.built->text, NULL, NULL), 0);
    object_each(&f, see_origin, &s);
    /* Releases differ in the order of what they print. */
    for (struct sv rest = sv_of(want); rest.len;) {
        struct sv line = sv_split(&rest, '\n');
        char one[512];
        snprintf(one, sizeof one, "%.*s\n", SV_ARG(line));
        if (!strstr(str_c(&s.text), one))
            fail_msg("'%s' is not in:\n%s", one, str_c(&s.text));
    }
    str_release(&s.text);
}

static void overlays_are_built_and_lead_back(void **state)
{
    if (!have_kubectl())
        skip();
    struct tree t;
    _cleanup_input_ struct input_list l = {0};
    tree_begin(&t);
    write_overlays();
    /* By kubectl's own rule files of an overlay may not stand outside of it, folders may. */
    tree_file("shared/kustomization.yaml", "resources: [ns.yaml]\n");
    tree_file("app/overlays/prod/kustomization.yaml",
              "namePrefix: prod-\nnameSuffix: -v1\nresources: [../../base, ../../../shared]\n"
              "patchesStrategicMerge: [patch.yaml]\n");
    tree_file("app/overlays/prod/patch.yaml",
              "apiVersion: v1\nkind: Service\nmetadata:\n  name: in-web\n"
              "spec:\n  type: NodePort\n");
    collect_with(&l, NULL, PATHS("app"));
    assert_problems(&l, "");
    assert_null(item_named(&l, "app/base (built)"));
    assert_origins(&l, "app/overlays/prod (built)",
                   "Service prod-in-web-v1: app/base/service.yaml web file\n"
                   "ServiceAccount prod-in-web-v1: app/base/account.yaml web file\n"
                   "ConfigMap prod-in: app/base/kustomization.yaml settings made\n"
                   "Namespace games: shared/ns.yaml games file\n");
    assert_origins(&l, "app/overlays/stg (built)",
                   "Service in-web: app/base/service.yaml web file\n"
                   "ConfigMap in-sett: app/base/kustomization.yaml settings made\n");
    assert_string_equal(item_named(&l, "app/overlays/prod (built)")->source, "app/overlays/prod");
    struct input_origin none;
    assert_false(
        input_origin_of(&l, item_named(&l, "app/overlays/stg (built)"), SV("Pod"), SV("x"), &none));
    assert_false(input_origin_of(&l, item_named(&l, "app/base/service.yaml"), SV("Service"),
                                 SV("web"), &none));
    tree_end(&t);
}

static void what_cannot_be_built_is_told_and_read(void **state)
{
    if (!have_kubectl())
        skip();
    struct tree t;
    _cleanup_input_ struct input_list l = {0};
    tree_begin(&t);
    tree_file("a/kustomization.yaml", "resources: [pod.yaml, gone.yaml]\n");
    write_object("a/pod.yaml", "Pod", "p");
    tree_file("b/kustomization.yaml", "resources: [pod.yaml]\n");
    write_object("b/pod.yaml", "Pod", "p");
    collect_with(&l, NULL, PATHS("."));
    assert_names(&l, "a/pod.yaml\nb/pod.yaml\nb (built)\n");
    assert_int_equal(l.problems.len, 1);
    assert_string_equal(l.problems.items[0].where, "a");
    assert_non_null(strstr(l.problems.items[0].message, "gone.yaml"));
    tree_end(&t);
}

static void a_ring_is_told(void **state)
{
    if (!have_kubectl())
        skip();
    struct tree t;
    _cleanup_input_ struct input_list l = {0};
    tree_begin(&t);
    tree_file("a/kustomization.yaml", "resources: [../b]\n");
    tree_file("b/kustomization.yaml", "resources: [../a]\n");
    collect_with(&l, NULL, PATHS("."));
    assert_int_equal(l.problems.len, 1);
    assert_string_equal(l.problems.items[0].where, "a");
    assert_non_null(strstr(l.problems.items[0].message, "cycle"));
    tree_end(&t);
}

int main(void)
{
    unsetenv("TOBAN_KUBECTL");
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(members_are_known_and_added),
        cmocka_unit_test(paths_lead_upward_from_inside),
        cmocka_unit_test(what_is_missing_or_remote_is_told),
        cmocka_unit_test(folders_that_refer_to_each_other_end),
        cmocka_unit_test(without_kubectl_there_is_a_note),
        cmocka_unit_test(a_hanging_build_is_stopped),
        cmocka_unit_test(overlays_are_built_and_lead_back),
        cmocka_unit_test(what_cannot_be_built_is_told_and_read),
        cmocka_unit_test(a_ring_is_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
