/* Where credentials come from, and what happens when they expire. */
#include "aws/chain.h"
#include "base/cleanup.h"
#include "base/io.h"

#include <sys/stat.h>

#include "aws_home.h"
#include "fake_server.h"
#include "unit.h"

/* Wednesday, 11 November 2026, 12:00:00 UTC. */
#define NOW_S INT64_C(1794398400)
#define LATER "2026-11-11T13:00:00Z"

#define HTTP(status, body) "HTTP/1.1 " status "\r\nConnection: close\r\n\r\n" body
#define STEP(want, answer)                                                                         \
    {                                                                                              \
        .expect = want, .reply = answer, .close = true                                             \
    }

#define STS_KEYS(action, key, until)                                                               \
    HTTP("200 OK",                                                                                 \
         "<" action "Response xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\"><" action        \
         "Result><AssumedRoleUser><Arn>a</Arn></AssumedRoleUser><Credentials><AccessKeyId>" key    \
         "</AccessKeyId><SecretAccessKey>s</SecretAccessKey><SessionToken>t</SessionToken>"        \
         "<Expiration>" until "</Expiration></Credentials></" action "Result></" action            \
         "Response>")
#define JSON_KEYS(key, until)                                                                      \
    HTTP("200 OK", "{\"Code\":\"Success\",\"AccessKeyId\":\"" key "\",\"SecretAccessKey\":\"s\","  \
                   "\"Token\":\"t\",\"Expiration\":\"" until "\"}")

/* --- rig ---------------------------------------------------------------------------------- */

struct rig {
    struct aws_home home;
    struct fake_server *server;
    struct aws_settings settings;
    struct aws_wire wire;
    struct aws_provider provider;
    int64_t now_s;
    struct err err;
};

static int64_t rig_now(void *ctx)
{
    return ((struct rig *)ctx)->now_s * 1000;
}

static bool rig_wait(void *ctx, unsigned ms)
{
    (void)ctx, (void)ms;
    return true;
}

/* Nothing is asked of the server when there are no steps. */
static void rig_init(struct rig *r, const char *credentials, const char *config,
                     const struct fake_step *steps, size_t count)
{
    *r = (struct rig){.now_s = NOW_S};
    aws_home_init(&r->home, credentials, config);
    r->server = fake_server_start(steps, count, NULL);
    aws_home_set(&r->home, "AWS_ENDPOINT_URL=%s", fake_server_url(r->server));
    aws_wire_init(&r->wire, &(struct aws_clock){rig_now, rig_wait, r}, 7);
}

static void rig_release(struct rig *r)
{
    aws_provider_release(&r->provider);
    aws_wire_release(&r->wire);
    aws_settings_release(&r->settings);
    fake_server_stop(r->server);
    aws_home_release(&r->home);
}
#define _cleanup_rig_ __attribute__((cleanup(rig_release)))

/* The keys in use; NULL with r->err. Settings are read with the first. */
static const struct aws_credentials *keys_of(struct rig *r, const char *profile)
{
    const struct aws_credentials *keys = NULL;
    r->err = (struct err){0};
    if (!r->provider.chain.settings) {
        if (aws_settings_load(&r->settings, &r->home.env, profile, NULL, NULL, &r->err))
            return NULL;
        r->provider.chain = (struct aws_chain){&r->settings, &r->wire};
    }
    return aws_provider_keys(&r->provider, false, &keys, &r->err) ? NULL : keys;
}

static void expect_key(struct rig *r, const char *profile, const char *access, const char *source)
{
    const struct aws_credentials *keys = keys_of(r, profile);
    if (!keys)
        fail_msg("%s", r->err.msg);
    assert_string_equal(keys->access_key, access);
    assert_string_equal(keys->source, source);
}

static void expect_refusal(struct rig *r, const char *profile, enum err_class class,
                           const char *msg)
{
    assert_null(keys_of(r, profile));
    assert_string_equal(r->err.msg, msg);
    assert_int_equal(r->err.class, class);
}

/* --- roles -------------------------------------------------------------------------------- */

#define BASE "[base]\naws_access_key_id = BASE\naws_secret_access_key = b\n"
#define ROLE(name) "role_arn = arn:aws:iam::123456789012:role/" name "\n"

static void assumes_a_role(void **state)
{
    static const struct fake_step steps[] = {
        STEP("Action=AssumeRole&Version=2011-06-15&RoleArn=arn%3Aaws%3Aiam%3A%3A123456789012%3Arole"
             "%2Fops&RoleSessionName=me&DurationSeconds=900&ExternalId=x%2F1",
             STS_KEYS("AssumeRole", "ROLE", LATER)),
    };
    _cleanup_rig_ struct rig r;
    rig_init(&r, BASE,
             "[profile ops]\n" ROLE("ops") "source_profile = base\nrole_session_name = me\n"
                                           "duration_seconds = 900\nexternal_id = x/1\n",
             steps, ARRAY_LEN(steps));
    expect_key(&r, "ops", "ROLE", "role");
    assert_int_equal(r.provider.keys.expires, NOW_S + 3600);
    assert_string_equal(r.provider.keys.session_token, "t");
    /* They are good for an hour: nobody is asked again. */
    expect_key(&r, "ops", "ROLE", "role");
}

static void signs_for_the_region_of_the_role(void **state)
{
    static const struct fake_step steps[] = {
        STEP("Credential=BASE/20261111/cn-northwest-1/sts/aws4_request",
             STS_KEYS("AssumeRole", "ROLE", LATER)),
    };
    _cleanup_rig_ struct rig r;
    rig_init(&r, BASE,
             "[profile ops]\nrole_arn = arn:aws-cn:iam::123456789012:role/x\nsource_profile = "
             "base\n",
             steps, ARRAY_LEN(steps));
    expect_key(&r, "ops", "ROLE", "role");
}

static void assumes_one_role_with_another(void **state)
{
    static const struct fake_step steps[] = {
        STEP("Credential=BASE/", STS_KEYS("AssumeRole", "FIRST", LATER)),
        STEP("Credential=FIRST/", STS_KEYS("AssumeRole", "SECOND", LATER)),
    };
    _cleanup_rig_ struct rig r;
    rig_init(&r, BASE,
             "[profile two]\n" ROLE("b") "source_profile = one\n[profile one]\n" ROLE(
                 "a") "source_profile = base\n",
             steps, ARRAY_LEN(steps));
    expect_key(&r, "two", "SECOND", "role");
}

static void assumes_a_role_with_its_own_keys(void **state)
{
    static const struct fake_step steps[] = {
        STEP("Credential=SELF/", STS_KEYS("AssumeRole", "ROLE", LATER))};
    _cleanup_rig_ struct rig r;
    rig_init(&r, "[self]\naws_access_key_id = SELF\naws_secret_access_key = s\n",
             "[profile self]\n" ROLE("a") "source_profile = self\n", steps, ARRAY_LEN(steps));
    expect_key(&r, "self", "ROLE", "role");
}

static void assumes_a_role_with_keys_of_the_environment(void **state)
{
    static const struct fake_step steps[] = {
        STEP("Credential=ENV/", STS_KEYS("AssumeRole", "ROLE", LATER))};
    _cleanup_rig_ struct rig r;
    rig_init(&r, NULL, "[profile e]\n" ROLE("a") "credential_source = Environment\n", steps,
             ARRAY_LEN(steps));
    aws_home_set(&r.home, "AWS_ACCESS_KEY_ID=ENV");
    aws_home_set(&r.home, "AWS_SECRET_ACCESS_KEY=e");
    expect_key(&r, "e", "ROLE", "role");
}

static void names_what_is_wrong_with_a_role(void **state)
{
    static const struct {
        const char *config, *msg;
        enum err_class class;
    } cases[] = {
        {"[profile p]\n" ROLE("a") "source_profile = q\n[profile q]\n" ROLE(
             "b") "source_profile = p\n",
         "AWS profile 'q': source_profile leads back to 'p'", ERR_INPUT},
        {"[profile p]\n" ROLE("a") "source_profile = p\n",
         "AWS profile 'p': source_profile leads back to 'p'", ERR_INPUT},
        {"[profile p]\n" ROLE("a"),
         "AWS profile 'p' has a role_arn, but neither source_profile nor credential_source nor "
         "web_identity_token_file",
         ERR_INPUT},
        {"[profile p]\n" ROLE("a") "source_profile = q\n[profile q]\nregion = eu-west-1\n",
         "AWS profile 'p': no credentials in profile 'q' (its source_profile)", ERR_NOT_FOUND},
        {"[profile p]\n" ROLE("a") "credential_source = Cloud\n",
         "AWS profile 'p': credential_source is 'Cloud', expected Environment, "
         "Ec2InstanceMetadata or EcsContainer",
         ERR_INPUT},
        {"[profile p]\n" ROLE("a") "credential_source = Ec2InstanceMetadata\n",
         "AWS profile 'p': no credentials from Ec2InstanceMetadata (its credential_source)",
         ERR_NOT_FOUND},
        {"[profile p]\n" ROLE("a") "source_profile = base\nmfa_serial = arn:aws:iam::1:mfa/me\n",
         "AWS profile 'p' wants a code of the device 'arn:aws:iam::1:mfa/me'", ERR_DENIED},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        _cleanup_rig_ struct rig r;
        rig_init(&r, BASE, cases[i].config, NULL, 0);
        expect_refusal(&r, "p", cases[i].class, cases[i].msg);
    }
}

static void says_that_a_role_may_not_be_assumed(void **state)
{
    static const struct fake_step steps[] = {STEP(
        NULL, HTTP("403 Forbidden",
                   "<ErrorResponse><Error><Type>Sender</Type><Code>AccessDenied</Code><Message>"
                   "User: u is not authorized to perform: sts:AssumeRole on resource: r</Message>"
                   "</Error></ErrorResponse>"))};
    _cleanup_rig_ struct rig r;
    rig_init(&r, BASE, "[profile ops]\n" ROLE("ops") "source_profile = base\n", steps,
             ARRAY_LEN(steps));
    expect_refusal(
        &r, "ops", ERR_DENIED,
        "AWS profile 'ops': role 'arn:aws:iam::123456789012:role/ops': sts:AssumeRole is "
        "not allowed: sts:AssumeRole in us-east-1: AccessDenied: User: u is not "
        "authorized to perform: sts:AssumeRole on resource: r");
    assert_string_equal(
        r.err.hint,
        "allow the action sts:AssumeRole to the identity in use: aws sts get-caller-identity");
}

/* --- web identity ------------------------------------------------------------------------- */

static void uses_a_service_account(void **state)
{
    static const struct fake_step steps[] = {
        STEP("Action=AssumeRoleWithWebIdentity&Version=2011-06-15&RoleArn=arn%3Aaws%3Aiam%3A%3A1%3A"
             "role%2Fpod&RoleSessionName=pod-7&WebIdentityToken=first.jwt",
             STS_KEYS("AssumeRoleWithWebIdentity", "WEB1", LATER)),
        /* The kubelet renews the file; it is read each time. */
        STEP("&WebIdentityToken=second.jwt",
             STS_KEYS("AssumeRoleWithWebIdentity", "WEB2", "2026-11-11T14:00:00Z")),
    };
    _cleanup_rig_ struct rig r;
    rig_init(&r, BASE, NULL, steps, ARRAY_LEN(steps));
    aws_home_write(&r.home, "token", "first.jwt\n");
    aws_home_set(&r.home, "AWS_WEB_IDENTITY_TOKEN_FILE=%s/token", r.home.dir);
    aws_home_set(&r.home, "AWS_ROLE_ARN=arn:aws:iam::1:role/pod");
    aws_home_set(&r.home, "AWS_ROLE_SESSION_NAME=pod-7");
    expect_key(&r, NULL, "WEB1", "role");
    aws_home_write(&r.home, "token", "second.jwt\n");
    r.now_s += 3600 - 300;
    expect_key(&r, NULL, "WEB2", "role");
}

static void does_not_sign_a_web_identity(void **state)
{
    static const struct fake_step steps[] = {
        STEP("content-type: application/x-www-form-urlencoded; charset=utf-8\r\nContent-Length: ",
             STS_KEYS("AssumeRoleWithWebIdentity", "WEB", LATER))};
    _cleanup_rig_ struct rig r;
    char config[512];
    rig_init(&r, NULL, NULL, steps, ARRAY_LEN(steps));
    aws_home_write(&r.home, "token", "jwt");
    snprintf(config, sizeof config,
             "[profile w]\n" ROLE("w") "web_identity_token_file = %s/token\n", r.home.dir);
    aws_home_write(&r.home, ".aws/config", config);
    expect_key(&r, "w", "WEB", "role");
}

static void misses_the_token(void **state)
{
    _cleanup_rig_ struct rig r;
    rig_init(&r, NULL, NULL, NULL, 0);
    aws_home_write(&r.home, "token", "\n");
    aws_home_set(&r.home, "AWS_WEB_IDENTITY_TOKEN_FILE=%s/token", r.home.dir);
    assert_null(keys_of(&r, NULL));
    assert_string_equal(r.err.msg, "AWS_WEB_IDENTITY_TOKEN_FILE is set, AWS_ROLE_ARN is not");
    aws_home_set(&r.home, "AWS_ROLE_ARN=arn:aws:iam::1:role/pod");
    assert_null(keys_of(&r, NULL));
    assert_non_null(strstr(r.err.msg, "/token: empty, expected a token"));
}

/* --- single sign-on ----------------------------------------------------------------------- */

/* The SHA-1 of "corp". */
#define CACHE ".aws/sso/cache/ee0bfd2552fbd840c02cc48b6e823320543c450f.json"
#define SSO_CONFIG                                                                                 \
    "[profile dev]\nsso_session = corp\nsso_account_id = 123456789012\nsso_role_name = Admin Role" \
    "\n[sso-session corp]\nsso_region = eu-central-1\nsso_start_url = "                            \
    "https://corp.example/start\n"
#define SSO_KEYS                                                                                   \
    HTTP("200 OK", "{\"roleCredentials\":{\"accessKeyId\":\"SSO\",\"secretAccessKey\":\"s\","      \
                   "\"sessionToken\":\"t\",\"expiration\":1794402000000}}")

static void write_cache(struct rig *r, const char *until, const char *more)
{
    char text[1024];
    snprintf(text, sizeof text,
             "{\"startUrl\":\"https://corp.example/start\",\"region\":\"eu-central-1\","
             "\"accessToken\":\"bearer\",\"expiresAt\":\"%s\"%s}",
             until, more);
    aws_home_write(&r->home, CACHE, text);
}

static void uses_a_sign_on(void **state)
{
    static const struct fake_step steps[] = {
        STEP("GET /federation/credentials?role_name=Admin%20Role&account_id=123456789012 HTTP/1.1",
             SSO_KEYS),
        STEP("x-amz-sso_bearer_token: bearer\r\n", SSO_KEYS)};
    _cleanup_rig_ struct rig r;
    rig_init(&r, NULL, SSO_CONFIG, steps, ARRAY_LEN(steps));
    write_cache(&r, LATER, "");
    expect_key(&r, "dev", "SSO", "sso");
    assert_int_equal(r.provider.keys.expires, NOW_S + 3600);
    aws_credentials_release(&r.provider.keys);
    write_cache(&r, "2026-11-11T13:00:00UTC", "");
    expect_key(&r, "dev", "SSO", "sso");
}

#define CLIENT                                                                                     \
    ",\"clientId\":\"c\",\"clientSecret\":\"cs\",\"refreshToken\":\"r1\","                         \
    "\"registrationExpiresAt\":\"2027-01-01T00:00:00Z\""

static void renews_a_sign_on(void **state)
{
    static const struct fake_step steps[] = {
        STEP("{\"clientId\":\"c\",\"clientSecret\":\"cs\",\"grantType\":\"refresh_token\","
             "\"refreshToken\":\"r1\"}",
             HTTP("200 OK", "{\"accessToken\":\"bearer2\",\"expiresIn\":3600,\"tokenType\":"
                            "\"Bearer\",\"refreshToken\":\"r2\"}")),
        STEP("x-amz-sso_bearer_token: bearer2\r\n", SSO_KEYS)};
    _cleanup_rig_ struct rig r;
    _cleanup_str_ struct str cache = {0};
    char path[256];
    struct stat st;
    rig_init(&r, NULL, SSO_CONFIG, steps, ARRAY_LEN(steps));
    write_cache(&r, "2026-11-11T11:00:00Z", CLIENT);
    expect_key(&r, "dev", "SSO", "sso");
    snprintf(path, sizeof path, "%s/" CACHE, r.home.dir);
    assert_int_equal(io_read_file(path, 65536, &cache, &r.err), 0);
    assert_string_equal(
        str_c(&cache),
        "{\"startUrl\":\"https://corp.example/start\",\"region\":\"eu-central-1\",\"accessToken\":"
        "\"bearer2\",\"expiresAt\":\"2026-11-11T13:00:00Z\",\"refreshToken\":\"r2\",\"clientId\":"
        "\"c\",\"clientSecret\":\"cs\",\"registrationExpiresAt\":\"2027-01-01T00:00:00Z\"}");
    assert_int_equal(stat(path, &st), 0);
    assert_int_equal(st.st_mode & 0777, 0600);
}

static void asks_to_sign_on(void **state)
{
    static const struct fake_step refused[] = {STEP(
        NULL, HTTP("401 Unauthorized", "{\"message\":\"Session token not found or invalid\"}"))};
    static const struct fake_step invalid[] = {
        STEP(NULL, HTTP("400 Bad Request", "{\"error\":\"invalid_grant\"}"))};
    static const struct {
        const char *until, *more, *msg;
        const struct fake_step *steps;
        size_t count;
    } cases[] = {
        {NULL, "", "AWS profile 'dev': the single sign-on has not been used yet", NULL, 0},
        {"2026-11-11T12:00:00Z", "", "AWS profile 'dev': the single sign-on has expired", NULL, 0},
        {"2026-11-11T12:00:00Z", CLIENT, "AWS profile 'dev': the single sign-on has expired",
         invalid, 1},
        {LATER, "", "AWS profile 'dev': the single sign-on is no longer accepted", refused, 1},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        _cleanup_rig_ struct rig r;
        rig_init(&r, NULL, SSO_CONFIG, cases[i].steps, cases[i].count);
        if (cases[i].until)
            write_cache(&r, cases[i].until, cases[i].more);
        expect_refusal(&r, "dev", ERR_DENIED, cases[i].msg);
        assert_string_equal(r.err.hint, "sign on: aws sso login --profile dev");
    }
}

static void does_not_understand_a_sign_on(void **state)
{
    _cleanup_rig_ struct rig broken, nowhere;
    rig_init(&broken, NULL, SSO_CONFIG, NULL, 0);
    aws_home_write(&broken.home, CACHE, "{\"accessToken\":\"a\\nb\",\"expiresAt\":\"" LATER "\"}");
    assert_null(keys_of(&broken, "dev"));
    assert_non_null(strstr(broken.err.msg, "expected accessToken and expiresAt"));
    rig_init(&nowhere, NULL, "[profile dev]\nsso_session = corp\nsso_account_id = 1\n", NULL, 0);
    expect_refusal(&nowhere, "dev", ERR_INPUT, "AWS profile 'dev': there is no [sso-session corp]");
}

/* --- a program ---------------------------------------------------------------------------- */

static void runs_a_program(void **state)
{
    _cleanup_rig_ struct rig r;
    rig_init(&r, NULL,
             "[profile p]\ncredential_process = printf '{\"Version\":1,\"AccessKeyId\":\"%s\","
             "\"SecretAccessKey\":\"s\",\"Expiration\":\"" LATER "\"}' \"P 1\"\n"
             "[profile bad]\ncredential_process = sh -c 'echo not today >&2; exit 3'\n"
             "[profile open]\ncredential_process = sh 'x\n",
             NULL, 0);
    expect_key(&r, "p", "P 1", "process");
    assert_int_equal(r.provider.keys.expires, NOW_S + 3600);
    static const struct {
        const char *profile, *msg;
        enum err_class class;
    } cases[] = {
        {"bad", "AWS profile 'bad': credential_process: 'sh' exited with 3: not today", ERR_DENIED},
        {"open",
         "AWS profile 'open': credential_process: no command that can be taken apart into words",
         ERR_INPUT},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        aws_provider_release(&r.provider);
        aws_settings_release(&r.settings);
        r.provider = (struct aws_provider){0};
        expect_refusal(&r, cases[i].profile, cases[i].class, cases[i].msg);
    }
}

/* --- container ---------------------------------------------------------------------------- */

static void uses_the_container(void **state)
{
    static const struct fake_step steps[] = {
        STEP("GET /v1/credentials HTTP/1.1\r\n", HTTP("503 Busy", "")),
        STEP("Authorization: pod-token\r\n", JSON_KEYS("POD", LATER))};
    _cleanup_rig_ struct rig r;
    rig_init(&r, NULL, NULL, steps, ARRAY_LEN(steps));
    aws_home_write(&r.home, "token", "pod-token\n");
    aws_home_set(&r.home, "AWS_CONTAINER_CREDENTIALS_FULL_URI=%s/v1/credentials",
                 fake_server_url(r.server));
    aws_home_set(&r.home, "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE=%s/token", r.home.dir);
    expect_key(&r, NULL, "POD", "container");
}

static void is_refused_by_the_container(void **state)
{
    static const struct fake_step steps[] = {
        STEP(NULL, HTTP("404 Not Found", "{\"code\":\"x\",\"message\":\"no association\"}"))};
    _cleanup_rig_ struct rig r, elsewhere, two_lines;
    rig_init(&r, NULL, NULL, steps, ARRAY_LEN(steps));
    aws_home_set(&r.home, "AWS_CONTAINER_CREDENTIALS_FULL_URI=%s/", fake_server_url(r.server));
    expect_refusal(&r, NULL, ERR_DENIED,
                   "the container's credentials answered HTTP status 404: no association");
    rig_init(&elsewhere, NULL, NULL, NULL, 0);
    aws_home_set(&elsewhere.home, "AWS_CONTAINER_CREDENTIALS_FULL_URI=http://evil.example/x");
    expect_refusal(&elsewhere, NULL, ERR_INPUT,
                   "AWS_CONTAINER_CREDENTIALS_FULL_URI leads to 'evil.example'");
    rig_init(&two_lines, NULL, NULL, NULL, 0);
    aws_home_set(&two_lines.home, "AWS_CONTAINER_CREDENTIALS_FULL_URI=%s/",
                 fake_server_url(two_lines.server));
    aws_home_set(&two_lines.home, "AWS_CONTAINER_AUTHORIZATION_TOKEN=a\nHost: b");
    expect_refusal(&two_lines, NULL, ERR_INPUT,
                   "the token for the container's credentials has two lines");
}

/* --- instance ----------------------------------------------------------------------------- */

#define IMDS "/latest/meta-data/iam/security-credentials/"

static void on_an_instance(struct rig *r)
{
    aws_home_set(&r->home, "AWS_EC2_METADATA_DISABLED=false");
    aws_home_set(&r->home, "AWS_EC2_METADATA_SERVICE_ENDPOINT=%s/", fake_server_url(r->server));
}

static void uses_the_instance(void **state)
{
    static const struct fake_step steps[] = {
        STEP("PUT /latest/api/token HTTP/1.1\r\n", HTTP("200 OK", "session==")),
        STEP("GET " IMDS " HTTP/1.1\r\n", HTTP("200 OK", "node role")),
        STEP("X-aws-ec2-metadata-token: session==\r\n", JSON_KEYS("NODE", LATER))};
    _cleanup_rig_ struct rig r;
    rig_init(&r, NULL, NULL, steps, ARRAY_LEN(steps));
    on_an_instance(&r);
    expect_key(&r, NULL, "NODE", "instance");
}

/* An instance whose role cannot be renewed hands out old keys, which AWS still takes. */
static void uses_old_keys_of_the_instance(void **state)
{
    static const struct fake_step steps[] = {
        STEP("X-aws-ec2-metadata-token-ttl-seconds: 21600\r\n", HTTP("200 OK", "s")),
        STEP(NULL, HTTP("200 OK", "node")),
        STEP("GET " IMDS "node HTTP/1.1\r\n", JSON_KEYS("OLD", "2026-11-11T11:00:00Z"))};
    _cleanup_rig_ struct rig r;
    rig_init(&r, NULL, NULL, steps, ARRAY_LEN(steps));
    on_an_instance(&r);
    expect_key(&r, NULL, "OLD", "instance");
    expect_key(&r, NULL, "OLD", "instance");
}

static void finds_no_role_on_the_instance(void **state)
{
    static const struct fake_step none[] = {STEP(NULL, HTTP("200 OK", "s")),
                                            STEP(NULL, HTTP("404 Not Found", ""))};
    static const struct fake_step off[] = {STEP(NULL, HTTP("403 Forbidden", ""))};
    static const struct fake_step broken[] = {
        STEP(NULL, HTTP("200 OK", "s")), STEP(NULL, HTTP("200 OK", "node")),
        STEP(NULL, HTTP("200 OK", "{\"Code\":\"AssumeRoleUnauthorizedAccess\"}"))};
    _cleanup_rig_ struct rig a, b, c;
    rig_init(&a, NULL, NULL, none, ARRAY_LEN(none));
    on_an_instance(&a);
    expect_refusal(&a, NULL, ERR_NOT_FOUND, "no AWS credentials: there is no profile 'default'");
    rig_init(&b, NULL, NULL, off, ARRAY_LEN(off));
    on_an_instance(&b);
    expect_refusal(&b, NULL, ERR_NOT_FOUND, "no AWS credentials: there is no profile 'default'");
    rig_init(&c, NULL, NULL, broken, ARRAY_LEN(broken));
    on_an_instance(&c);
    expect_refusal(&c, NULL, ERR_INPUT,
                   "the instance's credentials: no AccessKeyId and SecretAccessKey in the answer");
}

/* A misspelt profile must not fall back to the account of the machine. */
static void does_not_hide_a_misspelt_profile(void **state)
{
    _cleanup_rig_ struct rig r;
    rig_init(&r, BASE, NULL, NULL, 0);
    on_an_instance(&r);
    expect_refusal(&r, "bsae", ERR_NOT_FOUND, "no AWS credentials: there is no profile 'bsae'");
}

/* --- expiry ------------------------------------------------------------------------------- */

static void keeps_keys_that_cannot_be_renewed_yet(void **state)
{
    static const struct fake_step steps[] = {
        STEP(NULL, STS_KEYS("AssumeRole", "ONE", LATER)),
        STEP(NULL, HTTP("403 Forbidden", "<E><Error><Code>AccessDenied</Code></Error></E>")),
        STEP(NULL, HTTP("403 Forbidden", "<E><Error><Code>AccessDenied</Code></Error></E>"))};
    _cleanup_rig_ struct rig r;
    rig_init(&r, BASE, "[profile ops]\n" ROLE("ops") "source_profile = base\n", steps,
             ARRAY_LEN(steps));
    expect_key(&r, "ops", "ONE", "role");
    r.now_s += 3600 - 200;
    expect_key(&r, "ops", "ONE", "role");
    /* Not asked again within a minute. */
    r.now_s += 30;
    expect_key(&r, "ops", "ONE", "role");
    r.now_s += 3600;
    assert_null(keys_of(&r, "ops"));
    assert_int_equal(r.err.class, ERR_DENIED);
}

/* Keys that live for two minutes are not renewed before each call. */
static void renews_short_lived_keys_in_time(void **state)
{
    static const struct fake_step steps[] = {
        STEP(NULL, STS_KEYS("AssumeRole", "ONE", "2026-11-11T12:02:00Z")),
        STEP(NULL, STS_KEYS("AssumeRole", "TWO", "2026-11-11T12:04:00Z"))};
    _cleanup_rig_ struct rig r;
    rig_init(&r, BASE, "[profile ops]\n" ROLE("ops") "source_profile = base\n", steps,
             ARRAY_LEN(steps));
    expect_key(&r, "ops", "ONE", "role");
    r.now_s += 80;
    expect_key(&r, "ops", "ONE", "role");
    r.now_s += 20;
    expect_key(&r, "ops", "TWO", "role");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(assumes_a_role),
        cmocka_unit_test(signs_for_the_region_of_the_role),
        cmocka_unit_test(assumes_one_role_with_another),
        cmocka_unit_test(assumes_a_role_with_its_own_keys),
        cmocka_unit_test(assumes_a_role_with_keys_of_the_environment),
        cmocka_unit_test(names_what_is_wrong_with_a_role),
        cmocka_unit_test(says_that_a_role_may_not_be_assumed),
        cmocka_unit_test(uses_a_service_account),
        cmocka_unit_test(does_not_sign_a_web_identity),
        cmocka_unit_test(misses_the_token),
        cmocka_unit_test(uses_a_sign_on),
        cmocka_unit_test(renews_a_sign_on),
        cmocka_unit_test(asks_to_sign_on),
        cmocka_unit_test(does_not_understand_a_sign_on),
        cmocka_unit_test(runs_a_program),
        cmocka_unit_test(uses_the_container),
        cmocka_unit_test(is_refused_by_the_container),
        cmocka_unit_test(uses_the_instance),
        cmocka_unit_test(uses_old_keys_of_the_instance),
        cmocka_unit_test(finds_no_role_on_the_instance),
        cmocka_unit_test(does_not_hide_a_misspelt_profile),
        cmocka_unit_test(keeps_keys_that_cannot_be_renewed_yet),
        cmocka_unit_test(renews_short_lived_keys_in_time),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
