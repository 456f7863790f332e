/*
 * op: an operation of an AWS service as a table: what goes in, what comes out, how it is sent. The
 * typed calls of this folder are made of these; nobody above needs them.
 */
#ifndef TOBAN_CLOUD_OP_H
#define TOBAN_CLOUD_OP_H

#include "aws/client.h"
#include "cloud/shape.h"

struct cloud_op {
    const struct aws_service *service;
    const char *action;
    const struct shape *in, *out;    /* in NULL: nothing to say; out NULL: nothing to read */
    const char *method, *path;       /* REST: "POST", "/clusters/{name}/node-groups" */
    const struct aws_paging *paging; /* NULL: one answer has it all */
    bool repeats;                    /* twice is as good as once: a read, or a write of a state */
    const char *token; /* the member with which a write may be repeated; NULL: there is none */
    const char *wait; /* the member that says how many seconds the service may hold its answer back;
                         NULL: it answers at once */
};

/* Every operation of this folder, for the test that holds them against the models. */
extern const struct cloud_op *const cloud_ops[];
extern const unsigned cloud_op_count;

/* Makes the call; pages are fetched to the end and added up in *out, which the caller has zeroed.
 * Classes as aws_client_call says; for ERR_DENIED the hint names the IAM action that is missing.
 * ERR_INPUT also for an answer that does not hold what it must. The message begins with service
 * and operation. */
int cloud_op_call(struct aws_client *c, const struct cloud_op *op, const void *in,
                  struct arena *arena, void *out, struct err *err);

/* Appends the output of an operation as stock awscli prints it: one JSON object with the names of
 * the model, of what the tables know. Points in time are seconds. Nothing for an action that is
 * none of ours. */
void cloud_op_print(const char *action, const void *out, struct str *text);

#endif
