/*
 * terminal: what the place that the output goes to can show.
 */
#ifndef TOBAN_CMD_TERMINAL_H
#define TOBAN_CMD_TERMINAL_H

#include "cmd/cmd.h"

/* when: "auto", "always" or "never"; auto is a terminal that is not dumb, without NO_COLOR. */
bool terminal_colour(FILE *to, const char *when);

/* COLUMNS, else the terminal's own answer, else 80; always 40 to 400. */
unsigned terminal_width(FILE *to);

/* Do the locale's variables name UTF-8? */
bool terminal_utf8(void);

#endif
