/* What libyaml found, in words for people who do not know its grammar. */
#include "base/cleanup.h"
#include "base/utf8.h"
#include "doc/internal.h"

#include <yaml.h>

#define TAB_TEXT "a tab is used for indentation: YAML allows only spaces there"

struct explanation {
    const char *problem; /* a part of libyaml's text */
    const char *text;    /* %u: the line where the surrounding thing began */
    bool at_context;     /* that is also the place to look at */
};

static const struct explanation explanations[] = {
    {"mapping values are not allowed", "a ': ' where no key can stand: the indentation is off, or "
                                       "a text that contains ': ' is not in quotes"},
    {"did not find expected key", "expected another key of the map that begins on line %u: the "
                                  "indentation is off, or a quote is missing or too much"},
    {"did not find expected '-' indicator", "expected '- ' of the list that begins on line %u: the "
                                            "indentation is off"},
    {"did not find expected ',' or ']'", "expected ',' or ']': the '[' on line %u is not closed"},
    {"did not find expected ',' or '}'", "expected ',' or '}': the '{' on line %u is not closed"},
    {"could not find expected ':'", "expected 'key: value', but this line has no ': '", true},
    {"found unexpected end of stream", "the quote that is opened here is never closed", true},
    {"found unexpected document indicator", "the quote that is opened here is never closed", true},
    {"found a tab character", TAB_TEXT},
    {"block sequence entries are not allowed", "a '- ' where no list can begin: put it on its own "
                                               "line"},
    {"mapping keys are not allowed", "a '? ' where no key can stand"},
    {"found unknown escape character", "an unknown escape behind '\\' in double quotes: use single "
                                       "quotes, or write '\\\\'"},
    {"did not find expected hexdecimal number", "expected hexadecimal digits in this escape"},
    {"found invalid Unicode character escape", "this escape stands for no character"},
    {"did not find expected alphabetic", "expected a name of letters and digits behind '&' or '*'"},
    {"did not find expected node content", "expected a value here"},
    {"did not find expected <document start>", "text behind the end of the document"},
    {"did not find expected comment or line break", "expected the end of the line here"},
    {"found an indentation indicator equal to 0", "the indentation behind '|' or '>' cannot be 0"},
    {"found undefined tag handle", "the '!' handle of this tag is not declared"},
    {"found incompatible YAML document", "this YAML version is not known; 1.1 is"},
    {"found unknown directive", "an unknown '%' directive"},
    {"while scanning a directive", "a '%' directive that cannot be read"},
    {"tag", "a '!' tag that cannot be read"},
};

static struct sv line_of(const struct doc_file *f, uint32_t at)
{
    uint32_t from = at, to = at, end = (uint32_t)f->text.len;
    while (from > 0 && f->text.ptr[from - 1] != '\n')
        from--;
    while (to < end && f->text.ptr[to] != '\n')
        to++;
    return sv_n(f->text.ptr + from, to - from);
}

static bool has_tab_indent(struct sv line)
{
    size_t i = 0;
    while (i < line.len && line.ptr[i] == ' ')
        i++;
    return i < line.len && line.ptr[i] == '\t';
}

static const char *template_note(const struct doc_file *f, uint32_t at, uint32_t context)
{
    if (sv_has(line_of(f, at), "{{") || sv_has(line_of(f, context), "{{"))
        return " ('{{' looks like a Helm template: render it first, or name the chart's folder)";
    return "";
}

static void explain_bytes(struct doc_reader *r, const yaml_parser_t *p, uint32_t at)
{
    if (sv_has(sv_of(p->problem), "control"))
        reader_error(r, at, "the control character U+%04X is not allowed",
                     (unsigned)p->problem_value);
    else
        reader_error(r, at, "bytes that are not UTF-8: save the file as UTF-8");
}

static void explain_token(struct doc_reader *r, uint32_t at)
{
    const struct doc_file *f = r->file;
    size_t left = f->text.len - at, n = left ? utf8_length(f->text.ptr + at, left) : 0;
    if (has_tab_indent(line_of(f, at)) || (n && f->text.ptr[at] == '\t'))
        reader_error(r, at, TAB_TEXT);
    else
        reader_error(r, at, "a value cannot begin with '%.*s': put it in quotes%s", (int)n,
                     f->text.ptr + at, template_note(f, at, at));
}

static const struct explanation *find(const char *problem, const char *context)
{
    for (size_t i = 0; i < ARRAY_LEN(explanations); i++)
        if (strstr(problem, explanations[i].problem) || strstr(context, explanations[i].problem))
            return &explanations[i];
    return NULL;
}

void yaml_explain(struct doc_reader *r, const struct yaml_parser_s *p, uint32_t at,
                  uint32_t context)
{
    const char *problem = p->problem ? p->problem : "", *around = p->context ? p->context : "";
    if (p->error == YAML_READER_ERROR) {
        explain_bytes(r, p, at);
        return;
    }
    if (strstr(problem, "cannot start any token")) {
        explain_token(r, at);
        return;
    }
    const struct explanation *e = find(problem, around);
    const char *text = e ? e->text : "this is not YAML",
               *note = template_note(r->file, at, context);
    if (e && !e->at_context && has_tab_indent(line_of(r->file, at)))
        text = TAB_TEXT;
    const char *number = strstr(text, "%u");
    uint32_t line, column, place = e && e->at_context ? context : at;
    doc_position(r->file, context, &line, &column);
    if (number)
        reader_error(r, place, "%.*s%u%s%s", (int)(number - text), text, line, number + 2, note);
    else
        reader_error(r, place, "%s%s", text, note);
}
