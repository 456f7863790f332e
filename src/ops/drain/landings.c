/* What the API server answered, and what follows from it. */
#include "ops/drain/drive.h"

#include "ops/drain/evict.h"
#include "ops/drain/node_look.h"

#define THROTTLED_LEAST_MS 1000
#define OBSERVE_MS 500
#define STATUS_MS 2000
#define LOGIN_MS 60000 /* a login that is not accepted for so long will not be by waiting */

static void settle(struct drive *d, const struct call *c, enum plan_act_state state)
{
    struct plan_act act = {mem_must(arena_dup(&d->turn, sv_of(c->key))), state, SV_NONE};
    must_push(&d->acts, act);
}

static void end_call(struct drive *d, struct call *c)
{
    if (c->kind != CALL_STATUS) {
        d->up--;
        d->cordons -= c->kind == CALL_CORDON;
    }
    call_free(c);
}

static void again(struct drive *d, struct call *c, int64_t wait_ms)
{
    c->due = hand_clock_ms() + wait_ms;
    c->tries++;
    must_push(&d->later, c);
}

static const char *name_of(const struct drive *d, const struct call *c, char *buf, size_t cap)
{
    snprintf(buf, cap, "%s/%s", c->ns, c->name);
    return buf;
}

/* ---- the state of the API ---- */

static void hold(struct drive *d, int64_t ms)
{
    int64_t until = hand_clock_ms() + ms;
    d->hold_until = until > d->hold_until ? until : d->hold_until;
}

/* The server asks to be left alone for a while: the whole drain slows down. */
static void slow_down(struct drive *d, int retry_after_s)
{
    int64_t wait = (int64_t)retry_after_s * 1000;
    d->throttled++;
    d->smooth = 0;
    d->slots = d->slots > 1 ? d->slots / 2 : 1;
    wait = wait > THROTTLED_LEAST_MS ? wait : THROTTLED_LEAST_MS;
    hold(d, wait);
    hand_tell(&d->h, "slowed", "API server",
              "the API server is busy: nothing new for %d s, then %u at once", (int)(wait / 1000),
              d->slots);
}

static void speed_up(struct drive *d)
{
    if (++d->smooth < d->slots || d->slots >= d->h.in_flight)
        return;
    d->slots++;
    d->smooth = 0;
}

/* Even a fresh login is not accepted: somebody must log in again. Nothing was done. */
static void note_no_login(struct drive *d, const struct kube_landing *l)
{
    int64_t now = hand_clock_ms();
    d->no_login_since = d->no_login_since ? d->no_login_since : now;
    snprintf(d->trouble, sizeof d->trouble, "%s", l->err.msg);
    hold(d, hand_backoff_ms(++d->failures, 0));
    hand_trouble(&d->h, d->trouble);
    if (now - d->no_login_since < LOGIN_MS || d->fatal)
        return;
    d->fatal = true;
    d->err = l->err;
    err_hint(&d->err, "log in again; kubectl auth can-i create pods --subresource eviction tells");
}

static void note_contact(struct drive *d, const struct kube_landing *l)
{
    if (l->status == 401) {
        note_no_login(d, l);
        return;
    }
    if (l->status) {
        d->failures = 0;
        d->no_login_since = 0;
        if (!d->lost) {
            *d->trouble = '\0';
            hand_recovered(&d->h);
        }
        return;
    }
    if (l->dropped)
        return;
    snprintf(d->trouble, sizeof d->trouble, "%s", l->err.msg);
    hold(d, hand_backoff_ms(++d->failures, 0));
    if (d->failures > 1)
        hand_trouble(&d->h, d->trouble);
}

/* ---- evictions ---- */

static bool is_still_there(const struct drive *d, const struct call *c)
{
    return c->pod < d->w->pods.len && d->w->pods.items[c->pod].used &&
           d->w->pods.items[c->pod].uid == c->uid;
}

static void answer_core(struct drive *d, const struct call *c, const struct eviction_answer *a)
{
    if (is_still_there(d, c))
        nodes_answer(d->op, c->pod, a, drive_now(d));
}

static void remember_refusal(struct drive *d, const struct call *c, const struct eviction_answer *a)
{
    struct drive_pod *p = news_pod(d, c->pod, c->uid);
    _cleanup_str_ struct str words = {0};
    char name[520];
    evict_words(a, &words);
    if (!p || (p->words && p->cause == a->cause && strcmp(p->words, str_c(&words)) == 0))
        return;
    p->cause = (uint8_t)a->cause;
    p->words = mem_must(arena_dup(&d->h.arena, str_sv(&words)));
    hand_tell(&d->h, "refused", name_of(d, c, name, sizeof name), "pod %s: %s", name, p->words);
}

static void went(struct drive *d, const struct call *c, const struct eviction_answer *a)
{
    struct drive_pod *p = news_pod(d, c->pod, c->uid);
    char name[520];
    settle(d, c, ACT_DONE);
    speed_up(d);
    if (p)
        p->leaving_at = hand_clock_ms();
    if (a->cause == EVICTION_GONE)
        return;
    d->evictions++;
    name_of(d, c, name, sizeof name);
    const char *node = c->node == WORLD_NONE ? "?" : d->nodes[c->node].name;
    if (c->force)
        hand_tell(&d->h, "forced", name,
                  "pod %s is deleted from node %s: its budget refused, and --force names it", name,
                  node);
    else
        hand_tell(&d->h, "evicted", name, "pod %s is evicted from node %s", name, node);
}

static void judge(struct drive *d, const struct call *c, const struct eviction_answer *a)
{
    switch (a->cause) {
    case EVICTION_OK:
    case EVICTION_GONE:
        went(d, c, a);
        break;
    case EVICTION_THROTTLED:
        slow_down(d, a->retry_after_s);
        break;
    case EVICTION_FAILED:
        d->failed++;
        remember_refusal(d, c, a);
        break;
    default:
        d->refused++;
        remember_refusal(d, c, a);
        break;
    }
    answer_core(d, c, a);
}

/* It may have happened although nobody said so. */
static bool is_uncertain(const struct kube_landing *l, const struct eviction_answer *a)
{
    return (!l->status && l->sent) || (a->cause == EVICTION_FAILED && l->status >= 500);
}

static void land_pod(struct drive *d, struct call *c, const struct kube_landing *l)
{
    const struct evict_reply reply = {l->status, l->retry_after_s, l->body};
    struct eviction_answer a;
    evict_read(&reply, d->w, c->ns, &a);
    if (!l->status)
        snprintf(a.message, sizeof a.message, "%.*s", (int)sizeof a.message - 1,
                 l->dropped ? "not sent" : l->err.msg);
    if (is_uncertain(l, &a)) {
        d->failed++;
        c->kind = CALL_OBSERVE;
        str_reset(&c->body);
        again(d, c, OBSERVE_MS);
        return;
    }
    if (l->dropped || l->status == 401)
        answer_core(d, c, &a);
    else
        judge(d, c, &a);
    end_call(d, c);
}

/* Is the pod that was to be evicted still there, and stays? */
static enum eviction_cause observed(const struct kube_landing *l, const char *uid)
{
    _cleanup_doc_ struct doc_file f = {0};
    struct err err = {0};
    if (l->status == 404)
        return EVICTION_GONE;
    if (doc_parse_json(&f, "pod", l->body, NULL, &err) < 0 || !f.part_count)
        return EVICTION_THROTTLED;
    const struct doc_node *metadata = doc_get(f.parts[0].root, "metadata");
    if (!sv_is(doc_get_string(metadata, "uid"), uid))
        return EVICTION_GONE;
    return doc_get_string(metadata, "deletionTimestamp").len ? EVICTION_OK : EVICTION_FAILED;
}

static void land_observation(struct drive *d, struct call *c, const struct kube_landing *l)
{
    struct eviction_answer a = {.pdb = WORLD_NONE, .code = l->status};
    a.cause = l->status == 404 || l->status == 200 ? observed(l, c->uid_text) : EVICTION_THROTTLED;
    if (a.cause == EVICTION_THROTTLED) {
        again(d, c, hand_backoff_ms(c->tries, l->retry_after_s));
        return;
    }
    if (a.cause == EVICTION_FAILED) {
        a.code = 0; /* that of the question what became of it */
        snprintf(a.message, sizeof a.message,
                 "its eviction had no clear answer, and did not happen");
    }
    judge(d, c, &a);
    end_call(d, c);
}

/* ---- nodes ---- */

static void land_cordon(struct drive *d, struct call *c, const struct kube_landing *l)
{
    bool done = l->status == 404 || (l->status >= 200 && l->status < 300);
    if (done) {
        settle(d, c, ACT_DONE);
        hand_tell(&d->h, "cordoned", c->name, "node %s: cordoned", c->name);
    } else if (!l->dropped &&
               (l->status == 0 || l->status == 401 || l->status == 429 || l->status >= 500)) {
        again(d, c, hand_backoff_ms(c->tries + 1, l->retry_after_s));
        return;
    } else if (!l->dropped) {
        settle(d, c, ACT_FAILED);
        d->err = l->err;
        d->fatal = true;
        err_wrap(&d->err, "node %s", c->name);
    }
    end_call(d, c);
}

static void land_status(struct drive *d, struct call *c, const struct kube_landing *l)
{
    struct drive_node *n = &d->nodes[c->node];
    struct node_look look = {0};
    struct err err = {0};
    if (!l->dropped && (!l->status || l->status == 429 || l->status >= 500)) {
        again(d, c, hand_backoff_ms(c->tries + 1, l->retry_after_s));
        return;
    }
    n->looking = false;
    n->look_due = hand_clock_ms() + STATUS_MS;
    if (l->status == 404)
        n->proven = true;
    if (l->status == 200 && node_look_parse(l->body, &d->turn, &look, &err) == 0) {
        n->last_volumes = look.volumes;
        n->proven = !look.volumes;
    }
    end_call(d, c);
}

void landings_take(struct drive *d, const struct kube_landing *l)
{
    struct call *c = l->tag;
    note_contact(d, l);
    switch (c->kind) {
    case CALL_EVICT:
    case CALL_DELETE:
        land_pod(d, c, l);
        break;
    case CALL_OBSERVE:
        land_observation(d, c, l);
        break;
    case CALL_CORDON:
        land_cordon(d, c, l);
        break;
    case CALL_STATUS:
        land_status(d, c, l);
        break;
    }
}
