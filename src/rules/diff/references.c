#include "rules/diff/references.h"

#include "base/must.h"
#include "rules/diff/pods.h"

struct sides {
    const struct diff_objects *old_side, *new_side;
    struct arena *arena;
};

static void note(struct diff_entry *e, const char *text)
{
    if (!vec_push(&e->notes, mem_must(text)))
        must_fail_nomem();
}

/* ---- selectors ---- */

/* The first workload of the set whose pods the selector of d matches; NULL when none does. */
static const struct diff_object *selected_by(const struct diff_object *d,
                                             const struct diff_objects *set)
{
    struct pods_selector s = pods_selector_of(&d->object);
    if (!s.node)
        return NULL;
    vec_foreach(w, &set->list) {
        if (pods_template(&w->object) && sv_eq(w->namespace, d->namespace) &&
            pods_selector_matches(s, pods_labels(&w->object)))
            return w;
    }
    return NULL;
}

static void check_selector(struct diff_entry *e, const struct sides *s)
{
    const struct diff_object *before = e->old_object, *after = e->new_object;
    if (!before || !after || pods_template(&after->object))
        return;
    const struct diff_object *had = selected_by(before, s->old_side);
    if (!had || selected_by(after, s->new_side))
        return;
    note(e, arena_fmt(s->arena, "its selector matches no pod any more (before: those of %.*s %.*s)",
                      SV_ARG(had->object.kind), SV_ARG(had->object.name)));
}

/* A workload whose own pods do not carry what its selector asks for is refused on create. */
static void check_own_template(struct diff_entry *e, const struct sides *s)
{
    const struct diff_object *d = e->new_object;
    if (!d || !pods_template(&d->object) || sv_is(d->object.kind, "Pod"))
        return;
    struct pods_selector own = pods_selector_of(&d->object);
    bool selects = own.node && (doc_count(own.plain ? own.node : doc_get(own.node, "matchLabels")));
    if (selects && !pods_selector_matches(own, pods_labels(&d->object)))
        note(e, arena_fmt(s->arena, "its selector does not match the labels of its own pod "
                                    "template: the API server refuses that"));
}

/* ---- things named by others ---- */

static bool has_named(const struct diff_objects *set, struct sv kind, struct sv name, struct sv ns)
{
    vec_foreach(d, &set->list) {
        if (sv_eq(d->object.kind, kind) && sv_eq(d->object.name, name) && sv_eq(d->namespace, ns))
            return true;
    }
    return false;
}

static void check_named(struct diff_entry *e, const struct sides *s, struct sv kind, struct sv name,
                        const char *as)
{
    struct sv ns = e->new_object->namespace;
    if (!name.len || !kind.len || has_named(s->new_side, kind, name, ns) ||
        !has_named(s->old_side, kind, name, ns))
        return;
    note(e, arena_fmt(s->arena, "%s %.*s %.*s is gone", as, SV_ARG(kind), SV_ARG(name)));
}

static void check_scale_target(struct diff_entry *e, const struct sides *s)
{
    const struct doc_node *ref = doc_at(e->new_object->object.root, "spec.scaleTargetRef");
    check_named(e, s, doc_get_string(ref, "kind"), doc_get_string(ref, "name"), "its scale target");
}

static struct sv backend_service(const struct doc_node *backend)
{
    struct sv name = doc_get_string(doc_get(backend, "service"), "name");
    return name.ptr ? name : doc_get_string(backend, "serviceName");
}

static void check_backends(struct diff_entry *e, const struct sides *s)
{
    const struct doc_node *spec = doc_get(e->new_object->object.root, "spec");
    check_named(e, s, SV("Service"), backend_service(doc_get(spec, "defaultBackend")),
                "its default backend");
    doc_each_item(rule, doc_get(spec, "rules")) {
        doc_each_item(path, doc_at(rule, "http.paths")) {
            check_named(e, s, SV("Service"), backend_service(doc_get(path, "backend")),
                        "its backend");
        }
    }
}

static void check_claims(struct diff_entry *e, const struct sides *s)
{
    doc_each_item(volume, doc_at(pods_template(&e->new_object->object), "spec.volumes")) {
        check_named(e, s, SV("PersistentVolumeClaim"),
                    doc_get_string(doc_get(volume, "persistentVolumeClaim"), "claimName"),
                    "its volume's");
    }
}

/* ---- node ports ---- */

static struct sv node_port(const struct doc_node *port)
{
    return doc_scalar(doc_get(port, "nodePort"));
}

static const struct doc_node *same_port(const struct doc_node *ports, const struct doc_node *like)
{
    doc_each_item(p, ports) {
        if (sv_eq(doc_scalar(doc_get(p, "port")), doc_scalar(doc_get(like, "port"))))
            return p;
    }
    return NULL;
}

static bool opens_node_ports(const struct diff_object *d)
{
    struct sv type = doc_get_string(doc_get(d->object.root, "spec"), "type");
    return sv_is(type, "NodePort") || sv_is(type, "LoadBalancer");
}

static void compare_node_port(struct diff_entry *e, const struct sides *s,
                              const struct doc_node *was, const struct doc_node *is)
{
    struct sv a = node_port(was), b = node_port(is), port = doc_scalar(doc_get(is, "port"));
    bool new_object = e->outcome == DIFF_REPLACED || e->outcome == DIFF_RECREATED;
    if (a.len && b.len && !sv_eq(a, b))
        note(e, arena_fmt(s->arena,
                          "port %.*s: node port %.*s becomes %.*s; what points at the old "
                          "one (target groups, firewalls) must follow",
                          SV_ARG(port), SV_ARG(a), SV_ARG(b)));
    else if (a.len && !b.len && new_object)
        note(e, arena_fmt(s->arena,
                          "port %.*s: node port %.*s is given up, the new Service gets a "
                          "random one",
                          SV_ARG(port), SV_ARG(a)));
    else if (a.len && sv_eq(a, b) && e->outcome == DIFF_REPLACED)
        note(e, arena_fmt(s->arena,
                          "port %.*s: node port %.*s is still held by the old Service: "
                          "the new one is refused until that is deleted",
                          SV_ARG(port), SV_ARG(a)));
}

static void check_node_ports(struct diff_entry *e, const struct sides *s)
{
    const struct doc_node *was = doc_at(e->old_object->object.root, "spec.ports");
    if (!opens_node_ports(e->new_object))
        return;
    doc_each_item(port, doc_at(e->new_object->object.root, "spec.ports")) {
        const struct doc_node *before = same_port(was, port);
        if (before)
            compare_node_port(e, s, before, port);
    }
}

static void note_entry(struct diff_entry *e, const struct sides *s)
{
    check_own_template(e, s);
    if (!e->new_object || e->outcome == DIFF_UNCHANGED)
        return;
    if (sv_is(e->new_object->object.kind, "HorizontalPodAutoscaler"))
        check_scale_target(e, s);
    if (sv_is(e->new_object->object.kind, "Ingress"))
        check_backends(e, s);
    check_claims(e, s);
    if (e->old_object && sv_is(e->new_object->object.kind, "Service"))
        check_node_ports(e, s);
}

void references_note(const struct diff_objects *old_side, const struct diff_objects *new_side,
                     struct diff_report *r)
{
    struct sides s = {old_side, new_side, &r->arena};
    vec_foreach(e, &r->entries) {
        note_entry(e, &s);
        check_selector(e, &s);
    }
}
