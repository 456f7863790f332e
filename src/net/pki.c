#include "net/pki.h"

#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/x509v3.h>

#define BACKDATE_S 3600

static void key_free_p(EVP_PKEY **key)
{
    EVP_PKEY_free(*key);
}

static void cert_free_p(X509 **cert)
{
    X509_free(*cert);
}

static void bio_free_p(BIO **bio)
{
    BIO_free(*bio);
}

#define _cleanup_key_ _cleanup_(key_free_p)
#define _cleanup_cert_ _cleanup_(cert_free_p)

void pki_release(struct pki *p)
{
    if (!p)
        return;
    if (p->key.data)
        OPENSSL_cleanse(p->key.data, p->key.cap);
    str_release(&p->ca);
    str_release(&p->cert);
    str_release(&p->key);
}

static int pki_err(struct err *err, const char *what)
{
    char text[256] = "";
    ERR_error_string_n(ERR_get_error(), text, sizeof text);
    ERR_clear_error();
    return err_set(err, ERR_LOCAL, "cannot make %s: %s", what, text);
}

/* Whose certificate it is and who signs it. */
struct party {
    X509 *cert;
    EVP_PKEY *key;
};

static bool add_extension(X509 *cert, X509 *issuer, int nid, const char *value)
{
    X509V3_CTX ctx;
    X509V3_set_ctx_nodb(&ctx);
    X509V3_set_ctx(&ctx, issuer, cert, NULL, NULL, 0);
    X509_EXTENSION *ext = X509V3_EXT_conf_nid(NULL, &ctx, nid, value);
    bool ok = ext && X509_add_ext(cert, ext, -1) == 1;
    X509_EXTENSION_free(ext);
    return ok;
}

static bool set_serial(X509 *cert)
{
    unsigned char bytes[16];
    if (RAND_bytes(bytes, sizeof bytes) != 1)
        return false;
    bytes[0] &= 0x7f; /* RFC 5280: positive */
    BIGNUM *number = BN_bin2bn(bytes, sizeof bytes, NULL);
    bool ok = number && BN_to_ASN1_INTEGER(number, X509_get_serialNumber(cert));
    BN_free(number);
    return ok;
}

static bool set_subject(X509 *cert, EVP_PKEY *key, const char *name, const struct pki_wish *wish)
{
    time_t now = (time_t)wish->now;
    return X509_set_version(cert, X509_VERSION_3) == 1 && set_serial(cert) &&
           X509_time_adj(X509_getm_notBefore(cert), -BACKDATE_S, &now) &&
           X509_time_adj_ex(X509_getm_notAfter(cert), (int)wish->days, 0, &now) &&
           X509_NAME_add_entry_by_txt(X509_get_subject_name(cert), "CN", MBSTRING_UTF8,
                                      (const unsigned char *)name, -1, -1, 0) == 1 &&
           X509_set_pubkey(cert, key) == 1;
}

static bool sign(X509 *cert, const struct party *issuer)
{
    return X509_set_issuer_name(cert, X509_get_subject_name(issuer->cert)) == 1 &&
           X509_sign(cert, issuer->key, EVP_sha256()) > 0;
}

static bool make_authority(const struct party *ca, const struct pki_wish *wish)
{
    return set_subject(ca->cert, ca->key, wish->authority, wish) &&
           add_extension(ca->cert, ca->cert, NID_basic_constraints, "critical,CA:TRUE,pathlen:0") &&
           add_extension(ca->cert, ca->cert, NID_key_usage, "critical,keyCertSign,cRLSign") &&
           add_extension(ca->cert, ca->cert, NID_subject_key_identifier, "hash") &&
           sign(ca->cert, ca);
}

static bool make_server(const struct party *server, const struct party *ca,
                        const struct pki_wish *wish)
{
    return set_subject(server->cert, server->key, wish->server, wish) &&
           add_extension(server->cert, ca->cert, NID_basic_constraints, "critical,CA:FALSE") &&
           add_extension(server->cert, ca->cert, NID_key_usage, "critical,digitalSignature") &&
           add_extension(server->cert, ca->cert, NID_ext_key_usage, "serverAuth") &&
           add_extension(server->cert, ca->cert, NID_authority_key_identifier, "keyid") &&
           add_extension(server->cert, ca->cert, NID_subject_alt_name, wish->names) &&
           sign(server->cert, ca);
}

static bool take(BIO *bio, struct str *out)
{
    char *bytes = NULL;
    long n = BIO_get_mem_data(bio, &bytes);
    str_add(out, bytes, n > 0 ? (size_t)n : 0);
    (void)BIO_reset(bio);
    return n > 0 && str_ok(out);
}

static bool print(struct pki *out, const struct party *ca, const struct party *server)
{
    _cleanup_(bio_free_p) BIO *bio = BIO_new(BIO_s_secmem());
    if (!bio)
        return false;
    return PEM_write_bio_X509(bio, ca->cert) == 1 && take(bio, &out->ca) &&
           PEM_write_bio_X509(bio, server->cert) == 1 && take(bio, &out->cert) &&
           PEM_write_bio_PrivateKey(bio, server->key, NULL, NULL, 0, NULL, NULL) == 1 &&
           take(bio, &out->key);
}

int pki_make(struct pki *out, const struct pki_wish *wish, struct err *err)
{
    pki_release(out);
    _cleanup_key_ EVP_PKEY *ca_key = EVP_EC_gen("P-256");
    _cleanup_key_ EVP_PKEY *server_key = EVP_EC_gen("P-256");
    _cleanup_cert_ X509 *ca_cert = X509_new();
    _cleanup_cert_ X509 *server_cert = X509_new();
    if (!ca_key || !server_key || !ca_cert || !server_cert)
        return pki_err(err, "keys");
    struct party ca = {ca_cert, ca_key}, server = {server_cert, server_key};
    if (!make_authority(&ca, wish))
        return pki_err(err, "the certificate of an authority");
    if (!make_server(&server, &ca, wish))
        return pki_err(err, "a certificate for the server");
    return print(out, &ca, &server) ? 0 : err_nomem(err, "printing certificates");
}
