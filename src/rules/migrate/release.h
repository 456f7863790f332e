/*
 * release: the next revision of a Helm 3 release with other manifests, as Helm stores it. Text in,
 * text out; reading and storing is ops/migrate.
 */
#ifndef TOBAN_RULES_MIGRATE_RELEASE_H
#define TOBAN_RULES_MIGRATE_RELEASE_H

#include "rules/live/revision.h"

/* Largest packed release that fits into an object of the API. */
#define RELEASE_PACKED_MAX ((size_t)1000 << 10)

struct release_text {
    const struct doc_node *node; /* the manifest in the revision's tree */
    struct sv text;              /* what it shall be */
};

/* The manifest of the release and of each hook, as nodes of its tree. Calls see for each with a
 * name for people ("manifest", the hook's path). */
void release_manifests(const struct revision *r,
                       void (*see)(void *ctx, const struct doc_node *node, struct sv name),
                       void *ctx);

/* JSON of the next revision: new number, deployed now (RFC 3339), with the texts given; all else
 * stays. Appended to *json. -1 with err. */
int release_next(const struct revision *r, int64_t number, const char *now,
                 const struct release_text *texts, size_t count, struct str *json, struct err *err);

/* JSON of the same revision, superseded. */
int release_superseded(const struct revision *r, struct str *json, struct err *err);

/* gzip and base64, as the value `release` of a ConfigMap (a Secret has base64 once more). Appended
 * to *out. ERR_LIMIT when it does not fit into an object of the API. */
int release_pack(struct sv json, struct str *out, struct err *err);

#endif
