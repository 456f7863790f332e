#include "ops/diff/side.h"

#include "base/must.h"
#include "ops/diff/side_internal.h"

void side_problem_add(struct side *s, const char *where, const char *message, const char *hint)
{
    struct side_problem p = {
        .where = mem_must(arena_dup(&s->arena, sv_of(where))),
        .message = mem_must(arena_dup(&s->arena, sv_of(message))),
        .hint = hint && *hint ? mem_must(arena_dup(&s->arena, sv_of(hint))) : NULL,
    };
    if (!vec_push(&s->problems, p))
        must_fail_nomem();
}

struct adding {
    struct side *side;
    const char *origin;
};

static int add_object(void *ctx, struct doc_file *f, struct object *o)
{
    struct adding *a = ctx;
    struct diff_object d = {
        .object = *o,
        .file = f,
        .origin = a->origin,
        .namespace = o->namespace,
    };
    if (!vec_push(&a->side->objects.list, d))
        must_fail_nomem();
    return 0;
}

static void report_syntax(struct side *s, const char *name, const struct doc_file *f)
{
    for (uint32_t i = 0; i < f->error_count; i++) {
        const struct doc_error *e = &f->errors[i];
        const char *where = mem_must(arena_fmt(&s->arena, "%s:%u:%u", name, e->line, e->column));
        side_problem_add(s, where, e->message, NULL);
    }
}

static void parse_text(struct side *s, const struct input_item *item, struct sv text)
{
    struct err err = {0};
    struct doc_file *f = mem_must(arena_new(&s->arena, struct doc_file));
    if (!vec_push(&s->files, f))
        must_fail_nomem();
    if (doc_parse(f, item->name, text, NULL, &err) < 0) {
        side_problem_add(s, item->name, err.msg, err.hint);
        return;
    }
    report_syntax(s, item->name, f);
    object_each(f, add_object, &(struct adding){s, item->name});
}

static void load_item(struct side *s, const struct input_item *item)
{
    struct str buf;
    struct sv text;
    struct err err = {0};
    str_init(&buf, 0);
    if (input_load(item, &buf, &text, &err) < 0)
        side_problem_add(s, item->name, err.msg, err.hint);
    else
        parse_text(s, item, text);
    if (!vec_push(&s->texts, buf))
        must_fail_nomem();
}

/* What Kustomize built stands for the files it was built from. */
static bool has_built(const struct input_list *list)
{
    vec_foreach(item, &list->items) {
        if ((*item)->kind == INPUT_BUILT)
            return true;
    }
    return false;
}

static bool counts(const struct input_item *item, bool built)
{
    return item->kind != INPUT_TEMPLATE && !(item->kind == INPUT_MEMBER && built);
}

/* Templates say nothing about objects until they are rendered. */
static void require_rendered(struct side *s)
{
    bool templates = false, rendered = false;
    vec_foreach(item, &s->inputs.items) {
        templates |= (*item)->kind == INPUT_TEMPLATE;
        rendered |= (*item)->kind == INPUT_RENDERED;
    }
    if (templates && !rendered && !s->inputs.problems.len)
        side_problem_add(s, "chart",
                         "its templates could not be rendered, so its objects are missing",
                         "install helm, or hand in the output of helm template");
}

int side_load(struct side *s, const char *const *paths, size_t path_count,
              const struct input_options *options, struct err *err)
{
    *s = (struct side){0};
    if (input_collect(paths, path_count, options, &s->inputs, err) < 0)
        return -1;
    bool built = has_built(&s->inputs);
    vec_foreach(item, &s->inputs.items) {
        if (counts(*item, built))
            load_item(s, *item);
    }
    vec_foreach(p, &s->inputs.problems)
        side_problem_add(s, p->where, p->message, p->hint);
    require_rendered(s);
    return 0;
}

void side_release(struct side *s)
{
    if (!s)
        return;
    vec_foreach(f, &s->files)
        doc_release(*f);
    vec_foreach(t, &s->texts)
        str_release(t);
    vec_foreach(o, &s->live)
        kube_object_release(*o);
    vec_release(&s->files);
    vec_release(&s->texts);
    vec_release(&s->live);
    vec_release(&s->problems);
    vec_release(&s->objects.list);
    input_release(&s->inputs);
    arena_release(&s->arena);
    *s = (struct side){0};
}
