/* Node groups on their way: created, changed, deleted, rolled to other machines. */
#include "base/must.h"
#include "pocket/aws/asg.h"
#include "pocket/aws/eks.h"
#include "pocket/aws/images.h"

#define SECOND INT64_C(1000)
#define MINUTE (60 * SECOND)
#define LOOK_MS (5 * SECOND)
/* EKS gives machines so long to join, and pods so long to leave. */
#define JOIN_MS (25 * MINUTE)
#define LAUNCH_MS (10 * MINUTE)
#define DRAIN_MS (15 * MINUTE)
/* Between a node that is drained and the end of its machine. */
#define SETTLE_MS (60 * SECOND)

static void add_issue(struct account *a, struct account_group *g, const char *code,
                      const char *message)
{
    struct eks_issue *issue = shape_list_add(&g->spec.health.issues, sizeof *issue, &a->arena);
    *issue = (struct eks_issue){code, account_keep(a, message), {0}};
    if (strcmp(code, "NodeCreationFailure") != 0) {
        *(const char **)shape_list_add(&issue->resources, sizeof(char *), &a->arena) = g->asg->name;
        return;
    }
    vec_foreach(i, &a->instances)
        if ((*i)->asg == g->asg && account_is_live(*i) &&
            !pocket_life_joined(a->life, sv_of((*i)->node)).ready)
            *(const char **)shape_list_add(&issue->resources, sizeof(char *), &a->arena) = (*i)->id;
}

static void settle(struct account *a, struct account_group *g, const char *status)
{
    g->phase = ACCOUNT_STEADY;
    g->looks_ms = INT64_MAX;
    g->spec.status = status;
    g->spec.modified = account_now(a);
    g->update = NULL;
}

/* Those that are Ready in the cluster. */
static int64_t count_ready(const struct account *a, const struct account_group *g)
{
    int64_t n = 0;
    vec_foreach(i, &a->instances)
        n += (*i)->asg == g->asg && account_is_live(*i) && !(*i)->retires_ms &&
             pocket_life_joined(a->life, sv_of((*i)->node)).ready;
    return n;
}

/* --- creating ------------------------------------------------------------------------------ */

static void look_creating(struct account *a, struct account_group *g)
{
    int64_t age = a->now_ms - g->since_ms;
    if (!g->asg) {
        account_make_asg(a, g, NULL);
    } else if (count_ready(a, g) >= g->asg->desired) {
        settle(a, g, "ACTIVE");
        return;
    } else if (g->asg->failure && age > LAUNCH_MS) {
        _cleanup_str_ struct str text = {0};
        str_addf(&text, "Could not launch %s Instances. %s - %s Launching EC2 instance failed.",
                 g->asg->spot ? "Spot" : "On-Demand", g->asg->failure, g->asg->failure_text);
        add_issue(a, g, "AsgInstanceLaunchFailures", str_c(&text));
        settle(a, g, "CREATE_FAILED");
        return;
    } else if (age > JOIN_MS) {
        add_issue(a, g, "NodeCreationFailure", "Instances failed to join the kubernetes cluster");
        settle(a, g, "CREATE_FAILED");
        return;
    }
    g->looks_ms = a->now_ms + LOOK_MS;
}

/* --- deleting ------------------------------------------------------------------------------ */

static void forget(struct account *a, struct account_group *g)
{
    size_t kept = 0;
    if (g->asg)
        asg_drop(a, g->asg);
    for (size_t i = 0; i < a->groups.len; i++)
        if (a->groups.items[i] != g)
            a->groups.items[kept++] = a->groups.items[i];
    a->groups.len = kept;
}

/* All of them retire at once; who does not leave in time goes with the machine. */
static void look_deleting(struct account *a, struct account_group *g)
{
    bool any = false;
    if (g->asg) {
        g->asg->deleting = true;
        g->asg->min = g->asg->desired = 0;
    }
    vec_foreach(i, &a->instances) {
        if (!g->asg || (*i)->asg != g->asg || (*i)->state == ACCOUNT_TERMINATED)
            continue;
        any = true;
        account_retire(a, *i);
    }
    g->looks_ms = a->now_ms + LOOK_MS;
    if (!any)
        forget(a, g);
}

/* --- changing ------------------------------------------------------------------------------ */

static void look_updating(struct account *a, struct account_group *g)
{
    struct account_update *u = g->update;
    if (strcmp(u->spec.type, "VersionUpdate") == 0) {
        eks_roll(a, g);
        return;
    }
    /* Fewer are there at once, more when they have joined. */
    bool joined = !g->asg || count_ready(a, g) >= g->asg->desired;
    if (!joined && a->now_ms - g->since_ms < JOIN_MS) {
        g->looks_ms = a->now_ms + LOOK_MS;
        return;
    }
    if (joined)
        eks_end_update(a, u, NULL, NULL);
    else
        eks_end_update(a, u, "NodeCreationFailure",
                       "Instances failed to join the kubernetes cluster");
    settle(a, g, "ACTIVE");
}

/* --- rolling ------------------------------------------------------------------------------- */

static bool is_old(const struct account_group *g, const struct account_instance *i)
{
    return i->asg == g->asg && account_is_live(i) &&
           i->template_version != g->asg->template_version;
}

static int64_t count_old(const struct account *a, const struct account_group *g)
{
    int64_t n = 0;
    vec_foreach(i, &a->instances)
        n += is_old(g, *i);
    return n;
}

static int64_t may_be_away(const struct account_group *g)
{
    const struct eks_update_config *u = &g->spec.update;
    int64_t n = u->max_unavailable.set
                    ? u->max_unavailable.n
                    : g->spec.scaling.desired.n * u->max_unavailable_percent.n / 100;
    return n < 1 ? 1 : n;
}

static bool any_retires(const struct account *a, const struct account_group *g)
{
    vec_foreach(i, &a->instances)
        if ((*i)->asg == g->asg && account_is_live(*i) && (*i)->retires_ms)
            return true;
    return false;
}

/* A new version of EKS's template, and machines beyond what is wanted to begin with. */
static void begin_rolling(struct account *a, struct account_group *g)
{
    struct account_update *u = g->update;
    struct account_template *t = (struct account_template *)g->asg->template;
    struct account_template *users =
        u->to.launch_template.id ? account_find_template(a, u->to.launch_template.id, NULL) : NULL;
    const struct account_template_version *v =
        users ? account_find_version(users, u->to.launch_template.version) : NULL;
    struct ec2_template_data data = v ? v->data : t->versions.items[0].data;
    if (!v || !v->data.image)
        data.image = images_id(a, &u->to);
    int64_t zones = (int64_t)g->asg->subnets.len, surge = may_be_away(g);
    surge = surge < 2 * zones ? 2 * zones : surge;
    g->spec.version = u->to.version;
    g->spec.release = u->to.release;
    g->spec.launch_template = u->to.launch_template;
    g->asg->template_version = account_add_version(a, t, &data, NULL)->number;
    g->asg->desired += surge;
    g->asg->looks_ms = a->now_ms;
    u->rolling = true;
    u->drain_ms = 0;
}

static void fail_rolling(struct account *a, struct account_group *g, const char *code,
                         const char *message)
{
    asg_want(a, g->asg, g->spec.scaling.desired.n);
    eks_end_update(a, g->update, code, message);
    settle(a, g, "ACTIVE");
}

/* Ends up to as many of the old machines as may be away, those first that were drained. */
static void drain_some(struct account *a, struct account_group *g)
{
    struct account_update *u = g->update;
    int64_t left = may_be_away(g);
    bool blocked = false;
    if (!u->drain_ms)
        u->drain_ms = a->now_ms;
    bool late = a->now_ms - u->drain_ms > DRAIN_MS;
    for (size_t n = 0; n < a->instances.len && left > 0; n++) {
        struct account_instance *i = a->instances.items[n];
        if (!is_old(g, i))
            continue;
        left--;
        if (pocket_life_drain_machine(a->life, sv_of(i->node)) && !(late && u->force)) {
            blocked = true;
            continue;
        }
        if (!i->drained_ms)
            i->drained_ms = a->now_ms;
        if (a->now_ms - i->drained_ms < SETTLE_MS)
            continue;
        g->asg->desired--;
        account_terminate(a, i);
        u->drain_ms = a->now_ms;
    }
    if (blocked && late)
        fail_rolling(a, g, "PodEvictionFailure",
                     "Reached max retries while trying to evict pods from nodes in node group");
}

void eks_roll(struct account *a, struct account_group *g)
{
    g->looks_ms = a->now_ms + LOOK_MS;
    if (!g->update->rolling) {
        begin_rolling(a, g);
        return;
    }
    int64_t old = count_old(a, g);
    if (count_ready(a, g) < g->asg->desired && old && a->now_ms - g->since_ms > JOIN_MS &&
        !g->update->drain_ms) {
        fail_rolling(a, g, "NodeCreationFailure",
                     "Couldn't proceed with upgrade process as new nodes are not joining node "
                     "group");
        return;
    }
    if (old && (g->update->drain_ms || count_ready(a, g) >= g->asg->desired)) {
        drain_some(a, g);
    } else if (!old && g->asg->desired != g->spec.scaling.desired.n) {
        asg_want(a, g->asg, g->spec.scaling.desired.n);
    } else if (!old && asg_count(a, g->asg) == g->asg->desired && !any_retires(a, g)) {
        eks_end_update(a, g->update, NULL, NULL);
        settle(a, g, "ACTIVE");
    }
}

/* --- time ---------------------------------------------------------------------------------- */

void eks_groups_run(struct account *a)
{
    static void (*const looks[])(struct account *, struct account_group *) = {
        [ACCOUNT_CREATING] = look_creating,
        [ACCOUNT_UPDATING] = look_updating,
        [ACCOUNT_DELETING] = look_deleting,
    };
    for (size_t i = 0; i < a->groups.len;) {
        struct account_group *g = a->groups.items[i];
        if (g->looks_ms <= a->now_ms)
            looks[g->phase](a, g);
        i += i < a->groups.len && a->groups.items[i] == g;
    }
    vec_foreach(u, &a->updates)
        if ((*u)->ends_ms <= a->now_ms)
            eks_end_update(a, *u, NULL, NULL);
}

int64_t eks_groups_next(const struct account *a)
{
    int64_t next = INT64_MAX;
    vec_foreach(g, &a->groups)
        next = (*g)->looks_ms < next ? (*g)->looks_ms : next;
    vec_foreach(u, &a->updates)
        next = (*u)->ends_ms < next ? (*u)->ends_ms : next;
    return next;
}
