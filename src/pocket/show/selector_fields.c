#include "base/must.h"
#include "base/str.h"
#include "pocket/show/selector_internal.h"

#include <stdio.h>

/* Fields beside metadata.name and metadata.namespace that a kind can be asked for, and what a
 * missing one counts as (registry strategies of Kubernetes 1.20 to 1.31). */
static const struct {
    const char *kind, *field, *missing;
} offered[] = {
    {"Pod", "spec.nodeName", ""},
    {"Pod", "spec.restartPolicy", ""},
    {"Pod", "spec.schedulerName", ""},
    {"Pod", "spec.serviceAccountName", ""},
    {"Pod", "spec.hostNetwork", "false"},
    {"Pod", "status.phase", ""},
    {"Pod", "status.podIP", ""},
    {"Pod", "status.nominatedNodeName", ""},
    {"Node", "spec.unschedulable", "false"},
    {"Namespace", "status.phase", ""},
    {"Secret", "type", ""},
    {"Service", "spec.clusterIP", ""},
    {"Service", "spec.type", ""},
    {"Job", "status.successful", "0"},
    {"ReplicaSet", "status.replicas", "0"},
    {"ReplicationController", "status.replicas", "0"},
    {"CertificateSigningRequest", "spec.signerName", ""},
    {"Event", "involvedObject.kind", ""},
    {"Event", "involvedObject.namespace", ""},
    {"Event", "involvedObject.name", ""},
    {"Event", "involvedObject.uid", ""},
    {"Event", "involvedObject.apiVersion", ""},
    {"Event", "involvedObject.resourceVersion", ""},
    {"Event", "involvedObject.fieldPath", ""},
    {"Event", "reason", ""},
    {"Event", "reportingComponent", ""},
    {"Event", "source", ""},
    {"Event", "type", ""},
};

static const char *missing_value(struct sv kind, struct sv field)
{
    if (sv_is(field, "metadata.name") || sv_is(field, "metadata.namespace"))
        return "";
    for (size_t i = 0; i < sizeof offered / sizeof *offered; i++)
        if (sv_is(kind, offered[i].kind) && sv_is(field, offered[i].field))
            return offered[i].missing;
    return NULL;
}

static bool offers_more(struct sv kind)
{
    for (size_t i = 0; i < sizeof offered / sizeof *offered; i++)
        if (sv_is(kind, offered[i].kind))
            return true;
    return false;
}

/* Where the next ',' that no backslash escapes stands. */
static size_t term_end(struct sv text, size_t at)
{
    for (; at < text.len && text.ptr[at] != ','; at++)
        if (text.ptr[at] == '\\')
            at++;
    return at < text.len ? at : text.len;
}

/* Splits at the first operator that no backslash escapes. */
static bool split_term(struct sv term, struct sv *key, enum selector_op *op, struct sv *value)
{
    for (size_t i = 0; i < term.len; i++) {
        struct sv rest = sv_n(term.ptr + i, term.len - i);
        size_t width = sv_starts(rest, "!=") || sv_starts(rest, "==") ? 2 : sv_starts(rest, "=");
        if (term.ptr[i] == '\\') {
            i++;
        } else if (width) {
            *key = sv_n(term.ptr, i);
            *op = rest.ptr[0] == '!' ? SELECTOR_NOT_IN : SELECTOR_IN;
            *value = sv_n(rest.ptr + width, rest.len - width);
            return true;
        }
    }
    return false;
}

/* The value without its escapes (`\\`, `\,`, `\=`); false when there is another one or a bare sign.
 */
static bool unescape(struct arena *a, struct sv value, struct sv *out)
{
    char *text = mem_must(arena_dup(a, value));
    size_t n = 0;
    for (size_t i = 0; i < value.len; i++) {
        bool escape = value.ptr[i] == '\\';
        if (escape && (++i == value.len || !strchr("\\,=", value.ptr[i])))
            return false;
        if (!escape && value.ptr[i] == '=')
            return false;
        text[n++] = value.ptr[i];
    }
    *out = sv_n(text, n);
    return true;
}

static bool add_term(struct selector *s, struct sv all, struct sv term, struct sv kind,
                     struct err *err)
{
    struct selector_term t = {.value_count = 1};
    struct sv value;
    t.values = mem_must(arena_new(&s->arena, struct sv));
    if (!split_term(term, &t.key, &t.op, &value) || !unescape(&s->arena, value, t.values)) {
        err_set(err, ERR_INPUT, "invalid selector: '%.*s'; can't understand '%.*s'", SV_ARG(all),
                SV_ARG(term));
        return false;
    }
    if (!missing_value(kind, t.key)) {
        err_set(err, ERR_INPUT,
                offers_more(kind) ? "field label not supported: %.*s"
                                  : "\"%.*s\" is not a known field selector: only "
                                    "\"metadata.name\", \"metadata.namespace\"",
                SV_ARG(t.key));
        return false;
    }
    must_push(&s->terms, t);
    return true;
}

struct selector *selector_parse_fields(struct sv text, struct sv kind, struct err *err)
{
    struct selector *s = selector_new();
    struct sv own = sv_n(mem_must(arena_dup(&s->arena, text)), text.len);
    for (size_t at = 0; at < own.len;) {
        size_t end = term_end(own, at);
        struct sv term = sv_n(own.ptr + at, end - at);
        if (term.len && !add_term(s, own, term, kind, err)) {
            selector_free(s);
            return NULL;
        }
        at = end + 1;
    }
    return s;
}

static struct sv field_of(const struct doc_node *object, struct sv field)
{
    char path[64];
    struct sv source = doc_get_string(doc_get(object, "source"), "component");
    if (sv_is(field, "source"))
        return source.ptr ? source : doc_get_string(object, "reportingComponent");
    if (sv_is(field, "status.successful"))
        field = SV("status.succeeded");
    snprintf(path, sizeof path, "%.*s", SV_ARG(field));
    return doc_scalar(doc_at(object, path));
}

bool selector_matches_fields(const struct selector *s, struct sv kind,
                             const struct doc_node *object)
{
    for (size_t i = 0; s && i < s->terms.len; i++) {
        const struct selector_term *t = &s->terms.items[i];
        struct sv value = field_of(object, t->key);
        if (!value.ptr) {
            const char *missing = missing_value(kind, t->key);
            value = sv_of(missing ? missing : "");
        }
        if (!selector_term_matches(t, value))
            return false;
    }
    return true;
}

static struct sv required(const struct selector *s, const char *field)
{
    for (size_t i = 0; s && i < s->terms.len; i++)
        if (s->terms.items[i].op == SELECTOR_IN && sv_is(s->terms.items[i].key, field))
            return s->terms.items[i].values[0];
    return SV_NONE;
}

struct sv selector_name(const struct selector *s)
{
    return required(s, "metadata.name");
}

struct sv selector_namespace(const struct selector *s)
{
    return required(s, "metadata.namespace");
}
