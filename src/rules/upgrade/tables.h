/*
 * tables: the facts of data/, compiled in by scripts/gen-tables. Only declarations; what the
 * tables mean is said by the headers of their types. Every table has its length and the day of the
 * data, "YYYY-MM-DD".
 */
#ifndef TOBAN_RULES_UPGRADE_TABLES_H
#define TOBAN_RULES_UPGRADE_TABLES_H

#include "finding/rule_info.h"
#include "rules/upgrade/components.h"
#include "rules/upgrade/hops.h"
#include "rules/upgrade/lifecycle.h"

/* Sorted by group, kind, version. */
extern const struct lifecycle_row table_lifecycle[];
extern const size_t table_lifecycle_len;
extern const char table_lifecycle_date[];

/* Sorted by id: the general rules about API versions and every breaker. */
extern const struct rule_info table_rules[];
extern const size_t table_rules_len;
extern const char table_rules_date[];

/* Sorted by name. */
extern const struct component_row table_components[];
extern const size_t table_components_len;
extern const char table_components_date[];

/* Sorted by version. */
extern const struct eks_version table_eks_versions[];
extern const size_t table_eks_versions_len;
extern const char table_eks_versions_date[];

#endif
