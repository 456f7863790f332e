/* AWS's side. Its texts are C strings of its own arena, written where they stand. */
#include "base/must.h"
#include "world/codec.h"

struct cloud_coding {
    struct codec *c;
    struct cloud *cloud;
};

static void *room(struct cloud_coding *k, size_t count, size_t size)
{
    return codec_room_in(k->c, &k->cloud->arena, count, size);
}

/* 0: NULL; else the length plus one, then the bytes. */
static void code_string(struct cloud_coding *k, const char **text)
{
    struct codec *c = k->c;
    uint64_t len = codec_reads(c) || !*text ? 0 : strlen(*text) + 1;
    code_u64(c, &len);
    if (!codec_reads(c)) {
        str_adds(c->out, *text ? *text : "");
        return;
    }
    if (len && len - 1 > (size_t)(c->end - c->at))
        codec_fail(c, "%s: a text of %llu bytes ends too early", c->field,
                   (unsigned long long)len - 1);
    char *copy = len ? room(k, len, 1) : NULL;
    if (copy) {
        memcpy(copy, c->at, len - 1);
        c->at += len - 1;
    }
    *text = copy;
}

static void check_there(struct codec *c, const char *text)
{
    if (codec_reads(c) && !text)
        codec_fail(c, "%s: is not there", c->field);
}

#define STRING(x) (k->c->field = #x, code_string(k, &(x)))
/* Names are compared: never NULL. */
#define NAME(x) (STRING(x), check_there(k->c, (x)))
#define NUMBER(x) (k->c->field = #x, code_i32(k->c, &(x)))

/* Each of them is there. */
static void code_strings(struct cloud_coding *k, const char *const **texts, uint32_t *len)
{
    *len = code_length(k->c, *len);
    const char **items = codec_reads(k->c) ? room(k, *len, sizeof *items) : (const char **)*texts;
    for (uint32_t i = 0; items && i < *len && codec_ok(k->c); i++)
        NAME(items[i]);
    *texts = items;
}

#define STRINGS(items, len) (k->c->field = #items, code_strings(k, &(items), &(len)))

static void code_pairs(struct cloud_coding *k, struct cloud_group *g)
{
    k->c->field = "g->labels";
    g->label_count = code_length(k->c, g->label_count);
    struct cloud_pair *items =
        codec_reads(k->c) ? room(k, g->label_count, sizeof *items) : (struct cloud_pair *)g->labels;
    for (uint32_t i = 0; items && i < g->label_count && codec_ok(k->c); i++) {
        NAME(items[i].key);
        code_string(k, &items[i].value);
    }
    g->labels = items;
}

static void code_taints(struct cloud_coding *k, struct cloud_group *g)
{
    k->c->field = "g->taints";
    g->taint_count = code_length(k->c, g->taint_count);
    struct cloud_taint *items = codec_reads(k->c) ? room(k, g->taint_count, sizeof *items)
                                                  : (struct cloud_taint *)g->taints;
    for (uint32_t i = 0; items && i < g->taint_count && codec_ok(k->c); i++) {
        NAME(items[i].key);
        code_string(k, &items[i].value);
        code_string(k, &items[i].effect);
    }
    g->taints = items;
}

static void code_group(struct cloud_coding *k, void *group)
{
    struct cloud_group *g = group;
    NAME(g->name);
    STRING(g->cluster);
    STRING(g->status);
    STRING(g->ami_type);
    STRING(g->release);
    STRING(g->version);
    STRING(g->capacity_type);
    STRING(g->launch_template);
    STRING(g->launch_template_version);
    STRINGS(g->instance_types, g->instance_type_count);
    NUMBER(g->min);
    NUMBER(g->max);
    NUMBER(g->desired);
    NUMBER(g->max_unavailable);
    NUMBER(g->max_unavailable_percent);
    STRINGS(g->subnets, g->subnet_count);
    STRINGS(g->autoscaling_groups, g->autoscaling_group_count);
    code_pairs(k, g);
    code_taints(k, g);
}

static void code_subnet(struct cloud_coding *k, void *subnet)
{
    struct cloud_subnet *s = subnet;
    NAME(s->id);
    STRING(s->zone);
    STRING(s->cidr);
    NUMBER(s->free_ips);
}

static void code_launch_template(struct cloud_coding *k, void *launch_template)
{
    struct cloud_launch_template *t = launch_template;
    STRING(t->id);
    STRING(t->name);
    STRING(t->version);
    STRING(t->image);
    STRING(t->instance_type);
    code_u32(k->c, &t->block_devices);
}

static void code_instance_type(struct cloud_coding *k, void *instance_type)
{
    struct cloud_instance_type *t = instance_type;
    NAME(t->name);
    NUMBER(t->vcpus);
    NUMBER(t->enis);
    NUMBER(t->ips_per_eni);
    k->c->field = "t->memory_mib";
    code_amount(k->c, &t->memory_mib);
}

static void code_instance(struct cloud_coding *k, void *instance)
{
    struct cloud_instance *i = instance;
    NAME(i->id);
    STRING(i->type);
    STRING(i->subnet);
    STRING(i->zone);
    STRING(i->group);
}

static void code_target_group(struct cloud_coding *k, void *target_group)
{
    struct cloud_target_group *t = target_group;
    NAME(t->arn);
    STRING(t->name);
    STRING(t->target_type);
    NUMBER(t->port);
    NUMBER(t->deregistration_delay_s);
    NUMBER(t->slow_start_s);
    NUMBER(t->health_interval_s);
    NUMBER(t->healthy_threshold);
    code_u32(k->c, &t->targets);
    code_u32(k->c, &t->healthy);
}

/* A vector of the cloud: how many, then each. Names are not told apart here: the order is that of
 * the cloud, which does not depend on the order of loading. */
#define CODE_LIST(list, one)                                                                       \
    do {                                                                                           \
        k->c->field = #list;                                                                       \
        uint32_t len_ = code_length(k->c, (uint32_t)(list).len);                                   \
        for (uint32_t i_ = 0; i_ < len_ && codec_ok(k->c); i_++) {                                 \
            __typeof__(*(list).items) item_ = {0};                                                 \
            if (!codec_reads(k->c))                                                                \
                item_ = (list).items[i_];                                                          \
            one(k, &item_);                                                                        \
            if (codec_reads(k->c))                                                                 \
                mem_must(vec_push(&(list), item_));                                                \
        }                                                                                          \
    } while (0)

void code_cloud(struct codec *c, struct cloud *cloud)
{
    struct cloud_coding coding = {.c = c, .cloud = cloud}, *k = &coding;
    CODE_LIST(cloud->groups, code_group);
    CODE_LIST(cloud->subnets, code_subnet);
    CODE_LIST(cloud->launch_templates, code_launch_template);
    CODE_LIST(cloud->instance_types, code_instance_type);
    CODE_LIST(cloud->instances, code_instance);
    CODE_LIST(cloud->target_groups, code_target_group);
}
