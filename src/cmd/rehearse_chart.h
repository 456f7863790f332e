/*
 * rehearse_chart: the two pictures of a rehearsal's HTML page, as inline SVG.
 */
#ifndef TOBAN_CMD_REHEARSE_CHART_H
#define TOBAN_CMD_REHEARSE_CHART_H

#include "base/str.h"
#include "ops/rehearse/rehearsal.h"

/* Pods by where they are, numbers of nodes, and pods that are not Ready, over time; nothing without
 * samples. */
void rehearse_chart_course(struct str *out, const struct rehearsal *r);

/* A bar per node, or per some nodes of a zone when there are many. Nothing without nodes. */
void rehearse_chart_nodes(struct str *out, const struct rehearsal *r);

#endif
