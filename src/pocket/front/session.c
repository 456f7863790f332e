#include "pocket/front/session.h"

#include "base/must.h"
#include "net/websocket.h"

#define ARGS_MAX 64
#define NOT_FOUND 127 /* what shells and runtimes say of a program that is not there */

enum channel { CHANNEL_STDOUT = 1, CHANNEL_STDERR = 2, CHANNEL_STATUS = 3 };

struct front_session {
    struct websocket *ws;
    struct arena arena;
    struct sv host;
    struct sv argv[ARGS_MAX];
    size_t argc;
};

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

struct front_session *front_session_new(const struct doc_node *pod, struct sv subresource,
                                        struct sv query, const char **why)
{
    if (!sv_is(subresource, "exec")) {
        *why = "the simulated cluster serves exec and log only";
        return NULL;
    }
    struct front_session *s = mem_must(calloc(1, sizeof *s));
    s->host = unescape(&s->arena, doc_string(doc_at(pod, "metadata.name")));
    while (query.ptr && s->argc < ARGS_MAX) {
        struct sv value = sv_split(&query, '&'), key = sv_split(&value, '=');
        if (sv_is(key, "command"))
            s->argv[s->argc++] = unescape(&s->arena, value);
    }
    if (s->argc)
        return s;
    front_session_free(s);
    *why = "you must specify at least 1 command for the container";
    return NULL;
}

void front_session_free(struct front_session *s)
{
    if (!s)
        return;
    arena_release(&s->arena);
    free(s);
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

/* metav1.Status, from which kubectl takes its own exit code. */
static void send_status(struct front_session *s, int code)
{
    _cleanup_str_ struct str status = {0};
    if (code == 0)
        str_adds(&status, "{\"metadata\":{},\"status\":\"Success\"}");
    else
        str_addf(&status,
                 "{\"metadata\":{},\"status\":\"Failure\",\"message\":\"command terminated with "
                 "non-zero exit code: exit status %d\",\"reason\":\"NonZeroExitCode\",\"details\":{"
                 "\"causes\":[{\"reason\":\"ExitCode\",\"message\":\"%d\"}]}}",
                 code, code);
    send(s, CHANNEL_STATUS, str_sv(&status));
}

/* Standard input and sizes of terminals: nobody reads them. */
static void on_message(void *ctx, bool text, struct sv bytes)
{
}

static void on_close(void *ctx)
{
    front_session_free(ctx);
}

void front_session_start(struct front_session *s, struct http_exchange *x)
{
    static const char *const protocols[] = {"v5.channel.k8s.io", "v4.channel.k8s.io"};
    _cleanup_str_ struct str out = {0}, err = {0};
    const struct websocket_events events = {
        .on_message = on_message, .on_close = on_close, .ctx = s};
    const char *protocol = NULL;
    for (size_t i = 0; i < ARRAY_LEN(protocols) && !protocol; i++)
        if (websocket_offers(x, protocols[i]))
            protocol = protocols[i];
    if (websocket_asked(x) && !protocol) {
        http_exchange_answer(x, &(struct http_answer){.status = 403});
        front_session_free(s);
        return;
    }
    s->ws = websocket_accept(x, protocol, &events);
    if (!s->ws) {
        front_session_free(s);
        return;
    }
    int code = front_session_answer(s->host, s->argv, s->argc, &out, &err);
    send(s, CHANNEL_STDOUT, str_sv(&out));
    send(s, CHANNEL_STDERR, str_sv(&err));
    send_status(s, code);
    websocket_close(s->ws, WEBSOCKET_NORMAL);
}
