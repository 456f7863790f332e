#include "ops/drain/hand.h"

#include "base/jsonw.h"
#include "base/must.h"
#include "ops/marks/marks.h"

#include <stdarg.h>
#include <time.h>

#define BACKOFF_FIRST_MS 500
#define BACKOFF_MAX_MS 15000
#define SPARE_QPS 50

/* ---- clocks ---- */

static int64_t read_clock(clockid_t id)
{
    struct timespec t = {0};
    clock_gettime(id, &t);
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

int64_t hand_now_ms(void)
{
    return read_clock(CLOCK_REALTIME);
}

int64_t hand_clock_ms(void)
{
    return read_clock(CLOCK_BOOTTIME);
}

int64_t hand_backoff_ms(unsigned tries, int retry_after_s)
{
    int64_t wait = BACKOFF_FIRST_MS;
    for (unsigned i = 1; i < tries && wait < BACKOFF_MAX_MS; i++)
        wait *= 2;
    wait = wait > BACKOFF_MAX_MS ? BACKOFF_MAX_MS : wait;
    return retry_after_s > 0 && (int64_t)retry_after_s * 1000 > wait ? (int64_t)retry_after_s * 1000
                                                                     : wait;
}

/* ---- telling ---- */

/* Acts are in the journal by themselves, and that a pod is gone says its node's line. */
static bool is_worth_keeping(const char *kind)
{
    static const char *const not_kept[] = {"cordoned", "uncordoned", "evicted", "forced", "gone"};
    for (size_t i = 0; i < ARRAY_LEN(not_kept); i++)
        if (strcmp(kind, not_kept[i]) == 0)
            return false;
    return true;
}

static void keep(const struct hand *h, const char *kind, const char *subject, const char *text)
{
    _cleanup_str_ struct str data = {0};
    struct jsonw w;
    char name[64];
    jsonw_init(&w, &data, 0);
    jsonw_object(&w);
    jsonw_kv_str(&w, "subject", subject);
    jsonw_kv_str(&w, "text", text);
    jsonw_object_end(&w);
    snprintf(name, sizeof name, "drain.%s", kind);
    plan_note(h->run, h->step, name, str_sv(&data));
}

void hand_tell(const struct hand *h, const char *kind, const char *subject, const char *fmt, ...)
{
    char text[1024];
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(text, sizeof text, fmt, ap);
    va_end(ap);
    if (is_worth_keeping(kind))
        keep(h, kind, subject, text);
    if (!h->host->event)
        return;
    const struct drain_event e = {hand_now_ms(), kind, subject, text};
    h->host->event(h->host->ctx, &e);
}

void hand_trouble(struct hand *h, const char *words)
{
    if (!h->troubled)
        hand_tell(h, "trouble", "API server", "%s", words);
    h->troubled = true;
}

void hand_recovered(struct hand *h)
{
    if (h->troubled)
        hand_tell(h, "recovered", "API server", "it answers again");
    h->troubled = false;
}

/* ---- opening ---- */

static size_t count_nodes(const char *const *nodes)
{
    size_t n = 0;
    while (nodes && nodes[n])
        n++;
    return n;
}

/* The host's, or the plan's; a step may be about some of the nodes only. */
static int read_order(struct hand *h, struct err *err)
{
    struct drain_order some = {0};
    h->forecast_ms = h->host->forecast_ms;
    if (h->host->order) {
        h->order = *h->host->order;
        return 0;
    }
    if (drain_order_parse(plan_run_plan(h->run)->args, &h->arena, &h->order, err) < 0 ||
        (h->step->args.len && drain_order_parse(h->step->args, &h->arena, &some, err) < 0))
        return -1;
    size_t all = count_nodes(h->order.nodes), here = count_nodes(some.nodes);
    if (!here)
        return 0;
    h->order.nodes = some.nodes;
    h->forecast_ms = all ? h->forecast_ms * (int64_t)here / (int64_t)all : 0;
    return 0;
}

static int check_cluster(struct hand *h, struct err *err)
{
    _cleanup_str_ struct str id = {0};
    const struct plan *p = plan_run_plan(h->run);
    if (!p->cluster_id || !*p->cluster_id)
        return 0;
    if (marks_cluster_id(h->client, &id, err) < 0)
        return err_wrap(err, "cannot tell which cluster this is");
    if (sv_is(str_sv(&id), p->cluster_id))
        return 0;
    err_set(err, ERR_CONFLICT,
            "plan %s is of another cluster (%s) than the one that context '%s' leads to", p->id,
            p->cluster ? p->cluster : p->cluster_id, kube_client_target(h->client)->context_name);
    return err_hint(err, "name the plan's own with --context or --kubeconfig");
}

int hand_open(struct hand *h, void *ctx, struct plan_run *run, const struct plan_step *step,
              struct err *err)
{
    *h = (struct hand){.host = ctx, .run = run, .step = step};
    if (read_order(h, err) < 0)
        return -1;
    h->in_flight = h->order.in_flight ? h->order.in_flight : HAND_IN_FLIGHT;
    const struct kube_limits limits = {
        .max_in_flight = h->in_flight,
        .qps = h->order.evictions_per_s + SPARE_QPS,
        .burst = 2 * (h->order.evictions_per_s + SPARE_QPS),
    };
    if (kube_client_new(&h->host->kube, &limits, &h->client, err) < 0 || check_cluster(h, err) < 0)
        return -1;
    return kube_flights_new(h->client, &h->flights, err);
}

void hand_close(struct hand *h)
{
    kube_flights_free(h->flights);
    kube_client_free(h->client);
    arena_release(&h->arena);
}

bool hand_may_go(void *ctx)
{
    const struct hand *h = ctx;
    return plan_may_act(h->run) && !plan_stopping(h->run);
}

enum plan_end hand_end(const struct hand *h, const struct err *err)
{
    return err->class == ERR_NONE && plan_stopping(h->run) ? PLAN_END_PAUSE : PLAN_END_FAIL;
}

/* ---- errands ---- */

void errand_release(struct errand *e)
{
    str_release(&e->body);
}

static bool is_final(int status)
{
    return status >= 200 && status < 500 && status != 408 && status != 429;
}

/* It may have happened. A 503 says that it did not. */
static bool is_uncertain(const struct kube_landing *l)
{
    return l->status ? l->status >= 500 && l->status != 503 : l->sent;
}

static void land(struct hand *h, struct errand *e, const struct kube_landing *l)
{
    e->up = false;
    if (l->dropped)
        return;
    if (is_final(l->status)) {
        hand_recovered(h);
        e->done = true;
        e->status = l->status;
        e->err = l->err;
        str_addv(&e->body, l->body);
        return;
    }
    e->due_ms = hand_clock_ms() + hand_backoff_ms(++e->tries, l->retry_after_s);
    e->done = e->unsure = e->once && is_uncertain(l);
    if (e->tries > 1)
        hand_trouble(h, l->err.msg);
}

void errand_again(struct errand *e)
{
    e->done = e->unsure = false;
}

static void lift_off(struct hand *h, struct errand *e)
{
    e->flight.tag = e;
    e->flight.may_go = hand_may_go;
    e->flight.ctx = h;
    e->up = kube_flight_start(h->flights, &e->flight, &e->err) == 0;
    e->done = !e->up;
}

/* Starts what is due; returns how many are still to come, and when the next one is due. */
static size_t start_due(struct hand *h, struct errand *list, size_t count, int64_t *next)
{
    int64_t now = hand_clock_ms();
    size_t left = 0;
    *next = INT64_MAX;
    for (size_t i = 0; i < count; i++) {
        struct errand *e = &list[i];
        left += !e->done;
        if (e->done || e->up)
            continue;
        if (e->due_ms <= now && kube_flights_up(h->flights) < h->in_flight)
            lift_off(h, e);
        else if (e->due_ms < *next)
            *next = e->due_ms;
    }
    return left;
}

static unsigned wait_ms(int64_t next)
{
    int64_t wait = next == INT64_MAX ? 1000 : next - hand_clock_ms();
    return wait < 1 ? 1 : wait > 1000 ? 1000 : (unsigned)wait;
}

int hand_run(struct hand *h, struct errand *list, size_t count)
{
    struct kube_landing l;
    int64_t next;
    while (!plan_stopping(h->run) && start_due(h, list, count, &next))
        if (kube_flight_wait(h->flights, wait_ms(next), plan_wake_fd(h->run), &l))
            land(h, l.tag, &l);
        else
            plan_poll(h->run);
    while (kube_flights_up(h->flights) && kube_flight_wait(h->flights, 10000, -1, &l))
        land(h, l.tag, &l);
    for (size_t i = 0; i < count; i++)
        if (!list[i].done)
            return -1;
    return 0;
}
