/*
 * account: what the pocket's AWS account holds, as far as several services look at it: the cluster,
 * node groups, Auto Scaling groups, instances, launch templates, subnets, tags. What one service
 * has for itself is its own struct behind a pointer.
 *
 * Texts and lists live in the account's arena unless said otherwise; entities have addresses that
 * do not change. Everything is called on one thread; times are virtual.
 */
#ifndef TOBAN_POCKET_AWS_ACCOUNT_H
#define TOBAN_POCKET_AWS_ACCOUNT_H

#include "base/vec.h"
#include "cloud/ec2.h"
#include "cloud/eks.h"
#include "pocket/aws.h"

struct account_subnet {
    const char *id, *arn, *zone, *zone_id, *vpc, *cidr;
    uint32_t base;       /* of the block: 10.0.1.0 as a number */
    unsigned bits;       /* of its prefix: 24 */
    uint32_t next;       /* host number that is tried next */
    int32_t taken_apart; /* addresses that nothing of the account explains */
    struct shape_pairs tags;
};

struct account_template_version {
    int64_t number, created;
    const char *description, *creator;
    struct ec2_template_data data;
};
struct account_template {
    const char *id, *name;
    int64_t created, default_version;
    VEC(struct account_template_version) versions; /* ascending by number */
    struct shape_pairs tags;
    bool deleted;
};

/* EC2's own codes. */
enum account_state {
    ACCOUNT_PENDING = 0,
    ACCOUNT_RUNNING = 16,
    ACCOUNT_SHUTTING_DOWN = 32,
    ACCOUNT_TERMINATED = 48,
};

struct account_instance {
    const char *id, *type, *image, *arch; /* arch as EC2 says it: "x86_64" */
    const char *node;                     /* name of its Node, also its private DNS name */
    const char *ip;                       /* the InternalIP of its Node */
    const char *interface_id, *root_volume, *profile; /* profile: ARN; NULL: none */
    const struct account_subnet *subnet;
    struct account_asg *asg;                 /* NULL: of none */
    const struct account_template *template; /* NULL: of none */
    int64_t template_version;
    struct shape_pairs tags;
    enum account_state state;
    bool spot, protected, standby;
    bool unhealthy;     /* somebody said so */
    bool fails;         /* it never joins the cluster */
    bool has_node;      /* its Node is there, or may still come */
    int64_t launched;   /* Unix seconds */
    int64_t ended;      /* the same; 0: it has not */
    int64_t retires_ms; /* since when its group takes it out of service; 0: it does not */
    int64_t drained_ms; /* since when EKS has it empty; 0: it is not */
    int64_t changes_ms; /* when its state changes next; INT64_MAX: not by itself */
};

struct account_asg {
    const char *name, *arn;
    const struct account_template *template;
    int64_t template_version;
    struct shape_texts types;         /* what an instance may be; the first that can be had is */
    struct shape_texts target_groups; /* ARNs; its instances are targets of these */
    struct shape_texts suspended;     /* processes: "AZRebalance" */
    VEC(struct account_subnet *) subnets;
    int64_t min, max, desired;
    struct shape_pairs tags; /* handed on to its instances */
    int64_t created;
    int64_t looks_ms; /* when it compares what there is with what is wanted */
    bool spot, deleting;
    const char *failure; /* code of why it cannot launch: "VcpuLimitExceeded"; NULL: it can */
    const char *failure_text;
    struct account_group *group; /* the node group it belongs to; NULL: none */
};

enum account_phase { ACCOUNT_STEADY, ACCOUNT_CREATING, ACCOUNT_UPDATING, ACCOUNT_DELETING };

struct account_group {
    struct eks_nodegroup spec; /* as EKS tells it; status included */
    struct account_asg *asg;   /* NULL when it is not there (yet, any more) */
    enum account_phase phase;
    int64_t since_ms;  /* of the phase */
    int64_t looks_ms;  /* when it goes on; INT64_MAX: never by itself */
    const char *token; /* clientRequestToken of its creation */
    const char *asked; /* what was asked with it, to compare */
    struct account_update *update;
};

/* An update of the cluster, a node group or an add-on. */
struct account_update {
    struct eks_update spec;
    const char *group, *addon; /* both NULL: of the cluster */
    const char *token, *asked;
    int64_t ends_ms; /* INT64_MAX: its owner ends it */

    /* Of a node group's version: what it is to be, and how far that is. */
    struct eks_nodegroup to;
    bool force;
    bool rolling;     /* machines are being replaced */
    int64_t drain_ms; /* since when the next of them are drained; 0: not yet */
};

struct account {
    struct arena arena;
    const char *id, *region, *partition;
    const char *vpc, *node_role;
    struct world *world;
    const struct cloud *cloud; /* never NULL */
    struct pocket_life *life;
    struct faults *faults; /* never NULL */
    struct plane *plane;   /* NULL: no load balancers */
    uint64_t dice;
    int64_t start;  /* Unix seconds at virtual time 0 */
    int64_t now_ms; /* virtual milliseconds since the start */

    struct eks_cluster cluster;
    VEC(struct account_group *) groups;
    VEC(struct account_update *) updates;
    VEC(struct account_asg *) asgs;
    VEC(struct account_instance *) instances; /* ended ones stay for an hour */
    VEC(struct account_template *) templates;
    VEC(struct account_subnet *) subnets; /* ascending by id */

    /* What one service has for itself, made by its begin and freed by its release. */
    struct dynamodb_state *dynamodb;
    struct ec2_state *ec2;
    struct elb_state *elb;
    struct eks_state *eks;
    struct asg_state *asg;
    struct sts_state *sts;
    struct eventbridge_state *eventbridge;
    struct sqs_state *sqs;
};

/* Unix seconds. */
static inline int64_t account_now(const struct account *a)
{
    return a->start + a->now_ms / 1000;
}

/* --- texts, ids, ARNs: in the account's arena ----------------------------------------------- */

/* A copy; NULL of NULL. */
const char *account_keep(struct account *a, const char *text);
struct shape_texts account_keep_texts(struct account *a, const struct shape_texts *texts);
struct shape_pairs account_keep_pairs(struct account *a, const struct shape_pairs *pairs);
/* "i-0123456789abcdef0": the prefix and 17 hexadecimal digits. */
const char *account_make_id(struct account *a, const char *prefix);
/* "0a1b2c3d-4e5f-6071-8293-a4b5c6d7e8f9". */
const char *account_make_uuid(struct account *a);
#define ACCOUNT_UUID_MAX 37
/* The same, into out. */
void account_write_uuid(struct account *a, char out[static ACCOUNT_UUID_MAX]);
/* The same of other dice than the account's. */
void account_draw_uuid(uint64_t *dice, char out[static ACCOUNT_UUID_MAX]);
/* "arn:aws:SERVICE:REGION:ACCOUNT:" and the formatted rest. */
const char *account_arn(struct account *a, const char *service, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));
/* Who calls with keys of the user's own: an ARN. */
const char *account_user_arn(const struct account *a, struct arena *arena);
/* Equal numbers for equal seeds: 0 to below - 1. */
uint64_t account_throw(struct account *a, uint64_t below);

/* The value of a key; NULL. */
const char *account_tag(const struct shape_pairs *tags, const char *key);
/* Adds or replaces. */
void account_set_tag(struct account *a, struct shape_pairs *tags, const char *key,
                     const char *value);
void account_drop_tag(struct shape_pairs *tags, const char *key);

/* --- finding: NULL when it is not there ----------------------------------------------------- */

struct account_group *account_find_group(const struct account *a, const char *name);
struct account_asg *account_find_asg(const struct account *a, const char *name);
struct account_instance *account_find_instance(const struct account *a, const char *id);
/* That has this Node and has not ended. */
struct account_instance *account_find_node(const struct account *a, struct sv node);
struct account_subnet *account_find_subnet(const struct account *a, const char *id);
/* By id, or, when id is NULL, by name. Deleted ones are not found. */
struct account_template *account_find_template(const struct account *a, const char *id,
                                               const char *name);
/* "3", "$Latest", "$Default"; NULL text: the default. */
struct account_template_version *account_find_version(struct account_template *t, const char *text);

/* --- changing ------------------------------------------------------------------------------- */

/* Addresses that are left in a subnet: AWS keeps five of each to itself, each machine has those of
 * its interfaces. */
int64_t account_free_ips(const struct account *a, const struct account_subnet *s);

/* Can this type be had in this zone? Types that nobody knows are nowhere; those with accelerators
 * and the newest of all are not in the last of a region's zones, as in many regions. */
bool account_offers(const struct account *a, const char *type, const char *zone);

/* Names a new template with one version, whose data it copies. */
struct account_template *account_add_template(struct account *a, const char *name,
                                              const struct ec2_template_data *data);
/* A further version; not the default. */
struct account_template_version *account_add_version(struct account *a, struct account_template *t,
                                                     const struct ec2_template_data *data,
                                                     const char *description);

/* The Auto Scaling group of a node group, by its spec, with what it launches from (EKS's own
 * template, or a copy of the user's); sets g->asg. It is wanted as large as the spec says. name
 * NULL: one that EKS makes up. */
void account_make_asg(struct account *a, struct account_group *g, const char *name);

struct account_launch {
    const char *type;
    struct account_subnet *subnet;
    const struct account_template *template; /* NULL: of none */
    int64_t template_version;
    const char *image;              /* NULL: the template's, or that of the group's release */
    struct account_asg *asg;        /* NULL: of none; then it joins no cluster */
    const struct shape_pairs *tags; /* NULL: none but those of the ASG */
    bool spot;
};
/* Starts a machine: pending, soon running, and, when it belongs to a node group, on its way to
 * join the cluster. The caller has looked at quotas and addresses. */
struct account_instance *account_launch(struct account *a, const struct account_launch *l);
/* Ends it: shutting down, then terminated; its Node goes. Nothing when it is on that way. */
void account_terminate(struct account *a, struct account_instance *i);

/* As Auto Scaling ends a machine of a node group: it counts no more, and ends when its pods have
 * left or after 15 minutes. One that is of no node group ends at once. */
void account_retire(struct account *a, struct account_instance *i);

/* Is it there and not ending? */
static inline bool account_is_live(const struct account_instance *i)
{
    return i->state == ACCOUNT_PENDING || i->state == ACCOUNT_RUNNING;
}

#endif
