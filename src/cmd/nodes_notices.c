/* What AWS has put on a queue about machines: received, told with what it means here, and, when it
 * is asked for, taken. A message is deleted when what it says has been printed, never before. */
#include "base/must.h"
#include "cloud/sqs.h"
#include "cmd/cloud_options.h"
#include "cmd/cluster.h"
#include "cmd/interrupt.h"
#include "cmd/nodes_verbs.h"
#include "cmd/notices_print.h"

#include <errno.h>
#include <poll.h>
#include <stdatomic.h>
#include <time.h>
#include <unistd.h>

#define ROUND_MESSAGES 10 /* SQS gives no more at once */
#define BATCH_MESSAGES 1000
#define FOLLOW_WAIT_S 20
#define ASIDE_S 2
#define LOOK_AGAIN_MS 5000 /* what is only looked at is there again at once */

struct message {
    const char *id, *receipt;
    bool stays; /* it could not be told, or not all of it */
};

struct reading {
    struct cmd_ctx *ctx;
    struct aws_client *aws;
    const char *url;
    bool take, follow, json;
    struct sqs_queue queue;
    struct arena arena; /* of url and queue */
    struct notices seen;
    bool unseen; /* a cluster or messages could not be looked at */

    /* Since the last print. */
    struct arena batch_arena;
    VEC(struct message) batch;
    size_t staying;

    struct interrupt interrupt;
    atomic_bool idle; /* nothing is printed that is not also deleted: the process may end */
    struct timespec begun;
};

static void reading_release(struct reading *r)
{
    interrupt_stop(&r->interrupt);
    vec_release(&r->batch);
    notices_release(&r->seen);
    arena_release(&r->batch_arena);
    arena_release(&r->arena);
    aws_client_free(r->aws);
}

static int64_t now_of(const struct reading *r)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return r->ctx->now + (t.tv_sec - r->begun.tv_sec);
}

/* ---- opening ---- */

static const char *queue_of(const struct cmd_ctx *ctx)
{
    const char *queue = cmd_value(ctx, "queue"), *cloud = cmd_value(ctx, "cloud");
    return queue ? queue : cloud + strlen("eks:");
}

static int find_queue(struct reading *r, struct err *err)
{
    const char *queue = queue_of(r->ctx);
    if (sv_starts(sv_of(queue), "https://") || sv_starts(sv_of(queue), "http://")) {
        r->url = queue;
    } else if (sqs_find_queue(r->aws, queue, &r->arena, &r->url, err)) {
        if (err->class == ERR_NOT_FOUND) {
            err_wrap(err, "nodes: no queue '%s' in %s", queue, aws_client_region(r->aws));
            err_hint(err,
                     "`aws sqs list-queues --region %s` tells which there are; another one is "
                     "named by --queue, another region by --region",
                     aws_client_region(r->aws));
        }
        return -1;
    }
    if (sqs_describe(r->aws, r->url, &r->arena, &r->queue, err))
        return err_wrap(err, "nodes: queue '%s' in %s", queue, aws_client_region(r->aws));
    return 0;
}

/* Every look counts as a receiving, and too many of them move a message away from those who are to
 * act on it. */
static int check_looking(const struct reading *r, struct err *err)
{
    if (r->take || !r->queue.redrive)
        return 0;
    err_set(err, ERR_CONFLICT,
            "nodes: queue '%s' moves what was received too often to a dead-letter queue, and each "
            "look counts as a receiving",
            queue_of(r->ctx));
    return err_hint(err, "--take prints the notices and deletes them from the queue; whoever else "
                         "reads it then misses them");
}

static void leave_when_idle(void *ctx)
{
    struct reading *r = ctx;
    if (atomic_load(&r->idle))
        _exit(CMD_OK);
}

static int reading_open(struct reading *r, struct cmd_ctx *ctx, struct err *err)
{
    const struct aws_options options = cloud_options_aws(ctx);
    const char *format = cmd_value(ctx, "output");
    r->ctx = ctx;
    r->take = cmd_given(ctx, "take");
    r->follow = cmd_given(ctx, "follow");
    r->json = format && strcmp(format, "json") == 0;
    clock_gettime(CLOCK_MONOTONIC, &r->begun);
    r->interrupt.asked = leave_when_idle;
    r->interrupt.ctx = r;
    if (r->follow && interrupt_start(&r->interrupt, err) < 0)
        return -1;
    if (aws_client_new(&options, &r->aws, err) < 0 || find_queue(r, err) < 0)
        return -1;
    return check_looking(r, err);
}

/* ---- receiving ---- */

static bool in_batch(const struct reading *r, const char *id)
{
    vec_foreach(m, &r->batch)
        if (strcmp(m->id, id) == 0)
            return true;
    return false;
}

static void take_in(struct reading *r, const struct sqs_message *m)
{
    struct notice notice;
    notice_parse(sv_of(m->body), &r->batch_arena, &notice);
    bool stays = notice.kind == NOTICE_UNREADABLE || notice.instances_dropped;
    notices_add(&r->seen, &notice, m->id);
    must_push(&r->batch, (struct message){m->id, m->receipt, stays});
    r->staying += stays;
    if (notice.instances_dropped)
        cmd_say(r->ctx, "message %s: %u machines more than %d are not told", m->id,
                notice.instances_dropped, NOTICE_INSTANCES_MAX);
}

/* One answer of SQS into the batch; returns how many messages it had. */
static int receive_some(struct reading *r, const struct sqs_look *look, struct err *err)
{
    struct sqs_messages got = {0};
    if (sqs_receive(r->aws, r->url, look, &r->batch_arena, &got, err))
        return err_wrap(err, "nodes: queue '%s'", queue_of(r->ctx));
    shape_each(m, &got.items)
        if (!in_batch(r, m->id))
            take_in(r, m);
    return (int)got.items.count;
}

/* What there is now: until SQS has nothing that is new to us. What is only looked at stays visible
 * as long as one answer holds all; SQS would give the same ones again and again where there are
 * more, so that those seen have to step aside. */
static int receive(struct reading *r, unsigned wait_s, struct err *err)
{
    bool aside = false;
    unsigned stale = 0; /* answers in a row with nothing new */
    int count;
    r->batch.len = r->staying = 0;
    arena_reset(&r->batch_arena);
    do {
        size_t before = r->batch.len;
        struct sqs_look look = {.most = ROUND_MESSAGES, .wait_s = before ? 0 : wait_s};
        if (!r->take)
            look.visibility_s = shape_int(aside ? ASIDE_S : 0);
        count = receive_some(r, &look, err);
        if (count < 0)
            return -1;
        stale = r->batch.len > before ? 0 : stale + 1;
        aside |= count == ROUND_MESSAGES;
    } while (count && stale < (aside ? 2 : 1) && r->batch.len < BATCH_MESSAGES);
    return 0;
}

/* ---- telling ---- */

/* Without a cluster the notices are still worth reading. */
static void look_at_cluster(struct reading *r, size_t first)
{
    _cleanup_cluster_ struct cluster c = {0};
    struct err err = {0};
    if (cluster_open(&c, r->ctx, &err) < 0 || cluster_read(&c, r->ctx, &err) < 0) {
        cmd_say(r->ctx,
                "which nodes and pods that meets is not told, for the cluster cannot be "
                "read: %s",
                err.msg);
        r->unseen = true;
        return;
    }
    cluster_tell_gaps(&c, r->ctx);
    r->unseen |= c.report.gaps.len > 0;
    notices_look(&r->seen, first, &c.world);
}

static void write_rows(const struct reading *r, size_t first, struct str *out)
{
    const struct notices_print p = {
        .out = out,
        .rows = r->seen.rows.items + first,
        .count = r->seen.rows.len - first,
        .queue = queue_of(r->ctx),
        .now = now_of(r),
    };
    if (!r->json && first)
        str_addc(out, '\n');
    if (!r->json)
        notices_print_table(&p);
    else if (r->follow)
        notices_print_lines(&p);
    else
        notices_print_json(&p);
}

static int print(struct reading *r, size_t first, struct err *err)
{
    _cleanup_str_ struct str out = {0};
    if (r->seen.rows.len > first)
        look_at_cluster(r, first);
    notices_sort(&r->seen, first);
    write_rows(r, first, &out);
    if (!str_ok(&out))
        return err_nomem(err, "printing the notices");
    if (fwrite(str_c(&out), 1, out.len, r->ctx->out) != out.len || fflush(r->ctx->out) != 0) {
        err_sys(err, errno, "nodes: cannot print the notices");
        return err_hint(err, "nothing was deleted from the queue");
    }
    return 0;
}

/* What could not be told stays for somebody who can. */
static int delete_told(struct reading *r, struct err *err)
{
    for (size_t i = 0; r->take && i < r->batch.len; i++) {
        const struct message *m = &r->batch.items[i];
        if (m->stays || sqs_delete(r->aws, r->url, m->receipt, err) == 0)
            continue;
        return err_wrap(err, "nodes: message %s was printed, but stays on queue '%s'", m->id,
                        queue_of(r->ctx));
    }
    return 0;
}

static int round_once(struct reading *r, unsigned wait_s, struct err *err)
{
    size_t first = r->seen.rows.len;
    if (receive(r, wait_s, err) < 0)
        return -1;
    atomic_store(&r->idle, false);
    if ((!r->follow || r->seen.rows.len > first) && print(r, first, err) < 0)
        return -1;
    return delete_told(r, err);
}

static int read_once(struct reading *r, struct err *err)
{
    if (round_once(r, 0, err) < 0)
        return -1;
    size_t there = r->queue.messages.n > 0 ? (size_t)r->queue.messages.n : 0;
    if (!r->seen.rows.len)
        cmd_say(r->ctx, "nothing is on queue '%s'%s", queue_of(r->ctx),
                r->queue.in_flight.n > 0 ? " but what another reader holds at the moment" : "");
    if (there > r->batch.len) {
        cmd_say(r->ctx, "%zu of about %zu messages were told; %s", r->batch.len, there,
                r->take ? "once more for the rest" : "--take goes through all of them");
        r->unseen = true;
    }
    if (r->take && r->staying)
        cmd_say(r->ctx, "messages that could not be told whole stay on the queue: %zu", r->staying);
    return r->unseen ? CMD_PARTLY : CMD_OK;
}

static bool interrupted(const struct reading *r, int wait_ms)
{
    struct pollfd p = {.fd = r->interrupt.fd, .events = POLLIN};
    return poll(&p, 1, wait_ms) > 0;
}

static int follow(struct reading *r, struct err *err)
{
    do {
        atomic_store(&r->idle, true);
        if (interrupted(r, r->batch.len && !r->take ? LOOK_AGAIN_MS : 0))
            return CMD_OK;
    } while (round_once(r, FOLLOW_WAIT_S, err) == 0);
    return -1;
}

int nodes_run_notices(struct cmd_ctx *ctx, struct err *err)
{
    _cleanup_(reading_release) struct reading r = {0};
    if (reading_open(&r, ctx, err) < 0)
        return -1;
    return r.follow ? follow(&r, err) : read_once(&r, err);
}
