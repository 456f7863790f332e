/* split: where the documents of a YAML text begin and end; one answer for the parser and the
 * scanner. `---` and `...` at the start of a line always part documents, in block scalars too. */
#ifndef TOBAN_DOC_SPLIT_H
#define TOBAN_DOC_SPLIT_H

#include <stdbool.h>
#include <stddef.h>

/* True when the line at p begins with three times c, and then a blank, a line end or the end. */
static inline bool split_is_marker(const char *p, const char *end, char c)
{
    return end - p >= 3 && p[0] == c && p[1] == c && p[2] == c &&
           (end - p == 3 || p[3] == ' ' || p[3] == '\t' || p[3] == '\r' || p[3] == '\n');
}

/* Where the document behind a marker begins: at the next line, or right behind the three characters
 * when something other than a comment follows them on the line (*content is then true). */
const char *split_behind_marker(const char *marker, const char *end, bool *content);

/* True when the line at p has anything but blanks, a comment or a directive. */
bool split_has_content(const char *p, const char *end);

#endif
