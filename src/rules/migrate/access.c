/* Role bindings, certificate requests and access reviews. */
#include "rules/migrate/job.h"

#define RBAC "rbac.authorization.k8s.io"

/* v1alpha1 subjects named an apiVersion where later ones name a group. */
static void migrate_subject(struct migrate_job *j, struct splice_node *subject)
{
    if (sv_is(splice_get_string(subject, "kind"), "User") &&
        sv_is(splice_get_string(subject, "name"), "*")) {
        job_decide(j, "rbac-everyone", splice_offset(subject),
                   "name the group system:authenticated, and system:unauthenticated if strangers "
                   "shall have the rights too",
                   "the user * stood for everyone in v1alpha1 and is a plain name in v1");
        return;
    }
    struct splice_entry *version = splice_entry_of(subject, "apiVersion");
    if (!version)
        return;
    struct sv rest = splice_string(version->value);
    struct sv group = sv_split(&rest, '/');
    if (!rest.ptr) {
        splice_remove(version);
        return;
    }
    char text[256];
    snprintf(text, sizeof text, "%.*s", SV_ARG(group));
    splice_set_string(j->s, version->value, text);
    splice_rename(j->s, version, "apiGroup");
}

void migrate_binding(struct migrate_job *j)
{
    if (!job_version_is(j, "v1alpha1"))
        return;
    splice_each(e, splice_get(j->root, "subjects"))
    {
        if (splice_is_map(e->value))
            migrate_subject(j, e->value);
    }
}

static const char *const usages[] = {
    "signing",
    "digital signature",
    "content commitment",
    "key encipherment",
    "key agreement",
    "data encipherment",
    "cert sign",
    "crl sign",
    "encipher only",
    "decipher only",
    "any",
    "server auth",
    "client auth",
    "code signing",
    "email protection",
    "s/mime",
    "ipsec end system",
    "ipsec tunnel",
    "ipsec user",
    "timestamping",
    "ocsp signing",
    "microsoft sgc",
    "netscape sgc",
    NULL,
};

static bool is_usage(struct sv v)
{
    for (const char *const *u = usages; *u; u++)
        if (sv_is(v, *u))
            return true;
    return false;
}

static void check_usages(struct migrate_job *j, struct splice_node *list)
{
    splice_each(e, list)
    {
        struct sv usage = splice_string(e->value);
        if (!is_usage(usage))
            job_decide(j, "csr-usage", splice_offset(e->value), "write a usage that v1 knows",
                       "the usage \"%.*s\" is not one that v1 accepts", SV_ARG(usage));
        for (const struct splice_entry *b = e->prev; b; b = b->prev)
            if (sv_eq(splice_string(b->value), usage))
                job_decide(j, "csr-usage", splice_offset(e->value), "name each usage once",
                           "the usage \"%.*s\" is named twice", SV_ARG(usage));
    }
}

void migrate_csr(struct migrate_job *j)
{
    struct splice_node *spec = splice_get(j->root, "spec");
    if (!splice_is_map(spec))
        return;
    struct splice_entry *signer = splice_entry_of(spec, "signerName");
    struct sv name = signer ? splice_string(signer->value) : SV_NONE;
    if (!j->options->partial && (!name.len || sv_is(name, "kubernetes.io/legacy-unknown")))
        job_decide(j, "csr-signer", signer ? splice_entry_offset(signer) : splice_offset(spec),
                   "name the signer: kubernetes.io/kube-apiserver-client for a client certificate, "
                   "kubernetes.io/kubelet-serving for a kubelet's server certificate, or the name "
                   "of your own signer",
                   "%s: v1 wants a signer that will really sign it",
                   name.len ? "signerName is kubernetes.io/legacy-unknown"
                            : "signerName is missing");
    if (!splice_count(splice_get(spec, "usages")) && !j->options->partial) {
        job_drop(spec, "usages");
        struct splice_node *list = splice_new_seq(j->s);
        splice_append(j->s, list, splice_new_string(j->s, "digital signature"));
        splice_append(j->s, list, splice_new_string(j->s, "key encipherment"));
        splice_put(j->s, spec, SPLICE_LAST, "usages", list);
    }
    check_usages(j, splice_get(spec, "usages"));
    splice_each(c, splice_at(j->root, "status.conditions"))
    {
        if (splice_is_map(c->value))
            job_default_string(j, c->value, "status", "True");
    }
}

void migrate_access_review(struct migrate_job *j)
{
    job_rename(j, splice_get(j->root, "spec"), "group", "groups");
}
