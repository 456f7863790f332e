/* What expressions may refer to: names and values that come with them. */
#include "pocket/dynamo/expr_internal.h"

static int check_names(struct expr_scope *s)
{
    for (uint32_t i = 0; i < s->names.count; i++) {
        struct sv name = s->names.members[i].name;
        if (name.len < 2 || *name.ptr != '#')
            return attr_refuse(s->fault,
                               "ExpressionAttributeNames contains invalid key: Syntax error; key: "
                               "\"%.*s\"",
                               SV_ARG(name));
    }
    return 0;
}

static int read_names(struct expr_scope *s, const struct doc_node *node)
{
    if (!node)
        return 0;
    if (node->type != DOC_MAP || !doc_count(node))
        return attr_refuse(s->fault, "ExpressionAttributeNames must not be empty");
    doc_each_pair(p, node) {
        struct sv text = doc_string(p->value);
        if (!text.ptr)
            return attr_refuse(s->fault, "ExpressionAttributeNames must have strings as values");
        struct attr *to =
            attr_put(&s->names, sv_n(mem_must(arena_dup(s->arena, p->key->text)), p->key->text.len),
                     s->arena);
        to->text = sv_n(mem_must(arena_dup(s->arena, text)), text.len);
    }
    return check_names(s);
}

static int read_values(struct expr_scope *s, const struct doc_node *node)
{
    if (!node)
        return 0;
    if (node->type != DOC_MAP || !doc_count(node))
        return attr_refuse(s->fault, "ExpressionAttributeValues must not be empty");
    if (attr_read_map(node, s->arena, &s->values, s->fault) < 0)
        return -1;
    for (uint32_t i = 0; i < s->values.count; i++) {
        struct sv name = s->values.members[i].name;
        if (name.len < 2 || *name.ptr != ':')
            return attr_refuse(s->fault,
                               "ExpressionAttributeValues contains invalid key: Syntax error; key: "
                               "\"%.*s\"",
                               SV_ARG(name));
    }
    return 0;
}

int expr_scope_read(struct expr_scope *s, const struct doc_node *names,
                    const struct doc_node *values)
{
    s->names = (struct attr){.type = ATTR_M};
    s->values = (struct attr){.type = ATTR_M};
    if (read_names(s, names) < 0 || read_values(s, values) < 0)
        return -1;
    s->name_used = mem_must(arena_new_n(s->arena, bool, s->names.count + 1));
    s->value_used = mem_must(arena_new_n(s->arena, bool, s->values.count + 1));
    return 0;
}

static int check_used(const struct expr_scope *s, const char *what, const struct attr *map,
                      const bool *used)
{
    _cleanup_str_ struct str list = {0};
    for (uint32_t i = 0; i < map->count; i++)
        if (!used[i])
            str_addf(&list, "%s%.*s", list.len ? ", " : "", SV_ARG(map->members[i].name));
    if (!list.len)
        return 0;
    return attr_refuse(s->fault, "Value provided in %s unused in expressions: keys: {%s}", what,
                       str_c(&list));
}

int expr_scope_check(const struct expr_scope *s)
{
    if (check_used(s, "ExpressionAttributeNames", &s->names, s->name_used) < 0)
        return -1;
    return check_used(s, "ExpressionAttributeValues", &s->values, s->value_used);
}

const struct attr *expr_look_up(const struct attr *map, bool *used, struct sv name)
{
    for (uint32_t i = 0; i < map->count; i++) {
        if (!sv_eq(map->members[i].name, name))
            continue;
        used[i] = true;
        return &map->members[i].value;
    }
    return NULL;
}
