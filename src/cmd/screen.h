/*
 * screen: a few lines at the bottom of a terminal that are drawn anew in place, with lines that
 * stay above them. Hides the cursor and what is typed while it is open, and gives both back.
 */
#ifndef TOBAN_CMD_SCREEN_H
#define TOBAN_CMD_SCREEN_H

#include "base/str.h"

#include <stdio.h>
#include <termios.h>

struct screen {
    FILE *to;
    unsigned width, height; /* as screen_measure found them last */
    unsigned rows;          /* drawn now, below the lines that stay */
    bool open, has_modes;
    struct termios modes;
};

/* Takes the terminal over. `to` must be one. */
void screen_open(struct screen *s, FILE *to);
/* Takes the drawn lines away and gives the terminal back. NULL-safe, and safe on zeroed memory. */
void screen_close(struct screen *s);
/* The same without touching what is drawn, for another thread right before the process ends or is
 * stopped; and takes the terminal over again. Both only write and set modes. */
void screen_restore(const struct screen *s);
void screen_take(const struct screen *s);

/* Asks the terminal for its size; what was drawn is forgotten when that has changed. */
void screen_measure(struct screen *s);
/* Draws text (whole lines) where the last one was. */
void screen_draw(struct screen *s, struct sv text);
/* Takes away what is drawn, so that lines may be written that stay. */
void screen_clear(struct screen *s);

#endif
