#include "ops/follow/follow.h"

#include "base/must.h"
#include "ops/follow/internal.h"
#include "ops/marks/marks.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <sys/epoll.h>
#include <time.h>
#include <unistd.h>

/* ---- the first lists ---- */

static void on_object(void *ctx, const struct reading_list *list, struct sv json)
{
    struct follow *f = ctx;
    struct watched *w = &f->watched[list - list->of->lists];
    known_add(&w->known, known_read(&f->w.strings, json));
}

static int need_budgets(const struct reading *r, struct err *err)
{
    for (size_t i = 0; i < r->count; i++) {
        const struct reading_list *l = &r->lists[i];
        if (l->list.result == 0 || strcmp(l->wish->kind, "PodDisruptionBudget") != 0)
            continue;
        *err = l->list.err;
        return err_wrap(err, "without %s nothing may be moved", l->wish->resource);
    }
    return 0;
}

/* Events are read once, for the times they tell. What may not be listed may not be watched; what
 * was read in pieces of different times, or not to its end, is listed again. */
static void plan_watch(struct watched *w, const struct reading_list *l)
{
    const struct kube_resource *res = l->resource;
    bool whole = l->list.result == 0 && !l->list.inconsistent;
    w->wish = l->wish;
    w->settled = l->wish->events || (l->list.result && l->list.err.class == ERR_DENIED);
    snprintf(w->api_version, sizeof w->api_version, "%s%s%s", res->group, *res->group ? "/" : "",
             res->version);
    snprintf(w->version, sizeof w->version, "%s", whole ? l->list.resource_version_out : "");
    w->watch.ref =
        (struct kube_ref){.group = res->group, .version = res->version, .resource = res->resource};
}

/* The watches stand where their lists stood, without those that are not to be. */
static void plan_watches(struct follow *f, const struct reading *r)
{
    for (size_t i = 0; i < r->count; i++) {
        struct watched w = f->watched[i];
        f->watched[i] = (struct watched){0};
        plan_watch(&w, &r->lists[i]);
        f->counts.lists++;
        if (w.settled) {
            known_release(&w.known);
            continue;
        }
        w.f = f;
        f->watched[f->count++] = w;
    }
}

static int fill(struct follow *f, const struct follow_options *o, struct err *err)
{
    _cleanup_free_ struct reading *r = mem_must(calloc(1, sizeof *r));
    r->client = f->client;
    r->w = &f->w;
    r->report = &f->report;
    r->on_object = on_object;
    r->ctx = f;
    r->no_traffic = o->no_traffic;
    int result = reading_run(r, o->now, err);
    if (result == 0)
        result = need_budgets(r, err);
    if (result == 0)
        result = reading_finish(r, err);
    if (result == 0) {
        plan_watches(f, r);
        world_follow(&f->w, r->load);
        r->load = NULL;
    }
    reading_release(r);
    return result;
}

/* ---- life ---- */

static void add_gap(struct follow *f, const char *subject, const char *what, const char *assumed,
                    const char *hint)
{
    must_push(&f->gaps, (struct follow_gap){subject, what, assumed, hint});
}

static int watch_fd(const struct follow *f, int fd, struct err *err)
{
    struct epoll_event event = {.events = EPOLLIN};
    return epoll_ctl(f->fd, EPOLL_CTL_ADD, fd, &event) < 0
               ? err_sys(err, errno, "cannot wait for an event descriptor")
               : 0;
}

static int open_fds(struct follow *f, const struct follow_options *o, struct err *err)
{
    if (feed_init(&f->feed, err) < 0 || contact_init(&f->contact, o, err) < 0)
        return -1;
    f->fd = epoll_create1(EPOLL_CLOEXEC);
    if (f->fd < 0)
        return err_sys(err, errno, "cannot make an event descriptor");
    return watch_fd(f, f->feed.fd, err) < 0 ? -1 : watch_fd(f, f->contact.timer, err);
}

static struct follow *follow_new(void)
{
    struct follow *f = mem_must(calloc(1, sizeof *f));
    world_init(&f->w);
    str_init(&f->cluster_id, 4096);
    str_init(&f->text, 4096);
    f->fd = f->stop_fd = f->feed.fd = f->contact.timer = -1;
    return f;
}

void follow_free(struct follow *f)
{
    if (!f)
        return;
    watching_stop(f);
    for (size_t i = 0; i < WISHES; i++)
        known_release(&f->watched[i].known);
    feed_release(&f->feed);
    contact_release(&f->contact);
    if (f->fd >= 0)
        close(f->fd);
    world_release(&f->w);
    snapshot_report_release(&f->report);
    vec_release(&f->gaps);
    str_release(&f->cluster_id);
    str_release(&f->text);
    kube_client_free(f->client);
    free(f);
}

static void follow_free_p(struct follow **f)
{
    follow_free(*f);
}

static bool is_settled(const struct follow *f)
{
    for (size_t i = 0; i < f->count; i++)
        if (!f->watched[i].settled)
            return false;
    return true;
}

static bool take_news(struct follow *f, struct follow_item *out);

/* Until every watch is connected, so that what may be listed but not watched is known. What changes
 * meanwhile is just how the world begins. */
static int settle(struct follow *f, struct err *err)
{
    struct follow_item news;
    while (!f->over && !is_settled(f)) {
        struct pollfd fd = {.fd = f->feed.fd, .events = POLLIN};
        if (!take_news(f, &news) && !is_settled(f))
            poll(&fd, 1, -1);
    }
    if (f->over && err)
        *err = f->err;
    return f->over ? -1 : 0;
}

int follow_start(const struct follow_options *o, struct follow **out, struct err *err)
{
    *out = NULL;
    _cleanup_(follow_free_p) struct follow *f = follow_new();
    const struct kube_limits limits = {.idle_timeout_ms = o->idle_ms};
    f->idle_ms = o->idle_ms;
    if (open_fds(f, o, err) < 0 || kube_client_new(&o->kube, &limits, &f->client, err) < 0 ||
        fill(f, o, err) < 0 || marks_cluster_id(f->client, &f->cluster_id, err) < 0)
        return -1;
    vec_foreach(g, &f->report.gaps)
        add_gap(f, g->subject, g->what, g->assumed, g->hint);
    atomic_store(&f->contact_ms, http_now_ms());
    if (watching_start(f, err) < 0 || settle(f, err) < 0)
        return -1;
    *out = steal_ptr(f);
    return 0;
}

/* ---- news ---- */

static bool fail(struct follow *f, const struct err *e, const char *subject)
{
    f->over = true;
    f->err = *e;
    if (subject)
        err_wrap(&f->err, "%s", subject);
    return false;
}

static bool apply(struct follow *f, struct watched *w, bool gone, struct sv json,
                  struct follow_item *out)
{
    struct err err = {0};
    struct world_change change;
    f->counts.events++;
    if (world_apply(&f->w, sv_of(w->api_version), sv_of(w->wish->kind), gone, json, &change, &err) <
        0)
        return fail(f, &err, w->wish->resource);
    *out = (struct follow_item){.news = FOLLOW_CHANGE, .change = change};
    return change.kind != CHANGE_NONE;
}

static bool apply_gone(struct follow *f, struct watched *w, struct known_name n,
                       struct follow_item *out)
{
    known_write(&f->w.strings, n, &f->text);
    return apply(f, w, true, str_sv(&f->text), out);
}

/* What a fresh list did not have. */
static bool sweep(struct follow *f, struct follow_item *out)
{
    struct known_name n;
    while (known_missing(&f->swept->known, &f->swept_at, &n))
        if (apply_gone(f, f->swept, n, out))
            return true;
    f->swept = NULL;
    return false;
}

/* An object of that name that is another one: its predecessor is gone, though nobody said so. */
static bool is_successor(const struct follow *f, const struct watched *w, struct known_name n)
{
    const struct strings *s = &f->w.strings;
    if (!known_has(&w->known, n))
        return false;
    if (strcmp(w->wish->kind, "Pod") == 0) {
        uint32_t at = world_find_pod(&f->w, strings_get(s, n.ns), strings_get(s, n.name));
        return at != WORLD_NONE && f->w.pods.items[at].uid != n.uid;
    }
    if (strcmp(w->wish->kind, "Node") == 0) {
        uint32_t at = world_find_node(&f->w, strings_get(s, n.name));
        return at != WORLD_NONE && f->w.nodes.items[at].uid != n.uid;
    }
    return false;
}

static bool take_object(struct follow *f, struct watched *w, struct follow_item *out)
{
    struct known_name n = known_read(&f->w.strings, f->item.text);
    if (f->item.type == FEED_GONE) {
        known_remove(&w->known, n);
        return apply(f, w, true, f->item.text, out);
    }
    if (is_successor(f, w, n) && apply_gone(f, w, n, out)) {
        f->held = true;
        return true;
    }
    known_add(&w->known, n);
    return apply(f, w, false, f->item.text, out);
}

static bool end_trouble(struct follow *f, struct watched *w, struct follow_item *out)
{
    bool was = w->failing;
    w->failing = false;
    w->settled = true;
    if (!was || !contact_back(&f->contact))
        return false;
    *out = (struct follow_item){.news = FOLLOW_RECOVERED, .words = f->contact.words};
    return true;
}

static bool begin_trouble(struct follow *f, struct watched *w, const struct err *e)
{
    w->settled = true;
    /* What belongs to an add-on goes when that is removed. */
    if (!w->failing && !w->wish->addon) {
        w->failing = true;
        contact_lost(&f->contact, f->item.at_ms, e);
    }
    return false;
}

static bool give_up(struct follow *f, struct watched *w, const struct err *e)
{
    const struct wish *wish = w->wish;
    struct arena *a = &f->report.arena;
    w->settled = true;
    if (wish->essential || strcmp(wish->kind, "PodDisruptionBudget") == 0)
        return fail(f, e, NULL);
    add_gap(f, wish->resource,
            mem_must(arena_fmt(a, "%s: they can be listed but not watched", wish->resource)),
            "they stay as they were at the start",
            mem_must(arena_fmt(a, "kubectl auth can-i watch %s%s%s -A", wish->resource,
                               *wish->group ? "." : "", wish->group)));
    return false;
}

static bool take_item(struct follow *f, struct follow_item *out)
{
    struct watched *w = &f->watched[f->item.watch];
    struct err e;
    f->held = false;
    if (f->item.text.len == sizeof e)
        memcpy(&e, f->item.text.ptr, sizeof e);
    switch (f->item.type) {
    case FEED_RESET:
        known_begin(&w->known);
        f->counts.relists++;
        return false;
    case FEED_SYNCED:
        f->counts.lists++;
        f->swept = w;
        f->swept_at = 0;
        return false;
    case FEED_CHANGED:
        return apply(f, w, false, f->item.text, out);
    case FEED_LISTED:
    case FEED_ADDED:
    case FEED_GONE:
        return take_object(f, w, out);
    case FEED_OPEN:
        f->counts.connects++;
        return end_trouble(f, w, out);
    case FEED_TROUBLE:
        return begin_trouble(f, w, &e);
    case FEED_REFUSED:
        return give_up(f, w, &e);
    case FEED_OVER:
        return fail(f, &e, NULL);
    }
    return false;
}

/* The next piece of news; false when there is none, or it is over. */
static bool take_news(struct follow *f, struct follow_item *out)
{
    while (!f->over) {
        if (f->swept) {
            if (sweep(f, out))
                return true;
            continue;
        }
        if (!f->held && !feed_take(&f->feed, &f->item))
            return false;
        if (take_item(f, out))
            return true;
    }
    return false;
}

void follow_next(struct follow *f, struct follow_item *out, struct err *err)
{
    *out = (struct follow_item){.news = FOLLOW_NOTHING};
    struct err lost = {0};
    if (!f->over)
        out->news = contact_look(&f->contact, atomic_load(&f->contact_ms), &lost);
    if (out->news == FOLLOW_FAILED)
        fail(f, &lost, NULL);
    out->words = f->contact.words;
    if (!f->over && (out->news == FOLLOW_TROUBLE || take_news(f, out))) {
        f->lost = out->news == FOLLOW_TROUBLE || (f->lost && out->news != FOLLOW_RECOVERED);
        return;
    }
    out->news = f->over ? FOLLOW_FAILED : FOLLOW_NOTHING;
    if (f->over && err)
        *err = f->err;
}

int follow_catch_up(struct follow *f, struct str *words, struct err *err)
{
    struct follow_item item;
    for (;;) {
        follow_next(f, &item, err);
        switch (item.news) {
        case FOLLOW_NOTHING:
            return !f->lost;
        case FOLLOW_CHANGE:
        case FOLLOW_RECOVERED:
            break;
        case FOLLOW_TROUBLE:
            if (words)
                str_adds(words, item.words);
            break;
        case FOLLOW_FAILED:
            return -1;
        }
    }
}

/* ---- asking ---- */

struct world *follow_world(struct follow *f)
{
    return &f->w;
}

size_t follow_gaps(const struct follow *f, const struct follow_gap **out)
{
    *out = f->gaps.items;
    return f->gaps.len;
}

const char *follow_cluster_id(const struct follow *f)
{
    return str_c(&f->cluster_id);
}

int follow_fd(const struct follow *f)
{
    return f->fd;
}

int64_t follow_contact_ms(const struct follow *f)
{
    struct timespec ts;
    clock_gettime(CLOCK_REALTIME, &ts);
    int64_t age = (int64_t)(http_now_ms() - atomic_load(&f->contact_ms));
    return ts.tv_sec * 1000 + ts.tv_nsec / 1000000 - age;
}

void follow_counts(const struct follow *f, struct follow_counts *out)
{
    *out = f->counts;
}
