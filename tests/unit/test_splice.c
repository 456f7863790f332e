#include "doc/splice.h"

#include "base/must.h"

#include "unit.h"

/* A text, its tree, and what the edits make of it. */
struct bench {
    struct doc_file file;
    struct splice s;
    struct edit_list edits;
    struct str out;
    struct splice_conflict conflict;
};

static struct splice_node *open_text(struct bench *b, const char *text)
{
    struct err err = {0};
    *b = (struct bench){0};
    assert_int_equal(doc_parse(&b->file, "t", sv_of(text), NULL, &err), 0);
    assert_int_equal(b->file.error_count, 0);
    assert_int_equal(splice_init(&b->s, &b->file, 0, &err), 0);
    str_init(&b->out, 0);
    return b->s.root;
}

static void dump(struct str *out, const struct splice_node *n)
{
    str_addf(out, "%d:%.*s", (int)n->type, SV_ARG(n->text));
    for (struct splice_entry *e = splice_first(n); e; e = splice_next(e)) {
        str_addf(out, "%s%.*s=", e == splice_first(n) ? "(" : " ", SV_ARG(e->key));
        dump(out, e->value);
        str_adds(out, splice_next(e) ? "" : ")");
    }
}

/* The new text; it must parse to the changed tree. */
static const char *result(struct bench *b)
{
    struct err err = {0};
    struct doc_file now = {0};
    if (splice_edits(&b->s, &b->edits, &b->conflict))
        return NULL;
    if (edit_apply(&b->edits, b->file.text, &b->out, &err))
        fail_msg("%s", err.msg);
    assert_int_equal(doc_parse(&now, "now", str_sv(&b->out), NULL, &err), 0);
    if (now.error_count || !splice_matches(b->s.root, now.parts[0].root)) {
        _cleanup_str_ struct str want = {0};
        str_init(&want, 0);
        dump(&want, b->s.root);
        fail_msg("not the tree that was meant, from:\n%.*s\nto:\n%s\nmeant: %s",
                 SV_ARG(b->file.text), str_c(&b->out), str_c(&want));
    }
    doc_release(&now);
    return str_c(&b->out);
}

static void close_text(struct bench *b)
{
    str_release(&b->out);
    edit_release(&b->edits);
    splice_release(&b->s);
    doc_release(&b->file);
}

static void nothing_changes(void **state)
{
    struct bench b;
    open_text(&b, "a: 1 # x\nb: [1,\n  2]\n");
    assert_string_equal(result(&b), "a: 1 # x\nb: [1,\n  2]\n");
    assert_int_equal(b.edits.edits.len, 0);
    close_text(&b);
}

static void scalars_keep_their_quotes(void **state)
{
    struct bench b;
    struct splice_node *m = open_text(&b, "a: x # 1\nb: 'y'\nc: \"z\"\nd: |\n  t\ne:\n");
    static const char *const keys[] = {"a", "b", "c", "d", "e"};
    for (size_t i = 0; i < ARRAY_LEN(keys); i++)
        splice_set_string(&b.s, splice_get(m, keys[i]), "it's");
    assert_string_equal(result(&b), "a: it's # 1\nb: 'it''s'\nc: \"it's\"\nd: it's\ne: it's\n");
    close_text(&b);
}

static void words_that_are_no_strings_are_quoted(void **state)
{
    static const char *const words[] = {"yes",  "1.5", "null", "0x1f", "",    "a: b", "- a",
                                        "x #y", "{a}", "~",    "1e3",  "off", "*a"};
    for (size_t i = 0; i < ARRAY_LEN(words); i++) {
        struct bench b;
        struct splice_node *m = open_text(&b, "a: x\n");
        splice_set_string(&b.s, splice_get(m, "a"), words[i]);
        assert_non_null(result(&b));
        close_text(&b);
    }
}

static void remove_pairs(void **state)
{
    static const struct {
        const char *text, *key, *want;
    } cases[] = {
        {"a: 1\nb: 2 # two\n# c\nc: 3\n", "b", "a: 1\n# c\nc: 3\n"},
        {"a:\n  x: 1\n  # in a\n# b\nb: 2\n", "a", "# b\nb: 2\n"},
        {"a: 1\nb: 2", "b", "a: 1\n"},
        {"{a: 1, b: 2, c: 3}\n", "a", "{b: 2, c: 3}\n"},
        {"{a: 1, b: 2, c: 3}\n", "b", "{a: 1, c: 3}\n"},
        {"{a: 1, b: 2, c: 3}\n", "c", "{a: 1, b: 2}\n"},
        {"{\n  \"a\": 1,\n  \"b\": 2\n}", "a", "{\n  \"b\": 2\n}"},
        {"{\n  \"a\": 1,\n  \"b\": 2\n}", "b", "{\n  \"a\": 1\n}"},
        {"{\"a\":1}", "a", "{}"},
        {"a: |\n  t\n\n  u\nb: 2\n", "a", "b: 2\n"},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct bench b;
        struct splice_node *m = open_text(&b, cases[i].text);
        splice_remove(splice_entry_of(m, cases[i].key));
        assert_string_equal(result(&b), cases[i].want);
        close_text(&b);
    }
}

static void remove_first_of_an_item(void **state)
{
    struct bench b;
    struct splice_node *m = open_text(&b, "- a: 1\n  # about b\n  b: 2\n- a: 3\n  b: 4\n- a: 5\n");
    splice_each(e, m)
    {
        splice_remove(splice_entry_of(e->value, "a"));
    }
    assert_string_equal(result(&b), "- # about b\n  b: 2\n- b: 4\n- {}\n");
    close_text(&b);
}

static void put_pairs(void **state)
{
    static const struct {
        const char *text, *want;
    } cases[] = {
        {"a: 1\nb: 2\n", "a: 1\nnew:\n  k: v\nb: 2\n"},
        {"a:\n    x: 1 # x\nb: 2\n", "a:\n    x: 1 # x\nnew:\n    k: v\nb: 2\n"},
        {"a: 1", "a: 1\nnew:\n  k: v"},
        {"a: 1\r\nb: 2\r\n", "a: 1\r\nnew:\r\n  k: v\r\nb: 2\r\n"},
        {"{a: 1, b: 2}\n", "{a: 1, new: {k: v}, b: 2}\n"},
        {"{\"a\":1,\"b\":2}", "{\"a\":1,\"new\":{\"k\":\"v\"},\"b\":2}"},
        {"{\n\t\"a\": 1\n}\n", "{\n\t\"a\": 1,\n\t\"new\": {\n\t\t\"k\": \"v\"\n\t}\n}\n"},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct bench b;
        struct splice_node *m = open_text(&b, cases[i].text), *v = splice_new_map(&b.s);
        splice_put(&b.s, v, SPLICE_LAST, "k", splice_new_string(&b.s, "v"));
        splice_put(&b.s, m, splice_entry_of(m, "a"), "new", v);
        assert_string_equal(result(&b), cases[i].want);
        close_text(&b);
    }
}

static void move_with_comments(void **state)
{
    struct bench b;
    struct splice_node *m = open_text(&b, "from:\n  # what x is\n  x: # here\n    y: 1 # why\n"
                                          "    # inner\n  z: 2\nto:\n- name: n\n");
    struct splice_node *to = splice_get(m, "to");
    splice_move(&b.s, splice_entry_of(splice_get(m, "from"), "x"), to->first->value, SPLICE_LAST,
                "renamed");
    assert_string_equal(result(&b),
                        "from:\n  z: 2\nto:\n- name: n\n  # what x is\n  renamed: # here\n"
                        "    y: 1 # why\n    # inner\n");
    close_text(&b);
}

static void shared_text(void **state)
{
    struct bench b;
    struct splice_node *m = open_text(&b, "a: &x {k: 1, l: 2}\nb: *x\n");
    splice_remove(splice_entry_of(splice_get(m, "a"), "k"));
    assert_null(result(&b));
    assert_non_null(b.conflict.message);
    close_text(&b);
    m = open_text(&b, "a: &x {k: 1, l: 2}\nb: *x\n");
    splice_remove(splice_entry_of(splice_get(m, "a"), "k"));
    splice_remove(splice_entry_of(splice_get(m, "b"), "k"));
    assert_string_equal(result(&b), "a: &x {l: 2}\nb: *x\n");
    close_text(&b);
}

/* Random trees in random styles, changed at random: the result must say the changed tree, and the
 * lines nobody touched must still be there. */
struct maker {
    unsigned seed;
    struct str text;
    unsigned keys;
};

static unsigned pick(struct maker *m, unsigned n)
{
    m->seed = m->seed * 1103515245u + 12345u;
    return m->seed / 65536 % n;
}

static void make_flow(struct maker *m, unsigned depth);

static void make_scalar(struct maker *m)
{
    static const char *const words[] = {"x", "'q'", "\"d\"", "12", "true", "null", "a b", "1.5"};
    str_adds(&m->text, words[pick(m, ARRAY_LEN(words))]);
}

static void make_flow(struct maker *m, unsigned depth)
{
    unsigned count = pick(m, 3);
    bool map = pick(m, 2);
    if (!depth || pick(m, 3) == 0) {
        make_scalar(m);
        return;
    }
    str_addc(&m->text, map ? '{' : '[');
    for (unsigned i = 0; i < count; i++) {
        if (i)
            str_adds(&m->text, ", ");
        if (map)
            str_addf(&m->text, "k%u: ", m->keys++);
        make_flow(m, depth - 1);
    }
    str_addc(&m->text, map ? '}' : ']');
}

static void make_comment(struct maker *m, unsigned column)
{
    if (pick(m, 5) == 0) {
        str_fill(&m->text, ' ', column);
        str_addf(&m->text, "# note %u\n", m->keys++);
    }
}

static void make_block(struct maker *m, unsigned column, unsigned depth, bool bare);

static void make_value(struct maker *m, unsigned column, unsigned depth, bool dash)
{
    unsigned kind = depth ? pick(m, 4) : 3;
    if (kind == 0 && !dash) {
        str_addc(&m->text, '\n');
        make_block(m, column + 2, depth - 1, false);
    } else if (kind == 1 && dash) {
        str_addc(&m->text, ' ');
        make_block(m, column + 2, depth - 1, true);
    } else if (kind == 2 && !dash) {
        str_adds(&m->text, " |\n");
        str_fill(&m->text, ' ', column + 2);
        str_adds(&m->text, "line: # no comment\n");
    } else {
        str_addc(&m->text, ' ');
        make_flow(m, 2);
        str_adds(&m->text, pick(m, 4) ? "\n" : " # behind\n");
    }
}

static void make_block(struct maker *m, unsigned column, unsigned depth, bool bare)
{
    bool map = bare || pick(m, 3);
    unsigned count = 1 + pick(m, 4);
    for (unsigned i = 0; i < count; i++) {
        if (!bare || i) {
            make_comment(m, column);
            str_fill(&m->text, ' ', column);
        }
        if (map)
            str_addf(&m->text, "k%u:", m->keys++);
        else
            str_addc(&m->text, '-');
        make_value(m, column, depth, !map);
    }
}

static struct splice_node *some_node(struct maker *m, struct splice_node *n)
{
    for (unsigned steps = pick(m, 5); steps; steps--) {
        uint32_t count = splice_count(n), want = count ? pick(m, count) : 0, i = 0;
        splice_each(e, n)
        {
            if (i++ == want && splice_count(e->value)) {
                n = e->value;
                break;
            }
        }
    }
    return n;
}

static bool is_below(const struct splice_node *n, const struct splice_node *top)
{
    if (n == top)
        return true;
    for (struct splice_entry *e = splice_first(top); e; e = splice_next(e))
        if (is_below(n, e->value))
            return true;
    return false;
}

static void change_something(struct maker *m, struct splice *s)
{
    struct splice_node *n = some_node(m, s->root), *to = some_node(m, s->root);
    struct splice_entry *e = splice_first(n);
    for (unsigned i = pick(m, 3); i && splice_next(e); i--)
        e = splice_next(e);
    char key[16];
    snprintf(key, sizeof key, "n%u", m->keys++);
    unsigned what = pick(m, 4);
    if (!e || what == 0) {
        struct splice_node *v = splice_new_map(s);
        splice_put(s, v, SPLICE_LAST, "in", splice_new_string(s, "new"));
        if (splice_is_map(n))
            splice_put(s, n, e, key, v);
        else
            splice_append(s, n, v);
    } else if (what == 1 && splice_count(s->root) > 1) {
        splice_remove(e);
    } else if (what == 2 && splice_is_map(n)) {
        splice_rename(s, e, key);
    } else if (splice_is_map(n) && splice_is_map(to) && !is_below(to, e->value) &&
               (n != s->root || splice_count(n) > 1)) {
        splice_move(s, e, to, SPLICE_LAST, key);
    }
}

static void random_changes(void **state)
{
    unsigned refused = 0, done = 0;
    for (unsigned seed = 1; seed <= 4000; seed++) {
        struct maker m = {.seed = seed};
        struct bench b;
        str_init(&m.text, 0);
        make_block(&m, 0, 4, false);
        /* a block scalar's last newline is part of it */
        if (pick(&m, 6) == 0 && !sv_ends(str_sv(&m.text), "comment\n"))
            m.text.data[--m.text.len] = 0;
        struct splice_node *root = open_text(&b, str_c(&m.text));
        for (unsigned i = 1 + pick(&m, 3); i && (splice_is_map(root) || splice_is_seq(root)); i--)
            change_something(&m, &b.s);
        if (result(&b))
            done++;
        else
            refused++;
        close_text(&b);
        str_release(&m.text);
    }
    assert_true(refused * 50 < done);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nothing_changes),
        cmocka_unit_test(scalars_keep_their_quotes),
        cmocka_unit_test(words_that_are_no_strings_are_quoted),
        cmocka_unit_test(remove_pairs),
        cmocka_unit_test(remove_first_of_an_item),
        cmocka_unit_test(put_pairs),
        cmocka_unit_test(move_with_comments),
        cmocka_unit_test(shared_text),
        cmocka_unit_test(random_changes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
