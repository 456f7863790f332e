#include "base/io.h"
#include "kube/config_internal.h"

#include <sys/stat.h>

#include "unit.h"

/* The files of one test in a folder of its own, with an environment that names nothing else. */
struct home {
    char dir[64];
    char paths[4][128];
    size_t count;
};

static void home_init(struct home *h)
{
    *h = (struct home){0};
    strcpy(h->dir, "/tmp/toban-kube-XXXXXX");
    assert_non_null(mkdtemp(h->dir));
    setenv("HOME", h->dir, 1);
    unsetenv("KUBECONFIG");
    unsetenv("KUBERNETES_SERVICE_HOST");
}

static const char *home_add(struct home *h, const char *name, const char *text)
{
    struct err err = {0};
    char path[128];
    snprintf(path, sizeof path, "%s/%s", h->dir, name);
    strcpy(h->paths[h->count], path);
    if (io_write_atomic(path, sv_of(text), &err))
        fail_msg("%s", err.msg);
    return h->paths[h->count++];
}

static void home_release(struct home *h)
{
    while (h->count)
        unlink(h->paths[--h->count]);
    char kube[96];
    snprintf(kube, sizeof kube, "%s/.kube", h->dir);
    rmdir(kube);
    rmdir(h->dir);
}

#define CONTEXTS(cluster, user)                                                                    \
    "contexts: [{name: c, context: {cluster: " cluster ", user: " user "}}]\ncurrent-context: c\n"

/* --- one file ------------------------------------------------------------------------------- */

static void reads_everything_a_cluster_and_user_can_have(void **state)
{
    static const char text[] =
        "apiVersion: v1\nkind: Config\npreferences: {}\n"
        "clusters:\n- name: k\n  cluster:\n    server: https://h:6443/base/\n"
        "    certificate-authority: ca.pem\n    tls-server-name: other\n    proxy-url: "
        "socks5://p:1\n"
        "    disable-compression: true\n    extensions:\n    - name: "
        "client.authentication.k8s.io/exec\n"
        "      extension: {audience: [a, 1, true], \"q\\\"\": null}\n"
        "users:\n- name: u\n  user:\n    client-certificate-data: "
        "SGVsbG8="
        "\n    client-key: /abs/key.pem\n"
        "    tokenFile: tok\n    as: boss\n    as-uid: '7'\n    as-groups: [g1, g2]\n"
        "    as-user-extra: {scopes: [a, b]}\n"
        "    exec:\n      apiVersion: client.authentication.k8s.io/v1\n      command: ./login\n    "
        "  args: [-x, 'y z']\n"
        "      env: [{name: A, value: b}, {name: E, value: ''}]\n      installHint: get it\n"
        "      provideClusterInfo: true\n      interactiveMode: Never\n"
        "contexts: [{name: c, context: {cluster: k, user: u, namespace: web}}]\ncurrent-context: "
        "c\n";
    _cleanup_kube_config_ struct kube_config cfg = {0};
    struct kube_target t;
    struct err err = {0};
    if (kube_config_add(&cfg, "/etc/kc/config", sv_of(text), &err) ||
        kube_config_target(&cfg, NULL, &t, &err))
        fail_msg("%s", err.msg);
    assert_string_equal(t.server, "https://h:6443/base");
    assert_string_equal(t.ca.file, "/etc/kc/ca.pem");
    assert_string_equal(t.tls_server_name, "other");
    assert_string_equal(t.proxy_url, "socks5://p:1");
    assert_true(t.no_compression && !t.insecure);
    assert_string_equal(t.namespace, "web");
    assert_true(sv_is(t.user.cert.pem, "Hello"));
    assert_string_equal(t.user.key.file, "/abs/key.pem");
    assert_string_equal(t.user.token_file, "/etc/kc/tok");
    assert_string_equal(t.user.as_user, "boss");
    assert_string_equal(t.user.as_uid, "7");
    assert_string_equal(t.user.as_groups[1], "g2");
    assert_null(t.user.as_groups[2]);
    assert_int_equal(t.user.as_extra_count, 2);
    assert_string_equal(t.user.as_extra[1].value, "b");
    const struct kube_exec *exec = t.user.exec;
    assert_string_equal(exec->command, "/etc/kc/./login");
    assert_string_equal(exec->args[1], "y z");
    assert_null(exec->args[2]);
    assert_string_equal(exec->env[0].value, "b");
    assert_string_equal(exec->env[1].value, "");
    assert_string_equal(exec->install_hint, "get it");
    assert_true(exec->provide_cluster_info && exec->interactive == KUBE_EXEC_NEVER);
    assert_true(sv_is(exec->cluster_config, "{\"audience\":[\"a\",1,true],\"q\\\"\":null}"));
}

static void reads_json_too(void **state)
{
    _cleanup_kube_config_ struct kube_config cfg = {0};
    struct kube_target t;
    struct err err = {0};
    assert_int_equal(
        kube_config_add(&cfg, "f",
                        SV("{\"clusters\":[{\"name\":\"k\",\"cluster\":{\"server\":\"http://h\"}}],"
                           "\"contexts\":[{\"name\":\"c\",\"context\":{\"cluster\":\"k\"}}],"
                           "\"current-context\":\"c\"}"),
                        &err),
        0);
    assert_int_equal(kube_config_target(&cfg, NULL, &t, &err), 0);
    assert_string_equal(t.server, "http://h");
    assert_string_equal(t.namespace, "default");
}

static void scheme_is_guessed_as_kubectl_does(void **state)
{
    static const struct {
        const char *cluster, *server;
    } cases[] = {{"{server: 'h:8080'}", "http://h:8080"},
                 {"{server: h, insecure-skip-tls-verify: true}", "https://h"},
                 {"{server: h, certificate-authority-data: QQ==}", "https://h"}};
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        _cleanup_kube_config_ struct kube_config cfg = {0};
        struct kube_target t;
        struct err err = {0};
        char text[512];
        snprintf(text, sizeof text,
                 "clusters: [{name: k, cluster: %s}]\nusers: [{name: u, user: {}}]\n%s",
                 cases[i].cluster, CONTEXTS("k", "u"));
        if (kube_config_add(&cfg, "f", sv_of(text), &err) ||
            kube_config_target(&cfg, NULL, &t, &err))
            fail_msg("%s", err.msg);
        assert_string_equal(t.server, cases[i].server);
    }
}

/* --- what is wrong with it -------------------------------------------------------------------- */

struct bad {
    const char *text, *msg;
};

static void says_where_a_file_is_wrong(void **state)
{
    static const struct bad cases[] = {
        {"[]", "f:1: a kubeconfig is a map, found a list"},
        {"kind: Pod\n", "f:1: not a kubeconfig: kind is 'Pod', expected 'Config'"},
        {"clusters: {}\n", "f:1: clusters: expected a list, found a map"},
        {"users:\n- name: u\n  user:\n    token: 123\n",
         "f:4: token: expected text, found a number (put it in quotes if it is text)"},
        {"users:\n- user: {}\n", "f:2: users: entry without a name"},
        {"users:\n- name: u\n- name: u\n", "f:3: users: 'u' is there twice, first in line 2"},
        {"clusters:\n- name: k\n  cluster:\n    certificate-authority-data: '***'\n",
         "f:4: certificate-authority-data: not base64"},
        {"clusters:\n- name: k\n  cluster:\n    insecure-skip-tls-verify: 'yes'\n",
         "f:4: insecure-skip-tls-verify: expected true or false, found text"},
        {"users:\n- name: u\n  user:\n    exec: {command: x}\n", "f:4: exec: no apiVersion"},
        {"users:\n- name: u\n  user:\n    exec: {apiVersion: client.authentication.k8s.io/v1}\n",
         "f:4: exec: no command"},
        {"users:\n- name: u\n  user:\n    exec:\n      command: x\n      apiVersion: "
         "client.authentication.k8s.io/v1alpha1\n",
         "f:6: exec: apiVersion 'client.authentication.k8s.io/v1alpha1' is not understood: "
         "expected "
         "client.authentication.k8s.io/v1 or /v1beta1"},
        {"users:\n- name: u\n  user:\n    exec:\n      command: x\n      interactiveMode: Maybe\n",
         "f:6: interactiveMode: expected Never, IfAvailable or Always, found 'Maybe'"},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        _cleanup_kube_config_ struct kube_config cfg = {0};
        struct err err = {0};
        int result = kube_config_add(&cfg, "f", sv_of(cases[i].text), &err);
        if (result != -1 || err.class != ERR_INPUT || strcmp(err.msg, cases[i].msg) != 0)
            fail_msg("case %zu: %d '%s', expected '%s'", i, result, err.msg, cases[i].msg);
    }
}

static void a_half_written_file_has_a_line(void **state)
{
    _cleanup_kube_config_ struct kube_config cfg = {0};
    struct err err = {0};
    assert_int_equal(kube_config_add(&cfg, "/h/config",
                                     SV("clusters:\n- name: k\n  cluster: {server: \"https://h"),
                                     &err),
                     -1);
    assert_int_equal(err.class, ERR_INPUT);
    assert_true(strncmp(err.msg, "/h/config:", 10) == 0 && err.msg[10] >= '1' &&
                err.msg[10] <= '9');
    assert_string_equal(err.hint,
                        "it may be half-written: kubectl config view --kubeconfig=/h/config");
}

static void says_what_a_context_lacks(void **state)
{
    static const struct bad cases[] = {
        {CONTEXTS("k", "u"), "f:1: context 'c' names cluster 'k', which is not there"},
        {"clusters: [{name: k, cluster: {server: h}}]\n" CONTEXTS("k", "u"),
         "f:2: context 'c' names user 'u', which is not there"},
        {"contexts: [{name: c}]\ncurrent-context: c\n", "f:1: context 'c' names no cluster"},
        {"clusters: [{name: k}]\nusers: [{name: u}]\n" CONTEXTS("k", "u"),
         "f:1: cluster 'k' has no server"},
        {"clusters: [{name: k, cluster: {server: 'ftp://h'}}]\nusers: [{name: u}]\n" CONTEXTS("k",
                                                                                              "u"),
         "f:1: cluster 'k': server is no http or https address"},
        {"clusters: [{name: k, cluster: {server: h, insecure-skip-tls-verify: true, "
         "certificate-authority: x}}]\n"
         "users: [{name: u}]\n" CONTEXTS("k", "u"),
         "f:1: cluster 'k' has both a certificate authority and insecure-skip-tls-verify"},
        {"clusters: [{name: k, cluster: {server: h}}]\nusers: [{name: u, user: "
         "{client-certificate: x}}]\n" CONTEXTS("k", "u"),
         "f:2: user 'u' has a client certificate but no client key"},
        {"clusters: [{name: k, cluster: {server: h}}]\nusers: [{name: u, user: {auth-provider: "
         "{name: gcp}}}]\n" CONTEXTS("k", "u"),
         "f:2: user 'u' logs in by auth-provider 'gcp', which Kubernetes removed in 1.26"},
        {"contexts: [{name: a}, {name: b}]\ncurrent-context: c\n",
         "f:2: current-context is 'c', but there is no such context; there are: a, b"},
        {"contexts: [{name: a}]\n", "no current-context in the kubeconfig; there are: a"},
        {"",
         "no cluster is configured: neither --kubeconfig, KUBECONFIG nor ~/.kube/config has one"},
    };
    unsetenv("KUBERNETES_SERVICE_HOST");
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        _cleanup_kube_config_ struct kube_config cfg = {0};
        struct kube_target t;
        struct err err = {0};
        assert_int_equal(kube_config_add(&cfg, "f", sv_of(cases[i].text), &err), 0);
        int result = kube_config_target(&cfg, NULL, &t, &err);
        if (result != -1 || strcmp(err.msg, cases[i].msg) != 0)
            fail_msg("case %zu: %d '%s', expected '%s'", i, result, err.msg, cases[i].msg);
    }
}

static void no_secret_gets_into_a_message(void **state)
{
    static const char *const texts[] = {
        "users:\n- name: u\n  user: {token: [s3cret]}\n",
        "users:\n- name: u\n  user: {client-key-data: '*s3cret'}\n",
        "users:\n- name: u\n  user: {password: {s3cret: 1}}\n",
    };
    for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
        _cleanup_kube_config_ struct kube_config cfg = {0};
        struct err err = {0};
        assert_int_equal(kube_config_add(&cfg, "f", sv_of(texts[i]), &err), -1);
        assert_null(strstr(err.msg, "s3cret"));
        assert_null(strstr(err.hint, "s3cret"));
    }
}

/* --- several files ---------------------------------------------------------------------------- */

static void the_first_file_of_a_list_wins(void **state)
{
    _cleanup_(home_release) struct home h;
    home_init(&h);
    const char *one = home_add(&h, "one",
                               "clusters: [{name: k, cluster: {server: 'http://one'}}]\n"
                               "contexts: [{name: c, context: {cluster: k, namespace: first}}]\n");
    const char *two = home_add(
        &h, "two",
        "clusters: [{name: k, cluster: {server: 'http://two'}}, {name: l, cluster: {server: "
        "'http://l'}}]\ncontexts: [{name: c, context: {cluster: l}}, {name: d, context: "
        "{cluster: l}}]\ncurrent-context: c\n");
    char list[400];
    snprintf(list, sizeof list, ":%s:/no/such/file:%s", one, two);
    setenv("KUBECONFIG", list, 1);
    _cleanup_kube_config_ struct kube_config cfg = {0};
    struct kube_target t;
    struct err err = {0};
    if (kube_config_load(&cfg, NULL, &err) || kube_config_target(&cfg, NULL, &t, &err))
        fail_msg("%s", err.msg);
    assert_string_equal(t.server, "http://one");
    assert_string_equal(t.namespace, "first");
    const struct kube_options other = {.context = "d", .namespace = "mine"};
    assert_int_equal(kube_config_target(&cfg, &other, &t, &err), 0);
    assert_string_equal(t.server, "http://l");
    assert_string_equal(t.namespace, "mine");
    const struct kube_options none = {.context = "x"};
    assert_int_equal(kube_config_target(&cfg, &none, &t, &err), -1);
    assert_string_equal(err.msg, "there is no context 'x' in the kubeconfig; there are: c, d");
    unsetenv("KUBECONFIG");
}

static void a_named_file_stands_alone_and_must_be_there(void **state)
{
    _cleanup_(home_release) struct home h;
    home_init(&h);
    char kube[96];
    snprintf(kube, sizeof kube, "%s/.kube", h.dir);
    assert_int_equal(mkdir(kube, 0700), 0);
    home_add(&h, ".kube/config",
             "clusters: [{name: k, cluster: {server: 'http://home'}}]\n"
             "contexts: [{name: c, context: {cluster: k}}]\ncurrent-context: c\n");
    _cleanup_kube_config_ struct kube_config cfg = {0};
    struct kube_target t;
    struct err err = {0};
    assert_int_equal(kube_config_load(&cfg, NULL, &err), 0);
    assert_int_equal(kube_config_target(&cfg, NULL, &t, &err), 0);
    assert_string_equal(t.server, "http://home");
    kube_config_release(&cfg);
    const struct kube_options options = {.kubeconfig = "/no/such/file"};
    assert_int_equal(kube_config_load(&cfg, &options, &err), -1);
    assert_int_equal(err.class, ERR_NOT_FOUND);
    assert_non_null(strstr(err.msg, "/no/such/file"));
}

static void a_pod_has_its_account(void **state)
{
    _cleanup_(home_release) struct home h;
    home_init(&h);
    home_add(&h, "token", "t0ken\n");
    home_add(&h, "namespace", "games\n");
    _cleanup_kube_config_ struct kube_config cfg = {0};
    struct kube_target t = {.namespace = "default"};
    struct err err = {0};
    assert_int_equal(kube_config_in_cluster(&cfg, "fd00::1", "443", h.dir, &t, &err), 0);
    assert_string_equal(t.server, "https://[fd00::1]:443");
    assert_string_equal(t.namespace, "games");
    assert_true(t.in_cluster && t.user.token_file && t.ca.file);
    struct kube_target none = {.namespace = "default"};
    assert_int_equal(kube_config_in_cluster(&cfg, "10.0.0.1", "443", "/no/such", &none, &err), -1);
    assert_string_equal(err.msg, "this pod has no account: /no/such/token cannot be read");
}

static void timeouts_are_read_as_kubectl_reads_them(void **state)
{
    static const struct {
        const char *text;
        unsigned ms;
    } good[] = {{"30s", 30000}, {"1m30s", 90000}, {"500ms", 500},
                {"10", 10000},  {"0", 0},         {"2h", 7200000}};
    static const char *const bad[] = {
        "", "s", "10x", "-1s", "1m ", "25h", "99999999999999999999", "1.5s"};
    unsigned ms;
    for (size_t i = 0; i < ARRAY_LEN(good); i++) {
        assert_true(kube_parse_timeout(good[i].text, &ms));
        assert_int_equal(ms, good[i].ms);
    }
    for (size_t i = 0; i < ARRAY_LEN(bad); i++)
        if (kube_parse_timeout(bad[i], &ms))
            fail_msg("'%s' was taken", bad[i]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_everything_a_cluster_and_user_can_have),
        cmocka_unit_test(reads_json_too),
        cmocka_unit_test(scheme_is_guessed_as_kubectl_does),
        cmocka_unit_test(says_where_a_file_is_wrong),
        cmocka_unit_test(a_half_written_file_has_a_line),
        cmocka_unit_test(says_what_a_context_lacks),
        cmocka_unit_test(no_secret_gets_into_a_message),
        cmocka_unit_test(the_first_file_of_a_list_wins),
        cmocka_unit_test(a_named_file_stands_alone_and_must_be_there),
        cmocka_unit_test(a_pod_has_its_account),
        cmocka_unit_test(timeouts_are_read_as_kubectl_reads_them),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
