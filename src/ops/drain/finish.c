/* When a drain is over, and whether it did what it should. */
#include "ops/drain/drive.h"

#include "base/duration.h"
#include "ops/nodes/explain.h"

#define TOLD_MAX 3
#define STUCK_MS 2000
#define STUCK_LOOK_MS 200

static bool is_done_with(const struct drive_node *n)
{
    return n->state == NODES_NODE_GONE || (n->state == NODES_NODE_CLEAN && n->proven);
}

static bool is_late(const struct drive *d, const struct drive_node *n)
{
    int64_t limit = (int64_t)d->h.order.volume_timeout_s * 1000;
    return limit && !is_done_with(n) && n->empty_at && hand_clock_ms() - n->empty_at >= limit;
}

/* Volumes had their time, and no pod has left in it either: those that still could may be waiting
 * for a pod that waits for such a volume. */
static bool volumes_are_late(struct drive *d)
{
    int64_t limit = (int64_t)d->h.order.volume_timeout_s * 1000, now = hand_clock_ms();
    uint32_t left = 0;
    bool late = false;
    for (uint32_t i = 0; i < d->node_count; i++) {
        left += d->nodes[i].left;
        late = late || is_late(d, &d->nodes[i]);
    }
    if (left != d->left_last || !d->left_since) {
        d->left_last = left;
        d->left_since = now;
    }
    return late && now - d->left_since >= limit;
}

static bool all_are_proven(const struct drive *d)
{
    for (uint32_t i = 0; i < d->node_count; i++)
        if (d->nodes[i].state == NODES_NODE_CLEAN && !d->nodes[i].proven)
            return false;
    return true;
}

/* ---- pods that stay ---- */

/* Will it stay however long is waited? Those whose node's turn has not come do not count: they wait
 * for the others. */
enum stay { STAYS, MAY_GO, NO_MATTER };

static enum stay stays(struct drive *d, const struct nodes_blocked *b, int64_t now)
{
    const struct drive_pod *p = news_pod(d, b->pod, d->w->pods.items[b->pod].uid);
    int64_t since = d->zero + b->since_ms;
    switch (b->why) {
    case NODES_BLOCK_BARE:
    case NODES_BLOCK_LOCAL:
        return STAYS;
    case NODES_BLOCK_NODE:
        return NO_MATTER;
    case NODES_FREE:
    case NODES_BLOCK_PAUSE:
    case NODES_BLOCK_WINDOW:
    case NODES_BLOCK_RATE:
        return MAY_GO;
    case NODES_BLOCK_LEAVING:
        since = p && p->leaving_at ? p->leaving_at : since;
        break;
    default:
        break;
    }
    bool late = d->h.order.pod_timeout_ms && now - since >= d->h.order.pod_timeout_ms;
    return late ? STAYS : MAY_GO;
}

static bool others_are_done(const struct drive *d)
{
    for (uint32_t i = 0; i < d->node_count; i++)
        if (d->nodes[i].state != NODES_NODE_WAITS && !d->nodes[i].left &&
            !is_done_with(&d->nodes[i]))
            return false;
    return true;
}

/* Only pods are left that stay, and nothing else is going to happen by itself. */
static bool is_stuck(struct drive *d)
{
    const struct nodes_blocked *list;
    uint32_t count, stay = 0;
    if (d->lost || nodes_phase(d->op) != NODES_PHASE_DRAIN || !others_are_done(d))
        return false;
    count = drive_blocked(d, &list);
    int64_t now = hand_clock_ms();
    bool stuck = true;
    for (uint32_t i = 0; i < count && stuck; i++) {
        enum stay s = stays(d, &list[i], now);
        stay += s == STAYS;
        stuck = s != MAY_GO;
    }
    return stuck && stay;
}

/* For a while, since each turn may let others begin. All pods are looked at, so not at each. */
static bool stays_stuck(struct drive *d)
{
    int64_t now = hand_clock_ms();
    if (now < d->stuck_look)
        return false;
    d->stuck_look = now + STUCK_LOOK_MS;
    if (!is_stuck(d))
        d->stuck_since = 0;
    else if (!d->stuck_since)
        d->stuck_since = now;
    return d->stuck_since && now - d->stuck_since >= STUCK_MS;
}

bool finish_is_due(struct drive *d)
{
    if (d->up || d->acts.len || d->ready.len)
        return false;
    if (volumes_are_late(d) || stays_stuck(d))
        return true;
    return nodes_phase(d->op) == NODES_PHASE_DONE && all_are_proven(d);
}

/* ---- what is missing ---- */

static uint32_t name_pods(struct drive *d, struct str *out, const char **fix)
{
    const struct nodes_blocked *list;
    uint32_t count = drive_blocked(d, &list), told = 0;
    for (uint32_t i = 0; i < count && told < TOLD_MAX; i++) {
        const struct drive_pod *p = news_pod(d, list[i].pod, d->w->pods.items[list[i].pod].uid);
        struct nodes_cause c = nodes_explain(d->w, &list[i], &d->h.arena);
        str_addf(out, "%s%s (%s)", told++ ? "; " : "", p ? p->name : "?",
                 list[i].why == NODES_BLOCK_ANSWER && p && p->words ? p->words : c.text);
        if (!*fix)
            *fix = c.fix;
    }
    if (count > told)
        str_addf(out, "; and %u more", count - told);
    return count;
}

static int judge_pods(struct drive *d, struct err *err)
{
    _cleanup_str_ struct str names = {0};
    const char *fix = NULL;
    uint32_t count = name_pods(d, &names, &fix);
    if (!count)
        return 0;
    err_set(err, ERR_CONFLICT, "%u pod%s did not leave: %s", count, count == 1 ? "" : "s",
            str_c(&names));
    return err_hint(err, "%s", fix ? fix : "see what blocks them");
}

/* "vol-0abc", or the name of one that has no handle. Its count; *ebs: the first of AWS. */
static uint32_t name_volumes(const struct drive *d, uint32_t node, struct str *out,
                             const char **ebs)
{
    uint32_t count = 0;
    vec_foreach(a, &d->w->attachments) {
        if (!a->used || a->node != node || a->pv == WORLD_NONE)
            continue;
        const struct world_pv *pv = &d->w->pvs.items[a->pv];
        const char *name = world_text(d->w, pv->handle ? pv->handle : pv->name);
        if (!*ebs && strncmp(name, "vol-", 4) == 0)
            *ebs = name;
        if (count++ < TOLD_MAX)
            str_addf(out, "%s%s", out->len ? ", " : "", name);
    }
    if (count > TOLD_MAX)
        str_adds(out, ", …");
    return count;
}

/* Nothing is known to be attached, but its status, which would prove it, has not been read. */
static int tell_unread(const struct drive_node *n, struct err *err)
{
    char span[DURATION_TEXT_MAX];
    err_set(err, ERR_CONFLICT,
            "node %s: whether volumes are attached is not known %s after its pods left: its status "
            "could not be read",
            n->name, duration_format(hand_clock_ms() - n->empty_at, span));
    return err_hint(err, "kubectl get node %s -o jsonpath='{.status.volumesAttached}'", n->name);
}

static int tell_volumes(const struct drive *d, const struct drive_node *n, struct err *err)
{
    _cleanup_str_ struct str names = {0};
    const char *ebs = NULL;
    uint32_t named = n->index == WORLD_NONE ? 0 : name_volumes(d, n->index, &names, &ebs);
    uint32_t volumes = named ? named : n->volumes ? n->volumes : n->last_volumes;
    char span[DURATION_TEXT_MAX];
    if (!volumes)
        return tell_unread(n, err);
    err_set(err, ERR_CONFLICT, "node %s still has %u volume%s %s after its pods left%s%s", n->name,
            volumes, volumes == 1 ? "" : "s", duration_format(hand_clock_ms() - n->empty_at, span),
            named ? ": " : "", str_c(&names));
    if (!ebs)
        return err_hint(err, "kubectl get volumeattachment, and the CSI driver's log");
    return err_hint(err,
                    "kubectl get volumeattachment, and the CSI driver's log; when AWS does not let "
                    "go of it: aws ec2 detach-volume --force --volume-id %s",
                    ebs);
}

static int judge_volumes(const struct drive *d, bool late, struct err *err)
{
    for (uint32_t i = 0; i < d->node_count; i++) {
        const struct drive_node *n = &d->nodes[i];
        if (late ? is_late(d, n) : !is_done_with(n))
            return tell_volumes(d, n, err);
    }
    return 0;
}

static int judge_workloads(struct drive *d, struct err *err)
{
    _cleanup_str_ struct str names = {0};
    uint32_t count = nodes_touched(d->op, NULL, 0), missing = 0;
    struct nodes_touched *list = mem_must(calloc(count + 1, sizeof *list));
    nodes_touched(d->op, list, count);
    for (uint32_t i = 0; i < count; i++) {
        char name[512];
        if (list[i].ready >= list[i].before || missing++ >= TOLD_MAX)
            continue;
        world_workload_name(d->w, list[i].workload, name, sizeof name);
        str_addf(&names, "%s%s has %d of %d", names.len ? ", " : "", name, list[i].ready,
                 list[i].before);
    }
    free(list);
    if (!missing)
        return 0;
    err_set(err, ERR_CONFLICT, "%u workload%s not as Ready as before: %s%s", missing,
            missing == 1 ? " is" : "s are", str_c(&names), missing > TOLD_MAX ? ", …" : "");
    return err_hint(err, "find out why their new pods do not become Ready");
}

enum plan_end finish_judge(struct drive *d, struct err *err)
{
    if (memory_settle(d, err) < 0 || judge_volumes(d, true, err) < 0 || judge_pods(d, err) < 0 ||
        judge_volumes(d, false, err) < 0 || judge_workloads(d, err) < 0)
        return PLAN_END_FAIL;
    return PLAN_END_OK;
}
