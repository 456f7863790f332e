/*
 * auth: turns the login of a target into what goes along with a request, and renews it in time.
 * Credentials are kept in memory only.
 */
#ifndef TOBAN_KUBE_AUTH_H
#define TOBAN_KUBE_AUTH_H

#include "kube/config.h"

struct kube_auth;

/* target must outlive it. Reads client certificate and key. */
int kube_auth_new(const struct kube_target *target, struct kube_auth **out, struct err *err);
/* NULL-safe; secrets are overwritten. */
void kube_auth_free(struct kube_auth *a);

/* Sees to it that the login is good at unix_now: runs plugins, reads token files, signs. */
int kube_auth_prepare(struct kube_auth *a, int64_t unix_now, struct err *err);

/* The server did not accept it. True when another try with a fresh login makes sense; call
 * kube_auth_prepare again then. */
bool kube_auth_renew(struct kube_auth *a);

/* Header lines to send ("Authorization: …", "Impersonate-User: …"); NULL-terminated, valid until
 * the next prepare. */
const char *const *kube_auth_headers(const struct kube_auth *a);

/* Client certificate and key as PEM; absent: none. generation changes when they do: connections
 * made with older ones must not be used any more. */
struct kube_auth_cert {
    struct sv cert, key;
    unsigned generation;
};
struct kube_auth_cert kube_auth_cert(const struct kube_auth *a);

/* What to do when the server refuses this kind of login; NULL when there is nothing special to say.
 */
const char *kube_auth_refusal_hint(const struct kube_auth *a);

/* When the client certificate is not valid at unix_now: true, and a sentence part such as
 * "client certificate of 'CN=ann' expired at 2020-01-02 00:00 UTC". */
bool kube_auth_cert_trouble(const struct kube_auth *a, int64_t unix_now, char *out, size_t size);

#endif
