/*
 * sigv4: AWS Signature Version 4, in the Authorization header or in the query (presigned). The
 * signing that libcurl offers is wrong in different cases from version to version and cannot
 * presign. Pure: time comes from the caller. Source of the rules: "Create a signed AWS API request"
 * in the IAM user guide.
 */
#ifndef TOBAN_AWS_SIGV4_H
#define TOBAN_AWS_SIGV4_H

#include "aws/credentials.h"

struct aws_header {
    const char *name, *value;
};

struct aws_request {
    const char *method;
    const char *path;                 /* as it is sent (percent-encoded); "" counts as "/" */
    const char *query;                /* as it is sent, without '?'; NULL: none */
    const struct aws_header *headers; /* those to sign; Host must be among them */
    size_t header_count;
    struct sv body;        /* absent: empty */
    bool unsigned_payload; /* "UNSIGNED-PAYLOAD" instead of the hash of body */
    bool plain_path; /* S3: the path is taken as it is, neither normalised nor encoded again */
};

struct aws_scope {
    const char *region, *service;
    int64_t unix_now; /* seconds */
};

#define AWS_DATE_MAX 17 /* "20150830T123600Z" with its NUL */

/* Appends the value of the Authorization header. X-Amz-Date (whose value is written to date) and,
 * for temporary keys, X-Amz-Security-Token are signed along and must be sent by the caller. -1 only
 * for lack of memory or of OpenSSL's functions. */
int aws_sign(const struct aws_request *request, const struct aws_credentials *keys,
             const struct aws_scope *scope, char date[static AWS_DATE_MAX],
             struct str *authorization, struct err *err);

/* Appends the whole signed query (without '?'), good for expires_s seconds. */
int aws_presign(const struct aws_request *request, const struct aws_credentials *keys,
                const struct aws_scope *scope, unsigned expires_s, struct str *query,
                struct err *err);

#endif
