#include "plan_rig.h"

#include "base/io.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdatomic.h>
#include <sys/wait.h>
#include <unistd.h>

#include "unit.h"

/* --- points -------------------------------------------------------------------------------- */

static atomic_uint points, kill_at, writes_left;
static atomic_bool failing;
static void (*before_write)(void *ctx);
static void *before_ctx;

void rig_kill_at(unsigned n)
{
    kill_at = n ? points + n : 0;
}

void rig_before_write(void (*f)(void *ctx), void *ctx)
{
    before_ctx = ctx;
    before_write = f;
}

void rig_fail_from(unsigned n)
{
    writes_left = n;
    failing = n > 0;
}

void rig_point(void)
{
    if (++points == kill_at)
        kill(getpid(), SIGKILL);
}

int __real_store_write(struct store *s, const struct store_write *writes, size_t count,
                       size_t *failed, struct err *err);
int __wrap_store_write(struct store *s, const struct store_write *writes, size_t count,
                       size_t *failed, struct err *err);
int __wrap_store_write(struct store *s, const struct store_write *writes, size_t count,
                       size_t *failed, struct err *err)
{
    void (*before)(void *ctx) = before_write;
    before_write = NULL;
    if (before)
        before(before_ctx);
    rig_point();
    if (failing && (writes_left == 0 || --writes_left == 0)) {
        if (failed)
            *failed = STORE_NO_WRITE;
        return err_set(err, ERR_LOCAL, "%s: the disk is full", store_where(s));
    }
    int result = __real_store_write(s, writes, count, failed, err);
    rig_point();
    return result;
}

int rig_in_child(int (*f)(struct rig *r, const char *id, unsigned n), struct rig *r, const char *id,
                 unsigned n, int *pid, int flags)
{
    int status = 0, child = fork();
    if (child == 0)
        _exit(f(r, id, n));
    assert_true(child > 0);
    if (pid)
        *pid = child;
    assert_int_equal(waitpid(child, &status, flags), child);
    return status;
}

/* --- the ledger ---------------------------------------------------------------------------- */

static void write_line(const struct rig *r, const char *what, const char *step, const char *key)
{
    char line[256];
    int n = snprintf(line, sizeof line, "%s %s/%s\n", what, step, key);
    int fd = open(r->ledger, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0600);
    rig_point();
    assert_true(fd >= 0 && write(fd, line, (size_t)n) == n);
    close(fd);
    rig_point();
}

unsigned rig_count(const struct rig *r, const char *line)
{
    _cleanup_str_ struct str text = {0};
    char whole[256];
    unsigned count = 0;
    struct err err = {0};
    if (io_read_file(r->ledger, 1 << 20, &text, &err))
        return 0;
    size_t n = (size_t)snprintf(whole, sizeof whole, "%s\n", line);
    for (const char *at = str_c(&text); (at = strstr(at, whole)); at += n)
        count += at == str_c(&text) || at[-1] == '\n';
    return count;
}

static unsigned ledger_count(const struct rig *r, const char *what, const char *step,
                             const char *key)
{
    char line[256];
    snprintf(line, sizeof line, "%s %s/%s", what, step, key);
    return rig_count(r, line);
}

static const struct {
    const char *name;
    unsigned acts;
} rig_steps[] = {{"first", 3}, {"second", 5}, {"third", 2}};

void rig_check_ledger(const struct rig *r, unsigned done, unsigned undone)
{
    for (size_t i = 0; i < ARRAY_LEN(rig_steps); i++)
        for (unsigned k = 0; k < rig_steps[i].acts; k++) {
            char key[32];
            snprintf(key, sizeof key, "k/%u", k);
            assert_int_equal(ledger_count(r, "do", rig_steps[i].name, key), done);
            assert_int_equal(ledger_count(r, "un", rig_steps[i].name, key), undone);
        }
}

/* --- verbs --------------------------------------------------------------------------------- */

static bool is_at(const char *at, const char *phase, const struct plan_step *step)
{
    size_t n = strlen(phase);
    return at && strncmp(at, phase, n) == 0 && at[n] == ':' && strcmp(at + n + 1, step->name) == 0;
}

/* What the test wants to happen in this phase; PLAN_END_OK: nothing special. */
static enum plan_end planned(struct rig *r, struct plan_run *run, const char *phase,
                             const struct plan_step *step, struct err *err)
{
    const char *id = plan_run_plan(run)->id;
    if (is_at(r->fail_at, phase, step)) {
        err_set(err, ERR_REMOTE, "%s of %s does not work", phase, step->name);
        return PLAN_END_FAIL;
    }
    if (!is_at(r->pause_at, phase, step))
        return PLAN_END_OK;
    struct store *other = NULL;
    r->pause_at = NULL;
    assert_int_equal(store_open(r->where, &other, err), 0);
    assert_int_equal(plan_pause(other, id, "bob@laptop", err), 0);
    store_free(other);
    struct pollfd fd = {.fd = plan_wake_fd(run), .events = POLLIN};
    while (!plan_stopping(run))
        poll(&fd, 1, -1);
    return PLAN_END_PAUSE;
}

static unsigned acts_of(const struct plan_step *step)
{
    for (size_t i = 0; i < ARRAY_LEN(rig_steps); i++)
        if (strcmp(step->name, rig_steps[i].name) == 0)
            return rig_steps[i].acts;
    return 1;
}

static enum plan_end work_check(void *ctx, struct plan_run *run, const struct plan_step *step,
                                struct err *err)
{
    struct rig *r = ctx;
    assert_int_equal(step->begun_ms, 0);
    if (r->skip_at && strcmp(r->skip_at, step->name) == 0)
        return PLAN_END_NOTHING;
    return planned(r, run, "check", step, err);
}

/* Says that it will, looks whether it did already when an earlier run said so too, does it, says
 * that it did. */
static int act_once(struct rig *r, struct plan_run *run, const struct plan_step *step,
                    const char *what, const char *key, struct err *err)
{
    char line[64];
    snprintf(line, sizeof line, "%s/%s", what, key);
    enum plan_act_state before = plan_act_state(run, step, line);
    struct plan_act act = {.key = line, .state = ACT_INTENDED, .data = SV("{\"n\":1}")};
    if (before == ACT_DONE)
        return 0;
    if (before != ACT_INTENDED && plan_record(run, step, &act, 1, err))
        return -1;
    if (++r->acts == r->stop_before_act)
        raise(SIGSTOP);
    struct pollfd fd = {.fd = plan_wake_fd(run), .events = POLLIN};
    while (r->hold && r->acts == r->stop_before_act && !plan_stopping(run))
        poll(&fd, 1, -1);
    if (before != ACT_INTENDED || !ledger_count(r, what, step->name, key)) {
        if (!plan_may_act(run))
            return err_set(err, ERR_CONFLICT, "may not act any more");
        write_line(r, what, step->name, key);
    }
    act = (struct plan_act){.key = line, .state = ACT_DONE};
    return plan_record(run, step, &act, 1, err);
}

static enum plan_end work_act(void *ctx, struct plan_run *run, const struct plan_step *step,
                              struct err *err)
{
    struct rig *r = ctx;
    assert_int_equal(step->state, STEP_BEGUN);
    if (r->ask_at && strcmp(r->ask_at, step->name) == 0) {
        if (plan_ask(run, step, "go-on", "shall it go on?", err))
            return PLAN_END_FAIL;
        if (!plan_answered(run, "go-on"))
            return PLAN_END_PAUSE;
    }
    for (unsigned i = 0; i < acts_of(step); i++) {
        char key[32];
        snprintf(key, sizeof key, "k/%u", i);
        if (act_once(r, run, step, "do", key, err))
            return PLAN_END_FAIL;
        if (r->note)
            plan_note(run, step, "test.noted", SV("{\"a\":1}"));
        if (i == 0) {
            enum plan_end end = planned(r, run, "act", step, err);
            if (end != PLAN_END_OK)
                return end;
        }
    }
    return PLAN_END_OK;
}

static enum plan_end work_verify(void *ctx, struct plan_run *run, const struct plan_step *step,
                                 struct err *err)
{
    return planned(ctx, run, "verify", step, err);
}

struct undoing {
    VEC(char *) keys;
};

static void collect(void *ctx, const struct plan_act *act)
{
    struct undoing *u = ctx;
    assert_true(sv_is(act->data, "{\"n\":1}"));
    if (strncmp(act->key, "do/", 3) == 0)
        assert_true(vec_push(&u->keys, strdup(act->key + 3)));
}

static enum plan_end work_undo(void *ctx, struct plan_run *run, const struct plan_step *step,
                               struct err *err)
{
    struct rig *r = ctx;
    struct undoing u = {0};
    enum plan_end end = planned(r, run, "undo", step, err);
    if (end == PLAN_END_OK && r->keep_at && strcmp(r->keep_at, step->name) == 0) {
        err_set(err, ERR_NONE, "what is gone is gone");
        return PLAN_END_KEEP;
    }
    plan_acts_each(run, step, collect, &u);
    vec_foreach(key, &u.keys) {
        if (end == PLAN_END_OK && ledger_count(r, "do", step->name, *key) &&
            act_once(r, run, step, "un", *key, err))
            end = PLAN_END_FAIL;
        free(*key);
    }
    vec_release(&u.keys);
    return end;
}

const struct plan_verb rig_verbs[] = {
    {"work", work_check, work_act, work_verify, work_undo},
    {0},
};

/* --- the host ------------------------------------------------------------------------------ */

static void tell(void *ctx, const struct plan *p, const struct plan_step *step, const char *kind,
                 const char *words)
{
    struct rig *r = ctx;
    size_t n = strlen(r->told);
    snprintf(r->told + n, sizeof r->told - n, "%s ", kind);
}

static void observe(void *ctx, const struct plan *p, const struct plan_step *gate,
                    struct gate_sight *out)
{
    struct rig *r = ctx;
    r->looks++;
    *out = r->sight;
}

struct plan_host rig_host(struct rig *r)
{
    return (struct plan_host){.ctx = r, .verbs = rig_verbs, .observe = observe, .tell = tell};
}

void rig_init(struct rig *r)
{
    struct err err = {0};
    /* Memory, where there is such a folder: what a killed process wrote stays there as well. */
    bool has_memory = access("/dev/shm", W_OK) == 0;
    *r = (struct rig){0};
    snprintf(r->folder, sizeof r->folder, "%s/toban-plan-XXXXXX", has_memory ? "/dev/shm" : "/tmp");
    assert_non_null(mkdtemp(r->folder));
    if (getenv("TOBAN_TEST_STORE")) {
        store_place_init(&r->place);
        snprintf(r->where, sizeof r->where, "%s", r->place.where);
    } else
        snprintf(r->where, sizeof r->where, "%s/toban.db", r->folder);
    snprintf(r->ledger, sizeof r->ledger, "%s/ledger", r->folder);
    if (store_open(r->where, &r->store, &err))
        fail_msg("%s", err.msg);
}

void rig_release(struct rig *r)
{
    static const char *const names[] = {"toban.db", "toban.db-wal", "toban.db-shm", "ledger"};
    store_free(r->store);
    if (*r->place.where)
        store_place_release(&r->place);
    for (size_t i = 0; i < ARRAY_LEN(names); i++) {
        char path[160];
        snprintf(path, sizeof path, "%s/%s", r->folder, names[i]);
        unlink(path);
    }
    assert_int_equal(rmdir(r->folder), 0);
}

void rig_plan_new(struct plan *p)
{
    plan_init(p);
    p->kind = "test";
    p->title = "do ten things";
    p->cluster_id = "c-1";
    for (size_t i = 0; i < ARRAY_LEN(rig_steps); i++)
        plan_add(p, rig_steps[i].name, "work", "some things", SV("{}"));
}

void rig_plan(struct rig *r, struct plan *p)
{
    struct err err = {0};
    rig_plan_new(p);
    assert_true(vec_push(&p->claims, "node/a"));
    if (plan_create(r->store, p, "ann@desk", &err))
        fail_msg("%s", err.msg);
}

int rig_run(struct rig *r, const char *id, const struct plan_run_options *o, struct plan *out,
            struct err *err)
{
    struct plan_host host = rig_host(r);
    plan_release(out);
    if (plan_load(r->store, id, out, err))
        return -1;
    return plan_run(r->store, out, &host, o, err);
}
