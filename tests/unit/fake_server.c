#include "fake_server.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "unit.h"

#define REQUEST_MAX 65536
#define CONNECTIONS_MAX 64

struct connection {
    struct fake_server *server;
    pthread_t thread;
    int fd;
    SSL *ssl;
};

struct fake_server {
    const struct fake_step *steps;
    size_t count;
    SSL_CTX *tls;
    char *ca;
    char url[64];
    unsigned port;
    int listener;
    int stop[2]; /* readable when it is to end */
    pthread_t thread;
    pthread_mutex_t lock;
    size_t taken;
    unsigned requests, connections;
    struct connection all[CONNECTIONS_MAX];
    char problem[2048];
};

/* --- certificates ------------------------------------------------------------------------- */

static EVP_PKEY *new_key(void)
{
    EVP_PKEY *key = EVP_EC_gen("P-256");
    assert_non_null(key);
    return key;
}

static void add_extension(X509 *cert, X509 *issuer, int nid, const char *value)
{
    X509V3_CTX ctx;
    X509V3_set_ctx(&ctx, issuer, cert, NULL, NULL, 0);
    X509_EXTENSION *ext = X509V3_EXT_conf_nid(NULL, &ctx, nid, value);
    assert_non_null(ext);
    X509_add_ext(cert, ext, -1);
    X509_EXTENSION_free(ext);
}

static X509 *new_cert(const char *cn, EVP_PKEY *key, X509 *issuer, EVP_PKEY *issuer_key,
                      const struct fake_cert *how)
{
    static unsigned long serial = 1;
    X509 *cert = X509_new();
    X509_set_version(cert, 2);
    ASN1_INTEGER_set(X509_get_serialNumber(cert),
                     (long)__atomic_add_fetch(&serial, 1, __ATOMIC_RELAXED));
    X509_gmtime_adj(X509_getm_notBefore(cert), how->from);
    X509_gmtime_adj(X509_getm_notAfter(cert), how->until);
    X509_NAME_add_entry_by_txt(X509_get_subject_name(cert), "CN", MBSTRING_ASC,
                               (const unsigned char *)cn, -1, -1, 0);
    X509_set_issuer_name(cert, X509_get_subject_name(issuer ? issuer : cert));
    X509_set_pubkey(cert, key);
    add_extension(cert, issuer ? issuer : cert, NID_basic_constraints,
                  issuer ? "CA:FALSE" : "critical,CA:TRUE");
    if (how->names)
        add_extension(cert, issuer ? issuer : cert, NID_subject_alt_name, how->names);
    assert_true(X509_sign(cert, issuer_key, EVP_sha256()) > 0);
    return cert;
}

static char *pem_of(X509 *cert, EVP_PKEY *key)
{
    BIO *bio = BIO_new(BIO_s_mem());
    char *data;
    if (cert)
        PEM_write_bio_X509(bio, cert);
    else
        PEM_write_bio_PrivateKey(bio, key, NULL, NULL, 0, NULL, NULL);
    long n = BIO_get_mem_data(bio, &data);
    char *pem = strndup(data, (size_t)n);
    BIO_free(bio);
    return pem;
}

void fake_client_cert(const struct fake_cert *how, char **cert_pem, char **key_pem)
{
    EVP_PKEY *key = new_key();
    X509 *cert = new_cert("ann", key, NULL, key, how);
    *cert_pem = pem_of(cert, NULL);
    *key_pem = pem_of(NULL, key);
    X509_free(cert);
    EVP_PKEY_free(key);
}

static void prepare_tls(struct fake_server *s, const struct fake_cert *how)
{
    const struct fake_cert good = {NULL, -3600, 3600};
    EVP_PKEY *ca_key = new_key();
    EVP_PKEY *key = new_key();
    X509 *ca = new_cert("fake-authority", ca_key, NULL, ca_key, &good);
    X509 *cert = new_cert("fake-server", key, ca, ca_key, how);
    s->tls = SSL_CTX_new(TLS_server_method());
    SSL_CTX_use_certificate(s->tls, cert);
    SSL_CTX_use_PrivateKey(s->tls, key);
    SSL_CTX_set_verify(s->tls, SSL_VERIFY_NONE, NULL);
    s->ca = pem_of(ca, NULL);
    X509_free(ca);
    X509_free(cert);
    EVP_PKEY_free(ca_key);
    EVP_PKEY_free(key);
}

/* --- bytes -------------------------------------------------------------------------------- */

/* False when the server is to end. */
static bool readable(const struct connection *c)
{
    struct pollfd fds[2] = {{.fd = c->fd, .events = POLLIN},
                            {.fd = c->server->stop[0], .events = POLLIN}};
    if (c->ssl && SSL_pending(c->ssl))
        return true;
    poll(fds, 2, -1);
    return fds[0].revents && !fds[1].revents;
}

static ssize_t take(struct connection *c, char *to, size_t n)
{
    return c->ssl ? SSL_read(c->ssl, to, (int)n) : read(c->fd, to, n);
}

static bool give(struct connection *c, const char *bytes, size_t n)
{
    while (n) {
        ssize_t sent =
            c->ssl ? SSL_write(c->ssl, bytes, (int)n) : send(c->fd, bytes, n, MSG_NOSIGNAL);
        if (sent <= 0)
            return false;
        bytes += sent;
        n -= (size_t)sent;
    }
    return true;
}

static size_t body_length(const char *request)
{
    const char *at = strcasestr(request, "\r\ncontent-length:");
    return at ? strtoul(at + 17, NULL, 10) : 0;
}

/* Head and body of one request, terminated; false at the end of the connection. */
static bool read_request(struct connection *c, char request[static REQUEST_MAX])
{
    size_t n = 0;
    while (n < REQUEST_MAX - 1 && readable(c)) {
        ssize_t got = take(c, request + n, REQUEST_MAX - 1 - n);
        if (got <= 0)
            return false;
        n += (size_t)got;
        request[n] = '\0';
        const char *end = strstr(request, "\r\n\r\n");
        if (end && n >= (size_t)(end + 4 - request) + body_length(request))
            return true;
    }
    return false;
}

/* --- serving ------------------------------------------------------------------------------ */

static const struct fake_step *next_step(struct fake_server *s, const char *request)
{
    const struct fake_step *step = NULL;
    pthread_mutex_lock(&s->lock);
    s->requests++;
    if (s->taken < s->count)
        step = &s->steps[s->taken++];
    else if (!s->problem[0])
        snprintf(s->problem, sizeof s->problem, "a request too many: %.400s", request);
    if (step && step->expect && !strstr(request, step->expect) && !s->problem[0])
        snprintf(s->problem, sizeof s->problem, "step %zu: '%s' is not in: %.1200s", s->taken,
                 step->expect, request);
    pthread_mutex_unlock(&s->lock);
    return step;
}

static bool play(struct connection *c, const struct fake_step *step)
{
    size_t left = step->reply ? strlen(step->reply) : 0;
    const char *at = step->reply;
    while (left) {
        size_t n = step->piece && step->piece < left ? step->piece : left;
        if (!give(c, at, n))
            return false;
        at += n;
        left -= n;
    }
    struct pollfd stop = {.fd = c->server->stop[0], .events = POLLIN};
    while (step->hang && !stop.revents)
        poll(&stop, 1, -1);
    return !step->close && !step->hang &&
           !(step->reply && strstr(step->reply, "Connection: close"));
}

static void *serve(void *arg)
{
    struct connection *c = arg;
    char *request = malloc(REQUEST_MAX);
    int yes = 1;
    setsockopt(c->fd, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
    bool open = !c->server->tls;
    if (c->server->tls) {
        c->ssl = SSL_new(c->server->tls);
        SSL_set_fd(c->ssl, c->fd);
        open = readable(c) && SSL_accept(c->ssl) == 1;
    }
    while (open && read_request(c, request)) {
        const struct fake_step *step = next_step(c->server, request);
        open = step && play(c, step);
    }
    if (c->ssl) {
        SSL_shutdown(c->ssl);
        SSL_free(c->ssl);
    }
    ERR_clear_error();
    shutdown(c->fd, SHUT_RDWR);
    close(c->fd);
    free(request);
    return NULL;
}

static void *accept_all(void *arg)
{
    struct fake_server *s = arg;
    struct pollfd fds[2] = {{.fd = s->listener, .events = POLLIN},
                            {.fd = s->stop[0], .events = POLLIN}};
    for (;;) {
        poll(fds, 2, -1);
        if (fds[1].revents)
            return NULL;
        int fd = accept4(s->listener, NULL, NULL, SOCK_CLOEXEC);
        if (fd < 0)
            continue;
        pthread_mutex_lock(&s->lock);
        struct connection *c = s->connections < CONNECTIONS_MAX ? &s->all[s->connections++] : NULL;
        pthread_mutex_unlock(&s->lock);
        if (!c) {
            close(fd);
            continue;
        }
        *c = (struct connection){.server = s, .fd = fd};
        pthread_create(&c->thread, NULL, serve, c);
    }
}

struct fake_server *fake_server_start(const struct fake_step *steps, size_t count,
                                      const struct fake_cert *cert)
{
    struct fake_server *s = calloc(1, sizeof *s);
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t len = sizeof address;
    assert_non_null(s);
    signal(SIGPIPE, SIG_IGN);
    s->steps = steps;
    s->count = count;
    pthread_mutex_init(&s->lock, NULL);
    s->listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_int_equal(bind(s->listener, (struct sockaddr *)&address, sizeof address), 0);
    assert_int_equal(listen(s->listener, 64), 0);
    getsockname(s->listener, (struct sockaddr *)&address, &len);
    assert_int_equal(pipe(s->stop), 0);
    s->port = ntohs(address.sin_port);
    snprintf(s->url, sizeof s->url, "%s://127.0.0.1:%u", cert ? "https" : "http", s->port);
    if (cert)
        prepare_tls(s, cert);
    pthread_create(&s->thread, NULL, accept_all, s);
    return s;
}

static void end_threads(struct fake_server *s)
{
    assert_int_equal(write(s->stop[1], "x", 1), 1);
    pthread_join(s->thread, NULL);
    for (unsigned i = 0; i < s->connections; i++)
        pthread_join(s->all[i].thread, NULL);
    close(s->listener);
    close(s->stop[0]);
    close(s->stop[1]);
}

static void free_server(struct fake_server *s)
{
    SSL_CTX_free(s->tls);
    free(s->ca);
    pthread_mutex_destroy(&s->lock);
    free(s);
}

void fake_server_stop(struct fake_server *s)
{
    char problem[sizeof s->problem];
    end_threads(s);
    strcpy(problem, s->problem);
    if (!problem[0] && s->taken < s->count)
        snprintf(problem, sizeof problem, "only %zu of %zu steps were asked for", s->taken,
                 s->count);
    free_server(s);
    if (problem[0])
        fail_msg("%s", problem);
}

void fake_server_abandon(struct fake_server *s)
{
    end_threads(s);
    free_server(s);
}

unsigned fake_server_port(const struct fake_server *s)
{
    return s->port;
}

const char *fake_server_url(const struct fake_server *s)
{
    return s->url;
}

const char *fake_server_ca(const struct fake_server *s)
{
    return s->ca;
}

unsigned fake_server_connections(struct fake_server *s)
{
    pthread_mutex_lock(&s->lock);
    unsigned n = s->connections;
    pthread_mutex_unlock(&s->lock);
    return n;
}

unsigned fake_server_requests(struct fake_server *s)
{
    pthread_mutex_lock(&s->lock);
    unsigned n = s->requests;
    pthread_mutex_unlock(&s->lock);
    return n;
}
