/* EC2's launch templates and their versions. */
#include "base/must.h"
#include "pocket/aws/ec2.h"

#define VERSIONS_MOST 200

/* ---- as they are told ---- */

struct told {
    struct ec2_template known;
    int64_t created;
    const char *creator;
    struct shape_pairs tags;
};
#define TOLD(kind, name, member) SHAPE_FIELD(struct told, kind, name, member)
static const struct shape_field told_fields[] = {
    TOLD(SHAPE_TEXT, "LaunchTemplateId", known.id),
    TOLD(SHAPE_TEXT, "LaunchTemplateName", known.name),
    TOLD(SHAPE_TIME, "CreateTime", created),
    TOLD(SHAPE_TEXT, "CreatedBy", creator),
    TOLD(SHAPE_INT, "DefaultVersionNumber", known.default_version),
    TOLD(SHAPE_INT, "LatestVersionNumber", known.latest_version),
    SHAPE_WIRED_OF(struct told, SHAPE_STRUCTS, "Tags", "tagSet", known.tags, &ec2_shape_tag),
};
static const struct shape told_shape = SHAPE(struct told, told_fields);

static void tell(struct service_call *c, const struct account_template *t, struct told *out)
{
    *out = (struct told){
        .known = {.id = t->id,
                  .name = t->name,
                  .default_version = shape_int(t->default_version),
                  .latest_version = shape_int(t->versions.items[t->versions.len - 1].number)},
        .created = t->created,
        .creator = t->versions.items[0].creator,
        .tags = t->tags,
    };
    shape_each(tag, &t->tags)
        *(struct ec2_tag *)EC2_ADD(c, &out->known.tags) = (struct ec2_tag){tag->key, tag->value};
}

static struct ec2_template_version version_of(const struct account_template *t,
                                              const struct account_template_version *v)
{
    return (struct ec2_template_version){
        .id = t->id,
        .name = t->name,
        .description = v->description,
        .version = shape_int(v->number),
        .is_default = v->number == t->default_version ? SHAPE_YES : SHAPE_NO,
        .created = v->created,
        .data = v->data,
    };
}

/* ---- which ---- */

static int no_id(struct service_call *c, const char *id)
{
    return service_refuse(c, 400, "InvalidLaunchTemplateId.NotFound",
                          "The specified launch template, with template ID %s, does not exist.",
                          id);
}

static int no_name(struct service_call *c, const char *name)
{
    return service_refuse(c, 400, "InvalidLaunchTemplateName.NotFoundException",
                          "The specified launch template, with template name %s, does not exist.",
                          name);
}

/* By exactly one of id and name; NULL after service_refuse. */
static struct account_template *find(struct service_call *c, const char *id, const char *name)
{
    struct account_template *t = NULL;
    if (!id == !name)
        service_refuse(c, 400, "MissingParameter",
                       "Either the launch template ID or launch template name must be specified, "
                       "but not both.");
    else if (!(t = account_find_template(c->account, id, id ? NULL : name)))
        (void)(id ? no_id(c, id) : no_name(c, name));
    return t;
}

/* ---- describe ---- */

struct templates_asked {
    struct ec2_asked all;
    struct shape_texts names;
};
static const struct shape_field templates_asked_fields[] = {
    SHAPE_WIRED(struct templates_asked, SHAPE_TEXTS, "LaunchTemplateIds", "LaunchTemplateId",
                all.look.ids),
    SHAPE_WIRED(struct templates_asked, SHAPE_TEXTS, "LaunchTemplateNames", "LaunchTemplateName",
                names),
    SHAPE_WIRED_OF(struct templates_asked, SHAPE_STRUCTS, "Filters", "Filter", all.look.filters,
                   &ec2_filter_shape),
    SHAPE_FIELD(struct templates_asked, SHAPE_INT, "MaxResults", all.most),
    SHAPE_FIELD(struct templates_asked, SHAPE_TEXT, "NextToken", all.token),
    SHAPE_FIELD(struct templates_asked, SHAPE_BOOL, "DryRun", all.dry_run),
};
static const struct shape in_templates = SHAPE(struct templates_asked, templates_asked_fields);
EC2_LIST(templates, struct told);
EC2_LIST_SHAPE(templates, struct templates, struct told, "LaunchTemplates", "launchTemplates",
               &told_shape, VERSIONS_MOST);

static void offer_name(struct filter_match *m, const void *item)
{
    filter_offer(m, ((const struct told *)item)->known.name);
}
static const struct filter_row template_rows[] = {{"launch-template-name", offer_name}};
static const struct shape_pairs *tags_of(const void *item)
{
    return &((const struct told *)item)->tags;
}
static const struct filter_kind template_kind = {template_rows, ARRAY_LEN(template_rows), tags_of};

static bool is_named(const struct templates_asked *asked, const struct account_template *t)
{
    bool named = !asked->all.look.ids.count && !asked->names.count;
    shape_each(id, &asked->all.look.ids)
        named = named || strcmp(*id, t->id) == 0;
    shape_each(name, &asked->names)
        named = named || strcmp(*name, t->name) == 0;
    return named;
}

static int describe(struct service_call *c)
{
    const struct templates_asked *asked = c->in;
    struct templates *out = c->out;
    struct told told;
    if (filter_check(c, &asked->all, &template_kind) < 0)
        return -1;
    shape_each(id, &asked->all.look.ids)
        if (!account_find_template(c->account, *id, NULL))
            return no_id(c, *id);
    shape_each(name, &asked->names)
        if (!account_find_template(c->account, NULL, *name))
            return no_name(c, *name);
    vec_foreach(t, &c->account->templates) {
        if ((*t)->deleted || !is_named(asked, *t))
            continue;
        tell(c, *t, &told);
        if (filter_takes(&asked->all.look, &template_kind, &told))
            *(struct told *)EC2_ADD(c, &out->items) = told;
    }
    return 0;
}

const struct service_action ec2_templates_describe = {
    .name = "DescribeLaunchTemplates",
    .in = &in_templates,
    .out = &out_templates,
    .pages = &templates_pages,
    .run = describe,
};

struct versions_asked {
    struct ec2_asked all;
    const char *id, *name, *least, *most;
    struct shape_texts versions;
};
#define VERSIONS(kind, name, member) SHAPE_FIELD(struct versions_asked, kind, name, member)
static const struct shape_field versions_asked_fields[] = {
    VERSIONS(SHAPE_TEXT, "LaunchTemplateId", id),
    VERSIONS(SHAPE_TEXT, "LaunchTemplateName", name),
    SHAPE_WIRED(struct versions_asked, SHAPE_TEXTS, "Versions", "LaunchTemplateVersion", versions),
    VERSIONS(SHAPE_TEXT, "MinVersion", least),
    VERSIONS(SHAPE_TEXT, "MaxVersion", most),
    SHAPE_WIRED_OF(struct versions_asked, SHAPE_STRUCTS, "Filters", "Filter", all.look.filters,
                   &ec2_filter_shape),
    VERSIONS(SHAPE_INT, "MaxResults", all.most),
    VERSIONS(SHAPE_TEXT, "NextToken", all.token),
    VERSIONS(SHAPE_BOOL, "DryRun", all.dry_run),
};
static const struct shape in_versions = SHAPE(struct versions_asked, versions_asked_fields);
EC2_LIST(versions, struct ec2_template_version);
EC2_LIST_SHAPE(versions, struct versions, struct ec2_template_version, "LaunchTemplateVersions",
               "launchTemplateVersionSet", &ec2_shape_template_version, VERSIONS_MOST);

#define OFFER(what, text)                                                                          \
    static void offer_##what(struct filter_match *m, const void *item)                             \
    {                                                                                              \
        const struct ec2_template_version *v = item;                                               \
        filter_offer(m, text);                                                                     \
    }
OFFER(image, v->data.image)
OFFER(type, v->data.instance_type)
OFFER(is_default, v->is_default == SHAPE_YES ? "true" : "false")
static const struct filter_row version_rows[] = {
    {"image-id", offer_image},
    {"instance-type", offer_type},
    {"is-default-version", offer_is_default},
};
static const struct filter_kind version_kind = {version_rows, ARRAY_LEN(version_rows), NULL};

static void add_version(struct service_call *c, const struct account_template *t,
                        const struct account_template_version *v)
{
    const struct versions_asked *asked = c->in;
    struct versions *out = c->out;
    struct ec2_template_version told = version_of(t, v);
    uint64_t n;
    if (sv_to_u64(sv_of(asked->least), &n) && v->number < (int64_t)n)
        return;
    if (sv_to_u64(sv_of(asked->most), &n) && v->number > (int64_t)n)
        return;
    if (filter_takes(&asked->all.look, &version_kind, &told))
        *(struct ec2_template_version *)EC2_ADD(c, &out->items) = told;
}

static int no_version(struct service_call *c, const struct account_template *t, const char *text)
{
    return service_refuse(c, 400, "InvalidLaunchTemplateId.VersionNotFound",
                          "Could not find the specified version %s for the launch template with ID "
                          "%s.",
                          text, t->id);
}

/* The newest first, unless they are asked for one by one. */
static int add_versions(struct service_call *c, struct account_template *t)
{
    const struct versions_asked *asked = c->in;
    shape_each(text, &asked->versions) {
        const struct account_template_version *v = account_find_version(t, *text);
        if (!v)
            return no_version(c, t, *text);
        add_version(c, t, v);
    }
    for (size_t i = t->versions.len; !asked->versions.count && i-- > 0;)
        add_version(c, t, &t->versions.items[i]);
    return 0;
}

static int describe_versions(struct service_call *c)
{
    const struct versions_asked *asked = c->in;
    if (filter_check(c, &asked->all, &version_kind) < 0)
        return -1;
    if (asked->id || asked->name) {
        struct account_template *t = find(c, asked->id, asked->name);
        return t ? add_versions(c, t) : -1;
    }
    shape_each(text, &asked->versions)
        if (**text != '$')
            return service_refuse(c, 400, "MissingParameter",
                                  "When no launch template is specified, versions must be either "
                                  "$Latest or $Default.");
    if (!asked->versions.count)
        return service_refuse(c, 400, "MissingParameter",
                              "A launch template ID or name, or versions, must be specified.");
    vec_foreach(t, &c->account->templates)
        if (!(*t)->deleted && add_versions(c, *t) < 0)
            return -1;
    return 0;
}

const struct service_action ec2_versions_describe = {
    .name = "DescribeLaunchTemplateVersions",
    .in = &in_versions,
    .out = &out_versions,
    .pages = &versions_pages,
    .run = describe_versions,
};

/* ---- create ---- */

struct tag_specification {
    const char *of;
    SHAPE_LIST(struct ec2_tag) tags;
};
static const struct shape_field specification_fields[] = {
    SHAPE_FIELD(struct tag_specification, SHAPE_TEXT, "ResourceType", of),
    SHAPE_WIRED_OF(struct tag_specification, SHAPE_STRUCTS, "Tags", "Tag", tags, &ec2_shape_tag),
};
static const struct shape specification_shape =
    SHAPE(struct tag_specification, specification_fields);

struct create_asked {
    const char *id, *name, *source, *description, *token;
    struct ec2_template_data data;
    SHAPE_LIST(struct tag_specification) tags;
    enum shape_flag dry_run;
};
#define CREATE(kind, name, member) SHAPE_FIELD(struct create_asked, kind, name, member)
static const struct shape_field create_fields[] = {
    CREATE(SHAPE_TEXT, "LaunchTemplateId", id),
    CREATE(SHAPE_TEXT, "LaunchTemplateName", name),
    CREATE(SHAPE_TEXT, "SourceVersion", source),
    CREATE(SHAPE_TEXT, "VersionDescription", description),
    CREATE(SHAPE_TEXT, "ClientToken", token),
    SHAPE_OF(struct create_asked, SHAPE_STRUCT, "LaunchTemplateData", data,
             &ec2_shape_template_ask),
    SHAPE_WIRED_OF(struct create_asked, SHAPE_STRUCTS, "TagSpecifications", "TagSpecification",
                   tags, &specification_shape),
    CREATE(SHAPE_BOOL, "DryRun", dry_run),
};
static const struct shape in_create = SHAPE(struct create_asked, create_fields);

/* What a token was used for; NULL: nothing yet. *same: by an equal request. Signature and time are
 * not in the body. */
static const struct ec2_token *used(struct service_call *c, const char *token, bool *same)
{
    vec_foreach(t, &c->account->ec2->tokens)
        if (token && strcmp(t->token, token) == 0) {
            *same = sv_is(c->asked, t->asked);
            return t;
        }
    return NULL;
}

static void use(struct service_call *c, const char *token, const struct account_template *t,
                int64_t version)
{
    if (!token)
        return;
    const struct ec2_token one = {account_keep(c->account, token),
                                  mem_must(arena_dup(&c->account->arena, c->asked)), t, version};
    must_push(&c->account->ec2->tokens, one);
}

static int no_same(struct service_call *c)
{
    return service_refuse(c, 400, "IdempotentParameterMismatch",
                          "The request uses the same client token as a previous, but non-identical "
                          "request.");
}

static int dry(struct service_call *c, enum shape_flag flag)
{
    if (flag != SHAPE_YES)
        return 0;
    return service_refuse(c, 412, "DryRunOperation",
                          "Request would have succeeded, but DryRun flag is set.");
}

struct one_template {
    struct told template;
};
static const struct shape_field one_template_fields[] = {
    SHAPE_OF(struct one_template, SHAPE_STRUCT, "LaunchTemplate", template, &told_shape),
};
static const struct shape out_template = SHAPE(struct one_template, one_template_fields);

static bool is_name(const char *name)
{
    size_t n = strspn(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789()./_-");
    return n >= 3 && n <= 128 && !name[n];
}

static int create(struct service_call *c)
{
    const struct create_asked *asked = c->in;
    struct one_template *out = c->out;
    bool same = false;
    const struct ec2_token *before = used(c, asked->token, &same);
    if (before && !same)
        return no_same(c);
    if (before) {
        tell(c, before->template, &out->template);
        return 0;
    }
    if (!asked->name || !is_name(asked->name))
        return service_refuse(
            c, 400, "InvalidLaunchTemplateName.MalformedException",
            "A launch template name must be between 3 and 128 characters, and may "
            "contain letters, numbers, and the following characters: - ( ) . / _");
    if (account_find_template(c->account, NULL, asked->name))
        return service_refuse(c, 400, "InvalidLaunchTemplateName.AlreadyExistsException",
                              "Launch template name already in use.");
    if (dry(c, asked->dry_run) < 0)
        return -1;
    struct account_template *t = account_add_template(c->account, asked->name, &asked->data);
    t->versions.items[0].description = account_keep(c->account, asked->description);
    shape_each(of, &asked->tags)
        shape_each(tag, &of->tags)
            if (of->of && strcmp(of->of, "launch-template") == 0 && tag->key)
                account_set_tag(c->account, &t->tags, tag->key, tag->value ? tag->value : "");
    use(c, asked->token, t, 1);
    tell(c, t, &out->template);
    return 0;
}

const struct service_action ec2_template_create = {
    .name = "CreateLaunchTemplate",
    .in = &in_create,
    .out = &out_template,
    .run = create,
};

/* ---- a version more ---- */

struct one_version {
    struct ec2_template_version version;
};
static const struct shape_field one_version_fields[] = {
    SHAPE_OF(struct one_version, SHAPE_STRUCT, "LaunchTemplateVersion", version,
             &ec2_shape_template_version),
};
static const struct shape out_version = SHAPE(struct one_version, one_version_fields);

/* What was given goes over what is in the source, member by member. */
static struct ec2_template_data over(const struct ec2_template_data *source,
                                     const struct ec2_template_data *given)
{
    struct ec2_template_data d = *source;
    if (given->image)
        d.image = given->image;
    if (given->instance_type)
        d.instance_type = given->instance_type;
    if (given->key)
        d.key = given->key;
    if (given->user_data)
        d.user_data = given->user_data;
    if (given->security_groups.count)
        d.security_groups = given->security_groups;
    if (given->devices.count)
        memcpy(&d.devices, &given->devices, sizeof d.devices);
    return d;
}

static int create_version(struct service_call *c)
{
    const struct create_asked *asked = c->in;
    struct one_version *out = c->out;
    bool same = false;
    struct account_template *t = find(c, asked->id, asked->name);
    if (!t)
        return -1;
    const struct ec2_token *before = used(c, asked->token, &same);
    char number[24];
    if (before && (!same || before->template != t))
        return no_same(c);
    if (before) {
        snprintf(number, sizeof number, "%lld", (long long)before->version);
        out->version = version_of(t, account_find_version(t, number));
        return 0;
    }
    static const struct ec2_template_data nothing;
    const struct account_template_version *source =
        asked->source ? account_find_version(t, asked->source) : NULL;
    if (asked->source && !source)
        return no_version(c, t, asked->source);
    if (dry(c, asked->dry_run) < 0)
        return -1;
    struct ec2_template_data data = over(source ? &source->data : &nothing, &asked->data);
    const struct account_template_version *v =
        account_add_version(c->account, t, &data, asked->description);
    use(c, asked->token, t, v->number);
    out->version = version_of(t, v);
    return 0;
}

const struct service_action ec2_version_create = {
    .name = "CreateLaunchTemplateVersion",
    .in = &in_create,
    .out = &out_version,
    .run = create_version,
};

/* ---- change and delete ---- */

struct change_asked {
    const char *id, *name, *version;
    enum shape_flag dry_run;
};
static const struct shape_field change_fields[] = {
    SHAPE_FIELD(struct change_asked, SHAPE_TEXT, "LaunchTemplateId", id),
    SHAPE_FIELD(struct change_asked, SHAPE_TEXT, "LaunchTemplateName", name),
    SHAPE_WIRED(struct change_asked, SHAPE_TEXT, "DefaultVersion", "SetDefaultVersion", version),
    SHAPE_FIELD(struct change_asked, SHAPE_BOOL, "DryRun", dry_run),
};
static const struct shape in_change = SHAPE(struct change_asked, change_fields);

static int modify(struct service_call *c)
{
    const struct change_asked *asked = c->in;
    struct one_template *out = c->out;
    struct account_template *t = find(c, asked->id, asked->name);
    if (!t)
        return -1;
    const struct account_template_version *v = account_find_version(t, asked->version);
    if (!v)
        return no_version(c, t, asked->version);
    if (dry(c, asked->dry_run) < 0)
        return -1;
    t->default_version = v->number;
    tell(c, t, &out->template);
    return 0;
}

const struct service_action ec2_template_modify = {
    .name = "ModifyLaunchTemplate",
    .in = &in_change,
    .out = &out_template,
    .run = modify,
};

static int delete (struct service_call *c)
{
    const struct change_asked *asked = c->in;
    struct one_template *out = c->out;
    struct account_template *t = find(c, asked->id, asked->name);
    if (!t || dry(c, asked->dry_run) < 0)
        return -1;
    tell(c, t, &out->template);
    t->deleted = true;
    return 0;
}

const struct service_action ec2_template_delete = {
    .name = "DeleteLaunchTemplate",
    .in = &in_change,
    .out = &out_template,
    .run = delete,
};
