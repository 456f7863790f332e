#include "rules/upgrade/components.h"

#include "rules/upgrade/tables.h"

const struct component_row *component_find(const char *name)
{
    for (size_t i = 0; i < table_components_len; i++)
        if (strcmp(table_components[i].name, name) == 0)
            return &table_components[i];
    return NULL;
}

static bool is_word(struct sv v, const char *const *words)
{
    for (; *words; words++)
        if (sv_is(v, *words))
            return true;
    return false;
}

/* Ends in `tail`, at the start of a path step. */
static bool ends_in_steps(struct sv repository, const char *tail)
{
    size_t n = strlen(tail);
    if (!sv_ends(repository, tail))
        return false;
    return repository.len == n || repository.ptr[repository.len - n - 1] == '/';
}

/* Cuts digest and tag off; the tag is absent when there is none. A colon before the last slash
 * belongs to the registry's port. */
static struct sv image_repository(struct sv image, struct sv *tag)
{
    const char *at = image.len ? memchr(image.ptr, '@', image.len) : NULL;
    if (at)
        image.len = (size_t)(at - image.ptr);
    *tag = SV_NONE;
    for (size_t i = image.len; i > 0 && image.ptr[i - 1] != '/'; i--) {
        if (image.ptr[i - 1] != ':')
            continue;
        *tag = sv_n(image.ptr + i, image.len - i);
        return sv_n(image.ptr, i - 1);
    }
    return image;
}

const struct component_row *component_of_image(struct sv image, struct version *version)
{
    struct sv tag, repository = image_repository(image, &tag);
    for (size_t i = 0; i < table_components_len; i++) {
        for (const char *const *tail = table_components[i].images; *tail; tail++) {
            if (!ends_in_steps(repository, *tail))
                continue;
            if (version && !(tag.ptr && version_parse(tag, version)))
                *version = VERSION_NONE;
            return &table_components[i];
        }
    }
    return NULL;
}

const struct component_row *component_of_chart(struct sv chart)
{
    for (size_t i = 0; i < table_components_len; i++)
        if (is_word(chart, table_components[i].charts))
            return &table_components[i];
    return NULL;
}

const struct component_row *component_of_label(struct sv name)
{
    for (size_t i = 0; i < table_components_len; i++)
        if (is_word(name, table_components[i].names))
            return &table_components[i];
    return NULL;
}

static void see(struct component_sight *sight, struct version version)
{
    sight->seen = true;
    if (version.set && (!sight->version.set || version_cmp(version, sight->version) > 0))
        sight->version = version;
}

void components_see(struct components *c, const struct component_row *row, struct version version)
{
    size_t i = (size_t)(row - table_components);
    if (i < COMPONENTS_MAX)
        see(&c->items[i], version);
}

void components_join(struct components *into, const struct components *from)
{
    for (size_t i = 0; i < COMPONENTS_MAX; i++)
        if (from->items[i].seen)
            see(&into->items[i], from->items[i].version);
}

const struct component_sight *components_sight(const struct components *c, const char *name)
{
    const struct component_row *row = component_find(name);
    size_t i = row ? (size_t)(row - table_components) : COMPONENTS_MAX;
    return i < COMPONENTS_MAX && c->items[i].seen ? &c->items[i] : NULL;
}
