/*
 * pki: an authority of one's own and a server certificate signed by it, for servers whose address
 * nobody else vouches for. The authority's key is not kept: it signs once.
 */
#ifndef TOBAN_NET_PKI_H
#define TOBAN_NET_PKI_H

#include "base/err.h"
#include "base/str.h"

struct pki_wish {
    const char *authority; /* its common name */
    const char *server;    /* common name of the server */
    const char *names;     /* "DNS:localhost,IP:127.0.0.1", at least one */
    int64_t now;           /* seconds since 1970; valid from an hour before */
    unsigned days;
};

/* PEM texts. Zeroed memory is empty. */
struct pki {
    struct str ca;   /* the authority's certificate */
    struct str cert; /* the server's */
    struct str key;  /* the server's, secret */
};

/* -1: names that are none, no random numbers, no memory. P-256, signed with SHA-256. */
int pki_make(struct pki *out, const struct pki_wish *wish, struct err *err);
/* Wipes the key. NULL-safe. */
void pki_release(struct pki *p);

#define _cleanup_pki_ _cleanup_(pki_release)

#endif
