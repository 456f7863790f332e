/* Tables come and go. */
#include "pocket/aws/dynamodb.h"

#include "base/must.h"

#include <ctype.h>

#define INVALID "One or more parameter values were invalid: "
#define NAME_MIN 3
#define NAME_MAX 255
#define PAGE_MAX 100

/* --- finding ------------------------------------------------------------------------------- */

void dynamodb_table_free(struct dynamodb_table *t)
{
    items_release(&t->items);
    arena_release(&t->arena);
    free(t);
}

static void drop_gone(struct account *a)
{
    struct dynamodb_state *s = a->dynamodb;
    size_t kept = 0;
    for (size_t i = 0; i < s->tables.len; i++) {
        struct dynamodb_table *t = s->tables.items[i];
        if (a->now_ms >= t->gone_ms)
            dynamodb_table_free(t);
        else
            s->tables.items[kept++] = t;
    }
    s->tables.len = kept;
}

struct dynamodb_table *dynamodb_find(struct account *a, struct sv name)
{
    drop_gone(a);
    vec_foreach(t, &a->dynamodb->tables) {
        if (sv_is(name, (*t)->name))
            return *t;
    }
    return NULL;
}

/* A table may also be named by its ARN. */
static struct sv name_in(struct sv text)
{
    const char *at = sv_starts(text, "arn:") ? sv_find(text, ":table/") : NULL;
    if (!at)
        return text;
    at += strlen(":table/");
    return sv_n(at, (size_t)(text.ptr + text.len - at));
}

static int check_name(struct dynamodb_ask *q, struct sv name)
{
#define CONSTRAINT                                                                                 \
    "1 validation error detected: Value '%.*s' at 'tableName' failed to satisfy constraint: "      \
    "Member must "
    if (name.len < NAME_MIN)
        return attr_refuse(&q->fault, CONSTRAINT "have length greater than or equal to %d",
                           SV_ARG(name), NAME_MIN);
    if (name.len > NAME_MAX)
        return attr_refuse(&q->fault, CONSTRAINT "have length less than or equal to %d",
                           SV_ARG(name), NAME_MAX);
    for (size_t i = 0; i < name.len; i++)
        if (!isalnum((unsigned char)name.ptr[i]) && !strchr("_.-", name.ptr[i]))
            return attr_refuse(&q->fault,
                               CONSTRAINT "satisfy regular expression pattern: [a-zA-Z0-9_.-]+",
                               SV_ARG(name));
    return 0;
}

static int read_name(struct dynamodb_ask *q, const struct doc_node *node, struct sv *out)
{
    if (dynamodb_demand(q, doc_get(node, "TableName"), "tableName") < 0 ||
        dynamodb_text(q, node, "TableName", out) < 0)
        return -1;
    *out = name_in(*out);
    return check_name(q, *out);
}

int dynamodb_table_of(struct dynamodb_ask *q, const struct doc_node *node,
                      struct dynamodb_table **out)
{
    struct sv name;
    return read_name(q, node, &name) < 0 ? -1 : dynamodb_table_named(q, name, out);
}

int dynamodb_table_named(struct dynamodb_ask *q, struct sv name, struct dynamodb_table **out)
{
    const struct account *a = q->call->account;
    *out = dynamodb_find(q->call->account, name_in(name));
    if (*out && a->now_ms >= (*out)->ready_ms && (*out)->gone_ms == INT64_MAX)
        return 0;
    return dynamodb_refuse(q, "ResourceNotFoundException", "Requested resource not found");
}

/* --- describing ---------------------------------------------------------------------------- */

static const char *status_of(const struct account *a, const struct dynamodb_table *t)
{
    return t->gone_ms != INT64_MAX ? "DELETING" : a->now_ms < t->ready_ms ? "CREATING" : "ACTIVE";
}

static void write_part(struct jsonw *w, const struct key_part *p, const char *key,
                       const char *value)
{
    if (!p->name.ptr)
        return;
    jsonw_object(w);
    jsonw_kv_sv(w, "AttributeName", p->name);
    jsonw_kv_str(w, key, value ? value : attr_type_names[p->type]);
    jsonw_object_end(w);
}

static void write_keys(struct jsonw *w, const struct key_schema *k)
{
    jsonw_key(w, "AttributeDefinitions");
    jsonw_array(w);
    write_part(w, &k->hash, "AttributeType", NULL);
    write_part(w, &k->range, "AttributeType", NULL);
    jsonw_array_end(w);
    jsonw_key(w, "KeySchema");
    jsonw_array(w);
    write_part(w, &k->hash, "KeyType", "HASH");
    write_part(w, &k->range, "KeyType", "RANGE");
    jsonw_array_end(w);
}

static void write_capacity(struct jsonw *w, const struct dynamodb_table *t)
{
    jsonw_key(w, "ProvisionedThroughput");
    jsonw_object(w);
    jsonw_kv_int(w, "NumberOfDecreasesToday", 0);
    jsonw_kv_int(w, "ReadCapacityUnits", t->read_units);
    jsonw_kv_int(w, "WriteCapacityUnits", t->write_units);
    jsonw_object_end(w);
    if (!t->on_demand)
        return;
    jsonw_key(w, "BillingModeSummary");
    jsonw_object(w);
    jsonw_kv_str(w, "BillingMode", "PAY_PER_REQUEST");
    jsonw_kv_int(w, "LastUpdateToPayPerRequestDateTime", t->created);
    jsonw_object_end(w);
}

static void describe(struct dynamodb_ask *q, const char *member, const struct dynamodb_table *t)
{
    struct jsonw *w = &q->w;
    jsonw_key(w, member);
    jsonw_object(w);
    write_keys(w, &t->keys);
    jsonw_kv_str(w, "TableName", t->name);
    jsonw_kv_str(w, "TableStatus", status_of(q->call->account, t));
    jsonw_kv_int(w, "CreationDateTime", t->created);
    write_capacity(w, t);
    jsonw_kv_int(w, "TableSizeBytes", (long long)t->items.size);
    jsonw_kv_int(w, "ItemCount", (long long)t->items.count);
    jsonw_kv_str(w, "TableArn", t->arn);
    jsonw_kv_str(w, "TableId", t->id);
    jsonw_kv_bool(w, "DeletionProtectionEnabled", t->protected);
    jsonw_object_end(w);
}

/* --- creating ------------------------------------------------------------------------------ */

static int read_type(struct dynamodb_ask *q, struct key_part *p)
{
    const struct doc_node *definitions = doc_get(q->root, "AttributeDefinitions");
    _cleanup_str_ struct str defined = {0};
    doc_each_item(d, definitions) {
        struct sv name = doc_get_string(d, "AttributeName");
        p->type = attr_type_of(doc_get_string(d, "AttributeType"));
        if (p->type > ATTR_B)
            return attr_refuse(&q->fault,
                               "1 validation error detected: Value '%.*s' at "
                               "'attributeDefinitions.%u.member.attributeType' failed to satisfy "
                               "constraint: Member must satisfy enum value set: [B, N, S]",
                               SV_ARG(doc_get_string(d, "AttributeType")), d_i + 1);
        if (sv_eq(name, p->name))
            return 0;
        str_addf(&defined, "%s%.*s", defined.len ? ", " : "", SV_ARG(name));
    }
    return attr_refuse(&q->fault,
                       INVALID "Some index key attributes are not defined in AttributeDefinitions. "
                               "Keys: [%.*s], AttributeDefinitions: [%s]",
                       SV_ARG(p->name), str_c(&defined));
}

static int read_part(struct dynamodb_ask *q, const struct doc_node *node, const char *role,
                     struct key_part *out)
{
    if (!sv_is(doc_get_string(node, "KeyType"), role))
        return attr_refuse(&q->fault,
                           "Invalid KeySchema: The %s KeySchemaElement is not a %s key type",
                           strcmp(role, "HASH") == 0 ? "first" : "second", role);
    out->name = doc_get_string(node, "AttributeName");
    if (!out->name.len)
        return dynamodb_demand(q, NULL, "keySchema.1.member.attributeName");
    return read_type(q, out);
}

static int read_keys(struct dynamodb_ask *q, struct key_schema *out)
{
    const struct doc_node *keys = doc_get(q->root, "KeySchema");
    const struct doc_node *definitions = doc_get(q->root, "AttributeDefinitions");
    if (dynamodb_demand(q, definitions, "attributeDefinitions") < 0 ||
        dynamodb_demand(q, keys, "keySchema") < 0)
        return -1;
    uint32_t count = doc_count(keys);
    if (count < 1 || count > 2)
        return attr_refuse(&q->fault,
                           "1 validation error detected: Value '%u elements' at 'keySchema' failed "
                           "to satisfy constraint: Member must have length %s",
                           count, count ? "less than or equal to 2" : "greater than or equal to 1");
    if (read_part(q, doc_item(keys, 0), "HASH", &out->hash) < 0 ||
        (count == 2 && read_part(q, doc_item(keys, 1), "RANGE", &out->range) < 0))
        return -1;
    if (count == 2 && sv_eq(out->hash.name, out->range.name))
        return attr_refuse(&q->fault, "Both the Hash Key and the Range Key element in the "
                                      "KeySchema have the same name");
    if (doc_count(definitions) != count)
        return attr_refuse(&q->fault,
                           INVALID "Number of attributes in KeySchema does not exactly match "
                                   "number of attributes defined in AttributeDefinitions");
    return 0;
}

static int read_capacity(struct dynamodb_ask *q, struct dynamodb_table *t)
{
    static const char *const modes[] = {"PROVISIONED", "PAY_PER_REQUEST", NULL};
    const struct doc_node *units = doc_get(q->root, "ProvisionedThroughput");
    unsigned mode;
    bool reads, writes;
    if (dynamodb_choice(q, q->root, "BillingMode", modes, &mode) < 0 ||
        dynamodb_number(q, units, "ReadCapacityUnits", 1, INT64_MAX, &reads, &t->read_units) < 0 ||
        dynamodb_number(q, units, "WriteCapacityUnits", 1, INT64_MAX, &writes, &t->write_units) < 0)
        return -1;
    t->on_demand = mode == 1;
    if (t->on_demand && (reads || writes))
        return attr_refuse(&q->fault,
                           INVALID "Neither ReadCapacityUnits nor WriteCapacityUnits can be "
                                   "specified when BillingMode is PAY_PER_REQUEST");
    if (!t->on_demand && !(reads && writes))
        return attr_refuse(&q->fault, INVALID "ReadCapacityUnits and WriteCapacityUnits must both "
                                              "be specified when BillingMode is PROVISIONED");
    return dynamodb_flag(q, q->root, "DeletionProtectionEnabled", false, &t->protected);
}

static void keep_name(struct dynamodb_table *t, struct sv *name)
{
    if (name->ptr)
        *name = sv_n(mem_must(arena_dup(&t->arena, *name)), name->len);
}

static struct dynamodb_table *add_table(struct account *a, const struct dynamodb_table *like,
                                        struct sv name)
{
    struct dynamodb_state *s = a->dynamodb;
    struct dynamodb_table *t = mem_must(malloc(sizeof *t));
    char id[37];
    *t = *like;
    account_write_uuid(a, id);
    t->name = mem_must(arena_dup(&t->arena, name));
    t->id = mem_must(arena_dup(&t->arena, sv_of(id)));
    t->arn = mem_must(arena_fmt(&t->arena, "arn:%s:dynamodb:%s:%s:table/%s", a->partition,
                                a->region, a->id, t->name));
    keep_name(t, &t->keys.hash.name);
    keep_name(t, &t->keys.range.name);
    t->created = account_now(a);
    t->ready_ms = a->now_ms + DYNAMODB_CREATING_MS;
    t->gone_ms = INT64_MAX;
    must_push(&s->tables, t);
    size_t at = s->tables.len - 1;
    for (; at && strcmp(s->tables.items[at - 1]->name, t->name) > 0; at--)
        s->tables.items[at] = s->tables.items[at - 1];
    s->tables.items[at] = t;
    return t;
}

static int create(struct dynamodb_ask *q)
{
    struct dynamodb_table like = {0};
    struct sv name;
    if (read_name(q, q->root, &name) < 0 || dynamodb_check_known(q, q->root) < 0 ||
        read_keys(q, &like.keys) < 0 || read_capacity(q, &like) < 0)
        return -1;
    if (dynamodb_find(q->call->account, name))
        return dynamodb_refuse(q, "ResourceInUseException", "Table already exists: %.*s",
                               SV_ARG(name));
    describe(q, "TableDescription", add_table(q->call->account, &like, name));
    return 0;
}

int dynamodb_create_table(struct service_call *c)
{
    return dynamodb_answer(c, create);
}

/* --- the others ---------------------------------------------------------------------------- */

static int find_named(struct dynamodb_ask *q, struct dynamodb_table **out)
{
    struct sv name;
    if (read_name(q, q->root, &name) < 0)
        return -1;
    *out = dynamodb_find(q->call->account, name);
    return *out ? 0
                : dynamodb_refuse(q, "ResourceNotFoundException",
                                  "Requested resource not found: Table: %.*s not found",
                                  SV_ARG(name));
}

static int describe_one(struct dynamodb_ask *q)
{
    struct dynamodb_table *t;
    if (find_named(q, &t) < 0)
        return -1;
    describe(q, "Table", t);
    return 0;
}

int dynamodb_describe_table(struct service_call *c)
{
    return dynamodb_answer(c, describe_one);
}

static int delete (struct dynamodb_ask *q)
{
    const struct account *a = q->call->account;
    struct dynamodb_table *t;
    if (find_named(q, &t) < 0)
        return -1;
    if (t->gone_ms != INT64_MAX || a->now_ms < t->ready_ms)
        return dynamodb_refuse(q, "ResourceInUseException",
                               "Attempt to change a resource which is still in use: Table is being "
                               "%s: %s",
                               t->gone_ms != INT64_MAX ? "deleted" : "created", t->name);
    if (t->protected)
        return attr_refuse(&q->fault,
                           "Resource cannot be deleted as it is currently protected against "
                           "deletion. Disable deletion protection first.");
    t->gone_ms = a->now_ms + DYNAMODB_DELETING_MS;
    items_release(&t->items);
    describe(q, "TableDescription", t);
    return 0;
}

int dynamodb_delete_table(struct service_call *c)
{
    return dynamodb_answer(c, delete);
}

static int list(struct dynamodb_ask *q)
{
    const struct dynamodb_table *last = NULL;
    int64_t most = PAGE_MAX, count = 0;
    struct sv after;
    bool set;
    if (dynamodb_text(q, q->root, "ExclusiveStartTableName", &after) < 0 ||
        dynamodb_number(q, q->root, "Limit", 1, PAGE_MAX, &set, &most) < 0)
        return -1;
    drop_gone(q->call->account);
    jsonw_key(&q->w, "TableNames");
    jsonw_array(&q->w);
    bool more = false;
    vec_foreach(t, &q->call->account->dynamodb->tables) {
        if (after.ptr && sv_cmp(sv_of((*t)->name), after) <= 0)
            continue;
        more = count == most;
        if (more)
            break;
        last = *t;
        jsonw_str(&q->w, last->name);
        count++;
    }
    jsonw_array_end(&q->w);
    if (more)
        jsonw_kv_str(&q->w, "LastEvaluatedTableName", last->name);
    return 0;
}

int dynamodb_list_tables(struct service_call *c)
{
    return dynamodb_answer(c, list);
}
