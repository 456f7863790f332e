/* Containers: images, ports, how they become ready and stop. */
#include "world/load_internal.h"

/* ---- probes and hooks ---- */

static void read_probe(struct pull *p, struct probe *out)
{
    struct sv key;
    if (pull_peek(p) != PULL_MAP) {
        pull_skip(p);
        return;
    }
    *out = (struct probe){.set = true, .period_s = 10, .success_threshold = 1};
    each_key(p, key)
    {
        if (KEY(key, "initialDelaySeconds"))
            load_int(p, &out->initial_delay_s);
        else if (KEY(key, "periodSeconds"))
            load_int(p, &out->period_s);
        else if (KEY(key, "successThreshold"))
            load_int(p, &out->success_threshold);
        else
            pull_skip(p);
    }
}

/* The pod is Ready when the slowest of its containers is. */
static void slower_probe(struct probe *into, const struct probe *other)
{
    if (!other->set)
        return;
    into->set = true;
    if (other->initial_delay_s > into->initial_delay_s)
        into->initial_delay_s = other->initial_delay_s;
    if (other->period_s > into->period_s)
        into->period_s = other->period_s;
    if (other->success_threshold > into->success_threshold)
        into->success_threshold = other->success_threshold;
}

/* Seconds at the start of a text, rounded up; -1 when there is no number. */
static int32_t seconds_of(struct sv text)
{
    int32_t n = 0;
    size_t at = 0;
    for (; at < text.len && text.ptr[at] >= '0' && text.ptr[at] <= '9'; at++)
        n = n < 100000 ? n * 10 + (text.ptr[at] - '0') : n;
    if (at == 0)
        return -1;
    return n + (at + 1 < text.len && text.ptr[at] == '.');
}

/* All that a command line sleeps: "sleep 5 && nginx -s quit"; 0 when it does not. */
static int32_t sleeps_of(struct sv text)
{
    int32_t sum = 0;
    for (const char *at; (at = sv_find(text, "sleep"));) {
        size_t skip = (size_t)(at - text.ptr) + 5;
        text = sv_trim(sv_n(text.ptr + skip, text.len - skip));
        int32_t n = seconds_of(text);
        sum += n > 0 ? n : 0;
    }
    return sum;
}

/* ["sleep", "15"], ["/bin/sh", "-c", "sleep 15"]. */
static int32_t read_command(struct pull *p)
{
    struct sv word;
    int32_t sum = 0;
    bool sleeps = false;
    each_item(p, item)
    {
        if (!pull_string(p, &word))
            continue;
        if (sleeps)
            sum += seconds_of(word) > 0 ? seconds_of(word) : 0;
        else
            sum += sleeps_of(word);
        sleeps = sv_is(word, "sleep") || sv_ends(word, "/sleep");
    }
    return sum > 0 ? sum : -1;
}

static int32_t read_hook(struct pull *p)
{
    struct sv key, inner;
    int32_t seconds = -1;
    each_key(p, key)
    {
        bool sleep = KEY(key, "sleep");
        if (!sleep && !KEY(key, "exec")) {
            pull_skip(p);
            continue;
        }
        each_key(p, inner)
        {
            if (sleep && KEY(inner, "seconds"))
                load_int(p, &seconds);
            else if (!sleep && KEY(inner, "command"))
                seconds = read_command(p);
            else
                pull_skip(p);
        }
    }
    return seconds;
}

static void read_lifecycle(struct pull *p, int32_t *prestop_s)
{
    struct sv key;
    each_key(p, key)
    {
        if (KEY(key, "preStop") && pull_peek(p) == PULL_MAP)
            *prestop_s = read_hook(p);
        else
            pull_skip(p);
    }
}

/* ---- ports and resources ---- */

static void read_port(struct load *l, struct pull *p)
{
    struct host_port port = {.protocol = 'T'};
    struct sv key, text;
    int32_t number = 0;
    each_key(p, key)
    {
        if (KEY(key, "hostPort"))
            load_int(p, &number);
        else if (KEY(key, "hostIP") && pull_string(p, &text))
            port.ip = sv_is(text, "0.0.0.0") ? STRINGS_NONE : strings_put(&l->w->strings, text);
        else if (KEY(key, "protocol") && pull_string(p, &text))
            port.protocol = KEY(text, "UDP") ? 'U' : KEY(text, "SCTP") ? 'S' : 'T';
        else if (!KEY(key, "hostIP") && !KEY(key, "protocol"))
            pull_skip(p);
    }
    if (number <= 0 || number > UINT16_MAX)
        return;
    port.port = (uint16_t)number;
    push_entry(p, &l->port_list, port);
}

static void read_wishes(struct load *l, struct pull *p, struct load_container *c)
{
    struct sv key;
    each_key(p, key)
    {
        if (KEY(key, "requests"))
            c->has_requests = load_resources(l, p, &c->requests, NULL);
        else if (KEY(key, "limits"))
            c->has_limits = load_resources(l, p, &c->limits, NULL);
        else
            pull_skip(p);
    }
}

/* ---- the container ---- */

static bool read_health(struct pull *p, struct load_container *c, struct sv key)
{
    if (KEY(key, "readinessProbe"))
        read_probe(p, &c->readiness);
    else if (KEY(key, "startupProbe"))
        read_probe(p, &c->startup);
    else if (KEY(key, "lifecycle"))
        read_lifecycle(p, &c->prestop_s);
    else
        return false;
    return true;
}

static void read_container(struct load *l, struct pull *p, struct load_container *c)
{
    struct sv key;
    *c = (struct load_container){0};
    each_key(p, key)
    {
        if (KEY(key, "image"))
            load_text_id(l, p, &c->image);
        else if (KEY(key, "resources"))
            read_wishes(l, p, c);
        else if (KEY(key, "restartPolicy"))
            c->sidecar = load_is(p, "Always");
        else if (KEY(key, "ports")) {
            each_item(p, port) read_port(l, p);
        } else if (!read_health(p, c, key))
            pull_skip(p);
    }
}

static uint8_t one_more(uint8_t n)
{
    return n < UINT8_MAX ? (uint8_t)(n + 1) : n;
}

static void add_container(struct load *l, struct world_class *c, const struct load_container *x,
                          bool init)
{
    bool lives = !init || x->sidecar;
    if (init) {
        must_push(&l->init_image_list, x->image);
        c->init_count = one_more(c->init_count);
    } else {
        must_push(&l->image_list, x->image);
        c->container_count = one_more(c->container_count);
    }
    if (!lives)
        return;
    slower_probe(&c->readiness, &x->readiness);
    slower_probe(&c->startup, &x->startup);
    if (x->prestop_s < 0 || c->prestop_s < 0)
        c->prestop_s = -1;
    else if (x->prestop_s > c->prestop_s)
        c->prestop_s = x->prestop_s;
}

void load_containers(struct load *l, struct pull *p, struct world_class *c, struct pod_amounts *a,
                     bool init)
{
    each_item(p, item)
    {
        struct load_container x;
        if (l->image_list.len + l->init_image_list.len >= LOAD_CONTAINERS_MAX) {
            pull_fail(p, "more than 1,000 containers in a pod");
            return;
        }
        read_container(l, p, &x);
        load_add_amounts(l, a, &x, init);
        add_container(l, c, &x, init);
    }
}
