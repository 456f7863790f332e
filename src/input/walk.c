#include "input/walk.h"

#include "base/io.h"
#include "input/chart.h"
#include "input/packed.h"
#include "input/repo.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>

struct file_id {
    dev_t device;
    ino_t inode;
};

/* What the folder means to the chart around it. */
enum place { PLACE_PLAIN, PLACE_TEMPLATES, PLACE_CRDS, PLACE_CHARTS };

/* One folder on the way down. */
struct level {
    const struct level *up;
    const struct ignore_set *rules;
    struct file_id id;
    enum place place;
    struct chart *chart; /* the one it belongs to, or NULL */
    size_t chart_at;     /* bytes of the display path up to the chart's folder, with '/' */
    unsigned depth;
    int fd;
};

struct entry {
    const char *name;
    ino_t inode;
    unsigned char type;
};

struct entries {
    struct entry *items;
    size_t len, cap;
    bool has_git, has_gitignore, has_chart, has_kustomization;
};

struct walk {
    struct collect *c;
    struct str shown;        /* display path of where we are, with '/' behind it; "" for "." */
    struct str inside;       /* path from the top of the work tree, likewise: what the rules see */
    VEC(const char *) links; /* display paths of links to folders, to be walked at the end */
};

static void walk_level(struct walk *w, struct level *level);

bool walk_is_kustomization_name(struct sv name)
{
    return sv_is(name, "kustomization.yaml") || sv_is(name, "kustomization.yml") ||
           sv_is(name, "Kustomization");
}

/* --- reading a folder ---------------------------------------------------------------------------
 */

static int by_name(const void *a, const void *b)
{
    return strcmp(((const struct entry *)a)->name, ((const struct entry *)b)->name);
}

static void note_special(struct entries *all, struct sv name)
{
    all->has_git |= sv_is(name, ".git");
    all->has_gitignore |= sv_is(name, ".gitignore");
    all->has_chart |= sv_is(name, "Chart.yaml");
    all->has_kustomization |= walk_is_kustomization_name(name);
}

static bool is_passed_over(const char *name)
{
    static const char *const names[] = {".", "..", ".git", ".terraform"};
    for (size_t i = 0; i < ARRAY_LEN(names); i++)
        if (strcmp(name, names[i]) == 0)
            return true;
    return false;
}

/* Only what may matter is kept: folders, links, and files whose names we read. */
static bool may_matter(const struct dirent *d)
{
    struct sv name = sv_of(d->d_name);
    return d->d_type != DT_REG || collect_is_manifest_name(name) || sv_ends(name, ".tgz") ||
           sv_ends(name, ".tpl");
}

static int read_entries(struct walk *w, int fd, struct entries *all, struct err *err)
{
    DIR *dir = fdopendir(fcntl(fd, F_DUPFD_CLOEXEC, 0));
    if (!dir)
        return err_sys(err, errno, "cannot be read");
    struct dirent *d;
    while (errno = 0, (d = readdir(dir))) {
        note_special(all, sv_of(d->d_name));
        if (is_passed_over(d->d_name) || !may_matter(d))
            continue;
        struct entry e = {.name = mem_must(arena_dup(&w->c->scratch, sv_of(d->d_name))),
                          .inode = d->d_ino,
                          .type = d->d_type};
        if (!vec_push(all, e))
            must_fail_nomem();
    }
    int errnum = errno;
    closedir(dir);
    if (all->len)
        qsort(all->items, all->len, sizeof *all->items, by_name);
    return errnum ? err_sys(err, errnum, "cannot be read") : 0;
}

/* --- paths --------------------------------------------------------------------------------------
 */

/* Both paths with name behind them; leave_name takes it away again. */
struct place_mark {
    size_t shown, inside;
};

static struct place_mark enter_name(struct walk *w, const char *name)
{
    struct place_mark mark = {w->shown.len, w->inside.len};
    str_adds(&w->shown, name);
    str_adds(&w->inside, name);
    if (!str_ok(&w->shown) || !str_ok(&w->inside))
        must_fail_nomem();
    return mark;
}

static void leave_name(struct walk *w, struct place_mark mark)
{
    w->shown.len = mark.shown;
    w->inside.len = mark.inside;
    w->shown.data[w->shown.len] = w->inside.data[w->inside.len] = '\0';
}

static const char *shown_folder(struct walk *w)
{
    struct sv v = str_sv(&w->shown);
    if (!v.len)
        return ".";
    return collect_dup(w->c, v.len > 1 ? sv_n(v.ptr, v.len - 1) : v);
}

static const char *here(struct walk *w)
{
    return collect_dup(w->c, str_sv(&w->shown));
}

static void sys_problem(struct walk *w, const char *what, int errnum)
{
    struct err err = {0};
    err_sys(&err, errnum, "%s", what);
    collect_problem(w->c, str_c(&w->shown), err.msg,
                    errnum == EACCES ? "give yourself the right to read it, or leave it out"
                                     : NULL);
}

/* --- files --------------------------------------------------------------------------------------
 */

static void add_template(struct walk *w, const struct level *l, struct input_item *item)
{
    struct sv below = sv_n(item->name + l->chart_at, strlen(item->name) - l->chart_at);
    chart_add_template(w->c, l->chart, item, below);
}

static void visit_file(struct walk *w, const struct level *l, const struct entry *e,
                       struct file_id id, bool is_link)
{
    struct sv name = sv_of(e->name);
    bool at_chart_top = l->chart && l->chart_at == w->shown.len - name.len;
    if (sv_ends(name, ".tgz")) {
        if (l->place == PLACE_PLAIN || l->place == PLACE_CHARTS)
            packed_collect(w->c, here(w), l->place == PLACE_CHARTS ? l->chart : NULL, false);
        return;
    }
    bool template = l->place == PLACE_TEMPLATES && chart_is_template_name(name);
    if (sv_is(name, ".toban.yaml") || walk_is_kustomization_name(name) ||
        (at_chart_top && chart_owns(name)) || (!template && !collect_is_manifest_name(name)))
        return;
    struct input_item item = {.kind = INPUT_FILE,
                              .name = here(w),
                              .inode = id.inode,
                              .device = id.device,
                              .linked = is_link,
                              .chart = l->chart ? &l->chart->info : NULL};
    item.path = item.name;
    if (template)
        add_template(w, l, &item);
    else
        collect_add(w->c, &item);
}

/* --- folders ------------------------------------------------------------------------------------
 */

static bool leads_back(const struct level *l, struct file_id id)
{
    for (; l; l = l->up)
        if (l->id.device == id.device && l->id.inode == id.inode)
            return true;
    return false;
}

static void visit_folder(struct walk *w, struct level *parent, const char *name)
{
    struct level l = {.up = parent,
                      .rules = parent->rules,
                      .chart = parent->chart,
                      .chart_at = parent->chart_at,
                      .place = parent->place,
                      .depth = parent->depth + 1};
    if (l.depth > WALK_DEPTH_MAX) {
        collect_problem(w->c, str_c(&w->shown), "folders too deep inside each other, passed over",
                        NULL);
        return;
    }
    l.fd = openat(parent->fd, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (l.fd < 0) {
        sys_problem(w, "cannot be opened", errno);
        return;
    }
    str_addc(&w->shown, '/');
    str_addc(&w->inside, '/');
    if (parent->chart && parent->chart_at == w->shown.len - strlen(name) - 1)
        l.place = strcmp(name, "templates") == 0 ? PLACE_TEMPLATES
                  : strcmp(name, "crds") == 0    ? PLACE_CRDS
                  : strcmp(name, "charts") == 0  ? PLACE_CHARTS
                                                 : PLACE_PLAIN;
    walk_level(w, &l);
    close(l.fd);
}

static void visit_link(struct walk *w, struct level *l, const struct entry *e)
{
    struct stat st;
    if (fstatat(l->fd, e->name, &st, 0) < 0) {
        struct sv name = sv_of(e->name);
        if (errno == ELOOP)
            collect_problem(w->c, str_c(&w->shown), "a link that leads to itself, passed over",
                            NULL);
        else if (collect_is_manifest_name(name) || errno != ENOENT)
            sys_problem(w, "a link that leads nowhere", errno);
        return;
    }
    struct file_id id = {st.st_dev, st.st_ino};
    if (S_ISREG(st.st_mode)) {
        visit_file(w, l, e, id, true);
    } else if (S_ISDIR(st.st_mode)) {
        if (leads_back(l, id))
            collect_problem(w->c, str_c(&w->shown),
                            "a link that leads back up to a folder it stands in, "
                            "passed over",
                            "remove the link, or ignore it");
        else if (!vec_push(&w->links, here(w)))
            must_fail_nomem();
    }
}

static unsigned char type_of(const struct level *l, const struct entry *e)
{
    struct stat st;
    if (e->type != DT_UNKNOWN)
        return e->type;
    if (fstatat(l->fd, e->name, &st, AT_SYMLINK_NOFOLLOW) < 0)
        return DT_UNKNOWN;
    return (unsigned char)IFTODT(st.st_mode);
}

static void visit_entry(struct walk *w, struct level *l, const struct entry *e)
{
    unsigned char type = type_of(l, e);
    if (type != DT_REG && type != DT_DIR && type != DT_LNK)
        return;
    struct place_mark mark = enter_name(w, e->name);
    if (!ignore_match(l->rules, str_sv(&w->inside), type == DT_DIR)) {
        if (type == DT_REG)
            visit_file(w, l, e, (struct file_id){l->id.device, e->inode}, false);
        else if (type == DT_DIR)
            visit_folder(w, l, e->name);
        else
            visit_link(w, l, e);
    }
    leave_name(w, mark);
}

static void begin_chart(struct walk *w, struct level *l)
{
    _cleanup_str_ struct str text = {0}, requirements = {0};
    struct err err = {0};
    const char *path = shown_folder(w);
    str_init(&text, 2 * CHART_YAML_MAX);
    str_init(&requirements, 2 * CHART_YAML_MAX);
    const char *file = collect_fmt(w->c, "%sChart.yaml", str_c(&w->shown));
    if (io_read_file(file, CHART_YAML_MAX, &text, &err) < 0) {
        collect_problem_err(w->c, file, &err);
        return;
    }
    file = collect_fmt(w->c, "%srequirements.yaml", str_c(&w->shown));
    io_read_file(file, CHART_YAML_MAX, &requirements, NULL);
    struct chart *parent = l->place == PLACE_CHARTS ? l->chart : NULL;
    l->chart = chart_begin(w->c, path, "/", str_sv(&text), str_sv(&requirements), parent);
    l->chart_at = w->shown.len;
    l->place = PLACE_PLAIN;
}

/* Notes the folder as walked; false when it was before. */
static bool first_visit(struct walk *w, struct level *l)
{
    struct stat st;
    if (fstat(l->fd, &st) < 0)
        return false;
    l->id = (struct file_id){st.st_dev, st.st_ino};
    struct file_id *key = mem_must(arena_new(&w->c->scratch, struct file_id));
    *key = l->id;
    struct sv bytes = sv_n((const char *)key, sizeof *key);
    if (map_get(&w->c->folders, bytes))
        return false;
    if (!map_put(&w->c->folders, bytes, key))
        must_fail_nomem();
    return true;
}

static void walk_level(struct walk *w, struct level *l)
{
    struct entries all = {0};
    struct err err = {0};
    if (!first_visit(w, l))
        return;
    if (read_entries(w, l->fd, &all, &err) < 0)
        collect_problem(w->c, str_c(&w->shown), err.msg, NULL);
    if (all.has_git)
        l->rules = repo_read_exclude(&w->c->scratch, l->fd, w->inside.len);
    if (all.has_gitignore)
        l->rules = repo_read_rules(&w->c->scratch, l->fd, ".gitignore", w->inside.len, l->rules);
    if (all.has_chart && l->place != PLACE_TEMPLATES)
        begin_chart(w, l);
    if (all.has_kustomization && !vec_push(&w->c->kustomizations, shown_folder(w)))
        must_fail_nomem();
    for (size_t i = 0; i < all.len; i++)
        visit_entry(w, l, &all.items[i]);
    vec_release(&all);
}

/* --- the whole ----------------------------------------------------------------------------------
 */

static void walk_root(struct walk *w, const char *path)
{
    struct level l = {.fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)};
    str_reset(&w->shown);
    if (strcmp(path, ".") != 0)
        str_adds(&w->shown, path);
    if (l.fd < 0) {
        sys_problem(w, "cannot be opened", errno);
        return;
    }
    if (w->shown.len && strcmp(path, "/") != 0)
        str_addc(&w->shown, '/');
    l.rules = repo_rules_above(&w->c->scratch, path, &w->inside);
    str_adds(&w->inside, "");
    walk_level(w, &l);
    close(l.fd);
}

void walk_folder(struct collect *c, const char *path)
{
    struct walk w = {.c = c};
    walk_root(&w, path);
    for (size_t i = 0; i < w.links.len; i++)
        walk_root(&w, w.links.items[i]);
    str_release(&w.shown);
    str_release(&w.inside);
    vec_release(&w.links);
}
