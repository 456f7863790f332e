/* SSM: the public parameters of EKS and Bottlerocket images. */
#include "base/must.h"
#include "cloud/ops.h"
#include "cloud/ssm.h"
#include "pocket/aws/images.h"
#include "pocket/aws/service.h"

struct ask {
    const char *name;
    enum shape_flag decrypt;
};
static const struct shape_field ask_fields[] = {
    SHAPE_MUST(struct ask, SHAPE_TEXT, "Name", name),
    SHAPE_FIELD(struct ask, SHAPE_BOOL, "WithDecryption", decrypt),
};
static const struct shape in_get = SHAPE(struct ask, ask_fields);

static int get_parameter(struct service_call *c)
{
    const struct ask *ask = c->in;
    const char *value = images_parameter(c->account->region, ask->name, c->arena);
    if (!value)
        return service_refuse(c, 400, "ParameterNotFound", "%s", "");
    *(struct ssm_parameter *)c->out = (struct ssm_parameter){
        .name = ask->name,
        .value = value,
        .type = "String",
        .version = shape_int(1),
        .modified = c->account->start,
    };
    return 0;
}

static const struct service_action actions[] = {
    {.op = &ssm_op_get_parameter, .in = &in_get, .run = get_parameter},
};
const struct service service_ssm = {
    .api = &aws_service_ssm,
    .actions = actions,
    .action_count = ARRAY_LEN(actions),
};
