/* Forms as the query services and EC2 get them, into structs: the other way of shape_form.c. */
#include "base/must.h"
#include "cloud/shape.h"
#include "cloud/shape_scalar.h"

#define NAME_MAX_LEN 256

struct entry {
    struct sv name, value;
};
/* Entries by name, so that those below one name stand together. */
struct form {
    struct arena *arena;
    enum shape_dialect dialect;
    struct entry *items;
    size_t len;
};

static int hex(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    c |= 0x20;
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* A '%' that begins nothing stands for itself. */
static struct sv decode(struct sv text, struct arena *arena)
{
    char *to = mem_must(arena_alloc(arena, text.len + 1));
    size_t n = 0;
    for (size_t i = 0; i < text.len; i++) {
        char c = text.ptr[i];
        bool coded =
            c == '%' && i + 2 < text.len && hex(text.ptr[i + 1]) >= 0 && hex(text.ptr[i + 2]) >= 0;
        if (coded) {
            c = (char)(hex(text.ptr[i + 1]) << 4 | hex(text.ptr[i + 2]));
            i += 2;
        } else if (c == '+') {
            c = ' ';
        }
        to[n++] = c;
    }
    return sv_n(to, n);
}

static int by_name(const void *a, const void *b)
{
    const struct entry *x = a, *y = b;
    return sv_cmp(x->name, y->name);
}

static void split(struct form *f, struct sv form)
{
    size_t most = 1;
    for (size_t i = 0; i < form.len; i++)
        most += form.ptr[i] == '&';
    f->items = mem_must(arena_new_n(f->arena, struct entry, most));
    while (form.ptr) {
        struct sv value = sv_split(&form, '&');
        struct sv name = sv_split(&value, '=');
        if (name.len)
            f->items[f->len++] = (struct entry){decode(name, f->arena),
                                                decode(value.ptr ? value : SV(""), f->arena)};
    }
    qsort(f->items, f->len, sizeof *f->items, by_name);
}

/* The first entry that is not before name. */
static size_t lower_bound(const struct form *f, struct sv name)
{
    size_t low = 0, high = f->len;
    while (low < high) {
        size_t mid = (low + high) / 2;
        if (sv_cmp(f->items[mid].name, name) < 0)
            low = mid + 1;
        else
            high = mid;
    }
    return low;
}

static const struct sv *find(const struct form *f, const char *name)
{
    size_t at = lower_bound(f, sv_of(name));
    return at < f->len && sv_is(f->items[at].name, name) ? &f->items[at].value : NULL;
}

/* Is there anything at "name" or below "name."? */
static bool is_there(const struct form *f, const char *name)
{
    char below[NAME_MAX_LEN];
    size_t at = lower_bound(f, sv_of(name));
    if (at < f->len && sv_is(f->items[at].name, name))
        return true;
    snprintf(below, sizeof below, "%s.", name);
    at = lower_bound(f, sv_of(below));
    return at < f->len && sv_starts(f->items[at].name, below);
}

static int read_members(const struct form *f, const struct shape *s, const char *above, void *out,
                        struct err *err);

static int read_list(const struct form *f, const struct shape_field *field, const char *name,
                     void *at, struct err *err)
{
    char item[NAME_MAX_LEN], above[NAME_MAX_LEN + 1];
    const char *between = f->dialect == SHAPE_DIALECT_QUERY ? ".member" : "";
    for (unsigned i = 1;; i++) {
        snprintf(item, sizeof item, "%s%s.%u", name, between, i);
        if (!is_there(f, item))
            return 0;
        if (field->kind == SHAPE_TEXTS) {
            const struct sv *value = find(f, item);
            const char **text = shape_list_add(at, sizeof *text, f->arena);
            *text = mem_must(arena_dup(f->arena, value ? *value : SV("")));
            continue;
        }
        snprintf(above, sizeof above, "%s.", item);
        if (read_members(f, field->of, above, shape_list_add(at, field->of->size, f->arena), err))
            return err_wrap(err, "%s", field->name);
    }
}

static void read_pairs(const struct form *f, const char *name, void *at)
{
    char key[NAME_MAX_LEN + 32], value[NAME_MAX_LEN + 32];
    bool flat = f->dialect == SHAPE_DIALECT_FLAT;
    for (unsigned i = 1;; i++) {
        snprintf(key, sizeof key, flat ? "%s.%u.Name" : "%s.entry.%u.key", name, i);
        snprintf(value, sizeof value, flat ? "%s.%u.Value" : "%s.entry.%u.value", name, i);
        const struct sv *k = find(f, key), *v = find(f, value);
        if (!k)
            return;
        struct shape_pair *pair = shape_list_add(at, sizeof *pair, f->arena);
        pair->key = mem_must(arena_dup(f->arena, *k));
        pair->value = mem_must(arena_dup(f->arena, v ? *v : SV("")));
    }
}

static int read_keyed(const struct form *f, const struct shape_field *field, const char *name,
                      void *at, struct err *err)
{
    char key[NAME_MAX_LEN + 32], above[NAME_MAX_LEN + 32];
    for (unsigned i = 1;; i++) {
        snprintf(key, sizeof key, "%s.%u.Name", name, i);
        snprintf(above, sizeof above, "%s.%u.Value.", name, i);
        const struct sv *k = find(f, key);
        if (!k)
            return 0;
        void *one = shape_list_add(at, field->of->size, f->arena);
        *(const char **)one = mem_must(arena_dup(f->arena, *k));
        if (read_members(f, field->of, above, one, err))
            return err_wrap(err, "%s", field->name);
    }
}

static int read_member(const struct form *f, const struct shape_field *field, const char *name,
                       void *at, struct err *err)
{
    char above[NAME_MAX_LEN];
    const struct sv *value;
    switch (field->kind) {
    case SHAPE_TEXTS:
    case SHAPE_STRUCTS:
        return read_list(f, field, name, at, err);
    case SHAPE_PAIRS:
        read_pairs(f, name, at);
        return 0;
    case SHAPE_KEYED:
        return read_keyed(f, field, name, at, err);
    case SHAPE_STRUCT:
        snprintf(above, sizeof above, "%s.", name);
        return read_members(f, field->of, above, at, err);
    default:
        value = find(f, name);
        return value ? shape_scalar_parse(field, *value, f->arena, at, err) : 0;
    }
}

static int read_members(const struct form *f, const struct shape *s, const char *above, void *out,
                        struct err *err)
{
    _cleanup_str_ struct str name = {0};
    for (unsigned i = 0; i < s->count; i++) {
        const struct shape_field *field = &s->fields[i];
        str_reset(&name);
        str_adds(&name, above);
        shape_wire(field, f->dialect, false, &name);
        if (name.len + 32 > NAME_MAX_LEN)
            return err_set(err, ERR_INPUT, "%s stands too deep", field->name);
        if (read_member(f, field, str_c(&name), (char *)out + field->offset, err))
            return -1;
    }
    return 0;
}

int shape_from_form(const struct shape *s, enum shape_dialect dialect, struct sv form,
                    struct arena *arena, void *out, struct err *err)
{
    struct form f = {.arena = arena, .dialect = dialect};
    split(&f, form);
    return read_members(&f, s, "", out, err);
}

struct sv shape_form_value(struct sv form, const char *name, struct arena *arena)
{
    while (form.ptr) {
        struct sv value = sv_split(&form, '&');
        struct sv key = sv_split(&value, '=');
        if (sv_is(decode(key, arena), name))
            return decode(value.ptr ? value : SV(""), arena);
    }
    return SV_NONE;
}
