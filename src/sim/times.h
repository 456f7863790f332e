/*
 * times: how long things take in a cluster: parameters with documented defaults and sources
 * (docs/simulator.md), replaced by what the cluster's own events and timestamps say where the world
 * has samples. Durations are log-normal: median and 95th percentile in milliseconds; equal values
 * mean a constant. The far end of that is a guess, so none is longer than the longest of many
 * samples.
 */
#ifndef TOBAN_SIM_TIMES_H
#define TOBAN_SIM_TIMES_H

#include "base/err.h"
#include "world/cloud.h"
#include "world/world.h"

struct sim_time {
    int64_t p50_ms, p95_ms;
    int64_t most_ms; /* none is longer; 0: not known */
};

struct sim_times {
    struct sim_time api_call;       /* one write request */
    struct sim_time create;         /* controller sees the pod go -> new pod object */
    struct sim_time schedule;       /* one scheduling cycle with its binding */
    struct sim_time pull;           /* images that the node does not have yet, per pod */
    struct sim_time start;          /* sandbox, network, containers */
    struct sim_time init;           /* per init container */
    struct sim_time ready;          /* beyond the readiness probe's own delays */
    struct sim_time lb_ready;       /* target registered -> healthy, per gate */
    struct sim_time stop;           /* SIGTERM -> exit, without preStop; at most the grace */
    struct sim_time cleanup;        /* last container's end -> object gone */
    struct sim_time detach, attach; /* clean EBS detach, attach */
    struct sim_time mount;
    struct sim_time node_launch; /* machine asked for -> Node object */
    struct sim_time node_ready;  /* Node object -> Ready, DaemonSets able to run */
    struct sim_time node_terminate;
    int64_t force_detach_ms;                 /* 6 min */
    int64_t node_grace_ms;                   /* silence until NotReady: 40 s */
    double controller_qps, controller_burst; /* writes per second of each controller */
    double scheduler_qps;                    /* bindings per second at most */
    double node_launch_qps;                  /* machines started per second */
    double stuck_detach;                     /* share of detaches that hang until forced */
};

extern const struct sim_times sim_times_default;

/* *out = the defaults of the world's version, with every duration for which the world holds at
 * least 20 samples replaced by theirs, bounded by the longest of at least 1000. `calibrated` (may
 * be NULL) gets one bit per enum world_timing that was. */
void sim_times_calibrate(const struct world *w, struct sim_times *out, unsigned *calibrated);

/* Takes the time behind a load balancer's gate from the health checks of the cloud's target groups
 * with IP targets; false, and nothing changed, when there are none. */
bool sim_times_of_cloud(const struct cloud *cloud, struct sim_times *t);

/* Sets one by the name of its field: "pull=30s", "pull=30s/90s", "stuck-detach=0.1". */
int sim_times_set(struct sim_times *t, const char *assignment, struct err *err);

/* The names that sim_times_set takes; NULL behind the last. */
const char *sim_times_name(unsigned i);

#endif
