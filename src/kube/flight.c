#include "kube/flight.h"

#include "kube/call.h"

#include <poll.h>

#define TIMEOUT_MS 60000u
#define WAIT_MAX_MS 60000u
#define IDLE_SLACK_MS 5000u

/* One request until it has been handed over. */
struct flight {
    struct flight *next;
    struct kube_call call;
    struct str body;
    bool (*may_go)(void *ctx);
    void *ctx, *tag;
    unsigned timeout_ms;
    unsigned login; /* that it was sent with */
    bool sent, dropped;
    struct err err;
};

struct line {
    struct flight *first, **end;
};

struct kube_flights {
    struct kube_client *client;
    struct http_client *http;
    unsigned generation;       /* of the client certificate in http */
    unsigned logins;           /* how often the login was given up */
    unsigned flying;           /* of `up` requests, those on their way */
    unsigned up;               /* not handed over */
    struct line queue, landed; /* what flies is held by its transfer */
    struct line aloft;
    struct flight *shown; /* its body is with the caller */
};

/* ---- lines ---- */

static void line_init(struct line *l)
{
    *l = (struct line){.end = &l->first};
}

static void line_push(struct line *l, struct flight *x)
{
    x->next = NULL;
    *l->end = x;
    l->end = &x->next;
}

static void line_unshift(struct line *l, struct flight *x)
{
    x->next = l->first;
    l->first = x;
    if (l->end == &l->first)
        l->end = &x->next;
}

static void line_remove(struct line *l, struct flight *x)
{
    struct flight **at = &l->first;
    while (*at != x)
        at = &(*at)->next;
    *at = x->next;
    if (l->end == &x->next)
        l->end = at;
}

static struct flight *line_shift(struct line *l)
{
    struct flight *x = l->first;
    if (x)
        line_remove(l, x);
    return x;
}

/* ---- life ---- */

static void flight_free(struct flight *x)
{
    if (!x)
        return;
    kube_call_release(&x->call);
    str_release(&x->body);
    free(x);
}

static void line_free(struct line *l)
{
    struct flight *x;
    while ((x = line_shift(l)))
        flight_free(x);
}

int kube_flights_new(struct kube_client *c, struct kube_flights **out, struct err *err)
{
    struct kube_flights *f = calloc(1, sizeof *f);
    *out = f;
    if (!f)
        return err_nomem(err, "requests");
    f->client = c;
    line_init(&f->queue);
    line_init(&f->landed);
    line_init(&f->aloft);
    return 0;
}

void kube_flights_free(struct kube_flights *f)
{
    if (!f)
        return;
    http_client_free(f->http);
    line_free(&f->queue);
    line_free(&f->aloft);
    line_free(&f->landed);
    flight_free(f->shown);
    free(f);
}

unsigned kube_flights_up(const struct kube_flights *f)
{
    return f->up;
}

/* ---- a new one ---- */

static const char *verb_of(const char *method)
{
    static const char *const verbs[][2] = {
        {"GET", "get"},     {"POST", "create"},   {"PUT", "update"},
        {"PATCH", "patch"}, {"DELETE", "delete"},
    };
    for (size_t i = 0; i < ARRAY_LEN(verbs); i++)
        if (strcmp(method, verbs[i][0]) == 0)
            return verbs[i][1];
    return NULL;
}

static unsigned timeout_of(const struct kube_flights *f, const struct kube_flight *flight)
{
    if (flight->timeout_ms)
        return flight->timeout_ms;
    return f->client->timeout_ms ? f->client->timeout_ms : TIMEOUT_MS;
}

static void describe(struct flight *x, const struct kube_flight *flight, const char *verb)
{
    x->call.method = flight->method;
    kube_call_init(&x->call);
    kube_call_of_ref(&x->call, verb, &flight->ref);
    if (flight->query && *flight->query)
        str_addf(&x->call.path, "?%s", flight->query);
    str_init(&x->body, KUBE_REPLY_MAX);
    if (!flight->body.ptr)
        return;
    str_addv(&x->body, flight->body);
    x->call.body = str_sv(&x->body);
    x->call.content_type =
        strcmp(flight->method, "PATCH") == 0 ? kube_patch_content_type(flight->patch) : KUBE_JSON;
}

int kube_flight_start(struct kube_flights *f, const struct kube_flight *flight, struct err *err)
{
    const char *verb = verb_of(flight->method);
    if (!verb)
        return err_set(err, ERR_BUG, "'%s' is no method of a request", flight->method);
    struct flight *x = calloc(1, sizeof *x);
    if (!x)
        return err_nomem(err, "request");
    x->may_go = flight->may_go;
    x->ctx = flight->ctx;
    x->tag = flight->tag;
    x->timeout_ms = timeout_of(f, flight);
    describe(x, flight, verb);
    if (!str_ok(&x->call.path) || !str_ok(&x->body)) {
        err_set(err, ERR_LIMIT, "%s: the request is too long", x->call.what);
        flight_free(x);
        return -1;
    }
    line_push(&f->queue, x);
    f->up++;
    return 0;
}

/* ---- leaving ---- */

/* A new client certificate needs new connections; 1 when those under way must land first. */
static int renew_connections(struct kube_flights *f, struct err *err)
{
    struct http_client *fresh;
    unsigned generation = kube_auth_cert(f->client->auth).generation;
    if (f->http && generation == f->generation)
        return 0;
    if (f->flying)
        return 1;
    if (kube_client_open_http(f->client, f->client->limits.max_in_flight, &fresh, err))
        return -1;
    http_client_free(f->http);
    f->http = fresh;
    f->generation = generation;
    return 0;
}

static int send_off(struct kube_flights *f, struct flight *x, struct err *err)
{
    x->call.request = (struct http_request){.body = x->call.body,
                                            .max = KUBE_REPLY_MAX,
                                            .timeout_ms = x->timeout_ms,
                                            .idle_timeout_ms = x->timeout_ms + IDLE_SLACK_MS,
                                            .once = true};
    if (kube_call_send(f->client, f->http, &x->call, x, err))
        return -1;
    x->login = f->logins;
    f->flying++;
    line_push(&f->aloft, x);
    return 0;
}

/* The first in the queue: 0 when it left or landed, 1 when it has to wait for others to land. */
static int depart(struct kube_flights *f)
{
    struct flight *x = f->queue.first;
    struct err err = {0};
    int result = kube_auth_prepare(f->client->auth, kube_now(), &err);
    if (result == 0)
        result = renew_connections(f, &err);
    if (result > 0)
        return 1;
    line_shift(&f->queue);
    x->dropped = result == 0 && x->may_go && !x->may_go(x->ctx);
    if (result == 0 && !x->dropped)
        result = send_off(f, x, &err);
    if (result == 0 && !x->dropped)
        return 0;
    if (x->dropped)
        err_set(&err, ERR_LOCAL, "it was not to be sent any more");
    err_wrap(&err, "%s", x->call.what);
    x->err = err;
    line_push(&f->landed, x);
    return 0;
}

/* Sends what may leave; the ms until something else may. */
static unsigned depart_all(struct kube_flights *f)
{
    while (f->queue.first && f->flying < f->client->limits.max_in_flight) {
        unsigned left = limiter_take(&f->client->limiter, http_now_ms());
        if (left)
            return left;
        if (depart(f))
            break;
    }
    return WAIT_MAX_MS;
}

/* ---- landing ---- */

/* What has not been encrypted or connected has told nobody anything. */
static bool may_have_arrived(enum http_outcome outcome)
{
    return outcome != HTTP_UNREACHABLE && outcome != HTTP_UNTRUSTED && outcome != HTTP_UNUSABLE;
}

/* Once for a request. Another one may have renewed the login in the meantime. */
static bool try_new_login(struct kube_flights *f, struct flight *x)
{
    const struct http_response *r = &x->call.response;
    if (r->outcome != HTTP_ANSWERED || r->status != 401 || x->call.renewed)
        return false;
    if (x->login == f->logins) {
        if (!kube_auth_renew(f->client->auth))
            return false;
        f->logins++;
    }
    x->call.renewed = true;
    line_unshift(&f->queue, x);
    return true;
}

static void land(struct kube_flights *f, struct flight *x, const struct err *transport)
{
    f->flying--;
    line_remove(&f->aloft, x);
    if (x->call.response.outcome == HTTP_ANSWERED) {
        f->client->was_up = true;
        kube_call_note_warnings(f->client, &x->call.response);
    }
    if (try_new_login(f, x))
        return;
    x->sent = may_have_arrived(x->call.response.outcome);
    kube_call_judge(f->client, &x->call, transport, &x->err);
    line_push(&f->landed, x);
}

static bool show(struct kube_flights *f, struct kube_landing *out)
{
    struct flight *x = line_shift(&f->landed);
    if (!x)
        return false;
    const struct http_response *r = &x->call.response;
    bool answered = x->sent && r->outcome == HTTP_ANSWERED;
    f->shown = x;
    f->up--;
    *out =
        (struct kube_landing){.tag = x->tag,
                              .status = answered ? r->status : 0,
                              .sent = x->sent,
                              .dropped = x->dropped,
                              .retry_after_s = answered ? (int)kube_call_retry_after(&x->call) : 0,
                              .body = answered ? str_sv(&r->body) : SV_NONE,
                              .err = x->err};
    return true;
}

/* ---- waiting ---- */

/* One round of at most so many ms. True when the wake came. */
static bool drive(struct kube_flights *f, unsigned wait, int wake_fd)
{
    struct http_done done;
    struct pollfd fd = {.fd = wake_fd, .events = POLLIN};
    if (!f->http) {
        poll(&fd, 1, (int)wait);
    } else if (http_wait(f->http, wait, wake_fd, &done)) {
        land(f, done.tag, &done.err);
        return false;
    } else {
        poll(&fd, 1, 0);
    }
    return fd.revents != 0;
}

bool kube_flight_wait(struct kube_flights *f, unsigned timeout_ms, int wake_fd,
                      struct kube_landing *out)
{
    uint64_t end = http_now_ms() + timeout_ms;
    bool over = false;
    flight_free(f->shown);
    f->shown = NULL;
    for (;;) {
        unsigned due = depart_all(f);
        if (show(f, out))
            return true;
        if (over)
            return false;
        uint64_t now = http_now_ms();
        unsigned left = now < end ? (unsigned)(end - now) : 0;
        over = drive(f, left < due ? left : due, wake_fd) || left == 0;
    }
}
