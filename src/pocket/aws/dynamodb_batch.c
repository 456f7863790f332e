/* Batches: many items of many tables in one request, each for itself. */
#include "pocket/aws/dynamodb.h"

#include "base/must.h"

#define GETS_MAX 100
#define WRITES_MAX 25
#define ANSWER_MAX ((size_t)16 << 20)

/* --- both ---------------------------------------------------------------------------------- */

static int read_tables(struct dynamodb_ask *q, const struct doc_node **out)
{
    *out = doc_get(q->root, "RequestItems");
    if (dynamodb_demand(q, *out, "requestItems") < 0)
        return -1;
    if (doc_count(*out))
        return 0;
    return attr_refuse(
        &q->fault, "1 validation error detected: Value '{}' at 'requestItems' failed to satisfy "
                   "constraint: Member must have length greater than or equal to 1");
}

static int too_many(struct dynamodb_ask *q, const char *action)
{
    return attr_refuse(&q->fault, "Too many items requested for the %s call", action);
}

static int same_twice(struct dynamodb_ask *q)
{
    return attr_refuse(&q->fault, "Provided list of item keys contains duplicates");
}

static void add_raw(const struct dynamodb_ask *q, struct jsonw *w, const struct doc_node *node)
{
    jsonw_raw(w, sv_n(q->doc.text.ptr + node->span.start, node->span.end - node->span.start));
}

/* --- reading ------------------------------------------------------------------------------- */

struct fetch {
    struct sv keys[GETS_MAX];
    uint32_t count;   /* of all tables */
    size_t bytes;     /* of the answer, as DynamoDB counts */
    struct str later; /* UnprocessedKeys */
    struct jsonw w;   /* in it */
};

static int read_one(struct dynamodb_ask *q, struct fetch *f, const struct dynamodb_table *table,
                    const struct doc_node *node, uint32_t first)
{
    struct attr given;
    if (f->count == GETS_MAX)
        return too_many(q, "BatchGetItem");
    if (dynamodb_read_key(q, node, table, &given, &f->keys[f->count]) < 0)
        return -1;
    for (uint32_t i = first; i < f->count; i++)
        if (sv_eq(f->keys[i], f->keys[f->count]))
            return same_twice(q);
    f->count++;
    return 0;
}

/* What did not fit, to be asked for again with all that was asked with it. */
static void put_off(const struct dynamodb_ask *q, struct fetch *f, const struct doc_pair *asked,
                    uint32_t from)
{
    const struct doc_node *keys = doc_get(asked->value, "Keys");
    jsonw_key_sv(&f->w, asked->key->text);
    jsonw_object(&f->w);
    doc_each_pair(p, asked->value) {
        jsonw_key_sv(&f->w, p->key->text);
        if (p->value != keys) {
            add_raw(q, &f->w, p->value);
            continue;
        }
        jsonw_array(&f->w);
        for (uint32_t i = from; i < doc_count(keys); i++)
            add_raw(q, &f->w, doc_item(keys, i));
        jsonw_array_end(&f->w);
    }
    jsonw_object_end(&f->w);
}

static void fetch_all(struct dynamodb_ask *q, struct fetch *f, const struct dynamodb_table *table,
                      const struct doc_pair *asked, const struct expr_paths *paths, uint32_t first)
{
    jsonw_key_sv(&q->w, asked->key->text);
    jsonw_array(&q->w);
    for (uint32_t i = first; i < f->count; i++) {
        const struct item *item = items_find(&table->items, f->keys[i]);
        if (!item)
            continue;
        f->bytes += item->size;
        if (f->bytes > ANSWER_MAX) {
            put_off(q, f, asked, i - first);
            break;
        }
        dynamodb_write_item(q, &q->w, item, paths);
    }
    jsonw_array_end(&q->w);
}

static int get_of_table(struct dynamodb_ask *q, struct fetch *f, const struct doc_pair *asked)
{
    const struct doc_node *keys = doc_get(asked->value, "Keys");
    struct dynamodb_table *table;
    struct expr_scope scope;
    struct expr_paths paths;
    uint32_t first = f->count;
    if (dynamodb_demand(q, keys, "requestItems.keys") < 0 ||
        dynamodb_read_scope(q, asked->value, &scope) < 0 ||
        dynamodb_read_projection(q, asked->value, &scope, &paths) < 0 ||
        expr_scope_check(&scope) < 0 || dynamodb_table_named(q, asked->key->text, &table) < 0)
        return -1;
    for (uint32_t i = 0; i < doc_count(keys); i++)
        if (read_one(q, f, table, doc_item(keys, i), first) < 0)
            return -1;
    fetch_all(q, f, table, asked, &paths, first);
    return 0;
}

static int get_of_tables(struct dynamodb_ask *q, struct fetch *f, const struct doc_node *tables)
{
    jsonw_key(&q->w, "Responses");
    jsonw_object(&q->w);
    doc_each_pair(p, tables) {
        if (get_of_table(q, f, p) < 0)
            return -1;
    }
    jsonw_object_end(&q->w);
    jsonw_key(&q->w, "UnprocessedKeys");
    jsonw_object_end(&f->w);
    jsonw_raw(&q->w, str_sv(&f->later));
    return 0;
}

static int batch_get(struct dynamodb_ask *q)
{
    const struct doc_node *tables;
    struct fetch *f = mem_must(arena_new(q->arena, struct fetch));
    if (read_tables(q, &tables) < 0)
        return -1;
    jsonw_init(&f->w, &f->later, 0);
    jsonw_object(&f->w);
    int result = get_of_tables(q, f, tables);
    str_release(&f->later);
    return result;
}

int dynamodb_batch_get(struct service_call *c)
{
    return dynamodb_answer(c, batch_get);
}

/* --- writing ------------------------------------------------------------------------------- */

static int read_request(struct dynamodb_ask *q, const struct doc_node *node,
                        struct dynamodb_table *table, struct dynamodb_write *out)
{
    const struct doc_node *put = doc_get(node, "PutRequest");
    const struct doc_node *delete = doc_get(node, "DeleteRequest");
    *out = (struct dynamodb_write){.act = put ? DYNAMODB_PUT : DYNAMODB_DELETE, .table = table};
    if (!put == !delete)
        return attr_refuse(&q->fault, "A request of BatchWriteItem "
                                      "must contain exactly one of PutRequest or DeleteRequest");
    if (delete)
        return dynamodb_read_key(q, doc_get(delete, "Key"), table, &out->given, &out->key);
    const struct doc_node *item = doc_get(put, "Item");
    if (dynamodb_demand(q, item, "item") < 0 ||
        attr_read_map(item, q->arena, &out->given, &q->fault) < 0)
        return -1;
    return dynamodb_write_key(q, out);
}

static int read_requests(struct dynamodb_ask *q, const struct doc_pair *asked,
                         struct dynamodb_write *writes, uint32_t *count)
{
    struct dynamodb_table *table;
    if (dynamodb_table_named(q, asked->key->text, &table) < 0)
        return -1;
    for (uint32_t i = 0; i < doc_count(asked->value); i++) {
        struct dynamodb_write *x = &writes[*count];
        if (*count == WRITES_MAX)
            return too_many(q, "BatchWriteItem");
        if (read_request(q, doc_item(asked->value, i), table, x) < 0)
            return -1;
        for (uint32_t j = 0; j < *count; j++)
            if (writes[j].table == table && sv_eq(writes[j].key, x->key))
                return same_twice(q);
        ++*count;
    }
    return 0;
}

static int batch_write(struct dynamodb_ask *q)
{
    const struct doc_node *tables;
    struct dynamodb_write *writes =
        mem_must(arena_new_n(q->arena, struct dynamodb_write, WRITES_MAX + 1));
    uint32_t count = 0;
    if (read_tables(q, &tables) < 0)
        return -1;
    doc_each_pair(p, tables) {
        if (read_requests(q, p, writes, &count) < 0)
            return -1;
    }
    for (uint32_t i = 0; i < count; i++) {
        writes[i].item = writes[i].given;
        dynamodb_write_store(q, &writes[i]);
    }
    jsonw_key(&q->w, "UnprocessedItems");
    jsonw_object(&q->w);
    jsonw_object_end(&q->w);
    return 0;
}

int dynamodb_batch_write(struct service_call *c)
{
    return dynamodb_answer(c, batch_write);
}
