#include "base/cleanup.h"
#include "doc/internal.h"

static const struct {
    const char *problem; /* a part of libyaml's text */
    const char *text;    /* %u: the line where the surrounding thing began */
} explanations[] = {
    {"mapping values are not allowed", "a ':' where no key can stand: the indentation is off, or a "
                                       "value that contains ': ' is not quoted"},
    {"did not find expected key", "expected another key of the map that begins on line %u: the "
                                  "indentation is off, or a quote is missing"},
    {"did not find expected '-' indicator", "expected '-': the list that begins on line %u goes on "
                                            "with something else"},
    {"did not find expected ',' or ']'", "expected ',' or ']': the '[' on line %u is not closed"},
    {"did not find expected ',' or '}'", "expected ',' or '}': the '{' on line %u is not closed"},
    {"could not find expected ':'", "expected ':' behind the key on line %u"},
    {"found unexpected end of stream", "the quote opened on line %u is never closed"},
    {"found a tab character", "a tab in the indentation: YAML allows spaces only"},
    {"block sequence entries are not allowed", "a '-' where no list can begin"},
    {"found unknown escape character", "an unknown escape in a quoted text"},
    {"did not find expected alphabetic", "expected a name behind '&' or '*'"},
    {"did not find expected <document start>", "text behind the end of the document"},
};

static const char *no_token(struct sv line)
{
    size_t i = 0;
    while (i < line.len && line.ptr[i] == ' ')
        i++;
    if (i < line.len && line.ptr[i] == '\t')
        return "a tab in the indentation: YAML allows spaces only";
    return "a value cannot begin with this character: put it in quotes";
}

const char *yaml_explain(const char *problem, struct sv line, uint32_t context_line, char *buf,
                         size_t cap)
{
    const char *text = problem;
    if (strstr(problem, "cannot start any token"))
        text = no_token(line);
    for (size_t i = 0; i < ARRAY_LEN(explanations); i++)
        if (strstr(problem, explanations[i].problem))
            text = explanations[i].text;
    const char *number = strstr(text, "%u");
    if (number)
        snprintf(buf, cap, "%.*s%u%s", (int)(number - text), text, context_line, number + 2);
    else
        snprintf(buf, cap, "%s", text);
    size_t n = strlen(buf);
    if (sv_has(line, "{{"))
        snprintf(buf + n, cap - n, " ('{{' looks like a Helm template: name the chart's folder)");
    return buf;
}
