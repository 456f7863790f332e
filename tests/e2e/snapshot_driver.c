/* What test_snapshot asks of two snapshots, and prints:
 *   snapshot_driver equal A B     "equal", or what differs first (exit 1)
 *   snapshot_driver body A        the unpacked body
 * A and B are whatever `--world` takes. */
#include "ops/snapshot/snapshot.h"
#include "world/apply.h"
#include "world/body.h"

#include <stdio.h>

struct opened {
    struct world world;
    struct cloud cloud;
    struct snapshot_report report;
};

static void opened_release(struct opened *o)
{
    snapshot_report_release(&o->report);
    cloud_release(&o->cloud);
    world_release(&o->world);
}

static void open_or_exit(struct opened *o, const char *path)
{
    struct err err = {0};
    struct snapshot_input in = {.paths = &path, .path_count = 1};
    world_init(&o->world);
    if (snapshot_open(&o->world, &o->cloud, &in, &o->report, &err) == 0)
        return;
    fprintf(stderr, "%s\n", err.msg);
    exit(2);
}

static int say_equal(const char *a, const char *b)
{
    _cleanup_(opened_release) struct opened x = {0}, y = {0};
    char why[512];
    open_or_exit(&x, a);
    open_or_exit(&y, b);
    bool equal = world_equal(&x.world, &y.world, why, sizeof why);
    puts(equal ? "equal" : why);
    return !equal;
}

static int print_body(const char *path)
{
    _cleanup_(opened_release) struct opened o = {0};
    _cleanup_str_ struct str body = {0};
    struct err err = {0};
    open_or_exit(&o, path);
    if (body_write(&o.world, &o.cloud, &body, &err) < 0)
        return 2;
    fwrite(body.data, 1, body.len, stdout);
    return 0;
}

int main(int argc, char **argv)
{
    if (argc == 4 && strcmp(argv[1], "equal") == 0)
        return say_equal(argv[2], argv[3]);
    if (argc == 3 && strcmp(argv[1], "body") == 0)
        return print_body(argv[2]);
    fprintf(stderr, "usage: snapshot_driver equal A B | body A\n");
    return 64;
}
