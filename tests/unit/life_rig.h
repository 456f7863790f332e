/* life_rig: the life behind the pocket's objects, with a host that keeps them in a list. */
#ifndef TOBAN_TESTS_LIFE_RIG_H
#define TOBAN_TESTS_LIFE_RIG_H

#include "base/must.h"
#include "pocket/life.h"
#include "unit.h"
#include "world_build.h"

struct kept {
    char *key, *json;
    struct life_name name;
};

struct shelf {
    VEC(struct kept) items;
    struct pocket_life *life; /* told of what is removed */
};

struct scene {
    struct world w;
    struct shelf shelf;
    struct pocket_life *life;
    struct arena scratch;
    int64_t now;
};

/* A cluster of so many nodes; begin: of the world as it was filled. */
void life_rig_start(struct scene *sc, unsigned nodes);
void life_rig_start_at(struct scene *sc, unsigned nodes, unsigned minor);
void life_rig_begin(struct scene *sc);
void life_rig_end(struct scene *sc);
void life_rig_node(struct world *w, const struct build_node *n);
void life_rig_later(struct scene *sc, int64_t seconds);

/* Of the namespace shop. */
struct life_name life_rig_name(const char *version, const char *kind, const char *name);
/* As a client does. */
void life_rig_put(struct scene *sc, struct life_name n, const char *json);
void life_rig_delete(struct scene *sc, struct life_name n);
/* Without telling anybody. */
void life_rig_keep(struct shelf *s, const struct life_name *n, struct sv json);
struct sv life_rig_get(void *ctx, const struct life_name *n);

int64_t life_rig_number(struct scene *sc, struct life_name n, const char *outer, const char *inner);
struct sv life_rig_text(struct scene *sc, struct life_name n, const char *outer, const char *inner);
unsigned life_rig_count(struct scene *sc, const char *kind);
/* Of these, whose JSON holds the text. */
unsigned life_rig_count_with(struct scene *sc, const char *kind, const char *text);
/* Do the objects say what the simulator holds? */
void life_rig_check(struct scene *sc);

#endif
