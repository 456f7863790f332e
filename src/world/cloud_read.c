#include "world/cloud.h"

#include "base/map.h"
#include "base/must.h"
#include "world/cloud_json.h"

/* What Elastic Load Balancing does when nobody set it. */
#define DEREGISTRATION_DELAY_S 300
#define HEALTH_INTERVAL_S 30
#define HEALTHY_THRESHOLD 5

struct reader {
    struct cloud_input in;
    struct cloud *cloud;
    struct map places; /* "kind/key": index + 1 of what is there */
    const char *arn;   /* of the answer that is read: TargetGroupArn at its top */
    uint32_t known;    /* parts that were understood */
    bool no_arn;       /* attributes or health of a target group that is not named */
};

/* Where the thing of that kind and key stands; len, and entered as such, when it is new. */
static size_t place(struct reader *r, const char *kind, const char *key, size_t len)
{
    char *full = mem_must(arena_fmt(r->in.arena, "%s/%s", kind, key));
    void *known = map_get(&r->places, sv_of(full));
    if (known)
        return (uintptr_t)known - 1;
    if (!map_put(&r->places, sv_of(full), (void *)(uintptr_t)(len + 1)))
        must_fail_nomem();
    return len;
}

#define put(r, v, kind, key, item)                                                                 \
    do {                                                                                           \
        size_t place_ = place((r), (kind), (key), (v)->len);                                       \
        if (place_ < (v)->len)                                                                     \
            (v)->items[place_] = (item);                                                           \
        else if (!vec_push((v), (item)))                                                           \
            must_fail_nomem();                                                                     \
    } while (0)

static void read_group(struct reader *r)
{
    struct cloud_group g;
    if (cloud_take_group(&r->in, &g))
        put(r, &r->cloud->groups, "group", g.name, g);
}

/* Items of a sequence one by one. */
static void each(struct reader *r, void (*read)(struct reader *r))
{
    if (pull_seq(&r->in.pull))
        while (pull_item(&r->in.pull))
            read(r);
}

static void read_groups(struct reader *r)
{
    each(r, read_group);
}

/* ---- ec2 ---- */

static void read_subnet(struct reader *r)
{
    struct cloud_subnet s;
    if (cloud_take_subnet(&r->in, &s))
        put(r, &r->cloud->subnets, "subnet", s.id, s);
}

static void read_subnets(struct reader *r)
{
    each(r, read_subnet);
}

static const char *template_key(struct reader *r, const struct cloud_launch_template *t)
{
    return mem_must(arena_fmt(r->in.arena, "%s:%s", t->id, t->version));
}

static void read_template(struct reader *r)
{
    struct cloud_launch_template t;
    if (cloud_take_template(&r->in, &t))
        put(r, &r->cloud->launch_templates, "template", template_key(r, &t), t);
}

static void read_templates(struct reader *r)
{
    each(r, read_template);
}

static void read_type(struct reader *r)
{
    struct cloud_instance_type t;
    if (cloud_take_type(&r->in, &t))
        put(r, &r->cloud->instance_types, "type", t.name, t);
}

static void read_types(struct reader *r)
{
    each(r, read_type);
}

static void read_instance(struct reader *r)
{
    struct cloud_instance i;
    if (cloud_take_instance(&r->in, &i))
        put(r, &r->cloud->instances, "instance", i.id, i);
}

static void read_reservation(struct reader *r)
{
    struct sv key;
    if (!pull_map(&r->in.pull))
        return;
    while (pull_key(&r->in.pull, &key))
        if (sv_is(key, "Instances"))
            each(r, read_instance);
        else
            pull_skip(&r->in.pull);
}

static void read_reservations(struct reader *r)
{
    each(r, read_reservation);
}

/* ---- elbv2 describe-target-groups, -attributes, -health ---- */

/* The last but one part of arn:aws:elasticloadbalancing:REGION:ACCOUNT:targetgroup/NAME/ID. */
static const char *name_of_arn(struct reader *r, const char *arn)
{
    struct sv rest = sv_of(arn), part = rest, name = rest;
    while (rest.ptr) {
        name = part;
        part = sv_split(&rest, '/');
    }
    return mem_must(arena_dup(r->in.arena, name));
}

static struct cloud_target_group *target_group(struct reader *r, const char *arn)
{
    size_t at = place(r, "target-group", arn, r->cloud->target_groups.len);
    if (at == r->cloud->target_groups.len) {
        struct cloud_target_group g = {
            .arn = arn,
            .name = name_of_arn(r, arn),
            .deregistration_delay_s = DEREGISTRATION_DELAY_S,
            .health_interval_s = HEALTH_INTERVAL_S,
            .healthy_threshold = HEALTHY_THRESHOLD,
        };
        must_push(&r->cloud->target_groups, g);
    }
    return &r->cloud->target_groups.items[at];
}

#define TARGET(key, take, member) CLOUD_FIELD(key, take, struct cloud_target_group, member)
/* Attributes and health come in answers of their own: what they said stays. */
static void read_target_group(struct reader *r)
{
    static const struct cloud_field fields[] = {
        TARGET("TargetGroupArn", cloud_take_text, arn),
        TARGET("TargetGroupName", cloud_take_text, name),
        TARGET("TargetType", cloud_take_text, target_type),
        TARGET("Port", cloud_take_i32, port),
        TARGET("HealthCheckIntervalSeconds", cloud_take_i32, health_interval_s),
        TARGET("HealthyThresholdCount", cloud_take_i32, healthy_threshold),
        CLOUD_FIELDS_END,
    };
    struct cloud_target_group said = {.health_interval_s = HEALTH_INTERVAL_S,
                                      .healthy_threshold = HEALTHY_THRESHOLD};
    if (!cloud_take_fields(&r->in, fields, &said) || !said.arn)
        return;
    struct cloud_target_group *g = target_group(r, said.arn);
    if (said.name)
        g->name = said.name;
    g->target_type = said.target_type;
    g->port = said.port;
    g->health_interval_s = said.health_interval_s;
    g->healthy_threshold = said.healthy_threshold;
}

static void read_target_groups(struct reader *r)
{
    each(r, read_target_group);
}

static bool named(struct reader *r)
{
    if (r->arn)
        return true;
    r->no_arn = true;
    pull_skip(&r->in.pull);
    return false;
}

static void read_attribute(struct reader *r)
{
    struct attribute {
        const char *key;
        int32_t value;
    } a = {.value = -1};
    static const struct cloud_field fields[] = {
        CLOUD_FIELD("Key", cloud_take_text, struct attribute, key),
        CLOUD_FIELD("Value", cloud_take_i32, struct attribute, value),
        CLOUD_FIELDS_END,
    };
    if (!cloud_take_fields(&r->in, fields, &a) || !a.key || a.value < 0)
        return;
    struct cloud_target_group *g = target_group(r, r->arn);
    if (strcmp(a.key, "deregistration_delay.timeout_seconds") == 0)
        g->deregistration_delay_s = a.value;
    else if (strcmp(a.key, "slow_start.duration_seconds") == 0)
        g->slow_start_s = a.value;
}

static void read_attributes(struct reader *r)
{
    if (named(r))
        each(r, read_attribute);
}

static void read_health_of_target(struct reader *r)
{
    struct target {
        const char *state;
    } t = {0};
    static const struct cloud_field health[] = {
        CLOUD_FIELD("State", cloud_take_text, struct target, state), CLOUD_FIELDS_END};
    static const struct cloud_field fields[] = {CLOUD_INNER("TargetHealth", health),
                                                CLOUD_FIELDS_END};
    if (!cloud_take_fields(&r->in, fields, &t))
        return;
    struct cloud_target_group *g = target_group(r, r->arn);
    g->targets++;
    g->healthy += t.state && strcmp(t.state, "healthy") == 0;
}

static void read_health(struct reader *r)
{
    if (!named(r))
        return;
    struct cloud_target_group *g = target_group(r, r->arn);
    g->targets = g->healthy = 0;
    each(r, read_health_of_target);
}

/* ---- an answer ---- */

static const struct {
    const char *key;
    void (*read)(struct reader *r);
} parts[] = {
    {"nodegroup", read_group},
    {"nodegroups", read_groups},
    {"Subnets", read_subnets},
    {"LaunchTemplateVersions", read_templates},
    {"InstanceTypes", read_types},
    {"Reservations", read_reservations},
    {"TargetGroups", read_target_groups},
    {"Attributes", read_attributes},
    {"TargetHealthDescriptions", read_health},
};

static size_t part_of(struct sv key)
{
    size_t i = 0;
    while (i < ARRAY_LEN(parts) && !sv_is(key, parts[i].key))
        i++;
    return i;
}

static void read_part(struct reader *r, struct sv key)
{
    size_t i = part_of(key);
    if (i == ARRAY_LEN(parts)) {
        pull_skip(&r->in.pull);
        return;
    }
    r->known++;
    parts[i].read(r);
}

bool cloud_is(struct sv text)
{
    struct pull p;
    struct sv key;
    pull_init(&p, text, NULL);
    if (pull_peek(&p) == PULL_SEQ && !(pull_seq(&p) && pull_item(&p)))
        return false;
    if (!pull_map(&p))
        return false;
    while (pull_key(&p, &key)) {
        if (part_of(key) < ARRAY_LEN(parts) || sv_is(key, "TargetGroupArn"))
            return true;
        if (sv_is(key, "apiVersion") || sv_is(key, "kind") || sv_is(key, "items"))
            return false;
        pull_skip(&p);
    }
    return false;
}

/* One map as a command prints it. The name of a target group may stand behind what is said of it.
 */
static void read_answer(struct reader *r)
{
    struct sv raw, key;
    if (!pull_raw(&r->in.pull, &raw))
        return;
    struct pull outer = r->in.pull;
    static const struct cloud_field arn[] = {{"TargetGroupArn", cloud_take_text, 0, NULL},
                                             CLOUD_FIELDS_END};
    r->arn = NULL;
    pull_init(&r->in.pull, raw, r->in.arena);
    cloud_take_fields(&r->in, arn, &r->arn);
    pull_init(&r->in.pull, raw, r->in.arena);
    if (pull_map(&r->in.pull))
        while (pull_key(&r->in.pull, &key))
            read_part(r, key);
    r->in.pull = outer;
}

static void read_answers(struct reader *r)
{
    enum pull_type type;
    while ((type = pull_peek(&r->in.pull)) != PULL_END)
        if (type == PULL_SEQ)
            each(r, read_answer);
        else
            read_answer(r);
}

static int judge(const struct reader *r, const char *name, struct err *err)
{
    if (!pull_ok(&r->in.pull)) {
        pull_error(&r->in.pull, name, err);
        return err_hint(err, "Let awscli write it with --output json.");
    }
    if (r->no_arn) {
        err_set(err, ERR_INPUT,
                "%s: attributes or health of a target group without its TargetGroupArn", name);
        return err_hint(err, "Add it where awscli writes them: --query "
                             "\"{TargetGroupArn: '$arn', Attributes: Attributes}\"");
    }
    if (!r->known) {
        err_set(err, ERR_INPUT,
                "%s: nothing that describes node groups, subnets, launch templates, instances, "
                "instance types or target groups",
                name);
        return err_hint(err, "docs/format/cloud.md names the commands whose output is read.");
    }
    return 0;
}

static void remember(struct reader *r)
{
    struct cloud *c = r->cloud;
    for (size_t i = 0; i < c->groups.len; i++)
        place(r, "group", c->groups.items[i].name, i);
    for (size_t i = 0; i < c->subnets.len; i++)
        place(r, "subnet", c->subnets.items[i].id, i);
    for (size_t i = 0; i < c->launch_templates.len; i++)
        place(r, "template", template_key(r, &c->launch_templates.items[i]), i);
    for (size_t i = 0; i < c->instance_types.len; i++)
        place(r, "type", c->instance_types.items[i].name, i);
    for (size_t i = 0; i < c->instances.len; i++)
        place(r, "instance", c->instances.items[i].id, i);
    for (size_t i = 0; i < c->target_groups.len; i++)
        place(r, "target-group", c->target_groups.items[i].arn, i);
}

int cloud_read(struct cloud *c, const char *name, struct sv text, struct err *err)
{
    struct reader r = {.cloud = c, .in = {.arena = &c->arena}};
    remember(&r);
    pull_init(&r.in.pull, text, &c->arena);
    read_answers(&r);
    map_release(&r.places);
    return judge(&r, name, err);
}
