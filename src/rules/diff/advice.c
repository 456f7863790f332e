#include "rules/diff/advice.h"

#include "base/must.h"
#include "rules/diff/pods.h"

static bool is_kind(const struct diff_entry *e, const char *kind)
{
    return e->old_object && sv_is(e->old_object->object.kind, kind);
}

/* A load balancer stands behind it: traffic arrives from outside through its address. */
static bool takes_outside_traffic(const struct diff_entry *e)
{
    struct sv type = doc_get_string(doc_get(e->old_object->object.root, "spec"), "type");
    return sv_is(type, "LoadBalancer") || sv_is(type, "NodePort");
}

static const char *for_workload(const struct diff_entry *e, struct arena *a)
{
    struct sv kind = e->old_object->object.kind, name = e->old_object->object.name;
    if (e->outcome == DIFF_REPLACED)
        return mem_must(arena_fmt(
            a,
            "the pods of %.*s are deleted while %.*s is still starting: install the new one beside "
            "the old (another release), shift traffic, then remove the old one",
            SV_ARG(name), SV_ARG(e->new_object->object.name)));
    if (sv_is(kind, "StatefulSet"))
        return mem_must(
            arena_fmt(a,
                      "kubectl delete statefulset %.*s --cascade=orphan, then apply: pods "
                      "and volumes stay and are adopted while their labels match",
                      SV_ARG(name)));
    if (sv_is(kind, "Job") && e->outcome == DIFF_RECREATED)
        return NULL;
    if (sv_is(kind, "Job"))
        return "a finished Job: delete it first, or give the new one another name";
    if (sv_is(kind, "Pod"))
        return "a bare pod cannot be changed: delete it and create it again, or put it under a "
               "Deployment";
    return mem_must(arena_fmt(
        a,
        "install beside under another name and shift traffic; or, keeping the pods running: "
        "kubectl delete %.*s %.*s --cascade=orphan, then apply (old pods are adopted only while "
        "their labels match the new selector)",
        SV_ARG(kind), SV_ARG(name)));
}

static const char *for_service(const struct diff_entry *e)
{
    if (e->outcome == DIFF_REJECTED)
        return "keep the field as it is; a Service that must change it is made anew under another "
               "name, and clients are moved over";
    if (takes_outside_traffic(e))
        return "the load balancer and its address go with the old Service: create the new one "
               "beside it, wait for its targets to be healthy, move DNS or target groups, then "
               "delete the old one";
    return "clients that hold the cluster IP lose it; those that use the DNS name need the new "
           "name "
           "before the old one goes";
}

static const char *for_storage(const struct diff_entry *e)
{
    if (is_kind(e, "StorageClass"))
        return "create a new StorageClass under another name; existing volumes keep the old one";
    return "the data does not move by itself: take a snapshot and restore it into the new claim "
           "before the old one is deleted";
}

static bool has_lost(const struct diff_entry *e)
{
    return e->outcome == DIFF_REPLACED || e->outcome == DIFF_RECREATED ||
           e->outcome == DIFF_REJECTED;
}

const char *advice_for(const struct diff_entry *e, struct arena *a)
{
    if (!has_lost(e))
        return NULL;
    if (is_kind(e, "PodTemplate") || pods_template(&e->old_object->object))
        return for_workload(e, a);
    if (is_kind(e, "Service"))
        return for_service(e);
    if (is_kind(e, "StorageClass") || (e->loses & DIFF_LOSES_VOLUME))
        return for_storage(e);
    if ((e->loses & DIFF_LOSES_RIGHTS) && e->outcome == DIFF_REPLACED)
        return "apply the new binding before the old one goes: in between its subjects lack these "
               "rights";
    if (e->loses & DIFF_LOSES_RIGHTS)
        return "roleRef cannot change: create a second binding with the new role, then delete the "
               "old one; otherwise rights are gone for a moment";
    if (e->loses & DIFF_LOSES_CONTENTS)
        return "everything inside goes with it: move the contents first";
    if (is_kind(e, "Ingress"))
        return "a controller may give the new Ingress another load balancer: keep both until DNS "
               "has moved";
    if (e->outcome == DIFF_REPLACED)
        return NULL;
    return "delete and create it again in a quiet moment, or make it anew under another name";
}
