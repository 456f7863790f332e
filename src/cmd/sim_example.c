#include "cmd/sim_example.h"

const char *const sim_example_names[] = {"game-platform", "game-platform-blocked", NULL};

void sim_example_fill(const char *name, struct snapshot_input *in)
{
    bool blocked = strcmp(name, "game-platform-blocked") == 0;
    in->texts = blocked ? sim_game_platform_blocked : sim_game_platform;
    in->text_count = blocked ? sim_game_platform_blocked_len : sim_game_platform_len;
}
