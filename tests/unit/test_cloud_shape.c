/* The tables of cloud/ from the service's side: forms that are read, XML and JSON that are written,
 * held against what the client's side reads and writes with the same tables. */
#include "cloud/shape.h"

#include "unit.h"

struct inner {
    const char *key, *value;
};
struct thing {
    const char *id;
    struct shape_int count;
    struct shape_number share;
    enum shape_flag on;
    int64_t since;
    struct inner one;
    struct shape_texts names;
    struct shape_pairs attributes;
    SHAPE_LIST(struct inner) tags;
};

static const struct shape_field inner_fields[] = {
    SHAPE_FIELD(struct inner, SHAPE_TEXT, "Key", key),
    SHAPE_FIELD(struct inner, SHAPE_TEXT, "Value", value),
};
static const struct shape inner = SHAPE(struct inner, inner_fields);
static const struct shape_field fields[] = {
    SHAPE_MUST(struct thing, SHAPE_TEXT, "InstanceId", id),
    SHAPE_FIELD(struct thing, SHAPE_INT, "Count", count),
    SHAPE_FIELD(struct thing, SHAPE_NUMBER, "Share", share),
    SHAPE_FIELD(struct thing, SHAPE_BOOL, "On", on),
    SHAPE_FIELD(struct thing, SHAPE_TIME, "Since", since),
    SHAPE_OF(struct thing, SHAPE_STRUCT, "One", one, &inner),
    SHAPE_FIELD(struct thing, SHAPE_TEXTS, "Name", names),
    SHAPE_FIELD(struct thing, SHAPE_PAIRS, "Attribute", attributes),
    SHAPE_OF(struct thing, SHAPE_STRUCTS, "Tag", tags, &inner),
};
static const struct shape shape = SHAPE(struct thing, fields);

static struct thing sample(struct arena *arena)
{
    struct thing t = {
        .id = "i-0&1=<2> %3+4",
        .count = shape_int(-7),
        .share = {true, 0.5},
        .on = SHAPE_NO,
        .since = 1700000000,
        .one = {"a", ""},
    };
    for (unsigned i = 0; i < 12; i++) {
        *(const char **)shape_list_add(&t.names, sizeof *t.names.items, arena) =
            arena_fmt(arena, "n%u", i);
        *(struct inner *)shape_list_add(&t.tags, sizeof *t.tags.items, arena) =
            (struct inner){arena_fmt(arena, "k%u", i), i % 2 ? "" : "ä\n"};
    }
    *(struct shape_pair *)shape_list_add(&t.attributes, sizeof(struct shape_pair), arena) =
        (struct shape_pair){"x.y", "true"};
    return t;
}

static void assert_same(const struct thing *a, const struct thing *b)
{
    _cleanup_str_ struct str x = {0}, y = {0};
    shape_print(&shape, a, &x);
    shape_print(&shape, b, &y);
    assert_string_equal(str_c(&x), str_c(&y));
}

static void round_trip(enum shape_dialect dialect)
{
    _cleanup_arena_ struct arena arena = {0};
    _cleanup_str_ struct str form = {0}, xml = {0};
    _cleanup_aws_xml_ struct aws_xml tree = {0};
    struct err err = {0};
    struct thing in = sample(&arena), out = {0}, back = {0};
    if (dialect == SHAPE_DIALECT_EC2)
        in.attributes.count = 0;
    shape_to_form(&shape, dialect, &in, &form);
    assert_int_equal(shape_from_form(&shape, dialect, str_sv(&form), &arena, &out, &err), 0);
    assert_same(&in, &out);
    str_adds(&xml, "<r>");
    shape_to_xml(&shape, dialect, &in, &xml);
    str_adds(&xml, "</r>");
    assert_int_equal(aws_xml_parse(&tree, str_sv(&xml), &err), 0);
    assert_int_equal(shape_from_xml(&shape, dialect, tree.root, &arena, &back, &err), 0);
    assert_same(&in, &back);
}

static void test_round_trips(void **state)
{
    (void)state;
    round_trip(SHAPE_DIALECT_QUERY);
    round_trip(SHAPE_DIALECT_EC2);
}

static void test_forms(void **state)
{
    (void)state;
    _cleanup_arena_ struct arena arena = {0};
    struct err err = {0};
    struct thing t = {0};
    const struct sv form = SV("Action=X&&Tag.2.Key=b&Tag.10.Key=j&Tag.1.Key=a%20b+c&Tag.1.Value=%zz"
                              "&Unknown.1=q&Name.1=only&InstanceIdX=no&Count=5");
    assert_int_equal(shape_from_form(&shape, SHAPE_DIALECT_EC2, form, &arena, &t, &err), 0);
    assert_int_equal(t.tags.count, 2);
    assert_string_equal(t.tags.items[0].key, "a b c");
    assert_string_equal(t.tags.items[0].value, "%zz");
    assert_string_equal(t.tags.items[1].key, "b");
    assert_null(t.tags.items[1].value);
    assert_int_equal(t.names.count, 1);
    assert_null(t.id);
    assert_string_equal(shape_missing(&shape, &t), "InstanceId");
    t.id = "i";
    assert_null(shape_missing(&shape, &t));
    assert_true(sv_is(shape_form_value(form, "Action", &arena), "X"));
    assert_null(shape_form_value(form, "Act", &arena).ptr);
    assert_int_equal(shape_from_form(&shape, SHAPE_DIALECT_EC2, SV("Count=many"), &arena, &t, &err),
                     -1);
    assert_non_null(strstr(err.msg, "Count"));
    memset(&t, 0, sizeof t);
    assert_int_equal(shape_from_form(&shape, SHAPE_DIALECT_EC2, SV_NONE, &arena, &t, &err), 0);
    assert_false(t.count.set);
}

static void test_what_is_empty(void **state)
{
    (void)state;
    _cleanup_str_ struct str xml = {0}, json = {0};
    const struct thing t = {.id = "i"};
    shape_to_xml(&shape, SHAPE_DIALECT_EC2, &t, &xml);
    assert_string_equal(str_c(&xml), "<instanceId>i</instanceId><name></name><tag></tag>");
    shape_to_answer(&shape, &t, &json);
    assert_string_equal(str_c(&json),
                        "{\"InstanceId\":\"i\",\"Name\":[],\"Attribute\":{},\"Tag\":[]}");
}

/* --- flat lists and maps, as SQS has them ---------------------------------------------------- */

struct value {
    const char *name; /* the key */
    const char *text;
};
static const struct shape_field value_fields[] = {
    SHAPE_FIELD(struct value, SHAPE_TEXT, "StringValue", text),
};
static const struct shape value = SHAPE(struct value, value_fields);
struct entry {
    const char *id;
    SHAPE_LIST(struct value) values;
};
static const struct shape_field entry_fields[] = {
    SHAPE_FIELD(struct entry, SHAPE_TEXT, "Id", id),
    {.name = "Values",
     .flat = "Value",
     .kind = SHAPE_KEYED,
     .offset = offsetof(struct entry, values),
     .of = &value},
};
static const struct shape entry = SHAPE(struct entry, entry_fields);
struct batch {
    struct shape_texts names;
    struct shape_pairs attributes;
    SHAPE_LIST(struct entry) entries;
};
static const struct shape_field batch_fields[] = {
    {.name = "Names", .flat = "Name", .kind = SHAPE_TEXTS, .offset = offsetof(struct batch, names)},
    {.name = "Attributes",
     .flat = "Attribute",
     .kind = SHAPE_PAIRS,
     .offset = offsetof(struct batch, attributes)},
    {.name = "Entries",
     .flat = "BatchEntry",
     .kind = SHAPE_STRUCTS,
     .offset = offsetof(struct batch, entries),
     .of = &entry},
};
static const struct shape batch = SHAPE(struct batch, batch_fields);

static void test_flat(void **state)
{
    (void)state;
    static const char json[] =
        "{\"Names\":[\"n\",\"m\"],\"Attributes\":{\"a\":\"1\"},\"Entries\":[{\"Id\":\"x\"},"
        "{\"Id\":\"y\",\"Values\":{\"k\":{\"StringValue\":\"v\"},\"l\":{}}}]}";
    _cleanup_arena_ struct arena arena = {0};
    _cleanup_str_ struct str xml = {0}, first = {0}, second = {0};
    struct doc_file file = {0};
    struct err err = {0};
    struct batch formed = {0}, parsed = {0};
    const struct sv form =
        SV("Action=X&Name.1=n&Name.2=m&Name.4=q&Attribute.1.Name=a"
           "&Attribute.1.Value=1&BatchEntry.1.Id=x&BatchEntry.2.Id=y"
           "&BatchEntry.2.Value.1.Name=k&BatchEntry.2.Value.1.Value.StringValue=v"
           "&BatchEntry.2.Value.2.Name=l&BatchEntry.2.Value.4.Name=q");
    assert_int_equal(shape_from_form(&batch, SHAPE_DIALECT_FLAT, form, &arena, &formed, &err), 0);
    shape_to_json(&batch, &formed, &first);
    assert_string_equal(str_c(&first), json);
    assert_int_equal(doc_parse_json(&file, "batch", sv_of(json), NULL, &err), 0);
    assert_int_equal(shape_from_json(&batch, file.parts[0].root, &arena, &parsed, &err), 0);
    doc_release(&file);
    shape_to_json(&batch, &parsed, &second);
    assert_string_equal(str_c(&second), json);
    parsed.names.items[1] = "a\r\n<";
    shape_to_xml(&batch, SHAPE_DIALECT_FLAT, &parsed, &xml);
    assert_string_equal(
        str_c(&xml),
        "<Name>n</Name><Name>a&#13;\n&lt;</Name><Attribute><Name>a</Name><Value>1</Value></"
        "Attribute>"
        "<BatchEntry><Id>x</Id></BatchEntry><BatchEntry><Id>y</Id><Value><Name>k</Name><Value>"
        "<StringValue>v</StringValue></Value></Value><Value><Name>l</Name><Value></Value></Value>"
        "</BatchEntry>");
    static const char *const bad[] = {"{\"Entries\":[{\"Values\":[]}]}",
                                      "{\"Entries\":[{\"Values\":{\"k\":\"v\"}}]}"};
    for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
        assert_int_equal(doc_parse_json(&file, "batch", sv_of(bad[i]), NULL, &err), 0);
        assert_int_equal(shape_from_json(&batch, file.parts[0].root, &arena, &parsed, &err), -1);
        assert_int_equal(err.class, ERR_INPUT);
        doc_release(&file);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_round_trips),
        cmocka_unit_test(test_forms),
        cmocka_unit_test(test_what_is_empty),
        cmocka_unit_test(test_flat),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
