#include "kube/watch.h"

#include "kube/call.h"
#include "kube/stream.h"
#include "kube/watch_state.h"

#include <poll.h>

#define WAIT_MAX_MS 60000u
#define IDLE_SLACK_S 30u
#define GATHER_MS 10u /* later than it happened; a busy cluster tells many things in that time */

enum phase { PHASE_LIST, PHASE_CONNECT, PHASE_OPEN, PHASE_OVER };

struct run;

/* One watch under way. */
struct watcher {
    struct run *run;
    struct kube_watch *watch;
    struct kube_call call; /* the question, for words and headers; sent by our own HTTP client */
    struct kube_stream stream;
    struct watch_state state;
    struct kube_list list;
    enum phase phase;
    uint64_t due_ms;
    enum watch_end end; /* what the stream said before it was ended */
    bool ended;
    bool renewed;
    unsigned login; /* that it connected with */
    struct err err;
};

struct run {
    struct kube_client *client;
    struct http_client *http;
    unsigned generation;
    unsigned logins; /* how often the login was given up */
    struct watcher *watchers;
    size_t count;
    const struct kube_watch_options *options;
    bool stop;   /* a callback said so */
    bool failed; /* err is set */
    struct err err;
};

static bool is_patient(const struct run *run)
{
    return run->options && run->options->patient;
}

static int wake_fd(const struct run *run)
{
    return run->options && run->options->wake_fd > 0 ? run->options->wake_fd : -1;
}

static bool is_woken(const struct run *run)
{
    struct pollfd fd = {.fd = wake_fd(run), .events = POLLIN};
    return fd.fd >= 0 && poll(&fd, 1, 0) > 0;
}

/* --- to the caller -------------------------------------------------------------------------- */

/* True when the run goes on. */
static bool deliver(struct watcher *w, const struct kube_watch_event *event)
{
    struct run *run = w->run;
    struct err err = {0};
    int result = w->watch->on_event ? w->watch->on_event(w->watch->ctx, event, &err) : 0;
    if (result == 0)
        return true;
    if (result > 1) {
        w->phase = PHASE_OVER;
        return true;
    }
    run->stop = true;
    if (result < 0) {
        run->failed = true;
        run->err = err;
        if (err.class == ERR_NONE)
            err_set(&run->err, ERR_BUG, "%s: stopped without a reason", w->call.what);
    }
    return false;
}

static bool deliver_bare(struct watcher *w, enum kube_watch_type type, const char *version,
                         const struct err *err)
{
    const struct kube_watch_event event = {
        .type = type, .resource_version = version ? sv_of(version) : SV_NONE, .err = err};
    return deliver(w, &event);
}

static void fail(struct watcher *w, const struct err *err)
{
    w->run->stop = w->run->failed = true;
    w->run->err = *err;
}

static void plan_next(struct watcher *w, enum watch_end end, int status, struct sv retry_after,
                      const struct err *err)
{
    struct watch_next next = watch_next(&w->state, end, status, err->class, retry_after, kube_now(),
                                        &w->run->client->rng);
    if (next.action == WATCH_FAIL) {
        fail(w, err);
        return;
    }
    w->phase = next.action == WATCH_LIST ? PHASE_LIST : PHASE_CONNECT;
    w->due_ms = http_now_ms() + next.delay_ms;
    bool ordinary = end == WATCH_END_CLEAN || end == WATCH_END_GONE;
    if (!ordinary && err->class != ERR_NONE)
        deliver_bare(w, KUBE_WATCH_TROUBLE, w->state.resource_version, err);
}

/* --- list ----------------------------------------------------------------------------------- */

static int on_listed_item(void *ctx, const struct kube_item *item, struct err *err)
{
    struct watcher *w = ctx;
    const struct kube_watch_event event = {
        .type = KUBE_WATCH_ADDED,
        .item = *item,
        .resource_version = doc_get_string(doc_get(item->root, "metadata"), "resourceVersion")};
    if (w->run->stop || !deliver(w, &event))
        return err_set(err, ERR_BUG, "%s: ended by its caller", w->call.what);
    return 0;
}

static void on_list_restart(void *ctx)
{
    deliver_bare(ctx, KUBE_WATCH_RESET, NULL, NULL);
}

static void prepare_list(struct watcher *w)
{
    const struct kube_watch *watch = w->watch;
    w->list = (struct kube_list){.ref = watch->ref,
                                 .label_selector = watch->label_selector,
                                 .field_selector = watch->field_selector,
                                 .shape = watch->shape,
                                 .text_only = watch->text_only,
                                 .on_item = on_listed_item,
                                 .on_restart = on_list_restart,
                                 .ctx = w};
    w->watch->lists++;
}

static void finish_list(struct watcher *w)
{
    if (w->run->stop)
        return;
    if (w->list.result) {
        char seconds[16];
        snprintf(seconds, sizeof seconds, "%u", w->list.retry_after_s);
        plan_next(w, WATCH_END_LIST, w->list.err.http_status, sv_of(seconds), &w->list.err);
        return;
    }
    if (!*w->list.resource_version_out) {
        err_set(&w->list.err, ERR_REMOTE, "%s: the list is of no version", w->call.what);
        plan_next(w, WATCH_END_LIST, 0, SV_NONE, &w->list.err);
        return;
    }
    watch_listed(&w->state, w->list.resource_version_out);
    w->phase = PHASE_CONNECT;
    w->due_ms = 0;
    deliver_bare(w, KUBE_WATCH_SYNCED, w->state.resource_version, NULL);
}

/* All lists that are due, side by side. */
static void run_lists(struct run *run, uint64_t now)
{
    _cleanup_free_ struct kube_list **lists = calloc(run->count, sizeof *lists);
    size_t n = 0;
    for (size_t i = 0; lists && i < run->count && !run->stop; i++) {
        struct watcher *w = &run->watchers[i];
        if (w->phase != PHASE_LIST || w->due_ms > now)
            continue;
        prepare_list(w);
        lists[n++] = &w->list;
        deliver_bare(w, KUBE_WATCH_RESET, NULL, NULL);
    }
    if (n == 0 || run->stop)
        return;
    unsigned attempts = run->client->policy.attempts;
    if (is_patient(run))
        run->client->policy.attempts = 1;
    kube_list_run_all(run->client, lists, n);
    run->client->policy.attempts = attempts;
    for (size_t i = 0; i < n && !is_woken(run); i++)
        finish_list(lists[i]->ctx);
}

/* --- stream --------------------------------------------------------------------------------- */

static int on_stream_error(struct watcher *w, const struct kube_stream_event *event)
{
    const struct kube_asked asked = kube_call_asked(w->run->client, &w->call);
    kube_status_err_of(event->object, &asked, &w->err);
    w->end = w->err.http_status == 410 ? WATCH_END_GONE : WATCH_END_ERROR;
    w->ended = true;
    return 1;
}

static int on_stream_event(void *ctx, const struct kube_stream_event *event)
{
    static const enum kube_watch_type types[] = {[STREAM_ADDED] = KUBE_WATCH_ADDED,
                                                 [STREAM_MODIFIED] = KUBE_WATCH_MODIFIED,
                                                 [STREAM_DELETED] = KUBE_WATCH_DELETED,
                                                 [STREAM_BOOKMARK] = KUBE_WATCH_BOOKMARK};
    struct watcher *w = ctx;
    if (event->type == STREAM_ERROR)
        return on_stream_error(w, event);
    watch_progress(&w->state, event->resource_version);
    w->renewed = false;
    struct kube_watch_event out = {.type = types[event->type],
                                   .resource_version = event->resource_version};
    if (event->type != STREAM_BOOKMARK)
        out.item = (struct kube_item){.text = event->text,
                                      .doc = event->doc,
                                      .root = event->object,
                                      .api_version = event->api_version,
                                      .kind = event->kind};
    return deliver(w, &out) ? 0 : 1;
}

static bool on_bytes(void *ctx, struct sv bytes)
{
    struct watcher *w = ctx;
    int result = kube_stream_feed(&w->stream, bytes, &w->err);
    if (result < 0) {
        err_wrap(&w->err, "%s", w->call.what);
        w->end = WATCH_END_ERROR;
        w->ended = true;
    }
    return result == 0 && !w->run->stop;
}

static bool on_head(void *ctx, int status)
{
    struct watcher *w = ctx;
    if (status / 100 != 2)
        return true;
    w->renewed = false;
    deliver_bare(w, KUBE_WATCH_OPEN, w->state.resource_version, NULL);
    return !w->run->stop;
}

static void write_question(struct watcher *w)
{
    const struct kube_watch *watch = w->watch;
    char seconds[16];
    const struct kube_watch_options *o = w->run->options;
    unsigned timeout = o ? o->timeout_s : 0;
    if (!timeout)
        timeout = 300 + (unsigned)retry_random_upto(&w->run->client->rng, 300);
    snprintf(seconds, sizeof seconds, "%u", timeout);
    kube_call_of_ref(&w->call, "watch", &watch->ref);
    kube_call_query(&w->call, "watch", "true");
    kube_call_query(&w->call, "allowWatchBookmarks", "true");
    kube_call_query(&w->call, "timeoutSeconds", seconds);
    kube_call_query(&w->call, "resourceVersion", w->state.resource_version);
    kube_call_query(&w->call, "labelSelector", watch->label_selector);
    kube_call_query(&w->call, "fieldSelector", watch->field_selector);
    unsigned idle = o && o->idle_ms ? o->idle_ms : (timeout + IDLE_SLACK_S) * 1000;
    w->call.request =
        (struct http_request){.idle_timeout_ms = idle,
                              .head_timeout_ms = w->run->client->limits.idle_timeout_ms,
                              .on_body = on_bytes,
                              .on_head = on_head,
                              .ctx = w};
}

/* A new client certificate asks for new connections; the open ones end and are made again. */
static int refresh_http(struct run *run, struct err *err)
{
    unsigned generation = kube_auth_cert(run->client->auth).generation;
    struct http_client *fresh;
    if (run->http && generation == run->generation)
        return 0;
    if (kube_client_open_http(run->client, (unsigned)run->count, &fresh, err))
        return -1;
    for (size_t i = 0; i < run->count; i++)
        if (run->watchers[i].phase == PHASE_OPEN)
            run->watchers[i].phase = PHASE_CONNECT;
    http_client_free(run->http);
    http_client_gather(fresh, GATHER_MS);
    run->http = fresh;
    run->generation = generation;
    return 0;
}

static void connect_watch(struct watcher *w)
{
    struct run *run = w->run;
    struct err err = {0};
    write_question(w);
    kube_stream_reset(&w->stream);
    w->ended = false;
    err_clear(&w->err);
    if (kube_auth_prepare(run->client->auth, kube_now(), &err) || refresh_http(run, &err) ||
        kube_call_send(run->client, run->http, &w->call, w, &err)) {
        if (is_patient(run))
            plan_next(w, WATCH_END_CUT, 0, SV_NONE, &err);
        else
            fail(w, &err);
        return;
    }
    w->watch->connects++;
    w->login = run->logins;
    w->phase = PHASE_OPEN;
}

/* Another watch may have given the login up already. */
static bool try_new_login(struct watcher *w)
{
    bool was_renewed = w->renewed;
    if (w->login == w->run->logins) {
        if (!kube_auth_renew(w->run->client->auth))
            return false;
        w->run->logins++;
    }
    w->renewed = true;
    return !was_renewed;
}

static void on_refused(struct watcher *w, const struct err *transport)
{
    const struct http_response *r = &w->call.response;
    struct err err = {0};
    kube_call_judge(w->run->client, &w->call, transport, &err);
    if (r->status == 401 && try_new_login(w)) {
        w->phase = PHASE_CONNECT;
        w->due_ms = 0;
        return;
    }
    enum watch_end end = r->status == 410 ? WATCH_END_GONE : WATCH_END_REFUSED;
    plan_next(w, end, r->status, http_header(r, "Retry-After", NULL), &err);
}

static void on_lost(struct watcher *w, const struct err *transport)
{
    struct err err = {0};
    kube_call_judge(w->run->client, &w->call, transport, &err);
    plan_next(w, WATCH_END_CUT, 0, SV_NONE, &err);
}

/* The connection of a watch ended. */
static void on_closed(struct watcher *w, const struct err *transport)
{
    static const struct err fine = {0};
    const struct http_response *r = &w->call.response;
    if (w->run->stop)
        return;
    if (w->ended)
        plan_next(w, w->end, 0, SV_NONE, &w->err);
    else if (r->outcome == HTTP_ANSWERED && r->status / 100 != 2)
        on_refused(w, transport);
    else if (transport->class != ERR_NONE)
        on_lost(w, transport);
    else
        plan_next(w, kube_stream_is_cut(&w->stream) ? WATCH_END_CUT : WATCH_END_CLEAN, 0, SV_NONE,
                  &fine);
}

/* --- all -------------------------------------------------------------------------------------- */

static bool is_over(const struct run *run)
{
    size_t over = 0;
    for (size_t i = 0; i < run->count; i++)
        over += run->watchers[i].phase == PHASE_OVER;
    return over == run->count;
}

/* Starts what is due; the ms until something else will be. */
static unsigned start_due(struct run *run)
{
    unsigned wait = WAIT_MAX_MS;
    run_lists(run, http_now_ms());
    uint64_t now = http_now_ms();
    for (size_t i = 0; i < run->count && !run->stop; i++) {
        struct watcher *w = &run->watchers[i];
        if (w->phase == PHASE_CONNECT && w->due_ms <= now)
            connect_watch(w);
        if (w->phase == PHASE_OPEN || w->phase == PHASE_OVER)
            continue;
        unsigned left = w->due_ms > now ? (unsigned)(w->due_ms - now) : 0;
        wait = left < wait ? left : wait;
    }
    return wait;
}

static void loop(struct run *run)
{
    const struct kube_watch_options *o = run->options;
    uint64_t deadline = o && o->deadline_ms ? http_now_ms() + o->deadline_ms : UINT64_MAX;
    while (!run->stop) {
        struct http_done done;
        unsigned wait = start_due(run);
        uint64_t now = http_now_ms();
        if (run->stop || now >= deadline || is_woken(run) || is_over(run))
            return;
        if (deadline - now < wait)
            wait = (unsigned)(deadline - now);
        if (!run->http) {
            struct pollfd fd = {.fd = wake_fd(run), .events = POLLIN};
            poll(&fd, 1, (int)wait);
        } else if (http_wait(run->http, wait, wake_fd(run), &done)) {
            on_closed(done.tag, &done.err);
        }
    }
}

static void watcher_init(struct watcher *w, struct run *run, struct kube_watch *watch)
{
    *w = (struct watcher){.run = run, .watch = watch};
    w->call.method = "GET";
    if (watch->shape == KUBE_LIST_METADATA)
        w->call.accept = "application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1";
    kube_call_init(&w->call);
    kube_stream_init(&w->stream, KUBE_EVENT_MAX);
    w->stream.on_event = on_stream_event;
    w->stream.ctx = w;
    w->stream.text_only = watch->text_only;
    w->state.patient = is_patient(run);
    watch->lists = watch->connects = 0;
    kube_call_of_ref(&w->call, "watch", &watch->ref);
    if (watch->resource_version) {
        watch_listed(&w->state, watch->resource_version);
        w->phase = PHASE_CONNECT;
    }
}

static void watcher_release(struct watcher *w)
{
    snprintf(w->watch->last_version, sizeof w->watch->last_version, "%s",
             w->state.resource_version);
    kube_call_release(&w->call);
    kube_stream_release(&w->stream);
}

int kube_watch_run(struct kube_client *c, struct kube_watch *const *watches, size_t count,
                   const struct kube_watch_options *options, struct err *err)
{
    _cleanup_free_ struct watcher *watchers = calloc(count ? count : 1, sizeof *watchers);
    struct run run = {.client = c, .watchers = watchers, .count = count, .options = options};
    if (!watchers)
        return err_nomem(err, "watch");
    for (size_t i = 0; i < count; i++)
        watcher_init(&watchers[i], &run, watches[i]);
    c->wake_fd = options ? options->wake_fd : 0;
    loop(&run);
    c->wake_fd = 0;
    http_client_free(run.http);
    for (size_t i = 0; i < count; i++)
        watcher_release(&watchers[i]);
    if (run.failed && err)
        *err = run.err;
    return run.failed ? -1 : 0;
}
