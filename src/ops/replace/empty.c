#include "ops/replace/empty.h"

#include "base/must.h"

#include <stdlib.h>
#include <string.h>

#define TOLD_MAX 3

/* ---- pods ---- */

static void count_pods(const struct world *w, uint32_t node, uint32_t *found, struct str *words)
{
    world_each_pod_of_node(w, node, p) {
        const struct world_pod *pod = &w->pods.items[p];
        if (world_pod_is_finished(pod) || world_pod_is_of_node(w, p) || (*found)++ >= TOLD_MAX)
            continue;
        str_addf(words, "%s%s/%s on %s", *found > 1 ? ", " : "",
                 world_text(w, world_class_of(w, p)->ns), world_text(w, pod->name),
                 world_text(w, w->nodes.items[node].name));
    }
}

static bool told(uint32_t found, struct str *words)
{
    if (found > TOLD_MAX)
        str_addf(words, " and %u more pods", found - TOLD_MAX);
    return !found;
}

bool replace_empty(const struct world *w, const char *group, struct str *words)
{
    uint32_t id = strings_find(&w->strings, sv_of(group)), found = 0;
    world_each_node(w, n)
        if (id && w->nodes.items[n].group == id)
            count_pods(w, n, &found, words);
    return told(found, words);
}

bool replace_nodes_empty(const struct world *w, const struct shape_texts *names, struct str *words)
{
    uint32_t found = 0;
    shape_each(name, names) {
        uint32_t n = world_find_node(w, sv_of(*name));
        if (n != WORLD_NONE)
            count_pods(w, n, &found, words);
    }
    return told(found, words);
}

/* ---- nodes ---- */

const char *replace_machine_of(const struct world *w, uint32_t node)
{
    const char *slash = strrchr(world_text(w, w->nodes.items[node].provider_id), '/');
    return slash && slash[1] ? slash + 1 : NULL;
}

static bool is_on(const struct world *w, uint32_t node, const struct shape_texts *machines)
{
    const char *machine = replace_machine_of(w, node);
    return machine && shape_has(machines, machine);
}

bool replace_joined(const struct world *w, const char *group, int64_t wanted,
                    const struct shape_texts *machines, struct str *words)
{
    uint32_t id = strings_find(&w->strings, sv_of(group));
    int64_t ready = 0;
    world_each_node(w, n) {
        const struct world_node *node = &w->nodes.items[n];
        ready += id && node->group == id && node->ready && !node->gone && !is_on(w, n, machines);
    }
    if (ready < wanted)
        str_addf(words, "%lld of %lld nodes of %s are Ready", (long long)ready, (long long)wanted,
                 group);
    return ready >= wanted;
}

/* The newest first. */
static int by_age(const void *a, const void *b, void *ctx)
{
    const struct world *w = ctx;
    const struct world_node *x = &w->nodes.items[*(const uint32_t *)a];
    const struct world_node *y = &w->nodes.items[*(const uint32_t *)b];
    if (x->created != y->created)
        return x->created > y->created ? -1 : 1;
    return strcmp(world_text(w, x->name), world_text(w, y->name));
}

void replace_newest(const struct world *w, const char *group, struct arena *a,
                    struct shape_texts *names, struct shape_texts *machines)
{
    uint32_t id = strings_find(&w->strings, sv_of(group)), all = 0;
    uint32_t *nodes = mem_must(arena_new_n(a, uint32_t, w->nodes.len + 1));
    world_each_node(w, n)
        if (id && w->nodes.items[n].group == id && replace_machine_of(w, n))
            nodes[all++] = n;
    qsort_r(nodes, all, sizeof *nodes, by_age, (void *)w);
    for (uint32_t i = 0; i < all; i++) {
        struct sv name = strings_get(&w->strings, w->nodes.items[nodes[i]].name);
        *(const char **)shape_list_add(names, sizeof(char *), a) = mem_must(arena_dup(a, name));
        *(const char **)shape_list_add(machines, sizeof(char *), a) =
            mem_must(arena_dup(a, sv_of(replace_machine_of(w, nodes[i]))));
    }
}

/* ---- volumes ---- */

bool replace_detached(const struct ec2_volumes *volumes, struct str *words)
{
    uint32_t found = 0;
    shape_each(v, &volumes->items)
        shape_each(a, &v->attachments) {
            bool away = a->state && strcmp(a->state, "detached") == 0;
            if (away || a->delete_on_termination == SHAPE_YES || found++ >= TOLD_MAX)
                continue;
            str_addf(words, "%s%s is %s to %s", found > 1 ? ", " : "", v->id ? v->id : "?",
                     a->state ? a->state : "attached", a->instance ? a->instance : "?");
        }
    if (found > TOLD_MAX)
        str_addf(words, " and %u more", found - TOLD_MAX);
    return !found;
}
