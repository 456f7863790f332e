/* scan_doubt: what, anywhere in a document, could make its lines mean something else than they say.
 * Part of scan; nobody else includes it. */
#ifndef TOBAN_DOC_SCAN_DOUBT_H
#define TOBAN_DOC_SCAN_DOUBT_H

#include "base/sv.h"

/* `{{` */
bool scan_has_template(struct sv text);
/* A CR without LF, or one of the line breaks NEL, LS and PS, which YAML 1.1 knows too. */
bool scan_has_odd_break(struct sv text);
/* A quote that may be open at the end of its line, so that the next lines may be quoted text. */
bool scan_has_open_quote(struct sv text);

#endif
