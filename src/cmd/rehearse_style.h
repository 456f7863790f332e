/*
 * rehearse_style: the style of a rehearsal's HTML page, light and dark, wide and narrow, on paper.
 */
#ifndef TOBAN_CMD_REHEARSE_STYLE_H
#define TOBAN_CMD_REHEARSE_STYLE_H

extern const char rehearse_style[];

#endif
