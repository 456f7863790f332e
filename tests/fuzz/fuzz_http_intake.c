/* Requests of strangers: the verdict does not depend on how the bytes are cut, and what is accepted
 * leaves no doubt about its end. The first byte says how it is cut. */
#include "fuzz.h"
#include "net/http_intake.h"

#define BODY_MAX 4096

static size_t feed(struct http_intake *in, struct sv bytes, size_t piece)
{
    size_t used = 0;
    http_intake_init(in, BODY_MAX);
    while (used < bytes.len && in->state != HTTP_INTAKE_WHOLE && in->state != HTTP_INTAKE_REFUSED) {
        size_t left = bytes.len - used;
        used += http_intake_feed(in, sv_n(bytes.ptr + used, left < piece ? left : piece));
    }
    return used;
}

static void must(bool ok)
{
    if (!ok)
        abort();
}

static void check_accepted(const struct http_intake *in)
{
    size_t ends = 0, hosts = 0;
    for (size_t i = 0; i < in->asked.header_count; i++) {
        const struct http_header_line *h = &in->asked.headers[i];
        must(h->name.len > 0 && !memchr(h->name.ptr, ' ', h->name.len));
        must(!memchr(h->value.ptr, '\r', h->value.len) &&
             !memchr(h->value.ptr, '\n', h->value.len));
        ends += sv_ieq(h->name, SV("content-length")) || sv_ieq(h->name, SV("transfer-encoding"));
        hosts += sv_ieq(h->name, SV("host"));
    }
    must(ends <= 1 && hosts <= 1 && (hosts == 1 || in->http10));
    must(in->asked.path.len > 0 && in->asked.body.len <= BODY_MAX);
    must(ends == 1 || in->asked.body.len == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size == 0)
        return 0;
    struct sv text = sv_n((const char *)data + 1, size - 1);
    struct http_intake whole, cut;
    size_t a = feed(&whole, text, text.len + 1), b = feed(&cut, text, data[0] % 16 + 1);
    must(whole.state == cut.state && whole.status == cut.status);
    if (whole.state == HTTP_INTAKE_WHOLE) {
        must(a == b && sv_eq(whole.asked.body, cut.asked.body));
        must(sv_eq(whole.asked.target, cut.asked.target));
        check_accepted(&whole);
    }
    http_intake_release(&whole);
    http_intake_release(&cut);
    return 0;
}
