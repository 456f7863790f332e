#include "store_place.h"

#include "unit.h"

#include <ftw.h>
#include <string.h>

void store_place_init(struct store_place *p)
{
    const char *kind = getenv("TOBAN_TEST_STORE");
    const char *top = getenv("TMPDIR");
    if (kind && strcmp(kind, "sqlite") != 0)
        fail_msg("TOBAN_TEST_STORE: no tests for stores of kind '%s'", kind);
    snprintf(p->folder, sizeof p->folder, "%s/toban-store-XXXXXX", top ? top : "/tmp");
    assert_non_null(mkdtemp(p->folder));
    snprintf(p->where, sizeof p->where, "sqlite://%s/s.db", p->folder);
}

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *at)
{
    return remove(path);
}

void store_place_release(struct store_place *p)
{
    nftw(p->folder, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

struct store *store_place_open(const struct store_place *p)
{
    struct err err = {0};
    struct store *s;
    if (store_open(p->where, &s, &err) < 0)
        fail_msg("%s", err.msg);
    return s;
}

void store_place_put(struct store *s, const char *partition, const char *sort, const char *body)
{
    struct err err = {0};
    struct store_write w = {.key = {partition, sort}, .body = sv_of(body)};
    if (store_write(s, &w, 1, NULL, &err) < 0)
        fail_msg("%s", err.msg);
}

const char *store_place_get(struct store *s, const char *partition, const char *sort,
                            struct arena *a)
{
    struct err err = {0};
    struct store_item item;
    if (store_get(s, (struct store_key){partition, sort}, a, &item, &err) == 0)
        return arena_dup(a, item.body);
    if (err.class != ERR_NOT_FOUND)
        fail_msg("%s", err.msg);
    return NULL;
}
