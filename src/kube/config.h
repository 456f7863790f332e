/*
 * config: which cluster, as whom. Reads kubeconfig files exactly as kubectl does and boils them
 * down to one target: the address, how its certificate is checked, and how to log in.
 *
 * No network and no login here: who turns a login into headers is kube/auth, who talks is
 * kube/client. Nothing of a secret ever gets into a message.
 */
#ifndef TOBAN_KUBE_CONFIG_H
#define TOBAN_KUBE_CONFIG_H

#include "base/arena.h"
#include "base/err.h"
#include "base/str.h"
#include "base/vec.h"

#define KUBE_CONFIG_MAX ((size_t)8 << 20) /* bytes of one kubeconfig, CA or key file */

/* What every command that talks to a cluster takes from its command line. Zeroed: all defaults. */
struct kube_options {
    const char *kubeconfig;      /* --kubeconfig FILE: this file alone; NULL: KUBECONFIG, then
                                    ~/.kube/config, then the account of the pod we run in */
    const char *context;         /* --context NAME; NULL: current-context */
    const char *namespace;       /* --namespace NAME; NULL: that of the context, else "default" */
    const char *request_timeout; /* --request-timeout: "30s", "1m30s", "500ms", "10" (seconds), "0"
                                    (none); NULL: none, but idle connections are always given up */
};

/* A secret or certificate: inline text or a file, else neither. Relative files were resolved
 * against the folder of the kubeconfig that names them. Inline text wins, as for kubectl. */
struct kube_blob {
    struct sv pem;    /* decoded; absent when not inline */
    const char *file; /* NULL when not a file */
};

struct kube_env {
    const char *name, *value;
};

/* A login plugin (client.authentication.k8s.io). */
struct kube_exec {
    const char *api_version;
    const char *command; /* as it is to be run: absolute when it was a path relative to the file */
    const char **args;   /* NULL-terminated */
    size_t arg_count;
    struct kube_env *env;
    size_t env_count;
    const char *install_hint; /* NULL: none */
    bool provide_cluster_info;
    enum { KUBE_EXEC_IF_AVAILABLE, KUBE_EXEC_NEVER, KUBE_EXEC_ALWAYS } interactive;
    struct sv cluster_config; /* JSON of the cluster's extension client.authentication.k8s.io/exec;
                                 absent: none */
};

/* How to log in. Several may be set; client certificates go along with everything else, and of
 * the rest kubectl takes the first of: token file (the token when it cannot be read), token, user
 * and password, plugin. */
struct kube_user {
    struct kube_blob cert, key;
    const char *token; /* secret */
    const char *token_file;
    const char *username, *password; /* password is secret */
    const struct kube_exec *exec;    /* NULL: none */
    const char *as_user, *as_uid;    /* impersonation; NULL: none */
    const char **as_groups;          /* NULL-terminated, or NULL */
    struct kube_env *as_extra;       /* key and value; a key may come several times */
    size_t as_extra_count;
};

/* One cluster and one user, all text owned by the config they came from. */
struct kube_target {
    const char *server; /* "https://host[:port][/path]" without a slash at the end */
    struct kube_blob ca;
    const char *tls_server_name; /* NULL: the host of server */
    const char *proxy_url;       /* NULL: the environment (HTTPS_PROXY, NO_PROXY) decides */
    bool insecure;               /* insecure-skip-tls-verify */
    bool no_compression;
    const char *namespace;                               /* never NULL */
    const char *context_name, *cluster_name, *user_name; /* for messages; never NULL, may be "" */
    const char *source; /* the file that defines the user, for messages; never NULL */
    bool in_cluster;    /* the account of the pod we run in */
    struct kube_user user;
};

/* A place in the text, for messages. */
struct kube_origin {
    const char *file;
    unsigned line;
};

struct kube_cluster_entry;
struct kube_user_entry;
struct kube_context_entry;

/* Merged files. Zeroed memory is an empty config. */
struct kube_config {
    struct arena arena;
    const char *current_context; /* NULL: none named */
    struct kube_origin current_origin;
    VEC(struct kube_cluster_entry *) clusters;
    VEC(struct kube_user_entry *) users;
    VEC(struct kube_context_entry *) contexts;
};

/* Reads the files that options and environment name, and merges them: the first file that defines
 * a name wins, the first current-context wins. With KUBECONFIG a missing file of the list is passed
 * over, as kubectl does; with options->kubeconfig it is an error. options may be NULL.
 * -1: a file that cannot be read, or cannot be understood (ERR_INPUT with file:line). Release cfg
 * in every case. */
int kube_config_load(struct kube_config *cfg, const struct kube_options *options, struct err *err);

/* Adds one file's text, of which nothing is kept. name is its path: relative paths inside count
 * from its folder. -1 as above. No I/O. */
int kube_config_add(struct kube_config *cfg, const char *name, struct sv text, struct err *err);

/* The target of a context (options->context, else current-context, else the in-cluster account).
 * *out lives as long as cfg. -1: no such context, cluster or user, no server, a login that cannot
 * work (ERR_NOT_FOUND, ERR_INPUT; the message names the file and line and the names that exist). */
int kube_config_target(struct kube_config *cfg, const struct kube_options *options,
                       struct kube_target *out, struct err *err);

/* NULL-safe. */
void kube_config_release(struct kube_config *cfg);
#define _cleanup_kube_config_ _cleanup_(kube_config_release)

/* The bytes of a blob: a view on inline text, or the file read into *buf (whose own cap must be
 * above KUBE_CONFIG_MAX: str_init(buf, 0)). An unset blob gives an absent view. -1 when the file
 * cannot be read; what names it in messages ("client key"). */
int kube_blob_read(const struct kube_blob *blob, const char *what, struct str *buf, struct sv *out,
                   struct err *err);

/* "30s", "1m30s", "500ms", "10", "0" as milliseconds. False when it is none of these or above a
 * day. */
bool kube_parse_timeout(const char *text, unsigned *ms);

#endif
