/* What people do to a plan while a runner may be at it. */
#include "plan/run_internal.h"

#include "base/jsonw.h"
#include "base/must.h"

/* --- asking -------------------------------------------------------------------------------- */

static void format_ask(const char *actor, int64_t at_ms, struct str *out)
{
    struct jsonw w;
    jsonw_init(&w, out, 0);
    jsonw_object(&w);
    jsonw_kv_str(&w, "by", actor);
    jsonw_kv_int(&w, "at_ms", at_ms);
    jsonw_object_end(&w);
}

static int leave_ask(struct store *s, const struct plan *p, const char *sort, const char *actor,
                     const char *kind, const char *words, enum store_condition condition,
                     struct err *err)
{
    _cleanup_str_ struct str body = {0}, data = {0};
    char partition[RUN_NAME_MAX], subject[RUN_NAME_MAX];
    int64_t now = run_now_ms();
    format_ask(actor, now, &body);
    run_note_data(words, &data);
    if (!str_ok(&body) || !str_ok(&data))
        return err_nomem(err, "request");
    struct store_write write = {.act = STORE_PUT,
                                .condition = condition,
                                .key = {run_name(partition, "plan-ask", p->id), sort},
                                .body = str_sv(&body)};
    struct journal_note note = {.kind = kind,
                                .subject = run_name(subject, "plan", p->id),
                                .actor = actor,
                                .at_ms = now,
                                .data = str_sv(&data)};
    return journal_append(s, &note, 1, &write, 1, NULL, err);
}

/* --- pause and abort ----------------------------------------------------------------------- */

static int end_quietly(struct plan_run *run, enum plan_status status, const char *kind,
                       const char *words, struct err *err)
{
    char partition[STORE_KEY_MAX], sort[RUN_NAME_MAX];
    struct store_write claims;
    run->plan->status = status;
    run->plan->words = words;
    size_t also =
        plan_is_over(run->plan) ? run_claims_delete(run->plan, partition, sort, &claims) : 0;
    return run_commit(run, NULL, (struct engine_change){.plan_kind = kind}, NULL, &claims, also,
                      err);
}

int plan_pause(struct store *s, const char *id, const char *actor, struct err *err)
{
    _cleanup_plan_ struct plan p = {0};
    struct plan_run run;
    struct plan_run_options options = {.actor = actor};
    struct err why = {0};
    if (plan_load(s, id, &p, err))
        return -1;
    if (!plan_is_over(&p) && run_open(&run, s, &p, &options, 0, &why)) {
        if (why.class == ERR_CONFLICT && !plan_is_over(&p))
            return leave_ask(s, &p, "pause", actor, "plan.pause-asked", NULL, STORE_ANYHOW, err);
        if (err)
            *err = why;
        return -1;
    }
    if (plan_is_over(&p))
        return err_set(err, ERR_CONFLICT, "plan %s is over (%s)", p.id,
                       plan_status_names[p.status]);
    const char *words = mem_must(arena_fmt(&p.arena, "%s asked for it", actor));
    bool rests = p.status == PLAN_PAUSED || p.status == PLAN_STOPPED;
    int result = rests ? 0 : end_quietly(&run, PLAN_PAUSED, "plan.paused", words, err);
    run_close(&run);
    return result;
}

int plan_abort(struct store *s, const char *id, const char *actor, struct err *err)
{
    _cleanup_plan_ struct plan p = {0};
    struct plan_run run;
    struct plan_run_options options = {.actor = actor};
    if (plan_load(s, id, &p, err) || run_open(&run, s, &p, &options, 0, err))
        return -1;
    const char *words = mem_must(arena_fmt(&p.arena, "%s ended it as it was", actor));
    int result = end_quietly(&run, PLAN_ABORTED, "plan.aborted", words, err);
    run_close(&run);
    return result;
}

/* --- approve ------------------------------------------------------------------------------- */

/* Something that waits for a person. */
struct open {
    const char *name;
    const char *kind; /* of the journal's entry */
};

struct open_list {
    VEC(struct open) items;
};

static bool is_open_gate(const struct plan_step *step)
{
    return strcmp(step->verb, "gate") == 0 && step->gate.kind == GATE_APPROVAL &&
           step->state == STEP_BEGUN && !step->memory.approved_by;
}

static void list_open(const struct plan *p, struct open_list *out)
{
    vec_foreach(step, &p->steps)
        if (is_open_gate(step))
            must_push(&out->items, (struct open){step->name, "gate.approved"});
    vec_foreach(question, &p->questions)
        if (!question->answered_by)
            must_push(&out->items, (struct open){question->name, "question.answered"});
}

static int refuse_several(const struct plan *p, const struct open_list *list, struct err *err)
{
    _cleanup_str_ struct str names = {0};
    vec_foreach(open, &list->items)
        str_addf(&names, "%s%s", names.len ? ", " : "", open->name);
    err_set(err, ERR_CONFLICT, "plan %s waits for several answers: %s", p->id, str_c(&names));
    return err_hint(err, "name one: `toban plan approve %s %s`", p->id, list->items.items[0].name);
}

/* Why nothing waits for this, as far as the plan tells. */
static int refuse_unknown(struct plan *p, const char *what, struct err *err)
{
    struct plan_step *step = plan_find_step(p, what);
    vec_foreach(question, &p->questions)
        if (strcmp(question->name, what) == 0)
            return err_set(err, ERR_CONFLICT, "plan %s: '%s' was answered by %s", p->id, what,
                           question->answered_by);
    if (!step || strcmp(step->verb, "gate") != 0) {
        err_set(err, ERR_NOT_FOUND, "plan %s has no gate or question '%s'", p->id, what);
        return err_hint(err, "`toban plan show %s` lists them", p->id);
    }
    if (step->memory.approved_by)
        return err_set(err, ERR_CONFLICT, "plan %s: '%s' was approved by %s", p->id, what,
                       step->memory.approved_by);
    if (step->gate.kind != GATE_APPROVAL)
        return err_set(err, ERR_CONFLICT, "plan %s: '%s' is not for people to open (%s)", p->id,
                       what, step->title ? step->title : gate_kind_names[step->gate.kind]);
    return err_set(err, ERR_CONFLICT, "plan %s has not come to '%s' yet", p->id, what);
}

static const struct open *choose(struct plan *p, const struct open_list *list, const char *what,
                                 struct err *err)
{
    vec_foreach(open, &list->items)
        if (what ? strcmp(open->name, what) == 0 : list->items.len == 1)
            return open;
    if (what)
        refuse_unknown(p, what, err);
    else if (list->items.len)
        refuse_several(p, list, err);
    else
        err_set(err, ERR_CONFLICT, "plan %s (%s) does not wait for anybody", p->id,
                plan_status_names[p->status]);
    return NULL;
}

static int approve(struct store *s, const struct plan *p, const struct open *open,
                   const char *actor, struct err *err)
{
    char sort[STORE_KEY_MAX + 1];
    struct err why = {0};
    if (snprintf(sort, sizeof sort, "answer/%s", open->name) >= (int)sizeof sort)
        return err_set(err, ERR_LIMIT, "plan %s: the name '%.60s…' is too long", p->id, open->name);
    if (leave_ask(s, p, sort, actor, open->kind, open->name, STORE_ABSENT, &why) == 0)
        return 0;
    if (err)
        *err = why;
    if (why.class == ERR_CONFLICT)
        return err_set(err, ERR_CONFLICT, "plan %s: somebody else answered '%s' just now", p->id,
                       open->name);
    return -1;
}

int plan_approve(struct store *s, const char *id, const char *what, const char *actor,
                 struct err *err)
{
    _cleanup_plan_ struct plan p = {0};
    struct open_list list = {0};
    if (plan_load(s, id, &p, err))
        return -1;
    if (plan_is_over(&p))
        return err_set(err, ERR_CONFLICT, "plan %s is over (%s)", p.id,
                       plan_status_names[p.status]);
    list_open(&p, &list);
    const struct open *open = choose(&p, &list, what, err);
    int result = open ? approve(s, &p, open, actor, err) : -1;
    vec_release(&list.items);
    return result;
}
