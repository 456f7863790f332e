/*
 * Appends to the journal with full durability: each transaction is synced before the next begins.
 * usage: bench_journal FOLDER [SECONDS]     one line for each size of transaction, as JSON
 *
 * Beside it, what the disk itself allows: one page written and synced at the end of a file.
 */
#include "base/io.h"
#include "journal/journal.h"

#include <fcntl.h>
#include <time.h>

static double now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static void report(const char *what, unsigned entries, unsigned done, double seconds)
{
    printf("{\"what\":\"%s\",\"entries_each\":%u,\"transactions\":%u,\"seconds\":%.3f}\n", what,
           entries, done, seconds);
    fflush(stdout);
}

static int measure_disk(const char *folder, double seconds)
{
    char path[4096], page[4096] = {0};
    snprintf(path, sizeof path, "%s/pages", folder);
    _cleanup_close_ int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    if (fd < 0)
        return -1;
    unsigned done = 0;
    double start = now();
    for (; now() - start < seconds; done++)
        if (io_write_all(fd, page, sizeof page) < 0 || fdatasync(fd) < 0)
            return -1;
    report("disk", 1, done, now() - start);
    return 0;
}

static int measure_journal(const char *folder, unsigned entries, double seconds, struct err *err)
{
    char path[4096];
    _cleanup_store_ struct store *s = NULL;
    struct journal_note notes[JOURNAL_NOTES_MAX];
    for (unsigned i = 0; i < entries; i++)
        notes[i] = (struct journal_note){
            .kind = "act.intent",
            .subject = "plan/p-7k2m4q/drain",
            .actor = "ann@bastion-1",
            .at_ms = 1795392000000,
            .data = SV("{\"key\":\"evict/shop/cart-7d9c5b6f4-x2x9q/"
                       "3f2a9a54-1b7c-4a5e-9d61-0c5f6f0e2b11\"}"),
        };
    snprintf(path, sizeof path, "%s/journal-%u.db", folder, entries);
    if (store_open(path, &s, err) < 0)
        return -1;
    unsigned done = 0;
    double start = now();
    for (; now() - start < seconds; done++)
        if (journal_append(s, notes, entries, NULL, 0, NULL, err) < 0)
            return -1;
    report("journal", entries, done, now() - start);
    return 0;
}

static int measure_verify(const char *folder, unsigned entries, struct err *err)
{
    char path[4096];
    struct journal_proof proof;
    _cleanup_store_ struct store *s = NULL;
    snprintf(path, sizeof path, "%s/journal-%u.db", folder, entries);
    double start = now();
    if (store_open_to_read(path, &s, err) < 0 || journal_verify(s, NULL, &proof, err) < 0)
        return -1;
    report("verify", (unsigned)proof.entries, 1, now() - start);
    int rc = proof.fault_count ? err_set(err, ERR_BUG, "the journal has faults") : 0;
    journal_proof_release(&proof);
    return rc;
}

int main(int argc, char **argv)
{
    struct err err = {0};
    double seconds = argc > 2 ? strtod(argv[2], NULL) : 3;
    if (argc < 2 || !(seconds > 0)) {
        fprintf(stderr, "usage: bench_journal FOLDER [SECONDS]\n");
        return 64;
    }
    if (measure_disk(argv[1], seconds) < 0) {
        perror(argv[1]);
        return 1;
    }
    if (measure_journal(argv[1], 1, seconds, &err) < 0 ||
        measure_journal(argv[1], JOURNAL_NOTES_MAX, seconds, &err) < 0 ||
        measure_verify(argv[1], JOURNAL_NOTES_MAX, &err) < 0) {
        fprintf(stderr, "bench_journal: %s\n", err.msg);
        return 1;
    }
    return 0;
}
