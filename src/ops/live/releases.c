#include "base/must.h"
#include "base/timestamp.h"
#include "kube/list.h"
#include "ops/live/run.h"

#include <stdlib.h>

#define DEPLOYED "owner=helm,status=deployed"

/* Where Helm keeps its releases. */
struct driver {
    const char *resource, *title, *field_selector;
};

static const struct driver drivers[] = {
    {"secrets", "Secret", "type=helm.sh/release.v1"},
    {"configmaps", "ConfigMap", NULL},
};

struct candidate {
    const char *namespace, *object; /* of the Secret or ConfigMap */
    uint64_t revision;
};

struct releases {
    struct live_run *run;
    const struct driver *driver;
    struct arena arena;
    struct map newest; /* "namespace/release" to its newest deployed candidate */
    VEC(struct candidate *) candidates;
};

static void releases_release(struct releases *r)
{
    vec_release(&r->candidates);
    map_release(&r->newest);
    arena_release(&r->arena);
}

static void keep(struct releases *r, const char *key, const struct candidate *c)
{
    struct candidate *have = map_get(&r->newest, sv_of(key));
    if (have && have->revision >= c->revision)
        return;
    if (have) {
        *have = *c;
        return;
    }
    have = mem_must(arena_new(&r->arena, struct candidate));
    *have = *c;
    if (!map_put(&r->newest, sv_of(key), have) || !vec_push(&r->candidates, have))
        must_fail_nomem();
}

static int on_item(void *ctx, const struct kube_item *item, struct err *err)
{
    struct releases *r = ctx;
    const struct doc_node *metadata = doc_get(item->root, "metadata");
    const struct doc_node *labels = doc_get(metadata, "labels");
    struct sv name = doc_get_string(labels, "name");
    struct sv namespace = doc_get_string(metadata, "namespace");
    struct candidate c = {
        .namespace = mem_must(arena_dup(&r->arena, namespace)),
        .object = mem_must(arena_dup(&r->arena, doc_get_string(metadata, "name"))),
    };
    if (!name.len || !sv_to_u64(doc_get_string(labels, "version"), &c.revision))
        return 0;
    keep(r, mem_must(arena_fmt(&r->arena, "%s/%.*s", c.namespace, SV_ARG(name))), &c);
    return 0;
}

static void add_revision(struct releases *r, const struct candidate *c,
                         const struct kube_object *answer)
{
    _cleanup_revision_ struct revision revision = {0};
    struct sv data = doc_get_string(doc_get(answer->root, "data"), "release");
    char deployed[TIMESTAMP_TEXT_MAX];
    int64_t time;
    struct err err = {0};
    if (revision_decode(data, &revision, &err) < 0) {
        err_wrap(&err, "the Helm release in %s %s/%s", r->driver->title, c->namespace, c->object);
        err_hint(&err, "helm cannot read it either; see: helm history, helm rollback");
        run_problem(r->run, &err);
        return;
    }
    if (!revision.namespace.len)
        revision.namespace = sv_of(c->namespace);
    bool known = timestamp_parse(revision.deployed, &time);
    live_add_revision(&r->run->live, &revision, known ? timestamp_format(time, deployed) : NULL);
}

/* True when the rest is worth asking for. */
static bool read_one(struct releases *r, const struct candidate *c)
{
    _cleanup_(kube_object_release) struct kube_object answer = {0};
    struct err err = {0};
    const struct kube_ref ref = {
        .version = "v1", .resource = r->driver->resource, .ns = c->namespace, .name = c->object};
    if (kube_get(r->run->client, &ref, &answer, &err) == 0)
        add_revision(r, c, &answer);
    else if (err.class != ERR_NOT_FOUND) /* a newer revision came in between */
        run_problem(r->run, &err);
    return err.class != ERR_DENIED;
}

static int by_name(const void *a, const void *b)
{
    const struct candidate *x = *(struct candidate *const *)a, *y = *(struct candidate *const *)b;
    int order = strcmp(x->namespace, y->namespace);
    return order ? order : strcmp(x->object, y->object);
}

static void read_driver(struct live_run *run, const struct driver *driver)
{
    _cleanup_(releases_release) struct releases r = {.run = run, .driver = driver};
    struct kube_list list = {
        .ref = {.version = "v1", .resource = driver->resource},
        .label_selector = DEPLOYED,
        .field_selector = driver->field_selector,
        .shape = KUBE_LIST_METADATA,
        .on_item = on_item,
        .ctx = &r,
    };
    struct err err = {0};
    if (kube_list_run(run->client, &list, &err) < 0) {
        err_wrap(&err, "Helm releases");
        run_problem(run, &err);
        return;
    }
    if (r.candidates.len)
        qsort(r.candidates.items, r.candidates.len, sizeof *r.candidates.items, by_name);
    vec_foreach(c, &r.candidates)
        if (!read_one(&r, *c))
            return;
}

void run_releases(struct live_run *run)
{
    for (size_t i = 0; i < ARRAY_LEN(drivers); i++)
        read_driver(run, &drivers[i]);
}
