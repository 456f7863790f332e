/*
 * job: what a migration of one object has at hand. Inner to rules/migrate.
 */
#ifndef TOBAN_RULES_MIGRATE_JOB_H
#define TOBAN_RULES_MIGRATE_JOB_H

#include "doc/object.h"
#include "doc/splice.h"
#include "rules/migrate/migrate.h"

struct migrate_job {
    const struct migrate_options *options;
    struct migrate_result *result;
    struct splice *s;
    struct doc_file *file;
    struct sv source;         /* the text as given, where file's has templates masked */
    struct splice_node *root; /* of the object */
    struct object object;
    const struct lifecycle_row *row; /* what it is; NULL when only looked at for references */
    const struct lifecycle_row *to;  /* what it shall be */
    unsigned decisions;              /* said so far: the object then stays as it is */
};

typedef void migrate_fn(struct migrate_job *j);

/* One row of the table of kinds.c. */
struct migrate_kind {
    const char *group, *version, *kind; /* what it is now; version NULL: any */
    migrate_fn *fn;                     /* NULL: only the version changes */
};

/* The row for an API, or NULL when it is not known how it changes. */
const struct migrate_kind *migrate_kind_of(const struct lifecycle_row *row);

/* The object in words, owned by the result. */
struct migrate_object job_object(struct migrate_job *j);

/* A remark about a byte offset of the text. advice may be NULL. */
void job_decide(struct migrate_job *j, const char *topic, uint32_t offset, const char *advice,
                const char *fmt, ...) __attribute__((format(printf, 5, 6)));
void job_note(struct migrate_job *j, const char *topic, uint32_t offset, const char *advice,
              const char *fmt, ...) __attribute__((format(printf, 5, 6)));

/* Missing, or null? */
bool job_absent(const struct splice_node *map, const char *key);
/* Puts key: value unless the key has a value; a null gives way. behind as for splice_put. */
void job_default(struct migrate_job *j, struct splice_node *map, struct splice_entry *behind,
                 const char *key, struct splice_node *value);
/* As job_default for strings, numbers and booleans, at the end. */
void job_default_string(struct migrate_job *j, struct splice_node *map, const char *key,
                        const char *value);
void job_default_int(struct migrate_job *j, struct splice_node *map, const char *key,
                     int64_t value);
/* Takes a key out; true when it was there. */
bool job_drop(struct splice_node *map, const char *key);
/* Renames a key; true when it was there. */
bool job_rename(struct migrate_job *j, struct splice_node *map, const char *from, const char *to);
/* Moves a pair to the end of another map; true when it was there. */
bool job_lift(struct migrate_job *j, struct splice_node *from, const char *key,
              struct splice_node *to, const char *new_key);

/* A word of the object's version: the part behind the group. */
bool job_version_is(const struct migrate_job *j, const char *version);

/* Things that name API versions of other objects: scaleTargetRef, owner references, rules of
 * roles, targets of kustomizations. Called for every object, also those that stay. */
void refs_migrate(struct migrate_job *j);

/* The migrations, one file per family. */
migrate_fn migrate_deployment, migrate_daemon_set, migrate_stateful_set, migrate_replica_set;
migrate_fn migrate_ingress;
migrate_fn migrate_crd;
migrate_fn migrate_webhooks, migrate_admission_policy_binding;
migrate_fn migrate_hpa;
migrate_fn migrate_binding, migrate_csr, migrate_access_review;
migrate_fn migrate_pdb, migrate_priority_level, migrate_runtime_class, migrate_endpoint_slice,
    migrate_event, migrate_storage_version;
migrate_fn migrate_claim, migrate_claim_template, migrate_resource_slice;
migrate_fn migrate_certificate, migrate_certificate_request, migrate_issuer;

/* Makes a schema of a CRD structural as far as that has one meaning. prune: unknown fields are
 * dropped already. */
void crd_schema_migrate(struct migrate_job *j, struct splice_node *schema, bool prune);

#endif
