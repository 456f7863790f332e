/*
 * Eight processes write one store, and again and again one of them is killed at no particular
 * moment. Afterwards nothing that was acknowledged is lost, nothing is half done, what adds up
 * still does, tokens of leases have grown with each holder, and the journal is whole.
 */
#include "base/str.h"
#include "journal/journal.h"
#include "store/lease.h"
#include "store_place.h"

#include "unit.h"

#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>

#define WRITERS 8
#define ACCOUNTS 6
#define START 100
#define ACKNOWLEDGED 800 /* unless TOBAN_TEST_WRITES says how many */
#define KILLS_UP_TO 12   /* acknowledged writes between two kills, at most */

static uint32_t pick(uint32_t *seed, uint32_t below)
{
    *seed ^= *seed << 13;
    *seed ^= *seed >> 17;
    *seed ^= *seed << 5;
    return *seed % below;
}

/* ---- a writer ---- */

struct writer {
    struct store *store;
    int number;
    uint32_t seed;
    struct arena arena;
};

struct counter {
    char key[32], text[24];
    long value;
    struct store_write write; /* puts it back, if it is still the same */
};

static void end_with(const char *what, const struct err *err)
{
    fprintf(stderr, "writer: %s: %s\n", what, err->msg);
    _exit(1);
}

/* A number kept under `key`, to be written back with `by` more. */
static void take(struct writer *w, struct counter *c, const char *key, long by)
{
    struct store_item item;
    struct err err = {0};
    snprintf(c->key, sizeof c->key, "%s", key);
    c->write = (struct store_write){.condition = STORE_ABSENT, .key = {"crash", c->key}};
    c->value = 0;
    if (store_get(w->store, c->write.key, &w->arena, &item, &err) == 0) {
        c->write.condition = STORE_AT_VERSION;
        c->write.expect = item.version;
        c->value = strtol(arena_dup(&w->arena, item.body), NULL, 10);
    } else if (err.class != ERR_NOT_FOUND)
        end_with(key, &err);
    c->value += by;
    snprintf(c->text, sizeof c->text, "%ld", c->value);
    c->write.body = sv_of(c->text);
}

static struct store_write log_write(char key[static 48], const char *what, long n, const char *body)
{
    snprintf(key, 48, "%s/%08ld", what, n);
    return (struct store_write){
        .condition = STORE_ABSENT, .key = {"crash", key}, .body = sv_of(body)};
}

/* The writer's own counter and a line in its log, for every kind of work. */
static size_t own_writes(struct writer *w, struct counter *own, char log_key[static 48],
                         const char *body, struct store_write *to)
{
    char name[32];
    snprintf(name, sizeof name, "count/%d", w->number);
    take(w, own, name, 1);
    snprintf(name, sizeof name, "log/%d", w->number);
    to[0] = own->write;
    to[1] = log_write(log_key, name, own->value, body);
    return 2;
}

/* 0, or -1 when somebody else was faster. */
static int settle(const char *what, int rc, const struct err *err)
{
    if (rc < 0 && err->class != ERR_CONFLICT)
        end_with(what, err);
    return rc;
}

static int transfer(struct writer *w)
{
    struct store_write writes[4];
    struct counter own, from, to;
    char key[48], name[32];
    struct err err = {0};
    size_t n = own_writes(w, &own, key, "t", writes);
    long amount = (long)pick(&w->seed, 9) + 1;
    uint32_t a = pick(&w->seed, ACCOUNTS), b = (a + 1 + pick(&w->seed, ACCOUNTS - 1)) % ACCOUNTS;
    snprintf(name, sizeof name, "account/%u", a);
    take(w, &from, name, -amount);
    snprintf(name, sizeof name, "account/%u", b);
    take(w, &to, name, amount);
    writes[n++] = from.write;
    writes[n++] = to.write;
    return settle("transfer", store_write(w->store, writes, n, NULL, &err), &err);
}

static int append(struct writer *w)
{
    struct store_write writes[2];
    struct counter own;
    char key[48], subject[32];
    struct err err = {0};
    size_t n = own_writes(w, &own, key, "j", writes);
    snprintf(subject, sizeof subject, "writer/%d", w->number);
    struct journal_note notes[2] = {
        {.kind = "act.intent", .subject = subject, .actor = "test", .at_ms = own.value},
        {.kind = "act.done", .subject = subject, .actor = "test", .at_ms = own.value},
    };
    return settle("append", journal_append(w->store, notes, 2, writes, n, NULL, &err), &err);
}

/* Each lease writes its token once, under a number that grows by one. */
static int lead(struct writer *w)
{
    struct store_write writes[5];
    struct counter own, turn;
    char key[48], turn_key[48], token[24];
    struct err err = {0};
    struct lease *l;
    if (lease_acquire(w->store, "leader", NULL, &l, NULL, &err) < 0)
        return settle("lease", -1, &err);
    size_t n = own_writes(w, &own, key, "l", writes);
    take(w, &turn, "turn", 1);
    snprintf(token, sizeof token, "%llu", (unsigned long long)lease_token(l));
    writes[n++] = turn.write;
    writes[n++] = log_write(turn_key, "turns", turn.value, token);
    writes[n++] = lease_guard(l);
    int rc = settle("lead", store_write(w->store, writes, n, NULL, &err), &err);
    lease_release(l, w->store);
    return rc;
}

static void work(const struct store_place *place, int number, uint32_t seed, int acks)
{
    static int (*const kinds[])(struct writer *) = {transfer, append, lead};
    struct writer w = {.number = number, .seed = seed};
    struct err err = {0};
    if (store_open(place->where, &w.store, &err) < 0)
        end_with("open", &err);
    for (;;) {
        unsigned char ack = (unsigned char)number;
        arena_reset(&w.arena);
        if (kinds[pick(&w.seed, ARRAY_LEN(kinds))](&w) == 0 && write(acks, &ack, 1) != 1)
            _exit(0);
    }
}

/* ---- who starts and kills them ---- */

struct run {
    struct store_place place;
    uint32_t seed, started;
    int acks[2];
    pid_t pids[WRITERS];
    long acknowledged[WRITERS];
};

static void start(struct run *r, int number)
{
    uint32_t seed = r->seed + 7919 * ++r->started;
    r->pids[number] = fork();
    assert_true(r->pids[number] >= 0);
    if (r->pids[number] == 0)
        work(&r->place, number, seed, r->acks[1]);
}

static void stop(struct run *r, int number)
{
    int status;
    kill(r->pids[number], SIGKILL);
    assert_int_equal(waitpid(r->pids[number], &status, 0), r->pids[number]);
    if (!WIFSIGNALED(status))
        fail_msg("writer %d ended by itself", number);
}

/* What came out of the pipe was acknowledged. False: nothing did for a minute. */
static bool take_ack(struct run *r)
{
    unsigned char number;
    struct pollfd fd = {.fd = r->acks[0], .events = POLLIN};
    if (poll(&fd, 1, 60000) != 1 || read(r->acks[0], &number, 1) != 1)
        return false;
    r->acknowledged[number]++;
    return true;
}

static void play(struct run *r)
{
    uint32_t seed = r->seed, until_kill = 1;
    const char *named = getenv("TOBAN_TEST_WRITES");
    const long wanted = named ? strtol(named, NULL, 10) : ACKNOWLEDGED;
    for (int i = 0; i < WRITERS; i++)
        start(r, i);
    for (long n = 0; n < wanted; n++) {
        if (!take_ack(r))
            fail_msg("the writers have stopped after %ld writes", n);
        if (--until_kill)
            continue;
        int victim = (int)pick(&seed, WRITERS);
        until_kill = 1 + pick(&seed, KILLS_UP_TO);
        stop(r, victim);
        start(r, victim);
    }
    for (int i = 0; i < WRITERS; i++)
        stop(r, i);
    close(r->acks[1]);
    while (take_ack(r))
        ;
    close(r->acks[0]);
}

/* ---- what is left ---- */

static long number_at(struct store *s, const char *key)
{
    _cleanup_arena_ struct arena a = {0};
    const char *text = store_place_get(s, "crash", key, &a);
    return text ? strtol(text, NULL, 10) : 0;
}

struct log {
    const char *prefix;
    long lines, by_kind[128];
    uint64_t token;
};

/* Lines are numbered from 1, without a gap. */
static int read_line(void *ctx, const struct store_item *item, struct err *err)
{
    struct log *l = ctx;
    assert_int_equal(strtol(item->sort + strlen(l->prefix), NULL, 10), ++l->lines);
    assert_int_equal(item->version, 1);
    l->by_kind[(unsigned char)item->body.ptr[0] & 127]++;
    return 0;
}

static int read_turn(void *ctx, const struct store_item *item, struct err *err)
{
    struct log *l = ctx;
    uint64_t token;
    assert_true(sv_to_u64(item->body, &token));
    assert_true(token > l->token);
    l->token = token;
    return read_line(ctx, item, err);
}

static void read_log(struct store *s, struct log *l,
                     int (*each)(void *ctx, const struct store_item *item, struct err *err))
{
    struct err err = {0};
    struct store_query q = {.partition = "crash", .prefix = l->prefix};
    if (store_list(s, &q, each, l, &err) < 0)
        fail_msg("%s", err.msg);
}

static int count_entry(void *ctx, const struct journal_entry *e, struct err *err)
{
    ++*(long *)ctx;
    return 0;
}

static void check_writer(struct run *r, struct store *s, int number, struct log *all)
{
    char key[32], prefix[32], subject[32];
    long entries = 0;
    struct err err = {0};
    snprintf(key, sizeof key, "count/%d", number);
    snprintf(prefix, sizeof prefix, "log/%d/", number);
    snprintf(subject, sizeof subject, "writer/%d", number);
    struct log l = {.prefix = prefix};
    read_log(s, &l, read_line);
    assert_int_equal(l.lines, number_at(s, key));
    assert_true(l.lines >= r->acknowledged[number]);
    struct journal_filter filter = {.subject = subject};
    assert_int_equal(journal_read(s, &filter, count_entry, &entries, &err), 0);
    assert_int_equal(entries, 2 * l.by_kind['j']);
    all->by_kind['j'] += l.by_kind['j'];
    all->by_kind['l'] += l.by_kind['l'];
    all->by_kind['t'] += l.by_kind['t'];
}

static void check(struct run *r)
{
    _cleanup_store_ struct store *s = store_place_open(&r->place);
    struct err err = {0};
    struct log all = {0}, turns = {.prefix = "turns/"};
    struct journal_proof proof;
    struct lease_holder holder;
    char key[32], damage[200];
    long sum = 0;
    for (int i = 0; i < WRITERS; i++)
        check_writer(r, s, i, &all);
    for (int i = 0; i < ACCOUNTS; i++) {
        snprintf(key, sizeof key, "account/%d", i);
        sum += number_at(s, key);
    }
    assert_int_equal(sum, ACCOUNTS * START);
    read_log(s, &turns, read_turn);
    assert_int_equal(turns.lines, number_at(s, "turn"));
    assert_int_equal(turns.lines, all.by_kind['l']);
    if (lease_look(s, "leader", &holder, &err) == 0)
        assert_true(holder.token >= turns.token);
    assert_int_equal(journal_verify(s, NULL, &proof, &err), 0);
    assert_int_equal(proof.fault_count, 0);
    assert_int_equal(proof.entries, 2 * all.by_kind['j']);
    journal_proof_release(&proof);
    assert_int_equal(store_check(s, damage, sizeof damage, &err), 0);
    assert_string_equal(damage, "");
    /* Each kind of work was done, so that the above says something. */
    assert_true(all.by_kind['t'] && all.by_kind['j'] && all.by_kind['l']);
}

static void killed_writers_leave_a_whole_store(void **state)
{
    struct run r = {.seed = 20261123};
    char key[32];
    store_place_init(&r.place);
    struct store *s = store_place_open(&r.place);
    for (int i = 0; i < ACCOUNTS; i++) {
        snprintf(key, sizeof key, "account/%d", i);
        store_place_put(s, "crash", key, "100");
    }
    /* No store is open while processes are made: they may not share one. */
    store_free(s);
    assert_int_equal(pipe(r.acks), 0);
    play(&r);
    check(&r);
    store_place_release(&r.place);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(killed_writers_leave_a_whole_store)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
