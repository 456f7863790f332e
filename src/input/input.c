#include "input/input.h"

#include "base/io.h"
#include "input/chart.h"
#include "input/helm.h"
#include "input/kustomize.h"
#include "input/packed.h"
#include "input/walk.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>

/* Bytes that a whole list may keep in memory: unpacked, rendered, built. */
#define LIST_MEMORY_MAX ((size_t)2 << 30)

/* What can be read only once is kept in memory. */
static void collect_stream(struct collect *c, int fd, const char *name, enum input_kind kind)
{
    _cleanup_str_ struct str text = {0};
    struct err err = {0};
    str_init(&text, 2 * IO_MANIFEST_MAX);
    if (io_read_fd(fd, name, IO_MANIFEST_MAX, &text, &err) < 0) {
        collect_problem_err(c, name, &err);
        return;
    }
    struct input_item item = {.kind = kind, .name = name, .named = true};
    item.text = sv_n(collect_dup(c, str_sv(&text)), text.len);
    collect_add(c, &item);
}

static void collect_stdin(struct collect *c)
{
    vec_foreach(item, &c->list->items)
        if ((*item)->kind == INPUT_STDIN)
            return;
    collect_stream(c, STDIN_FILENO, "stdin", INPUT_STDIN);
}

/* A pipe, as the shell makes it of `<(command)`. */
static void collect_pipe(struct collect *c, const char *path)
{
    _cleanup_close_ int fd = open(path, O_RDONLY | O_CLOEXEC);
    struct err err = {0};
    if (fd >= 0) {
        collect_stream(c, fd, path, INPUT_FILE);
        return;
    }
    err_sys(&err, errno, "%s: cannot be opened", path);
    collect_problem_err(c, path, &err);
}

static const char *folder_of(struct collect *c, const char *path)
{
    const char *slash = strrchr(path, '/');
    if (!slash)
        return ".";
    return slash == path ? "/" : collect_dup(c, sv_n(path, (size_t)(slash - path)));
}

static struct sv name_of(const char *path)
{
    const char *slash = strrchr(path, '/');
    return sv_of(slash ? slash + 1 : path);
}

/* A template that is named alone still is one: its chart is the folder above "templates/". */
static bool add_named_template(struct collect *c, struct input_item *item)
{
    const char *at = item->name;
    for (const char *dir; (dir = strstr(at, "templates/")); at = dir + 1) {
        if (dir != item->name && dir[-1] != '/')
            continue;
        _cleanup_str_ struct str text = {0};
        const char *folder = dir == item->name
                                 ? "."
                                 : collect_dup(c, sv_n(item->name, (size_t)(dir - item->name - 1)));
        str_init(&text, 2 * CHART_YAML_MAX);
        const char *file = collect_fmt(c, "%s/Chart.yaml", folder);
        if (io_read_file(file, CHART_YAML_MAX, &text, NULL) < 0)
            continue;
        struct chart *chart = chart_begin(c, folder, "/", str_sv(&text), SV_NONE, NULL);
        chart->unrendered = true; /* its other templates were not asked for */
        chart_add_template(c, chart, item, sv_of(dir));
        return true;
    }
    return false;
}

static void collect_file(struct collect *c, const char *path, const struct stat *st)
{
    struct sv name = name_of(path);
    if (walk_is_kustomization_name(name) || sv_is(name, "Chart.yaml")) {
        walk_folder(c, folder_of(c, path));
        return;
    }
    if (sv_ends(name, ".tgz") || sv_ends(name, ".tar.gz")) {
        packed_collect(c, path, NULL, true);
        return;
    }
    struct input_item item = {.kind = INPUT_FILE,
                              .name = path,
                              .path = path,
                              .named = true,
                              .inode = st->st_ino,
                              .device = st->st_dev};
    if (!chart_is_template_name(name) || !add_named_template(c, &item))
        collect_add(c, &item);
}

static void collect_path(struct collect *c, const char *given)
{
    struct stat st;
    if (strcmp(given, "-") == 0) {
        collect_stdin(c);
        return;
    }
    const char *path = *given ? collect_tidy_path(c, given) : given;
    if (stat(path, &st) < 0) {
        struct err err = {0};
        err_sys(&err, errno, "%s", path);
        collect_problem_err(c, given, &err);
    } else if (S_ISDIR(st.st_mode)) {
        walk_folder(c, path);
    } else if (S_ISREG(st.st_mode)) {
        collect_file(c, path, &st);
    } else if (S_ISFIFO(st.st_mode) || S_ISCHR(st.st_mode)) {
        collect_pipe(c, path);
    } else {
        collect_problem(c, path, "neither a file nor a folder", NULL);
    }
}

/* --- one file under two names -------------------------------------------------------------------
 */

static struct sv id_of(struct collect *c, const struct input_item *item)
{
    struct {
        dev_t device;
        ino_t inode;
    } *id = mem_must(arena_alloc(&c->scratch, sizeof *id));
    id->device = item->device;
    id->inode = item->inode;
    return sv_n((const char *)id, sizeof *id);
}

/* Found by a walk under its own name, then through a link or named by the user. */
static unsigned rank_of(const struct input_item *item)
{
    return item->named ? 2 : item->linked ? 1 : 0;
}

static bool may_repeat(const struct input_list *list)
{
    vec_foreach(item, &list->items)
        if (rank_of(*item) > 0 && (*item)->inode)
            return true;
    return false;
}

/* Of several ways to one file the plainest stays: a finding belongs to one place. */
static void drop_repeats(struct collect *c)
{
    struct map seen = {0};
    struct input_list *list = c->list;
    if (!may_repeat(list))
        return;
    for (unsigned rank = 0; rank <= 2; rank++) {
        size_t kept = 0;
        for (size_t i = 0; i < list->items.len; i++) {
            struct input_item *item = list->items.items[i], *same = NULL;
            if (item->inode && rank_of(item) == rank) {
                struct sv id = id_of(c, item);
                same = rank ? map_get(&seen, id) : NULL;
                if (!same && !map_put(&seen, id, item))
                    must_fail_nomem();
            }
            if (same && same != item)
                same->named |= item->named && rank == 2;
            else
                list->items.items[kept++] = item;
        }
        list->items.len = kept;
    }
    map_release(&seen);
}

/* --- the whole ----------------------------------------------------------------------------------
 */

static void collect_release(struct collect *c)
{
    vec_foreach(chart, &c->charts)
        map_release(&(*chart)->sources);
    vec_release(&c->charts);
    vec_release(&c->kustomizations);
    map_release(&c->folders);
    arena_release(&c->scratch);
}

int input_collect(const char *const *paths, size_t path_count, const struct input_options *options,
                  struct input_list *list, struct err *err)
{
    static const struct input_options defaults = {0};
    *list = (struct input_list){0};
    arena_init(&list->arena, LIST_MEMORY_MAX);
    _cleanup_(collect_release) struct collect c = {.list = list,
                                                   .options = options ? options : &defaults};
    for (size_t i = 0; i < path_count; i++)
        collect_path(&c, paths[i]);
    drop_repeats(&c);
    _cleanup_(kustomize_release) struct kustomize k = {0};
    kustomize_load(&k, &c);
    helm_render_all(&c);
    kustomize_build_all(&k);
    return 0;
}

void input_release(struct input_list *list)
{
    if (!list)
        return;
    origins_free(list->origins);
    vec_release(&list->items);
    vec_release(&list->problems);
    vec_release(&list->notes);
    arena_release(&list->arena);
    list->origins = NULL;
}

bool input_same_file(const struct input_item *a, const struct input_item *b)
{
    return a->inode && a->inode == b->inode && a->device == b->device;
}
