#include "pocket_rig.h"

#include "unit.h"

struct pocket_api *rig_start(const char *version)
{
    return pocket_api_new(
        &(struct pocket_api_config){version, "admin", "127.0.0.1:6443", RIG_TIME});
}

static struct sv text_of(const char *text, const char *otherwise)
{
    return text ? sv_of(text) : otherwise ? sv_of(otherwise) : SV_NONE;
}

int rig_answer(struct pocket_api *api, const struct rig_ask *ask, struct pocket_answer *answer,
               struct str *out)
{
    struct sv query = sv_of(ask->target), path = sv_split(&query, '?');
    *answer = (struct pocket_answer){0};
    pocket_api_handle(
        api,
        &(struct pocket_request){.method = sv_of(ask->method),
                                 .path = path,
                                 .query = query,
                                 .accept = text_of(ask->accept, NULL),
                                 .content_type = text_of(ask->type, "application/json"),
                                 .user_agent = SV("kubectl/v1.31.0"),
                                 .authorization = text_of(ask->login, RIG_LOGIN),
                                 .body = text_of(ask->body, "")},
        answer);
    str_reset(out);
    str_addv(out, str_sv(&answer->body));
    while (answer->pages && pocket_pages_read(answer->pages, 4096, out))
        ;
    if (answer->watch)
        pocket_watch_read(answer->watch, 1 << 20, out);
    return answer->status;
}

int rig_ask(struct pocket_api *api, const struct rig_ask *ask, struct str *out)
{
    _cleanup_pocket_answer_ struct pocket_answer answer = {0};
    return rig_answer(api, ask, &answer, out);
}

int rig_get(struct pocket_api *api, const char *target, struct str *out)
{
    return rig_ask(api, &(struct rig_ask){.method = "GET", .target = target}, out);
}

int rig_post(struct pocket_api *api, const char *target, const char *body, struct str *out)
{
    return rig_ask(api, &(struct rig_ask){.method = "POST", .target = target, .body = body}, out);
}

void rig_has(struct str *out, const char *text)
{
    if (!strstr(str_c(out), text))
        fail_msg("no %s in %s", text, str_c(out));
}

void rig_lacks(struct str *out, const char *text)
{
    if (strstr(str_c(out), text))
        fail_msg("%s in %s", text, str_c(out));
}
