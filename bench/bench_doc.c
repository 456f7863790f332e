/*
 * bench_doc: how fast doc/ reads. usage: bench_doc FILE...
 * Prints MB/s (10^6 bytes a second of processor time) of each way over the text of all files, the
 * best of some rounds. YAML is scanned, searched for words and parsed; files named *.json are
 * parsed as answers of an API, and walked over without a tree.
 */
#include "base/io.h"
#include "base/vec.h"
#include "doc/literal.h"
#include "doc/pull.h"
#include "doc/scan.h"

#include <stdio.h>
#include <time.h>

#define ROUNDS 5
#define FILE_MAX ((size_t)1 << 30)

struct inputs {
    VEC(struct str) texts;
    size_t bytes;
};

static double now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static size_t scan_one(struct sv text)
{
    struct scan s;
    struct scan_doc d;
    size_t known = 0;
    scan_init(&s, text);
    while (scan_next(&s, &d))
        known += !d.doubt;
    return known;
}

static size_t search_one(struct sv text)
{
    static const struct sv words[] = {
        {"docker.sock", 11},      {"PodSecurityPolicy", 17},
        {"gitRepo:", 8},          {"v1beta1", 7},
        {"seccomp.security", 16}, {"awsElasticBlockStore", 20},
        {"externalIPs", 11},      {"kubernetes.io/ingress.class", 27},
    };
    static struct literal_set set; /* prepared once, as rules do */
    if (!set.count && literal_init(&set, words, ARRAY_LEN(words), NULL) < 0)
        return 0;
    return (size_t)__builtin_popcountll(literal_find(&set, text));
}

static size_t parse_one(struct sv text)
{
    _cleanup_doc_ struct doc_file f;
    return doc_parse(&f, "bench", text, NULL, NULL) == 0 ? f.part_count : 0;
}

static size_t parse_json_one(struct sv text)
{
    struct doc_limits limits = doc_default_limits;
    limits.bytes = FILE_MAX;
    limits.nodes = UINT32_MAX / 2;
    _cleanup_doc_ struct doc_file f;
    return doc_parse_json(&f, "bench", text, &limits, NULL) == 0;
}

static size_t skip_json_one(struct sv text)
{
    struct pull p;
    pull_init(&p, text, NULL);
    pull_skip(&p);
    return pull_done(&p);
}

static void measure(const char *name, size_t (*one)(struct sv), const struct inputs *in)
{
    double best = 1e9;
    size_t count = 0;
    for (int round = 0; round < ROUNDS && in->bytes; round++) {
        double from = now();
        count = 0;
        vec_foreach(text, &in->texts)
            count += one(str_sv(text));
        double took = now() - from;
        best = took < best ? took : best;
    }
    if (in->bytes)
        printf("%-10s %8.0f MB/s  (%.1f MB, %zu found)\n", name, (double)in->bytes / best / 1e6,
               (double)in->bytes / 1e6, count);
}

static void release(struct inputs *in)
{
    vec_foreach(text, &in->texts)
        str_release(text);
    vec_release(&in->texts);
}

int main(int argc, char **argv)
{
    struct inputs yaml = {0}, json = {0};
    for (int i = 1; i < argc; i++) {
        struct err err = {0};
        struct str text;
        str_init(&text, FILE_MAX);
        if (io_read_file(argv[i], FILE_MAX, &text, &err) < 0) {
            fprintf(stderr, "%s\n", err.msg);
            return 1;
        }
        struct inputs *in = sv_ends(sv_of(argv[i]), ".json") ? &json : &yaml;
        in->bytes += text.len;
        if (!vec_push(&in->texts, text))
            return 1;
    }
    measure("scan", scan_one, &yaml);
    measure("search", search_one, &yaml);
    measure("parse yaml", parse_one, &yaml);
    measure("parse json", parse_json_one, &json);
    measure("skip json", skip_json_one, &json);
    release(&yaml);
    release(&json);
    return 0;
}
