#include "replace_rig.h"

#include "journal/journal.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "unit.h"

/* ---- the sky ---- */

static void sky_path(const struct rig *r, char out[160])
{
    snprintf(out, 160, "%s/ledger", r->folder);
}

void sky_load(const struct rig *r, void *sky, size_t size)
{
    char path[160];
    sky_path(r, path);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    assert_true(fd >= 0 && read(fd, sky, size) == (ssize_t)size);
    close(fd);
}

void sky_save(const struct rig *r, const void *sky, size_t size, bool point)
{
    char path[160], fresh[168];
    sky_path(r, path);
    snprintf(fresh, sizeof fresh, "%s.new", path);
    int fd = open(fresh, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    if (point)
        rig_point();
    assert_true(fd >= 0 && write(fd, sky, size) == (ssize_t)size);
    close(fd);
    assert_int_equal(rename(fresh, path), 0);
    if (point)
        rig_point();
}

void replace_rig_release(struct rig *r)
{
    char path[160], fresh[168];
    sky_path(r, path);
    snprintf(fresh, sizeof fresh, "%s.new", path);
    unlink(fresh);
    rig_release(r);
}

int sky_index(const char *const *names, int count, const char *name)
{
    for (int i = 0; i < count; i++)
        if (strcmp(names[i], name) == 0)
            return i;
    fail_msg("no group %s", name);
    abort();
}

/* ---- killed ---- */

static const struct killing *killing;
static bool go_back;

static int child_run(struct rig *r, const char *id, unsigned n)
{
    struct err err = {0};
    _cleanup_plan_ struct plan p = {0};
    if (store_open(r->where, &r->store, &err))
        return 9;
    int result = plan_load(r->store, id, &p, &err);
    bool over = plan_is_over(&p);
    if (result == 0 && !over) {
        rig_kill_at(n);
        result = killing->run(r, id, go_back, &p, &err);
        over = plan_is_over(&p);
        rig_kill_at(0);
    }
    store_free(r->store);
    return result ? 10 + (int)err.class : over ? 0 : 1;
}

static void verify_journal(struct rig *r)
{
    struct journal_proof proof = {0};
    struct err err = {0};
    assert_int_equal(store_open(r->where, &r->store, &err), 0);
    assert_int_equal(journal_verify(r->store, NULL, &proof, &err), 0);
    assert_int_equal(proof.faults.len, 0);
    journal_proof_release(&proof);
}

/* False: there is no nth point. */
static bool killed_at(unsigned n)
{
    struct rig r;
    char id[16];
    killing->begin(&r, id);
    store_free(r.store);
    r.store = NULL;
    go_back = false;
    int status = rig_in_child(child_run, &r, id, n, NULL, 0);
    bool died = WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL;
    go_back = killing->back;
    if (died)
        status = rig_in_child(child_run, &r, id, 0, NULL, 0);
    if (status)
        fail_msg("point %u: status %x", n, (unsigned)status);
    if (died || !killing->back)
        killing->check(&r);
    verify_journal(&r);
    replace_rig_release(&r);
    return died;
}

void killed_at_every_point(const struct killing *k)
{
    unsigned n = 1;
    killing = k;
    while (killed_at(n))
        n++;
    assert_true(n > k->least);
}
