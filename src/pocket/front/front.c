#include "pocket/front/front.h"

#include "base/must.h"
#include "base/secret.h"
#include "net/pki.h"
#include "pocket/front/kube.h"
#include "pocket/front/live.h"

#include <errno.h>
#include <sys/random.h>
#include <time.h>

#define CERT_DAYS 365
#define STOP_GRACE_MS 2000
/* Longest time that the loop waits although nothing happens: the clock of a pocket at high speed
 * must not stand still for those who watch. */
#define TICK_MAX_MS 50

struct front {
    struct front_options options;
    struct http_server *server;
    struct pocket_api *api;
    struct front_live *live;
    struct front_kube kube;
    struct pki pki;
    struct http_timer *tick;
    int64_t started_ms; /* of the clock that never jumps */
    int64_t unix_ms;    /* when it started */
    char token[65];
    char server_url[300];
    struct front_access access;
};

/* ---- time ---- */

static int64_t clock_ms(clockid_t id)
{
    struct timespec t;
    clock_gettime(id, &t);
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static int64_t virtual_ms(const struct front *f)
{
    return (int64_t)((double)(clock_ms(CLOCK_MONOTONIC) - f->started_ms) * f->options.speed);
}

/* Brings everything up to now. */
static void catch_up(void *ctx)
{
    struct front *f = ctx;
    int64_t now = virtual_ms(f);
    pocket_api_set_time(f->api, f->unix_ms + now);
    front_live_run(f->live, now);
}

static void on_turn(void *ctx)
{
    front_kube_turn(&((struct front *)ctx)->kube);
}

/* ---- beginning ---- */

static int make_token(struct front *f, struct err *err)
{
    unsigned char bytes[32];
    if (getrandom(bytes, sizeof bytes, 0) != sizeof bytes)
        return err_sys(err, errno, "cannot get random bytes for a token");
    for (size_t i = 0; i < sizeof bytes; i++)
        snprintf(f->token + 2 * i, 3, "%02x", bytes[i]);
    return 0;
}

/* Host and port of a listener as a client dials them: an address that means all of them is this
 * machine. */
static void dial_text(char *out, size_t size, const char *listen, unsigned port)
{
    const char *colon = strrchr(listen, ':');
    int n = colon ? (int)(colon - listen) : 0;
    struct sv host = sv_n(listen, (size_t)n);
    bool all = n == 0 || sv_is(host, "0.0.0.0") || sv_is(host, "[::]");
    snprintf(out, size, "%.*s:%u", all ? 9 : n, all ? "127.0.0.1" : listen, port);
}

/* Names for the certificate: this machine's, and the host of the listener. */
static void names_text(char *out, size_t size, const char *listen)
{
    const char *colon = strrchr(listen, ':');
    size_t n = colon ? (size_t)(colon - listen) : 0;
    bool v6 = n > 2 && listen[0] == '[';
    bool numeric = v6 || (n && strspn(listen, "0123456789.") >= n);
    int used = snprintf(out, size,
                        "DNS:localhost,DNS:kubernetes,DNS:kubernetes.default,"
                        "DNS:kubernetes.default.svc,IP:127.0.0.1,IP:::1");
    if (n && used > 0 && (size_t)used < size)
        snprintf(out + used, size - (size_t)used, ",%s:%.*s", numeric ? "IP" : "DNS",
                 (int)(v6 ? n - 2 : n), listen + v6);
}

static int listen_kube(struct front *f, struct err *err)
{
    char names[512], address[270];
    unsigned port = 0;
    names_text(names, sizeof names, f->options.listen);
    const struct pki_wish wish = {"toban-sim-ca", "kube-apiserver", names, f->unix_ms / 1000,
                                  CERT_DAYS};
    if (pki_make(&f->pki, &wish, err) < 0)
        return -1;
    const struct http_listener listener = {
        .address = f->options.listen,
        .cert = str_sv(&f->pki.cert),
        .key = str_sv(&f->pki.key),
        .on_request = front_kube_request,
        .ctx = &f->kube,
    };
    if (http_server_listen(f->server, &listener, &port, err) < 0)
        return -1;
    dial_text(address, sizeof address, f->options.listen, port);
    snprintf(f->server_url, sizeof f->server_url, "https://%s", address);
    return 0;
}

static void start_api(struct front *f)
{
    const struct pocket_api_config config = {
        .version = f->options.version,
        .admin_token = f->token,
        .address = f->server_url + strlen("https://"),
        .unix_ms = f->unix_ms,
    };
    f->api = pocket_api_new(&config);
    f->kube = (struct front_kube){
        .server = f->server,
        .api = f->api,
        .faults = f->options.faults,
        .clock = catch_up,
        .ctx = f,
    };
}

static void fill_access(struct front *f)
{
    f->access = (struct front_access){
        .cluster = f->options.cluster,
        .server = f->server_url,
        .ca = str_sv(&f->pki.ca),
        .token = sv_of(f->token),
    };
}

static int start(struct front *f, struct err *err)
{
    const struct http_server_config config = {.body_max = (size_t)4 << 20};
    f->started_ms = clock_ms(CLOCK_MONOTONIC);
    f->unix_ms = clock_ms(CLOCK_REALTIME);
    if (make_token(f, err) < 0 || http_server_new(&config, &f->server, err) < 0 ||
        listen_kube(f, err) < 0)
        return -1;
    start_api(f);
    f->options.world->taken = f->unix_ms / 1000;
    const struct front_live_options live = {
        .world = f->options.world,
        .cloud = f->options.cloud,
        .seed = f->options.seed,
        .ca = str_sv(&f->pki.ca),
    };
    f->live = front_live_new(f->api, &live);
    f->started_ms = clock_ms(CLOCK_MONOTONIC);
    http_server_set_turn(f->server, on_turn, f);
    f->tick = http_timer_start(f->server, 0, TICK_MAX_MS, catch_up, f);
    fill_access(f);
    return f->tick ? 0 : err_nomem(err, "starting the pocket EKS");
}

int front_new(const struct front_options *o, struct front **out, struct err *err)
{
    _cleanup_front_ struct front *f = mem_must(calloc(1, sizeof *f));
    f->options = *o;
    *out = NULL;
    if (start(f, err) < 0)
        return -1;
    *out = steal_ptr(f);
    return 0;
}

void front_free(struct front *f)
{
    if (!f)
        return;
    http_server_free(f->server);
    front_live_free(f->live);
    pocket_api_free(f->api);
    pki_release(&f->pki);
    explicit_bzero(f->token, sizeof f->token);
    free(f);
}

const struct front_access *front_access_of(const struct front *f)
{
    return &f->access;
}

int front_run(struct front *f, struct err *err)
{
    return http_server_run(f->server, err);
}

void front_stop(struct front *f)
{
    http_server_stop(f->server, STOP_GRACE_MS);
}
