#include "base/must.h"
#include "pocket/front/container.h"
#include "pocket/front/session_internal.h"

#define NOT_FOUND 127 /* what shells and runtimes say of a program that is not there */
/* Until a program has started. kubectl 1.30 to 1.33 may not have made its streams yet when an
 * answer comes at once, and then loses it (kubernetes/kubernetes issue 131189). */
#define START_MS 250

enum channel { CHANNEL_STDOUT = 1, CHANNEL_STDERR = 2, CHANNEL_STATUS = 3 };

static int hex(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    c |= 0x20;
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static struct sv unescape(struct arena *a, struct sv text)
{
    char *out = mem_must(arena_dup(a, text));
    size_t n = 0;
    for (size_t i = 0; i < text.len; i++) {
        bool escape = text.ptr[i] == '%' && i + 2 < text.len && hex(text.ptr[i + 1]) >= 0 &&
                      hex(text.ptr[i + 2]) >= 0;
        out[n++] = text.ptr[i] == '+' ? ' ' : text.ptr[i];
        if (escape) {
            out[n - 1] = (char)(hex(text.ptr[i + 1]) << 4 | hex(text.ptr[i + 2]));
            i += 2;
        }
    }
    return sv_n(out, n);
}

static void read_wish(struct front_session *s, struct sv key, struct sv value)
{
    bool on = sv_is(value, "1") || sv_is(value, "true");
    s->in |= on && sv_is(key, "stdin");
    s->out |= on && sv_is(key, "stdout");
    s->err |= on && sv_is(key, "stderr");
    s->tty |= on && sv_is(key, "tty");
}

static void read_port(struct front_session *s, struct sv value)
{
    uint64_t port;
    while (value.ptr) {
        struct sv one = sv_split(&value, ',');
        if (sv_to_u64(one, &port) && port && port < 65536 && s->port_count < SESSION_PORTS_MAX)
            s->ports[s->port_count++] = (unsigned)port;
    }
}

static void read_query(struct front_session *s, struct sv query)
{
    s->container = SV("");
    while (query.ptr && s->argc < SESSION_ARGS_MAX) {
        struct sv value = sv_split(&query, '&'), key = sv_split(&value, '=');
        if (sv_is(key, "command"))
            s->argv[s->argc++] = unescape(&s->arena, value);
        else if (sv_is(key, "container"))
            s->container = unescape(&s->arena, value);
        else if (sv_is(key, "ports"))
            read_port(s, unescape(&s->arena, value));
        else
            read_wish(s, key, value);
    }
}

static bool can_be(struct front_session *s, const struct doc_node *pod, struct str *why)
{
    if (s->kind != SESSION_FORWARD && !front_container(pod, s->container, &s->container, why))
        return false;
    if (!front_container_runs(pod, why))
        return false;
    if (s->kind == SESSION_EXEC && !s->argc) {
        str_adds(why, "you must specify at least 1 command for the container");
        return false;
    }
    s->container = sv_of(mem_must(arena_dup(&s->arena, s->container)));
    return true;
}

struct front_session *front_session_new(const struct front_pods *pods, const struct doc_node *pod,
                                        struct sv subresource, struct sv query, struct str *why)
{
    struct front_session *s = mem_must(calloc(1, sizeof *s));
    s->kind = sv_is(subresource, "exec")     ? SESSION_EXEC
              : sv_is(subresource, "attach") ? SESSION_ATTACH
                                             : SESSION_FORWARD;
    s->pods = *pods;
    s->ns = unescape(&s->arena, doc_string(doc_at(pod, "metadata.namespace")));
    s->host = unescape(&s->arena, doc_string(doc_at(pod, "metadata.name")));
    s->uid = unescape(&s->arena, doc_string(doc_at(pod, "metadata.uid")));
    read_query(s, query);
    if (can_be(s, pod, why))
        return s;
    front_session_free(s);
    return NULL;
}

void front_session_free(struct front_session *s)
{
    if (!s)
        return;
    http_timer_stop(s->late);
    http_timer_stop(s->tick);
    session_forward_release(s);
    spdy_free(s->spdy);
    arena_release(&s->arena);
    free(s);
}

struct doc_node *session_pod(const struct front_session *s, struct arena *a)
{
    struct doc_node *pod = s->pods.get(s->pods.ctx, a, s->ns, s->host);
    return pod && sv_eq(doc_string(doc_at(pod, "metadata.uid")), s->uid) ? pod : NULL;
}

int front_session_answer(struct sv host, const struct sv *argv, size_t argc, struct str *out,
                         struct str *err)
{
    if (sv_is(argv[0], "true"))
        return 0;
    if (sv_is(argv[0], "false"))
        return 1;
    if (sv_is(argv[0], "hostname")) {
        str_addf(out, "%.*s\n", SV_ARG(host));
        return 0;
    }
    if (sv_is(argv[0], "echo")) {
        for (size_t i = 1; i < argc; i++)
            str_addf(out, "%s%.*s", i > 1 ? " " : "", SV_ARG(argv[i]));
        str_adds(out, "\n");
        return 0;
    }
    str_addf(err,
             "%.*s: not found: nothing runs in a simulated container but echo, hostname, true "
             "and false\n",
             SV_ARG(argv[0]));
    return NOT_FOUND;
}

static void send(struct front_session *s, enum channel channel, struct sv bytes)
{
    _cleanup_str_ struct str message = {0};
    if (bytes.len == 0)
        return;
    str_addc(&message, (char)channel);
    str_addv(&message, bytes);
    websocket_send(s->ws, false, str_sv(&message));
}

void session_websocket_say(struct front_session *s, const struct session_said *said)
{
    send(s, CHANNEL_STDOUT, said->out);
    send(s, CHANNEL_STDERR, said->err);
    if (!said->status)
        return;
    send(s, CHANNEL_STATUS, str_sv(said->status));
    websocket_close(s->ws, WEBSOCKET_NORMAL);
}

void front_session_status(int code, struct str *out)
{
    if (code == 0)
        str_adds(out, "{\"metadata\":{},\"status\":\"Success\"}");
    else
        str_addf(out,
                 "{\"metadata\":{},\"status\":\"Failure\",\"message\":\"command terminated with "
                 "non-zero exit code: exit status %d\",\"reason\":\"NonZeroExitCode\",\"details\":{"
                 "\"causes\":[{\"reason\":\"ExitCode\",\"message\":\"%d\"}]}}",
                 code, code);
}

/* Standard input and sizes of terminals: nobody reads them. */
static void on_message(void *ctx, bool text, struct sv bytes)
{
}

static void on_close(void *ctx)
{
    front_session_free(ctx);
}

/* The program has started, and ended. */
static void on_started(void *ctx)
{
    struct front_session *s = ctx;
    _cleanup_str_ struct str out = {0}, err = {0}, status = {0};
    int code = front_session_answer(s->host, s->argv, s->argc, &out, &err);
    front_session_status(code, &status);
    session_websocket_say(s, &(struct session_said){str_sv(&out), str_sv(&err), &status});
}

/* NULL: the client offers none that is known. */
static const char *choose_protocol(const struct http_exchange *x)
{
    static const char *const protocols[] = {"v5.channel.k8s.io", "v4.channel.k8s.io"};
    for (size_t i = 0; i < ARRAY_LEN(protocols); i++)
        if (websocket_offers(x, protocols[i]))
            return protocols[i];
    return NULL;
}

static void start_websocket(struct front_session *s, struct http_exchange *x)
{
    const struct websocket_events events = {
        .on_message = on_message, .on_close = on_close, .ctx = s};
    struct http_server *server = http_exchange_server(x);
    const char *protocol = choose_protocol(x);
    if (!protocol)
        http_exchange_answer(x, &(struct http_answer){.status = 403});
    else
        s->ws = websocket_accept(x, protocol, &events);
    if (!s->ws)
        front_session_free(s);
    else if (s->kind == SESSION_ATTACH)
        session_attach(s, server);
    else
        s->late = http_timer_start(server, START_MS, 0, on_started, s);
}

static void refuse_plain(struct front_session *s, struct http_exchange *x)
{
    const struct http_answer answer = {
        .status = 400,
        .headers = SV("Content-Type: application/json\r\n"),
        .body = SV("{\"kind\":\"Status\",\"apiVersion\":\"v1\",\"metadata\":{},\"status\":"
                   "\"Failure\",\"message\":\"Upgrade request required\",\"reason\":"
                   "\"BadRequest\",\"code\":400}\n"),
    };
    http_exchange_answer(x, &answer);
    front_session_free(s);
}

void front_session_start(struct front_session *s, struct http_exchange *x)
{
    bool spdy = http_exchange_asked(x)->upgrade &&
                sv_ieq(http_exchange_header(x, "upgrade"), SV("SPDY/3.1"));
    bool forward = s->kind == SESSION_FORWARD;
    if (websocket_asked(x))
        (forward ? session_forward_websocket : start_websocket)(s, x);
    else if (spdy)
        (forward ? session_forward_spdy : front_session_spdy)(s, x);
    else
        refuse_plain(s, x);
}
