/* What the pocket's AWS tells of machines on the cluster's queue, and the Spot machines it takes.
 */
#include "aws_rig.h"
#include "base/must.h"
#include "base/timestamp.h"

#include "unit.h"

#define SPOT "EC2 Spot Instance Interruption Warning"
#define REBALANCE "EC2 Instance Rebalance Recommendation"
#define STATE "EC2 Instance State-change Notification"
#define QUEUE "http://localhost/111122223333/pocket"
#define EVENTS_MAX 64

struct told {
    char type[64], instance[32], word[32]; /* word: state or instance-action */
    char id[64], resource[128];
    int64_t at; /* since the start of the pocket */
};

/* Everything that was told, in the order of its time. */
struct queue_read {
    struct told items[EVENTS_MAX];
    unsigned count;
};

static void copy(const struct doc_node *root, const char *key, char *out, size_t cap)
{
    struct sv text = doc_get_string(root, key);
    snprintf(out, cap, "%.*s", SV_ARG(text));
}

static void read_event(struct aws_rig *r, struct queue_read *q, struct sv body)
{
    static const struct doc_limits limits = {
        .bytes = 1 << 20, .depth = 16, .nodes = 1000, .errors = 1};
    _cleanup_doc_ struct doc_file f = {0};
    struct err err = {0};
    struct told *t = &q->items[q->count++];
    assert_true(q->count <= EVENTS_MAX);
    assert_int_equal(doc_parse_json(&f, "event", body, &limits, &err), 0);
    const struct doc_node *root = f.parts[0].root, *detail = doc_get(root, "detail");
    copy(root, "detail-type", t->type, sizeof t->type);
    copy(root, "id", t->id, sizeof t->id);
    copy(detail, "instance-id", t->instance, sizeof t->instance);
    copy(detail, strcmp(t->type, SPOT) == 0 ? "instance-action" : "state", t->word, sizeof t->word);
    doc_each_item(item, doc_get(root, "resources"))
        snprintf(t->resource, sizeof t->resource, "%.*s", SV_ARG(doc_string(item)));
    assert_true(timestamp_parse(doc_get_string(root, "time"), &t->at));
    t->at -= r->w.taken;
    assert_true(sv_is(doc_get_string(root, "source"), "aws.ec2"));
    assert_true(sv_is(doc_get_string(root, "version"), "0"));
    assert_true(sv_is(doc_get_string(root, "account"), "111122223333"));
    assert_true(sv_is(doc_get_string(root, "region"), "eu-west-1"));
}

static int by_time(const void *a, const void *b)
{
    const struct told *x = a, *y = b;
    return (x->at > y->at) - (x->at < y->at);
}

static void read_queue(struct aws_rig *r, struct queue_read *q)
{
    char path[64];
    unsigned n;
    do {
        assert_int_equal(aws_rig_json(r, "sqs", "AmazonSQS.ReceiveMessage",
                                      "{\"QueueUrl\":\"" QUEUE
                                      "\",\"MaxNumberOfMessages\":10,\"VisibilityTimeout\":43200}"),
                         200);
        for (n = 0;; n++) {
            snprintf(path, sizeof path, "Messages[%u].Body", n);
            struct sv body = aws_rig_at(r, path);
            if (!body.len)
                break;
            read_event(r, q, body);
        }
    } while (n);
    qsort(q->items, q->count, sizeof *q->items, by_time);
}

static const struct told *find(const struct queue_read *q, const char *type, const char *instance,
                               const char *word, unsigned nth)
{
    for (unsigned i = 0; i < q->count; i++) {
        const struct told *t = &q->items[i];
        if (strcmp(t->type, type) == 0 && (!instance || strcmp(t->instance, instance) == 0) &&
            (!word || strcmp(t->word, word) == 0) && nth-- == 0)
            return t;
    }
    return NULL;
}

static void make_group(struct aws_rig *r, const char *name, unsigned nodes, const char *capacity)
{
    static char text[1024];
    const struct account *a = aws_rig_account(r);
    snprintf(text, sizeof text,
             "{\"nodegroupName\":\"%s\",\"nodeRole\":\"arn:aws:iam::111122223333:role/nodes\","
             "\"subnets\":[\"%s\",\"%s\"],\"capacityType\":\"%s\","
             "\"scalingConfig\":{\"minSize\":0,\"maxSize\":20,\"desiredSize\":%u}}",
             name, a->subnets.items[0]->id, a->subnets.items[1]->id, capacity, nodes);
    assert_int_equal(aws_rig_rest(r, "POST /clusters/pocket/node-groups", text), 200);
    assert_true(aws_rig_wait(r, name, "ACTIVE", 600));
}

static unsigned live_of(struct aws_rig *r, const char *group)
{
    unsigned n = 0;
    vec_foreach(i, &aws_rig_account(r)->instances)
        n += (*i)->asg && strcmp((*i)->asg->group->spec.name, group) == 0 && account_is_live(*i);
    return n;
}

static void machines_tell_their_states(void **state)
{
    struct aws_rig r;
    struct queue_read q = {0};
    aws_rig_start(&r, NULL);
    read_queue(&r, &q);
    assert_int_equal(q.count, 0);
    make_group(&r, "green", 1, "ON_DEMAND");
    read_queue(&r, &q);
    assert_int_equal(q.count, 2);
    const struct told *first = find(&q, STATE, NULL, "pending", 0);
    assert_non_null(first);
    assert_non_null(find(&q, STATE, first->instance, "running", 0));
    assert_non_null(strstr(first->resource, "arn:aws:ec2:eu-west-1:111122223333:instance/i-"));
    account_terminate(aws_rig_account(&r),
                      account_find_instance(aws_rig_account(&r), first->instance));
    aws_rig_later(&r, 60);
    char id[32];
    snprintf(id, sizeof id, "%s", first->instance);
    read_queue(&r, &q);
    const struct told *ends = find(&q, STATE, id, "shutting-down", 0);
    const struct told *ended = find(&q, STATE, id, "terminated", 0);
    assert_non_null(ends);
    assert_non_null(ended);
    assert_true(ended->at >= ends->at + 20 && ended->at <= ends->at + 40);
    assert_string_not_equal(ends->id, ended->id);
    aws_rig_stop(&r);
}

static void a_spot_machine_goes_two_minutes_after_its_warning(void **state)
{
    struct aws_rig r;
    struct queue_read q = {0};
    aws_rig_start(&r, "spot-interrupt=1:20m");
    make_group(&r, "spot", 2, "SPOT");
    make_group(&r, "green", 3, "ON_DEMAND");
    aws_rig_later(&r, 1200 + 119 - r.now_ms / 1000);
    assert_int_equal(live_of(&r, "spot"), 2);
    read_queue(&r, &q);
    const struct told *warning = find(&q, SPOT, NULL, "terminate", 0);
    assert_non_null(warning);
    assert_int_equal(warning->at, 1200);
    struct account_instance *i = account_find_instance(aws_rig_account(&r), warning->instance);
    assert_true(i->spot);
    assert_int_equal(i->state, ACCOUNT_RUNNING);
    assert_non_null(strstr(warning->resource, "arn:aws:ec2:eu-west-1"));
    assert_null(strstr(warning->resource, "111122223333"));
    const struct told *ahead = find(&q, REBALANCE, i->id, NULL, 0);
    assert_non_null(ahead);
    assert_true(ahead->at >= 1200 - 360 && ahead->at <= 1200 - 120);
    aws_rig_later(&r, 1);
    assert_int_equal(i->state, ACCOUNT_SHUTTING_DOWN);
    aws_rig_later(&r, 600);
    assert_int_equal(i->state, ACCOUNT_TERMINATED);
    assert_false(pocket_life_joined(r.life, sv_of(i->node)).there);
    assert_int_equal(live_of(&r, "spot"), 2);
    assert_int_equal(live_of(&r, "green"), 3);
    q.count = 0;
    aws_rig_later(&r, 7200);
    read_queue(&r, &q);
    assert_null(find(&q, SPOT, NULL, NULL, 0));
    assert_int_equal(find(&q, STATE, i->id, "shutting-down", 0)->at, 1320);
    aws_rig_stop(&r);
}

static void they_go_one_after_the_other(void **state)
{
    struct aws_rig r;
    struct queue_read q = {0};
    aws_rig_start(&r, "spot-interrupt=3");
    make_group(&r, "spot", 2, "SPOT");
    aws_rig_later(&r, 4 * 3600);
    read_queue(&r, &q);
    const struct told *before = NULL;
    for (unsigned i = 0; i < 3; i++) {
        const struct told *t = find(&q, SPOT, NULL, NULL, i);
        assert_non_null(t);
        assert_true(!before || t->at > before->at + 120);
        assert_int_equal(find(&q, STATE, t->instance, "shutting-down", 0)->at, t->at + 120);
        before = t;
    }
    assert_null(find(&q, SPOT, NULL, NULL, 3));
    assert_int_equal(live_of(&r, "spot"), 2);
    aws_rig_stop(&r);
}

static void only_spot_machines_are_taken(void **state)
{
    struct aws_rig r;
    struct queue_read q = {0};
    aws_rig_start(&r, "spot-interrupt=2:1m");
    aws_rig_later(&r, 3600);
    read_queue(&r, &q);
    assert_int_equal(q.count, 0);
    make_group(&r, "late", 1, "SPOT");
    aws_rig_later(&r, 600);
    read_queue(&r, &q);
    const struct told *ahead = find(&q, REBALANCE, NULL, NULL, 0);
    const struct told *warning = find(&q, SPOT, NULL, NULL, 0);
    assert_non_null(ahead);
    assert_non_null(warning);
    assert_true(warning->at >= ahead->at + 120 && warning->at <= ahead->at + 360);
    assert_int_equal(live_of(&r, "blue"), 2);
    aws_rig_stop(&r);
}

/* The group is made smaller, or somebody ends the machine after the recommendation. */
static void one_that_has_gone_by_itself_is_not_warned_of(void **state)
{
    struct aws_rig r;
    struct queue_read q = {0};
    aws_rig_start(&r, "spot-interrupt=1:1h");
    make_group(&r, "spot", 1, "SPOT");
    aws_rig_later(&r, 3600 - 120 - r.now_ms / 1000);
    read_queue(&r, &q);
    const struct told *ahead = find(&q, REBALANCE, NULL, NULL, 0);
    assert_non_null(ahead);
    account_terminate(aws_rig_account(&r),
                      account_find_instance(aws_rig_account(&r), ahead->instance));
    aws_rig_later(&r, 7200);
    read_queue(&r, &q);
    assert_null(find(&q, SPOT, NULL, NULL, 0));
    assert_int_equal(live_of(&r, "spot"), 1);
    aws_rig_stop(&r);
}

static void the_fault_is_a_number_and_a_time(void **state)
{
    struct err err = {0};
    struct faults f = {0};
    assert_int_equal(faults_parse(&f, SV("spot-interrupt=3:20m"), &err), 0);
    assert_int_equal(f.spot_interrupt, 3);
    assert_int_equal(f.spot_interrupt_ms, 1200000);
    assert_int_equal(faults_parse(&f, SV("spot-interrupt=2"), &err), 0);
    assert_int_equal(f.spot_interrupt, 2);
    assert_int_equal(f.spot_interrupt_ms, 0);
    static const char *const bad[] = {
        "spot-interrupt=0",  "spot-interrupt=:5m",  "spot-interrupt=x",
        "spot-interrupt=1:", "spot-interrupt=1:0s", "spot-interrupt=1:soon"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        assert_int_equal(faults_parse(&f, sv_of(bad[i]), &err), -1);
    assert_non_null(strstr(err.msg, "spot-interrupt=1:soon: a number"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(machines_tell_their_states),
        cmocka_unit_test(a_spot_machine_goes_two_minutes_after_its_warning),
        cmocka_unit_test(they_go_one_after_the_other),
        cmocka_unit_test(only_spot_machines_are_taken),
        cmocka_unit_test(one_that_has_gone_by_itself_is_not_warned_of),
        cmocka_unit_test(the_fault_is_a_number_and_a_time),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
