/* Dynamic resource allocation: resource.k8s.io. */
#include "rules/migrate/job.h"

/* v1beta1 asked for one kind of device directly; later versions say `exactly` or `firstAvailable`.
 */
static void migrate_request(struct migrate_job *j, struct splice_node *request)
{
    static const char *const moved[] = {"deviceClassName", "selectors",   "allocationMode", "count",
                                        "adminAccess",     "tolerations", "capacity"};
    struct splice_entry *first = NULL;
    splice_each(e, request)
    {
        for (size_t i = 0; i < ARRAY_LEN(moved) && !first; i++)
            if (sv_is(e->key, moved[i]))
                first = e;
    }
    if (!first)
        return;
    struct splice_node *exactly = splice_new_map(j->s);
    splice_put_before(j->s, first, "exactly", exactly);
    splice_each(e, request)
    {
        for (size_t i = 0; i < ARRAY_LEN(moved); i++)
            if (sv_is(e->key, moved[i])) {
                splice_move(j->s, e, exactly, SPLICE_LAST, moved[i]);
                break;
            }
    }
}

static void migrate_claim_spec(struct migrate_job *j, struct splice_node *spec)
{
    splice_each(e, splice_at(spec, "devices.requests"))
    {
        if (splice_is_map(e->value))
            migrate_request(j, e->value);
    }
}

void migrate_claim(struct migrate_job *j)
{
    migrate_claim_spec(j, splice_get(j->root, "spec"));
}

void migrate_claim_template(struct migrate_job *j)
{
    migrate_claim_spec(j, splice_at(j->root, "spec.spec"));
}

void migrate_resource_slice(struct migrate_job *j)
{
    splice_each(e, splice_at(j->root, "spec.devices"))
    {
        struct splice_entry *basic = splice_entry_of(e->value, "basic");
        if (!basic)
            continue;
        struct splice_entry *behind = basic;
        splice_each(f, basic->value)
        {
            char key[256];
            snprintf(key, sizeof key, "%.*s", SV_ARG(f->key));
            splice_move(j->s, f, e->value, behind, key);
            behind = f;
        }
        splice_remove(basic);
    }
}
