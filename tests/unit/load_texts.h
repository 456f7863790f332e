/* load_texts: loads worlds from texts written in a test. JSON is written with ' for " there. */
#ifndef TOBAN_TESTS_LOAD_TEXTS_H
#define TOBAN_TESTS_LOAD_TEXTS_H

#include "world/load.h"

#include "unit.h"

static inline char *quoted(const char *text)
{
    char *out = strdup(text);
    for (char *c = out; *c; c++)
        *c = *c == '\'' ? '"' : *c;
    return out;
}

static inline int load(struct world *w, struct err *err, const char *const *texts, size_t count)
{
    world_init(w);
    struct load *l = load_new(w);
    int result = 0;
    for (size_t i = 0; i < count && result == 0; i++) {
        char *text = quoted(texts[i]);
        result = load_text(l, "t.json", sv_of(text), err);
        free(text);
    }
    if (result == 0)
        result = load_finish(l, err);
    load_free(l);
    return result;
}

static inline void load_all(struct world *w, const char *const *texts, size_t count)
{
    struct err err = {0};
    if (load(w, &err, texts, count) < 0)
        fail_msg("%s", err.msg);
}

#define LOAD(w, ...)                                                                               \
    load_all((w), (const char *const[]){__VA_ARGS__},                                              \
             sizeof((const char *const[]){__VA_ARGS__}) / sizeof(char *))

static inline void assert_text(const struct world *w, uint32_t id, const char *want)
{
    assert_string_equal(world_text(w, id), want);
}

static inline uint32_t id_of(const struct world *w, const char *text)
{
    uint32_t id = strings_find(&w->strings, sv_of(text));
    if (!id)
        fail_msg("no text \"%s\"", text);
    return id;
}

static inline bool has_note(const struct world *w, const char *subject, const char *part)
{
    vec_foreach(n, &w->notes)
        if (strcmp(world_text(w, n->subject), subject) == 0 && strstr(world_text(w, n->text), part))
            return true;
    return false;
}

static inline const struct world_class *class_of(const struct world *w, const char *pod)
{
    uint32_t p = world_find_pod(w, SV("shop"), sv_of(pod));
    assert_int_not_equal(p, WORLD_NONE);
    return world_class_of(w, p);
}

/* A pod in namespace shop whose spec has these fields. */
#define POD(name, spec)                                                                            \
    "{'apiVersion':'v1','kind':'Pod','metadata':{'namespace':'shop','name':'" name                 \
    "','labels':{'app':'cart','pod-template-hash':'5f7'}},'spec':{" spec "}}"

#define NODE(name, rest) "{'apiVersion':'v1','kind':'Node','metadata':{'name':'" name "'" rest "}}"

#endif
