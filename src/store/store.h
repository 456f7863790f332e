/*
 * store: where toban remembers what must survive it: plans, the journal, leases, approvals. Small
 * items under two-part keys, written in transactions with conditions. The interface is what a
 * SQLite file and a DynamoDB table can both do, and no more; what items mean lives above (journal/,
 * plan/).
 *
 * An item is {partition, sort, body, version, fence}. `version` is set by the store: 1 when the
 * item is made, one more with each put. `fence` is the writer's own number (a lease's token), 0 if
 * unused.
 *
 * A store belongs to one thread at a time; open one per thread, any number of processes may have
 * the same one open.
 */
#ifndef TOBAN_STORE_STORE_H
#define TOBAN_STORE_STORE_H

#include "base/arena.h"
#include "base/err.h"
#include "base/sv.h"
#include "base/vec.h"

#include <stdint.h>

#define STORE_KEY_MAX 512                  /* bytes of a partition or a sort key; UTF-8, no NUL */
#define STORE_BODY_MAX ((size_t)350 << 10) /* bytes of a body */
#define STORE_WRITES_MAX 100               /* of a transaction */
#define STORE_TRANSACTION_MAX ((size_t)3500 << 10) /* bytes of all bodies of a transaction */

struct store;

/* Opens what `where` names: "sqlite:///path", a path, "dynamodb://TABLE[?region=…]", or NULL for
 * the user's own ($TOBAN_STORE, else $XDG_STATE_HOME/toban/toban.db, else
 * ~/.local/state/toban/toban.db). A file that is not there is made (mode 0600, folders 0700); a
 * table only when `create=yes` is among its settings, for one made in the wrong region would let
 * two people hold the same lease: else ERR_NOT_FOUND. ERR_INPUT: not a store, or altered, or of a
 * newer toban; ERR_DENIED, ERR_LOCAL, ERR_REMOTE: cannot be read or written. */
int store_open(const char *where, struct store **out, struct err *err);
/* As above, but nothing is made and nothing can be written: for looking. ERR_NOT_FOUND when it is
 * not there. */
int store_open_to_read(const char *where, struct store **out, struct err *err);
/* NULL-safe. */
void store_free(struct store *s);

static inline void store_free_p(struct store **s)
{
    store_free(*s);
}
#define _cleanup_store_ _cleanup_(store_free_p)

/* "sqlite:///home/…/toban.db", for messages; never a secret. */
const char *store_where(const struct store *s);

struct store_key {
    const char *partition, *sort; /* sort may be "" */
};

struct store_item {
    const char *sort;
    struct sv body;
    uint64_t version, fence;
};

/* One item into `a`. ERR_NOT_FOUND when there is none. Reads what was acknowledged last. */
int store_get(struct store *s, struct store_key key, struct arena *a, struct store_item *out,
              struct err *err);

struct store_query {
    const char *partition;
    const char *prefix; /* of the sort key; NULL: all */
    const char *after;  /* only sort keys behind this one, in the query's direction; NULL: all */
    bool backwards;     /* last sort key first; order is that of bytes */
    uint32_t limit;     /* items; 0: all */
};
/* Calls `each` for the items in order; they are valid during the call only. each returns 0 to go
 * on, 1 to stop without an error, -1 with err set. each must not use the store. */
int store_list(struct store *s, const struct store_query *q,
               int (*each)(void *ctx, const struct store_item *item, struct err *err), void *ctx,
               struct err *err);

enum store_act { STORE_PUT, STORE_DELETE, STORE_CHECK /* changes nothing */ };
enum store_condition {
    STORE_ANYHOW,
    STORE_ABSENT,     /* there is no such item */
    STORE_AT_VERSION, /* its version is `expect` */
    STORE_AT_FENCE,   /* its fence is `expect` */
};

struct store_write {
    enum store_act act;
    enum store_condition condition;
    struct store_key key;
    uint64_t expect;
    struct sv body; /* PUT */
    uint64_t fence; /* PUT: the item's new fence */
};

#define STORE_NO_WRITE SIZE_MAX

/* All or nothing. When it returns 0 everything is on the disk (synced). -1: nothing was written,
 * but for ERR_REMOTE, where no answer came in 10 s of asking and it may have been;
 * ERR_CONFLICT: a condition did not hold, *failed (may be NULL) is the index of the first such
 * write, else STORE_NO_WRITE. ERR_LOCAL: full disk, read-only file, I/O error. At most one write
 * per key. A busy store is waited for up to 10 s, then ERR_THROTTLED. */
int store_write(struct store *s, const struct store_write *writes, size_t count, size_t *failed,
                struct err *err);

/* Proves that the store can be written now: writes and syncs a few bytes. For asking before an act
 * instead of after it. */
int store_probe(struct store *s, struct err *err);

/* Looks for damage below the items, all of them: minutes for a large store, and in DynamoDB the
 * price of reading all of it. 0: there is none, or
 * *damage (cap bytes, else "") says what there is. -1: could not look. */
int store_check(struct store *s, char *damage, size_t cap, struct err *err);

#endif
