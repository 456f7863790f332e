#include "rules/live/live.h"
#include "rules/upgrade/tables.h"

#include "unit.h"

#include <zlib.h>

#define CLUSTER "prod"

struct bench {
    struct lifecycle lifecycle;
    struct rules_target target;
    struct rules_result result;
    struct live live;
};

static struct version v(const char *text)
{
    struct version out = VERSION_NONE;
    if (text)
        assert_true(version_parse(sv_of(text), &out));
    return out;
}

static void bench_init(struct bench *b, const char *from, const char *to)
{
    *b = (struct bench){0};
    lifecycle_init(&b->lifecycle);
    b->target = (struct rules_target){&b->lifecycle, v(from), v(to)};
    b->live = (struct live){.target = &b->target, .cluster = CLUSTER, .result = &b->result};
}

static void bench_release(struct bench *b)
{
    live_release(&b->live);
    rules_result_release(&b->result);
    lifecycle_release(&b->lifecycle);
}

static void add(struct bench *b, const char *api_version, const char *kind, const char *yaml)
{
    _cleanup_doc_ struct doc_file doc = {0};
    struct err err = {0};
    struct object o = {.api_version = sv_of(api_version), .kind = sv_of(kind)};
    struct sv rest = o.api_version, first = sv_split(&rest, '/');
    o.group = rest.ptr ? first : SV("");
    o.version = rest.ptr ? rest : first;
    assert_int_equal(doc_parse(&doc, "x", sv_of(yaml), NULL, &err), 0);
    assert_int_equal(doc.error_count, 0);
    o.root = doc.parts[0].root;
    o.name = doc_get_string(doc_get(o.root, "metadata"), "name");
    o.namespace = doc_get_string(doc_get(o.root, "metadata"), "namespace");
    live_add_object(&b->live, &doc, &o, LIVE_FULL);
}

/* "rule KIND NS/NAME APIVERSION: source detail @seen; …" per finding, one a line. */
static void print_findings(const struct finding_set *set, struct str *out)
{
    vec_foreach(f, &set->findings) {
        str_addf(out, "%s %s %s/%s %s:", f->rule, f->subject.kind,
                 f->subject.namespace ? f->subject.namespace : "",
                 f->subject.name ? f->subject.name : "", f->subject.api_version);
        vec_foreach(e, &f->evidence)
            str_addf(out, " [%s|%s|%s]", e->source, e->detail ? e->detail : "",
                     e->seen ? e->seen : "");
        str_addc(out, '\n');
    }
}

static void expect(struct bench *b, const char *expected)
{
    _cleanup_str_ struct str got = {0};
    live_settle(&b->live, NULL);
    rules_settle(&b->result, &b->target);
    finding_set_sort(&b->result.set);
    print_findings(&b->result.set, &got);
    assert_string_equal(str_c(&got), expected);
    vec_foreach(f, &b->result.set.findings)
        assert_string_equal(f->subject.cluster, CLUSTER);
    bench_release(b);
}

/* ---- who wrote it ---- */

#define ENTRY(manager, operation, version, time)                                                   \
    "  - {manager: " manager ", operation: " operation ", apiVersion: " version                    \
    ", time: '2026-01-0" time "T00:00:00Z'}\n"
#define OWNER(manager, version, time)                                                              \
    "  - {manager: " manager ", operation: Update, apiVersion: " version ", time: '2026-01-0" time \
    "T00:00:00Z', fieldsV1: {'f:metadata': {'f:annotations': "                                     \
    "{'f:kubectl.kubernetes.io/last-applied-configuration': {}}}}}\n"
#define META "metadata:\n  name: web\n  namespace: shop\n"
#define APPLIED(version)                                                                           \
    "  annotations: {kubectl.kubernetes.io/last-applied-configuration: "                           \
    "'{\"apiVersion\":\"" version "\",\"kind\":\"Ingress\"}'}\n"
#define FIELDS "  managedFields:\n"
#define OLD "networking.k8s.io/v1beta1"
#define OLDER "extensions/v1beta1"
#define NEW "networking.k8s.io/v1"
#define FOUND(version, evidence) "api-removed Ingress shop/web " version ":" evidence "\n"

struct writers_case {
    const char *name, *yaml, *expected;
};

static const struct writers_case writers_cases[] = {
    {"nothing known", META, ""},
    {"a client posted it", META FIELDS ENTRY("curl", "Update", OLD, "1"),
     FOUND(OLD, " [managed-fields|curl wrote " OLD "|2026-01-01T00:00:00Z]")},
    {"the same client moved on",
     META FIELDS ENTRY("curl", "Update", OLD, "1") ENTRY("curl", "Update", NEW, "2"), ""},
    {"the same client went back",
     META FIELDS ENTRY("curl", "Update", NEW, "1") ENTRY("curl", "Update", OLD, "2"),
     FOUND(OLD, " [managed-fields|curl wrote " OLD "|2026-01-02T00:00:00Z]")},
    {"within one second the newer version is the later one",
     META FIELDS ENTRY("curl", "Update", OLD, "1") ENTRY("curl", "Update", NEW, "1"), ""},
    {"another client's change does not renew",
     META FIELDS ENTRY("curl", "Update", OLD, "1") ENTRY("scaler", "Update", NEW, "2"),
     FOUND(OLD, " [managed-fields|curl wrote " OLD "|2026-01-01T00:00:00Z]")},
    {"applied by kubectl", META APPLIED(OLD) FIELDS OWNER("kubectl-client-side-apply", OLD, "3"),
     FOUND(OLD, " [last-applied|applied as " OLD "|2026-01-03T00:00:00Z]"
                " [managed-fields|kubectl-client-side-apply wrote " OLD "|2026-01-03T00:00:00Z]")},
    {"annotation without any record", META APPLIED(OLDER),
     FOUND(OLDER, " [last-applied|applied as " OLDER "|]")},
    {"applied anew: the old entry still owns fields",
     META APPLIED(NEW) FIELDS ENTRY("kubectl-client-side-apply", "Update", OLD, "1")
         OWNER("kubectl-client-side-apply", NEW, "2"),
     ""},
    {"posted, then applied",
     META APPLIED(NEW) FIELDS ENTRY("curl", "Update", OLD, "1")
         OWNER("kubectl-client-side-apply", NEW, "2"),
     ""},
    {"applied, then a controller wrote the old version",
     META APPLIED(NEW) FIELDS OWNER("kubectl-client-side-apply", NEW, "2")
         ENTRY("ingress-controller", "Update", OLD, "3"),
     FOUND(OLD, " [managed-fields|ingress-controller wrote " OLD "|2026-01-03T00:00:00Z]")},
    {"edited with a new kubectl: the file is still old",
     META APPLIED(OLD) FIELDS OWNER("kubectl-client-side-apply", OLD, "1")
         ENTRY("kubectl-edit", "Update", NEW, "2"),
     FOUND(OLD, " [last-applied|applied as " OLD "|2026-01-01T00:00:00Z]")},
    {"created, then replaced by hand",
     META FIELDS ENTRY("kubectl-create", "Update", OLD, "1")
         ENTRY("kubectl-replace", "Update", NEW, "2"),
     ""},
    {"server-side apply", META FIELDS ENTRY("flux", "Apply", OLDER, "1"),
     FOUND(OLDER, " [managed-fields|flux applied " OLDER "|2026-01-01T00:00:00Z]")},
    {"each applier speaks for itself",
     META FIELDS ENTRY("flux", "Apply", OLD, "1") ENTRY("argo", "Apply", NEW, "2"),
     FOUND(OLD, " [managed-fields|flux applied " OLD "|2026-01-01T00:00:00Z]")},
    {"server-side apply of kubectl, then kubectl apply",
     META APPLIED(NEW) FIELDS ENTRY("kubectl", "Apply", OLD, "1")
         OWNER("kubectl-client-side-apply", NEW, "2"),
     ""},
    {"kubectl apply, then server-side apply",
     META APPLIED(OLD) FIELDS OWNER("kubectl-client-side-apply", OLD, "1")
         ENTRY("kubectl", "Apply", NEW, "2"),
     ""},
    {"an edit does not renew what was applied by the server",
     META FIELDS ENTRY("kubectl", "Apply", OLD, "1") ENTRY("kubectl-edit", "Update", NEW, "2"),
     FOUND(OLD, " [managed-fields|kubectl applied " OLD "|2026-01-01T00:00:00Z]")},
    {"the control plane comes along",
     META FIELDS ENTRY("kube-controller-manager", "Update", OLD, "1"), ""},
    {"two groups, one finding: the one to go first speaks",
     META FIELDS ENTRY("a", "Update", OLD, "1") ENTRY("b", "Update", OLDER, "2"),
     FOUND(OLDER, " [managed-fields|b wrote " OLDER "|2026-01-02T00:00:00Z]"
                  " [managed-fields|a wrote " OLD "|2026-01-01T00:00:00Z]")},
};

static void test_writers(void **state)
{
    for (size_t i = 0; i < ARRAY_LEN(writers_cases); i++) {
        const struct writers_case *c = &writers_cases[i];
        struct bench b;
        bench_init(&b, "1.20", "1.22");
        print_message("%s\n", c->name);
        add(&b, NEW, "Ingress", c->yaml);
        expect(&b, c->expected);
    }
}

static void test_wrong_types_are_passed_over(void **state)
{
    static const char *const texts[] = {
        "metadata: {name: web, managedFields: 3, annotations: 4}",
        "metadata: {name: web, managedFields: [1, null, {manager: 2, apiVersion: 3, time: 4}]}",
        "metadata: {name: web, annotations: {kubectl.kubernetes.io/last-applied-configuration: "
        "'{\"apiVersion\":'}}",
        "metadata: {name: web, annotations: {kubectl.kubernetes.io/last-applied-configuration: "
        "'[]'}}",
        "metadata: {name: 4}",
        "metadata: []",
    };
    struct bench b;
    bench_init(&b, "1.20", "1.25");
    for (size_t i = 0; i < ARRAY_LEN(texts); i++)
        add(&b, NEW, "Ingress", texts[i]);
    expect(&b, "");
}

static void test_target_decides(void **state)
{
    struct bench b;
    bench_init(&b, "1.20", "1.21");
    add(&b, NEW, "Ingress", META FIELDS ENTRY("curl", "Update", OLD, "1"));
    expect(&b, "api-deprecated Ingress shop/web " OLD ": [managed-fields|curl wrote " OLD
               "|2026-01-01T00:00:00Z]\n");
    bench_init(&b, "1.17", "1.18");
    add(&b, OLD, "Ingress", META FIELDS ENTRY("curl", "Update", OLD, "1"));
    expect(&b, "");
}

/* ---- Helm ---- */

static void encode_base64(struct sv in, struct str *out)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    for (size_t i = 0; i < in.len; i += 3) {
        unsigned char b[3] = {0};
        size_t n = in.len - i < 3 ? in.len - i : 3;
        memcpy(b, in.ptr + i, n);
        char text[4] = {digits[b[0] >> 2], digits[(b[0] & 3) << 4 | b[1] >> 4],
                        n > 1 ? digits[(b[1] & 15) << 2 | b[2] >> 6] : '=',
                        n > 2 ? digits[b[2] & 63] : '='};
        str_add(out, text, 4);
    }
}

static void pack(const char *json, struct str *out)
{
    static char packed[1 << 16];
    z_stream z = {.next_in = (unsigned char *)(uintptr_t)json,
                  .avail_in = (unsigned)strlen(json),
                  .next_out = (unsigned char *)packed,
                  .avail_out = sizeof packed};
    assert_int_equal(deflateInit2(&z, 9, Z_DEFLATED, 16 + MAX_WBITS, 8, Z_DEFAULT_STRATEGY), Z_OK);
    assert_int_equal(deflate(&z, Z_FINISH), Z_STREAM_END);
    encode_base64(sv_n(packed, sizeof packed - z.avail_out), out);
    deflateEnd(&z);
}

#define RELEASE                                                                                    \
    "{\"name\":\"web\",\"namespace\":\"shop\",\"version\":4,\"info\":{\"status\":\"deployed\","    \
    "\"last_deployed\":\"2026-01-02T03:04:05.6+09:00\"},\"chart\":{\"metadata\":{\"name\":"        \
    "\"cart\","                                                                                    \
    "\"version\":\"1.2.3\",\"appVersion\":\"7\"}},\"manifest\":\"---\\napiVersion: " OLDER         \
    "\\nkind: Ingress\\nmetadata: {name: web}\\n---\\napiVersion: "                                \
    "rbac.authorization.k8s.io/v1beta1\\nkind: ClusterRole\\nmetadata: {name: r}\\n\","            \
    "\"hooks\":[{\"path\":\"cart/job.yaml\",\"manifest\":\"apiVersion: "                           \
    "batch/v1beta1\\nkind: CronJob\\nmetadata: {name: h}\\n\"}]}"

static void test_revision_forms(void **state)
{
    _cleanup_str_ struct str once = {0}, twice = {0}, plain = {0};
    pack(RELEASE, &once);
    encode_base64(str_sv(&once), &twice);
    encode_base64(sv_of(RELEASE), &plain);
    const struct str *const forms[] = {&once, &twice, &plain};
    for (size_t i = 0; i < ARRAY_LEN(forms); i++) {
        _cleanup_revision_ struct revision r = {0};
        struct err err = {0};
        assert_int_equal(revision_decode(str_sv(forms[i]), &r, &err), 0);
        assert_true(sv_is(r.name, "web") && sv_is(r.namespace, "shop"));
        assert_true(sv_is(r.status, "deployed") && sv_is(r.chart, "cart"));
        assert_true(sv_is(r.chart_version, "1.2.3") && sv_is(r.app_version, "7"));
        assert_true(sv_is(r.deployed, "2026-01-02T03:04:05.6+09:00"));
        assert_int_equal(r.number, 4);
        assert_int_equal(doc_count(r.hooks), 1);
    }
}

static void expect_broken(struct sv data, const char *message)
{
    _cleanup_revision_ struct revision r = {0};
    struct err err = {0};
    assert_int_equal(revision_decode(data, &r, &err), -1);
    assert_string_equal(err.msg, message);
}

static void expect_broken_json(const char *json, const char *message)
{
    _cleanup_str_ struct str packed = {0};
    pack(json, &packed);
    expect_broken(str_sv(&packed), message);
}

static void test_broken_revisions(void **state)
{
    static const char none[] = "holds no Helm release: name or manifest is missing";
    _cleanup_str_ struct str packed = {0}, bomb = {0}, other = {0};
    expect_broken(SV(""), "is not base64");
    expect_broken(SV_NONE, "is not base64");
    expect_broken(SV("%%%%"), "is not base64");
    expect_broken(SV("QUJDREVGRw=="), "holds neither gzip nor JSON");
    expect_broken_json("{\"name\":\"s3cret\"", "holds no well-formed JSON");
    expect_broken_json("{}", none);
    expect_broken_json("{\"name\":3,\"manifest\":4}", none);
    expect_broken_json("[]", none);
    pack(RELEASE, &packed);
    for (size_t cut = 5; cut < packed.len; cut += 7) {
        _cleanup_revision_ struct revision r = {0};
        struct err err = {0};
        assert_int_equal(revision_decode(sv_n(packed.data, packed.len - cut), &r, &err), -1);
        assert_true(err.class == ERR_INPUT);
    }
    str_fill(&bomb, ' ', ((size_t)64 << 20) + 1);
    {
        size_t room = compressBound(bomb.len) + 64;
        char *raw = malloc(room);
        z_stream z = {.next_in = (unsigned char *)bomb.data,
                      .avail_in = (unsigned)bomb.len,
                      .next_out = (unsigned char *)raw,
                      .avail_out = (unsigned)room};
        assert_non_null(raw);
        assert_int_equal(deflateInit2(&z, 9, Z_DEFLATED, 16 + MAX_WBITS, 8, Z_DEFAULT_STRATEGY),
                         Z_OK);
        assert_int_equal(deflate(&z, Z_FINISH), Z_STREAM_END);
        encode_base64(sv_n(raw, room - z.avail_out), &other);
        deflateEnd(&z);
        free(raw);
    }
    expect_broken(str_sv(&other), "unpacks to more than 64 MiB");
    str_reset(&bomb);
    str_fill(&bomb, 'A', REVISION_PACKED_MAX + 1);
    expect_broken(str_sv(&bomb), "is larger than 8 MiB");
}

static void add_release(struct bench *b, const char *json)
{
    _cleanup_str_ struct str packed = {0};
    _cleanup_revision_ struct revision r = {0};
    struct err err = {0};
    pack(json, &packed);
    assert_int_equal(revision_decode(str_sv(&packed), &r, &err), 0);
    live_add_revision(&b->live, &r, "2026-01-05T00:00:00Z");
}

#define FROM_RELEASE                                                                               \
    "[helm-release|release web revision 4 of chart cart-1.2.3|2026-01-05T00:00:00Z]"

static void test_release_and_object_are_one_finding(void **state)
{
    struct bench b;
    bench_init(&b, "1.20", "1.25");
    add_release(&b, RELEASE);
    add(&b, NEW, "Ingress",
        META "  annotations: {meta.helm.sh/release-name: web, meta.helm.sh/release-namespace: "
             "shop}\n" FIELDS ENTRY("helm", "Update", OLDER, "2")
                 ENTRY("late-controller", "Update", OLD, "6"));
    expect(
        &b,
        "api-removed ClusterRole /r rbac.authorization.k8s.io/v1beta1: " FROM_RELEASE "\n"
        "api-removed Ingress shop/web " OLDER ": [managed-fields|late-controller wrote " OLD
        "|2026-01-06T00:00:00Z] " FROM_RELEASE "\n"
        "api-removed CronJob shop/h batch/v1beta1: [helm-release|release web revision 4 of chart "
        "cart-1.2.3, hook cart/job.yaml|2026-01-05T00:00:00Z]\n");
}

static void test_a_fixed_release_is_clean(void **state)
{
    struct bench b;
    bench_init(&b, "1.20", "1.25");
    add_release(&b, "{\"name\":\"web\",\"namespace\":\"shop\",\"version\":5,\"manifest\":"
                    "\"apiVersion: " NEW "\\nkind: Ingress\\nmetadata: {name: web}\\n\"}");
    add(&b, NEW, "Ingress",
        META "  annotations: {meta.helm.sh/release-name: web, meta.helm.sh/release-namespace: "
             "shop}\n" FIELDS ENTRY("Go-http-client", "Update", OLDER, "2"));
    expect(&b, "");
    bench_init(&b, "1.20", "1.25"); /* its stored manifest was mended, the object not yet applied */
    add_release(&b, "{\"name\":\"web\",\"namespace\":\"shop\",\"version\":5,\"manifest\":\"\"}");
    add(&b, NEW, "Ingress",
        META "  annotations: {meta.helm.sh/release-name: web, meta.helm.sh/release-namespace: "
             "shop}\n" FIELDS ENTRY("helm", "Apply", OLD, "7")
                 ENTRY("terraform-provider-helm_v2", "Update", OLD, "7"));
    expect(&b, "");
    bench_init(&b, "1.20", "1.25"); /* the release could not be read */
    add(&b, NEW, "Ingress",
        META "  annotations: {meta.helm.sh/release-name: web, meta.helm.sh/release-namespace: "
             "shop}\n" FIELDS ENTRY("helm", "Update", OLDER, "2"));
    expect(&b, FOUND(OLDER, " [managed-fields|helm wrote " OLDER "|2026-01-02T00:00:00Z]"));
}

static void test_broken_manifest_is_a_problem(void **state)
{
    struct bench b;
    bench_init(&b, "1.20", "1.25");
    add_release(&b, "{\"name\":\"web\",\"namespace\":\"shop\",\"version\":5,\"manifest\":"
                    "\"password: [s3cret\\n---\\napiVersion: " OLD
                    "\\nkind: Ingress\\nmetadata: {name: a}\\n\"}");
    assert_int_equal(b.result.set.problems.len, 1);
    const struct finding_problem *p = &b.result.set.problems.items[0];
    assert_string_equal(p->where, "prod: Helm release shop/web revision 5");
    assert_null(strstr(p->message, "s3cret"));
    assert_non_null(strstr(p->message, "line"));
    expect(&b, "api-removed Ingress shop/a " OLD ": [helm-release|release web revision 5 of chart "
               "-|2026-01-05T00:00:00Z]\n");
}

/* ---- objects that are evidence themselves ---- */

static void test_last_of_its_kind(void **state)
{
    struct bench b;
    bench_init(&b, "1.24", "1.25");
    add(&b, "policy/v1beta1", "PodSecurityPolicy", "metadata: {name: tight}");
    add(&b, "policy/v1beta1", "PodSecurityPolicy",
        "metadata: {name: eks.privileged, labels: {eks.amazonaws.com/component: "
        "pod-security-policy}}");
    add(&b, "batch/v1beta1", "CronJob", "metadata: {name: nightly}");
    expect(&b, "api-removed PodSecurityPolicy /tight policy/v1beta1: [object|as it is now|]\n");
}

#define NODE(kubelet, runtime, image)                                                              \
    "metadata: {name: ip-10-0-0-1}\nstatus: {nodeInfo: {kubeletVersion: '" kubelet                 \
    "', containerRuntimeVersion: '" runtime "', osImage: '" image "'}}\n"
#define ON_NODE(rule) rule " Node /ip-10-0-0-1 v1: [object|as it is now|]\n"

static void test_nodes(void **state)
{
    static const struct {
        const char *to, *node, *expected;
    } cases[] = {
        {"1.31", NODE("v1.28.5-eks-1", "containerd://1.7", "Bottlerocket OS"), ""},
        {"1.32", NODE("v1.28.5-eks-1", "containerd://1.7", "Amazon Linux 2023.6"),
         ON_NODE("node-kubelet-skew")},
        {"1.24", NODE("v1.22.1", "docker://20.10", "Ubuntu"), ON_NODE("node-docker-runtime")},
        {"1.25", NODE("v1.22.1", "containerd://1.7", "Ubuntu"), ON_NODE("node-kubelet-skew")},
        {"1.28", NODE("v1.25.1", "containerd://1.7", "Ubuntu"), ""},
        {"1.28", NODE("v1.24.1", "containerd://1.7", "Ubuntu"), ON_NODE("node-kubelet-skew")},
        {"1.29", NODE("v1.26.1", "containerd://1.7", "Ubuntu"), ""},
        {"1.33", NODE("v1.32.1", "containerd://1.7", "Amazon Linux 2"), ON_NODE("al2-node-image")},
        {"1.33", NODE("nonsense", "", ""), ""},
        {"1.33", "metadata: {name: n}\nstatus: {nodeInfo: 3}\n", ""},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct bench b;
        bench_init(&b, NULL, cases[i].to);
        add(&b, "v1", "Node", cases[i].node);
        expect(&b, cases[i].expected);
    }
}

static void test_stored_versions(void **state)
{
    static const char crd[] =
        "metadata: {name: toys.example.com}\nspec: {versions: [{name: v1alpha1, served: false}, "
        "{name: v1beta1, served: true, deprecated: true}, {name: v1, served: true}]}\n"
        "status: {storedVersions: %s}\n";
    static const struct {
        const char *stored, *message;
    } cases[] = {
        {"[v1]", NULL},
        {"7", NULL},
        {"[v1alpha1, v1]", "objects may still be stored as v1alpha1, which is no longer served"},
        {"[v0, v1beta1]", "objects may still be stored as v0, which the definition no longer has; "
                          "v1beta1, which is deprecated"},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct bench b;
        char text[600];
        snprintf(text, sizeof text, crd, cases[i].stored);
        bench_init(&b, NULL, "1.33");
        add(&b, "apiextensions.k8s.io/v1", "CustomResourceDefinition", text);
        assert_int_equal(b.result.set.findings.len, cases[i].message ? 1 : 0);
        if (cases[i].message) {
            assert_string_equal(b.result.set.findings.items[0].rule, "crd-stored-version");
            assert_string_equal(b.result.set.findings.items[0].message, cases[i].message);
        }
        bench_release(&b);
    }
}

static void test_made_by_a_workload(void **state)
{
    static const char pod[] =
        "metadata: {name: p, ownerReferences: [{apiVersion: %s, kind: X, name: x, controller: "
        "true}]}\nspec: {containers: [{name: a, image: k8s.gcr.io/pause}]}\n";
    static const struct {
        const char *owner;
        size_t findings;
    } cases[] = {{"apps/v1", 0}, {"batch/v1", 0}, {"games.example.com/v1", 1}};
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct bench b;
        char text[400];
        snprintf(text, sizeof text, pod, cases[i].owner);
        bench_init(&b, NULL, "1.33");
        add(&b, "v1", "Pod", text);
        assert_int_equal(b.result.set.findings.len, cases[i].findings);
        bench_release(&b);
    }
}

/* ---- the metric ---- */

static void test_metric_lines(void **state)
{
    struct metric_use use;
    int64_t start;
    assert_true(metric_parse_use(
        SV("apiserver_requested_deprecated_apis{group=\"extensions\",removed_release=\"1.22\","
           "resource=\"ingresses\",subresource=\"status\",version=\"v1beta1\"} 1"),
        &use));
    assert_string_equal(use.group, "extensions");
    assert_string_equal(use.version, "v1beta1");
    assert_string_equal(use.resource, "ingresses");
    assert_string_equal(use.subresource, "status");
    assert_int_equal(use.removed.minor, 22);
    assert_true(metric_parse_use(SV("apiserver_requested_deprecated_apis{ other = \"x\" } 1"),
                                 &use) == false);
    assert_true(metric_parse_use(SV("apiserver_requested_deprecated_apis{group=\"\","
                                    "x=\"a\\\"}\\\\\\n\",removed_release=\"\","
                                    "resource=\"componentstatuses\",version=\"v1\",} 1e0 123"),
                                 &use));
    assert_false(use.removed.set);
    static const char *const no[] = {
        "",
        "# TYPE apiserver_requested_deprecated_apis gauge",
        "apiserver_requested_deprecated_apis 1",
        "apiserver_requested_deprecated_apis{",
        "apiserver_requested_deprecated_apis{group=\"a",
        "apiserver_requested_deprecated_apis{group=\"a\\",
        "apiserver_requested_deprecated_apis{version=\"v1\",resource=\"a\"} 0",
        "apiserver_requested_deprecated_apis{version=\"v1\",resource=\"a\"} x",
        "apiserver_requested_deprecated_apis{version=\"v1\",resource=\"a\"}",
    };
    for (size_t i = 0; i < ARRAY_LEN(no); i++)
        assert_false(metric_parse_use(sv_of(no[i]), &use));
    assert_true(metric_parse_start(SV("process_start_time_seconds 1.69e+09"), &start));
    assert_int_equal(start, 1690000000);
    assert_false(metric_parse_start(SV("process_start_time_seconds NaN"), &start));
    assert_false(metric_parse_start(SV("process_start_time_seconds -1"), &start));
    assert_false(metric_parse_start(SV("process_start_time_seconds_total 5"), &start));
}

static void use_version(struct bench *b, const char *group, const char *version,
                        const char *resource)
{
    struct metric_use use = {0};
    snprintf(use.group, sizeof use.group, "%s", group);
    snprintf(use.version, sizeof use.version, "%s", version);
    snprintf(use.resource, sizeof use.resource, "%s", resource);
    live_add_metric(&b->live, &use, strcmp(group, "batch") == 0);
}

static void test_metric_is_explained_or_told(void **state)
{
    struct bench b;
    bench_init(&b, "1.20", "1.22");
    add(&b, NEW, "Ingress", META FIELDS ENTRY("curl", "Update", OLD, "1"));
    use_version(&b, "networking.k8s.io", "v1beta1", "ingresses");
    use_version(&b, "extensions", "v1beta1", "ingresses");
    use_version(&b, "policy", "v1beta1", "podsecuritypolicies");
    use_version(&b, "networking.k8s.io", "v1", "ingresses");
    use_version(&b, "batch", "v1beta1", "cronjobs"); /* by the control plane itself */
    expect(&b, "api-removed Ingress shop/web " OLD ": [managed-fields|curl wrote " OLD
               "|2026-01-01T00:00:00Z] [metric|" OLD " ingresses requested|]\n"
               "api-requested Ingress / " OLDER ": [metric|" OLDER " ingresses requested|]\n"
               "api-requested PodSecurityPolicy / policy/v1beta1: [metric|policy/v1beta1 "
               "podsecuritypolicies requested|]\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_writers),
        cmocka_unit_test(test_wrong_types_are_passed_over),
        cmocka_unit_test(test_target_decides),
        cmocka_unit_test(test_revision_forms),
        cmocka_unit_test(test_broken_revisions),
        cmocka_unit_test(test_release_and_object_are_one_finding),
        cmocka_unit_test(test_a_fixed_release_is_clean),
        cmocka_unit_test(test_broken_manifest_is_a_problem),
        cmocka_unit_test(test_last_of_its_kind),
        cmocka_unit_test(test_nodes),
        cmocka_unit_test(test_stored_versions),
        cmocka_unit_test(test_made_by_a_workload),
        cmocka_unit_test(test_metric_lines),
        cmocka_unit_test(test_metric_is_explained_or_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
