#include "world/cloud_json.h"

#include "base/must.h"
#include "base/vec.h"

static const struct cloud_field *field_of(const struct cloud_field *fields, struct sv key)
{
    for (; fields->key; fields++)
        if (sv_is(key, fields->key))
            return fields;
    return NULL;
}

bool cloud_take_fields(struct cloud_input *in, const struct cloud_field *fields, void *base)
{
    struct sv key;
    if (!pull_map(&in->pull))
        return false;
    while (pull_key(&in->pull, &key)) {
        const struct cloud_field *f = field_of(fields, key);
        if (!f)
            pull_skip(&in->pull);
        else if (f->inner)
            cloud_take_fields(in, f->inner, base);
        else
            f->take(in, (char *)base + f->offset);
    }
    return true;
}

void cloud_take_text(struct cloud_input *in, void *at)
{
    struct sv text;
    if (pull_scalar(&in->pull, &text))
        *(const char **)at = mem_must(arena_dup(in->arena, text));
}

static bool take_number(struct cloud_input *in, uint64_t max, uint64_t *out)
{
    struct sv text;
    return pull_scalar(&in->pull, &text) && sv_to_u64(text, out) && *out <= max;
}

void cloud_take_i32(struct cloud_input *in, void *at)
{
    uint64_t n;
    if (take_number(in, INT32_MAX, &n))
        *(int32_t *)at = (int32_t)n;
}

void cloud_take_i64(struct cloud_input *in, void *at)
{
    uint64_t n;
    if (take_number(in, INT64_MAX, &n))
        *(int64_t *)at = (int64_t)n;
}

/* Puts the collected items into the arena. */
static void list_keep(struct cloud_input *in, const void *items, size_t count, size_t size,
                      struct cloud_list *out)
{
    *out = (struct cloud_list){0};
    if (!count)
        return;
    void *kept = mem_must(arena_alloc_n(in->arena, count, size));
    memcpy(kept, items, count * size);
    *out = (struct cloud_list){kept, (uint32_t)count};
}

void cloud_take_texts(struct cloud_input *in, void *at)
{
    if (!pull_seq(&in->pull))
        return;
    VEC(const char *) texts = {0};
    while (pull_item(&in->pull)) {
        const char *text = NULL;
        cloud_take_text(in, &text);
        if (text && !vec_push(&texts, text))
            must_fail_nomem();
    }
    struct cloud_list list;
    list_keep(in, texts.items, texts.len, sizeof *texts.items, &list);
    memcpy(at, &list, offsetof(struct cloud_list, count) + sizeof list.count);
    vec_release(&texts);
}

void cloud_take_structs(struct cloud_input *in, const struct cloud_field *fields, size_t size,
                        struct cloud_list *out)
{
    if (!pull_seq(&in->pull))
        return;
    _cleanup_free_ char *items = NULL;
    size_t len = 0, cap = 0;
    while (pull_item(&in->pull)) {
        if (len == cap && !vec_grow((void **)&items, &cap, len, size))
            must_fail_nomem();
        memset(items + len * size, 0, size);
        if (cloud_take_fields(in, fields, items + len * size) &&
            *(const char **)(items + len * size))
            len++;
    }
    list_keep(in, items, len, size, out);
}
