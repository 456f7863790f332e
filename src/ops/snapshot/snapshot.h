/*
 * snapshot: a world from where it comes from: a live cluster, dumps of `kubectl get -o json`, or a
 * saved snapshot. Here are the files and the requests; what objects mean is world/load, what a
 * snapshot's bytes mean is world/file.
 */
#ifndef TOBAN_OPS_SNAPSHOT_SNAPSHOT_H
#define TOBAN_OPS_SNAPSHOT_SNAPSHOT_H

#include "aws/client.h"
#include "base/err.h"
#include "base/vec.h"
#include "kube/client.h"
#include "world/cloud.h"
#include "world/world.h"

/* Largest dump that is read, and largest text a packed one or standard input may give; bytes. */
#define SNAPSHOT_DUMP_MAX ((size_t)16 << 30)
#define SNAPSHOT_UNPACKED_MAX ((size_t)4 << 30)

/* Something that could not be read, so that the world is not complete. It is among the notes of the
 * world too, for who opens the snapshot later. */
struct snapshot_gap {
    const char *subject; /* "persistentvolumes" */
    const char *what;    /* "persistentvolumes: user 'u' may not list them" */
    const char *assumed;
    const char *hint; /* or NULL */
};

/* Zeroed memory is an empty report. */
struct snapshot_report {
    struct arena arena;
    VEC(struct snapshot_gap) gaps;
    VEC(const char *) remarks; /* sentences that do not make the result partial */
    size_t taken, skipped;     /* objects of dumps and lists */
};
void snapshot_report_release(struct snapshot_report *r);
#define _cleanup_snapshot_report_ _cleanup_(snapshot_report_release)

/* A dump that is in memory. */
struct snapshot_text {
    const char *name; /* as of a file: what ends in .gz or .zst is unpacked */
    struct sv bytes;
};

struct snapshot_input {
    const char *const *paths; /* files, folders of *.json, *.json.gz and *.json.zst, "-" once */
    size_t path_count;
    const struct snapshot_text *texts; /* dumps besides those of the paths */
    size_t text_count;
    struct version version; /* of the API server; unset: told by the newest kubelet, with a note */
    int64_t now;            /* when it is taken, seconds since 1970 */
};

/* Puts the gaps among the notes of the world, as the last ones: snapshot_live has done so, but
 * whoever takes the notes away (world_anonymise does) may want them back. */
void snapshot_note_gaps(struct world *w, const struct snapshot_report *report);

/* Dumps into an empty world; what awscli printed among them goes into the cloud, which may be NULL:
 * then it is an error. -1 with err naming the file: nothing is to be done with what came in
 * until then. */
int snapshot_from_files(struct world *w, struct cloud *cloud, const struct snapshot_input *in,
                        struct snapshot_report *report, struct err *err);

/* Walks the dumps once more and gives each object of the API as it stands there, with the
 * apiVersion and kind of its list where it has none itself. Standard input, saved snapshots and
 * what awscli printed are passed over. -1: what fn answered, or a text that cannot be read. */
typedef int snapshot_object_fn(void *ctx, struct sv json, struct err *err);
int snapshot_each_object(const struct snapshot_input *in, snapshot_object_fn *fn, void *ctx,
                         struct err *err);

/* The cluster into an empty world: every kind the world holds, in the newest stable version that
 * the server serves, lists in parallel and at one resourceVersion where it allows that. Secrets and
 * ConfigMaps are never asked for. What may not be read or is not served is in the report; without
 * nodes or pods it fails. */
int snapshot_live(struct kube_client *c, struct world *w, int64_t now,
                  struct snapshot_report *report, struct err *err);

/* What `--world` names: one saved snapshot, or dumps as above. cloud, which may be NULL, gets what
 * is there of it. */
int snapshot_open(struct world *w, struct cloud *cloud, const struct snapshot_input *in,
                  struct snapshot_report *report, struct err *err);

/* Brings a world that was just read into the order in which a saved snapshot of it would be read,
 * so that a rehearsal of either tells the same. snapshot_open has done so; nobody may follow it
 * yet. */
int snapshot_settle(struct world *w, struct err *err);

/* Reads the output of awscli into the cloud; "-" is standard input. */
int snapshot_read_cloud(struct cloud *cloud, const char *path, struct err *err);

/* The cloud of an EKS cluster from AWS: its node groups with what belongs to them, and the target
 * groups of its network. Without cluster or node groups it fails; what else may not be read is a
 * gap in the report. */
int snapshot_live_cloud(struct aws_client *aws, const char *cluster, struct cloud *cloud,
                        struct snapshot_report *report, struct err *err);

/* What `--cloud` names: a file, or "eks:NAME" for snapshot_live_cloud. options NULL: as the
 * environment says. */
int snapshot_add_cloud(struct cloud *cloud, const char *where, const struct aws_options *options,
                       struct snapshot_report *report, struct err *err);

#endif
