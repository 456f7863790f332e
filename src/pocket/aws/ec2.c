/* EC2 as far as replacing nodes looks at it: which actions there are. */
#include "pocket/aws/ec2.h"

#include "base/must.h"

static void begin(struct account *a)
{
    a->ec2 = mem_must((struct ec2_state *)calloc(1, sizeof *a->ec2));
}

static void release(struct account *a)
{
    if (!a->ec2)
        return;
    vec_release(&a->ec2->tokens);
    free(a->ec2);
    a->ec2 = NULL;
}

static const struct service_action *const actions[] = {
    &ec2_instances_describe, &ec2_instances_terminate, &ec2_subnets_describe,
    &ec2_zones_describe,     &ec2_volumes_describe,    &ec2_volume_detach,
    &ec2_types_describe,     &ec2_offerings_describe,  &ec2_templates_describe,
    &ec2_versions_describe,  &ec2_template_create,     &ec2_version_create,
    &ec2_template_modify,    &ec2_template_delete,     NULL,
};

const struct service service_ec2 = {
    .api = &aws_service_ec2,
    .xmlns = "http://ec2.amazonaws.com/doc/2016-11-15/",
    .single_actions = actions,
    .begin = begin,
    .release = release,
};
