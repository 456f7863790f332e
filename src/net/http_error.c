/* What went wrong with a transfer, in words. */
#include "net/http_internal.h"
#include "net/http_url.h"

#include <errno.h>
#include <openssl/x509_vfy.h>

struct fault {
    struct http_transfer *t;
    struct err *err;
    const char *origin;
    char host[256], port[8];
};

static int fail(struct fault *f, enum http_outcome outcome, enum err_class class, const char *fmt,
                ...) __attribute__((format(printf, 4, 5)));

static int fail(struct fault *f, enum http_outcome outcome, enum err_class class, const char *fmt,
                ...)
{
    char words[768];
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(words, sizeof words, fmt, ap);
    va_end(ap);
    f->t->response->outcome = outcome;
    return err_set(f->err, class, "%s: %s", f->origin, words);
}

static void explain_untrusted(struct fault *f)
{
    const struct http_client *c = f->t->client;
    const struct http_peer *p = &c->peer;
    const char *asked = c->server_name ? c->server_name : f->host;
    switch (p->verify_error) {
    case X509_V_OK:
        fail(f, HTTP_UNTRUSTED, ERR_DENIED,
             "its certificate is for other names: it says %s, expected '%s'",
             p->names[0] ? p->names : p->subject, asked);
        err_hint(f->err,
                 "use a name the certificate carries, or set tls-server-name to one of them");
        break;
    case X509_V_ERR_CERT_HAS_EXPIRED:
        fail(f, HTTP_UNTRUSTED, ERR_DENIED, "certificate of '%s' expired at %s", p->subject,
             p->not_after);
        err_hint(f->err,
                 "renew it on the server; if it is new, check this machine's clock: date -u");
        break;
    case X509_V_ERR_CERT_NOT_YET_VALID:
        fail(f, HTTP_UNTRUSTED, ERR_DENIED, "certificate of '%s' is not valid before %s",
             p->subject, p->not_before);
        err_hint(f->err, "check this machine's clock: date -u");
        break;
    default:
        fail(f, HTTP_UNTRUSTED, ERR_DENIED,
             "certificate of '%s', issued by '%s', is not trusted: %s", p->subject, p->issuer,
             X509_verify_cert_error_string(p->verify_error));
        err_hint(f->err,
                 "check that the certificate authority configured for this server is its own: "
                 "openssl s_client -connect %s:%s -showcerts",
                 f->host, f->port);
    }
}

static bool explain_proxy(struct fault *f)
{
    long status = 0;
    f->t->client->api.easy_getinfo(f->t->easy, CURLINFO_HTTP_CONNECTCODE, &status);
    if (status < 300)
        return false;
    fail(f, HTTP_UNREACHABLE, ERR_REMOTE, "the proxy refuses to connect: HTTP status %ld", status);
    err_hint(f->err, "check proxy-url, HTTPS_PROXY, and what the proxy lets through");
    return true;
}

static void explain_connect(struct fault *f)
{
    long errnum = 0;
    f->t->client->api.easy_getinfo(f->t->easy, CURLINFO_OS_ERRNO, &errnum);
    const char *reason = errnum ? strerror((int)errnum) : f->t->text;
    if (errnum == ECONNREFUSED)
        reason = "connection refused: nothing listens there";
    fail(f, HTTP_UNREACHABLE, ERR_REMOTE, "%s", reason);
    err_hint(f->err, "check that the server runs and can be reached: curl -vk %s", f->origin);
}

/* The times of connecting are 0 for a connection that was open already; that of the first byte of
 * the request is not. */
static bool was_sent(const struct fault *f)
{
    curl_off_t sent = 0;
    f->t->client->api.easy_getinfo(f->t->easy, CURLINFO_PRETRANSFER_TIME_T, &sent);
    return sent > 0;
}

static void explain_silence(struct fault *f)
{
    if (!was_sent(f)) {
        fail(f, HTTP_UNREACHABLE, ERR_REMOTE, "no connection within %.3g s",
             (f->t->idle ? f->t->idle_ms : f->t->client->config.connect_timeout_ms) / 1000.0);
        err_hint(f->err, "check network, VPN, proxy and firewall on the way: curl -vk %s",
                 f->origin);
    } else if (f->t->idle) {
        fail(f, HTTP_SILENT, ERR_REMOTE, "no byte came for %.3g s", f->t->idle_ms / 1000.0);
        err_hint(f->err, "the server or something on the way hangs; try again");
    } else {
        fail(f, HTTP_SILENT, ERR_REMOTE, "no whole answer within %.3g s",
             f->t->request->timeout_ms / 1000.0);
        err_hint(f->err, "try again, or allow more time");
    }
}

static void explain_cut(struct fault *f)
{
    fail(f, HTTP_CUT, ERR_REMOTE, "the connection was cut%s%s", f->t->text[0] ? ": " : "",
         f->t->text);
    err_hint(f->err, "try again");
}

static void explain_own_tls(struct fault *f)
{
    fail(f, HTTP_UNUSABLE, ERR_INPUT, "client certificate or key cannot be used: %s", f->t->text);
    err_hint(f->err, "check that both are PEM and belong together");
}

static void explain_aborted(struct fault *f)
{
    struct http_transfer *t = f->t;
    if (t->stopped)
        t->response->outcome = HTTP_ENDED;
    else if (t->died)
        explain_cut(f);
    else if (t->too_large)
        fail(f, HTTP_TOO_LARGE, ERR_LIMIT, "the answer is larger than %zu bytes", t->max);
    else
        explain_silence(f);
}

/* libcurl says the same of an address it does not take and of an answer that is no HTTP. */
static void explain_protocol(struct fault *f)
{
    if (was_sent(f)) {
        fail(f, HTTP_CUT, ERR_REMOTE, "the answer is not HTTP");
        err_hint(f->err, "check that the port is right: curl -vk %s", f->origin);
    } else {
        fail(f, HTTP_UNUSABLE, ERR_INPUT, "not an http:// or https:// address");
    }
}

static void explain_code(struct fault *f)
{
    struct http_transfer *t = f->t;
    if (explain_proxy(f))
        return;
    switch (t->code) {
    case CURLE_COULDNT_RESOLVE_HOST:
        fail(f, HTTP_UNREACHABLE, ERR_REMOTE, "host '%s' is unknown", f->host);
        err_hint(f->err, "check the address and the name service: getent hosts %s", f->host);
        break;
    case CURLE_COULDNT_RESOLVE_PROXY:
        fail(f, HTTP_UNREACHABLE, ERR_REMOTE, "the host of the proxy is unknown");
        err_hint(f->err, "check proxy-url and HTTPS_PROXY");
        break;
    case CURLE_COULDNT_CONNECT:
#if LIBCURL_VERSION_NUM >= 0x074900
    case CURLE_PROXY:
#endif
        explain_connect(f);
        break;
    case CURLE_PEER_FAILED_VERIFICATION:
        explain_untrusted(f);
        break;
    case CURLE_SSL_CACERT_BADFILE:
        fail(f, HTTP_UNUSABLE, ERR_INPUT,
             "the certificate authority given for it is no PEM "
             "certificate");
        break;
    case CURLE_SSL_CERTPROBLEM:
        explain_own_tls(f);
        break;
    case CURLE_SSL_CONNECT_ERROR:
        fail(f, HTTP_UNTRUSTED, ERR_DENIED, "no TLS connection: %s", t->text);
        err_hint(f->err, "see what it says: openssl s_client -connect %s:%s", f->host, f->port);
        break;
    case CURLE_URL_MALFORMAT:
    case CURLE_UNSUPPORTED_PROTOCOL:
        explain_protocol(f);
        break;
    case CURLE_OUT_OF_MEMORY:
        fail(f, HTTP_UNUSABLE, ERR_LOCAL, "out of memory");
        break;
    case CURLE_OPERATION_TIMEDOUT:
        explain_silence(f);
        break;
    case CURLE_WRITE_ERROR:
    case CURLE_ABORTED_BY_CALLBACK:
        explain_aborted(f);
        break;
    default:
        explain_cut(f);
    }
}

void http_explain(struct http_transfer *t, struct err *err)
{
    t->response->outcome = HTTP_ANSWERED;
    if (t->code == CURLE_OK)
        return;
    _cleanup_str_ struct str origin = {0};
    str_init(&origin, 1024);
    http_origin(t->request->url, &origin);
    struct fault f = {.t = t, .err = err, .origin = str_c(&origin)};
    struct http_url url;
    if (http_url_split(t->request->url, &url)) {
        snprintf(f.host, sizeof f.host, "%.*s", (int)(url.host.len < 255 ? url.host.len : 255),
                 url.host.ptr);
        snprintf(f.port, sizeof f.port, "%.*s", (int)(url.port.len < 7 ? url.port.len : 7),
                 url.port.ptr);
    }
    explain_code(&f);
}
