/*
 * plane: the load balancers in front of the pocket's pods: which targets they hold for healthy at a
 * virtual moment, and what a request gets that comes at that moment. Between what happens to a pod
 * and what a load balancer knows of it time passes, as it does in AWS: a pod that stops before
 * nobody sends it requests any more answers some of them with 502. That gap is what this is for.
 *
 * Pure: no sockets (pocket/front/plane.h), no calls of AWS (pocket/aws/elb*.c), no clock. Times are
 * virtual milliseconds since the start and never go back between calls. One thread.
 */
#ifndef TOBAN_POCKET_PLANE_PLANE_H
#define TOBAN_POCKET_PLANE_PLANE_H

#include "base/vec.h"
#include "cloud/elbv2.h"
#include "pocket/address.h"
#include "pocket/plane/ports.h"
#include "world/change.h"
#include "world/cloud.h"

#define PLANE_NEVER INT64_MAX

/* How long those take who tell load balancers about the cluster. Drawn evenly from least to most,
 * but always the same for one target at one moment. Sources: docs/simulator.md. */
struct plane_times {
    int64_t react_least_ms, react_most_ms; /* change in Kubernetes -> call of ELB */
    int64_t route_least_ms, route_most_ms; /* call of ELB -> its nodes act on it */
    int64_t proxy_ms;                      /* change of endpoints -> rules of kube-proxy */
    int64_t dial_ms;                       /* until a machine that is silent is given up on */
};
extern const struct plane_times plane_times_default;

/* A pod as those see it who send it requests. */
struct plane_pod {
    const char *name, *ns, *node, *zone; /* node, zone: "" while it has none */
    uint32_t pod, at_node;               /* in the world; WORLD_NONE */
    bool gated;                          /* becomes Ready only when its target is healthy */
    bool ready;
    int64_t listed, unlisted; /* among the ready endpoints from .. until */
    int64_t opens, closes;    /* its program takes connections from .. until */
    int64_t dies;             /* when what it has not answered by then is lost */
    bool silent;              /* its machine is dead: nobody refuses, nobody answers */
    uint32_t held;            /* by targets and requests under way */
};

struct plane_target {
    const char *id, *zone; /* address or instance */
    int32_t port;
    struct plane_pod *pod;   /* behind an address; NULL: nothing that is known */
    uint32_t node;           /* behind an instance, in the world; WORLD_NONE */
    bool by_client;          /* registered by a call, not for a pod or node */
    int64_t registered;      /* call of ELB */
    int64_t routed;          /* load balancers know of it and check it */
    int64_t checked;         /* when the next health check comes */
    int64_t leaves;          /* deregistered; PLANE_NEVER */
    int64_t unrouted;        /* gets nothing new from then on */
    int64_t gone;            /* drained */
    int64_t dies;            /* its machine; PLANE_NEVER */
    enum elbv2_state health; /* INITIAL, HEALTHY or UNHEALTHY */
    int32_t streak;          /* of checks that say otherwise */
};

struct plane_group {
    struct arena texts;
    const char *arn, *name, *protocol, *vpc, *path, *matcher;
    bool instances; /* target type "instance"; else "ip" */
    bool checks;    /* HealthCheckEnabled */
    int32_t port, interval_s, timeout_s, healthy, unhealthy;
    int32_t delay_s;          /* deregistration_delay.timeout_seconds */
    int64_t created;          /* virtual ms */
    const char *ns, *service; /* whose pods or nodes are registered; NULL: only by calls */
    uint32_t service_at;      /* in the world; WORLD_NONE */
    bool local;               /* externalTrafficPolicy: Local */
    VEC(struct plane_pod *) pods;
    VEC(struct plane_target) targets;
    struct elbv2_attributes attributes; /* that were set; in `texts` */
    uint64_t turn;                      /* round robin */
    int64_t quiet;                      /* nothing about pods and nodes changes after that */
    size_t sweep;                       /* pods that are too many to keep what is left */
};

struct plane_condition {
    const char *field; /* "path-pattern", "host-header", "http-request-method" */
    struct shape_texts values;
};
struct plane_rule {
    struct arena texts;
    const char *arn;
    int32_t priority;                       /* 0: the default rule */
    VEC(struct plane_condition) conditions; /* all of them, any of a condition's values */
    struct elbv2_actions actions;
    uint64_t turn; /* among weighted groups */
};
struct plane_listener {
    struct arena texts;
    const char *arn, *protocol;
    int32_t port;
    bool dropped;
    VEC(struct plane_rule *) rules; /* by priority, the default rule last */
};
struct plane_balancer {
    struct arena texts;
    const char *arn, *name, *dns, *type, *scheme; /* "application", "network"; "internal" */
    int64_t created;
    uint32_t service_at; /* made for this service of the world; WORLD_NONE: by a call */
    struct shape_texts subnets;
    VEC(struct plane_listener *) listeners;
    uint64_t answers[600];                 /* by status */
    uint64_t refused, lost, silent, empty; /* why 502 (twice), 504, 503 */
    bool dropped;                          /* is not there any more, and answers nothing */
};

struct plane_options {
    const struct world *world; /* the simulator's */
    const struct cloud *cloud; /* NULL: nothing is known of target groups */
    const char *region, *account;
    uint64_t seed;
    const struct plane_times *times; /* NULL: plane_times_default */
    /* The first port of a service; *out is left as it is where nothing is known. NULL: never. */
    void (*ports)(void *ctx, struct sv ns, struct sv service, struct plane_ports *out);
    void *ports_ctx;
    /* The address of a pod of the world; returns out. NULL: the one that follows from its place. */
    const char *(*address)(const void *ctx, uint32_t pod, char out[static ADDRESS_TEXT_MAX]);
    const void *address_ctx;
};

struct plane;

/* With a load balancer for each service of the world that has one: of type LoadBalancer, behind an
 * Ingress, or bound to a target group. What is ready at the start is healthy. World and cloud must
 * outlive it. Never NULL. */
struct plane *plane_new(const struct plane_options *o);
/* NULL-safe. */
void plane_free(struct plane *p);

/* Load balancers for services that came, none for those that went. Cheap when there are none. */
void plane_look(struct plane *p, int64_t now);
/* A change of the world when it happens (pocket/life.h: pocket_life_listen). */
void plane_changed(struct plane *p, const struct world_change *c, int64_t now);

/* ---- what there is ---- */

size_t plane_balancer_count(const struct plane *p);
struct plane_balancer *plane_balancer_at(const struct plane *p, size_t i);
size_t plane_group_count(const struct plane *p);
struct plane_group *plane_group_at(const struct plane *p, size_t i);

/* Is the group in an action of a listener of this load balancer (NULL: of any)? */
bool plane_uses(const struct plane *p, const struct plane_balancer *b, const char *group_arn);

struct plane_health {
    enum elbv2_state state;
    const char *reason, *description; /* NULL: none */
};
/* Brings a target's checks up to now and says how it stands. UNUSED: it is not registered (yet, any
 * more), or no load balancer sends anything to the group. */
struct plane_health plane_health(struct plane *p, struct plane_group *g, struct plane_target *t,
                                 int64_t now);

/* ---- changes by calls of ELB ---- */

/* All texts are copied. */
struct plane_balancer *plane_add_balancer(struct plane *p, const char *name, const char *type,
                                          int64_t now);
struct plane_listener *plane_add_listener(struct plane *p, struct plane_balancer *b,
                                          const char *protocol, int32_t port);
/* priority 0: the default rule. */
struct plane_rule *plane_add_rule(struct plane *p, struct plane_listener *l, int32_t priority);
/* With AWS's defaults. */
struct plane_group *plane_add_group(struct plane *p, const char *name, bool instances, int32_t port,
                                    int64_t now);
/* What is dropped keeps its memory until plane_free: requests may be under way. */
void plane_drop_balancer(struct plane *p, struct plane_balancer *b);
void plane_drop_listener(struct plane *p, struct plane_listener *l);
void plane_drop_rule(struct plane *p, struct plane_rule *r);
void plane_drop_group(struct plane *p, struct plane_group *g);

/* port 0: the group's. Registering what is draining takes it back. */
void plane_register(struct plane *p, struct plane_group *g, const char *id, int32_t port,
                    int64_t now);
/* False: it is not registered. */
bool plane_deregister(struct plane *p, struct plane_group *g, const char *id, int32_t port,
                      int64_t now);

/* ---- requests ---- */

struct plane_ask {
    struct sv method, host, path; /* path without query */
    int64_t takes_ms;             /* how long the program works on it */
};
/* A request under way. Zeroed before plane_begin. */
struct plane_flight {
    struct plane_balancer *balancer;
    struct plane_pod *pod; /* NULL: no program has it */
    int64_t ends;          /* when it is answered */
    int status;            /* what the answer is unless the pod dies before */
    const char *why;       /* NULL, or what went wrong */
    const char *location;  /* of a redirect; in `text` */
    const char *body;      /* of a fixed response; in the rule's memory until its change */
    char target[64];       /* "10.64.0.5:8080" */
    char text[600];
};
void plane_begin(struct plane *p, struct plane_balancer *b, const struct plane_listener *l,
                 const struct plane_ask *ask, int64_t now, struct plane_flight *out);
/* To be called at its end or later, with all changes until then told: the status, counted. To be
 * asked at most once. */
int plane_end(struct plane_flight *f);
/* In every case, answered or not. */
void plane_flight_release(struct plane_flight *f);

#endif
