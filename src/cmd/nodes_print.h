/*
 * nodes_print: the nodes of `toban nodes list` for people as a table and for programs as JSON
 * (docs/format/nodes.md). Only layout and wording.
 */
#ifndef TOBAN_CMD_NODES_PRINT_H
#define TOBAN_CMD_NODES_PRINT_H

#include "base/str.h"
#include "ops/inventory/inventory.h"

struct nodes_print {
    struct str *out;
    const struct world *world;
    const struct inventory_row *rows;
    size_t count;
    int64_t now; /* seconds since 1970 */
};

void nodes_print_table(const struct nodes_print *p);
void nodes_print_json(const struct nodes_print *p);

#endif
