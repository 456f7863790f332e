#include "net/cert_text.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

void cert_date_text(const ASN1_TIME *time, char out[static CERT_DATE_MAX])
{
    struct tm tm;
    if (ASN1_TIME_to_tm(time, &tm) != 1 ||
        strftime(out, CERT_DATE_MAX, "%Y-%m-%d %H:%M UTC", &tm) == 0)
        strcpy(out, "an unreadable date");
}

void cert_name_text(const X509_NAME *name, char *out, size_t size)
{
    out[0] = '\0';
    BIO *bio = BIO_new(BIO_s_mem());
    if (!bio)
        return;
    if (X509_NAME_print_ex(bio, name, 0, XN_FLAG_RFC2253) >= 0) {
        int n = BIO_read(bio, out, (int)size - 1);
        out[n > 0 ? n : 0] = '\0';
    }
    BIO_free(bio);
}
