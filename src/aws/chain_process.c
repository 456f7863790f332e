/* Keys from the program that credential_process names. */
#include "aws/chain_internal.h"
#include "base/must.h"
#include "base/proc.h"
#include "base/secret.h"

#define WORDS_MAX 64

struct words {
    char *text;
    const char *argv[WORDS_MAX + 1];
    size_t count;
};

static void words_release(struct words *w)
{
    free(w->text);
}

/* As a shell takes words apart, without its expansions. False: an open quote, too many, none. */
static bool split(struct sv command, struct words *out)
{
    char *to = out->text = mem_must(malloc(command.len + 1));
    char quote = 0;
    bool in_word = false;
    for (size_t i = 0; i < command.len; i++) {
        char c = command.ptr[i];
        if (!quote && (c == ' ' || c == '\t')) {
            if (in_word)
                *to++ = '\0';
            in_word = false;
            continue;
        }
        if (!in_word && out->count == WORDS_MAX)
            return false;
        if (!in_word)
            out->argv[out->count++] = to;
        in_word = true;
        if (quote ? c == quote : c == '"' || c == '\'')
            quote = quote ? 0 : c;
        else if (c == '\\' && quote != '\'' && i + 1 < command.len)
            *to++ = command.ptr[++i];
        else
            *to++ = c;
    }
    *to = '\0';
    return !quote && out->count;
}

static const char **env_of(const struct aws_env *env)
{
    size_t n = env ? env->add_count : 0;
    const char **out = mem_must(calloc(n + 1, sizeof *out));
    for (size_t i = 0; i < n; i++)
        out[i] = env->add[i];
    return out;
}

int aws_chain_process(const struct aws_chain *c, struct sv command, struct aws_credentials *out,
                      struct err *err)
{
    _cleanup_(words_release) struct words words = {0};
    _cleanup_proc_ struct proc_result said = {0};
    if (!split(command, &words))
        return err_set(err, ERR_INPUT, "no command that can be taken apart into words");
    const char **env = env_of(c->settings->env);
    const struct proc_spec spec = {
        .argv = words.argv, .env_add = env, .out_max = AWS_CHAIN_TEXT_MAX, .timeout_ms = 60000};
    int result = proc_run(&spec, &said, err);
    free(env);
    if (!result && said.exit_code) {
        struct sv rest = sv_trim(str_sv(&said.err));
        struct sv line = sv_split(&rest, '\n');
        result = err_set(err, ERR_DENIED, "'%s' exited with %d: %.*s", words.argv[0],
                         said.exit_code, SV_ARG(line));
    }
    if (!result)
        result = aws_chain_json(words.argv[0], str_sv(&said.out), out, err);
    if (said.out.data)
        explicit_bzero(said.out.data, said.out.len);
    return result;
}
