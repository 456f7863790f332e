#include "pocket/front/container.h"

static const char *const lists[] = {"spec.containers", "spec.initContainers",
                                    "spec.ephemeralContainers"};

static bool is_there(const struct doc_node *pod, struct sv name)
{
    for (size_t l = 0; l < ARRAY_LEN(lists); l++) {
        const struct doc_node *list = doc_at(pod, lists[l]);
        for (uint32_t i = 0; i < doc_count(list); i++)
            if (sv_eq(doc_get_string(doc_item(list, i), "name"), name))
                return true;
    }
    return false;
}

static void add_names(const struct doc_node *list, struct str *out)
{
    str_adds(out, "[");
    for (uint32_t i = 0; i < doc_count(list); i++)
        str_addf(out, "%s%.*s", i ? " " : "", SV_ARG(doc_get_string(doc_item(list, i), "name")));
    str_adds(out, "]");
}

bool front_container(const struct doc_node *pod, struct sv wanted, struct sv *out, struct str *why)
{
    struct sv name = doc_string(doc_at(pod, "metadata.name"));
    const struct doc_node *list = doc_at(pod, lists[0]), *first = doc_at(pod, lists[1]);
    *out = wanted;
    if (wanted.len && is_there(pod, wanted))
        return true;
    if (!wanted.len && doc_count(list) == 1) {
        *out = doc_get_string(doc_item(list, 0), "name");
        return true;
    }
    if (wanted.len) {
        str_addf(why, "container %.*s is not valid for pod %.*s", SV_ARG(wanted), SV_ARG(name));
        return false;
    }
    str_addf(why, "a container name must be specified for pod %.*s, choose one of: ", SV_ARG(name));
    add_names(list, why);
    if (doc_count(first) > 0) {
        str_adds(why, " or one of the init containers: ");
        add_names(first, why);
    }
    return false;
}

bool front_container_runs(const struct doc_node *pod, struct str *why)
{
    struct sv name = doc_string(doc_at(pod, "metadata.name"));
    struct sv phase = doc_string(doc_at(pod, "status.phase"));
    if (sv_is(phase, "Succeeded") || sv_is(phase, "Failed")) {
        str_addf(why, "cannot exec into a container in a completed pod; current phase is %.*s",
                 SV_ARG(phase));
        return false;
    }
    if (!doc_string(doc_at(pod, "spec.nodeName")).len) {
        str_addf(why, "pod %.*s does not have a host assigned", SV_ARG(name));
        return false;
    }
    return true;
}
