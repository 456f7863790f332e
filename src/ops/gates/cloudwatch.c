#include "ops/gates/cloudwatch_xml.h"
#include "ops/gates/look.h"

#include "aws/endpoint.h"
#include "aws/sigv4.h"
#include "base/secret.h"
#include "base/timestamp.h"
#include "doc/doc.h"
#include "net/http_url.h"

#include <math.h>
#include <time.h>

#define FORM "application/x-www-form-urlencoded"
#define SERVICE "monitoring"
#define LOOK_BACK_S 300

/* What a gate's query says (plan/gate.h). */
struct wish {
    struct sv space, metric, stat, missing;
    int64_t period_s;
    const struct doc_node *dimensions;
    int64_t now;
};

/* --- the question -------------------------------------------------------------------------- */

static void add(struct str *out, const char *name, struct sv value)
{
    str_addf(out, "&%s=", name);
    http_escape(out, value, "");
}

static void add_dimensions(const struct wish *w, struct str *out)
{
    unsigned n = 0;
    doc_each_pair(pair, w->dimensions) {
        char name[96];
        n++;
        snprintf(name, sizeof name,
                 "MetricDataQueries.member.1.MetricStat.Metric.Dimensions.member.%u.Name", n);
        add(out, name, doc_scalar(pair->key));
        snprintf(name, sizeof name,
                 "MetricDataQueries.member.1.MetricStat.Metric.Dimensions.member.%u.Value", n);
        add(out, name, doc_scalar(pair->value));
    }
}

static void format_form(const struct wish *w, struct str *out)
{
    char text[TIMESTAMP_TEXT_MAX];
    int64_t end = w->now - w->now % w->period_s;
    int64_t back = 5 * w->period_s > LOOK_BACK_S ? 5 * w->period_s : LOOK_BACK_S;
    str_adds(out, "Action=GetMetricData&Version=2010-08-01&ScanBy=TimestampDescending");
    add(out, "StartTime", sv_of(timestamp_format(end - back, text)));
    add(out, "EndTime", sv_of(timestamp_format(end, text)));
    str_adds(out, "&MetricDataQueries.member.1.Id=m1&MetricDataQueries.member.1.ReturnData=true");
    add(out, "MetricDataQueries.member.1.MetricStat.Metric.Namespace", w->space);
    add(out, "MetricDataQueries.member.1.MetricStat.Metric.MetricName", w->metric);
    add_dimensions(w, out);
    str_addf(out, "&MetricDataQueries.member.1.MetricStat.Period=%lld", (long long)w->period_s);
    add(out, "MetricDataQueries.member.1.MetricStat.Stat", w->stat);
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

static void understand(const struct wish *w, const struct http_response *r, const char *origin,
                       struct gate_sight *out)
{
    struct cloudwatch_answer answer;
    bool read = cloudwatch_parse(str_sv(&r->body), &answer);
    bool partial = strcmp(answer.status, "Complete") != 0;
    if (answer.code[0])
        look_failed(out, "%s answered %d: %s: %s", origin, r->status, answer.code, answer.message);
    else if (r->status != 200)
        look_failed(out, "%s answered %d", origin, r->status);
    else if (!read)
        look_failed(out, "%s answered what is no answer to GetMetricData", origin);
    else if (partial && answer.status[0])
        look_failed(out, "%s has no complete answer (%s)", origin, answer.status);
    else
        take_newest(w, &answer, out);
}

/* --- the exchange -------------------------------------------------------------------------- */

static void find_endpoint(const char *region, struct str *out)
{
    const char *own = aws_env_get(NULL, "AWS_ENDPOINT_URL_CLOUDWATCH");
    const char *any = own ? own : aws_env_get(NULL, "AWS_ENDPOINT_URL");
    const char *fips = aws_env_get(NULL, "AWS_USE_FIPS_ENDPOINT");
    if (any) {
        str_adds(out, any);
        return;
    }
    str_adds(out, "https://");
    aws_endpoint_host(SERVICE, region, fips && strcasecmp(fips, "true") == 0, out);
}

/* Signs and sends; the headers that are sent are those that were signed. */
static int send_form(const char *url, const struct http_url *parts, const char *region,
                     const struct wish *w, unsigned timeout_ms, struct http_response *response,
                     struct gate_sight *out)
{
    _cleanup_aws_credentials_ struct aws_credentials keys = {0};
    _cleanup_str_ struct str form = {0}, host = {0}, date_header = {0};
    _cleanup_secret_str_ struct str authorization = {0}, token = {0};
    char date[AWS_DATE_MAX];
    struct err err = {0};
    format_form(w, &form);
    str_addv(&host, parts->authority);
    const struct aws_header signed_headers[] = {{"content-type", FORM}, {"host", str_c(&host)}};
    const struct aws_request to_sign = {.method = "POST",
                                        .path = "/",
                                        .headers = signed_headers,
                                        .header_count = ARRAY_LEN(signed_headers),
                                        .body = str_sv(&form)};
    const struct aws_scope scope = {region, SERVICE, w->now};
    str_adds(&authorization, "Authorization: ");
    if (aws_credentials_load(NULL, NULL, &keys, &err) ||
        aws_sign(&to_sign, &keys, &scope, date, &authorization, &err)) {
        look_failed(out, "%s", err.msg);
        return -1;
    }
    str_addf(&date_header, "X-Amz-Date: %s", date);
    if (keys.session_token)
        str_addf(&token, "X-Amz-Security-Token: %s", keys.session_token);
    const char *headers[] = {"Content-Type: " FORM, str_c(&date_header), str_c(&authorization),
                             token.len ? str_c(&token) : NULL, NULL};
    const struct http_request request = {.method = "POST",
                                         .url = url,
                                         .headers = headers,
                                         .body = str_sv(&form),
                                         .max = LOOK_BODY_MAX,
                                         .timeout_ms = timeout_ms};
    return look_exchange(&request, response, out);
}

void look_cloudwatch(const struct gate *g, unsigned timeout_ms, struct gate_sight *out)
{
    _cleanup_http_response_ struct http_response response = {0};
    _cleanup_doc_ struct doc_file f = {0};
    _cleanup_str_ struct str endpoint = {0}, url = {0}, origin = {0};
    struct http_url parts;
    struct wish wish;
    if (doc_parse_json(&f, "query", sv_of(g->query ? g->query : ""), NULL, NULL) ||
        !read_wish(f.parts[0].root, &wish) || !g->url || !aws_region_valid(g->url)) {
        look_failed(out, "the gate does not say which metric of which region it means");
        return;
    }
    find_endpoint(g->url, &endpoint);
    if (!http_url_split(str_c(&endpoint), &parts)) {
        look_failed(out, "AWS_ENDPOINT_URL is no address");
        return;
    }
    http_origin(str_c(&endpoint), &origin);
    str_addf(&url, "%s/", str_c(&origin));
    if (send_form(str_c(&url), &parts, g->url, &wish, timeout_ms, &response, out) == 0)
        understand(&wish, &response, str_c(&origin), out);
}
