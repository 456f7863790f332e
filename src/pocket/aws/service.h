/*
 * service: how a service of the pocket's AWS side says which actions it has. The framework finds
 * the service by the signature and the action by the request, reads the parameters with the
 * action's table, calls it, and writes what it filled, or its error, as the service's protocol
 * wants. Denials, throttling, pages and request ids are the framework's.
 */
#ifndef TOBAN_POCKET_AWS_SERVICE_H
#define TOBAN_POCKET_AWS_SERVICE_H

#include "aws/services.h"
#include "cloud/op.h"
#include "pocket/aws/account.h"

struct service_call {
    struct account *account;
    struct arena *arena; /* ends with the answer */
    const void *in;      /* of action->in, filled; NULL when it has none */
    void *out;           /* of action->out, zeroed; NULL when it has none */
    struct sv answer;    /* of an action without `out`, in the arena: the whole answer as JSON */
    struct sv asked;     /* the body as it was sent, to compare what comes twice with one token */
    const char *host;    /* as the client knows this server: "127.0.0.1:4566" */
    const char *path;    /* of the URL, decoded */
    const char *caller;  /* ARN of who calls */
    const char *key;     /* access key id */
    int64_t clock;       /* real Unix seconds, or those of the pocket */

    /* An action that waits for something: while may_wait is set and there is nothing to say yet, it
     * sets wait_ms (real milliseconds: it is the client that waits) and returns 0. It is run again
     * when something may have come, and for the last time, without may_wait, when they are over. */
    bool may_wait;
    unsigned wait_ms;

    /* Set by service_refuse. */
    int status;
    const char *code, *message;
    const char *details; /* JSON members for the error's document, NULL: none: "\"a\":\"b\"" */
};

/* Refuses the call; always -1. status as HTTP has it: 400, 404, 409. */
int service_refuse(struct service_call *c, int status, const char *code, const char *fmt, ...)
    __attribute__((format(printf, 4, 5)));

/* Pages: the action fills the whole list, the framework cuts. Offsets into *in and *out. */
struct service_pages {
    size_t asked_most;  /* struct shape_int in *in */
    size_t asked_token; /* const char * in *in */
    size_t list, item;  /* the list in *out, and the size of one item */
    size_t token;       /* const char * in *out */
    uint32_t most;      /* items of a page when nothing was asked */
};

struct service_action {
    /* What the client's table says of name, method, path, in and out, when it says all that the
     * service knows; what is set below goes before it. NULL: all is said below. */
    const struct cloud_op *op;
    const char *name;          /* "DescribeInstances" */
    const char *iam;           /* when the IAM action is named otherwise; NULL: as name */
    const char *method, *path; /* REST: "POST", "/clusters/{name}/node-groups" */
    /* Members of `in` with must = true are demanded. Members of `out` are written when they are
     * given, lists at the top (in XML: all lists) also when they are empty. NULL: nothing. */
    const struct shape *in, *out;
    const struct service_pages *pages;  /* NULL: all at once */
    int (*run)(struct service_call *c); /* 0, or what service_refuse gave */
};

/* An error that is named otherwise in the query protocol. */
struct service_code {
    const char *code, *in_query;
};

struct service {
    const struct aws_service *api; /* protocol, name in signatures, prefix of IAM actions */
    /* For a service of JSON that is also asked in the query protocol, with lists that are flat:
     * how that is spoken, and which codes differ there, ended by one without a name. JSON errors
     * tell these codes in a header, as AWS does. NULL: JSON only. */
    const struct aws_service *query_api;
    const struct service_code *query_codes;
    const char *error_prefix; /* of the types of its JSON errors; NULL: none */
    bool omits_empty;         /* JSON answers leave out lists that are empty */
    const char *xmlns;        /* of XML answers: "http://ec2.amazonaws.com/doc/2016-11-15/" */
    const struct service_action *actions;
    unsigned action_count;
    /* Those that stand by themselves, ended by NULL; NULL: none. */
    const struct service_action *const *single_actions;
    /* Each may be NULL. begin is called once, in the order of the list in aws.c, when what the
     * framework makes of the cloud and the world is there; run whenever time has passed
     * (a->now_ms); next says when it has to be called (INT64_MAX: never by itself). */
    void (*begin)(struct account *a);
    void (*run)(struct account *a);
    int64_t (*next)(const struct account *a);
    void (*release)(struct account *a);
};

extern const struct service service_autoscaling, service_dynamodb, service_ec2, service_eks,
    service_elbv2, service_quotas, service_sqs, service_ssm, service_sts;

#endif
