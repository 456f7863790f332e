#include "base/duration.h"
#include "base/io.h"
#include "base/jsonw.h"
#include "base/text.h"
#include "cmd/cmd.h"
#include "cmd/journal_print.h"

#define SHOWN_USUALLY 50
#define EXPORT_MAX ((size_t)1 << 30)

enum journal_word { WORD_VERIFY, WORD_SHOW, WORD_EXPORT, WORDS };

static const char *const words[] = {
    [WORD_VERIFY] = "verify", [WORD_SHOW] = "show", [WORD_EXPORT] = "export", NULL};

#define BIT(word) (1u << WORD_##word)

/* Options that mean nothing to some of the words. */
static const struct {
    const char *option;
    unsigned words;
} limited[] = {
    {"all", BIT(SHOW)},
    {"head", BIT(VERIFY)},
    {"last", BIT(SHOW) | BIT(EXPORT)},
    {"plan", BIT(SHOW) | BIT(EXPORT)},
    {"since", BIT(SHOW) | BIT(EXPORT)},
};

static int check_words(const struct cmd_ctx *ctx, enum journal_word word, struct err *err)
{
    const char *format = cmd_value(ctx, "output");
    for (size_t i = 0; i < ARRAY_LEN(limited); i++)
        if (cmd_given(ctx, limited[i].option) && !(limited[i].words & 1u << word))
            return cmd_usage(ctx, err, "--%s is not for '%s'", limited[i].option, words[word]);
    if (word != WORD_VERIFY && ctx->operand_count > 1)
        return cmd_usage(ctx, err, "'%s' is not expected after '%s'", ctx->operands[1],
                         words[word]);
    if (word == WORD_VERIFY && ctx->operand_count > 1 && cmd_given(ctx, "store"))
        return cmd_usage(ctx, err, "verify what? A file and --store were given");
    if (word != WORD_EXPORT && format && strcmp(format, "table") && strcmp(format, "json"))
        return cmd_usage(ctx, err, "--output %s: for '%s' one of table, json is expected", format,
                         words[word]);
    return 0;
}

static bool wants_json(const struct cmd_ctx *ctx)
{
    const char *format = cmd_value(ctx, "output");
    return format && strcmp(format, "json") == 0;
}

static int open_store(const struct cmd_ctx *ctx, struct store **out, struct err *err)
{
    if (store_open_to_read(cmd_value(ctx, "store"), out, err) == 0)
        return 0;
    if (err->class == ERR_NOT_FOUND && !*err->hint)
        err_hint(err, "toban makes it with the first plan; --store FILE names another");
    return -1;
}

static int print_text(const struct cmd_ctx *ctx, const struct str *text, struct err *err)
{
    if (!str_ok(text))
        return err_nomem(err, "printing the journal");
    fwrite(str_c(text), 1, text->len, ctx->out);
    return 0;
}

/* ---- verify ---- */

static int read_export(const char *path, struct str *text, struct err *err)
{
    int rc = strcmp(path, "-") ? io_read_file(path, EXPORT_MAX, text, err)
                               : io_read_fd(STDIN_FILENO, "standard input", EXPORT_MAX, text, err);
    if (rc < 0 && err->class == ERR_LIMIT)
        err_hint(err, "export less at a time: toban journal export --since DURATION");
    return rc;
}

static int verify_export(const struct cmd_ctx *ctx, const char *path, struct journal_proof *proof,
                         struct err *err)
{
    _cleanup_str_ struct str text;
    str_init(&text, EXPORT_MAX + ((size_t)1 << 20));
    if (read_export(path, &text, err) < 0)
        return -1;
    if (journal_verify_export(str_sv(&text), cmd_value(ctx, "head"), proof, err) == 0)
        return 0;
    return err->class == ERR_USAGE ? -1 : err_wrap(err, "%s", path);
}

static int run_verify(struct cmd_ctx *ctx, struct err *err)
{
    _cleanup_(journal_proof_release) struct journal_proof proof = {0};
    _cleanup_store_ struct store *store = NULL;
    _cleanup_str_ struct str text = {0};
    const char *source = ctx->operand_count > 1 ? ctx->operands[1] : NULL;
    if (source) {
        if (verify_export(ctx, source, &proof, err) < 0)
            return -1;
        source = strcmp(source, "-") ? source : "standard input";
    } else if (open_store(ctx, &store, err) < 0 ||
               journal_verify(store, cmd_value(ctx, "head"), &proof, err) < 0)
        return -1;
    else
        source = store_where(store);
    if (wants_json(ctx))
        journal_print_proof_json(&proof, source, &text);
    else
        journal_print_proof(&proof, source, &text);
    if (print_text(ctx, &text, err) < 0)
        return -1;
    return proof.fault_count ? CMD_FINDINGS : CMD_OK;
}

/* ---- show, export ---- */

struct selection {
    struct journal_filter filter;
    char subject[STORE_KEY_MAX];
};

static int select_entries(const struct cmd_ctx *ctx, struct selection *s, struct err *err)
{
    const char *plan = cmd_value(ctx, "plan"), *since = cmd_value(ctx, "since");
    const char *last = cmd_value(ctx, "last");
    int64_t span;
    uint64_t count;
    if (plan) {
        snprintf(s->subject, sizeof s->subject, "plan/%s", plan);
        s->filter.subject = s->subject;
    }
    if (since && !duration_parse(sv_of(since), &span))
        return cmd_usage(ctx, err, "--since %s: expected a span of time like 90m or 2d", since);
    if (since)
        s->filter.from_ms = ctx->now * 1000 - span;
    if (last && (!sv_to_u64(sv_of(last), &count) || count < 1 || count > UINT32_MAX))
        return cmd_usage(ctx, err, "--last %s: expected a number of entries from 1", last);
    if (last)
        s->filter.last = (uint32_t)count;
    return 0;
}

static int show_row(void *ctx, const struct journal_entry *e, struct err *err)
{
    journal_print_entry(ctx, e);
    return 0;
}

static int show_json(void *ctx, const struct journal_entry *e, struct err *err)
{
    struct jsonw *w = ctx;
    jsonw_raw(w, e->line);
    return 0;
}

static int show_as_json(struct store *store, const struct journal_filter *filter, struct str *text,
                        struct err *err)
{
    struct jsonw w;
    jsonw_init(&w, text, 2);
    jsonw_object(&w);
    jsonw_kv_str(&w, "schema", "toban.journal/v1");
    jsonw_key(&w, "entries");
    jsonw_array(&w);
    int rc = journal_read(store, filter, show_json, &w, err);
    jsonw_array_end(&w);
    jsonw_object_end(&w);
    str_addc(text, '\n');
    return rc;
}

static int run_show(struct cmd_ctx *ctx, struct err *err)
{
    struct selection s = {0};
    _cleanup_store_ struct store *store = NULL;
    _cleanup_columns_ struct columns c = {0};
    _cleanup_str_ struct str text = {0};
    if (select_entries(ctx, &s, err) < 0 || open_store(ctx, &store, err) < 0)
        return -1;
    struct journal_filter *f = &s.filter;
    if (!f->subject && !f->from_ms && !f->last && !cmd_given(ctx, "all"))
        f->last = SHOWN_USUALLY;
    if (wants_json(ctx)) {
        if (show_as_json(store, f, &text, err) < 0)
            return -1;
    } else {
        journal_print_begin(&c);
        if (journal_read(store, f, show_row, &c, err) < 0)
            return -1;
        if (c.cells.len > c.count)
            columns_print(&c, &text);
        else
            cmd_say(ctx, "no entries%s", f->subject || f->from_ms ? " that fit" : "");
    }
    return print_text(ctx, &text, err) < 0 ? -1 : CMD_OK;
}

static int export_line(void *ctx, struct sv line, struct err *err)
{
    str_addv(ctx, line);
    return str_ok(ctx) ? 0 : err_nomem(err, "exporting the journal");
}

static int run_export(struct cmd_ctx *ctx, struct err *err)
{
    struct selection s = {0};
    _cleanup_store_ struct store *store = NULL;
    _cleanup_str_ struct str text;
    const char *to = cmd_value(ctx, "output");
    str_init(&text, EXPORT_MAX);
    if (select_entries(ctx, &s, err) < 0 || open_store(ctx, &store, err) < 0 ||
        journal_export(store, &s.filter, export_line, &text, err) < 0)
        return -1;
    if (!to || strcmp(to, "-") == 0)
        return print_text(ctx, &text, err) < 0 ? -1 : CMD_OK;
    return io_write_private(to, str_sv(&text), err) < 0 ? -1 : CMD_OK;
}

/* ---- the command ---- */

static int no_such_word(const struct cmd_ctx *ctx, struct err *err)
{
    const char *word = ctx->operands[0];
    for (size_t i = 0; words[i]; i++)
        if (text_near(sv_of(word), sv_of(words[i])))
            return cmd_usage(ctx, err, "'%s' is nothing to do with a journal, did you mean '%s'?",
                             word, words[i]);
    return cmd_usage(ctx, err,
                     "'%s' is nothing to do with a journal, expected verify, show or export", word);
}

static int run_journal(struct cmd_ctx *ctx, struct err *err)
{
    static int (*const runs[])(struct cmd_ctx * ctx, struct err * err) = {
        [WORD_VERIFY] = run_verify, [WORD_SHOW] = run_show, [WORD_EXPORT] = run_export};
    enum journal_word word = WORD_VERIFY;
    while (word < WORDS && strcmp(words[word], ctx->operands[0]) != 0)
        word++;
    if (word == WORDS)
        return no_such_word(ctx, err);
    return check_words(ctx, word, err) < 0 ? -1 : runs[word](ctx, err);
}

static const char *const synopsis[] = {
    "show [--plan ID] [--since DURATION] [--last N|--all] [-o table|json]",
    "verify [FILE] [--head HASH] [-o table|json]",
    "export [--plan ID] [--since DURATION] [--last N] [-o FILE]",
    NULL,
};
static const char *const about[] = {
    "The journal tells who did what with toban, when and with which result. What is going to be "
    "done is written, and on the disk, before it is done. Entries are never changed; each one's "
    "hash covers all of it and the hash of the one before.",
    "`show` prints the latest 50 entries, or those that the options name.",
    "`verify` finds every entry that was altered, is missing, came twice, stands in another place "
    "or was cut off, in the store or in FILE, an export (`-`: standard input). It prints the hash "
    "of the last entry, the head. Who can write the store could make a whole new chain, or cut "
    "its end off: note the head somewhere else, and give it to `--head` later.",
    "`export` writes one line of JSON for each entry and a last line that tells how many there "
    "are; the format is in `docs/format/journal.md`. With `--plan`, `--since` or `--last` the "
    "entries in between are not there, so that only each entry by itself can be verified.",
    NULL,
};
static const struct cmd_option options[] = {
    {.name = "all", .letter = 'a', .group = 1, .help = "show all entries"},
    {.name = "head",
     .takes = CMD_TAKES_TEXT,
     .arg = "HASH",
     .help = "verify: an entry with this hash must be there"},
    {.name = "last",
     .takes = CMD_TAKES_TEXT,
     .arg = "N",
     .group = 1,
     .help = "only the last N of the entries"},
    {.name = "output",
     .letter = 'o',
     .takes = CMD_TAKES_FILE,
     .arg = "FILE",
     .help = "export: write to FILE, readable for its owner only, instead of standard output; "
             "show and verify: the format, `table` or `json`"},
    {.name = "plan",
     .takes = CMD_TAKES_TEXT,
     .arg = "ID",
     .help = "only entries about this plan, like `p-7k2m4q`"},
    {.name = "since",
     .takes = CMD_TAKES_TEXT,
     .arg = "DURATION",
     .help = "only entries that are not older: `90m`, `2d`"},
    CMD_OPTION_STORE,
    {0},
};
static const struct cmd_pair examples[] = {
    {"toban journal show --plan p-7k2m4q", "what this plan did"},
    {"toban journal show --since 1d -o json", "all of the last day, for other programs"},
    {"toban journal verify", "whether anything was altered"},
    {"toban journal export -o journal.ndjson", "a copy for an archive"},
    {"toban journal verify journal.ndjson", "whether the copy is whole"},
    {0},
};
static const struct cmd_pair exits[] = {
    {"0", "done; verify: the journal is whole"},
    {"1", "failed: the reason is on standard error"},
    {"2", "verify: faults were found"},
    {"64", "wrong usage"},
    {0},
};
static const struct cmd_pair variables[] = {
    {"TOBAN_STORE", "the store to use when `--store` is not given"},
    {0},
};

const struct cmd cmd_journal = {
    .name = "journal",
    .summary = "show, verify and export what was done",
    .synopsis = synopsis,
    .about = about,
    .options = options,
    .operands = {.name = "WHAT",
                 .takes = CMD_TAKES_TEXT,
                 .words = words,
                 .min = 1,
                 .max = 2,
                 .help = "`show`, `verify` (with a file to look at) or `export`"},
    .examples = examples,
    .exits = exits,
    .variables = variables,
    .run = run_journal,
};
