#include "pocket/aws/eventbridge.h"

#include "base/jsonw.h"
#include "base/must.h"
#include "base/timestamp.h"
#include "pocket/aws/sqs.h"
#include "sim/random.h"

#define SECOND INT64_C(1000)
#define MINUTE (60 * SECOND)
#define TAKEN_AFTER_MS (120 * SECOND)
#define LOOK_MS (10 * SECOND)

struct eventbridge_state {
    uint64_t dice;                   /* of its own: a fault must not change other ids */
    unsigned left;                   /* interruptions to come, with the present one */
    struct account_instance *victim; /* of the present one; NULL: not chosen yet */
    int64_t warns_ms;                /* when the warning comes, or came */
    bool warned;
    int64_t looks_ms; /* when it goes on; INT64_MAX: never */
};

/* --- telling ------------------------------------------------------------------------------- */

struct event {
    const char *type;
    const struct account_instance *instance;
    const char *key, *value; /* of the detail, beside the instance; NULL: no more */
};

/* That of a Spot warning names the zone and no account. */
static void write_resource(const struct account *a, const struct account_instance *i, bool warning,
                           struct jsonw *j)
{
    _cleanup_arena_ struct arena scratch = {0};
    const char *place =
        warning ? i->subnet->zone : mem_must(arena_fmt(&scratch, "%s:%s", a->region, a->id));
    jsonw_str(
        j, mem_must(arena_fmt(&scratch, "arn:%s:ec2:%s:instance/%s", a->partition, place, i->id)));
}

static void write_detail(const struct event *e, struct jsonw *j)
{
    jsonw_key(j, "detail");
    jsonw_object(j);
    jsonw_kv_str(j, "instance-id", e->instance->id);
    if (e->key)
        jsonw_kv_str(j, e->key, e->value);
    jsonw_object_end(j);
}

static void tell(struct account *a, const struct event *e)
{
    _cleanup_str_ struct str body = {0};
    char id[ACCOUNT_UUID_MAX], time[TIMESTAMP_TEXT_MAX];
    struct jsonw j;
    account_draw_uuid(&a->eventbridge->dice, id);
    jsonw_init(&j, &body, 0);
    jsonw_object(&j);
    jsonw_kv_str(&j, "version", "0");
    jsonw_kv_str(&j, "id", id);
    jsonw_kv_str(&j, "detail-type", e->type);
    jsonw_kv_str(&j, "source", "aws.ec2");
    jsonw_kv_str(&j, "account", a->id);
    jsonw_kv_str(&j, "time", timestamp_format(account_now(a), time));
    jsonw_kv_str(&j, "region", a->region);
    jsonw_key(&j, "resources");
    jsonw_array(&j);
    write_resource(a, e->instance, e->key && strcmp(e->key, "instance-action") == 0, &j);
    jsonw_array_end(&j);
    write_detail(e, &j);
    jsonw_object_end(&j);
    sqs_post(a, a->cluster.name, str_c(&body));
}

static const char *name_of(enum account_state state)
{
    switch (state) {
    case ACCOUNT_PENDING:
        return "pending";
    case ACCOUNT_RUNNING:
        return "running";
    case ACCOUNT_SHUTTING_DOWN:
        return "shutting-down";
    case ACCOUNT_TERMINATED:
        break;
    }
    return "terminated";
}

void eventbridge_state(struct account *a, const struct account_instance *i)
{
    tell(a,
         &(struct event){"EC2 Instance State-change Notification", i, "state", name_of(i->state)});
}

/* --- interrupting -------------------------------------------------------------------------- */

static int64_t throw_ms(struct eventbridge_state *n, int64_t least, int64_t most)
{
    return least + (int64_t)(random_mix(&n->dice) % (uint64_t)(most - least));
}

static bool may_be_taken(const struct account_instance *i)
{
    return i->spot && i->state == ACCOUNT_RUNNING && i->asg && i->asg->group;
}

static struct account_instance *choose(struct account *a)
{
    uint64_t count = 0, nth;
    vec_foreach(i, &a->instances)
        count += may_be_taken(*i);
    if (!count)
        return NULL;
    nth = random_mix(&a->eventbridge->dice) % count;
    vec_foreach(i, &a->instances)
        if (may_be_taken(*i) && nth-- == 0)
            return *i;
    return NULL;
}

/* first_ms: when the warning comes; 0: by the seed. */
static void plan(struct account *a, int64_t first_ms)
{
    struct eventbridge_state *n = a->eventbridge;
    int64_t ahead = throw_ms(n, 2 * MINUTE, 6 * MINUTE);
    n->victim = NULL;
    n->warned = false;
    n->looks_ms = INT64_MAX;
    if (!n->left)
        return;
    n->warns_ms = first_ms ? first_ms : a->now_ms + ahead + throw_ms(n, MINUTE, 9 * MINUTE);
    n->looks_ms = n->warns_ms > a->now_ms + ahead ? n->warns_ms - ahead : a->now_ms;
}

/* When there was no Spot machine in time, the warning comes later than it was meant to. */
static void recommend(struct account *a)
{
    struct eventbridge_state *n = a->eventbridge;
    n->victim = choose(a);
    n->looks_ms = a->now_ms + LOOK_MS;
    if (!n->victim)
        return;
    tell(a, &(struct event){"EC2 Instance Rebalance Recommendation", n->victim, NULL, NULL});
    if (n->warns_ms <= a->now_ms)
        n->warns_ms = a->now_ms + throw_ms(n, 2 * MINUTE, 6 * MINUTE);
    n->looks_ms = n->warns_ms;
}

static void warn(struct account *a)
{
    struct eventbridge_state *n = a->eventbridge;
    tell(a, &(struct event){"EC2 Spot Instance Interruption Warning", n->victim, "instance-action",
                            "terminate"});
    n->warned = true;
    n->looks_ms = a->now_ms + TAKEN_AFTER_MS;
}

static void end(struct account *a)
{
    struct eventbridge_state *n = a->eventbridge;
    account_terminate(a, n->victim);
    n->left--;
    plan(a, 0);
}

void eventbridge_run(struct account *a)
{
    struct eventbridge_state *n = a->eventbridge;
    while (n->looks_ms <= a->now_ms) {
        if (!n->victim)
            recommend(a);
        else if (n->warned || !account_is_live(n->victim))
            end(a);
        else
            warn(a);
    }
}

int64_t eventbridge_next(const struct account *a)
{
    return a->eventbridge->looks_ms;
}

void eventbridge_begin(struct account *a)
{
    a->eventbridge = mem_must(calloc(1, sizeof *a->eventbridge));
    *a->eventbridge = (struct eventbridge_state){
        .dice = a->dice ^ UINT64_C(0x73706f742d6e6f77),
        .left = a->faults->spot_interrupt,
    };
    sqs_make(a, a->cluster.name);
    plan(a, a->faults->spot_interrupt_ms);
}

void eventbridge_release(struct account *a)
{
    free(a->eventbridge);
}
