#include "world/strings.h"

#include "base/must.h"

#include <xxhash.h>

void strings_init(struct strings *s)
{
    *s = (struct strings){0};
}

void strings_release(struct strings *s)
{
    if (!s)
        return;
    arena_release(&s->arena);
    vec_release(&s->texts);
    free(s->slots);
    *s = (struct strings){0};
}

static uint32_t hash_of(struct sv text)
{
    return (uint32_t)XXH3_64bits(text.ptr, text.len);
}

static struct strings_slot *find(const struct strings *s, struct sv text, uint32_t hash)
{
    uint32_t mask = s->slot_count - 1, at = hash & mask;
    for (; s->slots[at].id; at = (at + 1) & mask)
        if (s->slots[at].hash == hash && sv_eq(s->texts.items[s->slots[at].id], text))
            break;
    return &s->slots[at];
}

static void grow(struct strings *s, uint32_t count)
{
    struct strings_slot *old = s->slots;
    struct strings_slot *slots = mem_must(calloc(count, sizeof *slots));
    for (uint32_t i = 0; i < s->slot_count; i++) {
        uint32_t at = old[i].hash & (count - 1);
        if (!old[i].id)
            continue;
        while (slots[at].id)
            at = (at + 1) & (count - 1);
        slots[at] = old[i];
    }
    free(old);
    s->slots = slots;
    s->slot_count = count;
}

void strings_reserve(struct strings *s, uint32_t count)
{
    uint32_t slots = 256;
    while (slots / 4 * 3 <= (size_t)count + 1 && slots < UINT32_MAX / 2)
        slots *= 2;
    if (slots > s->slot_count)
        grow(s, slots);
}

uint32_t strings_put(struct strings *s, struct sv text)
{
    if (!text.ptr || !text.len)
        return STRINGS_NONE;
    if ((s->texts.len + 1) * 4 > (size_t)s->slot_count * 3)
        grow(s, s->slot_count ? s->slot_count * 2 : 256);
    if (!s->texts.len && !vec_push(&s->texts, SV("")))
        must_fail_nomem();
    uint32_t hash = hash_of(text);
    struct strings_slot *slot = find(s, text, hash);
    if (slot->id)
        return slot->id;
    struct sv kept = sv_n(mem_must(arena_dup(&s->arena, text)), text.len);
    must_push(&s->texts, kept);
    *slot = (struct strings_slot){hash, (uint32_t)s->texts.len - 1};
    return slot->id;
}

uint32_t strings_puts(struct strings *s, const char *text)
{
    return strings_put(s, sv_of(text));
}

uint32_t strings_find(const struct strings *s, struct sv text)
{
    if (!text.ptr || !text.len || !s->slot_count)
        return STRINGS_NONE;
    return find(s, text, hash_of(text))->id;
}

struct sv strings_get(const struct strings *s, uint32_t id)
{
    return id < s->texts.len ? s->texts.items[id] : SV("");
}

const char *strings_c(const struct strings *s, uint32_t id)
{
    return strings_get(s, id).ptr;
}
