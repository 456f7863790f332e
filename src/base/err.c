#include "base/err.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* Never leave half a UTF-8 character at a cut. */
static void trim_partial_utf8(char *s)
{
    size_t n = strlen(s), back = 0;
    while (back < n && back < 3 && ((unsigned char)s[n - 1 - back] & 0xC0) == 0x80)
        back++;
    if (back >= n)
        return;
    unsigned char lead = (unsigned char)s[n - 1 - back];
    size_t need = lead >= 0xF0 ? 3 : lead >= 0xE0 ? 2 : lead >= 0xC0 ? 1 : 0;
    if (need > back)
        s[n - 1 - back] = '\0';
}

static void format_into(char *buf, size_t cap, const char *fmt, va_list ap)
{
    int n = vsnprintf(buf, cap, fmt, ap);
    if (n >= 0 && (size_t)n >= cap)
        trim_partial_utf8(buf);
}

int err_set(struct err *e, enum err_class class, const char *fmt, ...)
{
    if (!e)
        return -1;
    err_clear(e);
    e->class = class;
    va_list ap;
    va_start(ap, fmt);
    format_into(e->msg, sizeof e->msg, fmt, ap);
    va_end(ap);
    return -1;
}

static enum err_class class_of_errno(int errnum)
{
    switch (errnum) {
    case ENOENT:
    case ENOTDIR:
        return ERR_NOT_FOUND;
    case EACCES:
    case EPERM:
    case EROFS:
        return ERR_DENIED;
    default:
        return ERR_LOCAL;
    }
}

int err_sys(struct err *e, int errnum, const char *fmt, ...)
{
    if (!e)
        return -1;
    err_clear(e);
    e->class = class_of_errno(errnum);
    va_list ap;
    va_start(ap, fmt);
    format_into(e->msg, sizeof e->msg, fmt, ap);
    va_end(ap);
    size_t n = strlen(e->msg);
    snprintf(e->msg + n, sizeof e->msg - n, ": %s", strerror(errnum));
    return -1;
}

int err_wrap(struct err *e, const char *fmt, ...)
{
    if (!e || e->class == ERR_NONE)
        return -1;
    char old[ERR_MSG_MAX];
    memcpy(old, e->msg, sizeof old);
    va_list ap;
    va_start(ap, fmt);
    format_into(e->msg, sizeof e->msg, fmt, ap);
    va_end(ap);
    size_t n = strlen(e->msg);
    if (snprintf(e->msg + n, sizeof e->msg - n, ": %s", old) >= (int)(sizeof e->msg - n))
        trim_partial_utf8(e->msg);
    return -1;
}

int err_hint(struct err *e, const char *fmt, ...)
{
    if (!e)
        return -1;
    va_list ap;
    va_start(ap, fmt);
    format_into(e->hint, sizeof e->hint, fmt, ap);
    va_end(ap);
    return -1;
}

int err_nomem(struct err *e, const char *what)
{
    return err_set(e, ERR_LOCAL, "out of memory while %s", what);
}

void err_clear(struct err *e)
{
    if (!e)
        return;
    e->class = ERR_NONE;
    e->http_status = 0;
    e->msg[0] = e->hint[0] = '\0';
}

const char *err_class_name(enum err_class class)
{
    static const char *const names[] = {
        [ERR_NONE] = "none",           [ERR_USAGE] = "usage",   [ERR_INPUT] = "input",
        [ERR_NOT_FOUND] = "not-found", [ERR_DENIED] = "denied", [ERR_CONFLICT] = "conflict",
        [ERR_THROTTLED] = "throttled", [ERR_REMOTE] = "remote", [ERR_LIMIT] = "limit",
        [ERR_LOCAL] = "local",         [ERR_BUG] = "bug",
    };
    return names[class];
}
