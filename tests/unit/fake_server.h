/*
 * fake_server: an HTTP or HTTPS server on a free loopback port that plays a script: what a real
 * server does wrong can be had from it at will. Each request takes the next step of the script;
 * connections are served side by side. Nothing here waits by the clock.
 */
#ifndef TOBAN_TESTS_FAKE_SERVER_H
#define TOBAN_TESTS_FAKE_SERVER_H

#include <stdbool.h>
#include <stddef.h>

struct fake_step {
    const char *expect; /* must be in the request (head and body); NULL: whatever */
    const char *reply;  /* bytes as they go out; NULL with `hang` */
    size_t piece;       /* sent in pieces of so many bytes; 0: at once */
    bool close;         /* the connection ends behind it */
    bool hang;          /* then nothing more comes until the server stops */
};

struct fake_server;

/* What the certificate of a server is like. Times in seconds from now. */
struct fake_cert {
    const char *names; /* "DNS:localhost,IP:127.0.0.1" */
    long from, until;
};

/* Starts it. cert NULL: plain HTTP. The steps are borrowed. */
struct fake_server *fake_server_start(const struct fake_step *steps, size_t count,
                                      const struct fake_cert *cert);

/* Ends it and frees it. Fails the test when a step was not taken or a request was not as expected.
 */
void fake_server_stop(struct fake_server *s);

/* Ends it and frees it, whatever was asked of it. */
void fake_server_abandon(struct fake_server *s);

unsigned fake_server_port(const struct fake_server *s);
/* "http://127.0.0.1:PORT" or https. */
const char *fake_server_url(const struct fake_server *s);
/* PEM of the authority that signed its certificate. */
const char *fake_server_ca(const struct fake_server *s);
/* How many connections it has accepted, and requests it has read. */
unsigned fake_server_connections(struct fake_server *s);
unsigned fake_server_requests(struct fake_server *s);

/* A step that answers with JSON. */
#define FAKE_JSON(status, json)                                                                    \
    "HTTP/1.1 " status "\r\nContent-Type: application/json\r\nConnection: close\r\n\r\n" json

/* A self-signed PEM certificate and its key for a client, both malloc'ed. */
void fake_client_cert(const struct fake_cert *cert, char **cert_pem, char **key_pem);

#endif
