#include "input/kustomize.h"

#include "base/io.h"
#include "doc/doc.h"
#include "input/walk.h"

#include <sys/stat.h>

#define push(vec, value)                                                                           \
    do {                                                                                           \
        if (!vec_push((vec), (value)))                                                             \
            must_fail_nomem();                                                                     \
    } while (0)

static struct kustomize_folder *folder_at(struct kustomize *k, const char *path);

/* --- references ---------------------------------------------------------------------------------
 */

static bool is_remote(struct sv ref)
{
    static const char *const hosts[] = {"git@", "git::", "github.com/", "gitlab.com/",
                                        "bitbucket.org/"};
    for (size_t i = 0; i < ARRAY_LEN(hosts); i++)
        if (sv_starts(ref, hosts[i]))
            return true;
    return sv_has(ref, "://") || sv_has(ref, "?ref=");
}

static struct input_item *member_item(struct kustomize *k, const char *path, const struct stat *st)
{
    struct input_item *item = map_get(&k->items, sv_of(path));
    if (!item) {
        struct input_item fresh = {.kind = INPUT_MEMBER,
                                   .name = path,
                                   .path = path,
                                   .inode = st->st_ino,
                                   .device = st->st_dev};
        item = collect_add(k->c, &fresh);
        if (!map_put(&k->items, sv_of(item->name), item))
            must_fail_nomem();
    }
    if (item->kind == INPUT_FILE)
        item->kind = INPUT_MEMBER;
    return item;
}

/* A file or folder that f refers to; a remote one is only noted. */
static void refer(struct kustomize *k, struct kustomize_folder *f, struct sv ref, bool patch)
{
    struct stat st;
    if (!ref.len)
        return;
    if (is_remote(ref)) {
        f->remote = f->remote ? f->remote : collect_dup(k->c, ref);
        return;
    }
    const char *path = collect_clean_path(
        k->c, ref.ptr[0] == '/' ? collect_dup(k->c, ref)
                                : collect_fmt(k->c, "%s/%.*s", f->path, SV_ARG(ref)));
    if (stat(path, &st) < 0) {
        push(&f->missing, path);
    } else if (S_ISDIR(st.st_mode)) {
        struct kustomize_folder *inner = folder_at(k, path);
        inner->referred = true;
        push(&f->inner, inner);
    } else if (S_ISREG(st.st_mode)) {
        struct kustomize_entry e = {
            .path = path, .item = member_item(k, path, &st), .patch = patch};
        push(&f->members, e);
    }
}

static void refer_all(struct kustomize *k, struct kustomize_folder *f, const struct doc_node *list)
{
    doc_each_item(ref, list)
        refer(k, f, doc_string(ref), false);
}

/* A patch is written inline or names a file; an inline one has a line end or a colon and a space.
 */
static void refer_patch(struct kustomize *k, struct kustomize_folder *f, struct sv ref)
{
    if (ref.len && !memchr(ref.ptr, '\n', ref.len) && !sv_has(ref, ": "))
        refer(k, f, ref, true);
}

static void refer_patches(struct kustomize *k, struct kustomize_folder *f,
                          const struct doc_node *list)
{
    doc_each_item(patch, list)
        refer_patch(k, f,
                    patch->type == DOC_MAP ? doc_get_string(patch, "path") : doc_string(patch));
}

static void note_generated(struct kustomize *k, struct kustomize_folder *f,
                           const struct doc_node *list)
{
    doc_each_item(generator, list) {
        struct sv name = doc_get_string(generator, "name");
        if (name.len)
            push(&f->generated, collect_dup(k->c, name));
    }
}

static const char *text_of(struct kustomize *k, const struct doc_node *root, const char *key)
{
    struct sv v = doc_scalar(doc_get(root, key));
    return v.ptr ? collect_dup(k->c, v) : "";
}

int kustomize_parse(struct kustomize *k, struct kustomize_folder *f, struct sv text,
                    struct err *err)
{
    _cleanup_doc_ struct doc_file d = {0};
    if (doc_parse(&d, f->file, text, NULL, err) < 0)
        return -1;
    if (d.error_count)
        return err_set(err, ERR_INPUT, "%s:%u:%u: %s", f->file, d.errors[0].line,
                       d.errors[0].column, d.errors[0].message);
    const struct doc_node *root = NULL;
    for (uint32_t i = 0; i < d.part_count && !root; i++)
        root = d.parts[i].root;
    if (!root || root->type != DOC_MAP)
        return err_set(err, ERR_INPUT, "%s: holds no map", f->file);
    f->prefix = text_of(k, root, "namePrefix");
    f->suffix = text_of(k, root, "nameSuffix");
    f->component = sv_is(doc_get_string(root, "kind"), "Component");
    refer_all(k, f, doc_get(root, "resources"));
    refer_all(k, f, doc_get(root, "bases"));
    refer_all(k, f, doc_get(root, "components"));
    refer_patches(k, f, doc_get(root, "patches"));
    refer_patches(k, f, doc_get(root, "patchesStrategicMerge"));
    refer_patches(k, f, doc_get(root, "patchesJson6902"));
    note_generated(k, f, doc_get(root, "configMapGenerator"));
    note_generated(k, f, doc_get(root, "secretGenerator"));
    return 0;
}

/* --- folders ------------------------------------------------------------------------------------
 */

static const char *find_file(struct kustomize *k, const char *folder)
{
    static const char *const names[] = {"kustomization.yaml", "kustomization.yml", "Kustomization"};
    for (size_t i = 0; i < ARRAY_LEN(names); i++) {
        const char *path = collect_clean_path(k->c, collect_fmt(k->c, "%s/%s", folder, names[i]));
        if (access(path, F_OK) == 0)
            return path;
    }
    return NULL;
}

static void read_folder(struct kustomize *k, struct kustomize_folder *f)
{
    _cleanup_str_ struct str text = {0};
    struct err err = {0};
    str_init(&text, 2 * KUSTOMIZE_FILE_MAX);
    f->file = find_file(k, f->path);
    if (!f->file)
        return;
    if (io_read_file(f->file, KUSTOMIZE_FILE_MAX, &text, &err) < 0 ||
        kustomize_parse(k, f, str_sv(&text), &err) < 0)
        collect_problem_err(k->c, f->file, &err);
}

static struct kustomize_folder *folder_at(struct kustomize *k, const char *path)
{
    struct kustomize_folder *f = map_get(&k->by_path, sv_of(path));
    if (f)
        return f;
    f = mem_must(arena_new(&k->c->list->arena, struct kustomize_folder));
    *f = (struct kustomize_folder){.path = path, .prefix = "", .suffix = ""};
    if (!map_put(&k->by_path, sv_of(path), f))
        must_fail_nomem();
    push(&k->folders, f);
    read_folder(k, f);
    return f;
}

void kustomize_load(struct kustomize *k, struct collect *c)
{
    *k = (struct kustomize){.c = c};
    if (!c->kustomizations.len)
        return;
    vec_foreach(item, &c->list->items)
        if (!map_put(&k->items, sv_of(collect_clean_path(c, (*item)->name)), *item))
            must_fail_nomem();
    vec_foreach(path, &c->kustomizations)
        folder_at(k, collect_clean_path(c, *path))->walked = true;
}

void kustomize_release(struct kustomize *k)
{
    vec_foreach(f, &k->folders) {
        vec_release(&(*f)->members);
        vec_release(&(*f)->inner);
        vec_release(&(*f)->generated);
        vec_release(&(*f)->missing);
    }
    vec_release(&k->folders);
    map_release(&k->by_path);
    map_release(&k->items);
}
