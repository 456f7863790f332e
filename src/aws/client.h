/*
 * client: calls of AWS services, signed, retried and understood as far as every service is the
 * same: protocol, region, endpoint, credentials, throttling, error codes, pages. What a call means
 * is for those who make it (cloud/, store/, ops/gates); no shape of a service is known here.
 *
 * One client belongs to one thread. It keeps connections and credentials (renewed before they
 * expire) over all services.
 */
#ifndef TOBAN_AWS_CLIENT_H
#define TOBAN_AWS_CLIENT_H

#include "aws/env.h"
#include "aws/services.h"
#include "aws/sigv4.h"
#include "aws/xml.h"
#include "doc/doc.h"
#include "net/http.h"

#define AWS_ANSWER_MAX ((size_t)32 << 20) /* bytes of an answer when the call names no cap */
#define AWS_PAGES_MAX 10000               /* of one listing */

struct aws_client;

/* Time and patience, for tests and for those who must stay responsive. */
struct aws_clock {
    int64_t (*now_ms)(void *ctx); /* milliseconds since 1970 */
    /* Waits between attempts. False: give up, the error of the last attempt stands. */
    bool (*wait)(void *ctx, unsigned ms);
    void *ctx;
};

/* Zeroed: as environment and shared files say. Texts are copied; env and clock must outlive the
 * client. */
struct aws_options {
    const char *profile;      /* NULL: AWS_PROFILE, else "default" */
    const char *region;       /* NULL: AWS_REGION, AWS_DEFAULT_REGION, that of the profile */
    const char *endpoint_url; /* for all services, before every setting; NULL: none */
    const struct aws_env *env;
    const struct aws_clock *clock; /* NULL: that of the system */
    unsigned attempts;             /* per call; 0: AWS_MAX_ATTEMPTS, the profile's, else 5 */
    unsigned timeout_ms;           /* of one attempt; 0: 60000 */
    uint64_t seed;                 /* of the jitter; 0: from the system */
};

/* Reads settings, asks nobody: credentials are looked for with the first call. -1: no region
 * (ERR_USAGE), a setting or a file that cannot be understood, no HTTP library. *out is then NULL.
 */
int aws_client_new(const struct aws_options *options, struct aws_client **out, struct err *err);
/* NULL-safe. */
void aws_client_free(struct aws_client *c);

static inline void aws_client_free_p(struct aws_client **c)
{
    aws_client_free(*c);
}
#define _cleanup_aws_client_ _cleanup_(aws_client_free_p)

/* Valid as long as the client. */
const char *aws_client_region(const struct aws_client *c);

/* One call. Borrowed until it returns. */
struct aws_call {
    const struct aws_service *service; /* services.h */
    const char *action;                /* "DescribeCluster", as in the service's model */

    /* JSON protocols: the JSON object; absent: "{}". Query protocols: "&Name=value" for each
     * parameter (aws_form_add), without Action and Version. REST: as the operation wants it. */
    struct sv body;
    const char *method; /* REST only */
    const char *path;   /* REST only, with its '/'; parts escaped with http_escape(…, "") */
    const char *query;  /* REST only, "a=b&c=d" escaped; NULL: none */
    const struct aws_header *headers; /* REST only, further ones; sent and signed */
    size_t header_count;

    /* Sending it twice is as good as once: a read, or a write with a client token or a condition
     * that makes it so. Else an attempt whose outcome is unknown (cut, silent, 5xx) is an error;
     * throttled ones are always tried again, for nothing was done. */
    bool idempotent;
    unsigned attempts; /* 0: the client's */
    size_t max;        /* bytes of the answer; 0: AWS_ANSWER_MAX */
    unsigned held_ms;  /* the service may hold its answer back so long; comes on top of the client's
                          timeout */
};

/* What came back. Zeroed memory is empty; the trees view into body. */
struct aws_answer {
    int status; /* of HTTP; 0: none came */
    unsigned attempts;
    char request_id[80];
    /* Of an error answer, "" else: the code without namespace, as "ResourceNotFoundException",
     * the service's own words, and for ERR_DENIED the IAM action, as "eks:CreateNodegroup". */
    char code[128];
    char message[512];
    char denied_action[128];

    struct str body;
    struct doc_file file;
    const struct doc_node *json; /* JSON protocols, also of errors; NULL: no body */
    struct aws_xml tree;
    const struct aws_xml_node *xml; /* query protocols, also of errors: the root element */
};
void aws_answer_release(struct aws_answer *a);
#define _cleanup_aws_answer_ _cleanup_(aws_answer_release)

/*
 * Makes the call, with as many attempts as it takes and may take. 0: the service did it. -1 with
 * err, whose class tells what to do; *answer then holds what was said. *answer is emptied first,
 * release it always.
 *   ERR_THROTTLED  still refused for lack of pace after the last attempt
 *   ERR_DENIED     not allowed (answer->denied_action), or no usable credentials, or none at all
 *   ERR_NOT_FOUND  the named thing does not exist, by the service's own code: who answers 404
 *                  without one is somebody else (ERR_INPUT)
 *   ERR_CONFLICT   exists already, in use, changed by somebody else, a condition not met
 *   ERR_LIMIT      a quota of the account or a cap of ours
 *   ERR_INPUT      the service does not accept what was asked for, or answered what is no answer
 *   ERR_REMOTE     the service or the way there failed; what came of a write is unknown
 */
int aws_client_call(struct aws_client *c, const struct aws_call *call, struct aws_answer *answer,
                    struct err *err);

/* How an operation continues a listing. */
struct aws_paging {
    const char *in;  /* the parameter: "nextToken", "Marker", … */
    const char *out; /* path of its next value in the answer: "nextToken"; of XML without the root
                        element: "DescribeLoadBalancersResult.NextMarker", "nextToken" */
    bool in_body;    /* REST only: the parameter is a member of the body, not of the query */
};

/* Makes the call for each page and gives the answers to on_page, in order; on_page returns false
 * to stop. 0 when all pages were given or on_page stopped (*err tells, when on_page filled it:
 * then -1). A token that comes twice in a row is ERR_REMOTE, more than AWS_PAGES_MAX pages
 * ERR_LIMIT. */
int aws_client_each_page(struct aws_client *c, const struct aws_call *call,
                         const struct aws_paging *paging,
                         bool (*on_page)(void *ctx, const struct aws_answer *, struct err *),
                         void *ctx, struct err *err);

/* Appends "&NAME=value" for query protocols, the value escaped. NAME is formatted:
 * aws_form_add(&body, value, "Filter.%u.Name", 1). An absent value adds nothing. */
void aws_form_add(struct str *body, struct sv value, const char *name, ...)
    __attribute__((format(printf, 3, 4)));

/* Whether a code is one of those that mean "too fast" in any service. */
bool aws_code_throttles(const char *code);

#endif
