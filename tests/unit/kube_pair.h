/* kube_pair: a client of the Kubernetes API and the scripted server it talks to, for the tests of
 * kube/. */
#ifndef TOBAN_TESTS_KUBE_PAIR_H
#define TOBAN_TESTS_KUBE_PAIR_H

#include "fake_server.h"

#include "kube/client.h"

#include "unit.h"

struct pair {
    struct fake_server *server;
    struct kube_client *client;
    struct kube_target target;
};

static const struct kube_limits quick = {
    .attempts = 4, .retry_base_ms = 1, .seed = 1, .qps = 100000, .burst = 100000};

static inline void pair_start(struct pair *p, const struct fake_step *steps, size_t count,
                              const struct kube_user *user, const struct fake_cert *cert)
{
    struct err err = {0};
    p->server = fake_server_start(steps, count, cert);
    p->target = (struct kube_target){.server = fake_server_url(p->server),
                                     .namespace = "default",
                                     .context_name = "c",
                                     .cluster_name = "k",
                                     .user_name = "ann",
                                     .source = "f"};
    if (user)
        p->target.user = *user;
    if (cert)
        p->target.ca.pem = sv_of(fake_server_ca(p->server));
    if (kube_client_new_for(&p->target, &quick, &p->client, &err))
        fail_msg("%s", err.msg);
}

static inline void pair_stop(struct pair *p)
{
    kube_client_free(p->client);
    fake_server_stop(p->server);
}

#define STEPS(...)                                                                                 \
    (const struct fake_step[]){__VA_ARGS__},                                                       \
        sizeof((struct fake_step[]){__VA_ARGS__}) / sizeof(struct fake_step)
#define OK(json) FAKE_JSON("200 OK", json)
#define REPLY(status, headers, body)                                                               \
    "HTTP/1.1 " status "\r\n" headers "Connection: close\r\n\r\n" body

/* A page of a list, and the answer to a version that is forgotten. */
#define PAGE(token, version, items)                                                                \
    OK("{\"kind\":\"PodList\",\"apiVersion\":\"v1\",\"metadata\":{\"resourceVersion\":\"" version  \
       "\",\"continue\":\"" token "\"},\"items\":[" items "]}")
#define GONE(token)                                                                                \
    FAKE_JSON("410 Gone", "{\"kind\":\"Status\",\"reason\":\"Expired\",\"code\":410,\"message\":"  \
                          "\"too old\",\"metadata\":{"                                             \
                          "\"continue\":\"" token "\"}}")

#endif
