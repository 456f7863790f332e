/* Events: read for how long things take in this cluster, and not kept. */
#include "world/load_internal.h"

struct event_state {
    struct sv reason, message;
    int64_t at;
    uint32_t pod, ns;
};

static void read_object(struct load *l, struct pull *p, struct event_state *s)
{
    struct sv key;
    bool is_pod = false;
    each_key(p, key)
    {
        if (KEY(key, "kind"))
            is_pod = load_is(p, "Pod");
        else if (KEY(key, "name"))
            load_text_id(l, p, &s->pod);
        else if (KEY(key, "namespace"))
            load_text_id(l, p, &s->ns);
        else
            pull_skip(p);
    }
    if (!is_pod)
        s->pod = STRINGS_NONE;
}

/* The first time counts: later ones are repetitions. */
static bool read_times(struct pull *p, struct event_state *s, struct sv key)
{
    int64_t t = 0;
    if (!KEY(key, "firstTimestamp") && !KEY(key, "eventTime") &&
        !KEY(key, "deprecatedFirstTimestamp"))
        return false;
    load_time(p, &t);
    if (t)
        s->at = t;
    return true;
}

static void field(struct load *l, struct pull *p, struct sv key)
{
    struct event_state *s = l->state;
    if (read_times(p, s, key))
        return;
    if (KEY(key, "involvedObject") || KEY(key, "regarding"))
        read_object(l, p, s);
    else if (KEY(key, "reason"))
        pull_string(p, &s->reason);
    else if (KEY(key, "message") || KEY(key, "note"))
        pull_string(p, &s->message);
    else
        pull_skip(p);
}

/* Go's duration at the start of a text ("1m2.5s", "850ms"), in milliseconds; -1 for none. */
static int64_t duration_of(struct sv text)
{
    static const struct {
        const char *unit;
        double ms;
    } units[] = {{"ms", 1},      {"us", 0.001}, {"\xC2\xB5s", 0.001}, {"ns", 0.000001},
                 {"h", 3600000}, {"m", 60000},  {"s", 1000}};
    double sum = 0, n, scale;
    bool any = false;
    while (text.len && *text.ptr >= '0' && *text.ptr <= '9') {
        size_t at = 0, i = 0;
        for (n = 0; at < text.len && *(text.ptr + at) >= '0' && *(text.ptr + at) <= '9'; at++)
            n = n * 10 + (text.ptr[at] - '0');
        if (at < text.len && text.ptr[at] == '.')
            for (at++, scale = 0.1; at < text.len && text.ptr[at] >= '0' && text.ptr[at] <= '9';
                 at++, scale /= 10)
                n += scale * (text.ptr[at] - '0');
        text = sv_n(text.ptr + at, text.len - at);
        while (i < ARRAY_LEN(units) && !sv_starts(text, units[i].unit))
            i++;
        if (i == ARRAY_LEN(units))
            return -1;
        sum += n * units[i].ms;
        text = sv_n(text.ptr + strlen(units[i].unit), text.len - strlen(units[i].unit));
        any = true;
    }
    return any && sum < 1e9 ? (int64_t)sum : -1;
}

/* Successfully pulled image "shop/cart:1.2" in 1.2s (1.9s including waiting) */
static void take_pull(struct load *l, struct sv message)
{
    const char *in = sv_find(message, "\" in ");
    if (!in)
        return;
    size_t skip = (size_t)(in - message.ptr) + 5;
    load_sample_ms(l, TIMING_PULL, duration_of(sv_n(message.ptr + skip, message.len - skip)));
}

static void end(struct load *l)
{
    const struct event_state *s = l->state;
    struct attach_event e = {s->ns ? s->ns : l->meta.ns, s->pod, s->at};
    if (KEY(s->reason, "Pulled"))
        take_pull(l, s->message);
    else if (KEY(s->reason, "SuccessfulAttachVolume") && e.pod && e.at)
        must_push(&l->attach_events, e);
}

const struct load_kind load_event_kinds[] = {
    {"Event", {"", "events.k8s.io"}, LOAD_NAMESPACED, sizeof(struct event_state), NULL, field, end},
    {0},
};
