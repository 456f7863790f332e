/* Elastic Load Balancing (version 2): which actions there are, how things are found, tags. */
#include "pocket/aws/elb.h"

#include "base/must.h"

static void begin(struct account *a)
{
    a->elb = mem_must((struct elb_state *)calloc(1, sizeof *a->elb));
    if (!a->plane) {
        const struct plane_options options = {
            .world = pocket_life_world(a->life),
            .cloud = a->cloud,
            .region = a->region,
            .account = a->id,
            .seed = a->dice,
        };
        a->elb->own = plane_new(&options);
    }
    a->elb->plane = a->plane ? a->plane : a->elb->own;
}

static void release(struct account *a)
{
    if (!a->elb)
        return;
    plane_free(a->elb->own);
    vec_release(&a->elb->tags);
    free(a->elb);
    a->elb = NULL;
}

/* ---- finding ---- */

struct plane_balancer *elb_find_balancer(const struct account *a, const char *arn)
{
    struct plane *p = a->elb->plane;
    for (size_t i = 0; arn && i < plane_balancer_count(p); i++)
        if (strcmp(plane_balancer_at(p, i)->arn, arn) == 0)
            return plane_balancer_at(p, i);
    return NULL;
}

struct plane_group *elb_find_group(const struct account *a, const char *arn)
{
    struct plane *p = a->elb->plane;
    for (size_t i = 0; arn && i < plane_group_count(p); i++)
        if (strcmp(plane_group_at(p, i)->arn, arn) == 0)
            return plane_group_at(p, i);
    return NULL;
}

struct plane_listener *elb_find_listener(const struct account *a, const char *arn,
                                         struct plane_balancer **of)
{
    struct plane *p = a->elb->plane;
    for (size_t i = 0; arn && i < plane_balancer_count(p); i++) {
        struct plane_balancer *b = plane_balancer_at(p, i);
        vec_foreach(l, &b->listeners)
            if (strcmp((*l)->arn, arn) == 0) {
                if (of)
                    *of = b;
                return *l;
            }
    }
    return NULL;
}

static struct plane_rule *rule_of(const struct plane_balancer *b, const char *arn,
                                  struct plane_listener **of)
{
    vec_foreach(l, &b->listeners)
        vec_foreach(r, &(*l)->rules)
            if (strcmp((*r)->arn, arn) == 0) {
                if (of)
                    *of = *l;
                return *r;
            }
    return NULL;
}

struct plane_rule *elb_find_rule(const struct account *a, const char *arn,
                                 struct plane_listener **of)
{
    struct plane *p = a->elb->plane;
    struct plane_rule *r = NULL;
    for (size_t i = 0; arn && !r && i < plane_balancer_count(p); i++)
        r = rule_of(plane_balancer_at(p, i), arn, of);
    return r;
}

int elb_no_balancer(struct service_call *c)
{
    return service_refuse(c, 400, "LoadBalancerNotFound", "One or more load balancers not found");
}

int elb_no_group(struct service_call *c)
{
    return service_refuse(c, 400, "TargetGroupNotFound", "One or more target groups not found");
}

int elb_no_listener(struct service_call *c)
{
    return service_refuse(c, 400, "ListenerNotFound", "One or more listeners not found");
}

int elb_no_rule(struct service_call *c)
{
    return service_refuse(c, 400, "RuleNotFound", "One or more rules not found");
}

bool elb_is_name(const char *name)
{
    size_t n = strspn(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-");
    return n && n <= 32 && !name[n] && name[0] != '-' && name[n - 1] != '-';
}

/* ---- tags ---- */

static const struct shape_field tag_fields[] = {
    SHAPE_FIELD(struct elb_tag, SHAPE_TEXT, "Key", key),
    SHAPE_FIELD(struct elb_tag, SHAPE_TEXT, "Value", value),
};
const struct shape elb_shape_tag = SHAPE(struct elb_tag, tag_fields);

static struct elb_tags *tags_of(struct account *a, const char *arn)
{
    vec_foreach(t, &a->elb->tags)
        if (strcmp((*t)->arn, arn) == 0)
            return *t;
    struct elb_tags *t = mem_must(arena_new(&a->arena, struct elb_tags));
    t->arn = account_keep(a, arn);
    must_push(&a->elb->tags, t);
    return t;
}

void elb_set_tags(struct account *a, const char *arn, const struct elb_tag_list *tags)
{
    struct elb_tags *t = tags->count ? tags_of(a, arn) : NULL;
    shape_each(tag, tags)
        if (tag->key)
            account_set_tag(a, &t->tags, tag->key, tag->value ? tag->value : "");
}

struct tags_asked {
    struct shape_texts arns;
    struct elb_tag_list tags;
};
static const struct shape_field arns_fields[] = {
    SHAPE_MUST(struct tags_asked, SHAPE_TEXTS, "ResourceArns", arns),
};
static const struct shape in_arns = SHAPE(struct tags_asked, arns_fields);
static const struct shape_field tags_fields[] = {
    SHAPE_MUST(struct tags_asked, SHAPE_TEXTS, "ResourceArns", arns),
    SHAPE_OF(struct tags_asked, SHAPE_STRUCTS, "Tags", tags, &elb_shape_tag),
};
static const struct shape in_tags = SHAPE(struct tags_asked, tags_fields);

struct tagged {
    const char *arn;
    struct elb_tag_list tags;
};
static const struct shape_field tagged_fields[] = {
    SHAPE_FIELD(struct tagged, SHAPE_TEXT, "ResourceArn", arn),
    SHAPE_OF(struct tagged, SHAPE_STRUCTS, "Tags", tags, &elb_shape_tag),
};
static const struct shape tagged_shape = SHAPE(struct tagged, tagged_fields);
struct tags_told {
    SHAPE_LIST(struct tagged) items;
};
static const struct shape_field tags_told_fields[] = {
    SHAPE_OF(struct tags_told, SHAPE_STRUCTS, "TagDescriptions", items, &tagged_shape),
};
static const struct shape out_tags = SHAPE(struct tags_told, tags_told_fields);

static int check_arns(struct service_call *c, const struct shape_texts *arns)
{
    shape_each(arn, arns) {
        if (strstr(*arn, ":loadbalancer/") && !elb_find_balancer(c->account, *arn))
            return elb_no_balancer(c);
        if (strstr(*arn, ":targetgroup/") && !elb_find_group(c->account, *arn))
            return elb_no_group(c);
        if (strstr(*arn, ":listener/") && !elb_find_listener(c->account, *arn, NULL))
            return elb_no_listener(c);
        if (strstr(*arn, ":listener-rule/") && !elb_find_rule(c->account, *arn, NULL))
            return elb_no_rule(c);
    }
    return 0;
}

static void add_tag(struct service_call *c, struct tagged *t, const char *key, const char *value)
{
    *(struct elb_tag *)ELB_ADD(c, &t->tags) = (struct elb_tag){key, value};
}

/* What the load balancer controller writes on what it makes. */
static void add_controller_tags(struct service_call *c, struct tagged *t)
{
    const struct plane_balancer *b = elb_find_balancer(c->account, t->arn);
    const struct plane_group *of = elb_find_group(c->account, t->arn);
    struct plane *p = c->account->elb->plane;
    for (size_t i = 0; b && !of && b->service_at != WORLD_NONE && i < plane_group_count(p); i++)
        if (plane_group_at(p, i)->service_at == b->service_at)
            of = plane_group_at(p, i);
    if (!of || !of->service)
        return;
    add_tag(c, t, "elbv2.k8s.aws/cluster", c->account->cluster.name);
    add_tag(c, t, "service.k8s.aws/stack",
            mem_must(arena_fmt(c->arena, "%s/%s", of->ns, of->service)));
}

static int describe_tags(struct service_call *c)
{
    const struct tags_asked *asked = c->in;
    struct tags_told *out = c->out;
    if (check_arns(c, &asked->arns) < 0)
        return -1;
    shape_each(arn, &asked->arns) {
        struct tagged *t = ELB_ADD(c, &out->items);
        t->arn = *arn;
        add_controller_tags(c, t);
        vec_foreach(tags, &c->account->elb->tags)
            if (strcmp((*tags)->arn, *arn) == 0)
                shape_each(tag, &(*tags)->tags)
                    add_tag(c, t, tag->key, tag->value);
    }
    return 0;
}

const struct service_action elb_tags_describe = {
    .name = "DescribeTags",
    .in = &in_arns,
    .out = &out_tags,
    .run = describe_tags,
};

struct nothing {
    char unused;
};
static const struct shape out_nothing = {.size = sizeof(struct nothing)};

static int add_tags(struct service_call *c)
{
    const struct tags_asked *asked = c->in;
    if (check_arns(c, &asked->arns) < 0)
        return -1;
    shape_each(arn, &asked->arns)
        elb_set_tags(c->account, *arn, &asked->tags);
    return 0;
}

const struct service_action elb_tags_add = {
    .name = "AddTags",
    .in = &in_tags,
    .out = &out_nothing,
    .run = add_tags,
};

/* ---- the service ---- */

static const struct service_action *const actions[] = {
    &elb_balancers_describe,
    &elb_balancer_create,
    &elb_balancer_delete,
    &elb_groups_describe,
    &elb_group_create,
    &elb_group_modify,
    &elb_group_delete,
    &elb_group_attributes_describe,
    &elb_group_attributes_modify,
    &elb_listeners_describe,
    &elb_listener_create,
    &elb_listener_modify,
    &elb_listener_delete,
    &elb_rules_describe,
    &elb_rule_create,
    &elb_rule_modify,
    &elb_rule_delete,
    &elb_health_describe,
    &elb_targets_register,
    &elb_targets_deregister,
    &elb_tags_describe,
    &elb_tags_add,
    NULL,
};

const struct service service_elbv2 = {
    .api = &aws_service_elbv2,
    .xmlns = "http://elasticloadbalancing.amazonaws.com/doc/2015-12-01/",
    .single_actions = actions,
    .begin = begin,
    .release = release,
};
