/*
 * aws: the AWS side of the pocket EKS: one account in one region with one cluster, answering the
 * calls of EKS, EC2, Auto Scaling, Elastic Load Balancing, STS, SSM, SQS and Service Quotas as AWS
 * does.
 * Machines that it starts and ends are those of the simulated cluster (pocket/life.h).
 *
 * Bytes of a request in, bytes of an answer out: no sockets, no clock, no threads. Which service is
 * meant is read from the credential scope of the signature, so that one endpoint serves all.
 * Signatures are looked at, not checked: any pair of keys will do.
 */
#ifndef TOBAN_POCKET_AWS_H
#define TOBAN_POCKET_AWS_H

#include "base/str.h"
#include "pocket/front/faults.h"
#include "pocket/life.h"
#include "world/cloud.h"

struct plane;
struct pocket_aws;

struct pocket_aws_options {
    const char *cluster; /* its name */
    const char *region;  /* "eu-west-1" */
    const char *account; /* 12 digits; NULL: 111122223333 */
    const char *version; /* of Kubernetes: "1.31" */
    const char *server;  /* URL of the Kubernetes API, for DescribeCluster */
    struct sv ca;        /* PEM of its authority */
    uint64_t seed;       /* of ids and durations */

    /* All of these must outlive it. cloud: groups, templates, subnets, instances and target groups
     * at the start; what it does not say is made up from the nodes of the world. NULL: nothing is
     * said. */
    struct world *world;
    const struct cloud *cloud;
    struct pocket_life *life;
    struct faults *faults; /* NULL: none */
    struct plane *plane;   /* load balancers; NULL: none */
};

/* Never NULL. Virtual time 0 is the world's `taken`. */
struct pocket_aws *pocket_aws_new(const struct pocket_aws_options *o);
/* NULL-safe. */
void pocket_aws_free(struct pocket_aws *p);

/* Lets everything happen up to now_ms (virtual milliseconds since the start); to be called after
 * pocket_life_run with the same time. */
void pocket_aws_run(struct pocket_aws *p, int64_t now_ms);
/* When something happens next; INT64_MAX: nothing before a client asks for it. */
int64_t pocket_aws_next(const struct pocket_aws *p);

struct pocket_aws_header {
    struct sv name, value;
};
struct pocket_aws_asked {
    struct sv method, path, query; /* path and query as they were sent, percent-encoded */
    const struct pocket_aws_header *headers;
    size_t header_count;
    struct sv body;
    int64_t clock; /* real Unix seconds, for the date of the signature and the life of keys that
                      are handed out; 0: as in the pocket, dates are not looked at */
    bool may_wait; /* the answer may be held back (struct pocket_aws_answer) */
};
struct pocket_aws_held;
/* Zeroed before the first request; may be used again. held non-NULL: there is nothing to say yet
 * (ReceiveMessage that waits for a message), and the rest is empty. Ask again by pocket_aws_again
 * when time has passed or anybody was answered, for the last time when wait_ms real milliseconds
 * since the request are over; or free it. */
struct pocket_aws_answer {
    struct pocket_aws_held *held;
    unsigned wait_ms;
    int status;
    struct str headers; /* "Name: value\r\n" lines */
    struct str body;
};
void pocket_aws_request(struct pocket_aws *p, const struct pocket_aws_asked *asked,
                        struct pocket_aws_answer *answer);
/* The held request once more: answers and frees it, or holds it on, when it may_wait. */
void pocket_aws_again(struct pocket_aws_held *held, bool may_wait,
                      struct pocket_aws_answer *answer);
/* For a client that has gone. To be called before pocket_aws_free. NULL-safe. */
void pocket_aws_held_free(struct pocket_aws_held *held);
/* NULL-safe; held is not freed. */
void pocket_aws_answer_release(struct pocket_aws_answer *answer);

/* The state behind it (pocket/aws/account.h), for the data plane and for tests. */
struct account *pocket_aws_account(struct pocket_aws *p);

#endif
