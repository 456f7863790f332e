/* New nodes in the image of the old ones, as a node group of the same specification would start
 * them. */
#include "ops/rehearse/internal.h"
#include "world/instance.h"

#define IMAGE_LABEL "eks.amazonaws.com/nodegroup-image"
#define HOST_LABEL "kubernetes.io/hostname"

/* ---- shapes ---- */

static bool same_shape(const struct world *w, uint32_t a, uint32_t b)
{
    const struct world_node *x = &w->nodes.items[a], *y = &w->nodes.items[b];
    return x->group == y->group && x->zone == y->zone && x->instance_type == y->instance_type;
}

static int by_shape(const void *a, const void *b, void *ctx)
{
    const struct world *w = ctx;
    const struct world_node *x = &w->nodes.items[*(const uint32_t *)a];
    const struct world_node *y = &w->nodes.items[*(const uint32_t *)b];
    int c = strcmp(world_text(w, x->group), world_text(w, y->group));
    c = c ? c : strcmp(world_text(w, x->zone), world_text(w, y->zone));
    c = c ? c : strcmp(world_text(w, x->instance_type), world_text(w, y->instance_type));
    return c ? c : strcmp(world_text(w, x->name), world_text(w, y->name));
}

void green_find_shapes(struct setting *s)
{
    qsort_r(s->old, s->old_count, sizeof *s->old, by_shape, s->w);
    for (uint32_t i = 0; i < s->old_count; i++) {
        struct shape *last = s->shapes.len ? &s->shapes.items[s->shapes.len - 1] : NULL;
        if (last && same_shape(s->w, last->like, s->old[i])) {
            last->old++;
            last->fresh++;
        } else {
            must_push(&s->shapes,
                      ((struct shape){.like = s->old[i], .first = i, .old = 1, .fresh = 1}));
        }
    }
}

/* ---- counts ---- */

static bool is_in(const struct setting *s, const struct shape *x, uint32_t group, uint32_t zone)
{
    const struct world_node *n = &s->w->nodes.items[x->like];
    return (!group || n->group == group) && (!zone || n->zone == zone);
}

/* Shares `total` among the shapes of a group and zone (STRINGS_NONE: of all) as the old nodes are
 * shared, the rest to the first ones. */
static bool share_out(struct setting *s, uint32_t group, uint32_t zone, uint32_t total)
{
    uint32_t old = 0, given = 0;
    vec_foreach(x, &s->shapes)
        old += is_in(s, x, group, zone) ? x->old : 0;
    if (!old)
        return false;
    vec_foreach(x, &s->shapes) {
        if (!is_in(s, x, group, zone))
            continue;
        x->fresh = (uint32_t)((uint64_t)total * x->old / old);
        given += x->fresh;
    }
    while (given < total)
        vec_foreach(x, &s->shapes) {
            if (given == total || !is_in(s, x, group, zone))
                continue;
            x->fresh++;
            given++;
        }
    return true;
}

static int set_zone(struct setting *s, const char *text, struct err *err)
{
    struct sv rest = sv_of(text), zone = sv_split(&rest, '=');
    uint64_t count;
    if (!sv_to_u64(rest, &count) || count > 100000)
        return err_set(err, ERR_USAGE, "zone '%s': expected ZONE=COUNT, as in eu-west-1a=4", text);
    uint32_t id = strings_find(&s->w->strings, zone);
    if (!id || !share_out(s, STRINGS_NONE, id, (uint32_t)count))
        return err_set(err, ERR_NOT_FOUND, "zone '%.*s': none of the old nodes is in it",
                       SV_ARG(zone));
    return 0;
}

static void share_rounds(struct setting *s)
{
    for (size_t g = 0; s->groups[g]; g++) {
        uint32_t total = 0;
        for (size_t r = 0; r < s->green->round_count; r++)
            total += s->green->rounds[r].group == g ? s->green->rounds[r].fresh : 0;
        share_out(s, strings_find(&s->w->strings, sv_of(s->groups[g])), STRINGS_NONE, total);
    }
}

int green_set_counts(struct setting *s, struct err *err)
{
    if (s->green->rounds)
        share_rounds(s);
    if (s->green->count > 0)
        share_out(s, STRINGS_NONE, STRINGS_NONE, (uint32_t)s->green->count);
    for (const char *const *z = s->green->zones; z && *z; z++)
        if (set_zone(s, *z, err) < 0)
            return -1;
    return 0;
}

/* ---- one shape's node ---- */

/* Is the label the same on all old nodes of the shape? Others (the host's name) are not a group's.
 */
static bool is_common(const struct setting *s, const struct shape *x, struct label l)
{
    for (uint32_t i = x->first; i < x->first + x->old; i++) {
        const struct labels labels = s->w->nodes.items[s->old[i]].labels;
        if (labels_value(labels, l.key) != l.value || !labels_has(labels, l.key))
            return false;
    }
    return true;
}

/* arch: of another instance type; NULL: as before. */
static uint32_t new_value(const struct setting *s, uint32_t old_group, struct label l,
                          const struct world_node *spec, const char *arch)
{
    struct strings *t = &s->w->strings;
    struct sv key = strings_get(t, l.key);
    if (l.value == old_group && (sv_has(key, "nodegroup") || sv_has(key, "nodepool")))
        return spec->group;
    if (sv_is(key, IMAGE_LABEL))
        return strings_puts(t, s->green->ami ? s->green->ami : "ami-new");
    if (sv_ends(key, "kubernetes.io/instance-type"))
        return spec->instance_type;
    if (sv_ends(key, "kubernetes.io/arch") && arch)
        return strings_puts(t, arch);
    return l.value;
}

static void set_labels(struct setting *s, const struct shape *x, const char *arch,
                       struct world_node *spec)
{
    const struct labels old = s->w->nodes.items[x->like].labels;
    uint32_t group = s->w->nodes.items[x->like].group;
    struct label *items = mem_must(arena_new_n(&s->arena, struct label, old.len + 1));
    uint32_t n = 0;
    for (uint32_t i = 0; i < old.len; i++) {
        struct sv key = strings_get(&s->w->strings, old.items[i].key);
        bool of_host = sv_is(key, HOST_LABEL), changes = sv_is(key, IMAGE_LABEL);
        if (!of_host && !changes && !is_common(s, x, old.items[i]))
            continue;
        items[n++] =
            (struct label){old.items[i].key, new_value(s, group, old.items[i], spec, arch)};
    }
    spec->labels = (struct labels){items, n};
}

/* Taints that tell of a node's state are not part of its group. */
static void set_taints(struct setting *s, uint32_t like, struct world_node *spec)
{
    const struct world_node *old = &s->w->nodes.items[like];
    struct taint *items = mem_must(arena_new_n(&s->arena, struct taint, old->taint_count + 1));
    spec->taint_count = 0;
    for (uint32_t i = 0; i < old->taint_count; i++)
        if (!sv_starts(strings_get(&s->w->strings, old->taints[i].key), "node.kubernetes.io/"))
            items[spec->taint_count++] = old->taints[i];
    spec->taints = items;
}

static struct instance_amounts amounts_of(const struct resources *r, int32_t pods)
{
    return (struct instance_amounts){r->cpu, r->memory, r->ephemeral, (uint32_t)pods};
}

/* What the type's devices are called; other devices of the old type are not carried over. */
static void set_devices(struct setting *s, const struct instance_type *t, struct resources *r)
{
    if (t->accelerator == INSTANCE_NO_ACCELERATOR || !t->accelerators)
        return;
    struct scalar *device = mem_must(arena_new(&s->arena, struct scalar));
    const char *name = t->accelerator == INSTANCE_GPU ? "nvidia.com/gpu" : "aws.amazon.com/neuron";
    *device = (struct scalar){strings_puts(&s->w->strings, name), t->accelerators};
    r->scalars = device;
    r->scalar_count = 1;
}

static struct resources resources_of(struct setting *s, const struct instance_type *t,
                                     const struct instance_amounts *a)
{
    struct resources r = {.cpu = a->cpu, .memory = a->memory, .ephemeral = a->ephemeral};
    set_devices(s, t, &r);
    return r;
}

static void set_volume_limits(struct setting *s, const struct instance_type *t,
                              struct world_node *spec)
{
    struct csi_limit *csi = mem_must(arena_new_n(&s->arena, struct csi_limit, spec->csi_count + 1));
    for (uint32_t i = 0; i < spec->csi_count; i++) {
        csi[i] = spec->csi[i];
        if (strings_find(&s->w->strings, SV("ebs.csi.aws.com")) == csi[i].driver)
            csi[i].count = (int32_t)instance_ebs_volumes(t, 1, 1);
    }
    spec->csi = csi;
}

/* Recomputed as the kubelet of the old node was set up. */
static void set_amounts(struct setting *s, uint32_t like, const struct instance_type *now,
                        struct world_node *spec)
{
    const struct world_node *old = &s->w->nodes.items[like];
    struct instance_type was;
    struct instance_kubelet k = {0};
    struct instance_amounts capacity = amounts_of(&old->capacity, old->max_pods);
    struct instance_amounts allocatable = amounts_of(&old->allocatable, old->max_pods);
    if (instance_lookup(s->cloud, strings_get(&s->w->strings, old->instance_type), &was))
        k = instance_kubelet_of(&was, &capacity, &allocatable);
    instance_capacity(now, &k, old->capacity.ephemeral, &capacity);
    instance_allocatable(now, &k, &capacity, &allocatable);
    spec->capacity = resources_of(s, now, &capacity);
    spec->allocatable = resources_of(s, now, &allocatable);
    spec->max_pods = (int32_t)allocatable.pods;
}

static int set_type(struct setting *s, uint32_t like, struct world_node *spec, const char **arch,
                    struct err *err)
{
    struct instance_type now;
    struct sv name = sv_of(s->green->instance_type);
    if (!instance_lookup(s->cloud, name, &now)) {
        err_set(err, ERR_NOT_FOUND, "instance type '%s' is not known", s->green->instance_type);
        return err_hint(err, "describe it with --cloud FILE, the output of aws ec2 "
                             "describe-instance-types");
    }
    set_amounts(s, like, &now, spec);
    set_volume_limits(s, &now, spec);
    spec->instance_type = strings_put(&s->w->strings, name);
    *arch = now.arch;
    return 0;
}

static bool is_taken(const struct world *w, const char *group)
{
    struct sv name = sv_of(group);
    world_each_node(w, n)
        if (sv_eq(strings_get(&w->strings, w->nodes.items[n].group), name) ||
            sv_starts(strings_get(&w->strings, w->nodes.items[n].name), group))
            return true;
    return false;
}

/* As somebody has chosen it, who knows that it is free. */
static const char *chosen_name(const struct setting *s, const char *old)
{
    for (size_t i = 0; s->green->names && s->groups[i]; i++)
        if (strcmp(s->groups[i], old) == 0)
            return s->green->names[i];
    return NULL;
}

/* "game-new", or game-new2, … when something is called so already. */
static uint32_t new_group(struct setting *s, uint32_t old)
{
    char text[256];
    const char *name = old ? world_text(s->w, old) : "nodes", *chosen = chosen_name(s, name);
    if (chosen)
        return strings_puts(&s->w->strings, chosen);
    snprintf(text, sizeof text, "%s-new", name);
    for (unsigned i = 2; is_taken(s->w, text); i++)
        snprintf(text, sizeof text, "%s-new%u", name, i);
    return strings_puts(&s->w->strings, text);
}

static int make_spec(struct setting *s, const struct shape *x, uint32_t group,
                     struct world_node *spec, struct err *err)
{
    char text[256], version[VERSION_TEXT_MAX];
    const char *arch = NULL;
    *spec = s->w->nodes.items[x->like];
    spec->group = group;
    spec->unschedulable = spec->ready = spec->gone = false;
    spec->uid = spec->provider_id = STRINGS_NONE;
    spec->images = NULL;
    spec->image_count = 0;
    spec->created = spec->ready_since = 0;
    if (s->green->version.set) {
        snprintf(text, sizeof text, "v%s", version_format(s->green->version, true, version));
        spec->kubelet_version = strings_puts(&s->w->strings, text);
    }
    if (s->green->instance_type && set_type(s, x->like, spec, &arch, err) < 0)
        return -1;
    set_labels(s, x, arch, spec);
    set_taints(s, x->like, spec);
    return 0;
}

/* ---- all ---- */

/* Each node has its own name, which is also a label. */
static void add_node(struct setting *s, const struct world_node *spec, uint32_t number)
{
    char name[300];
    struct world_node node = *spec;
    struct label *items = mem_must(arena_new_n(&s->arena, struct label, spec->labels.len + 1));
    snprintf(name, sizeof name, "%s-%u", world_text(s->w, spec->group), number);
    node.name = strings_puts(&s->w->strings, name);
    for (uint32_t i = 0; i < spec->labels.len; i++) {
        items[i] = spec->labels.items[i];
        if (sv_is(strings_get(&s->w->strings, items[i].key), HOST_LABEL))
            items[i].value = node.name;
    }
    node.labels.items = items;
    must_push(&s->fresh, node);
}

/* The next nodes of a group come where it has the fewest of them, as Auto Scaling starts them. */
static void hand_out(struct setting *s, const struct part *p)
{
    for (uint32_t n = 0; n < p->fresh_count; n++) {
        struct shape *least = NULL;
        vec_foreach(x, &s->shapes)
            if (is_in(s, x, p->group, STRINGS_NONE) && x->came + x->comes < x->fresh &&
                (!least || x->came + x->comes < least->came + least->comes))
                least = x;
        if (least)
            least->comes++;
    }
}

static void choose_shapes(struct setting *s, struct part *p)
{
    vec_foreach(x, &s->shapes)
        x->comes = p->group ? 0 : x->fresh;
    if (p->group)
        hand_out(s, p);
}

static int build_part(struct setting *s, struct part *p, struct err *err)
{
    uint32_t old_group = WORLD_NONE, group = STRINGS_NONE;
    p->fresh = (uint32_t)s->fresh.len;
    p->greens = (uint32_t)s->greens.len;
    choose_shapes(s, p);
    vec_foreach(x, &s->shapes) {
        struct nodes_green g = {.count = x->comes};
        uint32_t old = s->w->nodes.items[x->like].group;
        if (p->group && !x->comes)
            continue;
        if (old != old_group) /* they are sorted by it */
            group = new_group(s, old);
        old_group = old;
        if (make_spec(s, x, group, &g.spec, err) < 0)
            return -1;
        for (uint32_t i = 0; i < x->comes; i++)
            add_node(s, &g.spec, (uint32_t)s->fresh.len + 1);
        must_push(&s->greens, g);
        x->came += x->comes;
    }
    p->fresh_count = (uint32_t)s->fresh.len - p->fresh;
    p->greens_count = (uint32_t)s->greens.len - p->greens;
    return 0;
}

int green_build(struct setting *s, struct err *err)
{
    s->fresh.len = 0;
    s->greens.len = 0;
    vec_foreach(x, &s->shapes)
        x->came = 0;
    rounds_plan(s);
    vec_foreach(p, &s->parts)
        if (build_part(s, p, err) < 0)
            return -1;
    return 0;
}
