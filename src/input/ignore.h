/*
 * ignore: the rules of .gitignore files, matched as git does. Text in, yes or no out; finding and
 * reading the files is walk's work.
 *
 * A set holds the rules of one file and points to the sets that count less (those of the folders
 * above, at the end .git/info/exclude). Within a set the last rule that matches decides, and the
 * nearest set with such a rule decides. A folder that is ignored is to be passed over whole:
 * nothing below it can be taken back.
 */
#ifndef TOBAN_INPUT_IGNORE_H
#define TOBAN_INPUT_IGNORE_H

#include "base/arena.h"
#include "base/sv.h"

/* Bytes of an ignore file that are read. */
#define IGNORE_FILE_MAX ((size_t)1 << 20)

struct ignore_rule {
    struct sv pattern; /* without '!', leading and trailing slash */
    uint32_t literal;  /* leading bytes that hold nothing special */
    bool negated;      /* takes back */
    bool folders_only;
    bool name_only; /* has no slash: matches the last part of the path */
};

struct ignore_set {
    const struct ignore_set *less; /* NULL: nothing below */
    size_t base; /* bytes of a path that name the folder of the file, with slash */
    struct ignore_rule *rules;
    size_t rule_count;
};

/* The rules of text, which must outlive the set. Returns `less` when there is no rule in it or no
 * memory for them. */
const struct ignore_set *ignore_parse(struct arena *arena, struct sv text, size_t base,
                                      const struct ignore_set *less);

/* Whether path (parts joined by '/', no leading or trailing slash, counted from the place that all
 * `base` count from) is ignored by the rules for it alone; the folders above are not asked. set may
 * be NULL. */
bool ignore_match(const struct ignore_set *set, struct sv path, bool is_folder);

/* git's wildmatch with path names: '*', '?' and brackets stop at slashes, a double star between
 * slashes does not. */
bool ignore_wildmatch(struct sv pattern, struct sv text);

#endif
