#include "cmd/cmd.h"

/* The scripts know nothing of commands and options: they ask the program itself. Bash cuts words
 * at '=', so the pieces of --name=value are put together again first. */
static const char bash_script[] =
    "_toban() {\n"
    "    local words=() word line i reply=''\n"
    "    COMPREPLY=()\n"
    "    for ((i = 1; i <= COMP_CWORD; i++)); do\n"
    "        word=${COMP_WORDS[i]}\n"
    "        if [[ ${#words[@]} -gt 0 && ( $word == '=' || ${words[-1]} == --*= ) ]]; then\n"
    "            words[-1]+=$word\n"
    "        else\n"
    "            words+=(\"$word\")\n"
    "        fi\n"
    "    done\n"
    "    local current=${words[-1]-}\n"
    "    while IFS= read -r line; do\n"
    "        case $line in\n"
    "        :files) reply='-f' ;;\n"
    "        :folders) reply='-d' ;;\n"
    "        *)\n"
    "            line=${line%%$'\\t'*}\n"
    "            [[ $current == --*=* ]] && line=${line#*=}\n"
    "            COMPREPLY+=(\"$line\")\n"
    "            ;;\n"
    "        esac\n"
    "    done < <(command toban complete -- \"${words[@]}\" 2>/dev/null)\n"
    "    [[ $current == --*=* ]] && current=${current#*=}\n"
    "    if [[ -n $reply ]]; then\n"
    "        compopt -o filenames 2>/dev/null\n"
    "        while IFS= read -r line; do COMPREPLY+=(\"$line\"); done < <(compgen $reply -- "
    "\"$current\")\n"
    "    fi\n"
    "}\n"
    "complete -F _toban toban\n";

static const char zsh_script[] =
    "#compdef toban\n"
    "_toban() {\n"
    "    local -a lines items\n"
    "    local line\n"
    "    lines=(\"${(@f)$(command toban complete -- \"${(@Q)words[2,CURRENT]}\" 2>/dev/null)}\")\n"
    "    for line in $lines; do\n"
    "        case $line in\n"
    "        :files) [[ $PREFIX == --*=* ]] && compset -P '*='; _files ;;\n"
    "        :folders) [[ $PREFIX == --*=* ]] && compset -P '*='; _files -/ ;;\n"
    "        ?*) items+=(\"${${line%%$'\\t'*}//:/\\\\:}:${line#*$'\\t'}\") ;;\n"
    "        esac\n"
    "    done\n"
    "    (( ${#items} )) && _describe -V toban items\n"
    "}\n"
    "if [[ $zsh_eval_context[-1] == loadautofunc ]]; then _toban \"$@\"; else compdef _toban "
    "toban; "
    "fi\n";

static const char fish_script[] =
    "function __toban_complete\n"
    "    set -l words (commandline -opc) (commandline -ct)\n"
    "    set -l option (string match -r '^--[^=]*=' -- $words[-1]; or echo '')\n"
    "    set -l current (string replace -r '^--[^=]*=' '' -- $words[-1])\n"
    "    for line in (command toban complete -- $words[2..-1] 2>/dev/null)\n"
    "        switch $line\n"
    "            case ':files'\n"
    "                printf '%s\\n' $option(__fish_complete_path \"$current\")\n"
    "            case ':folders'\n"
    "                printf '%s\\n' $option(__fish_complete_directories \"$current\")\n"
    "            case '*'\n"
    "                echo $line\n"
    "        end\n"
    "    end\n"
    "end\n"
    "complete -c toban -f -a '(__toban_complete)'\n";

static int run_completion(struct cmd_ctx *ctx, struct err *err)
{
    const char *shell = ctx->operands[0];
    const char *script = strcmp(shell, "bash") == 0  ? bash_script
                         : strcmp(shell, "zsh") == 0 ? zsh_script
                                                     : fish_script;
    fputs(script, ctx->out);
    return CMD_OK;
}

static const char *const shells[] = {"bash", "zsh", "fish", NULL};
static const char *const synopsis[] = {"bash|zsh|fish", NULL};
static const char *const about[] = {
    "Prints a script that lets the shell complete commands, options, their values, rule ids and "
    "files. The script asks the installed toban at each key, so it never falls behind it.",
    NULL,
};
static const struct cmd_pair examples[] = {
    {". <(toban completion bash)", "Complete in this bash"},
    {"toban completion zsh > ~/.zfunc/_toban", "Complete in every zsh that has `~/.zfunc` in "
                                               "`fpath`"},
    {"toban completion fish > ~/.config/fish/completions/toban.fish", "Complete in every fish"},
    {0},
};

const struct cmd cmd_completion = {
    .name = "completion",
    .summary = "print the script that completes words in a shell",
    .synopsis = synopsis,
    .about = about,
    .operands = {.name = "SHELL",
                 .takes = CMD_TAKES_WORD,
                 .words = shells,
                 .min = 1,
                 .max = 1,
                 .help = "the shell to make it for"},
    .examples = examples,
    .run = run_completion,
};
