/* http_url: the parts of a URL, as views into it. No decoding, no checking beyond the shape. */
#ifndef TOBAN_NET_HTTP_URL_H
#define TOBAN_NET_HTTP_URL_H

#include "base/sv.h"

struct http_url {
    struct sv scheme;
    struct sv authority; /* host and port as written, without a user */
    struct sv host;      /* "[::1]" with its brackets */
    struct sv port;      /* the scheme's own when none is written */
    struct sv path;      /* with query; may be empty */
};

/* False when there is no scheme or no host. */
bool http_url_split(const char *url, struct http_url *out);

/* This machine itself. */
bool http_url_loopback(const struct http_url *url);

#endif
