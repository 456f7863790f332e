/*
 * dynamo: what the files of the DynamoDB store share. Private to store/ and its tests.
 *
 * Table lay-out and IAM actions: docs/format/store.md. The request and answer functions are pure;
 * only dynamo_call talks. Source of the rules: the DynamoDB API reference (TransactWriteItems,
 * Query, "Amazon DynamoDB Transactions: how it works").
 */
#ifndef TOBAN_STORE_DYNAMO_H
#define TOBAN_STORE_DYNAMO_H

#include "aws/client.h"
#include "net/retry.h"
#include "store/store_ops.h"

#define DYNAMO_SCHEME "dynamodb://"
#define DYNAMO_PATIENCE_MS 10000 /* how long something is tried again */
#define DYNAMO_ATTEMPT_MS 5000   /* of one request; half of it, so that a lost one is repeated */
#define DYNAMO_FIRST_TRIES 4     /* of one that never answered: its address may be wrong */
#define DYNAMO_CREATE_MS 60000   /* for a new table to become usable */

/* ---- the name of a store ---- */

struct dynamo_where {
    char table[256];
    char region[64];        /* "": from environment or profile */
    char profile[128];      /* likewise */
    char endpoint_url[512]; /* "": that of AWS */
    bool create;            /* make the table when it is not there */
};

/* Understands TABLE[?region=R&profile=P&endpoint-url=U&create=yes]. ERR_USAGE. */
int dynamo_where_parse(const char *text, struct dynamo_where *out, struct err *err);

/* ---- requests: append the JSON of one ---- */

/* A key's sort text as it is kept; DynamoDB has no empty keys, so that each has a '/' in front. */
#define DYNAMO_SORT_MARK "/"

void dynamo_ask_get(const char *table, struct store_key key, struct str *out);

/* Where a list begins. */
struct dynamo_range {
    const char *start; /* the sort key before the first one wanted; NULL: from the end */
    bool empty;        /* nothing can match */
};
struct dynamo_range dynamo_range_of(const struct store_query *q);
/* limit: items, 0: as many as one answer holds. start as above. */
void dynamo_ask_query(const char *table, const struct store_query *q, const char *start,
                      uint32_t limit, struct str *out);

#define DYNAMO_TOKEN_MAX 33
/* What makes a repetition of the same transaction no second one, for ten minutes. */
int dynamo_token(char out[static DYNAMO_TOKEN_MAX], struct err *err);
/* Returns the number of actions in the request, index[i] telling which write each is: a check
 * without a condition asks for nothing. Nothing is to be sent when it is 0. */
size_t dynamo_ask_write(const char *table, const struct store_write *writes, size_t count,
                        const char *token, size_t index[static STORE_WRITES_MAX], struct str *out);

void dynamo_ask_describe(const char *table, struct str *out);
void dynamo_ask_create(const char *table, struct str *out);
/* For keys of items that toban did not write so; start is the LastEvaluatedKey of the answer
 * before, as JSON, absent at first. */
void dynamo_ask_strange(const char *table, struct sv start, struct str *out);

/* ---- answers ---- */

/* One item, its texts in `a`. ERR_INPUT: not written by toban. */
int dynamo_read_item(const struct doc_node *attributes, struct arena *a, struct store_item *out,
                     struct err *err);

/* *last becomes the sort key that a list goes on behind, in `a`; NULL: it is at its end. */
int dynamo_read_last(const struct doc_node *answer, struct arena *a, const char **last,
                     struct err *err);

/* Why a transaction was cancelled. */
enum dynamo_verdict {
    DYNAMO_CONFLICT, /* a condition did not hold, of action `at` */
    DYNAMO_AGAIN,    /* others were at these items, or all too fast */
    DYNAMO_REFUSED,  /* it will never be done */
};
struct dynamo_cancel {
    enum dynamo_verdict verdict;
    size_t at;
    struct sv code, message; /* views into the answer */
};
struct dynamo_cancel dynamo_read_cancel(const struct doc_node *answer);

enum dynamo_table {
    DYNAMO_TABLE_READY,
    DYNAMO_TABLE_COMING, /* being made */
    DYNAMO_TABLE_GOING,  /* being deleted, archived, or without its encryption key */
    DYNAMO_TABLE_OTHER,  /* its keys are not those of a store */
};
/* status gets DynamoDB's own word. */
enum dynamo_table dynamo_read_table(const struct doc_node *answer, struct sv *status);

/* ---- talking ---- */

struct dynamo_store {
    struct store base;
    struct dynamo_where at;
    struct aws_client *aws;
    struct retry_rng rng;
    bool was_up; /* it has answered before: what fails now may come back */
};

extern const struct store_ops dynamo_ops;

/* One request, again and again for DYNAMO_PATIENCE_MS as long as it is refused for lack of pace,
 * disturbed by others, or without an answer; all requests here may be repeated. answer as with
 * aws_client_call. ERR_CONFLICT of a cancelled transaction: ask dynamo_read_cancel. doing:
 * "cannot read". */
int dynamo_call(struct dynamo_store *s, const char *action, const struct str *body,
                const char *doing, struct aws_answer *answer, struct err *err);

/* Finds the table, or makes it, and waits until it can be used. */
int dynamo_table_prepare(struct dynamo_store *s, struct err *err);
/* Fills err for a table that is not there; returns -1. */
int dynamo_table_missing(const struct dynamo_store *s, struct err *err);

#endif
