#include "base/must.h"
#include "kube/discovery.h"
#include "ops/diff/side_internal.h"
#include "rules/diff/match.h"

#define LAST_APPLIED "kubectl.kubernetes.io/last-applied-configuration"

static const char *text_of(struct side *s, struct sv v)
{
    return mem_must(arena_dup(&s->arena, v));
}

/* The same kind in the group and version that the manifest names, else in the group it lives in
 * today, so that an old manifest is compared with the object it became. */
static const struct kube_resource *resource_of(struct side *s, const struct kube_discovery *d,
                                               const struct object *o)
{
    const char *kind = text_of(s, o->kind);
    const struct kube_resource *r =
        kube_discovery_find_kind(d, text_of(s, o->group), text_of(s, o->version), kind);
    return r ? r : kube_discovery_find_kind(d, text_of(s, match_family(o)), NULL, kind);
}

static void parse_last_applied(struct side *s, struct diff_object *d)
{
    struct err err = {0};
    struct sv text = doc_get_string(doc_at(d->object.root, "metadata.annotations"), LAST_APPLIED);
    if (!text.len)
        return;
    struct doc_file *f = mem_must(arena_new(&s->arena, struct doc_file));
    if (!vec_push(&s->files, f))
        must_fail_nomem();
    if (doc_parse_json(f, "last-applied", text, NULL, &err) == 0 && f->part_count)
        d->last_applied = f->parts[0].root;
}

static void add_live(struct side *s, struct kube_object *answer, const struct diff_object *wanted)
{
    struct diff_object d = {.origin = "live", .file = NULL, .namespace = wanted->namespace};
    if (!object_of(answer->root, &d.object))
        return;
    parse_last_applied(s, &d);
    if (!vec_push(&s->objects.list, d))
        must_fail_nomem();
}

static const char *subject(struct side *s, const struct diff_object *d)
{
    return mem_must(arena_fmt(&s->arena, "%.*s %.*s%s%.*s", SV_ARG(d->object.kind),
                              SV_ARG(d->namespace), d->namespace.len ? "/" : "",
                              SV_ARG(d->object.name)));
}

static void get_one(struct side *s, struct kube_client *client, const struct kube_resource *r,
                    const struct diff_object *wanted)
{
    struct err err = {0};
    struct kube_ref ref = {
        .group = r->group,
        .version = r->version,
        .resource = r->resource,
        .ns = r->namespaced ? text_of(s, wanted->namespace) : NULL,
        .name = text_of(s, wanted->object.name),
    };
    struct kube_object *answer = mem_must(arena_new(&s->arena, struct kube_object));
    if (!vec_push(&s->live, answer))
        must_fail_nomem();
    if (kube_get(client, &ref, answer, &err) == 0)
        add_live(s, answer, wanted);
    else if (err.class != ERR_NOT_FOUND)
        side_problem_add(s, subject(s, wanted), err.msg, err.hint);
}

static void load_one(struct side *s, struct kube_client *client, const struct kube_discovery *d,
                     struct diff_object *wanted)
{
    const struct kube_resource *r = resource_of(s, d, &wanted->object);
    if (!r) {
        side_problem_add(
            s, subject(s, wanted),
            mem_must(arena_fmt(&s->arena, "the cluster does not serve %.*s %.*s",
                               SV_ARG(wanted->object.api_version), SV_ARG(wanted->object.kind))),
            "install its CustomResourceDefinition first, or run toban check on it");
        return;
    }
    if (!r->namespaced)
        wanted->namespace = SV_NONE;
    else if (!wanted->namespace.len)
        wanted->namespace = sv_of(kube_client_target(client)->namespace);
    if (wanted->object.name.len)
        get_one(s, client, r, wanted);
}

int side_load_live(struct side *s, struct side *wanted, struct kube_client *client, struct err *err)
{
    const struct kube_discovery *d;
    *s = (struct side){0};
    if (kube_discover(client, &d, err) < 0)
        return err_wrap(err, "cannot ask %s what it serves", kube_client_target(client)->server);
    vec_foreach(o, &wanted->objects.list)
        load_one(s, client, d, o);
    return 0;
}
