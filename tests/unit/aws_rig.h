/* aws_rig: the AWS side of the pocket with a small cluster behind it, asked in the process. */
#ifndef TOBAN_TESTS_AWS_RIG_H
#define TOBAN_TESTS_AWS_RIG_H

#include "doc/doc.h"
#include "pocket/aws.h"
#include "pocket/aws/account.h"
#include "pocket/plane/plane.h"

struct aws_rig {
    struct world w;
    struct cloud cloud;
    struct faults faults;
    struct pocket_life *life;
    struct plane *plane;
    struct pocket_aws *aws;
    struct pocket_aws_answer answer;
    struct doc_file json; /* of the last answer, when it is JSON */
    int64_t now_ms;

    /* How requests are signed; NULL: as is right. */
    const char *region, *key, *token, *date;
    bool may_wait; /* answers may be held back */
};

/* Two zones, two nodes of m5.large in the group "blue", a launch template lt-1 of two versions, on
 * Kubernetes 1.30. faults: as toban sim takes them; NULL: none. */
void aws_rig_start(struct aws_rig *r, const char *faults);
/* The same in a world to which fill has added. */
void aws_rig_start_filled(struct aws_rig *r, const char *faults, void (*fill)(struct world *w));
void aws_rig_stop(struct aws_rig *r);
void aws_rig_later(struct aws_rig *r, int64_t seconds);
/* Waits at most so many seconds for a node group's status; false: it has another one. */
bool aws_rig_wait(struct aws_rig *r, const char *group, const char *status, int64_t seconds);

/* REST: "POST /clusters/pocket/node-groups". */
int aws_rig_rest(struct aws_rig *r, const char *call, const char *body);
/* A form for a query service or EC2: "Action=…". */
int aws_rig_form(struct aws_rig *r, const char *service, const char *form);
/* The same to another path than "/". */
int aws_rig_path(struct aws_rig *r, const char *service, const char *path, const char *form);
/* JSON: target "AmazonSSM.GetParameter". */
int aws_rig_json(struct aws_rig *r, const char *service, const char *target, const char *body);
/* The request whose answer is held back, once more. 0: it still is. */
int aws_rig_again(struct aws_rig *r, bool may_wait);
/* A scalar in the last answer, which is JSON: "nodegroup.status"; "" when it is not there. */
struct sv aws_rig_at(struct aws_rig *r, const char *path);
/* Is this in the last answer, whatever it is? */
bool aws_rig_says(const struct aws_rig *r, const char *text);
struct account *aws_rig_account(struct aws_rig *r);

#endif
