/*
 * store_ops: what one kind of store has to bring. store.c checks sizes and keys once for all kinds;
 * a function here may rely on them. Private to store/.
 */
#ifndef TOBAN_STORE_STORE_OPS_H
#define TOBAN_STORE_STORE_OPS_H

#include "base/str.h"
#include "store/store.h"

struct store_ops {
    int (*get)(struct store *s, struct store_key key, struct arena *a, struct store_item *out,
               struct err *err);
    int (*list)(struct store *s, const struct store_query *q,
                int (*each)(void *ctx, const struct store_item *item, struct err *err), void *ctx,
                struct err *err);
    int (*write)(struct store *s, const struct store_write *writes, size_t count, size_t *failed,
                 struct err *err);
    int (*check)(struct store *s, char *damage, size_t cap, struct err *err);
    void (*free)(struct store *s);
};

/* The head of every kind's own struct. */
struct store {
    const struct store_ops *ops;
    char *where; /* owned; freed by store_free */
    bool read_only;
};

/* path: of the file. */
int store_sqlite_open(const char *path, bool read_only, struct store **out, struct err *err);

/* where: without its scheme, "TABLE?region=…" (dynamo.h). */
int store_dynamo_open(const char *where, bool read_only, struct store **out, struct err *err);

/* The store that is used when none is named, into `out`. -1 when nothing tells where it is. */
int store_where_default(struct str *out, struct err *err);

#endif
