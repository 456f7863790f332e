/* Follows the cluster of KUBECONFIG and is asked about it, one word a line:
 *   equal     waits until the world equals one loaded afresh: "equal", or what differs after a
 * minute counts    events, connects, relists, news of trouble and of its end quit Each answer is
 * one line. */
#include "net/http.h"
#include "ops/follow/follow.h"
#include "ops/snapshot/snapshot.h"

#include <poll.h>
#include <stdio.h>
#include <time.h>

#define PATIENCE_MS 60000

struct driver {
    struct follow *f;
    struct kube_client *client;
    unsigned troubles, recoveries;
};

static void fail(const struct err *err)
{
    printf("failed: %s\n", err->msg);
    exit(1);
}

static void take_all(struct driver *d)
{
    struct follow_item item;
    struct err err = {0};
    for (;;) {
        follow_next(d->f, &item, &err);
        if (item.news == FOLLOW_NOTHING)
            return;
        if (item.news == FOLLOW_FAILED)
            fail(&err);
        d->troubles += item.news == FOLLOW_TROUBLE;
        d->recoveries += item.news == FOLLOW_RECOVERED;
        if (item.news == FOLLOW_TROUBLE || item.news == FOLLOW_RECOVERED)
            fprintf(stderr, "%s\n", item.words);
    }
}

static bool is_like_new(struct driver *d, char *why, size_t cap)
{
    struct world fresh;
    struct snapshot_report report = {0};
    struct err err = {0};
    world_init(&fresh);
    bool equal = false;
    if (snapshot_live(d->client, &fresh, time(NULL), &report, &err) < 0) {
        snprintf(why, cap, "%s", err.msg);
    } else {
        take_all(d);
        equal = world_equal(follow_world(d->f), &fresh, why, cap);
    }
    world_release(&fresh);
    snapshot_report_release(&report);
    return equal;
}

static void say_equal(struct driver *d)
{
    uint64_t last = http_now_ms() + PATIENCE_MS;
    char why[1200];
    bool equal;
    while (!(equal = is_like_new(d, why, sizeof why)) && http_now_ms() < last) {
        poll(&(struct pollfd){.fd = follow_fd(d->f), .events = POLLIN}, 1, 300);
        take_all(d);
    }
    puts(equal ? "equal" : why);
}

static void say_counts(struct driver *d)
{
    struct follow_counts c;
    take_all(d);
    follow_counts(d->f, &c);
    printf("events %llu connects %llu relists %llu troubles %u recoveries %u\n",
           (unsigned long long)c.events, (unsigned long long)c.connects,
           (unsigned long long)c.relists, d->troubles, d->recoveries);
}

/* False at the end of the input. */
static bool take_word(struct driver *d)
{
    char word[64];
    if (!fgets(word, sizeof word, stdin) || strcmp(word, "quit\n") == 0)
        return false;
    if (strcmp(word, "equal\n") == 0)
        say_equal(d);
    else if (strcmp(word, "counts\n") == 0)
        say_counts(d);
    else
        puts("what?");
    fflush(stdout);
    return true;
}

int main(void)
{
    const struct follow_options options = {.now = time(NULL), .trouble_ms = 500};
    const struct kube_limits limits = {.qps = 1000, .burst = 1000};
    struct driver d = {0};
    struct err err = {0};
    bool open = true;
    setvbuf(stdin, NULL, _IONBF, 0);
    if (follow_start(&options, &d.f, &err) < 0 ||
        kube_client_new(NULL, &limits, &d.client, &err) < 0)
        fail(&err);
    puts(follow_cluster_id(d.f));
    fflush(stdout);
    while (open) {
        struct pollfd fds[2] = {{.fd = 0, .events = POLLIN},
                                {.fd = follow_fd(d.f), .events = POLLIN}};
        poll(fds, 2, -1);
        if (fds[1].revents)
            take_all(&d);
        if (fds[0].revents)
            open = take_word(&d);
    }
    follow_free(d.f);
    kube_client_free(d.client);
    return 0;
}
