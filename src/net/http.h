/*
 * http: requests over HTTP and HTTPS, several at a time on one thread, over a pool of connections.
 *
 * Redirects are not followed (a login must not travel), cookies are not kept, TLS is verified
 * unless told otherwise. Every transfer has an idle limit and a size limit. No retries (net/retry
 * decides, the caller acts), no meaning of what is transferred. Messages name scheme, host and
 * port, never path, query or header: those may hold secrets.
 */
#ifndef TOBAN_NET_HTTP_H
#define TOBAN_NET_HTTP_H

#include "base/err.h"
#include "base/str.h"

#define HTTP_BODY_MAX ((size_t)64 << 20) /* of a collected body when the request names no cap */
#define HTTP_HEADERS_MAX ((size_t)256 << 10)

struct http_client;
struct http_transfer;

/* PEM text; inline text wins over the file. */
struct http_pem {
    struct sv text;
    const char *file;
};

/* Zeroed: the defaults in brackets. Copied by http_client_new. */
struct http_config {
    struct http_pem ca;        /* [those of the system] */
    struct http_pem cert, key; /* of the client [none] */
    const char *server_name;   /* name in SNI and in the certificate [the host of the URL] */
    bool insecure;             /* do not verify TLS */
    const char *proxy;         /* http://, https://, socks5:// [the environment decides] */
    const char *user_agent;    /* ["toban/VERSION"] */
    bool no_compression;
    bool http1_only;             /* [HTTP/2 where the running libcurl does it right] */
    unsigned max_connections;    /* [8]; further requests wait */
    unsigned connect_timeout_ms; /* [15000] */
    unsigned idle_timeout_ms;    /* no byte in either direction [60000] */
};

/* -1: a PEM file that cannot be read, no HTTP library. *out is then NULL. */
int http_client_new(const struct http_config *config, struct http_client **out, struct err *err);
/* For streams that trickle: what comes within so many milliseconds is taken at once, which costs
 * less than looking at all connections for each piece. 0 at first. */
void http_client_gather(struct http_client *c, unsigned ms);
/* Ends the transfers that are still running. NULL-safe. */
void http_client_free(struct http_client *c);

static inline void http_client_free_p(struct http_client **c)
{
    http_client_free(*c);
}
#define _cleanup_http_client_ _cleanup_(http_client_free_p)

/* Borrowed until the transfer ends. */
struct http_request {
    const char *method; /* NULL: GET */
    const char *url;
    const char *const *headers; /* "Name: value", NULL-terminated; NULL: none */
    struct sv body;             /* absent: none */
    size_t max;          /* bytes of the answer's body; 0: HTTP_BODY_MAX, or none when streamed */
    unsigned timeout_ms; /* for all of it; 0: none */
    unsigned idle_timeout_ms; /* 0: the client's */
    unsigned head_timeout_ms; /* idle until the head of the answer is there; 0: as the line above */
    bool once; /* never written twice: else what dies on a connection that was used before, without
                  a byte of an answer, is sent anew over another one */

    /* Body of a 2xx answer as it comes, decompressed; other answers are collected. Returns false to
     * end the transfer (HTTP_ENDED). Must not use this client. NULL: collect. */
    bool (*on_body)(void *ctx, struct sv bytes);
    /* The head of the answer is there, of whatever status. Otherwise as on_body. NULL: silence. */
    bool (*on_head)(void *ctx, int status);
    void *ctx;
};

enum http_outcome {
    HTTP_ANSWERED,    /* a whole answer, of whatever status */
    HTTP_ENDED,       /* on_body said so */
    HTTP_UNREACHABLE, /* nothing was sent: unknown host, refused, no connection in time */
    HTTP_UNTRUSTED,   /* TLS: a certificate is not accepted, by us or by them */
    HTTP_CUT,         /* the connection ended in the middle */
    HTTP_SILENT,      /* an idle or total limit was hit */
    HTTP_TOO_LARGE,   /* of body or headers */
    HTTP_UNUSABLE,    /* the request itself cannot be made: bad URL, bad key, no memory */
};

/* Zeroed memory is an empty response. */
struct http_response {
    enum http_outcome outcome;
    int status;         /* 0 when no answer came */
    struct str headers; /* "Name: value" lines of the final answer, each with a newline */
    struct str body;
};
void http_response_release(struct http_response *r);
#define _cleanup_http_response_ _cleanup_(http_response_release)

/* Value of a header, names compared without case; absent when it is not there. *from walks through
 * several of the same name: start with 0; NULL: the first. */
struct sv http_header(const struct http_response *r, const char *name, size_t *from);

/* One request to its end, whatever the status. -1 with err unless the outcome is HTTP_ANSWERED or
 * HTTP_ENDED. *response is emptied first; release it always. */
int http_run(struct http_client *c, const struct http_request *request,
             struct http_response *response, struct err *err);

/* Begins a transfer; request and response must live until it ends. tag is handed back. */
int http_start(struct http_client *c, const struct http_request *request,
               struct http_response *response, void *tag, struct err *err);

/* A transfer that ended. */
struct http_done {
    void *tag;
    struct err err; /* class ERR_NONE: fine */
};

/* Drives all transfers until one ends (true), or timeout_ms passed or wake_fd became readable
 * (false; wake_fd < 0: none). With nothing under way it just waits. */
bool http_wait(struct http_client *c, unsigned timeout_ms, int wake_fd, struct http_done *done);

/* Ends the transfers with this tag without a word. */
void http_cancel(struct http_client *c, const void *tag);

/* "https://host:port" of a URL, for messages: no user, path or query. */
void http_origin(const char *url, struct str *out);

/* Appends v percent-encoded: all but A-Z a-z 0-9 - . _ ~ and the characters of `keep`. */
void http_escape(struct str *out, struct sv v, const char *keep);

/* Milliseconds of a clock that never jumps. */
uint64_t http_now_ms(void);

#endif
