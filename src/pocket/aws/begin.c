#include "pocket/aws/begin.h"

#include "base/base64.h"
#include "base/must.h"
#include "pocket/address.h"
#include "pocket/aws/images.h"
#include "pocket/aws/machines.h"
#include "world/instance.h"

#define DAY_S 86400

struct sv begin_text_of(const struct account *a, uint32_t id)
{
    return strings_get(&a->world->strings, id);
}

const char *begin_keep_sv(struct account *a, struct sv text)
{
    return text.len ? mem_must(arena_dup(&a->arena, text)) : NULL;
}

void begin_add_text(struct account *a, struct shape_texts *to, const char *text)
{
    if (!shape_has(to, text))
        *(const char **)shape_list_add(to, sizeof text, &a->arena) = account_keep(a, text);
}

/* --- subnets ------------------------------------------------------------------------------- */

static void parse_cidr(struct account_subnet *s)
{
    unsigned a, b, c, d, bits;
    if (!s->cidr || sscanf(s->cidr, "%u.%u.%u.%u/%u", &a, &b, &c, &d, &bits) != 5 || bits < 8 ||
        bits > 28)
        return;
    s->base = a << 24 | b << 16 | c << 8 | d;
    s->bits = bits;
}

static struct account_subnet *add_subnet(struct account *a, const char *id, const char *zone,
                                         const char *cidr)
{
    struct account_subnet *s = mem_must(arena_new(&a->arena, struct account_subnet));
    size_t zone_len = strlen(zone);
    *s = (struct account_subnet){
        .id = id ? account_keep(a, id) : account_make_id(a, "subnet-"),
        .zone = account_keep(a, zone),
        .vpc = a->vpc,
        .cidr = account_keep(a, cidr),
        .bits = 20,
        .next = 4,
    };
    s->arn = account_arn(a, "ec2", "subnet/%s", s->id);
    s->zone_id = mem_must(
        arena_fmt(&a->arena, "%.3s1-az%d", zone, zone_len ? zone[zone_len - 1] - 'a' + 1 : 1));
    parse_cidr(s);
    account_set_tag(a, &s->tags, "kubernetes.io/role/internal-elb", "1");
    must_push(&a->subnets, s);
    return s;
}

struct account_subnet *begin_subnet_of_zone(const struct account *a, struct sv zone)
{
    vec_foreach(s, &a->subnets)
        if (sv_is(zone, (*s)->zone))
            return *s;
    return NULL;
}

/* A zone without a subnet gets one; an account without a zone gets three. */
static struct account_subnet *need_subnet(struct account *a, struct sv zone)
{
    char cidr[32];
    struct account_subnet *s = begin_subnet_of_zone(a, zone);
    if (s)
        return s;
    snprintf(cidr, sizeof cidr, "10.0.%u.0/18", 64 * (unsigned)a->subnets.len % 256);
    return add_subnet(a, NULL, begin_keep_sv(a, zone), cidr);
}

static int by_id(const void *x, const void *y)
{
    struct account_subnet *const *a = x, *const *b = y;
    return strcmp((*a)->id, (*b)->id);
}

static void begin_subnets(struct account *a)
{
    vec_foreach(s, &a->cloud->subnets)
        add_subnet(a, s->id, s->zone ? s->zone : "", s->cidr ? s->cidr : "10.0.0.0/20");
    begin_each_node(a, n) if (n->zone) need_subnet(a, begin_text_of(a, n->zone));
    for (char zone = 'a'; a->subnets.len < 2 && zone < 'd'; zone++) {
        char name[64];
        snprintf(name, sizeof name, "%s%c", a->region, zone);
        need_subnet(a, sv_of(name));
    }
    qsort(a->subnets.items, a->subnets.len, sizeof *a->subnets.items, by_id);
}

/* What AWS said is free, less what our instances explain. */
static void settle_addresses(struct account *a)
{
    vec_foreach(s, &a->cloud->subnets) {
        struct account_subnet *mine = account_find_subnet(a, s->id);
        int64_t free_now = account_free_ips(a, mine);
        mine->taken_apart = (int32_t)(free_now - s->free_ips);
    }
}

/* --- launch templates ---------------------------------------------------------------------- */

static struct ec2_template_data data_of(struct account *a, const struct cloud_launch_template *c)
{
    static const char *const names[] = {"/dev/xvda", "/dev/xvdb", "/dev/xvdc", "/dev/xvdd"};
    struct ec2_template_data d = {.image = c->image, .instance_type = c->instance_type};
    for (uint32_t i = 0; i < c->block_devices && i < ARRAY_LEN(names); i++)
        *(struct ec2_template_device *)shape_list_add(
            &d.devices, sizeof(struct ec2_template_device), &a->arena) =
            (struct ec2_template_device){.device = names[i],
                                         .ebs = {.type = "gp3",
                                                 .gib = shape_int(i ? 80 : 20),
                                                 .delete_on_termination = SHAPE_YES}};
    return d;
}

static void begin_template(struct account *a, const struct cloud_launch_template *c)
{
    const struct ec2_template_data data = data_of(a, c);
    struct account_template *t = account_find_template(a, c->id, NULL);
    struct account_template_version *v;
    uint64_t number;
    if (t) {
        v = account_add_version(a, t, &data, NULL);
    } else {
        t = account_add_template(a, c->name ? c->name : c->id, &data);
        t->id = account_keep(a, c->id);
        v = &t->versions.items[0];
    }
    if (c->version && sv_to_u64(sv_of(c->version), &number) && number)
        v->number = (int64_t)number;
    if (t->versions.len == 1)
        t->default_version = v->number;
}

/* --- instances ----------------------------------------------------------------------------- */

/* "aws:///eu-west-1a/i-0abc" */
static const char *id_of(struct account *a, const struct world_node *n)
{
    struct sv text = begin_text_of(a, n->provider_id);
    const char *at = text.len ? sv_find(text, "/i-") : NULL;
    if (!at)
        return account_make_id(a, "i-");
    return begin_keep_sv(a, sv_n(at + 1, (size_t)(text.ptr + text.len - at - 1)));
}

static struct account_subnet *subnet_of(struct account *a, const struct world_node *n,
                                        const char *id)
{
    vec_foreach(c, &a->cloud->instances)
        if (c->subnet && strcmp(c->id, id) == 0 && account_find_subnet(a, c->subnet))
            return account_find_subnet(a, c->subnet);
    struct account_subnet *s = n->zone ? begin_subnet_of_zone(a, begin_text_of(a, n->zone)) : NULL;
    return s ? s : a->subnets.items[0];
}

static void begin_instance(struct account *a, uint32_t index)
{
    const struct world_node *n = &a->world->nodes.items[index];
    const char *name = begin_label_of(a, n, "eks.amazonaws.com/nodegroup"), *id = id_of(a, n);
    const struct account_group *g = name ? account_find_group(a, name) : NULL;
    const struct instance_type *type = instance_find(begin_text_of(a, n->instance_type));
    struct account_instance *i = mem_must(arena_new(&a->arena, struct account_instance));
    char ip[ADDRESS_TEXT_MAX];
    *i = (struct account_instance){
        .id = id,
        .type =
            n->instance_type ? begin_keep_sv(a, begin_text_of(a, n->instance_type)) : "m5.large",
        .image = images_id(a, g ? &g->spec : NULL),
        .arch = type && strcmp(type->arch, "arm64") == 0 ? "arm64" : "x86_64",
        .node = begin_keep_sv(a, begin_text_of(a, n->name)),
        .ip = account_keep(a, address_of_node_named(begin_text_of(a, n->name), index, ip)),
        .interface_id = account_make_id(a, "eni-"),
        .root_volume = account_make_id(a, "vol-"),
        .subnet = subnet_of(a, n, id),
        .asg = g ? g->asg : NULL,
        .state = ACCOUNT_RUNNING,
        .has_node = true,
        .spot = g && strcmp(g->spec.capacity_type, "SPOT") == 0,
        .launched = n->created ? n->created : a->start - DAY_S,
        .changes_ms = INT64_MAX,
    };
    if (i->asg) {
        i->template = i->asg->template;
        i->template_version = i->asg->template_version;
        i->tags = account_keep_pairs(a, &i->asg->tags);
        account_set_tag(a, &i->tags, "aws:autoscaling:groupName", i->asg->name);
    }
    must_push(&a->instances, i);
}

/* --- the cluster --------------------------------------------------------------------------- */

static void begin_cluster(struct account *a, const struct pocket_aws_options *o)
{
    struct eks_cluster *c = &a->cluster;
    _cleanup_str_ struct str ca = {0};
    base64_encode(o->ca, &ca);
    *c = (struct eks_cluster){
        .name = account_keep(a, o->cluster),
        .version = account_keep(a, o->version),
        .endpoint = account_keep(a, o->server),
        .certificate = account_keep(a, str_c(&ca)),
        .status = "ACTIVE",
        .platform_version = "eks.12",
        .vpc = a->vpc,
        .security_group = account_make_id(a, "sg-"),
        .service_cidr = "172.20.0.0/16",
        .ip_family = "ipv4",
        .authentication = "API_AND_CONFIG_MAP",
        .support = "EXTENDED",
        .created = a->start - 90 * DAY_S,
    };
    c->arn = account_arn(a, "eks", "cluster/%s", c->name);
    c->role = account_arn(a, "iam", "role/%s-cluster", c->name);
    c->issuer = mem_must(arena_fmt(&a->arena, "https://oidc.eks.%s.amazonaws.com/id/%s", a->region,
                                   account_make_id(a, "") + 1));
    a->node_role = account_arn(a, "iam", "role/%s-node", c->name);
}

void begin_account(struct account *a, const struct pocket_aws_options *o)
{
    a->vpc = account_make_id(a, "vpc-");
    begin_cluster(a, o);
    begin_subnets(a);
    vec_foreach(s, &a->subnets)
        begin_add_text(a, &a->cluster.subnets, (*s)->id);
    vec_foreach(t, &a->cloud->launch_templates)
        begin_template(a, t);
    begin_groups(a);
    begin_asgs(a);
    for (uint32_t i = 0; i < a->world->nodes.len; i++)
        if (a->world->nodes.items[i].used)
            begin_instance(a, i);
    settle_addresses(a);
}
