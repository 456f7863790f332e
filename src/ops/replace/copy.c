#include "ops/replace/copy.h"

#include "base/must.h"
#include "ops/replace/ami.h"
#include "ops/replace/copy_internal.h"

#include <string.h>

/* ---- AMI ---- */

int replace_ami(const struct eks_nodegroup *blue, const struct replace_wish *wish,
                const char **ami_type, const char **version, struct err *err)
{
    const char *name = wish->ami_type ? wish->ami_type : blue->ami_type;
    const struct ami_type *type = ami_find(name);
    *version = wish->version ? wish->version : blue->version;
    if (!type && wish->ami_type)
        return err_set(err, ERR_USAGE, "AMI type '%s' is not known", wish->ami_type);
    if (wish->family && !wish->ami_type) {
        if (!type || type->family == AMI_CUSTOM) {
            err_set(err, ERR_CONFLICT,
                    "node group '%s' has an image of its own: nothing tells "
                    "which machines it is for",
                    blue->name);
            return err_hint(err, "name the AMI type by --ami-type");
        }
        type = ami_of_family(type, wish->family, err);
        if (!type)
            return -1;
        name = type->name;
    }
    *ami_type = type && type->family == AMI_CUSTOM ? NULL : name;
    return 0;
}

/* ---- tags ---- */

/* AWS and EKS put these themselves and refuse to take them from others. */
static bool is_theirs(const char *key)
{
    struct sv k = sv_of(key);
    return sv_starts(k, "aws:") || sv_starts(k, "eks:") || sv_starts(k, "aws/");
}

static void copy_tags(const struct eks_nodegroup *blue, struct arena *a, struct shape_pairs *out)
{
    *out = (struct shape_pairs){0};
    shape_each(tag, &blue->tags) {
        if (is_theirs(tag->key) || strcmp(tag->key, REPLACE_TAG_GROUP) == 0)
            continue;
        struct shape_pair *fresh = shape_list_add(out, sizeof *fresh, a);
        *fresh = *tag;
    }
    struct shape_pair *mark = shape_list_add(out, sizeof *mark, a);
    *mark = (struct shape_pair){REPLACE_TAG_GROUP, blue->name};
}

/* ---- the rest ---- */

static void copy_template(const struct copying *c, struct eks_nodegroup *green)
{
    const struct eks_launch_template *t = &c->blue->launch_template;
    if (!t->id && !t->name)
        return;
    green->launch_template = (struct eks_launch_template){
        .id = t->id,
        .name = t->id ? NULL : t->name,
        .version = c->wish->template_version ? c->wish->template_version : t->version,
    };
    green->disk_gib = (struct shape_int){0};
    green->remote_access = (struct eks_remote_access){0};
}

/* EKS takes the type from the template when it is written there, and then from nowhere else. */
static void copy_types(const struct copying *c, struct eks_nodegroup *green)
{
    const struct ec2_template_version *t = c->seen->launch_template;
    if (c->wish->instance_types.count)
        green->instance_types = c->wish->instance_types;
    if (t && t->data.instance_type)
        green->instance_types = (struct shape_texts){0};
}

static void copy_scaling(const struct copying *c, struct eks_nodegroup *green)
{
    struct eks_scaling *s = &green->scaling;
    if (c->wish->desired.set)
        s->desired = c->wish->desired;
    if (s->desired.set && s->max.set && s->desired.n > s->max.n)
        s->max = s->desired;
    if (s->desired.set && s->min.set && s->desired.n < s->min.n)
        s->min = s->desired;
}

/* An image of the template's own rules out all that would name another one. */
static void copy_image(const struct copying *c, struct eks_nodegroup *green)
{
    green->ami_type = c->ami_type;
    green->version = c->ami_type ? c->version : NULL;
    green->release = c->wish->release ? c->wish->release : c->seen->release;
    if (!c->ami_type)
        green->release = NULL;
}

static void forget_what_is_told(struct eks_nodegroup *g)
{
    g->arn = g->status = NULL;
    g->created = g->modified = 0;
    memset(&g->autoscaling_groups, 0, sizeof g->autoscaling_groups);
    memset(&g->health, 0, sizeof g->health);
    g->unknown = (struct shape_texts){0};
}

int replace_copy(const struct eks_nodegroup *blue, const struct replace_wish *wish,
                 const struct replace_seen *seen, struct arena *a, struct eks_nodegroup *green,
                 struct preflight *p, struct err *err)
{
    struct copying c = {.blue = blue, .wish = wish, .seen = seen, .arena = a, .preflight = p};
    if (replace_ami(blue, wish, &c.ami_type, &c.version, err) < 0)
        return -1;
    *green = *blue;
    forget_what_is_told(green);
    green->name = wish->name;
    if (!wish->name && replace_name(blue->name, seen->names, a, &green->name, err) < 0)
        return -1;
    if (wish->name && replace_check_name(wish->name, seen->names, err) < 0)
        return -1;
    copy_image(&c, green);
    copy_template(&c, green);
    copy_types(&c, green);
    copy_scaling(&c, green);
    copy_tags(blue, a, &green->tags);
    if (wish->capacity_type)
        green->capacity_type = wish->capacity_type;
    if (wish->subnets.count)
        green->subnets = wish->subnets;
    c.green = green;
    copy_tell(&c);
    return 0;
}
