#include "pocket/aws.h"

#include "base/must.h"
#include "pocket/aws/asg.h"
#include "pocket/aws/begin.h"
#include "pocket/aws/eventbridge.h"
#include "pocket/aws/machines.h"
#include "pocket/aws/request.h"

static const struct service *const services[] = {
    &service_autoscaling, &service_dynamodb, &service_ec2, &service_eks, &service_elbv2,
    &service_quotas,      &service_sqs,      &service_ssm, &service_sts,
};

struct pocket_aws {
    struct account account;
    struct cloud no_cloud;
    struct faults no_faults;
};

#define each_service(s)                                                                            \
    for (const struct service *const *s = services; s < services + ARRAY_LEN(services); s++)

/* --- life ---------------------------------------------------------------------------------- */

static const char *partition_of(const char *region)
{
    return strncmp(region, "cn-", 3) == 0       ? "aws-cn"
           : strncmp(region, "us-gov-", 7) == 0 ? "aws-us-gov"
                                                : "aws";
}

struct pocket_aws *pocket_aws_new(const struct pocket_aws_options *o)
{
    struct pocket_aws *p = mem_must(calloc(1, sizeof *p));
    struct account *a = &p->account;
    a->id = account_keep(a, o->account ? o->account : "111122223333");
    a->region = account_keep(a, o->region);
    a->partition = partition_of(a->region);
    a->world = o->world;
    a->cloud = o->cloud ? o->cloud : &p->no_cloud;
    a->life = o->life;
    a->faults = o->faults ? o->faults : &p->no_faults;
    a->plane = o->plane;
    a->dice = o->seed ^ UINT64_C(0x6177732d73696465);
    a->start = o->world->taken;
    begin_account(a, o);
    for (unsigned i = 0; i < a->faults->stuck.count; i++)
        pocket_life_hold_volume(a->life, sv_of(a->faults->stuck.items[i]), a->faults->stuck_ms[i]);
    each_service(s) if ((*s)->begin)(*s)->begin(a);
    eventbridge_begin(a);
    return p;
}

void pocket_aws_free(struct pocket_aws *p)
{
    if (!p)
        return;
    struct account *a = &p->account;
    each_service(s) if ((*s)->release)(*s)->release(a);
    eventbridge_release(a);
    vec_foreach(g, &a->asgs)
        vec_release(&(*g)->subnets);
    vec_foreach(t, &a->templates)
        vec_release(&(*t)->versions);
    vec_release(&a->groups);
    vec_release(&a->updates);
    vec_release(&a->asgs);
    vec_release(&a->instances);
    vec_release(&a->templates);
    vec_release(&a->subnets);
    arena_release(&a->arena);
    free(p);
}

struct account *pocket_aws_account(struct pocket_aws *p)
{
    return &p->account;
}

/* --- time ---------------------------------------------------------------------------------- */

void pocket_aws_run(struct pocket_aws *p, int64_t now_ms)
{
    struct account *a = &p->account;
    a->now_ms = now_ms;
    eventbridge_run(a);
    machines_run(a);
    asg_run(a);
    each_service(s) if ((*s)->run)(*s)->run(a);
}

int64_t pocket_aws_next(const struct pocket_aws *p)
{
    const struct account *a = &p->account;
    int64_t next = machines_next(a), at = asg_next(a);
    next = at < next ? at : next;
    at = eventbridge_next(a);
    next = at < next ? at : next;
    each_service(s)
    {
        at = (*s)->next ? (*s)->next(a) : INT64_MAX;
        next = at < next ? at : next;
    }
    return next;
}

/* --- requests ------------------------------------------------------------------------------ */

static const struct service *find_service(struct sv name)
{
    each_service(s) if (sv_is(name, (*s)->api->signing)) return *s;
    return NULL;
}

/* Only a web identity proves itself without a signature. */
static bool takes_unsigned(struct request *r)
{
    request_set_service(r, &service_sts);
    r->call.caller = "";
    return sv_is(shape_form_value(r->asked->body, "Action", &r->arena),
                 "AssumeRoleWithWebIdentity");
}

static int check_faults(struct request *r)
{
    struct account *a = r->account;
    const char *iam = r->action->iam ? r->action->iam : r->name;
    char action[160];
    if (faults_hit(a->faults, a->faults->throttle))
        return request_refuse(r, REQUEST_THROTTLED, NULL);
    snprintf(action, sizeof action, "%s:%s", r->service->api->iam, iam);
    if (!faults_name(&a->faults->deny, action))
        return 0;
    return request_refuse(
        r, REQUEST_DENIED,
        arena_fmt(&r->arena,
                  "User: %s is not authorized to perform: %s%s%s because no identity-based policy "
                  "allows the %s action",
                  r->call.caller, action, r->api->protocol == AWS_REST_JSON ? " on resource: " : "",
                  r->api->protocol == AWS_REST_JSON ? a->cluster.arn : "", action));
}

static void serve(struct request *r)
{
    if (!request_read_signer(r)) {
        if (!takes_unsigned(r)) {
            request_refuse(r, REQUEST_NO_KEYS, NULL);
            return;
        }
    } else {
        const struct service *s = find_service(r->signer.service);
        request_set_service(r, s ? s : &service_sts);
        if (!s) {
            request_refuse(r, REQUEST_BAD_SCOPE, "Credential should be scoped to correct service.");
            return;
        }
        if (request_check_signer(r) < 0)
            return;
    }
    if (request_find_action(r) < 0 || check_faults(r) < 0 || request_read_params(r) < 0 ||
        r->action->run(&r->call) < 0)
        return;
    request_cut_page(r);
}

static void begin_request(struct request *r, struct pocket_aws *p,
                          const struct pocket_aws_asked *asked)
{
    struct sv host = request_header(asked, "Host");
    r->account = &p->account;
    r->asked = asked;
    r->call = (struct service_call){
        .account = &p->account,
        .arena = &r->arena,
        .asked = asked->body,
        .host = mem_must(arena_dup(&r->arena, host.len ? host : SV("localhost"))),
        .path = mem_must(arena_dup(&r->arena, request_decode(&r->arena, asked->path))),
        .clock = asked->clock ? asked->clock : account_now(&p->account),
        .may_wait = asked->may_wait,
    };
    account_write_uuid(r->account, r->id);
}

/* A request that waits for its answer. */
struct pocket_aws_held {
    struct request request;
};

/* Keeps the request, or answers and frees it. */
static void hold_or_answer(struct pocket_aws_held *held, struct pocket_aws_answer *answer)
{
    struct request *r = &held->request;
    str_reset(&answer->headers);
    str_reset(&answer->body);
    answer->held = NULL;
    if (!r->call.code && r->call.wait_ms) {
        /* What the client sent is gone when this returns. */
        r->asked = NULL;
        r->call.asked = SV_NONE;
        answer->held = held;
        answer->wait_ms = r->call.wait_ms;
        return;
    }
    request_answer(r, answer);
    pocket_aws_held_free(held);
}

void pocket_aws_request(struct pocket_aws *p, const struct pocket_aws_asked *asked,
                        struct pocket_aws_answer *answer)
{
    struct pocket_aws_held *held = mem_must(calloc(1, sizeof *held));
    begin_request(&held->request, p, asked);
    serve(&held->request);
    hold_or_answer(held, answer);
}

void pocket_aws_again(struct pocket_aws_held *held, bool may_wait, struct pocket_aws_answer *answer)
{
    struct service_call *c = &held->request.call;
    c->may_wait = may_wait;
    c->wait_ms = 0;
    held->request.action->run(c);
    hold_or_answer(held, answer);
}

void pocket_aws_held_free(struct pocket_aws_held *held)
{
    if (!held)
        return;
    arena_release(&held->request.arena);
    free(held);
}

void pocket_aws_answer_release(struct pocket_aws_answer *answer)
{
    if (!answer)
        return;
    str_release(&answer->headers);
    str_release(&answer->body);
}
