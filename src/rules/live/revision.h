/*
 * revision: a stored revision of a Helm 3 release, unpacked. Text in, fields out; reading it from
 * a cluster is ops/live, what its objects mean is rules/live/live.h.
 */
#ifndef TOBAN_RULES_LIVE_REVISION_H
#define TOBAN_RULES_LIVE_REVISION_H

#include "base/str.h"
#include "doc/doc.h"

/* Far above what fits into an object of the API (1 MiB), and what it may unpack to. */
#define REVISION_PACKED_MAX ((size_t)8 << 20)
#define REVISION_UNPACKED_MAX ((size_t)64 << 20)

/* Zeroed memory is a released revision. Texts are owned by it; absent where not said. */
struct revision {
    struct sv name, namespace, status;
    struct sv chart, chart_version, app_version;
    struct sv deployed;           /* info.last_deployed, as written: RFC 3339 with an offset */
    int64_t number;               /* 0: not said */
    struct sv manifest;           /* YAML of the objects */
    const struct doc_node *hooks; /* list of {path, manifest, …}; or NULL */
    struct doc_file doc;          /* of the unpacked JSON */
    struct str text;
};

/*
 * Unpacks the value `release` of a Secret (as the API gives it) or ConfigMap: base64 once or twice
 * around gzip, or around plain JSON as Helm's first releases wrote it. -1 with err: ERR_INPUT when
 * it is none of that or no release is in it, ERR_LIMIT when it is too large. No part of the content
 * is ever in the message. Release *out in every case.
 */
int revision_decode(struct sv data, struct revision *out, struct err *err);

/* NULL-safe. */
void revision_release(struct revision *r);
#define _cleanup_revision_ _cleanup_(revision_release)

#endif
