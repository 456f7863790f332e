/* Charts as folders and archives, and what helm makes of them when it is there. */
#include "input_tree.h"

#include "input/chart.h"
#include "input/helm.h"
#include "input/tgz.h"

#include <archive.h>
#include <archive_entry.h>

static const char chart_yaml[] = "apiVersion: v2\n"
                                 "name: web\n"
                                 "version: 1.2.3\n"
                                 "appVersion: 4.5\n"
                                 "kubeVersion: '>=1.19-0'\n"
                                 "dependencies:\n"
                                 "- name: cache\n"
                                 "  version: ^2.0.0\n"
                                 "  repository: https://charts.example.com\n"
                                 "  alias: store\n"
                                 "- name: plain\n"
                                 "  version: 1.0.0\n";

static const char config_map[] = "apiVersion: v1\n"
                                 "kind: ConfigMap\n"
                                 "metadata:\n"
                                 "  name: {{ .Release.Name }}-{{ .Values.word }}\n"
                                 "data:\n"
                                 "  kube: {{ .Capabilities.KubeVersion.Version | quote }}\n";

static const struct input_options no_helm = {.no_helm = true};

static void write_chart(const char *folder, const char *name)
{
    char path[PATH_MAX], text[256];
    snprintf(path, sizeof path, "%s/Chart.yaml", folder);
    snprintf(text, sizeof text, "apiVersion: v2\nname: %s\nversion: 0.1.0\n", name);
    tree_file(path, text);
    snprintf(path, sizeof path, "%s/values.yaml", folder);
    tree_file(path, "word: one\n");
    snprintf(path, sizeof path, "%s/templates/config.yaml", folder);
    tree_file(path, config_map);
}

static void chart_yaml_is_read(void **state)
{
    _cleanup_arena_ struct arena arena = {0};
    struct input_chart c = {0};
    struct err e = {0};
    assert_int_equal(chart_parse(&arena, "Chart.yaml", SV(chart_yaml), &c, &e), 0);
    assert_string_equal(c.name, "web");
    assert_string_equal(c.version, "1.2.3");
    assert_string_equal(c.app_version, "4.5");
    assert_string_equal(c.kube_version, ">=1.19-0");
    assert_false(c.library);
    assert_int_equal(c.dependency_count, 2);
    assert_string_equal(c.dependencies[0].name, "cache");
    assert_string_equal(c.dependencies[0].version, "^2.0.0");
    assert_string_equal(c.dependencies[0].alias, "store");
    assert_null(c.dependencies[1].alias);
    assert_null(c.dependencies[1].repository);
    const char *old = "dependencies:\n- {name: more, version: 3.0.0}\n";
    assert_int_equal(chart_parse_requirements(&arena, "r", sv_of(old), &c, &e), 0);
    assert_int_equal(c.dependency_count, 3);
    assert_string_equal(c.dependencies[2].name, "more");
}

static void a_chart_without_name_is_refused(void **state)
{
    _cleanup_arena_ struct arena arena = {0};
    struct input_chart c = {0};
    struct err e = {0};
    assert_int_equal(chart_parse(&arena, "x/Chart.yaml", SV("version: 1\n"), &c, &e), -1);
    assert_string_equal(e.msg, "x/Chart.yaml: 'name' must be the name of the chart");
    assert_int_equal(chart_parse(&arena, "x/Chart.yaml", SV("- a\n"), &c, &e), -1);
    assert_string_equal(e.msg, "x/Chart.yaml: holds no map");
    assert_int_equal(chart_parse(&arena, "x/Chart.yaml", SV("name: [\n"), &c, &e), -1);
    assert_non_null(strstr(e.msg, "x/Chart.yaml:"));
}

static void the_files_of_a_chart_are_told_apart(void **state)
{
    struct tree t;
    _cleanup_input_ struct input_list l = {0};
    tree_begin(&t);
    write_chart("charts/web", "web");
    tree_file("charts/web/Chart.yaml", chart_yaml);
    tree_file("charts/web/values-prod.yaml", "a: b\n");
    tree_file("charts/web/templates/_helpers.tpl", "{{ define \"x\" }}{{ end }}\n");
    tree_file("charts/web/templates/NOTES.txt", "hello\n");
    tree_file("charts/web/templates/tests/try.yaml", "x");
    tree_file("charts/web/crds/thing.yaml", "x");
    tree_file("charts/web/ci/example.yaml", "x");
    write_chart("charts/web/charts/cache", "cache");
    tree_file("plain/values.yaml", "x");
    collect_with(&l, &no_helm, PATHS("."));
    assert_problems(&l, "");
    assert_names(&l, "charts/web/charts/cache/templates/config.yaml\n"
                     "charts/web/ci/example.yaml\n"
                     "charts/web/crds/thing.yaml\n"
                     "charts/web/templates/_helpers.tpl\n"
                     "charts/web/templates/config.yaml\n"
                     "charts/web/templates/tests/try.yaml\n"
                     "plain/values.yaml\n");
    struct input_item *sub = l.items.items[0], *crd = l.items.items[2], *own = l.items.items[4];
    assert_int_equal(sub->kind, INPUT_TEMPLATE);
    assert_string_equal(sub->source, "web/charts/store/templates/config.yaml");
    assert_string_equal(sub->chart->name, "cache");
    assert_string_equal(sub->chart->parent->name, "web");
    assert_string_equal(sub->path, sub->name);
    assert_int_equal(crd->kind, INPUT_FILE);
    assert_string_equal(crd->chart->path, "charts/web");
    assert_string_equal(own->source, "web/templates/config.yaml");
    assert_null(item_named(&l, "plain/values.yaml")->chart);
    tree_end(&t);
}

static void a_broken_chart_yaml_is_a_problem(void **state)
{
    struct tree t;
    _cleanup_input_ struct input_list l = {0};
    tree_begin(&t);
    write_chart("web", "web");
    tree_file("web/Chart.yaml", "name: web\nversion: [\n");
    collect_with(&l, NULL, PATHS("web"));
    assert_names(&l, "web/templates/config.yaml\n");
    assert_string_equal(l.items.items[0]->chart->name, "web");
    assert_int_equal(l.problems.len, 1);
    assert_string_equal(l.problems.items[0].where, "web/Chart.yaml");
    tree_end(&t);
}

static void a_template_named_alone_is_a_template(void **state)
{
    struct tree t;
    _cleanup_input_ struct input_list l = {0};
    tree_begin(&t);
    write_chart("web", "web");
    tree_file("web/templates/other.yaml", "x");
    collect_with(&l, NULL, PATHS("web/templates/config.yaml"));
    assert_names(&l, "web/templates/config.yaml\n");
    assert_int_equal(l.items.items[0]->kind, INPUT_TEMPLATE);
    assert_string_equal(l.items.items[0]->chart->name, "web");
    tree_end(&t);
}

/* --- archives ------------------------------------------------------------------------------------
 */

struct packed_file {
    const char *path, *text;
};

static void pack(const char *to, const struct packed_file *files, size_t n)
{
    struct archive *a = archive_write_new();
    archive_write_add_filter_gzip(a);
    archive_write_set_format_pax_restricted(a);
    assert_int_equal(archive_write_open_filename(a, to), ARCHIVE_OK);
    for (size_t i = 0; i < n; i++) {
        struct archive_entry *e = archive_entry_new();
        archive_entry_set_pathname(e, files[i].path);
        archive_entry_set_filetype(e, AE_IFREG);
        archive_entry_set_perm(e, 0644);
        archive_entry_set_size(e, (la_int64_t)strlen(files[i].text));
        assert_int_equal(archive_write_header(a, e), ARCHIVE_OK);
        archive_write_data(a, files[i].text, strlen(files[i].text));
        archive_entry_free(e);
    }
    assert_int_equal(archive_write_close(a), ARCHIVE_OK);
    archive_write_free(a);
}

static void a_packed_chart_is_read_from_memory(void **state)
{
    struct tree t;
    _cleanup_input_ struct input_list l = {0};
    tree_begin(&t);
    write_chart("web", "web");
    tree_file("web/crds/thing.yaml", "kind: Thing\n");
    write_chart("web/charts/cache", "cache");
    write_chart("inner", "inner");
    tree_run((const char *const[]){"tar", "-czf", "web/charts/inner-0.1.0.tgz", "inner", NULL});
    tree_run((const char *const[]){"tar", "-czf", "web-0.1.0.tgz", "./web", NULL});
    collect_with(&l, &no_helm, PATHS("web-0.1.0.tgz"));
    assert_problems(&l, "");
    assert_names(&l, "web-0.1.0.tgz:charts/cache/templates/config.yaml\n"
                     "web-0.1.0.tgz:charts/inner-0.1.0.tgz:templates/config.yaml\n"
                     "web-0.1.0.tgz:crds/thing.yaml\n"
                     "web-0.1.0.tgz:templates/config.yaml\n");
    assert_string_equal(l.items.items[1]->source, "web/charts/inner/templates/config.yaml");
    assert_string_equal(l.items.items[1]->chart->parent->name, "web");
    assert_null(l.items.items[0]->path);
    assert_true(sv_is(l.items.items[3]->text, config_map));
    assert_true(sv_is(l.items.items[2]->text, "kind: Thing\n"));
    tree_end(&t);
}

static void archives_in_a_folder_count_when_they_are_charts(void **state)
{
    struct tree t;
    _cleanup_input_ struct input_list l = {0}, named = {0};
    tree_begin(&t);
    tree_file("docs/readme.yaml", "x");
    tree_run((const char *const[]){"tar", "-czf", "backup.tgz", "docs", NULL});
    tree_file("broken.tgz", "no archive at all");
    write_chart("web", "web");
    tree_run((const char *const[]){"tar", "-czf", "web.tgz", "web", NULL});
    collect_with(&l, &no_helm, PATHS("."));
    assert_names(&l,
                 "docs/readme.yaml\nweb/templates/config.yaml\nweb.tgz:templates/config.yaml\n");
    assert_problems(&l, "");
    collect_with(&named, &no_helm, PATHS("backup.tgz", "broken.tgz"));
    assert_names(&named, "");
    assert_int_equal(named.problems.len, 2);
    assert_string_equal(named.problems.items[0].message,
                        "no chart: there is no Chart.yaml in its top folder");
    assert_string_equal(named.problems.items[1].where, "broken.tgz");
    assert_non_null(strstr(named.problems.items[1].message, "cannot be unpacked"));
    tree_end(&t);
}

static int read_packed(const struct packed_file *files, size_t n, struct err *e)
{
    _cleanup_tgz_ struct tgz z = {0};
    _cleanup_arena_ struct arena arena = {0};
    _cleanup_str_ struct str bytes = {0};
    pack("x.tgz", files, n);
    assert_int_equal(io_read_file("x.tgz", TGZ_PACKED_MAX, &bytes, NULL), 0);
    return tgz_read(&z, &arena, "x.tgz", str_sv(&bytes), e);
}

static void names_in_any_script_are_read(void **state)
{
    static const char name[] = "web/templates/\xE5\xBD\x93\xE7\x95\xAA.yaml";
    struct tree t;
    _cleanup_input_ struct input_list l = {0};
    tree_begin(&t);
    tree_file("web/Chart.yaml", "name: web\n");
    tree_file(name, "x");
    tree_run((const char *const[]){"tar", "--format=pax", "-czf", "web.tgz", "web", NULL});
    tree_run((const char *const[]){"tar", "--format=gnu", "-czf", "gnu.tgz", "web", NULL});
    collect_with(&l, &no_helm, PATHS("web.tgz", "gnu.tgz", "web"));
    assert_problems(&l, "");
    assert_int_equal(l.items.len, 3);
    assert_string_equal(l.items.items[0]->source, name);
    assert_string_equal(l.items.items[1]->source, name);
    assert_string_equal(l.items.items[2]->source, name);
    tree_end(&t);
}

static void archives_that_lead_out_are_refused(void **state)
{
    static const char *const paths[] = {"web/../../etc/x.yaml", "/etc/x.yaml", "..",
                                        "web\\..\\x.yaml"};
    struct tree t;
    tree_begin(&t);
    for (size_t i = 0; i < ARRAY_LEN(paths); i++) {
        struct err e = {0};
        struct packed_file files[] = {{"web/Chart.yaml", "name: web\n"}, {paths[i], "x"}};
        assert_int_equal(read_packed(files, 2, &e), -1);
        assert_int_equal(e.class, ERR_INPUT);
        assert_non_null(strstr(e.msg, "leads out of the archive"));
    }
    tree_end(&t);
}

static void archives_that_explode_are_stopped(void **state)
{
    struct tree t;
    struct err e = {0}, many = {0};
    tree_begin(&t);
    _cleanup_str_ struct str large = {0};
    str_fill(&large, 'a', TGZ_ENTRY_MAX + 1);
    struct packed_file one[] = {{"web/Chart.yaml", "name: web\n"},
                                {"web/templates/a.yaml", str_c(&large)}};
    assert_int_equal(read_packed(one, 2, &e), -1);
    assert_int_equal(e.class, ERR_LIMIT);
    assert_non_null(strstr(e.msg, "web/templates/a.yaml"));
    struct packed_file all[12] = {{"web/Chart.yaml", "name: web\n"}};
    for (size_t i = 1; i < ARRAY_LEN(all); i++)
        all[i] = (struct packed_file){"web/files/a.bin", str_c(&large)};
    assert_int_equal(read_packed(all, ARRAY_LEN(all), &many), -1);
    assert_int_equal(many.class, ERR_LIMIT);
    assert_non_null(strstr(many.msg, "unpacks to more than the limit"));
    tree_end(&t);
}

/* --- helm ----------------------------------------------------------------------------------------
 */

static void helm_output_is_cut_and_tied_to_templates(void **state)
{
    static const char output[] = "---\n# Source: web/templates/config.yaml\nkind: A\n---\n"
                                 "# Source: web/templates/config.yaml\n# only a remark\n---\n"
                                 "# Source: web/templates/gone.yaml\nkind: B\ntext: |\n  ---\n"
                                 "--- \nkind: C\n";
    struct input_list list = {0};
    struct collect c = {.list = &list};
    struct chart chart = {.info = {.name = "web", .path = "charts/web"}, .full_name = "web"};
    chart.top = &chart;
    struct input_item template = {.name = "charts/web/templates/config.yaml"};
    chart_add_template(&c, &chart, &template, SV("templates/config.yaml"));
    helm_add_documents(&c, &chart, SV(output));
    assert_names(&list, "charts/web/templates/config.yaml\n"
                        "charts/web/templates/config.yaml (rendered)\n"
                        "web/templates/gone.yaml (rendered)\n"
                        "charts/web (rendered)\n");
    assert_ptr_equal(list.items.items[1]->origin, list.items.items[0]);
    assert_string_equal(list.items.items[1]->source, "web/templates/config.yaml");
    assert_null(list.items.items[2]->origin);
    assert_null(list.items.items[3]->source);
    assert_non_null(
        memmem(list.items.items[2]->text.ptr, list.items.items[2]->text.len, "  ---", 5));
    map_release(&chart.sources);
    input_release(&list);
}

static bool have_helm(void)
{
    char found[PATH_MAX];
    if (getenv("TOBAN_HELM") || proc_find("helm", found))
        return true;
    print_message("helm is not on PATH: not tried with it\n");
    return false;
}

static void helm_renders_with_the_options(void **state)
{
    if (!have_helm())
        skip();
    struct tree t;
    _cleanup_input_ struct input_list l = {0}, packed = {0};
    tree_begin(&t);
    write_chart("web", "web");
    write_chart("web/charts/cache", "cache");
    tree_file("more.yaml", "word: two\n");
    const struct input_options o = {.values = PATHS("more.yaml"),
                                    .set = PATHS("cache.word=three"),
                                    .release = "game",
                                    .namespace = "play",
                                    .kube_version = "1.25"};
    collect_with(&l, &o, PATHS("web"));
    assert_problems(&l, "");
    struct input_item *own = item_named(&l, "web/templates/config.yaml (rendered)");
    struct input_item *sub = item_named(&l, "web/charts/cache/templates/config.yaml (rendered)");
    assert_non_null(own);
    assert_non_null(sub);
    assert_true(sv_has(own->text, "name: game-two"));
    assert_true(sv_has(own->text, "kube: \"v1.25"));
    assert_true(sv_has(sub->text, "name: game-three"));
    assert_string_equal(sub->chart->name, "cache");
    assert_ptr_equal(own->origin, item_named(&l, "web/templates/config.yaml"));
    tree_run((const char *const[]){"tar", "-czf", "web.tgz", "web", NULL});
    collect_with(&packed, &o, PATHS("web.tgz"));
    struct input_item *in =
        item_named(&packed, "web.tgz:charts/cache/templates/config.yaml (rendered)");
    assert_non_null(in);
    assert_true(sv_has(in->text, "name: game-three"));
    tree_end(&t);
}

static void one_chart_serves_several_dependencies(void **state)
{
    if (!have_helm())
        skip();
    struct tree t;
    _cleanup_input_ struct input_list l = {0};
    tree_begin(&t);
    write_chart("web", "web");
    tree_file("web/Chart.yaml", "apiVersion: v2\nname: web\nversion: 1.0.0\ndependencies:\n"
                                "- {name: cache, version: 0.1.0}\n"
                                "- {name: cache, version: 0.1.0, alias: store}\n");
    tree_file("web/values.yaml", "word: one\nstore: {word: two}\n");
    write_chart("web/charts/cache", "cache");
    collect_with(&l, NULL, PATHS("web"));
    assert_problems(&l, "");
    struct input_item *from = item_named(&l, "web/charts/cache/templates/config.yaml");
    size_t rendered = 0;
    vec_foreach(item, &l.items)
        rendered += (*item)->origin == from;
    assert_non_null(from);
    assert_int_equal(rendered, 2);
    tree_end(&t);
}

static void what_helm_cannot_render_is_told(void **state)
{
    if (!have_helm())
        skip();
    struct tree t;
    _cleanup_input_ struct input_list l = {0};
    tree_begin(&t);
    write_chart("lacking", "lacking");
    tree_file("lacking/Chart.yaml",
              "apiVersion: v2\nname: lacking\nversion: 1.0.0\ndependencies:\n"
              "- {name: redis, version: 1.0.0, repository: 'https://localhost:1'}\n");
    write_chart("needy", "needy");
    tree_file("needy/templates/must.yaml", "{{ required \"say the region\" .Values.region }}\n");
    write_chart("new", "new");
    tree_file("new/Chart.yaml",
              "apiVersion: v2\nname: new\nversion: 1.0.0\nkubeVersion: '>=1.30-0'\n");
    write_chart("lib", "lib");
    tree_file("lib/Chart.yaml", "apiVersion: v2\nname: lib\nversion: 1.0.0\ntype: library\n");
    collect_with(&l, &(struct input_options){.kube_version = "1.22"}, PATHS("."));
    assert_true(has_note(&l,
                         "lacking: not rendered, dependencies are missing in charts/ (redis): run "
                         "`helm dependency build lacking`"));
    assert_int_equal(l.problems.len, 2);
    assert_string_equal(l.problems.items[0].where, "needy");
    assert_non_null(strstr(l.problems.items[0].message, "say the region"));
    assert_string_equal(l.problems.items[1].where, "new");
    assert_non_null(strstr(l.problems.items[1].message, "kubeVersion"));
    assert_int_equal(l.items.len, 5);
    tree_end(&t);
}

/* A helm that never ends; the time limit is what is tried here. */
static void a_hanging_helm_is_stopped(void **state)
{
    struct tree t;
    _cleanup_input_ struct input_list l = {0};
    char path[PATH_MAX];
    _cleanup_free_ char *old = getenv("TOBAN_HELM") ? strdup(getenv("TOBAN_HELM")) : NULL;
    tree_begin(&t);
    write_chart("web", "web");
    tree_file("hang", "#!/bin/sh\nexec tail -f /dev/null\n");
    assert_int_equal(chmod("hang", 0755), 0);
    tree_path(&t, "hang", path);
    setenv("TOBAN_HELM", path, 1);
    collect_with(&l, &(struct input_options){.timeout_ms = 100}, PATHS("web"));
    assert_names(&l, "web/templates/config.yaml\n");
    assert_int_equal(l.problems.len, 1);
    assert_non_null(strstr(l.problems.items[0].message, "not done after 0.1 seconds, stopped"));
    if (old)
        setenv("TOBAN_HELM", old, 1);
    else
        unsetenv("TOBAN_HELM");
    tree_end(&t);
}

static void without_helm_there_is_a_note(void **state)
{
    struct tree t;
    _cleanup_input_ struct input_list l = {0};
    _cleanup_free_ char *old = strdup(getenv("PATH"));
    _cleanup_free_ char *helm = getenv("TOBAN_HELM") ? strdup(getenv("TOBAN_HELM")) : NULL;
    tree_begin(&t);
    write_chart("web", "web");
    setenv("PATH", "/nowhere", 1);
    unsetenv("TOBAN_HELM");
    collect_with(&l, NULL, PATHS("web"));
    setenv("PATH", old, 1);
    if (helm)
        setenv("TOBAN_HELM", helm, 1);
    assert_names(&l, "web/templates/config.yaml\n");
    assert_true(has_note(&l, "helm is not on PATH: 1 chart was read by the templates alone"));
    tree_end(&t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(chart_yaml_is_read),
        cmocka_unit_test(a_chart_without_name_is_refused),
        cmocka_unit_test(the_files_of_a_chart_are_told_apart),
        cmocka_unit_test(a_broken_chart_yaml_is_a_problem),
        cmocka_unit_test(a_template_named_alone_is_a_template),
        cmocka_unit_test(a_packed_chart_is_read_from_memory),
        cmocka_unit_test(archives_in_a_folder_count_when_they_are_charts),
        cmocka_unit_test(names_in_any_script_are_read),
        cmocka_unit_test(archives_that_lead_out_are_refused),
        cmocka_unit_test(archives_that_explode_are_stopped),
        cmocka_unit_test(helm_output_is_cut_and_tied_to_templates),
        cmocka_unit_test(helm_renders_with_the_options),
        cmocka_unit_test(one_chart_serves_several_dependencies),
        cmocka_unit_test(what_helm_cannot_render_is_told),
        cmocka_unit_test(a_hanging_helm_is_stopped),
        cmocka_unit_test(without_helm_there_is_a_note),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
