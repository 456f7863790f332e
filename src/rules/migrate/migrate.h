/*
 * migrate: rewrites manifests to API versions that the target release serves, keeping the meaning
 * and every byte that need not change.
 *
 * Text in; new text, changes made and decisions left out. Which version to go to is asked of
 * rules/upgrade/lifecycle.h; how an object changes between two versions is the table in kinds.c;
 * how the bytes change is doc/splice.h. No I/O here.
 *
 * An object about which a person must decide stays as it is, whole.
 */
#ifndef TOBAN_RULES_MIGRATE_MIGRATE_H
#define TOBAN_RULES_MIGRATE_MIGRATE_H

#include "base/str.h"
#include "base/vec.h"
#include "rules/upgrade/lifecycle.h"

struct migrate_options {
    const struct lifecycle *lifecycle;
    struct version from;  /* release of the cluster now; unset: not known */
    struct version floor; /* when `from` is unset: the cluster is at least that new, by what was
                             found (migrate_floor); may be unset */
    struct version to;    /* release to be ready for; must be set */
    bool partial;         /* the text is a patch: its objects leave things out, so no default of an
                             old version is written out */
    bool chart_template;  /* the text is a Helm template */
};

struct migrate_object {
    const char *api_version, *kind;
    const char *namespace, *name; /* NULL: none */
    uint32_t line, column;        /* of its apiVersion */
};

struct migrate_change {
    struct migrate_object object; /* as it was */
    const char *to;               /* apiVersion it has now */
    struct version not_before;    /* release from which on that is served; unset: always */
    struct version again_before;  /* the new version goes too: migrate again before this release */
};

enum migrate_word {
    MIGRATE_DECISION, /* nothing was changed here; a person must */
    MIGRATE_NOTE,     /* something was changed, or seen, that one should know */
};

/* What is to be said about an object. */
struct migrate_remark {
    enum migrate_word word;
    const char *topic; /* kebab-case, stable */
    struct migrate_object object;
    uint32_t line, column; /* of the place in question */
    const char *message;   /* what stands there and why it matters */
    const char *advice;    /* what to do; NULL: nothing */
};

/* A document that could not be read. */
struct migrate_problem {
    uint32_t line, column;
    const char *message;
};

struct migrate_result {
    struct arena arena; /* owns all strings */
    VEC(struct migrate_change) changes;
    VEC(struct migrate_remark) remarks;
    VEC(struct migrate_problem) problems;
    uint64_t objects; /* seen */
    uint32_t unread;  /* documents of a template that are no YAML with its actions masked */
    struct str text;  /* the new text; empty when nothing changes */
    bool changed;
};

/* Looks at one text; `name` is for messages. Running it on its own result changes nothing.
 * 0, also when there are decisions or problems; -1 with err for lack of memory or a text over the
 * limits of doc_parse. Release *r in every case; it needs no preparation. */
int migrate_text(const struct migrate_options *o, const char *name, struct sv text,
                 struct migrate_result *r, struct err *err);

/* Raises *floor to the first release that serves all that the text holds. Best effort: a text that
 * cannot be read changes nothing. */
void migrate_floor(const struct lifecycle *l, struct sv text, struct version *floor);

/* NULL-safe. */
void migrate_result_release(struct migrate_result *r);
#define _cleanup_migrate_ _cleanup_(migrate_result_release)

/* Decisions among the remarks. */
size_t migrate_decisions(const struct migrate_result *r);

#endif
