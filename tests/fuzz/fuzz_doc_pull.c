/* Any bytes as JSON: the walk takes and refuses what the tree does, and finds the same values. */
#include "fuzz.h"

#include "doc/doc.h"
#include "doc/pull.h"

#include <stdio.h>

static void check(bool holds, const char *what)
{
    if (holds)
        return;
    fprintf(stderr, "%s\n", what);
    abort();
}

static void compare(struct pull *p, const struct doc_node *n);

static void compare_scalar(struct pull *p, const struct doc_node *n)
{
    struct pull again = *p;
    struct sv text = SV_NONE;
    int64_t integer = 0;
    bool boolean = false;
    switch (n->type) {
    case DOC_NULL:
        check(pull_peek(p) == PULL_NULL && !pull_scalar(p, &text), "null");
        break;
    case DOC_STRING:
        check(pull_peek(p) == PULL_STRING && pull_string(p, &text), "a string");
        break;
    case DOC_BOOL:
        check(pull_bool(p, &boolean) && boolean == n->boolean, "a boolean");
        break;
    case DOC_INT:
        check(pull_i64(p, &integer) && integer == n->integer, "a whole number");
        break;
    default:
        check(pull_peek(p) == PULL_NUMBER && !pull_i64(p, &integer), "a number");
        break;
    }
    if (n->type == DOC_NULL)
        return;
    check(pull_scalar(&again, &text) && sv_eq(text, n->text), "the text of a scalar");
    check(again.at == p->at, "the end of a scalar");
}

/* The tree keeps keys that a later one overrides, in their places. */
static void compare_map(struct pull *p, const struct doc_node *n)
{
    struct sv key;
    uint32_t i = 0;
    check(pull_map(p), "a map");
    for (; pull_key(p, &key); i++) {
        check(i < n->pair_count && sv_eq(key, n->pairs[i].key->text), "a key");
        compare(p, n->pairs[i].value);
    }
    check(i == n->pair_count, "the number of keys");
}

static void compare_seq(struct pull *p, const struct doc_node *n)
{
    uint32_t i = 0;
    check(pull_seq(p), "a sequence");
    for (; pull_item(p); i++) {
        check(i < n->item_count, "an item");
        compare(p, n->items[i]);
    }
    check(i == n->item_count, "the number of items");
}

static void compare(struct pull *p, const struct doc_node *n)
{
    struct pull skipped = *p;
    pull_skip(&skipped);
    if (n->type == DOC_MAP)
        compare_map(p, n);
    else if (n->type == DOC_SEQ)
        compare_seq(p, n);
    else
        compare_scalar(p, n);
    check(pull_ok(p) && skipped.at == p->at, "the end of a value");
}

/* Takes what it can of each value, as a loader would: nothing about errors may depend on it. */
static void walk(struct pull *p)
{
    struct sv text;
    switch (pull_peek(p)) {
    case PULL_MAP:
        for (bool in = pull_map(p); in && pull_key(p, &text);)
            walk(p);
        break;
    case PULL_SEQ:
        for (bool in = pull_seq(p); in && pull_item(p);)
            walk(p);
        break;
    default:
        pull_scalar(p, &text);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    _cleanup_doc_ struct doc_file f;
    _cleanup_arena_ struct arena scratch = {0};
    struct sv text = sv_n((const char *)data, size);
    struct err by_tree = {0}, by_walk = {0};
    struct pull p;
    bool accepted = doc_parse_json(&f, "text", text, NULL, &by_tree) == 0;

    pull_init(&p, text, &scratch);
    pull_skip(&p);
    check(pull_done(&p) == accepted, "skipped otherwise than parsed");
    if (!pull_ok(&p))
        pull_error(&p, "text", &by_walk);
    check(pull_ok(&p) || strcmp(by_tree.msg, by_walk.msg) == 0, "another error than the tree's");

    pull_init(&p, text, &scratch);
    walk(&p);
    check(pull_done(&p) == accepted, "walked otherwise than parsed");
    if (!pull_ok(&p))
        pull_error(&p, "text", &by_walk);
    check(pull_ok(&p) || strcmp(by_tree.msg, by_walk.msg) == 0, "walked into another error");

    pull_init(&p, text, &scratch);
    if (accepted)
        compare(&p, f.parts[0].root);
    return 0;
}
