/*
 * Random manifests, seeded, some of them mangled: the promises of doc_check must hold for all.
 * The generator writes what people write - comments, quotes of all kinds, block scalars, flow
 * style, anchors, CRLF, several documents - and what breaks line-based readers.
 */
#include "base/str.h"
#include "doc_check.h"

#include "unit.h"

#define TEXTS 3000

struct maker {
    uint64_t state;
    struct str out;
    bool crlf;
    unsigned anchors;
};

static uint64_t random_bits(struct maker *m)
{
    m->state += 0x9E3779B97F4A7C15u;
    uint64_t z = m->state;
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9u;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBu;
    return z ^ (z >> 31);
}

static unsigned below(struct maker *m, unsigned n)
{
    return (unsigned)(random_bits(m) % n);
}

static bool chance(struct maker *m, unsigned percent)
{
    return below(m, 100) < percent;
}

#define PICK(m, array) ((array)[below((m), ARRAY_LEN(array))])

static void end_line(struct maker *m)
{
    static const char *const comments[] = {" # note", "  # it's \"open", " #", " # a: b"};
    if (chance(m, 10))
        str_adds(&m->out, PICK(m, comments));
    if (chance(m, 2))
        str_adds(&m->out, "  ");
    str_adds(&m->out, m->crlf ? "\r\n" : "\n");
    if (chance(m, 3))
        str_adds(&m->out, m->crlf ? "\r\n" : "\n");
    if (chance(m, 3))
        str_adds(&m->out, "# kind: NotThis\n");
}

static void bare_end(struct maker *m)
{
    str_adds(&m->out, m->crlf ? "\r\n" : "\n");
}

static void scalar(struct maker *m, unsigned column)
{
    static const char *const words[] = {
        "web",
        "v1",
        "apps/v1",
        "1",
        "yes",
        "~",
        "1.20",
        "0x1F",
        "a b c",
        "it's",
        "5\"",
        "system:x",
        "null",
        "x#y",
        "'q'",
        "\"d\"",
        "'it''s'",
        "\"a\\nb\"",
        "''",
        "\"# c\"",
        "'a: b'",
        "on",
        "2021-01-01",
        "-1",
        "--flag=\"x\"",
        "a,b",
        "[]",
        "{}",
        "\"\xE5\xBD\x93\"",
        "\xE5\xBD\x93\xE7\x95\xAA",
        "1e3",
        "@x",
        "%y",
        "{{ .Values.x }}",
        ".",
        "!!str 5",
        "Deployment",
        "List",
        "*a0",
        "&b x",
        "a: b",
        "\"open",
        "|",
        "",
    };
    if (chance(m, 85)) {
        str_adds(&m->out, words[below(m, chance(m, 95) ? 28 : ARRAY_LEN(words))]);
        end_line(m);
        return;
    }
    static const char *const heads[] = {"|", "|-", ">", ">-", "|+", "|2"};
    str_adds(&m->out, PICK(m, heads));
    bare_end(m);
    for (unsigned i = below(m, 4) + 1; i > 0; i--) {
        static const char *const lines[] = {
            "echo \"one", "kind: Inner", "# no comment", "  deeper", "",
            "--- x",      "it's",        "metadata:",    "- item"};
        const char *line = PICK(m, lines);
        str_fill(&m->out, ' ', *line ? column + 2 : 0);
        str_adds(&m->out, line);
        bare_end(m);
    }
}

static void flow(struct maker *m)
{
    static const char *const texts[] = {
        "[a, b, {c: d}]",        "{app: web, tier: 'front end'}",
        "[\"x\", 'y', 5]",       "[a: b, c]",
        "{a: , b: 1}",           "[\n  a,\n  b\n]",
        "{a: b,\nkind: Flow\n}", "{\"a\":\"b\"}",
        "[x, \"y\n  z\"]",
    };
    str_adds(&m->out, PICK(m, texts));
    end_line(m);
}

static void value(struct maker *m, unsigned column, unsigned depth);

static void map(struct maker *m, unsigned column, unsigned depth)
{
    static const char *const keys[] = {"name", "namespace", "kind", "labels", "spec", "a-b/c",
                                       "x",    "\"q k\"",   "'s'",  "on",     "1",    "image"};
    for (unsigned i = below(m, 4) + 1; i > 0; i--) {
        str_fill(&m->out, ' ', column);
        str_adds(&m->out, PICK(m, keys));
        str_addc(&m->out, ':');
        value(m, column, depth + 1);
    }
}

static void list(struct maker *m, unsigned column, unsigned depth)
{
    for (unsigned i = below(m, 3) + 1; i > 0; i--) {
        str_fill(&m->out, ' ', column);
        str_addc(&m->out, '-');
        if (chance(m, 60)) {
            str_addc(&m->out, ' ');
            scalar(m, column);
        } else {
            end_line(m);
            map(m, column + 2, depth + 1);
        }
    }
}

static void anchor(struct maker *m)
{
    if (chance(m, 4))
        str_addf(&m->out, " &a%u", m->anchors++);
}

/* What follows the colon of a key at this column. */
static void value(struct maker *m, unsigned column, unsigned depth)
{
    unsigned way = depth > 3 ? 0 : below(m, 10);
    anchor(m);
    if (way < 6) {
        str_addc(&m->out, ' ');
        scalar(m, column);
    } else if (way < 7) {
        str_addc(&m->out, ' ');
        flow(m);
    } else {
        end_line(m);
        if (way < 9)
            map(m, column + 2, depth);
        else
            list(m, chance(m, 50) ? column : column + 2, depth);
    }
}

static void field(struct maker *m, unsigned column, const char *key, const char *const *texts,
                  unsigned count)
{
    str_fill(&m->out, ' ', column);
    str_addf(&m->out, "%s:%s", key, chance(m, 95) ? " " : "   ");
    if (chance(m, 88))
        str_adds(&m->out, texts[below(m, count)]);
    else {
        scalar(m, column);
        return;
    }
    end_line(m);
}

static void metadata(struct maker *m)
{
    static const char *const names[] = {"web",         "'web'", "\"web\"", "123", "on",
                                        "system:node", "w-1.x", "1e5",     "x_y"};
    unsigned column = chance(m, 90) ? 2 : 4;
    str_adds(&m->out, "metadata:");
    if (chance(m, 5)) {
        str_adds(&m->out, " {name: x}");
        end_line(m);
        return;
    }
    end_line(m);
    field(m, column, "name", names, ARRAY_LEN(names));
    if (chance(m, 50))
        field(m, column, "namespace", names, ARRAY_LEN(names));
    for (unsigned i = below(m, 3); i > 0; i--) {
        str_fill(&m->out, ' ', column);
        str_adds(&m->out, chance(m, 50) ? "labels:" : "annotations:");
        value(m, column, 1);
    }
}

static void document(struct maker *m)
{
    static const char *const versions[] = {"v1", "apps/v1", "\"v1\"", "'extensions/v1beta1'",
                                           "networking.k8s.io/v1"};
    static const char *const kinds[] = {"Pod",         "Deployment", "'Service'",
                                        "\"Ingress\"", "PodList",    "List"};
    if (chance(m, 10))
        str_adds(&m->out, "# a document\n\n");
    if (chance(m, 95))
        field(m, 0, "apiVersion", versions, ARRAY_LEN(versions));
    if (chance(m, 95))
        field(m, 0, "kind", kinds, 4 + (chance(m, 10) ? 2 : 0));
    if (chance(m, 95))
        metadata(m);
    for (unsigned i = below(m, 3); i > 0; i--) {
        static const char *const keys[] = {"spec",   "data", "items", "<<",
                                           "status", "kind", "? x\n"};
        str_adds(&m->out, keys[below(m, chance(m, 90) ? 2 : ARRAY_LEN(keys))]);
        str_addc(&m->out, ':');
        value(m, 0, 0);
    }
}

/* A few bytes changed, doubled or taken out. */
static void mangle(struct maker *m)
{
    static const char bytes[] = "\"'#:-{}[]&*!|>%@\t\n\r ,?~.\\k";
    for (unsigned i = below(m, 4) + 1; i > 0 && m->out.len; i--) {
        size_t at = below(m, (unsigned)m->out.len);
        if (chance(m, 70))
            m->out.data[at] = bytes[below(m, sizeof bytes - 1)];
        else if (chance(m, 50))
            memmove(m->out.data + at, m->out.data + at + 1, --m->out.len - at);
        else
            m->out.len = at;
    }
}

static void make_text(struct maker *m, uint64_t seed)
{
    static const char *const markers[] = {
        "---\n",      "---\n", "--- # x\n",        "---\r\n", "...\n---\n",
        "---\n---\n", "...\n", "%YAML 1.1\n---\n", "--- "};
    m->state = seed;
    m->anchors = 0;
    str_reset(&m->out);
    m->crlf = chance(m, 10);
    if (chance(m, 3))
        str_adds(&m->out, "\xEF\xBB\xBF");
    for (unsigned i = below(m, 3) + 1; i > 0; i--) {
        document(m);
        if (i > 1 || chance(m, 10))
            str_adds(&m->out, markers[below(m, chance(m, 90) ? 4 : ARRAY_LEN(markers))]);
    }
    if (chance(m, 30))
        mangle(m);
    assert_true(str_ok(&m->out));
}

/* Exactly as large as the text, so that a sanitizer sees a read behind it. */
static struct sv exact_copy(const struct maker *m, char **copy)
{
    *copy = malloc(m->out.len ? m->out.len : 1);
    assert_non_null(*copy);
    memcpy(*copy, str_c(&m->out), m->out.len);
    return sv_n(*copy, m->out.len);
}

static void trees_keep_their_promises(void **state)
{
    struct maker m = {0};
    for (uint64_t seed = 1; seed <= TEXTS; seed++) {
        _cleanup_free_ char *copy = NULL;
        make_text(&m, seed);
        doc_check_tree(exact_copy(&m, &copy));
    }
    str_release(&m.out);
}

static void the_scanner_agrees_or_is_in_doubt(void **state)
{
    struct maker m = {0};
    unsigned sure = 0;
    for (uint64_t seed = 1; seed <= 3 * TEXTS; seed++) {
        _cleanup_free_ char *copy = NULL;
        make_text(&m, seed);
        sure += doc_check_scan(exact_copy(&m, &copy));
    }
    str_release(&m.out);
    assert_in_range(sure, TEXTS / 2, 9 * TEXTS); /* it must not doubt everything */
}

static void edits_change_these_values_only(void **state)
{
    struct maker m = {0};
    unsigned edited = 0;
    for (uint64_t seed = 1; seed <= TEXTS; seed++) {
        _cleanup_free_ char *copy = NULL;
        make_text(&m, seed);
        edited += doc_check_edit(exact_copy(&m, &copy), seed * 7919);
    }
    str_release(&m.out);
    assert_in_range(edited, TEXTS / 2, 100 * TEXTS);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(trees_keep_their_promises),
        cmocka_unit_test(the_scanner_agrees_or_is_in_doubt),
        cmocka_unit_test(edits_change_these_values_only),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
