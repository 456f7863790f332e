/*
 * curl_api: libcurl, loaded when the first request is made and not before. Linking it costs every
 * start of the program about 5 ms (it brings some thirty libraries along), more than all else that
 * commands without a network do. Nothing else in toban may link or call libcurl.
 */
#ifndef TOBAN_NET_CURL_API_H
#define TOBAN_NET_CURL_API_H

#include "base/err.h"

#define CURL_DISABLE_TYPECHECK
#include <curl/curl.h>

/* Which functions are taken; the member easy_init is curl_easy_init, and so on. */
#define CURL_API_EACH(X)                                                                           \
    X(global_init)                                                                                 \
    X(global_cleanup)                                                                              \
    X(version_info)                                                                                \
    X(easy_init)                                                                                   \
    X(easy_cleanup)                                                                                \
    X(easy_setopt)                                                                                 \
    X(easy_getinfo)                                                                                \
    X(easy_strerror)                                                                               \
    X(slist_append)                                                                                \
    X(slist_free_all)                                                                              \
    X(multi_init)                                                                                  \
    X(multi_cleanup)                                                                               \
    X(multi_setopt)                                                                                \
    X(multi_add_handle)                                                                            \
    X(multi_remove_handle)                                                                         \
    X(multi_perform)                                                                               \
    X(multi_poll)                                                                                  \
    X(multi_info_read)

#define CURL_API_MEMBER(name) __typeof__(curl_##name) *name;

struct curl_api {
    void *library; /* NULL: not loaded */
    CURL_API_EACH(CURL_API_MEMBER)
    /* Of the TLS library beneath; NULL when it is not OpenSSL. */
    struct x509_store_st *(*ssl_ctx_cert_store)(const void *ssl_ctx);
    unsigned version; /* 0x075801 for 7.88.1 */
};

/* Loads and prepares it. May be called often and from several threads, each with a table of its
 * own. -1 with err when the library is missing or too old. */
int curl_api_load(struct curl_api *api, struct err *err);

/* NULL-safe, and safe on zeroed memory. */
void curl_api_release(struct curl_api *api);

/* Whether HTTP/2 may be used: 7.88 loses the end of replies when streams share a connection; from
 * 8.5.0 on it was never seen. */
bool curl_api_http2(const struct curl_api *api);

#endif
