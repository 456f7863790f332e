/* Texts, ids, tags and finding. */
#include "pocket/aws/account.h"

#include "base/must.h"
#include "sim/random.h"

const char *account_keep(struct account *a, const char *text)
{
    return text ? mem_must(arena_dup(&a->arena, sv_of(text))) : NULL;
}

struct shape_texts account_keep_texts(struct account *a, const struct shape_texts *texts)
{
    struct shape_texts copy = {0};
    shape_each(text, texts)
        *(const char **)shape_list_add(&copy, sizeof *text, &a->arena) = account_keep(a, *text);
    return copy;
}

struct shape_pairs account_keep_pairs(struct account *a, const struct shape_pairs *pairs)
{
    struct shape_pairs copy = {0};
    shape_each(pair, pairs)
        account_set_tag(a, &copy, pair->key, pair->value);
    return copy;
}

const char *account_make_id(struct account *a, const char *prefix)
{
    uint64_t low = random_mix(&a->dice), high = random_mix(&a->dice);
    return mem_must(
        arena_fmt(&a->arena, "%s0%016llx", prefix, (unsigned long long)(low ^ high << 1)));
}

void account_draw_uuid(uint64_t *dice, char out[static ACCOUNT_UUID_MAX])
{
    uint64_t x = random_mix(dice), y = random_mix(dice);
    snprintf(out, ACCOUNT_UUID_MAX, "%08x-%04x-%04x-%04x-%012llx", (unsigned)(x >> 32),
             (unsigned)(x >> 16 & 0xffff), (unsigned)(x & 0xffff), (unsigned)(y >> 48),
             (unsigned long long)(y & UINT64_C(0xffffffffffff)));
}

void account_write_uuid(struct account *a, char out[static ACCOUNT_UUID_MAX])
{
    account_draw_uuid(&a->dice, out);
}

const char *account_make_uuid(struct account *a)
{
    char text[ACCOUNT_UUID_MAX];
    account_write_uuid(a, text);
    return account_keep(a, text);
}

const char *account_arn(struct account *a, const char *service, const char *fmt, ...)
{
    _cleanup_str_ struct str text = {0};
    va_list ap;
    str_addf(&text, "arn:%s:%s:%s:%s:", a->partition, service,
             strcmp(service, "iam") == 0 || strcmp(service, "sts") == 0 ? "" : a->region, a->id);
    va_start(ap, fmt);
    str_vaddf(&text, fmt, ap);
    va_end(ap);
    return account_keep(a, str_c(&text));
}

const char *account_user_arn(const struct account *a, struct arena *arena)
{
    return mem_must(arena_fmt(arena, "arn:%s:iam::%s:user/pocket", a->partition, a->id));
}

uint64_t account_throw(struct account *a, uint64_t below)
{
    return below ? random_mix(&a->dice) % below : 0;
}

/* --- tags ---------------------------------------------------------------------------------- */

const char *account_tag(const struct shape_pairs *tags, const char *key)
{
    shape_each(tag, tags)
        if (strcmp(tag->key, key) == 0)
            return tag->value;
    return NULL;
}

void account_set_tag(struct account *a, struct shape_pairs *tags, const char *key,
                     const char *value)
{
    value = account_keep(a, value ? value : "");
    shape_each(tag, tags) {
        if (strcmp(tag->key, key) == 0) {
            tag->value = value;
            return;
        }
    }
    *(struct shape_pair *)shape_list_add(tags, sizeof(struct shape_pair), &a->arena) =
        (struct shape_pair){account_keep(a, key), value};
}

void account_drop_tag(struct shape_pairs *tags, const char *key)
{
    uint32_t kept = 0;
    for (uint32_t i = 0; i < tags->count; i++)
        if (strcmp(tags->items[i].key, key) != 0)
            tags->items[kept++] = tags->items[i];
    tags->count = kept;
}

/* --- finding ------------------------------------------------------------------------------- */

#define FIND(list, what)                                                                           \
    do {                                                                                           \
        vec_foreach(one, list)                                                                     \
            if (strcmp((*one)->what, what) == 0)                                                   \
                return *one;                                                                       \
        return NULL;                                                                               \
    } while (0)

struct account_group *account_find_group(const struct account *a, const char *name)
{
    vec_foreach(g, &a->groups)
        if (strcmp((*g)->spec.name, name) == 0)
            return *g;
    return NULL;
}

struct account_asg *account_find_asg(const struct account *a, const char *name)
{
    FIND(&a->asgs, name);
}

struct account_instance *account_find_instance(const struct account *a, const char *id)
{
    FIND(&a->instances, id);
}

struct account_instance *account_find_node(const struct account *a, struct sv node)
{
    vec_foreach(i, &a->instances)
        if ((*i)->node && account_is_live(*i) && sv_is(node, (*i)->node))
            return *i;
    return NULL;
}

struct account_subnet *account_find_subnet(const struct account *a, const char *id)
{
    FIND(&a->subnets, id);
}

struct account_template *account_find_template(const struct account *a, const char *id,
                                               const char *name)
{
    vec_foreach(t, &a->templates)
        if (!(*t)->deleted &&
            (id ? strcmp((*t)->id, id) == 0 : name && strcmp((*t)->name, name) == 0))
            return *t;
    return NULL;
}

struct account_template_version *account_find_version(struct account_template *t, const char *text)
{
    uint64_t number = (uint64_t)t->default_version;
    if (text && strcmp(text, "$Latest") == 0)
        return t->versions.len ? &t->versions.items[t->versions.len - 1] : NULL;
    if (text && strcmp(text, "$Default") != 0 && !sv_to_u64(sv_of(text), &number))
        return NULL;
    vec_foreach(v, &t->versions)
        if (v->number == (int64_t)number)
            return v;
    return NULL;
}

/* --- launch templates ---------------------------------------------------------------------- */

static struct ec2_template_data keep_data(struct account *a, const struct ec2_template_data *d)
{
    struct ec2_template_data copy = {
        .image = account_keep(a, d->image),
        .instance_type = account_keep(a, d->instance_type),
        .key = account_keep(a, d->key),
        .user_data = account_keep(a, d->user_data),
        .security_groups = account_keep_texts(a, &d->security_groups),
    };
    shape_each(device, &d->devices) {
        struct ec2_template_device *to = shape_list_add(&copy.devices, sizeof *to, &a->arena);
        *to = *device;
        to->device = account_keep(a, device->device);
        to->no_device = account_keep(a, device->no_device);
        to->virtual_name = account_keep(a, device->virtual_name);
        to->ebs.type = account_keep(a, device->ebs.type);
        to->ebs.snapshot = account_keep(a, device->ebs.snapshot);
    }
    return copy;
}

struct account_template_version *account_add_version(struct account *a, struct account_template *t,
                                                     const struct ec2_template_data *data,
                                                     const char *description)
{
    int64_t number = t->versions.len ? t->versions.items[t->versions.len - 1].number + 1 : 1;
    must_push(&t->versions, (struct account_template_version){
                                .number = number,
                                .created = account_now(a),
                                .description = account_keep(a, description),
                                .creator = account_user_arn(a, &a->arena),
                                .data = keep_data(a, data),
                            });
    return &t->versions.items[t->versions.len - 1];
}

struct account_template *account_add_template(struct account *a, const char *name,
                                              const struct ec2_template_data *data)
{
    struct account_template *t = mem_must(arena_new(&a->arena, struct account_template));
    *t = (struct account_template){
        .id = account_make_id(a, "lt-"),
        .name = account_keep(a, name),
        .created = account_now(a),
        .default_version = 1,
    };
    must_push(&a->templates, t);
    account_add_version(a, t, data, NULL);
    return t;
}
