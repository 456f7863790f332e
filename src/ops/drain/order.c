/* The order of a drain: as JSON in the plan, and as the decision core wants it. */
#include "ops/drain/order.h"

#include "base/jsonw.h"
#include "base/must.h"
#include "doc/pull.h"
#include "ops/nodes/workload.h"

#define DAY_MS ((int64_t)24 * 3600 * 1000)
#define NAMES_MAX 100000
#define NUMBER_MAX ((int64_t)1 << 30)

static const char *const orders[] = {[NODES_BY_NAME] = "name",
                                     [NODES_OLDEST] = "oldest",
                                     [NODES_EMPTIEST] = "emptiest",
                                     [NODES_BY_ZONE] = "zone"};

enum field_type {
    FIELD_NAMES,
    FIELD_ORDER,
    FIELD_SHARE,
    FIELD_MS,
    FIELD_COUNT,
    FIELD_MINUTE,
    FIELD_FLAG
};

struct field {
    const char *key;
    enum field_type type;
    size_t at;
};

#define FIELD(key, type, member)                                                                   \
    {                                                                                              \
        key, type, offsetof(struct drain_order, member)                                            \
    }
static const struct field fields[] = {
    FIELD("nodes", FIELD_NAMES, nodes),
    FIELD("order", FIELD_ORDER, order),
    FIELD("maxUnavailable", FIELD_SHARE, max_unavailable),
    FIELD("batch", FIELD_SHARE, batch),
    FIELD("workloadUnavailable", FIELD_SHARE, workload_unavailable),
    FIELD("batchSoakMs", FIELD_MS, batch_soak_ms),
    FIELD("podTimeoutMs", FIELD_MS, pod_timeout_ms),
    FIELD("evictionsPerSecond", FIELD_COUNT, evictions_per_s),
    FIELD("windowFromMinute", FIELD_MINUTE, window_from_min),
    FIELD("windowToMinute", FIELD_MINUTE, window_to_min),
    FIELD("pauseBefore", FIELD_NAMES, pause_before),
    FIELD("bare", FIELD_FLAG, bare),
    FIELD("keepEmptyDirPods", FIELD_FLAG, keep_empty_dir_pods),
    FIELD("force", FIELD_NAMES, force),
    FIELD("inFlight", FIELD_COUNT, in_flight),
    FIELD("volumeTimeoutSeconds", FIELD_COUNT, volume_timeout_s),
};

/* ---- writing ---- */

static void write_names(struct jsonw *w, const char *key, const char *const *names)
{
    if (!names || !*names)
        return;
    jsonw_key(w, key);
    jsonw_array(w);
    for (; *names; names++)
        jsonw_str(w, *names);
    jsonw_array_end(w);
}

static void write_share(struct jsonw *w, const char *key, struct int_or_percent v)
{
    char text[24];
    if (!v.set)
        return;
    snprintf(text, sizeof text, "%d%s", v.value, v.percent ? "%" : "");
    jsonw_kv_str(w, key, text);
}

static void write_number(struct jsonw *w, const char *key, int64_t n)
{
    if (n)
        jsonw_kv_int(w, key, n);
}

static void write_field(struct jsonw *w, const struct field *f, const struct drain_order *o)
{
    const void *at = (const char *)o + f->at;
    switch (f->type) {
    case FIELD_NAMES:
        write_names(w, f->key, *(const char *const *const *)at);
        break;
    case FIELD_ORDER:
        jsonw_kv_str(w, f->key, orders[*(const enum nodes_order *)at]);
        break;
    case FIELD_SHARE:
        write_share(w, f->key, *(const struct int_or_percent *)at);
        break;
    case FIELD_MS:
        write_number(w, f->key, *(const int64_t *)at);
        break;
    case FIELD_COUNT:
        write_number(w, f->key, *(const unsigned *)at);
        break;
    case FIELD_MINUTE:
        write_number(w, f->key, *(const int *)at);
        break;
    case FIELD_FLAG:
        if (*(const bool *)at)
            jsonw_kv_bool(w, f->key, true);
        break;
    }
}

void drain_order_format(const struct drain_order *o, struct str *out)
{
    struct jsonw w;
    jsonw_init(&w, out, 0);
    jsonw_object(&w);
    for (size_t i = 0; i < ARRAY_LEN(fields); i++)
        write_field(&w, &fields[i], o);
    jsonw_object_end(&w);
}

/* ---- reading ---- */

static const char *const *read_names(struct pull *p, struct arena *a)
{
    VEC(const char *) list = {0};
    struct sv text;
    if (!pull_seq(p)) {
        pull_fail(p, "expected a list of names");
        return NULL;
    }
    while (pull_item(p))
        if (list.len >= NAMES_MAX || !pull_string(p, &text) || !text.len)
            pull_fail(p, "expected a name, at most 100000 of them");
        else
            must_push(&list, mem_must(arena_dup(a, text)));
    const char **names = mem_must(arena_new_n(a, const char *, list.len + 1));
    for (size_t i = 0; i < list.len; i++)
        names[i] = list.items[i];
    vec_release(&list);
    return names;
}

static int64_t read_number(struct pull *p, int64_t max)
{
    int64_t n = -1;
    if (!pull_i64(p, &n) || n < 0 || n > max)
        pull_fail(p, "expected a whole number that is not negative and not too large");
    return n;
}

static enum nodes_order read_order(struct pull *p)
{
    struct sv text;
    if (pull_string(p, &text))
        for (unsigned i = 0; i < ARRAY_LEN(orders); i++)
            if (sv_is(text, orders[i]))
                return (enum nodes_order)i;
    pull_fail(p, "expected an order: name, oldest, emptiest or zone");
    return NODES_BY_NAME;
}

static struct int_or_percent read_share(struct pull *p)
{
    struct sv text = SV_NONE;
    uint64_t n = 0;
    bool percent = pull_string(p, &text) && sv_ends(text, "%");
    text.len -= percent;
    if (!sv_to_u64(text, &n) || n > (percent ? 100 : NUMBER_MAX))
        pull_fail(p, "expected a number or a percentage as text");
    return (struct int_or_percent){true, percent, (int32_t)n};
}

static bool read_flag(struct pull *p)
{
    bool flag = false;
    if (!pull_bool(p, &flag))
        pull_fail(p, "expected true or false");
    return flag;
}

static void read_field(struct pull *p, const struct field *f, struct arena *a,
                       struct drain_order *out)
{
    void *at = (char *)out + f->at;
    switch (f->type) {
    case FIELD_NAMES:
        *(const char *const **)at = read_names(p, a);
        break;
    case FIELD_ORDER:
        *(enum nodes_order *)at = read_order(p);
        break;
    case FIELD_SHARE:
        *(struct int_or_percent *)at = read_share(p);
        break;
    case FIELD_MS:
        *(int64_t *)at = read_number(p, INT64_MAX / 4);
        break;
    case FIELD_COUNT:
        *(unsigned *)at = (unsigned)read_number(p, NUMBER_MAX);
        break;
    case FIELD_MINUTE:
        *(int *)at = (int)read_number(p, (int64_t)24 * 60);
        break;
    case FIELD_FLAG:
        *(bool *)at = read_flag(p);
        break;
    }
}

static const struct field *find_field(struct sv key)
{
    for (size_t i = 0; i < ARRAY_LEN(fields); i++)
        if (sv_is(key, fields[i].key))
            return &fields[i];
    return NULL;
}

/* What a newer toban wrote there must not be passed over: it may say "not that pod". */
static void read_fields(struct pull *p, struct arena *a, struct drain_order *out)
{
    struct sv key;
    while (pull_key(p, &key)) {
        const struct field *f = find_field(key);
        if (f)
            read_field(p, f, a, out);
        else
            pull_fail(p, "not a part of a drain's order; was it written by a newer toban?");
    }
}

int drain_order_parse(struct sv text, struct arena *a, struct drain_order *out, struct err *err)
{
    static const char *const none[] = {NULL};
    struct pull p;
    *out = (struct drain_order){.nodes = none};
    pull_init(&p, text, a);
    if (pull_map(&p))
        read_fields(&p, a, out);
    else
        pull_fail(&p, "expected an object");
    if (!pull_done(&p))
        pull_fail(&p, "text behind the end");
    return pull_ok(&p) ? 0 : pull_error(&p, "order of the drain", err);
}

/* ---- in a world ---- */

struct binding {
    const struct world *w;
    bool lenient;
    struct arena *a;
    struct err *err;
};

static size_t count_names(const char *const *names)
{
    size_t n = 0;
    while (names && names[n])
        n++;
    return n;
}

static int node_of(const struct binding *b, const char *name, uint32_t *out)
{
    *out = world_find_node(b->w, sv_of(name));
    if (*out != WORLD_NONE)
        return 0;
    err_set(b->err, ERR_NOT_FOUND, "node '%s' is not in %s", name, world_text(b->w, b->w->source));
    return err_hint(b->err, "toban nodes list shows their names");
}

static int pod_of(const struct binding *b, const char *name, uint32_t *out)
{
    struct sv rest = sv_of(name), ns = sv_split(&rest, '/');
    *out = rest.len ? world_find_pod(b->w, ns, rest) : WORLD_NONE;
    if (*out != WORLD_NONE)
        return 0;
    err_set(b->err, ERR_NOT_FOUND, "pod '%s' is not in %s", name, world_text(b->w, b->w->source));
    return err_hint(b->err, "pods are named as NAMESPACE/NAME");
}

static int workload_of(const struct binding *b, const char *name, uint32_t *out)
{
    return nodes_workload_find(b->w, name, out, b->err);
}

/* Each of the names once; *out is in the arena. */
static int find_all(const struct binding *b, const char *const *names,
                    int (*find)(const struct binding *, const char *, uint32_t *),
                    const uint32_t **out, uint32_t *count)
{
    uint32_t *list = mem_must(arena_new_n(b->a, uint32_t, count_names(names) + 1)), n = 0;
    for (; names && *names; names++) {
        uint32_t index, k = 0;
        if (find(b, *names, &index) < 0) {
            if (!b->lenient)
                return -1;
            err_clear(b->err);
            continue;
        }
        while (k < n && list[k] != index)
            k++;
        if (k == n)
            list[n++] = index;
    }
    *out = list;
    *count = n;
    return 0;
}

int order_bind(const struct drain_order *o, const struct world *w, int64_t now_ms, bool lenient,
               struct arena *a, struct nodes_options *out, struct err *err)
{
    struct err scratch = {0};
    const struct binding b = {w, lenient, a, err ? err : &scratch};
    *out = (struct nodes_options){
        .order = o->order,
        .max_unavailable = o->max_unavailable,
        .batch = o->batch,
        .batch_soak_ms = o->batch_soak_ms,
        .pod_timeout_ms = o->pod_timeout_ms,
        .workload_unavailable = o->workload_unavailable,
        .evictions_per_s = o->evictions_per_s,
        .window_from_min = o->window_from_min,
        .window_to_min = o->window_to_min,
        .day_offset_ms = now_ms % DAY_MS,
        .bare = o->bare,
        .keep_empty_dir_pods = o->keep_empty_dir_pods,
    };
    if (find_all(&b, o->nodes, node_of, &out->nodes, &out->node_count) < 0 ||
        find_all(&b, o->pause_before, workload_of, &out->pause_before, &out->pause_count) < 0 ||
        find_all(&b, o->force, pod_of, &out->force, &out->force_count) < 0)
        return -1;
    return 0;
}

int drain_options(const struct drain_order *o, const struct world *w, int64_t now_ms,
                  struct arena *a, struct nodes_options *out, struct err *err)
{
    return order_bind(o, w, now_ms, false, a, out, err);
}
