#include "ops/migrate/patches.h"

#include "base/io.h"
#include "base/must.h"
#include "doc/doc.h"

#include <limits.h>

#define KUSTOMIZATION_MAX ((size_t)4 << 20)

static const char folder_mark[] = "seen";

static void take_file(struct patches *p, const char *folder, struct sv name)
{
    char path[PATH_MAX], real[PATH_MAX];
    if (!name.len || memchr(name.ptr, '\n', name.len))
        return;
    int n = snprintf(path, sizeof path, "%s/%.*s", folder, SV_ARG(name));
    if (n < 0 || (size_t)n >= sizeof path || !realpath(path, real))
        return;
    char *copy = mem_must(arena_dup(&p->arena, sv_of(real)));
    if (!map_put(&p->files, sv_of(copy), copy))
        must_fail_nomem();
}

static void take_patches(struct patches *p, const char *folder, const char *path)
{
    _cleanup_str_ struct str text = {0};
    _cleanup_doc_ struct doc_file f = {0};
    str_init(&text, KUSTOMIZATION_MAX);
    if (io_read_file(path, KUSTOMIZATION_MAX, &text, NULL) ||
        doc_parse(&f, path, str_sv(&text), NULL, NULL))
        return;
    for (uint32_t i = 0; i < f.part_count; i++) {
        const struct doc_node *root = f.parts[i].root;
        doc_each_item(a, doc_get(root, "patchesStrategicMerge")) {
            take_file(p, folder, doc_string(a));
        }
        doc_each_item(b, doc_get(root, "patches")) {
            take_file(p, folder, doc_get_string(b, "path"));
        }
    }
}

const char *patches_kustomization_beside(struct patches *p, const char *path)
{
    static const char *const names[] = {"kustomization.yaml", "kustomization.yml", "Kustomization"};
    const char *slash = strrchr(path, '/');
    char folder[PATH_MAX], file[PATH_MAX + 32], real[PATH_MAX];
    snprintf(folder, sizeof folder, "%.*s", slash ? (int)(slash - path) : 1, slash ? path : ".");
    if (!folder[0])
        snprintf(folder, sizeof folder, "/");
    if (!realpath(folder, real) || map_get(&p->folders, sv_of(real)))
        return NULL;
    char *copy = mem_must(arena_dup(&p->arena, sv_of(real)));
    if (!map_put(&p->folders, sv_of(copy), (void *)(uintptr_t)folder_mark))
        must_fail_nomem();
    for (size_t i = 0; i < ARRAY_LEN(names); i++) {
        snprintf(file, sizeof file, "%s%s%s", slash ? folder : "", slash ? "/" : "", names[i]);
        if (access(file, R_OK))
            continue;
        take_patches(p, folder, file);
        return mem_must(arena_dup(&p->arena, sv_of(file)));
    }
    return NULL;
}

bool patches_has(const struct patches *p, const char *path)
{
    char real[PATH_MAX];
    return realpath(path, real) && map_get(&p->files, sv_of(real));
}

void patches_release(struct patches *p)
{
    map_release(&p->folders);
    map_release(&p->files);
    arena_release(&p->arena);
}
