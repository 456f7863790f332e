/*
 * gen_world: writes the dumps that `kubectl get -A -o json` would make of a large cluster.
 * Usage is told by --help; bench/gen-world builds and runs it.
 */
#include "world/gen.h"

#include <errno.h>
#include <getopt.h>
#include <sys/stat.h>

static const char usage[] =
    "usage: gen-world [--nodes N] [--pods N] [--workloads N] [--pdbs N] [--blockers N]\n"
    "                 [--padding BYTES] [--compact] [--seed N] -o FOLDER\n"
    "\n"
    "Writes nodes.json, pods.json, workloads.json, policy.json and storage.json of a made-up\n"
    "cluster, as `kubectl get -A -o json` prints them. The number of pods counts those of the "
    "four\n"
    "DaemonSets. --blockers: so many of the budgets allow no eviction. --padding: so many more\n"
    "bytes per pod. --compact: without line ends and indentation, which kubectl never does. The "
    "same\n"
    "options give the same bytes.\n";

static const struct {
    const char *name;
    void (*items)(struct gen_out *, const struct gen_world *);
} files[] = {{"nodes.json", gen_nodes},
             {"pods.json", gen_pods},
             {"workloads.json", gen_workloads},
             {"policy.json", gen_policy},
             {"storage.json", gen_storage}};

struct arguments {
    struct gen_options options;
    const char *folder;
};

static int parse_count(const char *name, const char *text, uint64_t max, uint64_t *out,
                       struct err *err)
{
    char *end;
    errno = 0;
    unsigned long long n = strtoull(text, &end, 10);
    if (errno || *end || end == text || *text == '-' || n > max)
        return err_set(err, ERR_USAGE, "--%s \"%s\": expected a number up to %llu", name, text,
                       (unsigned long long)max);
    *out = n;
    return 0;
}

static int parse(struct arguments *a, int argc, char **argv, struct err *err)
{
    static const struct option names[] = {{"nodes", 1, NULL, 0},
                                          {"pods", 1, NULL, 1},
                                          {"workloads", 1, NULL, 2},
                                          {"pdbs", 1, NULL, 3},
                                          {"blockers", 1, NULL, 4},
                                          {"padding", 1, NULL, 5},
                                          {"seed", 1, NULL, 6},
                                          {"output", 1, NULL, 'o'},
                                          {"compact", 0, NULL, 'c'},
                                          {"help", 0, NULL, 'h'},
                                          {0}};
    unsigned *counts[] = {&a->options.nodes, &a->options.pods,     &a->options.workloads,
                          &a->options.pdbs,  &a->options.blockers, &a->options.padding};
    for (int c; (c = getopt_long(argc, argv, "o:h", names, NULL)) != -1;) {
        uint64_t n = 0;
        if (c == '?' || c == 'h')
            return err_set(err, ERR_USAGE, "%s", usage);
        if (c == 'o')
            a->folder = optarg;
        if (c == 'c')
            a->options.compact = true;
        if (c > 6)
            continue;
        if (parse_count(names[c].name, optarg, c == 6 ? UINT64_MAX : UINT32_MAX / 2, &n, err) < 0)
            return -1;
        if (c == 6)
            a->options.seed = n;
        else
            *counts[c] = (unsigned)n;
    }
    return a->folder && optind == argc ? 0 : err_set(err, ERR_USAGE, "%s", usage);
}

static int run(struct arguments *a, struct err *err)
{
    _cleanup_(gen_release) struct gen_world world = {0};
    if (gen_plan(&world, &a->options, err) < 0)
        return -1;
    if (mkdir(a->folder, 0777) < 0 && errno != EEXIST)
        return err_sys(err, errno, "cannot make folder \"%s\"", a->folder);
    for (size_t i = 0; i < ARRAY_LEN(files); i++) {
        unsigned long long bytes;
        if (gen_write(a->folder, files[i].name, &world, files[i].items, &bytes, err) < 0)
            return -1;
        printf("%s/%s\t%llu\n", a->folder, files[i].name, bytes);
    }
    return 0;
}

int main(int argc, char **argv)
{
    struct arguments a = {
        .options = {.nodes = 5000, .pods = 150000, .workloads = 3000, .pdbs = 500}};
    struct err err = {0};
    if (parse(&a, argc, argv, &err) < 0 || run(&a, &err) < 0) {
        fprintf(stderr, "gen-world: %s\n", err.msg);
        return err.class == ERR_USAGE ? 64 : 1;
    }
    return 0;
}
