/* What verifying a journal finds, in a store and in an export: everything. */
#include "base/str.h"
#include "journal/entry.h"
#include "journal_make.h"
#include "store_place.h"

#include "unit.h"

#include <sqlite3.h>
#include <string.h>

#define GROUPS 4
#define ENTRIES 7

static const unsigned char masks[] = {0x01, 0x20, 0x80};

struct fixture {
    struct store_place place;
    struct store *store;
    sqlite3 *raw; /* goes around the store */
    struct str export, text, faults;
    char head[JOURNAL_HASH_HEX + 1];
};

static void run(struct fixture *f, const char *sql)
{
    char *why = NULL;
    if (sqlite3_exec(f->raw, sql, NULL, NULL, &why) != SQLITE_OK)
        fail_msg("%s: %s", sql, why);
}

static int set_up(void **state)
{
    struct fixture *f = calloc(1, sizeof *f);
    store_place_init(&f->place);
    f->store = store_place_open(&f->place);
    journal_make(f->store, GROUPS);
    journal_make_export(f->store, NULL, &f->export);
    assert_int_equal(sqlite3_open(f->place.where + strlen("sqlite://"), &f->raw), SQLITE_OK);
    run(f, "PRAGMA synchronous = OFF; CREATE TEMP TABLE kept AS SELECT * FROM main.item");
    const char *head = strstr(str_c(&f->export), "\"head\":\"");
    snprintf(f->head, sizeof f->head, "%s", head + strlen("\"head\":\""));
    *state = f;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *f = *state;
    sqlite3_close(f->raw);
    store_free(f->store);
    store_place_release(&f->place);
    str_release(&f->export);
    str_release(&f->text);
    str_release(&f->faults);
    free(f);
    return 0;
}

static void restore(struct fixture *f)
{
    run(f, "BEGIN; DELETE FROM main.item; INSERT INTO main.item SELECT * FROM kept; COMMIT");
}

static void expect(struct fixture *f, const char *faults)
{
    assert_string_equal(journal_make_faults(f->store, NULL, &f->faults), faults);
}

static void expect_export(struct fixture *f, struct sv text, const char *faults)
{
    assert_string_equal(journal_make_export_faults(text, NULL, &f->faults), faults);
}

static void whole_journals_have_no_faults(void **state)
{
    struct fixture *f = *state;
    struct err err = {0};
    struct journal_proof proof;
    assert_int_equal(journal_verify(f->store, f->head, &proof, &err), 0);
    assert_int_equal(proof.entries, ENTRIES);
    assert_string_equal(proof.head, f->head);
    assert_int_equal(proof.fault_count, 0);
    journal_proof_release(&proof);
    assert_int_equal(journal_verify_export(str_sv(&f->export), f->head, &proof, &err), 0);
    assert_int_equal(proof.entries, ENTRIES);
    assert_string_equal(proof.head, f->head);
    assert_int_equal(proof.fault_count, 0);
    assert_false(proof.filtered);
    journal_proof_release(&proof);
}

static void an_empty_journal_is_whole(void **state)
{
    struct fixture *f = *state;
    run(f, "DELETE FROM main.item");
    expect(f, "");
    journal_make_export(f->store, NULL, &f->text);
    expect_export(f, str_sv(&f->text), "");
    expect_export(f, SV(""), "0 cut off");
}

/* ---- a store ---- */

struct change {
    const char *sql, *faults;
};

#define ENTRY(n) "sort = 'e/0000000000000000000" #n "'"

static const struct change changes[] = {
    {"DELETE FROM item WHERE " ENTRY(1), "1 missing"},
    {"DELETE FROM item WHERE " ENTRY(4), "4 missing"},
    {"DELETE FROM item WHERE " ENTRY(3) " OR " ENTRY(4) " OR " ENTRY(6), "3 missing, 6 missing"},
    {"DELETE FROM item WHERE " ENTRY(7), "7 cut off"},
    {"DELETE FROM item WHERE sort > 'e/00000000000000000004' AND sort < 'f'", "5 cut off"},
    {"DELETE FROM item WHERE sort < 'f'", "1 cut off"},
    {"DELETE FROM item WHERE sort = 'head'", "0 missing"},
    {"UPDATE item SET body = x'7b7d' WHERE " ENTRY(3), "3 not readable"},
    {"UPDATE item SET body = x'7b7d' WHERE sort = 'head'", "0 not readable"},
    {"UPDATE item SET body = cast(replace(body, 'ann', 'eve') AS BLOB) WHERE " ENTRY(2),
     "2 altered"},
    {"UPDATE item SET body = cast(replace(body, 'seq\":4', 'seq\":5') AS BLOB) WHERE " ENTRY(4),
     "4 altered"},
    {"UPDATE item SET body = (SELECT body FROM item WHERE " ENTRY(3) ") WHERE " ENTRY(5),
     "3 twice, 3 out of order, 5 missing"},
    {"UPDATE item SET body = (SELECT body FROM kept WHERE sort = CASE item.sort "
     "WHEN 'e/00000000000000000003' THEN 'e/00000000000000000004' "
     "ELSE 'e/00000000000000000003' END) WHERE " ENTRY(3) " OR " ENTRY(4),
     "4 out of order, 3 out of order, 3 out of order"},
    {"INSERT INTO item SELECT partition, 'e/00000000000000000008', body, 1, 0 FROM item "
     "WHERE " ENTRY(2),
     "2 twice, 2 out of order"},
    {"UPDATE item SET sort = 'e/00000000000000000009' WHERE " ENTRY(7), "7 out of order"},
    {"UPDATE item SET sort = 'x' WHERE " ENTRY(5), "0 altered, 5 missing"},
    {"UPDATE item SET sort = 'e/5' WHERE " ENTRY(5), "0 altered, 5 missing"},
    {"UPDATE item SET version = 2 WHERE " ENTRY(5), "5 altered"},
    {"UPDATE item SET fence = 2 WHERE " ENTRY(5), "5 altered"},
    {"UPDATE item SET version = 9 WHERE sort = 'head'", "0 altered"},
    {"UPDATE item SET partition = 'j' WHERE " ENTRY(5), "5 missing"},
};

static void what_was_done_to_a_store_is_named(void **state)
{
    struct fixture *f = *state;
    for (size_t i = 0; i < ARRAY_LEN(changes); i++) {
        run(f, changes[i].sql);
        if (strcmp(journal_make_faults(f->store, NULL, &f->faults), changes[i].faults) != 0)
            fail_msg("%s: '%s', expected '%s'", changes[i].sql, str_c(&f->faults),
                     changes[i].faults);
        restore(f);
    }
    expect(f, "");
}

/* Entry 4 anew, by somebody else, with the hash that it then has. */
static void forge(struct fixture *f, struct str *line)
{
    struct err err = {0};
    char prev[JOURNAL_HASH_HEX + 1], hash[JOURNAL_HASH_HEX + 1];
    struct journal_note n = {.kind = "act.done", .subject = "plan/p-12", .actor = "eve@home"};
    const char *fourth = strstr(str_c(&f->export), "{\"seq\":4,");
    snprintf(prev, sizeof prev, "%s", fourth - JOURNAL_HASH_HEX - strlen("\"}\n"));
    assert_int_equal(journal_line_make(&n, 4, prev, line, hash, &err), 0);
}

static void a_forged_entry_is_given_away_by_the_next(void **state)
{
    struct fixture *f = *state;
    _cleanup_str_ struct str line = {0};
    sqlite3_stmt *stmt;
    forge(f, &line);
    assert_int_equal(
        sqlite3_prepare_v2(f->raw, "UPDATE item SET body = ?1 WHERE " ENTRY(4), -1, &stmt, NULL),
        SQLITE_OK);
    sqlite3_bind_blob(stmt, 1, line.data, (int)line.len, SQLITE_STATIC);
    assert_int_equal(sqlite3_step(stmt), SQLITE_DONE);
    sqlite3_finalize(stmt);
    expect(f, "5 altered");
    const char *fourth = strstr(str_c(&f->export), "{\"seq\":4,");
    str_add(&f->text, f->export.data, (size_t)(fourth - f->export.data));
    str_addf(&f->text, "%s%s", str_c(&line), strchr(fourth, '\n'));
    expect_export(f, str_sv(&f->text), "5 altered");
}

static const char *const columns[] = {"partition", "sort", "body", "version", "fence"};

/* Changes byte `at` of the column of the row; false behind its end. */
static bool flip(struct fixture *f, const char *sort, const char *column, size_t at,
                 unsigned char mask, bool *changed)
{
    char sql[256];
    sqlite3_stmt *stmt;
    snprintf(sql, sizeof sql, "SELECT %s FROM kept WHERE sort = '%s'", column, sort);
    assert_int_equal(sqlite3_prepare_v2(f->raw, sql, -1, &stmt, NULL), SQLITE_OK);
    assert_int_equal(sqlite3_step(stmt), SQLITE_ROW);
    int type = sqlite3_column_type(stmt, 0);
    int64_t number = sqlite3_column_int64(stmt, 0);
    size_t len = (size_t)sqlite3_column_bytes(stmt, 0);
    unsigned char bytes[4096] = {0};
    assert_true(len < sizeof bytes);
    memcpy(bytes, sqlite3_column_blob(stmt, 0), len);
    sqlite3_finalize(stmt);
    if (at >= (type == SQLITE_INTEGER ? sizeof number : len))
        return false;
    bytes[at] ^= mask;
    snprintf(sql, sizeof sql, "UPDATE item SET %s = ?1 WHERE sort = '%s'", column, sort);
    assert_int_equal(sqlite3_prepare_v2(f->raw, sql, -1, &stmt, NULL), SQLITE_OK);
    if (type == SQLITE_INTEGER)
        sqlite3_bind_int64(stmt, 1, number ^ (int64_t)((uint64_t)mask << (8 * at)));
    else if (type == SQLITE_TEXT)
        sqlite3_bind_text(stmt, 1, (char *)bytes, (int)len, SQLITE_STATIC);
    else
        sqlite3_bind_blob(stmt, 1, bytes, (int)len, SQLITE_STATIC);
    *changed = sqlite3_step(stmt) == SQLITE_DONE; /* else: the key of another row */
    sqlite3_finalize(stmt);
    return true;
}

static void flip_row(struct fixture *f, const char *sort)
{
    bool changed;
    for (size_t c = 0; c < ARRAY_LEN(columns); c++)
        for (size_t at = 0, m = 0; flip(f, sort, columns[c], at, masks[m], &changed);
             m = (m + 1) % ARRAY_LEN(masks), at += m == 0) {
            if (changed && !*journal_make_faults(f->store, NULL, &f->faults))
                fail_msg("%s of %s: byte %zu changed by %02x is not found", columns[c], sort, at,
                         masks[m]);
            restore(f);
        }
}

static void every_flipped_byte_of_a_store_is_found(void **state)
{
    struct fixture *f = *state;
    char sort[JOURNAL_SORT_MAX];
    for (uint64_t seq = 1; seq <= ENTRIES; seq++)
        flip_row(f, journal_sort(seq, sort));
    flip_row(f, JOURNAL_HEAD_SORT);
    expect(f, "");
}

static void a_head_noted_earlier_proves_the_end(void **state)
{
    struct fixture *f = *state;
    struct err err = {0};
    struct journal_proof proof;
    /* A journal that was replaced by a shorter one is whole in itself. */
    run(f, "DELETE FROM main.item");
    journal_make(f->store, GROUPS - 1);
    expect(f, "");
    assert_string_equal(journal_make_faults(f->store, f->head, &f->faults), "0 missing");
    journal_make_export(f->store, NULL, &f->text);
    assert_string_equal(journal_make_export_faults(str_sv(&f->text), f->head, &f->faults),
                        "0 missing");
    restore(f);
    /* Any entry's hash may have been noted. */
    const char *third = strstr(str_c(&f->export), "{\"seq\":4,");
    assert_non_null(third);
    f->head[0] = '\0';
    strncat(f->head, third - JOURNAL_HASH_HEX - strlen("\"}\n"), JOURNAL_HASH_HEX);
    assert_string_equal(journal_make_faults(f->store, f->head, &f->faults), "");
    assert_int_equal(journal_verify(f->store, "abc", &proof, &err), -1);
    assert_int_equal(err.class, ERR_USAGE);
    journal_proof_release(&proof);
}

/* ---- an export ---- */

struct lines {
    struct sv line[ENTRIES + 1]; /* with newline; the last is the end */
};

static struct lines lines_of(struct sv text)
{
    struct lines l;
    for (size_t i = 0; i < ARRAY_LEN(l.line); i++) {
        size_t n = (size_t)((const char *)memchr(text.ptr, '\n', text.len) - text.ptr) + 1;
        l.line[i] = sv_n(text.ptr, n);
        text = sv_n(text.ptr + n, text.len - n);
    }
    assert_int_equal(text.len, 0);
    return l;
}

/* Lines by their numbers from 1; "8" is the end. */
static struct sv arrange(struct fixture *f, const char *order)
{
    struct lines l = lines_of(str_sv(&f->export));
    str_reset(&f->text);
    for (const char *c = order; *c; c++)
        str_addv(&f->text, l.line[*c - '1']);
    return str_sv(&f->text);
}

static const struct change orders[] = {
    {"12345678", ""},
    {"1245678", "3 missing"},
    {"125678", "3 missing"},
    {"2345678", "1 missing"},
    {"1234568", "7 cut off"},
    {"8", "1 cut off"},
    {"1234567", "7 cut off"},
    {"", "0 cut off"},
    {"12435678", "3 out of order"},
    {"13456782", "7 out of order, 2 out of order"},
    {"123345678", "3 twice"},
    {"123456778", "7 twice"},
    {"123456788", "7 out of order"},
    {"12345687", "6 out of order"},
    {"123123456778", "1 twice, 2 twice, 3 twice, 7 twice"},
};

static void what_was_done_to_an_export_is_named(void **state)
{
    struct fixture *f = *state;
    for (size_t i = 0; i < ARRAY_LEN(orders); i++) {
        const char *got = journal_make_export_faults(arrange(f, orders[i].sql), NULL, &f->faults);
        if (strcmp(got, orders[i].faults) != 0)
            fail_msg("%s: '%s', expected '%s'", orders[i].sql, got, orders[i].faults);
    }
}

/* What comes behind a line that cannot be read is judged for itself. */
static void a_line_that_is_none_hides_no_other(void **state)
{
    struct fixture *f = *state;
    struct lines l = lines_of(str_sv(&f->export));
    str_reset(&f->text);
    for (size_t i = 0; i < ARRAY_LEN(l.line); i++) {
        str_addv(&f->text, l.line[i]);
        if (i == 1)
            str_adds(&f->text, "garbage\n");
    }
    expect_export(f, str_sv(&f->text), "3 not readable");
}

static void expect_found(struct fixture *f, struct sv text, const char *how, size_t a, size_t b)
{
    if (!*journal_make_export_faults(text, NULL, &f->faults) && !sv_eq(text, str_sv(&f->export)))
        fail_msg("%s %zu %zu is not found", how, a, b);
}

static void flip_export(struct fixture *f)
{
    for (size_t at = 0; at < f->export.len; at++)
        for (size_t m = 0; m < ARRAY_LEN(masks); m++) {
            f->export.data[at] ^= (char)masks[m];
            if (!*journal_make_export_faults(str_sv(&f->export), NULL, &f->faults))
                fail_msg("byte %zu changed by %02x is not found", at, masks[m]);
            f->export.data[at] ^= (char)masks[m];
        }
}

static void every_flipped_byte_of_an_export_is_found(void **state)
{
    struct fixture *f = *state;
    flip_export(f);
    expect_export(f, str_sv(&f->export), "");
}

static void every_lost_or_moved_line_of_an_export_is_found(void **state)
{
    struct fixture *f = *state;
    const size_t n = ENTRIES + 1;
    char order[ENTRIES + 3];
    for (size_t a = 0; a < n; a++)
        for (size_t b = 0; b < n; b++) {
            snprintf(order, sizeof order, "12345678");
            order[a] = (char)('1' + b);
            order[b] = (char)('1' + a);
            expect_found(f, arrange(f, order), "swapping", a, b);
            snprintf(order, sizeof order, "%.*s%c%s", (int)a, "12345678", (int)('1' + b),
                     &"12345678"[a]);
            expect_found(f, arrange(f, order), "doubling", a, b);
            snprintf(order, sizeof order, "%.*s%s", (int)(a < b ? a : b), "12345678",
                     &"12345678"[(a < b ? b : a)]);
            expect_found(f, arrange(f, order), "dropping", a, b);
        }
}

static void every_cut_of_an_export_is_found(void **state)
{
    struct fixture *f = *state;
    for (size_t len = 0; len < f->export.len; len++) {
        expect_found(f, sv_n(f->export.data, len), "keeping", len, 0);
        if (len)
            expect_found(f, sv_n(f->export.data + len, f->export.len - len), "beginning at", len,
                         0);
    }
}

static void filtered_exports_are_checked_as_far_as_they_go(void **state)
{
    struct fixture *f = *state;
    struct journal_filter filter = {.subject = "plan/p-1"};
    str_reset(&f->export);
    journal_make_export(f->store, &filter, &f->export);
    assert_non_null(strstr(str_c(&f->export), "\"filtered\":true"));
    expect_export(f, str_sv(&f->export), "");
    flip_export(f);
    every_cut_of_an_export_is_found(state);
    struct sv whole = str_sv(&f->export), rest = whole;
    struct sv first = sv_split(&rest, '\n'), second = sv_split(&rest, '\n');
    expect_export(f, rest, "0 missing");
    str_reset(&f->text);
    str_addf(&f->text, "%.*s\n%.*s\n%.*s", SV_ARG(second), SV_ARG(first), SV_ARG(rest));
    expect_export(f, str_sv(&f->text), "1 out of order");
}

static void a_store_is_no_export(void **state)
{
    struct err err = {0};
    struct journal_proof proof;
    assert_int_equal(journal_verify_export(SV("SQLite format 3"), NULL, &proof, &err), -1);
    assert_int_equal(err.class, ERR_INPUT);
    assert_non_null(strstr(err.hint, "--store"));
    journal_proof_release(&proof);
}

static void faults_are_counted_beyond_those_kept(void **state)
{
    struct err err = {0};
    struct journal_proof proof;
    _cleanup_str_ struct str text = {0};
    str_fill(&text, '\n', 3 * JOURNAL_FAULTS_MAX);
    assert_int_equal(journal_verify_export(str_sv(&text), NULL, &proof, &err), 0);
    assert_int_equal(proof.fault_count, 3 * JOURNAL_FAULTS_MAX);
    assert_int_equal(proof.faults.len, JOURNAL_FAULTS_MAX);
    journal_proof_release(&proof);
}

#define VERIFY_TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        VERIFY_TEST(whole_journals_have_no_faults),
        VERIFY_TEST(an_empty_journal_is_whole),
        VERIFY_TEST(what_was_done_to_a_store_is_named),
        VERIFY_TEST(a_forged_entry_is_given_away_by_the_next),
        VERIFY_TEST(every_flipped_byte_of_a_store_is_found),
        VERIFY_TEST(a_head_noted_earlier_proves_the_end),
        VERIFY_TEST(what_was_done_to_an_export_is_named),
        VERIFY_TEST(a_line_that_is_none_hides_no_other),
        VERIFY_TEST(every_flipped_byte_of_an_export_is_found),
        VERIFY_TEST(every_lost_or_moved_line_of_an_export_is_found),
        VERIFY_TEST(every_cut_of_an_export_is_found),
        VERIFY_TEST(filtered_exports_are_checked_as_far_as_they_go),
        cmocka_unit_test(a_store_is_no_export),
        cmocka_unit_test(faults_are_counted_beyond_those_kept),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
