#include "base/jsonw.h"
#include "base/must.h"
#include "finding/report.h"
#include "finding/report_evidence_json.h"

/* SARIF 2.1.0, https://docs.oasis-open.org/sarif/sarif/v2.1.0/. */
#define SCHEMA                                                                                     \
    "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"

/* The rules that occur, in the order they do; a result names its rule by place in this list. */
struct used_rules {
    struct map places; /* id to place plus one */
    VEC(const char *) ids;
};

static void used_rules_release(struct used_rules *u)
{
    map_release(&u->places);
    vec_release(&u->ids);
}

static void collect_rules(struct used_rules *u, const struct finding_set *set)
{
    vec_foreach(f, &set->findings) {
        if (map_get(&u->places, sv_of(f->rule)))
            continue;
        mem_must(vec_push(&u->ids, f->rule) ? u : NULL);
        void *place = (void *)(uintptr_t)u->ids.len;
        mem_must(map_put(&u->places, sv_of(f->rule), place) ? u : NULL);
    }
}

static const char *level(enum finding_severity s)
{
    static const char *const levels[] = {"error", "warning", "warning", "note"};
    return levels[s];
}

static void text_object(struct jsonw *w, const char *key, const char *text)
{
    jsonw_key(w, key);
    jsonw_object(w);
    jsonw_kv_str(w, "text", text);
    jsonw_object_end(w);
}

static void rule_help(struct jsonw *w, const struct rule_info *info)
{
    _cleanup_str_ struct str text = {0}, markdown = {0};
    str_addf(&text, "%s\n\nFix: %s", info->why, info->fix);
    str_addf(&markdown, "%s\n\n**Fix:** %s", info->why, info->fix);
    for (size_t i = 0; info->links && info->links[i]; i++) {
        str_addf(&text, "\n%s", info->links[i]);
        str_addf(&markdown, "%s<%s>", i ? " " : "\n\n", info->links[i]);
    }
    jsonw_key(w, "help");
    jsonw_object(w);
    jsonw_kv_str(w, "text", str_c(&text));
    jsonw_kv_str(w, "markdown", str_c(&markdown));
    jsonw_object_end(w);
    if (info->links && info->links[0])
        jsonw_kv_str(w, "helpUri", info->links[0]);
}

static void rule(struct jsonw *w, const struct report_meta *meta, const char *id)
{
    const struct rule_info *info = report_rule(meta, id);
    jsonw_object(w);
    jsonw_kv_str(w, "id", id);
    if (info) {
        text_object(w, "shortDescription", info->title);
        text_object(w, "fullDescription", info->why);
        rule_help(w, info);
        jsonw_key(w, "defaultConfiguration");
        jsonw_object(w);
        jsonw_kv_str(w, "level", level(info->severity));
        jsonw_object_end(w);
    }
    jsonw_object_end(w);
}

static void driver(struct jsonw *w, const struct report_meta *meta, const struct used_rules *used)
{
    jsonw_key(w, "tool");
    jsonw_object(w);
    jsonw_key(w, "driver");
    jsonw_object(w);
    jsonw_kv_str(w, "name", "toban");
    jsonw_kv_str(w, "semanticVersion", meta->tool_version);
    jsonw_key(w, "rules");
    jsonw_array(w);
    vec_foreach(id, &used->ids)
        rule(w, meta, *id);
    jsonw_array_end(w);
    jsonw_object_end(w);
    jsonw_object_end(w);
}

static bool is_plain_in_uri(unsigned char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           (c && strchr("-._~/!$&'()*+,;=@", c));
}

/* A path as a URI reference; a colon in the first segment would make it a scheme, so colons are
 * always escaped. */
static void uri_of(struct str *out, const char *path)
{
    if (*path == '/')
        str_adds(out, "file://");
    while (strncmp(path, "./", 2) == 0)
        path += 2;
    for (; *path; path++) {
        if (is_plain_in_uri((unsigned char)*path))
            str_addc(out, *path);
        else
            str_addf(out, "%%%02X", (unsigned char)*path);
    }
}

static void region(struct jsonw *w, const struct finding_subject *at)
{
    if (!at->line)
        return;
    jsonw_key(w, "region");
    jsonw_object(w);
    jsonw_kv_int(w, "startLine", at->line);
    if (at->column)
        jsonw_kv_int(w, "startColumn", at->column);
    if (at->end_line)
        jsonw_kv_int(w, "endLine", at->end_line);
    if (at->end_line && at->end_column)
        jsonw_kv_int(w, "endColumn", at->end_column);
    jsonw_object_end(w);
}

static void physical_location(struct jsonw *w, const struct finding_subject *at)
{
    if (!at->file)
        return;
    _cleanup_str_ struct str uri = {0};
    uri_of(&uri, at->file);
    jsonw_key(w, "physicalLocation");
    jsonw_object(w);
    jsonw_key(w, "artifactLocation");
    jsonw_object(w);
    jsonw_kv_str(w, "uri", str_c(&uri));
    jsonw_object_end(w);
    region(w, at);
    jsonw_object_end(w);
}

static void logical_location(struct jsonw *w, const struct finding_subject *at)
{
    if (!at->kind)
        return;
    _cleanup_str_ struct str full = {0};
    if (at->cluster)
        str_addf(&full, "%s/", at->cluster);
    if (at->namespace)
        str_addf(&full, "%s/", at->namespace);
    str_addf(&full, "%s/%s", at->kind, at->name ? at->name : "");
    jsonw_key(w, "logicalLocations");
    jsonw_array(w);
    jsonw_object(w);
    if (at->name)
        jsonw_kv_str(w, "name", at->name);
    jsonw_kv_str(w, "fullyQualifiedName", str_c(&full));
    jsonw_kv_str(w, "kind", "resource");
    jsonw_object_end(w);
    jsonw_array_end(w);
}

static void locations(struct jsonw *w, const struct finding_subject *at)
{
    jsonw_key(w, "locations");
    jsonw_array(w);
    if (at->file || at->kind) {
        jsonw_object(w);
        physical_location(w, at);
        logical_location(w, at);
        jsonw_object_end(w);
    }
    jsonw_array_end(w);
}

static void suppressions(struct jsonw *w, const struct finding *f)
{
    jsonw_key(w, "suppressions");
    jsonw_array(w);
    if (f->state == FINDING_SUPPRESSED) {
        _cleanup_str_ struct str why = {0};
        str_addf(&why, "%s (owner %s)", f->suppressed_reason, f->suppressed_owner);
        jsonw_object(w);
        jsonw_kv_str(w, "kind", "external");
        jsonw_kv_str(w, "status", "accepted");
        jsonw_kv_str(w, "justification", str_c(&why));
        jsonw_object_end(w);
    }
    jsonw_array_end(w);
}

static void properties(struct jsonw *w, const struct finding *f)
{
    char text[VERSION_TEXT_MAX];
    jsonw_key(w, "properties");
    jsonw_object(w);
    jsonw_kv_str(w, "severity", finding_severity_name(f->severity));
    if (f->before.set)
        jsonw_kv_str(w, "before", version_format(f->before, false, text));
    if (f->fix)
        jsonw_kv_str(w, "fix", f->fix);
    if (f->hint)
        jsonw_kv_str(w, "hint", f->hint);
    report_evidence_json(w, f);
    jsonw_object_end(w);
}

static void message(struct jsonw *w, const struct finding *f)
{
    _cleanup_str_ struct str text = {0};
    str_adds(&text, f->message);
    if (f->fix)
        str_addf(&text, ". Fix: %s", f->fix);
    text_object(w, "message", str_c(&text));
}

static void result(struct jsonw *w, const struct finding *f, const struct used_rules *used)
{
    jsonw_object(w);
    jsonw_kv_str(w, "ruleId", f->rule);
    jsonw_kv_int(w, "ruleIndex", (long long)(uintptr_t)map_get(&used->places, sv_of(f->rule)) - 1);
    jsonw_kv_str(w, "level", level(f->severity));
    message(w, f);
    locations(w, &f->subject);
    jsonw_key(w, "partialFingerprints");
    jsonw_object(w);
    jsonw_kv_str(w, "toban/v1", f->fingerprint);
    jsonw_object_end(w);
    suppressions(w, f);
    properties(w, f);
    jsonw_object_end(w);
}

static void notification(struct jsonw *w, const char *level_name, const char *text)
{
    jsonw_object(w);
    jsonw_kv_str(w, "level", level_name);
    text_object(w, "message", text);
    jsonw_object_end(w);
}

static void invocation(struct jsonw *w, const struct finding_set *set,
                       const struct report_meta *meta)
{
    _cleanup_str_ struct str time = {0};
    report_time(meta->generated, &time);
    jsonw_key(w, "invocations");
    jsonw_array(w);
    jsonw_object(w);
    jsonw_kv_bool(w, "executionSuccessful", set->problems.len == 0);
    jsonw_kv_str(w, "endTimeUtc", str_c(&time));
    jsonw_key(w, "toolExecutionNotifications");
    jsonw_array(w);
    vec_foreach(p, &set->problems) {
        _cleanup_str_ struct str text = {0};
        str_addf(&text, "%s: %s", p->where, p->message);
        notification(w, "error", str_c(&text));
    }
    vec_foreach(n, &set->notes)
        notification(w, "note", n->message);
    jsonw_array_end(w);
    jsonw_object_end(w);
    jsonw_array_end(w);
}

static void run(struct jsonw *w, const struct finding_set *set, const struct report_meta *meta)
{
    _cleanup_(used_rules_release) struct used_rules used = {0};
    collect_rules(&used, set);
    jsonw_object(w);
    driver(w, meta, &used);
    invocation(w, set, meta);
    jsonw_kv_str(w, "columnKind", "unicodeCodePoints");
    jsonw_key(w, "results");
    jsonw_array(w);
    vec_foreach(f, &set->findings)
        result(w, f, &used);
    jsonw_array_end(w);
    jsonw_object_end(w);
}

void report_sarif(const struct finding_set *set, const struct report_meta *meta, struct str *out)
{
    struct jsonw w;
    jsonw_init(&w, out, 2);
    jsonw_object(&w);
    jsonw_kv_str(&w, "$schema", SCHEMA);
    jsonw_kv_str(&w, "version", "2.1.0");
    jsonw_key(&w, "runs");
    jsonw_array(&w);
    run(&w, set, meta);
    jsonw_array_end(&w);
    jsonw_object_end(&w);
    str_addc(out, '\n');
}
