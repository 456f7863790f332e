/*
 * template: a Helm template as YAML, with its actions made unreadable: an action that stands for a
 * value becomes a word of the same length, a line of nothing but actions becomes a comment. What an
 * action would do stays unknown, so what touches one is not edited. Inner to rules/migrate.
 */
#ifndef TOBAN_RULES_MIGRATE_TEMPLATE_H
#define TOBAN_RULES_MIGRATE_TEMPLATE_H

#include "doc/splice.h"

struct template_line {
    uint32_t offset;
    uint32_t column; /* where its output goes, as far as it can be told */
};

struct template_block {
    uint32_t offset; /* from here on … */
    uint32_t id;     /* … text stands in this branch; 0: in none */
};

struct template_mask {
    struct arena arena;
    struct sv source, text;            /* as given; with actions masked, same length */
    char fill;                         /* four or more of it in a row are a masked action */
    VEC(struct template_line) outputs; /* lines that put in lines of their own */
    VEC(struct template_block) blocks;
};

/* Masks source, which must outlive *m. -1 without memory. */
int template_mask(struct template_mask *m, struct sv source, struct err *err);
void template_release(struct template_mask *m);
#define _cleanup_template_ _cleanup_(template_release)

/* Can the changes be made without touching what actions make? Else false, and *offset is where. */
bool template_allows(const struct template_mask *m, const struct splice *s,
                     const struct edit_list *edits, size_t first_edit, uint32_t *offset);

#endif
