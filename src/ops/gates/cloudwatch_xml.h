/*
 * cloudwatch_xml: the answer of GetMetricData in the query protocol. Tree in, values out; shapes as
 * in AWS's service model (monitoring 2010-08-01). Not for others than ops/gates/.
 */
#ifndef TOBAN_OPS_GATES_CLOUDWATCH_XML_H
#define TOBAN_OPS_GATES_CLOUDWATCH_XML_H

#include "aws/xml.h"

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
};

/* False when it is no such answer. root may be NULL. *out is emptied first. */
bool cloudwatch_read(const struct aws_xml_node *root, struct cloudwatch_answer *out);

#endif
