#include "pocket/show/cell.h"

#include "base/must.h"
#include "base/timestamp.h"

#include <stdio.h>
#include <stdlib.h>

#define PATH_MAX_LEN 96

struct doc_node *cell_string(struct cell_ctx *c, const struct str *text)
{
    return value_text(c->a, str_sv(text));
}

/* "12m30s": the larger unit, and the smaller one unless it is 0. */
static struct sv two(struct arena *a, int64_t large, const char *unit, int64_t small,
                     const char *sub)
{
    const char *text =
        small ? arena_fmt(a, "%lld%s%lld%s", (long long)large, unit, (long long)small, sub)
              : arena_fmt(a, "%lld%s", (long long)large, unit);
    return sv_of(mem_must(text));
}

struct sv cell_span(struct arena *a, int64_t seconds)
{
    int64_t minutes = seconds / 60, hours = seconds / 3600, days = hours / 24;
    if (seconds < -1)
        return SV("<invalid>");
    if (seconds < 0)
        return SV("0s");
    if (seconds < 120)
        return two(a, seconds, "s", 0, "");
    if (minutes < 10)
        return two(a, minutes, "m", seconds % 60, "s");
    if (minutes < 180)
        return two(a, minutes, "m", 0, "");
    if (hours < 8)
        return two(a, hours, "h", minutes % 60, "m");
    if (hours < 48)
        return two(a, hours, "h", 0, "");
    if (hours < 192)
        return two(a, days, "d", hours % 24, "h");
    if (days < 730)
        return two(a, days, "d", 0, "");
    if (days < 2920)
        return two(a, days / 365, "y", days % 365, "d");
    return two(a, days / 365, "y", 0, "");
}

struct sv cell_since(struct cell_ctx *c, struct sv time)
{
    int64_t then;
    if (!time.len || !timestamp_parse(time, &then))
        return SV("<unknown>");
    return cell_span(c->a, c->now - then);
}

/* The path of an argument, and in *missing what is said when nothing is there. */
static const struct doc_node *at(const struct doc_node *object, const char *argument,
                                 struct sv *missing)
{
    char path[PATH_MAX_LEN];
    struct sv rest = sv_of(argument), first = sv_split(&rest, '|');
    snprintf(path, sizeof path, "%.*s", SV_ARG(first));
    *missing = rest.ptr ? rest : SV("");
    return doc_at(object, path);
}

struct doc_node *cell_text(struct cell_ctx *c, const struct doc_node *object, const char *argument)
{
    struct sv missing, text = doc_scalar(at(object, argument, &missing));
    return value_text(c->a, text.len ? text : missing);
}

struct doc_node *cell_number(struct cell_ctx *c, const struct doc_node *object,
                             const char *argument)
{
    struct sv missing;
    const struct doc_node *found = at(object, argument, &missing);
    if (!found && missing.len)
        return value_text(c->a, missing);
    return value_int(c->a, found && found->type == DOC_INT ? found->integer : 0);
}

struct doc_node *cell_count(struct cell_ctx *c, const struct doc_node *object, const char *argument)
{
    struct sv missing;
    return value_int(c->a, doc_count(at(object, argument, &missing)));
}

static bool is_true(const struct doc_node *node)
{
    return node && node->type == DOC_BOOL && node->boolean;
}

struct doc_node *cell_bool(struct cell_ctx *c, const struct doc_node *object, const char *argument)
{
    struct sv missing;
    return value_bool(c->a, is_true(at(object, argument, &missing)));
}

struct doc_node *cell_yes(struct cell_ctx *c, const struct doc_node *object, const char *argument)
{
    return value_text(c->a, cell_bool(c, object, argument)->boolean ? SV("True") : SV("False"));
}

struct doc_node *cell_age(struct cell_ctx *c, const struct doc_node *object, const char *argument)
{
    struct sv missing;
    const struct doc_node *time =
        at(object, argument ? argument : "metadata.creationTimestamp", &missing);
    return value_text(c->a, cell_since(c, doc_string(time)));
}

struct doc_node *cell_created(struct cell_ctx *c, const struct doc_node *object,
                              const char *argument)
{
    (void)argument;
    return value_text(c->a, doc_scalar(doc_at(object, "metadata.creationTimestamp")));
}

static long long number(const struct doc_node *object, struct sv path)
{
    char text[PATH_MAX_LEN];
    snprintf(text, sizeof text, "%.*s", SV_ARG(path));
    const struct doc_node *found = doc_at(object, text);
    return found && found->type == DOC_INT ? found->integer : 0;
}

struct doc_node *cell_ratio(struct cell_ctx *c, const struct doc_node *object, const char *argument)
{
    struct sv rest = sv_of(argument), ready = sv_split(&rest, ' ');
    const char *text =
        mem_must(arena_fmt(c->a, "%lld/%lld", number(object, ready), number(object, rest)));
    return value_text(c->a, sv_of(text));
}

static int by_key(const void *left, const void *right)
{
    const struct doc_pair *const *a = left, *const *b = right;
    return sv_cmp((*a)->key->text, (*b)->key->text);
}

static void add_labels(struct cell_ctx *c, const struct doc_node *map, struct str *out)
{
    size_t count = 0;
    const struct doc_pair **order =
        mem_must(arena_new_n(c->a, const struct doc_pair *, doc_count(map) + 1));
    doc_each_pair(p, map)
        order[count++] = p;
    qsort(order, count, sizeof *order, by_key);
    for (size_t i = 0; i < count; i++)
        str_addf(out, "%s%.*s=%.*s", out->len ? "," : "", SV_ARG(order[i]->key->text),
                 SV_ARG(doc_scalar(order[i]->value)));
}

static struct doc_node *or_none(struct cell_ctx *c, struct str *out)
{
    if (!out->len)
        str_adds(out, "<none>");
    return cell_string(c, out);
}

struct doc_node *cell_labels(struct cell_ctx *c, const struct doc_node *object,
                             const char *argument)
{
    _cleanup_str_ struct str out;
    str_init(&out, 0);
    add_labels(c, doc_at(object, argument), &out);
    return or_none(c, &out);
}

/* One requirement of a selector: an expression, or a label. */
struct requirement {
    struct sv key;
    const struct doc_node *expression; /* NULL: value */
    struct sv value;
    size_t order;
};

static void add_requirement(const struct requirement *r, struct str *out)
{
    struct sv op = doc_get_string(r->expression, "operator");
    const char *comma = "";
    if (out->len)
        str_addc(out, ',');
    if (!r->expression) {
        str_addf(out, "%.*s=%.*s", SV_ARG(r->key), SV_ARG(r->value));
        return;
    }
    if (sv_is(op, "Exists") || sv_is(op, "DoesNotExist")) {
        str_addf(out, "%s%.*s", sv_is(op, "Exists") ? "" : "!", SV_ARG(r->key));
        return;
    }
    str_addf(out, "%.*s %s (", SV_ARG(r->key), sv_is(op, "In") ? "in" : "notin");
    doc_each_item(value, doc_get(r->expression, "values")) {
        str_addf(out, "%s%.*s", comma, SV_ARG(doc_scalar(value)));
        comma = ",";
    }
    str_addc(out, ')');
}

static int by_requirement(const void *left, const void *right)
{
    const struct requirement *a = left, *b = right;
    int order = sv_cmp(a->key, b->key);
    return order ? order : a->order < b->order ? -1 : a->order > b->order;
}

struct doc_node *cell_selector(struct cell_ctx *c, const struct doc_node *object,
                               const char *argument)
{
    _cleanup_str_ struct str out;
    const struct doc_node *selector = doc_at(object, argument);
    const struct doc_node *labels = doc_get(selector, "matchLabels");
    const struct doc_node *expressions = doc_get(selector, "matchExpressions");
    struct requirement *all = mem_must(
        arena_new_n(c->a, struct requirement, doc_count(labels) + doc_count(expressions) + 1));
    size_t count = 0;
    str_init(&out, 0);
    doc_each_pair(p, labels) {
        all[count] = (struct requirement){p->key->text, NULL, doc_scalar(p->value), count};
        count++;
    }
    doc_each_item(e, expressions) {
        all[count] = (struct requirement){doc_get_string(e, "key"), e, SV_NONE, count};
        count++;
    }
    qsort(all, count, sizeof *all, by_requirement);
    for (size_t i = 0; i < count; i++)
        add_requirement(&all[i], &out);
    return or_none(c, &out);
}

static struct doc_node *of_containers(struct cell_ctx *c, const struct doc_node *object,
                                      const char *path, const char *key)
{
    _cleanup_str_ struct str out;
    str_init(&out, 0);
    doc_each_item(container, doc_get(doc_at(object, path), "containers"))
        str_addf(&out, "%s%.*s", container_i ? "," : "", SV_ARG(doc_get_string(container, key)));
    return cell_string(c, &out);
}

struct doc_node *cell_containers(struct cell_ctx *c, const struct doc_node *object,
                                 const char *argument)
{
    return of_containers(c, object, argument, "name");
}

struct doc_node *cell_images(struct cell_ctx *c, const struct doc_node *object,
                             const char *argument)
{
    return of_containers(c, object, argument, "image");
}
