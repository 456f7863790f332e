#include "cloud/sts.h"

#include "cloud/ops.h"

#define IDENTITY(name, member) SHAPE_MUST(struct sts_identity, SHAPE_TEXT, name, member)
static const struct shape_field identity_fields[] = {
    IDENTITY("Account", account),
    IDENTITY("Arn", arn),
    IDENTITY("UserId", user),
};
static const struct shape identity = SHAPE(struct sts_identity, identity_fields);

const struct cloud_op sts_op_get_caller_identity = {
    .service = &aws_service_sts, .action = "GetCallerIdentity", .out = &identity, .repeats = true};

int sts_get_caller_identity(struct aws_client *c, struct arena *arena, struct sts_identity *out,
                            struct err *err)
{
    *out = (struct sts_identity){0};
    return cloud_op_call(c, &sts_op_get_caller_identity, NULL, arena, out, err);
}
