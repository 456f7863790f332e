/* What EKS does not accept of a node group, in its words. */
#include "base/must.h"
#include "base/version.h"
#include "pocket/aws/eks.h"
#include "pocket/aws/images.h"
#include "pocket/aws/quotas.h"
#include "world/instance.h"

#include <ctype.h>

#define INVALID "InvalidParameterException"
#define TAINTS_MAX 50
#define NAME_MAX_LEN 63

#define REFUSE(c, s, ...) eks_refuse(c, 400, INVALID, (s)->name, __VA_ARGS__)

static int check_name(struct service_call *c, const struct eks_nodegroup *s)
{
    if (!s->name || !*s->name)
        return eks_refuse(c, 400, INVALID, NULL, "nodegroupName is required");
    if (strlen(s->name) > NAME_MAX_LEN)
        return REFUSE(c, s, "nodegroup name can't be greater than %d", NAME_MAX_LEN);
    bool good = isalnum((unsigned char)*s->name);
    for (const char *at = s->name; *at; at++)
        good = good && (isalnum((unsigned char)*at) || *at == '-' || *at == '_');
    return good ? 0
                : REFUSE(c, s,
                         "The nodegroup name parameter contains invalid characters. It should "
                         "begin with letter or digit and can have any of the following "
                         "characters: the set of Unicode letters, digits, hyphens and "
                         "underscores.");
}

int eks_check_scaling(struct service_call *c, const struct eks_nodegroup *s)
{
    long long min = s->scaling.min.n, max = s->scaling.max.n, desired = s->scaling.desired.n;
    double most = quotas_value(c->account, "eks", "L-BD136A63");
    const struct eks_update_config *u = &s->update;
    if (max < 1)
        return REFUSE(c, s, "Maximum size can't be less than 1");
    if (min < 0 || desired < 0)
        return REFUSE(c, s, "Minimum capacity and desired capacity can't be less than 0");
    if (min > max)
        return REFUSE(c, s, "Minimum capacity %lld can't be greater than maximum capacity %lld",
                      min, max);
    if (desired < min)
        return REFUSE(c, s, "Minimum capacity %lld can't be greater than desired size %lld", min,
                      desired);
    if (desired > max)
        return REFUSE(c, s, "desired capacity %lld can't be greater than max size %lld", desired,
                      max);
    if ((double)max > most)
        return eks_refuse(c, 400, "ResourceLimitExceededException", s->name,
                          "The maximum number of nodes per managed node group is %.0f", most);
    if (u->max_unavailable.set && u->max_unavailable_percent.set)
        return REFUSE(c, s, "maxUnavailable and maxUnavailablePercentage cannot both be specified");
    int64_t away = u->max_unavailable.set ? u->max_unavailable.n : u->max_unavailable_percent.n;
    if ((u->max_unavailable.set || u->max_unavailable_percent.set) && (away < 1 || away > 100))
        return REFUSE(c, s, "maxUnavailable must be between 1 and 100");
    return 0;
}

static int check_subnets(struct service_call *c, const struct eks_nodegroup *s)
{
    if (!s->subnets.count)
        return REFUSE(c, s, "Subnets are not specified");
    shape_each(id, &s->subnets)
        if (!account_find_subnet(c->account, *id))
            return REFUSE(c, s, "The subnet ID '%s' does not exist", *id);
    return 0;
}

static bool starts_with(const char *text, const char *prefix)
{
    return strncmp(text, prefix, strlen(prefix)) == 0;
}

static int check_labels(struct service_call *c, const struct eks_nodegroup *s)
{
    shape_each(label, &s->labels)
        if (starts_with(label->key, "kubernetes.io/") || starts_with(label->key, "k8s.io/") ||
            starts_with(label->key, "eks.amazonaws.com/"))
            return REFUSE(c, s,
                          "Label cannot contain reserved prefixes [kubernetes.io/, k8s.io/, "
                          "eks.amazonaws.com/]");
    if (s->taints.count > TAINTS_MAX)
        return REFUSE(c, s, "The number of taints can't be greater than %d", TAINTS_MAX);
    shape_each(taint, &s->taints)
        if (!taint->key || !taint->effect ||
            (strcmp(taint->effect, "NO_SCHEDULE") != 0 &&
             strcmp(taint->effect, "NO_EXECUTE") != 0 &&
             strcmp(taint->effect, "PREFER_NO_SCHEDULE") != 0))
            return REFUSE(c, s,
                          "Taint effect must be one of NO_SCHEDULE, NO_EXECUTE, "
                          "PREFER_NO_SCHEDULE");
    return 0;
}

/* --- launch template ------------------------------------------------------------------------ */

/* With a template of the user's own, what it says may not be said twice. Sets the members that
 * EKS tells of it. */
static int check_template(struct service_call *c, struct eks_nodegroup *s, bool *own_image)
{
    struct eks_launch_template *l = &s->launch_template;
    if (!l->id && !l->name)
        return 0;
    if (l->id && l->name)
        return REFUSE(c, s, "Either launch template id or name can be specified, but not both");
    struct account_template *t = account_find_template(c->account, l->id, l->name);
    if (!t)
        return REFUSE(c, s, "Launch template %s was not found", l->id ? l->id : l->name);
    const struct account_template_version *v = account_find_version(t, l->version);
    if (!v)
        return REFUSE(c, s, "Launch template version %s of %s was not found", l->version, t->id);
    if (s->disk_gib.set)
        return REFUSE(c, s, "Disk size must be specified within the launch template.");
    if (s->remote_access.ssh_key || s->remote_access.source_security_groups.count)
        return REFUSE(c, s,
                      "Remote access configuration cannot be specified with a launch "
                      "template.");
    if (v->data.instance_type && s->instance_types.count)
        return REFUSE(c, s,
                      "Instance types must be specified in either the launch template or "
                      "the nodegroup request, not both.");
    *own_image = v->data.image != NULL;
    if (*own_image && (s->ami_type || s->version || s->release))
        return REFUSE(c, s,
                      "You cannot specify amiType, version or releaseVersion when the launch "
                      "template specifies an image id.");
    *l = (struct eks_launch_template){
        .id = t->id,
        .name = t->name,
        .version = mem_must(arena_fmt(c->arena, "%lld", (long long)v->number)),
    };
    if (*own_image) {
        s->ami_type = "CUSTOM";
        s->release = v->data.image;
    }
    return 0;
}

static const char *template_type(struct service_call *c, const struct eks_nodegroup *s)
{
    struct account_template *t =
        s->launch_template.id ? account_find_template(c->account, s->launch_template.id, NULL)
                              : NULL;
    const struct account_template_version *v =
        t ? account_find_version(t, s->launch_template.version) : NULL;
    return v ? v->data.instance_type : NULL;
}

/* --- machines and images --------------------------------------------------------------------- */

static bool is_arm(const struct instance_type *t)
{
    return t->arch && strcmp(t->arch, "arm64") == 0;
}

static int check_type(struct service_call *c, const struct eks_nodegroup *s, const char *type)
{
    struct instance_type t;
    const char *arch = images_arch(s->ami_type);
    if (!instance_lookup(c->account->cloud, sv_of(type), &t))
        return REFUSE(c, s, "[%s] is not a valid instance type", type);
    if (arch && is_arm(&t) != (strcmp(arch, "arm64") == 0))
        return REFUSE(c, s, "[%s] is not a valid instance type for requested amiType %s", type,
                      s->ami_type);
    bool somewhere = false;
    shape_each(id, &s->subnets)
        somewhere = somewhere ||
                    account_offers(c->account, type, account_find_subnet(c->account, *id)->zone);
    return somewhere ? 0
                     : REFUSE(c, s,
                              "Instance type %s is not supported in the availability zones of the "
                              "specified subnets",
                              type);
}

static int check_types(struct service_call *c, const struct eks_nodegroup *s)
{
    const char *of_template = template_type(c, s);
    if (of_template && check_type(c, s, of_template) < 0)
        return -1;
    shape_each(type, &s->instance_types)
        if (check_type(c, s, *type) < 0)
            return -1;
    return 0;
}

int eks_check_release(struct service_call *c, struct eks_nodegroup *s)
{
    struct version wanted, cluster;
    if (!s->version)
        s->version = c->account->cluster.version;
    if (!version_parse(sv_of(s->version), &wanted) ||
        !version_parse(sv_of(c->account->cluster.version), &cluster))
        return REFUSE(c, s, "unsupported Kubernetes version");
    if (version_cmp(wanted, cluster) > 0)
        return REFUSE(c, s,
                      "Nodegroup Kubernetes version %s cannot be newer than the control plane "
                      "version %s",
                      s->version, c->account->cluster.version);
    if (strcmp(s->ami_type, "CUSTOM") == 0)
        return 0;
    if (!images_offered(s->ami_type, s->version))
        return eks_refuse(c, 400, "InvalidRequestException", s->name,
                          "Requested AMI type %s for this version %s is not supported", s->ami_type,
                          s->version);
    if (!s->release)
        s->release = images_release(s->ami_type, s->version, true, c->arena);
    if (!images_release_fits(s->ami_type, s->version, s->release))
        return REFUSE(c, s,
                      "Requested Nodegroup release version %s is invalid. Allowed release version "
                      "is %s",
                      s->release, images_release(s->ami_type, s->version, true, c->arena));
    return 0;
}

/* --- defaults -------------------------------------------------------------------------------- */

static const char *default_type(struct service_call *c, const struct eks_nodegroup *s)
{
    struct instance_type t = {0};
    const char *type = s->instance_types.count ? s->instance_types.items[0] : template_type(c, s);
    struct version v;
    if (type)
        instance_lookup(c->account->cloud, sv_of(type), &t);
    bool old = version_parse(sv_of(c->account->cluster.version), &v) && v.minor < 30;
    if (old)
        return is_arm(&t) ? "AL2_ARM_64" : "AL2_x86_64";
    return is_arm(&t) ? "AL2023_ARM_64_STANDARD" : "AL2023_x86_64_STANDARD";
}

static void fill(struct service_call *c, struct eks_nodegroup *s)
{
    if (!s->ami_type)
        s->ami_type = default_type(c, s);
    if (!s->capacity_type)
        s->capacity_type = "ON_DEMAND";
    if (!s->scaling.min.set && !s->scaling.max.set && !s->scaling.desired.set)
        s->scaling = (struct eks_scaling){shape_int(1), shape_int(2), shape_int(2)};
    if (!s->scaling.desired.set)
        s->scaling.desired = s->scaling.min;
    if (!s->update.max_unavailable.set && !s->update.max_unavailable_percent.set)
        s->update.max_unavailable = shape_int(1);
    if (!s->launch_template.id && !s->disk_gib.set)
        s->disk_gib = shape_int(20);
    if (!s->instance_types.count && !template_type(c, s))
        *(const char **)shape_list_add(&s->instance_types, sizeof(char *), c->arena) =
            strcmp(s->ami_type, "CUSTOM") != 0 && strstr(s->ami_type, "ARM_64") ? "t4g.medium"
                                                                                : "t3.medium";
}

int eks_check_group(struct service_call *c, struct eks_nodegroup *s)
{
    bool own_image = false;
    if (check_name(c, s) < 0 || check_subnets(c, s) < 0 || check_labels(c, s) < 0 ||
        check_template(c, s, &own_image) < 0)
        return -1;
    if (!s->role || !strstr(s->role, ":role/"))
        return REFUSE(c, s, "Role Arn: %s does not have a valid format", s->role ? s->role : "");
    fill(c, s);
    if (!own_image && !images_known_type(s->ami_type))
        return REFUSE(c, s, "The amiType %s is not valid", s->ami_type);
    if (strcmp(s->capacity_type, "ON_DEMAND") != 0 && strcmp(s->capacity_type, "SPOT") != 0 &&
        strcmp(s->capacity_type, "CAPACITY_BLOCK") != 0)
        return REFUSE(c, s, "The capacityType %s is not valid", s->capacity_type);
    if (eks_check_scaling(c, s) < 0 || check_types(c, s) < 0)
        return -1;
    return eks_check_release(c, s);
}
