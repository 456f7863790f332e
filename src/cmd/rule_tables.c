#include "cmd/rule_tables.h"

#include "finding/suppress.h"
#include "rules/upgrade/rules.h"

const struct rule_info *rule_tables_find(const char *id)
{
    const struct rule_table upgrade = rules_table();
    const struct rule_info *found = rule_info_find(&upgrade, id);
    return found ? found : rule_info_find(&suppress_rules, id);
}

/* Two sorted tables as one: place *at counts over both. */
const struct rule_info *rule_tables_next(size_t *at)
{
    const struct rule_table upgrade = rules_table();
    size_t i = 0, j = 0, left = *at;
    for (;; left--) {
        const struct rule_info *a = i < upgrade.count ? &upgrade.items[i] : NULL;
        const struct rule_info *b = j < suppress_rules.count ? &suppress_rules.items[j] : NULL;
        const struct rule_info *next = a && (!b || strcmp(a->id, b->id) < 0) ? a : b;
        if (!next || left == 0) {
            *at += next != NULL;
            return next;
        }
        next == a ? i++ : j++;
    }
}
