/*
 * status: what the API server says when it refuses, and its warnings, in our own terms. Pure.
 */
#ifndef TOBAN_KUBE_STATUS_H
#define TOBAN_KUBE_STATUS_H

#include "base/err.h"
#include "base/str.h"
#include "doc/doc.h"

/* What was asked, for messages. */
struct kube_asked {
    const char *what;   /* "list deployments.apps in namespace 'web'" */
    const char *can_i;  /* "list deployments.apps -n web"; NULL: no such question */
    const char *server; /* "https://host:port" */
    const char *user;   /* name in the kubeconfig; may be "" */
};

/* Sets err from an answer that is not 2xx: a Status object, or whatever stands in its place.
 * Returns -1. */
int kube_status_err(int status, struct sv body, const struct kube_asked *asked, struct err *err);

/* As above for a parsed Status (an ERROR event of a watch); its code becomes http_status. */
int kube_status_err_of(const struct doc_node *status, const struct kube_asked *asked,
                       struct err *err);

/* The continue token that comes along with 410 for a list that may go on inconsistently; appended.
 * False when there is none. */
bool kube_status_continue(struct sv body, struct str *token);

/* The text of a Warning header (`299 - "text"`), unquoted, appended. False for another code. */
bool kube_warning_parse(struct sv header, struct str *text);

#endif
