#include "base/jsonw.h"
#include "finding/report.h"
#include "finding/report_evidence_json.h"

static void version(struct jsonw *w, const char *key, struct version v)
{
    char text[VERSION_TEXT_MAX];
    jsonw_kv_str(w, key, v.set ? version_format(v, v.patch != 0, text) : NULL);
}

static void number_or_null(struct jsonw *w, const char *key, uint32_t n)
{
    jsonw_key(w, key);
    if (n)
        jsonw_int(w, n);
    else
        jsonw_null(w);
}

static void subject(struct jsonw *w, const struct finding_subject *at)
{
    jsonw_key(w, "subject");
    jsonw_object(w);
    jsonw_kv_str(w, "file", at->file);
    number_or_null(w, "line", at->line);
    number_or_null(w, "column", at->column);
    jsonw_kv_str(w, "cluster", at->cluster);
    jsonw_kv_str(w, "apiVersion", at->api_version);
    jsonw_kv_str(w, "kind", at->kind);
    jsonw_kv_str(w, "namespace", at->namespace);
    jsonw_kv_str(w, "name", at->name);
    jsonw_object_end(w);
}

static void replacement(struct jsonw *w, const struct finding *f)
{
    jsonw_key(w, "replacement");
    if (!f->replacement_api_version) {
        jsonw_null(w);
        return;
    }
    jsonw_object(w);
    jsonw_kv_str(w, "apiVersion", f->replacement_api_version);
    jsonw_kv_str(w, "kind", f->replacement_kind ? f->replacement_kind : f->subject.kind);
    jsonw_object_end(w);
}

static void suppression(struct jsonw *w, const struct finding *f)
{
    jsonw_key(w, "suppressed_by");
    if (f->state != FINDING_SUPPRESSED) {
        jsonw_null(w);
        return;
    }
    jsonw_object(w);
    jsonw_kv_str(w, "reason", f->suppressed_reason);
    jsonw_kv_str(w, "owner", f->suppressed_owner);
    jsonw_object_end(w);
}

static void finding(struct jsonw *w, const struct finding *f)
{
    jsonw_object(w);
    jsonw_kv_str(w, "fingerprint", f->fingerprint);
    jsonw_kv_str(w, "rule", f->rule);
    jsonw_kv_str(w, "severity", finding_severity_name(f->severity));
    jsonw_kv_str(w, "state", finding_state_name(f->state));
    jsonw_kv_str(w, "message", f->message);
    jsonw_kv_str(w, "fix", f->fix);
    jsonw_kv_str(w, "hint", f->hint);
    subject(w, &f->subject);
    version(w, "before", f->before);
    jsonw_kv_str(w, "component", f->component ? f->component : "kubernetes");
    version(w, "deprecated_in", f->deprecated_in);
    version(w, "removed_in", f->removed_in);
    replacement(w, f);
    report_evidence_json(w, f);
    suppression(w, f);
    jsonw_object_end(w);
}

static void severities(struct jsonw *w, const struct report_counts *n)
{
    for (int s = FINDING_REMOVED; s <= FINDING_INFO; s++)
        jsonw_kv_int(w, finding_severity_name((enum finding_severity)s),
                     (long long)n->by_severity[s]);
}

static bool same_hop(const struct finding *a, const struct finding *b)
{
    return a->before.set == b->before.set &&
           (!a->before.set || version_cmp(a->before, b->before) == 0);
}

/* One entry per version that something must be done before; the set is sorted by it. */
static void hops(struct jsonw *w, const struct finding_set *set)
{
    jsonw_key(w, "hops");
    jsonw_array(w);
    for (size_t i = 0; i < set->findings.len;) {
        struct report_counts n = {0};
        const struct finding *first = &set->findings.items[i];
        for (; i < set->findings.len && same_hop(first, &set->findings.items[i]); i++) {
            const struct finding *f = &set->findings.items[i];
            n.by_severity[f->severity] += finding_is_open(f);
        }
        jsonw_object(w);
        version(w, "before", first->before);
        severities(w, &n);
        jsonw_object_end(w);
    }
    jsonw_array_end(w);
}

static void summary(struct jsonw *w, const struct finding_set *set, const struct report_meta *meta)
{
    struct report_counts n;
    size_t failing = 0;
    report_count(set, &n);
    vec_foreach(f, &set->findings)
        failing += report_fails(meta, f);
    jsonw_key(w, "summary");
    jsonw_object(w);
    jsonw_kv_int(w, "files", (long long)set->files);
    jsonw_kv_int(w, "objects", (long long)set->objects);
    jsonw_kv_int(w, "findings", (long long)set->findings.len);
    jsonw_kv_int(w, "open", (long long)n.open);
    jsonw_kv_int(w, "suppressed", (long long)n.suppressed);
    severities(w, &n);
    jsonw_kv_str(w, "fail_on", meta->fail_never ? "never" : finding_severity_name(meta->fail_on));
    jsonw_kv_int(w, "failing", (long long)failing);
    jsonw_kv_int(w, "problems", (long long)set->problems.len);
    hops(w, set);
    jsonw_object_end(w);
}

static void head(struct jsonw *w, const struct report_meta *meta)
{
    _cleanup_str_ struct str time = {0};
    report_time(meta->generated, &time);
    jsonw_kv_str(w, "schema", "toban.findings/v1");
    jsonw_kv_str(w, "command", meta->command);
    jsonw_kv_str(w, "tool_version", meta->tool_version);
    jsonw_kv_str(w, "generated", str_c(&time));
    jsonw_kv_str(w, "data_date", meta->data_date);
    jsonw_kv_str(w, "cluster", meta->cluster);
    version(w, "from", meta->from);
    version(w, "to", meta->to);
}

static void problems(struct jsonw *w, const struct finding_set *set)
{
    jsonw_key(w, "problems");
    jsonw_array(w);
    vec_foreach(p, &set->problems) {
        jsonw_object(w);
        jsonw_kv_str(w, "where", p->where);
        jsonw_kv_str(w, "message", p->message);
        jsonw_kv_str(w, "hint", p->hint);
        jsonw_object_end(w);
    }
    jsonw_array_end(w);
    jsonw_key(w, "notes");
    jsonw_array(w);
    vec_foreach(n, &set->notes)
        jsonw_str(w, n->message);
    jsonw_array_end(w);
}

void report_json(const struct finding_set *set, const struct report_meta *meta, struct str *out)
{
    struct jsonw w;
    jsonw_init(&w, out, 2);
    jsonw_object(&w);
    head(&w, meta);
    summary(&w, set, meta);
    jsonw_key(&w, "findings");
    jsonw_array(&w);
    vec_foreach(f, &set->findings)
        finding(&w, f);
    jsonw_array_end(&w);
    problems(&w, set);
    jsonw_object_end(&w);
    str_addc(out, '\n');
}
