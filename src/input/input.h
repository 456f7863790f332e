/*
 * input: everything a user may name as PATH - files, folders, "-", Helm charts as folder or .tgz,
 * Kustomize folders - as one list of texts with names. Finds, orders, renders and loads; what the
 * texts mean is not decided here, and nothing is written.
 *
 * Order of the list: what was found, in the order of the paths and in byte order of the names
 * within a folder; then what helm rendered; then what Kustomize built. The same tree gives the same
 * list.
 */
#ifndef TOBAN_INPUT_INPUT_H
#define TOBAN_INPUT_INPUT_H

#include "base/arena.h"
#include "base/err.h"
#include "base/map.h"
#include "base/str.h"
#include "base/vec.h"

#include <sys/types.h>

enum input_kind {
    INPUT_FILE,     /* a manifest file as it is, also a file in a chart's crds/ */
    INPUT_STDIN,    /* "-" */
    INPUT_MEMBER,   /* a file that a kustomization refers to, as it is: a resource or a patch */
    INPUT_TEMPLATE, /* a template of a chart, unrendered; also .tpl helpers */
    INPUT_RENDERED, /* one document that helm made of a template */
    INPUT_BUILT,    /* all that Kustomize made of one folder */
};

struct input_dependency {
    const char *name, *version; /* version: as written, may be a range; "" when there is none */
    const char *alias;          /* NULL: none */
    const char *repository;     /* NULL: none */
};

/* What Chart.yaml says. Strings that are not there are "". */
struct input_chart {
    const char *name, *version, *app_version, *kube_version;
    bool library;                     /* type: library; helm does not render it alone */
    const char *path;                 /* display name of its folder or .tgz */
    const struct input_chart *parent; /* of a chart in charts/; NULL: top */
    const struct input_dependency *dependencies;
    size_t dependency_count;
};

struct input_item {
    enum input_kind kind;
    const char *name; /* for people: relative when the path was given relative, without "./"; a
                         template in an archive is "chart.tgz:templates/x.yaml"; never NULL */
    const char *path; /* the file on disk, as open(2) wants it; NULL when there is none that a
                         changed text could be written to */
    struct sv text;   /* what is in memory already; absent: input_load reads path */
    const struct input_chart *chart; /* NULL: belongs to none */
    const struct input_item *origin; /* rendered: the template it was made from, NULL when that is
                                        not known; else NULL */
    const char *source; /* template: helm's own name of it, "chart/templates/x.yaml"; rendered: the
                           name after "# Source: ", NULL without one; built: display name of the
                           folder; else NULL */
    bool named;         /* the user named this very file */
    bool linked;        /* a symbolic link that a folder holds */
    ino_t inode; /* of the file on disk (0: none); with device, to know one file under two names */
    dev_t device;
};

struct input_problem {
    const char *where, *message; /* message without where; never NULL */
    const char *hint;            /* or NULL */
};

struct input_options {
    const char *const *values;       /* files for helm --values, NULL-terminated, or NULL */
    const char *const *set;          /* "a.b=c" for helm --set, NULL-terminated, or NULL */
    const char *release;             /* release name; NULL: helm's own default */
    const char *namespace;           /* NULL: helm's own default */
    const char *kube_version;        /* "1.25" for helm --kube-version; NULL: helm's own default */
    const char *const *api_versions; /* for helm --api-versions, NULL-terminated, or NULL */
    bool no_helm, no_kustomize;      /* do not run them */
    unsigned timeout_ms;             /* for one run of helm or Kustomize; 0: 30 s */
};

struct input_origins; /* which file an object of a built item comes from */

struct input_list {
    struct arena arena; /* owns items, charts and all strings */
    VEC(struct input_item *) items;
    VEC(struct input_problem) problems; /* what could not be read or rendered: exit code 3 */
    VEC(const char *) notes;            /* remarks for the reader that change no exit code */
    struct input_origins *origins;      /* private */
};

/*
 * Collects all paths into *list, which needs no preparation. options may be NULL.
 *
 * A folder is walked whole: .yaml, .yml and .json files; .gitignore files are honoured, and inside
 * a git work tree also those above the folder and .git/info/exclude; .git and .terraform are passed
 * over. A path that the user named is always taken. Links to files are followed, links to folders
 * too unless they lead back up; what has a plain name as well is in the list by that. Chart.yaml,
 * values files of charts, kustomization files and .toban.yaml are no manifests and not in the list.
 *
 * helm, kubectl and kustomize are found on PATH, or by TOBAN_HELM and TOBAN_KUBECTL. A missing one
 * is a note, and the files alone are in the list.
 *
 * What cannot be read or rendered is a problem in the list, and the rest goes on. -1 only when
 * nothing sensible can be returned (memory). Release *list always.
 */
int input_collect(const char *const *paths, size_t path_count, const struct input_options *options,
                  struct input_list *list, struct err *err);

/* NULL-safe; zeroed memory is a released list. */
void input_release(struct input_list *list);
#define _cleanup_input_ _cleanup_(input_release)

/*
 * The text of an item: *text points into the list, or into *buf, which is reset first and can be
 * used again for the next item. Safe from several threads with a buf each. -1 with err naming the
 * item: gone, no permission, larger than IO_MANIFEST_MAX (nothing is read then), not text (a NUL in
 * the first 8 KB; UTF-16 and files locked by git-crypt are told as such). buf must be initialised.
 */
int input_load(const struct input_item *item, struct str *buf, struct sv *text, struct err *err);

/* Where an object of a built item was written. */
struct input_origin {
    const struct input_item *item; /* the member file; NULL: only the name below is known */
    const char *name;              /* display name of that file, or of the kustomization file that
                                      generates the object */
    struct sv object_name;         /* as written there, without the prefix and suffix of overlays */
};

/* The origin of the object (kind, name) in a built item. False when it cannot be told, and for an
 * item that is not built. Views and pointers live as long as the list. Thread-safe. */
bool input_origin_of(const struct input_list *list, const struct input_item *built, struct sv kind,
                     struct sv name, struct input_origin *out);

/* Whether two items are one file on disk. */
bool input_same_file(const struct input_item *a, const struct input_item *b);

#endif
