/* input_tree: folders of files for the tests of input/, made and removed again. */
#ifndef TOBAN_TESTS_INPUT_TREE_H
#define TOBAN_TESTS_INPUT_TREE_H

#include "base/io.h"
#include "base/proc.h"
#include "input/input.h"

#include <errno.h>
#include <sys/stat.h>

#include "unit.h"

struct tree {
    char root[64];
};

static inline void tree_path(const struct tree *t, const char *path, char out[static PATH_MAX])
{
    snprintf(out, PATH_MAX, "%s/%s", t->root, path);
}

/* Begins a tree and goes into it, so that paths in the tests are relative. */
static inline void tree_begin(struct tree *t)
{
    snprintf(t->root, sizeof t->root, "/tmp/toban-input-XXXXXX");
    assert_non_null(mkdtemp(t->root));
    assert_int_equal(chdir(t->root), 0);
}

static inline void tree_folder(const char *path)
{
    char part[PATH_MAX];
    for (const char *slash = strchr(path, '/'); slash; slash = strchr(slash + 1, '/')) {
        snprintf(part, sizeof part, "%.*s", (int)(slash - path), path);
        assert_true(mkdir(part, 0755) == 0 || errno == EEXIST);
    }
}

/* A file, with the folders above it. */
static inline void tree_file_n(const char *path, struct sv text)
{
    struct err e = {0};
    tree_folder(path);
    if (io_write_atomic(path, text, &e) < 0)
        fail_msg("%s", e.msg);
}

static inline void tree_file(const char *path, const char *text)
{
    tree_file_n(path, sv_of(text));
}

static inline void tree_link(const char *to, const char *path)
{
    tree_folder(path);
    assert_int_equal(symlink(to, path), 0);
}

static inline void tree_run(const char *const *argv)
{
    _cleanup_proc_ struct proc_result r = {0};
    struct err e = {0};
    struct proc_spec s = {.argv = argv};
    if (proc_run(&s, &r, &e) < 0)
        fail_msg("%s", e.msg);
    if (r.exit_code)
        fail_msg("%s: %s", argv[0], str_c(&r.err));
}

static inline void tree_end(struct tree *t)
{
    assert_int_equal(chdir("/"), 0);
    tree_run((const char *const[]){"rm", "-rf", t->root, NULL});
}

static inline void collect_with(struct input_list *list, const struct input_options *o,
                                const char *const *paths)
{
    struct err e = {0};
    size_t n = 0;
    while (paths[n])
        n++;
    if (input_collect(paths, n, o, list, &e) < 0)
        fail_msg("%s", e.msg);
}

#define PATHS(...) ((const char *const[]){__VA_ARGS__, NULL})

static inline struct input_item *item_named(const struct input_list *list, const char *name)
{
    vec_foreach(item, &list->items)
        if (strcmp((*item)->name, name) == 0)
            return *item;
    return NULL;
}

/* All names in order, each with a line end. */
static inline void assert_names(const struct input_list *list, const char *want)
{
    _cleanup_str_ struct str names = {0};
    vec_foreach(item, &list->items)
        str_addf(&names, "%s\n", (*item)->name);
    assert_string_equal(str_c(&names), want);
}

/* All problems in order: "where: message", each with a line end. */
static inline void assert_problems(const struct input_list *list, const char *want)
{
    _cleanup_str_ struct str all = {0};
    vec_foreach(p, &list->problems)
        str_addf(&all, "%s: %s\n", p->where, p->message);
    assert_string_equal(str_c(&all), want);
}

static inline bool has_note(const struct input_list *list, const char *part)
{
    vec_foreach(note, &list->notes)
        if (strstr(*note, part))
            return true;
    return false;
}

#endif
