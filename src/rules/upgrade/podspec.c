#include "rules/upgrade/podspec.h"

/* Deep enough for every operator's custom resource, shallow enough for any tree. */
#define SEARCH_DEPTH_MAX 24

static const struct {
    const char *kind, *path; /* path of what holds metadata and spec of the pod; "": the object */
} known_places[] = {
    {"Pod", ""},
    {"PodTemplate", "template"},
    {"Deployment", "spec.template"},
    {"StatefulSet", "spec.template"},
    {"DaemonSet", "spec.template"},
    {"ReplicaSet", "spec.template"},
    {"ReplicationController", "spec.template"},
    {"Job", "spec.template"},
    {"CronJob", "spec.jobTemplate.spec.template"},
    {"ScheduledJob", "spec.jobTemplate.spec.template"},
    {"Rollout", "spec.template"},
};

static bool looks_like_pod_spec(const struct doc_node *map)
{
    const struct doc_node *containers = doc_get(map, "containers");
    if (!containers || containers->type != DOC_SEQ || !containers->item_count)
        return false;
    doc_each_item(c, containers) {
        if (c->type != DOC_MAP || !doc_get(c, "name"))
            return false;
    }
    return true;
}

struct search {
    const struct rules_run *run;
    podspec_visit *visit;
};

static void search_pods(const struct search *s, const struct doc_node *node,
                        const struct doc_node *parent, unsigned depth)
{
    if (!node || depth > SEARCH_DEPTH_MAX)
        return;
    if (looks_like_pod_spec(node)) {
        struct podspec pod = {.spec = node, .metadata = doc_get(parent, "metadata")};
        s->visit(s->run, &pod);
        return;
    }
    doc_each_pair(p, node)
        search_pods(s, p->value, node, depth + 1);
    doc_each_item(item, node)
        search_pods(s, item, NULL, depth + 1);
}

/* Groups in which the built-in workloads live; a CRD may share a kind's name but not these. */
static bool is_builtin_group(struct sv group)
{
    return group.len == 0 || sv_is(group, "apps") || sv_is(group, "batch") ||
           sv_is(group, "extensions") || sv_is(group, "argoproj.io");
}

void podspec_each(const struct rules_run *run, podspec_visit *visit)
{
    const struct object *o = run->object;
    for (size_t i = 0; i < ARRAY_LEN(known_places) && is_builtin_group(o->group); i++) {
        if (!sv_is(o->kind, known_places[i].kind))
            continue;
        const struct doc_node *holder =
            *known_places[i].path ? doc_at(o->root, known_places[i].path) : o->root;
        struct podspec pod = {doc_get(holder, "spec"), doc_get(holder, "metadata")};
        if (pod.spec && pod.spec->type == DOC_MAP)
            visit(run, &pod);
        return;
    }
    search_pods(&(struct search){run, visit}, o->root, NULL, 0);
}

void podspec_each_container(const struct rules_run *run, const struct podspec *pod,
                            void (*visit)(const struct rules_run *run, const struct podspec *pod,
                                          const struct doc_node *container))
{
    static const char *const lists[] = {"initContainers", "containers", "ephemeralContainers"};
    for (size_t i = 0; i < ARRAY_LEN(lists); i++) {
        doc_each_item(c, doc_get(pod->spec, lists[i]))
            visit(run, pod, c);
    }
}
