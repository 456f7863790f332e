/*
 * settings: how the services are to be reached, from options, environment and profile, in the order
 * that the AWS tools use.
 */
#ifndef TOBAN_AWS_SETTINGS_H
#define TOBAN_AWS_SETTINGS_H

#include "aws/endpoint.h"
#include "aws/profile.h"
#include "aws/services.h"

/* Zeroed memory is a released value. */
struct aws_settings {
    const struct aws_env *env;
    struct aws_files files;
    struct aws_profile profile; /* views into files */
    char *profile_name;
    bool profile_named; /* by the caller: goes before keys in the environment */
    char *region;       /* NULL: none is set */
    char *endpoint_url; /* of the caller, for all services; NULL: none */
    unsigned endpoint_kind;
};

/* profile, region, endpoint_url as in struct aws_options. -1: a file or a setting that cannot be
 * understood. A missing region is no error here. Release *s in every case. */
int aws_settings_load(struct aws_settings *s, const struct aws_env *env, const char *profile,
                      const char *region, const char *endpoint_url, struct err *err);
void aws_settings_release(struct aws_settings *s);
#define _cleanup_aws_settings_ _cleanup_(aws_settings_release)

/* Appends the URL of a service in a region, without a slash at the end: endpoint_url of the caller,
 * AWS_ENDPOINT_URL_<SERVICE>, AWS_ENDPOINT_URL, the profile's services section, the profile's
 * endpoint_url, the service's own name. AWS_IGNORE_CONFIGURED_ENDPOINT_URLS leaves out all but the
 * first and the last. */
void aws_settings_url(const struct aws_settings *s, const struct aws_service *service,
                      const char *region, struct str *out);

#endif
