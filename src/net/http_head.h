/*
 * http_head: what a request's head must be like beyond HTTP's grammar, so that two programs in a
 * row never disagree about where it ends or what it asks (request smuggling). Pure. Only for
 * http_intake.
 */
#ifndef TOBAN_NET_HTTP_HEAD_H
#define TOBAN_NET_HTTP_HEAD_H

#include "net/http_intake.h"

struct http_head_verdict {
    int status; /* to refuse with; 0: accepted */
    const char *why;
};

/* What is wrong with a line that ends in '\n', the first one being the request line; NULL: nothing.
 * A line must end in CR LF, have no other control characters but tabs and, unless it is the first,
 * not begin with a blank. */
const char *http_head_line_trouble(struct sv line, bool first);

/* Judges a head that was parsed and fills in what follows from it: path, query, method, upgrade,
 * expectation. */
void http_head_judge(struct http_intake *in, struct http_head_verdict *verdict);

#endif
