/*
 * elbv2: calls of Elastic Load Balancing: target groups and the health of their targets, listeners
 * and rules. The contract of all calls is that of cloud/eks.h.
 */
#ifndef TOBAN_CLOUD_ELBV2_H
#define TOBAN_CLOUD_ELBV2_H

#include "aws/client.h"
#include "cloud/shape.h"

struct elbv2_target_group {
    const char *arn, *name, *protocol, *vpc, *target_type; /* "ip", "instance" */
    const char *health_path;
    struct shape_int port, interval_s, timeout_s, healthy, unhealthy;
    enum shape_flag checks_health;
    struct shape_texts load_balancers; /* ARNs */
};
struct elbv2_target_groups {
    SHAPE_LIST(struct elbv2_target_group) items;
};

struct elbv2_attribute {
    const char *key, *value; /* "deregistration_delay.timeout_seconds" */
};
struct elbv2_attributes {
    SHAPE_LIST(struct elbv2_attribute) items;
};

struct elbv2_target {
    const char *id, *zone; /* zone NULL: that of the address or instance */
    struct shape_int port; /* unset: that of the target group */
};
struct elbv2_targets {
    struct elbv2_target *items;
    uint32_t count, cap;
};
struct elbv2_target_health {
    struct elbv2_target target;
    const char *state, *reason, *description; /* "healthy", "draining" */
};
struct elbv2_targets_health {
    SHAPE_LIST(struct elbv2_target_health) items;
};

/* Actions are kept whole, for who changes one of them sends all of them back. */
struct elbv2_weighted_group {
    const char *arn;
    struct shape_int weight;
};
struct elbv2_forward {
    SHAPE_LIST(struct elbv2_weighted_group) groups;
    enum shape_flag sticky;
    struct shape_int sticky_s;
};
struct elbv2_redirect {
    const char *protocol, *port, *host, *path, *query, *status;
};
struct elbv2_fixed {
    const char *body, *status, *type;
};
struct elbv2_oidc {
    const char *issuer, *authorization_endpoint, *token_endpoint, *user_info_endpoint, *client;
    const char *client_secret; /* never told by AWS: use_existing_secret sends it back as it is */
    const char *cookie, *scope, *unauthenticated;
    struct shape_int timeout_s;
    struct shape_pairs extra;
    enum shape_flag use_existing_secret;
};
struct elbv2_cognito {
    const char *pool_arn, *client, *domain, *cookie, *scope, *unauthenticated;
    struct shape_int timeout_s;
    struct shape_pairs extra;
};
struct elbv2_action {
    const char *type, *target_group; /* "forward" */
    struct shape_int order;
    struct elbv2_forward forward;
    struct elbv2_redirect redirect;
    struct elbv2_fixed fixed;
    struct elbv2_oidc oidc;
    struct elbv2_cognito cognito;
    struct shape_texts unknown; /* members that this program does not know */
};
struct elbv2_actions {
    struct elbv2_action *items;
    uint32_t count, cap;
};

struct elbv2_listener {
    const char *arn, *load_balancer, *protocol;
    struct shape_int port;
    struct elbv2_actions actions;
};
struct elbv2_listeners {
    SHAPE_LIST(struct elbv2_listener) items;
};
struct elbv2_rule {
    const char *arn, *priority; /* "default" */
    enum shape_flag is_default;
    struct elbv2_actions actions;
};
struct elbv2_rules {
    SHAPE_LIST(struct elbv2_rule) items;
};

/* arns and names (at most one of them) may be NULL: all of the region. */
int elbv2_describe_target_groups(struct aws_client *c, const struct shape_texts *arns,
                                 const struct shape_texts *names, struct arena *arena,
                                 struct elbv2_target_groups *out, struct err *err);
int elbv2_describe_target_group_attributes(struct aws_client *c, const char *target_group,
                                           struct arena *arena, struct elbv2_attributes *out,
                                           struct err *err);
/* targets NULL: all that are registered or still draining. */
int elbv2_describe_target_health(struct aws_client *c, const char *target_group,
                                 const struct elbv2_targets *targets, struct arena *arena,
                                 struct elbv2_targets_health *out, struct err *err);
int elbv2_describe_listeners(struct aws_client *c, const char *load_balancer, struct arena *arena,
                             struct elbv2_listeners *out, struct err *err);
int elbv2_describe_rules(struct aws_client *c, const char *listener, struct arena *arena,
                         struct elbv2_rules *out, struct err *err);

/* Replaces all default actions of a listener, or all actions of a rule. ERR_INPUT, with nothing
 * sent, when an action holds members that this program does not know and would drop. Setting the
 * same twice is as good as once, so these repeat on their own, as do the two below. */
int elbv2_modify_listener(struct aws_client *c, const char *listener,
                          const struct elbv2_actions *actions, struct err *err);
int elbv2_modify_rule(struct aws_client *c, const char *rule, const struct elbv2_actions *actions,
                      struct err *err);

int elbv2_register_targets(struct aws_client *c, const char *target_group,
                           const struct elbv2_targets *targets, struct err *err);
int elbv2_deregister_targets(struct aws_client *c, const char *target_group,
                             const struct elbv2_targets *targets, struct err *err);

enum elbv2_state {
    ELBV2_OTHER = 0,
    ELBV2_INITIAL,
    ELBV2_HEALTHY,
    ELBV2_UNHEALTHY,
    ELBV2_UNHEALTHY_DRAINING,
    ELBV2_UNUSED,
    ELBV2_DRAINING,
    ELBV2_UNAVAILABLE,
};
/* text may be NULL. */
enum elbv2_state elbv2_state(const char *text);

#endif
