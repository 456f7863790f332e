#include "journal/entry.h"

#include <time.h>

#define PATIENCE_MS 30000

/* What one attempt writes. */
struct batch {
    struct store_write writes[STORE_WRITES_MAX];
    size_t count;
    struct str lines;                        /* all bodies, one behind the other */
    struct sv bodies[JOURNAL_NOTES_MAX + 1]; /* as offsets until all are there */
    char sorts[JOURNAL_NOTES_MAX][JOURNAL_SORT_MAX];
};

static void batch_release(struct batch *b)
{
    str_release(&b->lines);
}

static int64_t now_ms(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static int damaged(const struct store *s, const char *what, struct err *err)
{
    err_set(err, ERR_INPUT, "%s: the journal is damaged: %s", store_where(s), what);
    return err_hint(err, "'toban journal verify --store %s' tells where", store_where(s));
}

/* A store without a journal has the head of an empty one. */
static int read_head(struct store *s, struct journal_head *out, struct err *err)
{
    _cleanup_arena_ struct arena a = {0};
    struct store_item item;
    struct err cause = {0};
    *out = (struct journal_head){0};
    memcpy(out->hash, journal_no_hash, sizeof out->hash);
    if (store_get(s, (struct store_key){JOURNAL_PARTITION, JOURNAL_HEAD_SORT}, &a, &item, &cause) <
        0) {
        if (cause.class == ERR_NOT_FOUND)
            return 0;
        if (err)
            *err = cause;
        return -1;
    }
    if (!journal_head_parse(item.body, out) || out->appends != item.version)
        return damaged(s, "its head is not readable", err);
    return 0;
}

static void add_put(struct batch *b, const char *sort, size_t start, enum store_condition condition,
                    uint64_t expect)
{
    b->writes[b->count++] = (struct store_write){
        .condition = condition,
        .key = {JOURNAL_PARTITION, sort},
        .expect = expect,
        .body = {NULL, b->lines.len - start},
    };
}

/* The texts move while they grow: views into them are made last. */
static void set_bodies(struct batch *b, size_t from)
{
    const char *at = str_c(&b->lines);
    for (size_t i = from; i < b->count; i++) {
        b->writes[i].body.ptr = at;
        at += b->writes[i].body.len;
    }
}

static int fill(struct batch *b, const struct journal_head *head, const struct journal_note *notes,
                size_t count, const struct store_write *also, size_t also_count, struct err *err)
{
    struct journal_head next = *head;
    str_reset(&b->lines);
    if (also_count)
        memcpy(b->writes, also, also_count * sizeof *also);
    b->count = also_count;
    for (size_t i = 0; i < count; i++) {
        size_t start = b->lines.len;
        char prev[JOURNAL_HASH_HEX + 1];
        memcpy(prev, next.hash, sizeof prev);
        if (journal_line_make(&notes[i], ++next.seq, prev, &b->lines, next.hash, err) < 0)
            return -1;
        add_put(b, journal_sort(next.seq, b->sorts[i]), start, STORE_ABSENT, 0);
    }
    size_t start = b->lines.len;
    next.appends++;
    journal_head_format(&next, &b->lines);
    add_put(b, JOURNAL_HEAD_SORT, start, head->appends ? STORE_AT_VERSION : STORE_ABSENT,
            head->appends);
    if (!str_ok(&b->lines))
        return err_nomem(err, "writing the journal");
    set_bodies(b, also_count);
    return 0;
}

static int check_call(size_t count, const struct store_write *also, size_t also_count,
                      struct err *err)
{
    if (count > JOURNAL_NOTES_MAX || count + also_count + 2 > STORE_WRITES_MAX)
        return err_set(err, ERR_BUG, "%zu journal entries and %zu writes in one transaction", count,
                       also_count);
    for (size_t i = 0; i < also_count; i++)
        if (strcmp(also[i].key.partition, JOURNAL_PARTITION) == 0)
            return err_set(err, ERR_BUG, "a write goes around the journal's chain");
    return 0;
}

/* 0 written; 1 somebody else appended first; -1. */
static int attempt(struct store *s, struct batch *b, size_t also_count, size_t *failed,
                   struct err *err)
{
    struct err cause = {0};
    size_t which;
    if (store_write(s, b->writes, b->count, &which, &cause) == 0)
        return 0;
    bool conflict = cause.class == ERR_CONFLICT && which < b->count;
    if (conflict && which >= also_count)
        return 1;
    if (conflict && failed)
        *failed = which;
    if (err)
        *err = cause;
    return -1;
}

int journal_append(struct store *s, const struct journal_note *notes, size_t count,
                   const struct store_write *also, size_t also_count, size_t *failed,
                   struct err *err)
{
    _cleanup_(batch_release) struct batch b = {0};
    struct journal_head head, before = {0};
    int64_t end = now_ms() + PATIENCE_MS;
    if (failed)
        *failed = STORE_NO_WRITE;
    if (check_call(count, also, also_count, err) < 0)
        return -1;
    if (!count)
        return also_count ? store_write(s, also, also_count, failed, err) : 0;
    for (bool again = false;; again = true) {
        if (read_head(s, &head, err) < 0)
            return -1;
        if (again && head.appends == before.appends)
            return damaged(s, "there are entries behind its head", err);
        before = head;
        if (fill(&b, &head, notes, count, also, also_count, err) < 0)
            return -1;
        int rc = attempt(s, &b, also_count, failed, err);
        if (rc <= 0)
            return rc;
        if (now_ms() > end)
            return err_set(err, ERR_THROTTLED, "%s: others write the journal all the time",
                           store_where(s));
    }
}
