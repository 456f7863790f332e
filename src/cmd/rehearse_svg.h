/*
 * rehearse_svg: what the charts of a rehearsal's HTML page share: the place, the time axis, numbers
 * of a scale. Colours are classes of the page's style (rehearse_style.c). Within the HTML report
 * only.
 *
 * Each chart is made twice, for wide and for narrow pages, and the style shows one of them: text in
 * a scaled picture would be too small to read on a phone.
 */
#ifndef TOBAN_CMD_REHEARSE_SVG_H
#define TOBAN_CMD_REHEARSE_SVG_H

#include "base/str.h"
#include "ops/rehearse/rehearsal.h"

struct svg {
    struct str *out;
    const char *name; /* "wide": part of ids, and the class that shows it */
    bool wide;
    int width, gutter, right; /* of the picture; left of the plot; right of it */
    int names;                /* gutter that has room for names of nodes */
    int columns;              /* steps of time in areas */
    int hits;                 /* steps of time that can be pointed at */
    int64_t end_ms;           /* of the time axis */
};

extern const struct svg svg_wide, svg_narrow;

static inline double svg_plot(const struct svg *s)
{
    return s->width - s->gutter - s->right;
}

/* Where a time is, in pixels from the left. */
double svg_x(const struct svg *s, int64_t at_ms);

/* <svg …> with its title and description; id_base ("course") is unlike for all charts of the page.
 */
void svg_open(const struct svg *s, const char *id_base, int height, const char *title,
              const char *description);
void svg_close(const struct svg *s);

/* Text escaped and cut to so many characters. */
void svg_label(const struct svg *s, const char *text, unsigned max);

/* Lines for round times from y to bottom, with their times below when `labels`. */
void svg_time_axis(const struct svg *s, int y, int bottom, bool labels);

/* Bands behind everything, one per phase; with names in the 20 pixels above y when `labels`. */
void svg_phases(const struct svg *s, const struct rehearsal *r, int y, int bottom, bool labels);

/* A round number of steps (2 to 5) that hold `most`: the size of one step, at least 1. */
uint32_t svg_step(uint32_t most, uint32_t steps);

#endif
