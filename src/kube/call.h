/*
 * call: the engine of the client: logical requests, each tried as often as the policy allows, many
 * at a time. Not for others than kube/.
 */
#ifndef TOBAN_KUBE_CALL_H
#define TOBAN_KUBE_CALL_H

#include "kube/auth.h"
#include "kube/client.h"
#include "kube/discovery.h"
#include "kube/status.h"
#include "net/http.h"
#include "net/limiter.h"
#include "net/retry.h"

#define KUBE_JSON "application/json"

struct kube_client {
    struct kube_config config;
    struct kube_target target;
    struct kube_limits limits;
    struct retry_policy policy;
    struct kube_auth *auth;
    struct http_client *http;
    unsigned http_generation; /* of the client certificate in http */
    struct limiter limiter;
    struct retry_rng rng;
    unsigned timeout_ms; /* --request-timeout */
    bool was_up;         /* the server answered once */
    int wake_fd;         /* calls end without an answer when it is readable; 0: none */
    unsigned flying;
    struct arena notes_arena;
    VEC(const char *) notes;
    struct kube_discovery_cache *discovery;
};

enum kube_call_state { CALL_READY, CALL_FLYING, CALL_DONE };

/* Zeroed but for what is to be asked, then kube_call_init. */
struct kube_call {
    /* The question. Borrowed texts must live until the call is done. */
    const char *method;
    const char *accept;       /* NULL: JSON */
    const char *content_type; /* of body */
    struct sv body;
    bool idempotent;
    size_t max; /* of the answer; 0: KUBE_REPLY_MAX */
    bool (*on_body)(void *ctx, struct sv bytes);
    void *ctx;
    struct str path; /* with query */
    char what[320];  /* "list pods in namespace 'web'" */
    char can_i[320]; /* "list pods -n web"; "" for none */
    /* Called when it is done; true: ask again (the next page) as changed by the callback, which
     * must then have called kube_call_again. May be NULL. */
    bool (*on_done)(struct kube_call *call);
    void *owner;

    /* The state and the answer. */
    enum kube_call_state state;
    unsigned attempt;
    bool renewed;
    uint64_t due_ms;
    struct str url;
    VEC(const char *) headers;
    struct str header_texts[2];
    struct http_request request;
    struct http_response response;
    int result;
    struct err err;
};

void kube_call_init(struct kube_call *call);
void kube_call_release(struct kube_call *call);
#define _cleanup_kube_call_ _cleanup_(kube_call_release)

/* Ready for another question; the answer is dropped. */
void kube_call_again(struct kube_call *call);

/* Fills path, what and can_i. */
void kube_call_of_ref(struct kube_call *call, const char *verb, const struct kube_ref *ref);

/* Appends "?name=value", or "&…" when there is a query already; NULL or "" value: nothing. */
void kube_call_query(struct kube_call *call, const char *name, const char *value);

/* Runs until all are done; results are in the calls. */
void kube_calls_run(struct kube_client *c, struct kube_call *const *calls, size_t count);

/* One call; its result. */
int kube_call_run(struct kube_client *c, struct kube_call *call, struct err *err);

/* One attempt over a given HTTP client, for who drives it himself: headers and address are put into
 * call->request, the rest of which the caller has filled. The login must be prepared. */
int kube_call_send(struct kube_client *c, struct http_client *http, struct kube_call *call,
                   void *tag, struct err *err);

/* Keeps a sentence for kube_client_notes. */
void kube_client_note(struct kube_client *c, struct sv text);

/* A further HTTP client for the same target and login, e.g. for watches. */
int kube_client_open_http(struct kube_client *c, unsigned max_connections, struct http_client **out,
                          struct err *err);

/* Keeps the server's Warning headers for kube_client_notes. */
void kube_call_note_warnings(struct kube_client *c, const struct http_response *response);

/* "application/merge-patch+json" and the like. */
const char *kube_patch_content_type(enum kube_patch_type type);

/* Full address of a path below the server, appended. */
void kube_client_url(const struct kube_client *c, struct sv path, struct str *out);

/* Asked and by whom, for messages. */
struct kube_asked kube_call_asked(const struct kube_client *c, const struct kube_call *call);

/* The error of an ended exchange: transport, or what the server said. 0 for a 2xx answer. Adds what
 * we know about our own login to a refusal. */
int kube_call_judge(struct kube_client *c, const struct kube_call *call,
                    const struct err *transport, struct err *err);

/* Seconds that an answer of 429 or 503 asks to wait; 0: none, or it says nothing. */
unsigned kube_call_retry_after(const struct kube_call *call);

/* Seconds since 1970. */
int64_t kube_now(void);

void kube_discovery_cache_free(struct kube_discovery_cache *d);

#endif
