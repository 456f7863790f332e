/* Instance refreshes: the machines of a group replaced one after the other. */
#include "base/must.h"
#include "cloud/autoscaling.h"
#include "pocket/aws/asg.h"
#include "pocket/aws/autoscaling_shapes.h"

#define SECOND INT64_C(1000)

struct asg_state {
    VEC(struct asg_told_refresh) refreshes; /* newest last */
};

void asg_begin_refreshes(struct account *a)
{
    a->asg = mem_must(calloc(1, sizeof *a->asg));
}

void asg_release_refreshes(struct account *a)
{
    vec_release(&a->asg->refreshes);
    free(a->asg);
}

static struct asg_told_refresh *running_refresh(struct account *a, const char *group)
{
    vec_foreach(r, &a->asg->refreshes)
        if (strcmp(r->group, group) == 0 && asg_refresh_is_running(r->status))
            return r;
    return NULL;
}

int asg_describe_refreshes_call(struct service_call *c)
{
    const struct asg_ask *ask = c->in;
    struct asg_told_refreshes *out = c->out;
    if (!asg_need(c, ask->group))
        return -1;
    for (size_t n = c->account->asg->refreshes.len; n-- > 0;) {
        const struct asg_told_refresh *r = &c->account->asg->refreshes.items[n];
        if (strcmp(r->group, ask->group) == 0)
            *(struct asg_told_refresh *)shape_list_add(&out->items, sizeof *r, c->arena) = *r;
    }
    return 0;
}

int asg_start_refresh_call(struct service_call *c)
{
    const struct asg_ask *ask = c->in;
    struct account *a = c->account;
    struct account_asg *g = asg_need(c, ask->group);
    if (!g)
        return -1;
    if (running_refresh(a, g->name))
        return service_refuse(c, 400, "InstanceRefreshInProgress",
                              "An Instance Refresh is already in progress and blocks the "
                              "execution of this Instance Refresh.");
    const struct asg_told_refresh r = {
        .id = account_make_uuid(a),
        .group = g->name,
        .status = "InProgress",
        .percent = shape_int(0),
        .instances_left = shape_int(asg_count(a, g)),
        .started = account_now(a),
        .looks_ms = a->now_ms + 30 * SECOND,
    };
    must_push(&a->asg->refreshes, r);
    ((struct asg_told_refresh *)c->out)->id = r.id;
    return 0;
}

int asg_cancel_refresh_call(struct service_call *c)
{
    const struct asg_ask *ask = c->in;
    struct account_asg *g = asg_need(c, ask->group);
    struct asg_told_refresh *r = g ? running_refresh(c->account, g->name) : NULL;
    if (!g)
        return -1;
    if (!r)
        return service_refuse(c, 400, "ActiveInstanceRefreshNotFound",
                              "No in progress or pending Instance Refresh found for Auto Scaling "
                              "group %s",
                              g->name);
    r->status = "Cancelled";
    r->ended = account_now(c->account);
    r->looks_ms = INT64_MAX;
    ((struct asg_told_refresh *)c->out)->id = r->id;
    return 0;
}

/* One machine after the other: those launched before it began are ended when all are in service. */
static void refresh(struct account *a, struct asg_told_refresh *r)
{
    struct account_asg *g = account_find_asg(a, r->group);
    struct account_instance *old = NULL;
    int64_t left = 0;
    bool busy = g && asg_count(a, g) < g->desired;
    r->looks_ms = a->now_ms + 30 * SECOND;
    vec_foreach(i, &a->instances) {
        if ((*i)->asg != g || !account_is_live(*i))
            continue;
        busy = busy || (*i)->state == ACCOUNT_PENDING || (*i)->retires_ms;
        if ((*i)->launched <= r->started) {
            old = *i;
            left++;
        }
    }
    if (g && old && !busy)
        account_retire(a, old);
    if (!r->total)
        r->total = left;
    r->instances_left = shape_int(left);
    r->percent = shape_int(r->total ? 100 * (r->total - left) / r->total : 100);
    if (g && old)
        return;
    r->status = g ? "Successful" : "Failed";
    r->ended = account_now(a);
    r->looks_ms = INT64_MAX;
}

void asg_run_refreshes(struct account *a)
{
    vec_foreach(r, &a->asg->refreshes)
        if (r->looks_ms <= a->now_ms)
            refresh(a, r);
}

int64_t asg_next_refresh(const struct account *a)
{
    int64_t at = INT64_MAX;
    vec_foreach(r, &a->asg->refreshes)
        at = r->looks_ms < at ? r->looks_ms : at;
    return at;
}
