/* config_internal: what the files of config share. Not for others. */
#ifndef TOBAN_KUBE_CONFIG_INTERNAL_H
#define TOBAN_KUBE_CONFIG_INTERNAL_H

#include "kube/config.h"

#define KUBE_ACCOUNT_FOLDER "/var/run/secrets/kubernetes.io/serviceaccount"

struct kube_cluster_entry {
    const char *name;
    struct kube_origin origin;
    const char *server, *tls_server_name, *proxy_url;
    struct kube_blob ca;
    bool insecure, no_compression;
    struct sv exec_config; /* JSON */
};

struct kube_user_entry {
    const char *name;
    struct kube_origin origin;
    struct kube_user user;
    const char *auth_provider; /* name of the legacy login; NULL: none */
};

struct kube_context_entry {
    const char *name;
    struct kube_origin origin;
    const char *cluster, *user, *namespace;
};

/* The account that a pod finds in folder; out keeps text in cfg. -1 when it is not there. */
int kube_config_in_cluster(struct kube_config *cfg, const char *host, const char *port,
                           const char *folder, struct kube_target *out, struct err *err);

#endif
