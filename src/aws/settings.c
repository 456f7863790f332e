#include "aws/settings.h"

#include "base/must.h"

#include <ctype.h>

static bool on(const char *env, struct sv profile)
{
    struct sv value = env ? sv_of(env) : profile;
    return sv_ieq(value, SV("true")) || sv_ieq(value, SV("1"));
}

static char *copy(struct sv v)
{
    return v.len ? mem_must(strndup(v.ptr, v.len)) : NULL;
}

static void find_region(struct aws_settings *s, const char *region)
{
    if (!region)
        region = aws_env_get(s->env, "AWS_REGION");
    if (!region)
        region = aws_env_get(s->env, "AWS_DEFAULT_REGION");
    s->region = copy(region ? sv_of(region) : s->profile.region);
}

int aws_settings_load(struct aws_settings *s, const struct aws_env *env, const char *profile,
                      const char *region, const char *endpoint_url, struct err *err)
{
    *s = (struct aws_settings){.env = env,
                               .profile_name = copy(sv_of(aws_profile_name(env, profile))),
                               .profile_named = profile != NULL,
                               .endpoint_url = copy(sv_of(endpoint_url))};
    if (aws_files_load(&s->files, env, err) ||
        aws_profile_find(&s->files, s->profile_name, &s->profile, err))
        return -1;
    find_region(s, region);
    if (s->region && !aws_region_valid(s->region))
        return err_set(err, ERR_USAGE, "'%s' is no AWS region", s->region);
    if (on(aws_env_get(env, "AWS_USE_FIPS_ENDPOINT"), s->profile.use_fips_endpoint))
        s->endpoint_kind |= AWS_ENDPOINT_FIPS;
    if (on(aws_env_get(env, "AWS_USE_DUALSTACK_ENDPOINT"), s->profile.use_dualstack_endpoint))
        s->endpoint_kind |= AWS_ENDPOINT_DUAL;
    return 0;
}

void aws_settings_release(struct aws_settings *s)
{
    aws_files_release(&s->files);
    free(s->profile_name);
    free(s->region);
    free(s->endpoint_url);
    *s = (struct aws_settings){0};
}

static const char *endpoint_of_env(const struct aws_settings *s, const struct aws_service *service)
{
    char name[96];
    snprintf(name, sizeof name, "AWS_ENDPOINT_URL_%s", service->setting);
    for (char *p = name; *p; p++)
        *p = (char)toupper((unsigned char)*p);
    const char *own = aws_env_get(s->env, name);
    return own ? own : aws_env_get(s->env, "AWS_ENDPOINT_URL");
}

static struct sv endpoint_of_profile(const struct aws_settings *s,
                                     const struct aws_service *service)
{
    struct sv own = SV_NONE;
    if (s->profile.services.len)
        own = aws_services_endpoint(&s->files, s->profile.services, service->setting);
    return own.ptr ? own : s->profile.endpoint_url;
}

static struct sv configured(const struct aws_settings *s, const struct aws_service *service)
{
    if (s->endpoint_url)
        return sv_of(s->endpoint_url);
    if (on(aws_env_get(s->env, "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS"), SV_NONE))
        return SV_NONE;
    const char *env = endpoint_of_env(s, service);
    return env ? sv_of(env) : endpoint_of_profile(s, service);
}

void aws_settings_url(const struct aws_settings *s, const struct aws_service *service,
                      const char *region, struct str *out)
{
    struct sv url = configured(s, service);
    while (sv_ends(url, "/"))
        url.len--;
    if (url.len) {
        str_addv(out, url);
        return;
    }
    str_adds(out, "https://");
    aws_endpoint_host(service->endpoint, region, s->endpoint_kind, out);
}
