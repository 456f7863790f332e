#include "pocket/front/front.h"

#include "base/must.h"
#include "base/secret.h"
#include "net/pki.h"
#include "pocket/front/aws.h"
#include "pocket/front/kube.h"
#include "pocket/front/live.h"
#include "pocket/front/plane.h"
#include "pocket/front/service.h"
#include "pocket/plane/plane.h"

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
    struct front_plane *plane;
    struct front_aws aws;
    struct pki pki;
    struct http_timer *tick;
    int64_t started_ms; /* of the clock that never jumps */
    int64_t unix_ms;    /* when it started */
    int64_t run_ms;     /* virtual time up to which all is done */
    char token[65];
    char server_url[300], aws_url[40];
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

/* Cluster and AWS go on together, from one thing that AWS does to the next. */
static void run_until(struct front *f, int64_t now)
{
    while (f->run_ms < now) {
        int64_t next = pocket_aws_next(f->aws.aws);
        f->run_ms = next > now ? now : next > f->run_ms ? next : f->run_ms + 1;
        pocket_api_set_time(f->api, f->unix_ms + f->run_ms);
        front_live_run(f->live, f->run_ms);
        pocket_aws_run(f->aws.aws, f->run_ms);
    }
}

/* Brings everything up to now. */
static void catch_up(void *ctx)
{
    struct front *f = ctx;
    run_until(f, virtual_ms(f));
    front_plane_look(f->plane, f->run_ms);
}

static int64_t plane_clock(void *ctx)
{
    catch_up(ctx);
    return virtual_ms(ctx);
}

static void on_turn(void *ctx)
{
    struct front *f = ctx;
    front_kube_turn(&f->kube);
    front_aws_turn(&f->aws);
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

static const char *pod_address(const void *ctx, uint32_t pod, char out[static ADDRESS_TEXT_MAX])
{
    return pocket_life_pod_address(ctx, pod, out);
}

/* The group that pods of the service are registered in. */
static const char *target_group(void *ctx, struct sv ns, struct sv service)
{
    const struct plane *plane = ctx;
    for (size_t i = 0; i < plane_group_count(plane); i++) {
        const struct plane_group *g = plane_group_at(plane, i);
        if (g->service && !g->instances && sv_is(service, g->service) && sv_is(ns, g->ns))
            return g->name;
    }
    return NULL;
}

/* Load balancers exist before the first change is told, so that they miss none. */
static int start_plane(struct front *f, struct err *err)
{
    struct pocket_life *life = front_live_life(f->live);
    const struct front_plane_options options = {
        .server = f->server,
        .world = pocket_life_world(life),
        .cloud = f->options.cloud,
        .region = f->options.region,
        .account = f->options.account,
        .host = "127.0.0.1",
        .seed = f->options.seed,
        .speed = f->options.speed,
        .clock = plane_clock,
        .clock_ctx = f,
        .ports = front_service_ports,
        .ports_ctx = f->api,
        .publish = front_service_publish,
        .publish_ctx = f->api,
        .address = pod_address,
        .address_ctx = life,
    };
    if (front_plane_new(&options, &f->plane, err) < 0)
        return -1;
    pocket_life_listen(life, front_plane_changed, f->plane);
    pocket_life_ask_groups(life, target_group, front_plane_of(f->plane));
    return 0;
}

/* AWS is served in clear: its clients are told an address, not an authority. */
static int start_aws(struct front *f, struct err *err)
{
    const struct pocket_aws_options options = {
        .cluster = f->options.cluster,
        .region = f->options.region,
        .account = f->options.account,
        .version = f->options.version,
        .server = f->server_url,
        .ca = str_sv(&f->pki.ca),
        .seed = f->options.seed,
        .world = f->options.world,
        .cloud = f->options.cloud,
        .life = front_live_life(f->live),
        .faults = f->options.faults,
        .plane = front_plane_of(f->plane),
    };
    const struct http_listener listener = {
        .address = "127.0.0.1:0",
        .on_request = front_aws_request,
        .ctx = &f->aws,
    };
    unsigned port = 0;
    f->aws = (struct front_aws){.aws = pocket_aws_new(&options), .clock = catch_up, .ctx = f};
    if (http_server_listen(f->server, &listener, &port, err) < 0)
        return -1;
    snprintf(f->aws_url, sizeof f->aws_url, "http://127.0.0.1:%u", port);
    return 0;
}

static void fill_access(struct front *f)
{
    f->access = (struct front_access){
        .cluster = f->options.cluster,
        .region = f->options.region,
        .server = f->server_url,
        .ca = str_sv(&f->pki.ca),
        .token = sv_of(f->token),
        .aws = f->aws_url,
        .key_id = "AKIAPOCKETEXAMPLE000",
        .secret = "nobody-checks-the-signature",
        .stats = front_plane_stats_url(f->plane),
    };
    f->access.ports = front_plane_ports(f->plane, &f->access.port_count);
}

static int start(struct front *f, struct err *err)
{
    /* A transaction of DynamoDB: 4 MB of items, in base64. */
    const struct http_server_config config = {.body_max = (size_t)16 << 20};
    f->started_ms = clock_ms(CLOCK_MONOTONIC);
    f->unix_ms = clock_ms(CLOCK_REALTIME);
    if (make_token(f, err) < 0 || http_server_new(&config, &f->server, err) < 0 ||
        listen_kube(f, err) < 0)
        return -1;
    start_api(f);
    if (f->options.enter && f->options.enter(f->options.enter_ctx, f, err) < 0)
        return -1;
    f->options.world->taken = f->unix_ms / 1000;
    const struct front_live_options live = {
        .world = f->options.world,
        .cloud = f->options.cloud,
        .seed = f->options.seed,
        .ca = str_sv(&f->pki.ca),
    };
    f->live = front_live_new(f->api, &live);
    if (start_plane(f, err) < 0 || start_aws(f, err) < 0)
        return -1;
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
    pocket_aws_free(f->aws.aws);
    front_plane_free(f->plane);
    front_live_free(f->live);
    pocket_api_free(f->api);
    pki_release(&f->pki);
    explicit_bzero(f->token, sizeof f->token);
    free(f);
}

int front_enter(struct front *f, struct sv json, struct err *err)
{
    return pocket_api_load(f->api, json, err);
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
