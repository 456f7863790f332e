/* Appending to the journal and reading it. */
#include "base/str.h"
#include "journal/entry.h"
#include "journal_make.h"
#include "store/lease.h"
#include "store_place.h"

#include "unit.h"

#include <string.h>
#include <sys/wait.h>

struct fixture {
    struct store_place place;
    struct store *store;
    struct str text;
    struct arena arena;
};

static int set_up(void **state)
{
    struct fixture *f = calloc(1, sizeof *f);
    store_place_init(&f->place);
    f->store = store_place_open(&f->place);
    *state = f;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *f = *state;
    store_free(f->store);
    store_place_release(&f->place);
    str_release(&f->text);
    arena_release(&f->arena);
    free(f);
    return 0;
}

static struct journal_note note_of(const char *kind, const char *data)
{
    return (struct journal_note){
        .kind = kind, .subject = "plan/p-1", .actor = "ann@b", .at_ms = 1, .data = sv_of(data)};
}

static void must_append(struct store *s, const struct journal_note *notes, size_t count)
{
    struct err err = {0};
    if (journal_append(s, notes, count, NULL, 0, NULL, &err) < 0)
        fail_msg("%s", err.msg);
}

static int collect_seqs(void *ctx, const struct journal_entry *e, struct err *err)
{
    str_addf(ctx, "%llu ", (unsigned long long)e->seq);
    return 0;
}

static void must_read(struct fixture *f, struct journal_filter filter, const char *want)
{
    struct err err = {0};
    str_reset(&f->text);
    if (journal_read(f->store, &filter, collect_seqs, &f->text, &err) < 0)
        fail_msg("%s", err.msg);
    assert_string_equal(str_c(&f->text), want);
}

static int keep_entry(void *ctx, const struct journal_entry *e, struct err *err)
{
    struct fixture *f = ctx;
    assert_int_equal(e->seq, 1);
    assert_int_equal(e->at_ms, 1795392000007);
    assert_string_equal(e->kind, "act.done");
    assert_string_equal(e->subject, "plan/p-1/\xe7\x95\xaa\n\"x\"");
    assert_string_equal(e->actor, "ann@b");
    assert_string_equal(e->prev, journal_no_hash);
    assert_true(sv_is(e->data, "{\"a\":[1,-2.50,{}],\"\xe7\x95\xaa\":\"\\n\"}"));
    journal_entry_json(e, &f->text);
    return 1;
}

static void an_entry_is_one_line_that_names_its_hash(void **state)
{
    struct fixture *f = *state;
    struct err err = {0};
    char digest[JOURNAL_HASH_HEX + 1];
    struct journal_note n = {
        .kind = "act.done",
        .subject = "plan/p-1/\xe7\x95\xaa\n\"x\"",
        .actor = "ann@b",
        .at_ms = 1795392000007,
        .data = SV(" { \"a\" : [1, -2.50,\n {}] , \"\\u756a\":\"\\u000a\" } "),
    };
    must_append(f->store, &n, 1);
    must_append(f->store, &n, 1);
    if (journal_read(f->store, NULL, keep_entry, f, &err) < 0)
        fail_msg("%s", err.msg);
    /* docs/format/journal.md: the hash covers the line up to the comma before "hash". */
    struct sv line = sv_trim(str_sv(&f->text));
    struct sv hashed = sv_n(line.ptr, line.len - strlen(",\"hash\":\"\"}") - JOURNAL_HASH_HEX);
    assert_true(journal_digest(hashed, digest));
    assert_memory_equal(hashed.ptr + hashed.len, ",\"hash\":\"", 9);
    assert_memory_equal(hashed.ptr + hashed.len + 9, digest, JOURNAL_HASH_HEX);
    assert_string_equal(store_place_get(f->store, "journal", "e/00000000000000000001", &f->arena),
                        arena_dup(&f->arena, line));
    assert_null(memchr(line.ptr, '\n', line.len));
}

/* By sha256sum of the text, without the code of this program. */
static void digests_are_those_of_sha256(void **state)
{
    char digest[JOURNAL_HASH_HEX + 1];
    assert_true(journal_digest(SV("abc"), digest));
    assert_string_equal(digest, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    assert_true(journal_is_hash(sv_of(digest)));
    digest[5] = 'G';
    assert_false(journal_is_hash(sv_of(digest)));
}

static void filters_take_what_they_name(void **state)
{
    struct fixture *f = *state;
    journal_make(f->store, 6);
    int64_t first = 1795392000000;
    must_read(f, (struct journal_filter){0}, "1 2 3 4 5 6 7 8 9 10 11 12 ");
    must_read(f, (struct journal_filter){.subject = "plan/p-1"}, "1 2 5 6 9 10 ");
    must_read(f, (struct journal_filter){.subject = "plan/p-1/drain"}, "2 6 10 ");
    must_read(f, (struct journal_filter){.subject = "plan"}, "1 2 3 4 5 6 7 8 9 10 11 12 ");
    must_read(f, (struct journal_filter){.subject = "pla"}, "");
    must_read(f, (struct journal_filter){.kind = "act."}, "3 4 8 9 ");
    must_read(f, (struct journal_filter){.from_ms = first + 3000, .to_ms = first + 6000}, "3 4 ");
    must_read(f, (struct journal_filter){.after = 10}, "11 12 ");
    must_read(f, (struct journal_filter){.after = 12}, "");
    must_read(f, (struct journal_filter){.last = 2}, "11 12 ");
    must_read(f, (struct journal_filter){.last = 99}, "1 2 3 4 5 6 7 8 9 10 11 12 ");
    must_read(f, (struct journal_filter){.last = 5, .after = 10}, "11 12 ");
    must_read(f, (struct journal_filter){.last = 3, .subject = "plan/p-1"}, "6 9 10 ");
}

static int stop_or_fail(void *ctx, const struct journal_entry *e, struct err *err)
{
    int *how = ctx;
    return *how < 0 ? err_set(err, ERR_BUG, "enough at %d", (int)e->seq) : *how;
}

static void reading_ends_when_it_is_told_to(void **state)
{
    struct fixture *f = *state;
    journal_make(f->store, 3);
    for (uint32_t last = 0; last < 3; last += 2) {
        struct err err = {0};
        struct journal_filter filter = {.last = last};
        assert_int_equal(journal_read(f->store, &filter, stop_or_fail, &(int){1}, &err), 0);
        assert_int_equal(journal_read(f->store, &filter, stop_or_fail, &(int){-1}, &err), -1);
        assert_string_equal(err.msg, last ? "enough at 5" : "enough at 1");
    }
}

static void what_goes_along_is_done_or_nothing_is(void **state)
{
    struct fixture *f = *state;
    struct err err = {0};
    size_t failed = 7;
    struct journal_note n[2] = {note_of("a", NULL), note_of("b", "{}")};
    struct store_write also[2] = {
        {.condition = STORE_ABSENT, .key = {"plan", "p-1"}, .body = SV("x")},
        {.condition = STORE_AT_VERSION, .key = {"plan", "p-2"}, .expect = 1, .body = SV("y")},
    };
    assert_int_equal(journal_append(f->store, n, 2, also, 2, &failed, &err), -1);
    assert_int_equal(err.class, ERR_CONFLICT);
    assert_int_equal(failed, 1);
    must_read(f, (struct journal_filter){0}, "");
    assert_null(store_place_get(f->store, "plan", "p-1", &f->arena));
    also[1].condition = STORE_ABSENT;
    assert_int_equal(journal_append(f->store, n, 2, also, 2, &failed, &err), 0);
    assert_true(failed == STORE_NO_WRITE);
    must_read(f, (struct journal_filter){0}, "1 2 ");
    assert_string_equal(store_place_get(f->store, "plan", "p-2", &f->arena), "y");
    /* Without notes it is a plain write. */
    assert_int_equal(journal_append(f->store, NULL, 0, also, 2, &failed, &err), -1);
    assert_int_equal(failed, 0);
    assert_int_equal(journal_append(f->store, NULL, 0, NULL, 0, &failed, &err), 0);
}

static void a_lost_lease_writes_no_entry(void **state)
{
    struct fixture *f = *state;
    struct err err = {0};
    struct lease *l;
    size_t failed;
    struct journal_note n = note_of("act.intent", NULL);
    assert_int_equal(lease_acquire(f->store, "plan/p-1", NULL, &l, NULL, &err), 0);
    struct store_write guard = lease_guard(l);
    assert_int_equal(journal_append(f->store, &n, 1, &guard, 1, &failed, &err), 0);
    struct store_write theft = {.key = {"lease", "plan/p-1"}, .body = SV("{}"), .fence = 2};
    assert_int_equal(store_write(f->store, &theft, 1, NULL, &err), 0);
    assert_int_equal(journal_append(f->store, &n, 1, &guard, 1, &failed, &err), -1);
    assert_int_equal(err.class, ERR_CONFLICT);
    assert_int_equal(failed, 0);
    must_read(f, (struct journal_filter){0}, "1 ");
    lease_free(l);
}

static void must_refuse(struct fixture *f, struct journal_note n, size_t count,
                        enum err_class class)
{
    struct err err = {0};
    struct journal_note notes[JOURNAL_NOTES_MAX + 1];
    for (size_t i = 0; i < ARRAY_LEN(notes); i++)
        notes[i] = n;
    assert_int_equal(journal_append(f->store, notes, count, NULL, 0, NULL, &err), -1);
    assert_int_equal(err.class, class);
    must_read(f, (struct journal_filter){0}, "");
}

static void notes_that_are_none_are_refused(void **state)
{
    struct fixture *f = *state;
    static const char *const bad_data[] = {"", "[]", "1", "null", "\"x\"", "{} {}"};
    static const char *const broken_data[] = {"{", "{\"a\" 1}", "{\"a\":}", "{\"a\":\"\n\"}"};
    for (size_t i = 0; i < ARRAY_LEN(bad_data); i++)
        must_refuse(f, note_of("a", bad_data[i]), 1, ERR_BUG);
    for (size_t i = 0; i < ARRAY_LEN(broken_data); i++)
        must_refuse(f, note_of("a", broken_data[i]), 1, ERR_INPUT);
    must_refuse(f, note_of("", NULL), 1, ERR_BUG);
    must_refuse(f, note_of("Plan made", NULL), 1, ERR_BUG);
    struct journal_note n = note_of("a", NULL);
    must_refuse(f, n, JOURNAL_NOTES_MAX + 1, ERR_BUG);
    n.actor = "";
    must_refuse(f, n, 1, ERR_BUG);
    n = note_of("a", NULL);
    n.at_ms = -1;
    must_refuse(f, n, 1, ERR_LOCAL);
    _cleanup_str_ struct str big = {0};
    str_adds(&big, "{\"a\":\"");
    str_fill(&big, 'x', STORE_BODY_MAX);
    str_adds(&big, "\"}");
    must_refuse(f, note_of("a", str_c(&big)), 1, ERR_LIMIT);
}

static void nobody_else_writes_entries(void **state)
{
    struct fixture *f = *state;
    struct err err = {0};
    struct journal_note n = note_of("a", NULL);
    struct store_write w = {.key = {"journal", "e/00000000000000000009"}};
    assert_int_equal(journal_append(f->store, &n, 1, &w, 1, NULL, &err), -1);
    assert_int_equal(err.class, ERR_BUG);
}

static void a_damaged_journal_is_not_continued(void **state)
{
    struct fixture *f = *state;
    struct err err = {0};
    struct journal_note n = note_of("a", NULL);
    journal_make(f->store, 1);
    store_place_put(f->store, "journal", "e/00000000000000000002", "x");
    assert_int_equal(journal_append(f->store, &n, 1, NULL, 0, NULL, &err), -1);
    assert_int_equal(err.class, ERR_INPUT);
    assert_non_null(strstr(err.hint, "toban journal verify --store "));
    assert_non_null(strstr(err.hint, store_where(f->store)));
    assert_int_equal(journal_read(f->store, NULL, collect_seqs, &f->text, &err), -1);
    assert_int_equal(err.class, ERR_INPUT);
    store_place_put(f->store, "journal", "head", "x");
    err_clear(&err);
    assert_int_equal(journal_append(f->store, &n, 1, NULL, 0, NULL, &err), -1);
    assert_int_equal(err.class, ERR_INPUT);
}

/* ---- several at once ---- */

#define WRITERS 4
#define ROUNDS 25

static int append_many(const struct store_place *place, int writer)
{
    _cleanup_store_ struct store *s = store_place_open(place);
    char subject[32];
    snprintf(subject, sizeof subject, "writer/%d", writer);
    for (int i = 0; i < ROUNDS; i++) {
        struct err err = {0};
        struct journal_note n[2] = {note_of("a", NULL), note_of("b", NULL)};
        n[0].subject = n[1].subject = subject;
        n[0].at_ms = n[1].at_ms = i;
        if (journal_append(s, n, 2, NULL, 0, NULL, &err) < 0)
            return fprintf(stderr, "%s\n", err.msg), 1;
    }
    return 0;
}

struct order {
    int at[WRITERS];
    char expect; /* the second of a pair comes right behind the first */
    int writer;
};

static int check_order(void *ctx, const struct journal_entry *e, struct err *err)
{
    struct order *o = ctx;
    int writer = e->subject[strlen("writer/")] - '0';
    assert_int_equal(e->kind[0], o->expect);
    if (o->expect == 'a')
        assert_int_equal(e->at_ms, o->at[writer]++);
    else
        assert_int_equal(writer, o->writer);
    o->writer = writer;
    o->expect = o->expect == 'a' ? 'b' : 'a';
    return 0;
}

static void races_are_tried_again(void **state)
{
    struct fixture *f = *state;
    struct order order = {.expect = 'a'};
    struct err err = {0};
    pid_t pids[WRITERS];
    store_free(f->store);
    f->store = NULL;
    for (int i = 0; i < WRITERS; i++)
        if ((pids[i] = fork()) == 0)
            _exit(append_many(&f->place, i));
    for (int i = 0; i < WRITERS; i++) {
        int status;
        assert_int_equal(waitpid(pids[i], &status, 0), pids[i]);
        assert_int_equal(status, 0);
    }
    f->store = store_place_open(&f->place);
    assert_string_equal(journal_make_faults(f->store, NULL, &f->text), "");
    assert_int_equal(journal_read(f->store, NULL, check_order, &order, &err), 0);
    for (int i = 0; i < WRITERS; i++)
        assert_int_equal(order.at[i], ROUNDS);
}

#define JOURNAL_TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        JOURNAL_TEST(an_entry_is_one_line_that_names_its_hash),
        cmocka_unit_test(digests_are_those_of_sha256),
        JOURNAL_TEST(filters_take_what_they_name),
        JOURNAL_TEST(reading_ends_when_it_is_told_to),
        JOURNAL_TEST(what_goes_along_is_done_or_nothing_is),
        JOURNAL_TEST(a_lost_lease_writes_no_entry),
        JOURNAL_TEST(notes_that_are_none_are_refused),
        JOURNAL_TEST(nobody_else_writes_entries),
        JOURNAL_TEST(a_damaged_journal_is_not_continued),
        JOURNAL_TEST(races_are_tried_again),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
