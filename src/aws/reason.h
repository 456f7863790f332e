/*
 * reason: what an error answer of AWS says, and which class of error that is. Text in, words out.
 * Source: the protocol descriptions of the AWS SDKs (Smithy), the error lists of the services.
 */
#ifndef TOBAN_AWS_REASON_H
#define TOBAN_AWS_REASON_H

#include "aws/client.h"

/* Fills code, message and request_id of an answer from its headers and its parsed body. What is
 * not said stays empty. */
void aws_reason_read(struct aws_answer *a, const struct http_response *r);

/* The class of an answer that is no success, by its code, else by its status. */
enum err_class aws_reason_class(const char *code, int status);

/* Fills err (and a->denied_action) of an answer that is no success; returns -1. */
int aws_reason_explain(const struct aws_call *call, const char *region, struct aws_answer *a,
                       struct err *err);

/* The keys have expired or are not known (any more): others may be. */
bool aws_code_renews(const char *code);
/* Our clock is off. message: signatures that are too old say so in words only. */
bool aws_code_skewed(const char *code, const char *message);
/* The service failed for the moment, although the status blames us. */
bool aws_code_transient(const char *code);

#endif
