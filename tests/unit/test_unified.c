#include "cmd/unified.h"

#include "base/io.h"
#include "base/proc.h"

#include <sys/stat.h>

#include "unit.h"

static const char *diff_of(struct str *out, const char *old, const char *new)
{
    str_init(out, 0);
    unified_diff(out, "dir/x.yaml", sv_of(old), sv_of(new), false);
    return str_c(out);
}

static void equal_texts_say_nothing(void **state)
{
    _cleanup_str_ struct str out = {0};
    assert_string_equal(diff_of(&out, "a\nb\n", "a\nb\n"), "");
}

static void one_line(void **state)
{
    _cleanup_str_ struct str out = {0};
    assert_string_equal(
        diff_of(&out, "1\n2\n3\n4\n5\n6\n7\n8\n9\n", "1\n2\n3\n4\nfive\n6\n7\n8\n9\n"),
        "--- a/dir/x.yaml\n+++ b/dir/x.yaml\n@@ -2,7 +2,7 @@\n 2\n 3\n 4\n-5\n+five\n"
        " 6\n 7\n 8\n");
}

static void ends_without_newline(void **state)
{
    _cleanup_str_ struct str out = {0};
    assert_string_equal(diff_of(&out, "a\nb", "a\nb\n"),
                        "--- a/dir/x.yaml\n+++ b/dir/x.yaml\n@@ -1,2 +1,2 @@\n a\n-b\n"
                        "\\ No newline at end of file\n+b\n");
}

static void from_nothing(void **state)
{
    _cleanup_str_ struct str out = {0};
    assert_string_equal(diff_of(&out, "", "a\n"),
                        "--- a/dir/x.yaml\n+++ b/dir/x.yaml\n@@ -0,0 +1 @@\n+a\n");
}

static unsigned next_random(unsigned *seed)
{
    return *seed = *seed * 1103515245u + 12345u;
}

static void random_text(struct str *out, unsigned *seed)
{
    unsigned lines = next_random(seed) / 65536 % 40;
    for (unsigned i = 0; i < lines; i++)
        str_addf(out, "%u\n", next_random(seed) / 65536 % 5);
    if (lines && next_random(seed) / 65536 % 4 == 0)
        out->len--, out->data[out->len] = 0;
}

static void check_with_git(const char *folder, struct sv old, struct sv new)
{
    char path[256];
    _cleanup_str_ struct str patch = {0}, now = {0};
    _cleanup_proc_ struct proc_result r = {0};
    struct err err = {0};
    str_init(&patch, 0);
    str_init(&now, 0);
    snprintf(path, sizeof path, "%s/t", folder);
    assert_int_equal(io_write_atomic(path, old, &err), 0);
    unified_diff(&patch, "t", old, new, false);
    if (!patch.len)
        return;
    const char *argv[] = {"git", "apply", "--unsafe-paths", "-", NULL};
    struct proc_spec spec = {.argv = argv, .cwd = folder, .input = str_sv(&patch)};
    assert_int_equal(proc_run(&spec, &r, &err), 0);
    if (r.exit_code)
        fail_msg("git apply: %s\n%s", str_c(&r.err), str_c(&patch));
    assert_int_equal(io_read_file(path, 1 << 20, &now, &err), 0);
    assert_true(sv_eq(str_sv(&now), new));
}

/* git itself takes every patch to the new text. */
static void git_applies_it(void **state)
{
    char folder[] = "/tmp/toban-unified-XXXXXX", path[256];
    unsigned seed = 7;
    if (!proc_find("git", (char[PATH_MAX]){0}))
        skip();
    assert_non_null(mkdtemp(folder));
    for (unsigned i = 0; i < 60; i++) {
        _cleanup_str_ struct str old = {0}, new = {0};
        str_init(&old, 0);
        str_init(&new, 0);
        random_text(&old, &seed);
        random_text(&new, &seed);
        if (old.len && new.len)
            check_with_git(folder, str_sv(&old), str_sv(&new));
    }
    snprintf(path, sizeof path, "%s/t", folder);
    unlink(path);
    rmdir(folder);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(equal_texts_say_nothing), cmocka_unit_test(one_line),
        cmocka_unit_test(ends_without_newline),    cmocka_unit_test(from_nothing),
        cmocka_unit_test(git_applies_it),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
