/*
 * exec: login plugins: what they are told and what they answer. No cache here (kube/auth has it).
 */
#ifndef TOBAN_KUBE_EXEC_H
#define TOBAN_KUBE_EXEC_H

#include "base/err.h"
#include "base/str.h"
#include "kube/config.h"

#define KUBE_EXEC_ANSWER_MAX ((size_t)1 << 20)

/* Zeroed memory is empty. All secret. */
struct kube_credential {
    char *token;      /* NULL: none */
    char *cert, *key; /* PEM; NULL: none */
    int64_t expires;  /* Unix seconds; 0: not before the server says so */
};
/* Overwrites and frees. NULL-safe. */
void kube_credential_release(struct kube_credential *c);
#define _cleanup_kube_credential_ _cleanup_(kube_credential_release)

/* Runs the plugin of target and takes its answer. ERR_NOT_FOUND when the program is not there, with
 * the install hint of the kubeconfig. */
int kube_exec_run(const struct kube_target *target, struct kube_credential *out, struct err *err);

/* Reads an ExecCredential. No I/O. */
int kube_exec_parse(struct sv text, const char *api_version, struct kube_credential *out,
                    struct err *err);

/* Appends what the plugin gets as KUBERNETES_EXEC_INFO. */
int kube_exec_info(const struct kube_target *target, bool interactive, struct str *out,
                   struct err *err);

#endif
