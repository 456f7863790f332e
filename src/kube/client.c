#include "kube/client.h"

#include "base/jsonw.h"
#include "kube/call.h"

#define NOTES_MAX 100
#define LINE_MAX_BYTES ((size_t)1 << 20)

/* --- life --------------------------------------------------------------------------------- */

static void set_limits(struct kube_client *c, const struct kube_limits *limits)
{
    struct kube_limits *l = &c->limits;
    if (limits)
        *l = *limits;
    l->max_in_flight = l->max_in_flight ? l->max_in_flight : 6;
    l->qps = l->qps ? l->qps : 50;
    l->burst = l->burst ? l->burst : 100;
    l->attempts = l->attempts ? l->attempts : 6;
    l->retry_base_ms = l->retry_base_ms ? l->retry_base_ms : 250;
    l->idle_timeout_ms = l->idle_timeout_ms ? l->idle_timeout_ms : 60000;
    l->connect_timeout_ms = l->connect_timeout_ms ? l->connect_timeout_ms : 15000;
    c->rng.state = l->seed ? l->seed : retry_seed();
    c->policy = (struct retry_policy){l->attempts, l->retry_base_ms, 30000};
    limiter_init(&c->limiter, l->qps, l->burst, http_now_ms());
}

int kube_client_open_http(struct kube_client *c, unsigned max_connections, struct http_client **out,
                          struct err *err)
{
    const struct kube_target *t = &c->target;
    struct kube_auth_cert cert = kube_auth_cert(c->auth);
    const struct http_config config = {.ca = {t->ca.pem, t->ca.file},
                                       .cert = {cert.cert, NULL},
                                       .key = {cert.key, NULL},
                                       .server_name = t->tls_server_name,
                                       .insecure = t->insecure,
                                       .proxy = t->proxy_url,
                                       .no_compression = t->no_compression,
                                       .max_connections = max_connections,
                                       .connect_timeout_ms = c->limits.connect_timeout_ms,
                                       .idle_timeout_ms = c->limits.idle_timeout_ms};
    return http_client_new(&config, out, err);
}

static int open_client(struct kube_client *c, const struct kube_limits *limits, struct err *err)
{
    set_limits(c, limits);
    if (kube_auth_new(&c->target, &c->auth, err))
        return -1;
    if (c->target.insecure)
        kube_client_note(c, SV("the kubeconfig says insecure-skip-tls-verify: the server's "
                               "certificate is not checked"));
    return 0;
}

int kube_client_new(const struct kube_options *options, const struct kube_limits *limits,
                    struct kube_client **out, struct err *err)
{
    *out = NULL;
    _cleanup_kube_client_ struct kube_client *c = calloc(1, sizeof *c);
    if (!c)
        return err_nomem(err, "Kubernetes client");
    if (options && options->request_timeout &&
        !kube_parse_timeout(options->request_timeout, &c->timeout_ms))
        return err_set(err, ERR_USAGE, "--request-timeout '%s': expected a time such as 30s or 1m",
                       options->request_timeout);
    if (kube_config_load(&c->config, options, err) ||
        kube_config_target(&c->config, options, &c->target, err) || open_client(c, limits, err))
        return -1;
    *out = steal_ptr(c);
    return 0;
}

int kube_client_new_for(const struct kube_target *target, const struct kube_limits *limits,
                        struct kube_client **out, struct err *err)
{
    *out = NULL;
    _cleanup_kube_client_ struct kube_client *c = calloc(1, sizeof *c);
    if (!c)
        return err_nomem(err, "Kubernetes client");
    c->target = *target;
    if (open_client(c, limits, err))
        return -1;
    *out = steal_ptr(c);
    return 0;
}

void kube_client_free(struct kube_client *c)
{
    if (!c)
        return;
    http_client_free(c->http);
    kube_auth_free(c->auth);
    kube_discovery_cache_free(c->discovery);
    kube_config_release(&c->config);
    arena_release(&c->notes_arena);
    vec_release(&c->notes);
    free(c);
}

const struct kube_target *kube_client_target(const struct kube_client *c)
{
    return &c->target;
}

void kube_client_note(struct kube_client *c, struct sv text)
{
    for (size_t i = 0; i < c->notes.len; i++)
        if (sv_is(text, c->notes.items[i]))
            return;
    const char *kept = c->notes.len < NOTES_MAX ? arena_dup(&c->notes_arena, text) : NULL;
    if (kept)
        (void)vec_push(&c->notes, kept);
}

size_t kube_client_notes(const struct kube_client *c, const char *const **notes)
{
    *notes = c->notes.items;
    return c->notes.len;
}

/* --- objects ------------------------------------------------------------------------------ */

void kube_object_release(struct kube_object *o)
{
    if (!o)
        return;
    doc_release(&o->doc);
    str_release(&o->text);
    *o = (struct kube_object){0};
}

/* Moves the answer into out and parses it. */
static int take_object(struct kube_call *call, struct kube_object *out, struct err *err)
{
    out->text = call->response.body;
    call->response.body = (struct str){0};
    if (doc_parse_json(&out->doc, "answer", str_sv(&out->text), NULL, err)) {
        if (err)
            err->class = ERR_REMOTE;
        return err_wrap(err, "%s: the server's answer is no JSON", call->what);
    }
    out->root = out->doc.part_count ? out->doc.parts[0].root : NULL;
    return 0;
}

static int run_for_object(struct kube_client *c, struct kube_call *call, struct kube_object *out,
                          struct err *err)
{
    if (out)
        kube_object_release(out);
    if (kube_call_run(c, call, err))
        return -1;
    return out ? take_object(call, out, err) : 0;
}

int kube_get(struct kube_client *c, const struct kube_ref *ref, struct kube_object *out,
             struct err *err)
{
    _cleanup_kube_call_ struct kube_call call = {.method = "GET", .idempotent = true};
    kube_call_init(&call);
    kube_call_of_ref(&call, "get", ref);
    return run_for_object(c, &call, out, err);
}

static void call_of_path(struct kube_call *call, const char *path)
{
    kube_call_init(call);
    str_adds(&call->path, path);
    snprintf(call->what, sizeof call->what, "get %.*s", (int)strcspn(path, "?"), path);
    snprintf(call->can_i, sizeof call->can_i, "get %.*s", (int)strcspn(path, "?"), path);
}

int kube_get_path(struct kube_client *c, const char *path, const char *accept,
                  struct kube_object *out, struct err *err)
{
    _cleanup_kube_call_ struct kube_call call = {
        .method = "GET", .accept = accept, .idempotent = true};
    call_of_path(&call, path);
    return run_for_object(c, &call, out, err);
}

int kube_get_version(struct kube_client *c, struct kube_version *out, struct err *err)
{
    _cleanup_kube_object_ struct kube_object object = {0};
    *out = (struct kube_version){0};
    if (kube_get_path(c, "/version", NULL, &object, err))
        return -1;
    struct sv git = doc_get_string(object.root, "gitVersion");
    struct sv platform = doc_get_string(object.root, "platform");
    if (!version_parse(git, &out->version))
        return err_set(err, ERR_REMOTE, "get /version: '%.*s' is no version of Kubernetes",
                       SV_ARG(git));
    snprintf(out->git_version, sizeof out->git_version, "%.*s", SV_ARG(git));
    snprintf(out->platform, sizeof out->platform, "%.*s", SV_ARG(platform));
    return 0;
}

/* --- writing ------------------------------------------------------------------------------ */

static void add_write_options(struct kube_call *call, const struct kube_write_options *options)
{
    const char *manager = options && options->field_manager ? options->field_manager : "toban";
    kube_call_query(call, "fieldManager", manager);
    kube_call_query(call, "dryRun", options && options->dry_run ? "All" : NULL);
    kube_call_query(call, "force", options && options->force ? "true" : NULL);
}

struct write {
    const char *method, *verb, *content_type;
    bool idempotent;
};

static int send_write(struct kube_client *c, const struct write *w, const struct kube_ref *ref,
                      struct sv body, const struct kube_write_options *options,
                      struct kube_object *out, struct err *err)
{
    _cleanup_kube_call_ struct kube_call call = {.method = w->method,
                                                 .content_type = w->content_type,
                                                 .body = body,
                                                 .idempotent = w->idempotent};
    kube_call_init(&call);
    kube_call_of_ref(&call, w->verb, ref);
    add_write_options(&call, options);
    return run_for_object(c, &call, out, err);
}

int kube_create(struct kube_client *c, const struct kube_ref *ref, struct sv body,
                const struct kube_write_options *options, struct kube_object *out, struct err *err)
{
    /* A dry run leaves nothing behind: it may be asked again. */
    const struct write w = {"POST", "create", KUBE_JSON, options && options->dry_run};
    return send_write(c, &w, ref, body, options, out, err);
}

int kube_replace(struct kube_client *c, const struct kube_ref *ref, struct sv body,
                 const struct kube_write_options *options, struct kube_object *out, struct err *err)
{
    const struct write w = {"PUT", "update", KUBE_JSON, true};
    return send_write(c, &w, ref, body, options, out, err);
}

const char *kube_patch_content_type(enum kube_patch_type type)
{
    static const char *const types[] = {
        [KUBE_PATCH_JSON] = "application/json-patch+json",
        [KUBE_PATCH_MERGE] = "application/merge-patch+json",
        [KUBE_PATCH_STRATEGIC] = "application/strategic-merge-patch+json",
        [KUBE_PATCH_APPLY] = "application/apply-patch+yaml",
    };
    return types[type];
}

int kube_patch(struct kube_client *c, const struct kube_ref *ref, enum kube_patch_type type,
               struct sv body, const struct kube_write_options *options, struct kube_object *out,
               struct err *err)
{
    /* A JSON patch may add to a list: done twice it is not the same as once. */
    const struct write w = {"PATCH", "patch", kube_patch_content_type(type),
                            type != KUBE_PATCH_JSON};
    return send_write(c, &w, ref, body, options, out, err);
}

static bool delete_body(const struct kube_delete_options *o, struct str *out)
{
    struct jsonw w;
    jsonw_init(&w, out, 0);
    jsonw_object(&w);
    jsonw_kv_str(&w, "kind", "DeleteOptions");
    jsonw_kv_str(&w, "apiVersion", "v1");
    if (o && o->propagation)
        jsonw_kv_str(&w, "propagationPolicy", o->propagation);
    if (o && o->grace_seconds)
        jsonw_kv_int(&w, "gracePeriodSeconds", o->grace_seconds > 0 ? o->grace_seconds : 0);
    if (o && (o->uid || o->resource_version)) {
        jsonw_key(&w, "preconditions");
        jsonw_object(&w);
        if (o->uid)
            jsonw_kv_str(&w, "uid", o->uid);
        if (o->resource_version)
            jsonw_kv_str(&w, "resourceVersion", o->resource_version);
        jsonw_object_end(&w);
    }
    if (o && o->dry_run) {
        jsonw_key(&w, "dryRun");
        jsonw_array(&w);
        jsonw_str(&w, "All");
        jsonw_array_end(&w);
    }
    jsonw_object_end(&w);
    return str_ok(out);
}

int kube_delete(struct kube_client *c, const struct kube_ref *ref,
                const struct kube_delete_options *options, struct err *err)
{
    _cleanup_str_ struct str body = {0};
    str_init(&body, 4096);
    if (!delete_body(options, &body))
        return err_set(err, ERR_LIMIT, "delete %s: options are too long", ref->resource);
    /* Without a uid a second try might hit an object of the same name that came after. */
    _cleanup_kube_call_ struct kube_call call = {.method = "DELETE",
                                                 .content_type = KUBE_JSON,
                                                 .body = str_sv(&body),
                                                 .idempotent = options && options->uid};
    kube_call_init(&call);
    kube_call_of_ref(&call, "delete", ref);
    return kube_call_run(c, &call, err);
}

/* --- lines -------------------------------------------------------------------------------- */

struct line_reader {
    struct str rest; /* of a line that is not complete */
    bool (*on_line)(void *ctx, struct sv line);
    void *ctx;
    bool too_long;
};

static bool give_line(struct line_reader *r, struct sv line)
{
    if (sv_ends(line, "\r"))
        line.len--;
    return r->on_line(r->ctx, line);
}

static bool on_text(void *ctx, struct sv bytes)
{
    struct line_reader *r = ctx;
    while (bytes.len) {
        const char *end = memchr(bytes.ptr, '\n', bytes.len);
        struct sv part = sv_n(bytes.ptr, end ? (size_t)(end - bytes.ptr) : bytes.len);
        bool direct = end && r->rest.len == 0;
        if (!direct)
            str_addv(&r->rest, part);
        if (!str_ok(&r->rest)) {
            r->too_long = true;
            return false;
        }
        if (!end)
            return true;
        bool more = give_line(r, direct ? part : str_sv(&r->rest));
        str_reset(&r->rest);
        if (!more)
            return false;
        bytes = sv_n(end + 1, bytes.len - part.len - 1);
    }
    return true;
}

int kube_get_lines(struct kube_client *c, const char *path,
                   bool (*on_line)(void *ctx, struct sv line), void *ctx, struct err *err)
{
    struct line_reader r = {.on_line = on_line, .ctx = ctx};
    str_init(&r.rest, LINE_MAX_BYTES);
    _cleanup_kube_call_ struct kube_call call = {
        .method = "GET", .accept = "*/*", .idempotent = true, .on_body = on_text, .ctx = &r};
    call_of_path(&call, path);
    int result = kube_call_run(c, &call, err);
    if (r.too_long)
        result =
            err_set(err, ERR_LIMIT, "get %s: a line of more than %zu bytes", path, LINE_MAX_BYTES);
    else if (result == 0 && r.rest.len && call.response.outcome == HTTP_ANSWERED)
        give_line(&r, str_sv(&r.rest));
    str_release(&r.rest);
    return result;
}

/* --- rights ------------------------------------------------------------------------------- */

static bool review_body(const char *verb, const struct kube_ref *ref, struct str *out)
{
    struct jsonw w;
    jsonw_init(&w, out, 0);
    jsonw_object(&w);
    jsonw_kv_str(&w, "apiVersion", "authorization.k8s.io/v1");
    jsonw_kv_str(&w, "kind", "SelfSubjectAccessReview");
    jsonw_key(&w, "spec");
    jsonw_object(&w);
    jsonw_key(&w, "resourceAttributes");
    jsonw_object(&w);
    jsonw_kv_str(&w, "verb", verb);
    jsonw_kv_str(&w, "group", ref->group ? ref->group : "");
    jsonw_kv_str(&w, "resource", ref->resource);
    if (ref->version)
        jsonw_kv_str(&w, "version", ref->version);
    if (ref->ns)
        jsonw_kv_str(&w, "namespace", ref->ns);
    if (ref->name)
        jsonw_kv_str(&w, "name", ref->name);
    if (ref->subresource)
        jsonw_kv_str(&w, "subresource", ref->subresource);
    jsonw_object_end(&w);
    jsonw_object_end(&w);
    jsonw_object_end(&w);
    return str_ok(out);
}

int kube_can_i(struct kube_client *c, const char *verb, const struct kube_ref *ref, bool *allowed,
               struct err *err)
{
    _cleanup_str_ struct str body = {0};
    _cleanup_kube_object_ struct kube_object answer = {0};
    const struct kube_ref reviews = {
        .group = "authorization.k8s.io", .version = "v1", .resource = "selfsubjectaccessreviews"};
    const struct write w = {"POST", "create", KUBE_JSON, true};
    str_init(&body, 1 << 16);
    if (!review_body(verb, ref, &body))
        return err_set(err, ERR_LIMIT, "may we %s %s: the question is too long", verb,
                       ref->resource);
    if (send_write(c, &w, &reviews, str_sv(&body), NULL, &answer, err))
        return -1;
    const struct doc_node *node = doc_get(doc_get(answer.root, "status"), "allowed");
    *allowed = node && node->type == DOC_BOOL && node->boolean;
    return 0;
}
