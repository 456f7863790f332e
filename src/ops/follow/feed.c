#include "ops/follow/feed.h"

#include "kube/stream.h"
#include "net/http.h"

#include <errno.h>
#include <sys/eventfd.h>
#include <unistd.h>

/* Above this the watches wait, and TCP holds the server back. One object may be larger. */
#define FEED_BYTES ((size_t)16 << 20)
#define FEED_KEPT ((size_t)1 << 20) /* of an empty buffer's memory */

int feed_init(struct feed *f, struct err *err)
{
    *f = (struct feed){0};
    pthread_mutex_init(&f->lock, NULL);
    pthread_cond_init(&f->room, NULL);
    str_init(&f->in, FEED_BYTES + KUBE_EVENT_MAX + sizeof(struct feed_item));
    str_init(&f->out, f->in.max);
    f->fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    return f->fd < 0 ? err_sys(err, errno, "cannot make an event descriptor") : 0;
}

void feed_release(struct feed *f)
{
    pthread_mutex_destroy(&f->lock);
    pthread_cond_destroy(&f->room);
    str_release(&f->in);
    str_release(&f->out);
    if (f->fd >= 0)
        close(f->fd);
}

static void signal_taker(struct feed *f)
{
    (void)!write(f->fd, &(uint64_t){1}, sizeof(uint64_t));
}

bool feed_put(struct feed *f, const struct feed_item *item)
{
    struct feed_item head = *item;
    head.at_ms = http_now_ms();
    pthread_mutex_lock(&f->lock);
    while (!f->closed && f->in.len && f->in.len + item->text.len > FEED_BYTES)
        pthread_cond_wait(&f->room, &f->lock);
    size_t before = f->in.len;
    bool open = !f->closed && !f->lost;
    if (open) {
        str_add(&f->in, &head, sizeof head);
        str_addv(&f->in, item->text);
        if (!str_ok(&f->in)) {
            f->in.len = before;
            f->in.failed = false;
            f->lost = true;
        }
        if (before == 0)
            signal_taker(f);
    }
    open = open && !f->lost;
    pthread_mutex_unlock(&f->lock);
    return open;
}

/* Takes all that is there at once, so that the lock is held as rarely as can be. */
static bool swap(struct feed *f)
{
    pthread_mutex_lock(&f->lock);
    struct str empty = f->out;
    f->out = f->in;
    f->in = empty;
    str_reset(&f->in);
    if (f->in.cap > FEED_KEPT)
        str_release(&f->in);
    f->at = 0;
    if (f->out.len == 0 && !f->lost)
        (void)!read(f->fd, &(uint64_t){0}, sizeof(uint64_t));
    pthread_cond_signal(&f->room);
    pthread_mutex_unlock(&f->lock);
    return f->out.len > 0;
}

static bool take_loss(struct feed *f, struct feed_item *item)
{
    static const struct err lost = {.class = ERR_LOCAL,
                                    .msg = "out of memory while following the cluster"};
    *item = (struct feed_item){
        .type = FEED_OVER, .at_ms = http_now_ms(), .text = sv_n((const char *)&lost, sizeof lost)};
    pthread_mutex_lock(&f->lock);
    bool is_lost = f->lost;
    pthread_mutex_unlock(&f->lock);
    return is_lost;
}

bool feed_take(struct feed *f, struct feed_item *item)
{
    if (f->at == f->out.len && !swap(f))
        return take_loss(f, item);
    memcpy(item, f->out.data + f->at, sizeof *item);
    f->at += sizeof *item;
    item->text.ptr = f->out.data + f->at;
    f->at += item->text.len;
    return true;
}

void feed_close(struct feed *f)
{
    pthread_mutex_lock(&f->lock);
    f->closed = true;
    pthread_cond_broadcast(&f->room);
    pthread_mutex_unlock(&f->lock);
}
