/* Objects under their places, held against a plain list; and objects that are entered as bytes. */
#include "base/must.h"
#include "sim/random.h"

#include "pocket_rig.h"

#include "unit.h"

#define NAMES 400
#define STEPS 20000

/* ---- against a plain list ---- */

struct plain {
    char ns[8], name[16];
    unsigned value;
    bool there;
};

/* "a-b" and "a" are where the order of keys and of namespaces part. */
static void name_all(struct plain *all)
{
    static const char *const spaces[] = {"a", "a-b", "a.c", "ab", ""};
    for (unsigned i = 0; i < NAMES; i++) {
        snprintf(all[i].ns, sizeof all[i].ns, "%s", spaces[i % 5]);
        snprintf(all[i].name, sizeof all[i].name, "n%u", i / 5);
    }
}

static int by_key(const void *a, const void *b)
{
    char x[32], y[32];
    const struct plain *p = *(struct plain *const *)a, *q = *(struct plain *const *)b;
    snprintf(x, sizeof x, "%s/%s", p->ns, p->name);
    snprintf(y, sizeof y, "%s/%s", q->ns, q->name);
    return strcmp(x, y);
}

static void compare_list(const struct objects *o, struct plain *all, const char *ns)
{
    struct plain *wanted[NAMES];
    object_bytes_vec list = {0};
    char text[32];
    unsigned n = 0;
    for (unsigned i = 0; i < NAMES; i++)
        if (all[i].there && (!ns || strcmp(all[i].ns, ns) == 0))
            wanted[n++] = &all[i];
    qsort(wanted, n, sizeof *wanted, by_key);
    objects_list(o, 3, ns ? sv_of(ns) : SV_NONE, &list);
    assert_int_equal(list.len, n);
    for (unsigned i = 0; i < n; i++) {
        snprintf(text, sizeof text, "{\"v\":%u}", wanted[i]->value);
        assert_true(sv_is(object_bytes_sv(list.items[i]), text));
    }
    objects_list_release(&list);
}

static void put_one(struct objects *o, struct plain *p, unsigned value)
{
    char number[16];
    struct err err = {0};
    snprintf(number, sizeof number, "%u", value);
    const struct sv parts[] = {SV("{\"v\":"), sv_of(number), SV_NONE, SV("}")};
    const struct object_text text = {
        .store = 3, .ns = sv_of(p->ns), .name = sv_of(p->name), .parts = parts, .part_count = 4};
    assert_int_equal(objects_put(o, &text, &err), 0);
    p->value = value;
    p->there = true;
}

static void places_are_kept_in_order(void **state)
{
    static struct plain all[NAMES];
    struct objects *o = objects_new();
    struct random r;
    struct err err = {0};
    unsigned there = 0;
    random_seed(&r, 20261123);
    name_all(all);
    for (unsigned i = 0; i < STEPS; i++) {
        struct plain *p = &all[random_next(&r) % NAMES];
        bool takes = random_next(&r) % 3 == 0;
        there += takes ? -(unsigned)p->there : !p->there;
        if (takes) {
            objects_remove(o, 3, sv_of(p->ns), sv_of(p->name), SV("{}"), &err);
            p->there = false;
        } else {
            put_one(o, p, i);
        }
        assert_true((objects_get(o, 3, sv_of(p->ns), sv_of(p->name)) != NULL) == p->there);
        assert_null(objects_get(o, 2, sv_of(p->ns), sv_of(p->name)));
        assert_int_equal(objects_count(o, 3), there);
        if (random_next(&r) % 50 == 0)
            compare_list(o, all, random_next(&r) % 2 ? all[random_next(&r) % NAMES].ns : NULL);
    }
    compare_list(o, all, NULL);
    objects_free(o);
}

/* Nobody lists events that come and go. */
static void taken_objects_do_not_pile_up(void **state)
{
    struct objects *o = objects_new();
    struct plain p = {.ns = "a"};
    struct err err = {0};
    for (unsigned i = 0; i < STEPS; i++) {
        snprintf(p.name, sizeof p.name, "e%u", i);
        put_one(o, &p, i);
        objects_remove(o, 3, SV("a"), sv_of(p.name), SV("{}"), &err);
    }
    assert_int_equal(objects_count(o, 3), 0);
    put_one(o, &p, 1);
    object_bytes_vec list = {0};
    objects_list(o, 3, SV_NONE, &list);
    assert_int_equal(list.len, 1);
    objects_list_release(&list);
    objects_free(o);
}

/* ---- as bytes ---- */

static const struct kind *kind_of(struct pocket_api *api, const char *version, const char *kind)
{
    return kinds_of_object(pocket_api_kinds(api), sv_of(version), sv_of(kind));
}

static void bytes_get_their_version(void **state)
{
    static const char *const texts[] = {
        "{\"apiVersion\":\"v1\",\"kind\":\"Pod\",\"metadata\":{\"name\":\"p\",\"namespace\":"
        "\"default\",\"uid\":\"u-1\",\"creationTimestamp\":\"2026-11-23T00:00:00Z\"},\"spec\":{}}",
        "{\"metadata\":{\"name\":\"p\",\"resourceVersion\":\"1\",\"namespace\":\"default\","
        "\"uid\":\"u-1\",\"creationTimestamp\":\"2026-11-23T00:00:00Z\"},\"spec\":{}}",
        "{\"metadata\":{\"resourceVersion\":\"1\",\"name\":\"p\",\"namespace\":\"default\","
        "\"uid\":\"u-1\",\"creationTimestamp\":\"2026-11-23T00:00:00Z\"},\"spec\":{}}",
        "{\"metadata\":{\"name\":\"p\",\"namespace\":\"default\",\"uid\":\"u-1\","
        "\"creationTimestamp\":\"2026-11-23T00:00:00Z\",\"resourceVersion\":\"1\"},\"spec\":{}}",
    };
    struct pocket_api *api = rig_start("1.31");
    const struct kind *pod = kind_of(api, "v1", "Pod");
    struct err err = {0};
    char wanted[300];
    for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
        unsigned long long version = objects_next_version(pocket_api_objects(api));
        assert_int_equal(pocket_api_put(api, pod, sv_of(texts[i]), &err), 0);
        snprintf(wanted, sizeof wanted,
                 "{\"metadata\":{\"resourceVersion\":\"%llu\",\"name\":\"p\",\"namespace\":"
                 "\"default\",\"uid\":\"u-1\",\"creationTimestamp\":\"2026-11-23T00:00:00Z\"},"
                 "\"spec\":{}}",
                 version);
        struct sv is = object_bytes_sv(
            objects_get(pocket_api_objects(api), pod->store, SV("default"), SV("p")));
        assert_int_equal(is.len, strlen(wanted));
        assert_memory_equal(is.ptr, wanted, is.len);
    }
    pocket_api_free(api);
}

/* What lacks a uid gets one, and keeps it. */
static void bytes_that_say_little_are_filled_in(void **state)
{
    struct pocket_api *api = rig_start("1.31");
    struct sv json = SV("{\"metadata\":{\"name\":\"d\",\"namespace\":\"default\"},\"spec\":{}}");
    _cleanup_str_ struct str first = {0}, second = {0};
    struct err err = {0};
    const struct kind *kind = kind_of(api, "apps/v1", "Deployment");
    str_init(&first, 0);
    str_init(&second, 0);
    assert_int_equal(pocket_api_put(api, kind, json, &err), 0);
    rig_get(api, "/apis/apps/v1/namespaces/default/deployments/d", &first);
    rig_has(&first, "\"generation\":1");
    rig_has(&first, "\"uid\":\"");
    assert_int_equal(pocket_api_put(api, kind, json, &err), 0);
    rig_get(api, "/apis/apps/v1/namespaces/default/deployments/d", &second);
    const char *uid = strstr(str_c(&first), "\"uid\":\"");
    assert_memory_equal(uid, strstr(str_c(&second), "\"uid\":\""), 44);
    assert_int_equal(pocket_api_put(api, kind, SV("{\"metadata\":{\"name\":\"d\","), &err), -1);
    pocket_api_free(api);
}

static void bytes_have_owners(void **state)
{
    struct pocket_api *api = rig_start("1.31");
    _cleanup_str_ struct str out = {0};
    struct err err = {0};
    str_init(&out, 0);
    rig_post(api, "/api/v1/namespaces/default/configmaps",
             "{\"metadata\":{\"name\":\"owner\"},\"data\":{}}", &out);
    const char *uid = strstr(str_c(&out), "\"uid\":\"") + 7;
    char json[512];
    snprintf(json, sizeof json,
             "{\"metadata\":{\"name\":\"p\",\"namespace\":\"default\",\"uid\":\"u-1\","
             "\"creationTimestamp\":\"2026-11-23T00:00:00Z\",\"ownerReferences\":[{\"apiVersion\":"
             "\"v1\",\"kind\":\"ConfigMap\",\"name\":\"owner\",\"uid\":\"%.36s\"}]}}",
             uid);
    assert_int_equal(pocket_api_put(api, kind_of(api, "v1", "Secret"), sv_of(json), &err), 0);
    assert_int_equal(rig_get(api, "/api/v1/namespaces/default/secrets/p", &out), 200);
    rig_ask(api,
            &(struct rig_ask){.method = "DELETE",
                              .target = "/api/v1/namespaces/default/configmaps/owner"},
            &out);
    assert_int_equal(rig_get(api, "/api/v1/namespaces/default/secrets/p", &out), 404);
    pocket_api_free(api);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(places_are_kept_in_order),
        cmocka_unit_test(taken_objects_do_not_pile_up),
        cmocka_unit_test(bytes_get_their_version),
        cmocka_unit_test(bytes_that_say_little_are_filled_in),
        cmocka_unit_test(bytes_have_owners),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
