#include "base/must.h"
#include "cmd/complete.h"
#include "cmd/describe.h"
#include "cmd/parse.h"
#include "cmd/table.h"

#include "unit.h"

static const char *const formats[] = {"table", "json", NULL};
static const struct cmd_option options[] = {
    {.name = "output",
     .letter = 'o',
     .takes = CMD_TAKES_WORD,
     .arg = "FORMAT",
     .words = formats,
     .fallback = "table",
     .help = "how"},
    {.name = "to", .takes = CMD_TAKES_VERSION, .arg = "VERSION", .help = "where | to"},
    {.name = "values",
     .takes = CMD_TAKES_FILE,
     .arg = "FILE",
     .repeatable = true,
     .help = "values"},
    {.name = "diff", .group = 1, .help = "show"},
    {.name = "write", .letter = 'w', .group = 1, .help = "do"},
    {.name = "release",
     .takes = CMD_TAKES_TEXT,
     .arg = "NAME",
     .needs = "namespace",
     .help = "name"},
    {.name = "namespace", .letter = 'n', .takes = CMD_TAKES_TEXT, .arg = "NS", .help = "where"},
    {0},
};
static const char *const synopsis[] = {"PATH...", NULL};
static const char *const about[] = {".starts with `a dot` and back\\slash", "second", NULL};
static const struct cmd try_cmd = {
    .name = "try",
    .summary = "try it",
    .synopsis = synopsis,
    .about = about,
    .options = options,
    .operands = {.name = "PATH", .takes = CMD_TAKES_PATH, .min = 1, .max = 2, .help = "what"},
};

#define WORDS_MAX 16

/* Parses a line cut at spaces; the error's text, or "" when it is fine. `ask`, when given, looks at
 * the outcome. */
static const char *parse_line(const char *line, struct err *err,
                              void (*ask)(const struct cmd_ctx *ctx))
{
    static char text[512];
    char *words[WORDS_MAX] = {"try"};
    int count = 1;
    _cleanup_(parsed_release) struct parsed parsed = {0};
    snprintf(text, sizeof text, "%s", line);
    for (char *w = strtok(text, " "); w && count < WORDS_MAX - 1; w = strtok(NULL, " "))
        words[count++] = strcmp(w, "''") == 0 ? "" : w;
    err_clear(err);
    if (parse_command(&try_cmd, count, words, &parsed, err) < 0)
        return err->msg;
    const struct cmd_ctx ctx = {
        .cmd = &try_cmd,
        .values = parsed.values.items,
        .value_count = parsed.values.len,
        .operands = parsed.operands,
        .operand_count = parsed.operand_count,
    };
    if (ask)
        ask(&ctx);
    return "";
}

static void ask_values(const struct cmd_ctx *ctx)
{
    assert_string_equal(cmd_value(ctx, "output"), "json");
    assert_string_equal(cmd_value(ctx, "values"), "b");
    assert_string_equal(cmd_value_at(ctx, "values", 0), "a");
    assert_string_equal(cmd_value_at(ctx, "values", 1), "b");
    assert_null(cmd_value_at(ctx, "values", 2));
    assert_int_equal(cmd_version_of(ctx, "to").minor, 29);
    assert_true(cmd_given(ctx, "write"));
    assert_false(cmd_given(ctx, "diff"));
    assert_int_equal(ctx->operand_count, 2);
    assert_string_equal(ctx->operands[0], "p1");
    assert_string_equal(ctx->operands[1], "-p2");
}

static void values_are_read_in_every_way_of_writing(void **state)
{
    struct err err = {0};
    assert_string_equal(
        parse_line("p1 -ojson --values a --values=b --to v1.29.3 -w -- -p2", &err, ask_values), "");
    assert_string_equal(
        parse_line("-w --to=1.29 p1 --output=json --values a --values b -- -p2", &err, ask_values),
        "");
}

static void ask_fallbacks(const struct cmd_ctx *ctx)
{
    assert_string_equal(cmd_value(ctx, "output"), "table");
    assert_false(cmd_given(ctx, "output"));
    assert_null(cmd_value(ctx, "values"));
    assert_false(cmd_version_of(ctx, "to").set);
}

static void fallbacks_are_not_given(void **state)
{
    struct err err = {0};
    assert_string_equal(parse_line("p", &err, ask_fallbacks), "");
}

static void mistakes_are_named(void **state)
{
    static const struct {
        const char *line, *message;
    } cases[] = {
        {"", "try: needs PATH, at least one"},
        {"a b c", "try: takes at most 2 PATH, found 'c' as well"},
        {"p --diff --write", "try: options '--diff' and '--write' exclude each other"},
        {"p -w --diff", "try: options '--write' and '--diff' exclude each other"},
        {"p --release r", "try: option '--release' needs '--namespace' as well"},
        {"p --to 1.x", "try: option '--to': '1.x' is no version, expected one like 1.29"},
        {"p -o yaml", "try: option '--output': 'yaml' is not known, expected table or json"},
        {"p -n ''", "try: option '--namespace' is empty"},
        {"p --to 1.2 --to 1.3", "try: option '--to' is given twice"},
        {"p --tto 1.2", "try: unknown option '--tto', did you mean '--to'?"},
        {"p --names=x", "try: unknown option '--names', did you mean '--namespace'?"},
        {"p --wri", "try: unknown option '--wri', did you mean '--write'?"},
        {"p --zzzzzz", "try: unknown option '--zzzzzz'"},
        {"p -z", "try: unknown option '-z'"},
        {"p -wz", "try: unknown option '-z'"},
        {"p --values", "try: option '--values' needs a FILE"},
        {"p -o", "try: option '--output' needs a FORMAT"},
        {"p --diff=1", "try: option '--diff' takes no value"},
        {"p ''", "try: PATH is empty"},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct err err = {0};
        assert_string_equal(parse_line(cases[i].line, &err, NULL), cases[i].message);
        assert_int_equal(err.class, ERR_USAGE);
        assert_string_equal(err.hint, "see 'toban try --help'");
    }
}

static void repeating_a_flag_is_harmless(void **state)
{
    struct err err = {0};
    assert_string_equal(parse_line("p -w -w --write", &err, NULL), "");
    assert_string_equal(parse_line("p -n x --release r", &err, NULL), "");
}

static void help_needs_nothing_else(void **state)
{
    struct err err = {0};
    assert_string_equal(parse_line("--help --release r", &err, NULL), "");
    assert_string_equal(parse_line("-h a b c d", &err, NULL), "");
}

/* Whatever is typed ends in an answer: fine, or a message with a hint. */
static void random_words_get_an_answer(void **state)
{
    static const char *const pool[] = {"--",   "-",   "--to",   "1.2", "--to=", "-o",
                                       "json", "-w",  "--diff", "--x", "p",     "-h",
                                       "-on",  "--o", "=",      "-n"};
    unsigned seed = 11;
    for (int round = 0; round < 3000; round++) {
        char line[256] = "";
        struct err err = {0};
        for (unsigned n = (seed = seed * 1103515245 + 12345) / 65536 % 7; n > 0; n--) {
            seed = seed * 1103515245 + 12345;
            strcat(line, pool[seed / 65536 % ARRAY_LEN(pool)]);
            strcat(line, " ");
        }
        const char *message = parse_line(line, &err, NULL);
        assert_true(!*message || (err.class == ERR_USAGE && err.hint[0]));
    }
}

static void markdown_and_roff_escape_their_signs(void **state)
{
    _cleanup_str_ struct str roff = {0}, markdown = {0}, help = {0};
    man_command(&roff, &try_cmd);
    assert_non_null(strstr(str_c(&roff), "\n\\&.starts with \\fBa dot\\fR and back\\eslash\n"));
    assert_non_null(strstr(str_c(&roff), "\\fB\\-\\-output\\fR FORMAT"));
    markdown_command(&markdown, &try_cmd);
    assert_non_null(strstr(str_c(&markdown), "| `--to VERSION` | where \\| to |"));
    help_command(&help, &try_cmd, 80);
    assert_non_null(
        strstr(str_c(&help), "  -o, --output FORMAT         how (one of table, json; default"));
}

/* What every description must hold, so that its pages read well. */
static void descriptions_are_complete(void **state)
{
    for (size_t i = 0; cmd_table[i]; i++) {
        const struct cmd *c = cmd_table[i];
        assert_true(i == 0 || strcmp(cmd_table[i - 1]->name, c->name) < 0);
        assert_true(strlen(c->summary) <= 60 && !sv_ends(sv_of(c->summary), "."));
        assert_true(c->summary[0] >= 'a' && c->summary[0] <= 'z');
        assert_true(c->synopsis[0] && c->about[0] && c->run);
        const struct cmd_option *o;
        for (size_t n = 0; (o = parse_option_at(c, n)); n++) {
            assert_ptr_equal(parse_option_find(c, sv_of(o->name)), o);
            assert_true((o->takes == CMD_TAKES_NOTHING) == (o->arg == NULL));
            assert_true((o->takes == CMD_TAKES_WORD) == (o->words != NULL));
            assert_true(o->help && !sv_ends(sv_of(o->help), "."));
            assert_true(!o->needs || parse_option_find(c, sv_of(o->needs)));
            for (size_t m = 0; o->letter && m < n; m++)
                assert_int_not_equal(parse_option_at(c, m)->letter, o->letter);
        }
    }
}

static void commands_are_found_and_guessed(void **state)
{
    assert_string_equal(cmd_find(SV("version"))->name, "version");
    assert_string_equal(cmd_find(SV("complete"))->name, "complete");
    assert_null(cmd_find(SV("vers")));
    assert_string_equal(cmd_nearest(SV("verison"))->name, "version");
    assert_null(cmd_nearest(SV("qqqqqqqq")));
}

static void completion_survives_any_words(void **state)
{
    static char *const pool[] = {"version", "--output", "--output=", "=",  "--",
                                 "-",       "",         "help",      "-o", "x"};
    unsigned seed = 3;
    for (int round = 0; round < 3000; round++) {
        _cleanup_str_ struct str out = {0};
        char *words[6];
        size_t count = (seed = seed * 1103515245 + 12345) / 65536 % 6;
        for (size_t i = 0; i < count; i++) {
            seed = seed * 1103515245 + 12345;
            words[i] = pool[seed / 65536 % ARRAY_LEN(pool)];
        }
        complete_words(&out, words, count);
        assert_true(str_ok(&out));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(values_are_read_in_every_way_of_writing),
        cmocka_unit_test(fallbacks_are_not_given),
        cmocka_unit_test(mistakes_are_named),
        cmocka_unit_test(repeating_a_flag_is_harmless),
        cmocka_unit_test(help_needs_nothing_else),
        cmocka_unit_test(random_words_get_an_answer),
        cmocka_unit_test(markdown_and_roff_escape_their_signs),
        cmocka_unit_test(descriptions_are_complete),
        cmocka_unit_test(commands_are_found_and_guessed),
        cmocka_unit_test(completion_survives_any_words),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
