#include "base/must.h"
#include "pocket/patch/managed.h"
#include "pocket/patch/walk.h"

#include <stdlib.h>

/* What nobody owns: the server writes it, or it names the object. */
static struct doc_node *unowned(struct arena *a)
{
    static const char *const of_meta[] = {
        "name",
        "namespace",
        "creationTimestamp",
        "selfLink",
        "uid",
        "clusterName",
        "generation",
        "managedFields",
        "resourceVersion",
        "deletionTimestamp",
        "deletionGracePeriodSeconds",
    };
    struct doc_node *set = value_map(a);
    set_insert(a, set_descend(a, set, SV("f:apiVersion")));
    set_insert(a, set_descend(a, set, SV("f:kind")));
    struct doc_node *meta = set_descend(a, set, SV("f:metadata"));
    set_insert(a, meta);
    for (size_t i = 0; i < sizeof of_meta / sizeof *of_meta; i++)
        set_insert(a, set_descend(a, meta, set_field(a, sv_of(of_meta[i]))));
    return set;
}

static struct doc_node *owned(struct arena *a, const struct doc_node *set)
{
    return set_difference(a, set, unowned(a));
}

/* The object without its managedFields, to be walked. */
static struct doc_node *plain(struct arena *a, const struct doc_node *object)
{
    struct doc_node *copy = object ? value_clone(a, object) : value_map(a);
    struct doc_node *meta = value_get(copy, SV("metadata"));
    if (meta && meta->type == DOC_MAP)
        value_unset(meta, SV("managedFields"));
    return copy;
}

/* What an object of the kind has before anything is set: members that are no pointers in the
 * server's types, or are written even when empty, exist from the start, so that nobody comes to own
 * them as such. */
static struct doc_node *blank(struct arena *a, const struct doc_node *like, bool built_in)
{
    static const char *const embedded[] = {"metadata",    "spec",        "status",
                                           "template",    "strategy",    "updateStrategy",
                                           "jobTemplate", "loadBalancer"};
    static const char *const empty[] = {"creationTimestamp", "containers"};
    struct doc_node *out = value_map(a);
    for (size_t i = 0; i < (built_in ? sizeof embedded / sizeof *embedded : 1); i++) {
        const struct doc_node *inner = value_get(like, sv_of(embedded[i]));
        if (inner && inner->type == DOC_MAP)
            value_set(a, out, sv_of(embedded[i]), blank(a, inner, built_in));
    }
    for (size_t i = 0; i < sizeof empty / sizeof *empty; i++)
        if (value_get(like, sv_of(empty[i])))
            value_set(a, out, sv_of(empty[i]), value_null(a));
    return out;
}

/* Takes the fields that changed from everybody but `self` (may be NULL). */
static void take_over(struct managers *m, struct arena *a, const struct manager *self,
                      const struct walk_changes *changes)
{
    const struct doc_node *all =
        set_union(a, set_union(a, changes->added, changes->modified), changes->removed);
    vec_foreach(one, &m->list)
        if (one != self)
            one->set = set_difference(a, one->set, all);
}

/* ---- writes that are no apply ---- */

static void track(struct managers *m, struct arena *a, const struct outline *outline,
                  const struct doc_node *from, const struct doc_node *to,
                  const struct patch_writer *who)
{
    struct walk_changes changes = walk_compare(a, outline, from, to);
    take_over(m, a, NULL, &changes);
    struct doc_node *gained = owned(a, set_union(a, changes.added, changes.modified));
    if (set_empty(gained))
        return;
    struct manager *self = managers_find(m, a, who, false, true);
    self->set = set_union(a, self->set, gained);
    self->time = who->time;
}

void patch_track_update(struct arena *a, const struct outline *outline, const struct doc_node *live,
                        struct doc_node *next, const struct patch_writer *who)
{
    _cleanup_managers_ struct managers m = {0};
    const struct doc_node *brought = doc_get(doc_get(next, "metadata"), "managedFields");
    const struct doc_node *first = doc_item(brought, 0);
    /* An empty list, or one of one empty entry, clears them; kubectl and controllers do this. */
    bool clears = live && brought && brought->type == DOC_SEQ &&
                  (!first || (brought->item_count == 1 && doc_count(first) == 0));
    struct doc_node *to = plain(a, next);
    if (!clears) {
        managers_read(&m, a, first ? next : live);
        track(&m, a, outline, live ? plain(a, live) : blank(a, to, outline->of != NULL), to, who);
    }
    managers_write(&m, a, next);
}

/* ---- apply ---- */

struct conflicts {
    struct arena *a;
    struct patch_error *e;
    struct str text;   /* of the message, behind its first line */
    struct sv manager; /* printed: of the entry at hand */
    VEC(struct patch_cause) causes;
};

static void add_conflict(void *ctx, struct sv path)
{
    struct conflicts *c = ctx;
    struct patch_cause cause = {
        .reason = "FieldManagerConflict",
        .message = mem_must(arena_fmt(c->a, "conflict with %.*s", SV_ARG(c->manager))),
        .field = mem_must(arena_dup(c->a, path)),
    };
    must_push(&c->causes, cause);
    str_addf(&c->text, "\n- %.*s", SV_ARG(path));
}

static struct doc_node *refuse_conflicts(struct conflicts *c)
{
    size_t count = c->causes.len;
    const char *message =
        count == 1 ? mem_must(arena_fmt(c->a, "Apply failed with 1 conflict: %s: %s",
                                        c->causes.items[0].message, c->causes.items[0].field))
                   : mem_must(arena_fmt(c->a, "Apply failed with %zu conflicts: %s", count,
                                        str_c(&c->text)));
    *c->e = (struct patch_error){.code = 409, .reason = "Conflict", .message = message};
    c->e->causes = mem_must(arena_new_n(c->a, struct patch_cause, count));
    memcpy(c->e->causes, c->causes.items, count * sizeof *c->e->causes);
    c->e->cause_count = count;
    return NULL;
}

static int by_name(const void *left, const void *right)
{
    const struct manager *const *a = left, *const *b = right;
    int order = sv_cmp((*a)->name, (*b)->name);
    return order ? order : (int)(*b)->applies - (int)(*a)->applies;
}

/* True when others own a field that changes; *c then has them, by manager. */
static bool in_conflict(struct conflicts *c, struct managers *m, const struct manager *self,
                        const struct walk_changes *changes)
{
    const struct doc_node *touched = set_union(c->a, changes->added, changes->modified);
    const struct manager **order =
        mem_must(arena_new_n(c->a, const struct manager *, m->list.len + 1));
    for (size_t i = 0; i < m->list.len; i++)
        order[i] = &m->list.items[i];
    qsort(order, m->list.len, sizeof *order, by_name);
    for (size_t i = 0; i < m->list.len; i++) {
        const struct doc_node *both = set_intersection(c->a, order[i]->set, touched);
        if (order[i] == self || set_empty(both))
            continue;
        c->manager = manager_print(c->a, order[i]);
        str_addf(&c->text, "%sconflicts with %.*s:", c->text.len ? "\n" : "", SV_ARG(c->manager));
        set_each(c->a, both, add_conflict, c);
    }
    return c->causes.len > 0;
}

/* What the manager applied before and nobody owns any more goes, and what was below it and is left
 * without an owner with it. */
static struct doc_node *pruned(struct arena *a, const struct outline *outline,
                               struct doc_node *merged, const struct managers *m,
                               const struct doc_node *last)
{
    if (set_empty(last))
        return merged;
    const struct doc_node *rest = walk_remove(a, outline, merged, last);
    struct doc_node *held = value_map(a);
    vec_foreach(one, &m->list)
        held = set_union(a, held, one->set);
    const struct doc_node *all = set_with_named(a, outline, walk_fields(a, outline, merged));
    const struct doc_node *kept =
        set_union(a, set_with_named(a, outline, walk_fields(a, outline, rest)),
                  set_with_named(a, outline, held));
    const struct doc_node *gone = set_difference(a, all, kept);
    const struct doc_node *back = walk_remove(a, outline, merged, gone);
    const struct doc_node *left = set_with_named(a, outline, walk_fields(a, outline, back));
    gone = set_intersection(a, set_difference(a, all, left), set_with_named(a, outline, last));
    struct doc_node *out = walk_remove(a, outline, merged, gone);
    return out ? out : value_map(a);
}

/* An object that was there before anybody's fields were kept belongs to "before-first-apply". */
static void adopt(struct managers *m, struct arena *a, const struct outline *outline,
                  const struct doc_node *live, const struct patch_writer *who)
{
    struct patch_writer before = {
        .manager = SV("before-first-apply"), .api_version = who->api_version, .time = who->time};
    if (live && !m->list.len)
        track(m, a, outline, blank(a, live, outline->of != NULL), plain(a, live), &before);
}

static struct doc_node *applied(struct arena *a, const struct outline *outline,
                                const struct doc_node *live, const struct doc_node *intent,
                                const struct patch_writer *who, struct managers *m,
                                struct conflicts *c)
{
    struct doc_node *from = plain(a, live);
    struct manager *self = managers_find(m, a, who, true, true);
    const struct doc_node *last = self->set;
    struct doc_node *merged = walk_merge(a, outline, from, intent);
    self->set = owned(a, walk_fields(a, outline, intent));
    self->api_version = who->api_version;
    merged = pruned(a, outline, merged, m, last);
    struct walk_changes changes = walk_compare(a, outline, from, merged);
    if (in_conflict(c, m, self, &changes) && !who->force)
        return refuse_conflicts(c);
    take_over(m, a, self, &changes);
    bool noop = set_empty(changes.added) && set_empty(changes.modified) &&
                set_empty(changes.removed) && set_equal(a, last, self->set);
    if (!noop)
        self->time = who->time;
    return merged;
}

/* ---- what is no sound intent ---- */

struct sound {
    struct arena *a;
    struct str path;
    struct patch_error *e;
};

static bool unsound(struct sound *s, const char *what)
{
    patch_refuse(s->a, s->e, 500, "InternalError", "failed to create typed patch object: %s: %s",
                 str_c(&s->path), what);
    return false;
}

static bool check(struct sound *s, const struct outline *outline, const struct doc_node *value);

static bool check_fields(struct sound *s, const struct outline *outline,
                         const struct doc_node *value)
{
    size_t length = s->path.len;
    doc_each_pair(p, value) {
        struct outline inner = outline_field(outline, p->key->text);
        str_addf(&s->path, ".%.*s", SV_ARG(p->key->text));
        if (!outline_has(outline, p->key->text))
            return unsound(s, "field not declared in schema");
        if (!check(s, &inner, p->value))
            return false;
        s->path.len = length;
        s->path.data[length] = 0;
    }
    return true;
}

static bool check_item(struct sound *s, const struct outline *outline, struct map *seen,
                       struct doc_node *item)
{
    struct sv element;
    struct outline inner = outline_item(outline);
    if (!walk_keyed(s->a, outline, item, &element))
        return unsound(s, "associative list with keys has an element that omits key field (and "
                          "doesn't have default value)");
    if (map_get(seen, element)) {
        _cleanup_str_ struct str key;
        str_init(&key, 0);
        str_adds(&key, "duplicate entries for key ");
        set_print_element(s->a, element, &key);
        return unsound(s, str_c(&key));
    }
    if (!map_put(seen, element, item))
        must_fail_nomem();
    set_print_element(s->a, element, &s->path);
    return check(s, &inner, item);
}

static bool check_items(struct sound *s, const struct outline *outline,
                        const struct doc_node *value)
{
    _cleanup_map_ struct map seen = {0};
    size_t length = s->path.len;
    doc_each_item(item, value) {
        if (!check_item(s, outline, &seen, item))
            return false;
        s->path.len = length;
        s->path.data[length] = 0;
    }
    return true;
}

static bool check(struct sound *s, const struct outline *outline, const struct doc_node *value)
{
    if (value->type == DOC_NULL)
        return true;
    if ((outline->form == OUTLINE_OBJECT || outline->form == OUTLINE_MAP) && value->type != DOC_MAP)
        return unsound(s, "expected map, got something else");
    if (outline->form == OUTLINE_LIST && value->type != DOC_SEQ)
        return unsound(s, "expected list, got something else");
    enum walk_form form = walk_form(outline, value);
    return form == WALK_LEAF     ? true
           : form == WALK_FIELDS ? check_fields(s, outline, value)
                                 : check_items(s, outline, value);
}

static bool sound(struct arena *a, const struct outline *outline, const struct doc_node *intent,
                  struct patch_error *e)
{
    struct sound s = {.a = a, .e = e};
    str_init(&s.path, 0);
    if (!str_room(&s.path, 1))
        must_fail_nomem();
    bool ok = check(&s, outline, intent);
    str_release(&s.path);
    return ok;
}

static struct doc_node *without_nulls(struct arena *a, const struct doc_node *value)
{
    struct doc_node *out = value_clone(a, value);
    if (out->type == DOC_MAP)
        for (uint32_t i = out->pair_count; i-- > 0;) {
            if (out->pairs[i].value->type == DOC_NULL)
                value_unset(out, out->pairs[i].key->text);
            else
                out->pairs[i].value = without_nulls(a, out->pairs[i].value);
        }
    for (uint32_t i = 0; out->type == DOC_SEQ && i < out->item_count; i++)
        out->items[i] = without_nulls(a, out->items[i]);
    return out;
}

struct doc_node *patch_apply(struct arena *a, const struct outline *outline,
                             const struct doc_node *live, const struct doc_node *intent,
                             const struct patch_writer *who, struct patch_error *e)
{
    _cleanup_managers_ struct managers m = {0};
    struct conflicts c = {.a = a, .e = e};
    if (!intent || intent->type != DOC_MAP)
        return patch_refuse(a, e, 400, "BadRequest", "error decoding YAML: the body is no object");
    struct sv version = doc_get_string(intent, "apiVersion");
    if (!sv_eq(version, who->api_version))
        return patch_refuse(a, e, 400, "BadRequest",
                            "Incorrect version specified in apply patch. Specified patch version: "
                            "%.*s, expected: %.*s",
                            SV_ARG(version), SV_ARG(who->api_version));
    const struct doc_node *brought = doc_get(doc_get(intent, "metadata"), "managedFields");
    if (brought && brought->type != DOC_NULL)
        return patch_refuse(a, e, 400, "BadRequest", "metadata.managedFields must be nil");
    const struct doc_node *own = without_nulls(a, intent);
    if (!sound(a, outline, own, e))
        return NULL;
    str_init(&c.text, 0);
    managers_read(&m, a, live);
    adopt(&m, a, outline, live, who);
    struct doc_node *out = applied(a, outline, live, own, who, &m, &c);
    if (out)
        managers_write(&m, a, out);
    vec_release(&c.causes);
    str_release(&c.text);
    return out;
}
