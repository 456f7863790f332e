#include "cloud/quotas.h"

#include "cloud/ops.h"

struct ask {
    const char *service, *code;
};
static const struct shape_field ask_fields[] = {
    SHAPE_FIELD(struct ask, SHAPE_TEXT, "ServiceCode", service),
    SHAPE_FIELD(struct ask, SHAPE_TEXT, "QuotaCode", code),
};
static const struct shape in_get = SHAPE(struct ask, ask_fields);

#define QUOTA(kind, name, member) SHAPE_FIELD(struct quota, kind, name, member)
static const struct shape_field quota_fields[] = {
    QUOTA(SHAPE_TEXT, "ServiceCode", service),
    QUOTA(SHAPE_TEXT, "QuotaCode", code),
    QUOTA(SHAPE_TEXT, "QuotaName", name),
    SHAPE_MUST(struct quota, SHAPE_NUMBER, "Value", value),
    QUOTA(SHAPE_BOOL, "Adjustable", adjustable),
};
static const struct shape quota = SHAPE(struct quota, quota_fields);
static const struct shape_field get_answer[] = {
    {.name = "Quota", .kind = SHAPE_STRUCT, .must = true, .offset = 0, .of = &quota},
};
static const struct shape out_get = SHAPE(struct quota, get_answer);

const struct cloud_op quotas_op_get = {.service = &aws_service_service_quotas,
                                       .action = "GetServiceQuota",
                                       .in = &in_get,
                                       .out = &out_get,
                                       .repeats = true};
const struct cloud_op quotas_op_get_default = {.service = &aws_service_service_quotas,
                                               .action = "GetAWSDefaultServiceQuota",
                                               .in = &in_get,
                                               .out = &out_get,
                                               .repeats = true};

int quotas_get(struct aws_client *c, const char *service, const char *code, struct arena *arena,
               struct quota *out, struct err *err)
{
    const struct ask ask = {service, code};
    struct err first = {0};
    *out = (struct quota){0};
    int result = cloud_op_call(c, &quotas_op_get, &ask, arena, out, &first);
    if (result && first.class == ERR_NOT_FOUND) {
        *out = (struct quota){0};
        result = cloud_op_call(c, &quotas_op_get_default, &ask, arena, out, err);
    } else if (result && err) {
        *err = first;
    }
    return result ? err_wrap(err, "quota %s of %s", code, service) : 0;
}
