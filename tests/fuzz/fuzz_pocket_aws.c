/* Any bytes as requests to the AWS side of the pocket, parted by lines of "---": a line of service,
 * method and path, a line of the target ("-" for none: a form), then the body; a minute passes
 * between two. Whatever is asked, the answer is a status and a document that can be read. */
#include "fuzz.h"

#include "aws/xml.h"
#include "doc/doc.h"
#include "pocket/aws.h"

#include <stdlib.h>

#define REQUESTS_MAX 8

static struct sv no_object(void *ctx, const struct life_name *n)
{
    return SV_NONE;
}

static void ignore_put(void *ctx, const struct life_name *n, struct sv json)
{
}

static void ignore_drop(void *ctx, const struct life_name *n)
{
}

struct cluster {
    struct world w;
    struct pocket_life *life;
    struct pocket_aws *aws;
    struct pocket_aws_answer answer;
};

static void start(struct cluster *c)
{
    const struct life_host host = {NULL, no_object, ignore_put, ignore_drop};
    const struct life_options life = {.seed = 3};
    *c = (struct cluster){0};
    world_init(&c->w);
    c->w.taken = 1700000000;
    c->life = pocket_life_new(&c->w, NULL, &host, &life);
    const struct pocket_aws_options o = {.cluster = "pocket",
                                         .region = "eu-west-1",
                                         .version = "1.31",
                                         .server = "https://127.0.0.1:1",
                                         .ca = SV("PEM"),
                                         .seed = 5,
                                         .world = &c->w,
                                         .life = c->life};
    c->aws = pocket_aws_new(&o);
}

static void end(struct cluster *c)
{
    pocket_aws_answer_release(&c->answer);
    pocket_aws_free(c->aws);
    pocket_life_free(c->life);
    world_release(&c->w);
}

static struct sv take_line(struct sv *text)
{
    return text->ptr ? sv_split(text, '\n') : SV_NONE;
}

static void check_document(struct sv body)
{
    struct doc_file file = {0};
    struct aws_xml xml = {0};
    bool is_json = body.len && *body.ptr == '{';
    if (is_json ? doc_parse_json(&file, "answer", body, NULL, NULL)
                : aws_xml_parse(&xml, body, NULL))
        abort();
    doc_release(&file);
    aws_xml_release(&xml);
}

static void ask(struct cluster *c, struct sv text)
{
    struct sv head = take_line(&text), target = take_line(&text);
    struct sv service = sv_split(&head, ' ');
    struct sv method = head.ptr ? sv_split(&head, ' ') : SV("POST");
    struct sv path = head.ptr ? sv_split(&head, '?') : SV("/");
    char scope[256];
    snprintf(scope, sizeof scope,
             "AWS4-HMAC-SHA256 Credential=K/20231114/eu-west-1/%.*s/aws4_request, Signature=0",
             service.len > 100 ? 100 : (int)service.len, service.ptr ? service.ptr : "");
    const struct pocket_aws_header headers[] = {
        {SV("Authorization"), sv_of(scope)},
        {SV("X-Amz-Date"), SV("20231114T221320Z")},
        {SV("X-Amz-Target"), target},
        {SV("Content-Type"), sv_is(target, "-") ? SV("application/x-www-form-urlencoded")
                                                : SV("application/x-amz-json-1.0")}};
    const struct pocket_aws_asked asked = {
        .method = method,
        .path = path.ptr ? path : SV("/"),
        .query = head,
        .headers = headers,
        .header_count = ARRAY_LEN(headers),
        .body = text.ptr ? text : SV(""),
        .may_wait = true,
    };
    pocket_aws_request(c->aws, &asked, &c->answer);
    if (c->answer.held)
        pocket_aws_again(c->answer.held, false, &c->answer);
    if (c->answer.status < 200 || c->answer.status > 599 || !str_ok(&c->answer.body))
        abort();
    check_document(str_sv(&c->answer.body));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct sv rest = sv_n((const char *)data, size);
    struct cluster c;
    start(&c);
    for (int i = 0; i < REQUESTS_MAX && rest.ptr; i++) {
        const char *at = sv_find(rest, "\n---\n");
        struct sv one = at ? sv_n(rest.ptr, (size_t)(at - rest.ptr)) : rest;
        rest = at ? sv_n(at + 5, (size_t)(rest.ptr + rest.len - at - 5)) : SV_NONE;
        ask(&c, one);
        pocket_life_run(c.life, (i + 1) * 60000);
        pocket_aws_run(c.aws, (i + 1) * 60000);
    }
    end(&c);
    return 0;
}
