/*
 * The OpenAPI schema of a CRD. v1 wants it structural: every value has a type, and what stands
 * inside allOf, anyOf, oneOf and not adds no types of its own. v1beta1 kept unknown fields unless
 * told otherwise, v1 drops them unless the schema says x-kubernetes-preserve-unknown-fields.
 */
#include "rules/migrate/job.h"

#define PRESERVE "x-kubernetes-preserve-unknown-fields"
#define INT_OR_STRING "x-kubernetes-int-or-string"

/* Keys that a structural schema must not have anywhere. */
static const char *const forbidden[] = {
    "$ref", "definitions",       "dependencies", "deprecated", "discriminator",
    "id",   "patternProperties", "readOnly",     "writeOnly",  "xml",
    NULL,
};
/* Keys that must not stand inside allOf, anyOf, oneOf, not. */
static const char *const forbidden_inside[] = {
    "description", "type",  "default", "additionalProperties",
    "nullable",    "title", PRESERVE,  "x-kubernetes-embedded-resource",
    NULL,
};
static const char *const junctors[] = {"allOf", "anyOf", "oneOf", NULL};

static bool is_true(const struct splice_node *n)
{
    return n && n->type == DOC_BOOL && sv_is(n->text, "true");
}

static void refuse_keys(struct migrate_job *j, const struct splice_node *schema,
                        const char *const *keys, const char *where)
{
    for (; *keys; keys++) {
        struct splice_entry *e = splice_entry_of(schema, *keys);
        if (e)
            job_decide(j, "crd-schema-not-structural", splice_entry_offset(e),
                       "express it in another way, or drop it and let the controller check",
                       "%s is not allowed %s a structural schema, which v1 requires", *keys, where);
    }
}

static void check_inside(struct migrate_job *j, struct splice_node *schema, bool ints_allowed);

static void check_junctors(struct migrate_job *j, struct splice_node *schema, bool ints_allowed)
{
    for (const char *const *k = junctors; *k; k++)
        splice_each(e, splice_get(schema, *k))
        {
            check_inside(j, e->value, ints_allowed);
        }
    check_inside(j, splice_get(schema, "not"), ints_allowed);
}

static void check_inside(struct migrate_job *j, struct splice_node *schema, bool ints_allowed)
{
    if (!splice_is_map(schema))
        return;
    bool only_type = splice_count(schema) == 1 && splice_get(schema, "type");
    if (!(ints_allowed && only_type))
        refuse_keys(j, schema, forbidden_inside, "inside allOf, anyOf, oneOf or not of");
    check_junctors(j, schema, ints_allowed);
    splice_each(p, splice_get(schema, "properties"))
    {
        check_inside(j, p->value, ints_allowed);
    }
    check_inside(j, splice_get(schema, "items"), ints_allowed);
}

/* anyOf: [{type: integer}, {type: string}], as generators write a number or a word */
static bool either_int_or_string(const struct splice_node *schema)
{
    bool integer = false, string = false;
    struct splice_node *any = splice_get(schema, "anyOf");
    splice_each(e, any)
    {
        struct sv type = splice_get_string(e->value, "type");
        integer |= sv_is(type, "integer");
        string |= sv_is(type, "string");
    }
    return integer && string && splice_count(any) == 2;
}

static void put_true(struct migrate_job *j, struct splice_node *schema, const char *key)
{
    job_drop(schema, key);
    splice_put(j->s, schema, SPLICE_LAST, key, splice_new_bool(j->s, true));
}

/* A type, when the rest leaves no doubt; else any value is let through, as it was. */
static void give_type(struct migrate_job *j, struct splice_node *schema)
{
    if (splice_get_string(schema, "type").len || is_true(splice_get(schema, INT_OR_STRING)) ||
        is_true(splice_get(schema, PRESERVE)))
        return;
    const char *type =
        splice_get(schema, "properties") || splice_get(schema, "additionalProperties") ? "object"
        : splice_get(schema, "items")                                                  ? "array"
                                                                                       : NULL;
    if (type) {
        job_drop(schema, "type");
        if (schema->first)
            splice_put_before(j->s, schema->first, "type", splice_new_string(j->s, type));
        else
            splice_put(j->s, schema, SPLICE_LAST, "type", splice_new_string(j->s, type));
    } else if (either_int_or_string(schema)) {
        put_true(j, schema, INT_OR_STRING);
    } else {
        put_true(j, schema, PRESERVE);
    }
}

static void make_structural(struct migrate_job *j, struct splice_node *schema, bool prune);

static void drop_unique_items(struct migrate_job *j, struct splice_node *schema)
{
    struct splice_entry *unique = splice_entry_of(schema, "uniqueItems");
    if (unique && is_true(unique->value))
        job_decide(j, "crd-schema-not-structural", splice_entry_offset(unique),
                   "use x-kubernetes-list-type: set for lists of scalars, or drop it",
                   "uniqueItems: true is refused by v1");
}

/* Below an object: unknown fields were kept at every level. */
static void below_object(struct migrate_job *j, struct splice_node *schema, bool prune)
{
    struct splice_node *extra = splice_get(schema, "additionalProperties");
    splice_each(p, splice_get(schema, "properties"))
    {
        make_structural(j, p->value, prune);
    }
    if (splice_is_map(extra))
        make_structural(j, extra, prune);
    bool every_key = extra && extra->type != DOC_NULL && !sv_is(extra->text, "false");
    if (extra && extra->type == DOC_BOOL && sv_is(extra->text, "false"))
        job_decide(j, "crd-schema-not-structural",
                   splice_entry_offset(splice_entry_of(schema, "additionalProperties")),
                   "drop it: unknown fields are pruned when the schema does not keep them",
                   "additionalProperties: false is refused by v1");
    bool object = sv_is(splice_get_string(schema, "type"), "object");
    if (object && !prune && !every_key && !is_true(splice_get(schema, PRESERVE)))
        put_true(j, schema, PRESERVE);
}

static void make_structural(struct migrate_job *j, struct splice_node *schema, bool prune)
{
    if (!splice_is_map(schema))
        return;
    refuse_keys(j, schema, forbidden, "in");
    drop_unique_items(j, schema);
    give_type(j, schema);
    check_junctors(j, schema, is_true(splice_get(schema, INT_OR_STRING)));
    struct splice_node *items = splice_get(schema, "items");
    if (splice_is_seq(items))
        job_decide(j, "crd-schema-not-structural", splice_offset(items),
                   "describe all items by one schema",
                   "items that is a list of schemas is refused by v1");
    else
        make_structural(j, items, prune);
    below_object(j, schema, prune);
}

/* The envelope is the API server's: it is never pruned and takes no markers. */
static bool is_envelope(struct sv key)
{
    return sv_is(key, "apiVersion") || sv_is(key, "kind") || sv_is(key, "metadata");
}

void crd_schema_migrate(struct migrate_job *j, struct splice_node *schema, bool prune)
{
    refuse_keys(j, schema, forbidden, "in");
    bool nothing = !schema->first;
    if (!splice_get_string(schema, "type").len) {
        job_drop(schema, "type");
        if (schema->first)
            splice_put_before(j->s, schema->first, "type", splice_new_string(j->s, "object"));
        else
            splice_put(j->s, schema, SPLICE_LAST, "type", splice_new_string(j->s, "object"));
    }
    check_junctors(j, schema, false);
    splice_each(p, splice_get(schema, "properties"))
    {
        if (!is_envelope(p->key))
            make_structural(j, p->value, prune);
        else if (splice_is_map(p->value) && !splice_get_string(p->value, "type").len)
            job_default_string(j, p->value, "type",
                               sv_is(p->key, "metadata") ? "object" : "string");
    }
    bool keep = !prune || nothing;
    if (keep && job_absent(schema, "additionalProperties") &&
        !is_true(splice_get(schema, PRESERVE)))
        put_true(j, schema, PRESERVE);
}
