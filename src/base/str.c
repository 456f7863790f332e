#include "base/str.h"

void str_init(struct str *s, size_t max)
{
    *s = (struct str){.max = max ? max : STR_DEFAULT_MAX};
}

void str_release(struct str *s)
{
    if (!s)
        return;
    free(s->data);
    *s = (struct str){.max = s->max};
}

void str_reset(struct str *s)
{
    s->len = 0;
    s->failed = false;
    if (s->data)
        s->data[0] = '\0';
}

char *str_room(struct str *s, size_t n)
{
    size_t max = s->max ? s->max : STR_DEFAULT_MAX;
    if (s->failed || n > max || s->len > max - n) {
        s->failed = true;
        return NULL;
    }
    size_t need = s->len + n + 1;
    if (need > s->cap) {
        size_t cap = s->cap * 2 > need ? s->cap * 2 : need;
        cap = cap < 32 ? 32 : cap;
        char *grown = realloc(s->data, cap);
        if (!grown) {
            s->failed = true;
            return NULL;
        }
        s->data = grown;
        s->cap = cap;
    }
    return s->data + s->len;
}

void str_add(struct str *s, const void *bytes, size_t n)
{
    char *to = str_room(s, n);
    if (!to)
        return;
    if (n)
        memcpy(to, bytes, n);
    s->len += n;
    s->data[s->len] = '\0';
}

void str_adds(struct str *s, const char *cstr)
{
    str_add(s, cstr, strlen(cstr));
}

void str_addv(struct str *s, struct sv v)
{
    str_add(s, v.ptr, v.len);
}

void str_addc(struct str *s, char c)
{
    str_add(s, &c, 1);
}

void str_fill(struct str *s, char c, size_t n)
{
    char *to = str_room(s, n);
    if (!to)
        return;
    memset(to, c, n);
    s->len += n;
    s->data[s->len] = '\0';
}

void str_vaddf(struct str *s, const char *fmt, va_list ap)
{
    va_list again;
    va_copy(again, ap);
    int n = vsnprintf(NULL, 0, fmt, ap);
    char *to = n < 0 ? NULL : str_room(s, (size_t)n);
    if (to) {
        vsnprintf(to, (size_t)n + 1, fmt, again);
        s->len += (size_t)n;
    } else {
        s->failed = true;
    }
    va_end(again);
}

void str_addf(struct str *s, const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    str_vaddf(s, fmt, ap);
    va_end(ap);
}

char *str_steal(struct str *s)
{
    if (!str_room(s, 0))
        return NULL;
    char *out = s->data;
    out[s->len] = '\0';
    *s = (struct str){.max = s->max};
    return out;
}
