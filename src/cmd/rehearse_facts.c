#include "cmd/rehearse_text.h"

struct teller {
    const struct rehearsal *r;
    rehearse_text_fact *fact;
    void *ctx;
};

static void tell(const struct teller *t, const char *name, const struct str *value)
{
    t->fact(t->ctx, name, str_c(value));
}

static void tell_number(const struct teller *t, const char *name, long long n)
{
    char text[24];
    snprintf(text, sizeof text, "%lld", n);
    t->fact(t->ctx, name, text);
}

static void tell_groups(const struct teller *t, const char *name,
                        const struct rehearsal_group *groups, size_t n)
{
    _cleanup_str_ struct str value = {0};
    rehearse_text_groups(groups, n, &value);
    if (n)
        tell(t, name, &value);
}

static void subnet_text(const struct rehearsal_subnet *s, struct str *out)
{
    long long needed = (long long)s->needed, free = (long long)s->free;
    str_addf(out, "%lld more", needed);
    if (free < 0)
        str_adds(out, ", free ones are not known,");
    else if (needed > free)
        str_addf(out, ", %lld too few as %lld are free,", needed - free, free);
    else
        str_addf(out, " of %lld free", free);
    str_addf(out, " in %s", s->subnet);
    if (s->zone && *s->zone)
        str_addf(out, " (%s)", s->zone);
}

static void tell_subnets(const struct teller *t)
{
    vec_foreach(s, &t->r->subnets) {
        _cleanup_str_ struct str value = {0};
        subnet_text(s, &value);
        tell(t, "IP addresses", &value);
    }
}

static void tell_rounds(const struct teller *t)
{
    uint32_t most = 0;
    char text[64];
    vec_foreach(r, &t->r->rounds)
        most = r->new_nodes > most ? r->new_nodes : most;
    snprintf(text, sizeof text, "%zu, at most %u new node%s at a time", t->r->rounds.len, most,
             most == 1 ? "" : "s");
    if (t->r->rounds.len)
        t->fact(t->ctx, "rounds", text);
}

void rehearse_text_facts(const struct rehearsal *r, rehearse_text_fact *fact, void *ctx)
{
    const struct teller t = {r, fact, ctx};
    _cleanup_str_ struct str cost = {0}, old = {0};
    str_addf(&old, "%s nodes", rehearse_text_old(r));
    tell_groups(&t, str_c(&old), r->old_groups.items, r->old_groups.len);
    tell_groups(&t, "new nodes", r->new_groups.items, r->new_groups.len);
    tell_rounds(&t);
    if (r->suggestion)
        fact(ctx, "smallest that fits", r->suggestion);
    tell_number(&t, "nodes at the peak", r->peak_nodes);
    tell_number(&t, "vCPUs at the peak", (long long)r->peak_vcpu);
    tell_subnets(&t);
    rehearse_text_cost(r, &cost);
    if (r->new_groups.len)
        tell(&t, "cost of the overlap", &cost);
}
