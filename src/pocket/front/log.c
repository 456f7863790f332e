#include "pocket/front/log.h"

#include "base/timestamp.h"

/* Value of a plain parameter (numbers and words need no escapes); absent when it is not there. */
static struct sv parameter(struct sv query, const char *name)
{
    while (query.ptr) {
        struct sv value = sv_split(&query, '&'), key = sv_split(&value, '=');
        if (sv_is(key, name))
            return value;
    }
    return SV_NONE;
}

/* A word that means true to the API server, as clients in several languages write it. */
static bool is_true(struct sv word)
{
    static const char *const words[] = {"1", "t", "T", "true", "TRUE", "True"};
    for (size_t i = 0; i < ARRAY_LEN(words); i++)
        if (sv_is(word, words[i]))
            return true;
    return false;
}

static struct sv image_of(const struct doc_node *pod, struct sv container)
{
    const struct doc_node *all = doc_at(pod, "spec.containers");
    for (uint32_t i = 0; i < doc_count(all); i++)
        if (container.len == 0 || sv_eq(doc_get_string(doc_item(all, i), "name"), container))
            return doc_get_string(doc_item(all, i), "image");
    return SV("unknown");
}

static void add_line(struct str *out, bool stamped, int64_t at, const struct doc_node *pod,
                     struct sv container, int64_t minute)
{
    char time[TIMESTAMP_TEXT_MAX];
    struct sv name = doc_string(doc_at(pod, "metadata.name"));
    if (stamped)
        str_addf(out, "%s ", timestamp_format(at, time));
    if (minute == 0)
        str_addf(out, "%.*s: started with %.*s\n", SV_ARG(name), SV_ARG(image_of(pod, container)));
    else
        str_addf(out, "%.*s: up for %lld min\n", SV_ARG(name), (long long)minute);
}

void front_log(const struct doc_node *pod, struct sv container, struct sv query, int64_t now,
               struct str *out)
{
    int64_t started;
    uint64_t tail = FRONT_LOG_LINES_MAX, limit = UINT64_MAX;
    bool stamped = is_true(parameter(query, "timestamps"));
    struct sv start = doc_string(doc_at(pod, "status.startTime"));
    sv_to_u64(parameter(query, "tailLines"), &tail);
    sv_to_u64(parameter(query, "limitBytes"), &limit);
    if (!timestamp_parse(start, &started) || now < started)
        return;
    if (tail > FRONT_LOG_LINES_MAX)
        tail = FRONT_LOG_LINES_MAX;
    int64_t last = (now - started) / 60, from = last + 1 - (int64_t)tail;
    size_t before = out->len;
    for (int64_t minute = from > 0 ? from : 0; minute <= last; minute++)
        add_line(out, stamped, started + minute * 60, pod, container, minute);
    if (out->len - before > limit) {
        out->len = before + (size_t)limit;
        out->data[out->len] = '\0';
    }
}

void front_log_since(const struct doc_node *pod, struct sv container, int64_t since, int64_t now,
                     struct str *out)
{
    int64_t started;
    if (!timestamp_parse(doc_string(doc_at(pod, "status.startTime")), &started) || now < started)
        return;
    int64_t last = (now - started) / 60, from = since < started ? 0 : (since - started) / 60 + 1;
    if (from < last + 1 - FRONT_LOG_LINES_MAX)
        from = last + 1 - FRONT_LOG_LINES_MAX;
    for (int64_t minute = from; minute <= last; minute++)
        add_line(out, false, started, pod, container, minute);
}
