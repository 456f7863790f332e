/* What a run writes: the plan as it is now, what is worth noting, and what it is going to do. */
#include "plan/fields.h"
#include "plan/run_internal.h"

#include "base/must.h"

#define ACT_ITEMS_MAX (STORE_WRITES_MAX - JOURNAL_NOTES_MAX - 2 - 4)

static const char *const act_kinds[] = {
    [ACT_INTENDED] = "act.intent",
    [ACT_DONE] = "act.done",
    [ACT_FAILED] = "act.failed",
};
static const char *const act_names[] = {
    [ACT_INTENDED] = "intended",
    [ACT_DONE] = "done",
    [ACT_FAILED] = "failed",
};

/* --- notes --------------------------------------------------------------------------------- */

void run_note_data(const char *words, struct str *out)
{
    struct jsonw w;
    jsonw_init(&w, out, 0);
    jsonw_object(&w);
    if (words)
        jsonw_kv_str(&w, "words", words);
    jsonw_object_end(&w);
}

static struct run_note *add_note(struct plan_run *run, const struct plan_step *step,
                                 const char *kind, struct sv data)
{
    const char *kept_kind = mem_must(arena_dup(&run->note_arena, sv_of(kind)));
    const char *kept_data = mem_must(arena_dup(&run->note_arena, data));
    struct run_note note = {.step = step ? step->name : NULL,
                            .kind = kept_kind,
                            .at_ms = run_now_ms(),
                            .data = sv_n(kept_data, data.len)};
    must_push(&run->notes, note);
    return &run->notes.items[run->notes.len - 1];
}

void plan_note(struct plan_run *run, const struct plan_step *step, const char *kind, struct sv data)
{
    add_note(run, step, kind, data.ptr ? data : SV("{}"));
}

/* --- one transaction ----------------------------------------------------------------------- */

struct batch {
    struct journal_note notes[JOURNAL_NOTES_MAX];
    struct store_write writes[STORE_WRITES_MAX];
    size_t notes_len, writes_len;
    struct arena arena;
    char subject[RUN_NAME_MAX], acts[RUN_NAME_MAX];
};

static void batch_release(struct batch *b)
{
    arena_release(&b->arena);
}

static void add_act_item(struct batch *b, const struct run_note *note)
{
    _cleanup_str_ struct str body = {0};
    struct jsonw w;
    jsonw_init(&w, &body, 0);
    jsonw_object(&w);
    jsonw_kv_str(&w, "state", act_names[note->act->state]);
    jsonw_kv_int(&w, "at_ms", note->at_ms);
    if (note->act->data.ptr) {
        jsonw_key(&w, "data");
        jsonw_raw(&w, note->act->data);
    }
    jsonw_object_end(&w);
    b->writes[b->writes_len++] = (struct store_write){
        .act = STORE_PUT,
        .key = {b->acts, mem_must(arena_fmt(&b->arena, "%s/%s", note->step, note->act->key))},
        .body = sv_n(mem_must(arena_dup(&b->arena, str_sv(&body))), body.len)};
}

static const char *subject_of(struct batch *b, const char *step)
{
    return step ? mem_must(arena_fmt(&b->arena, "%s/%s", b->subject, step)) : b->subject;
}

/* Takes notes from `from` on, as many as fit; how many those are. */
static size_t fill(struct batch *b, const struct plan_run *run, size_t from)
{
    size_t taken = 0, items = 0;
    run_name(b->subject, "plan", run->plan->id);
    run_name(b->acts, "plan-act", run->plan->id);
    for (; from + taken < run->notes.len && taken < JOURNAL_NOTES_MAX; taken++) {
        const struct run_note *note = &run->notes.items[from + taken];
        if (note->act && items++ == ACT_ITEMS_MAX)
            break;
        b->notes[b->notes_len++] = (struct journal_note){.kind = note->kind,
                                                         .subject = subject_of(b, note->step),
                                                         .actor = run->options->actor,
                                                         .at_ms = note->at_ms,
                                                         .data = note->data};
        if (note->act)
            add_act_item(b, note);
    }
    b->writes[b->writes_len++] = lease_guard(run->lease);
    return taken;
}

/* A transaction without notes has no place in the journal. */
static int write_batch(struct plan_run *run, struct batch *b, struct err *err)
{
    size_t failed = STORE_NO_WRITE;
    struct err why = {0};
    int result = b->notes_len ? journal_append(run->store, b->notes, b->notes_len, b->writes,
                                               b->writes_len, &failed, &why)
                              : store_write(run->store, b->writes, b->writes_len, &failed, &why);
    if (result == 0)
        return 0;
    if (why.class == ERR_CONFLICT && failed < b->writes_len && b->writes[failed].act == STORE_CHECK)
        return run_lost(run, err);
    if (err)
        *err = why;
    err_wrap(err, "plan '%s': cannot write down what is going to be done", run->plan->id);
    return err && err->hint[0]
               ? -1
               : err_hint(err,
                          "nothing is done that is not written down first; when the "
                          "store can be written again: `toban plan resume %s`",
                          run->plan->id);
}

static void drop_notes(struct plan_run *run, size_t count)
{
    memmove(run->notes.items, run->notes.items + count,
            (run->notes.len - count) * sizeof *run->notes.items);
    run->notes.len -= count;
    if (!run->notes.len)
        arena_reset(&run->note_arena);
}

/* Writes what is noted until at most `leave` notes are left. */
static int flush_to(struct plan_run *run, size_t leave, struct err *err)
{
    while (run->notes.len > leave) {
        _cleanup_(batch_release) struct batch b = {0};
        size_t taken = fill(&b, run, 0);
        if (write_batch(run, &b, err))
            return -1;
        drop_notes(run, taken);
    }
    return 0;
}

int run_flush(struct plan_run *run, struct err *err)
{
    return flush_to(run, 0, err);
}

/* --- the plan ------------------------------------------------------------------------------ */

static void note_change(struct plan_run *run, const struct plan_step *step,
                        struct engine_change change, const char *words)
{
    _cleanup_str_ struct str of_step = {0}, of_plan = {0};
    if (change.step_kind) {
        run_note_data(words, &of_step);
        add_note(run, step, change.step_kind, str_sv(&of_step));
    }
    if (change.plan_kind) {
        run_note_data(run->plan->words, &of_plan);
        add_note(run, NULL, change.plan_kind, str_sv(&of_plan));
    }
}

static int write_plan(struct plan_run *run, const struct store_write *also, size_t also_count,
                      struct err *err)
{
    _cleanup_(batch_release) struct batch b = {0};
    _cleanup_str_ struct str core = {0};
    fields_format_core(run->plan, &core);
    if (!str_ok(&core))
        return err_nomem(err, "plan");
    size_t taken = fill(&b, run, 0);
    b.writes[b.writes_len++] = (struct store_write){.act = STORE_PUT,
                                                    .condition = STORE_AT_VERSION,
                                                    .expect = run->version,
                                                    .key = {"plan", run->plan->id},
                                                    .body = str_sv(&core)};
    for (size_t i = 0; i < also_count; i++)
        b.writes[b.writes_len++] = also[i];
    if (write_batch(run, &b, err))
        return -1;
    run->version++;
    drop_notes(run, taken);
    return 0;
}

int run_commit(struct plan_run *run, const struct plan_step *step, struct engine_change change,
               const char *words, const struct store_write *also, size_t also_count,
               struct err *err)
{
    if (flush_to(run, JOURNAL_NOTES_MAX - 2, err))
        return -1;
    size_t before = run->notes.len;
    note_change(run, step, change, words);
    if (write_plan(run, also, also_count, err) == 0)
        return 0;
    run->notes.len = before;
    return -1;
}

/* --- acts ---------------------------------------------------------------------------------- */

static const char *act_map_key(struct arena *a, const char *step, const char *key)
{
    return mem_must(arena_fmt(a, "%s/%s", step, key));
}

static struct run_act *find_act(const struct plan_run *run, const char *step, const char *key)
{
    char text[STORE_KEY_MAX + 1];
    int n = snprintf(text, sizeof text, "%s/%s", step, key);
    return n > 0 && (size_t)n < sizeof text ? map_get(&run->acts, sv_n(text, (size_t)n)) : NULL;
}

static struct run_act *make_act(struct plan_run *run, const char *path)
{
    struct run_act *act = mem_must(arena_new(&run->arena, struct run_act));
    const char *copy = mem_must(arena_dup(&run->arena, sv_of(path)));
    const char *slash = strchr(copy, '/');
    act->step = mem_must(arena_dup(&run->arena, sv_n(copy, (size_t)(slash - copy))));
    act->key = slash + 1;
    if (!map_put(&run->acts, sv_of(copy), act))
        must_fail_nomem();
    return act;
}

static int take_act(void *ctx, const struct store_item *item, struct err *err)
{
    struct plan_run *run = ctx;
    _cleanup_doc_ struct doc_file f = {0};
    if (!strchr(item->sort, '/'))
        return 0;
    if (doc_parse_json(&f, item->sort, item->body, NULL, err))
        return -1;
    struct run_act *act = make_act(run, item->sort);
    const struct doc_node *data = doc_get(f.parts[0].root, "data");
    struct sv state = doc_get_string(f.parts[0].root, "state");
    act->state = ACT_INTENDED;
    for (int i = ACT_INTENDED; i <= ACT_FAILED; i++)
        if (sv_is(state, act_names[i]))
            act->state = (enum plan_act_state)i;
    if (data) {
        struct sv raw = sv_n(item->body.ptr + data->span.start, data->span.end - data->span.start);
        act->data = sv_n(mem_must(arena_dup(&run->arena, raw)), raw.len);
    }
    return 0;
}

int run_load_acts(struct plan_run *run, struct err *err)
{
    char partition[RUN_NAME_MAX];
    struct store_query query = {.partition = run_name(partition, "plan-act", run->plan->id)};
    return store_list(run->store, &query, take_act, run, err);
}

static int note_act(struct plan_run *run, const struct plan_step *step, const struct plan_act *act,
                    struct err *err)
{
    _cleanup_str_ struct str text = {0};
    struct jsonw w;
    const struct run_act *before = find_act(run, step->name, act->key);
    if (act->state == ACT_UNKNOWN || act->state > ACT_FAILED || !act->key[0] ||
        strlen(step->name) + 1 + strlen(act->key) > STORE_KEY_MAX)
        return err_set(err, ERR_BUG, "plan '%s': '%.200s' is no act that can be written down",
                       run->plan->id, act->key);
    jsonw_init(&w, &text, 0);
    jsonw_object(&w);
    jsonw_kv_str(&w, "key", act->key);
    if (act->data.ptr) {
        jsonw_key(&w, "data");
        jsonw_raw(&w, act->data);
    }
    jsonw_object_end(&w);
    struct plan_act *kept = mem_must(arena_new(&run->note_arena, struct plan_act));
    *kept = *act;
    if (!kept->data.ptr && before)
        kept->data = before->data;
    add_note(run, step, act_kinds[act->state], str_sv(&text))->act = kept;
    return 0;
}

static void remember_act(struct plan_run *run, const struct plan_step *step,
                         const struct plan_act *act)
{
    struct run_act *known = find_act(run, step->name, act->key);
    if (!known)
        known = make_act(run, act_map_key(&run->note_arena, step->name, act->key));
    known->state = act->state;
    if (act->data.ptr)
        known->data = sv_n(mem_must(arena_dup(&run->arena, act->data)), act->data.len);
}

int plan_record(struct plan_run *run, const struct plan_step *step, const struct plan_act *acts,
                size_t count, struct err *err)
{
    size_t before = run->notes.len;
    for (size_t i = 0; i < count; i++)
        if (note_act(run, step, &acts[i], err)) {
            run->notes.len = before;
            return -1;
        }
    if (run_flush(run, err)) {
        /* What was not written is not to be written later, behind the back of who was told so. */
        while (run->notes.len && run->notes.items[run->notes.len - 1].act)
            run->notes.len--;
        return -1;
    }
    for (size_t i = 0; i < count; i++)
        remember_act(run, step, &acts[i]);
    return 0;
}

enum plan_act_state plan_act_state(const struct plan_run *run, const struct plan_step *step,
                                   const char *key)
{
    const struct run_act *act = find_act(run, step->name, key);
    return act ? act->state : ACT_UNKNOWN;
}

static int by_key(const void *a, const void *b)
{
    return strcmp((*(const struct run_act *const *)a)->key,
                  (*(const struct run_act *const *)b)->key);
}

void plan_acts_each(const struct plan_run *run, const struct plan_step *step,
                    void (*each)(void *ctx, const struct plan_act *act), void *ctx)
{
    VEC(const struct run_act *) list = {0};
    size_t at = 0;
    for (const struct map_slot *slot; (slot = map_next(&run->acts, &at));) {
        const struct run_act *act = slot->value;
        if (strcmp(act->step, step->name) == 0)
            must_push(&list, act);
    }
    if (list.len)
        qsort(list.items, list.len, sizeof *list.items, by_key);
    vec_foreach(item, &list) {
        struct plan_act act = {.key = (*item)->key,
                               .state = (*item)->state,
                               .data = (*item)->data.ptr ? (*item)->data : SV("{}")};
        each(ctx, &act);
    }
    vec_release(&list);
}
