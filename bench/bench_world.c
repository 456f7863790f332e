/*
 * bench_world: how fast world/ reads and what a world takes. usage: bench_world FILE...
 * FILEs are either one snapshot or dumps of `kubectl get -o json`. Prints the time and the MB/s
 * (10^6 bytes a second of processor time) of reading, and the memory that is resident afterwards,
 * when the texts are gone again.
 */
#include "base/io.h"
#include "world/file.h"
#include "world/load.h"

#include <malloc.h>
#include <stdio.h>
#include <time.h>

#define FILE_MAX ((size_t)8 << 30)

struct measured {
    double seconds;
    size_t bytes;
};

static double now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static double resident_mb(void)
{
    unsigned long pages = 0;
    malloc_trim(0);
    _cleanup_fclose_ FILE *f = fopen("/proc/self/statm", "r");
    if (!f || fscanf(f, "%*u %lu", &pages) != 1)
        return 0;
    return (double)pages * (double)sysconf(_SC_PAGESIZE) / 1e6;
}

static void free_load(struct load **l)
{
    load_free(*l);
}

static int read_one(struct world *w, struct load *l, const char *path, struct measured *m,
                    struct err *err)
{
    _cleanup_str_ struct str text;
    str_init(&text, FILE_MAX);
    if (io_read_file(path, FILE_MAX, &text, err) < 0)
        return -1;
    m->bytes += text.len;
    double start = now();
    int done = world_file_is(str_sv(&text)) ? world_file_load(w, NULL, path, str_sv(&text), err)
                                            : load_text(l, path, str_sv(&text), err);
    m->seconds += now() - start;
    return done;
}

static int read_all(struct world *w, char **paths, struct measured *m, struct err *err)
{
    _cleanup_(free_load) struct load *l = load_new(w);
    for (; *paths; paths++)
        if (read_one(w, l, *paths, m, err) < 0)
            return -1;
    double start = now();
    int done = load_taken(l) ? load_finish(l, err) : 0;
    m->seconds += now() - start;
    return done;
}

int main(int argc, char **argv)
{
    struct err err = {0};
    struct measured m = {0};
    _cleanup_world_ struct world w;
    world_init(&w);
    double before = resident_mb();
    if (argc < 2 || read_all(&w, argv + 1, &m, &err) < 0) {
        fprintf(stderr, "bench_world: %s\n", argc < 2 ? "usage: bench_world FILE..." : err.msg);
        return argc < 2 ? 64 : 1;
    }
    printf("%.1f MB in %.1f ms: %.0f MB/s; %u nodes, %u pods in %zu classes, %zu texts: %.1f MB\n",
           (double)m.bytes / 1e6, m.seconds * 1e3, (double)m.bytes / 1e6 / m.seconds, w.live_nodes,
           w.live_pods, w.classes.len, w.strings.texts.len, resident_mb() - before);
    return 0;
}
