/*
 * markup: text from outside as part of a page, so that nothing in it becomes markup.
 */
#ifndef TOBAN_BASE_MARKUP_H
#define TOBAN_BASE_MARKUP_H

#include "base/str.h"

/* Markdown text between other text, also in a table's cell; back quotes stay, as our own texts mark
 * code by them. NULL adds nothing. */
void markup_markdown(struct str *out, const char *text);
/* Markdown code in back quotes, also in a table's cell; nothing for NULL and "". */
void markup_markdown_code(struct str *out, const char *text);

/* HTML, SVG and XML: as text or as a quoted attribute's value. Control characters and bytes that
 * are no UTF-8 become U+FFFD, so that the page stays well-formed. NULL adds nothing. */
void markup_html(struct str *out, const char *text);

#endif
