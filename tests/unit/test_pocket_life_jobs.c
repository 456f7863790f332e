/* Jobs that end, and CronJobs that make them. The clusters begin on 2023-11-14 at 22:13:20 UTC; a
 * program runs for ten seconds. */
#include "life_rig.h"
#include "pocket/life/json.h"

#include <stdio.h>

/* Since 1970, of 22:14. */
#define FIRST_MINUTE 28333334

#define JOB(fields)                                                                                \
    "{\"apiVersion\":\"batch/v1\",\"kind\":\"Job\",\"metadata\":{\"name\":\"load\","               \
    "\"namespace\":\"shop\",\"uid\":\"u3\"},\"spec\":{" fields "\"template\":{\"spec\":{"          \
    "\"restartPolicy\":\"Never\",\"containers\":[{\"name\":\"c\",\"image\":\"x\"}]}}}}"

static struct life_name job_name(void)
{
    return life_rig_name("batch/v1", "Job", "load");
}

static void a_job_goes_after_its_time(void **state)
{
    struct scene sc;
    (void)state;
    life_rig_start(&sc, 1);
    life_rig_put(&sc, job_name(), JOB("\"ttlSecondsAfterFinished\":100,"));
    unsigned waited = 0;
    while (!life_rig_text(&sc, job_name(), "status", "completionTime").ptr && waited++ < 300)
        life_rig_later(&sc, 1);
    life_rig_later(&sc, 98);
    assert_int_equal(life_rig_count(&sc, "Job"), 1);
    assert_int_equal(life_rig_count(&sc, "Pod"), 1);
    life_rig_later(&sc, 3);
    assert_int_equal(life_rig_count(&sc, "Job"), 0);
    assert_int_equal(life_rig_count(&sc, "Pod"), 0);
    life_rig_check(&sc);
    life_rig_end(&sc);
}

static void a_job_goes_at_once_when_told_late(void **state)
{
    struct scene sc;
    (void)state;
    life_rig_start(&sc, 1);
    life_rig_put(&sc, job_name(), JOB(""));
    life_rig_later(&sc, 3600);
    struct life_name n = job_name();
    struct life_edit edit = {"spec", "ttlSecondsAfterFinished", SV("0")};
    _cleanup_str_ struct str out;
    str_init(&out, 0);
    life_json_edit(&out, life_rig_get(&sc.shelf, &n), &edit, 1, &sc.scratch);
    life_rig_put(&sc, n, str_c(&out));
    life_rig_later(&sc, 1);
    assert_int_equal(life_rig_count(&sc, "Job"), 0);
    life_rig_end(&sc);
}

static void without_a_time_and_before_1_21_jobs_stay(void **state)
{
    (void)state;
    for (unsigned old = 0; old < 2; old++) {
        struct scene sc;
        life_rig_start_at(&sc, 1, old ? 20 : 30);
        life_rig_put(&sc, job_name(), old ? JOB("\"ttlSecondsAfterFinished\":1,") : JOB(""));
        life_rig_later(&sc, 7200);
        assert_int_equal(life_rig_count(&sc, "Job"), 1);
        life_rig_end(&sc);
    }
}

/* From 1.25 on a pod that somebody deletes has failed. */
static void a_job_gives_up(void **state)
{
    (void)state;
    for (unsigned old = 0; old < 2; old++) {
        struct scene sc;
        life_rig_start_at(&sc, 1, old ? 24 : 30);
        life_rig_put(&sc, job_name(), JOB("\"backoffLimit\":1,\"ttlSecondsAfterFinished\":1000,"));
        for (unsigned i = 0; i < 2; i++) {
            while (!life_rig_count_with(&sc, "Pod", "\"phase\":\"Pending\""))
                life_rig_later(&sc, 1);
            vec_foreach(k, &sc.shelf.items)
                if (sv_is(k->name.kind, "Pod")) {
                    pocket_life_delete_pod(sc.life, SV("shop"), sv_of(k->key + strlen("Pod/shop/")),
                                           0);
                    break;
                }
        }
        life_rig_later(&sc, 300);
        struct life_name n = job_name();
        assert_non_null(strstr(life_rig_get(&sc.shelf, &n).ptr,
                               old ? "\"type\":\"Complete\"" : "\"BackoffLimitExceeded\""));
        assert_int_equal(life_rig_number(&sc, n, "status", "failed"), old ? 0 : 2);
        life_rig_later(&sc, 1000);
        assert_int_equal(life_rig_count(&sc, "Job"), 0);
        life_rig_end(&sc);
    }
}

/* What was written when it ended stays so. */
static void the_end_of_a_job_is_told_once(void **state)
{
    struct scene sc;
    (void)state;
    life_rig_start(&sc, 1);
    life_rig_put(&sc, job_name(), JOB(""));
    life_rig_later(&sc, 600);
    struct life_name n = job_name();
    char *before = strdup(life_rig_get(&sc.shelf, &n).ptr);
    assert_non_null(strstr(before, "\"type\":\"Complete\",\"status\":\"True\""));
    life_rig_later(&sc, 600);
    life_rig_put(&sc, n, before);
    life_rig_later(&sc, 600);
    assert_string_equal(life_rig_get(&sc.shelf, &n).ptr, before);
    free(before);
    life_rig_end(&sc);
}

/* ---- CronJobs ---- */

#define CRON(schedule, fields)                                                                     \
    "{\"apiVersion\":\"batch/v1\",\"kind\":\"CronJob\",\"metadata\":{\"name\":\"tidy\","           \
    "\"namespace\":\"shop\",\"uid\":\"u9\",\"creationTimestamp\":\"2023-11-14T22:13:20Z\"},"       \
    "\"spec\":{\"schedule\":\"" schedule "\"," fields "\"jobTemplate\":{\"metadata\":{"            \
    "\"labels\":{\"team\":\"shop\"}},\"spec\":{\"template\":{\"metadata\":{\"labels\":{\"app\":"   \
    "\"tidy\"}},\"spec\":{\"restartPolicy\":\"Never\",\"containers\":[{\"name\":\"c\","            \
    "\"image\":\"x\"}]}}}}}}"

static struct life_name cron_name(void)
{
    return life_rig_name("batch/v1", "CronJob", "tidy");
}

static struct life_name run_name(char out[static 40], int64_t minute)
{
    snprintf(out, 40, "tidy-%lld", (long long)minute);
    return life_rig_name("batch/v1", "Job", out);
}

static bool has_run(struct scene *sc, int64_t minute)
{
    char name[40];
    struct life_name n = run_name(name, minute);
    return life_rig_get(&sc->shelf, &n).ptr;
}

/* Of the Jobs that status.active lists; each of them is there. */
static unsigned active_count(struct scene *sc)
{
    struct life_name n = cron_name();
    struct sv active = life_json_at(life_rig_get(&sc->shelf, &n), "status", "active", &sc->scratch);
    unsigned listed = 0, references = 0;
    vec_foreach(k, &sc->shelf.items) {
        struct sv uid = life_json_text(sv_of(k->json), "metadata", "uid", &sc->scratch);
        if (sv_is(k->name.kind, "Job") && active.ptr)
            listed += memmem(active.ptr, active.len, uid.ptr, uid.len) != NULL;
    }
    for (size_t i = 0; i < active.len; i++)
        references += active.ptr[i] == '{';
    assert_int_equal(listed, references);
    return listed;
}

static void a_cron_job_makes_a_job_each_minute(void **state)
{
    struct scene sc;
    char name[40];
    (void)state;
    life_rig_start(&sc, 1);
    life_rig_put(&sc, cron_name(), CRON("* * * * *", ""));
    life_rig_later(&sc, 39);
    assert_int_equal(life_rig_count(&sc, "Job"), 0);
    life_rig_later(&sc, 1);
    assert_int_equal(life_rig_count(&sc, "Job"), 1);
    struct life_name run = run_name(name, FIRST_MINUTE);
    const char *json = life_rig_get(&sc.shelf, &run).ptr;
    assert_non_null(json);
    assert_non_null(strstr(json, "\"ownerReferences\":[{\"apiVersion\":\"batch/v1\",\"kind\":"
                                 "\"CronJob\",\"name\":\"tidy\",\"uid\":\"u9\","
                                 "\"controller\":true"));
    assert_non_null(strstr(json, "\"labels\":{\"team\":\"shop\"}"));
    assert_non_null(strstr(json, "cronjob-scheduled-timestamp\":\"2023-11-14T22:14:00Z\""));
    assert_int_equal(active_count(&sc), 1);
    assert_true(sv_is(life_rig_text(&sc, cron_name(), "status", "lastScheduleTime"),
                      "2023-11-14T22:14:00Z"));
    life_rig_later(&sc, 5);
    assert_int_equal(life_rig_count_with(&sc, "Pod", "\"job-name\":\"tidy-28333334\""), 1);
    life_rig_later(&sc, 54);
    assert_false(has_run(&sc, FIRST_MINUTE + 1));
    life_rig_later(&sc, 1);
    assert_true(has_run(&sc, FIRST_MINUTE + 1));
    life_rig_later(&sc, 59);
    assert_int_equal(active_count(&sc), 0);
    assert_true(life_rig_text(&sc, cron_name(), "status", "lastSuccessfulTime").ptr != NULL);
    assert_int_equal(life_rig_count_with(&sc, "Event", "\"SuccessfulCreate\""), 2);
    assert_int_equal(life_rig_count_with(&sc, "Event", "\"SawCompletedJob\""), 2);
    life_rig_end(&sc);
}

static void only_so_many_ended_jobs_are_kept(void **state)
{
    struct scene sc;
    (void)state;
    life_rig_start(&sc, 1);
    life_rig_put(&sc, cron_name(), CRON("* * * * *", "\"successfulJobsHistoryLimit\":2,"));
    life_rig_later(&sc, 40 + 9 * 60 + 50);
    assert_int_equal(life_rig_count(&sc, "Job"), 2);
    assert_int_equal(life_rig_count(&sc, "Pod"), 2);
    assert_true(has_run(&sc, FIRST_MINUTE + 9) && has_run(&sc, FIRST_MINUTE + 8));
    assert_int_equal(life_rig_count_with(&sc, "Event", "\"SuccessfulDelete\""), 8);
    /* All of them are of one class, however many there have been. */
    const struct world *w = pocket_life_world(sc.life);
    size_t classes = w->classes.len, workloads = w->workloads.len;
    life_rig_later(&sc, 3600);
    assert_int_equal(w->classes.len, classes);
    assert_int_equal(w->workloads.len, workloads);
    life_rig_put(&sc, cron_name(), CRON("* * * * *", "\"successfulJobsHistoryLimit\":0,"));
    life_rig_later(&sc, 1);
    assert_int_equal(life_rig_count(&sc, "Job"), 0);
    life_rig_end(&sc);
}

/* Who asks for a slow machine: the pods of a Job that no node takes never end. */
#define STUCK(policy)                                                                              \
    "{\"apiVersion\":\"batch/v1\",\"kind\":\"CronJob\",\"metadata\":{\"name\":\"tidy\","           \
    "\"namespace\":\"shop\",\"uid\":\"u9\",\"creationTimestamp\":\"2023-11-14T22:13:20Z\"},"       \
    "\"spec\":{\"schedule\":\"* * * * *\",\"concurrencyPolicy\":\"" policy                         \
    "\",\"jobTemplate\":{\"spec\":{\"template\":{\"spec\":{\"restartPolicy\":\"Never\","           \
    "\"nodeSelector\":{\"none\":\"such\"},\"containers\":[{\"name\":\"c\",\"image\":\"x\"}]}}}}}}"

static void runs_that_meet_are_handled_as_asked(void **state)
{
    static const struct {
        const char *json;
        unsigned jobs, pods;
        bool first, last;
    } all[] = {
        {STUCK("Allow"), 4, 4, true, true},
        {STUCK("Forbid"), 1, 1, true, false},
        {STUCK("Replace"), 1, 1, false, true},
    };
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(all); i++) {
        struct scene sc;
        life_rig_start(&sc, 1);
        life_rig_put(&sc, cron_name(), all[i].json);
        life_rig_later(&sc, 40 + 3 * 60 + 5);
        assert_int_equal(life_rig_count(&sc, "Job"), all[i].jobs);
        assert_int_equal(active_count(&sc), all[i].jobs);
        assert_int_equal(life_rig_count(&sc, "Pod"), all[i].pods);
        assert_int_equal(has_run(&sc, FIRST_MINUTE), all[i].first);
        assert_int_equal(has_run(&sc, FIRST_MINUTE + 3), all[i].last);
        life_rig_end(&sc);
    }
}

static void a_suspended_cron_job_waits(void **state)
{
    struct scene sc;
    (void)state;
    life_rig_start(&sc, 1);
    life_rig_put(&sc, cron_name(), CRON("* * * * *", "\"suspend\":true,"));
    life_rig_later(&sc, 40 + 10 * 60 + 30);
    assert_int_equal(life_rig_count(&sc, "Job"), 0);
    /* The last of those that were missed is made up for. */
    life_rig_put(&sc, cron_name(), CRON("* * * * *", "\"suspend\":false,"));
    assert_int_equal(life_rig_count(&sc, "Job"), 1);
    assert_true(has_run(&sc, FIRST_MINUTE + 10));
    life_rig_later(&sc, 29);
    assert_int_equal(life_rig_count(&sc, "Job"), 1);
    life_rig_later(&sc, 1);
    assert_true(has_run(&sc, FIRST_MINUTE + 11));
    life_rig_end(&sc);
}

static void what_is_missed_for_too_long_is_not_made_up_for(void **state)
{
    struct scene sc;
    (void)state;
    life_rig_start(&sc, 1);
    life_rig_put(&sc, cron_name(),
                 CRON("0 * * * *", "\"suspend\":true,\"startingDeadlineSeconds\":60,"));
    life_rig_later(&sc, 2 * 3600);
    life_rig_put(&sc, cron_name(), CRON("0 * * * *", "\"startingDeadlineSeconds\":60,"));
    life_rig_later(&sc, 60);
    assert_int_equal(life_rig_count(&sc, "Job"), 0);
    assert_int_equal(life_rig_count_with(&sc, "Event", "\"MissSchedule\""), 1);
    life_rig_later(&sc, 3600);
    assert_int_equal(life_rig_count(&sc, "Job"), 1);
    life_rig_end(&sc);
}

static void zones_count_from_1_25_on(void **state)
{
    (void)state;
    for (unsigned old = 0; old < 2; old++) {
        struct scene sc;
        life_rig_start_at(&sc, 1, old ? 24 : 25);
        /* 08:00 of the next day, nine hours to the east. */
        life_rig_put(&sc, cron_name(), CRON("0 8 * * *", "\"timeZone\":\"Etc/GMT-9\","));
        life_rig_later(&sc, 3600);
        assert_int_equal(life_rig_count(&sc, "Job"), old ? 0 : 1);
        life_rig_end(&sc);
    }
}

/* It is none of those that keep the next one from starting, and it is kept as long as they are. */
static void a_job_made_by_hand_is_not_one_of_the_schedule(void **state)
{
    struct scene sc;
    (void)state;
    life_rig_start(&sc, 1);
    life_rig_put(&sc, cron_name(), STUCK("Forbid"));
    life_rig_put(&sc, life_rig_name("batch/v1", "Job", "by-hand"),
                 "{\"metadata\":{\"name\":\"by-hand\",\"namespace\":\"shop\",\"uid\":\"u7\","
                 "\"ownerReferences\":[{\"apiVersion\":\"batch/v1\",\"kind\":\"CronJob\","
                 "\"name\":\"tidy\",\"uid\":\"u9\",\"controller\":true}]},\"spec\":{"
                 "\"template\":{\"spec\":{\"restartPolicy\":\"Never\",\"nodeSelector\":{"
                 "\"none\":\"such\"},\"containers\":[{\"name\":\"c\",\"image\":\"x\"}]}}}}");
    assert_int_equal(active_count(&sc), 0);
    life_rig_later(&sc, 40);
    assert_int_equal(active_count(&sc), 1);
    assert_int_equal(life_rig_count(&sc, "Job"), 2);
    life_rig_end(&sc);
}

static void what_cannot_be_scheduled_is_told(void **state)
{
    static const char *const all[][2] = {
        {CRON("* * * * *", "\"timeZone\":\"Mars/Olympus\","), "\"UnknownTimeZone\""},
        {CRON("every minute", ""), "\"UnparseableSchedule\""},
    };
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(all); i++) {
        struct scene sc;
        life_rig_start(&sc, 1);
        life_rig_put(&sc, cron_name(), all[i][0]);
        life_rig_later(&sc, 600);
        assert_int_equal(life_rig_count(&sc, "Job"), 0);
        assert_int_equal(life_rig_count_with(&sc, "Event", all[i][1]), 1);
        life_rig_end(&sc);
    }
}

static void a_cron_job_that_goes_makes_nothing_more(void **state)
{
    struct scene sc;
    (void)state;
    life_rig_start(&sc, 1);
    life_rig_put(&sc, cron_name(), CRON("* * * * *", ""));
    life_rig_later(&sc, 45);
    life_rig_delete(&sc, cron_name());
    life_rig_later(&sc, 600);
    assert_int_equal(life_rig_count(&sc, "Job"), 1);
    life_rig_end(&sc);
}

/* A Job was named by seconds before 1.21, and the object was of a beta version. */
static void the_old_controller_counts_seconds(void **state)
{
    struct scene sc;
    struct life_name cron = life_rig_name("batch/v1beta1", "CronJob", "tidy");
    struct life_name run = life_rig_name("batch/v1", "Job", "tidy-1700000040");
    (void)state;
    life_rig_start_at(&sc, 1, 20);
    life_rig_put(&sc, cron, CRON("* * * * *", ""));
    life_rig_later(&sc, 40);
    assert_non_null(life_rig_get(&sc.shelf, &run).ptr);
    assert_non_null(strstr(life_rig_get(&sc.shelf, &run).ptr,
                           "\"ownerReferences\":[{\"apiVersion\":\"batch/v1beta1\""));
    life_rig_end(&sc);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_job_goes_after_its_time),
        cmocka_unit_test(a_job_goes_at_once_when_told_late),
        cmocka_unit_test(without_a_time_and_before_1_21_jobs_stay),
        cmocka_unit_test(a_job_gives_up),
        cmocka_unit_test(the_end_of_a_job_is_told_once),
        cmocka_unit_test(a_cron_job_makes_a_job_each_minute),
        cmocka_unit_test(only_so_many_ended_jobs_are_kept),
        cmocka_unit_test(runs_that_meet_are_handled_as_asked),
        cmocka_unit_test(a_suspended_cron_job_waits),
        cmocka_unit_test(what_is_missed_for_too_long_is_not_made_up_for),
        cmocka_unit_test(zones_count_from_1_25_on),
        cmocka_unit_test(a_job_made_by_hand_is_not_one_of_the_schedule),
        cmocka_unit_test(what_cannot_be_scheduled_is_told),
        cmocka_unit_test(a_cron_job_that_goes_makes_nothing_more),
        cmocka_unit_test(the_old_controller_counts_seconds),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
