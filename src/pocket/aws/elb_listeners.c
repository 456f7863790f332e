/* Listeners and rules as ELB tells, makes, changes and deletes them, and their actions. */
#include "base/must.h"
#include "pocket/aws/elb.h"

/* ---- actions ---- */

static const struct shape_field actions_fields[] = {
    {.name = "Actions", .kind = SHAPE_STRUCTS, .offset = 0, .of = &elbv2_shape_action},
};
static const struct shape actions_shape = SHAPE(struct elbv2_actions, actions_fields);

/* By way of text: the tables know all that is below. */
void elb_set_actions(struct plane_rule *r, const struct elbv2_actions *actions)
{
    _cleanup_str_ struct str text = {0};
    struct doc_file file = {0};
    struct err err = {0};
    struct elbv2_actions copy = {0};
    str_init(&text, 0);
    shape_to_json(&actions_shape, actions, &text);
    if (doc_parse_json(&file, "actions", str_sv(&text), NULL, &err) == 0 &&
        shape_from_json(&actions_shape, file.parts[0].root, &r->texts, &copy, &err) == 0)
        r->actions = copy;
    doc_release(&file);
}

static int check_forward(struct service_call *c, const struct elbv2_action *a)
{
    if (!a->target_group && !a->forward.groups.count)
        return service_refuse(c, 400, "ValidationError",
                              "A target group ARN or a forward configuration must be specified");
    if (a->target_group && !elb_find_group(c->account, a->target_group))
        return elb_no_group(c);
    shape_each(g, &a->forward.groups)
        if (!elb_find_group(c->account, g->arn))
            return elb_no_group(c);
    return 0;
}

int elb_check_actions(struct service_call *c, const struct elbv2_actions *actions)
{
    static const char *const types[] = {
        "forward", "redirect", "fixed-response", "authenticate-oidc", "authenticate-cognito", NULL};
    if (!actions->count)
        return service_refuse(c, 400, "ValidationError", "At least one action must be specified");
    for (uint32_t i = 0; i < actions->count; i++) {
        const struct elbv2_action *a = &actions->items[i];
        if (!a->type || !shape_value(types, a->type))
            return service_refuse(c, 400, "ValidationError",
                                  "Action type '%s' must be one of "
                                  "'redirect,authenticate-cognito,authenticate-oidc,fixed-response,"
                                  "forward'",
                                  a->type ? a->type : "");
        if (strcmp(a->type, "forward") == 0 && check_forward(c, a) < 0)
            return -1;
    }
    return 0;
}

struct elbv2_actions elb_tell_actions(struct service_call *c, const struct plane_rule *r)
{
    struct elbv2_actions out = {0};
    for (uint32_t i = 0; i < r->actions.count; i++) {
        struct elbv2_action *a = ELB_ADD(c, &out);
        *a = r->actions.items[i];
        if (!a->type || strcmp(a->type, "forward") != 0)
            continue;
        if (!a->forward.groups.count)
            *(struct elbv2_weighted_group *)ELB_ADD(c, &a->forward.groups) =
                (struct elbv2_weighted_group){a->target_group, shape_int(1)};
        else if (a->forward.groups.count == 1)
            a->target_group = a->forward.groups.items[0].arn;
        if (!a->forward.sticky)
            a->forward.sticky = SHAPE_NO;
    }
    return out;
}

/* ---- listeners ---- */

struct listener_asked {
    const char *balancer, *arn, *protocol;
    struct shape_int port;
    struct elbv2_actions actions;
    struct shape_texts arns;
    struct elb_tag_list tags;
    struct elb_page page;
};
#define ASKED(kind, name, member) SHAPE_FIELD(struct listener_asked, kind, name, member)
#define DEFAULT_ACTIONS                                                                            \
    SHAPE_OF(struct listener_asked, SHAPE_STRUCTS, "DefaultActions", actions, &elbv2_shape_action)
static const struct shape_field listeners_fields[] = {
    ASKED(SHAPE_TEXT, "LoadBalancerArn", balancer),
    ASKED(SHAPE_TEXTS, "ListenerArns", arns),
    ASKED(SHAPE_INT, "PageSize", page.most),
    ASKED(SHAPE_TEXT, "Marker", page.marker),
};
static const struct shape in_listeners = SHAPE(struct listener_asked, listeners_fields);
struct listeners {
    SHAPE_LIST(struct elbv2_listener) items;
    const char *marker;
};
static const struct shape_field listeners_told[] = {
    SHAPE_OF(struct listeners, SHAPE_STRUCTS, "Listeners", items, &elbv2_shape_listener),
    SHAPE_FIELD(struct listeners, SHAPE_TEXT, "NextMarker", marker),
};
static const struct shape out_listeners = SHAPE(struct listeners, listeners_told);
ELB_PAGES(listeners, struct listener_asked, struct listeners, struct elbv2_listener);

static struct plane_rule *default_rule(const struct plane_listener *l)
{
    return l->rules.items[l->rules.len - 1];
}

static void tell_listener(struct service_call *c, const struct plane_balancer *b,
                          const struct plane_listener *l)
{
    struct listeners *out = c->out;
    *(struct elbv2_listener *)ELB_ADD(c, &out->items) = (struct elbv2_listener){
        .arn = l->arn,
        .load_balancer = b->arn,
        .protocol = l->protocol,
        .port = shape_int(l->port),
        .actions = elb_tell_actions(c, default_rule(l)),
    };
}

static int describe_listeners(struct service_call *c)
{
    const struct listener_asked *asked = c->in;
    struct plane_balancer *of = elb_find_balancer(c->account, asked->balancer);
    if (!asked->balancer == !asked->arns.count)
        return service_refuse(c, 400, "ValidationError",
                              "You must specify either listener ARNs or a load balancer ARN");
    if (asked->balancer && !of)
        return elb_no_balancer(c);
    shape_each(arn, &asked->arns) {
        const struct plane_listener *l = elb_find_listener(c->account, *arn, &of);
        if (!l)
            return elb_no_listener(c);
        tell_listener(c, of, l);
    }
    if (asked->balancer)
        vec_foreach(l, &of->listeners)
            tell_listener(c, of, *l);
    return 0;
}

const struct service_action elb_listeners_describe = {
    .name = "DescribeListeners",
    .in = &in_listeners,
    .out = &out_listeners,
    .pages = &listeners_pages,
    .run = describe_listeners,
};

static const struct shape_field create_fields[] = {
    SHAPE_MUST(struct listener_asked, SHAPE_TEXT, "LoadBalancerArn", balancer),
    ASKED(SHAPE_TEXT, "Protocol", protocol),
    ASKED(SHAPE_INT, "Port", port),
    DEFAULT_ACTIONS,
    SHAPE_OF(struct listener_asked, SHAPE_STRUCTS, "Tags", tags, &elb_shape_tag),
};
static const struct shape in_create = SHAPE(struct listener_asked, create_fields);

static int create_listener(struct service_call *c)
{
    const struct listener_asked *asked = c->in;
    struct plane *p = c->account->elb->plane;
    struct plane_balancer *b = elb_find_balancer(c->account, asked->balancer);
    if (!b)
        return elb_no_balancer(c);
    if (!asked->protocol || !asked->port.set)
        return service_refuse(c, 400, "ValidationError",
                              "A listener protocol and port must be "
                              "specified");
    vec_foreach(l, &b->listeners)
        if ((*l)->port == asked->port.n)
            return service_refuse(c, 400, "DuplicateListener",
                                  "A listener already exists on this port for this load balancer "
                                  "'%s'",
                                  b->arn);
    if (elb_check_actions(c, &asked->actions) < 0)
        return -1;
    struct plane_listener *l = plane_add_listener(p, b, asked->protocol, (int32_t)asked->port.n);
    elb_set_actions(plane_add_rule(p, l, 0), &asked->actions);
    elb_set_tags(c->account, l->arn, &asked->tags);
    tell_listener(c, b, l);
    return 0;
}

const struct service_action elb_listener_create = {
    .name = "CreateListener",
    .in = &in_create,
    .out = &out_listeners,
    .run = create_listener,
};

static const struct shape_field modify_fields[] = {
    SHAPE_MUST(struct listener_asked, SHAPE_TEXT, "ListenerArn", arn),
    ASKED(SHAPE_TEXT, "Protocol", protocol),
    ASKED(SHAPE_INT, "Port", port),
    DEFAULT_ACTIONS,
};
static const struct shape in_modify = SHAPE(struct listener_asked, modify_fields);

static int modify_listener(struct service_call *c)
{
    const struct listener_asked *asked = c->in;
    struct plane_balancer *b = NULL;
    struct plane_listener *l = elb_find_listener(c->account, asked->arn, &b);
    if (!l)
        return elb_no_listener(c);
    if (asked->actions.count && elb_check_actions(c, &asked->actions) < 0)
        return -1;
    if (asked->protocol)
        l->protocol = account_keep(c->account, asked->protocol);
    if (asked->port.set)
        l->port = (int32_t)asked->port.n;
    if (asked->actions.count)
        elb_set_actions(default_rule(l), &asked->actions);
    tell_listener(c, b, l);
    return 0;
}

const struct service_action elb_listener_modify = {
    .name = "ModifyListener",
    .in = &in_modify,
    .out = &out_listeners,
    .run = modify_listener,
};

static const struct shape_field listener_arn_fields[] = {
    SHAPE_MUST(struct listener_asked, SHAPE_TEXT, "ListenerArn", arn),
};
static const struct shape in_listener_arn = SHAPE(struct listener_asked, listener_arn_fields);
static const struct shape out_nothing = {.size = sizeof(struct listener_asked)};

static int delete_listener(struct service_call *c)
{
    struct plane_listener *l =
        elb_find_listener(c->account, ((const struct listener_asked *)c->in)->arn, NULL);
    if (!l)
        return elb_no_listener(c);
    plane_drop_listener(c->account->elb->plane, l);
    return 0;
}

const struct service_action elb_listener_delete = {
    .name = "DeleteListener",
    .in = &in_listener_arn,
    .out = &out_nothing,
    .run = delete_listener,
};

/* ---- rules ---- */

struct values {
    struct shape_texts values;
};
static const struct shape_field values_fields[] = {
    SHAPE_FIELD(struct values, SHAPE_TEXTS, "Values", values),
};
static const struct shape values_shape = SHAPE(struct values, values_fields);
struct condition {
    const char *field;
    struct shape_texts values;
    struct values host, path, method, source;
};
#define CONFIG(name, member) SHAPE_OF(struct condition, SHAPE_STRUCT, name, member, &values_shape)
static const struct shape_field condition_fields[] = {
    SHAPE_FIELD(struct condition, SHAPE_TEXT, "Field", field),
    SHAPE_FIELD(struct condition, SHAPE_TEXTS, "Values", values),
    CONFIG("HostHeaderConfig", host),
    CONFIG("PathPatternConfig", path),
    CONFIG("HttpRequestMethodConfig", method),
    CONFIG("SourceIpConfig", source),
};
static const struct shape condition_shape = SHAPE(struct condition, condition_fields);
struct conditions {
    struct condition *items;
    uint32_t count, cap;
};

struct rule {
    const char *arn, *priority;
    enum shape_flag is_default;
    struct conditions conditions;
    struct elbv2_actions actions;
};
static const struct shape_field rule_fields[] = {
    SHAPE_FIELD(struct rule, SHAPE_TEXT, "RuleArn", arn),
    SHAPE_FIELD(struct rule, SHAPE_TEXT, "Priority", priority),
    SHAPE_OF(struct rule, SHAPE_STRUCTS, "Conditions", conditions, &condition_shape),
    SHAPE_OF(struct rule, SHAPE_STRUCTS, "Actions", actions, &elbv2_shape_action),
    SHAPE_FIELD(struct rule, SHAPE_BOOL, "IsDefault", is_default),
};
static const struct shape rule_shape = SHAPE(struct rule, rule_fields);
struct rules {
    SHAPE_LIST(struct rule) items;
    const char *marker;
};
static const struct shape_field rules_told[] = {
    SHAPE_OF(struct rules, SHAPE_STRUCTS, "Rules", items, &rule_shape),
    SHAPE_FIELD(struct rules, SHAPE_TEXT, "NextMarker", marker),
};
static const struct shape out_rules = SHAPE(struct rules, rules_told);

struct rule_asked {
    const char *listener, *arn;
    struct shape_int priority;
    struct shape_texts arns;
    struct conditions conditions;
    struct elbv2_actions actions;
    struct elb_tag_list tags;
    struct elb_page page;
};
#define RULE(kind, name, member) SHAPE_FIELD(struct rule_asked, kind, name, member)
#define RULE_CONTENT                                                                               \
    SHAPE_OF(struct rule_asked, SHAPE_STRUCTS, "Conditions", conditions, &condition_shape),        \
        SHAPE_OF(struct rule_asked, SHAPE_STRUCTS, "Actions", actions, &elbv2_shape_action)
ELB_PAGES(rules, struct rule_asked, struct rules, struct rule);

static void tell_condition(struct service_call *c, struct rule *t, const struct plane_condition *in)
{
    struct condition *out = ELB_ADD(c, &t->conditions);
    const struct values values = {in->values};
    *out = (struct condition){.field = in->field};
    if (strcmp(in->field, "host-header") == 0)
        out->host = values;
    else if (strcmp(in->field, "path-pattern") == 0)
        out->path = values;
    else if (strcmp(in->field, "http-request-method") == 0)
        out->method = values;
    else
        out->source = values;
    if (out->host.values.count || out->path.values.count)
        out->values = in->values;
}

static void tell_rule(struct service_call *c, const struct plane_rule *r)
{
    struct rules *out = c->out;
    struct rule *t = ELB_ADD(c, &out->items);
    *t = (struct rule){
        .arn = r->arn,
        .priority = r->priority ? mem_must(arena_fmt(c->arena, "%d", r->priority)) : "default",
        .is_default = r->priority ? SHAPE_NO : SHAPE_YES,
        .actions = elb_tell_actions(c, r),
    };
    vec_foreach(condition, &r->conditions)
        tell_condition(c, t, condition);
}

static const struct shape_field rules_fields[] = {
    RULE(SHAPE_TEXT, "ListenerArn", listener),
    RULE(SHAPE_TEXTS, "RuleArns", arns),
    RULE(SHAPE_INT, "PageSize", page.most),
    RULE(SHAPE_TEXT, "Marker", page.marker),
};
static const struct shape in_rules = SHAPE(struct rule_asked, rules_fields);

static int describe_rules(struct service_call *c)
{
    const struct rule_asked *asked = c->in;
    if (!asked->listener == !asked->arns.count)
        return service_refuse(c, 400, "ValidationError",
                              "You must specify either listener rule ARNs or a listener ARN");
    const struct plane_listener *l = elb_find_listener(c->account, asked->listener, NULL);
    if (asked->listener && !l)
        return elb_no_listener(c);
    shape_each(arn, &asked->arns) {
        const struct plane_rule *r = elb_find_rule(c->account, *arn, NULL);
        if (!r)
            return elb_no_rule(c);
        tell_rule(c, r);
    }
    if (l)
        vec_foreach(r, &l->rules)
            tell_rule(c, *r);
    return 0;
}

const struct service_action elb_rules_describe = {
    .name = "DescribeRules",
    .in = &in_rules,
    .out = &out_rules,
    .pages = &rules_pages,
    .run = describe_rules,
};

/* The same in both ways in which it may be written. */
static const struct shape_texts *values_of(const struct condition *in)
{
    const struct values *const all[] = {&in->host, &in->path, &in->method, &in->source};
    for (size_t i = 0; i < ARRAY_LEN(all); i++)
        if (all[i]->values.count)
            return &all[i]->values;
    return &in->values;
}

static int check_conditions(struct service_call *c, const struct conditions *conditions)
{
    static const char *const fields[] = {"host-header", "path-pattern", "http-request-method",
                                         "source-ip", NULL};
    shape_each(one, conditions) {
        if (!one->field || !shape_value(fields, one->field))
            return service_refuse(c, 400, "ValidationError",
                                  "Condition field '%s' is not supported here",
                                  one->field ? one->field : "");
        if (!values_of(one)->count)
            return service_refuse(c, 400, "ValidationError",
                                  "A condition value must be specified for '%s'", one->field);
    }
    return 0;
}

static void set_conditions(struct service_call *c, struct plane_rule *r,
                           const struct conditions *conditions)
{
    r->conditions.len = 0;
    shape_each(one, conditions) {
        const struct plane_condition copy = {account_keep(c->account, one->field),
                                             account_keep_texts(c->account, values_of(one))};
        must_push(&r->conditions, copy);
    }
}

static const struct shape_field create_rule_fields[] = {
    SHAPE_MUST(struct rule_asked, SHAPE_TEXT, "ListenerArn", listener),
    SHAPE_MUST(struct rule_asked, SHAPE_INT, "Priority", priority),
    RULE_CONTENT,
    SHAPE_OF(struct rule_asked, SHAPE_STRUCTS, "Tags", tags, &elb_shape_tag),
};
static const struct shape in_create_rule = SHAPE(struct rule_asked, create_rule_fields);

static int check_priority(struct service_call *c, const struct plane_listener *l, int64_t priority)
{
    if (priority < 1 || priority > 50000)
        return service_refuse(c, 400, "ValidationError",
                              "Priority '%lld' must be between 1-50000 inclusive",
                              (long long)priority);
    vec_foreach(r, &l->rules)
        if ((*r)->priority == priority)
            return service_refuse(c, 400, "PriorityInUse", "Priority '%lld' is currently in use",
                                  (long long)priority);
    return 0;
}

static int create_rule(struct service_call *c)
{
    const struct rule_asked *asked = c->in;
    struct plane_listener *l = elb_find_listener(c->account, asked->listener, NULL);
    if (!l)
        return elb_no_listener(c);
    if (!asked->conditions.count)
        return service_refuse(c, 400, "ValidationError", "A condition must be specified");
    if (check_conditions(c, &asked->conditions) < 0 || elb_check_actions(c, &asked->actions) < 0 ||
        check_priority(c, l, asked->priority.n) < 0)
        return -1;
    struct plane_rule *r = plane_add_rule(c->account->elb->plane, l, (int32_t)asked->priority.n);
    elb_set_actions(r, &asked->actions);
    set_conditions(c, r, &asked->conditions);
    elb_set_tags(c->account, r->arn, &asked->tags);
    tell_rule(c, r);
    return 0;
}

const struct service_action elb_rule_create = {
    .name = "CreateRule",
    .in = &in_create_rule,
    .out = &out_rules,
    .run = create_rule,
};

static const struct shape_field modify_rule_fields[] = {
    SHAPE_MUST(struct rule_asked, SHAPE_TEXT, "RuleArn", arn),
    RULE_CONTENT,
};
static const struct shape in_modify_rule = SHAPE(struct rule_asked, modify_rule_fields);

static int modify_rule(struct service_call *c)
{
    const struct rule_asked *asked = c->in;
    struct plane_rule *r = elb_find_rule(c->account, asked->arn, NULL);
    if (!r)
        return elb_no_rule(c);
    if (!r->priority)
        return service_refuse(c, 400, "OperationNotPermitted",
                              "Default rule '%s' cannot be modified", r->arn);
    if (check_conditions(c, &asked->conditions) < 0 ||
        (asked->actions.count && elb_check_actions(c, &asked->actions) < 0))
        return -1;
    if (asked->actions.count)
        elb_set_actions(r, &asked->actions);
    if (asked->conditions.count)
        set_conditions(c, r, &asked->conditions);
    tell_rule(c, r);
    return 0;
}

const struct service_action elb_rule_modify = {
    .name = "ModifyRule",
    .in = &in_modify_rule,
    .out = &out_rules,
    .run = modify_rule,
};

static const struct shape_field rule_arn_fields[] = {
    SHAPE_MUST(struct rule_asked, SHAPE_TEXT, "RuleArn", arn),
};
static const struct shape in_rule_arn = SHAPE(struct rule_asked, rule_arn_fields);

static int delete_rule(struct service_call *c)
{
    struct plane_rule *r = elb_find_rule(c->account, ((const struct rule_asked *)c->in)->arn, NULL);
    if (!r)
        return elb_no_rule(c);
    if (!r->priority)
        return service_refuse(c, 400, "OperationNotPermitted",
                              "Default rule '%s' cannot be deleted", r->arn);
    plane_drop_rule(c->account->elb->plane, r);
    return 0;
}

const struct service_action elb_rule_delete = {
    .name = "DeleteRule",
    .in = &in_rule_arn,
    .out = &out_nothing,
    .run = delete_rule,
};
