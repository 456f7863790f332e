#include "aws/profile.h"

#include "aws/ini.h"
#include "base/io.h"
#include "base/secret.h"

#define FILE_MAX_BYTES ((size_t)1 << 20)

/* --- files -------------------------------------------------------------------------------- */

void aws_files_release(struct aws_files *f)
{
    secret_str_release(&f->credentials);
    secret_str_release(&f->config);
    str_release(&f->credentials_path);
    str_release(&f->config_path);
}

static int load_one(const struct aws_env *env, const char *variable, const char *usual,
                    struct str *path, struct str *text, struct err *err)
{
    const char *home = aws_env_get(env, "HOME");
    const char *named = aws_env_get(env, variable);
    str_init(path, 4096);
    str_init(text, 0);
    if (named && !(named[0] == '~' && named[1] == '/'))
        str_adds(path, named);
    else
        str_addf(path, "%s/%s", home ? home : "", named ? named + 2 : usual);
    struct err missing = {0};
    /* How one says that there is no such file. */
    if (strcmp(str_c(path), "/dev/null") == 0)
        return 0;
    if (io_read_file(str_c(path), FILE_MAX_BYTES, text, &missing) == 0 ||
        missing.class == ERR_NOT_FOUND)
        return 0;
    if (err)
        *err = missing;
    return -1;
}

int aws_files_load(struct aws_files *f, const struct aws_env *env, struct err *err)
{
    *f = (struct aws_files){0};
    return load_one(env, "AWS_SHARED_CREDENTIALS_FILE", ".aws/credentials", &f->credentials_path,
                    &f->credentials, err) ||
                   load_one(env, "AWS_CONFIG_FILE", ".aws/config", &f->config_path, &f->config, err)
               ? -1
               : 0;
}

/* --- sections ----------------------------------------------------------------------------- */

struct gather {
    struct aws_profile *p;
    const char *kind; /* NULL: profiles */
    struct sv name;
    bool is_config;
};

/* In config a profile is [profile x], and [default] for the default one; in credentials just [x].
 */
static bool is_wanted(const struct gather *g, const struct ini_entry *e)
{
    if (e->parent.ptr || !sv_eq(e->section, g->name))
        return false;
    if (g->kind)
        return sv_is(e->kind, g->kind);
    bool plain_allowed = !g->is_config || sv_is(g->name, "default");
    return e->kind.ptr ? g->is_config && sv_is(e->kind, "profile") : plain_allowed;
}

#define NAME_AND_PLACE(name) {#name, offsetof(struct aws_profile, name)},

static bool on_entry(void *ctx, const struct ini_entry *e)
{
    static const struct {
        const char *name;
        size_t offset;
    } settings[] = {AWS_PROFILE_EACH(NAME_AND_PLACE)};
    struct gather *g = ctx;
    if (!is_wanted(g, e))
        return true;
    g->p->exists = true;
    for (size_t i = 0; i < ARRAY_LEN(settings); i++) {
        struct sv *slot = (struct sv *)((char *)g->p + settings[i].offset);
        if (!slot->ptr && e->value.len && sv_ieq(e->key, sv_of(settings[i].name)))
            *slot = e->value;
    }
    return true;
}

int aws_profile_add(struct aws_profile *p, const char *profile, const char *name, struct sv text,
                    bool is_config, struct err *err)
{
    struct gather g = {p, NULL, sv_of(profile), is_config};
    return ini_each(name, text, on_entry, &g, err);
}

const char *aws_profile_name(const struct aws_env *env, const char *profile)
{
    const char *from_env = aws_env_get(env, "AWS_PROFILE");
    if (!from_env)
        from_env = aws_env_get(env, "AWS_DEFAULT_PROFILE");
    return profile ? profile : from_env ? from_env : "default";
}

int aws_profile_find(const struct aws_files *f, const char *name, struct aws_profile *out,
                     struct err *err)
{
    *out = (struct aws_profile){0};
    return aws_profile_add(out, name, str_c(&f->credentials_path), str_sv(&f->credentials), false,
                           err) ||
                   aws_profile_add(out, name, str_c(&f->config_path), str_sv(&f->config), true, err)
               ? -1
               : 0;
}

int aws_section_find(const struct aws_files *f, const char *kind, struct sv name,
                     struct aws_profile *out, struct err *err)
{
    struct gather g = {out, kind, name, true};
    *out = (struct aws_profile){0};
    return ini_each(str_c(&f->config_path), str_sv(&f->config), on_entry, &g, err);
}

/* --- services ----------------------------------------------------------------------------- */

struct endpoint_search {
    struct sv section;
    const char *setting;
    struct sv found;
};

static bool on_service(void *ctx, const struct ini_entry *e)
{
    struct endpoint_search *s = ctx;
    if (sv_is(e->kind, "services") && sv_eq(e->section, s->section) &&
        sv_ieq(e->parent, sv_of(s->setting)) && sv_ieq(e->key, SV("endpoint_url")) && e->value.len)
        s->found = e->value;
    return true;
}

struct sv aws_services_endpoint(const struct aws_files *f, struct sv name, const char *setting)
{
    struct endpoint_search s = {.section = name, .setting = setting};
    ini_each(str_c(&f->config_path), str_sv(&f->config), on_service, &s, NULL);
    return s.found;
}
