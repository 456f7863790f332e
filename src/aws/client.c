#include "aws/client.h"

#include "aws/chain.h"
#include "base/must.h"
#include "base/secret.h"

struct aws_client {
    struct aws_settings settings;
    struct aws_settings sign_on; /* the same without endpoint_url, which is for the calls alone */
    struct aws_wire wire;
    struct aws_provider provider;
};

static int load(struct aws_client *c, const struct aws_options *o, struct err *err)
{
    if (aws_settings_load(&c->settings, o->env, o->profile, o->region, o->endpoint_url, err) ||
        aws_settings_load(&c->sign_on, o->env, o->profile, o->region, NULL, err))
        return -1;
    if (!c->settings.region) {
        err_set(err, ERR_USAGE,
                "no AWS region: neither --region nor AWS_REGION, and profile '%s' "
                "has none",
                c->settings.profile_name);
        return err_hint(err, "name one: --region eu-west-1");
    }
    if (aws_wire_configure(&c->wire, &c->settings, err))
        return -1;
    if (o->attempts)
        c->wire.attempts = o->attempts;
    if (o->timeout_ms)
        c->wire.timeout_ms = o->timeout_ms;
    c->provider.chain = (struct aws_chain){&c->sign_on, &c->wire};
    return 0;
}

int aws_client_new(const struct aws_options *options, struct aws_client **out, struct err *err)
{
    struct aws_client *c = mem_must(calloc(1, sizeof *c));
    *out = NULL;
    aws_wire_init(&c->wire, options->clock, options->seed);
    if (load(c, options, err)) {
        aws_client_free(c);
        return -1;
    }
    *out = c;
    return 0;
}

void aws_client_free(struct aws_client *c)
{
    if (!c)
        return;
    aws_provider_release(&c->provider);
    aws_wire_release(&c->wire);
    aws_settings_release(&c->settings);
    aws_settings_release(&c->sign_on);
    free(c);
}

const char *aws_client_region(const struct aws_client *c)
{
    return c->settings.region;
}

static int give_keys(void *ctx, bool renew, const struct aws_credentials **out, struct err *err)
{
    struct aws_client *c = ctx;
    if (aws_provider_keys(&c->provider, renew, out, err) == 0)
        return 0;
    /* Whoever asks for a thing must not take this for "it does not exist". */
    if (err && err->class == ERR_NOT_FOUND)
        err->class = ERR_DENIED;
    return -1;
}

int aws_client_call(struct aws_client *c, const struct aws_call *call, struct aws_answer *answer,
                    struct err *err)
{
    _cleanup_str_ struct str url = {0};
    aws_settings_url(&c->settings, call->service, c->settings.region, &url);
    const struct aws_target target = {str_c(&url), c->settings.region};
    const struct aws_signer signer = {give_keys, c};
    return aws_wire_call(&c->wire, &target, call, &signer, answer, err);
}

void aws_answer_release(struct aws_answer *a)
{
    if (!a)
        return;
    secret_str_release(&a->body);
    doc_release(&a->file);
    aws_xml_release(&a->tree);
    a->json = NULL;
    a->xml = NULL;
}

void aws_form_add(struct str *body, struct sv value, const char *name, ...)
{
    va_list ap;
    if (!value.ptr)
        return;
    str_addc(body, '&');
    va_start(ap, name);
    str_vaddf(body, name, ap);
    va_end(ap);
    str_addc(body, '=');
    http_escape(body, value, "");
}
