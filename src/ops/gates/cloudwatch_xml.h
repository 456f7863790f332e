/*
 * cloudwatch_xml: the answer of GetMetricData in the query protocol. Text in, values out; shapes as
 * in AWS's service model (monitoring 2010-08-01). Not for others than ops/gates/.
 */
#ifndef TOBAN_OPS_GATES_CLOUDWATCH_XML_H
#define TOBAN_OPS_GATES_CLOUDWATCH_XML_H

#include "base/sv.h"

#include <stdint.h>

#define CLOUDWATCH_POINTS_MAX 500

struct cloudwatch_point {
    int64_t at; /* seconds since 1970: when its period began */
    double value;
};

struct cloudwatch_answer {
    struct cloudwatch_point points[CLOUDWATCH_POINTS_MAX];
    unsigned times, values; /* how many of each were read; they belong together in order */
    char status[32];        /* of the result: "Complete", "PartialData", "Forbidden", … */
    char code[128];         /* of an error */
    char message[256];
};

/* False when it is no such answer. *out is emptied first. */
bool cloudwatch_parse(struct sv text, struct cloudwatch_answer *out);

#endif
