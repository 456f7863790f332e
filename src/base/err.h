/*
 * err: the one error value of toban.
 *
 * Built where a failure is seen, wrapped upward with context, printed once at the top (cmd/).
 * A value type with inline text, so that reporting a failure never needs memory. The class, never
 * the text, decides about retries and exit codes. Secrets must not be put into it.
 */
#ifndef TOBAN_BASE_ERR_H
#define TOBAN_BASE_ERR_H

#include <stdbool.h>

enum err_class {
    ERR_NONE = 0,
    ERR_USAGE,     /* the caller's words are off: wrong option, bad value */
    ERR_INPUT,     /* a file or an answer does not say what it must (syntax, type) */
    ERR_NOT_FOUND, /* the named thing does not exist */
    ERR_DENIED,    /* it exists, but we may not: EACCES, 401, 403, TLS refusal */
    ERR_CONFLICT,  /* somebody else changed it, or it exists already: 409 */
    ERR_THROTTLED, /* try later: 429 */
    ERR_REMOTE,    /* the other side or the way there failed: 5xx, connection, time-out */
    ERR_LIMIT,     /* one of our own caps was hit */
    ERR_LOCAL,     /* this machine failed: disk, memory, a program that would not start */
    ERR_BUG,       /* our own mistake */
};

#define ERR_MSG_MAX 1024
#define ERR_HINT_MAX 512

struct err {
    enum err_class class;
    int http_status;         /* 0 when no HTTP answer is behind it */
    char msg[ERR_MSG_MAX];   /* "context: cause"; no final full stop, no newline */
    char hint[ERR_HINT_MAX]; /* what to do next; empty when there is nothing to say */
};

/* Fills *e (may be NULL) and returns -1, so that callers write `return err_set(...)`.
 * A text that does not fit is cut at a character's end. */
int err_set(struct err *e, enum err_class class, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

/* As err_set for a failed system call: appends ": " and the text of errnum, and picks the class
 * from it (ENOENT not found, EACCES/EPERM denied, else local). */
int err_sys(struct err *e, int errnum, const char *fmt, ...) __attribute__((format(printf, 3, 4)));

/* Puts "context: " in front of the message; returns -1. No effect on an empty or NULL e. */
int err_wrap(struct err *e, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* Sets the hint (replacing an earlier one); returns -1. */
int err_hint(struct err *e, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* Out of memory while doing `what`; returns -1. */
int err_nomem(struct err *e, const char *what);

/* Empties *e. */
void err_clear(struct err *e);

/* The class as a lower-case word ("not-found"), for JSON and logs. Never NULL. */
const char *err_class_name(enum err_class class);

#endif
