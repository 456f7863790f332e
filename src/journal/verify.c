#include "journal/chain.h"

#define SQLITE_MAGIC "SQLite format 3"

/* ---- a store ---- */

struct check {
    struct chain chain;
    bool has_head, head_good;
    struct journal_head head;
};

/* The number in the key of an entry; 0 when it is another item. */
static uint64_t place_of(const char *sort)
{
    char again[JOURNAL_SORT_MAX];
    uint64_t seq;
    if (!sv_starts(sv_of(sort), JOURNAL_ENTRY_PREFIX))
        return 0;
    const char *digits = sort + strlen(JOURNAL_ENTRY_PREFIX);
    digits += strspn(digits, "0");
    if (!sv_to_u64(sv_of(digits), &seq) || strcmp(journal_sort(seq, again), sort) != 0)
        return 0;
    return seq;
}

static void check_head(struct check *c, const struct store_item *item)
{
    c->has_head = true;
    c->head_good = journal_head_parse(item->body, &c->head);
    if (!c->head_good)
        chain_fault(&c->chain, 0, "not readable", "its head, which tells the last entry");
    else if (c->head.appends != item->version || item->fence != 0)
        chain_fault(&c->chain, 0, "altered", "its head was written by somebody else");
}

static int check_item(void *ctx, const struct store_item *item, struct err *err)
{
    struct check *c = ctx;
    uint64_t place = place_of(item->sort);
    if (strcmp(item->sort, JOURNAL_HEAD_SORT) == 0)
        check_head(c, item);
    else if (!place)
        chain_fault(&c->chain, 0, "altered", "an item '%.100s' that is not the journal's",
                    item->sort);
    else {
        if (item->version != 1 || item->fence != 0)
            chain_fault(&c->chain, place, "altered", "was written again after it was made");
        chain_add(&c->chain, place, item->body);
    }
    return 0;
}

static void check_end(struct check *c)
{
    if (!c->has_head && c->chain.last)
        chain_fault(&c->chain, 0, "missing", "its head, which tells the last entry, is gone");
    if (c->head_good)
        chain_expect_last(&c->chain, c->head.seq, c->head.hash, "cut off");
    chain_end(&c->chain);
}

/* Entries that damage below them hides would look like ones that never were. */
static int check_below(struct chain *c, struct store *s, struct err *err)
{
    char damage[200];
    if (store_check(s, damage, sizeof damage, err) < 0)
        return -1;
    if (*damage)
        chain_fault(c, 0, "not readable", "the store is damaged: %s", damage);
    return 0;
}

int journal_verify(struct store *s, const char *head, struct journal_proof *out, struct err *err)
{
    struct check c = {0};
    int rc = chain_init(&c.chain, out, head, err);
    if (rc == 0)
        rc = check_below(&c.chain, s, err);
    /* One list, head included: what others append meanwhile does not come in between. */
    if (rc == 0)
        rc = store_list(s, &(struct store_query){.partition = JOURNAL_PARTITION}, check_item, &c,
                        err);
    if (rc == 0)
        check_end(&c);
    chain_release(&c.chain);
    return rc;
}

/* ---- an export ---- */

/* The last line with its newline: known before the others are read, since it tells how to. */
static bool find_end(struct sv text, struct sv *lines, struct journal_end *end)
{
    if (!sv_ends(text, "\n"))
        return false;
    struct sv rest = sv_n(text.ptr, text.len - 1);
    const char *before = memrchr(rest.ptr, '\n', rest.len);
    size_t start = before ? (size_t)(before - text.ptr) + 1 : 0;
    *lines = sv_n(text.ptr, start);
    return journal_end_parse(sv_n(text.ptr + start, rest.len - start), end);
}

/* ended: the line that ends an export was found behind these. */
static void check_lines(struct chain *c, struct sv text, bool ended)
{
    while (text.len) {
        const char *stop = memchr(text.ptr, '\n', text.len);
        struct sv line = sv_n(text.ptr, stop ? (size_t)(stop - text.ptr) : text.len);
        size_t step = line.len + (stop != NULL);
        text = sv_n(text.ptr + step, text.len - step);
        bool more = text.len || ended;
        if (!stop)
            chain_fault(c, c->last + 1, "cut off", "the last line is not complete");
        else if (journal_end_begins(line))
            chain_fault(c, c->last, more ? "out of order" : "altered",
                        "the line that ends an export %s",
                        more ? "stands before others" : "was changed");
        else
            chain_add(c, 0, line);
    }
}

static void check_export(struct chain *c, struct sv text)
{
    struct journal_end end;
    struct sv lines = text;
    bool ended = find_end(text, &lines, &end);
    c->filtered = ended && end.filtered;
    check_lines(c, ended ? lines : text, ended);
    if (!ended && c->proof->fault_count == 0)
        chain_fault(c, c->last, "cut off", "the line that ends an export is gone");
    if (ended && end.filtered && end.entries != c->proof->entries)
        chain_fault(c, 0, "missing", "%llu entries were exported, there are %llu",
                    (unsigned long long)end.entries, (unsigned long long)c->proof->entries);
    if (ended)
        chain_expect_last(c, end.last, end.head, "cut off");
    chain_end(c);
}

int journal_verify_export(struct sv text, const char *head, struct journal_proof *out,
                          struct err *err)
{
    struct chain c;
    int rc = chain_init(&c, out, head, err);
    if (rc == 0 && sv_starts(text, SQLITE_MAGIC)) {
        err_set(err, ERR_INPUT, "a store, not an export of its journal");
        rc = err_hint(err, "name a store with --store FILE");
    }
    if (rc == 0)
        check_export(&c, text);
    chain_release(&c);
    return rc;
}
