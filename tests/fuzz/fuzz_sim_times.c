/* Any text as a parameter of the simulator: what is taken is within its limits, what is refused
 * changes nothing and says why. */
#include "fuzz.h"

#include "base/err.h"
#include "sim/times.h"

#include <stdlib.h>
#include <string.h>

static void check(const struct sim_times *t)
{
    const struct sim_time *all[] = {
        &t->api_call, &t->create,      &t->schedule,   &t->pull,           &t->start,  &t->init,
        &t->ready,    &t->stop,        &t->cleanup,    &t->lb_ready,       &t->detach, &t->attach,
        &t->mount,    &t->node_launch, &t->node_ready, &t->node_terminate,
    };
    for (size_t i = 0; i < sizeof all / sizeof *all; i++)
        if (all[i]->p50_ms < 0 || all[i]->p95_ms < all[i]->p50_ms || all[i]->p95_ms > INT32_MAX)
            abort();
    if (t->force_detach_ms < 0 || t->node_grace_ms < 0)
        abort();
    if (!(t->stuck_detach >= 0 && t->stuck_detach <= 1) || !(t->scheduler_qps >= 0) ||
        !(t->controller_qps >= 0) || !(t->controller_burst >= 0) || !(t->node_launch_qps >= 0))
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct sim_times t = sim_times_default;
    struct err err = {0};
    char *text = malloc(size + 1);
    if (!text)
        return 0;
    memcpy(text, data, size);
    text[size] = '\0';
    int result = sim_times_set(&t, text, &err);
    free(text);
    if (result && (!*err.msg || memcmp(&t, &sim_times_default, sizeof t) != 0))
        abort();
    check(&t);
    return 0;
}
