#include "fake_api.h"

#include "base/must.h"
#include "base/str.h"
#include "world/load.h"

#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "unit.h"

#define REQUEST_MAX 16384
#define FAULTS_MAX 16

static const struct served {
    const char *path, *api_version, *resource, *kind;
    bool namespaced;
} served[] = {
    {"/api/v1", "v1", "nodes", "Node", false},
    {"/api/v1", "v1", "pods", "Pod", true},
    {"/api/v1", "v1", "namespaces", "Namespace", false},
    {"/apis/apps/v1", "apps/v1", "replicasets", "ReplicaSet", true},
    {"/apis/policy/v1", "policy/v1", "poddisruptionbudgets", "PodDisruptionBudget", true},
    {"/apis/networking.k8s.io/v1", "networking.k8s.io/v1", "ingresses", "Ingress", true},
};

struct object {
    const struct served *of;
    char *key; /* "resource/ns/name" */
    char *json;
};

struct happened {
    uint64_t version;
    const struct served *of;
    const char *type;
    char *json;
};

struct link {
    struct fake_api *api;
    pthread_t thread;
    int fd;
    bool cut, over;
};

struct fake_api {
    pthread_mutex_t lock;
    pthread_cond_t changed;
    VEC(struct object) objects;
    VEC(struct happened) log;
    VEC(struct link *) links;
    struct fake_fault faults[FAULTS_MAX];
    uint64_t version, oldest;
    unsigned watches;
    int listener, wake[2];
    uint16_t port;
    pthread_t thread;
    char config[64];
};

/* ---- objects ---- */

static const struct served *find_served(const char *resource)
{
    for (size_t i = 0; i < ARRAY_LEN(served); i++)
        if (strcmp(served[i].resource, resource) == 0)
            return &served[i];
    fail_msg("no resource %s", resource);
    return NULL;
}

static char *key_of(const char *resource, const char *ns, const char *name)
{
    char *key = NULL;
    assert_true(asprintf(&key, "%s/%s/%s", resource, ns ? ns : "", name) > 0);
    return key;
}

static struct object *find_object(struct fake_api *a, const char *key)
{
    vec_foreach(o, &a->objects)
        if (strcmp(o->key, key) == 0)
            return o;
    return NULL;
}

static void note(struct fake_api *a, const struct served *of, const char *type, const char *json)
{
    must_push(&a->log, (struct happened){a->version, of, type, strdup(json)});
    pthread_cond_broadcast(&a->changed);
}

void fake_api_put(struct fake_api *a, const char *resource, const char *ns, const char *name,
                  const char *uid, const char *meta, const char *rest)
{
    const struct served *of = find_served(resource);
    char *key = key_of(resource, ns, name), *json = NULL;
    pthread_mutex_lock(&a->lock);
    a->version++;
    assert_true(asprintf(&json,
                         "{'kind':'%s','apiVersion':'%s','metadata':{'name':'%s'%s%s%s,'uid':'%s',"
                         "'resourceVersion':'%llu'%s}%s}",
                         of->kind, of->api_version, name, ns ? ",'namespace':'" : "", ns ? ns : "",
                         ns ? "'" : "", uid, (unsigned long long)a->version, meta, rest) > 0);
    for (char *c = json; *c; c++)
        *c = *c == '\'' ? '"' : *c;
    struct object *o = find_object(a, key);
    note(a, of, o ? "MODIFIED" : "ADDED", json);
    if (o) {
        free(o->json);
        o->json = json;
        free(key);
    } else {
        must_push(&a->objects, (struct object){of, key, json});
    }
    pthread_mutex_unlock(&a->lock);
}

void fake_api_delete(struct fake_api *a, const char *resource, const char *ns, const char *name)
{
    char *key = key_of(resource, ns, name);
    pthread_mutex_lock(&a->lock);
    struct object *o = find_object(a, key);
    if (o) {
        a->version++;
        note(a, o->of, "DELETED", o->json);
        free(o->key);
        free(o->json);
        *o = a->objects.items[--a->objects.len];
    }
    pthread_mutex_unlock(&a->lock);
    free(key);
}

void fake_api_load(struct fake_api *a, struct world *w)
{
    struct err err = {0};
    struct load *l = load_new(w);
    pthread_mutex_lock(&a->lock);
    vec_foreach(o, &a->objects)
        if (load_object(l, sv_of(o->of->api_version), sv_of(o->of->kind), sv_of(o->json), &err))
            fail_msg("%s", err.msg);
    pthread_mutex_unlock(&a->lock);
    assert_int_equal(load_finish(l, &err), 0);
    load_free(l);
}

/* ---- faults ---- */

void fake_api_fault(struct fake_api *a, struct fake_fault fault)
{
    pthread_mutex_lock(&a->lock);
    size_t i = 0;
    while (i < FAULTS_MAX && a->faults[i].count)
        i++;
    assert_true(i < FAULTS_MAX);
    a->faults[i] = fault;
    pthread_mutex_unlock(&a->lock);
}

unsigned fake_api_faults(struct fake_api *a)
{
    unsigned n = 0;
    pthread_mutex_lock(&a->lock);
    for (size_t i = 0; i < FAULTS_MAX; i++)
        n += a->faults[i].count;
    pthread_mutex_unlock(&a->lock);
    return n;
}

static bool take_fault(struct fake_api *a, bool watch, const char *resource, struct fake_fault *out)
{
    bool found = false;
    pthread_mutex_lock(&a->lock);
    for (size_t i = 0; i < FAULTS_MAX && !found; i++) {
        struct fake_fault *f = &a->faults[i];
        if (!f->count || f->watches != watch || (f->resource && strcmp(f->resource, resource) != 0))
            continue;
        f->count--;
        *out = *f;
        found = true;
    }
    pthread_mutex_unlock(&a->lock);
    return found;
}

/* ---- answers ---- */

static bool give(struct link *l, const char *bytes, size_t n)
{
    while (n) {
        ssize_t sent = send(l->fd, bytes, n, MSG_NOSIGNAL);
        if (sent <= 0)
            return false;
        bytes += sent;
        n -= (size_t)sent;
    }
    return true;
}

static bool gives(struct link *l, const char *text)
{
    return give(l, text, strlen(text));
}

static bool answer(struct link *l, int status, const char *body)
{
    char head[256];
    snprintf(head, sizeof head,
             "HTTP/1.1 %d X\r\nContent-Type: application/json\r\nContent-Length: %zu\r\n%s\r\n",
             status, strlen(body), status == 429 ? "Retry-After: 0\r\n" : "");
    return gives(l, head) && gives(l, body);
}

static bool refuse(struct link *l, int status)
{
    char body[256];
    snprintf(body, sizeof body,
             "{\"kind\":\"Status\",\"status\":\"Failure\",\"code\":%d,\"message\":\"no\"}", status);
    return answer(l, status, body);
}

static void hang(struct link *l)
{
    pthread_mutex_lock(&l->api->lock);
    while (!l->cut)
        pthread_cond_wait(&l->api->changed, &l->api->lock);
    pthread_mutex_unlock(&l->api->lock);
}

#define STREAM_HEAD "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nConnection: close\r\n\r\n"

/* False when the connection is to end. */
static bool do_wrong(struct link *l, const struct fake_fault *f)
{
    char text[256];
    switch (f->kind) {
    case FAULT_STATUS:
        return refuse(l, f->status);
    case FAULT_SILENT_HEAD:
        if (gives(l, "HTTP/1.1 20"))
            hang(l);
        return false;
    case FAULT_SILENT_BODY:
        if (gives(l, STREAM_HEAD "{\"type\":\"ADDED\",\"obj"))
            hang(l);
        return false;
    case FAULT_CUT_BODY:
        gives(l, "HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n{\"type\":\"ADDED\",\"obj");
        return false;
    case FAULT_BAD_JSON:
        gives(l, STREAM_HEAD "{\"type\":\"ADDED\",\"object\":{\"kind\":\"Pod\",,\"a\":1}}\n");
        return false;
    case FAULT_ERROR_EVENT:
        snprintf(text, sizeof text,
                 STREAM_HEAD "{\"type\":\"ERROR\",\"object\":{\"kind\":\"Status\",\"code\":%d,"
                             "\"message\":\"no\"}}\n",
                 f->status);
        gives(l, text);
        return false;
    }
    return false;
}

static bool list_all(struct link *l, const struct served *of)
{
    struct fake_api *a = l->api;
    _cleanup_str_ struct str body = {0};
    str_init(&body, 0);
    pthread_mutex_lock(&a->lock);
    str_addf(
        &body,
        "{\"kind\":\"%sList\",\"apiVersion\":\"%s\",\"metadata\":{\"resourceVersion\":\"%llu\"},"
        "\"items\":[",
        of->kind, of->api_version, (unsigned long long)a->version);
    const char *comma = "";
    vec_foreach(o, &a->objects)
        if (o->of == of) {
            str_addf(&body, "%s%s", comma, o->json);
            comma = ",";
        }
    pthread_mutex_unlock(&a->lock);
    str_adds(&body, "]}");
    return answer(l, 200, str_c(&body));
}

/* What has happened since, then what happens; the lock is held but for sending. */
static void tell_all(struct link *l, const struct served *of, uint64_t since)
{
    struct fake_api *a = l->api;
    size_t at = 0;
    bool open = true;
    while (open && !l->cut) {
        if (at == a->log.len) {
            pthread_cond_wait(&a->changed, &a->lock);
            continue;
        }
        const struct happened h = a->log.items[at++];
        if (h.of != of || h.version <= since)
            continue;
        pthread_mutex_unlock(&a->lock);
        _cleanup_str_ struct str event = {0};
        str_init(&event, 0);
        str_addf(&event, "{\"type\":\"%s\",\"object\":%s}\n", h.type, h.json);
        open = give(l, event.data, event.len);
        pthread_mutex_lock(&a->lock);
    }
}

static bool watch(struct link *l, const struct served *of, uint64_t since)
{
    struct fake_api *a = l->api;
    pthread_mutex_lock(&a->lock);
    bool gone = since < a->oldest;
    pthread_mutex_unlock(&a->lock);
    if (gone)
        return refuse(l, 410);
    if (!gives(l, STREAM_HEAD))
        return false;
    pthread_mutex_lock(&a->lock);
    a->watches++;
    tell_all(l, of, since);
    a->watches--;
    pthread_mutex_unlock(&a->lock);
    return false;
}

/* ---- requests ---- */

static bool discover(struct link *l, const char *path)
{
    _cleanup_str_ struct str body = {0};
    str_init(&body, 0);
    str_addf(&body, "{\"kind\":\"APIResourceList\",\"groupVersion\":\"%s\",\"resources\":[",
             strrchr(path, 's') && strncmp(path, "/apis/", 6) == 0 ? path + 6 : "v1");
    const char *comma = "";
    for (size_t i = 0; i < ARRAY_LEN(served); i++) {
        if (strcmp(served[i].path, path) != 0)
            continue;
        str_addf(&body,
                 "%s{\"name\":\"%s\",\"kind\":\"%s\",\"namespaced\":%s,\"verbs\":[\"get\",\"list\","
                 "\"watch\"]}",
                 comma, served[i].resource, served[i].kind,
                 served[i].namespaced ? "true" : "false");
        comma = ",";
    }
    str_adds(&body, "]}");
    return answer(l, 200, str_c(&body));
}

#define GROUP(name)                                                                                \
    "{\"name\":\"" name "\",\"versions\":[{\"groupVersion\":\"" name                               \
    "/v1\",\"version\":\"v1\"}],\"preferredVersion\":{\"groupVersion\":\"" name                    \
    "/v1\",\"version\":\"v1\"}}"

static bool serve_other(struct link *l, const char *path)
{
    if (strcmp(path, "/version") == 0)
        return answer(l, 200, "{\"gitVersion\":\"v1.20.2\",\"platform\":\"linux/amd64\"}");
    if (strcmp(path, "/api") == 0)
        return answer(l, 200, "{\"kind\":\"APIVersions\",\"versions\":[\"v1\"]}");
    if (strcmp(path, "/apis") == 0)
        return answer(l, 200,
                      "{\"kind\":\"APIGroupList\",\"groups\":[" GROUP("apps") "," GROUP(
                          "policy") "," GROUP("networking.k8s.io") "]}");
    if (strcmp(path, "/api/v1/namespaces/kube-system") == 0)
        return answer(l, 200, "{\"kind\":\"Namespace\",\"metadata\":{\"uid\":\"the-cluster\"}}");
    for (size_t i = 0; i < ARRAY_LEN(served); i++)
        if (strcmp(served[i].path, path) == 0)
            return discover(l, path);
    return refuse(l, 404);
}

static const struct served *of_path(const char *path)
{
    char full[128];
    for (size_t i = 0; i < ARRAY_LEN(served); i++) {
        snprintf(full, sizeof full, "%s/%s", served[i].path, served[i].resource);
        if (strcmp(path, full) == 0)
            return &served[i];
    }
    return NULL;
}

/* False when the connection is to end. */
static bool serve_one(struct link *l, char *request)
{
    struct fake_fault fault;
    char *target = request + 4;
    target[strcspn(target, " ")] = '\0';
    char *query = strchr(target, '?');
    if (query)
        *query++ = '\0';
    const struct served *of = of_path(target);
    if (!of)
        return serve_other(l, target);
    bool watched = query && strstr(query, "watch=true");
    /* To learn the version that all lists are asked for. */
    if (query && strcmp(query, "limit=1") == 0)
        return list_all(l, of);
    if (take_fault(l->api, watched, of->resource, &fault))
        return do_wrong(l, &fault);
    const char *version = query ? strstr(query, "resourceVersion=") : NULL;
    return watched ? watch(l, of, strtoull(version + 16, NULL, 10)) : list_all(l, of);
}

static bool read_request(struct link *l, char *request)
{
    size_t n = 0;
    while (n < REQUEST_MAX - 1) {
        ssize_t got = read(l->fd, request + n, REQUEST_MAX - 1 - n);
        if (got <= 0)
            return false;
        n += (size_t)got;
        request[n] = '\0';
        if (strstr(request, "\r\n\r\n"))
            return true;
    }
    return false;
}

static void *serve(void *arg)
{
    struct link *l = arg;
    char *request = mem_must(malloc(REQUEST_MAX));
    int yes = 1;
    setsockopt(l->fd, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
    while (read_request(l, request) && serve_one(l, request))
        continue;
    free(request);
    pthread_mutex_lock(&l->api->lock);
    shutdown(l->fd, SHUT_RDWR);
    close(l->fd);
    l->over = true;
    pthread_mutex_unlock(&l->api->lock);
    return NULL;
}

/* ---- connections ---- */

static void take_link(struct fake_api *a, int fd)
{
    struct link *l = mem_must(calloc(1, sizeof *l));
    *l = (struct link){.api = a, .fd = fd};
    pthread_mutex_lock(&a->lock);
    must_push(&a->links, l);
    pthread_create(&l->thread, NULL, serve, l);
    pthread_mutex_unlock(&a->lock);
}

static void *accept_all(void *arg)
{
    struct fake_api *a = arg;
    struct pollfd fds[2] = {{.fd = a->listener, .events = POLLIN},
                            {.fd = a->wake[0], .events = POLLIN}};
    for (;;) {
        poll(fds, 2, -1);
        if (fds[1].revents)
            return NULL;
        int fd = accept4(a->listener, NULL, NULL, SOCK_CLOEXEC);
        if (fd >= 0)
            take_link(a, fd);
    }
}

void fake_api_up(struct fake_api *a)
{
    struct sockaddr_in address = {.sin_family = AF_INET,
                                  .sin_addr.s_addr = htonl(INADDR_LOOPBACK),
                                  .sin_port = htons(a->port)};
    socklen_t len = sizeof address;
    int yes = 1;
    a->listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    setsockopt(a->listener, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
    assert_int_equal(bind(a->listener, (struct sockaddr *)&address, sizeof address), 0);
    assert_int_equal(listen(a->listener, 64), 0);
    getsockname(a->listener, (struct sockaddr *)&address, &len);
    a->port = ntohs(address.sin_port);
    assert_int_equal(pipe(a->wake), 0);
    pthread_create(&a->thread, NULL, accept_all, a);
}

void fake_api_cut(struct fake_api *a)
{
    pthread_mutex_lock(&a->lock);
    vec_foreach(l, &a->links) {
        if (!(*l)->over)
            shutdown((*l)->fd, SHUT_RDWR);
        (*l)->cut = true;
    }
    pthread_cond_broadcast(&a->changed);
    pthread_mutex_unlock(&a->lock);
}

void fake_api_forget(struct fake_api *a)
{
    pthread_mutex_lock(&a->lock);
    a->oldest = ++a->version;
    pthread_mutex_unlock(&a->lock);
    fake_api_cut(a);
}

void fake_api_down(struct fake_api *a)
{
    assert_int_equal(write(a->wake[1], "x", 1), 1);
    pthread_join(a->thread, NULL);
    close(a->listener);
    close(a->wake[0]);
    close(a->wake[1]);
    fake_api_cut(a);
    vec_foreach(l, &a->links) {
        pthread_join((*l)->thread, NULL);
        free(*l);
    }
    a->links.len = 0;
}

unsigned fake_api_watches(struct fake_api *a)
{
    pthread_mutex_lock(&a->lock);
    unsigned n = a->watches;
    pthread_mutex_unlock(&a->lock);
    return n;
}

/* ---- life ---- */

static void write_config(struct fake_api *a)
{
    strcpy(a->config, "/tmp/toban-api-XXXXXX");
    int fd = mkstemp(a->config);
    assert_true(fd >= 0);
    dprintf(fd,
            "apiVersion: v1\nkind: Config\ncurrent-context: c\n"
            "clusters:\n- {name: c, cluster: {server: 'http://127.0.0.1:%u'}}\n"
            "contexts:\n- {name: c, context: {cluster: c, user: u}}\n"
            "users:\n- {name: u, user: {tokenFile: '%s.token'}}\n",
            a->port, a->config);
    close(fd);
    char token[80];
    snprintf(token, sizeof token, "%s.token", a->config);
    FILE *f = fopen(token, "w");
    assert_non_null(f);
    fputs("t", f);
    fclose(f);
}

struct fake_api *fake_api_start(void)
{
    struct fake_api *a = mem_must(calloc(1, sizeof *a));
    signal(SIGPIPE, SIG_IGN);
    pthread_mutex_init(&a->lock, NULL);
    pthread_cond_init(&a->changed, NULL);
    a->version = 1;
    fake_api_up(a);
    write_config(a);
    return a;
}

void fake_api_stop(struct fake_api *a)
{
    char token[80];
    fake_api_down(a);
    snprintf(token, sizeof token, "%s.token", a->config);
    unlink(token);
    unlink(a->config);
    vec_foreach(o, &a->objects) {
        free(o->key);
        free(o->json);
    }
    vec_foreach(h, &a->log)
        free(h->json);
    vec_release(&a->objects);
    vec_release(&a->log);
    vec_release(&a->links);
    pthread_mutex_destroy(&a->lock);
    pthread_cond_destroy(&a->changed);
    free(a);
}

const char *fake_api_config(const struct fake_api *a)
{
    return a->config;
}
