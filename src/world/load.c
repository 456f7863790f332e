/* Texts, lists and objects: who reads what. */
#include "world/load_internal.h"

static const struct load_kind *const kinds[] = {
    load_pod_kinds,    load_node_kinds,    load_workload_kinds, load_storage_kinds,
    load_policy_kinds, load_service_kinds, load_event_kinds,
};

/* First memory of the scratch arena, which is emptied after each object. */
#define SCRATCH ((size_t)64 << 10)

struct load *load_new(struct world *w)
{
    struct load *l = mem_must(calloc(1, sizeof *l));
    l->w = w;
    mem_must(arena_alloc(&l->scratch, SCRATCH));
    arena_reset(&l->scratch);
    return l;
}

static void release_lists(struct load *l)
{
    vec_release(&l->owners);
    vec_release(&l->pods);
    vec_release(&l->workload_owner);
    vec_release(&l->claims);
    vec_release(&l->template_claims);
    vec_release(&l->templates);
    vec_release(&l->csi);
    vec_release(&l->pv_refs);
    vec_release(&l->pvc_refs);
    vec_release(&l->attachment_refs);
    vec_release(&l->hpa_refs);
    vec_release(&l->service_words);
    vec_release(&l->service_ip);
    vec_release(&l->slices);
    vec_release(&l->attach_events);
    vec_release(&l->label_list);
    vec_release(&l->node_term_list);
    vec_release(&l->requirement_list);
    vec_release(&l->value_list);
    vec_release(&l->name_list);
    vec_release(&l->namespace_list);
    vec_release(&l->image_list);
    vec_release(&l->init_image_list);
    vec_release(&l->match_keys);
    vec_release(&l->mismatch_keys);
    vec_release(&l->scalar_list);
    vec_release(&l->port_list);
    vec_release(&l->toleration_list);
    vec_release(&l->affinity_list);
    vec_release(&l->weighted_list);
    vec_release(&l->spread_list);
    vec_release(&l->taint_list);
    vec_release(&l->node_image_list);
    vec_release(&l->csi_list);
    vec_release(&l->selector_list);
    vec_release(&l->disrupted_list);
}

void load_free(struct load *l)
{
    if (!l)
        return;
    arena_release(&l->scratch);
    for (unsigned i = 0; i < BY_NAME_COUNT; i++)
        index_release(&l->by_name[i]);
    index_release(&l->workload_by_uid);
    index_release(&l->owner_by_uid);
    index_release(&l->drivers);
    release_lists(l);
    free(l);
}

size_t load_taken(const struct load *l)
{
    return l->taken;
}

size_t load_skipped(const struct load *l)
{
    return l->skipped;
}

/* ---- kinds ---- */

static struct sv group_of(struct sv api_version)
{
    const char *slash = api_version.len ? memchr(api_version.ptr, '/', api_version.len) : NULL;
    return slash ? sv_n(api_version.ptr, (size_t)(slash - api_version.ptr)) : SV("");
}

static bool in_group(const struct load_kind *k, struct sv api_version)
{
    struct sv group = group_of(api_version);
    if (!api_version.len)
        return true;
    for (size_t i = 0; i < ARRAY_LEN(k->groups) && k->groups[i]; i++)
        if (sv_is(group, k->groups[i]))
            return true;
    return false;
}

static const struct load_kind *find_kind(struct sv api_version, struct sv kind)
{
    for (size_t i = 0; i < ARRAY_LEN(kinds); i++)
        for (const struct load_kind *k = kinds[i]; k->name; k++)
            if (sv_is(kind, k->name) && in_group(k, api_version))
                return k;
    return NULL;
}

bool load_knows(struct sv kind)
{
    return find_kind(SV_NONE, kind) != NULL;
}

/* ---- one object ---- */

static const char behind_end[] = "text behind the end of the object";

#define EARLY_MAX 64 /* more are no object of the API */

/* A field that came before the object's kind and metadata were known. */
struct early {
    struct sv key, value;
};

struct object {
    struct sv api_version, kind;
    const struct load_kind *reader; /* NULL: of a kind that is skipped */
    bool begun, has_meta;
    bool alone; /* nothing may stand behind it */
    const char *start;
    VEC(struct early) early;
};

static void read_list(struct load *l, struct pull *p, const struct object *o);

static void object_release(struct object *o)
{
    vec_release(&o->early);
}

static bool is_list(const struct object *o)
{
    return o->kind.len > 3 && sv_ends(o->kind, "List");
}

static void begin(struct load *l, struct object *o)
{
    o->begun = true;
    o->reader = find_kind(o->api_version, o->kind);
    if (!o->reader)
        return;
    l->meta = (struct meta){.owner = WORLD_NONE};
    l->kind_text = o->reader->name;
    l->api_version = o->api_version;
    l->state = mem_must(arena_alloc(&l->scratch, o->reader->state));
    if (o->reader->begin)
        o->reader->begin(l);
}

static void read_field(struct load *l, struct pull *p, struct object *o, struct sv key)
{
    if (!o->reader)
        pull_skip(p);
    else if (KEY(key, "metadata")) {
        o->has_meta = true;
        load_meta(l, p);
        if (o->reader->scope == LOAD_CLUSTER)
            l->meta.ns = STRINGS_NONE;
        else if (!l->meta.ns)
            l->meta.ns = strings_puts(&l->w->strings, "default");
    } else
        o->reader->field(l, p, key);
}

static void keep_early(struct pull *p, struct object *o, struct sv key)
{
    struct early e = {.key = key};
    if (o->early.len >= EARLY_MAX)
        pull_fail(p, "more than 64 fields before kind and metadata");
    else if (pull_raw(p, &e.value))
        must_push(&o->early, e);
}

/* metadata first, then the others in their order. */
static void read_early(struct load *l, struct pull *p, struct object *o)
{
    for (size_t i = 1; i < o->early.len; i++) {
        struct early e = o->early.items[i];
        if (!KEY(e.key, "metadata"))
            continue;
        memmove(&o->early.items[1], &o->early.items[0], i * sizeof e);
        o->early.items[0] = e;
    }
    for (size_t i = 0; i < o->early.len && pull_ok(p); i++) {
        struct pull sub;
        pull_init(&sub, o->early.items[i].value, &l->scratch);
        if (is_list(o) && KEY(o->early.items[i].key, "items"))
            read_list(l, &sub, o);
        else if (!is_list(o))
            read_field(l, &sub, o, o->early.items[i].key);
        if (!pull_ok(&sub))
            pull_fail(p, sub.error);
    }
}

static void enter(struct load *l, const struct load_kind *k)
{
    if (!l->meta.name) {
        load_note(l, "an object without a name: left out");
        l->skipped++;
        return;
    }
    k->end(l);
    l->taken++;
}

static void end(struct load *l, struct pull *p, struct object *o)
{
    if (!o->begun)
        begin(l, o);
    read_early(l, p, o);
    if (!pull_ok(p))
        return;
    if (o->alone && !pull_done(p))
        pull_fail(p, behind_end);
    else if ((size_t)(p->at - o->start) > LOAD_OBJECT_MAX)
        pull_fail(p, "an object of more than 8 MiB");
    else if (l->over)
        pull_fail(p, "more than 4,000,000 objects of a kind");
    else if (o->reader)
        enter(l, o->reader);
    else
        l->skipped++;
}

/* Do the items tell their own kind, as those of a List of kubectl do? */
static bool items_tell_kind(const struct pull *p)
{
    struct pull ahead = *p;
    struct sv key;
    bool tell = false;
    if (!pull_seq(&ahead) || !pull_item(&ahead))
        return true;
    each_key(&ahead, key)
    {
        tell |= KEY(key, "kind");
        if (KEY(key, "metadata") || KEY(key, "spec"))
            break;
        pull_skip(&ahead);
    }
    return tell;
}

static bool read_head(struct pull *p, struct object *o, struct sv key)
{
    if (KEY(key, "apiVersion"))
        pull_string(p, &o->api_version);
    else if (KEY(key, "kind"))
        pull_string(p, &o->kind);
    else
        return false;
    return true;
}

/* A list whose kind is still to come is told by its items. */
static bool read_items(struct load *l, struct pull *p, struct object *o, struct sv key)
{
    static const struct object unknown;
    if (!KEY(key, "items") || (o->kind.len && !is_list(o)))
        return false;
    if (is_list(o))
        read_list(l, p, o);
    else if (items_tell_kind(p))
        read_list(l, p, &unknown);
    else
        keep_early(p, o, key);
    return true;
}

static void read_known(struct load *l, struct pull *p, struct object *o, struct sv key)
{
    if (!o->begun)
        begin(l, o);
    if (o->reader && !o->has_meta && !KEY(key, "metadata"))
        keep_early(p, o, key);
    else
        read_field(l, p, o, key);
}

static void inherit(struct object *o, const struct object *list)
{
    if (o->kind.len || !list->kind.len)
        return;
    o->kind = list->kind;
    if (!o->api_version.len)
        o->api_version = list->api_version;
}

static void finish_object(struct load *l, struct pull *p, struct object *o, bool listed)
{
    if (!pull_ok(p))
        return;
    if (!o->kind.len && !listed)
        pull_fail(p, "an object without a kind");
    else if (is_list(o))
        read_early(l, p, o);
    else if (o->kind.len)
        end(l, p, o);
}

/* like: kind and apiVersion of an object that does not tell them. */
static void read_object(struct load *l, struct pull *p, const struct object *like)
{
    _cleanup_(object_release) struct object o = {0};
    struct sv key;
    bool listed = false;
    if (pull_peek(p) != PULL_MAP) {
        pull_fail(p, "expected an object here");
        return;
    }
    o.start = p->at;
    o.alone = like->alone;
    each_key(p, key)
    {
        if (read_head(p, &o, key))
            continue;
        inherit(&o, like);
        if (read_items(l, p, &o, key))
            listed = true;
        else if (!o.kind.len)
            keep_early(p, &o, key);
        else if (is_list(&o))
            pull_skip(p);
        else
            read_known(l, p, &o, key);
    }
    inherit(&o, like);
    finish_object(l, p, &o, listed);
}

static void read_list(struct load *l, struct pull *p, const struct object *o)
{
    struct object item_like = {.api_version = o->api_version};
    if (o->kind.len > 4)
        item_like.kind = sv_n(o->kind.ptr, o->kind.len - 4);
    struct arena_mark mark = arena_mark(&l->scratch);
    each_item(p, item)
    {
        read_object(l, p, &item_like);
        arena_rewind(&l->scratch, mark);
    }
}

/* ---- texts ---- */

int load_text(struct load *l, const char *name, struct sv text, struct err *err)
{
    static const struct object unknown;
    struct pull p;
    if (sv_starts(text, "\xEF\xBB\xBF"))
        text = sv_n(text.ptr + 3, text.len - 3);
    pull_init(&p, text, &l->scratch);
    while (pull_ok(&p) && !pull_done(&p)) {
        read_object(l, &p, &unknown);
        arena_reset(&l->scratch);
    }
    return pull_ok(&p) ? 0 : pull_error(&p, name, err);
}

int load_object(struct load *l, struct sv api_version, struct sv kind, struct sv json,
                struct err *err)
{
    struct object like = {.api_version = api_version, .kind = kind, .alone = true};
    struct pull p;
    char name[128];
    pull_init(&p, json, &l->scratch);
    read_object(l, &p, &like);
    if (pull_ok(&p) && !pull_done(&p))
        pull_fail(&p, behind_end);
    arena_reset(&l->scratch);
    if (pull_ok(&p))
        return 0;
    snprintf(name, sizeof name, "%.*s", SV_ARG(kind));
    return pull_error(&p, name, err);
}
