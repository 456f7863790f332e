/*
 * http_intake: the bytes of one HTTP/1 request, judged as they come. No sockets, no clock.
 *
 * The grammar is http-parser's; around it stands what a server that faces strangers must refuse
 * (http_server.h lists it). A head is collected whole before it is parsed, so that its limits are
 * exact and its views stay where they are. The same bytes give the same verdict however they are
 * cut into pieces.
 */
#ifndef TOBAN_NET_HTTP_INTAKE_H
#define TOBAN_NET_HTTP_INTAKE_H

#include "base/vec.h"
#include "net/http_server.h"

#include <http_parser.h>

enum http_intake_state {
    HTTP_INTAKE_HEAD,    /* the head is not there yet */
    HTTP_INTAKE_BODY,    /* the head was accepted, the body is due */
    HTTP_INTAKE_WHOLE,   /* all of it is there */
    HTTP_INTAKE_REFUSED, /* answer `status` and close: what follows is not to be trusted */
};

struct http_intake {
    enum http_intake_state state;
    struct http_asked asked; /* from HTTP_INTAKE_BODY on; the body with HTTP_INTAKE_WHOLE */
    bool keep_alive;         /* the client would send another one */
    bool wants_continue;     /* it waits for 100 before it sends the body */
    bool http10;
    int status;      /* with HTTP_INTAKE_REFUSED */
    const char *why; /* the same in words */

    size_t body_max;
    struct str head, body;
    size_t line;      /* where the current line of the head begins */
    size_t body_wire; /* bytes the body took on the wire */
    bool parsed;      /* the head: what comes as header now is a trailer */
    bool whole;
    VEC(struct http_header_line) headers;
    struct http_parser parser;
};

/* In place. body_max in bytes. */
void http_intake_init(struct http_intake *in, size_t body_max);
/* NULL-safe. */
void http_intake_release(struct http_intake *in);

/* Takes bytes up to the next change of state and returns how many it took. All are taken unless the
 * state changed; nothing is taken in the states WHOLE and REFUSED. */
size_t http_intake_feed(struct http_intake *in, struct sv bytes);

/* Anything but empty lines has come. */
bool http_intake_begun(const struct http_intake *in);

#endif
