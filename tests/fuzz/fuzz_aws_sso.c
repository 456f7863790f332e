/* Any bytes as a cache of the single sign-on: what was renewed can be read again. */
#include "fuzz.h"

#include "aws/sso_cache.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct aws_sso_cache c = {0}, again = {0};
    struct doc_file answer = {0};
    _cleanup_str_ struct str text = {0};
    struct err err = {0};
    static const char fresh[] = "{\"accessToken\":\"t\",\"expiresIn\":60}";
    if (aws_sso_cache_parse(&c, "c", sv_n((const char *)data, size), &err) == 0) {
        if (!c.token.access_token.len ||
            memchr(c.token.access_token.ptr, '\n', c.token.access_token.len))
            abort();
        if (doc_parse_json(&answer, "a", sv_of(fresh), NULL, NULL) ||
            !aws_sso_cache_renew(&c.token, answer.parts[0].root, 1794398400, &text) ||
            aws_sso_cache_parse(&again, "c", str_sv(&text), NULL) ||
            again.token.expires != 1794398460)
            abort();
    } else if (err.class == ERR_NONE) {
        abort();
    }
    aws_sso_cache_release(&c);
    aws_sso_cache_release(&again);
    doc_release(&answer);
    return 0;
}
