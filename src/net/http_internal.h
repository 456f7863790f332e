/* http_internal: what the files of the HTTP client share. Not for others. */
#ifndef TOBAN_NET_HTTP_INTERNAL_H
#define TOBAN_NET_HTTP_INTERNAL_H

#include "net/cert_text.h"
#include "net/curl_api.h"
#include "net/http.h"

/* What the server's certificate looked like when it was last verified. */
struct http_peer {
    long verify_error; /* X509_V_ERR_…; 0: fine */
    char subject[160]; /* of the certificate that was refused, else of the server's own */
    char issuer[160];
    char names[200]; /* DNS names and addresses of the server's own */
    char not_before[CERT_DATE_MAX], not_after[CERT_DATE_MAX];
};

struct http_client {
    struct curl_api api;
    CURLM *multi;
    struct http_transfer *transfers; /* all, linked by next */
    struct str ca, cert, key;
    char *server_name, *proxy, *user_agent;
    struct http_peer peer;
    struct http_config config; /* the plain values only */
    unsigned gather_ms;
};

struct http_transfer {
    struct http_transfer *next;
    struct http_client *client;
    const struct http_request *request;
    struct http_response *response;
    void *tag;
    CURL *easy;
    struct curl_slist *headers, *connect_to;
    struct str url, host_header;
    size_t max, received;
    uint64_t last_active_ms;
    curl_off_t last_bytes;
    unsigned idle_ms, full_idle_ms; /* the second from the head of the answer on */
    bool ended, too_large, stopped, idle, begun, died;
    CURLcode code;
    char text[CURL_ERROR_SIZE];
};

/* Has the certificates of the server noted in c->peer while they are verified;
 * CURLOPT_SSL_CTX_FUNCTION with the client as data. */
CURLcode http_tls_observe(CURL *easy, void *ssl_ctx, void *client);

/* Outcome, class and words of an ended transfer. No effect on *err when all is well. */
void http_explain(struct http_transfer *t, struct err *err);

#endif
