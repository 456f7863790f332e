/* TLS over memory: OpenSSL sees buffers, the sockets are libuv's. */
#include "net/http_server_internal.h"

#include <openssl/err.h>
#include <openssl/pem.h>

#define PIECE 16384

static int tls_err(struct err *err, const char *what)
{
    char text[256] = "";
    ERR_error_string_n(ERR_get_error(), text, sizeof text);
    ERR_clear_error();
    return err_set(err, ERR_INPUT, "%s: %s", what, text);
}

static int use_chain(SSL_CTX *ctx, BIO *bio, struct err *err)
{
    X509 *cert = PEM_read_bio_X509(bio, NULL, NULL, NULL);
    if (!cert || SSL_CTX_use_certificate(ctx, cert) != 1) {
        X509_free(cert);
        return tls_err(err, "cannot use the server's certificate");
    }
    X509_free(cert);
    while ((cert = PEM_read_bio_X509(bio, NULL, NULL, NULL)))
        if (SSL_CTX_add0_chain_cert(ctx, cert) != 1) {
            X509_free(cert);
            return tls_err(err, "cannot use the chain of the server's certificate");
        }
    ERR_clear_error(); /* the end of the text is an error to the reader */
    return 0;
}

static int use_key(SSL_CTX *ctx, BIO *bio, struct err *err)
{
    EVP_PKEY *key = PEM_read_bio_PrivateKey(bio, NULL, NULL, NULL);
    bool ok = key && SSL_CTX_use_PrivateKey(ctx, key) == 1 && SSL_CTX_check_private_key(ctx) == 1;
    EVP_PKEY_free(key);
    return ok ? 0 : tls_err(err, "cannot use the server's key with its certificate");
}

/* http/1.1 when it is offered; else as if nothing was offered. */
static int choose_protocol(SSL *ssl, const unsigned char **out, unsigned char *n,
                           const unsigned char *offered, unsigned offered_n, void *arg)
{
    static const unsigned char ours[] = "\x08http/1.1";
    unsigned char *chosen = NULL;
    if (SSL_select_next_proto(&chosen, n, ours, sizeof ours - 1, offered, offered_n) !=
        OPENSSL_NPN_NEGOTIATED)
        return SSL_TLSEXT_ERR_NOACK;
    *out = chosen;
    return SSL_TLSEXT_ERR_OK;
}

static void tls_free_p(SSL_CTX **ctx)
{
    SSL_CTX_free(*ctx);
}

static void bio_free_p(BIO **bio)
{
    BIO_free(*bio);
}

SSL_CTX *http_server_tls_new(struct sv cert, struct sv key, struct err *err)
{
    _cleanup_(tls_free_p) SSL_CTX *ctx = SSL_CTX_new(TLS_server_method());
    _cleanup_(bio_free_p) BIO *cert_bio = BIO_new_mem_buf(cert.ptr, (int)cert.len);
    _cleanup_(bio_free_p) BIO *key_bio = BIO_new_mem_buf(key.ptr, (int)key.len);
    if (!ctx || !cert_bio || !key_bio) {
        err_nomem(err, "setting up TLS");
        return NULL;
    }
    SSL_CTX_set_min_proto_version(ctx, TLS1_2_VERSION);
    SSL_CTX_set_options(ctx, SSL_OP_NO_RENEGOTIATION);
    SSL_CTX_set_session_cache_mode(ctx, SSL_SESS_CACHE_OFF);
    SSL_CTX_set_mode(ctx, SSL_MODE_RELEASE_BUFFERS);
    SSL_CTX_set_alpn_select_cb(ctx, choose_protocol, NULL);
    if (use_chain(ctx, cert_bio, err) < 0 || use_key(ctx, key_bio, err) < 0)
        return NULL;
    return steal_ptr(ctx);
}

SSL *http_server_tls_accept(SSL_CTX *ctx)
{
    SSL *ssl = SSL_new(ctx);
    BIO *in = BIO_new(BIO_s_mem()), *out = BIO_new(BIO_s_mem());
    if (!ssl || !in || !out) {
        SSL_free(ssl);
        BIO_free(in);
        BIO_free(out);
        return NULL;
    }
    SSL_set_bio(ssl, in, out);
    SSL_set_accept_state(ssl);
    return ssl;
}

bool http_server_tls_feed(struct http_conn *c, struct sv bytes)
{
    char piece[PIECE];
    ERR_clear_error();
    if (BIO_write(SSL_get_rbio(c->ssl), bytes.ptr, (int)bytes.len) != (int)bytes.len)
        return false;
    int n;
    while ((n = SSL_read(c->ssl, piece, sizeof piece)) > 0)
        http_conn_take(c, sv_n(piece, (size_t)n));
    int trouble = SSL_get_error(c->ssl, n);
    if (trouble == SSL_ERROR_ZERO_RETURN)
        http_conn_eof(c);
    bool ok = trouble == SSL_ERROR_WANT_READ || trouble == SSL_ERROR_ZERO_RETURN;
    if (!ok && ERR_GET_REASON(ERR_peek_error()) == SSL_R_HTTP_REQUEST)
        str_adds(&c->wire, "HTTP/1.0 400 Bad Request\r\n\r\n"
                           "Client sent an HTTP request to an HTTPS server.\n");
    ERR_clear_error();
    return ok;
}

bool http_server_tls_put(SSL *ssl, struct sv bytes)
{
    ERR_clear_error();
    return SSL_write(ssl, bytes.ptr, (int)bytes.len) == (int)bytes.len;
}

void http_server_tls_drain(SSL *ssl, struct str *wire)
{
    char *bytes = NULL;
    long n = BIO_get_mem_data(SSL_get_wbio(ssl), &bytes);
    if (n > 0)
        str_add(wire, bytes, (size_t)n);
    (void)BIO_reset(SSL_get_wbio(ssl));
}
