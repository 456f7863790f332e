/* Forms of answers: Tables and metadata for reads, lists and watches. */
#include "pocket_rig.h"

#include "unit.h"

#define TABLE "application/json;as=Table;v=v1;g=meta.k8s.io,application/json"
#define OLD_TABLE "application/json;as=Table;v=v1beta1;g=meta.k8s.io"
#define MAPS "/api/v1/namespaces/default/configmaps"

static struct pocket_api *start(void)
{
    _cleanup_str_ struct str out = {0};
    struct pocket_api *api = rig_start("1.31");
    pocket_api_set_time(api, RIG_TIME + 300000);
    assert_int_equal(
        rig_post(api, MAPS, "{\"metadata\":{\"name\":\"a\"},\"data\":{\"k\":\"v\"}}", &out), 201);
    assert_int_equal(rig_post(api, MAPS, "{\"metadata\":{\"name\":\"b\"}}", &out), 201);
    pocket_api_set_time(api, RIG_TIME + 600000);
    return api;
}

static int get(struct pocket_api *api, const char *target, const char *accept, struct str *out)
{
    return rig_ask(api, &(struct rig_ask){"GET", target, .accept = accept}, out);
}

static void lists_as_tables(void **state)
{
    (void)state;
    struct pocket_api *api = start();
    _cleanup_str_ struct str out = {0};
    assert_int_equal(get(api, MAPS, TABLE, &out), 200);
    rig_has(&out, "{\"kind\":\"Table\",\"apiVersion\":\"meta.k8s.io/v1\",\"metadata\":{"
                  "\"resourceVersion\":");
    rig_has(&out, "\"columnDefinitions\":[{");
    rig_has(&out,
            "\"rows\":[{\"cells\":[\"a\",1,\"5m\"],\"object\":{\"apiVersion\":\"meta.k8s.io/v1\","
            "\"kind\":\"PartialObjectMetadata\",\"metadata\":{");
    rig_has(&out, "{\"cells\":[\"b\",0,\"5m\"]");
    rig_lacks(&out, "\"data\"");
    assert_int_equal(get(api, "/api/v1/namespaces", TABLE, &out), 200);
    rig_has(&out, "[\"default\",\"Active\",\"10m\"]");
    assert_int_equal(get(api, MAPS "?limit=1", TABLE, &out), 200);
    rig_has(&out, "\"remainingItemCount\":1}");
    rig_lacks(&out, "[\"b\"");
    pocket_api_free(api);
}

static void includes_the_objects_asked_for(void **state)
{
    (void)state;
    struct pocket_api *api = start();
    _cleanup_str_ struct str out = {0};
    assert_int_equal(get(api, MAPS "?includeObject=Object", TABLE, &out), 200);
    rig_has(&out,
            "\"object\":{\"apiVersion\":\"v1\",\"data\":{\"k\":\"v\"},\"kind\":\"ConfigMap\"");
    assert_int_equal(get(api, MAPS "?includeObject=None", TABLE, &out), 200);
    rig_has(&out, "\"rows\":[{\"cells\":[\"a\",1,\"5m\"]},");
    assert_int_equal(get(api, MAPS "?includeObject=Some", TABLE, &out), 400);
    pocket_api_free(api);
}

static void shows_one_as_a_table(void **state)
{
    (void)state;
    struct pocket_api *api = start();
    _cleanup_str_ struct str out = {0};
    assert_int_equal(get(api, MAPS "/a", OLD_TABLE, &out), 200);
    rig_has(&out, "\"apiVersion\":\"meta.k8s.io/v1beta1\",\"columnDefinitions\":[{");
    rig_has(&out, "\"rows\":[{\"cells\":[\"a\",1,\"5m\"],");
    assert_int_equal(get(api, MAPS "/c", TABLE, &out), 404);
    rig_has(&out, "\"kind\":\"Status\"");
    pocket_api_free(api);
}

/* The columns come with the first event only. */
static void watches_as_tables(void **state)
{
    (void)state;
    struct pocket_api *api = start();
    _cleanup_str_ struct str out = {0}, said = {0};
    _cleanup_pocket_answer_ struct pocket_answer answer = {0};
    const struct rig_ask ask = {"GET", MAPS "?watch=1", .accept = TABLE};
    assert_int_equal(rig_answer(api, &ask, &answer, &out), 200);
    rig_has(&out, "{\"type\":\"ADDED\",\"object\":{\"apiVersion\":\"meta.k8s.io/v1\","
                  "\"columnDefinitions\":[{");
    rig_has(&out, "\"cells\":[\"a\",1,\"5m\"]");
    rig_has(&out, "\"columnDefinitions\":null,");
    rig_post(api, MAPS, "{\"metadata\":{\"name\":\"c\"}}", &said);
    pocket_api_set_time(api, RIG_TIME + 606000);
    str_reset(&out);
    pocket_watch_read(answer.watch, 1 << 20, &out);
    rig_has(&out, "\"columnDefinitions\":null,");
    rig_has(&out, "\"cells\":[\"c\",0,\"6s\"]");
    pocket_watch_free(answer.watch);
    answer.watch = NULL;
    pocket_api_free(api);
}

static void shows_metadata_only(void **state)
{
    (void)state;
    struct pocket_api *api = start();
    _cleanup_str_ struct str out = {0};
    const char *list = "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1";
    const char *one = "application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1";
    assert_int_equal(get(api, MAPS, list, &out), 200);
    rig_has(&out, "{\"kind\":\"PartialObjectMetadataList\",\"apiVersion\":\"meta.k8s.io/v1\",");
    rig_has(&out,
            "\"items\":[{\"kind\":\"PartialObjectMetadata\",\"apiVersion\":\"meta.k8s.io/v1\",");
    rig_has(&out, "\"name\":\"b\"");
    rig_lacks(&out, "\"data\"");
    assert_int_equal(get(api, MAPS "/a", one, &out), 200);
    rig_has(&out, "{\"kind\":\"PartialObjectMetadata\",");
    pocket_api_free(api);
}

static void takes_the_first_form_it_can(void **state)
{
    static const struct {
        const char *accept, *first; /* NULL: refused */
    } cases[] = {
        {"*/*", "{\"kind\":\"ConfigMapList\""},
        {"application/json, " OLD_TABLE, "{\"kind\":\"ConfigMapList\""},
        {"application/vnd.kubernetes.protobuf, application/json", "{\"kind\":\"ConfigMapList\""},
        {"application/json;as=Table;v=v2;g=meta.k8s.io, */*", "{\"kind\":\"ConfigMapList\""},
        {"application/json; as=Table; v=v1; g=meta.k8s.io", "{\"kind\":\"Table\""},
        {"application/vnd.kubernetes.protobuf", NULL},
        {"application/json;as=Table;v=v1;g=else", NULL},
    };
    (void)state;
    struct pocket_api *api = start();
    _cleanup_str_ struct str out = {0};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        int status = get(api, MAPS, cases[i].accept, &out);
        assert_int_equal(status, cases[i].first ? 200 : 406);
        rig_has(&out, cases[i].first ? cases[i].first : "\"reason\":\"NotAcceptable\"");
    }
    pocket_api_free(api);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lists_as_tables),      cmocka_unit_test(includes_the_objects_asked_for),
        cmocka_unit_test(shows_one_as_a_table), cmocka_unit_test(watches_as_tables),
        cmocka_unit_test(shows_metadata_only),  cmocka_unit_test(takes_the_first_form_it_can),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
