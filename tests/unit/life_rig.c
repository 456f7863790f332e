#include "life_rig.h"

#include "pocket/life/json.h"
#include "world/single.h"

/* ---- a host ---- */

static char *key_of(const struct life_name *n)
{
    char *key = NULL;
    assert_true(asprintf(&key, "%.*s/%.*s/%.*s", SV_ARG(n->kind), SV_ARG(n->ns), SV_ARG(n->name)) >
                0);
    return key;
}

static struct kept *find(struct shelf *s, const struct life_name *n)
{
    char *key = key_of(n);
    struct kept *found = NULL;
    vec_foreach(k, &s->items)
        if (strcmp(k->key, key) == 0)
            found = k;
    free(key);
    return found;
}

struct sv life_rig_get(void *ctx, const struct life_name *n)
{
    struct kept *k = find(ctx, n);
    return k ? sv_of(k->json) : SV_NONE;
}

/* As the API's store: without apiVersion and kind. */
static char *bare(struct sv json)
{
    static const struct life_edit edits[] = {{"apiVersion", NULL, SV_NONE},
                                             {"kind", NULL, SV_NONE}};
    struct arena scratch = {0};
    _cleanup_str_ struct str out;
    str_init(&out, 0);
    life_json_edit(&out, json, edits, ARRAY_LEN(edits), &scratch);
    arena_release(&scratch);
    return str_steal(&out);
}

/* The host gets metadata first, or behind apiVersion and kind. */
static void check_form(const struct life_name *n, struct sv json)
{
    struct arena scratch = {0};
    if (sv_starts(json, "{\"metadata\":{"))
        return;
    assert_true(sv_starts(json, "{\"apiVersion\":"));
    assert_true(sv_eq(life_json_text(json, "apiVersion", NULL, &scratch), n->api_version));
    assert_true(sv_eq(life_json_text(json, "kind", NULL, &scratch), n->kind));
    arena_release(&scratch);
}

void life_rig_keep(struct shelf *s, const struct life_name *n, struct sv json)
{
    char *text = bare(json);
    struct kept *k = find(s, n);
    if (k) {
        free(k->json);
        k->json = text;
        return;
    }
    struct kept fresh = {key_of(n), text, *n};
    fresh.name.kind = sv_of(strndup(n->kind.ptr, n->kind.len));
    fresh.name.api_version = sv_of(strndup(n->api_version.ptr, n->api_version.len));
    must_push(&s->items, fresh);
}

static void host_put(void *ctx, const struct life_name *n, struct sv json)
{
    check_form(n, json);
    life_rig_keep(ctx, n, json);
}

static void kept_release(struct kept *k)
{
    free(k->key);
    free(k->json);
    free((char *)k->name.kind.ptr);
    free((char *)k->name.api_version.ptr);
}

static void host_drop(void *ctx, const struct life_name *n)
{
    struct shelf *s = ctx;
    struct kept *k = find(s, n);
    if (!k)
        return;
    kept_release(k);
    *k = s->items.items[--s->items.len];
}

unsigned life_rig_count_with(struct scene *sc, const char *kind, const char *text)
{
    unsigned n = 0;
    vec_foreach(k, &sc->shelf.items)
        n += sv_is(k->name.kind, kind) && strstr(k->json, text);
    return n;
}

static bool is_owned(const struct kept *k, struct sv uid)
{
    const char *owners = strstr(k->json, "\"ownerReferences\":[");
    return sv_is(k->name.kind, "Pod") && owners && uid.len &&
           memmem(owners, strcspn(owners, "]"), uid.ptr, uid.len);
}

/* The garbage collector takes the pods. */
static void delete_pods_of(struct shelf *s, struct sv uid)
{
    VEC(char *) names = {0};
    vec_foreach(k, &s->items)
        if (is_owned(k, uid))
            must_push(&names, strdup(k->key + strlen("Pod/shop/")));
    vec_foreach(name, &names) {
        pocket_life_delete_pod(s->life, SV("shop"), sv_of(*name), -1);
        free(*name);
    }
    vec_release(&names);
}

static void host_remove(void *ctx, const struct life_name *n)
{
    struct shelf *s = ctx;
    struct arena scratch = {0};
    struct err err = {0};
    struct kept *k = find(s, n);
    assert_non_null(k);
    char *json = strdup(k->json);
    host_drop(s, n);
    delete_pods_of(s, life_json_text(sv_of(json), "metadata", "uid", &scratch));
    assert_int_equal(pocket_life_written(s->life, n, true, sv_of(json), &err), 0);
    free(json);
    arena_release(&scratch);
}

void life_rig_delete(struct scene *sc, struct life_name n)
{
    host_remove(&sc->shelf, &n);
}

/* ---- a cluster ---- */

void life_rig_begin(struct scene *sc)
{
    struct life_host host = {&sc->shelf, life_rig_get, host_put, host_drop, host_remove};
    struct life_options o = {.seed = 7};
    sc->life = sc->shelf.life = pocket_life_new(&sc->w, NULL, &host, &o);
}

void life_rig_node(struct world *w, const struct build_node *n)
{
    uint32_t at = build_node(w, n);
    w->nodes.items[at].ready = true;
}

void life_rig_start(struct scene *sc, unsigned nodes)
{
    life_rig_start_at(sc, nodes, 30);
}

void life_rig_start_at(struct scene *sc, unsigned nodes, unsigned minor)
{
    char name[16];
    *sc = (struct scene){0};
    build_world(&sc->w, minor);
    sc->w.taken = 1700000000;
    for (unsigned i = 0; i < nodes; i++) {
        snprintf(name, sizeof name, "n%u", i);
        struct build_node n = {.name = name, .zone = i % 2 ? "b" : "a"};
        life_rig_node(&sc->w, &n);
    }
    life_rig_begin(sc);
}

void life_rig_end(struct scene *sc)
{
    pocket_life_free(sc->life);
    vec_foreach(k, &sc->shelf.items)
        kept_release(k);
    vec_release(&sc->shelf.items);
    arena_release(&sc->scratch);
    world_release(&sc->w);
}

void life_rig_later(struct scene *sc, int64_t seconds)
{
    sc->now += seconds * 1000;
    pocket_life_run(sc->life, sc->now);
}

struct life_name life_rig_name(const char *version, const char *kind, const char *name)
{
    return (struct life_name){sv_of(version), sv_of(kind), SV("shop"), sv_of(name)};
}

void life_rig_put(struct scene *sc, struct life_name n, const char *json)
{
    struct err err = {0};
    life_rig_keep(&sc->shelf, &n, sv_of(json));
    assert_int_equal(pocket_life_written(sc->life, &n, false, sv_of(json), &err), 0);
}

int64_t life_rig_number(struct scene *sc, struct life_name n, const char *outer, const char *inner)
{
    return life_json_int(life_rig_get(&sc->shelf, &n), outer, inner, -1, &sc->scratch);
}

struct sv life_rig_text(struct scene *sc, struct life_name n, const char *outer, const char *inner)
{
    return life_json_text(life_rig_get(&sc->shelf, &n), outer, inner, &sc->scratch);
}

unsigned life_rig_count(struct scene *sc, const char *kind)
{
    unsigned n = 0;
    vec_foreach(k, &sc->shelf.items)
        n += sv_is(k->name.kind, kind);
    return n;
}

/* ---- do the objects say what the simulator holds? ---- */

static void check_pod(struct scene *sc, const struct world_single *in)
{
    const struct world *w = pocket_life_world(sc->life);
    const struct world_pod *told = &in->is.pod;
    uint32_t at = world_find_pod(w, sv_of(world_text(w, w->classes.items[told->class].ns)),
                                 sv_of(world_text(w, told->name)));
    assert_int_not_equal(at, WORLD_NONE);
    const struct world_pod *is = &w->pods.items[at];
    assert_int_equal(told->class, is->class);
    assert_int_equal(in->refs.node, is->node == WORLD_NONE ? 0 : w->nodes.items[is->node].name);
    assert_int_equal(told->phase, is->phase);
    assert_int_equal(told->ready, is->ready);
    assert_int_equal(told->deleting != 0, is->deleting != 0);
    if (is->owner != WORLD_NONE)
        assert_int_equal(in->refs.owner, w->workloads.items[is->owner].name);
}

static void check_node(struct scene *sc, const struct world_single *in)
{
    const struct world *w = pocket_life_world(sc->life);
    const struct world_node *told = &in->is.node;
    uint32_t at = world_find_node(w, sv_of(world_text(w, told->name)));
    assert_int_not_equal(at, WORLD_NONE);
    const struct world_node *is = &w->nodes.items[at];
    assert_int_equal(told->ready, is->ready);
    assert_int_equal(told->unschedulable, is->unschedulable);
    assert_int_equal(told->labels.len, is->labels.len);
    assert_int_equal(told->allocatable.cpu, is->allocatable.cpu);
    assert_int_equal(told->allocatable.memory, is->allocatable.memory);
    assert_int_equal(told->max_pods, is->max_pods);
}

void life_rig_check(struct scene *sc)
{
    const struct world *w = pocket_life_world(sc->life);
    struct err err = {0};
    unsigned pods = 0, nodes = 0;
    vec_foreach(k, &sc->shelf.items) {
        struct life_name nothing = {SV("v1"), SV("Nothing"), SV_NONE, SV("x")};
        struct world_single in;
        assert_int_equal(
            world_single_read(&sc->w, k->name.api_version, k->name.kind, sv_of(k->json), &in, &err),
            0);
        /* The simulator takes over the texts that were read. */
        assert_int_equal(pocket_life_written(sc->life, &nothing, false, SV("{}"), &err), 0);
        if (in.kind == SINGLE_POD)
            check_pod(sc, &in);
        else if (in.kind == SINGLE_NODE)
            check_node(sc, &in);
        pods += in.kind == SINGLE_POD;
        nodes += in.kind == SINGLE_NODE;
        world_single_release(&in);
    }
    assert_int_equal(pods, w->live_pods);
    assert_int_equal(nodes, w->live_nodes);
}
