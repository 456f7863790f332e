/*
 * packed: a chart in a .tgz, with the charts inside it, as items of the list. Private to input/.
 */
#ifndef TOBAN_INPUT_PACKED_H
#define TOBAN_INPUT_PACKED_H

#include "input/chart.h"

/* Adds the templates and CRDs of the chart in the file `path`. parent: the chart whose charts/ it
 * stands in, or NULL. An archive that is no chart is a problem when it was named by the user or has
 * a parent, else it is passed over. */
void packed_collect(struct collect *c, const char *path, struct chart *parent, bool named);

#endif
