/* custom: additionalPrinterColumns of custom kinds: their JSON paths and cells. For table.c only.
 */
#ifndef TOBAN_POCKET_SHOW_CUSTOM_H
#define TOBAN_POCKET_SHOW_CUSTOM_H

#include "pocket/show/cell.h"

/* The first value a JSON path names: steps ".key", "['key']", "[0]", "[*]" and filters
 * "[?(@.key=="text")]". NULL when there is none, or the path is another one. */
const struct doc_node *custom_at(const struct doc_node *object, struct sv path);
/* The cell of one column; null when there is no value or none of the column's type. */
struct doc_node *custom_cell(struct cell_ctx *c, const struct doc_node *object,
                             const struct doc_node *column);

#endif
