/* Transactions: all or nothing, and once under a token. */
#include "pocket/aws/dynamodb.h"

#include "base/must.h"

#include <xxhash.h>

#define ACTIONS_MAX 100
#define BYTES_MAX ((size_t)4 << 20)
#define TOKEN_MAX 36
#define TOKEN_LIFE_S 600

/* --- tokens -------------------------------------------------------------------------------- */

void dynamodb_tokens_release(struct dynamodb_state *s)
{
    for (size_t i = 0; i < ARRAY_LEN(s->tokens); i++) {
        map_release(&s->tokens[i].map);
        arena_release(&s->tokens[i].arena);
    }
}

/* It is the client who counts the ten minutes, so that they are real ones. */
static void turn_over(struct dynamodb_state *s, int64_t clock)
{
    struct dynamodb_tokens *t = s->tokens;
    if (clock - t[0].since <= TOKEN_LIFE_S)
        return;
    map_release(&t[1].map);
    arena_release(&t[1].arena);
    t[1] = t[0];
    t[0] = (struct dynamodb_tokens){.since = clock};
}

static const struct dynamodb_token *find_token(const struct dynamodb_ask *q, struct sv token)
{
    struct dynamodb_state *s = q->call->account->dynamodb;
    turn_over(s, q->call->clock);
    for (size_t i = 0; i < ARRAY_LEN(s->tokens); i++) {
        const struct dynamodb_token *t = map_get(&s->tokens[i].map, token);
        if (t)
            return q->call->clock - t->clock <= TOKEN_LIFE_S ? t : NULL;
    }
    return NULL;
}

static void digest(const struct dynamodb_ask *q, uint64_t out[static 2])
{
    XXH128_hash_t h = XXH3_128bits(q->call->asked.ptr, q->call->asked.len);
    out[0] = h.low64;
    out[1] = h.high64;
}

static void keep_token(const struct dynamodb_ask *q, struct sv token)
{
    struct dynamodb_tokens *to = &q->call->account->dynamodb->tokens[0];
    struct dynamodb_token *t = mem_must(arena_new(&to->arena, struct dynamodb_token));
    t->clock = q->call->clock;
    digest(q, t->digest);
    struct sv name = sv_n(mem_must(arena_dup(&to->arena, token)), token.len);
    if (!map_put(&to->map, name, t))
        must_fail_nomem();
}

/* 1: it was done before; -1: refused. */
static int check_token(struct dynamodb_ask *q, struct sv *token)
{
    uint64_t now[2];
    if (dynamodb_text(q, q->root, "ClientRequestToken", token) < 0)
        return -1;
    if (!token->ptr)
        return 0;
    if (!token->len || token->len > TOKEN_MAX)
        return attr_refuse(&q->fault,
                           "1 validation error detected: Value '%.*s' at 'clientRequestToken' "
                           "failed to satisfy constraint: Member must have length %s",
                           SV_ARG(*token),
                           token->len ? "less than or equal to 36" : "greater than or equal to 1");
    const struct dynamodb_token *before = find_token(q, *token);
    digest(q, now);
    if (!before)
        return 0;
    if (before->digest[0] == now[0] && before->digest[1] == now[1])
        return 1;
    return dynamodb_refuse(q, "IdempotentParameterMismatchException",
                           "The provided client token was used before with other parameters");
}

/* --- what is asked ------------------------------------------------------------------------- */

static int read_items(struct dynamodb_ask *q, const struct doc_node **out)
{
    *out = doc_get(q->root, "TransactItems");
    if (dynamodb_demand(q, *out, "transactItems") < 0)
        return -1;
    uint32_t count = doc_count(*out);
    if (count >= 1 && count <= ACTIONS_MAX)
        return 0;
    return attr_refuse(&q->fault,
                       "1 validation error detected: Value '[%u items]' at 'transactItems' failed "
                       "to satisfy constraint: Member must have length %s",
                       count, count ? "less than or equal to 100" : "greater than or equal to 1");
}

static int same_twice(struct dynamodb_ask *q)
{
    return attr_refuse(&q->fault,
                       "Transaction request cannot include multiple operations on one item");
}

static int check_bytes(struct dynamodb_ask *q, size_t bytes)
{
    if (bytes <= BYTES_MAX)
        return 0;
    return attr_refuse(&q->fault, "The items of the transaction have more than 4 MB");
}

/* The rights to a transaction are those to its actions. */
static int check_right(struct dynamodb_ask *q, const char *right)
{
    char action[64];
    snprintf(action, sizeof action, "dynamodb:%s", right);
    if (!faults_name(&q->call->account->faults->deny, action))
        return 0;
    return dynamodb_refuse(q, "AccessDeniedException",
                           "User: %s is not authorized to perform: %s because no identity-based "
                           "policy allows the %s action",
                           q->call->caller, action, action);
}

static int read_write(struct dynamodb_ask *q, const struct doc_node *node,
                      struct dynamodb_write *out)
{
    static const char *const acts[] = {[DYNAMODB_PUT] = "Put",
                                       [DYNAMODB_UPDATE] = "Update",
                                       [DYNAMODB_DELETE] = "Delete",
                                       [DYNAMODB_CHECK] = "ConditionCheck"};
    static const char *const rights[] = {[DYNAMODB_PUT] = "PutItem",
                                         [DYNAMODB_UPDATE] = "UpdateItem",
                                         [DYNAMODB_DELETE] = "DeleteItem",
                                         [DYNAMODB_CHECK] = "ConditionCheckItem"};
    const struct doc_node *found = NULL;
    unsigned act = 0, count = 0;
    for (unsigned i = 0; i < ARRAY_LEN(acts); i++) {
        const struct doc_node *one = doc_get(node, acts[i]);
        if (!one || one->type == DOC_NULL)
            continue;
        found = one;
        act = i;
        count++;
    }
    if (count != 1)
        return attr_refuse(&q->fault,
                           "TransactItems can only contain one of Check, Put, Update or Delete");
    if (check_right(q, rights[act]) < 0)
        return -1;
    if (act == DYNAMODB_UPDATE && !doc_get(found, "UpdateExpression"))
        return dynamodb_demand(q, NULL, "transactItems.1.member.update.updateExpression");
    return dynamodb_write_read(q, found, (enum dynamodb_act)act, out);
}

static int read_writes(struct dynamodb_ask *q, const struct doc_node *items,
                       struct dynamodb_write *out)
{
    size_t bytes = 0;
    for (uint32_t i = 0; i < doc_count(items); i++) {
        if (read_write(q, doc_item(items, i), &out[i]) < 0)
            return -1;
        bytes += attr_item_size(&out[i].given);
        for (uint32_t j = 0; j < i; j++)
            if (out[j].table == out[i].table && sv_eq(out[j].key, out[i].key))
                return same_twice(q);
    }
    return check_bytes(q, bytes);
}

/* --- writing ------------------------------------------------------------------------------- */

struct reason {
    enum dynamodb_trial trial;
    struct attr_fault fault;
};

static const char *reason_code(const struct reason *r)
{
    static const char *const codes[] = {[DYNAMODB_FITS] = "None",
                                        [DYNAMODB_UNMET] = "ConditionalCheckFailed",
                                        [DYNAMODB_WRONG] = "ValidationError"};
    return codes[r->trial];
}

static void write_reason(struct jsonw *w, const struct dynamodb_write *x, const struct reason *r)
{
    jsonw_object(w);
    jsonw_kv_str(w, "Code", reason_code(r));
    if (r->trial == DYNAMODB_UNMET && x->tells_old && x->found) {
        jsonw_key(w, "Item");
        jsonw_raw(w, item_json(x->found));
    }
    if (r->trial != DYNAMODB_FITS)
        jsonw_kv_str(w, "Message",
                     r->trial == DYNAMODB_UNMET ? "The conditional request failed"
                                                : str_c(&r->fault.text));
    jsonw_object_end(w);
}

/* This error alone has its text in "Message". */
static int cancel(struct dynamodb_ask *q, const struct dynamodb_write *writes,
                  const struct reason *reasons, uint32_t count)
{
    _cleanup_str_ struct str codes = {0}, details = {0};
    struct jsonw w;
    str_adds(&details, "\"CancellationReasons\":");
    jsonw_init(&w, &details, 0);
    jsonw_array(&w);
    for (uint32_t i = 0; i < count; i++) {
        write_reason(&w, &writes[i], &reasons[i]);
        str_addf(&codes, "%s%s", i ? ", " : "", reason_code(&reasons[i]));
    }
    jsonw_array_end(&w);
    str_addf(&details,
             ",\"Message\":\"Transaction cancelled, please refer cancellation reasons for specific "
             "reasons [%s]\"",
             str_c(&codes));
    q->call->details = mem_must(arena_dup(q->arena, str_sv(&details)));
    return dynamodb_refuse(q, "TransactionCanceledException", "%s", "");
}

static int write_all(struct dynamodb_ask *q, struct dynamodb_write *writes, uint32_t count)
{
    struct reason *reasons = mem_must(arena_new_n(q->arena, struct reason, count));
    bool fits = true;
    for (uint32_t i = 0; i < count; i++) {
        reasons[i].trial = dynamodb_write_try(q, &writes[i], &reasons[i].fault);
        fits = fits && reasons[i].trial == DYNAMODB_FITS;
    }
    int result = fits ? 0 : cancel(q, writes, reasons, count);
    for (uint32_t i = 0; i < count; i++) {
        if (fits)
            dynamodb_write_store(q, &writes[i]);
        attr_fault_release(&reasons[i].fault);
    }
    return result;
}

static int transact_write(struct dynamodb_ask *q)
{
    const struct doc_node *items;
    struct sv token;
    if (read_items(q, &items) < 0)
        return -1;
    int before = check_token(q, &token);
    if (before)
        return before < 0 ? -1 : 0;
    uint32_t count = doc_count(items);
    struct dynamodb_write *writes = mem_must(arena_new_n(q->arena, struct dynamodb_write, count));
    if (read_writes(q, items, writes) < 0 || write_all(q, writes, count) < 0)
        return -1;
    if (token.ptr)
        keep_token(q, token);
    return 0;
}

int dynamodb_transact_write(struct service_call *c)
{
    return dynamodb_answer(c, transact_write);
}

/* --- reading ------------------------------------------------------------------------------- */

static int read_gets(struct dynamodb_ask *q, const struct doc_node *items, struct dynamodb_get *out)
{
    size_t bytes = 0;
    if (check_right(q, "GetItem") < 0)
        return -1;
    for (uint32_t i = 0; i < doc_count(items); i++) {
        const struct doc_node *get = doc_get(doc_item(items, i), "Get");
        if (dynamodb_demand(q, get, "transactItems.1.member.get") < 0 ||
            dynamodb_get_read(q, get, &out[i]) < 0)
            return -1;
        for (uint32_t j = 0; j < i; j++)
            if (out[j].table == out[i].table && sv_eq(out[j].key, out[i].key))
                return same_twice(q);
        bytes += out[i].item ? out[i].item->size : 0;
    }
    return check_bytes(q, bytes);
}

static int transact_get(struct dynamodb_ask *q)
{
    const struct doc_node *items;
    if (read_items(q, &items) < 0)
        return -1;
    uint32_t count = doc_count(items);
    struct dynamodb_get *gets = mem_must(arena_new_n(q->arena, struct dynamodb_get, count));
    if (read_gets(q, items, gets) < 0)
        return -1;
    jsonw_key(&q->w, "Responses");
    jsonw_array(&q->w);
    for (uint32_t i = 0; i < count; i++) {
        jsonw_object(&q->w);
        if (gets[i].item) {
            jsonw_key(&q->w, "Item");
            dynamodb_write_item(q, &q->w, gets[i].item, &gets[i].paths);
        }
        jsonw_object_end(&q->w);
    }
    jsonw_array_end(&q->w);
    return 0;
}

int dynamodb_transact_get(struct service_call *c)
{
    return dynamodb_answer(c, transact_get);
}
