#include "ops/migrate/release.h"

#include "base/base64.h"
#include "base/jsonw.h"
#include "base/must.h"
#include "base/timestamp.h"
#include "doc/splice.h"
#include "kube/list.h"

/* What the list of revisions says. */
struct history {
    struct arena arena;
    uint64_t newest, deployed; /* revision numbers; 0: none */
    const char *newest_status, *object;
};

static void history_release(struct history *h)
{
    arena_release(&h->arena);
}

static int see_revision(void *ctx, const struct kube_item *item, struct err *err)
{
    struct history *h = ctx;
    const struct doc_node *metadata = doc_get(item->root, "metadata");
    const struct doc_node *labels = doc_get(metadata, "labels");
    uint64_t number;
    if (!sv_to_u64(doc_get_string(labels, "version"), &number))
        return 0;
    struct sv status = doc_get_string(labels, "status");
    if (number > h->newest) {
        h->newest = number;
        h->newest_status = mem_must(arena_dup(&h->arena, status));
    }
    if (sv_is(status, "deployed") && number > h->deployed) {
        h->deployed = number;
        h->object = mem_must(arena_dup(&h->arena, doc_get_string(metadata, "name")));
    }
    return 0;
}

static int read_history(struct migrate_release *r, struct kube_client *client, struct history *h,
                        struct err *err)
{
    static const char *const resources[] = {"secrets", "configmaps"};
    char selector[512];
    snprintf(selector, sizeof selector, "owner=helm,name=%s", r->name);
    for (size_t i = 0; i < ARRAY_LEN(resources) && !h->newest; i++) {
        r->resource = resources[i];
        struct kube_list list = {
            .ref = {.version = "v1", .resource = resources[i], .ns = r->ns},
            .label_selector = selector,
            .shape = KUBE_LIST_METADATA,
            .on_item = see_revision,
            .ctx = h,
        };
        if (kube_list_run(client, &list, err))
            return err_wrap(err, "revisions of the Helm release %s", r->name);
    }
    return 0;
}

static int judge_history(const struct migrate_release *r, const struct history *h, struct err *err)
{
    if (!h->newest) {
        err_set(err, ERR_NOT_FOUND, "no Helm release %s in namespace %s", r->name, r->ns);
        return err_hint(err, "list them: helm list --all-namespaces");
    }
    if (strncmp(h->newest_status, "pending", 7) == 0) {
        err_set(err, ERR_CONFLICT,
                "revision %llu of the Helm release %s is %s: Helm is at work on it",
                (unsigned long long)h->newest, r->name, h->newest_status);
        return err_hint(err, "wait for it, or see: helm history %s -n %s", r->name, r->ns);
    }
    if (!h->deployed) {
        err_set(err, ERR_NOT_FOUND, "no revision of the Helm release %s is deployed", r->name);
        return err_hint(err, "see: helm history %s -n %s", r->name, r->ns);
    }
    return 0;
}

struct manifests {
    struct migrate_release *r;
    struct migrate_options options;
    size_t count;
};

static void count_manifest(void *ctx, const struct doc_node *node, struct sv name)
{
    ((struct manifests *)ctx)->count++;
}

static void migrate_manifest(void *ctx, const struct doc_node *node, struct sv name)
{
    struct manifests *m = ctx;
    struct migrate_files *files = &m->r->files;
    struct migrate_file *f = mem_must(arena_new(&files->arena, struct migrate_file));
    f->name =
        mem_must(arena_fmt(&files->arena, "helm/%s/%s/%.*s", m->r->ns, m->r->name, SV_ARG(name)));
    f->path = f->name;
    str_init(&f->old, 0);
    str_addv(&f->old, node->text);
    if (!str_ok(&f->old) || !vec_push(&files->files, f))
        must_fail_nomem();
    migrate_text(&m->options, f->name, str_sv(&f->old), &f->result, &f->err);
    struct sv text = f->result.changed ? str_sv(&f->result.text) : str_sv(&f->old);
    m->r->texts[files->files.len - 1] = (struct release_text){node, text};
}

static void migrate_manifests(struct migrate_release *r, const struct migrate_options *options)
{
    struct manifests m = {.r = r, .options = *options};
    if (!m.options.from.set)
        m.options.from = r->server;
    release_manifests(&r->revision, count_manifest, &m);
    r->texts = mem_must(arena_new_n(&r->files.arena, struct release_text, m.count + 1));
    release_manifests(&r->revision, migrate_manifest, &m);
}

int migrate_release_load(struct migrate_release *r, struct kube_client *client, const char *name,
                         const char *ns, const struct migrate_options *options, struct err *err)
{
    _cleanup_(history_release) struct history h = {0};
    struct kube_version v;
    *r = (struct migrate_release){.name = name, .ns = ns};
    if (kube_get_version(client, &v, err) || read_history(r, client, &h, err) ||
        judge_history(r, &h, err))
        return -1;
    r->server = v.version;
    r->server.patch = 0;
    r->newest = (int64_t)h.newest;
    const struct kube_ref ref = {
        .version = "v1", .resource = r->resource, .ns = ns, .name = h.object};
    if (kube_get(client, &ref, &r->stored, err))
        return -1;
    struct sv data = doc_get_string(doc_get(r->stored.root, "data"), "release");
    if (revision_decode(data, &r->revision, err))
        return err_wrap(err, "the Helm release in %s %s/%s", r->resource, ns, h.object);
    migrate_manifests(r, options);
    return 0;
}

/* Storing. */

static bool is_secret(const struct migrate_release *r)
{
    return strcmp(r->resource, "secrets") == 0;
}

/* JSON of a release as the value of data.release. */
static int pack_value(const struct migrate_release *r, const struct str *json, struct str *value,
                      struct err *err)
{
    _cleanup_str_ struct str once = {0};
    str_init(&once, 0);
    if (release_pack(str_sv(json), &once, err))
        return -1;
    if (is_secret(r))
        base64_encode(str_sv(&once), value);
    else
        str_addv(value, str_sv(&once));
    return str_ok(value) ? 0 : err_nomem(err, "packing the release");
}

static void write_labels(struct jsonw *w, const struct migrate_release *r, int64_t number,
                         int64_t now)
{
    char text[24];
    jsonw_key(w, "labels");
    jsonw_object(w);
    const struct doc_node *labels = doc_get(doc_get(r->stored.root, "metadata"), "labels");
    doc_each_pair(p, labels) {
        struct sv key = p->key->text;
        bool own = sv_is(key, "version") || sv_is(key, "status") || sv_is(key, "createdAt") ||
                   sv_is(key, "modifiedAt");
        if (own)
            continue;
        jsonw_key_sv(w, key);
        jsonw_sv(w, doc_string(p->value));
    }
    jsonw_kv_str(w, "status", "deployed");
    snprintf(text, sizeof text, "%lld", (long long)number);
    jsonw_kv_str(w, "version", text);
    snprintf(text, sizeof text, "%lld", (long long)now);
    jsonw_kv_str(w, "createdAt", text);
    jsonw_object_end(w);
}

static void write_object(struct str *out, const struct migrate_release *r, int64_t number,
                         int64_t now, const struct str *value)
{
    struct jsonw w;
    char name[512];
    snprintf(name, sizeof name, "sh.helm.release.v1.%s.v%lld", r->name, (long long)number);
    jsonw_init(&w, out, 0);
    jsonw_object(&w);
    jsonw_kv_str(&w, "apiVersion", "v1");
    jsonw_kv_str(&w, "kind", is_secret(r) ? "Secret" : "ConfigMap");
    jsonw_key(&w, "metadata");
    jsonw_object(&w);
    jsonw_kv_str(&w, "name", name);
    jsonw_kv_str(&w, "namespace", r->ns);
    write_labels(&w, r, number, now);
    jsonw_object_end(&w);
    if (is_secret(r))
        jsonw_kv_str(&w, "type", "helm.sh/release.v1");
    jsonw_key(&w, "data");
    jsonw_object(&w);
    jsonw_kv_sv(&w, "release", str_sv(value));
    jsonw_object_end(&w);
    jsonw_object_end(&w);
}

static int create_next(struct migrate_release *r, struct kube_client *client, int64_t number,
                       int64_t now, struct err *err)
{
    _cleanup_str_ struct str json = {0}, value = {0}, body = {0};
    char time[TIMESTAMP_TEXT_MAX];
    str_init(&json, 0);
    str_init(&value, 0);
    str_init(&body, 0);
    if (release_next(&r->revision, number, timestamp_format(now, time), r->texts,
                     r->files.files.len, &json, err) ||
        pack_value(r, &json, &value, err))
        return -1;
    write_object(&body, r, number, now, &value);
    if (!str_ok(&body))
        return err_nomem(err, "the new revision");
    const struct kube_ref ref = {.version = "v1", .resource = r->resource, .ns = r->ns};
    if (kube_create(client, &ref, str_sv(&body), NULL, NULL, err))
        return err_wrap(err, "storing revision %lld of the Helm release %s", (long long)number,
                        r->name);
    return 0;
}

/* The object as it was read, with another value and status; its resourceVersion guards it. */
static int superseded_body(struct migrate_release *r, int64_t now, const char *value,
                           struct str *body, struct err *err)
{
    _cleanup_splice_ struct splice s = {0};
    _cleanup_edits_ struct edit_list edits = {0};
    struct splice_conflict conflict = {0};
    char time[24];
    if (splice_init(&s, &r->stored.doc, 0, err))
        return -1;
    struct splice_node *labels = splice_at(s.root, "metadata.labels");
    splice_set_string(&s, splice_get(labels, "status"), "superseded");
    splice_remove(splice_entry_of(labels, "modifiedAt"));
    snprintf(time, sizeof time, "%lld", (long long)now);
    splice_put(&s, labels, SPLICE_LAST, "modifiedAt", splice_new_string(&s, time));
    splice_set_string(&s, splice_at(s.root, "data.release"), value);
    if (splice_edits(&s, &edits, &conflict))
        return err_set(err, ERR_BUG, "the old revision: %s", conflict.message);
    return edit_apply(&edits, r->stored.doc.text, body, err);
}

static int supersede(struct migrate_release *r, struct kube_client *client, int64_t now,
                     struct err *err)
{
    _cleanup_str_ struct str json = {0}, value = {0}, body = {0};
    str_init(&json, 0);
    str_init(&value, 0);
    str_init(&body, 0);
    if (release_superseded(&r->revision, &json, err) || pack_value(r, &json, &value, err) ||
        superseded_body(r, now, str_c(&value), &body, err))
        return -1;
    char name[512];
    struct sv stored = doc_get_string(doc_get(r->stored.root, "metadata"), "name");
    snprintf(name, sizeof name, "%.*s", SV_ARG(stored));
    const struct kube_ref ref = {
        .version = "v1", .resource = r->resource, .ns = r->ns, .name = name};
    return kube_replace(client, &ref, str_sv(&body), NULL, NULL, err);
}

int migrate_release_write(struct migrate_release *r, struct kube_client *client, int64_t now,
                          int64_t *number, struct err *err)
{
    bool changed = false;
    vec_foreach(file, &r->files.files) {
        changed |= (*file)->result.changed;
    }
    *number = 0;
    if (!changed)
        return 0;
    if (create_next(r, client, r->newest + 1, now, err))
        return -1;
    *number = r->newest + 1;
    vec_foreach(file, &r->files.files) {
        (*file)->written = (*file)->result.changed;
    }
    if (!supersede(r, client, now, err))
        return 0;
    err_wrap(err, "revision %lld is stored, but the one before could not be marked superseded",
             (long long)*number);
    return err_hint(err, "Helm goes on with the newest; its next upgrade marks the old one");
}

void migrate_release_release(struct migrate_release *r)
{
    if (!r)
        return;
    migrate_files_release(&r->files);
    revision_release(&r->revision);
    kube_object_release(&r->stored);
}
