#include "ops/gates/cloudwatch_xml.h"

#include "base/timestamp.h"

#include <stdio.h>
#include <stdlib.h>

static bool read_times(const struct aws_xml_node *list, struct cloudwatch_answer *out)
{
    aws_xml_each(member, list) {
        if (out->times == CLOUDWATCH_POINTS_MAX ||
            !timestamp_parse(member->text, &out->points[out->times].at))
            return false;
        out->times++;
    }
    return true;
}

static bool read_values(const struct aws_xml_node *list, struct cloudwatch_answer *out)
{
    aws_xml_each(member, list) {
        char text[64], *end = NULL;
        snprintf(text, sizeof text, "%.*s", SV_ARG(member->text));
        double value = strtod(text, &end);
        if (out->values == CLOUDWATCH_POINTS_MAX || end == text || *end)
            return false;
        out->points[out->values++].value = value;
    }
    return true;
}

bool cloudwatch_read(const struct aws_xml_node *root, struct cloudwatch_answer *out)
{
    *out = (struct cloudwatch_answer){0};
    if (!root || !sv_is(root->name, "GetMetricDataResponse"))
        return false;
    const struct aws_xml_node *results = aws_xml_at(root, "GetMetricDataResult.MetricDataResults");
    aws_xml_each(result, results) {
        struct sv status = aws_xml_text(result, "StatusCode");
        if (status.ptr)
            snprintf(out->status, sizeof out->status, "%.*s", SV_ARG(status));
        if (!read_times(aws_xml_get(result, "Timestamps"), out) ||
            !read_values(aws_xml_get(result, "Values"), out))
            return false;
    }
    return out->times == out->values;
}
