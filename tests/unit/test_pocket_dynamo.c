/* DynamoDB without requests: numbers, values, expressions, items in order. */
#include "pocket/dynamo/decimal.h"
#include "pocket/dynamo/items.h"
#include "pocket/dynamo/keys.h"

#include "unit.h"

#include <stdio.h>

/* --- numbers ------------------------------------------------------------------------------- */

static void test_numbers(void **state)
{
    static const struct {
        const char *text, *plain;
    } rows[] = {
        {"0", "0"},
        {"-0.00", "0"},
        {"007", "7"},
        {"+1.50", "1.5"},
        {"-1.50e3", "-1500"},
        {"1E-3", "0.001"},
        {".5", "0.5"},
        {"5.", "5"},
        {"100200300", "100200300"},
        {"123.456e1", "1234.56"},
        {"0.00012e2", "0.012"},
        {"99999999999999999999999999999999999999", "99999999999999999999999999999999999999"},
        {"1e38", "100000000000000000000000000000000000000"},
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        _cleanup_str_ struct str out = {0};
        struct decimal d;
        assert_int_equal(decimal_read(sv_of(rows[i].text), &d), DECIMAL_OK);
        decimal_write(&d, &out);
        assert_string_equal(str_c(&out), rows[i].plain);
    }
}

static void test_no_numbers(void **state)
{
    static const struct {
        const char *text;
        enum decimal_fault fault;
    } rows[] = {
        {"", DECIMAL_NO_NUMBER},      {"-", DECIMAL_NO_NUMBER},
        {".", DECIMAL_NO_NUMBER},     {"1e", DECIMAL_NO_NUMBER},
        {"1.2.3", DECIMAL_NO_NUMBER}, {" 1", DECIMAL_NO_NUMBER},
        {"0x1", DECIMAL_NO_NUMBER},   {"NaN", DECIMAL_NO_NUMBER},
        {"1e126", DECIMAL_OVERFLOW},  {"9.9e125", DECIMAL_OK},
        {"1e-130", DECIMAL_OK},       {"1e-131", DECIMAL_UNDERFLOW},
        {"0e999999", DECIMAL_OK},     {"123456789012345678901234567890123456789", DECIMAL_TOO_LONG},
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct decimal d;
        if (decimal_read(sv_of(rows[i].text), &d) != rows[i].fault)
            fail_msg("'%s'", rows[i].text);
    }
}

static void test_sums(void **state)
{
    static const struct {
        const char *a, *b, *sum, *difference;
    } rows[] = {
        {"1", "2", "3", "-1"},
        {"0.1", "0.2", "0.3", "-0.1"},
        {"-5", "5", "0", "-10"},
        {"999", "1", "1000", "998"},
        {"1e37", "-1", "9999999999999999999999999999999999999",
         "10000000000000000000000000000000000001"},
        {"0", "-7.5", "-7.5", "7.5"},
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++)
        for (int minus = 0; minus < 2; minus++) {
            _cleanup_str_ struct str out = {0};
            struct decimal a, b;
            assert_int_equal(decimal_read(sv_of(rows[i].a), &a), DECIMAL_OK);
            assert_int_equal(decimal_read(sv_of(rows[i].b), &b), DECIMAL_OK);
            assert_int_equal(decimal_add(&a, &b, minus, &a), DECIMAL_OK);
            decimal_write(&a, &out);
            assert_string_equal(str_c(&out), minus ? rows[i].difference : rows[i].sum);
        }
    struct decimal big, one;
    assert_int_equal(decimal_read(SV("9e125"), &big), DECIMAL_OK);
    assert_int_equal(decimal_add(&big, &big, false, &one), DECIMAL_OVERFLOW);
    assert_int_equal(decimal_read(SV("1"), &one), DECIMAL_OK);
    assert_int_equal(decimal_add(&big, &one, false, &one), DECIMAL_TOO_LONG);
}

static int sign(int n)
{
    return (n > 0) - (n < 0);
}

static void test_number_order(void **state)
{
    static const char *const ascending[] = {"-9e125",  "-12", "-1.2",   "-1.19", "-1",     "-0.5",
                                            "-1e-130", "0",   "1e-130", "0.012", "0.5",    "1",
                                            "1.19",    "1.2", "12",     "120",   "120.01", "9e125"};
    for (size_t i = 0; i < ARRAY_LEN(ascending); i++)
        for (size_t j = 0; j < ARRAY_LEN(ascending); j++) {
            struct decimal a, b;
            uint8_t x[DECIMAL_ORDER_MAX], y[DECIMAL_ORDER_MAX];
            assert_int_equal(decimal_read(sv_of(ascending[i]), &a), DECIMAL_OK);
            assert_int_equal(decimal_read(sv_of(ascending[j]), &b), DECIMAL_OK);
            struct sv left = sv_n((char *)x, decimal_order(&a, x));
            struct sv right = sv_n((char *)y, decimal_order(&b, y));
            int wanted = (i > j) - (i < j);
            assert_int_equal(sign(decimal_compare(&a, &b)), wanted);
            assert_int_equal(sign(sv_cmp(left, right)), wanted);
        }
}

/* --- values -------------------------------------------------------------------------------- */

struct bench {
    struct arena arena;
    struct attr_fault fault;
    struct expr_scope scope;
};

static void bench_end(struct bench *b)
{
    attr_fault_release(&b->fault);
    arena_release(&b->arena);
}

static struct attr map_of(struct bench *b, const char *json)
{
    struct doc_file doc = {0};
    struct attr out = {0};
    struct err err = {0};
    if (doc_parse_json(&doc, "test", sv_of(json), NULL, &err))
        fail_msg("%s: %s", json, err.msg);
    attr_read_map(doc.parts[0].root, &b->arena, &out, &b->fault);
    doc_release(&doc);
    return out;
}

static void assert_map(const struct attr *map, const char *json)
{
    _cleanup_str_ struct str out = {0};
    struct jsonw w;
    jsonw_init(&w, &out, 0);
    attr_write_map(map, &w);
    assert_string_equal(str_c(&out), json);
}

#define ALL_TYPES                                                                                  \
    "{\"s\":{\"S\":\"text\"},\"n\":{\"N\":\"12.5\"},\"b\":{\"B\":\"AAEC/w==\"},"                   \
    "\"ss\":{\"SS\":[\"a\",\"b\"]},\"ns\":{\"NS\":[\"1\",\"2\"]},\"bs\":{\"BS\":[\"AA==\"]},"      \
    "\"t\":{\"BOOL\":true},\"z\":{\"NULL\":true},\"l\":{\"L\":[{\"N\":\"1\"},{\"S\":\"x\"}]},"     \
    "\"m\":{\"M\":{\"k\":{\"S\":\"v\"}}}}"

static void test_values(void **state)
{
    struct bench b = {0};
    struct attr all = map_of(&b, ALL_TYPES), other;
    assert_null(b.fault.code);
    assert_map(&all, ALL_TYPES);
    /* s 1+4, n 1+3, b 1+4, ss 2+2, ns 2+4, bs 2+1, t 1+1, z 1+1, l 1+3+2+2+1, m 1+3+1+2 */
    assert_int_equal(attr_item_size(&all), 5 + 4 + 5 + 4 + 6 + 3 + 2 + 2 + 9 + 7);
    struct attr copy = attr_copy(&all, &b.arena);
    assert_true(attr_equal(&copy, &all));
    attr_get(attr_get(&copy, SV("m")), SV("k"))->text = SV("w");
    assert_false(attr_equal(&copy, &all));
    assert_map(&all, ALL_TYPES);
    all = map_of(&b, "{\"a\":{\"SS\":[\"x\",\"y\"]},\"n\":{\"N\":\"1.0\"}}");
    other = map_of(&b, "{\"n\":{\"N\":\"1\"},\"a\":{\"SS\":[\"y\",\"x\"]}}");
    assert_true(attr_equal(&all, &other));
    bench_end(&b);
}

static void test_no_values(void **state)
{
    static const struct {
        const char *json, *code, *words;
    } rows[] = {
        {"{\"a\":{}}", "Validation", "AttributeValue is empty"},
        {"{\"a\":{\"X\":\"1\"}}", "Validation", "AttributeValue is empty"},
        {"{\"a\":{\"S\":\"x\",\"N\":\"1\"}}", "Validation", "more than one datatypes"},
        {"{\"a\":{\"N\":\"one\"}}", "Validation", "converted to a numeric value: one"},
        {"{\"a\":{\"N\":\"1e200\"}}", "Validation", "Number overflow"},
        {"{\"a\":{\"SS\":[]}}", "Validation", "An string set  may not be empty"},
        {"{\"a\":{\"NS\":[\"1\",\"1.0\"]}}", "Validation", "[1, 1.0] contains duplicates"},
        {"{\"a\":{\"NULL\":false}}", "Validation", "must have the value of true"},
        {"{\"a\":{\"S\":1}}", "Serialization", ""},
        {"{\"a\":{\"B\":\"*\"}}", "Serialization", "Base64"},
        {"{\"a\":\"x\"}", "Serialization", ""},
        {"{\"a\":{\"L\":{}}}", "Serialization", ""},
        {"[]", "Serialization", ""},
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct bench b = {0};
        map_of(&b, rows[i].json);
        if (!b.fault.code || !strstr(b.fault.code, rows[i].code) ||
            !strstr(str_c(&b.fault.text), rows[i].words))
            fail_msg("%s: %s %s", rows[i].json, b.fault.code, str_c(&b.fault.text));
        bench_end(&b);
    }
}

static void test_depth(void **state)
{
    for (unsigned depth = ATTR_DEPTH_MAX; depth <= ATTR_DEPTH_MAX + 1; depth++) {
        _cleanup_str_ struct str json = {0};
        struct bench b = {0};
        str_adds(&json, "{\"a\":");
        for (unsigned i = 0; i < depth; i++)
            str_adds(&json, i % 2 ? "{\"L\":[" : "{\"M\":{\"a\":");
        str_adds(&json, "{\"N\":\"1\"}");
        for (unsigned i = depth; i-- > 0;)
            str_adds(&json, i % 2 ? "]}" : "}}");
        str_addc(&json, '}');
        struct attr map = map_of(&b, str_c(&json));
        if (depth == ATTR_DEPTH_MAX)
            assert_map(&map, str_c(&json));
        else
            assert_non_null(strstr(str_c(&b.fault.text), "Nesting Levels"));
        bench_end(&b);
    }
}

/* --- expressions --------------------------------------------------------------------------- */

#define ITEM                                                                                       \
    "{\"s\":{\"S\":\"hello\"},\"n\":{\"N\":\"10\"},\"b\":{\"B\":\"AQID\"},"                        \
    "\"ss\":{\"SS\":[\"a\",\"b\"]},\"t\":{\"BOOL\":true},\"z\":{\"NULL\":true},"                   \
    "\"l\":{\"L\":[{\"N\":\"1\"},{\"M\":{\"ins\":{\"S\":\"deep\"}}},{\"N\":\"3\"}]},"              \
    "\"m\":{\"M\":{\"a.b\":{\"N\":\"5\"},\"k\":{\"L\":[{\"S\":\"x\"}]}}}}"
#define NAMES "{\"#ab\":\"a.b\",\"#s\":\"s\",\"#name\":\"name\"}"
#define VALUES                                                                                     \
    "{\":hello\":{\"S\":\"hello\"},\":he\":{\"S\":\"he\"},\":lo\":{\"S\":\"lo\"},"                 \
    "\":one\":{\"N\":\"1\"},\":five\":{\"N\":\"5\"},\":ten\":{\"N\":\"1e1\"},"                     \
    "\":fifty\":{\"N\":\"50\"},\":a\":{\"S\":\"a\"},\":true\":{\"BOOL\":true},"                    \
    "\":typeS\":{\"S\":\"S\"},\":typeX\":{\"S\":\"X\"},\":ab\":{\"SS\":[\"b\",\"a\"]},"            \
    "\":bc\":{\"SS\":[\"b\",\"c\"]},\":list\":{\"L\":[{\"N\":\"7\"}]},"                            \
    "\":bytes\":{\"B\":\"AQ==\"},\":null\":{\"NULL\":true}}"

static void bench_start(struct bench *b)
{
    struct doc_file names = {0}, values = {0};
    *b = (struct bench){0};
    b->scope = (struct expr_scope){.arena = &b->arena, .fault = &b->fault};
    assert_int_equal(doc_parse_json(&names, "names", SV(NAMES), NULL, NULL), 0);
    assert_int_equal(doc_parse_json(&values, "values", SV(VALUES), NULL, NULL), 0);
    assert_int_equal(expr_scope_read(&b->scope, names.parts[0].root, values.parts[0].root), 0);
    doc_release(&names);
    doc_release(&values);
}

static void test_conditions(void **state)
{
    static const struct {
        const char *text;
        bool holds;
    } rows[] = {
        {"s = :hello", true},
        {"#s = :hello", true},
        {"s <> :hello", false},
        {"gone <> :hello", true},
        {"gone = :hello", false},
        {"n = :ten", true},
        {"n = :hello", false},
        {"n > :five", true},
        {"n < :five", false},
        {"n >= :ten AND n <= :ten", true},
        {"s > :one", false},
        {"n BETWEEN :five AND :fifty", true},
        {"n between :one and :five", false},
        {"s IN (:a, :hello)", true},
        {"s IN (:a)", false},
        {"attribute_exists(m.k[0])", true},
        {"attribute_exists(m.k[1])", false},
        {"attribute_exists(m.#ab)", true},
        {"attribute_not_exists(q)", true},
        {"attribute_type(s, :typeS)", true},
        {"attribute_type(n, :typeS)", false},
        {"begins_with(s, :he)", true},
        {"begins_with(b, :bytes)", true},
        {"begins_with(s, :lo)", false},
        {"contains(s, :lo)", true},
        {"contains(ss, :a)", true},
        {"contains(ss, :he)", false},
        {"contains(l, :one)", true},
        {"contains(l, :five)", false},
        {"size(s) = :five", true},
        {"size(l) > :one AND size(m) > :one AND size(ss) > :one", true},
        {"size(n) > :one", false},
        {"ss = :ab", true},
        {"t = :true AND z = :null", true},
        {"NOT t = :true", false},
        {"NOT (t = :true AND n = :one)", true},
        {"l[1].ins = :hello OR l[2] > :one", true},
        {"s = :a AND s = :hello OR n = :ten", true},
        {"s = :a AND (s = :hello OR n = :ten)", false},
        {"not attribute_exists(q) and not attribute_exists(r)", true},
        {":ten = n", true},
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct bench b;
        struct expr *e;
        bench_start(&b);
        struct attr item = map_of(&b, ITEM);
        if (expr_read_condition(&b.scope, "ConditionExpression", sv_of(rows[i].text), &e) < 0)
            fail_msg("%s: %s", rows[i].text, str_c(&b.fault.text));
        if (expr_holds(e, &item, &b.arena) != rows[i].holds)
            fail_msg("%s", rows[i].text);
        bench_end(&b);
    }
}

static void assert_refused(struct bench *b, const char *text, const char *words)
{
    if (!b->fault.code || !strstr(str_c(&b->fault.text), words))
        fail_msg("%s: wanted '%s', got '%s'", text, words, str_c(&b->fault.text));
}

static void test_refused_conditions(void **state)
{
    static const struct {
        const char *text, *words;
    } rows[] = {
        {"", "Invalid ConditionExpression: The expression can not be empty;"},
        {"   ", "can not be empty"},
        {"s = = :a", "Syntax error; token: \"=\", near: \"= = :a\""},
        {"s =", "Syntax error; token: \"<EOF>\", near: \"=\""},
        {"s = :a s", "Syntax error; token: \"s\", near: \":a s\""},
        {"(s = :a", "token: \"<EOF>\""},
        {"s = :a)", "token: \")\""},
        {"s ! :a", "token: \"!\""},
        {"s", "Syntax error"},
        {":a", "Syntax error"},
        {"name = :a", "Attribute name is a reserved keyword; reserved keyword: name"},
        {"l[a] = :a", "token: \"a\", near: \"[a]\""},
        {"#no = :a", "name used in the document path is not defined; attribute name: #no"},
        {"s = :no", "value used in expression is not defined; attribute value: :no"},
        {"nothing(s)", "Invalid function name; function: nothing"},
        {"Contains(s, :a)", "Invalid function name; function: Contains"},
        {"size(s)", "not allowed to be used this way in an expression; function: size"},
        {"begins_with(s, begins_with(s, :a))", "not allowed to be used this way"},
        {"attribute_exists(s) = :true", "not allowed to be used this way"},
        {"if_not_exists(s, :a) = :a", "used this way"},
        {"list_append(s, :list)", "not allowed in a condition expression; function: list_append"},
        {"attribute_exists(s, n)", "operator or function: attribute_exists, number of operands: 2"},
        {"begins_with(s)", "operator or function: begins_with, number of operands: 1"},
        {"attribute_exists(:a)", "requires a document path; operator or function: "},
        {"begins_with(s, :one)", "function: begins_with, operand type: N"},
        {"attribute_type(s, :one)", "function: attribute_type, operand type: N"},
        {"attribute_type(s, :typeX)", "Invalid attribute type name found; type: X"},
        {"s < :true", "operator or function: <, operand type: BOOL"},
        {"size(:one) > :one", "operator or function: size, operand type: N"},
        {"s = s", "first operand must be distinct"},
        {"contains(l[0], l[0])", "operator: contains, first operand: [l, [0]]"},
        {"n BETWEEN :fifty AND :five", "upper bound to be greater than or equal to lower bound"},
        {"n BETWEEN :five AND :a",
         "same data type for lower and upper bounds; lower bound operand: "
         "AttributeValue: {N:5}, upper bound operand: AttributeValue: "
         "{S:a}"},
        {"((s = :a))", "The expression has redundant parentheses;"},
        {"l[4294967296] = :a", "List index is not within the allowable range"},
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct bench b;
        struct expr *e;
        bench_start(&b);
        assert_int_equal(
            expr_read_condition(&b.scope, "ConditionExpression", sv_of(rows[i].text), &e), -1);
        assert_refused(&b, rows[i].text, rows[i].words);
        bench_end(&b);
    }
}

static void test_expression_limits(void **state)
{
    for (int more = 0; more < 2; more++) {
        _cleanup_str_ struct str text = {0};
        struct bench b;
        struct expr *e;
        bench_start(&b);
        str_adds(&text, "n IN (:one)");
        str_fill(&text, ' ', EXPR_TEXT_MAX - text.len + (size_t)more);
        assert_int_equal(expr_read_condition(&b.scope, "K", str_sv(&text), &e), -more);
        if (more)
            assert_refused(&b, "long", "expression size: 4097");
        bench_end(&b);
        bench_start(&b);
        str_reset(&text);
        for (int i = 0; i < 150; i++) /* one for each "=" and each AND between */
            str_addf(&text, "%sn=:one", i ? " AND " : "");
        if (more)
            str_adds(&text, " AND n=:one");
        assert_int_equal(expr_read_condition(&b.scope, "K", str_sv(&text), &e), -more);
        if (more)
            assert_refused(&b, "many", "too many operators");
        bench_end(&b);
    }
}

static void test_updates(void **state)
{
    static const struct {
        const char *before, *text, *after; /* after: JSON, or what is told */
    } rows[] = {
        {"{}", "SET a = :one", "{\"a\":{\"N\":\"1\"}}"},
        {"{\"a\":{\"N\":\"1\"}}", "set a = a + :ten", "{\"a\":{\"N\":\"11\"}}"},
        {"{\"a\":{\"N\":\"1\"}}", "SET a = :ten - a", "{\"a\":{\"N\":\"9\"}}"},
        {"{\"a\":{\"N\":\"1\"}}", "SET c = a, a = :five",
         "{\"a\":{\"N\":\"5\"},\"c\":{\"N\":\"1\"}}"},
        {"{}", "SET a = if_not_exists(a, :one) + :one", "{\"a\":{\"N\":\"2\"}}"},
        {"{\"l\":{\"L\":[{\"N\":\"1\"}]}}", "SET l = list_append(:list, l)",
         "{\"l\":{\"L\":[{\"N\":\"7\"},{\"N\":\"1\"}]}}"},
        {"{}", "SET l = list_append(if_not_exists(l, :list), :list)",
         "{\"l\":{\"L\":[{\"N\":\"7\"},{\"N\":\"7\"}]}}"},
        {"{\"l\":{\"L\":[{\"N\":\"1\"},{\"N\":\"2\"}]}}", "SET l[0] = :a, l[9] = :five",
         "{\"l\":{\"L\":[{\"S\":\"a\"},{\"N\":\"2\"},{\"N\":\"5\"}]}}"},
        {"{\"m\":{\"M\":{}}}", "SET m.#ab = :one", "{\"m\":{\"M\":{\"a.b\":{\"N\":\"1\"}}}}"},
        {"{\"a\":{\"N\":\"1\"},\"s\":{\"S\":\"x\"}}", "REMOVE a, q", "{\"s\":{\"S\":\"x\"}}"},
        {"{\"l\":{\"L\":[{\"N\":\"0\"},{\"N\":\"1\"},{\"N\":\"2\"},{\"N\":\"3\"}]}}",
         "REMOVE l[0], l[2], l[7]", "{\"l\":{\"L\":[{\"N\":\"1\"},{\"N\":\"3\"}]}}"},
        {"{\"l\":{\"L\":[{\"N\":\"0\"},{\"L\":[{\"N\":\"1\"},{\"N\":\"2\"}]}]}}",
         "REMOVE l[0], l[1][0]", "{\"l\":{\"L\":[{\"L\":[{\"N\":\"2\"}]}]}}"},
        {"{}", "ADD n :five, ss :ab", "{\"n\":{\"N\":\"5\"},\"ss\":{\"SS\":[\"b\",\"a\"]}}"},
        {"{\"ss\":{\"SS\":[\"a\",\"b\"]},\"n\":{\"N\":\"-5\"}}", "ADD ss :bc, n :five",
         "{\"ss\":{\"SS\":[\"a\",\"b\",\"c\"]},\"n\":{\"N\":\"0\"}}"},
        {"{\"ss\":{\"SS\":[\"a\",\"b\"]}}", "DELETE ss :bc", "{\"ss\":{\"SS\":[\"a\"]}}"},
        {"{\"ss\":{\"SS\":[\"a\",\"b\"]}}", "DELETE ss :ab", "{}"},
        {"{}", "DELETE ss :ab", "{}"},
        {"{\"x\":{\"N\":\"1\"},\"y\":{\"N\":\"2\"}}", "REMOVE x SET z = x ADD y :one",
         "{\"y\":{\"N\":\"3\"},\"z\":{\"N\":\"1\"}}"},
        {"{}", "SET a = q", "refers to an attribute that does not exist in the item"},
        {"{}", "SET a = q + :one", "refers to an attribute that does not exist in the item"},
        {"{\"s\":{\"S\":\"x\"}}", "SET a = s + :one", "operand in the update expression has an in"},
        {"{\"s\":{\"S\":\"x\"}}", "ADD s :one", "operand in the update expression has an incorr"},
        {"{\"n\":{\"N\":\"1\"}}", "DELETE n :ab", "operand in the update expression has an incor"},
        {"{\"n\":{\"N\":\"1\"}}", "SET n = list_append(n, :list)", "has an incorrect data type"},
        {"{}", "SET m.k = :one", "document path provided in the update expression is invalid"},
        {"{\"s\":{\"S\":\"x\"}}", "SET s[0] = :one",
         "path provided in the update expression is in"},
        {"{}", "REMOVE m.k", "document path provided in the update expression is invalid"},
        {"{\"n\":{\"N\":\"9e125\"}}", "ADD n :one", "more than 38 significant digits"},
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct bench b;
        struct expr_update u;
        bench_start(&b);
        struct attr item = map_of(&b, rows[i].before);
        if (expr_read_update(&b.scope, sv_of(rows[i].text), &u) < 0)
            fail_msg("%s: %s", rows[i].text, str_c(&b.fault.text));
        if (expr_apply(&u, &item, &b.arena, &b.fault) == 0)
            assert_map(&item, rows[i].after);
        else
            assert_refused(&b, rows[i].text, rows[i].after);
        bench_end(&b);
    }
}

static void test_refused_updates(void **state)
{
    static const struct {
        const char *text, *words;
    } rows[] = {
        {"", "Invalid UpdateExpression: The expression can not be empty;"},
        {"PUT a = :one", "token: \"PUT\""},
        {"SET a", "token: \"<EOF>\", near: \"a\""},
        {"SET a = :one,", "token: \"<EOF>\""},
        {"SET a = :one SET s = :a", "The \"SET\" section can only be used once"},
        {"SET a = attribute_exists(s)", "not allowed in an update expression; function: attr"},
        {"SET a = size(s)", "not allowed in an update expression; function: size"},
        {"SET a = :a + :one", "operator or function: +, operand type: S"},
        {"SET a = list_append(:one, l)", "operator or function: list_append, operand type: N"},
        {"SET a = if_not_exists(:one, :a)", "requires a document path"},
        {"SET l = :one, l[0] = :one",
         "paths overlap with each other; must remove or rewrite one of "
         "these paths; path one: [l], path two: [l, [0]]"},
        {"SET l[0] = :one, l.k = :one", "paths conflict with each other"},
        {"ADD a :a", "operator: ADD, operand type: STRING, typeSet: ALLOWED_FOR_ADD_OPERAND"},
        {"DELETE a :one", "operator: DELETE, operand type: NUMBER, typeSet: ALLOWED_FOR_DELETE"},
        {"ADD a s", "token: \"s\""},
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct bench b;
        struct expr_update u;
        bench_start(&b);
        assert_int_equal(expr_read_update(&b.scope, sv_of(rows[i].text), &u), -1);
        assert_refused(&b, rows[i].text, rows[i].words);
        bench_end(&b);
    }
}

static void test_projections(void **state)
{
    static const struct {
        const char *text, *some;
    } rows[] = {
        {"s", "{\"s\":{\"S\":\"hello\"}}"},
        {"gone", "{}"},
        {"m.#ab, n", "{\"n\":{\"N\":\"10\"},\"m\":{\"M\":{\"a.b\":{\"N\":\"5\"}}}}"},
        {"l[2], l[0]", "{\"l\":{\"L\":[{\"N\":\"1\"},{\"N\":\"3\"}]}}"},
        {"l[1].ins, l[1].q", "{\"l\":{\"L\":[{\"M\":{\"ins\":{\"S\":\"deep\"}}}]}}"},
        {"l[9], s[0], n.k", "{}"},
        {"m, m.k", "Invalid ProjectionExpression: Two document paths overlap"},
        {"m k", "Syntax error; token: \"k\""},
        {"size", "reserved keyword: size"},
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct bench b;
        struct expr_paths paths;
        bench_start(&b);
        struct attr item = map_of(&b, ITEM);
        if (expr_read_projection(&b.scope, sv_of(rows[i].text), &paths) < 0) {
            assert_refused(&b, rows[i].text, rows[i].some);
        } else {
            struct attr some = expr_project(&item, &paths, &b.arena);
            assert_map(&some, rows[i].some);
        }
        bench_end(&b);
    }
}

static void test_unused(void **state)
{
    struct bench b = {0};
    struct doc_file doc = {0};
    struct expr *e;
    b.scope = (struct expr_scope){.arena = &b.arena, .fault = &b.fault};
    assert_int_equal(
        doc_parse_json(&doc, "names", SV("{\"#a\":\"s\",\"#b\":\"n\",\"#c\":\"n\"}"), NULL, NULL),
        0);
    assert_int_equal(expr_scope_read(&b.scope, doc.parts[0].root, NULL), 0);
    assert_int_equal(expr_read_condition(&b.scope, "K", SV("attribute_exists(#b)"), &e), 0);
    assert_int_equal(expr_scope_check(&b.scope), -1);
    assert_refused(&b, "names", "ExpressionAttributeNames unused in expressions: keys: {#a, #c}");
    doc_release(&doc);
    bench_end(&b);
}

/* --- items --------------------------------------------------------------------------------- */

#define ITEMS 100000u

static struct sv name_of(uint32_t i, char out[static 16])
{
    /* Every number once, in no order. */
    return sv_n(out, (size_t)snprintf(out, 16, "%08x", i * 2654435761u));
}

static size_t count_all(const struct items *s, bool backwards)
{
    struct items_place p =
        backwards ? (struct items_place){.block = s->blocks.len} : items_seek(s, SV(""));
    char before[16] = "";
    size_t n = 0;
    for (const struct item *i; (i = backwards ? items_previous(s, &p) : items_next(s, &p)); n++) {
        if (n)
            assert_int_equal(sign(sv_cmp(sv_n(before, 8), item_key(i))), backwards ? 1 : -1);
        memcpy(before, item_key(i).ptr, 8);
    }
    return n;
}

static void test_items(void **state)
{
    struct items s = {0};
    char name[16];
    for (uint32_t i = 0; i < ITEMS; i++)
        items_put(&s, name_of(i, name), SV("{}"), 2);
    assert_int_equal(s.count, ITEMS);
    assert_int_equal(s.size, 2 * ITEMS);
    assert_int_equal(count_all(&s, false), ITEMS);
    assert_int_equal(count_all(&s, true), ITEMS);
    items_put(&s, name_of(7, name), SV("{\"a\":1}"), 5);
    assert_int_equal(s.count, ITEMS);
    assert_int_equal(s.size, 2 * ITEMS + 3);
    assert_true(sv_is(item_json(items_find(&s, name_of(7, name))), "{\"a\":1}"));
    for (uint32_t i = 0; i < ITEMS; i++)
        if (i % 10)
            items_remove(&s, name_of(i, name));
    items_remove(&s, SV("nobody"));
    assert_int_equal(s.count, ITEMS / 10);
    assert_int_equal(count_all(&s, false), ITEMS / 10);
    for (uint32_t i = 0; i < ITEMS; i++)
        assert_int_equal(items_find(&s, name_of(i, name)) != NULL, i % 10 == 0);
    items_release(&s);
    assert_null(items_find(&s, SV("x")));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_numbers),
        cmocka_unit_test(test_no_numbers),
        cmocka_unit_test(test_sums),
        cmocka_unit_test(test_number_order),
        cmocka_unit_test(test_values),
        cmocka_unit_test(test_no_values),
        cmocka_unit_test(test_depth),
        cmocka_unit_test(test_conditions),
        cmocka_unit_test(test_refused_conditions),
        cmocka_unit_test(test_expression_limits),
        cmocka_unit_test(test_updates),
        cmocka_unit_test(test_refused_updates),
        cmocka_unit_test(test_projections),
        cmocka_unit_test(test_unused),
        cmocka_unit_test(test_items),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
