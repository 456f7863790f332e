/* One kubeconfig text into entries. The first error ends it; it names file, line and key. */
#include "kube/config_internal.h"

#include "base/base64.h"
#include "doc/doc.h"
#include "kube/tree_json.h"

struct reader {
    struct kube_config *cfg;
    struct doc_file *doc;
    const char *name; /* in cfg's arena */
    struct sv folder; /* of name, with its slash; empty: the current one */
    struct err *err;
};

static const char *type_word(const struct doc_node *node)
{
    switch (node->type) {
    case DOC_NULL:
        return "nothing";
    case DOC_BOOL:
        return "true or false (put it in quotes if it is text)";
    case DOC_INT:
    case DOC_FLOAT:
        return "a number (put it in quotes if it is text)";
    case DOC_STRING:
        return "text";
    case DOC_MAP:
        return "a map";
    case DOC_SEQ:
        return "a list";
    }
    return "something else";
}

static unsigned line_of(struct reader *r, const struct doc_node *node)
{
    uint32_t line = 0;
    uint32_t column = 0;
    doc_position(r->doc, node->span.start, &line, &column);
    return line;
}

static int fail_at(struct reader *r, const struct doc_node *node, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

static int fail_at(struct reader *r, const struct doc_node *node, const char *fmt, ...)
{
    char words[512];
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(words, sizeof words, fmt, ap);
    va_end(ap);
    return err_set(r->err, ERR_INPUT, "%s:%u: %s", r->name, line_of(r, node), words);
}

static int fail_type(struct reader *r, const struct doc_node *node, const char *key,
                     const char *expected)
{
    return fail_at(r, node, "%s: expected %s, found %s", key, expected, type_word(node));
}

/* The value of a key; NULL when it is missing or null. */
static struct doc_node *value_of(const struct doc_node *map, const char *key)
{
    struct doc_node *value = doc_get(map, key);
    return value && value->type != DOC_NULL ? value : NULL;
}

/* *out stays NULL when the key is missing, null or empty. */
static int read_text(struct reader *r, const struct doc_node *map, const char *key,
                     const char **out)
{
    const struct doc_node *value = value_of(map, key);
    if (!value)
        return 0;
    if (value->type != DOC_STRING)
        return fail_type(r, value, key, "text");
    if (value->text.len == 0)
        return 0;
    if (memchr(value->text.ptr, '\0', value->text.len))
        return fail_at(r, value, "%s: text with a zero byte", key);
    *out = arena_dup(&r->cfg->arena, value->text);
    return *out ? 0 : err_nomem(r->err, r->name);
}

static int read_bool(struct reader *r, const struct doc_node *map, const char *key, bool *out)
{
    const struct doc_node *value = value_of(map, key);
    if (!value)
        return 0;
    if (value->type != DOC_BOOL)
        return fail_type(r, value, key, "true or false");
    *out = value->boolean;
    return 0;
}

static int read_map(struct reader *r, const struct doc_node *map, const char *key,
                    struct doc_node **out)
{
    *out = value_of(map, key);
    return *out && (*out)->type != DOC_MAP ? fail_type(r, *out, key, "a map") : 0;
}

static int read_seq(struct reader *r, const struct doc_node *map, const char *key,
                    struct doc_node **out)
{
    *out = value_of(map, key);
    return *out && (*out)->type != DOC_SEQ ? fail_type(r, *out, key, "a list") : 0;
}

/* A path counts from the folder of the file it is written in. */
static int resolve(struct reader *r, const char **path)
{
    if (!*path || **path == '/')
        return 0;
    *path = arena_fmt(&r->cfg->arena, "%.*s%s", SV_ARG(r->folder), *path);
    return *path ? 0 : err_nomem(r->err, r->name);
}

static int read_path(struct reader *r, const struct doc_node *map, const char *key,
                     const char **out)
{
    return read_text(r, map, key, out) || resolve(r, out) ? -1 : 0;
}

static int decode_base64(struct reader *r, const struct doc_node *value, const char *key,
                         struct sv *out)
{
    char *to = arena_alloc(&r->cfg->arena, base64_room(value->text));
    size_t len;
    if (!to)
        return err_nomem(r->err, r->name);
    if (!base64_decode(value->text, to, &len))
        return fail_at(r, value, "%s: not base64", key);
    *out = sv_n(to, len);
    return 0;
}

static int read_blob(struct reader *r, const struct doc_node *map, const char *key,
                     const char *data_key, struct kube_blob *out)
{
    const struct doc_node *value = value_of(map, data_key);
    if (read_path(r, map, key, &out->file))
        return -1;
    if (!value)
        return 0;
    if (value->type != DOC_STRING)
        return fail_type(r, value, data_key, "text");
    return value->text.len ? decode_base64(r, value, data_key, &out->pem) : 0;
}

/* --- clusters ----------------------------------------------------------------------------- */

/* What the cluster has to say to login plugins. */
static int read_exec_config(struct reader *r, const struct doc_node *map, struct sv *out)
{
    struct doc_node *list;
    if (read_seq(r, map, "extensions", &list))
        return -1;
    for (uint32_t i = 0; i < doc_count(list); i++) {
        const struct doc_node *item = doc_item(list, i);
        if (!sv_is(doc_get_string(item, "name"), "client.authentication.k8s.io/exec"))
            continue;
        _cleanup_str_ struct str text = {0};
        struct jsonw w;
        str_init(&text, KUBE_CONFIG_MAX);
        jsonw_init(&w, &text, 0);
        tree_json_write(doc_get(item, "extension"), &w);
        const char *kept = str_ok(&text) ? arena_dup(&r->cfg->arena, str_sv(&text)) : NULL;
        if (!kept)
            return err_nomem(r->err, r->name);
        *out = sv_of(kept);
    }
    return 0;
}

static int read_cluster(struct reader *r, const struct doc_node *map, void *entry)
{
    struct kube_cluster_entry *e = entry;
    if (read_text(r, map, "server", &e->server) ||
        read_text(r, map, "tls-server-name", &e->tls_server_name) ||
        read_text(r, map, "proxy-url", &e->proxy_url) ||
        read_blob(r, map, "certificate-authority", "certificate-authority-data", &e->ca) ||
        read_bool(r, map, "insecure-skip-tls-verify", &e->insecure) ||
        read_bool(r, map, "disable-compression", &e->no_compression))
        return -1;
    return read_exec_config(r, map, &e->exec_config);
}

/* --- users -------------------------------------------------------------------------------- */

static int read_texts(struct reader *r, const struct doc_node *map, const char *key,
                      const char ***out, size_t *count)
{
    struct doc_node *list;
    if (read_seq(r, map, key, &list))
        return -1;
    size_t n = doc_count(list);
    const char **texts = n ? arena_new_n(&r->cfg->arena, const char *, n + 1) : NULL;
    if (n && !texts)
        return err_nomem(r->err, r->name);
    for (size_t i = 0; i < n; i++) {
        const struct doc_node *item = doc_item(list, (uint32_t)i);
        if (item->type != DOC_STRING)
            return fail_type(r, item, key, "a list of texts");
        texts[i] = arena_dup(&r->cfg->arena, item->text);
        if (!texts[i])
            return err_nomem(r->err, r->name);
    }
    *out = texts;
    *count = n;
    return 0;
}

static int read_env(struct reader *r, const struct doc_node *map, struct kube_exec *exec)
{
    struct doc_node *list;
    if (read_seq(r, map, "env", &list))
        return -1;
    size_t n = doc_count(list);
    exec->env = n ? arena_new_n(&r->cfg->arena, struct kube_env, n) : NULL;
    if (n && !exec->env)
        return err_nomem(r->err, r->name);
    for (size_t i = 0; i < n; i++) {
        const struct doc_node *item = doc_item(list, (uint32_t)i);
        struct kube_env *env = &exec->env[exec->env_count];
        if (item->type != DOC_MAP)
            return fail_type(r, item, "env", "a list of maps with name and value");
        if (read_text(r, item, "name", &env->name) || read_text(r, item, "value", &env->value))
            return -1;
        if (!env->name || strchr(env->name, '='))
            return fail_at(r, item, "env: entry without a usable name");
        if (!env->value)
            env->value = "";
        exec->env_count++;
    }
    return 0;
}

static int read_interactive(struct reader *r, const struct doc_node *map, struct kube_exec *exec)
{
    const char *mode = NULL;
    if (read_text(r, map, "interactiveMode", &mode))
        return -1;
    if (!mode || strcmp(mode, "IfAvailable") == 0)
        exec->interactive = KUBE_EXEC_IF_AVAILABLE;
    else if (strcmp(mode, "Never") == 0)
        exec->interactive = KUBE_EXEC_NEVER;
    else if (strcmp(mode, "Always") == 0)
        exec->interactive = KUBE_EXEC_ALWAYS;
    else
        return fail_at(r, value_of(map, "interactiveMode"),
                       "interactiveMode: expected Never, IfAvailable or Always, found '%s'", mode);
    return 0;
}

static int check_exec(struct reader *r, const struct doc_node *map, const struct kube_exec *exec)
{
    const struct doc_node *version = value_of(map, "apiVersion");
    if (!exec->command)
        return fail_at(r, map, "exec: no command");
    if (!exec->api_version)
        return fail_at(r, map, "exec: no apiVersion");
    if (strcmp(exec->api_version, "client.authentication.k8s.io/v1") == 0 ||
        strcmp(exec->api_version, "client.authentication.k8s.io/v1beta1") == 0)
        return 0;
    fail_at(r, version,
            "exec: apiVersion '%s' is not understood: expected "
            "client.authentication.k8s.io/v1 or /v1beta1",
            exec->api_version);
    return err_hint(r->err, "write the entry anew: aws eks update-kubeconfig --name CLUSTER");
}

static int read_exec(struct reader *r, const struct doc_node *user, struct kube_user *out)
{
    struct doc_node *map;
    if (read_map(r, user, "exec", &map) || !map)
        return map ? -1 : 0;
    struct kube_exec *exec = arena_new(&r->cfg->arena, struct kube_exec);
    if (!exec)
        return err_nomem(r->err, r->name);
    if (read_text(r, map, "apiVersion", &exec->api_version) ||
        read_text(r, map, "command", &exec->command) ||
        read_texts(r, map, "args", &exec->args, &exec->arg_count) || read_env(r, map, exec) ||
        read_text(r, map, "installHint", &exec->install_hint) ||
        read_bool(r, map, "provideClusterInfo", &exec->provide_cluster_info) ||
        read_interactive(r, map, exec) || check_exec(r, map, exec))
        return -1;
    if (strchr(exec->command, '/') && resolve(r, &exec->command))
        return -1;
    out->exec = exec;
    return 0;
}

static int read_extra(struct reader *r, const struct doc_node *user, struct kube_user *out)
{
    struct doc_node *map;
    if (read_map(r, user, "as-user-extra", &map))
        return -1;
    size_t n = 0;
    doc_each_pair(p, map)
        n += doc_count(p->value);
    out->as_extra = n ? arena_new_n(&r->cfg->arena, struct kube_env, n) : NULL;
    if (n && !out->as_extra)
        return err_nomem(r->err, r->name);
    doc_each_pair(p, map) {
        const char **texts = NULL;
        size_t count = 0;
        const char *key = arena_dup(&r->cfg->arena, p->key->text);
        if (!key)
            return err_nomem(r->err, r->name);
        if (read_texts(r, map, key, &texts, &count))
            return -1;
        for (size_t i = 0; i < count; i++)
            out->as_extra[out->as_extra_count++] = (struct kube_env){key, texts[i]};
    }
    return 0;
}

static int read_provider(struct reader *r, const struct doc_node *user, const char **out)
{
    struct doc_node *map;
    if (read_map(r, user, "auth-provider", &map) || (map && read_text(r, map, "name", out)))
        return -1;
    if (map && !*out)
        *out = "";
    return 0;
}

static int read_user(struct reader *r, const struct doc_node *map, void *entry)
{
    struct kube_user_entry *e = entry;
    struct kube_user *u = &e->user;
    size_t groups = 0;
    return read_blob(r, map, "client-certificate", "client-certificate-data", &u->cert) ||
                   read_blob(r, map, "client-key", "client-key-data", &u->key) ||
                   read_text(r, map, "token", &u->token) ||
                   read_path(r, map, "tokenFile", &u->token_file) ||
                   read_text(r, map, "username", &u->username) ||
                   read_text(r, map, "password", &u->password) ||
                   read_text(r, map, "as", &u->as_user) ||
                   read_text(r, map, "as-uid", &u->as_uid) ||
                   read_texts(r, map, "as-groups", &u->as_groups, &groups) ||
                   read_extra(r, map, u) || read_provider(r, map, &e->auth_provider) ||
                   read_exec(r, map, u)
               ? -1
               : 0;
}

/* --- contexts and the file ---------------------------------------------------------------- */

static int read_context(struct reader *r, const struct doc_node *map, void *entry)
{
    struct kube_context_entry *e = entry;
    return read_text(r, map, "cluster", &e->cluster) || read_text(r, map, "user", &e->user) ||
                   read_text(r, map, "namespace", &e->namespace)
               ? -1
               : 0;
}

/* All three kinds of entry begin with a name and its place. */
struct entry_head {
    const char *name;
    struct kube_origin origin;
};
_Static_assert(offsetof(struct kube_cluster_entry, origin) == offsetof(struct entry_head, origin) &&
                   offsetof(struct kube_user_entry, origin) ==
                       offsetof(struct entry_head, origin) &&
                   offsetof(struct kube_context_entry, origin) ==
                       offsetof(struct entry_head, origin),
               "entries begin alike");

/* What VEC makes of a pointer to any of them. */
struct entry_list {
    struct entry_head **items;
    size_t len, cap;
};

struct section {
    const char *list_key, *map_key;
    size_t size;
    struct entry_list *list;
    int (*read)(struct reader *r, const struct doc_node *map, void *entry);
};

static struct entry_head *find_entry(const struct entry_list *list, const char *name)
{
    for (size_t i = 0; i < list->len; i++)
        if (strcmp(list->items[i]->name, name) == 0)
            return list->items[i];
    return NULL;
}

static int read_entry(struct reader *r, const struct section *s, const struct doc_node *item)
{
    struct doc_node *map;
    struct entry_head *head = arena_alloc(&r->cfg->arena, s->size);
    if (!head)
        return err_nomem(r->err, r->name);
    if (item->type != DOC_MAP)
        return fail_type(r, item, s->list_key, "a list of maps with a name");
    if (read_text(r, item, "name", &head->name) || read_map(r, item, s->map_key, &map))
        return -1;
    if (!head->name)
        return fail_at(r, item, "%s: entry without a name", s->list_key);
    head->origin = (struct kube_origin){r->name, line_of(r, item)};
    if (map && s->read(r, map, head))
        return -1;
    const struct entry_head *other = find_entry(s->list, head->name);
    if (other && other->origin.file == r->name)
        return fail_at(r, item, "%s: '%s' is there twice, first in line %u", s->list_key,
                       head->name, other->origin.line);
    if (!other && !vec_push(s->list, head))
        return err_nomem(r->err, r->name);
    return 0;
}

static int read_section(struct reader *r, const struct doc_node *root, const struct section *s)
{
    struct doc_node *list;
    if (read_seq(r, root, s->list_key, &list))
        return -1;
    for (uint32_t i = 0; i < doc_count(list); i++)
        if (read_entry(r, s, doc_item(list, i)))
            return -1;
    return 0;
}

static int read_root(struct reader *r, const struct doc_node *root)
{
    struct kube_config *cfg = r->cfg;
    const struct section sections[] = {
        {"clusters", "cluster", sizeof(struct kube_cluster_entry),
         (struct entry_list *)&cfg->clusters, read_cluster},
        {"users", "user", sizeof(struct kube_user_entry), (struct entry_list *)&cfg->users,
         read_user},
        {"contexts", "context", sizeof(struct kube_context_entry),
         (struct entry_list *)&cfg->contexts, read_context},
    };
    const char *kind = NULL;
    const char *current = NULL;
    if (root->type != DOC_MAP)
        return fail_at(r, root, "a kubeconfig is a map, found %s", type_word(root));
    if (read_text(r, root, "kind", &kind) || read_text(r, root, "current-context", &current))
        return -1;
    if (kind && strcmp(kind, "Config") != 0)
        return fail_at(r, root, "not a kubeconfig: kind is '%s', expected 'Config'", kind);
    for (size_t i = 0; i < ARRAY_LEN(sections); i++)
        if (read_section(r, root, &sections[i]))
            return -1;
    if (current && !cfg->current_context) {
        cfg->current_context = current;
        cfg->current_origin =
            (struct kube_origin){r->name, line_of(r, value_of(root, "current-context"))};
    }
    return 0;
}

int kube_config_add(struct kube_config *cfg, const char *name, struct sv text, struct err *err)
{
    _cleanup_doc_ struct doc_file doc = {0};
    struct reader r = {.cfg = cfg, .doc = &doc, .err = err};
    r.name = arena_dup(&cfg->arena, sv_of(name));
    if (!r.name)
        return err_nomem(err, "kubeconfig");
    const char *slash = strrchr(r.name, '/');
    r.folder = sv_n(r.name, slash ? (size_t)(slash + 1 - r.name) : 0);
    if (text.len > KUBE_CONFIG_MAX)
        return err_set(err, ERR_LIMIT, "%s: kubeconfig of more than %zu bytes", name,
                       KUBE_CONFIG_MAX);
    if (doc_parse(&doc, r.name, text, NULL, err))
        return -1;
    if (doc.error_count) {
        err_set(err, ERR_INPUT, "%s:%u: %s", r.name, doc.errors[0].line, doc.errors[0].message);
        return err_hint(err, "it may be half-written: kubectl config view --kubeconfig=%s", r.name);
    }
    /* Like kubectl: the first document counts, an empty file is an empty config. */
    if (doc.part_count == 0 || !doc.parts[0].root || doc.parts[0].root->type == DOC_NULL)
        return 0;
    return read_root(&r, doc.parts[0].root);
}
