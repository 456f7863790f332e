/* Keys that stay good. */
#include "aws/chain.h"

#define MARGIN_S 300  /* renew so long before they expire, … */
#define MARGIN_PART 4 /* … but not before three quarters of their life are over */
#define PATIENCE_S 60 /* between tries to renew what is still good */

static int64_t margin(const struct aws_provider *p)
{
    int64_t part = (p->keys.expires - p->obtained) / MARGIN_PART;
    return part < MARGIN_S ? part : MARGIN_S;
}

static bool good(const struct aws_provider *p, int64_t now)
{
    if (!p->keys.access_key)
        return false;
    return p->keys.expires == 0 || now < p->keys.expires - margin(p) ||
           (now < p->not_before && now < p->keys.expires);
}

int aws_provider_keys(struct aws_provider *p, bool renew, const struct aws_credentials **out,
                      struct err *err)
{
    struct aws_credentials fresh = {0};
    int64_t now = aws_wire_now(p->chain.wire) / 1000;
    *out = &p->keys;
    if (!renew && good(p, now))
        return 0;
    struct err failed = {0};
    if (aws_chain_find(&p->chain, &fresh, &failed) == 0) {
        aws_credentials_release(&p->keys);
        p->keys = fresh;
        p->obtained = now;
        return 0;
    }
    aws_credentials_release(&fresh);
    if (!renew && p->keys.access_key && now < p->keys.expires) {
        p->not_before = now + PATIENCE_S;
        return 0;
    }
    if (err)
        *err = failed;
    return -1;
}

void aws_provider_release(struct aws_provider *p)
{
    aws_credentials_release(&p->keys);
}
