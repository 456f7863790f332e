#include "plan/run_internal.h"

#include "base/must.h"
#include "base/timestamp.h"

/* --- taking a plan up ---------------------------------------------------------------------- */

static int64_t ttl_of(const struct plan_run_options *o)
{
    return o->ttl_ms > 0 ? o->ttl_ms : LEASE_TTL_MS;
}

/* Reads the plan again: before the lease was held anybody may have changed it. */
static int reload(struct plan_run *run, struct plan *p, struct err *err)
{
    char id[RUN_NAME_MAX];
    struct plan fresh;
    snprintf(id, sizeof id, "%s", p->id);
    int result = run_load(run->store, id, &fresh, &run->version, err);
    if (result) {
        plan_release(&fresh);
        return -1;
    }
    plan_release(p);
    *p = fresh;
    return 0;
}

static int refuse_over(const struct plan *p, struct err *err)
{
    err_set(err, ERR_CONFLICT, "plan %s is over (%s)", p->id, plan_status_names[p->status]);
    return err_hint(err, "`toban plan show %s` tells what it did", p->id);
}

int run_open(struct plan_run *run, struct store *s, struct plan *p,
             const struct plan_run_options *o, int64_t patience_ms, struct err *err)
{
    char name[RUN_NAME_MAX];
    struct lease_options lease = {
        .ttl_ms = ttl_of(o), .patience_ms = patience_ms, .only_silent = true};
    *run = (struct plan_run){.store = s, .plan = p, .options = o};
    if (lease_acquire(s, run_name(name, "plan", p->id), &lease, &run->lease, NULL, err)) {
        bool held = err && err->class == ERR_CONFLICT;
        if (held)
            err_hint(err, "`toban plan pause %s` asks that runner to stop", p->id);
        return err_wrap(err, held ? "another runner has plan %s" : "plan %s", p->id);
    }
    if (reload(run, p, err) == 0 && (!plan_is_over(p) || refuse_over(p, err) == 0))
        return 0;
    run_close(run);
    return -1;
}

void run_close(struct plan_run *run)
{
    keeper_stop(&run->keeper);
    lease_release(steal_ptr(run->lease), run->store);
    map_release(&run->acts);
    vec_release(&run->notes);
    arena_release(&run->note_arena);
    arena_release(&run->arena);
}

int run_lost(struct plan_run *run, struct err *err)
{
    char name[RUN_NAME_MAX], since[TIMESTAMP_TEXT_MAX];
    struct lease_holder holder = {0};
    if (lease_look(run->store, run_name(name, "plan", run->plan->id), &holder, NULL) == 0)
        err_set(err, ERR_CONFLICT,
                "plan %s was taken over by %s at %s; nothing was done here after that",
                run->plan->id, holder.who, timestamp_format(holder.since, since));
    else
        err_set(err, ERR_CONFLICT,
                "plan %s was taken over by another runner, which has ended since; nothing was done "
                "here after that",
                run->plan->id);
    return err_hint(err, "`toban plan show %s` tells how far it is", run->plan->id);
}

void run_tell(struct plan_run *run, const struct plan_step *step, const char *kind,
              const char *words)
{
    if (run->host->tell)
        run->host->tell(run->host->ctx, run->plan, step, kind, words ? words : "");
}

/* --- doing --------------------------------------------------------------------------------- */

static const struct plan_verb *find_verb(const struct plan_host *host, const char *name)
{
    for (const struct plan_verb *verb = host->verbs; verb && verb->name; verb++)
        if (strcmp(verb->name, name) == 0)
            return verb;
    return NULL;
}

static int check_verbs(const struct plan *p, const struct plan_host *host, struct err *err)
{
    vec_foreach(step, &p->steps) {
        if (strcmp(step->verb, "gate") == 0 || find_verb(host, step->verb))
            continue;
        err_set(err, ERR_INPUT, "plan %s: nobody here knows how to do '%s' (step '%s')", p->id,
                step->verb, step->name);
        return err_hint(err, "use the toban that made the plan");
    }
    return 0;
}

typedef enum plan_end verb_function(void *ctx, struct plan_run *run, const struct plan_step *step,
                                    struct err *err);

static enum plan_end call_verb(struct plan_run *run, struct engine_next next, struct err *why)
{
    const struct plan_verb *verb = find_verb(run->host, next.step->verb);
    verb_function *f = next.move == ENGINE_CHECK    ? verb->check
                       : next.move == ENGINE_ACT    ? verb->act
                       : next.move == ENGINE_VERIFY ? verb->verify
                                                    : verb->undo;
    enum plan_end end = f ? f(run->host->ctx, run, next.step, why) : PLAN_END_OK;
    if (end == PLAN_END_OK)
        err_clear(why);
    return end;
}

static void say_why_stopped(const struct plan_run *run, struct err *why)
{
    if (atomic_load(&run->keeper.pause))
        err_set(why, ERR_NONE, "%s asked for it", run->keeper.pause_by);
    else if (atomic_load(&run->keeper.signalled))
        err_set(why, ERR_NONE, "its runner was told to stop");
    else
        err_set(why, ERR_NONE, "its runner could not keep its lease: %s", run->keeper.why.msg);
}

/* Takes back what could not be written down, so that the plan in memory is the one on the disk. */
struct before {
    struct plan_step step;
    enum plan_status status;
    const char *words;
    bool back;
};

static struct before remember(const struct plan *p, const struct plan_step *step)
{
    return (struct before){
        .step = step ? *step : (struct plan_step){0},
        .status = p->status,
        .words = p->words,
        .back = p->back,
    };
}

static int keep_change(struct plan_run *run, struct plan_step *step, const struct before *before,
                       struct engine_change change, const struct store_write *also,
                       size_t also_count, struct err *err)
{
    const char *words = step ? step->words : NULL;
    if (!change.step_kind && !change.plan_kind)
        return 0;
    if (run_commit(run, step, change, words, also, also_count, err)) {
        if (step)
            *step = before->step;
        run->plan->status = before->status;
        run->plan->words = before->words;
        run->plan->back = before->back;
        return -1;
    }
    if (change.step_kind)
        run_tell(run, step, change.step_kind, words);
    if (change.plan_kind)
        run_tell(run, NULL, change.plan_kind, run->plan->words);
    return 0;
}

int run_took(struct plan_run *run, struct engine_next next, enum plan_end end,
             const struct err *why, struct err *err)
{
    char partition[STORE_KEY_MAX], sort[RUN_NAME_MAX];
    struct store_write claims;
    struct before before = remember(run->plan, next.step);
    struct engine_change change =
        engine_took(&run->engine, run->plan, next, end, why, run_now_ms());
    size_t also =
        plan_is_over(run->plan) ? run_claims_delete(run->plan, partition, sort, &claims) : 0;
    return keep_change(run, next.step, &before, change, &claims, also, err);
}

int run_reached(struct plan_run *run, struct plan_step *step, const char *words, struct err *err)
{
    struct before before = remember(run->plan, step);
    struct engine_change change = engine_reached(run->plan, step, words, run_now_ms());
    return keep_change(run, step, &before, change, NULL, 0, err);
}

static bool is_new_step(enum engine_move move)
{
    return move == ENGINE_CHECK || move == ENGINE_BEGIN || move == ENGINE_UNDOING;
}

static int do_next(struct plan_run *run, struct engine_next next, struct err *err)
{
    struct err why = {0};
    enum plan_end end = PLAN_END_OK;
    if (is_new_step(next.move) && store_probe(run->store, err)) {
        err_wrap(err, "plan %s stops before step '%s'", run->plan->id, next.step->name);
        return err && err->hint[0] ? -1
                                   : err_hint(err,
                                              "nothing was done in this step; then: "
                                              "`toban plan resume %s`",
                                              run->plan->id);
    }
    if (next.move == ENGINE_GATE)
        return run_gate(run, next.step, err);
    if (next.move == ENGINE_CHECK || next.move == ENGINE_ACT || next.move == ENGINE_VERIFY ||
        next.move == ENGINE_UNDO)
        end = call_verb(run, next, &why);
    if (atomic_load(&run->keeper.lost))
        return run_lost(run, err);
    if (end == PLAN_END_PAUSE && plan_stopping(run))
        next.move = ENGINE_PAUSE;
    if (next.move == ENGINE_PAUSE)
        say_why_stopped(run, &why);
    return run_took(run, next, end, &why, err);
}

static int drive(struct plan_run *run, struct err *err)
{
    for (;;) {
        plan_poll(run);
        if (atomic_load(&run->keeper.lost))
            return run_lost(run, err);
        struct engine_next next = engine_next(&run->engine, run->plan, plan_stopping(run));
        if (next.move == ENGINE_LEAVE)
            return 0;
        if (do_next(run, next, err))
            return -1;
    }
}

static bool has_accepted(const struct plan *p, const char *id)
{
    vec_foreach(known, &p->accepted)
        if (strcmp(*known, id) == 0)
            return true;
    return false;
}

/* What is found only later is accepted later. */
static void accept_more(struct plan_run *run)
{
    struct plan *p = run->plan;
    for (const char *const *id = run->options->accept; id && *id; id++) {
        _cleanup_str_ struct str data = {0};
        if (has_accepted(p, *id))
            continue;
        must_push(&p->accepted, mem_must(arena_dup(&p->arena, sv_of(*id))));
        run_note_data(*id, &data);
        plan_note(run, NULL, "plan.accepted", str_sv(&data));
    }
}

/* Takes an earlier wish to pause back: who resumes has decided. */
static int start(struct plan_run *run, struct err *err)
{
    char partition[RUN_NAME_MAX];
    struct store_write forget = {
        .act = STORE_DELETE,
        .key = {run_name(partition, "plan-ask", run->plan->id), "pause"},
    };
    struct before before = remember(run->plan, NULL);
    accept_more(run);
    struct engine_change change = engine_start(run->plan, run->options->rollback);
    return keep_change(run, NULL, &before, change, &forget, 1, err);
}

static int run_all(struct plan_run *run, struct err *err)
{
    if (check_verbs(run->plan, run->host, err) || run_load_acts(run, err) || start(run, err) ||
        keeper_start(&run->keeper, store_where(run->store), run->lease, run->plan->id,
                     ttl_of(run->options), run->options->stop_fd, err))
        return -1;
    return drive(run, err);
}

int plan_run(struct store *s, struct plan *p, const struct plan_host *host,
             const struct plan_run_options *o, struct err *err)
{
    struct plan_run run;
    int64_t ttl = ttl_of(o);
    if (run_open(&run, s, p, o, o->patience_ms > 0 ? o->patience_ms : ttl + ttl / 4, err))
        return -1;
    run.host = host;
    int result = run_all(&run, err);
    run_close(&run);
    return result;
}

/* --- for verbs ----------------------------------------------------------------------------- */

const struct plan *plan_run_plan(const struct plan_run *run)
{
    return run->plan;
}

bool plan_may_act(const struct plan_run *run)
{
    return !atomic_load(&run->keeper.lost) && lease_valid(run->lease);
}

bool plan_stopping(const struct plan_run *run)
{
    return keeper_stopping(&run->keeper);
}

int plan_wake_fd(const struct plan_run *run)
{
    return run->keeper.wake_fd;
}

void plan_poll(struct plan_run *run)
{
    keeper_drain(&run->keeper);
    unsigned there = atomic_load(&run->keeper.answers);
    if (there == run->answers)
        return;
    _cleanup_arena_ struct arena arena = {0};
    struct run_asks asks = {.arena = &arena};
    if (run_list_asks(run->store, run->plan->id, &asks, NULL) == 0) {
        run_merge_answers(run->plan, &asks);
        run->answers = there;
    }
    vec_release(&asks.answers);
}

static struct plan_question *find_question(struct plan *p, const char *name)
{
    vec_foreach(question, &p->questions)
        if (strcmp(question->name, name) == 0)
            return question;
    return NULL;
}

int plan_ask(struct plan_run *run, const struct plan_step *step, const char *name, const char *text,
             struct err *err)
{
    struct plan *p = run->plan;
    if (find_question(p, name))
        return 0;
    const char *kept_name = mem_must(arena_dup(&p->arena, sv_of(name)));
    const char *kept_text = mem_must(arena_dup(&p->arena, sv_of(text)));
    struct plan_question question = {
        .name = kept_name, .text = kept_text, .asked_ms = run_now_ms()};
    must_push(&p->questions, question);
    _cleanup_str_ struct str words = {0};
    str_addf(&words, "%s: %s", name, text);
    struct engine_change change = {.step_kind = "question.asked"};
    if (run_commit(run, step, change, str_c(&words), NULL, 0, err)) {
        p->questions.len--;
        return -1;
    }
    run_tell(run, step, "question.asked", str_c(&words));
    return 0;
}

bool plan_answered(struct plan_run *run, const char *name)
{
    plan_poll(run);
    const struct plan_question *question = find_question(run->plan, name);
    return question && question->answered_by;
}
