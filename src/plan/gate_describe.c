#include "plan/gate.h"

#include "base/duration.h"

void gate_origin(const char *url, struct str *out)
{
    const char *host = strstr(url, "://");
    host = host ? host + 3 : url;
    str_add(out, url, (size_t)(host - url));
    size_t n = strcspn(host, "/?#");
    const char *user = memrchr(host, '@', n);
    if (user) {
        n -= (size_t)(user + 1 - host);
        host = user + 1;
    }
    str_add(out, host, n);
}

static void describe_days(unsigned days, struct str *out)
{
    static const char *const names[] = {"Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"};
    if (!(days & 0x7f) || (days & 0x7f) == 0x7f)
        return;
    const char *before = " ";
    for (unsigned day = 0; day < 7; day++) {
        if (!(days >> day & 1))
            continue;
        unsigned last = day;
        while (last < 6 && (days >> (last + 1) & 1))
            last++;
        str_addf(out, "%s%s", before, names[day]);
        if (last > day)
            str_addf(out, "%s%s", last == day + 1 ? ", " : "-", names[last]);
        before = ", ";
        day = last;
    }
}

static void describe_window(const struct gate *g, struct str *out)
{
    str_addf(out, "from %02d:%02d to %02d:%02d UTC", g->from_min / 60, g->from_min % 60,
             g->to_min / 60, g->to_min % 60);
    describe_days(g->days, out);
}

static void describe_cloudwatch(const struct gate *g, struct str *out)
{
    _cleanup_doc_ struct doc_file f = {0};
    struct sv query = sv_of(g->query);
    if (doc_parse_json(&f, "query", query, NULL, NULL) || !f.part_count) {
        str_addv(out, query);
        return;
    }
    const struct doc_node *root = f.parts[0].root;
    struct sv stat = doc_get_string(root, "stat"), space = doc_get_string(root, "namespace"),
              metric = doc_get_string(root, "metric");
    str_addf(out, "%.*s of %.*s %.*s", SV_ARG(stat), SV_ARG(space), SV_ARG(metric));
    doc_each_pair(pair, doc_get(root, "dimensions")) {
        struct sv name = doc_scalar(pair->key), value = doc_scalar(pair->value);
        str_addf(out, " %.*s=%.*s", SV_ARG(name), SV_ARG(value));
    }
}

static void describe_metric(const struct gate *g, struct str *out)
{
    static const char *const compare[] = {
        [GATE_BELOW] = "below",
        [GATE_AT_MOST] = "at most",
        [GATE_ABOVE] = "above",
        [GATE_AT_LEAST] = "at least",
    };
    if (g->source && strcmp(g->source, "cloudwatch") == 0) {
        str_adds(out, "CloudWatch: ");
        describe_cloudwatch(g, out);
    } else {
        str_addf(out, "Prometheus: %s", g->query ? g->query : "");
    }
    str_addf(out, " %s %.6g", compare[g->compare], g->threshold);
    char text[DURATION_TEXT_MAX];
    if (g->for_ms > 0)
        str_addf(out, " for %s", duration_format(g->for_ms, text));
}

void gate_describe(const struct gate *g, struct str *out)
{
    char text[DURATION_TEXT_MAX];
    switch (g->kind) {
    case GATE_APPROVAL:
        str_adds(out, "somebody approves");
        break;
    case GATE_SOAK:
        str_addf(out, "%s pass", duration_format(g->soak_ms, text));
        break;
    case GATE_WINDOW:
        describe_window(g, out);
        break;
    case GATE_METRIC:
        describe_metric(g, out);
        break;
    case GATE_WEBHOOK:
        str_adds(out, "webhook ");
        gate_origin(g->url ? g->url : "", out);
        str_adds(out, " says yes");
        break;
    case GATE_KINDS:
        break;
    }
    if (g->timeout_ms > 0)
        str_addf(out, ", within %s", duration_format(g->timeout_ms, text));
}
