#include "ops/trial/trial.h"

#include "base/must.h"
#include "kube/flight.h"
#include "ops/drain/evict.h"

#include <string.h>

#define AT_ONCE 16

/* One question under way. */
struct question {
    char *ns, *name, *body; /* ns NULL: a node */
};

struct asking {
    struct trial *t;
    const struct world *w;
    struct kube_flights *flights;
    struct err *err;
};

static void question_free(struct question *q)
{
    free(q->ns);
    free(q->name);
    free(q->body);
    free(q);
}

/* ---- answers ---- */

static bool is_only_for_now(enum eviction_cause cause)
{
    return cause == EVICTION_BUDGET || cause == EVICTION_NOT_OBSERVED ||
           cause == EVICTION_THROTTLED;
}

static void count(struct trial *t, enum eviction_cause cause)
{
    if (cause == EVICTION_OK || cause == EVICTION_GONE)
        t->agreed++;
    else if (is_only_for_now(cause))
        t->waits++;
    else
        t->refused++;
}

static void read_answer(const struct asking *a, const struct question *q,
                        const struct kube_landing *l, struct eviction_answer *out)
{
    struct evict_reply reply = {l->status, l->retry_after_s, l->body};
    evict_read(&reply, a->w, q->ns ? q->ns : "", out);
    if (l->status == 0)
        snprintf(out->message, sizeof out->message, "%.*s", (int)sizeof out->message - 1,
                 l->err.msg);
}

static void land(struct asking *a, const struct kube_landing *l)
{
    struct question *q = l->tag;
    struct eviction_answer answer;
    _cleanup_str_ struct str words = {0}, pod = {0};
    read_answer(a, q, l, &answer);
    evict_words(&answer, &words);
    count(a->t, answer.cause);
    if (q->ns)
        str_addf(&pod, "%s/%s", q->ns, q->name);
    struct trial_answer told = {
        .node = q->ns ? NULL : q->name,
        .pod = q->ns ? str_c(&pod) : NULL,
        .answer = &answer,
        .words = str_c(&words),
    };
    if (a->t->each)
        a->t->each(a->t->ctx, &told);
    question_free(q);
}

static void wait_below(struct asking *a, unsigned up)
{
    struct kube_landing landing;
    while (kube_flights_up(a->flights) > up)
        if (kube_flight_wait(a->flights, 1000, -1, &landing))
            land(a, &landing);
}

/* ---- questions ---- */

static int ask(struct asking *a, struct question *q, const struct kube_flight *flight)
{
    wait_below(a, AT_ONCE - 1);
    if (kube_flight_start(a->flights, flight, a->err) == 0)
        return 0;
    question_free(q);
    return -1;
}

static int ask_node(struct asking *a, const char *node)
{
    struct question *q = mem_must(calloc(1, sizeof *q));
    q->name = mem_must(strdup(node));
    q->body = mem_must(strdup(a->t->uncordon ? "{\"spec\":{\"unschedulable\":null}}"
                                             : "{\"spec\":{\"unschedulable\":true}}"));
    a->t->nodes_asked++;
    return ask(a, q,
               &(struct kube_flight){
                   .method = "PATCH",
                   .ref = {.version = "v1", .resource = "nodes", .name = q->name},
                   .query = "dryRun=All&fieldManager=toban",
                   .body = sv_of(q->body),
                   .patch = KUBE_PATCH_MERGE,
                   .tag = q,
               });
}

static int ask_pod(struct asking *a, uint32_t pod)
{
    char name[512];
    _cleanup_str_ struct str body = {0};
    struct question *q = mem_must(calloc(1, sizeof *q));
    world_pod_name(a->w, pod, name, sizeof name);
    q->ns = mem_must(strdup(world_text(a->w, world_class_of(a->w, pod)->ns)));
    q->name = mem_must(strdup(name));
    struct evict_pod who = {q->ns, q->name, world_text(a->w, a->w->pods.items[pod].uid)};
    evict_body(&who, a->w->version, true, &body);
    q->body = mem_must(str_steal(&body));
    a->t->pods_asked++;
    return ask(a, q,
               &(struct kube_flight){
                   .method = "POST",
                   .ref = {.version = "v1",
                           .resource = "pods",
                           .ns = q->ns,
                           .name = q->name,
                           .subresource = "eviction"},
                   .query = "dryRun=All",
                   .body = sv_of(q->body),
                   .tag = q,
               });
}

static bool would_go(const struct world *w, uint32_t pod)
{
    const struct world_pod *p = &w->pods.items[pod];
    return !p->deleting && !world_pod_is_finished(p) && !world_pod_is_of_node(w, pod);
}

static int ask_pods(struct asking *a, const char *name)
{
    uint32_t node = world_find_node(a->w, sv_of(name));
    if (node == WORLD_NONE)
        return 0;
    world_each_pod_of_node(a->w, node, pod)
        if (would_go(a->w, pod) && ask_pod(a, pod) < 0)
            return -1;
    return 0;
}

static int ask_all(struct asking *a)
{
    for (const char *const *n = a->t->nodes; *n; n++)
        if (ask_node(a, *n) < 0)
            return -1;
    for (const char *const *n = a->t->nodes; a->t->evict && *n; n++)
        if (ask_pods(a, *n) < 0)
            return -1;
    return 0;
}

int trial_run(struct trial *t, struct kube_client *c, const struct world *w, struct err *err)
{
    struct asking a = {.t = t, .w = w, .err = err};
    if (kube_flights_new(c, &a.flights, err) < 0)
        return -1;
    int result = ask_all(&a);
    wait_below(&a, 0);
    kube_flights_free(a.flights);
    return result;
}
