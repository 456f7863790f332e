#include "journal/chain.h"

#include "base/must.h"

#define ULL(n) ((unsigned long long)(n))

int chain_init(struct chain *c, struct journal_proof *proof, const char *wanted, struct err *err)
{
    *c = (struct chain){.proof = proof, .wanted = wanted};
    *proof = (struct journal_proof){0};
    memcpy(proof->head, journal_no_hash, sizeof proof->head);
    memcpy(c->hash, journal_no_hash, sizeof c->hash);
    if (!wanted || journal_is_hash(sv_of(wanted)))
        return 0;
    return err_set(err, ERR_USAGE, "'%.80s' is no hash of a journal entry, expected %d hex digits",
                   wanted, JOURNAL_HASH_HEX);
}

void chain_release(struct chain *c)
{
    vec_release(&c->gaps);
    arena_release(&c->arena);
}

void journal_proof_release(struct journal_proof *p)
{
    vec_release(&p->faults);
}

void chain_fault(struct chain *c, uint64_t seq, const char *what, const char *fmt, ...)
{
    struct journal_fault fault = {.seq = seq, .what = what};
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(fault.detail, sizeof fault.detail, fmt, ap);
    va_end(ap);
    if (c->proof->fault_count++ < JOURNAL_FAULTS_MAX)
        must_push(&c->proof->faults, fault);
}

/* The highest place is now seq, with what stands there. */
static void advance(struct chain *c, uint64_t seq, const char *hash, bool guessed)
{
    if (seq > c->last + 1 && !c->filtered)
        must_push(&c->gaps, (struct chain_gap){c->last + 1, seq - 1});
    c->last = seq;
    c->guessed = guessed;
    snprintf(c->hash, sizeof c->hash, "%s", hash);
}

/* Takes seq out of the gap it is in; false when it is in none. */
static bool fill_gap(struct chain *c, uint64_t seq)
{
    vec_foreach(g, &c->gaps) {
        if (seq < g->from || seq > g->to)
            continue;
        struct chain_gap behind = {seq + 1, g->to};
        g->to = seq - 1;
        if (behind.from <= behind.to)
            must_push(&c->gaps, behind);
        return true;
    }
    return false;
}

static void good(struct chain *c, const struct journal_entry *e)
{
    bool takes_guess = c->guessed && e->seq == c->last;
    if (takes_guess)
        c->hash[0] = '\0';
    if (e->seq > c->last || takes_guess) {
        bool follows = e->seq == c->last + 1 && c->hash[0];
        if (follows && strcmp(e->prev, c->hash) != 0)
            chain_fault(c, e->seq, "altered",
                        "does not follow entry %llu: it names %.12s…, not %.12s…", ULL(c->last),
                        e->prev, c->hash);
        advance(c, e->seq, e->hash, false);
    } else if (c->filtered ? e->seq < c->last : fill_gap(c, e->seq))
        chain_fault(c, e->seq, "out of order", "comes behind entry %llu", ULL(c->last));
    else
        chain_fault(c, e->seq, "twice", "there is another entry of this number");
    memcpy(c->proof->head, e->hash, sizeof e->hash);
    if (c->wanted && strcmp(c->wanted, e->hash) == 0)
        c->wanted = NULL;
}

void chain_add(struct chain *c, uint64_t place, struct sv line)
{
    struct journal_entry e;
    arena_reset(&c->arena);
    enum journal_line state = journal_line_read(line, &c->arena, &e);
    uint64_t taken = place ? place : c->last + 1;
    c->proof->entries++;
    if (state == LINE_GOOD) {
        good(c, &e);
        if (place && place != e.seq)
            chain_fault(c, e.seq, "out of order", "is kept in the place of entry %llu", ULL(place));
        return;
    }
    if (state == LINE_ALTERED)
        chain_fault(c, taken, "altered", "its content has another hash than it says (%.12s…)",
                    e.hash);
    else
        chain_fault(c, taken, "not readable", "%zu bytes that are no journal entry", line.len);
    if (taken > c->last)
        advance(c, taken, state == LINE_ALTERED ? e.hash : "", true);
    else
        fill_gap(c, taken);
}

static void tell_gap(struct chain *c, const struct chain_gap *g, const char *what)
{
    if (g->from == g->to)
        chain_fault(c, g->from, what, "entry %llu is gone", ULL(g->from));
    else
        chain_fault(c, g->from, what, "entries %llu to %llu are gone", ULL(g->from), ULL(g->to));
}

void chain_expect_last(struct chain *c, uint64_t seq, const char *hash, const char *what)
{
    if (seq > c->last)
        tell_gap(c, &(struct chain_gap){c->last + 1, seq}, what);
    else if (seq < c->last)
        chain_fault(c, c->last, "altered", "the journal says that it ends at entry %llu", ULL(seq));
    else if (c->hash[0] && strcmp(c->hash, hash) != 0)
        chain_fault(c, seq, "altered", "the journal says that its last hash is %.12s…, not %.12s…",
                    hash, c->hash);
}

void chain_end(struct chain *c)
{
    vec_foreach(g, &c->gaps)
        if (g->from <= g->to)
            tell_gap(c, g, "missing");
    if (c->wanted)
        chain_fault(c, 0, "missing", "no entry has the hash %.64s", c->wanted);
    c->proof->filtered = c->filtered;
}
