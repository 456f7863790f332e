#include "kube/call.h"

#include <limits.h>
#include <poll.h>
#include <time.h>

#define WAIT_MAX_MS 60000u

int64_t kube_now(void)
{
    struct timespec ts;
    clock_gettime(CLOCK_REALTIME, &ts);
    return ts.tv_sec;
}

/* --- a call ------------------------------------------------------------------------------- */

void kube_call_init(struct kube_call *call)
{
    str_init(&call->path, 1 << 20);
    str_init(&call->url, 1 << 20);
    str_init(&call->header_texts[0], 4096);
    str_init(&call->header_texts[1], 4096);
}

void kube_call_release(struct kube_call *call)
{
    if (!call)
        return;
    str_release(&call->path);
    str_release(&call->url);
    str_release(&call->header_texts[0]);
    str_release(&call->header_texts[1]);
    vec_release(&call->headers);
    http_response_release(&call->response);
}

void kube_call_again(struct kube_call *call)
{
    call->state = CALL_READY;
    call->attempt = 0;
    call->renewed = false;
    call->due_ms = 0;
    call->result = 0;
    err_clear(&call->err);
    http_response_release(&call->response);
}

static void add_part(struct str *out, const char *part)
{
    str_addc(out, '/');
    http_escape(out, sv_of(part), "");
}

void kube_ref_path(const struct kube_ref *ref, struct str *out)
{
    bool core = !ref->group || !*ref->group;
    str_adds(out, core ? "/api" : "/apis");
    if (!core)
        add_part(out, ref->group);
    add_part(out, ref->version);
    if (ref->ns) {
        str_adds(out, "/namespaces");
        add_part(out, ref->ns);
    }
    add_part(out, ref->resource);
    if (ref->name)
        add_part(out, ref->name);
    if (ref->subresource)
        add_part(out, ref->subresource);
}

void kube_call_of_ref(struct kube_call *call, const char *verb, const struct kube_ref *ref)
{
    bool core = !ref->group || !*ref->group;
    const char *dot = core ? "" : ".";
    const char *group = core ? "" : ref->group;
    const char *slash = ref->subresource ? "/" : "";
    const char *sub = ref->subresource ? ref->subresource : "";
    str_reset(&call->path);
    kube_ref_path(ref, &call->path);
    snprintf(call->what, sizeof call->what, "%s %s%s%s%s%s%s%s%s%s%s%s", verb, ref->resource, dot,
             group, slash, sub, ref->name ? " '" : "", ref->name ? ref->name : "",
             ref->name ? "'" : "", ref->ns ? " in namespace '" : "", ref->ns ? ref->ns : "",
             ref->ns ? "'" : "");
    snprintf(call->can_i, sizeof call->can_i, "%s %s%s%s%s%s%s%s%s%s", verb, ref->resource, dot,
             group, ref->name ? "/" : "", ref->name ? ref->name : "",
             ref->subresource ? " --subresource=" : "", sub, ref->ns ? " -n " : "",
             ref->ns     ? ref->ns
             : ref->name ? ""
                         : " --all-namespaces");
}

void kube_call_query(struct kube_call *call, const char *name, const char *value)
{
    if (!value || !*value)
        return;
    str_addf(&call->path, "%c%s=", strchr(str_c(&call->path), '?') ? '&' : '?', name);
    http_escape(&call->path, sv_of(value), "");
}

struct kube_asked kube_call_asked(const struct kube_client *c, const struct kube_call *call)
{
    return (struct kube_asked){.what = call->what,
                               .can_i = call->can_i[0] ? call->can_i : NULL,
                               .server = c->target.server,
                               .user = c->target.user_name};
}

/* --- one attempt -------------------------------------------------------------------------- */

static bool put_headers(struct kube_client *c, struct kube_call *call)
{
    const char *accept = call->accept ? call->accept : KUBE_JSON;
    bool ok = true;
    call->headers.len = 0;
    str_reset(&call->header_texts[0]);
    str_reset(&call->header_texts[1]);
    str_addf(&call->header_texts[0], "Accept: %s", accept);
    ok = vec_push(&call->headers, str_c(&call->header_texts[0]));
    if (call->content_type) {
        str_addf(&call->header_texts[1], "Content-Type: %s", call->content_type);
        ok = vec_push(&call->headers, str_c(&call->header_texts[1])) && ok;
    }
    for (const char *const *line = kube_auth_headers(c->auth); *line; line++)
        ok = vec_push(&call->headers, *line) && ok;
    return vec_push(&call->headers, NULL) && ok;
}

void kube_client_url(const struct kube_client *c, struct sv path, struct str *out)
{
    str_adds(out, c->target.server);
    str_addv(out, path);
}

int kube_call_send(struct kube_client *c, struct http_client *http, struct kube_call *call,
                   void *tag, struct err *err)
{
    str_reset(&call->url);
    kube_client_url(c, str_sv(&call->path), &call->url);
    if (!put_headers(c, call) || !str_ok(&call->path) || !str_ok(&call->url))
        return err_set(err, ERR_LIMIT, "%s: the request is too long", call->what);
    call->request.method = call->method;
    call->request.url = str_c(&call->url);
    call->request.headers = call->headers.items;
    return http_start(http, &call->request, &call->response, tag, err);
}

static int start(struct kube_client *c, struct kube_call *call, struct err *err)
{
    size_t max = call->on_body ? 0 : KUBE_REPLY_MAX;
    call->request = (struct http_request){.body = call->body,
                                          .max = call->max ? call->max : max,
                                          .timeout_ms = c->timeout_ms,
                                          .on_body = call->on_body,
                                          .ctx = call->ctx};
    return kube_call_send(c, c->http, call, call, err);
}

void kube_call_note_warnings(struct kube_client *c, const struct http_response *response)
{
    size_t from = 0;
    struct sv header;
    while ((header = http_header(response, "Warning", &from)).ptr) {
        _cleanup_str_ struct str text = {0};
        str_init(&text, 4096);
        if (kube_warning_parse(header, &text))
            kube_client_note(c, str_sv(&text));
    }
}

int kube_call_judge(struct kube_client *c, const struct kube_call *call,
                    const struct err *transport, struct err *err)
{
    char trouble[320];
    if (transport->class != ERR_NONE) {
        if (err)
            *err = *transport;
        return err_wrap(err, "%s", call->what);
    }
    if (call->response.status / 100 == 2 || call->response.outcome == HTTP_ENDED)
        return 0;
    const struct kube_asked asked = kube_call_asked(c, call);
    kube_status_err(call->response.status, str_sv(&call->response.body), &asked, err);
    if (call->response.status == 401 && kube_auth_refusal_hint(c->auth))
        err_hint(err, "%s", kube_auth_refusal_hint(c->auth));
    if (call->response.status == 401 &&
        kube_auth_cert_trouble(c->auth, kube_now(), trouble, sizeof trouble)) {
        err_set(err, ERR_DENIED, "%s: the server does not accept the login of user '%s': %s",
                call->what, c->target.user_name, trouble);
        err_hint(err, "get a new certificate, or log in another way: kubectl config view --minify");
        if (err)
            err->http_status = 401;
    }
    return -1;
}

unsigned kube_call_retry_after(const struct kube_call *call)
{
    uint64_t seconds;
    const struct http_response *r = &call->response;
    struct sv value = http_header(r, "Retry-After", NULL);
    if (r->outcome != HTTP_ANSWERED || (r->status != 429 && r->status != 503) || !value.ptr ||
        !retry_after_parse(value, kube_now(), &seconds))
        return 0;
    return seconds < INT_MAX ? (unsigned)seconds : INT_MAX;
}

/* Whether to try again; then the call is made ready. */
static bool try_again(struct kube_client *c, struct kube_call *call)
{
    const struct http_response *r = &call->response;
    unsigned delay = 0;
    if (r->outcome == HTTP_ANSWERED && r->status == 401 && !call->renewed &&
        kube_auth_renew(c->auth)) {
        call->renewed = true;
    } else {
        const struct retry_case what = {.attempt = call->attempt,
                                        .idempotent = call->idempotent,
                                        .was_up = c->was_up,
                                        .outcome = r->outcome,
                                        .status = r->status,
                                        .retry_after = http_header(r, "Retry-After", NULL),
                                        .unix_now = kube_now()};
        if (!retry_decide(&c->policy, &what, &c->rng, &delay))
            return false;
    }
    call->state = CALL_READY;
    call->due_ms = http_now_ms() + delay;
    return true;
}

static void finish(struct kube_call *call, int result)
{
    call->result = result;
    call->state = CALL_DONE;
    if (call->on_done && call->on_done(call))
        call->state = CALL_READY;
}

static void land(struct kube_client *c, struct kube_call *call, const struct err *transport)
{
    c->flying--;
    if (call->response.outcome == HTTP_ANSWERED) {
        c->was_up = true;
        kube_call_note_warnings(c, &call->response);
    }
    /* Lines that were handed on cannot be taken back. */
    bool handed_on = call->on_body && call->response.status / 100 == 2;
    if (!handed_on && try_again(c, call))
        return;
    finish(call, kube_call_judge(c, call, transport, &call->err));
}

/* --- many calls --------------------------------------------------------------------------- */

/* A new client certificate needs new connections; they cannot be changed under way. */
static bool renew_connections(struct kube_client *c, struct err *err)
{
    struct http_client *fresh;
    if (c->http_generation == kube_auth_cert(c->auth).generation && c->http)
        return true;
    if (c->flying || kube_client_open_http(c, c->limits.max_in_flight, &fresh, err))
        return false;
    http_client_free(c->http);
    c->http = fresh;
    c->http_generation = kube_auth_cert(c->auth).generation;
    return true;
}

/* Starts what is due; returns the ms until something else will be. */
static unsigned start_due(struct kube_client *c, struct kube_call *const *calls, size_t count)
{
    uint64_t now = http_now_ms();
    unsigned wait = WAIT_MAX_MS;
    for (size_t i = 0; i < count && c->flying < c->limits.max_in_flight; i++) {
        struct kube_call *call = calls[i];
        struct err err = {0};
        if (call->state != CALL_READY)
            continue;
        unsigned left =
            call->due_ms > now ? (unsigned)(call->due_ms - now) : limiter_take(&c->limiter, now);
        if (left) {
            wait = left < wait ? left : wait;
            continue;
        }
        call->attempt++;
        bool ok = kube_auth_prepare(c->auth, kube_now(), &err) == 0 && renew_connections(c, &err);
        if (!ok && err.class == ERR_NONE) {
            call->attempt--;
            continue;
        }
        if (ok && start(c, call, &err) == 0) {
            call->state = CALL_FLYING;
            c->flying++;
            continue;
        }
        call->err = err;
        finish(call, -1);
        wait = 0;
    }
    return wait;
}

static bool all_done(struct kube_call *const *calls, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (calls[i]->state != CALL_DONE)
            return false;
    return true;
}

static bool is_woken(const struct kube_client *c)
{
    struct pollfd fd = {.fd = c->wake_fd, .events = POLLIN};
    return c->wake_fd > 0 && poll(&fd, 1, 0) > 0;
}

static void abandon(struct kube_client *c, struct kube_call *const *calls, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        struct kube_call *call = calls[i];
        if (call->state == CALL_DONE)
            continue;
        if (call->state == CALL_FLYING) {
            http_cancel(c->http, call);
            c->flying--;
        }
        http_response_release(&call->response);
        call->on_body = NULL;
        err_set(&call->err, ERR_LOCAL, "%s: ended before the answer came", call->what);
        finish(call, -1);
    }
}

void kube_calls_run(struct kube_client *c, struct kube_call *const *calls, size_t count)
{
    while (!all_done(calls, count)) {
        struct http_done done;
        unsigned wait = start_due(c, calls, count);
        int wake_fd = c->wake_fd > 0 ? c->wake_fd : -1;
        if (c->http && http_wait(c->http, wait, wake_fd, &done))
            land(c, done.tag, &done.err);
        else if (is_woken(c))
            abandon(c, calls, count);
    }
}

int kube_call_run(struct kube_client *c, struct kube_call *call, struct err *err)
{
    kube_calls_run(c, (struct kube_call *const[]){call}, 1);
    if (call->result && err)
        *err = call->err;
    return call->result;
}
