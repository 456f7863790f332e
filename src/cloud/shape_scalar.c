#include "cloud/shape_scalar.h"

#include "base/must.h"
#include "base/timestamp.h"

static int refuse(const struct shape_field *f, const char *wanted, struct sv found, struct err *err)
{
    return err_set(err, ERR_INPUT, "%s is no %s: '%.*s'", f->name, wanted,
                   found.len > 80 ? 80 : (int)found.len, found.ptr ? found.ptr : "");
}

static bool text_to_int(struct sv text, int64_t *out)
{
    uint64_t n;
    bool negative = text.len && *text.ptr == '-';
    if (negative)
        text = sv_n(text.ptr + 1, text.len - 1);
    if (!sv_to_u64(text, &n) || n > INT64_MAX)
        return false;
    *out = negative ? -(int64_t)n : (int64_t)n;
    return true;
}

static bool text_to_number(struct sv text, double *out)
{
    char copy[64], *end;
    if (!text.len || text.len >= sizeof copy)
        return false;
    memcpy(copy, text.ptr, text.len);
    copy[text.len] = '\0';
    *out = strtod(copy, &end);
    return !*end;
}

int shape_scalar_parse(const struct shape_field *f, struct sv text, struct arena *arena, void *at,
                       struct err *err)
{
    struct shape_int whole = {.set = true};
    struct shape_number number = {.set = true};
    switch (f->kind) {
    case SHAPE_INT:
        if (!text_to_int(text, &whole.n))
            return refuse(f, "whole number", text, err);
        *(struct shape_int *)at = whole;
        return 0;
    case SHAPE_NUMBER:
        if (!text_to_number(text, &number.n))
            return refuse(f, "number", text, err);
        *(struct shape_number *)at = number;
        return 0;
    case SHAPE_BOOL:
        if (!sv_ieq(text, SV("true")) && !sv_ieq(text, SV("false")))
            return refuse(f, "true or false", text, err);
        *(enum shape_flag *)at = sv_ieq(text, SV("true")) ? SHAPE_YES : SHAPE_NO;
        return 0;
    case SHAPE_TIME:
        return timestamp_parse(text, at) ? 0 : refuse(f, "point in time", text, err);
    default:
        *(const char **)at = mem_must(arena_dup(arena, text));
        return 0;
    }
}

struct sv shape_scalar_text(const struct shape_field *f, const void *at,
                            char buf[static SHAPE_SCALAR_MAX])
{
    switch (f->kind) {
    case SHAPE_INT:
        snprintf(buf, SHAPE_SCALAR_MAX, "%lld", (long long)((const struct shape_int *)at)->n);
        return sv_of(buf);
    case SHAPE_NUMBER:
        snprintf(buf, SHAPE_SCALAR_MAX, "%.17g", ((const struct shape_number *)at)->n);
        return sv_of(buf);
    case SHAPE_BOOL:
        return *(const enum shape_flag *)at == SHAPE_YES ? SV("true") : SV("false");
    case SHAPE_TIME:
        return sv_of(timestamp_format(*(const int64_t *)at, buf));
    default:
        return sv_of(*(const char *const *)at);
    }
}
