#include "ops/follow/known.h"

#include "doc/pull.h"

void known_release(struct known *k)
{
    index_release(&k->names);
}

static uint64_t key_of(struct known_name n)
{
    return (uint64_t)n.ns << 32 | n.name;
}

static void read_metadata(struct pull *p, struct strings *s, struct known_name *n)
{
    struct sv key, text;
    if (!pull_map(p))
        return;
    while (pull_key(p, &key))
        if (sv_is(key, "name"))
            n->name = pull_string(p, &text) ? strings_put(s, text) : STRINGS_NONE;
        else if (sv_is(key, "namespace"))
            n->ns = pull_string(p, &text) ? strings_put(s, text) : STRINGS_NONE;
        else if (sv_is(key, "uid"))
            n->uid = pull_string(p, &text) ? strings_find(s, text) : STRINGS_NONE;
        else
            pull_skip(p);
}

struct known_name known_read(struct strings *s, struct sv json)
{
    _cleanup_arena_ struct arena scratch = {0};
    struct known_name n = {0};
    struct pull p;
    struct sv key;
    pull_init(&p, json, &scratch);
    if (!pull_map(&p))
        return n;
    while (!n.name && pull_key(&p, &key)) {
        if (sv_is(key, "metadata"))
            read_metadata(&p, s, &n);
        else
            pull_skip(&p);
    }
    return n;
}

void known_begin(struct known *k)
{
    k->list++;
}

void known_add(struct known *k, struct known_name n)
{
    index_put(&k->names, key_of(n), k->list);
}

void known_remove(struct known *k, struct known_name n)
{
    index_remove(&k->names, key_of(n));
}

bool known_has(const struct known *k, struct known_name n)
{
    return index_get(&k->names, key_of(n)) != INDEX_NONE;
}

bool known_missing(struct known *k, uint32_t *at, struct known_name *n)
{
    for (; *at < k->names.cap; ++*at) {
        if (k->names.values[*at] == INDEX_NONE || k->names.values[*at] == k->list)
            continue;
        uint64_t key = k->names.keys[*at];
        *n = (struct known_name){.ns = (uint32_t)(key >> 32), .name = (uint32_t)key};
        /* Another may move into the place: it is looked at again. */
        index_remove(&k->names, key);
        return true;
    }
    return false;
}

void known_write(const struct strings *s, struct known_name n, struct str *out)
{
    struct jsonw w;
    str_reset(out);
    jsonw_init(&w, out, 0);
    jsonw_object(&w);
    jsonw_key(&w, "metadata");
    jsonw_object(&w);
    if (n.ns)
        jsonw_kv_str(&w, "namespace", strings_c(s, n.ns));
    jsonw_kv_str(&w, "name", strings_c(s, n.name));
    jsonw_object_end(&w);
    jsonw_object_end(&w);
}
