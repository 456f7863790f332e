/* The rules of .gitignore: the cases people trip over, and a comparison with git itself. */
#include "base/io.h"
#include "base/proc.h"
#include "base/vec.h"
#include "input/ignore.h"

#include <sys/stat.h>

#include "unit.h"

struct ignore_case {
    const char *rules, *path;
    bool is_folder, ignored;
};

static bool ignored_by(const char *rules, const char *path, bool is_folder)
{
    _cleanup_arena_ struct arena arena = {0};
    return ignore_match(ignore_parse(&arena, sv_of(rules), 0, NULL), sv_of(path), is_folder);
}

static void rules_mean_what_git_says(void **state)
{
    static const struct ignore_case cases[] = {
        {"*.yaml", "a/b.yaml", false, true},
        {"/b.yaml", "a/b.yaml", false, false},
        {"/b.yaml", "b.yaml", false, true},
        {"a/b.yaml", "a/b.yaml", false, true},
        {"a/b.yaml", "x/a/b.yaml", false, false},
        {"build/", "build", false, false},
        {"build/", "a/build", true, true},
        {"*.yaml\n!keep.yaml", "keep.yaml", false, false},
        {"!keep.yaml\n*.yaml", "keep.yaml", false, true},
        {"# comment\n", "# comment", false, false},
        {"\\#x", "#x", false, true},
        {"\\!x", "!x", false, true},
        {"a/**/b", "a/b", false, true},
        {"a/**/b", "a/x/y/b", false, true},
        {"**/b", "b", false, true},
        {"a/**", "a", true, false},
        {"a/**", "a/x/y", false, true},
        {"a/*", "a/x/y", false, false},
        {"a**b", "aXb", false, true},
        {"x/a**b", "x/a/b", false, false},
        {"[a-c].y", "b.y", false, true},
        {"[!a-c].y", "b.y", false, false},
        {"[]].y", "].y", false, true},
        {"[[:digit:]]", "7", false, true},
        {"[a", "[a", false, false},
        {"x[a/]y", "x/y", false, false},
        {"trail  ", "trail", false, true},
        {"trail\\ ", "trail ", false, true},
        {"crlf\r\nnext\r\n", "crlf", false, true},
        {"\xEF\xBB\xBF"
         "bom",
         "bom", false, true},
        {"/", "a", true, false},
        {"\\", "\\", false, false},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++)
        if (ignored_by(cases[i].rules, cases[i].path, cases[i].is_folder) != cases[i].ignored)
            fail_msg("rules '%s', path '%s': wanted %s", cases[i].rules, cases[i].path,
                     cases[i].ignored ? "ignored" : "kept");
}

static void nearer_rules_win(void **state)
{
    _cleanup_arena_ struct arena arena = {0};
    const struct ignore_set *top = ignore_parse(&arena, SV("*.yaml"), 0, NULL);
    const struct ignore_set *sub = ignore_parse(&arena, SV("!/x.yaml\n"), strlen("sub/"), top);
    assert_false(ignore_match(sub, SV("sub/x.yaml"), false));
    assert_true(ignore_match(sub, SV("sub/y.yaml"), false));
    assert_true(ignore_match(sub, SV("sub/deep/x.yaml"), false));
    assert_false(ignore_match(NULL, SV("x.yaml"), false));
}

static void many_stars_do_not_explode(void **state)
{
    _cleanup_str_ struct str text = {0};
    str_fill(&text, 'a', 4000);
    assert_false(ignore_wildmatch(SV("*a*a*a*a*a*a*a*a*a*a*a*b"), str_sv(&text)));
    str_reset(&text);
    for (int i = 0; i < 600; i++)
        str_adds(&text, "a/");
    assert_false(ignore_wildmatch(SV("**/a/**/a/**/a/**/a/**/a/**/b"), str_sv(&text)));
}

/* --- against git --------------------------------------------------------------------------------
 */

#define ROUNDS 60

static const char *const names[] = {"a", "b", "ab", "a.b", "a b", "[a]", "a*b", "-", "\\a", "#a"};
static const char *const pieces[] = {
    "a",   "b",     "ab",          ".",  "*",   "**",  "/",      "?",    "[",  "]",      "[a",
    "[!a", "[a-b]", "[[:alpha:]]", "\\", "/**", "**/", "/*/",    " ",    "-",  "[]-a]",  "#",
    "!",   "[^-b]", "a/",          "/b", "*b",  "a*",  "[\\]a]", "/**/", "b?", "[[:x:]]"};

struct world {
    char root[64];
    uint32_t seed;
    struct arena arena;
    VEC(struct sv) paths; /* folders end in '/' */
    struct str stdin_text;
};

static uint32_t next_random(struct world *w)
{
    w->seed = w->seed * 1664525u + 1013904223u;
    return w->seed >> 8;
}

static void add_folder(struct world *w, const char *prefix, int depth)
{
    for (size_t i = 0; i < ARRAY_LEN(names); i++) {
        bool folder = depth < 3 && i < 6 - (size_t)depth;
        char *path = arena_fmt(&w->arena, "%s%s%s", prefix, names[i], folder ? "/" : "");
        char *full = arena_fmt(&w->arena, "%s/%s", w->root, path);
        struct err e = {0};
        if (folder)
            assert_int_equal(mkdir(full, 0755), 0);
        else if (io_write_atomic(full, SV(""), &e) < 0)
            fail_msg("%s", e.msg);
        assert_true(vec_push(&w->paths, sv_of(path)));
        str_addv(&w->stdin_text, sv_n(path, strlen(path) - folder));
        str_addc(&w->stdin_text, '\0');
        if (folder)
            add_folder(w, path, depth + 1);
    }
}

static void run(struct world *w, const char *const *argv, struct sv input, struct proc_result *r)
{
    struct err e = {0};
    const char *const env[] = {"GIT_CONFIG_GLOBAL=/dev/null",
                               "GIT_CONFIG_SYSTEM=/dev/null",
                               "LC_ALL=C",
                               "GIT_DIR",
                               "GIT_WORK_TREE",
                               "GIT_INDEX_FILE",
                               NULL};
    struct proc_spec s = {.argv = argv, .env_add = env, .cwd = w->root, .input = input};
    if (proc_run(&s, r, &e) < 0)
        fail_msg("%s", e.msg);
}

static char *write_rules(struct world *w, const char *path)
{
    _cleanup_str_ struct str text = {0};
    for (uint32_t line = 1 + next_random(w) % 4; line > 0; line--) {
        for (uint32_t n = 1 + next_random(w) % 5; n > 0; n--)
            str_adds(&text, pieces[next_random(w) % ARRAY_LEN(pieces)]);
        str_adds(&text, next_random(w) % 8 ? "\n" : "\r\n");
    }
    char *full = arena_fmt(&w->arena, "%s/%s", w->root, path);
    assert_int_equal(io_write_atomic(full, str_sv(&text), NULL), 0);
    return arena_dup(&w->arena, str_sv(&text));
}

static bool path_is_ignored(struct sv path, const struct ignore_set *top,
                            const struct ignore_set *in_a)
{
    for (size_t i = 1; i <= path.len; i++) {
        bool folder = path.ptr[i - 1] == '/';
        if (!folder && i < path.len)
            continue;
        struct sv part = sv_n(path.ptr, i - folder);
        if (ignore_match(sv_starts(part, "a/") ? in_a : top, part, folder))
            return true;
    }
    return false;
}

static bool in_answer(const struct str *answer, struct sv path)
{
    path.len -= sv_ends(path, "/");
    for (size_t at = 0; at < answer->len; at += strlen(answer->data + at) + 1)
        if (sv_is(path, answer->data + at))
            return true;
    return false;
}

static void compare_once(struct world *w)
{
    char *exclude = write_rules(w, ".git/info/exclude"), *rules = write_rules(w, ".gitignore");
    char *nested = write_rules(w, "a/.gitignore");
    const struct ignore_set *set = ignore_parse(&w->arena, sv_of(exclude), 0, NULL);
    set = ignore_parse(&w->arena, sv_of(rules), 0, set);
    const struct ignore_set *in_a = ignore_parse(&w->arena, sv_of(nested), 2, set);
    _cleanup_proc_ struct proc_result r = {0};
    const char *const argv[] = {"git", "check-ignore", "--no-index", "-z", "--stdin", NULL};
    run(w, argv, str_sv(&w->stdin_text), &r);
    assert_true(r.exit_code <= 1);
    vec_foreach(p, &w->paths) {
        bool ours = path_is_ignored(*p, set, in_a);
        if (ours != in_answer(&r.out, *p))
            fail_msg("path '%.*s': toban says %s, git does not\nexclude:\n%s\ntop:\n%s\na/:\n%s",
                     SV_ARG(*p), ours ? "ignored" : "kept", exclude, rules, nested);
    }
}

static void agrees_with_git(void **state)
{
    char found[PATH_MAX];
    if (!proc_find("git", found)) {
        print_message("git is not installed: not compared with it\n");
        skip();
    }
    struct world w = {.root = "/tmp/toban-ignore-XXXXXX", .seed = 20261123};
    assert_non_null(mkdtemp(w.root));
    _cleanup_proc_ struct proc_result init = {0}, gone = {0};
    run(&w, (const char *const[]){"git", "init", "-q", ".", NULL}, SV_NONE, &init);
    assert_int_equal(init.exit_code, 0);
    add_folder(&w, "", 0);
    for (int i = 0; i < ROUNDS; i++)
        compare_once(&w);
    run(&w, (const char *const[]){"rm", "-rf", w.root, NULL}, SV_NONE, &gone);
    vec_release(&w.paths);
    str_release(&w.stdin_text);
    arena_release(&w.arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rules_mean_what_git_says),
        cmocka_unit_test(nearer_rules_win),
        cmocka_unit_test(many_stars_do_not_explode),
        cmocka_unit_test(agrees_with_git),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
