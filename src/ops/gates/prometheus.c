#include "ops/gates/look.h"

#include "base/secret.h"
#include "doc/doc.h"

#include <math.h>

/* Source of the format: "HTTP API" of the Prometheus documentation, instant queries. */

/* "0.5", "NaN", "+Inf". */
static bool read_value(struct sv text, double *out)
{
    char copy[64], *end = NULL;
    if (!text.len || text.len >= sizeof copy)
        return false;
    memcpy(copy, text.ptr, text.len);
    copy[text.len] = '\0';
    *out = strtod(copy, &end);
    return *end == '\0';
}

/* The one that is furthest from good, or NaN. */
static double worse(const struct gate *g, double a, double b)
{
    bool small_is_good = g->compare == GATE_BELOW || g->compare == GATE_AT_MOST;
    if (isnan(a) || isnan(b))
        return NAN;
    return (a > b) == small_is_good ? a : b;
}

static bool read_vector(const struct gate *g, const struct doc_node *result, struct gate_sight *out)
{
    double value = 0;
    out->value = NAN;
    for (uint32_t i = 0; i < doc_count(result); i++) {
        const struct doc_node *pair = doc_get(doc_item(result, i), "value");
        if (!read_value(doc_string(doc_item(pair, 1)), &value))
            return false;
        out->value = i ? worse(g, out->value, value) : value;
    }
    if (doc_count(result) > 1) {
        char words[64];
        snprintf(words, sizeof words, "the worst of %u series", doc_count(result));
        look_say(out, sv_of(words));
    }
    return true;
}

static void understand(const struct gate *g, const struct http_response *r, struct gate_sight *out)
{
    _cleanup_doc_ struct doc_file f = {0};
    _cleanup_str_ struct str origin = {0};
    http_origin(g->url, &origin);
    bool parsed = doc_parse_json(&f, "answer", str_sv(&r->body), NULL, NULL) == 0;
    const struct doc_node *root = parsed ? f.parts[0].root : NULL, *data = doc_get(root, "data");
    const struct doc_node *result = doc_get(data, "result");
    struct sv error = doc_get_string(root, "error"), type = doc_get_string(data, "resultType");
    if (error.ptr)
        look_failed(out, "%s answered %d: %.*s", str_c(&origin), r->status, SV_ARG(error));
    else if (r->status != 200)
        look_failed(out, "%s answered %d", str_c(&origin), r->status);
    else if (type.ptr && sv_is(type, "vector"))
        out->ok = read_vector(g, result, out);
    else if (type.ptr && sv_is(type, "scalar"))
        out->ok = read_value(doc_string(doc_item(result, 1)), &out->value);
    else
        look_failed(out, "%s did not answer with numbers of one moment", str_c(&origin));
    if (!out->ok && !out->words[0])
        look_failed(out, "%s answered what is no number", str_c(&origin));
}

/* The API lies below the address; what stands behind '?' in it stays. */
static void build_url(const struct gate *g, struct str *out)
{
    size_t path = strcspn(g->url, "?#");
    const char *rest = g->url[path] == '?' ? g->url + path + 1 : "";
    while (path > 0 && g->url[path - 1] == '/')
        path--;
    str_add(out, g->url, path);
    str_adds(out, "/api/v1/query?query=");
    http_escape(out, sv_of(g->query), "");
    if (*rest)
        str_addf(out, "&%s", rest);
}

void look_prometheus(const struct gate *g, unsigned timeout_ms, struct gate_sight *out)
{
    _cleanup_http_response_ struct http_response response = {0};
    _cleanup_secret_str_ struct str url = {0}, bearer = {0};
    build_url(g, &url);
    look_bearer("TOBAN_PROMETHEUS_TOKEN", &bearer);
    const char *headers[] = {"Accept: application/json", bearer.len ? str_c(&bearer) : NULL, NULL};
    const struct http_request request = {
        .url = str_c(&url), .headers = headers, .max = LOOK_BODY_MAX, .timeout_ms = timeout_ms};
    if (look_exchange(&request, &response, out) == 0)
        understand(g, &response, out);
}
