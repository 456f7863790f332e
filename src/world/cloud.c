#include "world/cloud.h"

void cloud_init(struct cloud *c)
{
    *c = (struct cloud){0};
}

void cloud_release(struct cloud *c)
{
    if (!c)
        return;
    vec_release(&c->groups);
    vec_release(&c->subnets);
    vec_release(&c->launch_templates);
    vec_release(&c->instance_types);
    vec_release(&c->instances);
    vec_release(&c->target_groups);
    arena_release(&c->arena);
}

const struct cloud_group *cloud_find_group(const struct cloud *c, const char *name)
{
    vec_foreach(g, &c->groups)
        if (strcmp(g->name, name) == 0)
            return g;
    return NULL;
}

const struct cloud_subnet *cloud_find_subnet(const struct cloud *c, const char *id)
{
    vec_foreach(s, &c->subnets)
        if (strcmp(s->id, id) == 0)
            return s;
    return NULL;
}
