#include "kube/config_internal.h"

#include "base/io.h"
#include "base/secret.h"

void kube_config_release(struct kube_config *cfg)
{
    if (!cfg)
        return;
    arena_release(&cfg->arena);
    vec_release(&cfg->clusters);
    vec_release(&cfg->users);
    vec_release(&cfg->contexts);
    *cfg = (struct kube_config){0};
}

/* --- files -------------------------------------------------------------------------------- */

static int add_file(struct kube_config *cfg, const char *path, bool must_exist, struct err *err)
{
    _cleanup_secret_str_ struct str text = {0};
    struct err missing = {0};
    str_init(&text, 0);
    if (io_read_file(path, KUBE_CONFIG_MAX, &text, &missing)) {
        if (missing.class == ERR_NOT_FOUND && !must_exist)
            return 0;
        if (err)
            *err = missing;
        return err_wrap(err, "kubeconfig");
    }
    return kube_config_add(cfg, path, str_sv(&text), err);
}

static int add_list(struct kube_config *cfg, const char *list, struct err *err)
{
    struct sv rest = sv_of(list);
    while (rest.ptr) {
        struct sv entry = sv_split(&rest, ':');
        if (entry.len == 0)
            continue;
        _cleanup_free_ char *path = strndup(entry.ptr, entry.len);
        if (!path)
            return err_nomem(err, "kubeconfig");
        if (add_file(cfg, path, false, err))
            return -1;
    }
    return 0;
}

int kube_config_load(struct kube_config *cfg, const struct kube_options *options, struct err *err)
{
    *cfg = (struct kube_config){0};
    const char *list = getenv("KUBECONFIG");
    const char *home = getenv("HOME");
    if (options && options->kubeconfig)
        return add_file(cfg, options->kubeconfig, true, err);
    if (list && *list)
        return add_list(cfg, list, err);
    _cleanup_free_ char *path = NULL;
    if (asprintf(&path, "%s/.kube/config", home ? home : "") < 0)
        return err_nomem(err, "kubeconfig");
    return add_file(cfg, path, false, err);
}

/* --- target ------------------------------------------------------------------------------- */

static void *find_by_name(void *const *entries, size_t count, const char *name)
{
    for (size_t i = 0; i < count; i++)
        if (strcmp(*(const char *const *)entries[i], name) == 0)
            return entries[i];
    return NULL;
}

#define FIND(list, wanted) find_by_name((void *const *)(list).items, (list).len, (wanted))

/* "; there are: a, b, c", as far as a message has room. */
static void add_names(struct str *out, void *const *entries, size_t count)
{
    for (size_t i = 0; i < count && out->len < 300; i++)
        str_addf(out, "%s%s", i ? ", " : "; there are: ", *(const char *const *)entries[i]);
}

static int no_context(const struct kube_config *cfg, const char *name, struct err *err)
{
    _cleanup_str_ struct str names = {0};
    str_init(&names, 0);
    add_names(&names, (void *const *)cfg->contexts.items, cfg->contexts.len);
    if (name && cfg->current_context == name)
        err_set(err, ERR_NOT_FOUND,
                "%s:%u: current-context is '%s', but there is no such context%s",
                cfg->current_origin.file, cfg->current_origin.line, name, str_c(&names));
    else if (name)
        err_set(err, ERR_NOT_FOUND, "there is no context '%s' in the kubeconfig%s", name,
                str_c(&names));
    else if (cfg->contexts.len)
        err_set(err, ERR_NOT_FOUND, "no current-context in the kubeconfig%s", str_c(&names));
    else
        err_set(err, ERR_NOT_FOUND,
                "no cluster is configured: neither --kubeconfig, KUBECONFIG nor "
                "~/.kube/config has one");
    if (cfg->contexts.len)
        return err_hint(err, "name one with --context, or: kubectl config use-context NAME");
    return err_hint(err, "for EKS: aws eks update-kubeconfig --name CLUSTER");
}

static bool names_a_login(const struct kube_user *u)
{
    return u->token || u->token_file || u->exec || u->username || u->cert.file || u->cert.pem.ptr;
}

static int take_cluster(struct kube_config *cfg, const struct kube_cluster_entry *e,
                        struct kube_target *out, struct err *err)
{
    bool has_ca = e->ca.file || e->ca.pem.ptr;
    if (!e->server)
        return err_set(err, ERR_INPUT, "%s:%u: cluster '%s' has no server", e->origin.file,
                       e->origin.line, e->name);
    if (e->insecure && has_ca)
        return err_set(err, ERR_INPUT,
                       "%s:%u: cluster '%s' has both a certificate authority and "
                       "insecure-skip-tls-verify",
                       e->origin.file, e->origin.line, e->name);
    size_t n = strlen(e->server);
    while (n && e->server[n - 1] == '/')
        n--;
    bool tls = has_ca || e->insecure || out->user.cert.file || out->user.cert.pem.ptr;
    const char *scheme = strstr(e->server, "://") ? "" : tls ? "https://" : "http://";
    out->server = arena_fmt(&cfg->arena, "%s%.*s", scheme, (int)n, e->server);
    if (!out->server)
        return err_nomem(err, "kubeconfig");
    if (strncmp(out->server, "https://", 8) != 0 && strncmp(out->server, "http://", 7) != 0)
        return err_set(err, ERR_INPUT, "%s:%u: cluster '%s': server is no http or https address",
                       e->origin.file, e->origin.line, e->name);
    out->ca = e->ca;
    out->tls_server_name = e->tls_server_name;
    out->proxy_url = e->proxy_url;
    out->insecure = e->insecure;
    out->no_compression = e->no_compression;
    out->cluster_name = e->name;
    return 0;
}

static int take_user(struct kube_config *cfg, const struct kube_user_entry *e,
                     const struct kube_cluster_entry *cluster, struct kube_target *out,
                     struct err *err)
{
    const struct kube_user *u = &e->user;
    bool has_cert = u->cert.file || u->cert.pem.ptr;
    bool has_key = u->key.file || u->key.pem.ptr;
    if (has_cert != has_key)
        return err_set(err, ERR_INPUT, "%s:%u: user '%s' has a client %s but no client %s",
                       e->origin.file, e->origin.line, e->name, has_cert ? "certificate" : "key",
                       has_cert ? "key" : "certificate");
    if (e->auth_provider && !names_a_login(u)) {
        err_set(err, ERR_INPUT,
                "%s:%u: user '%s' logs in by auth-provider '%s', which Kubernetes removed in 1.26",
                e->origin.file, e->origin.line, e->name, e->auth_provider);
        return err_hint(err, "replace it by a login plugin (exec) of the provider");
    }
    out->user = *u;
    if (u->exec && cluster->exec_config.ptr) {
        struct kube_exec *exec = arena_new(&cfg->arena, struct kube_exec);
        if (!exec)
            return err_nomem(err, "kubeconfig");
        *exec = *u->exec;
        exec->cluster_config = cluster->exec_config;
        out->user.exec = exec;
    }
    out->user_name = e->name;
    out->source = e->origin.file;
    return 0;
}

static int missing_part(const struct kube_context_entry *e, const char *what, const char *name,
                        struct err *err)
{
    if (!name)
        return err_set(err, ERR_INPUT, "%s:%u: context '%s' names no %s", e->origin.file,
                       e->origin.line, e->name, what);
    err_set(err, ERR_NOT_FOUND, "%s:%u: context '%s' names %s '%s', which is not there",
            e->origin.file, e->origin.line, e->name, what, name);
    return err_hint(err, "see what is there: kubectl config view");
}

static int from_context(struct kube_config *cfg, const struct kube_context_entry *e,
                        struct kube_target *out, struct err *err)
{
    const struct kube_cluster_entry *cluster = e->cluster ? FIND(cfg->clusters, e->cluster) : NULL;
    const struct kube_user_entry *user = e->user ? FIND(cfg->users, e->user) : NULL;
    out->context_name = e->name;
    out->source = e->origin.file;
    if (e->namespace)
        out->namespace = e->namespace;
    if (!cluster)
        return missing_part(e, "cluster", e->cluster, err);
    /* A context without a user is an anonymous one. */
    if (e->user && !user)
        return missing_part(e, "user", e->user, err);
    if (user && take_user(cfg, user, cluster, out, err))
        return -1;
    return take_cluster(cfg, cluster, out, err);
}

int kube_config_in_cluster(struct kube_config *cfg, const char *host, const char *port,
                           const char *folder, struct kube_target *out, struct err *err)
{
    _cleanup_str_ struct str ns = {0};
    str_init(&ns, 0);
    bool v6 = strchr(host, ':') != NULL;
    out->server = arena_fmt(&cfg->arena, "https://%s%s%s:%s", v6 ? "[" : "", host, v6 ? "]" : "",
                            port ? port : "443");
    out->ca.file = arena_fmt(&cfg->arena, "%s/ca.crt", folder);
    out->user.token_file = arena_fmt(&cfg->arena, "%s/token", folder);
    char *ns_file = arena_fmt(&cfg->arena, "%s/namespace", folder);
    out->source = arena_dup(&cfg->arena, sv_of(folder));
    if (!out->server || !out->ca.file || !out->user.token_file || !ns_file || !out->source)
        return err_nomem(err, "in-cluster account");
    if (access(out->user.token_file, R_OK) != 0) {
        err_set(err, ERR_NOT_FOUND, "this pod has no account: %s cannot be read",
                out->user.token_file);
        return err_hint(err, "set automountServiceAccountToken: true for the pod");
    }
    if (io_read_file(ns_file, 4096, &ns, NULL) == 0 && sv_trim(str_sv(&ns)).len)
        out->namespace = arena_dup(&cfg->arena, sv_trim(str_sv(&ns)));
    out->context_name = out->cluster_name = "in-cluster";
    out->user_name = "service account";
    out->in_cluster = true;
    return out->namespace ? 0 : err_nomem(err, "in-cluster account");
}

int kube_config_target(struct kube_config *cfg, const struct kube_options *options,
                       struct kube_target *out, struct err *err)
{
    const char *host = getenv("KUBERNETES_SERVICE_HOST");
    const char *name = options && options->context ? options->context : cfg->current_context;
    *out = (struct kube_target){.namespace = "default",
                                .context_name = "",
                                .cluster_name = "",
                                .user_name = "",
                                .source = ""};
    const struct kube_context_entry *context = name ? FIND(cfg->contexts, name) : NULL;
    int result;
    if (context)
        result = from_context(cfg, context, out, err);
    else if (!name && cfg->contexts.len == 0 && host && *host)
        result = kube_config_in_cluster(cfg, host, getenv("KUBERNETES_SERVICE_PORT"),
                                        KUBE_ACCOUNT_FOLDER, out, err);
    else
        result = no_context(cfg, name, err);
    if (result == 0 && options && options->namespace)
        out->namespace = options->namespace;
    return result;
}

/* --- small ones --------------------------------------------------------------------------- */

int kube_blob_read(const struct kube_blob *blob, const char *what, struct str *buf, struct sv *out,
                   struct err *err)
{
    *out = blob->pem;
    if (blob->pem.ptr || !blob->file)
        return 0;
    if (io_read_file(blob->file, KUBE_CONFIG_MAX, buf, err))
        return err_wrap(err, "%s", what);
    *out = str_sv(buf);
    return 0;
}

static unsigned unit_ms(struct sv unit)
{
    return sv_is(unit, "ms")  ? 1
           : sv_is(unit, "s") ? 1000
           : sv_is(unit, "m") ? 60000
           : sv_is(unit, "h") ? 3600000
                              : 0;
}

bool kube_parse_timeout(const char *text, unsigned *ms)
{
    const uint64_t day = 86400000;
    struct sv rest = sv_of(text);
    uint64_t total = 0;
    uint64_t n;
    if (sv_to_u64(rest, &n)) {
        *ms = (unsigned)(n * 1000);
        return n <= day / 1000;
    }
    while (rest.len) {
        size_t digits = strspn(rest.ptr, "0123456789");
        size_t letters = strspn(rest.ptr + digits, "hms");
        unsigned unit = unit_ms(sv_n(rest.ptr + digits, letters));
        if (!unit || !sv_to_u64(sv_n(rest.ptr, digits), &n) || n > day / unit)
            return false;
        total += n * unit;
        rest = sv_n(rest.ptr + digits + letters, rest.len - digits - letters);
    }
    if (!text[0] || total > day)
        return false;
    *ms = (unsigned)total;
    return true;
}
