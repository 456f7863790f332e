/* The thread that reads the cluster. It touches nothing of the world. */
#include "ops/follow/internal.h"

#include <signal.h>
#include <errno.h>
#include <sys/eventfd.h>
#include <unistd.h>

/* Bookmarks come about every minute; a connection that is dead without a word is found by this. */
#define IDLE_MS 90000u

static bool put(struct watched *w, enum feed_type type, struct sv text)
{
    const struct feed_item item = {
        .type = type, .watch = (uint32_t)(w - w->f->watched), .text = text};
    return feed_put(&w->f->feed, &item);
}

static bool put_err(struct watched *w, enum feed_type type, const struct err *e)
{
    return put(w, type, sv_n((const char *)e, sizeof *e));
}

/* What worked once is allowed: a server that starts refuses for a while what it will allow. */
static bool is_refused(const struct watched *w, const struct err *e)
{
    return !w->opened && (e->http_status == 403 || e->http_status == 404 || e->http_status == 405);
}

static int on_trouble(struct watched *w, const struct err *e)
{
    bool refused = is_refused(w, e);
    if (!put_err(w, refused ? FEED_REFUSED : FEED_TROUBLE, e))
        return 1;
    return refused ? 2 : 0;
}

static int on_event(void *ctx, const struct kube_watch_event *e, struct err *err)
{
    static const enum feed_type types[] = {
        [KUBE_WATCH_RESET] = FEED_RESET,     [KUBE_WATCH_SYNCED] = FEED_SYNCED,
        [KUBE_WATCH_ADDED] = FEED_ADDED,     [KUBE_WATCH_MODIFIED] = FEED_CHANGED,
        [KUBE_WATCH_DELETED] = FEED_GONE,    [KUBE_WATCH_OPEN] = FEED_OPEN,
        [KUBE_WATCH_TROUBLE] = FEED_TROUBLE, [KUBE_WATCH_BOOKMARK] = FEED_OPEN,
    };
    struct watched *w = ctx;
    enum feed_type type = types[e->type];
    (void)err;
    if (e->type == KUBE_WATCH_TROUBLE)
        return on_trouble(w, e->err);
    if (e->type == KUBE_WATCH_RESET || e->type == KUBE_WATCH_SYNCED)
        w->listing = e->type == KUBE_WATCH_RESET;
    else
        w->opened = w->opened || !w->listing;
    if (e->type != KUBE_WATCH_RESET)
        atomic_store(&w->f->contact_ms, http_now_ms());
    if (e->type == KUBE_WATCH_BOOKMARK)
        return 0;
    if (type == FEED_ADDED && w->listing)
        type = FEED_LISTED;
    return put(w, type, e->item.text) ? 0 : 1;
}

static void *run(void *arg)
{
    struct follow *f = arg;
    struct kube_watch *watches[WISHES];
    struct err err = {0};
    const struct kube_watch_options options = {
        .idle_ms = f->idle_ms ? f->idle_ms : IDLE_MS, .wake_fd = f->stop_fd, .patient = true};
    for (size_t i = 0; i < f->count; i++)
        watches[i] = &f->watched[i].watch;
    if (kube_watch_run(f->client, watches, f->count, &options, &err) < 0)
        put_err(&f->watched[0], FEED_OVER, &err);
    return NULL;
}

static void prepare(struct watched *w)
{
    const struct kube_ref ref = w->watch.ref;
    w->watch = (struct kube_watch){.ref = ref,
                                   .field_selector = w->wish->fields,
                                   .text_only = true,
                                   .resource_version = *w->version ? w->version : NULL,
                                   .on_event = on_event,
                                   .ctx = w};
}

int watching_start(struct follow *f, struct err *err)
{
    sigset_t all, before;
    f->stop_fd = eventfd(0, EFD_CLOEXEC);
    if (f->stop_fd < 0)
        return err_sys(err, errno, "cannot make an event descriptor");
    for (size_t i = 0; i < f->count; i++)
        prepare(&f->watched[i]);
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    int failed = pthread_create(&f->thread, NULL, run, f);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    f->runs = !failed;
    return failed ? err_sys(err, failed, "cannot start a thread") : 0;
}

void watching_stop(struct follow *f)
{
    if (f->runs) {
        feed_close(&f->feed);
        (void)!write(f->stop_fd, &(uint64_t){1}, sizeof(uint64_t));
        pthread_join(f->thread, NULL);
    }
    if (f->stop_fd > 0)
        close(f->stop_fd);
}
