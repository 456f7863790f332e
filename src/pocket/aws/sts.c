#include "pocket/aws/sts.h"

#include "base/must.h"
#include "cloud/ops.h"
#include "cloud/sts.h"

#define LIFE_S 3600
#define LIFE_MIN_S 900
#define LIFE_MAX_S 43200

/* Keys that were handed out for a role. */
struct session {
    const char *key, *arn, *token;
    int64_t expires; /* real Unix seconds */
};
/* Keys of a user, as they come. */
struct user_key {
    const char *id;
};
struct sts_state {
    VEC(struct session) sessions;
    VEC(struct user_key) keys;
};

static void begin(struct account *a)
{
    a->sts = mem_must(calloc(1, sizeof *a->sts));
}

static void release(struct account *a)
{
    vec_release(&a->sts->sessions);
    vec_release(&a->sts->keys);
    free(a->sts);
}

/* --- who is it ----------------------------------------------------------------------------- */

/* Keys that were in use before the fault's time are expired after it; others are new ones. */
static bool user_expired(struct account *a, const char *key)
{
    bool known = false, over = a->faults->expire_ms && a->now_ms >= a->faults->expire_ms;
    vec_foreach(k, &a->sts->keys)
        known = known || strcmp(k->id, key) == 0;
    if (!known && !over && a->faults->expire_ms)
        must_push(&a->sts->keys, (struct user_key){account_keep(a, key)});
    return known && over;
}

enum sts_keys sts_look(struct account *a, struct service_call *c, struct sv token)
{
    c->caller = account_user_arn(a, c->arena);
    vec_foreach(s, &a->sts->sessions) {
        if (strcmp(s->key, c->key) != 0)
            continue;
        if (!sv_is(token, s->token))
            return STS_UNKNOWN;
        c->caller = s->arn;
        return c->clock >= s->expires ? STS_EXPIRED : STS_GOOD;
    }
    return user_expired(a, c->key) ? STS_EXPIRED : STS_GOOD;
}

const char *sts_user_id(const struct service_call *c)
{
    bool role = strstr(c->caller, ":assumed-role/") != NULL;
    return role ? mem_must(
                      arena_fmt(c->arena, "AROAPOCKETEXAMPLE0000:%s", strrchr(c->caller, '/') + 1))
                : "AIDAPOCKETEXAMPLE0000";
}

static int get_identity(struct service_call *c)
{
    *(struct sts_identity *)c->out = (struct sts_identity){
        .account = c->account->id,
        .arn = c->caller,
        .user = sts_user_id(c),
    };
    return 0;
}

/* --- roles --------------------------------------------------------------------------------- */

struct assume {
    const char *role, *session, *web_token;
    struct shape_int seconds;
};
static const struct shape_field assume_fields[] = {
    SHAPE_MUST(struct assume, SHAPE_TEXT, "RoleArn", role),
    SHAPE_MUST(struct assume, SHAPE_TEXT, "RoleSessionName", session),
    SHAPE_FIELD(struct assume, SHAPE_INT, "DurationSeconds", seconds),
};
static const struct shape in_assume = SHAPE(struct assume, assume_fields);
static const struct shape_field web_fields[] = {
    SHAPE_MUST(struct assume, SHAPE_TEXT, "RoleArn", role),
    SHAPE_MUST(struct assume, SHAPE_TEXT, "RoleSessionName", session),
    SHAPE_MUST(struct assume, SHAPE_TEXT, "WebIdentityToken", web_token),
    SHAPE_FIELD(struct assume, SHAPE_INT, "DurationSeconds", seconds),
};
static const struct shape in_web = SHAPE(struct assume, web_fields);

struct assumed {
    const char *key, *secret, *token, *arn, *id;
    int64_t expires;
};
#define ASSUMED(kind, name, member) SHAPE_FIELD(struct assumed, kind, name, member)
static const struct shape_field keys_fields[] = {
    ASSUMED(SHAPE_TEXT, "AccessKeyId", key),
    ASSUMED(SHAPE_TEXT, "SecretAccessKey", secret),
    ASSUMED(SHAPE_TEXT, "SessionToken", token),
    ASSUMED(SHAPE_TIME, "Expiration", expires),
};
static const struct shape keys_shape = SHAPE(struct assumed, keys_fields);
static const struct shape_field user_fields[] = {
    ASSUMED(SHAPE_TEXT, "AssumedRoleId", id),
    ASSUMED(SHAPE_TEXT, "Arn", arn),
};
static const struct shape user_shape = SHAPE(struct assumed, user_fields);
static const struct shape_field assumed_fields[] = {
    {.name = "Credentials", .kind = SHAPE_STRUCT, .offset = 0, .of = &keys_shape},
    {.name = "AssumedRoleUser", .kind = SHAPE_STRUCT, .offset = 0, .of = &user_shape},
};
static const struct shape out_assumed = SHAPE(struct assumed, assumed_fields);

static const char *role_name(const char *arn)
{
    const char *at = strstr(arn, ":role/");
    return at ? strrchr(at, '/') + 1 : NULL;
}

static const char *make_secret(struct account *a)
{
    static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
    char text[41];
    for (size_t i = 0; i < sizeof text - 1; i++)
        text[i] = letters[account_throw(a, sizeof letters - 1)];
    text[sizeof text - 1] = '\0';
    return account_keep(a, text);
}

static int assume(struct service_call *c)
{
    const struct assume *in = c->in;
    struct account *a = c->account;
    const char *role = role_name(in->role);
    int64_t seconds = in->seconds.set ? in->seconds.n : LIFE_S;
    if (!role || !*role)
        return service_refuse(c, 400, "ValidationError", "%s is invalid", in->role);
    if (seconds < LIFE_MIN_S || seconds > LIFE_MAX_S)
        return service_refuse(c, 400, "ValidationError",
                              "The requested DurationSeconds exceeds the MaxSessionDuration set "
                              "for this role.");
    struct assumed *out = c->out;
    *out = (struct assumed){
        .key = mem_must(arena_fmt(&a->arena, "ASIA%.16s", make_secret(a))),
        .secret = make_secret(a),
        .token = make_secret(a),
        .arn = account_arn(a, "sts", "assumed-role/%s/%s", role, in->session),
        .id = mem_must(arena_fmt(c->arena, "AROAPOCKETEXAMPLE0000:%s", in->session)),
        .expires = c->clock + seconds,
    };
    must_push(&a->sts->sessions, (struct session){out->key, out->arn, out->token, out->expires});
    return 0;
}

static const struct service_action actions[] = {
    {.op = &sts_op_get_caller_identity, .run = get_identity},
    {.name = "AssumeRole", .in = &in_assume, .out = &out_assumed, .run = assume},
    {.name = "AssumeRoleWithWebIdentity", .in = &in_web, .out = &out_assumed, .run = assume},
};
const struct service service_sts = {
    .api = &aws_service_sts,
    .xmlns = "https://sts.amazonaws.com/doc/2011-06-15/",
    .actions = actions,
    .action_count = ARRAY_LEN(actions),
    .begin = begin,
    .release = release,
};
