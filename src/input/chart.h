/*
 * chart: what makes a folder or an archive a Helm chart, and which of its files are what.
 * Reading folders is walk's work, reading archives tgz's, rendering helm's. Private to input/.
 */
#ifndef TOBAN_INPUT_CHART_H
#define TOBAN_INPUT_CHART_H

#include "input/collect.h"

/* Bytes of a Chart.yaml that are read. */
#define CHART_YAML_MAX ((size_t)1 << 20)

/* Reads Chart.yaml into *out (strings in arena; path and parent are left alone). -1 with err as
 * name:line:column when it is no YAML map or has no name. */
int chart_parse(struct arena *arena, const char *name, struct sv text, struct input_chart *out,
                struct err *err);

/* The dependencies of a requirements.yaml, as charts of Helm 2 have them, appended to *out. */
int chart_parse_requirements(struct arena *arena, const char *name, struct sv text,
                             struct input_chart *out, struct err *err);

/* A chart at `path` whose Chart.yaml is `text`; one with errors is kept unrendered, named after its
 * folder, and a problem is recorded. parent may be NULL. requirements may be absent. */
struct chart *chart_begin(struct collect *c, const char *path, const char *separator,
                          struct sv text, struct sv requirements, struct chart *parent);

/* Adds a template to the list: below is its path inside the chart ("templates/x.yaml"). */
void chart_add_template(struct collect *c, struct chart *chart, struct input_item *item,
                        struct sv below);

/* Files at the top of a chart that are its own and no manifests. */
bool chart_owns(struct sv name);

/* Whether the name of a file under templates/ is one of a template. */
bool chart_is_template_name(struct sv name);

#endif
