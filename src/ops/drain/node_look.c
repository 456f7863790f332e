#include "ops/drain/node_look.h"

#include "base/must.h"
#include "ops/drain/pins.h"

static bool is_attached(const struct doc_node *attached, struct sv name)
{
    doc_each_item(v, attached)
        if (sv_eq(doc_get_string(v, "name"), name))
            return true;
    return false;
}

static uint32_t count_volumes(const struct doc_node *status)
{
    const struct doc_node *attached = doc_get(status, "volumesAttached");
    const struct doc_node *in_use = doc_get(status, "volumesInUse");
    uint32_t n = doc_count(attached);
    doc_each_item(v, in_use)
        n += !is_attached(attached, doc_string(v));
    return n;
}

int node_look_parse(struct sv body, struct arena *a, struct node_look *out, struct err *err)
{
    _cleanup_doc_ struct doc_file f = {0};
    *out = (struct node_look){0};
    if (doc_parse_json(&f, "node", body, NULL, err) < 0)
        return -1;
    const struct doc_node *root = f.part_count ? f.parts[0].root : NULL;
    const struct doc_node *metadata = doc_get(root, "metadata");
    const struct doc_node *flag = doc_at(root, "spec.unschedulable");
    struct sv uid = doc_get_string(metadata, "uid");
    if (!uid.len)
        return err_set(err, ERR_INPUT, "the API server's answer is no node");
    out->uid = mem_must(arena_dup(a, uid));
    out->unschedulable = flag && flag->type == DOC_BOOL && flag->boolean;
    out->volumes = count_volumes(doc_get(root, "status"));
    marks_parse(doc_get(metadata, "annotations"), a, &out->mark);
    return 0;
}

static int read_answer(struct hand *h, const struct errand *e, const struct map *pins,
                       const char *name, struct node_look *out, struct err *err)
{
    *out = (struct node_look){.gone = true};
    if (e->status == 404)
        return 0;
    if (e->err.class != ERR_NONE) {
        *err = e->err;
        return -1;
    }
    if (node_look_parse(str_sv(&e->body), &h->arena, out, err) < 0)
        return err_wrap(err, "node %s", name);
    out->mark.node = name;
    out->other = out->gone = pins_is_other(pins, name, out->uid);
    return 0;
}

enum plan_end node_look_all(struct hand *h, const char *const *names, size_t count,
                            struct node_look *out, struct err *err)
{
    struct errand *list = mem_must(calloc(count + 1, sizeof *list));
    struct map pins = {0};
    int result = 0;
    pins_load(h, &pins);
    for (size_t i = 0; i < count; i++)
        list[i].flight = (struct kube_flight){
            .method = "GET",
            .ref = {.version = "v1", .resource = "nodes", .name = names[i]},
        };
    bool answered = hand_run(h, list, count) == 0;
    for (size_t i = 0; answered && result == 0 && i < count; i++)
        result = read_answer(h, &list[i], &pins, names[i], &out[i], err);
    for (size_t i = 0; i < count; i++)
        errand_release(&list[i]);
    free(list);
    map_release(&pins);
    return answered && result == 0 ? PLAN_END_OK : hand_end(h, err);
}
