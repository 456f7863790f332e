#include "alloc.h"

#include <errno.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

/* A sanitizer brings its own malloc, so there the linker turns the calls of our own objects to
 * __wrap_malloc; elsewhere these functions are malloc for the whole process. */
#ifdef TORTURE_WRAP
#define ENTRY(name) __wrap_##name
#define REAL(name) __real_##name
#else
#define ENTRY(name) name
#define REAL(name) __libc_##name
#endif

void *ENTRY(malloc)(size_t n);
void *ENTRY(calloc)(size_t count, size_t n);
void *ENTRY(realloc)(void *p, size_t n);
char *ENTRY(strdup)(const char *s);
char *ENTRY(strndup)(const char *s, size_t n);
void *REAL(malloc)(size_t n);
void *REAL(calloc)(size_t count, size_t n);
void *REAL(realloc)(void *p, size_t n);

static struct {
    atomic_bool armed, refused;
    atomic_uint left;
    enum alloc_mode mode;
} state;

void alloc_arm(enum alloc_mode mode, unsigned n)
{
    state.mode = mode;
    state.left = n;
    state.refused = false;
    state.armed = true;
}

bool alloc_disarm(void)
{
    state.armed = false;
    return state.refused;
}

static bool refuse(void)
{
    if (!state.armed)
        return false;
    unsigned left = state.left;
    if (left > 0)
        left = --state.left;
    else if (state.mode == ALLOC_FAIL_ONCE)
        return false;
    if (left > 0)
        return false;
    state.refused = true;
    errno = ENOMEM;
    return true;
}

void *ENTRY(malloc)(size_t n)
{
    return refuse() ? NULL : REAL(malloc)(n);
}

void *ENTRY(calloc)(size_t count, size_t n)
{
    return refuse() ? NULL : REAL(calloc)(count, n);
}

void *ENTRY(realloc)(void *p, size_t n)
{
    return refuse() ? NULL : REAL(realloc)(p, n);
}

char *ENTRY(strndup)(const char *s, size_t n)
{
    size_t len = strnlen(s, n);
    char *copy = ENTRY(malloc)(len + 1);
    if (!copy)
        return NULL;
    memcpy(copy, s, len);
    copy[len] = '\0';
    return copy;
}

char *ENTRY(strdup)(const char *s)
{
    return ENTRY(strndup)(s, strlen(s));
}
