/* Ingress of extensions/v1beta1 and networking.k8s.io/v1beta1. */
#include "rules/migrate/job.h"

#define CLASS_ANNOTATION "kubernetes.io/ingress.class"

static bool all_digits(struct sv v)
{
    for (size_t i = 0; i < v.len; i++)
        if (v.ptr[i] < '0' || v.ptr[i] > '9')
            return false;
    return v.len > 0;
}

/* The key under service.port that this old servicePort becomes, or NULL after asking. */
static const char *port_key(struct migrate_job *j, const struct splice_entry *port)
{
    if (port->value->type == DOC_INT)
        return "number";
    struct sv name = splice_string(port->value);
    if (name.len && !all_digits(name))
        return "name";
    job_decide(j, "ingress-quoted-port", splice_entry_offset(port),
               "write servicePort without quotes when the number of the service's port is meant, "
               "or the port's name",
               "servicePort \"%.*s\" is text of digits: it can become service.port.number or "
               "service.port.name",
               SV_ARG(port->value->text));
    return NULL;
}

static void migrate_backend(struct migrate_job *j, struct splice_node *backend)
{
    if (!splice_is_map(backend))
        return;
    struct splice_entry *name = splice_entry_of(backend, "serviceName");
    struct splice_entry *port = splice_entry_of(backend, "servicePort");
    bool done = splice_get(backend, "service") || splice_get(backend, "resource");
    if (!name && !port && (done || j->options->partial))
        return;
    if (!j->options->partial && (!name || !port || name->value->type != DOC_STRING)) {
        job_decide(j, "ingress-backend-incomplete", splice_offset(backend),
                   "name the service and its port",
                   "the backend needs both serviceName and servicePort to be rewritten");
        return;
    }
    const char *key = port ? port_key(j, port) : NULL;
    if (port && !key)
        return;
    struct splice_node *service = splice_new_map(j->s);
    splice_put_before(j->s, name && (!port || name->place < port->place) ? name : port, "service",
                      service);
    if (name)
        splice_move(j->s, name, service, SPLICE_LAST, "name");
    if (port) {
        struct splice_node *number = splice_new_map(j->s);
        splice_put(j->s, service, SPLICE_LAST, "port", number);
        splice_move(j->s, port, number, SPLICE_LAST, key);
    }
}

static void migrate_paths(struct migrate_job *j, struct splice_node *paths)
{
    splice_each(e, paths)
    {
        struct splice_node *path = e->value;
        if (!splice_is_map(path))
            continue;
        migrate_backend(j, splice_get(path, "backend"));
        struct splice_entry *at = splice_entry_of(path, "path");
        bool first = !at && path->first;
        if (job_absent(path, "pathType") && !j->options->partial) {
            job_drop(path, "pathType");
            struct splice_node *type = splice_new_string(j->s, "ImplementationSpecific");
            if (first && path->first)
                splice_put_before(j->s, path->first, "pathType", type);
            else
                splice_put(j->s, path, at, "pathType", type);
        }
    }
}

static void both_classes(struct migrate_job *j, const struct splice_node *spec)
{
    struct splice_node *annotations = splice_at(j->root, "metadata.annotations");
    struct splice_entry *old = splice_entry_of(annotations, CLASS_ANNOTATION);
    if (old && splice_get(spec, "ingressClassName"))
        job_note(j, "ingress-two-classes", splice_entry_offset(old),
                 "remove one of the two, usually the annotation",
                 "the annotation " CLASS_ANNOTATION " and spec.ingressClassName are both set: a "
                 "new Ingress is refused with both");
}

void migrate_ingress(struct migrate_job *j)
{
    struct splice_node *spec = splice_get(j->root, "spec");
    if (!splice_is_map(spec))
        return;
    if (splice_get(spec, "backend") && splice_get(spec, "defaultBackend"))
        job_decide(j, "ingress-two-backends", splice_entry_offset(splice_entry_of(spec, "backend")),
                   "keep one of them", "spec.backend and spec.defaultBackend are both there");
    job_rename(j, spec, "backend", "defaultBackend");
    migrate_backend(j, splice_get(spec, "defaultBackend"));
    splice_each(rule, splice_get(spec, "rules"))
    {
        migrate_paths(j, splice_at(rule->value, "http.paths"));
    }
    both_classes(j, spec);
}
