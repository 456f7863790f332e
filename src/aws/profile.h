/*
 * profile: what the shared files of the AWS tools (~/.aws/config, ~/.aws/credentials) say. Settings
 * as texts; what they lead to is chain.h and client.h.
 */
#ifndef TOBAN_AWS_PROFILE_H
#define TOBAN_AWS_PROFILE_H

#include "aws/env.h"
#include "base/err.h"
#include "base/str.h"

/* The settings that are looked at, each under its name. */
#define AWS_PROFILE_EACH(X)                                                                        \
    X(aws_access_key_id)                                                                           \
    X(aws_secret_access_key)                                                                       \
    X(aws_session_token)                                                                           \
    X(ca_bundle)                                                                                   \
    X(credential_process)                                                                          \
    X(credential_source)                                                                           \
    X(duration_seconds)                                                                            \
    X(endpoint_url)                                                                                \
    X(external_id)                                                                                 \
    X(login_session)                                                                               \
    X(max_attempts)                                                                                \
    X(mfa_serial)                                                                                  \
    X(region)                                                                                      \
    X(retry_mode)                                                                                  \
    X(role_arn)                                                                                    \
    X(role_session_name)                                                                           \
    X(services)                                                                                    \
    X(source_profile)                                                                              \
    X(sso_account_id)                                                                              \
    X(sso_region)                                                                                  \
    X(sso_role_name)                                                                               \
    X(sso_session)                                                                                 \
    X(sso_start_url)                                                                               \
    X(use_dualstack_endpoint)                                                                      \
    X(use_fips_endpoint)                                                                           \
    X(web_identity_token_file)

#define AWS_PROFILE_MEMBER(name) struct sv name;

/* One profile (or section), gathered from both files; absent members are not set. */
struct aws_profile {
    bool exists;
    AWS_PROFILE_EACH(AWS_PROFILE_MEMBER)
};

/* Both files as they were read; holds secrets. Zeroed memory is "there are none". */
struct aws_files {
    struct str credentials, config;
    struct str credentials_path, config_path;
};
void aws_files_release(struct aws_files *f);
#define _cleanup_aws_files_ _cleanup_(aws_files_release)

/* Reads them from where AWS_SHARED_CREDENTIALS_FILE and AWS_CONFIG_FILE say, else ~/.aws. A file
 * that is not there is empty. Release *f in every case. */
int aws_files_load(struct aws_files *f, const struct aws_env *env, struct err *err);

/* The name in use: profile, AWS_PROFILE, AWS_DEFAULT_PROFILE, "default". */
const char *aws_profile_name(const struct aws_env *env, const char *profile);

/* Views into the files. */
int aws_profile_find(const struct aws_files *f, const char *name, struct aws_profile *out,
                     struct err *err);
/* The section [KIND NAME] of config, "sso-session" for one; out->exists tells if it is there. */
int aws_section_find(const struct aws_files *f, const char *kind, struct sv name,
                     struct aws_profile *out, struct err *err);
/* endpoint_url below SETTING in the section [services NAME]; absent when it is not there. */
struct sv aws_services_endpoint(const struct aws_files *f, struct sv name, const char *setting);

/* Adds what a file's text says about the profile; is_config: the naming rules of ~/.aws/config.
 * Settings that are there already stay. No I/O. -1 with err ("name:line"). */
int aws_profile_add(struct aws_profile *p, const char *profile, const char *name, struct sv text,
                    bool is_config, struct err *err);

#endif
