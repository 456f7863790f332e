#include "example.h"

#include "base/cleanup.h"
#include "base/io.h"
#include "world/load.h"

static void check(int failed, const struct err *err)
{
    if (!failed)
        return;
    fprintf(stderr, "example: %s\n", err->msg);
    exit(1);
}

static void read_file(const char *folder, const char *name, struct str *text)
{
    char path[4096];
    struct err err = {0};
    str_init(text, 0);
    snprintf(path, sizeof path, "%s/%s.json", folder, name);
    check(io_read_file(path, IO_MANIFEST_MAX, text, &err), &err);
}

void example_read(const char *folder, struct world *w, struct cloud *cloud)
{
    static const char *const names[] = {"nodes",   "pods",    "workloads", "policy",
                                        "storage", "network", "events"};
    struct err err = {0};
    world_init(w);
    struct load *l = load_new(w);
    for (size_t i = 0; i < ARRAY_LEN(names); i++) {
        _cleanup_str_ struct str text;
        read_file(folder, names[i], &text);
        check(load_text(l, names[i], str_sv(&text), &err), &err);
    }
    check(load_finish(l, &err), &err);
    load_free(l);

    _cleanup_str_ struct str text;
    cloud_init(cloud);
    read_file(folder, "cloud", &text);
    check(cloud_read(cloud, "cloud.json", str_sv(&text), &err), &err);
}
