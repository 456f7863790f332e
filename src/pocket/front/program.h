/*
 * program: what answers behind a port of a pod when somebody is connected to it directly: an HTTP
 * server that says who it is, as behind a load balancer (plane.c). Bytes in, bytes out; pure.
 */
#ifndef TOBAN_POCKET_FRONT_PROGRAM_H
#define TOBAN_POCKET_FRONT_PROGRAM_H

#include "doc/doc.h"
#include "net/http_intake.h"

/* Does a program of the pod as it is now listen there? A container that names no ports is taken at
 * its caller's word. False with *why (appended). */
bool front_program_listens(const struct doc_node *pod, unsigned port, struct str *why);

/* One connection to it. */
struct front_program {
    struct http_intake intake;
    struct str who; /* members of the answer's JSON, and headers that say the same */
    struct str headers;
};
/* In place. What the pod is called is copied. */
void front_program_init(struct front_program *p, const struct doc_node *pod);
/* NULL-safe. */
void front_program_release(struct front_program *p);
/* Answers what came; answers are appended. False: it closes the connection. */
bool front_program_feed(struct front_program *p, struct sv bytes, struct str *out);

#endif
