#include "base/cleanup.h"
#include "net/http.h"
#include "net/http_server.h"
#include "net/pki.h"
#include "net/websocket.h"

#include <arpa/inet.h>
#include <poll.h>
#include <pthread.h>
#include <semaphore.h>
#include <sys/socket.h>
#include <time.h>

#include "unit.h"

#define HOST "Host: a\r\n"

/* A server on a thread of its own. */
struct rig {
    struct http_server *server;
    struct pki pki;
    unsigned plain, tls;
    pthread_t thread;
    sem_t closed; /* posted for every exchange whose client left */
    unsigned turns;
};

/* More than a text may hold. */
#define OCEAN (STR_DEFAULT_MAX + ((size_t)16 << 20))

/* A stream that writes as long as there is room. */
struct flood {
    struct http_exchange *x;
    size_t left, most_waiting;
};

static void flood_on(void *ctx)
{
    struct flood *f = ctx;
    char line[1000];
    memset(line, 'x', sizeof line);
    bool room = true;
    while (room && f->left) {
        size_t n = f->left < sizeof line ? f->left : sizeof line;
        f->left -= n;
        room = http_exchange_write(f->x, sv_n(line, n));
        size_t waiting = http_exchange_waiting(f->x);
        f->most_waiting = waiting > f->most_waiting ? waiting : f->most_waiting;
    }
    if (f->left)
        return;
    char last[64];
    int n = snprintf(last, sizeof last, "%zu", f->most_waiting);
    http_exchange_write(f->x, sv_n(last, (size_t)n));
    http_exchange_end(f->x);
    free(f);
}

static void flood_gone(void *ctx)
{
    free(ctx);
}

static void start_flood(struct http_exchange *x, size_t bytes)
{
    struct flood *f = calloc(1, sizeof *f);
    *f = (struct flood){.x = x, .left = bytes};
    http_exchange_listen(
        x, &(struct http_exchange_events){.on_room = flood_on, .on_close = flood_gone, .ctx = f});
    http_exchange_begin(x, 200, SV("Content-Type: text/plain\r\n"));
    flood_on(f);
}

static void gone(void *ctx)
{
    sem_post(&((struct rig *)ctx)->closed);
}

static void raw_bytes(void *ctx, struct sv bytes)
{
    struct http_exchange *x = ctx;
    if (bytes.len == 0 || sv_is(bytes, "bye"))
        http_exchange_end(x);
    else
        http_exchange_write(x, bytes);
}

struct late {
    struct http_exchange *x;
    struct http_timer *timer;
};

struct talk {
    struct websocket *ws;
    struct rig *rig;
};

static void on_message(void *ctx, bool text, struct sv bytes)
{
    struct talk *t = ctx;
    if (sv_is(bytes, "bye"))
        websocket_close(t->ws, WEBSOCKET_NORMAL);
    else
        websocket_send(t->ws, text, bytes);
}

static void on_talk_over(void *ctx)
{
    struct talk *t = ctx;
    sem_post(&t->rig->closed);
    free(t);
}

static void accept_talk(struct rig *rig, struct http_exchange *x)
{
    struct talk *t = calloc(1, sizeof *t);
    const struct websocket_events events = {
        .on_message = on_message, .on_close = on_talk_over, .ctx = t};
    const char *protocol = websocket_offers(x, "v5.channel.k8s.io") ? "v5.channel.k8s.io" : NULL;
    t->rig = rig;
    t->ws = websocket_accept(x, protocol, &events);
    if (!t->ws)
        free(t);
}

static void answer_late(void *ctx)
{
    struct late *late = ctx;
    http_timer_stop(late->timer);
    http_exchange_answer(late->x, &(struct http_answer){.status = 200, .body = SV("late")});
    free(late);
}

static void answer_big(struct http_exchange *x, size_t n)
{
    struct str body = {0};
    str_fill(&body, 'b', n);
    http_exchange_answer_take(x, 200, SV("X-Kind: big\r\n"), &body);
}

static void echo(struct http_exchange *x)
{
    const struct http_asked *a = http_exchange_asked(x);
    _cleanup_str_ struct str body = {0};
    str_addf(&body, "%.*s %.*s %zu %.*s", SV_ARG(a->method), SV_ARG(a->target), a->body.len,
             (int)(a->body.len < 100 ? a->body.len : 100), a->body.ptr);
    struct http_answer answer = {200, SV("Content-Type: text/plain\r\n"), str_sv(&body)};
    http_exchange_answer(x, &answer);
}

static void answer(void *ctx, struct http_exchange *x)
{
    struct rig *rig = ctx;
    const struct http_asked *a = http_exchange_asked(x);
    if (sv_is(a->path, "/flood")) {
        start_flood(x, (size_t)8 << 20);
    } else if (sv_is(a->path, "/ocean")) {
        start_flood(x, OCEAN);
    } else if (sv_is(a->path, "/watch")) {
        http_exchange_listen(x, &(struct http_exchange_events){.on_close = gone, .ctx = rig});
        http_exchange_begin(x, 200, SV_NONE);
        http_exchange_write(x, SV("one\n"));
    } else if (sv_is(a->path, "/silent")) {
        http_exchange_listen(x, &(struct http_exchange_events){.on_close = gone, .ctx = rig});
    } else if (sv_is(a->path, "/cut")) {
        http_exchange_begin(x, 200, SV_NONE);
        http_exchange_write(x, SV("one\n"));
        http_exchange_cut(x);
    } else if (sv_is(a->path, "/upgrade") && a->upgrade) {
        http_exchange_listen(x, &(struct http_exchange_events){.on_bytes = raw_bytes, .ctx = x});
        http_exchange_upgrade(x, SV("Upgrade: echo\r\n"));
    } else if (sv_is(a->path, "/ws")) {
        accept_talk(rig, x);
    } else if (sv_is(a->path, "/late")) {
        struct late *late = calloc(1, sizeof *late);
        late->x = x;
        late->timer = http_timer_start(http_exchange_server(x), 1, 0, answer_late, late);
    } else if (sv_is(a->path, "/big")) {
        answer_big(x, (size_t)20 << 20);
    } else if (sv_is(a->path, "/nothing")) {
        http_exchange_answer(x, &(struct http_answer){.status = 204});
    } else {
        echo(x);
    }
}

static void count_turn(void *ctx)
{
    ((struct rig *)ctx)->turns++;
}

static void *serve(void *ctx)
{
    struct rig *rig = ctx;
    struct err err = {0};
    if (http_server_run(rig->server, &err) < 0)
        abort();
    return NULL;
}

static void rig_start(struct rig *rig, struct http_server_config config)
{
    struct err err = {0};
    const struct pki_wish wish = {"an authority", "a server", "DNS:localhost,IP:127.0.0.1",
                                  time(NULL), 1};
    *rig = (struct rig){0};
    sem_init(&rig->closed, 0, 0);
    assert_int_equal(pki_make(&rig->pki, &wish, &err), 0);
    assert_int_equal(http_server_new(&config, &rig->server, &err), 0);
    struct http_listener plain = {.address = "127.0.0.1:0", .on_request = answer, .ctx = rig};
    struct http_listener tls = plain;
    tls.cert = str_sv(&rig->pki.cert);
    tls.key = str_sv(&rig->pki.key);
    assert_int_equal(http_server_listen(rig->server, &plain, &rig->plain, &err), 0);
    assert_int_equal(http_server_listen(rig->server, &tls, &rig->tls, &err), 0);
    http_server_set_turn(rig->server, count_turn, rig);
    assert_int_equal(pthread_create(&rig->thread, NULL, serve, rig), 0);
}

static void rig_stop(struct rig *rig)
{
    http_server_stop(rig->server, 20000);
    pthread_join(rig->thread, NULL);
    http_server_free(rig->server);
    pki_release(&rig->pki);
    sem_destroy(&rig->closed);
}

/* A real, plain client. Waits at most so long that a hang is a failure. */
static int dial(const struct rig *rig)
{
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    struct sockaddr_in to = {.sin_family = AF_INET,
                             .sin_port = htons((uint16_t)rig->plain),
                             .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    struct timeval limit = {.tv_sec = 30};
    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
    assert_int_equal(connect(fd, (struct sockaddr *)&to, sizeof to), 0);
    return fd;
}

static void say(int fd, struct sv text)
{
    while (text.len) {
        ssize_t n = send(fd, text.ptr, text.len, MSG_NOSIGNAL);
        assert_true(n > 0);
        text = sv_n(text.ptr + n, text.len - (size_t)n);
    }
}

/* Reads until `until` has come, or with NULL until the end. False at an end that came before. */
static bool hear(int fd, struct str *out, const char *until)
{
    char piece[65536];
    for (;;) {
        if (until && sv_has(str_sv(out), until))
            return true;
        ssize_t n = recv(fd, piece, sizeof piece, 0);
        if (n == 0)
            return until == NULL;
        if (n < 0)
            fail_msg("nothing came: %s", str_c(out));
        str_add(out, piece, (size_t)n);
    }
}

/* Says one text on a new connection and hears all until the server closes it. */
static void talk(const struct rig *rig, struct sv text, struct str *out)
{
    _cleanup_close_ int fd = dial(rig);
    say(fd, text);
    assert_true(hear(fd, out, NULL));
}

static size_t count(struct sv hay, const char *needle)
{
    size_t n = 0;
    const char *at;
    while ((at = sv_find(hay, needle))) {
        n++;
        size_t skip = (size_t)(at - hay.ptr) + 1;
        hay = sv_n(hay.ptr + skip, hay.len - skip);
    }
    return n;
}

/* ---- plain requests ---- */

static void keeps_connections_and_answers_in_order(void **state)
{
    struct rig rig;
    _cleanup_str_ struct str out = {0};
    rig_start(&rig, (struct http_server_config){0});
    talk(&rig,
         SV("GET /late HTTP/1.1\r\n" HOST "\r\nPOST /a HTTP/1.1\r\n" HOST
            "Content-Length: 3\r\n\r\nabcGET /big HTTP/1.1\r\n" HOST "\r\nPOST /b HTTP/1.1\r\n" HOST
            "Transfer-Encoding: chunked\r\n\r\n"
            "2\r\nde\r\n0\r\n\r\nGET /c HTTP/1.1\r\n" HOST "Connection: close\r\n\r\n"),
         &out);
    assert_int_equal(count(str_sv(&out), "HTTP/1.1 200 OK\r\n"), 5);
    const char *late = strstr(out.data, "late"), *a = strstr(out.data, "POST /a 3 abc"),
               *big = strstr(out.data, "X-Kind: big"), *b = strstr(out.data, "POST /b 2 de"),
               *c = strstr(out.data, "GET /c 0");
    assert_true(late && a && big && b && c && late < a && a < big && big < b && b < c);
    assert_true(out.len > ((size_t)20 << 20));
    assert_int_equal(count(str_sv(&out), "Connection: close"), 1);
    rig_stop(&rig);
    assert_true(rig.turns > 1);
}

static void speaks_http10(void **state)
{
    struct rig rig;
    _cleanup_str_ struct str out = {0}, kept = {0}, stream = {0};
    rig_start(&rig, (struct http_server_config){0});
    talk(&rig, SV("GET /a HTTP/1.0\r\n\r\n"), &out);
    assert_true(sv_has(str_sv(&out), "Connection: close\r\n"));
    assert_true(sv_ends(str_sv(&out), "GET /a 0 "));
    talk(&rig, SV("GET /a HTTP/1.0\r\nConnection: keep-alive\r\n\r\nGET /b HTTP/1.0\r\n\r\n"),
         &kept);
    assert_true(sv_has(str_sv(&kept), "Connection: keep-alive\r\n"));
    assert_true(sv_ends(str_sv(&kept), "GET /b 0 "));
    talk(&rig, SV("GET /flood HTTP/1.0\r\n\r\n"), &stream);
    assert_false(sv_has(str_sv(&stream), "chunked"));
    assert_true(stream.len > ((size_t)8 << 20));
    rig_stop(&rig);
}

static void answers_head_without_a_body(void **state)
{
    struct rig rig;
    _cleanup_str_ struct str out = {0};
    rig_start(&rig, (struct http_server_config){0});
    talk(&rig,
         SV("HEAD /big HTTP/1.1\r\n" HOST "\r\nHEAD /flood HTTP/1.1\r\n" HOST
            "\r\nGET /nothing HTTP/1.1\r\n" HOST "\r\nHEAD /x HTTP/1.1\r\n" HOST
            "Connection: close\r\n\r\n"),
         &out);
    assert_true(sv_has(str_sv(&out), "Content-Length: 20971520\r\n"));
    assert_true(sv_has(str_sv(&out), "HTTP/1.1 204 No Content\r\n"));
    assert_int_equal(count(str_sv(&out), "HTTP/1.1 "), 4);
    assert_int_equal(count(str_sv(&out), "Content-Length"), 2);
    assert_true(sv_ends(str_sv(&out), "\r\n\r\n"));
    rig_stop(&rig);
}

static void asks_for_the_body_when_the_client_waits(void **state)
{
    struct rig rig;
    _cleanup_str_ struct str out = {0}, refused = {0};
    rig_start(&rig, (struct http_server_config){.body_max = 1000});
    _cleanup_close_ int fd = dial(&rig);
    say(fd, SV("POST /a HTTP/1.1\r\n" HOST "Expect: 100-continue\r\nContent-Length: 3\r\n\r\n"));
    assert_true(hear(fd, &out, "HTTP/1.1 100 Continue\r\n\r\n"));
    say(fd, SV("abc"));
    assert_true(hear(fd, &out, "POST /a 3 abc"));
    talk(&rig,
         SV("POST /a HTTP/1.1\r\n" HOST "Expect: 100-continue\r\nContent-Length: 1001\r\n\r\n"),
         &refused);
    assert_true(sv_starts(str_sv(&refused), "HTTP/1.1 413 "));
    assert_false(sv_has(str_sv(&refused), "100 Continue"));
    rig_stop(&rig);
}

/* ---- what is refused ---- */

static void refuses_and_closes(void **state)
{
    static const struct {
        const char *text;
        const char *begins;
    } cases[] = {
        {"POST / HTTP/1.1\r\n" HOST "Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n"
         "0\r\n\r\nGET /smuggled HTTP/1.1\r\n" HOST "\r\n",
         "HTTP/1.1 400 Bad Request\r\n"},
        {"POST / HTTP/1.1\r\n" HOST "Content-Length: 0\r\nContent-Length: 44\r\n\r\n"
         "GET /smuggled HTTP/1.1\r\n" HOST "\r\n",
         "HTTP/1.1 400 Bad Request\r\n"},
        {"POST / HTTP/1.1\r\n" HOST "Transfer-Encoding: xchunked\r\n\r\nGET /smuggled HTTP/1.1\r\n"
         "\r\n",
         "HTTP/1.1 501 "},
        {"GET / HTTP/1.1\r\n\r\n", "HTTP/1.1 400 Bad Request\r\n"},
        {"\x16\x03\x01\x02\x01\x01\r\n", "HTTP/1.1 400 Bad Request\r\n"},
        {"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", "HTTP/1.1 50"},
    };
    struct rig rig;
    rig_start(&rig, (struct http_server_config){0});
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        _cleanup_str_ struct str out = {0};
        talk(&rig, sv_of(cases[i].text), &out);
        if (!sv_starts(str_sv(&out), cases[i].begins) || count(str_sv(&out), "HTTP/1.1 ") != 1 ||
            !sv_has(str_sv(&out), "Connection: close"))
            fail_msg("case %zu: %s", i, str_c(&out));
    }
    rig_stop(&rig);
}

/* The answer arrives although the client still sends. */
static void refuses_a_body_while_it_comes(void **state)
{
    struct rig rig;
    _cleanup_str_ struct str out = {0}, text = {0};
    rig_start(&rig, (struct http_server_config){.body_max = 1000});
    str_adds(&text, "POST / HTTP/1.1\r\n" HOST "Transfer-Encoding: chunked\r\n\r\n40000\r\n");
    str_fill(&text, 'x', 0x40000);
    talk(&rig, str_sv(&text), &out);
    assert_true(sv_starts(str_sv(&out), "HTTP/1.1 413 "));
    rig_stop(&rig);
}

static void does_not_wait_for_the_slow(void **state)
{
    struct rig rig;
    _cleanup_str_ struct str head = {0}, body = {0}, idle = {0};
    rig_start(&rig, (struct http_server_config){.head_timeout_ms = 200});
    talk(&rig, SV("GET / HTTP/1.1\r\nX: "), &head);
    assert_true(sv_starts(str_sv(&head), "HTTP/1.1 408 "));
    rig_stop(&rig);
    rig_start(&rig, (struct http_server_config){.body_timeout_ms = 30, .idle_timeout_ms = 30});
    talk(&rig, SV("POST / HTTP/1.1\r\n" HOST "Content-Length: 3\r\n\r\na"), &body);
    assert_true(sv_starts(str_sv(&body), "HTTP/1.1 408 "));
    talk(&rig, SV("GET /a HTTP/1.1\r\n" HOST "\r\n"), &idle);
    assert_true(sv_ends(str_sv(&idle), "GET /a 0 "));
    rig_stop(&rig);
}

/* One byte now and then does not keep a head alive: its time is counted from the first one. */
static void a_head_that_drips_is_ended(void **state)
{
    struct rig rig;
    rig_start(&rig, (struct http_server_config){.head_timeout_ms = 200});
    _cleanup_close_ int fd = dial(&rig);
    _cleanup_str_ struct str out = {0};
    say(fd, SV("GET / HTTP/1.1\r\nX: "));
    char byte;
    while (recv(fd, &byte, 1, MSG_DONTWAIT | MSG_PEEK) < 0 && send(fd, "x", 1, MSG_NOSIGNAL) == 1)
        sched_yield();
    assert_true(hear(fd, &out, "HTTP/1.1 4"));
    rig_stop(&rig);
}

static void ends_who_does_not_read(void **state)
{
    struct rig rig;
    rig_start(&rig, (struct http_server_config){.write_timeout_ms = 50});
    _cleanup_close_ int fd = dial(&rig);
    int small = 4096;
    setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &small, sizeof small);
    say(fd, SV("GET /flood HTTP/1.1\r\n" HOST "\r\nleft unread"));
    struct pollfd hung_up = {.fd = fd};
    assert_int_equal(poll(&hung_up, 1, 30000), 1);
    assert_true(hung_up.revents & (POLLERR | POLLHUP));
    rig_stop(&rig);
}

static void takes_only_so_many_connections(void **state)
{
    struct rig rig;
    rig_start(&rig, (struct http_server_config){.max_connections = 2});
    _cleanup_close_ int one = dial(&rig), two = dial(&rig);
    _cleanup_str_ struct str first = {0}, second = {0};
    say(one, SV("GET /1 HTTP/1.1\r\n" HOST "\r\n"));
    say(two, SV("GET /2 HTTP/1.1\r\n" HOST "\r\n"));
    assert_true(hear(one, &first, "GET /1") && hear(two, &second, "GET /2"));
    _cleanup_close_ int three = dial(&rig);
    char byte;
    assert_true(recv(three, &byte, 1, 0) <= 0);
    rig_stop(&rig);
}

/* ---- streams ---- */

static void a_stream_waits_for_its_reader(void **state)
{
    struct rig rig;
    _cleanup_str_ struct str out = {0};
    rig_start(&rig, (struct http_server_config){.room = 100000});
    talk(&rig, SV("GET /flood HTTP/1.1\r\n" HOST "Connection: close\r\n\r\n"), &out);
    assert_true(sv_has(str_sv(&out), "Transfer-Encoding: chunked\r\n"));
    assert_true(sv_ends(str_sv(&out), "\r\n0\r\n\r\n"));
    const char *last = strrchr(out.data, 'x');
    unsigned long most = 0;
    assert_int_equal(sscanf(last, "x\r\n%*x\r\n%lu", &most), 1);
    assert_in_range(most, 100001, 102000);
    rig_stop(&rig);
}

static void a_stream_has_no_end_of_its_own(void **state)
{
    struct rig rig;
    char piece[65536];
    size_t heard = 0;
    ssize_t n;
    rig_start(&rig, (struct http_server_config){0});
    int fd = dial(&rig);
    say(fd, SV("GET /ocean HTTP/1.0\r\n\r\n"));
    while ((n = recv(fd, piece, sizeof piece, 0)) > 0)
        heard += (size_t)n;
    assert_int_equal(n, 0);
    assert_true(heard > OCEAN);
    close(fd);
    rig_stop(&rig);
}

static void tells_when_a_client_leaves(void **state)
{
    static const char *const asks[] = {"GET /watch HTTP/1.1\r\n" HOST "\r\n",
                                       "GET /silent HTTP/1.1\r\n" HOST "\r\n"};
    struct rig rig;
    rig_start(&rig, (struct http_server_config){0});
    for (size_t i = 0; i < ARRAY_LEN(asks); i++) {
        int fd = dial(&rig);
        say(fd, sv_of(asks[i]));
        if (i == 0) {
            _cleanup_str_ struct str out = {0};
            assert_true(hear(fd, &out, "4\r\none\n\r\n"));
        }
        close(fd);
        sem_wait(&rig.closed);
    }
    rig_stop(&rig);
}

static void a_cut_stream_has_no_end(void **state)
{
    struct rig rig;
    _cleanup_str_ struct str out = {0};
    rig_start(&rig, (struct http_server_config){0});
    talk(&rig, SV("GET /cut HTTP/1.1\r\n" HOST "\r\n"), &out);
    assert_false(sv_ends(str_sv(&out), "0\r\n\r\n"));
    rig_stop(&rig);
}

static void stop_ends_streams_and_idle_connections(void **state)
{
    struct rig rig;
    _cleanup_str_ struct str out = {0}, end = {0};
    rig_start(&rig, (struct http_server_config){0});
    _cleanup_close_ int watch = dial(&rig), idle = dial(&rig);
    say(watch, SV("GET /watch HTTP/1.1\r\n" HOST "\r\n"));
    assert_true(hear(watch, &out, "one\n"));
    rig_stop(&rig);
    assert_true(hear(idle, &end, NULL));
}

static void hands_a_connection_over(void **state)
{
    struct rig rig;
    _cleanup_str_ struct str out = {0};
    rig_start(&rig, (struct http_server_config){0});
    _cleanup_close_ int fd = dial(&rig);
    say(fd,
        SV("GET /upgrade HTTP/1.1\r\n" HOST "Connection: Upgrade\r\nUpgrade: echo\r\n\r\nahead "));
    assert_true(hear(fd, &out, "ahead "));
    assert_true(sv_starts(str_sv(&out), "HTTP/1.1 101 Switching Protocols\r\n"));
    assert_true(sv_has(str_sv(&out), "Connection: Upgrade\r\n\r\nahead "));
    say(fd, SV("GET / HTTP/1.1\r\n\r\n"));
    assert_true(hear(fd, &out, "GET / HTTP/1.1\r\n\r\n"));
    say(fd, SV("bye"));
    assert_true(hear(fd, &out, NULL));
    rig_stop(&rig);
}

/* ---- WebSocket; the key, its answer and the masked "Hello" are RFC 6455's examples ---- */

#define HANDSHAKE                                                                                  \
    "GET /ws HTTP/1.1\r\n" HOST "Connection: Upgrade\r\nUpgrade: websocket\r\n"                    \
    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n"
#define HELLO "\x81\x85\x37\xfa\x21\x3d\x7f\x9f\x4d\x51\x58"
#define MASK "\0\0\0\0"

static void talks_websocket(void **state)
{
    struct rig rig;
    _cleanup_str_ struct str out = {0};
    rig_start(&rig, (struct http_server_config){0});
    _cleanup_close_ int fd = dial(&rig);
    say(fd, SV(HANDSHAKE "Sec-WebSocket-Protocol: v4.channel.k8s.io, v5.channel.k8s.io\r\n\r\n"));
    assert_true(hear(fd, &out, "\r\n\r\n"));
    assert_true(sv_starts(str_sv(&out), "HTTP/1.1 101 "));
    assert_true(sv_has(str_sv(&out), "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n"));
    assert_true(sv_has(str_sv(&out), "Sec-WebSocket-Protocol: v5.channel.k8s.io\r\n"));
    str_reset(&out);
    say(fd, SV(HELLO));
    assert_true(hear(fd, &out, "\x81\x05Hello"));
    /* In two fragments with a ping between them. */
    say(fd, SV("\x02\x82" MASK "ab\x89\x81" MASK "p\x80\x81" MASK "c"));
    assert_true(hear(fd, &out,
                     "\x82\x03"
                     "abc"));
    assert_true(sv_has(str_sv(&out), "\x8a\x01p"));
    say(fd, SV("\x81\x83" MASK "bye"));
    assert_true(hear(fd, &out, "\x88\x02\x03\xe8"));
    say(fd, SV("\x88\x82" MASK "\x03\xe8"));
    assert_true(hear(fd, &out, NULL));
    sem_wait(&rig.closed);
    rig_stop(&rig);
}

static void ends_websockets_that_break_the_rules(void **state)
{
    static const struct sv frames[] = {
        {"\x81\x05Hello", 7},            /* a client must mask */
        {"\x83\x81" MASK "x", 7},        /* no such opcode */
        {"\xc1\x81" MASK "x", 7},        /* a bit nobody agreed on */
        {"\x81\x82" MASK "\xff\xff", 8}, /* no UTF-8 */
    };
    struct rig rig;
    rig_start(&rig, (struct http_server_config){0});
    for (size_t i = 0; i < ARRAY_LEN(frames); i++) {
        _cleanup_str_ struct str out = {0};
        _cleanup_close_ int fd = dial(&rig);
        say(fd, SV(HANDSHAKE "\r\n"));
        assert_true(hear(fd, &out, "\r\n\r\n"));
        say(fd, frames[i]);
        assert_true(hear(fd, &out, "\x88\x02\x03"));
        shutdown(fd, SHUT_RDWR);
        sem_wait(&rig.closed);
    }
    rig_stop(&rig);
}

static void ends_websockets_with_huge_messages(void **state)
{
    struct rig rig;
    _cleanup_str_ struct str out = {0}, huge = {0};
    rig_start(&rig, (struct http_server_config){0});
    _cleanup_close_ int fd = dial(&rig);
    say(fd, SV(HANDSHAKE "\r\n"));
    assert_true(hear(fd, &out, "\r\n\r\n"));
    str_add(&huge, "\x82\xff\0\0\0\0\0\x20\0\0" MASK, 14);
    str_fill(&huge, 'x', (size_t)2 << 20);
    say(fd, str_sv(&huge));
    assert_true(hear(fd, &out, "\x88\x02\x03\xf1"));
    shutdown(fd, SHUT_RDWR);
    sem_wait(&rig.closed);
    rig_stop(&rig);
}

static void refuses_what_is_no_handshake(void **state)
{
    static const struct {
        const char *text, *begins;
    } cases[] = {
        {"GET /ws HTTP/1.1\r\n" HOST "Connection: close\r\n\r\n", "HTTP/1.1 400 "},
        {"GET /ws HTTP/1.1\r\n" HOST "Connection: Upgrade, close\r\nUpgrade: SPDY/3.1\r\n\r\n",
         "HTTP/1.1 400 "},
        {"GET /ws HTTP/1.1\r\n" HOST "Connection: Upgrade, close\r\nUpgrade: websocket\r\n"
         "Sec-WebSocket-Key: short\r\nSec-WebSocket-Version: 13\r\n\r\n",
         "HTTP/1.1 400 "},
        {"GET /ws HTTP/1.1\r\n" HOST "Connection: Upgrade, close\r\nUpgrade: websocket\r\n"
         "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 8\r\n\r\n",
         "HTTP/1.1 426 "},
    };
    struct rig rig;
    rig_start(&rig, (struct http_server_config){0});
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        _cleanup_str_ struct str out = {0};
        talk(&rig, sv_of(cases[i].text), &out);
        if (!sv_starts(str_sv(&out), cases[i].begins))
            fail_msg("case %zu: %s", i, str_c(&out));
    }
    rig_stop(&rig);
}

/* ---- over TLS, with a real client ---- */

static void fetch(struct rig *rig, struct http_client *client, const char *path, struct sv body,
                  struct http_response *r)
{
    struct err err = {0};
    char url[128];
    snprintf(url, sizeof url, "https://localhost:%u%s", rig->tls, path);
    struct http_request request = {.method = body.ptr ? "POST" : "GET", .url = url, .body = body};
    if (http_run(client, &request, r, &err) < 0)
        fail_msg("%s: %s", path, err.msg);
}

static void serves_libcurl_over_tls(void **state)
{
    struct rig rig;
    struct err err = {0};
    _cleanup_http_client_ struct http_client *client = NULL;
    _cleanup_http_response_ struct http_response r = {0};
    _cleanup_str_ struct str body = {0};
    rig_start(&rig, (struct http_server_config){0});
    struct http_config config = {.ca.text = str_sv(&rig.pki.ca)};
    assert_int_equal(http_client_new(&config, &client, &err), 0);
    fetch(&rig, client, "/big", SV_NONE, &r);
    assert_int_equal(r.body.len, 20 << 20);
    fetch(&rig, client, "/flood", SV_NONE, &r);
    assert_true(r.body.len > 8 << 20);
    str_fill(&body, 'y', (size_t)5 << 20); /* curl asks by Expect: 100-continue first */
    fetch(&rig, client, "/up", str_sv(&body), &r);
    assert_true(sv_starts(str_sv(&r.body), "POST /up 5242880 yyy"));
    http_client_free(steal_ptr(client));
    rig_stop(&rig);
}

static void plain_http_to_the_tls_port_is_told_so(void **state)
{
    struct rig rig;
    _cleanup_str_ struct str out = {0};
    rig_start(&rig, (struct http_server_config){0});
    struct rig wrong = rig;
    wrong.plain = rig.tls;
    talk(&wrong, SV("GET / HTTP/1.1\r\n" HOST "\r\n"), &out);
    assert_true(sv_has(str_sv(&out), "an HTTP request to an HTTPS server"));
    rig_stop(&rig);
}

/* ---- what cannot be opened ---- */

static void says_why_it_cannot_listen(void **state)
{
    struct rig rig;
    struct err err = {0};
    unsigned port;
    char taken[64];
    rig_start(&rig, (struct http_server_config){0});
    _cleanup_http_server_ struct http_server *other = NULL;
    assert_int_equal(http_server_new(&(struct http_server_config){0}, &other, &err), 0);
    struct http_listener l = {.address = taken, .on_request = answer};
    snprintf(taken, sizeof taken, "127.0.0.1:%u", rig.plain);
    assert_int_equal(http_server_listen(other, &l, &port, &err), -1);
    assert_true(sv_has(sv_of(err.msg), "address already in use"));
    l.address = "nowhere";
    assert_int_equal(http_server_listen(other, &l, &port, &err), -1);
    assert_int_equal(err.class, ERR_USAGE);
    l = (struct http_listener){.address = "127.0.0.1:0", .cert = SV("x"), .key = SV("y")};
    assert_int_equal(http_server_listen(other, &l, &port, &err), -1);
    assert_int_equal(err.class, ERR_INPUT);
    rig_stop(&rig);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(keeps_connections_and_answers_in_order),
        cmocka_unit_test(speaks_http10),
        cmocka_unit_test(answers_head_without_a_body),
        cmocka_unit_test(asks_for_the_body_when_the_client_waits),
        cmocka_unit_test(refuses_and_closes),
        cmocka_unit_test(refuses_a_body_while_it_comes),
        cmocka_unit_test(does_not_wait_for_the_slow),
        cmocka_unit_test(a_head_that_drips_is_ended),
        cmocka_unit_test(ends_who_does_not_read),
        cmocka_unit_test(takes_only_so_many_connections),
        cmocka_unit_test(a_stream_waits_for_its_reader),
        cmocka_unit_test(a_stream_has_no_end_of_its_own),
        cmocka_unit_test(tells_when_a_client_leaves),
        cmocka_unit_test(a_cut_stream_has_no_end),
        cmocka_unit_test(stop_ends_streams_and_idle_connections),
        cmocka_unit_test(hands_a_connection_over),
        cmocka_unit_test(talks_websocket),
        cmocka_unit_test(ends_websockets_that_break_the_rules),
        cmocka_unit_test(ends_websockets_with_huge_messages),
        cmocka_unit_test(refuses_what_is_no_handshake),
        cmocka_unit_test(serves_libcurl_over_tls),
        cmocka_unit_test(plain_http_to_the_tls_port_is_told_so),
        cmocka_unit_test(says_why_it_cannot_listen),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
