#include "cmd/table.h"

#include "base/text.h"

extern const struct cmd cmd_check, cmd_complete, cmd_completion, cmd_diff, cmd_explain, cmd_help,
    cmd_journal, cmd_man, cmd_migrate, cmd_nodes, cmd_plan, cmd_rehearse, cmd_sim, cmd_snapshot,
    cmd_version;

const struct cmd *const cmd_table[] = {
    &cmd_check,   &cmd_complete, &cmd_completion, &cmd_diff,  &cmd_explain, &cmd_help,
    &cmd_journal, &cmd_man,      &cmd_migrate,    &cmd_nodes, &cmd_plan,    &cmd_rehearse,
    &cmd_sim,     &cmd_snapshot, &cmd_version,    NULL,
};

static const char *const color_words[] = {"auto", "always", "never", NULL};

const struct cmd_option cmd_common_options[] = {
    {
        .name = "color",
        .takes = CMD_TAKES_WORD,
        .arg = "WHEN",
        .words = color_words,
        .fallback = "auto",
        .help = "colour the output: `auto` does on a terminal unless `NO_COLOR` is set",
    },
    {.name = "help", .letter = 'h', .help = "show this help"},
    {0},
};

const struct cmd_pair cmd_common_exits[] = {
    {"0", "done, nothing found"},
    {"1", "failed: the reason is on standard error"},
    {"64", "wrong usage"},
    {0},
};

const struct cmd_pair cmd_common_variables[] = {
    {"COLUMNS", "the width of the output; else that of the terminal, else 80"},
    {"NO_COLOR", "when set and not empty, nothing is coloured unless `--color=always` says so"},
    {"TOBAN_TODAY", "a date (`2027-06-30`) to take as today, for reports that can be repeated"},
    {0},
};

const struct cmd *cmd_find(struct sv name)
{
    for (size_t i = 0; cmd_table[i]; i++)
        if (sv_is(name, cmd_table[i]->name))
            return cmd_table[i];
    return NULL;
}

const struct cmd *cmd_nearest(struct sv name)
{
    const struct cmd *best = NULL;
    unsigned best_distance = UINT_MAX;
    for (size_t i = 0; cmd_table[i]; i++) {
        struct sv other = sv_of(cmd_table[i]->name);
        unsigned distance = text_distance(name, other);
        if (cmd_table[i]->hidden || distance >= best_distance || !text_near(name, other))
            continue;
        best = cmd_table[i];
        best_distance = distance;
    }
    return best;
}
