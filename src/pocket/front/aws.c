#include "pocket/front/aws.h"

#include "base/must.h"

#include <time.h>

static void answer(struct http_exchange *x, const struct pocket_aws_answer *a)
{
    const struct http_answer http = {
        .status = a->status,
        .headers = str_sv(&a->headers),
        .body = str_sv(&a->body),
    };
    http_exchange_answer(x, &http);
}

void front_aws_request(void *ctx, struct http_exchange *x)
{
    struct front_aws *f = ctx;
    const struct http_asked *http = http_exchange_asked(x);
    struct pocket_aws_header *headers = mem_must(calloc(http->header_count + 1, sizeof *headers));
    _cleanup_(pocket_aws_answer_release) struct pocket_aws_answer a = {0};
    for (size_t i = 0; i < http->header_count; i++)
        headers[i] = (struct pocket_aws_header){http->headers[i].name, http->headers[i].value};
    const struct pocket_aws_asked asked = {
        .method = http->method,
        .path = http->path,
        .query = http->query,
        .headers = headers,
        .header_count = http->header_count,
        .body = http->body,
        .clock = time(NULL),
    };
    f->clock(f->ctx);
    pocket_aws_request(f->aws, &asked, &a);
    answer(x, &a);
    free(headers);
}
