#include "pocket/front/plane.h"

#include "base/duration.h"
#include "base/jsonw.h"
#include "base/must.h"
#include "pocket/plane/plane.h"

/* Further load balancers get no port: somebody makes them in a loop. */
#define PORTS_MAX 512
/* How long a program works on a request that does not say it. */
#define TAKES_MS 20
#define TAKES_MAX_MS 600000

struct port {
    struct front_plane *front;
    struct plane_balancer *balancer;
    struct plane_listener *listener;
};

/* A request that is worked on. */
struct flight {
    struct front_plane *front;
    struct http_exchange *x;
    struct http_timer *timer;
    struct plane_flight flight;
};

struct front_plane {
    struct front_plane_options options;
    struct plane *plane;
    VEC(struct port *) ports;
    VEC(struct front_port) told;
    char stats_url[300];
    struct arena texts;
};

/* ---- answers ---- */

static void write_body(const struct plane_flight *f, struct jsonw *j)
{
    jsonw_object(j);
    jsonw_kv_int(j, "status", f->status);
    if (f->pod && f->status == 200) {
        jsonw_kv_str(j, "namespace", f->pod->ns);
        jsonw_kv_str(j, "pod", f->pod->name);
        jsonw_kv_str(j, "node", f->pod->node);
        jsonw_kv_str(j, "zone", f->pod->zone);
    }
    if (f->target[0])
        jsonw_kv_str(j, "target", f->target);
    if (f->why)
        jsonw_kv_str(j, "why", f->why);
    jsonw_object_end(j);
}

/* Names of Kubernetes and addresses have nothing in them that a header could not hold. */
static void write_headers(const struct plane_flight *f, struct str *out)
{
    str_addf(out, "Content-Type: %s\r\n", f->body ? "text/plain" : "application/json");
    if (f->pod && f->status == 200)
        str_addf(out, "X-Toban-Pod: %s/%s\r\nX-Toban-Node: %s\r\nX-Toban-Zone: %s\r\n", f->pod->ns,
                 f->pod->name, f->pod->node, f->pod->zone);
    else
        str_adds(out, "Server: awselb/2.0\r\n");
}

static void add_location(const struct plane_flight *f, struct str *out)
{
    bool clean = f->location && !strpbrk(f->location, "\r\n");
    if (clean)
        str_addf(out, "Location: %s\r\n", f->location);
}

static void answer(struct http_exchange *x, struct plane_flight *f)
{
    _cleanup_str_ struct str headers = {0}, body = {0};
    struct jsonw j;
    int status = plane_end(f);
    str_init(&headers, 0);
    str_init(&body, 0);
    jsonw_init(&j, &body, 0);
    write_headers(f, &headers);
    add_location(f, &headers);
    if (f->body) {
        str_adds(&body, f->body);
    } else {
        write_body(f, &j);
        str_addc(&body, '\n');
    }
    http_exchange_answer_take(x, status, str_sv(&headers), &body);
    plane_flight_release(f);
}

static void flight_free(struct flight *f)
{
    http_timer_stop(f->timer);
    plane_flight_release(&f->flight);
    free(f);
}

static void on_gone(void *ctx)
{
    flight_free(ctx);
}

static void on_time(void *ctx)
{
    struct flight *f = ctx;
    f->front->options.clock(f->front->options.clock_ctx);
    answer(f->x, &f->flight);
    flight_free(f);
}

static void wait_for(struct front_plane *front, struct http_exchange *x, unsigned real_ms,
                     struct plane_flight *flight)
{
    struct flight *f = mem_must(calloc(1, sizeof *f));
    f->front = front;
    f->x = x;
    f->flight = *flight;
    if (flight->location)
        f->flight.location = f->flight.text;
    f->timer = mem_must(http_timer_start(front->options.server, real_ms, 0, on_time, f));
    http_exchange_listen(x, &(struct http_exchange_events){.on_close = on_gone, .ctx = f});
}

/* ---- requests ---- */

/* "takes=250ms" among the parameters. */
static int64_t takes_of(struct sv query)
{
    int64_t ms;
    while (query.len) {
        struct sv one = sv_split(&query, '&');
        if (sv_starts(one, "takes=") && duration_parse(sv_n(one.ptr + 6, one.len - 6), &ms))
            return ms < TAKES_MAX_MS ? ms : TAKES_MAX_MS;
    }
    return TAKES_MS;
}

static void on_request(void *ctx, struct http_exchange *x)
{
    const struct port *port = ctx;
    struct front_plane *front = port->front;
    const struct http_asked *asked = http_exchange_asked(x);
    const struct plane_ask ask = {
        .method = asked->method,
        .host = http_exchange_header(x, "host"),
        .path = asked->path,
        .takes_ms = takes_of(asked->query),
    };
    struct plane_flight flight;
    int64_t now = front->options.clock(front->options.clock_ctx);
    plane_begin(front->plane, port->balancer, port->listener, &ask, now, &flight);
    double real_ms = (double)(flight.ends - now) / front->options.speed;
    if (real_ms < 1)
        answer(x, &flight);
    else
        wait_for(front, x, (unsigned)real_ms, &flight);
}

/* ---- what was answered ---- */

static void write_answers(struct jsonw *j, const struct plane_balancer *b)
{
    char name[8];
    jsonw_key(j, "answers");
    jsonw_object(j);
    for (size_t i = 0; i < ARRAY_LEN(b->answers); i++)
        if (b->answers[i]) {
            snprintf(name, sizeof name, "%zu", i);
            jsonw_kv_int(j, name, (long long)b->answers[i]);
        }
    jsonw_object_end(j);
    jsonw_key(j, "why");
    jsonw_object(j);
    jsonw_kv_int(j, "refused", (long long)b->refused);
    jsonw_kv_int(j, "lost", (long long)b->lost);
    jsonw_kv_int(j, "silent", (long long)b->silent);
    jsonw_kv_int(j, "empty", (long long)b->empty);
    jsonw_object_end(j);
}

static void write_targets(struct front_plane *f, struct jsonw *j, const struct plane_balancer *b,
                          int64_t now)
{
    static const char *const names[] = {
        [ELBV2_INITIAL] = "initial",
        [ELBV2_HEALTHY] = "healthy",
        [ELBV2_UNHEALTHY] = "unhealthy",
        [ELBV2_DRAINING] = "draining",
    };
    struct plane *p = f->plane;
    long long counts[ARRAY_LEN(names)] = {0};
    for (size_t i = 0; i < plane_group_count(p); i++) {
        struct plane_group *g = plane_group_at(p, i);
        if (!plane_uses(p, b, g->arn))
            continue;
        vec_foreach(t, &g->targets) {
            enum elbv2_state state = plane_health(p, g, t, now).state;
            counts[state < ARRAY_LEN(names) ? state : 0]++;
        }
    }
    jsonw_key(j, "targets");
    jsonw_object(j);
    for (size_t i = 0; i < ARRAY_LEN(names); i++)
        if (names[i])
            jsonw_kv_int(j, names[i], counts[i]);
    jsonw_object_end(j);
}

static void on_stats(void *ctx, struct http_exchange *x)
{
    struct front_plane *f = ctx;
    _cleanup_str_ struct str body = {0};
    struct jsonw j;
    int64_t now = f->options.clock(f->options.clock_ctx);
    str_init(&body, 0);
    jsonw_init(&j, &body, 2);
    jsonw_object(&j);
    jsonw_kv_int(&j, "virtualMs", now);
    jsonw_key(&j, "loadBalancers");
    jsonw_array(&j);
    for (size_t i = 0; i < f->ports.len; i++) {
        jsonw_object(&j);
        jsonw_kv_str(&j, "name", f->told.items[i].name);
        jsonw_kv_str(&j, "url", f->told.items[i].url);
        jsonw_kv_str(&j, "arn", f->ports.items[i]->balancer->arn);
        write_answers(&j, f->ports.items[i]->balancer);
        write_targets(f, &j, f->ports.items[i]->balancer, now);
        jsonw_object_end(&j);
    }
    jsonw_array_end(&j);
    jsonw_object_end(&j);
    str_addc(&body, '\n');
    http_exchange_answer_take(x, 200, SV("Content-Type: application/json\r\n"), &body);
}

/* ---- ports ---- */

static int open_port(struct front_plane *f, void (*fn)(void *, struct http_exchange *), void *ctx,
                     unsigned *port, struct err *err)
{
    char address[280];
    snprintf(address, sizeof address, "%s:0", f->options.host);
    const struct http_listener listener = {.address = address, .on_request = fn, .ctx = ctx};
    return http_server_listen(f->options.server, &listener, port, err);
}

static bool has_port(const struct front_plane *f, const struct plane_listener *l)
{
    vec_foreach(port, &f->ports)
        if ((*port)->listener == l)
            return true;
    return false;
}

/* The target group of the service that it was made for; NULL: of none. */
static const struct plane_group *group_of(const struct front_plane *f,
                                          const struct plane_balancer *b)
{
    for (size_t i = 0; i < plane_group_count(f->plane); i++) {
        const struct plane_group *g = plane_group_at(f->plane, i);
        if (g->service && g->service_at == b->service_at)
            return g;
    }
    return NULL;
}

static void tell(struct front_plane *f, const struct plane_balancer *b, unsigned number)
{
    const struct plane_group *of = group_of(f, b);
    const char *name = of ? mem_must(arena_fmt(&f->texts, "%s/%s", of->ns, of->service)) : b->name;
    must_push(&f->told, (struct front_port){name, mem_must(arena_fmt(&f->texts, "http://%s:%u",
                                                                     f->options.host, number))});
    if (of)
        f->options.publish(f->options.publish_ctx, sv_of(of->ns), sv_of(of->service), b->dns);
}

static void enter_port(struct front_plane *f, struct plane_balancer *b, struct plane_listener *l)
{
    struct port *port = mem_must(calloc(1, sizeof *port));
    struct err err = {0};
    unsigned number;
    *port = (struct port){f, b, l};
    if (open_port(f, on_request, port, &number, &err) < 0) {
        free(port);
        return;
    }
    must_push(&f->ports, port);
    tell(f, b, number);
}

static void open_ports(struct front_plane *f)
{
    struct plane *p = f->plane;
    for (size_t i = 0; i < plane_balancer_count(p); i++) {
        struct plane_balancer *b = plane_balancer_at(p, i);
        vec_foreach(l, &b->listeners)
            if (f->ports.len < PORTS_MAX && !has_port(f, *l))
                enter_port(f, b, *l);
    }
}

void front_plane_look(struct front_plane *f, int64_t now_ms)
{
    plane_look(f->plane, now_ms);
    open_ports(f);
}

void front_plane_changed(void *ctx, const struct world_change *c, int64_t now_ms)
{
    plane_changed(((struct front_plane *)ctx)->plane, c, now_ms);
}

struct plane *front_plane_of(struct front_plane *f)
{
    return f->plane;
}

static struct plane *make_plane(const struct front_plane_options *o)
{
    const struct plane_options options = {
        .world = o->world,
        .cloud = o->cloud,
        .region = o->region,
        .account = o->account,
        .seed = o->seed,
        .ports = o->ports,
        .ports_ctx = o->ports_ctx,
        .address = o->address,
        .address_ctx = o->address_ctx,
    };
    return plane_new(&options);
}

int front_plane_new(const struct front_plane_options *o, struct front_plane **out, struct err *err)
{
    struct front_plane *f = mem_must(calloc(1, sizeof *f));
    unsigned port;
    f->options = *o;
    f->plane = make_plane(o);
    *out = NULL;
    if (open_port(f, on_stats, f, &port, err) < 0) {
        front_plane_free(f);
        return -1;
    }
    snprintf(f->stats_url, sizeof f->stats_url, "http://%s:%u/", o->host, port);
    open_ports(f);
    *out = f;
    return 0;
}

void front_plane_free(struct front_plane *f)
{
    if (!f)
        return;
    vec_foreach(port, &f->ports)
        free(*port);
    vec_release(&f->ports);
    vec_release(&f->told);
    plane_free(f->plane);
    arena_release(&f->texts);
    free(f);
}

const struct front_port *front_plane_ports(const struct front_plane *f, size_t *count)
{
    *count = f->told.len;
    return f->told.items;
}

const char *front_plane_stats_url(const struct front_plane *f)
{
    return f->stats_url;
}
