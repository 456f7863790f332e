/* Folders, links, ignore files and loading, on real trees. */
#include "input_tree.h"

#include <fcntl.h>

static void a_folder_is_walked_in_order(void **state)
{
    struct tree t;
    _cleanup_input_ struct input_list l = {0};
    tree_begin(&t);
    tree_file("b.yaml", "x");
    tree_file("a/z.yml", "x");
    tree_file("a/c.json", "{}");
    tree_file("a/readme.md", "x");
    tree_file("a/.hidden/d.yaml", "x");
    tree_file(".git/config.yaml", "x");
    tree_file("a/.terraform/m.yaml", "x");
    tree_file("B.yaml", "x");
    collect_with(&l, NULL, PATHS("."));
    assert_names(&l, "B.yaml\na/.hidden/d.yaml\na/c.json\na/z.yml\nb.yaml\n");
    assert_problems(&l, "");
    assert_string_equal(l.items.items[0]->path, "B.yaml");
    tree_end(&t);
}

static void names_are_as_the_path_was_given(void **state)
{
    struct tree t;
    _cleanup_input_ struct input_list rel = {0}, up = {0}, abs = {0};
    char full[PATH_MAX], want[PATH_MAX + 8];
    tree_begin(&t);
    tree_file("a/b.yaml", "x");
    tree_file("c/d.yaml", "x");
    collect_with(&rel, NULL, PATHS("./a//"));
    assert_names(&rel, "a/b.yaml\n");
    assert_int_equal(chdir("c"), 0);
    collect_with(&up, NULL, PATHS("../a"));
    assert_names(&up, "../a/b.yaml\n");
    tree_path(&t, "a", full);
    collect_with(&abs, NULL, PATHS(full));
    snprintf(want, sizeof want, "%s/b.yaml\n", full);
    assert_names(&abs, want);
    tree_end(&t);
}

static void ignore_files_are_honoured(void **state)
{
    struct tree t;
    _cleanup_input_ struct input_list l = {0}, sub = {0}, named = {0};
    tree_begin(&t);
    tree_file(".git/info/exclude", "secret.yaml\n");
    tree_file(".gitignore", "out/\n*.gen.yaml\n/top.yaml\n");
    tree_file("sub/.gitignore", "!keep.gen.yaml\n");
    tree_file("out/a.yaml", "x");
    tree_file("x.gen.yaml", "x");
    tree_file("secret.yaml", "x");
    tree_file("top.yaml", "x");
    tree_file("sub/top.yaml", "x");
    tree_file("sub/keep.gen.yaml", "x");
    tree_file("sub/drop.gen.yaml", "x");
    tree_file("sub/out/b.yaml", "x");
    tree_file("module/.git", "gitdir: ../.git/modules/module\n");
    tree_file("module/y.gen.yaml", "x");
    collect_with(&l, NULL, PATHS("."));
    assert_names(&l, "module/y.gen.yaml\nsub/keep.gen.yaml\nsub/top.yaml\n");
    collect_with(&sub, NULL, PATHS("sub"));
    assert_names(&sub, "sub/keep.gen.yaml\nsub/top.yaml\n");
    collect_with(&named, NULL, PATHS("x.gen.yaml", "out"));
    assert_names(&named, "x.gen.yaml\nout/a.yaml\n");
    assert_true(item_named(&named, "x.gen.yaml")->named);
    tree_end(&t);
}

static void ignore_files_count_without_a_work_tree(void **state)
{
    struct tree t;
    _cleanup_input_ struct input_list l = {0};
    tree_begin(&t);
    tree_file("a/.gitignore", "b.yaml\n");
    tree_file("a/b.yaml", "x");
    tree_file("a/c.yaml", "x");
    collect_with(&l, NULL, PATHS("a"));
    assert_names(&l, "a/c.yaml\n");
    tree_end(&t);
}

static void links_are_followed_once(void **state)
{
    struct tree t;
    _cleanup_input_ struct input_list l = {0};
    tree_begin(&t);
    tree_file("elsewhere/x.yaml", "x");
    tree_file("alone/single.yaml", "x");
    tree_file("in/dir/real.yaml", "x");
    tree_link("real.yaml", "in/dir/again.yaml");
    tree_link("../alone/single.yaml", "in/outside.yaml");
    tree_link("../alone/single.yaml", "in/outside2.yaml");
    tree_link("../elsewhere", "in/far");
    tree_link("dir", "in/adir");
    tree_link("..", "in/dir/up");
    tree_link("nowhere.yaml", "in/dangling.yaml");
    tree_link("itself", "in/itself");
    collect_with(&l, NULL, PATHS("in"));
    assert_names(&l, "in/dir/real.yaml\nin/outside.yaml\nin/far/x.yaml\n");
    assert_problems(&l,
                    "in/dangling.yaml: a link that leads nowhere: No such file or directory\n"
                    "in/dir/up: a link that leads back up to a folder it stands in, passed over\n"
                    "in/itself: a link that leads to itself, passed over\n");
    tree_end(&t);
}

static void one_file_named_twice_is_there_once(void **state)
{
    struct tree t;
    _cleanup_input_ struct input_list l = {0};
    tree_begin(&t);
    tree_file("a/b/c.yaml", "x");
    tree_file("a/d.yaml", "x");
    tree_file("other.txt", "x");
    collect_with(&l, NULL, PATHS("a/b/c.yaml", "a", "./a/b", "other.txt", "other.txt"));
    assert_names(&l, "a/b/c.yaml\na/d.yaml\nother.txt\n");
    assert_true(item_named(&l, "a/b/c.yaml")->named);
    tree_end(&t);
}

static void what_is_not_there_is_a_problem(void **state)
{
    struct tree t;
    _cleanup_input_ struct input_list l = {0};
    tree_begin(&t);
    tree_file("a.yaml", "x");
    collect_with(&l, NULL, PATHS("no/such", "", "a.yaml"));
    assert_names(&l, "a.yaml\n");
    assert_problems(&l, "no/such: No such file or directory\n: No such file or directory\n");
    tree_end(&t);
}

/* Root may read everything, so the rights of somebody else are taken on for the while. */
static void be_somebody_else(struct tree *t)
{
    if (geteuid() != 0)
        return;
    tree_run((const char *const[]){"chown", "-R", "65534:65534", t->root, NULL});
    assert_int_equal(seteuid(65534), 0);
}

static void be_oneself_again(void)
{
    if (getuid() == 0)
        assert_int_equal(seteuid(0), 0);
}

static void what_may_not_be_read_is_a_problem_and_the_rest_goes_on(void **state)
{
    struct tree t;
    _cleanup_input_ struct input_list l = {0};
    _cleanup_str_ struct str buf = {0};
    struct err e = {0};
    struct sv text;
    tree_begin(&t);
    tree_file("closed/a.yaml", "x");
    tree_file("locked.yaml", "x");
    tree_file("open.yaml", "x");
    assert_int_equal(chmod("closed", 0), 0);
    assert_int_equal(chmod("locked.yaml", 0), 0);
    be_somebody_else(&t);
    collect_with(&l, NULL, PATHS("."));
    int rc = input_load(item_named(&l, "locked.yaml"), &buf, &text, &e);
    be_oneself_again();
    assert_names(&l, "locked.yaml\nopen.yaml\n");
    assert_problems(&l, "closed: cannot be opened: Permission denied\n");
    assert_int_equal(rc, -1);
    assert_int_equal(e.class, ERR_DENIED);
    assert_string_equal(e.msg, "locked.yaml: cannot be opened: Permission denied");
    assert_int_equal(chmod("closed", 0700), 0);
    tree_end(&t);
}

static void folders_too_deep_are_a_problem(void **state)
{
    struct tree t;
    _cleanup_input_ struct input_list l = {0};
    tree_begin(&t);
    int top = open(".", O_RDONLY | O_DIRECTORY);
    for (int i = 0; i < 300; i++)
        assert_true(mkdir("d", 0755) == 0 && chdir("d") == 0);
    assert_int_equal(fchdir(top), 0);
    close(top);
    collect_with(&l, NULL, PATHS("."));
    assert_int_equal(l.problems.len, 1);
    assert_string_equal(l.problems.items[0].message,
                        "folders too deep inside each other, passed over");
    tree_end(&t);
}

static void check_load(const struct input_list *l, const char *name, enum err_class class,
                       const char *message)
{
    _cleanup_str_ struct str buf = {0};
    struct err e = {0};
    struct sv text;
    int rc = input_load(item_named(l, name), &buf, &text, &e);
    assert_int_equal(rc, class ? -1 : 0);
    assert_int_equal(e.class, class);
    assert_string_equal(e.msg, message);
}

static void texts_are_loaded_and_others_refused(void **state)
{
    struct tree t;
    _cleanup_input_ struct input_list l = {0};
    tree_begin(&t);
    tree_file("empty.yaml", "");
    tree_file("fine.yaml", "a: b\n");
    tree_file_n("binary.yaml", SV("a\0b"));
    tree_file_n("crypt.yaml", SV("\0GITCRYPT\0more"));
    tree_file_n("wide.yaml", SV("\xFF\xFE"
                                "a\0"));
    tree_file("huge.yaml", "");
    assert_int_equal(truncate("huge.yaml", (off_t)2 << 30), 0);
    tree_file("gone.yaml", "x");
    collect_with(&l, NULL, PATHS("."));
    assert_int_equal(unlink("gone.yaml"), 0);
    check_load(&l, "empty.yaml", ERR_NONE, "");
    check_load(&l, "fine.yaml", ERR_NONE, "");
    check_load(&l, "binary.yaml", ERR_INPUT, "binary.yaml: binary, expected YAML or JSON text");
    check_load(&l, "crypt.yaml", ERR_INPUT, "crypt.yaml: locked by git-crypt");
    check_load(&l, "wide.yaml", ERR_INPUT, "wide.yaml: UTF-16 text, expected UTF-8");
    check_load(&l, "huge.yaml", ERR_LIMIT,
               "huge.yaml: 2048.0 MiB, larger than the limit of 64 MiB for one file");
    check_load(&l, "gone.yaml", ERR_NOT_FOUND,
               "gone.yaml: cannot be opened: No such file or directory");
    tree_end(&t);
}

static void a_buffer_serves_many_files(void **state)
{
    struct tree t;
    _cleanup_input_ struct input_list l = {0};
    _cleanup_str_ struct str buf = {0};
    struct sv text;
    tree_begin(&t);
    tree_file("a.yaml", "longer text: 1\n");
    tree_file("b.yaml", "b\n");
    tree_file("c.yaml", "");
    collect_with(&l, NULL, PATHS("."));
    assert_int_equal(input_load(l.items.items[0], &buf, &text, NULL), 0);
    assert_true(sv_is(text, "longer text: 1\n"));
    assert_int_equal(input_load(l.items.items[1], &buf, &text, NULL), 0);
    assert_true(sv_is(text, "b\n"));
    assert_int_equal(input_load(l.items.items[2], &buf, &text, NULL), 0);
    assert_true(sv_is(text, ""));
    tree_end(&t);
}

static void stdin_is_read_once(void **state)
{
    struct tree t;
    _cleanup_input_ struct input_list l = {0};
    tree_begin(&t);
    tree_file("in.yaml", "kind: Pod\n");
    int saved = dup(STDIN_FILENO), fd = open("in.yaml", O_RDONLY);
    assert_int_equal(dup2(fd, STDIN_FILENO), STDIN_FILENO);
    collect_with(&l, NULL, PATHS("-", "-"));
    dup2(saved, STDIN_FILENO);
    close(saved);
    close(fd);
    assert_names(&l, "stdin\n");
    assert_int_equal(l.items.items[0]->kind, INPUT_STDIN);
    assert_null(l.items.items[0]->path);
    assert_true(sv_is(l.items.items[0]->text, "kind: Pod\n"));
    tree_end(&t);
}

static void a_pipe_can_be_named(void **state)
{
    _cleanup_input_ struct input_list l = {0};
    int fds[2];
    char path[32];
    assert_int_equal(pipe(fds), 0);
    assert_int_equal(write(fds[1], "kind: Pod\n", 10), 10);
    close(fds[1]);
    snprintf(path, sizeof path, "/dev/fd/%d", fds[0]);
    collect_with(&l, NULL, PATHS(path));
    close(fds[0]);
    assert_problems(&l, "");
    assert_int_equal(l.items.len, 1);
    assert_null(l.items.items[0]->path);
    assert_true(sv_is(l.items.items[0]->text, "kind: Pod\n"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_folder_is_walked_in_order),
        cmocka_unit_test(names_are_as_the_path_was_given),
        cmocka_unit_test(ignore_files_are_honoured),
        cmocka_unit_test(ignore_files_count_without_a_work_tree),
        cmocka_unit_test(links_are_followed_once),
        cmocka_unit_test(one_file_named_twice_is_there_once),
        cmocka_unit_test(what_is_not_there_is_a_problem),
        cmocka_unit_test(what_may_not_be_read_is_a_problem_and_the_rest_goes_on),
        cmocka_unit_test(folders_too_deep_are_a_problem),
        cmocka_unit_test(texts_are_loaded_and_others_refused),
        cmocka_unit_test(a_buffer_serves_many_files),
        cmocka_unit_test(stdin_is_read_once),
        cmocka_unit_test(a_pipe_can_be_named),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
