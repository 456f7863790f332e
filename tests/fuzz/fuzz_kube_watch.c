/* The bytes of a watch: events must not depend on how the bytes are cut. The first byte is the size
 * of the pieces. */
#include "fuzz.h"

#include "kube/stream.h"

static int on_event(void *ctx, const struct kube_stream_event *e)
{
    struct str *out = ctx;
    str_addf(out, "%d ", (int)e->type);
    str_addv(out, e->text);
    return 0;
}

/* What came out, with the result at the end. */
static void feed(struct sv bytes, size_t piece, struct str *out)
{
    struct kube_stream s;
    int result = 0;
    kube_stream_init(&s, 1 << 20);
    s.on_event = on_event;
    s.ctx = out;
    while (bytes.len && result == 0) {
        size_t n = piece && piece < bytes.len ? piece : bytes.len;
        result = kube_stream_feed(&s, sv_n(bytes.ptr, n), NULL);
        bytes = sv_n(bytes.ptr + n, bytes.len - n);
    }
    str_addf(out, "%d %d", result, kube_stream_is_cut(&s) && result == 0);
    kube_stream_release(&s);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size == 0)
        return 0;
    _cleanup_str_ struct str whole = {0};
    _cleanup_str_ struct str cut = {0};
    struct sv bytes = sv_n((const char *)data + 1, size - 1);
    str_init(&whole, 0);
    str_init(&cut, 0);
    feed(bytes, 0, &whole);
    feed(bytes, data[0], &cut);
    if (!sv_eq(str_sv(&whole), str_sv(&cut)))
        abort();
    return 0;
}
