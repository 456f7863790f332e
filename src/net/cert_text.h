/* cert_text: names and dates of certificates, for messages. */
#ifndef TOBAN_NET_CERT_TEXT_H
#define TOBAN_NET_CERT_TEXT_H

#include <openssl/x509.h>

#define CERT_DATE_MAX 32

/* "2020-01-02 00:00 UTC"; "an unreadable date" when it is none. */
void cert_date_text(const ASN1_TIME *time, char out[static CERT_DATE_MAX]);

/* "CN=ann,O=team", cut to size. */
void cert_name_text(const X509_NAME *name, char *out, size_t size);

#endif
