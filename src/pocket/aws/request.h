/* request: one request on its way through the framework. Within pocket/aws/ only, not for the
 * services. */
#ifndef TOBAN_POCKET_AWS_REQUEST_H
#define TOBAN_POCKET_AWS_REQUEST_H

#include "pocket/aws/service.h"

/* What the framework itself refuses; each protocol has its own words for it. */
enum request_trouble {
    REQUEST_NO_KEYS,
    REQUEST_UNKNOWN_KEYS,
    REQUEST_BAD_SCOPE,
    REQUEST_BAD_DATE,
    REQUEST_EXPIRED,
    REQUEST_DENIED,
    REQUEST_THROTTLED,
    REQUEST_NO_ACTION,
    REQUEST_MISSING,
    REQUEST_MALFORMED,
    REQUEST_BAD_TOKEN,
};

/* Who signed what for whom, as the signature says. */
struct request_signer {
    struct sv key, date, region, service; /* of the credential scope */
    struct sv time;                       /* X-Amz-Date */
    struct sv token;                      /* X-Amz-Security-Token; absent: none */
};

struct request {
    struct account *account;
    const struct pocket_aws_asked *asked;
    const struct service *service;
    const struct aws_service *api; /* of the service, as it is spoken to */
    const struct service_action *action;
    const char *name;             /* of the action */
    const struct shape *in, *out; /* NULL: none */
    struct request_signer signer;
    struct service_call call;
    struct arena arena;
    char id[40];
};

struct sv request_header(const struct pocket_aws_asked *asked, const char *name);
/* Sets r->service, and how it is spoken to. */
void request_set_service(struct request *r, const struct service *s);
/* Of its forms and XML. */
enum shape_dialect request_dialect(const struct request *r);
/* Percent-decoded, in the arena. */
struct sv request_decode(struct arena *arena, struct sv text);

/* ---- who.c ---- */

/* False: it is not signed. */
bool request_read_signer(struct request *r);
/* Looks at scope, date and keys; -1 after request_refuse. */
int request_check_signer(struct request *r);

/* ---- params.c ---- */

/* Sets r->action. -1 after request_refuse. */
int request_find_action(struct request *r);
/* Fills r->call.in, makes r->call.out. */
int request_read_params(struct request *r);
/* Cuts the list in r->call.out to the page that was asked for. */
int request_cut_page(struct request *r);

/* ---- answer.c ---- */

/* Always -1; text depends on the trouble: the name of a member, a reason. */
int request_refuse(struct request *r, enum request_trouble t, const char *text);
/* What r->call holds, or its refusal, in the protocol of the service. */
void request_answer(struct request *r, struct pocket_aws_answer *answer);

#endif
