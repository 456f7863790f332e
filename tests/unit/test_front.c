#include "base/io.h"
#include "pocket/front/faults.h"
#include "pocket/front/files.h"
#include "pocket/front/log.h"
#include "pocket/front/session.h"

#include <sys/stat.h>

#include "unit.h"

static void reads_faults(void **state)
{
    struct faults f = {0};
    struct err err = {0};
    assert_int_equal(faults_parse(&f, SV("api-5xx=0.25,watch-cut=1m30s"), &err), 0);
    assert_true(f.api_5xx == 0.25);
    assert_int_equal(f.watch_cut_ms, 90000);
    assert_int_equal(faults_parse(&f, SV("api-5xx=1"), &err), 0);
    assert_true(f.api_5xx == 1.0);
    assert_int_equal(f.watch_cut_ms, 90000);
}

static void says_what_a_fault_must_be(void **state)
{
    static const struct {
        const char *text, *says;
    } cases[] = {
        {"", "NAME=VALUE is expected"},
        {"api-5xx", "NAME=VALUE is expected"},
        {"api-5xx=1.5", "a share from 0 to 1 is expected"},
        {"api-5xx=", "a share from 0 to 1 is expected"},
        {"api-5xx=-1", "a share from 0 to 1 is expected"},
        {"api-5xx=0.1e3", "a share from 0 to 1 is expected"},
        {"watch-cut=0", "a time such as 30s"},
        {"api-5xx=0.1,,", "NAME=VALUE is expected"},
        {"typo=1", "unknown fault 'typo'"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct faults f = {0};
        struct err err = {0};
        assert_int_equal(faults_parse(&f, sv_of(cases[i].text), &err), -1);
        assert_int_equal(err.class, ERR_USAGE);
        if (!strstr(err.msg, cases[i].says))
            fail_msg("'%s' says: %s", cases[i].text, err.msg);
    }
}

static void hits_as_often_as_it_was_told(void **state)
{
    struct faults f = {0}, again = {0};
    unsigned hits = 0;
    faults_seed(&f, 7);
    faults_seed(&again, 7);
    for (int i = 0; i < 10000; i++) {
        bool hit = faults_hit(&f, 0.1);
        hits += hit;
        assert_true(hit == faults_hit(&again, 0.1));
        assert_false(faults_hit(&f, 0));
        assert_true(faults_hit(&f, 1) && faults_hit(&again, 1));
    }
    assert_in_range(hits, 900, 1100);
}

static const struct front_access access_example = {
    .cluster = "pocket",
    .server = "https://127.0.0.1:1",
    .ca = SV("PEM"),
    .token = SV("t0ken"),
    .aws = "http://127.0.0.1:2",
    .region = "eu-west-1",
    .key_id = "AKIA",
    .secret = "it's",
};

static void quotes_the_environment(void **state)
{
    _cleanup_str_ struct str out = {0};
    front_environment(&access_example, "/a b/kubeconfig", &out);
    assert_string_equal(str_c(&out), "export KUBECONFIG='/a b/kubeconfig'\n"
                                     "export AWS_ENDPOINT_URL='http://127.0.0.1:2'\n"
                                     "export AWS_ACCESS_KEY_ID='AKIA'\n"
                                     "export AWS_SECRET_ACCESS_KEY='it'\\''s'\n"
                                     "export AWS_REGION='eu-west-1'\n"
                                     "export AWS_DEFAULT_REGION='eu-west-1'\n"
                                     "unset AWS_PROFILE AWS_SESSION_TOKEN\n");
}

static void names_the_load_balancers(void **state)
{
    const struct front_port ports[] = {{"games/match-gateway", "http://127.0.0.1:3"},
                                       {"front", "http://127.0.0.1:4"}};
    const struct front_access access = {
        .ports = ports, .port_count = 2, .stats = "http://127.0.0.1:5/"};
    _cleanup_str_ struct str out = {0};
    front_environment(&access, "k", &out);
    assert_true(sv_has(str_sv(&out), "export TOBAN_LB_GAMES_MATCH_GATEWAY='http://127.0.0.1:3'\n"));
    assert_true(sv_has(str_sv(&out), "export TOBAN_LB_FRONT='http://127.0.0.1:4'\n"));
    assert_true(sv_has(str_sv(&out), "export TOBAN_LB_STATS='http://127.0.0.1:5/'\n"));
}

static void writes_files_for_the_owner_only(void **state)
{
    char folder[] = "/tmp/toban-front-XXXXXX", dir[64], path[96];
    struct err err = {0};
    struct stat st;
    _cleanup_str_ struct str text = {0};
    assert_non_null(mkdtemp(folder));
    snprintf(dir, sizeof dir, "%s/new", folder);
    assert_int_equal(front_write(&access_example, dir, &err), 0);
    snprintf(path, sizeof path, "%s/kubeconfig", dir);
    assert_int_equal(stat(path, &st), 0);
    assert_int_equal(st.st_mode & 0777, 0600);
    assert_int_equal(io_read_file(path, 10000, &text, &err), 0);
    assert_true(sv_has(str_sv(&text), "certificate-authority-data: UEVN\n"));
    assert_true(sv_has(str_sv(&text), "token: t0ken\n"));
    unlink(path);
    snprintf(path, sizeof path, "%s/env", dir);
    assert_int_equal(unlink(path), 0);
    rmdir(dir);
    rmdir(folder);
    assert_int_equal(front_write(&access_example, "/proc/nowhere", &err), -1);
}

#define POD                                                                                        \
    "{\"metadata\":{\"name\":\"cart-1\"},\"spec\":{\"containers\":[{\"name\":\"app\",\"image\":"   \
    "\"cart:1\"}]},\"status\":{\"startTime\":\"2026-01-01T00:00:00Z\"}}"

static void logs_say_how_long_a_pod_is_up(void **state)
{
    static const struct {
        const char *query;
        int64_t after; /* seconds since the start */
        const char *log;
    } cases[] = {
        {"", -1, ""},
        {"", 0, "cart-1: started with cart:1\n"},
        {NULL, 121, "cart-1: started with cart:1\ncart-1: up for 1 min\ncart-1: up for 2 min\n"},
        {"follow=false&tailLines=1", 121, "cart-1: up for 2 min\n"},
        {"tailLines=0", 121, ""},
        {"timestamps=true&tailLines=1", 121, "2026-01-01T00:02:00Z cart-1: up for 2 min\n"},
        {"timestamps=True&tailLines=1", 121, "2026-01-01T00:02:00Z cart-1: up for 2 min\n"},
        {"limitBytes=6", 121, "cart-1"},
    };
    const int64_t start = 1767225600;
    struct doc_file pod = {0};
    struct err err = {0};
    assert_int_equal(doc_parse_json(&pod, "pod", SV(POD), NULL, &err), 0);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        _cleanup_str_ struct str out = {0};
        front_log(pod.parts[0].root, SV("app"), sv_of(cases[i].query), start + cases[i].after,
                  &out);
        assert_string_equal(str_c(&out), cases[i].log);
    }
    _cleanup_str_ struct str year = {0};
    front_log(pod.parts[0].root, SV("app"), SV_NONE, start + 31536000, &year);
    assert_true(sv_ends(str_sv(&year), "up for 525600 min\n"));
    assert_true(year.len < (size_t)FRONT_LOG_LINES_MAX * 32);
    doc_release(&pod);
}

static void commands_have_answers(void **state)
{
    static const struct {
        const char *argv[3];
        const char *out, *err;
        int code;
    } cases[] = {
        {{"true"}, "", "", 0},
        {{"false"}, "", "", 1},
        {{"hostname"}, "cart-1\n", "", 0},
        {{"echo", "a", "b c"}, "a b c\n", "", 0},
        {{"sh"}, "", "sh: not found", 127},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        _cleanup_str_ struct str out = {0}, err = {0};
        struct sv argv[3];
        size_t argc = 0;
        while (argc < 3 && cases[i].argv[argc]) {
            argv[argc] = sv_of(cases[i].argv[argc]);
            argc++;
        }
        assert_int_equal(front_session_answer(SV("cart-1"), argv, argc, &out, &err), cases[i].code);
        assert_string_equal(str_c(&out), cases[i].out);
        assert_true(sv_starts(str_sv(&err), cases[i].err));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_faults),
        cmocka_unit_test(says_what_a_fault_must_be),
        cmocka_unit_test(hits_as_often_as_it_was_told),
        cmocka_unit_test(quotes_the_environment),
        cmocka_unit_test(names_the_load_balancers),
        cmocka_unit_test(writes_files_for_the_owner_only),
        cmocka_unit_test(logs_say_how_long_a_pod_is_up),
        cmocka_unit_test(commands_have_answers),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
