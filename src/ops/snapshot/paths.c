#include "ops/snapshot/paths.h"

#include "base/must.h"

#include <dirent.h>
#include <errno.h>
#include <sys/stat.h>

void paths_release(struct paths *p)
{
    vec_release(&p->list);
    arena_release(&p->arena);
}

static bool is_dump_name(const char *name)
{
    struct sv v = sv_of(name);
    return *name != '.' &&
           (sv_ends(v, ".json") || sv_ends(v, ".json.gz") || sv_ends(v, ".json.zst"));
}

static int compare_names(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static int add_folder(struct paths *p, const char *path, struct err *err)
{
    size_t first = p->list.len;
    DIR *dir = opendir(path);
    if (!dir)
        return err_sys(err, errno, "%s: cannot open the folder", path);
    for (struct dirent *e; (e = readdir(dir));) {
        if (!is_dump_name(e->d_name))
            continue;
        const char *file = mem_must(arena_fmt(&p->arena, "%s/%s", path, e->d_name));
        mem_must(vec_push(&p->list, file));
    }
    closedir(dir);
    if (p->list.len == first) {
        err_set(err, ERR_INPUT, "%s: holds no *.json, *.json.gz or *.json.zst", path);
        return err_hint(err, "fill it: kubectl get pods -A -o json > %s/pods.json", path);
    }
    qsort(p->list.items + first, p->list.len - first, sizeof *p->list.items, compare_names);
    return 0;
}

static int add_path(struct paths *p, const char *path, struct err *err)
{
    struct stat st;
    if (strcmp(path, "-") == 0) {
        vec_foreach(seen, &p->list)
            if (strcmp(*seen, "-") == 0)
                return err_set(err, ERR_USAGE, "standard input (`-`) can be read only once");
    } else {
        if (stat(path, &st) < 0)
            return err_sys(err, errno, "%s: cannot read", path);
        if (S_ISDIR(st.st_mode))
            return add_folder(p, path, err);
    }
    mem_must(vec_push(&p->list, path));
    return 0;
}

int paths_fill(struct paths *p, const struct snapshot_input *in, struct err *err)
{
    for (size_t i = 0; i < in->path_count; i++)
        if (add_path(p, in->paths[i], err) < 0)
            return -1;
    return 0;
}
