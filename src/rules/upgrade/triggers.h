/* triggers: which words and kinds are worth a parse, and which rules a parsed document then needs.
 * Private to rules/upgrade; the front is rules_literals and rules_wants_tree. */
#ifndef TOBAN_RULES_UPGRADE_TRIGGERS_H
#define TOBAN_RULES_UPGRADE_TRIGGERS_H

#include "rules/upgrade/rules.h"

/* Whether the rules about any text have something to look for. */
bool triggers_text(struct sv kind, uint64_t words);

/* A name ("app-token-x7k2p") as the token controller made them. */
bool triggers_token_name(struct sv name);

#endif
