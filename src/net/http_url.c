/* The little that is asked of URLs here. */
#include "net/http_internal.h"
#include "net/http_url.h"

bool http_url_split(const char *url, struct http_url *out)
{
    *out = (struct http_url){0};
    const char *mark = strstr(url, "://");
    if (!mark || mark == url)
        return false;
    out->scheme = sv_n(url, (size_t)(mark - url));
    struct sv rest = sv_of(mark + 3);
    size_t end = strcspn(rest.ptr, "/?#");
    out->path = sv_n(rest.ptr + end, rest.len - end);
    struct sv authority = sv_n(rest.ptr, end);
    const char *at = memrchr(authority.ptr, '@', authority.len);
    if (at)
        authority = sv_n(at + 1, (size_t)(authority.ptr + authority.len - at - 1));
    out->authority = authority;
    const char *closing = memrchr(authority.ptr, ']', authority.len);
    const char *tail = closing ? closing : authority.ptr;
    const char *colon = memrchr(tail, ':', (size_t)(authority.ptr + authority.len - tail));
    if (colon)
        out->port = sv_n(colon + 1, (size_t)(authority.ptr + authority.len - colon - 1));
    else
        out->port = sv_ieq(out->scheme, SV("http")) ? SV("80") : SV("443");
    out->host = sv_n(authority.ptr, colon ? (size_t)(colon - authority.ptr) : authority.len);
    return out->host.len > 0;
}

bool http_url_loopback(const struct http_url *url)
{
    return sv_ieq(url->host, SV("localhost")) || sv_starts(url->host, "127.") ||
           sv_is(url->host, "[::1]");
}

void http_origin(const char *url, struct str *out)
{
    struct http_url parts;
    if (!url || !http_url_split(url, &parts)) {
        str_adds(out, "an address that is no URL");
        return;
    }
    str_addf(out, "%.*s://%.*s", SV_ARG(parts.scheme), SV_ARG(parts.authority));
}

void http_escape(struct str *out, struct sv v, const char *keep)
{
    static const char hex[] = "0123456789ABCDEF";
    for (size_t i = 0; i < v.len; i++) {
        unsigned char c = (unsigned char)v.ptr[i];
        bool plain = (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') ||
                     (c && strchr("-._~", c)) || (c && strchr(keep, c));
        if (plain)
            str_addc(out, (char)c);
        else
            str_add(out, (char[]){'%', hex[c >> 4], hex[c & 15]}, 3);
    }
}
