/* Input that cannot be believed or not be read. */
#include "base/str.h"

#include "load_texts.h"

static void amounts_that_cannot_be_are_noted(void **state)
{
    _cleanup_world_ struct world w;
    LOAD(&w, POD("p", "'containers':[{'resources':{'requests':{'cpu':'-1','memory':'lots',"
                      "'ephemeral-storage':'9999Ei','x/a':'1e30'}}}]"));
    const struct resources *r = &class_of(&w, "p")->request;
    assert_int_equal(r->cpu, 0);
    assert_int_equal(r->memory, 0);
    assert_int_equal(r->ephemeral, (int64_t)1 << 47);
    assert_true(has_note(&w, "Pod shop/p", "-1 of cpu is negative: taken as 0"));
    assert_true(has_note(&w, "Pod shop/p", "\"lots\" of memory is no quantity"));
    assert_true(has_note(&w, "Pod shop/p", "9999Ei of ephemeral-storage is more"));
    assert_int_equal(w.notes.len, 4);
}

static void what_cannot_be_read_is_an_error(void **state)
{
    static const struct {
        const char *text, *error;
    } cases[] = {
        {"{'kind':'Pod',", "t.json:1:15: expected a key in double quotes here"},
        {"[]", "t.json:1:1: expected an object here"},
        {"{'kind':'PodList','items':[7]}", "t.json:1:28: expected an object here"},
        {"{'metadata':{}}", "t.json:1:16: an object without a kind"},
        {"{'a':'\x01'}", "t.json:1:7: a control character in a string: it must be escaped"},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        _cleanup_world_ struct world w;
        struct err err = {0};
        assert_int_equal(load(&w, &err, &cases[i].text, 1), -1);
        assert_string_equal(err.msg, cases[i].error);
    }
}

static void objects_have_a_largest_size(void **state)
{
    for (int labels = 0; labels < 2; labels++) {
        _cleanup_world_ struct world w;
        _cleanup_str_ struct str text = {0};
        struct err err = {0};
        str_adds(&text, "{'kind':'Node','metadata':{'name':'n','labels':{");
        for (int i = 0; labels && i < 100001; i++)
            str_addf(&text, "'%d':'',", i);
        str_adds(&text, "'x':'y'}},'pad':'");
        str_fill(&text, 'x', labels ? 1 : 9000000);
        str_adds(&text, "'}");
        const char *one = str_c(&text);
        assert_int_equal(load(&w, &err, &one, 1), -1);
        assert_non_null(strstr(err.msg, labels ? "more than 100,000 labels" : "more than 8 MiB"));
    }
}

static void lists_have_a_largest_length(void **state)
{
    static const struct {
        const char *head, *entry;
        int count;
        const char *error;
    } cases[] = {
        {"{'kind':'Pod','metadata':{'name':'p'},'spec':{'tolerations':[", "{}", 10001,
         "more than 10,000 entries in a list"},
        {"{'kind':'Pod','metadata':{'name':'p'},'spec':{'containers':[", "{}", 1001,
         "more than 1,000 containers in a pod"},
        {"{'kind':'PodDisruptionBudget','metadata':{'name':'p'},'spec':{'selector':"
         "{'matchExpressions':[",
         "{'key':'a','operator':'Exists'}", 10001, "more than 10,000 entries in a list"},
        {"{", "'x':1", 65, "more than 64 fields before kind and metadata"},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        _cleanup_world_ struct world w;
        _cleanup_str_ struct str text = {0};
        struct err err = {0};
        str_adds(&text, cases[i].head);
        for (int n = 0; n < cases[i].count; n++)
            str_addf(&text, "%s%s", n ? "," : "", cases[i].entry);
        const char *one = str_c(&text);
        assert_int_equal(load(&w, &err, &one, 1), -1);
        if (!strstr(err.msg, cases[i].error))
            fail_msg("%s", err.msg);
    }
}

static void many_labels_are_sorted_and_the_last_of_a_key_counts(void **state)
{
    _cleanup_world_ struct world w;
    _cleanup_str_ struct str text = {0};
    str_adds(&text, "{'kind':'Node','metadata':{'name':'n','labels':{");
    for (int i = 0; i < 5000; i++)
        str_addf(&text, "'k%d':'%d',", i * 7919 % 1000, i);
    str_adds(&text, "'x':'y'}}}");
    LOAD(&w, str_c(&text));
    struct labels l = w.nodes.items[0].labels;
    assert_int_equal(l.len, 1001);
    for (uint32_t i = 1; i < l.len; i++)
        assert_true(l.items[i - 1].key < l.items[i].key);
    assert_text(&w, labels_value(l, id_of(&w, "k0")), "4000");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(amounts_that_cannot_be_are_noted),
        cmocka_unit_test(what_cannot_be_read_is_an_error),
        cmocka_unit_test(objects_have_a_largest_size),
        cmocka_unit_test(lists_have_a_largest_length),
        cmocka_unit_test(many_labels_are_sorted_and_the_last_of_a_key_counts),
    };
    return cmocka_run_group_tests_name("world_load_bad", tests, NULL, NULL);
}
