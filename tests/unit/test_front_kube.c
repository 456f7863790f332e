/* The glue between server and API, on an API of this file that answers as it is told: only here can
 * a watch have more to say than its reader takes, and end when the test wants. */
#include "base/cleanup.h"
#include "net/http.h"
#include "pocket/front/kube.h"

#include <pthread.h>
#include <semaphore.h>

#include "unit.h"

#define LINE "{\"type\":\"ADDED\"}\n"
#define MANY 200000

struct pocket_watch {
    size_t left; /* lines */
    bool ends;
    void (*fn)(void *ctx);
    void *ctx;
};

struct pocket_pages {
    size_t left; /* bytes */
};

struct pocket_api {
    struct pocket_watch *watch; /* the one that waits */
    sem_t freed;                /* posted for each watch and list that was freed */
};

static struct pocket_api *api_of_test;

void pocket_answer_release(struct pocket_answer *a)
{
    str_release(&a->headers);
    str_release(&a->body);
    pocket_watch_free(a->watch);
    pocket_pages_free(a->pages);
}

static struct pocket_watch *new_watch(size_t lines, bool ends)
{
    struct pocket_watch *w = calloc(1, sizeof *w);
    *w = (struct pocket_watch){.left = lines, .ends = ends};
    return w;
}

static void echo(const struct pocket_request *r, struct pocket_answer *out)
{
    str_addf(&out->body, "%.*s|%.*s|%.*s|%.*s|%.*s|%.*s|%.*s", SV_ARG(r->method), SV_ARG(r->path),
             SV_ARG(r->query), SV_ARG(r->accept), SV_ARG(r->content_type), SV_ARG(r->authorization),
             SV_ARG(r->body));
    str_adds(&out->headers, "Warning: 299 - \"old\"\r\n");
    out->content_type = "application/json";
    out->status = 201;
}

void pocket_api_handle(struct pocket_api *api, const struct pocket_request *r,
                       struct pocket_answer *out)
{
    out->status = 200;
    if (sv_is(r->path, "/many")) {
        out->watch = new_watch(MANY, true);
    } else if (sv_is(r->path, "/waits")) {
        out->watch = api->watch = new_watch(0, false);
    } else if (sv_is(r->path, "/write")) { /* what the watch that waits is told */
        api->watch->left++;
        api->watch->fn(api->watch->ctx);
    } else if (sv_is(r->path, "/pages")) {
        out->pages = calloc(1, sizeof *out->pages);
        out->pages->left = (size_t)9 << 20;
    } else {
        echo(r, out);
    }
}

bool pocket_watch_read(struct pocket_watch *w, size_t room, struct str *out)
{
    for (; w->left && out->len < room; w->left--)
        str_adds(out, LINE);
    return w->left || !w->ends;
}

void pocket_watch_listen(struct pocket_watch *w, void (*fn)(void *ctx), void *ctx)
{
    w->fn = fn;
    w->ctx = ctx;
}

void pocket_watch_free(struct pocket_watch *w)
{
    if (w)
        sem_post(&api_of_test->freed);
    free(w);
}

bool pocket_pages_read(struct pocket_pages *p, size_t room, struct str *out)
{
    size_t n = p->left < room ? p->left : room;
    str_fill(out, 'p', n);
    p->left -= n;
    return p->left > 0;
}

void pocket_pages_free(struct pocket_pages *p)
{
    if (p)
        sem_post(&api_of_test->freed);
    free(p);
}

/* ---- a front on a thread of its own ---- */

struct rig {
    struct pocket_api api;
    struct faults faults;
    struct front_kube front;
    pthread_t thread;
    struct http_client *client;
    char url[64];
    unsigned clocks;
};

static void on_turn(void *ctx)
{
    front_kube_turn(&((struct rig *)ctx)->front);
}

static void on_clock(void *ctx)
{
    ((struct rig *)ctx)->clocks++;
}

static void *serve(void *ctx)
{
    struct err err = {0};
    if (http_server_run(((struct rig *)ctx)->front.server, &err) < 0)
        abort();
    return NULL;
}

static void rig_start(struct rig *rig, const char *faults)
{
    struct err err = {0};
    unsigned port = 0;
    *rig = (struct rig){0};
    api_of_test = &rig->api;
    sem_init(&rig->api.freed, 0, 0);
    if (faults)
        assert_int_equal(faults_parse(&rig->faults, sv_of(faults), &err), 0);
    rig->front = (struct front_kube){
        .api = &rig->api, .faults = &rig->faults, .clock = on_clock, .ctx = rig};
    const struct http_server_config config = {.room = 100000};
    assert_int_equal(http_server_new(&config, &rig->front.server, &err), 0);
    const struct http_listener listener = {
        .address = "127.0.0.1:0", .on_request = front_kube_request, .ctx = &rig->front};
    assert_int_equal(http_server_listen(rig->front.server, &listener, &port, &err), 0);
    http_server_set_turn(rig->front.server, on_turn, rig);
    snprintf(rig->url, sizeof rig->url, "http://127.0.0.1:%u", port);
    assert_int_equal(http_client_new(&(struct http_config){0}, &rig->client, &err), 0);
    assert_int_equal(pthread_create(&rig->thread, NULL, serve, rig), 0);
}

static void rig_stop(struct rig *rig)
{
    http_client_free(rig->client);
    http_server_stop(rig->front.server, 20000);
    pthread_join(rig->thread, NULL);
    http_server_free(rig->front.server);
    assert_null(rig->front.streams);
    sem_destroy(&rig->api.freed);
}

static enum http_outcome fetch(struct rig *rig, struct http_request request, const char *path,
                               struct http_response *r)
{
    struct err err = {0};
    char url[128];
    snprintf(url, sizeof url, "%s%s", rig->url, path);
    request.url = url;
    http_run(rig->client, &request, r, &err);
    return r->outcome;
}

static void requests_and_answers_go_through(void **state)
{
    static const char *const headers[] = {"Accept: a/b", "Content-Type: c/d",
                                          "Authorization: Bearer x", NULL};
    struct rig rig;
    _cleanup_http_response_ struct http_response r = {0};
    rig_start(&rig, NULL);
    const struct http_request request = {.method = "PATCH", .headers = headers, .body = SV("body")};
    assert_int_equal(fetch(&rig, request, "/api/v1/x?y=%2F", &r), HTTP_ANSWERED);
    assert_int_equal(r.status, 201);
    assert_string_equal(str_c(&r.body), "PATCH|/api/v1/x|y=%2F|a/b|c/d|Bearer x|body");
    assert_true(sv_is(http_header(&r, "content-type", NULL), "application/json"));
    assert_true(sv_is(http_header(&r, "warning", NULL), "299 - \"old\""));
    rig_stop(&rig);
    assert_int_equal(rig.clocks, 1);
}

static void watches_and_pages_come_whole(void **state)
{
    struct rig rig;
    _cleanup_http_response_ struct http_response r = {0};
    rig_start(&rig, NULL);
    assert_int_equal(fetch(&rig, (struct http_request){0}, "/many?watch=1", &r), HTTP_ANSWERED);
    assert_int_equal(r.body.len, MANY * strlen(LINE));
    sem_wait(&rig.api.freed);
    assert_int_equal(fetch(&rig, (struct http_request){0}, "/pages", &r), HTTP_ANSWERED);
    assert_int_equal(r.body.len, 9 << 20);
    sem_wait(&rig.api.freed);
    rig_stop(&rig);
}

/* Whoever watches has the head at once; an event that is written by another request follows. */
struct watcher {
    struct rig *rig;
    struct http_client *other;
    struct str seen;
};

static bool on_head(void *ctx, int status)
{
    struct watcher *w = ctx;
    struct err err = {0};
    char url[128];
    _cleanup_http_response_ struct http_response r = {0};
    snprintf(url, sizeof url, "%s/write", w->rig->url);
    return http_run(w->other, &(struct http_request){.url = url}, &r, &err) == 0;
}

static bool on_event(void *ctx, struct sv bytes)
{
    struct watcher *w = ctx;
    str_addv(&w->seen, bytes);
    return w->seen.len < strlen(LINE);
}

static void a_write_wakes_the_watch(void **state)
{
    struct rig rig;
    struct err err = {0};
    _cleanup_http_response_ struct http_response r = {0};
    rig_start(&rig, NULL);
    struct watcher w = {.rig = &rig};
    assert_int_equal(http_client_new(&(struct http_config){0}, &w.other, &err), 0);
    const struct http_request request = {.on_head = on_head, .on_body = on_event, .ctx = &w};
    assert_int_equal(fetch(&rig, request, "/waits", &r), HTTP_ENDED);
    assert_string_equal(str_c(&w.seen), LINE);
    sem_wait(&rig.api.freed); /* the client left */
    str_release(&w.seen);
    http_client_free(w.other);
    rig_stop(&rig);
}

static void faults_are_done(void **state)
{
    struct rig rig;
    _cleanup_http_response_ struct http_response r = {0};
    rig_start(&rig, "api-5xx=1");
    assert_int_equal(fetch(&rig, (struct http_request){0}, "/x", &r), HTTP_ANSWERED);
    assert_int_equal(r.status, 500);
    assert_true(sv_has(str_sv(&r.body), "\"message\":\"etcdserver: request timed out\""));
    rig_stop(&rig);
    rig_start(&rig, "watch-cut=1ms");
    assert_int_equal(fetch(&rig, (struct http_request){0}, "/waits", &r), HTTP_CUT);
    sem_wait(&rig.api.freed);
    rig_stop(&rig);
}

static bool stop_server(void *ctx, int status)
{
    http_server_stop(ctx, 20000);
    return true;
}

static void a_stop_ends_watches(void **state)
{
    struct rig rig;
    _cleanup_http_response_ struct http_response r = {0};
    rig_start(&rig, NULL);
    const struct http_request request = {.on_head = stop_server, .ctx = rig.front.server};
    assert_int_equal(fetch(&rig, request, "/waits", &r), HTTP_CUT);
    sem_wait(&rig.api.freed);
    rig_stop(&rig);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(requests_and_answers_go_through),
        cmocka_unit_test(watches_and_pages_come_whole),
        cmocka_unit_test(a_write_wakes_the_watch),
        cmocka_unit_test(faults_are_done),
        cmocka_unit_test(a_stop_ends_watches),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
