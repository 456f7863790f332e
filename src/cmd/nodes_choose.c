#include "cmd/nodes_choose.h"

#include "base/must.h"
#include "base/text.h"

#include <limits.h>
#include <string.h>

void nodes_choice_release(struct nodes_choice *c)
{
    vec_release(&c->names);
    marks_release(&c->marks);
}

/* ---- words ---- */

static const char *nearest(const struct marks *marks, const char *word)
{
    const char *best = NULL;
    unsigned best_distance = UINT_MAX;
    vec_foreach(m, &marks->nodes) {
        unsigned distance = text_distance(sv_of(word), sv_of(m->node));
        bool begins = strncmp(m->node, word, strlen(word)) == 0;
        if (distance < best_distance && (begins || text_near(sv_of(word), sv_of(m->node)))) {
            best = m->node;
            best_distance = distance;
        }
    }
    return best;
}

static int no_such_node(const struct marks *marks, const struct cluster *cluster, const char *word,
                        struct err *err)
{
    const char *near = nearest(marks, word);
    err_set(err, ERR_NOT_FOUND, "node '%s' is not in %s", word, str_c(&cluster->name));
    return near ? err_hint(err, "there is a node %s", near)
                : err_hint(err, "'toban nodes list' shows those there are");
}

static int check_words(const struct nodes_choice *c, const struct cluster *cluster,
                       char *const *words, size_t count, struct err *err)
{
    for (size_t i = 0; i < count; i++)
        if (!marks_find(&c->marks, words[i]))
            return no_such_node(&c->marks, cluster, words[i], err);
    return 0;
}

static bool is_among(const char *name, char *const *words, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (strcmp(words[i], name) == 0)
            return true;
    return count == 0;
}

/* ---- node groups ---- */

static bool has_group(const struct world *w, const char *group)
{
    world_each_node(w, n)
        if (strcmp(world_text(w, w->nodes.items[n].group), group) == 0)
            return true;
    return false;
}

static int check_groups(const struct cmd_ctx *ctx, const struct cluster *cluster, struct err *err)
{
    const char *group;
    for (size_t i = 0; (group = cmd_value_at(ctx, "nodegroup", i)); i++)
        if (!has_group(&cluster->world, group)) {
            err_set(err, ERR_NOT_FOUND, "node group '%s' has no nodes in %s", group,
                    str_c(&cluster->name));
            return err_hint(err, "'toban nodes list' shows the groups there are");
        }
    return 0;
}

static bool is_of_groups(const struct cmd_ctx *ctx, const struct world *w, const char *name)
{
    const char *group;
    uint32_t node = world_find_node(w, sv_of(name));
    if (!cmd_given(ctx, "nodegroup"))
        return true;
    for (size_t i = 0; node != WORLD_NONE && (group = cmd_value_at(ctx, "nodegroup", i)); i++)
        if (strcmp(world_text(w, w->nodes.items[node].group), group) == 0)
            return true;
    return false;
}

int nodes_choose(struct nodes_choice *c, const struct cmd_ctx *ctx, struct cluster *cluster,
                 char *const *words, size_t count, struct err *err)
{
    const char *selector = cmd_value(ctx, "selector");
    if (marks_read(cluster->client, selector, &c->marks, err) < 0)
        return -1;
    if (check_words(c, cluster, words, count, err) < 0 || check_groups(ctx, cluster, err) < 0)
        return -1;
    vec_foreach(m, &c->marks.nodes)
        if (is_among(m->node, words, count) && is_of_groups(ctx, &cluster->world, m->node))
            must_push(&c->names, m->node);
    must_push(&c->names, NULL);
    if (c->names.items[0])
        return 0;
    if (!selector)
        return err_set(err, ERR_NOT_FOUND, "%s has no nodes", str_c(&cluster->name));
    err_set(err, ERR_NOT_FOUND, "no node of %s is chosen", str_c(&cluster->name));
    return err_hint(err, "no node%s has the labels '%s'",
                    cmd_given(ctx, "nodegroup") ? " of these groups" : "", selector);
}
