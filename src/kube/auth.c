#include "kube/auth.h"

#include "aws/eks.h"
#include "base/base64.h"
#include "base/io.h"
#include "base/proc.h"
#include "base/secret.h"
#include "kube/exec.h"
#include "net/cert_text.h"
#include "net/http.h"

#include <openssl/pem.h>
#include <time.h>

#define TOKEN_FILE_SECONDS 60
#define EXPIRY_MARGIN_SECONDS 10

struct kube_auth {
    const struct kube_target *target;
    struct str cert_file, key_file; /* of the kubeconfig, as read */
    struct sv cert, key;
    unsigned generation;
    struct kube_credential login; /* from a plugin, or the EKS token, or the token file */
    bool have_login;
    int64_t login_until; /* 0: until the server refuses it */
    VEC(char *) headers; /* NULL-terminated */
};

static void forget_headers(struct kube_auth *a)
{
    vec_foreach(line, &a->headers)
        secret_free(line);
    a->headers.len = 0;
}

void kube_auth_free(struct kube_auth *a)
{
    if (!a)
        return;
    forget_headers(a);
    vec_release(&a->headers);
    kube_credential_release(&a->login);
    str_release(&a->cert_file);
    secret_str_release(&a->key_file);
    free(a);
}

int kube_auth_new(const struct kube_target *target, struct kube_auth **out, struct err *err)
{
    const struct kube_user *user = &target->user;
    *out = NULL;
    struct kube_auth *a = calloc(1, sizeof *a);
    if (!a)
        return err_nomem(err, "login");
    a->target = target;
    str_init(&a->cert_file, 0);
    str_init(&a->key_file, 0);
    if (kube_blob_read(&user->cert, "client certificate", &a->cert_file, &a->cert, err) ||
        kube_blob_read(&user->key, "client key", &a->key_file, &a->key, err) ||
        !vec_push(&a->headers, NULL)) {
        kube_auth_free(a);
        return -1;
    }
    *out = a;
    return 0;
}

/* --- headers ------------------------------------------------------------------------------ */

static bool is_sendable(const char *text)
{
    for (; *text; text++)
        if ((unsigned char)*text < 0x20 || *text == 0x7f)
            return false;
    return true;
}

static int add_header(struct kube_auth *a, const char *name, const char *value, const char *what,
                      struct err *err)
{
    char *line = NULL;
    if (!is_sendable(value))
        return err_set(err, ERR_INPUT, "%s of user '%s' holds a line break or control character",
                       what, a->target->user_name);
    if (asprintf(&line, "%s: %s", name, value) < 0)
        return err_nomem(err, "login");
    if (vec_push(&a->headers, line))
        return 0;
    free(line);
    return err_nomem(err, "login");
}

static int add_prefixed(struct kube_auth *a, const char *prefix, const char *secret,
                        const char *what, struct err *err)
{
    _cleanup_secret_ char *value = NULL;
    if (asprintf(&value, "%s %s", prefix, secret) < 0)
        return err_nomem(err, "login");
    return add_header(a, "Authorization", value, what, err);
}

static int add_basic(struct kube_auth *a, struct err *err)
{
    const struct kube_user *u = &a->target->user;
    _cleanup_secret_ char *pair = NULL;
    _cleanup_secret_str_ struct str text = {0};
    str_init(&text, 0);
    if (asprintf(&pair, "%s:%s", u->username, u->password ? u->password : "") < 0)
        return err_nomem(err, "login");
    base64_encode(sv_of(pair), &text);
    return str_ok(&text) ? add_prefixed(a, "Basic", str_c(&text), "password", err)
                         : err_nomem(err, "login");
}

static int add_impersonation(struct kube_auth *a, struct err *err)
{
    const struct kube_user *u = &a->target->user;
    if (u->as_user && add_header(a, "Impersonate-User", u->as_user, "as", err))
        return -1;
    if (u->as_uid && add_header(a, "Impersonate-Uid", u->as_uid, "as-uid", err))
        return -1;
    for (const char **g = u->as_groups; g && *g; g++)
        if (add_header(a, "Impersonate-Group", *g, "as-groups", err))
            return -1;
    for (size_t i = 0; i < u->as_extra_count; i++) {
        _cleanup_str_ struct str name = {0};
        str_init(&name, 4096);
        str_adds(&name, "Impersonate-Extra-");
        http_escape(&name, sv_of(u->as_extra[i].name), "");
        if (add_header(a, str_c(&name), u->as_extra[i].value, "as-user-extra", err))
            return -1;
    }
    return 0;
}

static int build_headers(struct kube_auth *a, struct err *err)
{
    const struct kube_user *u = &a->target->user;
    int result = 0;
    forget_headers(a);
    if (a->login.token)
        result = add_prefixed(a, "Bearer", a->login.token, "token", err);
    else if (u->token)
        result = add_prefixed(a, "Bearer", u->token, "token", err);
    else if (u->username)
        result = add_basic(a, err);
    if (result == 0)
        result = add_impersonation(a, err);
    if (!vec_push(&a->headers, NULL))
        return err_nomem(err, "login");
    return result;
}

/* --- ways in ------------------------------------------------------------------------------ */

static int read_token_file(struct kube_auth *a, int64_t now, struct err *err)
{
    const struct kube_user *u = &a->target->user;
    _cleanup_secret_str_ struct str text = {0};
    str_init(&text, 0);
    kube_credential_release(&a->login);
    if (io_read_file(u->token_file, 1 << 20, &text, err)) {
        if (u->token)
            return 0;
        return err_wrap(err, "token file of user '%s'", a->target->user_name);
    }
    struct sv token = sv_trim(str_sv(&text));
    if (token.len == 0)
        return err_set(err, ERR_INPUT, "token file %s is empty", u->token_file);
    a->login.token = strndup(token.ptr, token.len);
    a->login_until = now + TOKEN_FILE_SECONDS;
    return a->login.token ? 0 : err_nomem(err, "login");
}

static const char **env_texts(const struct kube_exec *exec)
{
    const char **texts = calloc(exec->env_count + 1, sizeof *texts);
    for (size_t i = 0; texts && i < exec->env_count; i++) {
        char *text = NULL;
        if (asprintf(&text, "%s=%s", exec->env[i].name, exec->env[i].value) < 0)
            break;
        texts[i] = text;
    }
    return texts;
}

static void env_texts_free(const char **texts)
{
    for (const char **t = texts; t && *t; t++)
        free((char *)*t);
    free(texts);
}

/* The EKS login without its plugin. */
static int sign_in_to_eks(struct kube_auth *a, const struct aws_eks_login *eks, int64_t now,
                          struct err *err)
{
    const struct kube_exec *exec = a->target->user.exec;
    _cleanup_str_ struct str token = {0};
    str_init(&token, 1 << 20);
    const char **texts = env_texts(exec);
    if (!texts)
        return err_nomem(err, "login");
    const struct aws_env env = {texts, exec->env_count};
    int result = aws_eks_login_token(eks, &env, now, &token, err);
    env_texts_free(texts);
    if (result)
        return err_wrap(err, "login of user '%s' to EKS cluster '%s'", a->target->user_name,
                        eks->cluster);
    kube_credential_release(&a->login);
    a->login.token = str_steal(&token);
    a->login_until = now + AWS_EKS_TOKEN_SECONDS;
    return a->login.token ? 0 : err_nomem(err, "login");
}

static int run_plugin(struct kube_auth *a, struct err *err)
{
    struct kube_credential fresh;
    if (kube_exec_run(a->target, &fresh, err))
        return -1;
    bool same_cert = (!fresh.cert && !a->login.cert) ||
                     (fresh.cert && a->login.cert && strcmp(fresh.cert, a->login.cert) == 0);
    kube_credential_release(&a->login);
    a->login = fresh;
    a->login_until = fresh.expires ? fresh.expires - EXPIRY_MARGIN_SECONDS : 0;
    if (!same_cert)
        a->generation++;
    return 0;
}

static bool has_program(const char *command)
{
    char path[PATH_MAX];
    return strchr(command, '/') ? access(command, X_OK) == 0 : proc_find(command, path);
}

static int log_in_by_exec(struct kube_auth *a, int64_t now, struct err *err)
{
    const struct kube_exec *exec = a->target->user.exec;
    struct aws_eks_login eks;
    struct err native = {0};
    if (!aws_eks_login_parse(exec->command, exec->args, &eks))
        return run_plugin(a, err);
    if (sign_in_to_eks(a, &eks, now, &native) == 0)
        return 0;
    /* The plugin knows more ways to come by AWS credentials than we do. */
    if (has_program(exec->command))
        return run_plugin(a, err);
    if (err)
        *err = native;
    return -1;
}

int kube_auth_prepare(struct kube_auth *a, int64_t unix_now, struct err *err)
{
    const struct kube_user *u = &a->target->user;
    bool fresh = a->have_login && (a->login_until == 0 || unix_now < a->login_until);
    int result = 0;
    if (fresh)
        return 0;
    if (u->token_file)
        result = read_token_file(a, unix_now, err);
    else if (!u->token && !u->username && u->exec)
        result = log_in_by_exec(a, unix_now, err);
    if (result || build_headers(a, err))
        return -1;
    a->have_login = true;
    return 0;
}

bool kube_auth_renew(struct kube_auth *a)
{
    const struct kube_user *u = &a->target->user;
    a->have_login = false;
    return u->token_file || (!u->token && !u->username && u->exec);
}

const char *const *kube_auth_headers(const struct kube_auth *a)
{
    return (const char *const *)a->headers.items;
}

const char *kube_auth_refusal_hint(const struct kube_auth *a)
{
    const struct kube_exec *exec = a->target->user.exec;
    struct aws_eks_login eks;
    if (!exec || !aws_eks_login_parse(exec->command, exec->args, &eks))
        return NULL;
    return "the cluster must know this AWS identity (an access entry, or aws-auth): "
           "aws sts get-caller-identity";
}

/* --- certificates ------------------------------------------------------------------------- */

struct kube_auth_cert kube_auth_cert(const struct kube_auth *a)
{
    if (a->login.cert)
        return (struct kube_auth_cert){sv_of(a->login.cert), sv_of(a->login.key), a->generation};
    return (struct kube_auth_cert){a->cert, a->key, a->generation};
}

bool kube_auth_cert_trouble(const struct kube_auth *a, int64_t unix_now, char *out, size_t size)
{
    struct sv pem = kube_auth_cert(a).cert;
    BIO *bio = pem.len ? BIO_new_mem_buf(pem.ptr, (int)pem.len) : NULL;
    X509 *cert = bio ? PEM_read_bio_X509(bio, NULL, NULL, NULL) : NULL;
    time_t now = (time_t)unix_now;
    bool trouble = false;
    if (cert) {
        bool ended = X509_cmp_time(X509_get0_notAfter(cert), &now) < 0;
        bool early = X509_cmp_time(X509_get0_notBefore(cert), &now) > 0;
        char date[CERT_DATE_MAX];
        char subject[160] = "";
        cert_date_text(ended ? X509_get0_notAfter(cert) : X509_get0_notBefore(cert), date);
        cert_name_text(X509_get_subject_name(cert), subject, sizeof subject);
        trouble = ended || early;
        if (trouble)
            snprintf(out, size, "client certificate of '%s' %s %s", subject,
                     ended ? "expired at" : "is not valid before", date);
    }
    X509_free(cert);
    BIO_free(bio);
    return trouble;
}
