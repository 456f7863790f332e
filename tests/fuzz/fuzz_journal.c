/* The journal: whatever the bytes, an export is judged, and one without faults has some as soon as
 * a byte of it changes; an entry with the right hash is read or refused; what is taken as data of
 * an entry comes back as it is kept, and is kept the same way again. */
#include "fuzz.h"

#include "base/str.h"
#include "journal/entry.h"

#include <stdlib.h>

static bool has_faults(struct sv text)
{
    struct journal_proof proof = {0};
    struct err err = {0};
    bool found = journal_verify_export(text, NULL, &proof, &err) < 0 || proof.fault_count;
    if (proof.faults.len > JOURNAL_FAULTS_MAX || proof.faults.len > proof.fault_count)
        abort();
    journal_proof_release(&proof);
    return found;
}

static void try_export(struct sv text)
{
    if (has_faults(text) || !text.len)
        return;
    _cleanup_str_ struct str copy = {0};
    str_addv(&copy, text);
    for (size_t at = text.len % 7; at < text.len; at += 7) {
        copy.data[at] ^= 0x04;
        if (!has_faults(str_sv(&copy)))
            abort();
        copy.data[at] ^= 0x04;
    }
}

/* With the hash put right, so that the reader behind it is reached. */
static void try_entry(struct sv text)
{
    _cleanup_str_ struct str line = {0};
    _cleanup_arena_ struct arena a = {0};
    struct journal_entry e;
    struct journal_head head;
    struct journal_end end;
    char hash[JOURNAL_HASH_HEX + 1];
    journal_head_parse(text, &head);
    str_addv(&line, text);
    journal_seal(&line, 0, hash);
    if (text.len && !journal_seal_holds(str_sv(&line)))
        abort();
    journal_end_parse(str_sv(&line), &end);
    if (journal_line_read(str_sv(&line), &a, &e) == LINE_ALTERED)
        abort();
}

static void try_data(struct sv text)
{
    _cleanup_str_ struct str line = {0}, again = {0};
    _cleanup_arena_ struct arena a = {0};
    struct err err = {0};
    struct journal_entry e;
    char hash[JOURNAL_HASH_HEX + 1], second[JOURNAL_HASH_HEX + 1];
    struct journal_note n = {.kind = "a", .subject = "s", .actor = "a", .at_ms = 1, .data = text};
    if (journal_line_make(&n, 1, journal_no_hash, &line, hash, &err) < 0)
        return;
    if (journal_line_read(str_sv(&line), &a, &e) != LINE_GOOD || sv_has(str_sv(&line), "\n"))
        abort();
    n.data = e.data;
    if (journal_line_make(&n, 1, journal_no_hash, &again, second, &err) < 0 ||
        !sv_eq(str_sv(&line), str_sv(&again)))
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct sv text = sv_n((const char *)data, size);
    try_export(text);
    try_entry(text);
    try_data(text);
    return 0;
}
