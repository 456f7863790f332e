#include "rules/diff/diff.h"

#include "base/must.h"
#include "doc/emit.h"
#include "rules/diff/advice.h"
#include "rules/diff/fields.h"
#include "rules/diff/immutable.h"
#include "rules/diff/match.h"
#include "rules/diff/pods.h"
#include "rules/diff/references.h"

const char *diff_outcome_name(enum diff_outcome o)
{
    static const char *const names[] = {
        [DIFF_UNCHANGED] = "unchanged",  [DIFF_IN_PLACE] = "in place",
        [DIFF_ADDED] = "added",          [DIFF_REMOVED] = "removed",
        [DIFF_ROLLOUT] = "rollout",      [DIFF_REPLACED] = "replaced silently",
        [DIFF_RECREATED] = "re-created", [DIFF_REJECTED] = "rejected",
    };
    return names[o];
}

const char *diff_loss_text(unsigned loses, char buf[static 64])
{
    static const char *const words[] = {"pods", "volume", "address", "rights", "contents"};
    buf[0] = '\0';
    for (size_t i = 0; i < ARRAY_LEN(words); i++) {
        if (!(loses & 1u << i))
            continue;
        size_t n = strlen(buf);
        snprintf(buf + n, 64 - n, "%s%s", n ? ", " : "", words[i]);
    }
    return buf;
}

const char *diff_value_text(struct arena *a, const struct doc_node *value, size_t max)
{
    if (!value)
        return "(absent)";
    if (doc_scalar(value).ptr && doc_scalar(value).len <= max && !sv_has(doc_scalar(value), "\n"))
        return mem_must(arena_dup(a, value->text));
    _cleanup_str_ struct str s;
    str_init(&s, 0);
    struct err err = {0};
    if (emit_json(value, 0, &s, &err) < 0)
        must_fail_nomem();
    size_t cut = s.len;
    if (cut > max)
        for (cut = max; cut > 0 && ((unsigned char)s.data[cut] & 0xC0) == 0x80;)
            cut--;
    return mem_must(arena_fmt(a, "%.*s%s", (int)cut, str_c(&s), cut < s.len ? "…" : ""));
}

static struct sv annotation(const struct diff_object *d, const char *key)
{
    return doc_get_string(doc_at(d->object.root, "metadata.annotations"), key);
}

/* Tools that delete and create by themselves when told so on the object. */
static bool is_replaced_by_tool(const struct diff_object *n)
{
    struct sv argo = annotation(n, "argocd.argoproj.io/sync-options");
    struct sv hook = annotation(n, "helm.sh/hook");
    struct sv policy = annotation(n, "helm.sh/hook-delete-policy");
    bool hook_replaces = hook.len && (!policy.len || sv_has(policy, "before-hook-creation"));
    return hook_replaces || sv_has(argo, "Replace=true") || sv_has(argo, "Force=true");
}

static unsigned loss_of(const struct diff_object *d)
{
    const struct object *o = &d->object;
    if (sv_is(o->kind, "StatefulSet"))
        return DIFF_LOSES_PODS | DIFF_LOSES_VOLUME;
    if (pods_template(o) && !sv_is(o->kind, "PodTemplate"))
        return DIFF_LOSES_PODS;
    if (sv_is(o->kind, "PersistentVolumeClaim") || sv_is(o->kind, "PersistentVolume"))
        return DIFF_LOSES_VOLUME;
    if (sv_is(o->kind, "Service") || sv_is(o->kind, "Ingress") || sv_is(o->kind, "Gateway"))
        return DIFF_LOSES_ADDRESS;
    if (sv_ends(o->kind, "RoleBinding"))
        return DIFF_LOSES_RIGHTS;
    if (sv_is(o->kind, "Namespace") || sv_is(o->kind, "CustomResourceDefinition"))
        return DIFF_LOSES_CONTENTS;
    return 0;
}

/* Does this field lie in the template whose change rolls the pods? A Job's or CronJob's template
 * does not roll what runs, and the fields of a bare pod are changed in place or refused. */
static bool rolls_pods(const struct diff_object *d, const struct diff_field *f)
{
    static const char *const kinds[] = {"Deployment", "StatefulSet", "DaemonSet"};
    if (strncmp(f->path, "spec.template", 13) != 0)
        return false;
    for (size_t i = 0; i < ARRAY_LEN(kinds); i++)
        if (sv_is(d->object.kind, kinds[i]))
            return true;
    return false;
}

static void classify_same(struct diff_entry *e, const struct diff_options *options)
{
    bool refused = false, rolls = false;
    vec_foreach(f, &e->fields) {
        f->rule = immutable_find(e->old_object, e->new_object, f, options->version);
        refused |= f->rule && !f->rule->silently_reset;
        rolls |= rolls_pods(e->new_object, f);
    }
    if (!e->fields.len)
        e->outcome = DIFF_UNCHANGED;
    else if (refused && (options->force || is_replaced_by_tool(e->new_object)))
        e->outcome = DIFF_RECREATED;
    else if (refused)
        e->outcome = DIFF_REJECTED;
    else
        e->outcome = rolls ? DIFF_ROLLOUT : DIFF_IN_PLACE;
}

static void classify(struct diff_entry *e, const struct match *m,
                     const struct diff_options *options)
{
    switch (m->kind) {
    case MATCH_SAME:
        classify_same(e, options);
        break;
    case MATCH_SUCCESSOR:
        e->outcome = DIFF_REPLACED;
        break;
    case MATCH_MOVED:
        e->outcome = DIFF_RECREATED;
        break;
    case MATCH_NONE:
        e->outcome = m->old_object ? DIFF_REMOVED : DIFF_ADDED;
        break;
    }
    if (e->outcome >= DIFF_REPLACED || e->outcome == DIFF_REMOVED)
        e->loses = loss_of(e->old_object);
}

static void add_entry(const struct match *m, const struct diff_options *options,
                      struct diff_report *r)
{
    struct diff_entry e = {.old_object = m->old_object, .new_object = m->new_object};
    if (m->old_object && m->new_object) {
        struct fields_query q = {m->old_object, m->new_object, options->live, &r->arena, &e};
        fields_compare(&q);
    }
    classify(&e, m, options);
    const char *because =
        m->kind == MATCH_SUCCESSOR
            ? mem_must(arena_fmt(&r->arena, "taken for its successor: %s", m->because))
            : m->because;
    if (because && !vec_push(&e.notes, because))
        must_fail_nomem();
    if (!vec_push(&r->entries, e))
        must_fail_nomem();
}

static const struct object *named(const struct diff_entry *e)
{
    return &(e->new_object ? e->new_object : e->old_object)->object;
}

static int by_weight(const void *x, const void *y)
{
    const struct diff_entry *a = x, *b = y;
    if (a->outcome != b->outcome)
        return a->outcome > b->outcome ? -1 : 1;
    int c = sv_cmp(named(a)->kind, named(b)->kind);
    c = c ? c : sv_cmp(named(a)->namespace, named(b)->namespace);
    c = c ? c : sv_cmp(named(a)->name, named(b)->name);
    return c ? c : (a->new_object > b->new_object) - (a->new_object < b->new_object);
}

void diff_compare(const struct diff_objects *old_side, const struct diff_objects *new_side,
                  const struct diff_options *options, struct diff_report *r)
{
    struct match_list matches = {0};
    *r = (struct diff_report){0};
    match_objects(old_side, new_side, &r->arena, &matches);
    vec_foreach(m, &matches.list)
        add_entry(m, options, r);
    vec_release(&matches.list);
    references_note(old_side, new_side, r);
    if (r->entries.len)
        qsort(r->entries.items, r->entries.len, sizeof *r->entries.items, by_weight);
    vec_foreach(e, &r->entries) {
        r->counts[e->outcome]++;
        e->advice = advice_for(e, &r->arena);
    }
}

void diff_report_release(struct diff_report *r)
{
    if (!r)
        return;
    vec_foreach(e, &r->entries) {
        vec_release(&e->fields);
        vec_release(&e->notes);
    }
    vec_release(&r->entries);
    arena_release(&r->arena);
}
