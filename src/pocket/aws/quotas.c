#include "pocket/aws/quotas.h"

#include "base/must.h"
#include "pocket/aws/service.h"
#include "world/instance.h"

struct row {
    const char *service, *code, *name;
    double value, initial; /* applied, and AWS's default */
};
/* Names and defaults as Service Quotas tells them; an account that runs a platform has had its
 * vCPUs raised. */
static const struct row rows[] = {
    {"ec2", "L-1216C47A", "Running On-Demand Standard (A, C, D, H, I, M, R, T, Z) instances", 20000,
     5},
    {"ec2", "L-34B43A08", "All Standard (A, C, D, H, I, M, R, T, Z) Spot Instance Requests", 20000,
     5},
    {"ec2", "L-DB2E81BA", "Running On-Demand G and VT instances", 256, 0},
    {"ec2", "L-3819A6DF", "All G and VT Spot Instance Requests", 256, 0},
    {"ec2", "L-417A185B", "Running On-Demand P instances", 192, 0},
    {"ec2", "L-1945791B", "Running On-Demand Inf instances", 96, 0},
    {"ec2", "L-2C3B7624", "Running On-Demand Trn instances", 96, 0},
    {"ec2", "L-43DA4232", "Running On-Demand High Memory instances", 448, 0},
    {"ec2", "L-7295265B", "Running On-Demand X instances", 256, 0},
    {"ec2", "L-74FC7D96", "Running On-Demand F instances", 128, 0},
    {"eks", "L-1194D53C", "Clusters", 100, 100},
    {"eks", "L-6D54EA21", "Managed node groups per cluster", 30, 30},
    {"eks", "L-BD136A63", "Nodes per managed node group", 450, 450},
    {"elasticloadbalancing", "L-53DA6B97", "Application Load Balancers per Region", 50, 50},
    {"elasticloadbalancing", "L-69A177A2", "Network Load Balancers per Region", 50, 50},
    {"elasticloadbalancing", "L-B22855CB", "Target Groups per Region", 3000, 3000},
    {"autoscaling", "L-CDE20ADC", "Auto Scaling groups per region", 500, 500},
    {"autoscaling", "L-6B80B8FA", "Launch configurations per region", 200, 200},
};

static const struct row *find(const char *service, const char *code)
{
    for (size_t i = 0; i < ARRAY_LEN(rows); i++)
        if (strcmp(rows[i].code, code) == 0 && strcmp(rows[i].service, service) == 0)
            return &rows[i];
    return NULL;
}

/* "L-1216C47A:32" */
static bool told(const struct faults *f, const char *code, double *out)
{
    for (unsigned i = 0; i < f->quota.count; i++) {
        struct sv value = sv_of(f->quota.items[i]), name = sv_split(&value, ':');
        uint64_t n;
        if (sv_is(name, code) && sv_to_u64(value, &n)) {
            *out = (double)n;
            return true;
        }
    }
    return false;
}

double quotas_value(const struct account *a, const char *service, const char *code)
{
    const struct row *row = find(service, code);
    double value;
    if (!row)
        return -1;
    return told(a->faults, code, &value) ? value : row->value;
}

/* --- vCPUs --------------------------------------------------------------------------------- */

/* The quota that a type counts against. */
static const char *bucket_of(const char *type, bool spot)
{
    size_t letters = strspn(type, "abcdefghijklmnopqrstuvwxyz");
    struct sv family = sv_n(type, letters);
    if (sv_is(family, "g") || sv_is(family, "gr") || sv_is(family, "vt"))
        return spot ? "L-3819A6DF" : "L-DB2E81BA";
    if (sv_is(family, "p"))
        return "L-417A185B";
    if (sv_is(family, "inf"))
        return "L-1945791B";
    if (sv_is(family, "trn"))
        return "L-2C3B7624";
    if (sv_is(family, "x"))
        return "L-7295265B";
    if (sv_is(family, "f"))
        return "L-74FC7D96";
    return spot ? "L-34B43A08" : "L-1216C47A";
}

static uint32_t vcpus_of(const struct account *a, const char *type)
{
    struct instance_type t;
    return instance_lookup(a->cloud, sv_of(type), &t) ? t.vcpu : 2;
}

const char *quotas_refuse(struct account *a, const char *type, bool spot)
{
    const char *bucket = bucket_of(type, spot);
    double limit = quotas_value(a, "ec2", bucket), used = 0;
    vec_foreach(i, &a->instances)
        if (account_is_live(*i) && (*i)->spot == spot &&
            strcmp(bucket_of((*i)->type, spot), bucket) == 0)
            used += vcpus_of(a, (*i)->type);
    if (used + vcpus_of(a, type) <= limit)
        return NULL;
    return mem_must(arena_fmt(
        &a->arena,
        "You have requested more vCPU capacity than your current vCPU limit of %.0f allows for the "
        "instance bucket that the specified instance type belongs to. Please visit "
        "http://aws.amazon.com/contact-us/ec2-request to request an adjustment to this limit.",
        limit));
}

/* --- the service --------------------------------------------------------------------------- */

struct ask {
    const char *service, *code;
};
static const struct shape_field ask_fields[] = {
    SHAPE_MUST(struct ask, SHAPE_TEXT, "ServiceCode", service),
    SHAPE_MUST(struct ask, SHAPE_TEXT, "QuotaCode", code),
};
static const struct shape in_ask = SHAPE(struct ask, ask_fields);

struct quota_told {
    const char *service, *service_name, *arn, *code, *name, *unit;
    struct shape_number value;
    enum shape_flag adjustable, global;
};
#define TOLD(kind, name, member) SHAPE_FIELD(struct quota_told, kind, name, member)
static const struct shape_field told_fields[] = {
    TOLD(SHAPE_TEXT, "ServiceCode", service), TOLD(SHAPE_TEXT, "ServiceName", service_name),
    TOLD(SHAPE_TEXT, "QuotaArn", arn),        TOLD(SHAPE_TEXT, "QuotaCode", code),
    TOLD(SHAPE_TEXT, "QuotaName", name),      TOLD(SHAPE_NUMBER, "Value", value),
    TOLD(SHAPE_TEXT, "Unit", unit),           TOLD(SHAPE_BOOL, "Adjustable", adjustable),
    TOLD(SHAPE_BOOL, "GlobalQuota", global),
};
static const struct shape told_shape = SHAPE(struct quota_told, told_fields);
static const struct shape_field one_fields[] = {
    {.name = "Quota", .kind = SHAPE_STRUCT, .offset = 0, .of = &told_shape},
};
static const struct shape out_one = SHAPE(struct quota_told, one_fields);

static const char *service_name(const char *code)
{
    return strcmp(code, "ec2") == 0           ? "Amazon Elastic Compute Cloud (Amazon EC2)"
           : strcmp(code, "eks") == 0         ? "Amazon Elastic Kubernetes Service (Amazon EKS)"
           : strcmp(code, "autoscaling") == 0 ? "Amazon EC2 Auto Scaling"
                                              : "Elastic Load Balancing (ELB)";
}

static struct quota_told tell(struct service_call *c, const struct row *row, double value)
{
    return (struct quota_told){
        .service = row->service,
        .service_name = service_name(row->service),
        .arn =
            mem_must(arena_fmt(c->arena, "arn:%s:servicequotas:%s:%s:%s/%s", c->account->partition,
                               c->account->region, c->account->id, row->service, row->code)),
        .code = row->code,
        .name = row->name,
        .unit = "None",
        .value = {true, value},
        .adjustable = SHAPE_YES,
        .global = SHAPE_NO,
    };
}

static int get(struct service_call *c, bool initial)
{
    const struct ask *ask = c->in;
    const struct row *row = find(ask->service, ask->code);
    if (!row)
        return service_refuse(c, 400, "NoSuchResourceException",
                              "The request failed because the specified quota does not exist.");
    double value = initial ? row->initial : quotas_value(c->account, ask->service, ask->code);
    *(struct quota_told *)c->out = tell(c, row, value);
    return 0;
}

static int get_quota(struct service_call *c)
{
    return get(c, false);
}

static int get_default(struct service_call *c)
{
    return get(c, true);
}

struct list_ask {
    const char *service, *token;
    struct shape_int most;
};
static const struct shape_field list_fields[] = {
    SHAPE_MUST(struct list_ask, SHAPE_TEXT, "ServiceCode", service),
    SHAPE_FIELD(struct list_ask, SHAPE_TEXT, "NextToken", token),
    SHAPE_FIELD(struct list_ask, SHAPE_INT, "MaxResults", most),
};
static const struct shape in_list = SHAPE(struct list_ask, list_fields);
struct list_told {
    SHAPE_LIST(struct quota_told) quotas;
    const char *token;
};
static const struct shape_field list_told_fields[] = {
    SHAPE_OF(struct list_told, SHAPE_STRUCTS, "Quotas", quotas, &told_shape),
    SHAPE_FIELD(struct list_told, SHAPE_TEXT, "NextToken", token),
};
static const struct shape out_list = SHAPE(struct list_told, list_told_fields);
static const struct service_pages list_pages = {
    .asked_most = offsetof(struct list_ask, most),
    .asked_token = offsetof(struct list_ask, token),
    .list = offsetof(struct list_told, quotas),
    .item = sizeof(struct quota_told),
    .token = offsetof(struct list_told, token),
    .most = 100,
};

static int list_quotas(struct service_call *c)
{
    const struct list_ask *ask = c->in;
    struct list_told *out = c->out;
    for (size_t i = 0; i < ARRAY_LEN(rows); i++)
        if (strcmp(rows[i].service, ask->service) == 0)
            *(struct quota_told *)shape_list_add(&out->quotas, sizeof(struct quota_told),
                                                 c->arena) =
                tell(c, &rows[i], quotas_value(c->account, ask->service, rows[i].code));
    return out->quotas.count ? 0
                             : service_refuse(c, 400, "NoSuchResourceException",
                                              "The request failed because the specified service "
                                              "does not exist.");
}

static const struct service_action actions[] = {
    {.name = "GetServiceQuota", .in = &in_ask, .out = &out_one, .run = get_quota},
    {.name = "GetAWSDefaultServiceQuota", .in = &in_ask, .out = &out_one, .run = get_default},
    {.name = "ListServiceQuotas",
     .in = &in_list,
     .out = &out_list,
     .pages = &list_pages,
     .run = list_quotas},
};
const struct service service_quotas = {
    .api = &aws_service_service_quotas,
    .actions = actions,
    .action_count = ARRAY_LEN(actions),
};
