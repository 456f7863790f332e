#include "rules/live/metric.h"

#include <stdlib.h>

static bool take(struct sv *rest, const char *text)
{
    size_t n = strlen(text);
    if (!sv_starts(*rest, text))
        return false;
    *rest = sv_n(rest->ptr + n, rest->len - n);
    return true;
}

static void skip_blanks(struct sv *rest)
{
    while (rest->len && (*rest->ptr == ' ' || *rest->ptr == '\t'))
        *rest = sv_n(rest->ptr + 1, rest->len - 1);
}

static struct sv take_name(struct sv *rest)
{
    size_t n = 0;
    while (n < rest->len && (rest->ptr[n] == '_' || (rest->ptr[n] >= 'a' && rest->ptr[n] <= 'z') ||
                             (rest->ptr[n] >= 'A' && rest->ptr[n] <= 'Z') ||
                             (n && rest->ptr[n] >= '0' && rest->ptr[n] <= '9')))
        n++;
    struct sv name = sv_n(rest->ptr, n);
    *rest = sv_n(rest->ptr + n, rest->len - n);
    return name;
}

/* A quoted value with \\, \" and \n; false when it does not end or is too long. */
static bool take_value(struct sv *rest, char out[static METRIC_LABEL_MAX])
{
    size_t n = 0;
    if (!take(rest, "\""))
        return false;
    for (size_t i = 0; i < rest->len; i++) {
        char c = rest->ptr[i];
        if (c == '"') {
            out[n] = '\0';
            *rest = sv_n(rest->ptr + i + 1, rest->len - i - 1);
            return true;
        }
        if (c == '\\') {
            if (++i == rest->len)
                return false;
            c = rest->ptr[i] == 'n' ? '\n' : rest->ptr[i];
        }
        if (!c || n + 1 == METRIC_LABEL_MAX)
            return false;
        out[n++] = c;
    }
    return false;
}

static bool take_number(struct sv rest, double *out)
{
    char text[64], *end;
    skip_blanks(&rest);
    struct sv word = sv_split(&rest, ' ');
    if (!word.len || word.len >= sizeof text)
        return false;
    memcpy(text, word.ptr, word.len);
    text[word.len] = '\0';
    *out = strtod(text, &end);
    return end == text + word.len;
}

static bool take_labels(struct sv *rest, struct metric_use *out)
{
    char removed[METRIC_LABEL_MAX] = "", other[METRIC_LABEL_MAX];
    const struct {
        const char *name;
        char *value;
    } known[] = {
        {"group", out->group},        {"version", out->version},
        {"resource", out->resource},  {"subresource", out->subresource},
        {"removed_release", removed},
    };
    for (skip_blanks(rest); !take(rest, "}"); skip_blanks(rest)) {
        struct sv name = take_name(rest);
        char *value = other;
        for (size_t i = 0; i < sizeof known / sizeof *known; i++)
            if (sv_is(name, known[i].name))
                value = known[i].value;
        if (!name.len || !take(rest, "=") || !take_value(rest, value))
            return false;
        skip_blanks(rest);
        take(rest, ",");
    }
    version_parse(sv_of(removed), &out->removed);
    return true;
}

bool metric_parse_use(struct sv line, struct metric_use *out)
{
    double value;
    *out = (struct metric_use){0};
    if (!take(&line, "apiserver_requested_deprecated_apis{") || !take_labels(&line, out))
        return false;
    return *out->version && *out->resource && take_number(line, &value) && value > 0;
}

bool metric_parse_start(struct sv line, int64_t *out)
{
    double value;
    if (!take(&line, "process_start_time_seconds") || !take_number(line, &value))
        return false;
    if (!(value > 0 && value < 253402300800.0))
        return false;
    *out = (int64_t)value;
    return true;
}
