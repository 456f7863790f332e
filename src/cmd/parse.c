#include "cmd/parse.h"

#include "base/must.h"
#include "base/text.h"
#include "cmd/table.h"

#include <getopt.h>

/* getopt's values of long options; letters stay below. */
#define LONG_BASE 256

const struct cmd_option *parse_option_at(const struct cmd *cmd, size_t i)
{
    for (const struct cmd_option *o = cmd->options; o && o->name; o++)
        if (i-- == 0)
            return o;
    for (const struct cmd_option *o = cmd_common_options; o->name; o++)
        if (i-- == 0)
            return o;
    return NULL;
}

const struct cmd_option *parse_option_find(const struct cmd *cmd, struct sv name)
{
    const struct cmd_option *o;
    for (size_t i = 0; (o = parse_option_at(cmd, i)); i++)
        if (sv_is(name, o->name))
            return o;
    return NULL;
}

static const struct cmd_option *option_of_value(const struct cmd *cmd, int value)
{
    const struct cmd_option *o;
    if (value >= LONG_BASE)
        return parse_option_at(cmd, (size_t)(value - LONG_BASE));
    for (size_t i = 0; (o = parse_option_at(cmd, i)); i++)
        if (o->letter && o->letter == value)
            return o;
    return NULL;
}

static const struct cmd_option *nearest_option(const struct cmd *cmd, struct sv name)
{
    const struct cmd_option *o, *best = NULL;
    unsigned best_distance = UINT_MAX;
    for (size_t i = 0; (o = parse_option_at(cmd, i)); i++) {
        unsigned distance = text_distance(name, sv_of(o->name));
        bool begins = name.len > 2 && strncmp(o->name, name.ptr, name.len) == 0;
        if (distance >= best_distance || !(begins || text_near(name, sv_of(o->name))))
            continue;
        best = o;
        best_distance = distance;
    }
    return best;
}

static int usage(const struct cmd *cmd, struct err *err, const char *what)
{
    err_set(err, ERR_USAGE, "%s: %s", cmd->name, what);
    return err_hint(err, "see 'toban %s --help'", cmd->name);
}

static int unknown_long(const struct cmd *cmd, const char *token, struct err *err)
{
    struct sv rest = sv_of(token + 2), name = sv_split(&rest, '=');
    const struct cmd_option *near = nearest_option(cmd, name);
    _cleanup_str_ struct str what = {0};
    str_addf(&what, "unknown option '--%.*s'", SV_ARG(name));
    if (near)
        str_addf(&what, ", did you mean '--%s'?", near->name);
    return usage(cmd, err, str_c(&what));
}

static int bad_option(const struct cmd *cmd, int kind, int value, const char *token,
                      struct err *err)
{
    const struct cmd_option *o = option_of_value(cmd, value);
    char what[256];
    if (kind == ':' && o)
        snprintf(what, sizeof what, "option '--%s' needs a %s", o->name, o->arg);
    else if (value >= LONG_BASE && o)
        snprintf(what, sizeof what, "option '--%s' takes no value", o->name);
    else if (value > 0)
        snprintf(what, sizeof what, "unknown option '-%c'", value);
    else
        return unknown_long(cmd, token, err);
    return usage(cmd, err, what);
}

static void list_words(struct str *out, const char *const *words)
{
    for (size_t i = 0; words[i]; i++)
        str_addf(out, "%s%s", i == 0 ? "" : words[i + 1] ? ", " : " or ", words[i]);
}

static bool is_word(const char *const *words, const char *text)
{
    for (size_t i = 0; words[i]; i++)
        if (strcmp(words[i], text) == 0)
            return true;
    return false;
}

static int check_text(const struct cmd *cmd, const char *label, enum cmd_takes takes,
                      const char *const *words, const char *text, struct err *err)
{
    struct version v;
    _cleanup_str_ struct str what = {0};
    if (takes == CMD_TAKES_WORD && !is_word(words, text)) {
        str_addf(&what, "%s: '%s' is not known, expected ", label, text);
        list_words(&what, words);
    } else if (takes == CMD_TAKES_VERSION && !version_parse(sv_of(text), &v)) {
        str_addf(&what, "%s: '%s' is no version, expected one like 1.29", label, text);
    } else if (takes != CMD_TAKES_NOTHING && !*text) {
        str_addf(&what, "%s is empty", label);
    } else {
        return 0;
    }
    return usage(cmd, err, str_c(&what));
}

static int take_option(const struct cmd *cmd, const struct cmd_option *o, const char *text,
                       struct parsed *out, struct err *err)
{
    char label[128], what[256];
    snprintf(label, sizeof label, "option '--%s'", o->name);
    vec_foreach(v, &out->values) {
        if (v->option == o && !o->repeatable && o->takes != CMD_TAKES_NOTHING) {
            snprintf(what, sizeof what, "option '--%s' is given twice", o->name);
            return usage(cmd, err, what);
        }
        if (v->option != o && o->group && v->option->group == o->group) {
            snprintf(what, sizeof what, "options '--%s' and '--%s' exclude each other",
                     v->option->name, o->name);
            return usage(cmd, err, what);
        }
    }
    if (check_text(cmd, label, o->takes, o->words, text, err) < 0)
        return -1;
    mem_must(vec_push(&out->values, (struct cmd_value){o, text}) ? out : NULL);
    return 0;
}

static bool is_given(const struct parsed *p, const char *name)
{
    vec_foreach(v, &p->values)
        if (strcmp(v->option->name, name) == 0)
            return true;
    return false;
}

static int check_needs(const struct cmd *cmd, const struct parsed *p, struct err *err)
{
    vec_foreach(v, &p->values) {
        if (!v->option->needs || is_given(p, v->option->needs))
            continue;
        char what[256];
        snprintf(what, sizeof what, "option '--%s' needs '--%s' as well", v->option->name,
                 v->option->needs);
        return usage(cmd, err, what);
    }
    return 0;
}

static int check_operands(const struct cmd *cmd, const struct parsed *p, struct err *err)
{
    const struct cmd_operands *want = &cmd->operands;
    unsigned max = want->name ? want->max : 0;
    _cleanup_str_ struct str what = {0};
    if (p->operand_count > max && max == 0)
        str_addf(&what, "takes no operand, found '%s'", p->operands[0]);
    else if (p->operand_count > max)
        str_addf(&what, "takes at most %u %s, found '%s' as well", max, want->name,
                 p->operands[max]);
    else if (p->operand_count < want->min)
        str_addf(&what, "needs %s%s", want->name, want->max > want->min ? ", at least one" : "");
    if (what.len)
        return usage(cmd, err, str_c(&what));
    for (size_t i = 0; i < p->operand_count; i++)
        if (check_text(cmd, want->name, want->takes, want->words, p->operands[i], err) < 0)
            return -1;
    return 0;
}

struct getopt_tables {
    VEC(struct option) longs;
    struct str letters;
};

static void tables_release(struct getopt_tables *t)
{
    vec_release(&t->longs);
    str_release(&t->letters);
}

static void tables_fill(struct getopt_tables *t, const struct cmd *cmd)
{
    const struct cmd_option *o;
    str_addc(&t->letters, ':');
    for (int i = 0; (o = parse_option_at(cmd, (size_t)i)); i++) {
        int has_arg = o->takes == CMD_TAKES_NOTHING ? no_argument : required_argument;
        struct option entry = {o->name, has_arg, NULL, LONG_BASE + i};
        mem_must(vec_push(&t->longs, entry) ? t : NULL);
        if (o->letter)
            str_addf(&t->letters, "%c%s", o->letter, has_arg == required_argument ? ":" : "");
    }
    mem_must(vec_push(&t->longs, (struct option){0}) ? t : NULL);
}

/* The word that the option just read came from. */
static const char *token_of(char **argv)
{
    return optarg && optarg == argv[optind - 1] ? argv[optind - 2] : argv[optind - 1];
}

static bool is_shortened(const char *token, const struct cmd_option *o)
{
    struct sv rest = sv_of(token + 2);
    return !sv_is(sv_split(&rest, '='), o->name);
}

static int read_options(const struct cmd *cmd, int argc, char **argv,
                        const struct getopt_tables *tables, struct parsed *out, struct err *err)
{
    int value;
    opterr = 0;
    optind = 0;
    while ((value = getopt_long(argc, argv, str_c(&tables->letters), tables->longs.items, NULL)) !=
           -1) {
        const char *token = token_of(argv);
        if (value == '?' || value == ':')
            return bad_option(cmd, value, optopt, token, err);
        const struct cmd_option *o = option_of_value(cmd, value);
        if (value >= LONG_BASE && is_shortened(token, o))
            return unknown_long(cmd, token, err);
        if (strcmp(o->name, "help") == 0)
            out->help = true;
        else if (take_option(cmd, o, optarg ? optarg : "", out, err) < 0)
            return -1;
    }
    return 0;
}

int parse_command(const struct cmd *cmd, int argc, char **argv, struct parsed *out, struct err *err)
{
    _cleanup_(tables_release) struct getopt_tables tables = {0};
    tables_fill(&tables, cmd);
    if (read_options(cmd, argc, argv, &tables, out, err) < 0)
        return -1;
    out->operands = argv + optind;
    out->operand_count = (size_t)(argc - optind);
    if (out->help)
        return 0;
    return check_needs(cmd, out, err) < 0 ? -1 : check_operands(cmd, out, err);
}

void parsed_release(struct parsed *p)
{
    vec_release(&p->values);
}
