#include "pocket/front/program.h"

#include "base/jsonw.h"

#include <stdio.h>

#define BODY_MAX ((size_t)1 << 20)

/* ---- who listens ---- */

static bool has_condition(const struct doc_node *pod, const char *type)
{
    doc_each_item(one, doc_at(pod, "status.conditions"))
        if (sv_is(doc_get_string(one, "type"), type))
            return sv_is(doc_get_string(one, "status"), "True");
    return false;
}

/* One that ends still answers, one that has not begun does not. */
static bool has_begun(const struct doc_node *pod)
{
    return has_condition(pod, "Ready") || doc_at(pod, "metadata.deletionTimestamp");
}

static bool names_port(const struct doc_node *pod, unsigned port)
{
    bool any = false;
    doc_each_item(container, doc_at(pod, "spec.containers"))
        doc_each_item(one, doc_get(container, "ports")) {
            const struct doc_node *number = doc_get(one, "containerPort");
            struct sv protocol = doc_get_string(one, "protocol");
            any = true;
            if (number && number->type == DOC_INT && number->integer == (int64_t)port &&
                (!protocol.len || sv_is(protocol, "TCP")))
                return true;
        }
    return !any;
}

bool front_program_listens(const struct doc_node *pod, unsigned port, struct str *why)
{
    if (sv_is(doc_string(doc_at(pod, "status.phase")), "Running") && has_begun(pod) &&
        names_port(pod, port))
        return true;
    str_addf(why,
             "error forwarding port %u to pod %.*s, uid %.*s: failed to connect to localhost:%u "
             "inside of it: connection refused",
             port, SV_ARG(doc_string(doc_at(pod, "metadata.name"))),
             SV_ARG(doc_string(doc_at(pod, "metadata.uid"))), port);
    return false;
}

/* ---- a connection ---- */

void front_program_init(struct front_program *p, const struct doc_node *pod)
{
    struct sv ns = doc_string(doc_at(pod, "metadata.namespace"));
    struct sv name = doc_string(doc_at(pod, "metadata.name"));
    struct sv node = doc_string(doc_at(pod, "spec.nodeName"));
    struct jsonw j;
    *p = (struct front_program){0};
    http_intake_init(&p->intake, BODY_MAX);
    jsonw_init(&j, &p->who, 0);
    jsonw_object(&j);
    jsonw_kv_int(&j, "status", 200);
    jsonw_kv_sv(&j, "namespace", ns);
    jsonw_kv_sv(&j, "pod", name);
    jsonw_kv_sv(&j, "node", node);
    jsonw_object_end(&j);
    str_addc(&p->who, '\n');
    str_addf(&p->headers, "X-Toban-Pod: %.*s/%.*s\r\nX-Toban-Node: %.*s\r\n", SV_ARG(ns),
             SV_ARG(name), SV_ARG(node));
}

void front_program_release(struct front_program *p)
{
    if (!p)
        return;
    http_intake_release(&p->intake);
    str_release(&p->who);
    str_release(&p->headers);
}

static void answer(const struct front_program *p, bool goes_on, struct str *out)
{
    str_addf(out,
             "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n%sContent-Length: %zu\r\n%s\r\n",
             str_c(&p->headers), p->who.len, goes_on ? "" : "Connection: close\r\n");
    if (!sv_is(p->intake.asked.method, "HEAD"))
        str_addv(out, str_sv(&p->who));
}

static void refuse(const struct front_program *p, struct str *out)
{
    str_addf(out, "HTTP/1.1 %d Refused\r\nConnection: close\r\nContent-Length: 0\r\n\r\n",
             p->intake.status);
}

bool front_program_feed(struct front_program *p, struct sv bytes, struct str *out)
{
    struct http_intake *in = &p->intake;
    while (bytes.len) {
        size_t n = http_intake_feed(in, bytes);
        bytes = sv_n(bytes.ptr + n, bytes.len - n);
        if (in->state == HTTP_INTAKE_REFUSED) {
            refuse(p, out);
            return false;
        }
        if (in->state == HTTP_INTAKE_BODY && in->wants_continue) {
            str_adds(out, "HTTP/1.1 100 Continue\r\n\r\n");
            in->wants_continue = false;
        }
        if (in->state != HTTP_INTAKE_WHOLE)
            continue;
        bool goes_on = in->keep_alive;
        answer(p, goes_on, out);
        if (!goes_on)
            return false;
        http_intake_release(in);
        http_intake_init(in, BODY_MAX);
    }
    return true;
}
