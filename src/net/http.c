#include "net/http_internal.h"
#include "net/http_url.h"

#include "base/io.h"
#include "base/secret.h"

#include <time.h>

#define PEM_MAX ((size_t)1 << 20)
#define POLL_MAX_MS 1000u

uint64_t http_now_ms(void)
{
    struct timespec ts;
    clock_gettime(CLOCK_MONOTONIC, &ts);
    return (uint64_t)ts.tv_sec * 1000 + (uint64_t)ts.tv_nsec / 1000000;
}

/* --- client ------------------------------------------------------------------------------- */

static int load_pem(const struct http_pem *pem, struct str *out, struct err *err)
{
    str_init(out, 0);
    if (!pem->text.ptr && pem->file)
        return io_read_file(pem->file, PEM_MAX, out, err);
    str_addv(out, pem->text);
    return str_ok(out) ? 0 : err_nomem(err, "certificate or key");
}

static char *copy(const char *text)
{
    return text && *text ? strdup(text) : NULL;
}

/* Go's HTTP stack, and with it kubectl, lets a SOCKS5 proxy resolve names. */
static char *copy_proxy(const char *proxy)
{
    char *out = NULL;
    if (proxy && strncmp(proxy, "socks5://", 9) == 0)
        return asprintf(&out, "socks5h://%s", proxy + 9) < 0 ? NULL : out;
    return copy(proxy);
}

static void set_defaults(struct http_client *c, const struct http_config *config)
{
    c->config = *config;
    if (!c->config.max_connections)
        c->config.max_connections = 8;
    if (!c->config.connect_timeout_ms)
        c->config.connect_timeout_ms = 15000;
    if (!c->config.idle_timeout_ms)
        c->config.idle_timeout_ms = 60000;
    c->config.http1_only = config->http1_only || !curl_api_http2(&c->api);
    c->server_name = copy(config->server_name);
    c->proxy = copy_proxy(config->proxy);
    c->user_agent = strdup(config->user_agent ? config->user_agent : "toban/" TOBAN_VERSION);
}

static int open_multi(struct http_client *c, struct err *err)
{
    c->multi = c->api.multi_init();
    if (!c->multi || !c->user_agent)
        return err_nomem(err, "HTTP client");
    c->api.multi_setopt(c->multi, CURLMOPT_MAX_HOST_CONNECTIONS, (long)c->config.max_connections);
    c->api.multi_setopt(c->multi, CURLMOPT_MAXCONNECTS, (long)c->config.max_connections);
    c->api.multi_setopt(c->multi, CURLMOPT_PIPELINING,
                        c->config.http1_only ? CURLPIPE_NOTHING : CURLPIPE_MULTIPLEX);
    return 0;
}

int http_client_new(const struct http_config *config, struct http_client **out, struct err *err)
{
    *out = NULL;
    _cleanup_http_client_ struct http_client *c = calloc(1, sizeof *c);
    if (!c)
        return err_nomem(err, "HTTP client");
    if (load_pem(&config->ca, &c->ca, err) || load_pem(&config->cert, &c->cert, err) ||
        load_pem(&config->key, &c->key, err) || curl_api_load(&c->api, err))
        return -1;
    set_defaults(c, config);
    if (open_multi(c, err))
        return -1;
    *out = steal_ptr(c);
    return 0;
}

static void transfer_free(struct http_transfer *t)
{
    struct http_client *c = t->client;
    for (struct http_transfer **at = &c->transfers; *at; at = &(*at)->next)
        if (*at == t) {
            *at = t->next;
            break;
        }
    if (t->easy) {
        c->api.multi_remove_handle(c->multi, t->easy);
        c->api.easy_cleanup(t->easy);
    }
    c->api.slist_free_all(t->headers);
    c->api.slist_free_all(t->connect_to);
    str_release(&t->url);
    str_release(&t->host_header);
    free(t);
}

void http_client_free(struct http_client *c)
{
    if (!c)
        return;
    while (c->transfers)
        transfer_free(c->transfers);
    if (c->multi)
        c->api.multi_cleanup(c->multi);
    curl_api_release(&c->api);
    str_release(&c->ca);
    str_release(&c->cert);
    secret_str_release(&c->key);
    free(c->server_name);
    free(c->proxy);
    free(c->user_agent);
    free(c);
}

/* --- what libcurl calls ------------------------------------------------------------------- */

static int answered_status(struct http_transfer *t)
{
    long status = 0;
    t->client->api.easy_getinfo(t->easy, CURLINFO_RESPONSE_CODE, &status);
    return (int)status;
}

static bool end_head(struct http_transfer *t)
{
    int status = answered_status(t);
    t->idle_ms = t->full_idle_ms;
    if (status >= 200 && t->request->on_head)
        t->stopped = !t->request->on_head(t->request->ctx, status);
    return !t->stopped;
}

static size_t on_header(char *bytes, size_t size, size_t count, void *userdata)
{
    struct http_transfer *t = userdata;
    struct sv line = sv_trim(sv_n(bytes, size * count));
    t->last_active_ms = http_now_ms();
    if (sv_starts(line, "HTTP/")) {
        str_reset(&t->response->headers);
        return size * count;
    }
    if (line.len == 0)
        return end_head(t) ? size * count : 0;
    str_addv(&t->response->headers, line);
    str_addc(&t->response->headers, '\n');
    if (str_ok(&t->response->headers))
        return size * count;
    t->max = HTTP_HEADERS_MAX;
    t->too_large = true;
    return 0;
}

static size_t on_body(char *bytes, size_t size, size_t count, void *userdata)
{
    struct http_transfer *t = userdata;
    size_t n = size * count;
    t->last_active_ms = http_now_ms();
    t->received += n;
    if (t->received > t->max) {
        t->too_large = true;
        return 0;
    }
    if (t->response->status == 0)
        t->response->status = answered_status(t);
    if (t->request->on_body && t->response->status / 100 == 2) {
        t->stopped = !t->request->on_body(t->request->ctx, sv_n(bytes, n));
        return t->stopped ? 0 : n;
    }
    str_add(&t->response->body, bytes, n);
    t->too_large = !str_ok(&t->response->body);
    return t->too_large ? 0 : n;
}

/* Sees bytes that the body callback does not: uploads, and TLS and compression at work. */
static int on_progress(void *userdata, curl_off_t dltotal, curl_off_t dlnow, curl_off_t ultotal,
                       curl_off_t ulnow)
{
    struct http_transfer *t = userdata;
    (void)dltotal, (void)ultotal;
    if (dlnow + ulnow != t->last_bytes) {
        t->last_bytes = dlnow + ulnow;
        t->last_active_ms = http_now_ms();
    }
    return 0;
}

/* libcurl is about to write the request. */
static int on_begin(void *userdata, char *ip, char *local_ip, int port, int local_port)
{
    struct http_transfer *t = userdata;
    (void)ip, (void)local_ip, (void)port, (void)local_port;
    t->died = t->begun;
    t->begun = true;
    return t->died ? CURL_PREREQFUNC_ABORT : CURL_PREREQFUNC_OK;
}

/* --- one transfer ------------------------------------------------------------------------- */

#define SET(option, value)                                                                         \
    (ok = t->client->api.easy_setopt(t->easy, (option), (value)) == CURLE_OK && ok)

static void add_header(struct http_transfer *t, const char *line, bool *ok)
{
    struct curl_slist *list = t->client->api.slist_append(t->headers, line);
    *ok = list && *ok;
    t->headers = list ? list : t->headers;
}

/* libcurl takes the name for TLS from the URL, so the URL gets that name and is then led to the
 * real host. */
static bool set_address(struct http_transfer *t)
{
    bool ok = true;
    struct http_url url;
    const char *server_name = t->client->server_name;
    if (!http_url_split(t->request->url, &url) || !server_name)
        return SET(CURLOPT_URL, t->request->url);
    str_addf(&t->url, "%.*s://%s:%.*s%.*s", SV_ARG(url.scheme), server_name, SV_ARG(url.port),
             SV_ARG(url.path));
    _cleanup_str_ struct str to = {0};
    str_init(&to, 4096);
    str_addf(&to, "%s:%.*s:%.*s:%.*s", server_name, SV_ARG(url.port), SV_ARG(url.host),
             SV_ARG(url.port));
    str_addf(&t->host_header, "Host: %.*s", SV_ARG(url.authority));
    t->connect_to = t->client->api.slist_append(NULL, str_c(&to));
    add_header(t, str_c(&t->host_header), &ok);
    SET(CURLOPT_URL, str_c(&t->url));
    SET(CURLOPT_CONNECT_TO, t->connect_to);
    return ok && t->connect_to && str_ok(&t->url) && str_ok(&to);
}

static bool set_blob(struct http_transfer *t, CURLoption option, const struct str *pem)
{
    struct curl_blob blob = {.data = pem->data, .len = pem->len, .flags = CURL_BLOB_NOCOPY};
    return pem->len == 0 || t->client->api.easy_setopt(t->easy, option, &blob) == CURLE_OK;
}

static bool set_tls(struct http_transfer *t)
{
    const struct http_client *c = t->client;
    bool ok = set_blob(t, CURLOPT_CAINFO_BLOB, &c->ca) &&
              set_blob(t, CURLOPT_SSLCERT_BLOB, &c->cert) &&
              set_blob(t, CURLOPT_SSLKEY_BLOB, &c->key);
    if (c->ca.len) {
        /* Else the authorities of the system would be trusted beside the one that is named. */
        SET(CURLOPT_CAINFO, (char *)NULL);
        SET(CURLOPT_CAPATH, (char *)NULL);
    }
    if (c->config.insecure) {
        SET(CURLOPT_SSL_VERIFYPEER, 0L);
        SET(CURLOPT_SSL_VERIFYHOST, 0L);
    } else if (c->api.ssl_ctx_cert_store) {
        SET(CURLOPT_SSL_CTX_FUNCTION, http_tls_observe);
        SET(CURLOPT_SSL_CTX_DATA, (void *)c);
    }
    return ok;
}

static bool set_proxy(struct http_transfer *t)
{
    bool ok = true;
    struct http_url url;
    if (t->client->proxy) {
        SET(CURLOPT_PROXY, t->client->proxy);
        SET(CURLOPT_NOPROXY, "");
    } else if (http_url_split(t->request->url, &url) && http_url_loopback(&url)) {
        SET(CURLOPT_PROXY, "");
    }
    return ok;
}

static bool set_body(struct http_transfer *t)
{
    bool ok = true;
    const char *method = t->request->method ? t->request->method : "GET";
    if (t->request->body.ptr) {
        SET(CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)t->request->body.len);
        SET(CURLOPT_POSTFIELDS, t->request->body.ptr);
        add_header(t, "Expect:", &ok);
    }
    if (strcmp(method, "HEAD") == 0)
        SET(CURLOPT_NOBODY, 1L);
    else if (t->request->body.ptr || strcmp(method, "GET") != 0)
        SET(CURLOPT_CUSTOMREQUEST, method);
    return ok;
}

static bool set_callbacks(struct http_transfer *t)
{
    bool ok = true;
    SET(CURLOPT_WRITEFUNCTION, on_body);
    SET(CURLOPT_WRITEDATA, t);
    SET(CURLOPT_HEADERFUNCTION, on_header);
    SET(CURLOPT_HEADERDATA, t);
    SET(CURLOPT_XFERINFOFUNCTION, on_progress);
    SET(CURLOPT_XFERINFODATA, t);
    SET(CURLOPT_NOPROGRESS, 0L);
    SET(CURLOPT_ERRORBUFFER, t->text);
    SET(CURLOPT_PRIVATE, t);
    if (t->request->once) {
        SET(CURLOPT_PREREQFUNCTION, on_begin);
        SET(CURLOPT_PREREQDATA, t);
    }
    return ok;
}

static bool set_manners(struct http_transfer *t)
{
    const struct http_config *config = &t->client->config;
    bool ok = true;
    SET(CURLOPT_NOSIGNAL, 1L);
    SET(CURLOPT_PROTOCOLS_STR, "http,https");
    SET(CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L);
    SET(CURLOPT_HTTP_VERSION,
        (long)(config->http1_only ? CURL_HTTP_VERSION_1_1 : CURL_HTTP_VERSION_2TLS));
    SET(CURLOPT_PIPEWAIT, config->http1_only ? 0L : 1L);
    SET(CURLOPT_USERAGENT, t->client->user_agent);
    SET(CURLOPT_CONNECTTIMEOUT_MS, (long)config->connect_timeout_ms);
    SET(CURLOPT_TIMEOUT_MS, (long)t->request->timeout_ms);
    SET(CURLOPT_TCP_KEEPALIVE, 1L);
    if (!config->no_compression)
        SET(CURLOPT_ACCEPT_ENCODING, "gzip");
    for (const char *const *h = t->request->headers; h && *h; h++)
        add_header(t, *h, &ok);
    return ok;
}

static void prepare_response(struct http_transfer *t)
{
    http_response_release(t->response);
    str_init(&t->response->headers, HTTP_HEADERS_MAX);
    size_t wanted = t->request->max;
    t->max = wanted ? wanted : t->request->on_body ? SIZE_MAX : HTTP_BODY_MAX;
    /* What is collected although it should be streamed is an error's text. */
    str_init(&t->response->body, t->request->on_body ? HTTP_BODY_MAX : t->max);
    str_init(&t->url, 0);
    str_init(&t->host_header, 0);
}

int http_start(struct http_client *c, const struct http_request *request,
               struct http_response *response, void *tag, struct err *err)
{
    struct http_transfer *t = calloc(1, sizeof *t);
    if (!t)
        return err_nomem(err, "HTTP request");
    t->client = c, t->request = request, t->response = response, t->tag = tag;
    t->full_idle_ms =
        request->idle_timeout_ms ? request->idle_timeout_ms : c->config.idle_timeout_ms;
    t->idle_ms = request->head_timeout_ms ? request->head_timeout_ms : t->full_idle_ms;
    t->last_active_ms = http_now_ms();
    t->next = c->transfers;
    c->transfers = t;
    prepare_response(t);
    t->easy = c->api.easy_init();
    bool ok = t->easy && set_manners(t) && set_address(t) && set_tls(t) && set_proxy(t) &&
              set_body(t) && set_callbacks(t) &&
              c->api.easy_setopt(t->easy, CURLOPT_HTTPHEADER, t->headers) == CURLE_OK &&
              c->api.multi_add_handle(c->multi, t->easy) == CURLM_OK;
    if (ok)
        return 0;
    transfer_free(t);
    response->outcome = HTTP_UNUSABLE;
    return err_set(err, ERR_LOCAL, "HTTP request cannot be prepared");
}

/* --- driving ------------------------------------------------------------------------------ */

static struct http_transfer *find_ended(struct http_client *c, const void *tag, bool any)
{
    struct http_transfer *found = NULL;
    for (struct http_transfer *t = c->transfers; t; t = t->next)
        if (t->ended && (any || t->tag == tag))
            found = t; /* the oldest stands last */
    return found;
}

static void collect_ended(struct http_client *c)
{
    CURLMsg *msg;
    int left;
    while ((msg = c->api.multi_info_read(c->multi, &left))) {
        struct http_transfer *t = NULL;
        if (msg->msg != CURLMSG_DONE)
            continue;
        c->api.easy_getinfo(msg->easy_handle, CURLINFO_PRIVATE, (void *)&t);
        t->code = msg->data.result;
        t->ended = true;
    }
}

/* A request that waits for a free connection is not idle: it has not begun. */
static bool waits_in_line(struct http_transfer *t, unsigned active)
{
    curl_off_t begun = 0;
    t->client->api.easy_getinfo(t->easy, CURLINFO_NAMELOOKUP_TIME_T, &begun);
    return begun == 0 && active > t->client->config.max_connections;
}

/* Ends transfers that are silent for too long; returns the ms until the next might be. */
static unsigned watch_idle(struct http_client *c)
{
    uint64_t now = http_now_ms();
    uint64_t next = POLL_MAX_MS;
    unsigned active = 0;
    for (struct http_transfer *t = c->transfers; t; t = t->next)
        active += !t->ended;
    for (struct http_transfer *t = c->transfers; t; t = t->next) {
        if (t->ended)
            continue;
        if (waits_in_line(t, active))
            t->last_active_ms = now;
        uint64_t end = t->last_active_ms + t->idle_ms;
        if (end <= now) {
            t->ended = t->idle = true;
            t->code = CURLE_OPERATION_TIMEDOUT;
            c->api.multi_remove_handle(c->multi, t->easy);
        } else if (end - now < next) {
            next = end - now;
        }
    }
    return (unsigned)next;
}

static void hand_over(struct http_transfer *t, struct http_done *done)
{
    *done = (struct http_done){.tag = t->tag};
    t->response->status = answered_status(t);
    http_explain(t, &done->err);
    transfer_free(t);
}

/* One round: true when a transfer that fits has ended. */
static struct http_transfer *drive(struct http_client *c, unsigned wait_ms, int wake_fd,
                                   const void *tag, bool any, bool *woken)
{
    int running = 0;
    *woken = false;
    c->api.multi_perform(c->multi, &running);
    collect_ended(c);
    unsigned idle_ms = watch_idle(c);
    struct http_transfer *t = find_ended(c, tag, any);
    if (t || wait_ms == 0)
        return t;
    struct curl_waitfd extra = {.fd = wake_fd, .events = CURL_WAIT_POLLIN};
    int ready = 0;
    c->api.multi_poll(c->multi, wake_fd >= 0 ? &extra : NULL, wake_fd >= 0,
                      (int)(wait_ms < idle_ms ? wait_ms : idle_ms), &ready);
    *woken = extra.revents != 0;
    if (c->gather_ms && ready && !*woken)
        nanosleep(&(struct timespec){.tv_nsec = (long)c->gather_ms * 1000000}, NULL);
    return NULL;
}

void http_client_gather(struct http_client *c, unsigned ms)
{
    c->gather_ms = ms < 1000 ? ms : 999;
}

bool http_wait(struct http_client *c, unsigned timeout_ms, int wake_fd, struct http_done *done)
{
    uint64_t end = http_now_ms() + timeout_ms;
    bool woken;
    for (;;) {
        uint64_t now = http_now_ms();
        unsigned left = now < end ? (unsigned)(end - now) : 0;
        struct http_transfer *t = drive(c, left, wake_fd, NULL, true, &woken);
        if (t) {
            hand_over(t, done);
            return true;
        }
        if (woken || left == 0)
            return false;
    }
}

int http_run(struct http_client *c, const struct http_request *request,
             struct http_response *response, struct err *err)
{
    if (http_start(c, request, response, response, err))
        return -1;
    struct http_transfer *t;
    bool woken;
    while (!(t = drive(c, POLL_MAX_MS, -1, response, false, &woken)))
        continue;
    struct http_done done;
    hand_over(t, &done);
    if (done.err.class == ERR_NONE)
        return 0;
    if (err)
        *err = done.err;
    return -1;
}

void http_cancel(struct http_client *c, const void *tag)
{
    struct http_transfer *next;
    for (struct http_transfer *t = c->transfers; t; t = next) {
        next = t->next;
        if (t->tag == tag)
            transfer_free(t);
    }
}

/* --- response ----------------------------------------------------------------------------- */

void http_response_release(struct http_response *r)
{
    if (!r)
        return;
    str_release(&r->headers);
    str_release(&r->body);
    *r = (struct http_response){0};
}

struct sv http_header(const struct http_response *r, const char *name, size_t *from)
{
    size_t start = from ? *from : 0;
    struct sv rest = sv_n(str_c(&r->headers) + start, r->headers.len - start);
    while (rest.len) {
        struct sv value = sv_split(&rest, '\n');
        struct sv key = sv_split(&value, ':');
        if (!value.ptr || !sv_ieq(key, sv_of(name)))
            continue;
        if (from)
            *from = rest.ptr ? (size_t)(rest.ptr - str_c(&r->headers)) : r->headers.len;
        return sv_trim(value);
    }
    return SV_NONE;
}
