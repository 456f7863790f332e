/* One item: Get, Put, Update, Delete. The writes serve transactions too. */
#include "pocket/aws/dynamodb.h"

#include "base/must.h"

/* --- what is kept -------------------------------------------------------------------------- */

struct attr dynamodb_load(const struct item *item, struct arena *a)
{
    struct doc_file file = {0};
    struct attr out = {.type = ATTR_M};
    struct attr_fault fault = {0};
    struct err err;
    if (doc_parse_json(&file, "an item", item_json(item), NULL, &err) ||
        attr_read_map(file.parts[0].root, a, &out, &fault) < 0)
        must_fail_nomem();
    doc_release(&file);
    return out;
}

void dynamodb_write_item(struct dynamodb_ask *q, struct jsonw *w, const struct item *item,
                         const struct expr_paths *paths)
{
    if (!paths->count) {
        jsonw_raw(w, item_json(item));
        return;
    }
    struct arena_mark mark = arena_mark(q->arena);
    struct attr all = dynamodb_load(item, q->arena);
    struct attr some = expr_project(&all, paths, q->arena);
    attr_write_map(&some, w);
    arena_rewind(q->arena, mark);
}

/* --- expressions of a request -------------------------------------------------------------- */

static int check_needed(struct dynamodb_ask *q, const struct doc_node *node)
{
    static const char *const expressions[] = {"ConditionExpression", "FilterExpression",
                                              "KeyConditionExpression", "ProjectionExpression",
                                              "UpdateExpression"};
    bool values = doc_get(node, "ExpressionAttributeValues") != NULL;
    bool any = false, valued = false;
    for (size_t i = 0; i < ARRAY_LEN(expressions); i++) {
        bool is = doc_get(node, expressions[i]) != NULL;
        any = any || is;
        valued = valued || (is && strcmp(expressions[i], "ProjectionExpression") != 0);
    }
    if (doc_get(node, "ExpressionAttributeNames") && !any)
        return attr_refuse(&q->fault,
                           "ExpressionAttributeNames can only be specified when using expressions");
    if (values && !valued)
        return attr_refuse(
            &q->fault, "ExpressionAttributeValues can only be specified when using expressions");
    return 0;
}

int dynamodb_read_scope(struct dynamodb_ask *q, const struct doc_node *node,
                        struct expr_scope *scope)
{
    *scope = (struct expr_scope){.arena = q->arena, .fault = &q->fault};
    if (dynamodb_check_known(q, node) < 0 || check_needed(q, node) < 0)
        return -1;
    return expr_scope_read(scope, doc_get(node, "ExpressionAttributeNames"),
                           doc_get(node, "ExpressionAttributeValues"));
}

int dynamodb_read_projection(struct dynamodb_ask *q, const struct doc_node *node,
                             struct expr_scope *scope, struct expr_paths *out)
{
    struct sv text;
    *out = (struct expr_paths){0};
    if (dynamodb_text(q, node, "ProjectionExpression", &text) < 0)
        return -1;
    return text.ptr ? expr_read_projection(scope, text, out) : 0;
}

int dynamodb_read_key(struct dynamodb_ask *q, const struct doc_node *value,
                      const struct dynamodb_table *table, struct attr *given, struct sv *out)
{
    _cleanup_str_ struct str key = {0};
    if (dynamodb_demand(q, value, "key") < 0 ||
        attr_read_map(value, q->arena, given, &q->fault) < 0 ||
        key_of_key(&table->keys, given, &key, &q->fault) < 0)
        return -1;
    *out = sv_n(mem_must(arena_dup(q->arena, str_sv(&key))), key.len);
    return 0;
}

/* --- reading ------------------------------------------------------------------------------- */

int dynamodb_get_read(struct dynamodb_ask *q, const struct doc_node *node, struct dynamodb_get *out)
{
    struct expr_scope scope;
    struct attr given;
    *out = (struct dynamodb_get){0};
    if (dynamodb_read_scope(q, node, &scope) < 0 ||
        dynamodb_read_projection(q, node, &scope, &out->paths) < 0 ||
        expr_scope_check(&scope) < 0 || dynamodb_table_of(q, node, &out->table) < 0 ||
        dynamodb_read_key(q, doc_get(node, "Key"), out->table, &given, &out->key) < 0)
        return -1;
    out->item = items_find(&out->table->items, out->key);
    return 0;
}

static int get(struct dynamodb_ask *q)
{
    struct dynamodb_get x;
    if (dynamodb_get_read(q, q->root, &x) < 0)
        return -1;
    if (x.item) {
        jsonw_key(&q->w, "Item");
        dynamodb_write_item(q, &q->w, x.item, &x.paths);
    }
    return 0;
}

int dynamodb_get_item(struct service_call *c)
{
    return dynamodb_answer(c, get);
}

/* --- one write ----------------------------------------------------------------------------- */

static int read_condition(struct dynamodb_ask *q, const struct doc_node *node,
                          struct expr_scope *scope, struct dynamodb_write *out)
{
    static const char *const tells[] = {"NONE", "ALL_OLD", NULL};
    struct sv text;
    unsigned tell;
    if (dynamodb_text(q, node, "ConditionExpression", &text) < 0 ||
        dynamodb_choice(q, node, "ReturnValuesOnConditionCheckFailure", tells, &tell) < 0)
        return -1;
    out->tells_old = tell == 1;
    if (text.ptr)
        return expr_read_condition(scope, "ConditionExpression", text, &out->condition);
    return out->act == DYNAMODB_CHECK ? dynamodb_demand(q, NULL, "conditionExpression") : 0;
}

static int read_update(struct dynamodb_ask *q, const struct doc_node *node,
                       struct expr_scope *scope, struct dynamodb_write *out)
{
    struct sv text;
    if (out->act != DYNAMODB_UPDATE)
        return 0;
    if (dynamodb_text(q, node, "UpdateExpression", &text) < 0)
        return -1;
    return text.ptr ? expr_read_update(scope, text, &out->update) : 0;
}

static int check_key_kept(struct dynamodb_ask *q, const struct dynamodb_write *x)
{
    for (uint32_t i = 0; i < x->update.count; i++) {
        struct sv name = x->update.items[i].path.steps[0].name;
        if (key_has(&x->table->keys, name))
            return attr_refuse(&q->fault,
                               "One or more parameter values were invalid: Cannot update attribute "
                               "%.*s. This attribute is part of the key",
                               SV_ARG(name));
    }
    return 0;
}

int dynamodb_write_key(struct dynamodb_ask *q, struct dynamodb_write *x)
{
    _cleanup_str_ struct str key = {0};
    if (key_of_item(&x->table->keys, &x->given, &key, &q->fault) < 0)
        return -1;
    if (attr_item_size(&x->given) > ATTR_ITEM_MAX)
        return attr_refuse(&q->fault, "Item size has exceeded the maximum allowed size");
    x->key = sv_n(mem_must(arena_dup(q->arena, str_sv(&key))), key.len);
    return 0;
}

int dynamodb_write_read(struct dynamodb_ask *q, const struct doc_node *node, enum dynamodb_act act,
                        struct dynamodb_write *out)
{
    struct expr_scope scope;
    const struct doc_node *item = doc_get(node, "Item");
    *out = (struct dynamodb_write){.act = act};
    if (act == DYNAMODB_PUT && (dynamodb_demand(q, item, "item") < 0 ||
                                attr_read_map(item, q->arena, &out->given, &q->fault) < 0))
        return -1;
    if (dynamodb_read_scope(q, node, &scope) < 0 || read_update(q, node, &scope, out) < 0 ||
        read_condition(q, node, &scope, out) < 0 || expr_scope_check(&scope) < 0 ||
        dynamodb_table_of(q, node, &out->table) < 0)
        return -1;
    if (act == DYNAMODB_PUT)
        return dynamodb_write_key(q, out);
    if (dynamodb_read_key(q, doc_get(node, "Key"), out->table, &out->given, &out->key) < 0)
        return -1;
    return check_key_kept(q, out);
}

enum dynamodb_trial dynamodb_write_try(struct dynamodb_ask *q, struct dynamodb_write *x,
                                       struct attr_fault *fault)
{
    x->found = items_find(&x->table->items, x->key);
    x->old = x->found ? dynamodb_load(x->found, q->arena) : (struct attr){.type = ATTR_M};
    if (!expr_holds(x->condition, &x->old, q->arena))
        return DYNAMODB_UNMET;
    if (x->act == DYNAMODB_PUT)
        x->item = x->given;
    if (x->act != DYNAMODB_UPDATE)
        return DYNAMODB_FITS;
    x->item = attr_copy(x->found ? &x->old : &x->given, q->arena);
    if (expr_apply(&x->update, &x->item, q->arena, fault) < 0)
        return DYNAMODB_WRONG;
    if (attr_item_size(&x->item) <= ATTR_ITEM_MAX)
        return DYNAMODB_FITS;
    attr_refuse(fault, "Item size to update has exceeded the maximum allowed size");
    return DYNAMODB_WRONG;
}

void dynamodb_write_store(struct dynamodb_ask *q, struct dynamodb_write *x)
{
    _cleanup_str_ struct str json = {0};
    struct jsonw w;
    if (x->act == DYNAMODB_CHECK)
        return;
    if (x->act == DYNAMODB_DELETE) {
        items_remove(&x->table->items, x->key);
        return;
    }
    jsonw_init(&w, &json, 0);
    attr_write_map(&x->item, &w);
    if (!str_ok(&json))
        must_fail_nomem();
    items_put(&x->table->items, x->key, str_sv(&json), attr_item_size(&x->item));
}

/* --- the actions --------------------------------------------------------------------------- */

enum tell { TELL_NONE, TELL_ALL_OLD, TELL_UPDATED_OLD, TELL_ALL_NEW, TELL_UPDATED_NEW };

static int read_tell(struct dynamodb_ask *q, enum dynamodb_act act, unsigned *out)
{
    static const char *const words[] = {"NONE",    "ALL_OLD",     "UPDATED_OLD",
                                        "ALL_NEW", "UPDATED_NEW", NULL};
    if (dynamodb_choice(q, q->root, "ReturnValues", words, out) < 0)
        return -1;
    if (act == DYNAMODB_UPDATE || *out <= TELL_ALL_OLD)
        return 0;
    return attr_refuse(&q->fault, "Return values set to invalid value");
}

static void tell(struct dynamodb_ask *q, const struct dynamodb_write *x, enum tell what)
{
    struct attr some = what == TELL_ALL_OLD || what == TELL_UPDATED_OLD ? x->old : x->item;
    if (what == TELL_UPDATED_OLD || what == TELL_UPDATED_NEW) {
        struct expr_paths paths = expr_update_paths(&x->update, q->arena);
        some = expr_project(&some, &paths, q->arena);
    }
    if (what == TELL_NONE || !some.count)
        return;
    jsonw_key(&q->w, "Attributes");
    attr_write_map(&some, &q->w);
}

static int unmet(struct dynamodb_ask *q, const struct dynamodb_write *x)
{
    if (x->tells_old && x->found)
        q->call->details =
            mem_must(arena_fmt(q->arena, "\"Item\":%.*s", SV_ARG(item_json(x->found))));
    return dynamodb_refuse(q, "ConditionalCheckFailedException", "The conditional request failed");
}

static int write_one(struct dynamodb_ask *q, enum dynamodb_act act)
{
    struct dynamodb_write x;
    unsigned what;
    if (read_tell(q, act, &what) < 0 || dynamodb_write_read(q, q->root, act, &x) < 0)
        return -1;
    switch (dynamodb_write_try(q, &x, &q->fault)) {
    case DYNAMODB_UNMET:
        return unmet(q, &x);
    case DYNAMODB_WRONG:
        return -1;
    case DYNAMODB_FITS:
        break;
    }
    tell(q, &x, (enum tell)what);
    dynamodb_write_store(q, &x);
    return 0;
}

static int put(struct dynamodb_ask *q)
{
    return write_one(q, DYNAMODB_PUT);
}
int dynamodb_put_item(struct service_call *c)
{
    return dynamodb_answer(c, put);
}

static int update(struct dynamodb_ask *q)
{
    return write_one(q, DYNAMODB_UPDATE);
}
int dynamodb_update_item(struct service_call *c)
{
    return dynamodb_answer(c, update);
}

static int delete (struct dynamodb_ask *q)
{
    return write_one(q, DYNAMODB_DELETE);
}
int dynamodb_delete_item(struct service_call *c)
{
    return dynamodb_answer(c, delete);
}
