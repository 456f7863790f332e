#include "finding/rule_info.h"

#include <string.h>

const struct rule_info *rule_info_find(const struct rule_table *table, const char *id)
{
    size_t low = 0, high = table ? table->count : 0;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        int order = strcmp(id, table->items[middle].id);
        if (order == 0)
            return &table->items[middle];
        if (order < 0)
            high = middle;
        else
            low = middle + 1;
    }
    return NULL;
}
