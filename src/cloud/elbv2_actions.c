#include "cloud/elbv2_actions.h"

#include "cloud/elbv2.h"

static const struct shape_field weighted_fields[] = {
    SHAPE_FIELD(struct elbv2_weighted_group, SHAPE_TEXT, "TargetGroupArn", arn),
    SHAPE_FIELD(struct elbv2_weighted_group, SHAPE_INT, "Weight", weight),
};
static const struct shape weighted = SHAPE(struct elbv2_weighted_group, weighted_fields);
/* Named so in the model and put into the struct around it. */
static const struct shape_field sticky_fields[] = {
    SHAPE_FIELD(struct elbv2_forward, SHAPE_BOOL, "Enabled", sticky),
    SHAPE_FIELD(struct elbv2_forward, SHAPE_INT, "DurationSeconds", sticky_s),
};
static const struct shape sticky = SHAPE(struct elbv2_forward, sticky_fields);
static const struct shape_field forward_fields[] = {
    SHAPE_OF(struct elbv2_forward, SHAPE_STRUCTS, "TargetGroups", groups, &weighted),
    {.name = "TargetGroupStickinessConfig", .kind = SHAPE_STRUCT, .offset = 0, .of = &sticky},
};
static const struct shape forward = SHAPE(struct elbv2_forward, forward_fields);

#define REDIRECT(name, member) SHAPE_FIELD(struct elbv2_redirect, SHAPE_TEXT, name, member)
static const struct shape_field redirect_fields[] = {
    REDIRECT("Protocol", protocol), REDIRECT("Port", port),   REDIRECT("Host", host),
    REDIRECT("Path", path),         REDIRECT("Query", query), REDIRECT("StatusCode", status),
};
static const struct shape redirect = SHAPE(struct elbv2_redirect, redirect_fields);

#define FIXED(name, member) SHAPE_FIELD(struct elbv2_fixed, SHAPE_TEXT, name, member)
static const struct shape_field fixed_fields[] = {
    FIXED("MessageBody", body),
    FIXED("StatusCode", status),
    FIXED("ContentType", type),
};
static const struct shape fixed = SHAPE(struct elbv2_fixed, fixed_fields);

#define OIDC(kind, name, member) SHAPE_FIELD(struct elbv2_oidc, kind, name, member)
static const struct shape_field oidc_fields[] = {
    OIDC(SHAPE_TEXT, "Issuer", issuer),
    OIDC(SHAPE_TEXT, "AuthorizationEndpoint", authorization_endpoint),
    OIDC(SHAPE_TEXT, "TokenEndpoint", token_endpoint),
    OIDC(SHAPE_TEXT, "UserInfoEndpoint", user_info_endpoint),
    OIDC(SHAPE_TEXT, "ClientId", client),
    OIDC(SHAPE_TEXT, "ClientSecret", client_secret),
    OIDC(SHAPE_TEXT, "SessionCookieName", cookie),
    OIDC(SHAPE_TEXT, "Scope", scope),
    OIDC(SHAPE_INT, "SessionTimeout", timeout_s),
    OIDC(SHAPE_PAIRS, "AuthenticationRequestExtraParams", extra),
    OIDC(SHAPE_TEXT, "OnUnauthenticatedRequest", unauthenticated),
    OIDC(SHAPE_BOOL, "UseExistingClientSecret", use_existing_secret),
};
static const struct shape oidc = SHAPE(struct elbv2_oidc, oidc_fields);

#define COGNITO(kind, name, member) SHAPE_FIELD(struct elbv2_cognito, kind, name, member)
static const struct shape_field cognito_fields[] = {
    COGNITO(SHAPE_TEXT, "UserPoolArn", pool_arn),
    COGNITO(SHAPE_TEXT, "UserPoolClientId", client),
    COGNITO(SHAPE_TEXT, "UserPoolDomain", domain),
    COGNITO(SHAPE_TEXT, "SessionCookieName", cookie),
    COGNITO(SHAPE_TEXT, "Scope", scope),
    COGNITO(SHAPE_INT, "SessionTimeout", timeout_s),
    COGNITO(SHAPE_PAIRS, "AuthenticationRequestExtraParams", extra),
    COGNITO(SHAPE_TEXT, "OnUnauthenticatedRequest", unauthenticated),
};
static const struct shape cognito = SHAPE(struct elbv2_cognito, cognito_fields);

#define ACTION(kind, name, member) SHAPE_FIELD(struct elbv2_action, kind, name, member)
#define ACTION_OF(name, member, of) SHAPE_OF(struct elbv2_action, SHAPE_STRUCT, name, member, of)
static const char *const types[] = {"forward",  "authenticate-oidc", "authenticate-cognito",
                                    "redirect", "fixed-response",    NULL};
static const struct shape_field action_fields[] = {
    SHAPE_ENUM(struct elbv2_action, "Type", type, types),
    ACTION(SHAPE_TEXT, "TargetGroupArn", target_group),
    ACTION(SHAPE_INT, "Order", order),
    ACTION_OF("ForwardConfig", forward, &forward),
    ACTION_OF("RedirectConfig", redirect, &redirect),
    ACTION_OF("FixedResponseConfig", fixed, &fixed),
    ACTION_OF("AuthenticateOidcConfig", oidc, &oidc),
    ACTION_OF("AuthenticateCognitoConfig", cognito, &cognito),
};
const struct shape elbv2_shape_action = SHAPE_KEEPING(struct elbv2_action, action_fields, unknown);
