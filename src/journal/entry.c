#include "journal/entry.h"

#include "base/jsonw.h"
#include "base/must.h"
#include "base/timestamp.h"
#include "doc/pull.h"

#include <openssl/evp.h>

#define HASH_KEY ",\"hash\":\""
#define TAIL_LEN (strlen(HASH_KEY) + JOURNAL_HASH_HEX + strlen("\"}"))
#define END_KEY "{\"end\":true,"
#define AT_MAX_MS ((int64_t)253402300800000) /* the year 10000 */
#define AT_LEN (strlen("2026-11-23T01:02:03.004Z"))

const char journal_no_hash[JOURNAL_HASH_HEX + 1] =
    "0000000000000000000000000000000000000000000000000000000000000000";

static const char hex_digits[16] = "0123456789abcdef";

const char *journal_sort(uint64_t seq, char buf[static JOURNAL_SORT_MAX])
{
    snprintf(buf, JOURNAL_SORT_MAX, JOURNAL_ENTRY_PREFIX "%020llu", (unsigned long long)seq);
    return buf;
}

bool journal_digest(struct sv text, char out[static JOURNAL_HASH_HEX + 1])
{
    unsigned char digest[EVP_MAX_MD_SIZE] = {0};
    if (EVP_Digest(text.len ? text.ptr : "", text.len, digest, NULL, EVP_sha256(), NULL) != 1)
        return false;
    for (size_t i = 0; i < JOURNAL_HASH_HEX; i++)
        out[i] = hex_digits[digest[i / 2] >> (i % 2 ? 0 : 4) & 15];
    out[JOURNAL_HASH_HEX] = '\0';
    return true;
}

bool journal_is_hash(struct sv text)
{
    if (text.len != JOURNAL_HASH_HEX)
        return false;
    for (size_t i = 0; i < JOURNAL_HASH_HEX; i++)
        if (!memchr(hex_digits, text.ptr[i], sizeof hex_digits))
            return false;
    return true;
}

void journal_seal(struct str *out, size_t start, char hash[static JOURNAL_HASH_HEX + 1])
{
    if (!journal_digest(sv_n(str_c(out) + start, out->len - start), hash)) {
        out->failed = true;
        return;
    }
    str_addf(out, HASH_KEY "%s\"}", hash);
}

bool journal_seal_holds(struct sv line)
{
    char hash[JOURNAL_HASH_HEX + 1];
    if (line.len <= TAIL_LEN || !sv_ends(line, "\"}"))
        return false;
    /* To say that it does not hold would be wrong. */
    if (!journal_digest(sv_n(line.ptr, line.len - TAIL_LEN), hash))
        must_fail_nomem();
    const char *tail = line.ptr + line.len - TAIL_LEN;
    return memcmp(tail, HASH_KEY, strlen(HASH_KEY)) == 0 &&
           memcmp(tail + strlen(HASH_KEY), hash, JOURNAL_HASH_HEX) == 0;
}

/* ---- writing ---- */

static void add_time(struct jsonw *w, int64_t at_ms)
{
    char seconds[TIMESTAMP_TEXT_MAX], text[TIMESTAMP_TEXT_MAX + 8];
    timestamp_format(at_ms / 1000, seconds);
    snprintf(text, sizeof text, "%.19s.%03dZ", seconds, (int)(at_ms % 1000));
    jsonw_kv_str(w, "at", text);
}

/* All but the hash, and without the closing brace: what is hashed. */
static void add_hashed(struct str *out, const struct journal_entry *e)
{
    struct jsonw w;
    jsonw_init(&w, out, 0);
    jsonw_object(&w);
    jsonw_kv_int(&w, "seq", (long long)e->seq);
    add_time(&w, e->at_ms);
    jsonw_kv_str(&w, "kind", e->kind);
    jsonw_kv_str(&w, "subject", e->subject);
    jsonw_kv_str(&w, "actor", e->actor);
    jsonw_key(&w, "data");
    jsonw_raw(&w, e->data.ptr ? e->data : SV("{}"));
    jsonw_kv_str(&w, "prev", e->prev);
}

void journal_entry_json(const struct journal_entry *e, struct str *out)
{
    str_addv(out, e->line);
    str_addc(out, '\n');
}

/* Copies one value without white space and with one way to write each text, so that it fits on a
 * line and equal data has equal hashes. */
static void copy_value(struct pull *p, struct jsonw *w)
{
    struct sv text;
    switch (pull_peek(p)) {
    case PULL_MAP:
        jsonw_object(w);
        if (pull_map(p))
            while (pull_key(p, &text)) {
                jsonw_key_sv(w, text);
                copy_value(p, w);
            }
        jsonw_object_end(w);
        break;
    case PULL_SEQ:
        jsonw_array(w);
        if (pull_seq(p))
            while (pull_item(p))
                copy_value(p, w);
        jsonw_array_end(w);
        break;
    case PULL_STRING:
        if (pull_string(p, &text))
            jsonw_sv(w, text);
        break;
    default:
        if (pull_raw(p, &text))
            jsonw_raw(w, text);
    }
}

static int copy_data(struct sv data, struct str *out, struct err *err)
{
    _cleanup_arena_ struct arena a = {0};
    struct jsonw w;
    struct pull p;
    if (!data.ptr)
        data = SV("{}");
    pull_init(&p, data, &a);
    jsonw_init(&w, out, 0);
    if (pull_peek(&p) != PULL_MAP)
        return err_set(err, ERR_BUG, "data of a journal entry is no JSON object");
    copy_value(&p, &w);
    if (!pull_ok(&p))
        return pull_error(&p, "data of a journal entry", err);
    if (!pull_done(&p))
        return err_set(err, ERR_BUG, "data of a journal entry: more behind the object");
    return str_ok(out) ? 0 : err_set(err, ERR_LIMIT, "data of a journal entry is too deep or long");
}

static int check_note(const struct journal_note *n, struct err *err)
{
    if (!n->kind || !*n->kind || n->kind[strspn(n->kind, "abcdefghijklmnopqrstuvwxyz0123456789.-")])
        return err_set(err, ERR_BUG, "journal entry of kind '%s'", n->kind ? n->kind : "");
    if (!n->subject || !*n->subject || !n->actor || !*n->actor)
        return err_set(err, ERR_BUG, "journal entry '%s' without subject or actor", n->kind);
    if (n->at_ms < 0 || n->at_ms >= AT_MAX_MS)
        return err_set(err, ERR_LOCAL, "journal entry '%s': this machine's clock is out of range",
                       n->kind);
    return 0;
}

int journal_line_make(const struct journal_note *note, uint64_t seq, const char *prev,
                      struct str *out, char hash[static JOURNAL_HASH_HEX + 1], struct err *err)
{
    _cleanup_str_ struct str data = {0};
    if (check_note(note, err) < 0 || copy_data(note->data, &data, err) < 0)
        return -1;
    struct journal_entry e = {
        .seq = seq,
        .at_ms = note->at_ms,
        .kind = note->kind,
        .subject = note->subject,
        .actor = note->actor,
        .data = str_sv(&data),
    };
    snprintf(e.prev, sizeof e.prev, "%s", prev);
    size_t start = out->len;
    add_hashed(out, &e);
    if (!str_ok(out))
        return err_nomem(err, "writing the journal");
    journal_seal(out, start, hash);
    return str_ok(out) ? 0 : err_nomem(err, "writing the journal");
}

/* ---- reading ---- */

static bool parse_time(struct sv text, int64_t *ms)
{
    int64_t seconds;
    uint64_t fraction;
    if (text.len != AT_LEN || text.ptr[19] != '.' || text.ptr[23] != 'Z' ||
        !sv_to_u64(sv_n(text.ptr + 20, 3), &fraction) || !timestamp_parse(text, &seconds))
        return false;
    *ms = seconds * 1000 + (int64_t)fraction;
    return seconds >= 0;
}

/* The next member, when it has that key and is a string. */
static bool next_text(struct pull *p, const char *key, struct sv *out)
{
    struct sv got;
    return pull_key(p, &got) && sv_is(got, key) && pull_string(p, out);
}

static bool next_copy(struct pull *p, const char *key, struct arena *a, const char **out)
{
    struct sv text;
    return next_text(p, key, &text) && (*out = arena_dup(a, text));
}

static bool next_hash(struct pull *p, const char *key, char out[static JOURNAL_HASH_HEX + 1])
{
    struct sv text;
    if (!next_text(p, key, &text) || !journal_is_hash(text))
        return false;
    memcpy(out, text.ptr, JOURNAL_HASH_HEX);
    out[JOURNAL_HASH_HEX] = '\0';
    return true;
}

static bool next_number(struct pull *p, const char *key, uint64_t *out)
{
    struct sv got;
    int64_t number;
    if (!pull_key(p, &got) || !sv_is(got, key) || !pull_i64(p, &number) || number < 0)
        return false;
    *out = (uint64_t)number;
    return true;
}

static bool next_flag(struct pull *p, const char *key, bool *out)
{
    struct sv got;
    return pull_key(p, &got) && sv_is(got, key) && pull_bool(p, out);
}

static bool next_data(struct pull *p, struct sv *out)
{
    struct sv got;
    return pull_key(p, &got) && sv_is(got, "data") && pull_peek(p) == PULL_MAP && pull_raw(p, out);
}

static bool at_end(struct pull *p)
{
    struct sv key;
    return !pull_key(p, &key) && pull_ok(p) && pull_done(p);
}

/* Members in their order and nothing else. */
static bool read_members(struct sv line, struct arena *a, struct journal_entry *e)
{
    struct pull p;
    struct sv at;
    pull_init(&p, line, a);
    return pull_map(&p) && next_number(&p, "seq", &e->seq) && e->seq > 0 &&
           next_text(&p, "at", &at) && parse_time(at, &e->at_ms) &&
           next_copy(&p, "kind", a, &e->kind) && next_copy(&p, "subject", a, &e->subject) &&
           next_copy(&p, "actor", a, &e->actor) && next_data(&p, &e->data) &&
           next_hash(&p, "prev", e->prev) && next_hash(&p, "hash", e->hash) && at_end(&p);
}

enum journal_line journal_line_read(struct sv line, struct arena *a, struct journal_entry *out)
{
    *out = (struct journal_entry){.line = line};
    if (!read_members(line, a, out))
        return LINE_UNREADABLE;
    return journal_seal_holds(line) ? LINE_GOOD : LINE_ALTERED;
}

/* ---- the end of an export ---- */

void journal_end_format(const struct journal_end *end, struct str *out)
{
    char hash[JOURNAL_HASH_HEX + 1];
    size_t start = out->len;
    str_addf(out, END_KEY "\"entries\":%llu,\"last\":%llu,\"head\":\"%s\",\"filtered\":%s",
             (unsigned long long)end->entries, (unsigned long long)end->last, end->head,
             end->filtered ? "true" : "false");
    journal_seal(out, start, hash);
}

bool journal_end_begins(struct sv line)
{
    return sv_starts(line, END_KEY);
}

bool journal_end_parse(struct sv line, struct journal_end *out)
{
    struct pull p;
    char hash[JOURNAL_HASH_HEX + 1];
    *out = (struct journal_end){0};
    pull_init(&p, line, NULL);
    return journal_end_begins(line) && pull_map(&p) && next_flag(&p, "end", &out->filtered) &&
           next_number(&p, "entries", &out->entries) && next_number(&p, "last", &out->last) &&
           next_hash(&p, "head", out->head) && next_flag(&p, "filtered", &out->filtered) &&
           next_hash(&p, "hash", hash) && at_end(&p) && journal_seal_holds(line);
}

/* ---- the head ---- */

void journal_head_format(const struct journal_head *head, struct str *out)
{
    str_addf(out, "{\"seq\":%llu,\"appends\":%llu,\"hash\":\"%s\"}", (unsigned long long)head->seq,
             (unsigned long long)head->appends, head->hash);
}

bool journal_head_parse(struct sv text, struct journal_head *out)
{
    struct pull p;
    _cleanup_str_ struct str again = {0};
    *out = (struct journal_head){0};
    pull_init(&p, text, NULL);
    if (!pull_map(&p) || !next_number(&p, "seq", &out->seq) ||
        !next_number(&p, "appends", &out->appends) || !next_hash(&p, "hash", out->hash) ||
        !at_end(&p))
        return false;
    journal_head_format(out, &again);
    return sv_eq(str_sv(&again), text);
}
