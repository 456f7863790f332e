/* Any text as an expression of DynamoDB, and any JSON as an item: read or refused with words, never
 * a crash. What was read is held against an item, and an update leaves one that can be written. The
 * first line is the expression, the rest an item; without one a small one is taken. */
#include "pocket/dynamo/expr.h"
#include "pocket/dynamo/keys.h"

#include <stdint.h>
#include <stdlib.h>

#define NAMES "{\"#a\":\"a\",\"#b\":\"a.b\"}"
#define VALUES                                                                                     \
    "{\":s\":{\"S\":\"x\"},\":n\":{\"N\":\"1\"},\":l\":{\"L\":[{\"N\":\"2\"}]},"                   \
    "\":ss\":{\"SS\":[\"x\",\"y\"]},\":b\":{\"B\":\"AQ==\"}}"
#define SMALL                                                                                      \
    "{\"a\":{\"S\":\"x\"},\"n\":{\"N\":\"5\"},\"l\":{\"L\":[{\"N\":\"1\"},{\"M\":{\"a\":{\"NS\":"  \
    "[\"1\",\"2\"]}}}]},\"ss\":{\"SS\":[\"x\"]}}"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct doc_node *parse(struct doc_file *doc, struct sv text)
{
    return doc_parse_json(doc, "fuzz", text, NULL, NULL) ? NULL : doc->parts[0].root;
}

static void read_item(struct sv json, struct arena *a, struct attr *out)
{
    struct doc_file doc = {0}, small = {0};
    _cleanup_attr_fault_ struct attr_fault fault = {0};
    const struct doc_node *node = json.ptr ? parse(&doc, json) : NULL;
    if (!node || attr_read_map(node, a, out, &fault) < 0) {
        if (node && !fault.code)
            abort();
        attr_fault_release(&fault);
        if (attr_read_map(parse(&small, SV(SMALL)), a, out, &fault) < 0)
            abort();
    }
    doc_release(&doc);
    doc_release(&small);
}

/* What was written is read as the same. */
static void check_item(const struct attr *item, struct arena *a)
{
    _cleanup_str_ struct str json = {0};
    _cleanup_attr_fault_ struct attr_fault fault = {0};
    struct doc_file doc = {0};
    struct attr again;
    struct jsonw w;
    jsonw_init(&w, &json, 0);
    attr_write_map(item, &w);
    /* An update may nest one level more than may be sent. */
    if (str_ok(&json) && attr_read_map(parse(&doc, str_sv(&json)), a, &again, &fault) == 0 &&
        attr_item_size(&again) != attr_item_size(item))
        abort();
    doc_release(&doc);
}

static void use(struct expr_scope *s, struct sv text, const struct attr *item)
{
    const struct key_schema keys = {{SV("a"), ATTR_S}, {SV("n"), ATTR_N}};
    struct expr *condition;
    struct expr_paths paths;
    struct expr_update update;
    if (expr_read_condition(s, "ConditionExpression", text, &condition) == 0) {
        _cleanup_key_range_ struct key_range range = {0};
        expr_holds(condition, item, s->arena);
        key_range_read(&keys, condition, &range, s->fault);
    } else if (!s->fault->code) {
        abort();
    }
    attr_fault_release(s->fault);
    if (expr_read_projection(s, text, &paths) == 0) {
        struct attr some = expr_project(item, &paths, s->arena);
        check_item(&some, s->arena);
    }
    attr_fault_release(s->fault);
    if (expr_read_update(s, text, &update) == 0) {
        struct attr changed = attr_copy(item, s->arena);
        if (expr_apply(&update, &changed, s->arena, s->fault) == 0)
            check_item(&changed, s->arena);
    }
    attr_fault_release(s->fault);
    expr_scope_check(s);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    _cleanup_arena_ struct arena arena = {0};
    _cleanup_attr_fault_ struct attr_fault fault = {0};
    struct expr_scope scope = {.arena = &arena, .fault = &fault};
    struct sv rest = sv_n((const char *)data, size), text = sv_split(&rest, '\n');
    struct doc_file names = {0}, values = {0};
    struct attr item;
    if (expr_scope_read(&scope, parse(&names, SV(NAMES)), parse(&values, SV(VALUES))) < 0)
        abort();
    read_item(rest, &arena, &item);
    check_item(&item, &arena);
    use(&scope, text, &item);
    doc_release(&names);
    doc_release(&values);
    return 0;
}
