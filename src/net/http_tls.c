/* Looks at certificates while libcurl verifies them, so that a refusal can be told in words. */
#include "net/http_internal.h"

#include <openssl/x509v3.h>

#include <arpa/inet.h>

static void add_name(struct str *out, const GENERAL_NAME *name)
{
    char address[INET6_ADDRSTRLEN] = "";
    const ASN1_STRING *text = NULL;
    if (name->type == GEN_DNS)
        text = name->d.dNSName;
    else if (name->type == GEN_IPADD)
        inet_ntop(name->d.iPAddress->length == 4 ? AF_INET : AF_INET6,
                  ASN1_STRING_get0_data(name->d.iPAddress), address, sizeof address);
    if (!text && !address[0])
        return;
    if (out->len)
        str_adds(out, ", ");
    if (text)
        str_add(out, ASN1_STRING_get0_data(text), (size_t)ASN1_STRING_length(text));
    else
        str_adds(out, address);
}

static void names_text(X509 *cert, char *out, size_t size)
{
    _cleanup_str_ struct str names = {0};
    str_init(&names, 4096);
    GENERAL_NAMES *all = X509_get_ext_d2i(cert, NID_subject_alt_name, NULL, NULL);
    for (int i = 0; i < sk_GENERAL_NAME_num(all); i++)
        add_name(&names, sk_GENERAL_NAME_value(all, i));
    GENERAL_NAMES_free(all);
    snprintf(out, size, "%.*s", (int)(size - 1), str_c(&names));
}

static int verified(int ok, X509_STORE_CTX *ctx)
{
    struct http_client *c = X509_STORE_get_ex_data(X509_STORE_CTX_get0_store(ctx), 0);
    X509 *cert = X509_STORE_CTX_get_current_cert(ctx);
    if (!c || !cert || (ok && X509_STORE_CTX_get_error_depth(ctx) != 0))
        return ok;
    struct http_peer *peer = &c->peer;
    *peer = (struct http_peer){.verify_error = ok ? 0 : X509_STORE_CTX_get_error(ctx)};
    cert_name_text(X509_get_subject_name(cert), peer->subject, sizeof peer->subject);
    cert_name_text(X509_get_issuer_name(cert), peer->issuer, sizeof peer->issuer);
    names_text(cert, peer->names, sizeof peer->names);
    cert_date_text(X509_get0_notBefore(cert), peer->not_before);
    cert_date_text(X509_get0_notAfter(cert), peer->not_after);
    return ok;
}

CURLcode http_tls_observe(CURL *easy, void *ssl_ctx, void *client)
{
    struct http_client *c = client;
    X509_STORE *store = c->api.ssl_ctx_cert_store ? c->api.ssl_ctx_cert_store(ssl_ctx) : NULL;
    if (store && X509_STORE_set_ex_data(store, 0, c) == 1)
        X509_STORE_set_verify_cb(store, verified);
    return CURLE_OK;
}
