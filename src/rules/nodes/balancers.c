/*
 * Load balancers: a pod that is deleted leaves its target group and gets SIGTERM at the same
 * moment. Until every balancer knows, requests still come: only a preStop hook that waits, and a
 * grace that is longer than it, keeps them from failing.
 */
#include "base/str.h"
#include "rules/nodes/internal.h"

/* The AWS load balancer controller names a target group k8s-<namespace>-<service>-<hash>, eight
 * letters or digits of each at most. */
static void add_name_part(struct str *out, const char *text)
{
    for (unsigned n = 0; *text && n < 8; text++)
        if ((*text >= 'a' && *text <= 'z') || (*text >= '0' && *text <= '9')) {
            str_addc(out, *text);
            n++;
        }
    str_addc(out, '-');
}

/* Seconds a target is drained for; -1: not known. */
static int32_t deregistration_delay(const struct finder *f, const struct world_service *s)
{
    _cleanup_str_ struct str prefix = {0};
    int32_t delay = -1;
    if (!f->cloud)
        return -1;
    str_adds(&prefix, "k8s-");
    add_name_part(&prefix, world_text(f->w, s->ns));
    add_name_part(&prefix, world_text(f->w, s->name));
    vec_foreach(t, &f->cloud->target_groups)
        if (t->name && strncmp(t->name, str_c(&prefix), prefix.len) == 0 &&
            t->deregistration_delay_s > delay)
            delay = t->deregistration_delay_s;
    return delay;
}

/* Who sends to the pods without asking kube-proxy, or behind an ingress controller that learns of
 * their end by a watch. */
static const char *sender_of(const struct world_service *s)
{
    if (s->ip_targets)
        return "the load balancer (IP targets)";
    if (s->ingress_backend)
        return "the ingress";
    return s->type == 'L' && s->local_traffic ? "the load balancer (local traffic)" : NULL;
}

static void no_prestop(struct finder *f, const struct unit *u, const struct world_service *s,
                       const char *sender)
{
    const struct world_class *c = unit_class(f, u);
    struct nodes_risk *risk = risk_add(f, u, "lb-no-prestop");
    risk_text(risk,
              "behind Service %s without a preStop hook: %s still sends to it when it has "
              "stopped",
              world_text(f->w, s->name), sender);
    risk_fix(risk,
             "add a preStop hook that sleeps 20 to 30 s (longer than deregistration takes to "
             "reach every balancer), and a grace of 30 s more than that; it is %d s now",
             c->grace_s);
}

static void short_grace(struct finder *f, const struct unit *u)
{
    const struct world_class *c = unit_class(f, u);
    struct nodes_risk *risk = risk_add(f, u, "lb-short-grace");
    risk_text(risk,
              "its preStop hook takes %d s and its grace ends after %d s: it is killed with "
              "requests in flight",
              c->prestop_s, c->grace_s);
    risk_fix(risk, "set terminationGracePeriodSeconds to at least %d", c->prestop_s + 30);
}

static void shorter_than_delay(struct finder *f, const struct unit *u, int32_t delay)
{
    const struct world_class *c = unit_class(f, u);
    struct nodes_risk *risk = risk_add(f, u, "lb-short-grace");
    risk_text(risk,
              "its target group drains for %d s, its grace ends after %d s: longer requests "
              "are cut",
              delay, c->grace_s);
    risk_fix(risk, "make the grace longer, or lower deregistration_delay.timeout_seconds to what "
                   "the longest request takes");
}

static void look_at(struct finder *f, const struct unit *u, const struct world_service *s,
                    const char *sender)
{
    const struct world_class *c = unit_class(f, u);
    if (c->ns != s->ns || !world_selects_pod(f->w, &s->selector, u->pod))
        return;
    if (c->prestop_s == 0)
        no_prestop(f, u, s, sender);
    else if (c->prestop_s > 0 && c->grace_s <= c->prestop_s)
        short_grace(f, u);
    else if (s->ip_targets && deregistration_delay(f, s) > c->grace_s)
        shorter_than_delay(f, u, deregistration_delay(f, s));
}

void rule_balancers(struct finder *f)
{
    vec_foreach(s, &f->w->services) {
        const char *sender = s->used && s->selector.len ? sender_of(s) : NULL;
        if (!sender)
            continue;
        vec_foreach(u, &f->units)
            look_at(f, u, s, sender);
    }
}
