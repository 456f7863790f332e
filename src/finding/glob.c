#include "finding/glob.h"

#include "base/must.h"

#include <stdlib.h>
#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

#define MATCH_LIMIT 100000

struct glob {
    pcre2_code *code;
};

static void converted_free_p(PCRE2_UCHAR **p)
{
    pcre2_converted_pattern_free(*p);
}

static int bad_pattern(struct sv pattern, int code, struct err *err)
{
    char reason[128];
    pcre2_get_error_message(code, (PCRE2_UCHAR *)reason, sizeof reason);
    return err_set(err, ERR_INPUT, "pattern '%.*s' is malformed: %s", SV_ARG(pattern), reason);
}

static pcre2_code *compile(struct sv pattern, bool ignore_case, struct err *err)
{
    __attribute__((cleanup(converted_free_p))) PCRE2_UCHAR *regex = NULL;
    PCRE2_SIZE regex_len = 0, offset = 0;
    int code = pcre2_pattern_convert((PCRE2_SPTR)pattern.ptr, pattern.len, PCRE2_CONVERT_GLOB,
                                     &regex, &regex_len, NULL);
    if (code) {
        bad_pattern(pattern, code, err);
        return NULL;
    }
    uint32_t options = PCRE2_DOTALL | (ignore_case ? PCRE2_CASELESS : 0);
    pcre2_code *compiled = pcre2_compile(regex, regex_len, options, &code, &offset, NULL);
    if (!compiled)
        bad_pattern(pattern, code, err);
    return compiled;
}

struct glob *glob_new(struct sv pattern, bool ignore_case, struct err *err)
{
    if (!pattern.len || pattern.len > GLOB_MAX) {
        err_set(err, ERR_INPUT, "a pattern has 1 to %d bytes, found %zu", GLOB_MAX, pattern.len);
        return NULL;
    }
    pcre2_code *code = compile(pattern, ignore_case, err);
    if (!code)
        return NULL;
    struct glob *g = mem_must((struct glob *)malloc(sizeof *g));
    g->code = code;
    return g;
}

void glob_free(struct glob *g)
{
    if (!g)
        return;
    pcre2_code_free(g->code);
    free(g);
}

static void match_data_free_p(pcre2_match_data **p)
{
    pcre2_match_data_free(*p);
}

static void match_context_free_p(pcre2_match_context **p)
{
    pcre2_match_context_free(*p);
}

bool glob_match(const struct glob *g, struct sv text)
{
    __attribute__((cleanup(match_data_free_p))) pcre2_match_data *data =
        mem_must(pcre2_match_data_create(1, NULL));
    __attribute__((cleanup(match_context_free_p))) pcre2_match_context *limits =
        mem_must(pcre2_match_context_create(NULL));
    pcre2_set_match_limit(limits, MATCH_LIMIT);
    return pcre2_match(g->code, (PCRE2_SPTR)(text.ptr ? text.ptr : ""), text.len, 0, 0, data,
                       limits) >= 0;
}
