#include "ops/gates/look.h"

#include "base/text.h"

#include <math.h>

#define TIMEOUT_MS 10000

void look_say(struct gate_sight *out, struct sv words)
{
    _cleanup_str_ struct str text = {0};
    text_printable(&text, sv_trim(words));
    size_t n = text.len < sizeof out->words ? text.len : sizeof out->words - 1;
    while (n < text.len && n > 0 && ((unsigned char)text.data[n] & 0xc0) == 0x80)
        n--;
    memcpy(out->words, str_c(&text), n);
    out->words[n] = '\0';
}

void look_failed(struct gate_sight *out, const char *fmt, ...)
{
    _cleanup_str_ struct str text = {0};
    va_list ap;
    va_start(ap, fmt);
    str_vaddf(&text, fmt, ap);
    va_end(ap);
    *out = (struct gate_sight){0};
    look_say(out, str_sv(&text));
}

int look_exchange(const struct http_request *request, struct http_response *response,
                  struct gate_sight *out)
{
    _cleanup_http_client_ struct http_client *client = NULL;
    struct http_config config = {.connect_timeout_ms = request->timeout_ms,
                                 .idle_timeout_ms = request->timeout_ms};
    struct err err = {0};
    if (http_client_new(&config, &client, &err) == 0 &&
        http_run(client, request, response, &err) == 0)
        return 0;
    look_failed(out, "%s", err.msg);
    return -1;
}

void look_bearer(const char *variable, struct str *header)
{
    const char *token = getenv(variable);
    if (token && *token)
        str_addf(header, "Authorization: Bearer %s", token);
}

void gates_observe(const struct plan *p, const struct plan_step *gate, unsigned timeout_ms,
                   struct gate_sight *out)
{
    const struct gate *g = &gate->gate;
    unsigned limit = timeout_ms ? timeout_ms : TIMEOUT_MS;
    *out = (struct gate_sight){.value = NAN};
    if (g->kind == GATE_WEBHOOK && g->url)
        look_webhook(p, gate, limit, out);
    else if (g->kind == GATE_METRIC && g->source && strcmp(g->source, "prometheus") == 0)
        look_prometheus(g, limit, out);
    else if (g->kind == GATE_METRIC && g->source && strcmp(g->source, "cloudwatch") == 0)
        look_cloudwatch(g, limit, out);
    else
        look_failed(out, "this toban does not know how to ask '%s'", g->source ? g->source : "");
}
