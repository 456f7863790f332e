/* What servers say in headers: Retry-After, dates, and the times of the Kubernetes API. */
#include "base/timestamp.h"
#include "fuzz.h"

#include "net/http_url.h"
#include "net/retry.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const struct retry_policy policy = {.attempts = 3, .base_ms = 100, .cap_ms = 5000};
    struct sv text = sv_n((const char *)data, size);
    const struct retry_case c = {
        .attempt = 1, .status = 429, .retry_after = text, .unix_now = 1700000000};
    struct retry_rng rng = {1};
    unsigned delay = 0;
    uint64_t seconds;
    int64_t t;
    char again[TIMESTAMP_TEXT_MAX];
    if (!retry_decide(&policy, &c, &rng, &delay) || delay > policy.cap_ms)
        abort();
    retry_after_parse(text, INT64_MAX, &seconds);
    if (timestamp_parse(text, &t) && t > 0 && t < 253402300799) {
        int64_t back = 0;
        if (!timestamp_parse(sv_of(timestamp_format(t, again)), &back) || back != t)
            abort();
    }
    char *url = strndup((const char *)data, size);
    struct http_url parts;
    if (url && http_url_split(url, &parts) && parts.host.len == 0)
        abort();
    free(url);
    return 0;
}
