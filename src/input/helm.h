/*
 * helm: the charts of a list as helm renders them, each document tied to its template. Private to
 * input/.
 */
#ifndef TOBAN_INPUT_HELM_H
#define TOBAN_INPUT_HELM_H

#include "input/chart.h"

/* Bytes of one chart's rendered text. */
#define HELM_OUTPUT_MAX ((size_t)64 << 20)

/* Renders every top chart that was found and adds its documents. Without helm: a note. */
void helm_render_all(struct collect *c);

/* Cuts what `helm template` printed for chart into items; text must live as long as the list. */
void helm_add_documents(struct collect *c, struct chart *chart, struct sv text);

#endif
