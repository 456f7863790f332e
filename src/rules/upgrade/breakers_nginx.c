/* ingress-nginx: its classes and the annotations only it understands. */
#include "rules/upgrade/breakers.h"

#include "base/must.h"

#define NGINX_PREFIX "nginx.ingress.kubernetes.io/"
/* So many names are written out in a message. */
#define NAMES_WRITTEN_MAX 6

static void count(struct rules_result *r, struct sv name)
{
    uint64_t *n = map_get(&r->nginx_annotations, name);
    if (!n) {
        n = mem_must(arena_new(&r->arena, uint64_t));
        char *key = mem_must(arena_dup(&r->arena, name));
        if (!map_put(&r->nginx_annotations, sv_n(key, name.len), n))
            must_fail_nomem();
    }
    ++*n;
}

static void annotations(const struct rules_run *run)
{
    _cleanup_str_ struct str names = {0};
    const struct doc_node *first = NULL;
    unsigned found = 0;
    doc_each_pair(p, doc_at(run->object->root, "metadata.annotations")) {
        if (!sv_starts(p->key->text, NGINX_PREFIX))
            continue;
        struct sv name = sv_n(p->key->text.ptr + sizeof NGINX_PREFIX - 1,
                              p->key->text.len - (sizeof NGINX_PREFIX - 1));
        count(run->result, name);
        first = first ? first : p->key;
        if (found++ < NAMES_WRITTEN_MAX)
            str_addf(&names, "%s%.*s", found > 1 ? ", " : "", SV_ARG(name));
        if (sv_ends(name, "-snippet"))
            run_report(run, "ingress-nginx-snippet", p->key,
                       "carries raw nginx configuration in %.*s", SV_ARG(name));
    }
    if (found > NAMES_WRITTEN_MAX)
        str_addf(&names, " and %u more", found - NAMES_WRITTEN_MAX);
    if (found)
        run_report(run, "ingress-nginx-annotations", first,
                   "has %u annotation%s that only ingress-nginx reads: %s", found,
                   found == 1 ? "" : "s", str_c(&names));
}

void breakers_nginx(const struct rules_run *run)
{
    const struct doc_node *root = run->object->root;
    if (run_is(run, "networking.k8s.io", "IngressClass")) {
        const struct doc_node *controller = doc_at(root, "spec.controller");
        if (sv_is(doc_string(controller), "k8s.io/ingress-nginx"))
            run_report(run, "ingress-nginx-retired", controller,
                       "class is served by the retired ingress-nginx controller");
    }
    if (run_is(run, "networking.k8s.io", "Ingress") || run_is(run, "extensions", "Ingress"))
        annotations(run);
}
