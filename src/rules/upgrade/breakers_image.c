/* Images: frozen registries, retired controllers, and which components run here. */
#include "rules/upgrade/breakers.h"

static bool is_frozen_registry(struct sv image)
{
    return sv_starts(image, "k8s.gcr.io/") || sv_starts(image, "gcr.io/google_containers/") ||
           sv_starts(image, "gcr.io/google-containers/");
}

static void ingress_nginx(const struct rules_run *run, const struct doc_node *image,
                          struct version version)
{
    char text[VERSION_TEXT_MAX];
    version_format(version, true, text);
    run_report(run, "ingress-nginx-retired", image, "runs the ingress-nginx controller%s%s",
               *text ? " " : "", text);
    if (version.set && version.major == 0)
        run_report(run, "ingress-nginx-before-v1", image,
                   "runs ingress-nginx %s, which knows only the beta Ingress API", text);
}

/* A chart may hold the image in parts (repository, tag); whoever renders joins them. */
void breakers_image(const struct rules_run *run, const struct podspec *pod,
                    const struct doc_node *container)
{
    const struct doc_node *node = doc_get(container, "image");
    struct sv image = doc_string(node);
    if (!image.len)
        return;
    if (is_frozen_registry(image))
        run_report(run, "k8s-gcr-image", node, "pulls %.*s from a frozen registry", SV_ARG(image));
    if (sv_has(image, "efs-provisioner"))
        run_report(run, "efs-provisioner", node, "runs the retired EFS provisioner %.*s",
                   SV_ARG(image));
    struct version version = VERSION_NONE;
    const struct component_row *component = component_of_image(image, &version);
    if (!component)
        return;
    components_see(&run->result->components, component, version);
    if (strcmp(component->name, "ingress-nginx") == 0)
        ingress_nginx(run, node, version);
}
