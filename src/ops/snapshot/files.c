#include "base/io.h"
#include "base/must.h"
#include "ops/snapshot/internal.h"
#include "ops/snapshot/paths.h"
#include "ops/snapshot/text.h"
#include "world/file.h"
#include "world/load.h"

#include <errno.h>
#include <fcntl.h>

#define CLOUD_FILE_MAX ((size_t)64 << 20)
#define SNAPSHOT_FILE_MAX ((size_t)1 << 30)

/* ---- dumps ---- */

static int load_view(struct load *l, struct cloud *cloud, const char *name, struct sv view,
                     struct err *err)
{
    if (!sv_trim(view).len) {
        err_set(err, ERR_INPUT, "%s: is empty", name);
        return err_hint(err, "make it anew: kubectl get pods -A -o json > FILE");
    }
    if (world_file_is(view)) {
        err_set(err, ERR_INPUT, "%s: is a snapshot already, expected the output of kubectl", name);
        return err_hint(err, "look at it: toban snapshot --show %s", name);
    }
    if (cloud && cloud_is(view))
        return cloud_read(cloud, name, view, err);
    if (load_text(l, name, view, err) < 0)
        return err_hint(err, "what is expected is the output of kubectl get KINDS -A -o json, "
                             "whole");
    return 0;
}

static int load_file(struct load *l, struct cloud *cloud, const char *path, struct err *err)
{
    _cleanup_text_ struct text text = {0};
    const char *name = strcmp(path, "-") == 0 ? "standard input" : path;
    if (text_open(&text, path, SNAPSHOT_DUMP_MAX, SNAPSHOT_UNPACKED_MAX, err) < 0)
        return -1;
    return load_view(l, cloud, name, text.view, err);
}

static int load_held(struct load *l, struct cloud *cloud, const struct snapshot_text *held,
                     struct err *err)
{
    _cleanup_text_ struct text text = {0};
    if (text_hold(&text, held->name, held->bytes, SNAPSHOT_UNPACKED_MAX, err) < 0)
        return -1;
    return load_view(l, cloud, held->name, text.view, err);
}

static void load_release(struct load **l)
{
    load_free(*l);
}

static const char *base_name(const char *path)
{
    const char *slash = strrchr(path, '/');
    return strcmp(path, "-") == 0 ? "standard input" : slash ? slash + 1 : path;
}

/* Without folders: these are nobody's business where the snapshot goes. */
static uint32_t source_of(struct world *w, const struct paths *p)
{
    _cleanup_str_ struct str names = {0};
    size_t told = p->list.len > 3 ? 2 : p->list.len;
    for (size_t i = 0; i < told; i++)
        str_addf(&names, "%s%s", i ? ", " : "", base_name(p->list.items[i]));
    if (told < p->list.len)
        str_addf(&names, " and %zu more", p->list.len - told);
    return strings_put(&w->strings, str_sv(&names));
}

static int load_all(struct world *w, struct cloud *cloud, const struct paths *p,
                    const struct snapshot_input *in, struct snapshot_report *report,
                    struct err *err)
{
    _cleanup_(load_release) struct load *l = load_new(w);
    for (size_t i = 0; i < p->list.len; i++)
        if (load_file(l, cloud, p->list.items[i], err) < 0)
            return -1;
    for (size_t i = 0; i < in->text_count; i++)
        if (load_held(l, cloud, &in->texts[i], err) < 0)
            return -1;
    if (load_finish(l, err) < 0)
        return -1;
    report->taken = load_taken(l);
    report->skipped = load_skipped(l);
    w->taken = in->now;
    w->source = source_of(w, p);
    settle_version(w, in->version);
    return 0;
}

static void remark_missing(struct world *w, struct snapshot_report *report, const char *what)
{
    report_remark(report,
                  "there are no %s in the input; dump them too: kubectl get %s -A -o json > "
                  "%s.json",
                  what, what, what);
    world_note(w, sv_of(what), "there are none in the input: assumed that the cluster has none");
}

static int check_content(struct world *w, struct snapshot_report *report, struct err *err)
{
    if (!report->taken) {
        err_set(err, ERR_INPUT,
                "there is no object in the input that a snapshot holds (%zu of other kinds)",
                report->skipped);
        return err_hint(err, "dump what decides where pods go: kubectl get nodes,pods -A -o json > "
                             "FILE");
    }
    if (!w->live_nodes)
        remark_missing(w, report, "nodes");
    if (!w->live_pods)
        remark_missing(w, report, "pods");
    return 0;
}

static int from_paths(struct world *w, struct cloud *cloud, const struct paths *p,
                      const struct snapshot_input *in, struct snapshot_report *report,
                      struct err *err)
{
    if (load_all(w, cloud, p, in, report, err) < 0)
        return -1;
    return check_content(w, report, err);
}

int snapshot_from_files(struct world *w, struct cloud *cloud, const struct snapshot_input *in,
                        struct snapshot_report *report, struct err *err)
{
    _cleanup_paths_ struct paths paths = {0};
    if (paths_fill(&paths, in, err) < 0)
        return -1;
    return from_paths(w, cloud, &paths, in, report, err);
}

/* ---- saved snapshots ---- */

static int starts_as_snapshot(const char *path, bool *is, struct err *err)
{
    char head[8];
    *is = false;
    if (strcmp(path, "-") == 0)
        return 0;
    _cleanup_close_ int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0)
        return err_sys(err, errno, "%s: cannot open", path);
    *is = read(fd, head, sizeof head) == sizeof head && world_file_is(sv_n(head, sizeof head));
    return 0;
}

static int open_saved(struct world *w, struct cloud *cloud, const char *path, struct err *err)
{
    _cleanup_text_ struct text text = {0};
    if (text_open(&text, path, SNAPSHOT_FILE_MAX, SNAPSHOT_FILE_MAX, err) < 0)
        return -1;
    return world_file_load(w, cloud, path, text.view, err);
}

static int open_paths(struct world *w, struct cloud *cloud, const struct snapshot_input *in,
                      struct snapshot_report *report, bool *saved, struct err *err)
{
    _cleanup_paths_ struct paths paths = {0};
    if (paths_fill(&paths, in, err) < 0)
        return -1;
    if (paths.list.len == 1 && starts_as_snapshot(paths.list.items[0], saved, err) < 0)
        return -1;
    if (*saved)
        return open_saved(w, cloud, paths.list.items[0], err);
    return from_paths(w, cloud, &paths, in, report, err);
}

int snapshot_open(struct world *w, struct cloud *cloud, const struct snapshot_input *in,
                  struct snapshot_report *report, struct err *err)
{
    bool saved = false;
    if (open_paths(w, cloud, in, report, &saved, err) < 0)
        return -1;
    if (!saved)
        return snapshot_settle(w, err);
    world_lay_out(w);
    return 0;
}

int snapshot_settle(struct world *w, struct err *err)
{
    _cleanup_str_ struct str bytes = {0};
    struct world settled;
    str_init(&bytes, SNAPSHOT_FILE_MAX);
    if (world_file_save(w, NULL, &bytes, err) < 0)
        return -1;
    world_init(&settled);
    if (world_file_load(&settled, NULL, "this snapshot", str_sv(&bytes), err) < 0) {
        world_release(&settled);
        return -1;
    }
    world_release(w);
    *w = settled;
    world_lay_out(w);
    return 0;
}

int snapshot_read_cloud(struct cloud *cloud, const char *path, struct err *err)
{
    _cleanup_text_ struct text text = {0};
    if (text_open(&text, path, CLOUD_FILE_MAX, CLOUD_FILE_MAX, err) < 0)
        return -1;
    return cloud_read(cloud, strcmp(path, "-") == 0 ? "standard input" : path, text.view, err);
}
