#include "store/lease.h"

#include "base/timestamp.h"
#include "store/lease_item.h"

#include <stdatomic.h>
#include <time.h>

#define PARTITION "lease"

struct lease {
    char *name;
    uint64_t token;
    struct lease_item item;
    _Atomic int64_t renewed_ms; /* when the last renewal that worked began */
    atomic_bool lost;
};

/* What stands in the store, or that nothing does. */
struct sight {
    bool found;
    uint64_t version, token;
    struct lease_item item;
};

static int64_t clock_ms(clockid_t clock)
{
    struct timespec t;
    clock_gettime(clock, &t);
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static int64_t now_ms(void)
{
    return clock_ms(CLOCK_BOOTTIME);
}

static struct store_key key_of(const char *name)
{
    return (struct store_key){PARTITION, name};
}

static int look(struct store *s, const char *name, struct sight *out, struct err *err)
{
    _cleanup_arena_ struct arena a = {0};
    struct store_item item;
    struct err cause = {0};
    *out = (struct sight){0};
    if (store_get(s, key_of(name), &a, &item, &cause) < 0) {
        if (cause.class == ERR_NOT_FOUND)
            return 0;
        if (err)
            *err = cause;
        return err_wrap(err, "lease '%s'", name);
    }
    out->found = true;
    out->version = item.version;
    out->token = item.fence;
    if (lease_item_parse(item.body, &out->item))
        return 0;
    err_set(err, ERR_INPUT, "%s: lease '%s' is not readable", store_where(s), name);
    return err_hint(err, "was it written by a newer toban? use that one");
}

static void describe(const struct sight *sight, struct lease_holder *out)
{
    *out = (struct lease_holder){
        .since = sight->item.since,
        .token = sight->token,
        .dead = holder_is_dead(&sight->item.holder),
    };
    snprintf(out->who, sizeof out->who, "%s", sight->item.holder.who);
}

static int held_by_other(const char *name, const struct sight *sight, struct lease_holder *holder,
                         struct err *err)
{
    char since[TIMESTAMP_TEXT_MAX];
    const char *note = sight->item.note;
    if (holder)
        describe(sight, holder);
    err_set(err, ERR_CONFLICT, "'%s' is held by %s since %s%s%s%s", name, sight->item.holder.who,
            timestamp_format(sight->item.since, since), *note ? " (" : "", note, *note ? ")" : "");
    return err_hint(err,
                    "wait until it ends, or end it there; one that has died is replaced "
                    "after %lld s of silence",
                    (long long)(sight->item.ttl_ms + 999) / 1000);
}

static int write_item(struct store *s, const struct lease *l, enum store_condition condition,
                      uint64_t expect, struct err *err)
{
    _cleanup_str_ struct str body = {0};
    lease_item_format(&l->item, &body);
    if (!str_ok(&body))
        return err_nomem(err, "writing a lease");
    struct store_write w = {
        .condition = condition,
        .key = key_of(l->name),
        .expect = expect,
        .body = str_sv(&body),
        .fence = l->token,
    };
    return store_write(s, &w, 1, NULL, err);
}

/* 0 taken; 1 somebody was faster; -1. */
static int take(struct store *s, struct lease *l, const struct sight *sight, struct err *err)
{
    struct err cause = {0};
    int64_t began = now_ms();
    l->token = sight->token + 1;
    l->item.since = clock_ms(CLOCK_REALTIME) / 1000;
    if (write_item(s, l, sight->found ? STORE_AT_VERSION : STORE_ABSENT, sight->version, &cause) ==
        0) {
        atomic_store(&l->renewed_ms, began);
        return 0;
    }
    if (cause.class == ERR_CONFLICT)
        return 1;
    if (err)
        *err = cause;
    return err_wrap(err, "cannot take lease '%s'", l->name);
}

static void nap(int64_t ttl_ms)
{
    int64_t ms = ttl_ms / 20;
    ms = ms < 5 ? 5 : ms > 250 ? 250 : ms;
    nanosleep(&(struct timespec){.tv_nsec = ms * 1000000}, NULL);
}

/* Takes it as soon as nobody holds it, its holder is dead, or was silent for its whole ttl. */
static int wait_and_take(struct store *s, struct lease *l, const struct lease_options *options,
                         struct lease_holder *holder, struct err *err)
{
    const int64_t patience_ms = options ? options->patience_ms : 0;
    const bool only_silent = options && options->only_silent;
    struct sight sight;
    uint64_t version = 0, token = 0;
    int64_t began = now_ms(), changed = began;
    for (;;) {
        if (look(s, l->name, &sight, err) < 0)
            return -1;
        int64_t now = now_ms();
        bool renewed = version && sight.version != version && sight.token == token;
        if (sight.version != version) {
            version = sight.version;
            token = sight.token;
            changed = now;
        }
        bool free = !sight.found || !sight.item.held || holder_is_dead(&sight.item.holder) ||
                    now - changed >= sight.item.ttl_ms;
        int rc = free ? take(s, l, &sight, err) : 1;
        if (rc <= 0)
            return rc;
        if (free)
            continue;
        if (now - began >= patience_ms || (only_silent && renewed))
            return held_by_other(l->name, &sight, holder, err);
        nap(l->item.ttl_ms < sight.item.ttl_ms ? l->item.ttl_ms : sight.item.ttl_ms);
    }
}

int lease_acquire(struct store *s, const char *name, const struct lease_options *options,
                  struct lease **out, struct lease_holder *holder, struct err *err)
{
    struct lease *l = calloc(1, sizeof *l);
    *out = NULL;
    if (l)
        l->name = strdup(name);
    if (!l || !l->name) {
        free(l);
        return err_nomem(err, "taking a lease");
    }
    l->item.held = true;
    l->item.ttl_ms = options && options->ttl_ms > 0 ? options->ttl_ms : LEASE_TTL_MS;
    snprintf(l->item.note, sizeof l->item.note, "%s",
             options && options->note ? options->note : "");
    holder_self(&l->item.holder);
    if (wait_and_take(s, l, options, holder, err) < 0) {
        lease_free(l);
        return -1;
    }
    *out = l;
    return 0;
}

int lease_renew(struct lease *l, struct store *s, struct err *err)
{
    struct err cause = {0};
    int64_t began = now_ms();
    if (!atomic_load(&l->lost) && write_item(s, l, STORE_AT_FENCE, l->token, &cause) == 0) {
        atomic_store(&l->renewed_ms, began);
        return 0;
    }
    if (atomic_load(&l->lost) || cause.class == ERR_CONFLICT) {
        atomic_store(&l->lost, true);
        err_set(err, ERR_CONFLICT, "lease '%s' was taken over by somebody else", l->name);
        return err_hint(err, "nothing more is done here; whoever took it over goes on");
    }
    if (err)
        *err = cause;
    return err_wrap(err, "cannot renew lease '%s'", l->name);
}

void lease_release(struct lease *l, struct store *s)
{
    if (!l)
        return;
    l->item.held = false;
    /* When it cannot be written, the next one finds the holder dead, or silent for a ttl. */
    write_item(s, l, STORE_AT_FENCE, l->token, NULL);
    lease_free(l);
}

void lease_free(struct lease *l)
{
    if (!l)
        return;
    free(l->name);
    free(l);
}

bool lease_valid(const struct lease *l)
{
    int64_t ttl = l->item.ttl_ms;
    return !atomic_load(&l->lost) && now_ms() - atomic_load(&l->renewed_ms) < ttl - ttl / 4;
}

uint64_t lease_token(const struct lease *l)
{
    return l->token;
}

struct store_write lease_guard(const struct lease *l)
{
    return (struct store_write){
        .act = STORE_CHECK,
        .condition = STORE_AT_FENCE,
        .key = key_of(l->name),
        .expect = l->token,
    };
}

int lease_look(struct store *s, const char *name, struct lease_holder *out, struct err *err)
{
    struct sight sight;
    if (look(s, name, &sight, err) < 0)
        return -1;
    if (!sight.found || !sight.item.held)
        return err_set(err, ERR_NOT_FOUND, "nobody holds '%s'", name);
    describe(&sight, out);
    return 0;
}
