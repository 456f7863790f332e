/*
 * rehearse_spark: the course of a rehearsal as rows of bars, for a terminal.
 */
#ifndef TOBAN_CMD_REHEARSE_SPARK_H
#define TOBAN_CMD_REHEARSE_SPARK_H

#include "cmd/rehearse_print.h"

/* Rows "name  bars  peak" of pods on old and new nodes, waiting pods and nodes, and the time axis
 * below; names start at `left`, bars `name_width` columns further. Nothing without samples. */
void rehearse_spark(const struct rehearse_print *p, const struct rehearsal *r, unsigned left,
                    unsigned name_width);

#endif
