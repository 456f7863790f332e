#include "kube_pair.h"

#include "base/io.h"
#include "kube/client.h"
#include "kube/discovery.h"
#include "kube/list.h"

#include <sys/stat.h>

#include "unit.h"

static const struct kube_ref one_pod = {
    .version = "v1", .resource = "pods", .ns = "web", .name = "a b"};
static const struct kube_ref pods = {.version = "v1", .resource = "pods"};

/* --- requests ------------------------------------------------------------------------------- */

static void asks_with_login_and_escapes(void **state)
{
    const char *groups[] = {"g1", "g2", NULL};
    struct kube_env extra = {"Scope/x", "all"};
    const struct kube_user user = {.token = "t0ken",
                                   .as_user = "boss",
                                   .as_groups = groups,
                                   .as_extra = &extra,
                                   .as_extra_count = 1};
    static const char *const wanted[] = {
        "GET /api/v1/namespaces/web/pods/a%20b HTTP/1.1", "\r\nAuthorization: Bearer t0ken\r\n",
        "\r\nImpersonate-User: boss\r\nImpersonate-Group: g1\r\nImpersonate-Group: g2\r\n",
        "\r\nImpersonate-Extra-Scope%2Fx: all\r\n", "\r\nAccept: application/json\r\n"};
    for (size_t i = 0; i < ARRAY_LEN(wanted); i++) {
        struct pair p;
        struct err err = {0};
        _cleanup_kube_object_ struct kube_object o = {0};
        const struct fake_step step = {wanted[i], OK("{\"metadata\":{\"name\":\"a b\"}}")};
        pair_start(&p, &step, 1, &user, NULL);
        assert_int_equal(kube_get(p.client, &one_pod, &o, &err), 0);
        assert_true(sv_is(doc_get_string(doc_get(o.root, "metadata"), "name"), "a b"));
        pair_stop(&p);
    }
}

static void tries_again_what_may_pass(void **state)
{
    struct pair p;
    struct err err = {0};
    _cleanup_kube_object_ struct kube_object o = {0};
    pair_start(
        &p,
        STEPS({NULL, REPLY("429 Too Many Requests", "Retry-After: 0\r\n", "")},
              {NULL, REPLY("500 Oops", "", "")},
              {NULL, "HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\n{\"cut\":", .close = true},
              {NULL, OK("{\"a\":1}")}),
        NULL, NULL);
    if (kube_get(p.client, &one_pod, &o, &err))
        fail_msg("%s", err.msg);
    assert_int_equal(doc_get(o.root, "a")->integer, 1);
    pair_stop(&p);
}

static void gives_up_in_the_end(void **state)
{
    struct pair p;
    struct err err = {0};
    static const struct fake_step step = {NULL, REPLY("503 Busy", "", "")};
    pair_start(&p, STEPS(step, step, step, step), NULL, NULL);
    assert_int_equal(kube_get(p.client, &one_pod, NULL, &err), -1);
    assert_int_equal(err.class, ERR_REMOTE);
    assert_int_equal(err.http_status, 503);
    pair_stop(&p);
}

static void does_not_repeat_what_may_have_happened(void **state)
{
    struct pair p;
    struct err err = {0};
    pair_start(&p,
               STEPS({"POST /api/v1/pods?fieldManager=toban HTTP/1.1", NULL, .close = true},
                     {"POST", REPLY("503 Busy", "Retry-After: 0\r\n", "")},
                     {"{\"x\":1}", OK("{}")}),
               NULL, NULL);
    assert_int_equal(kube_create(p.client, &pods, SV("{\"x\":1}"), NULL, NULL, &err), -1);
    assert_non_null(strstr(err.msg, "create pods: http://127.0.0.1"));
    assert_int_equal(kube_create(p.client, &pods, SV("{\"x\":1}"), NULL, NULL, &err), 0);
    pair_stop(&p);
}

static void writes_carry_their_options(void **state)
{
    static const struct kube_write_options options = {
        .dry_run = true, .force = true, .field_manager = "me"};
    static const struct kube_delete_options gone = {
        .dry_run = true, .propagation = "Foreground", .uid = "u", .grace_seconds = -1};
    struct pair p;
    struct err err = {0};
    pair_start(
        &p,
        STEPS({"PATCH /api/v1/namespaces/web/pods/a%20b?fieldManager=me&dryRun=All&force=true "
               "HTTP/1.1",
               OK("{}")},
              {"\r\nContent-Type: application/apply-patch+yaml\r\n", OK("{}")},
              {"\r\nContent-Type: application/json-patch+json\r\n", OK("{}")},
              {"{\"kind\":\"DeleteOptions\",\"apiVersion\":\"v1\",\"propagationPolicy\":"
               "\"Foreground\",\"gracePeriodSeconds\":0,"
               "\"preconditions\":{\"uid\":\"u\"},\"dryRun\":[\"All\"]}",
               OK("{}")}),
        NULL, NULL);
    for (int i = 0; i < 2; i++)
        assert_int_equal(
            kube_patch(p.client, &one_pod, KUBE_PATCH_APPLY, SV("a: 1"), &options, NULL, &err), 0);
    assert_int_equal(kube_patch(p.client, &one_pod, KUBE_PATCH_JSON, SV("[]"), NULL, NULL, &err),
                     0);
    assert_int_equal(kube_delete(p.client, &one_pod, &gone, &err), 0);
    pair_stop(&p);
}

static void warnings_are_kept_once(void **state)
{
    struct pair p;
    struct err err = {0};
    const char *const *notes;
    static const struct fake_step step = {
        NULL, REPLY("200 OK", "Warning: 299 - \"old\"\r\nWarning: 299 - \"older\"\r\n", "{}")};
    pair_start(&p, STEPS(step, step), NULL, NULL);
    for (int i = 0; i < 2; i++)
        assert_int_equal(kube_get(p.client, &one_pod, NULL, &err), 0);
    assert_int_equal(kube_client_notes(p.client, &notes), 2);
    assert_string_equal(notes[1], "older");
    pair_stop(&p);
}

static void an_answer_that_is_no_json_is_said(void **state)
{
    struct pair p;
    struct err err = {0};
    struct kube_object o = {0};
    pair_start(&p, STEPS({NULL, REPLY("200 OK", "", "<html>login</html>")}), NULL, NULL);
    assert_int_equal(kube_get(p.client, &one_pod, &o, &err), -1);
    assert_int_equal(err.class, ERR_REMOTE);
    assert_non_null(
        strstr(err.msg, "get pods 'a b' in namespace 'web': the server's answer is no JSON: "));
    kube_object_release(&o);
    pair_stop(&p);
}

/* --- logins --------------------------------------------------------------------------------- */

static void write_file(const char *path, const char *text, mode_t mode)
{
    struct err err = {0};
    if (io_write_atomic(path, sv_of(text), &err))
        fail_msg("%s", err.msg);
    chmod(path, mode);
}

static void a_token_file_is_read_again_when_refused(void **state)
{
    char path[] = "/tmp/toban-token-XXXXXX";
    close(mkstemp(path));
    write_file(path, "old\n", 0600);
    const struct kube_user user = {.token_file = path};
    struct pair p;
    struct err err = {0};
    pair_start(&p,
               STEPS({"Bearer old", OK("{}")}, {"Bearer old", REPLY("401 Unauthorized", "", "")},
                     {"Bearer new", OK("{}")}),
               &user, NULL);
    assert_int_equal(kube_get(p.client, &one_pod, NULL, &err), 0);
    write_file(path, "new\n", 0600);
    assert_int_equal(kube_get(p.client, &one_pod, NULL, &err), 0);
    pair_stop(&p);
    unlink(path);
}

struct plugin {
    char path[64], log[80];
    char script[1024];
    struct kube_exec exec;
    struct kube_user user;
};

/* A login plugin whose nth run answers with token tN. */
static void plugin_init(struct plugin *p, const char *extra)
{
    *p = (struct plugin){0};
    strcpy(p->path, "/tmp/toban-login-XXXXXX");
    close(mkstemp(p->path));
    snprintf(p->log, sizeof p->log, "%s.log", p->path);
    snprintf(p->script, sizeof p->script,
             "#!/bin/sh\necho \"$KUBERNETES_EXEC_INFO $GREETING\" >>%s\nn=$(wc -l <%s)\n%s\n"
             "echo "
             "'{\"apiVersion\":\"client.authentication.k8s.io/"
             "v1\",\"kind\":\"ExecCredential\",\"status\":{\"token\":\"t'$n'\"}}'\n",
             p->log, p->log, extra);
    write_file(p->path, p->script, 0700);
    static struct kube_env env = {"GREETING", "hello"};
    p->exec = (struct kube_exec){.api_version = "client.authentication.k8s.io/v1",
                                 .command = p->path,
                                 .env = &env,
                                 .env_count = 1,
                                 .install_hint = "apt install login"};
    p->user = (struct kube_user){.exec = &p->exec};
}

static void plugin_release(struct plugin *p)
{
    unlink(p->path);
    unlink(p->log);
}

static void a_plugin_runs_once_and_again_when_refused(void **state)
{
    _cleanup_(plugin_release) struct plugin plugin;
    struct pair p;
    struct err err = {0};
    plugin_init(&plugin, "");
    pair_start(&p,
               STEPS({"Bearer t1", OK("{}")}, {"Bearer t1", OK("{}")},
                     {"Bearer t1", REPLY("401 Unauthorized", "", "")}, {"Bearer t2", OK("{}")}),
               &plugin.user, NULL);
    for (int i = 0; i < 3; i++)
        if (kube_get(p.client, &one_pod, NULL, &err))
            fail_msg("%s", err.msg);
    pair_stop(&p);
    _cleanup_str_ struct str log = {0};
    str_init(&log, 0);
    assert_int_equal(io_read_file(plugin.log, 4096, &log, &err), 0);
    assert_true(
        sv_starts(str_sv(&log),
                  "{\"kind\":\"ExecCredential\",\"apiVersion\":\"client.authentication.k8s.io/v1\","
                  "\"spec\":{\"interactive\":false}} hello\n"));
}

static void a_refused_login_is_not_tried_for_ever(void **state)
{
    _cleanup_(plugin_release) struct plugin plugin;
    struct pair p;
    struct err err = {0};
    static const struct fake_step refused = {NULL, REPLY("401 Unauthorized", "", "")};
    plugin_init(&plugin, "");
    pair_start(&p, STEPS(refused, refused), &plugin.user, NULL);
    assert_int_equal(kube_get(p.client, &one_pod, NULL, &err), -1);
    assert_int_equal(err.class, ERR_DENIED);
    assert_non_null(
        strstr(err.msg, "does not accept the login of user 'ann': expired or wrong credentials"));
    pair_stop(&p);
}

static void plugin_trouble_is_said(void **state)
{
    _cleanup_(plugin_release) struct plugin plugin;
    struct pair p;
    struct err err = {0};
    plugin_init(&plugin, "echo 'please log in first' >&2; exit 3");
    pair_start(&p, NULL, 0, &plugin.user, NULL);
    assert_int_equal(kube_get(p.client, &one_pod, NULL, &err), -1);
    assert_non_null(strstr(err.msg, "of user 'ann': it ended with code 3: please log in first"));
    pair_stop(&p);
    plugin.exec.command = "no-such-login-program";
    pair_start(&p, NULL, 0, &plugin.user, NULL);
    assert_int_equal(kube_get(p.client, &one_pod, NULL, &err), -1);
    assert_int_equal(err.class, ERR_NOT_FOUND);
    assert_string_equal(err.hint, "apt install login");
    pair_stop(&p);
}

static void an_eks_login_needs_no_program(void **state)
{
    const char *args[] = {"--region",       "eu-west-1", "eks", "get-token",
                          "--cluster-name", "shop",      NULL};
    struct kube_env env[] = {{"AWS_ACCESS_KEY_ID", "AKIDEXAMPLE"},
                             {"AWS_SECRET_ACCESS_KEY", "s3cret"}};
    const struct kube_exec exec = {.api_version = "client.authentication.k8s.io/v1beta1",
                                   .command = "/no/such/folder/aws",
                                   .args = args,
                                   .arg_count = 6,
                                   .env = env,
                                   .env_count = 2};
    struct kube_user user = {.exec = &exec};
    struct pair p;
    struct err err = {0};
    pair_start(
        &p,
        STEPS({"Authorization: Bearer k8s-aws-v1.aHR0cHM6Ly9zdHMuZXUtd2VzdC0xLmFtYXpvbmF3cy5jb20v",
               OK("{}")}),
        &user, NULL);
    if (kube_get(p.client, &one_pod, NULL, &err))
        fail_msg("%s", err.msg);
    pair_stop(&p);
}

static void an_eks_login_that_fails_says_why(void **state)
{
    const char *args[] = {"eks", "get-token", "--cluster-name", "shop", "--profile", "none", NULL};
    struct kube_env env[] = {{"AWS_CONFIG_FILE", "/no/such/file"},
                             {"AWS_SHARED_CREDENTIALS_FILE", "/no/such/file"}};
    struct kube_exec exec = {.api_version = "client.authentication.k8s.io/v1beta1",
                             .command = "/no/such/folder/aws",
                             .args = args,
                             .arg_count = 6,
                             .env = env,
                             .env_count = 2};
    struct kube_user user = {.exec = &exec};
    struct pair p;
    struct err err = {0};
    unsetenv("AWS_WEB_IDENTITY_TOKEN_FILE");
    pair_start(&p, NULL, 0, &user, NULL);
    assert_int_equal(kube_get(p.client, &one_pod, NULL, &err), -1);
    assert_string_equal(err.msg, "login of user 'ann' to EKS cluster 'shop': no AWS credentials: "
                                 "there is no profile 'none'");
    pair_stop(&p);
    struct kube_env keys[] = {{"AWS_ACCESS_KEY_ID", "A"}, {"AWS_SECRET_ACCESS_KEY", "s"}};
    static const struct fake_step refused = {NULL, REPLY("401 Unauthorized", "", "")};
    args[4] = NULL;
    exec.env = keys;
    exec.arg_count = 4;
    pair_start(&p, STEPS(refused, refused), &user, NULL);
    assert_int_equal(kube_get(p.client, &one_pod, NULL, &err), -1);
    assert_string_equal(err.hint,
                        "the cluster must know this AWS identity (an access entry, or aws-auth): "
                        "aws sts get-caller-identity");
    pair_stop(&p);
}

static void a_login_that_cannot_be_sent_is_refused(void **state)
{
    const struct kube_user user = {.token = "a\r\nX-Evil: 1"};
    struct pair p;
    struct err err = {0};
    pair_start(&p, NULL, 0, &user, NULL);
    assert_int_equal(kube_get(p.client, &one_pod, NULL, &err), -1);
    assert_string_equal(err.msg, "token of user 'ann' holds a line break or control character");
    pair_stop(&p);
}

static void an_expired_client_certificate_is_named(void **state)
{
    static const struct fake_cert good = {"IP:127.0.0.1", -60, 3600};
    static const struct fake_cert old = {NULL, -7200, -3600};
    char *cert;
    char *key;
    fake_client_cert(&old, &cert, &key);
    const struct kube_user user = {.cert.pem = sv_of(cert), .key.pem = sv_of(key)};
    struct pair p;
    struct err err = {0};
    pair_start(&p, STEPS({NULL, REPLY("401 Unauthorized", "", "")}), &user, &good);
    assert_int_equal(kube_get(p.client, &one_pod, NULL, &err), -1);
    assert_non_null(strstr(err.msg, "client certificate of 'CN=ann' expired at 20"));
    pair_stop(&p);
    free(cert);
    free(key);
}

/* --- lists ---------------------------------------------------------------------------------- */

struct listed {
    struct str names;
    unsigned restarts;
    size_t stop_at, seen;
};

static int on_item(void *ctx, const struct kube_item *item, struct err *err)
{
    struct listed *l = ctx;
    str_addf(&l->names, "%.*s/%.*s:%.*s ", SV_ARG(item->api_version), SV_ARG(item->kind),
             SV_ARG(doc_get_string(item->root, "n")));
    return l->stop_at && ++l->seen == l->stop_at ? err_set(err, ERR_INPUT, "enough") : 0;
}

static void on_restart(void *ctx)
{
    struct listed *l = ctx;
    l->restarts++;
    str_adds(&l->names, "| ");
}

static struct kube_list list_of(struct listed *l)
{
    *l = (struct listed){0};
    str_init(&l->names, 0);
    return (struct kube_list){.ref = pods, .on_item = on_item, .ctx = l};
}

static void lists_page_by_page(void **state)
{
    struct pair p;
    struct err err = {0};
    struct listed l;
    struct kube_list list = list_of(&l);
    list.page = 2;
    list.label_selector = "a in (b)";
    pair_start(&p,
               STEPS({"GET /api/v1/pods?limit=2&labelSelector=a%20in%20%28b%29 HTTP/1.1",
                      PAGE("T/+=", "7", "{\"n\":\"1\"},{\"n\":\"2\"}")},
                     {"GET /api/v1/pods?limit=2&continue=T%2F%2B%3D&labelSelector",
                      PAGE("", "7", "{\"n\":\"3\",\"kind\":\"Own\"}")}),
               NULL, NULL);
    if (kube_list_run(p.client, &list, &err))
        fail_msg("%s", err.msg);
    assert_string_equal(str_c(&l.names), "v1/Pod:1 v1/Pod:2 v1/Own:3 ");
    assert_int_equal(list.count, 3);
    assert_string_equal(list.resource_version_out, "7");
    assert_false(list.inconsistent);
    str_release(&l.names);
    pair_stop(&p);
}

static void an_expired_token_goes_on_or_begins_anew(void **state)
{
    for (int anew = 0; anew < 2; anew++) {
        struct pair p;
        struct err err = {0};
        struct listed l;
        struct kube_list list = list_of(&l);
        list.on_restart = anew ? on_restart : NULL;
        const struct fake_step last =
            anew ? (struct fake_step){"GET /api/v1/pods?limit=500 HTTP/1.1",
                                      PAGE("", "9", "{\"n\":\"1\"}")}
                 : (struct fake_step){"continue=T2 ", PAGE("", "9", "{\"n\":\"2\"}")};
        pair_start(
            &p, STEPS({NULL, PAGE("T1", "7", "{\"n\":\"1\"}")}, {"continue=T1 ", GONE("T2")}, last),
            NULL, NULL);
        if (kube_list_run(p.client, &list, &err))
            fail_msg("%s", err.msg);
        assert_string_equal(str_c(&l.names), anew ? "v1/Pod:1 | v1/Pod:1 " : "v1/Pod:1 v1/Pod:2 ");
        assert_int_equal(list.inconsistent, !anew);
        assert_int_equal(list.count, anew ? 1 : 2);
        str_release(&l.names);
        pair_stop(&p);
    }
}

static void a_list_does_not_begin_anew_for_ever(void **state)
{
    static const struct fake_step first = {NULL, PAGE("T1", "7", "{\"n\":\"1\"}")};
    static const struct fake_step gone = {NULL, GONE("")};
    struct pair p;
    struct err err = {0};
    struct listed l;
    struct kube_list list = list_of(&l);
    list.on_restart = on_restart;
    pair_start(&p, STEPS(first, gone, first, gone, first, gone, first, gone), NULL, NULL);
    assert_int_equal(kube_list_run(p.client, &list, &err), -1);
    assert_int_equal(err.http_status, 410);
    assert_int_equal(l.restarts, 3);
    str_release(&l.names);
    pair_stop(&p);
}

static void a_list_fails_with_a_reason(void **state)
{
    static const struct {
        struct fake_step step;
        size_t stop_at;
        enum err_class class;
        const char *words;
    } cases[] = {
        {{NULL, OK("{\"kind\":\"Pod\",\"metadata\":{}}")},
         0,
         ERR_REMOTE,
         "list pods: the answer is no list"},
        {{NULL, OK("{\"kind\":\"PodList\",\"items\":[{\"n\":\"1\"},{\"n\":tru}]}")},
         0,
         ERR_REMOTE,
         "list pods: item 2 of the answer: "},
        {{NULL, PAGE("", "1", "{},{}")}, 2, ERR_INPUT, "enough"},
        {{NULL, REPLY("403 Forbidden", "", "{\"kind\":\"Status\",\"message\":\"no, ann\"}")},
         0,
         ERR_DENIED,
         "list pods: no, ann"},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct pair p;
        struct err err = {0};
        struct listed l;
        struct kube_list list = list_of(&l);
        l.stop_at = cases[i].stop_at;
        pair_start(&p, &cases[i].step, 1, NULL, NULL);
        assert_int_equal(kube_list_run(p.client, &list, &err), -1);
        if (err.class != cases[i].class || !strstr(err.msg, cases[i].words))
            fail_msg("case %zu: '%s'", i, err.msg);
        str_release(&l.names);
        pair_stop(&p);
    }
}

/* Something in between cuts answers off; none of their items was given on. */
static void a_list_that_is_cut_off_is_asked_for_again(void **state)
{
    static const struct fake_step cut = {NULL, OK("{\"items\":[{\"n\":\"1\"}")};
    static const struct fake_step whole = {NULL, PAGE("", "7", "{\"n\":\"1\"}")};
    struct pair p;
    struct err err = {0};
    struct listed l;
    struct kube_list list = list_of(&l);
    pair_start(&p, STEPS(cut, cut, whole), NULL, NULL);
    assert_int_equal(kube_list_run(p.client, &list, &err), 0);
    assert_int_equal(list.count, 1);
    str_release(&l.names);
    pair_stop(&p);
    list = list_of(&l);
    pair_start(&p, STEPS(cut, cut, cut), NULL, NULL);
    assert_int_equal(kube_list_run(p.client, &list, &err), -1);
    assert_non_null(strstr(err.msg, "list pods: the answer is cut off"));
    assert_non_null(strstr(err.hint, "try again"));
    str_release(&l.names);
    pair_stop(&p);
}

static void one_bad_list_does_not_stop_the_others(void **state)
{
    enum { N = 20 };
    static struct fake_step steps[N];
    struct kube_list lists[N] = {0};
    struct kube_list *all[N];
    struct listed listed[N];
    struct pair p;
    for (size_t i = 0; i < N; i++) {
        steps[i] = (struct fake_step){NULL, i == 7 ? REPLY("404 Not Found", "", "")
                                                   : PAGE("", "1", "{\"n\":\"1\"}")};
        lists[i] = list_of(&listed[i]);
        all[i] = &lists[i];
    }
    pair_start(&p, steps, N, NULL, NULL);
    assert_int_equal(kube_list_run_all(p.client, all, N), 1);
    size_t items = 0;
    for (size_t i = 0; i < N; i++) {
        items += lists[i].count;
        str_release(&listed[i].names);
    }
    assert_int_equal(items, N - 1);
    pair_stop(&p);
}

static bool on_line(void *ctx, struct sv line)
{
    struct str *out = ctx;
    str_addf(out, "[%.*s]", SV_ARG(line));
    return !sv_is(line, "stop");
}

static void text_comes_line_by_line(void **state)
{
    for (size_t piece = 0; piece < 9; piece++) {
        struct pair p;
        struct err err = {0};
        _cleanup_str_ struct str out = {0};
        str_init(&out, 0);
        const struct fake_step step = {"GET /metrics ", REPLY("200 OK", "", "one\r\n\ntwo\nlast"),
                                       .piece = piece};
        pair_start(&p, &step, 1, NULL, NULL);
        assert_int_equal(kube_get_lines(p.client, "/metrics", on_line, &out, &err), 0);
        assert_string_equal(str_c(&out), "[one][][two][last]");
        pair_stop(&p);
    }
    struct pair p;
    struct err err = {0};
    _cleanup_str_ struct str out = {0};
    str_init(&out, 0);
    pair_start(&p, STEPS({NULL, REPLY("200 OK", "", "one\nstop\ntwo\n")}), NULL, NULL);
    assert_int_equal(kube_get_lines(p.client, "/metrics", on_line, &out, &err), 0);
    assert_string_equal(str_c(&out), "[one][stop]");
    pair_stop(&p);
}

/* --- discovery ------------------------------------------------------------------------------ */

static void discovers_new_servers_in_two_requests(void **state)
{
    struct pair p;
    struct err err = {0};
    const struct kube_discovery *d;
    pair_start(
        &p,
        STEPS({"GET /api HTTP/1.1", OK("{\"kind\":\"APIGroupDiscoveryList\",\"items\":[{"
                                       "\"metadata\":{},\"versions\":[{\"version\":"
                                       "\"v1\",\"resources\":[{\"resource\":\"pods\",\"scope\":"
                                       "\"Namespaced\",\"responseKind\":{"
                                       "\"kind\":\"Pod\"},\"verbs\":[\"get\",\"list\"]}]}]}]}")},
              {"as=APIGroupDiscoveryList", OK("{\"kind\":\"APIGroupDiscoveryList\",\"items\":[{"
                                              "\"metadata\":{\"name\":\"g\"},\"versions\":["
                                              "{\"version\":\"v2\",\"resources\":[{\"resource\":"
                                              "\"a\",\"scope\":\"Cluster\",\"responseKind\":{"
                                              "\"kind\":\"A\"},\"verbs\":[]}]},{\"version\":\"v1\","
                                              "\"freshness\":\"Stale\",\"resources\":[{"
                                              "\"resource\":\"a\",\"responseKind\":{\"kind\":\"A\"}"
                                              "},{\"resource\":\"b\",\"responseKind\":{"
                                              "\"kind\":\"B\"}}]}]}]}")}),
        NULL, NULL);
    if (kube_discover(p.client, &d, &err) || kube_discover(p.client, &d, &err))
        fail_msg("%s", err.msg);
    assert_int_equal(d->resource_count, 4);
    assert_int_equal(kube_discovery_find(d, "", NULL, "pods")->verbs,
                     KUBE_VERB_GET | KUBE_VERB_LIST);
    assert_string_equal(kube_discovery_find_kind(d, "g", NULL, "A")->version, "v2");
    assert_string_equal(kube_discovery_find_kind(d, "g", NULL, "B")->version, "v1");
    assert_false(kube_discovery_find(d, "g", "v1", "a")->preferred);
    assert_null(kube_discovery_find(d, "g", "v3", "a"));
    assert_int_equal(d->gap_count, 1);
    assert_string_equal(d->gaps[0].group_version, "g/v1");
    pair_stop(&p);
}

/* A definition that goes takes its version along before the list of groups knows. */
static void a_version_that_has_just_gone_is_no_gap(void **state)
{
    struct pair p;
    struct err err = {0};
    const struct kube_discovery *d;
    pair_start(&p,
               STEPS({"GET /api HTTP/1.1", OK("{\"kind\":\"APIVersions\",\"versions\":[]}")},
                     {"GET /apis HTTP/1.1",
                      OK("{\"kind\":\"APIGroupList\",\"groups\":[{\"name\":\"g\",\"versions\":"
                         "[{\"version\":\"v1\"}]}]}")},
                     {"GET /apis/g/v1", REPLY("404 Not Found", "", "404 page not found")}),
               NULL, NULL);
    if (kube_discover(p.client, &d, &err))
        fail_msg("%s", err.msg);
    assert_int_equal(d->resource_count, 0);
    assert_int_equal(d->gap_count, 0);
    pair_stop(&p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(asks_with_login_and_escapes),
        cmocka_unit_test(tries_again_what_may_pass),
        cmocka_unit_test(gives_up_in_the_end),
        cmocka_unit_test(does_not_repeat_what_may_have_happened),
        cmocka_unit_test(writes_carry_their_options),
        cmocka_unit_test(warnings_are_kept_once),
        cmocka_unit_test(an_answer_that_is_no_json_is_said),
        cmocka_unit_test(a_token_file_is_read_again_when_refused),
        cmocka_unit_test(a_plugin_runs_once_and_again_when_refused),
        cmocka_unit_test(a_refused_login_is_not_tried_for_ever),
        cmocka_unit_test(plugin_trouble_is_said),
        cmocka_unit_test(an_eks_login_needs_no_program),
        cmocka_unit_test(an_eks_login_that_fails_says_why),
        cmocka_unit_test(a_login_that_cannot_be_sent_is_refused),
        cmocka_unit_test(an_expired_client_certificate_is_named),
        cmocka_unit_test(lists_page_by_page),
        cmocka_unit_test(an_expired_token_goes_on_or_begins_anew),
        cmocka_unit_test(a_list_does_not_begin_anew_for_ever),
        cmocka_unit_test(a_list_fails_with_a_reason),
        cmocka_unit_test(a_list_that_is_cut_off_is_asked_for_again),
        cmocka_unit_test(one_bad_list_does_not_stop_the_others),
        cmocka_unit_test(text_comes_line_by_line),
        cmocka_unit_test(discovers_new_servers_in_two_requests),
        cmocka_unit_test(a_version_that_has_just_gone_is_no_gap),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
