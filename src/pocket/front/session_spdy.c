#include "base/must.h"
#include "pocket/front/session_internal.h"

#define PROTOCOL "v4.channel.k8s.io"
#define OPENING_MS 30000 /* for the client to open its streams, as the API server waits */
#define GOODBYE_MS 5000

static void on_gone(void *ctx)
{
    front_session_free(ctx);
}

static void on_late(void *ctx)
{
    struct front_session *s = ctx;
    http_exchange_cut(s->x);
    front_session_free(s);
}

static void wait_for_client(struct front_session *s, unsigned ms)
{
    http_timer_stop(s->late);
    s->late = http_timer_start(http_exchange_server(s->x), ms, 0, on_late, s);
}

/* ---- streams ---- */

static bool is_complete(const struct front_session *s)
{
    const bool wanted[SESSION_STREAMS] = {true, s->in, s->out, s->err && !s->tty, s->tty};
    for (size_t i = 0; i < SESSION_STREAMS; i++)
        if (wanted[i] && !s->streams[i])
            return false;
    return true;
}

/* A terminal has one stream for both. */
static void add_said(const struct front_session *s, const struct session_said *said, struct str *to)
{
    uint32_t errors = s->streams[s->tty ? SESSION_OUT : SESSION_ERR];
    bool last = said->status;
    if (s->streams[SESSION_OUT])
        spdy_data(s->streams[SESSION_OUT], said->out, last && !s->tty, to);
    if (errors)
        spdy_data(errors, said->err, last, to);
    if (last)
        spdy_data(s->streams[SESSION_ERROR], str_sv(said->status), true, to);
}

void session_spdy_say(struct front_session *s, const struct session_said *said)
{
    _cleanup_str_ struct str out = {0};
    add_said(s, said, &out);
    if (out.len)
        http_exchange_write(s->x, str_sv(&out));
    if (said->status)
        wait_for_client(s, GOODBYE_MS);
}

static void run(struct front_session *s)
{
    _cleanup_str_ struct str out = {0}, err = {0}, status = {0};
    int code = front_session_answer(s->host, s->argv, s->argc, &out, &err);
    front_session_status(code, &status);
    session_spdy_say(s, &(struct session_said){str_sv(&out), str_sv(&err), &status});
}

static void on_open(void *ctx, uint32_t stream, struct sv headers)
{
    static const char *const names[SESSION_STREAMS] = {"error", "stdin", "stdout", "stderr",
                                                       "resize"};
    struct front_session *s = ctx;
    struct sv name = spdy_header(headers, "streamtype");
    for (size_t i = 0; i < SESSION_STREAMS; i++)
        if (sv_is(name, names[i]) && !s->streams[i])
            s->streams[i] = stream;
}

/* Standard input and sizes of terminals: nobody reads them. */
static void on_data(void *ctx, uint32_t stream, struct sv bytes)
{
}

static void on_end(void *ctx, uint32_t stream)
{
}

/* Takes on what was opened since the last time. */
static void take_on(struct front_session *s, const uint32_t *before, struct str *out)
{
    for (size_t i = 0; i < SESSION_STREAMS; i++)
        if (s->streams[i] != before[i])
            spdy_reply(s->spdy, s->streams[i], out);
}

static void on_bytes(void *ctx, struct sv bytes)
{
    struct front_session *s = ctx;
    _cleanup_str_ struct str out = {0};
    uint32_t before[SESSION_STREAMS];
    memcpy(before, s->streams, sizeof before);
    if (bytes.len == 0 || !spdy_feed(s->spdy, bytes, &out)) {
        http_exchange_end(s->x);
        front_session_free(s);
        return;
    }
    take_on(s, before, &out);
    if (out.len)
        http_exchange_write(s->x, str_sv(&out));
    if (s->done || !is_complete(s))
        return;
    s->done = true;
    http_timer_stop(s->late);
    s->late = NULL;
    if (s->kind == SESSION_ATTACH)
        session_attach(s, http_exchange_server(s->x));
    else
        run(s);
}

/* ---- beginning ---- */

bool session_spdy_offers(const struct http_exchange *x, const char *protocol)
{
    const struct http_asked *asked = http_exchange_asked(x);
    for (size_t i = 0; i < asked->header_count; i++) {
        struct sv list = asked->headers[i].value;
        while (sv_ieq(asked->headers[i].name, SV("x-stream-protocol-version")) && list.ptr)
            if (sv_is(sv_trim(sv_split(&list, ',')), protocol))
                return true;
    }
    return false;
}

void session_spdy_refuse(struct front_session *s, struct http_exchange *x, const char *protocol)
{
    _cleanup_str_ struct str headers = {0};
    str_addf(&headers, "X-Accepted-Stream-Protocol-Versions: %s\r\n", protocol);
    http_exchange_answer(x, &(struct http_answer){.status = 403, .headers = str_sv(&headers)});
    front_session_free(s);
}

void front_session_spdy(struct front_session *s, struct http_exchange *x)
{
    const struct spdy_events events = {
        .on_open = on_open, .on_data = on_data, .on_end = on_end, .ctx = s};
    if (!session_spdy_offers(x, PROTOCOL)) {
        session_spdy_refuse(s, x, PROTOCOL);
        return;
    }
    s->spdy = mem_must(spdy_new(&events));
    s->x = x;
    http_exchange_listen(
        x, &(struct http_exchange_events){.on_close = on_gone, .on_bytes = on_bytes, .ctx = s});
    wait_for_client(s, OPENING_MS);
    http_exchange_upgrade(x,
                          SV("Upgrade: SPDY/3.1\r\nX-Stream-Protocol-Version: " PROTOCOL "\r\n"));
}
