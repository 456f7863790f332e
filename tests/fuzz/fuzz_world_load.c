/* Any bytes as objects of the API: no crash, and a world in which every index leads somewhere, as
 * saving it and loading it again proves. */
#include "fuzz.h"

#include "base/must.h"
#include "world/apply.h"
#include "world/file.h"
#include "world/load.h"

static void check(bool holds, const char *what)
{
    if (holds)
        return;
    fprintf(stderr, "%s\n", what);
    abort();
}

static void check_amounts(const struct resources *r)
{
    check(r->cpu >= 0 && r->memory >= 0 && r->ephemeral >= 0, "a negative amount");
    for (uint32_t i = 0; i < r->scalar_count; i++) {
        check(r->scalars[i].amount >= 0, "a negative amount");
        check(!i || r->scalars[i - 1].name < r->scalars[i].name, "unsorted scalars");
    }
}

static void check_world(const struct world *w)
{
    vec_foreach(c, &w->classes) {
        check_amounts(&c->request);
        check_amounts(&c->request_old);
        check(c->grace_s >= 0, "a negative grace");
    }
    world_each_pod(w, p) {
        const struct world_pod *pod = &w->pods.items[p];
        check(pod->class < w->classes.len, "a class");
        check(pod->node == WORLD_NONE || w->nodes.items[pod->node].used, "a node");
        check(pod->owner == WORLD_NONE || w->workloads.items[pod->owner].used, "an owner");
        world_top_owner(w, p);
        vec_foreach(pdb, &w->pdbs)
            world_pdb_covers(w, pdb, p);
    }
}

static void check_saved(const struct world *w)
{
    _cleanup_world_ struct world again;
    _cleanup_str_ struct str bytes = {0};
    struct err err = {0};
    char why[256] = "";
    world_init(&again);
    check(world_file_save(w, NULL, &bytes, &err) == 0, err.msg);
    check(world_file_load(&again, NULL, "saved", str_sv(&bytes), &err) == 0, err.msg);
    check(world_equal(w, &again, why, sizeof why), why);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    _cleanup_world_ struct world w;
    struct err err = {0};
    world_init(&w);
    struct load *l = load_new(&w);
    int read = load_text(l, "text", sv_n((const char *)data, size), &err);
    check(read == 0 || err.class == ERR_INPUT, "another class of error");
    check(load_finish(l, &err) == 0, "not finished");
    load_free(l);
    check_world(&w);
    check_saved(&w);
    return 0;
}
