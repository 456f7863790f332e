#include "ops/migrate/files.h"

#include "base/io.h"
#include "base/must.h"
#include "ops/migrate/patches.h"

struct load {
    struct migrate_files *m;
    struct migrate_options options;
    struct patches patches;
    VEC(const struct input_item *) items; /* what the user's files are */
    VEC(const char *) kustomizations;     /* beside them */
};

static void load_release(struct load *l)
{
    patches_release(&l->patches);
    vec_release(&l->items);
    vec_release(&l->kustomizations);
}

/* Is it text that somebody wrote and could edit? */
static bool is_source(const struct input_item *item)
{
    if (item->kind == INPUT_RENDERED || item->kind == INPUT_BUILT)
        return false;
    return item->kind != INPUT_TEMPLATE || !sv_ends(sv_of(item->name), ".tpl");
}

static bool seen_before(const struct load *l, const struct input_item *item)
{
    vec_foreach(other, &l->items) {
        if (item->inode && input_same_file(*other, item))
            return true;
    }
    return false;
}

static struct migrate_file *add_file(struct migrate_files *m, const char *name, const char *path)
{
    struct migrate_file *f = mem_must(arena_new(&m->arena, struct migrate_file));
    f->name = mem_must(arena_dup(&m->arena, sv_of(name)));
    f->path = path ? mem_must(arena_dup(&m->arena, sv_of(path))) : NULL;
    str_init(&f->old, 0);
    if (!vec_push(&m->files, f))
        must_fail_nomem();
    return f;
}

/* Takes the outcome only when that explains the whole text. */
static void migrate_as_template(struct migrate_file *f, struct migrate_options *o, struct sv text)
{
    struct migrate_result r;
    o->chart_template = true;
    bool read = !migrate_text(o, f->name, text, &r, NULL) && !r.unread;
    struct migrate_result drop = read ? f->result : r;
    if (read)
        f->result = r;
    migrate_result_release(&drop);
}

static void migrate_one(struct load *l, struct migrate_file *f, bool template, struct sv text)
{
    struct migrate_options o = l->options;
    o.chart_template = template;
    o.partial = f->path && patches_has(&l->patches, f->path);
    if (migrate_text(&o, f->name, text, &f->result, &f->err))
        return;
    /* other template languages use the same braces */
    if (!template && f->result.problems.len && sv_has(text, "{{"))
        migrate_as_template(f, &o, text);
    if (!f->result.changed && !f->standard_input)
        return;
    str_addv(&f->old, text);
    if (f->old.failed)
        must_fail_nomem();
}

static void migrate_item(struct load *l, const struct input_item *item)
{
    struct migrate_file *f = add_file(l->m, item->name, item->path);
    f->standard_input = item->kind == INPUT_STDIN;
    struct sv text;
    if (!input_load(item, &l->m->scratch, &text, &f->err))
        migrate_one(l, f, item->kind == INPUT_TEMPLATE, text);
}

static void migrate_kustomization(struct load *l, const char *path)
{
    struct migrate_file *f = add_file(l->m, path, path);
    str_reset(&l->m->scratch);
    if (!io_read_file(path, IO_MANIFEST_MAX, &l->m->scratch, &f->err))
        migrate_one(l, f, false, str_sv(&l->m->scratch));
}

static void find_floor(struct load *l)
{
    if (l->options.from.set || l->options.floor.set)
        return;
    vec_foreach(item, &l->items) {
        struct sv text;
        if ((*item)->kind != INPUT_TEMPLATE && !input_load(*item, &l->m->scratch, &text, NULL))
            migrate_floor(l->options.lifecycle, text, &l->m->floor);
    }
    l->options.floor = l->m->floor;
}

static void choose_items(struct load *l)
{
    vec_foreach(item, &l->m->inputs.items) {
        if (!is_source(*item) || seen_before(l, *item))
            continue;
        if (!vec_push(&l->items, *item))
            must_fail_nomem();
        const char *k = (*item)->path && (*item)->kind != INPUT_TEMPLATE
                            ? patches_kustomization_beside(&l->patches, (*item)->path)
                            : NULL;
        if (k && !vec_push(&l->kustomizations, k))
            must_fail_nomem();
    }
}

int migrate_files_load(struct migrate_files *m, const char *const *paths, size_t count,
                       const struct migrate_options *options, struct err *err)
{
    *m = (struct migrate_files){0};
    str_init(&m->scratch, IO_MANIFEST_MAX);
    struct input_options in = {.no_helm = true, .no_kustomize = true};
    if (input_collect(paths, count, &in, &m->inputs, err))
        return -1;
    _cleanup_(load_release) struct load l = {.m = m, .options = *options};
    choose_items(&l);
    find_floor(&l);
    vec_foreach(item, &l.items) {
        migrate_item(&l, *item);
    }
    vec_foreach(k, &l.kustomizations) {
        migrate_kustomization(&l, *k);
    }
    return 0;
}

void migrate_files_write(struct migrate_files *m)
{
    vec_foreach(file, &m->files) {
        struct migrate_file *f = *file;
        if (f->result.changed && f->path && !f->standard_input)
            f->written = !io_write_atomic(f->path, str_sv(&f->result.text), &f->err);
    }
}

void migrate_files_release(struct migrate_files *m)
{
    if (!m)
        return;
    vec_foreach(file, &m->files) {
        str_release(&(*file)->old);
        migrate_result_release(&(*file)->result);
    }
    vec_release(&m->files);
    str_release(&m->scratch);
    input_release(&m->inputs);
    arena_release(&m->arena);
}
