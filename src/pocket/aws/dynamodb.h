/*
 * dynamodb: what the actions of the pocket's DynamoDB have in common. Values, expressions and the
 * order of items are in pocket/dynamo/; here are tables, requests and what is said of them.
 * Within pocket/aws/dynamodb*.c only.
 */
#ifndef TOBAN_POCKET_AWS_DYNAMODB_H
#define TOBAN_POCKET_AWS_DYNAMODB_H

#include "base/map.h"
#include "pocket/aws/service.h"
#include "pocket/dynamo/items.h"
#include "pocket/dynamo/keys.h"

/* Virtual milliseconds until a table can be used, and until a deleted one is gone. */
#define DYNAMODB_CREATING_MS 4000
#define DYNAMODB_DELETING_MS 2000

struct dynamodb_table {
    struct arena arena; /* of the texts below */
    const char *name, *id, *arn;
    struct key_schema keys;
    bool on_demand, protected;
    int64_t read_units, write_units; /* of one that is not on demand */
    int64_t created;                 /* Unix seconds */
    int64_t ready_ms;                /* when it is no longer CREATING */
    int64_t gone_ms;                 /* when it has been deleted; INT64_MAX: it is not */
    struct items items;
};

/* What was done under a client's token. */
struct dynamodb_token {
    int64_t clock; /* real Unix seconds */
    uint64_t digest[2];
};
/* Tokens of ten minutes and more; the older generation is dropped when the newer one is so old. */
struct dynamodb_tokens {
    struct map map;
    struct arena arena;
    int64_t since;
};

struct dynamodb_state {
    VEC(struct dynamodb_table *) tables; /* ascending by name */
    struct dynamodb_tokens tokens[2];    /* the newer ones first */
};

/* A request that is being answered. */
struct dynamodb_ask {
    struct service_call *call;
    struct arena *arena; /* of the call */
    struct doc_file doc;
    const struct doc_node *root;
    struct attr_fault fault;
    struct str out; /* of w */
    struct jsonw w; /* in the answer's object */
};

/* Parses the body, calls make, which fills the answer, and ends the call. */
int dynamodb_answer(struct service_call *c, int (*make)(struct dynamodb_ask *q));
/* An error of DynamoDB's own; always -1. What is wrong with the request: attr_refuse. */
int dynamodb_refuse(struct dynamodb_ask *q, const char *code, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

/* --- members of a request: -1 when they are not as they must be ------------------------------ */

/* Absent when it is not there. */
int dynamodb_text(struct dynamodb_ask *q, const struct doc_node *node, const char *name,
                  struct sv *out);
/* `min` to `max`; *set tells whether it is there. */
int dynamodb_number(struct dynamodb_ask *q, const struct doc_node *node, const char *name,
                    int64_t min, int64_t max, bool *set, int64_t *out);
int dynamodb_flag(struct dynamodb_ask *q, const struct doc_node *node, const char *name, bool usual,
                  bool *out);
/* A member that must be there, by its name as errors tell it: "tableName". */
int dynamodb_demand(struct dynamodb_ask *q, const struct doc_node *value, const char *wire_name);
/* One of the words, ended by NULL; the first when it is not there. */
int dynamodb_choice(struct dynamodb_ask *q, const struct doc_node *node, const char *name,
                    const char *const *words, unsigned *out);
/* Refuses what this DynamoDB does not have: indexes, the ways before there were expressions. */
int dynamodb_check_known(struct dynamodb_ask *q, const struct doc_node *node);

/* --- tables -------------------------------------------------------------------------------- */

/* By name, whatever its status; those that are gone are taken out. NULL. */
struct dynamodb_table *dynamodb_find(struct account *a, struct sv name);
/* TableName of node, whose items can be used now. */
int dynamodb_table_of(struct dynamodb_ask *q, const struct doc_node *node,
                      struct dynamodb_table **out);
int dynamodb_table_named(struct dynamodb_ask *q, struct sv name, struct dynamodb_table **out);
void dynamodb_table_free(struct dynamodb_table *t);

/* --- items --------------------------------------------------------------------------------- */

/* What is kept, as values in the arena. */
struct attr dynamodb_load(const struct item *item, struct arena *a);
/* The expressions' names and values, and the projection (no paths: all). */
int dynamodb_read_scope(struct dynamodb_ask *q, const struct doc_node *node,
                        struct expr_scope *scope);
int dynamodb_read_projection(struct dynamodb_ask *q, const struct doc_node *node,
                             struct expr_scope *scope, struct expr_paths *out);
/* Writes an item, or what is projected of it. */
void dynamodb_write_item(struct dynamodb_ask *q, struct jsonw *w, const struct item *item,
                         const struct expr_paths *paths);

/* A key as values and as bytes. */
int dynamodb_read_key(struct dynamodb_ask *q, const struct doc_node *value,
                      const struct dynamodb_table *table, struct attr *given, struct sv *out);

/* A Get of GetItem or of a transaction. *item is NULL when there is none. */
struct dynamodb_get {
    struct dynamodb_table *table;
    struct sv key;
    struct expr_paths paths;
    const struct item *item;
};
int dynamodb_get_read(struct dynamodb_ask *q, const struct doc_node *node,
                      struct dynamodb_get *out);

enum dynamodb_act { DYNAMODB_PUT, DYNAMODB_UPDATE, DYNAMODB_DELETE, DYNAMODB_CHECK };
/* One write, alone or of a transaction. */
struct dynamodb_write {
    enum dynamodb_act act;
    struct dynamodb_table *table;
    struct sv key;
    struct attr given; /* the item of a put, else the key */
    struct expr *condition;
    struct expr_update update;
    bool tells_old; /* when the condition does not hold */

    /* Of dynamodb_write_try. */
    const struct item *found;
    struct attr old, item; /* old: no members when there is none */
};
enum dynamodb_trial { DYNAMODB_FITS, DYNAMODB_UNMET, DYNAMODB_WRONG };
/* What can be said without looking at the item. */
int dynamodb_write_read(struct dynamodb_ask *q, const struct doc_node *node, enum dynamodb_act act,
                        struct dynamodb_write *out);
/* Sets the key of an item that is to be put, and looks at its size. */
int dynamodb_write_key(struct dynamodb_ask *q, struct dynamodb_write *x);
/* Nothing is changed yet. DYNAMODB_WRONG: fault says what. */
enum dynamodb_trial dynamodb_write_try(struct dynamodb_ask *q, struct dynamodb_write *x,
                                       struct attr_fault *fault);
void dynamodb_write_store(struct dynamodb_ask *q, struct dynamodb_write *x);

/* --- actions ------------------------------------------------------------------------------- */

int dynamodb_create_table(struct service_call *c);
int dynamodb_describe_table(struct service_call *c);
int dynamodb_delete_table(struct service_call *c);
int dynamodb_list_tables(struct service_call *c);
int dynamodb_get_item(struct service_call *c);
int dynamodb_put_item(struct service_call *c);
int dynamodb_update_item(struct service_call *c);
int dynamodb_delete_item(struct service_call *c);
int dynamodb_query(struct service_call *c);
int dynamodb_scan(struct service_call *c);
int dynamodb_transact_write(struct service_call *c);
int dynamodb_transact_get(struct service_call *c);
int dynamodb_batch_get(struct service_call *c);
int dynamodb_batch_write(struct service_call *c);
void dynamodb_tokens_release(struct dynamodb_state *s);

#endif
