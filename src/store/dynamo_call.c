/* Talks to DynamoDB, with patience. */
#include "store/dynamo.h"

#include <time.h>

#define FIRST_MS 20 /* limit of the first delay; doubles */
#define LAST_MS 1000

enum next { NEXT_AGAIN, NEXT_UNKNOWN /* the same, but it may have been done */, NEXT_STOP };

static enum next next_of(const struct aws_answer *answer, const struct err *cause)
{
    if (strcmp(answer->code, "TransactionCanceledException") == 0)
        return dynamo_read_cancel(answer->json).verdict == DYNAMO_AGAIN ? NEXT_AGAIN : NEXT_STOP;
    if (strcmp(answer->code, "TransactionInProgressException") == 0) /* our own, sent before */
        return NEXT_UNKNOWN;
    if (strcmp(answer->code, "TransactionConflictException") == 0 || cause->class == ERR_THROTTLED)
        return NEXT_AGAIN;
    return cause->class == ERR_REMOTE ? NEXT_UNKNOWN : NEXT_STOP;
}

static void nap(struct dynamo_store *s, unsigned attempt)
{
    uint64_t limit = attempt < 6 ? (uint64_t)FIRST_MS << attempt : LAST_MS;
    uint64_t ms = retry_random_upto(&s->rng, limit < LAST_MS ? limit : LAST_MS);
    nanosleep(
        &(struct timespec){.tv_sec = (time_t)(ms / 1000), .tv_nsec = (long)(ms % 1000) * 1000000},
        NULL);
}

/* What is said of the last attempt, all being in vain. */
static int give_up(const struct dynamo_store *s, enum next next, const char *doing,
                   const struct aws_answer *answer, const struct err *cause, struct err *err)
{
    if (next == NEXT_AGAIN) {
        err_set(err, ERR_THROTTLED, "%s: %s: DynamoDB has been refusing for %d s (%s)",
                s->base.where, doing, DYNAMO_PATIENCE_MS / 1000,
                *answer->code ? answer->code : cause->msg);
        return err_hint(err, "run it again; who else writes this table, and is its billing mode "
                             "PAY_PER_REQUEST?");
    }
    if (strcmp(answer->code, "ResourceNotFoundException") == 0)
        return dynamo_table_missing(s, err);
    if (strcmp(answer->code, "UnknownOperationException") == 0) {
        err_set(err, ERR_INPUT, "%s: %s: what answers there does not know the operation",
                s->base.where, doing);
        return err_hint(err, "toban needs transactions: use DynamoDB itself");
    }
    if (err)
        *err = *cause;
    if (cause->class == ERR_DENIED && err && *answer->denied_action)
        err_hint(err, "allow '%s' for the table; docs/format/store.md lists all that is needed",
                 answer->denied_action);
    return err_wrap(err, "%s: %s", s->base.where, doing);
}

int dynamo_call(struct dynamo_store *s, const char *action, const struct str *body,
                const char *doing, struct aws_answer *answer, struct err *err)
{
    struct aws_call call = {.service = &aws_service_dynamodb,
                            .action = action,
                            .body = str_sv(body),
                            .idempotent = true,
                            .attempts = 1};
    if (!str_ok(body))
        return err_nomem(err, doing);
    uint64_t end = http_now_ms() + DYNAMO_PATIENCE_MS;
    for (unsigned attempt = 0;; attempt++) {
        struct err cause = {0};
        if (aws_client_call(s->aws, &call, answer, &cause) == 0) {
            s->was_up = true;
            return 0;
        }
        enum next next = next_of(answer, &cause);
        s->was_up = s->was_up || answer->status;
        bool unknown = !s->was_up && attempt + 1 >= DYNAMO_FIRST_TRIES;
        if (next == NEXT_STOP || unknown || http_now_ms() >= end)
            return give_up(s, next, doing, answer, &cause, err);
        aws_answer_release(answer);
        nap(s, attempt);
    }
}
