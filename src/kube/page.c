#include "kube/page.h"

static bool is_blank(char c)
{
    return c == ' ' || c == '\n' || c == '\t' || c == '\r';
}

static size_t skip_blank(struct sv text, size_t at)
{
    while (at < text.len && is_blank(text.ptr[at]))
        at++;
    return at;
}

/* Behind the closing quote of the string that opens at `at`; 0 when it does not close. */
static size_t skip_string(struct sv text, size_t at)
{
    for (at++; at < text.len; at++) {
        const char *stop = memchr(text.ptr + at, '"', text.len - at);
        if (!stop)
            return 0;
        size_t quote = (size_t)(stop - text.ptr);
        size_t slashes = 0;
        while (quote - slashes > at && text.ptr[quote - slashes - 1] == '\\')
            slashes++;
        at = quote;
        if (slashes % 2 == 0)
            return quote + 1;
    }
    return 0;
}

static size_t skip_nested(struct sv text, size_t at)
{
    size_t depth = 0;
    while (at < text.len) {
        char c = text.ptr[at];
        if (c == '"') {
            at = skip_string(text, at);
            if (!at)
                return 0;
            continue;
        }
        at++;
        if (c == '{' || c == '[')
            depth++;
        else if ((c == '}' || c == ']') && --depth == 0)
            return at;
    }
    return 0;
}

size_t kube_json_skip(struct sv text)
{
    size_t at = 0;
    if (text.len == 0)
        return 0;
    if (text.ptr[0] == '{' || text.ptr[0] == '[')
        return skip_nested(text, 0);
    if (text.ptr[0] == '"')
        return skip_string(text, 0);
    while (at < text.len && !is_blank(text.ptr[at]) && !strchr(",]}:", text.ptr[at]))
        at++;
    return at;
}

/* Without quotes; absent when it is no string. */
static struct sv string_of(struct sv value)
{
    return value.len >= 2 && value.ptr[0] == '"' ? sv_n(value.ptr + 1, value.len - 2) : SV_NONE;
}

static void take(struct kube_page *out, struct sv key, struct sv value)
{
    if (sv_is(key, "apiVersion"))
        out->api_version = string_of(value);
    else if (sv_is(key, "kind"))
        out->kind = string_of(value);
    else if (sv_is(key, "metadata") && value.ptr[0] == '{')
        out->metadata = value;
    else if ((sv_is(key, "items") || sv_is(key, "rows")) && value.ptr[0] == '[')
        out->items = sv_n(value.ptr + 1, value.len - 2);
}

static int broken(struct sv text, size_t at, struct err *err)
{
    if (at >= text.len)
        return err_set(err, ERR_REMOTE, "the answer is cut off after %zu bytes", text.len);
    return err_set(err, ERR_REMOTE, "the answer is no JSON object (byte %zu)", at);
}

/* One `"key": value`; 0 when it is not whole. */
static size_t take_member(struct sv text, size_t at, struct kube_page *out)
{
    if (at >= text.len || text.ptr[at] != '"')
        return 0;
    size_t end = skip_string(text, at);
    struct sv key = end ? sv_n(text.ptr + at + 1, end - at - 2) : SV_NONE;
    at = end ? skip_blank(text, end) : text.len;
    if (at >= text.len || text.ptr[at] != ':')
        return 0;
    at = skip_blank(text, at + 1);
    size_t n = kube_json_skip(sv_n(text.ptr + at, text.len - at));
    if (n)
        take(out, key, sv_n(text.ptr + at, n));
    return n ? skip_blank(text, at + n) : 0;
}

int kube_page_parse(struct sv text, struct kube_page *out, struct err *err)
{
    *out = (struct kube_page){0};
    size_t at = skip_blank(text, 0);
    if (at >= text.len || text.ptr[at] != '{')
        return broken(text, at, err);
    at = skip_blank(text, at + 1);
    while (at < text.len && text.ptr[at] != '}') {
        size_t next = take_member(text, at, out);
        if (!next)
            return broken(text, text.ptr[at] == '"' ? text.len : at, err);
        at = next;
        if (at < text.len && text.ptr[at] == ',')
            at = skip_blank(text, at + 1);
        else if (at < text.len && text.ptr[at] != '}')
            return broken(text, at, err);
    }
    return at < text.len ? 0 : broken(text, at, err);
}

bool kube_page_next(struct sv *rest, struct sv *item)
{
    size_t at = 0;
    while (at < rest->len && (is_blank(rest->ptr[at]) || rest->ptr[at] == ','))
        at++;
    size_t n = kube_json_skip(sv_n(rest->ptr + at, rest->len - at));
    *item = sv_n(rest->ptr + at, n);
    *rest = sv_n(rest->ptr + at + n, rest->len - at - n);
    return n > 0;
}
