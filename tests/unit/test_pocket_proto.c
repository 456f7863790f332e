/* Objects in protobuf. The bytes of what clients send are written by hand here; that those of a
 * stock kubectl are read the same way is shown end to end (test_sim_kubectl.py). */
#include "pocket/proto.h"

#include "unit.h"

/* A message that is being written. */
static void add(struct str *out, unsigned number, const struct str *message)
{
    str_addc(out, (char)(number << 3 | 2));
    if (message->len > 127)
        str_addc(out, (char)((message->len & 127) | 128));
    str_addc(out, (char)(message->len > 127 ? message->len >> 7 : message->len));
    str_addv(out, str_sv(message));
}

static void add_text(struct str *out, unsigned number, const char *text)
{
    _cleanup_str_ struct str bytes = {0};
    str_adds(&bytes, text);
    add(out, number, &bytes);
}

static void add_number(struct str *out, unsigned number, unsigned value)
{
    str_addc(out, (char)(number << 3));
    str_addc(out, (char)value);
}

static void add_pair(struct str *out, unsigned number, const char *key, const char *value)
{
    _cleanup_str_ struct str entry = {0};
    add_text(&entry, 1, key);
    add_text(&entry, 2, value);
    add(out, number, &entry);
}

static struct doc_node *read_object(struct arena *a, const char *api_version, const char *kind,
                                    const struct str *object, struct err *err)
{
    _cleanup_str_ struct str body = {0}, envelope = {0}, meta = {0};
    add_text(&meta, 1, api_version);
    add_text(&meta, 2, kind);
    add(&envelope, 1, &meta);
    add(&envelope, 2, object);
    str_add(&body, "k8s\0", 4);
    str_addv(&body, str_sv(&envelope));
    assert_true(proto_is(str_sv(&body)));
    return proto_parse(a, str_sv(&body), err);
}

static void expect(struct arena *a, const char *api_version, const char *kind,
                   const struct str *object, const char *json)
{
    struct err err = {0};
    const struct doc_node *got = read_object(a, api_version, kind, object, &err);
    if (!got)
        fail_msg("%s", err.msg);
    assert_string_equal(value_json(a, got).ptr, json);
}

static void reads_maps_bytes_and_times(void **state)
{
    (void)state;
    _cleanup_arena_ struct arena a = {0};
    _cleanup_str_ struct str secret = {0}, meta = {0}, time = {0};
    add_text(&meta, 1, "s");
    add_text(&meta, 2, "");
    add_number(&time, 1, 90);
    add(&meta, 8, &time);
    add_pair(&meta, 11, "app", "");
    add(&secret, 1, &meta);
    add_pair(&secret, 2, "key", "ab\1");
    add_text(&secret, 3, "Opaque");
    expect(
        &a, "v1", "Secret", &secret,
        "{\"apiVersion\":\"v1\",\"data\":{\"key\":\"YWIB\"},\"kind\":\"Secret\",\"metadata\":{"
        "\"creationTimestamp\":\"1970-01-01T00:01:30Z\",\"labels\":{\"app\":\"\"},\"name\":\"s\"},"
        "\"type\":\"Opaque\"}");
}

/* A probe's action and a volume's source are messages of their own that JSON does not show. */
static void lifts_inlined_messages(void **state)
{
    (void)state;
    _cleanup_arena_ struct arena a = {0};
    _cleanup_str_ struct str pod = {0}, spec = {0}, container = {0}, probe = {0}, handler = {0},
                             get = {0}, port = {0}, volume = {0}, source = {0}, dir = {0},
                             limits = {0}, quantity = {0}, entry = {0};
    add_number(&port, 1, 1);
    add_number(&port, 2, 0);
    add_text(&port, 3, "web");
    add_text(&get, 1, "/up");
    add(&get, 2, &port);
    add(&handler, 2, &get);
    add(&probe, 1, &handler);
    add_number(&probe, 2, 0);
    add_number(&probe, 4, 9);
    add_text(&quantity, 1, "2");
    add_text(&entry, 1, "cpu");
    add(&entry, 2, &quantity);
    add(&limits, 1, &entry);
    add_text(&container, 1, "c");
    add(&container, 8, &limits);
    add(&container, 11, &probe);
    add(&source, 2, &dir);
    add_text(&volume, 1, "v");
    add(&volume, 2, &source);
    add(&spec, 1, &volume);
    add(&spec, 2, &container);
    add_number(&spec, 4, 0);
    add(&pod, 2, &spec);
    expect(
        &a, "v1", "Pod", &pod,
        "{\"apiVersion\":\"v1\",\"kind\":\"Pod\",\"spec\":{\"containers\":[{\"name\":\"c\","
        "\"readinessProbe\":{\"httpGet\":{\"path\":\"/up\",\"port\":\"web\"},\"periodSeconds\":9},"
        "\"resources\":{\"limits\":{\"cpu\":\"2\"}}}],\"terminationGracePeriodSeconds\":0,"
        "\"volumes\":[{\"emptyDir\":{},\"name\":\"v\"}]}}");
}

static void refuses_what_is_none(void **state)
{
    (void)state;
    _cleanup_arena_ struct arena a = {0};
    _cleanup_str_ struct str empty = {0}, cut = {0};
    struct err err = {0};
    assert_false(proto_is(SV("{}")));
    assert_null(read_object(&a, "e.org/v1", "Widget", &empty, &err));
    assert_string_equal(err.msg, "no kind \"Widget\" is registered for version \"e.org/v1\"");
    str_adds(&cut, "\n\x7f");
    assert_null(read_object(&a, "v1", "Pod", &cut, &err));
    assert_int_equal(err.class, ERR_INPUT);
    assert_null(proto_parse(&a, sv_n("k8s\0\x0a\xff\xff", 7), &err));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_maps_bytes_and_times),
        cmocka_unit_test(lifts_inlined_messages),
        cmocka_unit_test(refuses_what_is_none),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
