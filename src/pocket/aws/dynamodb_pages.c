/* Query and Scan: a range of items, page by page. */
#include "pocket/aws/dynamodb.h"

#include "base/must.h"

#define PAGE_BYTES ((size_t)1 << 20)
#define SEGMENTS_MAX 1000000

struct walk {
    struct dynamodb_table *table;
    struct expr_scope scope;
    struct key_range range;
    struct expr *filter;
    struct expr_paths paths;
    bool backwards, counts_only;
    int64_t most; /* items to look at; INT64_MAX: none */

    int64_t count, looked_at;
    const struct item *last; /* of those that were looked at; NULL: all were */
};

/* --- what is asked ------------------------------------------------------------------------- */

static int read_select(struct dynamodb_ask *q, struct walk *x)
{
    static const char *const words[] = {
        "", "ALL_ATTRIBUTES", "ALL_PROJECTED_ATTRIBUTES", "SPECIFIC_ATTRIBUTES", "COUNT", NULL};
    unsigned select;
    if (dynamodb_choice(q, q->root, "Select", words, &select) < 0)
        return -1;
    x->counts_only = select == 4;
    if (select == 2)
        return attr_refuse(&q->fault,
                           "One or more parameter values were invalid: ALL_PROJECTED_ATTRIBUTES "
                           "can be used only when Querying using an IndexName");
    if (x->paths.count && (select == 1 || select == 4))
        return attr_refuse(&q->fault,
                           "Cannot specify the ProjectionExpression when choosing to get %s",
                           select == 1 ? "ALL_ATTRIBUTES" : "only the Count");
    if (!x->paths.count && select == 3)
        return attr_refuse(&q->fault, "Must specify the AttributesToGet or ProjectionExpression "
                                      "when choosing to get SPECIFIC_ATTRIBUTES");
    return 0;
}

static int read_common(struct dynamodb_ask *q, struct walk *x)
{
    struct sv text;
    bool set;
    x->most = INT64_MAX;
    if (dynamodb_read_scope(q, q->root, &x->scope) < 0 ||
        dynamodb_number(q, q->root, "Limit", 1, INT32_MAX, &set, &x->most) < 0 ||
        dynamodb_read_projection(q, q->root, &x->scope, &x->paths) < 0 || read_select(q, x) < 0 ||
        dynamodb_text(q, q->root, "FilterExpression", &text) < 0)
        return -1;
    return text.ptr ? expr_read_condition(&x->scope, "FilterExpression", text, &x->filter) : 0;
}

static int wrong_start(struct dynamodb_ask *q)
{
    return attr_refuse(&q->fault, "The provided starting key is invalid: The provided key element "
                                  "does not match the schema");
}

/* Is the starting key one that the query could have answered? */
static int check_start(struct dynamodb_ask *q, const struct walk *x, const struct attr *start)
{
    const struct attr *hash = attr_get(start, x->table->keys.hash.name);
    if (!x->range.hash.text.ptr)
        return 0;
    if (!attr_equal(hash, &x->range.hash))
        return attr_refuse(&q->fault, "The provided starting key is outside query boundaries based "
                                      "on provided conditions");
    if (x->range.sort && !expr_holds(x->range.sort, start, q->arena))
        return attr_refuse(&q->fault,
                           "The provided starting key does not match the range key predicate");
    return 0;
}

static int read_start(struct dynamodb_ask *q, struct walk *x)
{
    const struct doc_node *node = doc_get(q->root, "ExclusiveStartKey");
    _cleanup_attr_fault_ struct attr_fault fault = {0};
    _cleanup_str_ struct str key = {0};
    struct attr start;
    if (!node || node->type == DOC_NULL)
        return 0;
    if (attr_read_map(node, q->arena, &start, &q->fault) < 0)
        return -1;
    if (key_of_key(&x->table->keys, &start, &key, &fault) < 0)
        return wrong_start(q);
    if (check_start(q, x, &start) < 0)
        return -1;
    key_range_after(&x->range, str_sv(&key), x->backwards);
    return 0;
}

/* --- walking ------------------------------------------------------------------------------- */

static const struct item *take(const struct walk *x, struct items_place *place)
{
    struct sv low = str_sv(&x->range.low), high = str_sv(&x->range.high);
    const struct item *item;
    if (x->backwards) {
        item = items_previous(&x->table->items, place);
        return item && sv_cmp(item_key(item), low) >= 0 ? item : NULL;
    }
    item = items_next(&x->table->items, place);
    return item && (!high.len || sv_cmp(item_key(item), high) < 0) ? item : NULL;
}

static bool passes(struct dynamodb_ask *q, const struct walk *x, const struct item *item)
{
    if (!x->filter)
        return true;
    struct arena_mark mark = arena_mark(q->arena);
    struct attr all = dynamodb_load(item, q->arena);
    bool result = expr_holds(x->filter, &all, q->arena);
    arena_rewind(q->arena, mark);
    return result;
}

static void walk_items(struct dynamodb_ask *q, struct walk *x)
{
    struct sv from = str_sv(x->backwards ? &x->range.high : &x->range.low);
    struct items_place place = items_seek(&x->table->items, from);
    const struct item *item;
    size_t bytes = 0;
    while ((item = take(x, &place))) {
        bytes += item->size;
        if (x->looked_at == x->most || (x->looked_at && bytes > PAGE_BYTES))
            return;
        x->last = item;
        x->looked_at++;
        if (!passes(q, x, item))
            continue;
        x->count++;
        if (!x->counts_only)
            dynamodb_write_item(q, &q->w, item, &x->paths);
    }
    /* Who got as many as were asked for is not told whether there are more. */
    if (x->looked_at < x->most)
        x->last = NULL;
}

static void answer(struct dynamodb_ask *q, struct walk *x)
{
    if (!x->counts_only) {
        jsonw_key(&q->w, "Items");
        jsonw_array(&q->w);
    }
    walk_items(q, x);
    if (!x->counts_only)
        jsonw_array_end(&q->w);
    jsonw_kv_int(&q->w, "Count", x->count);
    jsonw_kv_int(&q->w, "ScannedCount", x->looked_at);
    if (!x->last)
        return;
    struct attr all = dynamodb_load(x->last, q->arena);
    struct attr key = key_attributes(&x->table->keys, &all, q->arena);
    jsonw_key(&q->w, "LastEvaluatedKey");
    attr_write_map(&key, &q->w);
}

/* --- query --------------------------------------------------------------------------------- */

static int check_filter(struct dynamodb_ask *q, const struct walk *x)
{
    const struct key_part *parts[] = {&x->table->keys.hash, &x->table->keys.range};
    for (size_t i = 0; x->filter && i < ARRAY_LEN(parts); i++)
        if (parts[i]->name.ptr && expr_names_attribute(x->filter, parts[i]->name))
            return attr_refuse(&q->fault,
                               "Filter Expression can only contain non-primary key attributes: "
                               "Primary key attribute: %.*s",
                               SV_ARG(parts[i]->name));
    return 0;
}

static int read_query(struct dynamodb_ask *q, struct walk *x)
{
    struct expr *condition;
    struct sv text;
    bool forward;
    if (read_common(q, x) < 0 ||
        dynamodb_flag(q, q->root, "ScanIndexForward", true, &forward) < 0 ||
        dynamodb_text(q, q->root, "KeyConditionExpression", &text) < 0)
        return -1;
    x->backwards = !forward;
    if (!text.ptr)
        return attr_refuse(&q->fault,
                           "Either the KeyConditions or KeyConditionExpression parameter "
                           "must be specified in the request.");
    if (expr_read_condition(&x->scope, "KeyConditionExpression", text, &condition) < 0 ||
        expr_scope_check(&x->scope) < 0 || dynamodb_table_of(q, q->root, &x->table) < 0 ||
        key_range_read(&x->table->keys, condition, &x->range, &q->fault) < 0 ||
        check_filter(q, x) < 0)
        return -1;
    return read_start(q, x);
}

static int query(struct dynamodb_ask *q)
{
    struct walk x = {0};
    int result = read_query(q, &x);
    if (result == 0)
        answer(q, &x);
    key_range_release(&x.range);
    return result;
}

int dynamodb_query(struct service_call *c)
{
    return dynamodb_answer(c, query);
}

/* --- scan ---------------------------------------------------------------------------------- */

static int read_segment(struct dynamodb_ask *q, struct walk *x)
{
    int64_t segment = 0, total = 1;
    bool one, all;
    if (dynamodb_number(q, q->root, "TotalSegments", 1, SEGMENTS_MAX, &all, &total) < 0 ||
        dynamodb_number(q, q->root, "Segment", 0, SEGMENTS_MAX - 1, &one, &segment) < 0)
        return -1;
    if (one != all)
        return attr_refuse(&q->fault,
                           "The %s parameter is required but was not present in the request when "
                           "%s parameter is present",
                           one ? "TotalSegments" : "Segment", one ? "Segment" : "TotalSegments");
    if (segment >= total)
        return attr_refuse(&q->fault,
                           "The Segment parameter is zero-based and must be less than parameter "
                           "TotalSegments: Segment: %lld is not less than TotalSegments: %lld",
                           (long long)segment, (long long)total);
    key_range_segment((uint64_t)segment, (uint64_t)total, &x->range);
    return 0;
}

static int read_scan(struct dynamodb_ask *q, struct walk *x)
{
    if (read_common(q, x) < 0 || expr_scope_check(&x->scope) < 0 || read_segment(q, x) < 0 ||
        dynamodb_table_of(q, q->root, &x->table) < 0)
        return -1;
    return read_start(q, x);
}

static int scan(struct dynamodb_ask *q)
{
    struct walk x = {0};
    int result = read_scan(q, &x);
    if (result == 0)
        answer(q, &x);
    key_range_release(&x.range);
    return result;
}

int dynamodb_scan(struct service_call *c)
{
    return dynamodb_answer(c, scan);
}
