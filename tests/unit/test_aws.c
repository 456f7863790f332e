#include "aws/eks.h"
#include "aws/profile.h"
#include "aws/sigv4.h"
#include "base/proc.h"
#include "net/http.h"
#include "net/retry.h"

#include <openssl/evp.h>

#include "aws_home.h"
#include "unit.h"

/* The keys and the time of the signer's published test suite. */
static struct aws_credentials suite_keys(void)
{
    return (struct aws_credentials){.access_key = (char *)"AKIDEXAMPLE",
                                    .secret_key =
                                        (char *)"wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"};
}
static const struct aws_scope suite_scope = {"us-east-1", "service", 1440938160};
static const struct aws_header suite_host = {"Host", "example.amazonaws.com"};

static const char *signature_of(const struct aws_request *r, const struct aws_scope *scope,
                                struct str *out)
{
    struct aws_credentials keys = suite_keys();
    struct err err = {0};
    char date[AWS_DATE_MAX];
    str_init(out, 0);
    assert_int_equal(aws_sign(r, &keys, scope, date, out, &err), 0);
    const char *mark = strstr(str_c(out), "Signature=");
    assert_non_null(mark);
    return mark + strlen("Signature=");
}

struct vector {
    const char *name, *how, *method, *path, *query, *headers, *body, *token, *signature;
};

/* Cuts a line at its tabs; "-" becomes NULL. */
static void vector_parse(char *line, struct vector *v)
{
    const char **fields[] = {&v->name,    &v->how,  &v->method, &v->path,     &v->query,
                             &v->headers, &v->body, &v->token,  &v->signature};
    for (size_t i = 0; i < ARRAY_LEN(fields); i++) {
        char *field = strsep(&line, "\t");
        assert_non_null(field);
        *fields[i] = strcmp(field, "-") == 0 ? NULL : field;
    }
    assert_null(line);
}

/* "Name=value|Name=value" behind the host. */
static size_t vector_headers(char *text, struct aws_header out[static 8])
{
    size_t n = 0;
    out[n++] = suite_host;
    while (text) {
        char *value = strsep(&text, "|");
        const char *name = strsep(&value, "=");
        out[n++] = (struct aws_header){name, value};
    }
    return n;
}

static void check_vector(const struct vector *v)
{
    struct aws_header headers[8];
    struct aws_credentials keys = suite_keys();
    _cleanup_free_ char *header_text = v->headers ? strdup(v->headers) : NULL;
    _cleanup_str_ struct str out = {0};
    char date[AWS_DATE_MAX];
    struct err err = {0};
    const struct aws_request r = {.method = v->method,
                                  .path = v->path,
                                  .query = v->query,
                                  .headers = headers,
                                  .header_count = vector_headers(header_text, headers),
                                  .body = sv_of(v->body),
                                  .plain_path = strcmp(v->how, "plain") == 0};
    keys.session_token = (char *)v->token;
    int result = strcmp(v->how, "query") == 0
                     ? aws_presign(&r, &keys, &suite_scope, 3600, &out, &err)
                     : aws_sign(&r, &keys, &suite_scope, date, &out, &err);
    assert_int_equal(result, 0);
    const char *mark = strstr(str_c(&out), "Signature=");
    if (!mark || strcmp(mark + strlen("Signature="), v->signature) != 0)
        fail_msg("%s, %s: %s", v->name, v->how, str_c(&out));
}

static void signs_as_the_published_suite(void **state)
{
    _cleanup_fclose_ FILE *f = fopen(AWS_DATA "/sigv4.tsv", "r");
    _cleanup_free_ char *line = NULL;
    size_t size = 0, count = 0;
    assert_non_null(f);
    while (getline(&line, &size, f) > 0) {
        struct vector v;
        line[strcspn(line, "\n")] = '\0';
        if (line[0] == '#')
            continue;
        vector_parse(line, &v);
        check_vector(&v);
        count++;
    }
    assert_true(count > 30);
}

/* The worked example of the IAM user guide. */
static void signs_the_worked_example(void **state)
{
    const struct aws_header headers[] = {
        {"Content-Type", "application/x-www-form-urlencoded; charset=utf-8"},
        {"Host", "iam.amazonaws.com"}};
    const struct aws_request r = {.method = "GET",
                                  .path = "/",
                                  .query = "Action=ListUsers&Version=2010-05-08",
                                  .headers = headers,
                                  .header_count = 2};
    const struct aws_scope scope = {"us-east-1", "iam", 1440938160};
    _cleanup_str_ struct str out = {0};
    assert_string_equal(signature_of(&r, &scope, &out),
                        "5d672d79c15b13162d9279b0855cfba6789a8edb4c82c400e06b5924a6f2b5d7");
    assert_non_null(strstr(str_c(&out),
                           "Credential=AKIDEXAMPLE/20150830/us-east-1/iam/aws4_request, "
                           "SignedHeaders=content-type;host;x-amz-date, "));
}

/* --- against botocore --------------------------------------------------------------------- */

#define CASES 200

/* Reads lines "kind\tmethod\tpath\tquery\tvalue\tbody\ttoken\ttime" and answers with what botocore
 * makes of them. Exit 77: it is not installed. */
static const char botocore_script[] =
    "import sys, datetime\n"
    "try:\n"
    "    import botocore.auth, botocore.awsrequest, botocore.credentials\n"
    "except ImportError:\n"
    "    sys.exit(77)\n"
    "class Fixed(datetime.datetime):\n"
    "    now_ = None\n"
    "    @classmethod\n"
    "    def utcnow(cls): return cls.now_\n"
    "    @classmethod\n"
    "    def now(cls, tz=None): return cls.now_\n"
    "botocore.auth.datetime.datetime = Fixed\n"
    "if hasattr(botocore.auth, 'get_current_datetime'):\n"
    "    botocore.auth.get_current_datetime = lambda *a, **k: Fixed.now_\n"
    "for line in sys.stdin.read().splitlines():\n"
    "    kind, method, path, query, value, body, token, at = line.split('\\t')\n"
    "    Fixed.now_ = datetime.datetime.utcfromtimestamp(int(at))\n"
    "    keys = botocore.credentials.Credentials('AKIDEXAMPLE',\n"
    "        'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY', token or None)\n"
    "    url = 'https://api.example.com' + path + ('?' + query if query else '')\n"
    "    request = botocore.awsrequest.AWSRequest(method=method, url=url, data=body.encode(),\n"
    "        headers={'Host': 'api.example.com', 'X-Value': value})\n"
    "    if kind == 'sign':\n"
    "        botocore.auth.SigV4Auth(keys, 'service', 'eu-west-1').add_auth(request)\n"
    "        print(request.headers['Authorization'].split('Signature=')[1])\n"
    "    else:\n"
    "        botocore.auth.SigV4QueryAuth(keys, 'service', 'eu-west-1', 60).add_auth(request)\n"
    "        print(request.url.split('X-Amz-Signature=')[1])\n";

struct sample {
    bool presign;
    char method[8], path[64], query[128], value[32], body[64], token[16];
    int64_t now;
};

static void random_text(struct retry_rng *rng, const char *alphabet, size_t max, char *out)
{
    size_t n = retry_random_upto(rng, max);
    for (size_t i = 0; i < n; i++)
        out[i] = alphabet[retry_random_upto(rng, strlen(alphabet) - 1)];
    out[n] = '\0';
}

static void random_query(struct retry_rng *rng, char *out)
{
    size_t n = retry_random_upto(rng, 4);
    size_t len = 0;
    for (size_t i = 0; i < n; i++) {
        char raw[12];
        random_text(rng, "abAB01:/=+ ~*", 10, raw);
        _cleanup_str_ struct str value = {0};
        str_init(&value, 0);
        http_escape(&value, sv_of(raw), "");
        len +=
            (size_t)sprintf(out + len, "%sp%u=%s", i ? "&" : "",
                            (unsigned)retry_random_upto(rng, 9) + (unsigned)i * 10, str_c(&value));
    }
    out[len] = '\0';
}

static void random_sample(struct retry_rng *rng, struct sample *s)
{
    s->presign = retry_random_upto(rng, 1);
    strcpy(s->method, s->presign || retry_random_upto(rng, 1) ? "GET" : "POST");
    s->path[0] = '/';
    random_text(rng, "abcXYZ019-_.~/", 40, s->path + 1);
    random_query(rng, s->query);
    s->value[0] = 'v';
    random_text(rng, "ab  ,;\"=", 20, s->value + 1);
    s->body[0] = '\0';
    if (s->method[0] == 'P')
        random_text(rng, "{}\":,ab01", 60, s->body);
    strcpy(s->token, retry_random_upto(rng, 1) ? "Tok/en+1==" : "");
    s->now = 1700000000 + (int64_t)retry_random_upto(rng, 100000000);
}

static void our_signature(const struct sample *s, char out[static 65])
{
    struct aws_credentials keys = suite_keys();
    struct err err = {0};
    keys.session_token = s->token[0] ? (char *)s->token : NULL;
    const struct aws_header headers[] = {{"Host", "api.example.com"}, {"X-Value", s->value}};
    const struct aws_scope scope = {"eu-west-1", "service", s->now};
    const struct aws_request r = {.method = s->method,
                                  .path = s->path,
                                  .query = s->query[0] ? s->query : NULL,
                                  .headers = headers,
                                  .header_count = 2,
                                  .body = sv_of(s->body)};
    _cleanup_str_ struct str text = {0};
    char date[AWS_DATE_MAX];
    str_init(&text, 0);
    if (s->presign)
        assert_int_equal(aws_presign(&r, &keys, &scope, 60, &text, &err), 0);
    else
        assert_int_equal(aws_sign(&r, &keys, &scope, date, &text, &err), 0);
    snprintf(out, 65, "%s", strstr(str_c(&text), "Signature=") + strlen("Signature="));
}

static void signs_as_botocore(void **state)
{
    static struct sample samples[CASES];
    struct retry_rng rng = {20261123};
    _cleanup_str_ struct str input = {0};
    str_init(&input, 0);
    for (size_t i = 0; i < CASES; i++) {
        struct sample *s = &samples[i];
        random_sample(&rng, s);
        str_addf(&input, "%s\t%s\t%s\t%s\t%s\t%s\t%s\t%lld\n", s->presign ? "presign" : "sign",
                 s->method, s->path, s->query, s->value, s->body, s->token, (long long)s->now);
    }
    const char *const argv[] = {"python3", "-c", botocore_script, NULL};
    const struct proc_spec spec = {.argv = argv, .input = str_sv(&input), .timeout_ms = 60000};
    _cleanup_proc_ struct proc_result r = {0};
    struct err err = {0};
    if (proc_run(&spec, &r, &err) || r.exit_code == 77)
        skip();
    if (r.exit_code)
        fail_msg("%s", str_c(&r.err));
    struct sv lines = str_sv(&r.out);
    for (size_t i = 0; i < CASES; i++) {
        char ours[65];
        our_signature(&samples[i], ours);
        if (!sv_is(sv_split(&lines, '\n'), ours))
            fail_msg("case %zu: %s %s?%s value '%s'", i, samples[i].method, samples[i].path,
                     samples[i].query, samples[i].value);
    }
}

/* --- EKS ---------------------------------------------------------------------------------- */

static void eks_token_is_a_presigned_call(void **state)
{
    struct aws_credentials keys = suite_keys();
    struct err err = {0};
    _cleanup_str_ struct str token = {0};
    str_init(&token, 0);
    assert_int_equal(aws_eks_token("shop", "eu-west-1", false, &keys, 1440938160, &token, &err), 0);
    struct sv text = str_sv(&token);
    assert_true(sv_starts(text, "k8s-aws-v1."));
    assert_null(strpbrk(text.ptr, "=+/"));

    char padded[4096];
    unsigned char url[4096];
    size_t n = 0;
    for (const char *p = text.ptr + strlen("k8s-aws-v1."); *p; p++)
        padded[n++] = (char)(*p == '-' ? '+' : *p == '_' ? '/' : *p);
    while (n % 4)
        padded[n++] = '=';
    int len = EVP_DecodeBlock(url, (unsigned char *)padded, (int)n);
    assert_true(len > 0);
    url[len] = '\0';
    const char *start =
        "https://sts.eu-west-1.amazonaws.com/?Action=GetCallerIdentity&Version=2011-06-15&"
        "X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=AKIDEXAMPLE%2F20150830%2F"
        "eu-west-1%2Fsts%2Faws4_request&X-Amz-Date=20150830T123600Z&X-Amz-Expires=60&"
        "X-Amz-SignedHeaders=host%3Bx-k8s-aws-id&X-Amz-Signature=";
    assert_memory_equal(url, start, strlen(start));
}

static void eks_refuses_a_region_that_is_none(void **state)
{
    struct aws_credentials keys = suite_keys();
    struct err err = {0};
    _cleanup_str_ struct str token = {0};
    str_init(&token, 0);
    assert_int_equal(aws_eks_token("c", "evil.example/", false, &keys, 0, &token, &err), -1);
    assert_string_equal(err.msg, "'evil.example/' is no AWS region");
}

static void sts_hosts_by_partition(void **state)
{
    static const struct {
        const char *region;
        bool fips;
        const char *host;
    } cases[] = {
        {"us-east-1", false, "sts.us-east-1.amazonaws.com"},
        {"us-east-1", true, "sts-fips.us-east-1.amazonaws.com"},
        {"us-gov-west-1", true, "sts.us-gov-west-1.amazonaws.com"},
        {"cn-north-1", false, "sts.cn-north-1.amazonaws.com.cn"},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        _cleanup_str_ struct str host = {0};
        str_init(&host, 0);
        aws_sts_host(cases[i].region, cases[i].fips, &host);
        assert_string_equal(str_c(&host), cases[i].host);
    }
}

static void understands_login_commands(void **state)
{
    const char *const update[] = {"--region", "eu-west-1", "eks",  "get-token", "--cluster-name",
                                  "shop",     "--output",  "json", NULL};
    const char *const equals[] = {"eks", "get-token", "--cluster-name=shop", "--profile=dev", NULL};
    const char *const role[] = {"eks", "get-token", "--cluster-name", "shop", "--role-arn",
                                "arn", NULL};
    const char *const outpost[] = {"eks", "get-token", "--cluster-id", "1", NULL};
    const char *const cut[] = {"eks", "get-token", "--cluster-name", NULL};
    const char *const other[] = {"eks", "list-clusters", NULL};
    const char *const iam[] = {"token", "-i", "shop", NULL};
    struct aws_eks_login login;
    assert_true(aws_eks_login_parse("aws", update, &login));
    assert_string_equal(login.cluster, "shop");
    assert_string_equal(login.region, "eu-west-1");
    assert_null(login.profile);
    assert_true(aws_eks_login_parse("/usr/local/bin/aws", equals, &login));
    assert_string_equal(login.profile, "dev");
    assert_true(aws_eks_login_parse("aws-iam-authenticator", iam, &login));
    assert_false(aws_eks_login_parse("aws", role, &login));
    assert_false(aws_eks_login_parse("aws", outpost, &login));
    assert_false(aws_eks_login_parse("aws", cut, &login));
    assert_false(aws_eks_login_parse("aws", other, &login));
    assert_false(aws_eks_login_parse("gcloud", update, &login));
    assert_false(aws_eks_login_parse("aws", NULL, &login));
}

/* --- credentials -------------------------------------------------------------------------- */

static void keys_from_the_environment_go_first(void **state)
{
    _cleanup_aws_home_ struct aws_home h;
    aws_home_init(&h, "[default]\naws_access_key_id = F\naws_secret_access_key = f\n", NULL);
    aws_home_set(&h, "AWS_ACCESS_KEY_ID=E");
    aws_home_set(&h, "AWS_SECRET_ACCESS_KEY=e");
    aws_home_set(&h, "AWS_SESSION_TOKEN=t");
    _cleanup_aws_credentials_ struct aws_credentials keys = {0};
    struct err err = {0};
    assert_int_equal(aws_credentials_load(&h.env, NULL, &keys, &err), 0);
    assert_string_equal(keys.access_key, "E");
    assert_string_equal(keys.session_token, "t");
    aws_credentials_release(&keys);
    /* A profile named on the command goes before them. */
    assert_int_equal(aws_credentials_load(&h.env, "default", &keys, &err), 0);
    assert_string_equal(keys.access_key, "F");
    assert_null(keys.session_token);
}

static void keys_from_profiles(void **state)
{
    _cleanup_aws_home_ struct aws_home h;
    aws_home_init(&h,
                  "# mine\n[default]\naws_access_key_id=D\naws_secret_access_key=d/+=\n"
                  "[team one]\nAWS_Access_Key_Id = T ; old\naws_secret_access_key = t\n",
                  "[default]\nregion = eu-west-1\n[profile dev]\ns3 =\n  region = nested\n"
                  "aws_access_key_id = C\naws_secret_access_key = c\nregion = eu-north-1 # cold\n"
                  "[dev]\nregion = not-this\n");
    struct err err = {0};
    static const struct {
        const char *profile, *access;
    } cases[] = {{NULL, "D"}, {"team one", "T"}, {"dev", "C"}};
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        _cleanup_aws_credentials_ struct aws_credentials keys = {0};
        assert_int_equal(aws_credentials_load(&h.env, cases[i].profile, &keys, &err), 0);
        assert_string_equal(keys.access_key, cases[i].access);
    }
    _cleanup_str_ struct str region = {0};
    str_init(&region, 0);
    assert_true(aws_region_find(&h.env, "dev", &region));
    assert_string_equal(str_c(&region), "eu-north-1");
}

/* The usual way to say that there is no such file. */
static void files_that_are_switched_off(void **state)
{
    _cleanup_aws_home_ struct aws_home h;
    _cleanup_aws_credentials_ struct aws_credentials keys = {0};
    struct err err = {0};
    aws_home_init(&h, NULL, NULL);
    aws_home_set(&h, "AWS_CONFIG_FILE=/dev/null");
    aws_home_set(&h, "AWS_SHARED_CREDENTIALS_FILE=/dev/null");
    aws_home_set(&h, "AWS_ACCESS_KEY_ID=E");
    aws_home_set(&h, "AWS_SECRET_ACCESS_KEY=e");
    assert_int_equal(aws_credentials_load(&h.env, NULL, &keys, &err), 0);
    assert_string_equal(keys.access_key, "E");
}

static void says_which_credentials_it_cannot_use(void **state)
{
    _cleanup_aws_home_ struct aws_home h;
    aws_home_init(&h, "[half]\naws_access_key_id = H\n",
                  "[profile role]\nrole_arn = arn:aws:iam::1:role/x\nsource_profile = gone\n");
    static const struct {
        const char *profile, *msg;
        enum err_class class;
    } cases[] = {
        {"role", "AWS profile 'role': there is no profile 'gone' (its source_profile)",
         ERR_NOT_FOUND},
        {"half", "AWS profile 'half' has no aws_secret_access_key", ERR_INPUT},
        {"none", "no AWS credentials: there is no profile 'none'", ERR_NOT_FOUND},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct err err = {0};
        struct aws_credentials keys;
        assert_int_equal(aws_credentials_load(&h.env, cases[i].profile, &keys, &err), -1);
        assert_string_equal(err.msg, cases[i].msg);
        assert_int_equal(err.class, cases[i].class);
    }
}

static void ini_names_the_line(void **state)
{
    struct aws_profile p = {0};
    struct err err = {0};
    assert_int_equal(aws_profile_add(&p, "x", "cred", SV("[x]\n\nsecret"), false, &err), -1);
    assert_string_equal(err.msg, "cred:3: expected [section] or key = value");
    assert_int_equal(aws_profile_add(&p, "x", "cred", SV("[x"), false, &err), -1);
    assert_string_equal(err.msg, "cred:1: section without a closing ']'");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(signs_as_the_published_suite),
        cmocka_unit_test(signs_the_worked_example),
        cmocka_unit_test(signs_as_botocore),
        cmocka_unit_test(eks_token_is_a_presigned_call),
        cmocka_unit_test(eks_refuses_a_region_that_is_none),
        cmocka_unit_test(sts_hosts_by_partition),
        cmocka_unit_test(understands_login_commands),
        cmocka_unit_test(keys_from_the_environment_go_first),
        cmocka_unit_test(keys_from_profiles),
        cmocka_unit_test(files_that_are_switched_off),
        cmocka_unit_test(says_which_credentials_it_cannot_use),
        cmocka_unit_test(ini_names_the_line),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
