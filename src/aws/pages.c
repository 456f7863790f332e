/* Listings that come in pages. */
#include "aws/client.h"
#include "base/jsonw.h"

/* Where a listing stands. */
struct listing {
    const struct aws_call *call;
    const struct aws_paging *paging;
    struct str token; /* of the page to ask for; empty: the first */
    struct str body, query;
};

static void listing_release(struct listing *l)
{
    str_release(&l->token);
    str_release(&l->body);
    str_release(&l->query);
}

/* {"a":1} with one member more. */
static void add_member(struct sv object, const char *name, struct sv value, struct str *out)
{
    struct sv text = sv_trim(object.len ? object : SV("{}"));
    struct sv inside = sv_trim(sv_n(text.ptr + 1, text.len >= 2 ? text.len - 2 : 0));
    str_addc(out, '{');
    str_addv(out, inside);
    if (inside.len)
        str_addc(out, ',');
    jsonw_quote(out, sv_of(name));
    str_addc(out, ':');
    jsonw_quote(out, value);
    str_addc(out, '}');
}

/* The call with the token in its place. */
static struct aws_call next_call(struct listing *l)
{
    struct aws_call call = *l->call;
    enum aws_protocol protocol = call.service->protocol;
    if (!l->token.len)
        return call;
    str_reset(&l->body);
    str_reset(&l->query);
    if (protocol == AWS_QUERY || protocol == AWS_EC2) {
        str_addv(&l->body, call.body);
        aws_form_add(&l->body, str_sv(&l->token), "%s", l->paging->in);
        call.body = str_sv(&l->body);
    } else if (protocol != AWS_REST_JSON || l->paging->in_body) {
        add_member(call.body, l->paging->in, str_sv(&l->token), &l->body);
        call.body = str_sv(&l->body);
    } else {
        if (call.query && *call.query)
            str_addf(&l->query, "%s&", call.query);
        str_addf(&l->query, "%s=", l->paging->in);
        http_escape(&l->query, str_sv(&l->token), "");
        call.query = str_c(&l->query);
    }
    return call;
}

static struct sv token_of(const struct listing *l, const struct aws_answer *a)
{
    return a->xml ? aws_xml_text(a->xml, l->paging->out)
                  : doc_string(doc_at(a->json, l->paging->out));
}

/* 1: there are no more pages. */
static int move_on(struct listing *l, const struct aws_answer *a, struct err *err)
{
    struct sv token = token_of(l, a);
    if (!token.len)
        return 1;
    if (sv_eq(token, str_sv(&l->token)))
        return err_set(err, ERR_REMOTE, "%s: the listing does not move on, the same page follows",
                       l->call->action);
    str_reset(&l->token);
    str_addv(&l->token, token);
    return str_ok(&l->token) ? 0 : err_nomem(err, "a listing");
}

int aws_client_each_page(struct aws_client *c, const struct aws_call *call,
                         const struct aws_paging *paging,
                         bool (*on_page)(void *ctx, const struct aws_answer *, struct err *),
                         void *ctx, struct err *err)
{
    _cleanup_(listing_release) struct listing l = {.call = call, .paging = paging};
    for (unsigned page = 0; page < AWS_PAGES_MAX; page++) {
        _cleanup_aws_answer_ struct aws_answer answer = {0};
        struct err told = {0};
        struct aws_call next = next_call(&l);
        if (!str_ok(&l.body) || !str_ok(&l.query))
            return err_nomem(err, "a listing");
        if (aws_client_call(c, &next, &answer, err))
            return -1;
        if (!on_page(ctx, &answer, &told)) {
            if (told.class && err)
                *err = told;
            return told.class ? -1 : 0;
        }
        int end = move_on(&l, &answer, err);
        if (end)
            return end < 0 ? -1 : 0;
    }
    return err_set(err, ERR_LIMIT, "%s: more than %d pages", call->action, AWS_PAGES_MAX);
}
