/*
 * sim_example: the clusters that the program carries with it, for `toban sim --example`. The build
 * makes them of examples/ (scripts/embed-files).
 */
#ifndef TOBAN_CMD_SIM_EXAMPLE_H
#define TOBAN_CMD_SIM_EXAMPLE_H

#include "ops/snapshot/snapshot.h"

extern const struct snapshot_text sim_game_platform[], sim_game_platform_blocked[];
extern const size_t sim_game_platform_len, sim_game_platform_blocked_len;

/* For struct cmd_option's words. */
extern const char *const sim_example_names[];

/* The dumps of an example into in->texts; name is one of the above. */
void sim_example_fill(const char *name, struct snapshot_input *in);

#endif
