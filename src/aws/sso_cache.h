/*
 * sso_cache: the files in ~/.aws/sso/cache that `aws sso login` writes. Text in, token out and
 * back.
 */
#ifndef TOBAN_AWS_SSO_CACHE_H
#define TOBAN_AWS_SSO_CACHE_H

#include "base/str.h"
#include "doc/doc.h"

/* Views into the cache's document. Times in Unix seconds; 0: not told. */
struct aws_sso_token {
    struct sv access_token, refresh_token, client_id, client_secret; /* secret */
    struct sv start_url, region;
    int64_t expires, registration_expires;
};

/* Zeroed memory is empty. */
struct aws_sso_cache {
    struct str text; /* secret */
    struct doc_file file;
    struct aws_sso_token token;
};

/* Copies text. -1 with err (ERR_INPUT) when it has no token or no time. Release it always. */
int aws_sso_cache_parse(struct aws_sso_cache *c, const char *name, struct sv text, struct err *err);
void aws_sso_cache_release(struct aws_sso_cache *c);

/* Appends the text of a cache whose token was renewed by this answer of CreateToken; what the
 * answer does not say stays as in old. False when there is no token in it. */
bool aws_sso_cache_renew(const struct aws_sso_token *old, const struct doc_node *answer,
                         int64_t unix_now, struct str *out);

#endif
