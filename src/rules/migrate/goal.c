#include "rules/migrate/goal.h"

#include <stdio.h>

bool goal_in_kubernetes(const struct lifecycle_row *row)
{
    return !row->component || !strcmp(row->component, "kube-apiserver-config") ||
           !strcmp(row->component, "kube-scheduler-config") ||
           !strcmp(row->component, "kubeconfig");
}

const char *goal_api_version(const struct lifecycle_row *row, char *buf, size_t size)
{
    snprintf(buf, size, "%s%s%s", row->group, row->group[0] ? "/" : "", row->version);
    return buf;
}

static bool at_or_before(struct version v, struct version limit)
{
    return v.set && version_cmp(v, limit) <= 0;
}

/* The version to write now. From a known release that is the first step of the way; from an unknown
 * one it is where the way ends, so that a second run finds nothing more to do. */
static bool step_of(const struct migrate_options *o, struct version from, struct version to,
                    struct goal *g)
{
    struct lifecycle_path path;
    lifecycle_path_find(o->lifecycle, g->row, from, to, &path);
    if (!path.count || !path.complete)
        return false;
    unsigned at = from.set ? 0 : path.count - 1;
    g->to = path.steps[at].row;
    g->not_before = path.steps[at].not_before;
    g->again_before = at + 1 < path.count ? path.steps[at + 1].before : VERSION_NONE;
    return true;
}

/* Custom resources: their project's release is not known, so any successor will do. */
static void component_goal(const struct migrate_options *o, struct goal *g)
{
    if (!g->row->removed.set && !g->row->deprecated.set)
        return;
    if (step_of(o, VERSION_NONE, VERSION_NONE, g))
        *g = (struct goal){.word = GOAL_GO, .row = g->row, .to = g->to};
    else if (g->row->removed.set)
        g->word = GOAL_NOWHERE;
}

/* Clusters that get ready for a release are a few releases behind it, not ten. */
static bool worth_saying(const struct migrate_options *o, struct version since)
{
    if (o->from.set)
        return !at_or_before(since, o->from);
    return since.set && since.minor + 4 >= o->to.minor;
}

static struct goal next_goal(const struct migrate_options *o, const struct lifecycle_row *row)
{
    struct goal g = {.row = row};
    if (!goal_in_kubernetes(row)) {
        component_goal(o, &g);
        return g;
    }
    bool must = at_or_before(row->removed, o->to);
    bool may = at_or_before(row->deprecated, o->to);
    if (!must && !may)
        return g;
    struct version from = o->from.set ? o->from : o->floor;
    bool found = step_of(o, from, o->to, &g);
    bool served =
        found && lifecycle_served(g.to, from) && (o->from.set || lifecycle_served(g.to, o->to));
    if (!o->from.set && !served) {
        found = step_of(o, VERSION_NONE, o->to, &g);
        served = found && (must || version_cmp(g.to->introduced, o->to) < 0);
    }
    if (!must && !(found && served && lifecycle_served(g.to, o->to)))
        return g;
    g.word = !found ? GOAL_NOWHERE : served ? GOAL_GO : GOAL_NOT_YET;
    if (!worth_saying(o, g.not_before))
        g.not_before = VERSION_NONE;
    return g;
}

struct goal goal_of(const struct migrate_options *o, const struct lifecycle_row *row)
{
    struct goal g = next_goal(o, row);
    for (unsigned i = 0; i < LIFECYCLE_STEPS_MAX && g.word == GOAL_GO; i++) {
        struct goal further = next_goal(o, g.to);
        if (further.word != GOAL_GO || strcmp(further.to->kind, g.to->kind) != 0)
            break;
        g.to = further.to;
        g.not_before = further.not_before;
        g.again_before = further.again_before;
    }
    return g;
}
