/* Facts: pkg/registry/core/pod/storage/eviction.go of Kubernetes 1.20 to 1.35, and the admission
 * webhooks' own words (k8s.io/apiserver/pkg/admission/plugin/webhook/errors). */
#include "ops/drain/evict.h"

#include "base/jsonw.h"
#include "base/text.h"
#include "doc/pull.h"

#include <stdio.h>

#define CAUSES_MAX 16

/* ---- the question ---- */

const char *evict_api_version(struct version server)
{
    bool has_v1 = version_at_least(server, (struct version){1, 22, 0, true});
    return has_v1 ? "policy/v1" : "policy/v1beta1";
}

static void write_options(const struct evict_pod *pod, bool dry_run, struct jsonw *w)
{
    jsonw_key(w, "preconditions");
    jsonw_object(w);
    jsonw_kv_str(w, "uid", pod->uid);
    jsonw_object_end(w);
    if (!dry_run)
        return;
    jsonw_key(w, "dryRun");
    jsonw_array(w);
    jsonw_str(w, "All");
    jsonw_array_end(w);
}

void evict_body(const struct evict_pod *pod, struct version server, bool dry_run, struct str *out)
{
    struct jsonw w;
    jsonw_init(&w, out, 0);
    jsonw_object(&w);
    jsonw_kv_str(&w, "apiVersion", evict_api_version(server));
    jsonw_kv_str(&w, "kind", "Eviction");
    jsonw_key(&w, "metadata");
    jsonw_object(&w);
    jsonw_kv_str(&w, "name", pod->name);
    jsonw_kv_str(&w, "namespace", pod->ns);
    jsonw_object_end(&w);
    jsonw_key(&w, "deleteOptions");
    jsonw_object(&w);
    write_options(pod, dry_run, &w);
    jsonw_object_end(&w);
    jsonw_object_end(&w);
}

void evict_delete_body(const struct evict_pod *pod, bool dry_run, struct str *out)
{
    struct jsonw w;
    jsonw_init(&w, out, 0);
    jsonw_object(&w);
    jsonw_kv_str(&w, "apiVersion", "v1");
    jsonw_kv_str(&w, "kind", "DeleteOptions");
    write_options(pod, dry_run, &w);
    jsonw_object_end(&w);
}

/* ---- the Status that came back ---- */

struct said {
    bool is_status;
    struct sv message, reason;
    struct sv kind, name; /* details: of what */
    struct sv budget;     /* message of the cause DisruptionBudget */
    bool has_budget, namespace_ends;
    int64_t retry_after_s;
};

static void read_cause(struct pull *p, struct said *s)
{
    struct sv key, reason = SV_NONE, message = SV_NONE;
    if (!pull_map(p))
        return;
    while (pull_key(p, &key)) {
        if (sv_is(key, "reason"))
            pull_string(p, &reason);
        else if (sv_is(key, "message"))
            pull_string(p, &message);
        else
            pull_skip(p);
    }
    s->namespace_ends = s->namespace_ends || sv_is(reason, "NamespaceTerminating");
    if (!sv_is(reason, "DisruptionBudget") || s->has_budget)
        return;
    s->has_budget = true;
    s->budget = message;
}

static void read_causes(struct pull *p, struct said *s)
{
    unsigned count = 0;
    if (!pull_seq(p))
        return;
    while (pull_item(p))
        if (count++ < CAUSES_MAX)
            read_cause(p, s);
        else
            pull_skip(p);
}

static void read_details(struct pull *p, struct said *s)
{
    struct sv key;
    if (!pull_map(p))
        return;
    while (pull_key(p, &key)) {
        if (sv_is(key, "kind"))
            pull_string(p, &s->kind);
        else if (sv_is(key, "name"))
            pull_string(p, &s->name);
        else if (sv_is(key, "retryAfterSeconds"))
            pull_i64(p, &s->retry_after_s);
        else if (sv_is(key, "causes"))
            read_causes(p, s);
        else
            pull_skip(p);
    }
}

static struct said read_status(struct sv body, struct arena *a)
{
    struct said s = {.is_status = false};
    struct pull p;
    struct sv key, kind = SV_NONE;
    pull_init(&p, body, a);
    if (!body.len || !pull_map(&p))
        return s;
    while (pull_key(&p, &key)) {
        if (sv_is(key, "kind"))
            pull_string(&p, &kind);
        else if (sv_is(key, "message"))
            pull_string(&p, &s.message);
        else if (sv_is(key, "reason"))
            pull_string(&p, &s.reason);
        else if (sv_is(key, "details"))
            read_details(&p, &s);
        else
            pull_skip(&p);
    }
    if (!pull_ok(&p))
        return (struct said){.is_status = false};
    s.is_status = sv_is(kind, "Status");
    return s;
}

/* ---- what it means ---- */

static bool is_webhook(const struct said *s)
{
    return sv_has(s->message, "admission webhook \"") ||
           sv_has(s->message, "failed calling webhook");
}

/* 409 because the name is another pod's by now; the API has no field that says so. */
static bool is_other_uid(const struct said *s)
{
    return sv_has(s->message, "UID in precondition") ||
           sv_has(s->message, "UID in the precondition");
}

static enum eviction_cause cause_of_429(const struct said *s)
{
    if (!s->has_budget)
        return EVICTION_THROTTLED;
    return sv_has(s->budget, "still being processed") ? EVICTION_NOT_OBSERVED : EVICTION_BUDGET;
}

static enum eviction_cause cause_of(int status, int retry_after_s, const struct said *s)
{
    if (status >= 200 && status < 300)
        return EVICTION_OK;
    if (is_webhook(s))
        return EVICTION_WEBHOOK;
    switch (status) {
    case 403:
        return EVICTION_FORBIDDEN;
    case 404:
        return s->is_status && sv_is(s->reason, "NotFound") && sv_is(s->kind, "pods")
                   ? EVICTION_GONE
                   : EVICTION_FAILED;
    case 409:
        return is_other_uid(s) ? EVICTION_GONE : EVICTION_CONFLICT;
    case 429:
        return cause_of_429(s);
    case 500:
        return sv_has(s->message, "more than one PodDisruptionBudget") ? EVICTION_MANY_BUDGETS
                                                                       : EVICTION_FAILED;
    case 503:
        return retry_after_s ? EVICTION_THROTTLED : EVICTION_FAILED;
    default:
        return EVICTION_FAILED;
    }
}

/* "The disruption budget cart needs …", "The disruption budget \"cart\" …". */
static struct sv budget_named(struct sv words)
{
    const char *at = sv_find(words, "disruption budget ");
    if (!at)
        return SV_NONE;
    struct sv rest = {at + strlen("disruption budget "), 0};
    rest.len = (size_t)(words.ptr + words.len - rest.ptr);
    struct sv name = sv_split(&rest, ' ');
    if (name.len > 2 && name.ptr[0] == '"' && name.ptr[name.len - 1] == '"')
        return sv_n(name.ptr + 1, name.len - 2);
    return name;
}

static uint32_t find_budget(const struct world *w, const char *ns, struct sv name)
{
    uint32_t ns_id = w ? strings_find(&w->strings, sv_of(ns)) : 0;
    uint32_t id = w && name.len ? strings_find(&w->strings, name) : 0;
    for (uint32_t i = 0; ns_id && id && i < w->pdbs.len; i++)
        if (w->pdbs.items[i].used && w->pdbs.items[i].ns == ns_id && w->pdbs.items[i].name == id)
            return i;
    return WORLD_NONE;
}

static void keep(char *out, size_t cap, struct sv text)
{
    _cleanup_str_ struct str line = {0};
    size_t n;
    text_printable(&line, text);
    n = line.len < cap ? line.len : cap - 1;
    while (n && n < line.len && ((unsigned char)line.data[n] & 0xC0) == 0x80)
        n--;
    memcpy(out, str_c(&line), n);
    out[n] = '\0';
}

void evict_read(const struct evict_reply *reply, const struct world *w, const char *ns,
                struct eviction_answer *out)
{
    _cleanup_arena_ struct arena scratch = {0};
    struct said s = read_status(reply->body, &scratch);
    int64_t after = reply->retry_after_s ? reply->retry_after_s : s.retry_after_s;
    *out = (struct eviction_answer){.code = reply->status, .pdb = WORLD_NONE};
    out->retry_after_s = after < 0 ? 0 : after > 3600 ? 3600 : (int)after;
    out->cause = cause_of(reply->status, out->retry_after_s, &s);
    if (out->cause == EVICTION_OK)
        return;
    keep(out->message, sizeof out->message, s.message);
    keep(out->detail, sizeof out->detail, s.budget);
    out->pdb = find_budget(w, ns, budget_named(s.budget));
    if (!*out->message)
        snprintf(out->message, sizeof out->message, "the server answered %d", reply->status);
}

void evict_words(const struct eviction_answer *a, struct str *out)
{
    const char *said = *a->detail ? a->detail : a->message;
    switch (a->cause) {
    case EVICTION_OK:
        str_adds(out, "evicted");
        break;
    case EVICTION_GONE:
        str_adds(out, "it is gone already");
        break;
    case EVICTION_THROTTLED:
        str_addf(out, "the API server is busy (%d): %s", a->code, said);
        break;
    case EVICTION_FORBIDDEN:
        str_addf(out, "forbidden: %s", said);
        break;
    case EVICTION_WEBHOOK:
        str_addf(out, "a webhook refuses: %s", said);
        break;
    case EVICTION_FAILED:
        if (a->code)
            str_addf(out, "the server failed (%d): ", a->code);
        str_adds(out, said);
        break;
    default:
        str_adds(out, said);
        break;
    }
}
