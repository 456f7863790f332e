/* Volumes, events, configuration, scaling, rights. */
#include "base/must.h"
#include "pocket/show/cell.h"

#include <stdio.h>

/* ---- volumes ---- */

struct doc_node *cell_volume_status(struct cell_ctx *c, const struct doc_node *object,
                                    const char *argument)
{
    (void)argument;
    if (doc_at(object, "metadata.deletionTimestamp"))
        return value_text(c->a, SV("Terminating"));
    struct sv phase = doc_scalar(doc_at(object, "status.phase"));
    return value_text(c->a, phase.ptr ? phase : SV(""));
}

static bool has(const struct doc_node *list, const char *word)
{
    doc_each_item(item, list)
        if (sv_is(doc_string(item), word))
            return true;
    return false;
}

struct doc_node *cell_modes(struct cell_ctx *c, const struct doc_node *object, const char *argument)
{
    static const char *const modes[][2] = {{"ReadWriteOnce", "RWO"},
                                           {"ReadOnlyMany", "ROX"},
                                           {"ReadWriteMany", "RWX"},
                                           {"ReadWriteOncePod", "RWOP"}};
    _cleanup_str_ struct str out;
    str_init(&out, 0);
    for (size_t i = 0; i < sizeof modes / sizeof *modes; i++)
        if (has(doc_at(object, argument), modes[i][0]))
            str_addf(&out, "%s%s", out.len ? "," : "", modes[i][1]);
    return cell_string(c, &out);
}

static bool is_bound(const struct doc_node *claim)
{
    return doc_scalar(doc_at(claim, "spec.volumeName")).len > 0;
}

struct doc_node *cell_claim_modes(struct cell_ctx *c, const struct doc_node *claim,
                                  const char *argument)
{
    return is_bound(claim) ? cell_modes(c, claim, argument) : value_text(c->a, SV(""));
}

struct doc_node *cell_claim_capacity(struct cell_ctx *c, const struct doc_node *claim,
                                     const char *argument)
{
    return is_bound(claim) ? cell_text(c, claim, argument) : value_text(c->a, SV(""));
}

struct doc_node *cell_volume_claim(struct cell_ctx *c, const struct doc_node *volume,
                                   const char *argument)
{
    const struct doc_node *claim = doc_at(volume, argument);
    if (!claim)
        return value_text(c->a, SV(""));
    const char *text =
        mem_must(arena_fmt(c->a, "%.*s/%.*s", SV_ARG(doc_get_string(claim, "namespace")),
                           SV_ARG(doc_get_string(claim, "name"))));
    return value_text(c->a, sv_of(text));
}

/* ---- events ---- */

static struct sv first_of(const struct doc_node *event)
{
    struct sv first = doc_get_string(event, "firstTimestamp");
    return first.len ? first : doc_get_string(event, "eventTime");
}

struct doc_node *cell_event_first(struct cell_ctx *c, const struct doc_node *event,
                                  const char *argument)
{
    (void)argument;
    return value_text(c->a, cell_since(c, first_of(event)));
}

struct doc_node *cell_event_seen(struct cell_ctx *c, const struct doc_node *event,
                                 const char *argument)
{
    struct sv series = doc_scalar(doc_at(event, "series.lastObservedTime"));
    struct sv last = series.len ? series : doc_get_string(event, "lastTimestamp");
    (void)argument;
    return value_text(c->a, cell_since(c, last.len ? last : first_of(event)));
}

struct doc_node *cell_event_object(struct cell_ctx *c, const struct doc_node *event,
                                   const char *argument)
{
    const struct doc_node *object = doc_get(event, "involvedObject");
    char kind[64];
    (void)argument;
    snprintf(kind, sizeof kind, "%.*s", SV_ARG(doc_get_string(object, "kind")));
    for (char *p = kind; *p; p++)
        *p = *p >= 'A' && *p <= 'Z' ? (char)(*p + 32) : *p;
    const char *text =
        mem_must(arena_fmt(c->a, "%s/%.*s", kind, SV_ARG(doc_get_string(object, "name"))));
    return value_text(c->a, sv_of(text));
}

struct doc_node *cell_event_source(struct cell_ctx *c, const struct doc_node *event,
                                   const char *argument)
{
    const struct doc_node *source = doc_get(event, "source");
    struct sv host = doc_get_string(source, "host"),
              component = doc_get_string(source, "component");
    (void)argument;
    if (!component.len)
        component = doc_get_string(event, "reportingComponent");
    const char *text = mem_must(
        arena_fmt(c->a, "%.*s%s%.*s", SV_ARG(component), host.len ? ", " : "", SV_ARG(host)));
    return value_text(c->a, sv_of(text));
}

struct doc_node *cell_event_count(struct cell_ctx *c, const struct doc_node *event,
                                  const char *argument)
{
    const struct doc_node *series = doc_at(event, "series.count"), *count = doc_get(event, "count");
    const struct doc_node *said = series ? series : count;
    (void)argument;
    return value_int(c->a, said && said->type == DOC_INT && said->integer ? said->integer : 1);
}

/* ---- configuration ---- */

struct doc_node *cell_data_count(struct cell_ctx *c, const struct doc_node *object,
                                 const char *argument)
{
    (void)argument;
    return value_int(c->a,
                     doc_count(doc_get(object, "data")) + doc_count(doc_get(object, "binaryData")));
}

struct doc_node *cell_class_name(struct cell_ctx *c, const struct doc_node *object,
                                 const char *argument)
{
    static const char *const marks[] = {"storageclass.kubernetes.io/is-default-class",
                                        "storageclass.beta.kubernetes.io/is-default-class"};
    const struct doc_node *notes = doc_at(object, "metadata.annotations");
    bool usual = false;
    (void)argument;
    for (size_t i = 0; i < sizeof marks / sizeof *marks; i++)
        usual = usual || sv_is(doc_get_string(notes, marks[i]), "true");
    const char *text =
        mem_must(arena_fmt(c->a, "%.*s%s", SV_ARG(doc_scalar(doc_at(object, "metadata.name"))),
                           usual ? " (default)" : ""));
    return value_text(c->a, sv_of(text));
}

struct doc_node *cell_controller(struct cell_ctx *c, const struct doc_node *object,
                                 const char *argument)
{
    (void)argument;
    doc_each_item(owner, doc_at(object, "metadata.ownerReferences")) {
        const struct doc_node *leads = doc_get(owner, "controller");
        struct sv group = doc_get_string(owner, "apiVersion"), kind = doc_get_string(owner, "kind");
        struct sv rest = group;
        group = sv_split(&rest, '/');
        if (!leads || leads->type != DOC_BOOL || !leads->boolean)
            continue;
        _cleanup_str_ struct str out;
        str_init(&out, 0);
        for (size_t i = 0; i < kind.len; i++)
            str_addc(&out,
                     (char)(kind.ptr[i] | (kind.ptr[i] >= 'A' && kind.ptr[i] <= 'Z' ? 32 : 0)));
        if (rest.ptr)
            str_addf(&out, ".%.*s", SV_ARG(group));
        str_addf(&out, "/%.*s", SV_ARG(doc_get_string(owner, "name")));
        return cell_string(c, &out);
    }
    return value_text(c->a, SV("<none>"));
}

/* ---- scaling ---- */

struct doc_node *cell_hpa_reference(struct cell_ctx *c, const struct doc_node *hpa,
                                    const char *argument)
{
    const struct doc_node *target = doc_at(hpa, "spec.scaleTargetRef");
    (void)argument;
    const char *text = mem_must(arena_fmt(c->a, "%.*s/%.*s", SV_ARG(doc_get_string(target, "kind")),
                                          SV_ARG(doc_get_string(target, "name"))));
    return value_text(c->a, sv_of(text));
}

static const struct doc_node *current_metric(const struct doc_node *hpa, struct sv name)
{
    doc_each_item(one, doc_at(hpa, "status.currentMetrics"))
        if (sv_eq(doc_scalar(doc_at(one, "resource.name")), name))
            return doc_at(one, "resource.current");
    return NULL;
}

static void add_target(const struct doc_node *hpa, const struct doc_node *metric, struct str *out)
{
    const struct doc_node *resource = doc_get(metric, "resource");
    struct sv percent = doc_scalar(doc_at(resource, "target.averageUtilization"));
    struct sv amount = doc_scalar(doc_at(resource, "target.averageValue"));
    const struct doc_node *now = current_metric(hpa, doc_get_string(resource, "name"));
    struct sv is = doc_scalar(doc_get(now, percent.len ? "averageUtilization" : "averageValue"));
    const char *sign = percent.len ? "%" : "";
    str_addf(out, "%s%.*s%s/%.*s%s", out->len ? ", " : "", SV_ARG(is.len ? is : SV("<unknown>")),
             is.len ? sign : "", SV_ARG(percent.len ? percent : amount), sign);
}

struct doc_node *cell_hpa_targets(struct cell_ctx *c, const struct doc_node *hpa,
                                  const char *argument)
{
    _cleanup_str_ struct str out;
    struct sv wanted = doc_scalar(doc_at(hpa, "spec.targetCPUUtilizationPercentage"));
    struct sv is = doc_scalar(doc_at(hpa, "status.currentCPUUtilizationPercentage"));
    (void)argument;
    str_init(&out, 0);
    if (wanted.len)
        str_addf(&out, "%.*s%s/%.*s%%", SV_ARG(is.len ? is : SV("<unknown>")), is.len ? "%" : "",
                 SV_ARG(wanted));
    doc_each_item(metric, doc_at(hpa, "spec.metrics"))
        add_target(hpa, metric, &out);
    return value_text(c->a, out.len ? str_sv(&out) : SV("<none>"));
}

struct doc_node *cell_quota(struct cell_ctx *c, const struct doc_node *quota, const char *argument)
{
    _cleanup_str_ struct str out;
    const struct doc_node *used = doc_at(quota, "status.used");
    str_init(&out, 0);
    doc_each_pair(pair, doc_at(quota, "status.hard")) {
        struct sv name = pair->key->text, is = doc_scalar(value_get(used, name));
        if (sv_starts(name, "limits.") == (strcmp(argument, "limits") == 0))
            str_addf(&out, "%s%.*s: %.*s/%.*s", out.len ? ", " : "", SV_ARG(name),
                     SV_ARG(is.len ? is : SV("0")), SV_ARG(doc_scalar(pair->value)));
    }
    return cell_string(c, &out);
}

/* ---- rights ---- */

struct doc_node *cell_role(struct cell_ctx *c, const struct doc_node *binding, const char *argument)
{
    const struct doc_node *role = doc_get(binding, "roleRef");
    (void)argument;
    const char *text = mem_must(arena_fmt(c->a, "%.*s/%.*s", SV_ARG(doc_get_string(role, "kind")),
                                          SV_ARG(doc_get_string(role, "name"))));
    return value_text(c->a, sv_of(text));
}

struct doc_node *cell_subjects(struct cell_ctx *c, const struct doc_node *binding,
                               const char *argument)
{
    _cleanup_str_ struct str out;
    str_init(&out, 0);
    doc_each_item(one, doc_get(binding, "subjects")) {
        if (!sv_is(doc_get_string(one, "kind"), argument))
            continue;
        str_adds(&out, out.len ? ", " : "");
        if (sv_is(doc_get_string(one, "kind"), "ServiceAccount"))
            str_addf(&out, "%.*s/", SV_ARG(doc_get_string(one, "namespace")));
        str_addv(&out, doc_get_string(one, "name"));
    }
    return cell_string(c, &out);
}
