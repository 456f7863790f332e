/* Any bytes as the answer to an eviction: two bytes of status, one of Retry-After, then the body.
 * Whatever comes is one of the causes, says something, and is never taken for done without a 2xx or
 * a pod that is gone. */
#include "fuzz.h"

#include "ops/drain/evict.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < 3)
        return 0;
    const struct evict_reply reply = {
        .status = (data[0] << 8 | data[1]) % 600,
        .retry_after_s = data[2],
        .body = sv_n((const char *)data + 3, size - 3),
    };
    _cleanup_str_ struct str words = {0};
    struct eviction_answer a;
    evict_read(&reply, NULL, "ns", &a);
    evict_words(&a, &words);
    bool fine = reply.status >= 200 && reply.status < 300;
    bool gone = reply.status == 404 || reply.status == 409;
    if ((a.cause == EVICTION_OK) != fine || (a.cause == EVICTION_GONE && !gone) || !words.len)
        abort();
    if (!memchr(a.message, 0, sizeof a.message) || !memchr(a.detail, 0, sizeof a.detail) ||
        a.retry_after_s < 0 || a.pdb != WORLD_NONE)
        abort();
    return 0;
}
