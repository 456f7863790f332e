#include "aws/wire.h"

#include "aws/reason.h"
#include "base/must.h"

#include <time.h>

#define ATTEMPTS 5
#define ATTEMPTS_MAX 100
#define TIMEOUT_MS 60000
#define AWS_KEY_MAX 132 /* 128 by the model of STS */
#define BACKOFF_MAX_MS 20000
#define BACKOFF_THROTTLED_MS 1000
#define BACKOFF_FAILED_MS 200

/* --- clock -------------------------------------------------------------------------------- */

static int64_t system_now(void *ctx)
{
    struct timespec ts;
    (void)ctx;
    clock_gettime(CLOCK_REALTIME, &ts);
    return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

static bool system_wait(void *ctx, unsigned ms)
{
    struct timespec left = {ms / 1000, (long)(ms % 1000) * 1000000};
    (void)ctx;
    while (nanosleep(&left, &left) && (left.tv_sec || left.tv_nsec))
        ;
    return true;
}

/* --- life --------------------------------------------------------------------------------- */

void aws_wire_init(struct aws_wire *w, const struct aws_clock *clock, uint64_t seed)
{
    *w = (struct aws_wire){.clock = {system_now, system_wait, NULL},
                           .rng = {seed ? seed : retry_seed()},
                           .attempts = ATTEMPTS,
                           .timeout_ms = TIMEOUT_MS,
                           .adaptive = true};
    if (clock)
        w->clock = *clock;
}

static struct sv setting(const struct aws_settings *s, const char *variable, struct sv profile)
{
    const char *value = aws_env_get(s->env, variable);
    return value ? sv_of(value) : profile;
}

int aws_wire_configure(struct aws_wire *w, const struct aws_settings *s, struct err *err)
{
    struct sv ca = setting(s, "AWS_CA_BUNDLE", s->profile.ca_bundle);
    struct sv attempts = setting(s, "AWS_MAX_ATTEMPTS", s->profile.max_attempts);
    struct sv mode = setting(s, "AWS_RETRY_MODE", s->profile.retry_mode);
    uint64_t n;
    if (attempts.len && (!sv_to_u64(attempts, &n) || n < 1 || n > ATTEMPTS_MAX))
        return err_set(err, ERR_USAGE, "AWS_MAX_ATTEMPTS is '%.*s', expected 1 to %d",
                       SV_ARG(attempts), ATTEMPTS_MAX);
    if (attempts.len)
        w->attempts = (unsigned)n;
    if (ca.len)
        w->ca_file = mem_must(strndup(ca.ptr, ca.len));
    w->adaptive = !sv_ieq(mode, SV("standard")) && !sv_ieq(mode, SV("legacy"));
    return 0;
}

void aws_wire_release(struct aws_wire *w)
{
    http_client_free(w->http);
    w->http = NULL;
    free(w->ca_file);
    w->ca_file = NULL;
    vec_foreach(pace, &w->paces)
        free(*pace);
    vec_release(&w->paces);
}

struct http_client *aws_wire_http(struct aws_wire *w, struct err *err)
{
    const struct http_config config = {.ca = {.file = w->ca_file}};
    if (!w->http && http_client_new(&config, &w->http, err))
        return NULL;
    return w->http;
}

static struct aws_wire_pace *pace_of(struct aws_wire *w, const struct aws_service *service)
{
    vec_foreach(pace, &w->paces)
        if ((*pace)->service == service)
            return *pace;
    struct aws_wire_pace *pace = mem_must(calloc(1, sizeof *pace));
    pace->service = service;
    aws_pace_init(&pace->pace, aws_wire_now(w));
    must_push(&w->paces, pace);
    return pace;
}

/* --- attempts ----------------------------------------------------------------------------- */

/* A call with what became of it so far. */
struct trial {
    struct aws_wire *w;
    const struct aws_target *target;
    const struct aws_call *call;
    const struct aws_signer *signer;
    struct aws_wire_pace *pace;
    struct aws_answer *answer;
    struct http_response response; /* of the last attempt */
    unsigned attempts, retries;
    bool renewed, reset;    /* other keys were asked for; the clock was set */
    char used[AWS_KEY_MAX]; /* the access key of the last attempt */
};

static void answer_empty(struct aws_answer *a)
{
    aws_answer_release(a);
    *a = (struct aws_answer){0};
}

static int attempt(struct trial *t, struct err *err)
{
    const struct aws_credentials *keys = NULL;
    http_response_release(&t->response);
    t->response = (struct http_response){.outcome = HTTP_UNUSABLE};
    answer_empty(t->answer);
    if (t->signer && t->signer->keys(t->signer->ctx, false, &keys, err))
        return -1;
    if (keys)
        snprintf(t->used, sizeof t->used, "%s", keys->access_key);
    int result = aws_wire_send(t->w, t->target, t->call, keys, t->answer, &t->response, err);
    bool throttled = aws_code_throttles(t->answer->code) || t->answer->status == 429;
    if (t->response.outcome == HTTP_ANSWERED) {
        t->pace->was_up = true;
        aws_pace_learn(&t->pace->pace, throttled, aws_wire_now(t->w));
    }
    return result;
}

/* Whether there are other keys than those that were refused. */
static bool change_keys(struct trial *t)
{
    const struct aws_credentials *fresh = NULL;
    t->renewed = true;
    return t->signer->keys(t->signer->ctx, true, &fresh, NULL) == 0 &&
           strncmp(fresh->access_key, t->used, sizeof t->used - 1) != 0;
}

/* What is wrong with the request itself and can be put right at once. */
static bool mend(struct trial *t)
{
    const struct aws_answer *a = t->answer;
    int64_t theirs;
    if (!t->signer || t->response.outcome != HTTP_ANSWERED)
        return false;
    if (!t->reset && aws_code_skewed(a->code, a->message) &&
        retry_http_date(http_header(&t->response, "date", NULL), &theirs)) {
        int64_t skew = theirs * 1000 - aws_wire_now(t->w);
        bool moved = llabs(skew - t->w->skew_ms) > 60000;
        t->reset = true;
        t->w->skew_ms = skew;
        if (moved)
            return true;
    }
    return !t->renewed && aws_code_renews(a->code) && change_keys(t);
}

/* The case as net/retry knows it: codes that mean more than their status get the status that means
 * the same; a 503 of AWS does not promise that nothing was done. */
static int plain_status(const struct trial *t, bool throttled)
{
    int status = t->answer->status;
    if (throttled)
        return 429;
    if (aws_code_transient(t->answer->code) || status == 503)
        return 500;
    return status;
}

static bool try_again(struct trial *t, unsigned *delay_ms)
{
    bool throttled = aws_code_throttles(t->answer->code) || t->answer->status == 429;
    const struct retry_policy policy = {
        .attempts = t->call->attempts ? t->call->attempts : t->w->attempts,
        .base_ms = throttled ? BACKOFF_THROTTLED_MS : BACKOFF_FAILED_MS,
        .cap_ms = BACKOFF_MAX_MS};
    const struct retry_case c = {.attempt = t->attempts,
                                 .idempotent = t->call->idempotent,
                                 .was_up = t->pace->was_up,
                                 .outcome = t->response.outcome,
                                 .status = plain_status(t, throttled),
                                 .retry_after = http_header(&t->response, "retry-after", NULL),
                                 .unix_now = aws_wire_now(t->w) / 1000};
    return retry_decide(&policy, &c, &t->w->rng, delay_ms) && aws_pace_retry(&t->pace->pace);
}

static bool wait(struct aws_wire *w, unsigned ms)
{
    return ms == 0 || w->clock.wait(w->clock.ctx, ms);
}

static int try_all(struct trial *t, struct err *err)
{
    for (;;) {
        unsigned delay = t->w->adaptive ? aws_pace_take(&t->pace->pace, aws_wire_now(t->w)) : 0;
        if (!wait(t->w, delay))
            return t->attempts ? -1
                               : err_set(err, ERR_THROTTLED, "stopped while waiting to call %s",
                                         t->call->service->endpoint);
        err_clear(err);
        t->attempts++;
        if (attempt(t, err) == 0) {
            aws_pace_done(&t->pace->pace, t->retries);
            return 0;
        }
        if (mend(t))
            continue;
        if (!try_again(t, &delay) || !wait(t->w, delay))
            return -1;
        t->retries++;
    }
}

int aws_wire_call(struct aws_wire *w, const struct aws_target *target, const struct aws_call *call,
                  const struct aws_signer *signer, struct aws_answer *answer, struct err *err)
{
    struct trial t = {.w = w,
                      .target = target,
                      .call = call,
                      .signer = signer,
                      .pace = pace_of(w, call->service),
                      .answer = answer};
    struct err last = {0};
    *answer = (struct aws_answer){0};
    int result = try_all(&t, &last);
    answer->attempts = t.attempts;
    http_response_release(&t.response);
    if (result && err)
        *err = last;
    return result;
}
