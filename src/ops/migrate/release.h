/*
 * release: the manifests that Helm 3 keeps of a release in a cluster, run through rules/migrate,
 * and stored as a new revision. Old revisions stay: the deployed one becomes superseded, as on
 * upgrade.
 *
 * Helm compares the stored manifest with the cluster on its next upgrade, and fails when it names
 * an API version that is gone. The objects themselves are not touched: the cluster serves them in
 * every version.
 */
#ifndef TOBAN_OPS_MIGRATE_RELEASE_H
#define TOBAN_OPS_MIGRATE_RELEASE_H

#include "kube/client.h"
#include "ops/migrate/files.h"
#include "rules/migrate/release.h"

struct migrate_release {
    struct migrate_files files; /* one per manifest; their paths are NULL */
    struct release_text *texts; /* one per file */
    const char *name, *ns;      /* borrowed from the caller */
    const char *resource;       /* "secrets" or "configmaps" */
    struct kube_object stored;  /* the object of the deployed revision */
    struct revision revision;   /* in it */
    int64_t newest;             /* number of the newest revision */
    struct version server;      /* release of the cluster */
};

/* Reads the deployed revision and migrates it in memory. options->from unset: the cluster's own
 * version. -1 with err: no such release (ERR_NOT_FOUND), an operation of Helm under way
 * (ERR_CONFLICT), no rights, no cluster. Release *r always; it needs no preparation. */
int migrate_release_load(struct migrate_release *r, struct kube_client *client, const char *name,
                         const char *ns, const struct migrate_options *options, struct err *err);

/* Stores the new revision, then marks the old one superseded. Does nothing when nothing changes.
 * now: seconds since 1970. *number is the new revision (0: none). */
int migrate_release_write(struct migrate_release *r, struct kube_client *client, int64_t now,
                          int64_t *number, struct err *err);

/* NULL-safe. */
void migrate_release_release(struct migrate_release *r);
#define _cleanup_migrate_release_ _cleanup_(migrate_release_release)

#endif
