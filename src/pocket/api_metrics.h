/*
 * api_metrics: what the API counts of the requests it was asked, as the API server of Kubernetes
 * tells it at /metrics: how many of each sort, and which deprecated versions were asked for. Not
 * here: who may read it (api_index.c), and what no client of the pocket looks at (latencies,
 * caches, etcd).
 *
 * Source of names and labels: k8s.io/apiserver, pkg/endpoints/metrics, of 1.31.
 */
#ifndef TOBAN_POCKET_API_METRICS_H
#define TOBAN_POCKET_API_METRICS_H

#include "base/arena.h"
#include "base/map.h"

struct api_call;

/* Zeroed: nothing was counted. */
struct api_metrics {
    struct arena arena;
    struct map requests;   /* labels -> uint64_t */
    struct map deprecated; /* labels -> uint64_t, always 1 */
};
void api_metrics_release(struct api_metrics *m);

/* Counts a request about a kind that was let in and is answered. verb as rights have it ("list").
 */
void api_metrics_count(struct api_call *call, const char *verb);
/* Answers with all of it in Prometheus' text format. */
void api_metrics_show(struct api_call *call);

#endif
