#include "kube/exec.h"

#include "base/base64.h"
#include "base/jsonw.h"
#include "base/proc.h"
#include "base/secret.h"
#include "base/timestamp.h"
#include "base/vec.h"
#include "doc/doc.h"

#define QUIET_TIMEOUT_MS 60000u
#define INTERACTIVE_TIMEOUT_MS 300000u

void kube_credential_release(struct kube_credential *c)
{
    if (!c)
        return;
    secret_free(&c->token);
    secret_free(&c->cert);
    secret_free(&c->key);
    c->expires = 0;
}

/* --- answer ------------------------------------------------------------------------------- */

static bool take_text(const struct doc_node *map, const char *key, char **out)
{
    struct sv text = doc_get_string(map, key);
    if (text.len == 0 || memchr(text.ptr, '\0', text.len))
        return true;
    *out = strndup(text.ptr, text.len);
    return *out != NULL;
}

static int check_answer(const struct doc_node *root, const char *api_version, struct err *err)
{
    struct sv kind = doc_get_string(root, "kind");
    struct sv version = doc_get_string(root, "apiVersion");
    if (!sv_is(kind, "ExecCredential"))
        return err_set(err, ERR_INPUT, "expected kind ExecCredential, found '%.*s'", SV_ARG(kind));
    if (!sv_is(version, api_version)) {
        err_set(err, ERR_INPUT, "expected apiVersion %s, found '%.*s'", api_version,
                SV_ARG(version));
        return err_hint(err, "write the same version into the kubeconfig: %.*s", SV_ARG(version));
    }
    return 0;
}

int kube_exec_parse(struct sv text, const char *api_version, struct kube_credential *out,
                    struct err *err)
{
    _cleanup_doc_ struct doc_file doc = {0};
    *out = (struct kube_credential){0};
    if (doc_parse_json(&doc, "answer", text, NULL, err))
        return -1;
    const struct doc_node *root = doc.part_count ? doc.parts[0].root : NULL;
    const struct doc_node *status = doc_get(root, "status");
    struct sv expires = doc_get_string(status, "expirationTimestamp");
    if (check_answer(root, api_version, err))
        return -1;
    if (expires.len && !timestamp_parse(expires, &out->expires))
        return err_set(err, ERR_INPUT, "expirationTimestamp '%.*s' is no RFC 3339 time",
                       SV_ARG(expires));
    if (!take_text(status, "token", &out->token) ||
        !take_text(status, "clientCertificateData", &out->cert) ||
        !take_text(status, "clientKeyData", &out->key)) {
        kube_credential_release(out);
        return err_nomem(err, "login");
    }
    bool whole = (out->token || out->cert) && (out->cert != NULL) == (out->key != NULL);
    if (whole)
        return 0;
    bool half = out->cert || out->key;
    kube_credential_release(out);
    return err_set(err, ERR_INPUT,
                   half ? "a client certificate and its key must come together"
                        : "it holds neither a token nor a client certificate");
}

/* --- question ----------------------------------------------------------------------------- */

static int add_authority(const struct kube_target *target, struct jsonw *w, struct err *err)
{
    _cleanup_str_ struct str buf = {0};
    struct sv pem;
    str_init(&buf, 0);
    if (kube_blob_read(&target->ca, "certificate authority", &buf, &pem, err))
        return -1;
    if (!pem.len)
        return 0;
    _cleanup_str_ struct str text = {0};
    str_init(&text, 0);
    base64_encode(pem, &text);
    jsonw_kv_sv(w, "certificate-authority-data", str_sv(&text));
    return str_ok(&text) ? 0 : err_nomem(err, "login");
}

static int add_cluster(const struct kube_target *target, struct jsonw *w, struct err *err)
{
    jsonw_key(w, "cluster");
    jsonw_object(w);
    jsonw_kv_str(w, "server", target->server);
    if (target->tls_server_name)
        jsonw_kv_str(w, "tls-server-name", target->tls_server_name);
    if (target->insecure)
        jsonw_kv_bool(w, "insecure-skip-tls-verify", true);
    if (add_authority(target, w, err))
        return -1;
    if (target->proxy_url)
        jsonw_kv_str(w, "proxy-url", target->proxy_url);
    if (target->no_compression)
        jsonw_kv_bool(w, "disable-compression", true);
    if (target->user.exec->cluster_config.ptr) {
        jsonw_key(w, "config");
        jsonw_raw(w, target->user.exec->cluster_config);
    }
    jsonw_object_end(w);
    return 0;
}

int kube_exec_info(const struct kube_target *target, bool interactive, struct str *out,
                   struct err *err)
{
    struct jsonw w;
    jsonw_init(&w, out, 0);
    jsonw_object(&w);
    jsonw_kv_str(&w, "kind", "ExecCredential");
    jsonw_kv_str(&w, "apiVersion", target->user.exec->api_version);
    jsonw_key(&w, "spec");
    jsonw_object(&w);
    if (target->user.exec->provide_cluster_info && add_cluster(target, &w, err))
        return -1;
    jsonw_kv_bool(&w, "interactive", interactive);
    jsonw_object_end(&w);
    jsonw_object_end(&w);
    return str_ok(out) ? 0 : err_nomem(err, "login");
}

/* --- running ------------------------------------------------------------------------------ */

struct run {
    VEC(const char *) argv;
    VEC(const char *) env;
    VEC(char *) owned;
};

static void run_release(struct run *r)
{
    vec_foreach(text, &r->owned)
        free(*text);
    vec_release(&r->owned);
    vec_release(&r->argv);
    vec_release(&r->env);
}

static bool add_env(struct run *r, const char *name, const char *value)
{
    char *text = NULL;
    if (asprintf(&text, "%s=%s", name, value) < 0)
        return false;
    if (!vec_push(&r->owned, text)) {
        free(text);
        return false;
    }
    return vec_push(&r->env, text);
}

static bool run_prepare(struct run *r, const struct kube_exec *exec, const char *info)
{
    bool ok = vec_push(&r->argv, exec->command);
    for (size_t i = 0; i < exec->arg_count; i++)
        ok = vec_push(&r->argv, exec->args[i]) && ok;
    for (size_t i = 0; i < exec->env_count; i++)
        ok = add_env(r, exec->env[i].name, exec->env[i].value) && ok;
    return ok && add_env(r, "KUBERNETES_EXEC_INFO", info) && vec_push(&r->argv, NULL) &&
           vec_push(&r->env, NULL);
}

static int explain_start(const struct kube_exec *exec, struct err *err)
{
    if (err && err->class == ERR_NOT_FOUND && exec->install_hint)
        err_hint(err, "%s", exec->install_hint);
    else if (err && err->class == ERR_NOT_FOUND)
        err_hint(err, "install it, or log in another way: kubectl config view --minify");
    return -1;
}

static int run_plugin(const struct kube_exec *exec, const struct run *r, bool interactive,
                      struct kube_credential *out, struct err *err)
{
    const struct proc_spec spec = {.argv = r->argv.items,
                                   .env_add = r->env.items,
                                   .interactive = interactive,
                                   .out_max = KUBE_EXEC_ANSWER_MAX,
                                   .timeout_ms =
                                       interactive ? INTERACTIVE_TIMEOUT_MS : QUIET_TIMEOUT_MS};
    _cleanup_proc_ struct proc_result result = {0};
    int status = proc_run(&spec, &result, err);
    if (status) {
        explain_start(exec, err);
    } else if (result.exit_code) {
        struct sv words = proc_last_words(&result);
        err_set(err, ERR_DENIED, "it ended with code %d%s%.*s", result.exit_code,
                words.len ? ": " : "", (int)(words.len < 400 ? words.len : 400),
                words.len ? words.ptr : "");
        err_hint(err, "run it by hand to see why: %s", exec->command);
        status = -1;
    } else {
        status = kube_exec_parse(str_sv(&result.out), exec->api_version, out, err);
    }
    secret_str_release(&result.out);
    return status;
}

int kube_exec_run(const struct kube_target *target, struct kube_credential *out, struct err *err)
{
    const struct kube_exec *exec = target->user.exec;
    bool interactive = exec->interactive != KUBE_EXEC_NEVER && isatty(STDIN_FILENO);
    _cleanup_(run_release) struct run r = {0};
    _cleanup_str_ struct str info = {0};
    *out = (struct kube_credential){0};
    str_init(&info, KUBE_CONFIG_MAX);
    if (exec->interactive == KUBE_EXEC_ALWAYS && !interactive) {
        err_set(err, ERR_DENIED,
                "login plugin '%s' of user '%s' must ask a person, but there is no "
                "terminal",
                exec->command, target->user_name);
        return err_hint(err, "run toban in a terminal, or use a login without questions");
    }
    if (kube_exec_info(target, interactive, &info, err))
        return -1;
    if (!run_prepare(&r, exec, str_c(&info)))
        return err_nomem(err, "login");
    if (run_plugin(exec, &r, interactive, out, err) == 0)
        return 0;
    return err_wrap(err, "login plugin '%s' of user '%s'", exec->command, target->user_name);
}
