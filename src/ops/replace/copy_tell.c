/* What of a group is not carried over, and what keeps it from being copied. */
#include "base/must.h"
#include "cloud/ssm.h"
#include "ops/replace/ami.h"
#include "ops/replace/copy_internal.h"
#include "ops/replace/user_data.h"

#include <string.h>

static void tell(struct copying *c, bool blocks, const char *rule, const char *text,
                 const char *fix)
{
    const char *name = c->blue->name;
    preflight_add(c->preflight, &(struct preflight_item){
                                    .id = mem_must(arena_fmt(c->arena, "%s:%s", rule, name)),
                                    .subject = mem_must(arena_fmt(c->arena, "node group %s", name)),
                                    .text = text,
                                    .fix = fix,
                                    .blocks = blocks,
                                });
}

/* ---- images ---- */

static void tell_custom(struct copying *c)
{
    const struct ec2_template_version *t = c->seen->launch_template;
    if (c->ami_type)
        return;
    if (!t) {
        tell(
            c, true, "custom-image",
            "its image is its owner's (AMI type CUSTOM) and the launch template that names it "
            "could not be read",
            mem_must(arena_fmt(c->arena,
                               "run aws ec2 describe-launch-template-versions --launch-template-%s "
                               "%s and see what it says; if it is denied, allow "
                               "ec2:DescribeLaunchTemplateVersions",
                               t->id ? "id" : "name", t->id ? t->id : t->name)));
        return;
    }
    if (c->wish->template_version && t->data.image)
        return;
    tell(c, true, "custom-image",
         mem_must(arena_fmt(c->arena,
                            "its image is its owner's (AMI type CUSTOM, %s): EKS has no newer one. "
                            "Missing is a version of launch template %s with the new image",
                            t->data.image ? t->data.image : "no image", t->name ? t->name : t->id)),
         "make that version and name it: --template-version N; or move to an image of AWS: "
         "--ami-type TYPE");
}

static void tell_release(struct copying *c)
{
    _cleanup_str_ struct str name = {0};
    const char *ask = "";
    if (c->version && ssm_release_parameter(c->ami_type, c->version, &name))
        ask = mem_must(arena_fmt(c->arena,
                                 "run aws ssm get-parameter --name %s and see what it says; if it "
                                 "is denied, allow ssm:GetParameter; or ",
                                 str_c(&name)));
    tell(c, false, "release-unknown",
         "the newest release of its image could not be read: EKS will take what is the newest "
         "when the group is created",
         mem_must(arena_fmt(c->arena, "%sname it: --release RELEASE", ask)));
}

static void tell_image(struct copying *c)
{
    const struct ami_type *type = ami_find(c->ami_type);
    struct version v = VERSION_NONE;
    if (c->version)
        version_parse(sv_of(c->version), &v);
    if (c->ami_type && !type)
        tell(c, false, "unknown-image",
             mem_must(arena_fmt(c->arena,
                                "AMI type %s is newer than this program: what its user "
                                "data means is not checked",
                                c->ami_type)),
             NULL);
    if (type && type->family == AMI_WINDOWS)
        tell(c, true, "windows",
             "its nodes run Windows: how many pods and addresses such a node has, and which "
             "release is the newest, is not told by AWS in a way that can be relied on",
             "replace it by hand, or move its pods to a new group yourself: toban nodes drain");
    if (type && !ami_is_made_for(type, v))
        tell(c, true, "image-ended",
             mem_must(arena_fmt(c->arena,
                                "there is no %s for Kubernetes %s: the last was made for "
                                "1.32",
                                type->name, c->version)),
             "move to another family: --family al2023 or bottlerocket");
    if (c->ami_type && type && type->family != AMI_WINDOWS && !c->green->release)
        tell_release(c);
}

static void tell_template_image(struct copying *c)
{
    const struct ec2_template_version *t = c->seen->launch_template;
    if (!c->ami_type || !t || !t->data.image)
        return;
    tell(c, true, "template-has-image",
         mem_must(arena_fmt(c->arena,
                            "launch template %s has the image %s: EKS takes no AMI type beside it",
                            t->name ? t->name : t->id, t->data.image)),
         "make a version without the image and name it: --template-version N");
}

/* ---- user data ---- */

struct losses {
    struct str text;
    unsigned count;
};

static void take_loss(void *ctx, const struct user_data_loss *loss)
{
    struct losses *l = ctx;
    str_addf(&l->text, "%s%s", l->count++ ? "; " : "", loss->what);
    str_addf(&l->text, loss->instead ? " (instead: %s)" : " (nothing does it there)",
             loss->instead);
}

static void tell_losses(struct copying *c, const struct ami_type *to, const struct losses *l)
{
    const struct ec2_template_version *t = c->seen->launch_template;
    if (!l->count)
        return;
    tell(c, true, "user-data-lost",
         mem_must(arena_fmt(c->arena, "%s does not take of the user data of launch template %s: %s",
                            ami_family_names[to->family], t->name ? t->name : t->id,
                            str_c(&l->text))),
         "make a version with user data for it and name it: --template-version N");
}

static void tell_user_data(struct copying *c)
{
    const struct ec2_template_version *t = c->seen->launch_template;
    const struct ami_type *to = ami_find(c->ami_type);
    struct user_data data;
    struct losses l = {0};
    struct err err = {0};
    if (!t || !to)
        return;
    if (user_data_read(t->data.user_data, &data, &err) < 0)
        tell(c, true, "user-data-unreadable", mem_must(arena_dup(c->arena, sv_of(err.msg))), NULL);
    else
        user_data_losses(&data, to->family, take_loss, &l);
    tell_losses(c, to, &l);
    str_release(&l.text);
    user_data_release(&data);
}

/* ---- the rest ---- */

static void tell_template(struct copying *c)
{
    const struct eks_launch_template *t = &c->blue->launch_template;
    const char *named = c->wish->template_version;
    if ((t->id || t->name) && !c->seen->launch_template && c->ami_type)
        tell(
            c, true, "template-unreadable",
            "its launch template could not be read: whether a copy starts is not known",
            mem_must(arena_fmt(c->arena,
                               "run aws ec2 describe-launch-template-versions --launch-template-%s "
                               "%s and see what it says; if it is denied, allow "
                               "ec2:DescribeLaunchTemplateVersions",
                               t->id ? "id" : "name", t->id ? t->id : t->name)));
    if (!t->id && !t->name && named)
        tell(c, true, "no-template", "--template-version: it has no launch template of its own",
             NULL);
    if (c->seen->launch_template && c->seen->launch_template->data.instance_type &&
        c->wish->instance_types.count)
        tell(c, true, "template-has-type",
             "its launch template names the instance type: EKS takes no other beside it",
             "make a version without it and name it: --template-version N");
}

static void tell_unknown(struct copying *c)
{
    _cleanup_str_ struct str names = {0};
    shape_each(name, &c->blue->unknown)
        str_addf(&names, "%s%s", names.len ? ", " : "", *name);
    if (!names.len)
        return;
    tell(c, true, "unknown-setting",
         mem_must(arena_fmt(c->arena,
                            "EKS tells of settings that this program does not know and would not "
                            "copy: %s",
                            str_c(&names))),
         "set them on the new group by hand after it is made, or use a newer toban");
}

static void tell_skew(struct copying *c)
{
    struct version green, cluster;
    if (!c->version || !c->seen->cluster_version || !version_parse(sv_of(c->version), &green) ||
        !version_parse(sv_of(c->seen->cluster_version), &cluster) ||
        version_cmp(green, cluster) <= 0)
        return;
    tell(c, true, "newer-than-cluster",
         mem_must(arena_fmt(c->arena, "its nodes would run Kubernetes %s, the cluster %s",
                            c->version, c->seen->cluster_version)),
         "upgrade the control plane first");
}

void copy_tell(struct copying *c)
{
    tell_custom(c);
    tell_image(c);
    tell_template_image(c);
    tell_template(c);
    tell_user_data(c);
    tell_unknown(c);
    tell_skew(c);
}
