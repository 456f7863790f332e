/*
 * metric: the API server's own account of who asks for deprecated versions, from a line of its
 * /metrics. Pure.
 */
#ifndef TOBAN_RULES_LIVE_METRIC_H
#define TOBAN_RULES_LIVE_METRIC_H

#include "base/sv.h"
#include "base/version.h"

#define METRIC_LABEL_MAX 254

/* apiserver_requested_deprecated_apis{…} 1 */
struct metric_use {
    char group[METRIC_LABEL_MAX]; /* "" for core */
    char version[METRIC_LABEL_MAX], resource[METRIC_LABEL_MAX];
    char subresource[METRIC_LABEL_MAX]; /* "": none */
    struct version removed;             /* of Kubernetes; unset: not planned */
};

/* True when the line says that such a version was asked for. False for comments, other metrics,
 * a zero, and what is no line of the text format. */
bool metric_parse_use(struct sv line, struct metric_use *out);

/* The value of process_start_time_seconds, in whole seconds since 1970. */
bool metric_parse_start(struct sv line, int64_t *out);

#endif
