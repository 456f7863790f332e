/* Which container a log or a session is about. */
#include "pocket/front/container.h"

#include "unit.h"

#define ONE "{\"metadata\":{\"name\":\"p\"},\"spec\":{\"containers\":[{\"name\":\"a\"}]}}"
#define MANY                                                                                       \
    "{\"metadata\":{\"name\":\"p\"},\"spec\":{\"containers\":[{\"name\":\"a\"},{\"name\":\"b\"}]," \
    "\"initContainers\":[{\"name\":\"i\"}],\"ephemeralContainers\":[{\"name\":\"e\"}]}}"
#define NONE "{\"metadata\":{\"name\":\"p\"}}"

static void chooses_as_the_server_does(void **state)
{
    static const struct {
        const char *pod, *wanted, *found, *why;
    } cases[] = {
        {ONE, "", "a", ""},
        {ONE, "a", "a", ""},
        {ONE, "b", NULL, "container b is not valid for pod p"},
        {MANY, "b", "b", ""},
        {MANY, "i", "i", ""},
        {MANY, "e", "e", ""},
        {MANY, "", NULL,
         "a container name must be specified for pod p, choose one of: [a b] or one of the init "
         "containers: [i]"},
        {NONE, "", NULL, "a container name must be specified for pod p, choose one of: []"},
    };
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct doc_file f = {0};
        struct err err = {0};
        _cleanup_str_ struct str why = {0};
        struct sv found = SV_NONE;
        assert_int_equal(doc_parse_json(&f, "a pod", sv_of(cases[i].pod), NULL, &err), 0);
        bool ok = front_container(f.parts[0].root, sv_of(cases[i].wanted), &found, &why);
        assert_int_equal(ok, cases[i].found != NULL);
        if (ok)
            assert_true(sv_is(found, cases[i].found));
        assert_string_equal(str_c(&why), cases[i].why);
        doc_release(&f);
    }
}

static void runs_where_a_pod_is(void **state)
{
    static const struct {
        const char *pod, *why;
    } cases[] = {
        {"{\"metadata\":{\"name\":\"p\"},\"spec\":{\"nodeName\":\"n\"},\"status\":{\"phase\":"
         "\"Running\"}}",
         ""},
        {ONE, "pod p does not have a host assigned"},
        {"{\"metadata\":{\"name\":\"p\"},\"spec\":{\"nodeName\":\"n\"},\"status\":{\"phase\":"
         "\"Succeeded\"}}",
         "cannot exec into a container in a completed pod; current phase is Succeeded"},
    };
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct doc_file f = {0};
        struct err err = {0};
        _cleanup_str_ struct str why = {0};
        assert_int_equal(doc_parse_json(&f, "a pod", sv_of(cases[i].pod), NULL, &err), 0);
        assert_int_equal(front_container_runs(f.parts[0].root, &why), !*cases[i].why);
        assert_string_equal(str_c(&why), cases[i].why);
        doc_release(&f);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(chooses_as_the_server_does),
        cmocka_unit_test(runs_where_a_pod_is),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
