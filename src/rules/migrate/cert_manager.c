/* cert-manager.io: the alphas and v1beta1 to v1, as the project's own conversion does it. */
#include "rules/migrate/job.h"

struct word_pair {
    const char *old, *new;
};

static void replace_word(struct migrate_job *j, struct splice_node *scalar,
                         const struct word_pair *words, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (sv_is(splice_string(scalar), words[i].old))
            splice_set_string(j->s, scalar, words[i].new);
}

/* The map under a key, made in front of `before` when it is missing. */
static struct splice_node *map_before(struct migrate_job *j, struct splice_node *spec,
                                      const char *key, struct splice_entry *before)
{
    struct splice_node *map = splice_get(spec, key);
    if (splice_is_map(map))
        return map;
    job_drop(spec, key);
    map = splice_new_map(j->s);
    splice_put_before(j->s, before, key, map);
    return map;
}

static void private_key(struct migrate_job *j, struct splice_node *spec)
{
    static const struct word_pair fields[] = {
        {"keyAlgorithm", "algorithm"}, {"keyEncoding", "encoding"}, {"keySize", "size"}};
    static const struct word_pair words[] = {
        {"rsa", "RSA"}, {"ecdsa", "ECDSA"}, {"pkcs1", "PKCS1"}, {"pkcs8", "PKCS8"}};
    for (size_t i = 0; i < ARRAY_LEN(fields); i++) {
        struct splice_entry *e = splice_entry_of(spec, fields[i].old);
        if (!e)
            continue;
        replace_word(j, e->value, words, ARRAY_LEN(words));
        splice_move(j->s, e, map_before(j, spec, "privateKey", e), SPLICE_LAST, fields[i].new);
    }
}

void migrate_certificate(struct migrate_job *j)
{
    struct splice_node *spec = splice_get(j->root, "spec");
    if (!splice_is_map(spec))
        return;
    private_key(j, spec);
    struct splice_entry *organization = splice_entry_of(spec, "organization");
    if (organization)
        splice_move(j->s, organization, map_before(j, spec, "subject", organization), SPLICE_LAST,
                    "organizations");
    job_rename(j, spec, "emailSANs", "emailAddresses");
    job_rename(j, spec, "uriSANs", "uris");
}

void migrate_certificate_request(struct migrate_job *j)
{
    job_rename(j, splice_get(j->root, "spec"), "csr", "request");
}

void migrate_issuer(struct migrate_job *j)
{
    static const struct word_pair providers[] = {
        {"clouddns", "cloudDNS"}, {"azuredns", "azureDNS"}, {"acmedns", "acmeDNS"}};
    splice_each(e, splice_at(j->root, "spec.acme.solvers"))
    {
        struct splice_node *dns = splice_get(e->value, "dns01");
        for (size_t i = 0; i < ARRAY_LEN(providers); i++)
            job_rename(j, dns, providers[i].old, providers[i].new);
    }
    struct splice_node *acme = splice_at(j->root, "spec.acme");
    struct splice_entry *old = splice_entry_of(acme, "http01");
    if (!old)
        old = splice_entry_of(acme, "dns01");
    if (old)
        job_decide(j, "issuer-old-acme", splice_entry_offset(old),
                   "describe the solvers under spec.acme.solvers",
                   "spec.acme.%.*s is the form from before solvers", SV_ARG(old->key));
}
