/* Who asks: bearer tokens, the tokens of service accounts, and whom an asker acts for. */
#include "base/base64.h"
#include "base/must.h"
#include "base/timestamp.h"
#include "pocket/api_internal.h"

#include <sys/random.h>

#define ACCOUNT "system:serviceaccount:"
#define EXPIRY_DEFAULT_S 3600
#define EXPIRY_LEAST_S 600
#define EXPIRY_MOST_S ((int64_t)1 << 32)

const struct api_user *api_user_of(const struct pocket_api *api, struct sv token)
{
    vec_foreach(user, &api->users)
        if (sv_is(token, user->token))
            return user->expires_ms && user->expires_ms <= api->now_ms ? NULL : user;
    return NULL;
}

const char *api_user_name(const struct api_call *call)
{
    return call->user ? call->user->name : "system:anonymous";
}

/* ---- impersonation ---- */

static bool may_act_as(struct api_call *call, const char *group, const char *resource, struct sv ns,
                       struct sv name)
{
    const struct api_ask ask = {.verb = SV("impersonate"),
                                .group = sv_of(group),
                                .resource = sv_of(resource),
                                .name = name,
                                .ns = ns};
    if (api_allowed(call->api, call->user, &ask))
        return true;
    const char *where = "at the cluster scope";
    if (ns.len)
        where = mem_must(arena_fmt(&call->arena, "in the namespace \"%.*s\"", SV_ARG(ns)));
    const char *message =
        mem_must(arena_fmt(&call->arena,
                           "%s \"%.*s\" is forbidden: User \"%s\" cannot impersonate resource "
                           "\"%s\" in API group \"%s\" %s",
                           resource, SV_ARG(name), api_user_name(call), resource, group, where));
    return api_fail_details(call, 403, NULL, message, SV_NONE);
}

/* Groups that the request names, parted by commas, as an api_user has them. */
static bool act_groups(struct api_call *call, struct sv rest, const char **out)
{
    while (rest.ptr) {
        struct sv group = sv_split(&rest, ',');
        if (!may_act_as(call, "", "groups", SV(""), group))
            return false;
        *out = mem_must(arena_fmt(&call->arena, "%s%s%.*s", *out, **out ? " " : "", SV_ARG(group)));
    }
    return true;
}

static bool act_as(struct api_call *call)
{
    struct sv name = call->request->impersonate_user, ns = SV("");
    const char *groups = "";
    bool account = sv_starts(name, ACCOUNT);
    struct sv who = name;
    if (account) {
        who = sv_n(name.ptr + strlen(ACCOUNT), name.len - strlen(ACCOUNT));
        ns = sv_split(&who, ':');
        who = who.ptr ? who : SV("");
        if (!call->request->impersonate_groups.len)
            groups = mem_must(arena_fmt(
                &call->arena, "system:serviceaccounts system:serviceaccounts:%.*s", SV_ARG(ns)));
    }
    if (!may_act_as(call, "", account ? "serviceaccounts" : "users", ns, who) ||
        !act_groups(call, call->request->impersonate_groups, &groups))
        return false;
    struct api_user *user = mem_must(arena_alloc(&call->arena, sizeof *user));
    *user = (struct api_user){.name = mem_must(arena_dup(&call->arena, name)),
                              .groups = mem_must(arena_fmt(&call->arena, "%s", groups))};
    call->user = user;
    return true;
}

bool api_authenticate(struct api_call *call)
{
    struct sv text = call->request->authorization;
    call->user = sv_starts(text, "Bearer ")
                     ? api_user_of(call->api, sv_n(text.ptr + 7, text.len - 7))
                     : NULL;
    if (!call->user && text.len)
        return api_fail_details(call, 401, NULL, "Unauthorized", SV_NONE);
    return !call->request->impersonate_user.len || act_as(call);
}

/* ---- tokens of service accounts ---- */

/* base64url without padding, as JSON Web Tokens are written. */
static void add_part(struct str *out, struct sv bytes)
{
    _cleanup_str_ struct str text = {0};
    base64_encode(bytes, &text);
    struct sv all = str_sv(&text);
    for (size_t i = 0; i < all.len && all.ptr[i] != '='; i++)
        str_addc(out, all.ptr[i] == '+' ? '-' : all.ptr[i] == '/' ? '_' : all.ptr[i]);
}

/* A token in the form of a real one. Nobody checks its last part: tokens are looked up. */
static void make_token(struct api_call *call, int64_t expires_s, struct str *out)
{
    unsigned char secret[64];
    if (getrandom(secret, sizeof secret, 0) != sizeof secret)
        abort();
    const char *claims = mem_must(
        arena_fmt(&call->arena,
                  "{\"exp\":%lld,\"iat\":%lld,\"iss\":\"https://kubernetes.default.svc\","
                  "\"kubernetes.io\":{\"namespace\":\"%.*s\",\"serviceaccount\":{\"name\":\"%.*s\"}"
                  "},\"sub\":\"" ACCOUNT "%.*s:%.*s\"}",
                  (long long)expires_s, (long long)(call->api->now_ms / 1000), SV_ARG(call->ns),
                  SV_ARG(call->name), SV_ARG(call->ns), SV_ARG(call->name)));
    add_part(out, SV("{\"alg\":\"RS256\",\"kid\":\"pocket\"}"));
    str_addc(out, '.');
    add_part(out, sv_of(claims));
    str_addc(out, '.');
    add_part(out, sv_n((const char *)secret, sizeof secret));
}

static bool lifetime(struct api_call *call, const struct doc_node *body, int64_t *out)
{
    const struct doc_node *wanted = doc_at(body, "spec.expirationSeconds");
    *out = wanted && wanted->type == DOC_INT ? wanted->integer : EXPIRY_DEFAULT_S;
    if (*out >= EXPIRY_LEAST_S && *out <= EXPIRY_MOST_S)
        return true;
    api_cause_vec causes = {0};
    const char *message = mem_must(
        arena_fmt(&call->arena, "Invalid value: %lld: %s", (long long)*out,
                  *out < EXPIRY_LEAST_S ? "may not specify a duration less than 10 minutes"
                                        : "may not specify a duration larger than 2^32 seconds"));
    must_push(&causes, (struct api_cause){"FieldValueInvalid", "spec.expirationSeconds", message});
    bool ok = api_fail_invalid(call, &causes);
    vec_release(&causes);
    return ok;
}

void api_token(struct api_call *call)
{
    _cleanup_str_ struct str token = {0};
    struct arena *a = &call->arena;
    char stamp[TIMESTAMP_TEXT_MAX];
    int64_t seconds;
    if (!objects_get(call->api->objects, call->kind->store, call->ns, call->name)) {
        api_fail_not_found(call);
        return;
    }
    struct doc_node *body = api_parse_body(call, true);
    if (!body || !lifetime(call, body, &seconds))
        return;
    int64_t expires = call->api->now_ms / 1000 + seconds;
    make_token(call, expires, &token);
    if (!api_dry_run(call)) {
        const char *name =
            mem_must(arena_fmt(a, ACCOUNT "%.*s:%.*s", SV_ARG(call->ns), SV_ARG(call->name)));
        const char *groups = mem_must(
            arena_fmt(a, "system:serviceaccounts system:serviceaccounts:%.*s", SV_ARG(call->ns)));
        pocket_api_add_user(call->api, str_sv(&token), name, groups);
        call->api->users.items[call->api->users.len - 1].expires_ms = expires * 1000;
    }
    value_set_text(a, body, "apiVersion", SV("authentication.k8s.io/v1"));
    value_set_text(a, body, "kind", SV("TokenRequest"));
    struct doc_node *meta = value_need_map(a, body, SV("metadata"));
    value_set_text(a, meta, "name", call->name);
    value_set_text(a, meta, "namespace", call->ns);
    value_set_text(a, meta, "creationTimestamp", api_time(call->api, a));
    value_set_int(a, value_need_map(a, body, SV("spec")), "expirationSeconds", seconds);
    struct doc_node *status = value_need_map(a, body, SV("status"));
    value_set_text(a, status, "token", str_sv(&token));
    value_set_text(a, status, "expirationTimestamp", sv_of(timestamp_format(expires, stamp)));
    api_answer_node(call, 201, body);
}
