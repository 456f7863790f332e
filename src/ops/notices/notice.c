#include "ops/notices/notice.h"

#include "base/must.h"
#include "base/timestamp.h"
#include "doc/doc.h"
#include "net/retry.h"

static const struct doc_limits limits = {
    .bytes = NOTICE_BYTES_MAX, .depth = 64, .nodes = 200000, .errors = 1};

/* An escaped NUL ends a text. */
static const char *keep(struct arena *a, struct sv text)
{
    return text.len && *text.ptr ? mem_must(arena_dup(a, text)) : NULL;
}

static const char *keep_of(struct arena *a, const struct doc_node *map, const char *key)
{
    return keep(a, doc_get_string(map, key));
}

static void add_instance(struct arena *a, struct notice *n, struct sv id)
{
    if (!sv_starts(id, "i-"))
        return;
    for (uint32_t i = 0; i < n->instance_count; i++)
        if (sv_is(id, n->instances[i]))
            return;
    if (n->instance_count == NOTICE_INSTANCES_MAX)
        n->instances_dropped++;
    else
        n->instances[n->instance_count++] = keep(a, id);
}

/* ---- details, by kind ---- */

static void read_spot(struct arena *a, const struct doc_node *detail, struct notice *n)
{
    add_instance(a, n, doc_get_string(detail, "instance-id"));
    n->what = keep_of(a, detail, "instance-action");
    n->leave_by = n->at ? n->at + NOTICE_SPOT_LEAVES_S : 0;
}

static void read_rebalance(struct arena *a, const struct doc_node *detail, struct notice *n)
{
    add_instance(a, n, doc_get_string(detail, "instance-id"));
}

static void read_state(struct arena *a, const struct doc_node *detail, struct notice *n)
{
    add_instance(a, n, doc_get_string(detail, "instance-id"));
    n->what = keep_of(a, detail, "state");
}

static void read_scale_in(struct arena *a, const struct doc_node *detail, struct notice *n)
{
    add_instance(a, n, doc_get_string(detail, "EC2InstanceId"));
    n->what = keep_of(a, detail, "LifecycleHookName");
    n->group = keep_of(a, detail, "AutoScalingGroupName");
}

/* Health tells of all services and of what is over; only what is to be done to machines is meant.
 * Its times are written as in HTTP. */
static void read_health(struct arena *a, const struct doc_node *detail, struct notice *n)
{
    struct sv start = doc_get_string(detail, "startTime");
    if (!sv_is(doc_get_string(detail, "service"), "EC2") ||
        !sv_is(doc_get_string(detail, "eventTypeCategory"), "scheduledChange"))
        return;
    doc_each_item(entity, doc_get(detail, "affectedEntities"))
        add_instance(a, n, doc_get_string(entity, "entityValue"));
    n->what = keep_of(a, detail, "eventTypeCode");
    if (!retry_http_date(start, &n->leave_by))
        timestamp_parse(start, &n->leave_by);
}

static const struct {
    const char *title, *name;
    void (*read)(struct arena *a, const struct doc_node *detail, struct notice *n);
} kinds[] = {
    [NOTICE_SPOT] = {"EC2 Spot Instance Interruption Warning", "spot-interruption", read_spot},
    [NOTICE_REBALANCE] = {"EC2 Instance Rebalance Recommendation", "rebalance-recommendation",
                          read_rebalance},
    [NOTICE_STATE] = {"EC2 Instance State-change Notification", "state-change", read_state},
    [NOTICE_SCALE_IN] = {"EC2 Instance-terminate Lifecycle Action", "scale-in", read_scale_in},
    [NOTICE_MAINTENANCE] = {"AWS Health Event", "maintenance", read_health},
    [NOTICE_OTHER] = {.name = "other"},
    [NOTICE_UNREADABLE] = {.name = "unreadable"},
};

/* ---- envelopes ---- */

static void read_event(struct arena *a, const struct doc_node *root, struct notice *n)
{
    n->id = keep_of(a, root, "id");
    n->title = keep_of(a, root, "detail-type");
    timestamp_parse(doc_get_string(root, "time"), &n->at);
    for (unsigned k = 0; n->title && k < NOTICE_OTHER; k++) {
        if (strcmp(n->title, kinds[k].title) != 0)
            continue;
        kinds[k].read(a, doc_get(root, "detail"), n);
        n->kind = n->instance_count ? (enum notice_kind)k : NOTICE_OTHER;
    }
}

/* What Auto Scaling itself writes to a queue, without EventBridge in between. */
static void read_hook(struct arena *a, const struct doc_node *root, struct notice *n)
{
    n->id = keep_of(a, root, "RequestId");
    n->title = keep_of(a, root, "LifecycleTransition");
    timestamp_parse(doc_get_string(root, "Time"), &n->at);
    if (!n->title || strcmp(n->title, "autoscaling:EC2_INSTANCE_TERMINATING") != 0)
        return;
    read_scale_in(a, root, n);
    n->kind = n->instance_count ? NOTICE_SCALE_IN : NOTICE_OTHER;
}

/* Something that we do not know, by what it calls itself. */
static void name_other(struct arena *a, const struct doc_node *root, struct notice *n)
{
    static const char *const names[] = {"Event", "Type", "source", "Subject"};
    for (size_t i = 0; !n->title && i < ARRAY_LEN(names); i++)
        n->title = keep_of(a, root, names[i]);
    if (!n->title)
        n->title = "a message that says nowhere what it is";
}

static void read_object(struct arena *a, const struct doc_node *root, struct notice *n)
{
    n->kind = NOTICE_OTHER;
    if (doc_get(root, "LifecycleTransition"))
        read_hook(a, root, n);
    else
        read_event(a, root, n);
    if (n->kind == NOTICE_OTHER)
        n->leave_by = 0;
    name_other(a, root, n);
}

static void read_text(struct sv text, struct arena *a, bool wrapped, struct notice *n)
{
    _cleanup_doc_ struct doc_file f = {0};
    struct err err = {0};
    if (doc_parse_json(&f, "message", text, &limits, &err) < 0) {
        n->title = mem_must(arena_fmt(a, "it is no JSON (%s)", err.msg));
        return;
    }
    const struct doc_node *root = f.part_count ? f.parts[0].root : NULL;
    if (!root || root->type != DOC_MAP) {
        n->title = "it is no JSON object";
        return;
    }
    struct sv inner = doc_get_string(root, "Message");
    if (!wrapped && inner.ptr && sv_is(doc_get_string(root, "Type"), "Notification"))
        read_text(inner, a, true, n);
    else
        read_object(a, root, n);
}

void notice_parse(struct sv body, struct arena *arena, struct notice *out)
{
    *out = (struct notice){.kind = NOTICE_UNREADABLE};
    read_text(body, arena, false, out);
}

const char *notice_kind_name(enum notice_kind kind)
{
    return kinds[kind].name;
}

bool notice_is_ahead(const struct notice *n)
{
    return n->kind < NOTICE_OTHER && n->kind != NOTICE_STATE;
}
