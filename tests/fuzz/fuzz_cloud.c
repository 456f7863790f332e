/* Any bytes as awscli's output: names and keys are never absent, the same text read twice changes
 * nothing, and every type can be asked for what a node of it holds. */
#include "fuzz.h"

#include "world/instance.h"

#include <stdlib.h>

static void check(bool ok)
{
    if (!ok)
        abort();
}

static void check_groups(const struct cloud *c)
{
    vec_foreach(g, &c->groups) {
        check(g->name && cloud_find_group(c, g->name) == g);
        check(g->min >= 0 && g->max >= 0 && g->desired >= 0);
        for (uint32_t i = 0; i < g->label_count; i++)
            check(g->labels[i].key && g->labels[i].value);
        for (uint32_t i = 0; i < g->taint_count; i++)
            check(g->taints[i].key);
        for (uint32_t i = 0; i < g->subnet_count; i++)
            check(g->subnets[i]);
    }
}

static void check_types(const struct cloud *c)
{
    vec_foreach(t, &c->instance_types) {
        struct instance_type type;
        check(instance_lookup(c, sv_of(t->name), &type));
        check(instance_ebs_volumes(&type, 3, 1) > 0);
        check(instance_enis_held(&type, 10, false) <= type.enis);
        check(instance_enis_held(&type, 10, true) <= type.enis);
    }
}

static size_t things(const struct cloud *c)
{
    return c->groups.len + c->subnets.len + c->launch_templates.len + c->instance_types.len +
           c->instances.len + c->target_groups.len;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct sv text = {(const char *)data, size};
    struct err err = {0};
    struct cloud c;
    cloud_init(&c);
    int first = cloud_read(&c, "x", text, &err);
    check(first == 0 || *err.msg);
    check_groups(&c);
    check_types(&c);
    vec_foreach(s, &c.subnets)
        check(s->id && s->free_ips >= 0);
    vec_foreach(g, &c.target_groups)
        check(g->arn && g->name && g->healthy <= g->targets);
    size_t before = things(&c);
    check(cloud_read(&c, "x", text, NULL) == first && things(&c) == before);
    cloud_release(&c);
    return 0;
}
