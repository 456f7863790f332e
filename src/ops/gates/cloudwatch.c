#include "ops/gates/cloudwatch_xml.h"
#include "ops/gates/look.h"

#include "aws/client.h"
#include "aws/endpoint.h"
#include "base/timestamp.h"
#include "doc/doc.h"

#include <math.h>
#include <time.h>

#define LOOK_BACK_S 300

/* What a gate's query says (plan/gate.h). */
struct wish {
    struct sv space, metric, stat, missing;
    int64_t period_s;
    const struct doc_node *dimensions;
    int64_t now;
};

/* --- the question -------------------------------------------------------------------------- */

#define QUERY "MetricDataQueries.member.1."
#define METRIC QUERY "MetricStat.Metric."

static void add_dimensions(const struct wish *w, struct str *out)
{
    unsigned n = 0;
    doc_each_pair(pair, w->dimensions) {
        n++;
        aws_form_add(out, doc_scalar(pair->key), METRIC "Dimensions.member.%u.Name", n);
        aws_form_add(out, doc_scalar(pair->value), METRIC "Dimensions.member.%u.Value", n);
    }
}

static void format_form(const struct wish *w, struct str *out)
{
    char text[TIMESTAMP_TEXT_MAX];
    int64_t end = w->now - w->now % w->period_s;
    int64_t back = 5 * w->period_s > LOOK_BACK_S ? 5 * w->period_s : LOOK_BACK_S;
    aws_form_add(out, SV("TimestampDescending"), "ScanBy");
    aws_form_add(out, sv_of(timestamp_format(end - back, text)), "StartTime");
    aws_form_add(out, sv_of(timestamp_format(end, text)), "EndTime");
    aws_form_add(out, SV("m1"), QUERY "Id");
    aws_form_add(out, SV("true"), QUERY "ReturnData");
    aws_form_add(out, w->space, METRIC "Namespace");
    aws_form_add(out, w->metric, METRIC "MetricName");
    add_dimensions(w, out);
    str_addf(out, "&" QUERY "MetricStat.Period=%lld", (long long)w->period_s);
    aws_form_add(out, w->stat, QUERY "MetricStat.Stat");
}

static bool read_wish(const struct doc_node *root, struct wish *out)
{
    const struct doc_node *period = doc_get(root, "period_s");
    *out = (struct wish){.space = doc_get_string(root, "namespace"),
                         .metric = doc_get_string(root, "metric"),
                         .stat = doc_get_string(root, "stat"),
                         .missing = doc_scalar(doc_get(root, "missing")),
                         .period_s = period && period->type == DOC_INT ? period->integer : 60,
                         .dimensions = doc_get(root, "dimensions"),
                         .now = time(NULL)};
    return out->space.len && out->metric.len && out->stat.len && out->period_s > 0 &&
           out->period_s <= 86400;
}

/* --- the answer ---------------------------------------------------------------------------- */

static void take_newest(const struct wish *w, const struct cloudwatch_answer *a,
                        struct gate_sight *out)
{
    int64_t newest = INT64_MIN;
    out->ok = true;
    out->value = NAN;
    for (unsigned i = 0; i < a->values; i++) {
        if (a->points[i].at <= newest || a->points[i].at + w->period_s > w->now)
            continue;
        newest = a->points[i].at;
        out->value = a->points[i].value;
    }
    if (newest != INT64_MIN || !w->missing.len)
        return;
    char text[64];
    snprintf(text, sizeof text, "%.*s", SV_ARG(w->missing));
    out->value = strtod(text, NULL);
    look_say(out, SV("there is no value, which is taken for one"));
}

static void understand(const struct wish *w, const struct aws_answer *a, struct gate_sight *out)
{
    struct cloudwatch_answer answer;
    bool read = cloudwatch_read(a->xml, &answer);
    bool partial = strcmp(answer.status, "Complete") != 0;
    if (!read)
        look_failed(out, "CloudWatch answered what is no answer to GetMetricData");
    else if (partial && answer.status[0])
        look_failed(out, "CloudWatch has no complete answer (%s)", answer.status);
    else
        take_newest(w, &answer, out);
}

/* --- the exchange -------------------------------------------------------------------------- */

static void exchange(const char *region, const struct wish *w, unsigned timeout_ms,
                     struct gate_sight *out)
{
    _cleanup_aws_client_ struct aws_client *client = NULL;
    _cleanup_aws_answer_ struct aws_answer answer = {0};
    _cleanup_str_ struct str form = {0};
    /* One attempt: a gate looks again by itself. */
    const struct aws_options options = {.region = region, .attempts = 1, .timeout_ms = timeout_ms};
    struct err err = {0};
    format_form(w, &form);
    const struct aws_call call = {.service = &aws_service_cloudwatch,
                                  .action = "GetMetricData",
                                  .body = str_sv(&form),
                                  .idempotent = true,
                                  .max = LOOK_BODY_MAX};
    if (aws_client_new(&options, &client, &err) == 0 &&
        aws_client_call(client, &call, &answer, &err) == 0)
        understand(w, &answer, out);
    else
        look_failed(out, "%s", err.msg);
}

void look_cloudwatch(const struct gate *g, unsigned timeout_ms, struct gate_sight *out)
{
    _cleanup_doc_ struct doc_file f = {0};
    struct wish wish;
    if (doc_parse_json(&f, "query", sv_of(g->query ? g->query : ""), NULL, NULL) ||
        !read_wish(f.parts[0].root, &wish) || !g->url || !aws_region_valid(g->url))
        look_failed(out, "the gate does not say which metric of which region it means");
    else
        exchange(g->url, &wish, timeout_ms, out);
}
