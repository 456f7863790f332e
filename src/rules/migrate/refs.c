/* Places that name an API version of another object. */
#include "rules/migrate/goal.h"
#include "rules/migrate/job.h"

static struct goal goal_of_text(const struct migrate_job *j, struct sv api_version, struct sv kind)
{
    struct sv version = api_version;
    struct sv group = sv_split(&version, '/');
    if (!version.ptr) {
        version = group;
        group = SV("");
    }
    const struct lifecycle_row *row = lifecycle_find(j->options->lifecycle, group, version, kind);
    return row ? goal_of(j->options, row) : (struct goal){.word = GOAL_STAY};
}

static bool same_kind(const struct goal *g)
{
    return g->word == GOAL_GO && !strcmp(g->row->kind, g->to->kind);
}

/* {apiVersion, kind, name} */
static void migrate_reference(struct migrate_job *j, struct splice_node *ref)
{
    struct splice_node *version = splice_get(ref, "apiVersion");
    struct sv kind = splice_get_string(ref, "kind");
    if (!splice_string(version).len || !kind.len)
        return;
    struct goal g = goal_of_text(j, splice_string(version), kind);
    if (!same_kind(&g))
        return;
    char text[256];
    splice_set_string(j->s, version, goal_api_version(g.to, text, sizeof text));
}

/* {group, version, kind} of a patch target */
static void migrate_target(struct migrate_job *j, struct splice_node *target)
{
    struct splice_entry *version = splice_entry_of(target, "version");
    struct splice_entry *group = splice_entry_of(target, "group");
    struct sv kind = splice_get_string(target, "kind");
    if (!kind.len || (!version && !group))
        return;
    const struct lifecycle *l = j->options->lifecycle;
    struct sv g = group ? splice_string(group->value) : SV("");
    const struct lifecycle_row *row = NULL;
    for (size_t i = 0; i < l->len && !row; i++) {
        const struct lifecycle_row *r = &l->rows[i];
        if (sv_is(kind, r->kind) && (!group || sv_is(g, r->group)) &&
            (!version || sv_is(splice_string(version->value), r->version)) &&
            goal_of(j->options, r).word == GOAL_GO)
            row = r;
    }
    if (!row)
        return;
    struct goal goal = goal_of(j->options, row);
    if (!same_kind(&goal))
        return;
    if (version)
        splice_set_string(j->s, version->value, goal.to->version);
    if (group)
        splice_set_string(j->s, group->value, goal.to->group);
    const struct migrate_kind *k = migrate_kind_of(row);
    if (k && k->fn)
        job_note(j, "patch-target", splice_offset(target), "check that its paths still exist",
                 "the patch changes %s objects, whose fields move in %s/%s", row->kind,
                 goal.to->group, goal.to->version);
}

static void migrate_kustomization(struct migrate_job *j)
{
    static const char *const lists[] = {"patches", "patchesJson6902"};
    for (size_t i = 0; i < ARRAY_LEN(lists); i++)
        splice_each(e, splice_get(j->root, lists[i]))
        {
            struct splice_node *target = splice_get(e->value, "target");
            if (splice_is_map(target))
                migrate_target(j, target);
        }
}

/* Where what role rules call extensions went. */
static const struct {
    const char *resource, *group;
} moved[] = {
    {"ingresses", "networking.k8s.io"},
    {"networkpolicies", "networking.k8s.io"},
    {"deployments", "apps"},
    {"daemonsets", "apps"},
    {"replicasets", "apps"},
    {"podsecuritypolicies", "policy"},
};

static bool names(const struct splice_node *list, const char *word)
{
    splice_each(e, list)
    {
        if (sv_is(splice_string(e->value), word) || sv_is(splice_string(e->value), "*"))
            return true;
    }
    return false;
}

static void look_at_rule(struct migrate_job *j, const struct splice_node *rule)
{
    const struct splice_node *groups = splice_get(rule, "apiGroups");
    const struct splice_node *resources = splice_get(rule, "resources");
    if (!names(groups, "extensions"))
        return;
    for (size_t i = 0; i < ARRAY_LEN(moved); i++)
        if (names(resources, moved[i].resource) && !names(groups, moved[i].group)) {
            char advice[128];
            snprintf(advice, sizeof advice, "add %s to apiGroups, if no other rule gives it",
                     moved[i].group);
            job_note(j, "role-old-group", splice_offset(groups), advice,
                     "the rule gives rights on %s of the group extensions, which live in %s now",
                     moved[i].resource, moved[i].group);
            return;
        }
}

void refs_migrate(struct migrate_job *j)
{
    static const char *const places[] = {"spec.scaleTargetRef", "spec.targetRef",
                                         "spec.workloadRef"};
    for (size_t i = 0; i < ARRAY_LEN(places); i++)
        migrate_reference(j, splice_at(j->root, places[i]));
    splice_each(e, splice_at(j->root, "metadata.ownerReferences"))
    {
        migrate_reference(j, e->value);
    }
    if (sv_is(j->object.kind, "Role") || sv_is(j->object.kind, "ClusterRole"))
        splice_each(e, splice_get(j->root, "rules"))
        {
            look_at_rule(j, e->value);
        }
    if (!j->object.kind.ptr || sv_starts(j->object.group, "kustomize.config.k8s.io"))
        migrate_kustomization(j);
}
