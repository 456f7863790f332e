#include "ops/snapshot/reading.h"

#include "base/must.h"
#include "ops/snapshot/internal.h"

/* One list each of these is enough to tell how long things take. */
#define EVENTS_MAX 4000

static const char *user_of(const struct reading *l)
{
    return kube_client_target(l->client)->user_name;
}

/* ---- one list ---- */

static int on_item(void *ctx, const struct kube_item *item, struct err *err)
{
    struct reading_list *r = ctx;
    struct sv kind = item->kind.len ? item->kind : sv_of(r->wish->kind);
    if (r->wish->events && r->list.count > EVENTS_MAX) {
        r->enough = true;
        return err_set(err, ERR_LIMIT, "enough");
    }
    if (load_object(r->of->load, item->api_version, kind, item->text, err) < 0)
        return -1;
    if (r->of->on_object)
        r->of->on_object(r->of->ctx, r, item->text);
    return 0;
}

static const struct kube_resource *find_resource(const struct reading *l, const struct wish *wish)
{
    for (size_t i = 0; i < ARRAY_LEN(wish->versions) && wish->versions[i]; i++) {
        const struct kube_resource *r =
            kube_discovery_find(l->discovery, wish->group, wish->versions[i], wish->resource);
        if (r && (r->verbs & KUBE_VERB_LIST))
            return r;
    }
    return NULL;
}

static void note_not_served(struct reading *l, const struct wish *wish)
{
    if (wish->addon)
        return;
    world_note(l->w, sv_of(wish->resource), "the server does not serve them: assumed: %s",
               wish->assumed);
    report_remark(l->report,
                  "%s.%s: the server does not serve them in a version this program "
                  "reads; assumed: %s",
                  wish->resource, *wish->group ? wish->group : "core", wish->assumed);
}

static void plan(struct reading *l)
{
    for (size_t i = 0; i < WISHES; i++) {
        const struct wish *wish = &wishes[i];
        if (!load_knows(sv_of(wish->kind)) || (l->no_traffic && wish->traffic))
            continue;
        const struct kube_resource *res = find_resource(l, wish);
        if (!res) {
            note_not_served(l, wish);
            continue;
        }
        struct reading_list *r = &l->lists[l->count++];
        r->of = l;
        r->resource = res;
        r->wish = wish;
        r->list = (struct kube_list){
            .ref = {.group = res->group, .version = res->version, .resource = res->resource},
            .field_selector = wish->fields,
            .resource_version = *l->version ? l->version : NULL,
            .text_only = true,
            .on_item = on_item,
            .ctx = r,
        };
    }
}

/* ---- all of them ---- */

/* A version that all lists can be asked for: the newest, told by any list that may be read. */
static void find_version(struct reading *l)
{
    static const char *const paths[] = {"/api/v1/nodes?limit=1", "/api/v1/pods?limit=1",
                                        "/api/v1/namespaces?limit=1"};
    for (size_t i = 0; i < ARRAY_LEN(paths) && !*l->version; i++) {
        _cleanup_kube_object_ struct kube_object o = {0};
        struct err ignored = {0};
        if (kube_get_path(l->client, paths[i], NULL, &o, &ignored) < 0)
            continue;
        struct sv v = doc_get_string(doc_get(o.root, "metadata"), "resourceVersion");
        if (v.len && v.len < sizeof l->version)
            snprintf(l->version, sizeof l->version, "%.*s", SV_ARG(v));
    }
}

/* The server no longer has that version, or never gives one; nothing was delivered yet. */
static bool wants_newest(const struct reading_list *r)
{
    int status = r->list.err.http_status;
    return r->list.result < 0 && !r->enough && !r->list.count && r->list.resource_version &&
           status != 401 && status != 403 && status != 404;
}

static void run_lists(struct reading *l)
{
    struct kube_list *lists[WISHES];
    size_t again = 0;
    for (size_t i = 0; i < l->count; i++)
        lists[i] = &l->lists[i].list;
    kube_list_run_all(l->client, lists, l->count);
    for (size_t i = 0; i < l->count; i++) {
        struct reading_list *r = &l->lists[i];
        if (!wants_newest(r))
            continue;
        r->list.resource_version = NULL;
        r->list.result = 0;
        err_clear(&r->list.err);
        lists[again++] = &r->list;
    }
    kube_list_run_all(l->client, lists, again);
}

/* ---- what came of it ---- */

static void tell_gap(struct reading *l, const struct reading_list *r)
{
    char what[ERR_MSG_MAX + 64], hint[256];
    const struct err *e = &r->list.err;
    bool denied = e->class == ERR_DENIED;
    if (denied)
        snprintf(what, sizeof what, "%s: user '%s' may not list them", r->wish->resource,
                 user_of(l));
    else
        snprintf(what, sizeof what, "%s: %s%s", r->wish->resource,
                 r->list.count ? "only some could be read: " : "", e->msg);
    snprintf(hint, sizeof hint, "kubectl auth can-i list %s%s%s -A", r->wish->resource,
             *r->wish->group ? "." : "", r->wish->group);
    struct snapshot_gap gap = {
        .subject = r->wish->resource,
        .what = what,
        .assumed = r->wish->assumed,
        .hint = denied     ? hint
                : *e->hint ? e->hint
                           : NULL,
    };
    report_gap(l->report, &gap);
}

/* Events of several reasons are one kind to a reader. */
static bool told_before(const struct reading *l, const struct reading_list *r)
{
    for (const struct reading_list *o = l->lists; o < r; o++)
        if (r->wish->events && o->wish->events && o->list.result < 0 && !o->enough)
            return true;
    return false;
}

static int judge(struct reading *l, struct err *err)
{
    bool newest = false;
    for (size_t i = 0; i < l->count; i++) {
        const struct reading_list *r = &l->lists[i];
        newest = newest || !r->list.resource_version || r->list.inconsistent;
        if (r->list.result == 0 || r->enough)
            continue;
        if (r->wish->essential) {
            *err = r->list.err;
            return err_wrap(err, "without %s there is no snapshot", r->wish->resource);
        }
        if (!told_before(l, r))
            tell_gap(l, r);
    }
    if (newest)
        report_remark(l->report, "the server could not give everything at one point in time: what "
                                 "changed meanwhile may be there half");
    return 0;
}

static void add_notes(struct reading *l)
{
    const char *const *notes;
    size_t count = kube_client_notes(l->client, &notes);
    for (size_t i = 0; i < count; i++)
        report_remark(l->report, "%s", notes[i]);
    for (size_t i = 0; i < l->discovery->gap_count; i++)
        report_remark(l->report, "what %s serves is not known: %s",
                      l->discovery->gaps[i].group_version, l->discovery->gaps[i].reason);
}

static void describe(struct reading *l, const struct kube_version *v, int64_t now)
{
    const struct kube_target *t = kube_client_target(l->client);
    l->w->version = v->version;
    l->w->taken = now;
    l->w->source = strings_puts(&l->w->strings, *t->context_name ? t->context_name : t->server);
    l->w->resource_version = strings_puts(&l->w->strings, l->version);
}

int reading_run(struct reading *l, int64_t now, struct err *err)
{
    struct kube_version v;
    if (kube_get_version(l->client, &v, err) < 0)
        return -1;
    if (kube_discover(l->client, &l->discovery, err) < 0)
        return err_wrap(err, "cannot tell what the cluster serves");
    find_version(l);
    l->load = load_new(l->w);
    plan(l);
    run_lists(l);
    describe(l, &v, now);
    return judge(l, err);
}

int reading_finish(struct reading *l, struct err *err)
{
    if (load_finish(l->load, err) < 0)
        return -1;
    l->report->taken = load_taken(l->load);
    l->report->skipped = load_skipped(l->load);
    snapshot_note_gaps(l->w, l->report);
    add_notes(l);
    return 0;
}

void reading_release(struct reading *l)
{
    load_free(l->load);
    l->load = NULL;
}

int snapshot_live(struct kube_client *c, struct world *w, int64_t now,
                  struct snapshot_report *report, struct err *err)
{
    _cleanup_free_ struct reading *l = mem_must(calloc(1, sizeof *l));
    l->client = c;
    l->w = w;
    l->report = report;
    int result = reading_run(l, now, err) < 0 ? -1 : reading_finish(l, err);
    reading_release(l);
    return result;
}
