/*
 * files: what somebody needs to talk to a pocket EKS, as files and as text: the kubeconfig and the
 * variables of the AWS tools.
 */
#ifndef TOBAN_POCKET_FRONT_FILES_H
#define TOBAN_POCKET_FRONT_FILES_H

#include "base/err.h"
#include "base/str.h"

/* A load balancer's listener, as a port of this machine. */
struct front_port {
    const char *name; /* of the load balancer's service, "games/lobby"; else the balancer's own */
    const char *url;  /* "http://127.0.0.1:40125" */
};

struct front_access {
    const char *cluster; /* its name in the kubeconfig */
    const char *server;  /* "https://127.0.0.1:40123" */
    struct sv ca;        /* PEM */
    struct sv token;     /* bearer token of an administrator */
    const char *aws;     /* "http://127.0.0.1:40124" */
    const char *region;
    const char *key_id, *secret; /* any pair will do: nobody checks the signature */
    const struct front_port *ports;
    size_t port_count;
    const char *stats; /* URL; NULL: no load balancers */
};

/* The text of a kubeconfig with one cluster, user and context. */
void front_kubeconfig(const struct front_access *a, struct str *out);

/* Lines for a shell, "export NAME='value'": KUBECONFIG, which is at `kubeconfig`, what the AWS
 * tools read, TOBAN_LB_GAMES_LOBBY for the load balancer of games/lobby, TOBAN_LB_STATS. */
void front_environment(const struct front_access *a, const char *kubeconfig, struct str *out);

/* Writes both into the folder, which is made when it is not there (mode 0700): "kubeconfig" and
 * "env", readable to nobody else. -1: cannot write. */
int front_write(const struct front_access *a, const char *dir, struct err *err);

#endif
