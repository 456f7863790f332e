/* kubectl attach: the log as it goes on, until the container ends. */
#include "pocket/front/log.h"
#include "pocket/front/session_internal.h"

#define LOOK_MS 200

static void say(struct front_session *s, const struct session_said *said)
{
    if (s->spdy)
        session_spdy_say(s, said);
    else
        session_websocket_say(s, said);
}

static void finish(struct front_session *s)
{
    _cleanup_str_ struct str status = {0};
    http_timer_stop(s->tick);
    s->tick = NULL;
    front_session_status(0, &status);
    say(s, &(struct session_said){SV(""), SV(""), &status});
}

static void on_tick(void *ctx)
{
    struct front_session *s = ctx;
    _cleanup_arena_ struct arena a = {0};
    _cleanup_str_ struct str text = {0};
    const struct doc_node *pod = session_pod(s, &a);
    int64_t now = s->pods.now(s->pods.ctx);
    if (!pod || !sv_is(doc_string(doc_at(pod, "status.phase")), "Running")) {
        finish(s);
        return;
    }
    front_log_since(pod, s->container, s->since, now, &text);
    s->since = now;
    if (text.len)
        say(s, &(struct session_said){str_sv(&text), SV(""), NULL});
}

void session_attach(struct front_session *s, struct http_server *server)
{
    s->since = s->pods.now(s->pods.ctx);
    s->tick = http_timer_start(server, LOOK_MS, LOOK_MS, on_tick, s);
}
