/* Objects of dumps as they stand there, beside what of them goes into a world. */
#include "doc/pull.h"
#include "ops/snapshot/paths.h"
#include "ops/snapshot/text.h"
#include "world/cloud.h"
#include "world/file.h"

struct walk {
    snapshot_object_fn *fn;
    void *ctx;
    struct arena scratch;
};

/* What an object, or a list of them, says of itself. */
struct head {
    struct sv api_version, kind, items;
};

static struct head read_head(struct walk *w, struct sv json)
{
    struct head h = {0};
    struct pull p;
    struct sv key;
    pull_init(&p, json, &w->scratch);
    if (!pull_map(&p))
        return h;
    while (pull_key(&p, &key)) {
        if (sv_is(key, "apiVersion"))
            pull_string(&p, &h.api_version);
        else if (sv_is(key, "kind"))
            pull_string(&p, &h.kind);
        else if (sv_is(key, "items"))
            pull_raw(&p, &h.items);
        else
            pull_skip(&p);
    }
    return h;
}

/* An item of a PodList is a Pod, whether it says so or not. */
static int give_item(struct walk *w, const struct head *list, struct sv json, struct err *err)
{
    struct head own = read_head(w, json);
    _cleanup_str_ struct str full = {0};
    if (own.kind.len && own.api_version.len)
        return w->fn(w->ctx, json, err);
    struct sv kind = sv_n(list->kind.ptr, list->kind.len - strlen("List"));
    if (!kind.len || !list->api_version.len || json.len < 2)
        return 0;
    str_addf(&full, "{\"apiVersion\":\"%.*s\",\"kind\":\"%.*s\",", SV_ARG(list->api_version),
             SV_ARG(kind));
    str_add(&full, json.ptr + 1, json.len - 1);
    return w->fn(w->ctx, str_sv(&full), err);
}

static int give(struct walk *w, struct sv json, struct err *err)
{
    struct head h = read_head(w, json);
    struct pull p;
    struct sv item;
    if (!h.items.ptr || !sv_ends(h.kind, "List"))
        return h.kind.len ? w->fn(w->ctx, json, err) : 0;
    pull_init(&p, h.items, NULL);
    if (pull_seq(&p))
        while (pull_item(&p))
            if (pull_raw(&p, &item) && give_item(w, &h, item, err) < 0)
                return -1;
    return 0;
}

static int walk_text(struct walk *w, const char *name, struct sv text, struct err *err)
{
    struct pull p;
    struct sv value;
    if (world_file_is(text) || cloud_is(text))
        return 0;
    pull_init(&p, text, NULL);
    while (pull_ok(&p) && !pull_done(&p)) {
        if (pull_raw(&p, &value) && give(w, value, err) < 0)
            return -1;
        arena_reset(&w->scratch);
    }
    return pull_ok(&p) ? 0 : pull_error(&p, name, err);
}

static int walk_files(struct walk *w, const struct snapshot_input *in, struct err *err)
{
    _cleanup_paths_ struct paths paths = {0};
    if (paths_fill(&paths, in, err) < 0)
        return -1;
    vec_foreach(path, &paths.list) {
        _cleanup_text_ struct text text = {0};
        if (strcmp(*path, "-") == 0)
            continue;
        if (text_open(&text, *path, SNAPSHOT_DUMP_MAX, SNAPSHOT_UNPACKED_MAX, err) < 0 ||
            walk_text(w, *path, text.view, err) < 0)
            return -1;
    }
    return 0;
}

static int walk_held(struct walk *w, const struct snapshot_text *held, struct err *err)
{
    _cleanup_text_ struct text text = {0};
    if (text_hold(&text, held->name, held->bytes, SNAPSHOT_UNPACKED_MAX, err) < 0)
        return -1;
    return walk_text(w, held->name, text.view, err);
}

static int walk_all(struct walk *w, const struct snapshot_input *in, struct err *err)
{
    if (walk_files(w, in, err) < 0)
        return -1;
    for (size_t i = 0; i < in->text_count; i++)
        if (walk_held(w, &in->texts[i], err) < 0)
            return -1;
    return 0;
}

int snapshot_each_object(const struct snapshot_input *in, snapshot_object_fn *fn, void *ctx,
                         struct err *err)
{
    struct walk w = {.fn = fn, .ctx = ctx};
    int result = walk_all(&w, in, err);
    arena_release(&w.scratch);
    return result;
}
