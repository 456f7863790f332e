/* What a request gets: rule, action, target group, target, and whether anybody is there. */
#include "pocket/plane/internal.h"

#include <fnmatch.h>

/* ---- rules ---- */

/* Host names are compared without case; '*' and '?' stand for what they do in ELB's patterns. */
static bool matches(const char *pattern, struct sv text, bool host)
{
    char copy[1024];
    if (text.len >= sizeof copy)
        return false;
    memcpy(copy, text.ptr ? text.ptr : "", text.len);
    copy[text.len] = '\0';
    return fnmatch(pattern, copy, FNM_NOESCAPE | (host ? FNM_CASEFOLD : 0)) == 0;
}

static bool holds(const struct plane_condition *c, const struct plane_ask *ask)
{
    bool host = strcmp(c->field, "host-header") == 0;
    struct sv text = host                                           ? ask->host
                     : strcmp(c->field, "path-pattern") == 0        ? ask->path
                     : strcmp(c->field, "http-request-method") == 0 ? ask->method
                                                                    : SV_NONE;
    for (uint32_t i = 0; text.ptr && i < c->values.count; i++)
        if (matches(c->values.items[i], text, host))
            return true;
    return false;
}

static struct plane_rule *rule_for(const struct plane_listener *l, const struct plane_ask *ask)
{
    vec_foreach(r, &l->rules) {
        bool all = true;
        vec_foreach(c, &(*r)->conditions)
            all = all && holds(c, ask);
        if (all)
            return *r;
    }
    return NULL;
}

/* ---- target groups and targets ---- */

static struct plane_group *group_of(const struct plane *p, const char *arn)
{
    vec_foreach(g, &p->groups)
        if (arn && strcmp((*g)->arn, arn) == 0)
            return *g;
    return NULL;
}

static int64_t weight_of(const struct elbv2_weighted_group *g)
{
    return g->weight.set ? g->weight.n : 1;
}

/* In turn, each as often as its weight says. */
static const char *weighted(struct plane_rule *r, const struct elbv2_forward *f)
{
    int64_t sum = 0;
    shape_each(g, &f->groups)
        sum += weight_of(g);
    int64_t at = sum > 0 ? (int64_t)(r->turn++ % (uint64_t)sum) : 0;
    shape_each(g, &f->groups) {
        at -= weight_of(g);
        if (at < 0)
            return g->arn;
    }
    return NULL;
}

static bool is_candidate(const struct plane_target *t, int64_t now, bool healthy)
{
    return plane_is_routed(t, now) && (!healthy || t->health == ELBV2_HEALTHY);
}

static struct plane_target *nth(struct plane_group *g, int64_t now, bool healthy)
{
    uint64_t count = 0, at = 0;
    vec_foreach(t, &g->targets)
        count += is_candidate(t, now, healthy);
    if (count == 0)
        return NULL;
    uint64_t turn = g->turn++ % count;
    vec_foreach(t, &g->targets)
        if (is_candidate(t, now, healthy) && at++ == turn)
            return t;
    return NULL;
}

/* When none is healthy all of them get requests: the load balancer fails open. */
static struct plane_target *choose(struct plane_group *g, int64_t now)
{
    struct plane_target *t = nth(g, now, true);
    return t ? t : nth(g, now, false);
}

/* ---- answers ---- */

static void fail(struct plane_flight *f, int status, const char *why, int64_t ends)
{
    f->status = status;
    f->why = why;
    f->ends = ends;
}

static void send_to(const struct plane *p, struct plane_group *g, struct plane_target *t,
                    const struct plane_ask *ask, int64_t now, struct plane_flight *f)
{
    struct plane_pod *pod = plane_behind(p, g, t, g->turn, now);
    snprintf(f->target, sizeof f->target, "%.40s:%d", t->id, t->port);
    if (t->dies <= now || (pod && pod->silent && !plane_pod_answers(pod, now)) ||
        (!pod && !g->instances)) {
        f->balancer->silent++;
        fail(f, 504, "the target does not answer", now + p->times.dial_ms);
    } else if (!pod || !plane_pod_answers(pod, now)) {
        f->balancer->refused++;
        fail(f, 502, "the target refused the connection", now);
    } else {
        f->pod = pod;
        pod->held++;
        f->status = 200;
        f->ends = now + ask->takes_ms;
    }
}

static void forward(struct plane *p, struct plane_rule *r, const struct elbv2_action *a,
                    const struct plane_ask *ask, int64_t now, struct plane_flight *f)
{
    const char *arn = a->forward.groups.count ? weighted(r, &a->forward) : a->target_group;
    struct plane_group *g = group_of(p, arn);
    if (g)
        plane_settle(p, g, now);
    struct plane_target *t = g ? choose(g, now) : NULL;
    if (t) {
        send_to(p, g, t, ask, now, f);
        return;
    }
    f->balancer->empty++;
    fail(f, 503, "the target group has no targets", now);
}

static const char *or_same(const char *text, struct sv same, char *out, size_t cap,
                           const char *name)
{
    const char *at = text ? strstr(text, name) : name;
    if (!at) {
        snprintf(out, cap, "%s", text);
        return out;
    }
    snprintf(out, cap, "%.*s%.*s%s", text ? (int)(at - text) : 0, text ? text : "", SV_ARG(same),
             text ? at + strlen(name) : "");
    return out;
}

static void redirect(const struct elbv2_redirect *to, const struct plane_listener *l,
                     const struct plane_ask *ask, struct plane_flight *f)
{
    char host[256], path[256], protocol[16];
    const char *colon = memchr(ask->host.ptr ? ask->host.ptr : "", ':', ask->host.len);
    struct sv bare = colon ? sv_n(ask->host.ptr, (size_t)(colon - ask->host.ptr)) : ask->host;
    struct sv rest = ask->path.len ? sv_n(ask->path.ptr + 1, ask->path.len - 1) : SV("");
    or_same(to->protocol, sv_of(l->protocol), protocol, sizeof protocol, "#{protocol}");
    or_same(to->host, bare, host, sizeof host, "#{host}");
    if (to->path)
        or_same(to->path, rest, path, sizeof path, "#{path}");
    else
        snprintf(path, sizeof path, "/%.*s", SV_ARG(rest));
    for (char *c = protocol; *c; c++)
        *c |= 32;
    if (to->port && strcmp(to->port, "#{port}") != 0)
        snprintf(f->text, sizeof f->text, "%s://%s:%s%s", protocol, host, to->port, path);
    else
        snprintf(f->text, sizeof f->text, "%s://%s:%d%s", protocol, host, l->port, path);
    f->location = f->text;
    f->status = to->status && strcmp(to->status, "HTTP_302") == 0 ? 302 : 301;
}

static int status_of(const char *text)
{
    uint64_t n;
    return sv_to_u64(sv_of(text), &n) && n >= 200 && n < 600 ? (int)n : 503;
}

static void act(struct plane *p, struct plane_rule *r, const struct plane_listener *l,
                const struct plane_ask *ask, int64_t now, struct plane_flight *f)
{
    for (uint32_t i = 0; r && i < r->actions.count; i++) {
        const struct elbv2_action *a = &r->actions.items[i];
        if (!a->type)
            continue;
        if (strcmp(a->type, "forward") == 0) {
            forward(p, r, a, ask, now, f);
            return;
        }
        if (strcmp(a->type, "redirect") == 0) {
            redirect(&a->redirect, l, ask, f);
            return;
        }
        if (strcmp(a->type, "fixed-response") == 0) {
            f->status = status_of(a->fixed.status);
            f->body = a->fixed.body;
            return;
        }
    }
    fail(f, 503, "no rule answers this", now);
}

void plane_begin(struct plane *p, struct plane_balancer *b, const struct plane_listener *l,
                 const struct plane_ask *ask, int64_t now, struct plane_flight *f)
{
    *f = (struct plane_flight){.balancer = b, .ends = now};
    if (b->dropped || l->dropped)
        fail(f, 503, "the load balancer was deleted", now);
    else
        act(p, rule_for(l, ask), l, ask, now, f);
}

int plane_end(struct plane_flight *f)
{
    if (f->pod && f->pod->dies < f->ends) {
        f->status = f->pod->silent ? 504 : 502;
        f->why = "the target ended while it worked on the request";
        f->balancer->lost++;
    }
    f->balancer->answers[f->status]++;
    return f->status;
}

void plane_flight_release(struct plane_flight *f)
{
    if (f->pod)
        f->pod->held--;
    f->pod = NULL;
}
