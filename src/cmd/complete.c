#include "cmd/complete.h"

#include "cmd/describe.h"
#include "cmd/parse.h"
#include "cmd/rule_tables.h"
#include "cmd/table.h"

struct completion {
    struct str *out;
    const char *prefix; /* in front of each candidate: "--output=" */
    struct sv typed;    /* what is there of the candidate */
};

static void offer(const struct completion *c, const char *candidate, const char *what)
{
    if (strncmp(candidate, c->typed.ptr, c->typed.len) != 0)
        return;
    str_addf(c->out, "%s%s\t", c->prefix, candidate);
    describe_plain(c->out, what);
    str_addc(c->out, '\n');
}

static void offer_commands(const struct completion *c)
{
    for (size_t i = 0; cmd_table[i]; i++)
        if (!cmd_table[i]->hidden)
            offer(c, cmd_table[i]->name, cmd_table[i]->summary);
}

static void offer_rules(const struct completion *c)
{
    size_t at = 0;
    for (const struct rule_info *r; (r = rule_tables_next(&at));)
        offer(c, r->id, r->title);
}

static void offer_values(const struct completion *c, enum cmd_takes takes, const char *const *words,
                         const char *what)
{
    switch (takes) {
    case CMD_TAKES_WORD:
        for (size_t i = 0; words[i]; i++)
            offer(c, words[i], what);
        break;
    case CMD_TAKES_COMMAND:
        offer_commands(c);
        break;
    case CMD_TAKES_RULE:
        offer_rules(c);
        break;
    case CMD_TAKES_FOLDER:
        str_adds(c->out, ":folders\n");
        break;
    case CMD_TAKES_FILE:
    case CMD_TAKES_PATH:
        str_adds(c->out, ":files\n");
        break;
    case CMD_TAKES_TEXT:
        for (size_t i = 0; words && words[i]; i++)
            offer(c, words[i], what);
        break;
    case CMD_TAKES_NOTHING:
    case CMD_TAKES_VERSION:
        break;
    }
}

static const struct cmd_option *option_of_word(const struct cmd *cmd, const char *word)
{
    const struct cmd_option *o;
    struct sv rest = sv_of(word);
    if (sv_starts(rest, "--")) {
        rest = sv_of(word + 2);
        return parse_option_find(cmd, sv_split(&rest, '='));
    }
    for (size_t i = 0; rest.len == 2 && rest.ptr[0] == '-' && (o = parse_option_at(cmd, i)); i++)
        if (o->letter == rest.ptr[1])
            return o;
    return NULL;
}

static bool is_used_up(const struct cmd *cmd, const struct cmd_option *o, char *const *words,
                       size_t count)
{
    for (size_t i = 0; i < count; i++) {
        const struct cmd_option *given = option_of_word(cmd, words[i]);
        if (given && ((given == o && !o->repeatable) ||
                      (given != o && o->group && given->group == o->group)))
            return true;
    }
    return false;
}

static void offer_options(const struct completion *c, const struct cmd *cmd, char *const *words,
                          size_t count)
{
    const struct cmd_option *o;
    for (size_t i = 0; (o = parse_option_at(cmd, i)); i++) {
        char name[80];
        snprintf(name, sizeof name, "--%s", o->name);
        if (!is_used_up(cmd, o, words, count))
            offer(c, name, o->help);
    }
}

/* Does the word make the next one its value? */
static const struct cmd_option *awaits_value(const struct cmd *cmd, const char *word)
{
    const struct cmd_option *o = option_of_word(cmd, word);
    return o && o->takes != CMD_TAKES_NOTHING && !strchr(word, '=') ? o : NULL;
}

struct place {
    const struct cmd_option *option; /* the word is the value of this one */
    size_t operands;                 /* before the word */
    bool only_operands;              /* behind `--` */
};

static struct place place_of(const struct cmd *cmd, char *const *words, size_t before)
{
    struct place p = {0};
    for (size_t i = 0; i < before; i++) {
        if (p.option)
            p.option = NULL;
        else if (p.only_operands || words[i][0] != '-' || !words[i][1])
            p.operands++;
        else if (strcmp(words[i], "--") == 0)
            p.only_operands = true;
        else
            p.option = awaits_value(cmd, words[i]);
    }
    return p;
}

static void complete_in_command(struct completion *c, const struct cmd *cmd, char *const *words,
                                size_t before)
{
    const char *word = words[before];
    const char *equals = strchr(word, '=');
    struct place at = place_of(cmd, words, before);
    const struct cmd_option *o = at.option;
    _cleanup_str_ struct str prefix = {0};
    if (!o && !at.only_operands && word[0] == '-' && equals) {
        o = option_of_word(cmd, word);
        str_add(&prefix, word, (size_t)(equals + 1 - word));
        c->prefix = str_c(&prefix);
        c->typed = sv_of(equals + 1);
    }
    if (o)
        offer_values(c, o->takes, o->words, o->help);
    else if (!at.only_operands && word[0] == '-')
        offer_options(c, cmd, words, before);
    else if (cmd->operands.name && at.operands < cmd->operands.max)
        offer_values(c, cmd->operands.takes, cmd->operands.words, cmd->operands.help);
}

void complete_words(struct str *out, char *const *words, size_t count)
{
    if (count == 0)
        return;
    struct completion c = {out, "", sv_of(words[count - 1])};
    if (count > 1) {
        const struct cmd *cmd = cmd_find(sv_of(words[0]));
        if (cmd)
            complete_in_command(&c, cmd, words + 1, count - 2);
        return;
    }
    offer_commands(&c);
    if (words[0][0] == '-') {
        offer(&c, "--help", "show help");
        offer(&c, "--version", "print the version");
    }
}
