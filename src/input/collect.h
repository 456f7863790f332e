/*
 * collect: what the parts of input/ share while a list is being made. Private to input/.
 */
#ifndef TOBAN_INPUT_COLLECT_H
#define TOBAN_INPUT_COLLECT_H

#include "base/must.h"
#include "input/input.h"

/* A chart and the chart at the top of it (itself when it is not a sub-chart). */
struct chart {
    struct input_chart info;
    struct chart *top;
    struct chart *up;      /* the one whose charts/ it stands in, or NULL */
    const char *full_name; /* as helm writes it: "top/charts/sub" */
    struct map sources;    /* of a top chart: helm's name of a template -> struct input_item */
    bool unrendered; /* helm is not to be asked: Chart.yaml cannot be read, or only one template of
                        it was named */
};

struct collect {
    struct input_list *list;
    const struct input_options *options;
    VEC(struct chart *) charts;       /* top charts, in order */
    VEC(const char *) kustomizations; /* folders that hold one, display names, in order */
    struct map folders;               /* bytes of device and inode: folders that were walked */
    struct arena scratch;             /* what is not needed any more when the list is made */
};

/* A copy in the list's arena. */
char *collect_dup(struct collect *c, struct sv text);
char *collect_fmt(struct collect *c, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* Adds a copy of *item and returns it. Strings are not copied. */
struct input_item *collect_add(struct collect *c, const struct input_item *item);

void collect_problem(struct collect *c, const char *where, const char *message, const char *hint);
/* From an error whose message begins with `where: `, which is then not said twice. */
void collect_problem_err(struct collect *c, const char *where, const struct err *err);
void collect_note(struct collect *c, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* "a/./b//" becomes "a/b", "./a" becomes "a", "" and "./" become ".". ".." is resolved only where a
 * name stands before it ("a/../b" becomes "b"), which is what Kustomize does with its paths. */
char *collect_clean_path(struct collect *c, const char *path);
/* Without resolving "..", as the user wrote it: it may lead through a link. */
char *collect_tidy_path(struct collect *c, const char *path);

/* Whether the name of a file ends in .yaml, .yml or .json. */
bool collect_is_manifest_name(struct sv name);

#endif
