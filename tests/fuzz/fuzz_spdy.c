/* Frames of a stranger: whatever comes in pieces is read as if it came at once. */
#include "fuzz.h"

#include "net/spdy.h"

static void count(void *ctx, uint32_t stream, struct sv bytes)
{
    str_addf(ctx, "%u:%zu,", stream, bytes.len);
}

static void on_open(void *ctx, uint32_t stream, struct sv headers)
{
    count(ctx, stream, spdy_header(headers, "streamtype"));
}

static void on_end(void *ctx, uint32_t stream)
{
    count(ctx, stream, SV(""));
}

static bool feed(struct sv bytes, size_t step, struct str *said, struct str *out)
{
    const struct spdy_events events = {on_open, count, on_end, said};
    struct spdy *s = spdy_new(&events);
    bool ok = true;
    for (size_t i = 0; i < bytes.len && ok; i += step)
        ok = spdy_feed(s, sv_n(bytes.ptr + i, bytes.len - i < step ? bytes.len - i : step), out);
    spdy_free(s);
    return ok;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    _cleanup_str_ struct str said = {0}, again = {0}, out = {0}, echo = {0};
    struct sv bytes = sv_n((const char *)data, size);
    bool ok = feed(bytes, size + 1, &said, &out);
    if (ok != feed(bytes, 5, &again, &echo) || !sv_eq(str_sv(&said), str_sv(&again)) ||
        !sv_eq(str_sv(&out), str_sv(&echo)))
        abort();
    return 0;
}
