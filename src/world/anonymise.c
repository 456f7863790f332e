#include "world/anonymise.h"

#include "base/map.h"
#include "base/must.h"
#include "base/str.h"
#include "world/anonymise_keep.h"

#include <openssl/evp.h>
#include <openssl/hmac.h>

#define WORD_MAX                                                                                   \
    26 /* characters that a digest gives; 8 are taken, more when two words would meet */
#define WORD_LEN 8

/*
 * Texts keep their numbers and get other bytes, so that nothing else in the world changes. A text
 * is changed word by word, words being what stands between punctuation: then what starts with the
 * name of a workload (its pods, their claims) still starts with its new name.
 */
struct renamer {
    struct sv salt;
    struct arena arena;
    struct map words; /* old -> new */
    struct map taken; /* new -> old */
    struct str text;  /* being made */
};

static void renamer_release(struct renamer *r)
{
    map_release(&r->words);
    map_release(&r->taken);
    arena_release(&r->arena);
    str_release(&r->text);
}

static void digest(const struct renamer *r, struct sv word, unsigned char out[static 32])
{
    unsigned len = 0;
    mem_must(HMAC(EVP_sha256(), r->salt.ptr, (int)r->salt.len, (const unsigned char *)word.ptr,
                  word.len, out, &len));
}

/* Starts with a letter, so that it is a name wherever a name may stand. */
static void spell(const unsigned char digest[static 32], char out[static WORD_MAX + 1])
{
    static const char letters[] = "abcdefghijklmnopqrstuvwxyz234567";
    for (unsigned i = 0; i < WORD_MAX; i++)
        out[i] = letters[digest[i] % 32];
    out[0] = letters[digest[0] % 26];
    out[WORD_MAX] = '\0';
}

static const char *new_word(struct renamer *r, struct sv word)
{
    unsigned char bytes[32];
    char spelt[WORD_MAX + 1];
    const char *known = map_get(&r->words, word);
    if (known)
        return known;
    digest(r, word, bytes);
    spell(bytes, spelt);
    size_t len = WORD_LEN;
    while (len < WORD_MAX && map_get(&r->taken, sv_n(spelt, len)))
        len++;
    char *name = mem_must(arena_dup(&r->arena, sv_n(spelt, len)));
    struct sv old = sv_n(mem_must(arena_dup(&r->arena, word)), word.len);
    mem_must(map_put(&r->words, old, name) && map_put(&r->taken, sv_n(name, len), (void *)old.ptr));
    return name;
}

static bool is_word_char(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           (unsigned char)c >= 0x80;
}

static bool is_digits(struct sv v)
{
    for (size_t i = 0; i < v.len; i++)
        if (v.ptr[i] < '0' || v.ptr[i] > '9')
            return false;
    return v.len > 0;
}

/* Words that names are built with, and ordinals: a number at the end, but not of an address. */
static bool stays(struct sv word, struct sv before, bool last)
{
    static const char *const kept[] = {"ip", "i", "vol", "aws", "latest", "sha256"};
    for (size_t i = 0; i < ARRAY_LEN(kept); i++)
        if (sv_is(word, kept[i]))
            return true;
    return last && word.len <= 4 && is_digits(word) && before.len && !is_digits(before);
}

static void add_words(struct renamer *r, struct sv text)
{
    struct sv before = SV_NONE;
    for (size_t i = 0; i < text.len;) {
        size_t start = i;
        while (i < text.len && is_word_char(text.ptr[i]))
            i++;
        struct sv word = sv_n(text.ptr + start, i - start);
        if (word.len && !stays(word, before, i == text.len))
            str_adds(&r->text, new_word(r, word));
        else
            str_addv(&r->text, word);
        before = word.len ? word : before;
        while (i < text.len && !is_word_char(text.ptr[i]))
            str_addc(&r->text, text.ptr[i++]);
    }
}

static bool is_uid(struct sv v)
{
    static const char shape[] = "xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx";
    if (v.len != sizeof shape - 1)
        return false;
    for (size_t i = 0; i < v.len; i++) {
        bool hex = (v.ptr[i] >= '0' && v.ptr[i] <= '9') || (v.ptr[i] >= 'a' && v.ptr[i] <= 'f');
        if (shape[i] == 'x' ? !hex : v.ptr[i] != '-')
            return false;
    }
    return true;
}

static void add_uid(struct renamer *r, struct sv text)
{
    unsigned char b[32];
    digest(r, text, b);
    for (unsigned i = 0; i < 16; i++)
        str_addf(&r->text, "%s%02x", i == 4 || i == 6 || i == 8 || i == 10 ? "-" : "", b[i]);
}

/* The new text, valid until the next call. */
static struct sv rename_text(struct renamer *r, struct sv text, bool keep)
{
    size_t known = keep ? text.len : anonymise_known_key(text);
    str_reset(&r->text);
    if (!keep && is_uid(text)) {
        add_uid(r, text);
    } else {
        str_addv(&r->text, sv_n(text.ptr, known));
        add_words(r, sv_n(text.ptr + known, text.len - known));
    }
    if (!str_ok(&r->text))
        must_fail_nomem();
    return str_sv(&r->text);
}

/* ---- the world ---- */

static void rename_world(struct renamer *r, struct world *w)
{
    size_t count = w->strings.texts.len;
    _cleanup_free_ bool *keep = mem_must(calloc(count + 1, sizeof *keep));
    struct strings fresh;
    strings_init(&fresh);
    anonymise_keep(w, keep);
    for (uint32_t i = 1; i < count; i++) {
        struct sv old = strings_get(&w->strings, i);
        uint32_t id = strings_put(&fresh, rename_text(r, old, keep[i]));
        /* A text that stays looks like a new one: two must not become one. */
        while (id != i) {
            str_addc(&r->text, 'x');
            id = strings_put(&fresh, str_sv(&r->text));
        }
    }
    strings_release(&w->strings);
    w->strings = fresh;
}

static void drop_words(struct world *w)
{
    w->notes_dropped += (uint32_t)w->notes.len;
    w->notes.len = 0;
    w->resource_version = STRINGS_NONE;
    w->source = strings_puts(&w->strings, "a cluster whose names were changed");
}

/* ---- the cloud ---- */

struct cloud_renamer {
    struct renamer *r;
    struct arena arena; /* new texts */
};

static void rename_string(struct cloud_renamer *k, const char **text)
{
    if (!*text || anonymise_is_common(sv_of(*text)))
        return;
    *text = mem_must(arena_dup(&k->arena, rename_text(k->r, sv_of(*text), false)));
}

static void rename_list(struct cloud_renamer *k, const char *const *list, uint32_t len)
{
    for (uint32_t i = 0; i < len; i++)
        rename_string(k, (const char **)&list[i]);
}

static void rename_group(struct cloud_renamer *k, struct cloud_group *g)
{
    rename_string(k, &g->name);
    rename_string(k, &g->cluster);
    rename_string(k, &g->launch_template);
    rename_list(k, g->subnets, g->subnet_count);
    rename_list(k, g->autoscaling_groups, g->autoscaling_group_count);
    for (uint32_t i = 0; i < g->label_count; i++) {
        struct cloud_pair *p = (struct cloud_pair *)&g->labels[i];
        if (!anonymise_keeps_values(sv_of(p->key)))
            rename_string(k, &p->value);
        rename_string(k, &p->key);
    }
    for (uint32_t i = 0; i < g->taint_count; i++) {
        struct cloud_taint *t = (struct cloud_taint *)&g->taints[i];
        rename_string(k, &t->key);
        rename_string(k, &t->value);
    }
}

static void rename_cloud(struct cloud_renamer *k, struct cloud *c)
{
    vec_foreach(g, &c->groups)
        rename_group(k, g);
    vec_foreach(s, &c->subnets) {
        rename_string(k, &s->id);
        s->cidr = NULL;
    }
    vec_foreach(t, &c->launch_templates) {
        rename_string(k, &t->id);
        rename_string(k, &t->name);
        rename_string(k, &t->image);
    }
    vec_foreach(i, &c->instances) {
        rename_string(k, &i->id);
        rename_string(k, &i->subnet);
        rename_string(k, &i->group);
    }
    vec_foreach(t, &c->target_groups) {
        rename_string(k, &t->arn);
        rename_string(k, &t->name);
    }
}

void world_anonymise(struct world *w, struct cloud *cloud, struct sv salt)
{
    _cleanup_(renamer_release) struct renamer r = {.salt = salt};
    str_init(&r.text, 0);
    rename_world(&r, w);
    drop_words(w);
    if (!cloud)
        return;
    struct cloud_renamer k = {.r = &r, .arena = cloud->arena};
    rename_cloud(&k, cloud);
    cloud->arena = k.arena;
}
