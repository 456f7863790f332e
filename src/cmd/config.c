#include "cmd/config.h"

#include "base/io.h"
#include "base/must.h"

#include <errno.h>
#include <limits.h>
#include <sys/stat.h>

void config_release(struct config *c)
{
    if (!c)
        return;
    suppress_release(&c->suppress);
    free(c->folder);
    free(c->lifecycle);
    c->folder = c->lifecycle = NULL;
}

/* Cuts "/a/b" to "/a", "/a" to "/"; false at "/". */
static bool go_up(char *folder)
{
    char *slash = strrchr(folder, '/');
    if (!slash || !folder[1])
        return false;
    slash[slash == folder] = '\0';
    return true;
}

static bool is_there(const char *folder, const char *name)
{
    char path[PATH_MAX];
    struct stat st;
    return snprintf(path, sizeof path, "%s/%s", folder, name) < (int)sizeof path &&
           stat(path, &st) == 0;
}

static char *start_folder(const char *start)
{
    struct stat st;
    bool named = start && strcmp(start, "-") != 0;
    char *folder = realpath(named ? start : ".", NULL);
    if (!folder)
        folder = realpath(".", NULL);
    if (folder && stat(folder, &st) == 0 && !S_ISDIR(st.st_mode))
        go_up(folder);
    return folder;
}

/* The path of the configuration in *path; false when there is none. */
static bool find_upward(const char *start, char path[static PATH_MAX])
{
    _cleanup_free_ char *folder = start_folder(start);
    while (folder) {
        if (is_there(folder, CONFIG_NAME)) {
            const char *slash = folder[1] ? "/" : "";
            return snprintf(path, PATH_MAX, "%s%s" CONFIG_NAME, folder, slash) < PATH_MAX;
        }
        if (is_there(folder, ".git") || !go_up(folder))
            break;
    }
    return false;
}

/* As short as the user would write it. */
static const char *shown(const char *path)
{
    _cleanup_free_ char *cwd = realpath(".", NULL);
    size_t n = cwd ? strlen(cwd) : 0;
    return n > 1 && strncmp(path, cwd, n) == 0 && path[n] == '/' ? path + n + 1 : path;
}

static int resolve(struct config *c, const char *path, struct err *err)
{
    c->folder = realpath(path, NULL);
    if (!c->folder)
        return err_sys(err, errno, "%s", path);
    go_up(c->folder);
    const char *rows = c->suppress.lifecycle;
    if (rows && rows[0] == '/')
        c->lifecycle = mem_must(strdup(rows));
    else if (rows && asprintf(&c->lifecycle, "%s/%s", c->folder, rows) < 0)
        c->lifecycle = mem_must(NULL);
    return 0;
}

int config_load(struct config *c, const char *file, const char *start, struct err *err)
{
    char found[PATH_MAX];
    if (!file && !find_upward(start, found))
        return 0;
    const char *path = file ? file : shown(found);
    _cleanup_str_ struct str text = {0};
    str_init(&text, SUPPRESS_FILE_MAX);
    if (io_read_file(path, SUPPRESS_FILE_MAX, &text, err) < 0 ||
        suppress_parse(&c->suppress, path, str_sv(&text), err) < 0)
        return -1;
    return resolve(c, path, err);
}

void config_apply(struct config *c, struct finding_set *set, date_days today)
{
    _cleanup_free_ char *cwd = realpath(".", NULL);
    if (!c->folder)
        return;
    const struct suppress_place place = {cwd ? cwd : "/", c->folder};
    suppress_apply(&c->suppress, set, today, &place);
}

static int add_rows(struct lifecycle *l, const char *path, struct err *err)
{
    _cleanup_str_ struct str text = {0};
    if (!path)
        return 0;
    if (io_read_file(path, IO_MANIFEST_MAX, &text, err) < 0)
        return err_wrap(err, "life-cycle rows");
    return lifecycle_load(l, path, str_sv(&text), err);
}

int config_lifecycle(const struct config *c, const char *file, struct lifecycle *l, struct err *err)
{
    lifecycle_init(l);
    return add_rows(l, c->lifecycle, err) < 0 ? -1 : add_rows(l, file, err);
}
