#include "rules/upgrade/gvk.h"

#include "rules/upgrade/tables.h"

/* Versions of Kubernetes are named by their minor, those of components in full. */
static const char *version_text(const struct lifecycle_row *row, struct version v,
                                char buf[static VERSION_TEXT_MAX])
{
    return version_format(v, row->component != NULL, buf);
}

static void add_api(struct str *out, const struct lifecycle_row *row, const char *kind_before)
{
    str_addf(out, "%s%s%s", row->group, *row->group ? "/" : "", row->version);
    if (!kind_before || strcmp(kind_before, row->kind) != 0)
        str_addf(out, " %s", row->kind);
}

static void add_since(struct str *out, const struct lifecycle_row *row, struct version since)
{
    char text[VERSION_TEXT_MAX];
    if (since.set)
        str_addf(out, " (served since %s%s%s)", row->component ? row->component : "",
                 row->component ? " " : "", version_text(row, since, text));
}

/* "write networking.k8s.io/v1 (served since 1.19)", step by step where there are several. */
static void add_path(struct str *out, const struct lifecycle_row *row,
                     const struct lifecycle_path *path)
{
    char text[VERSION_TEXT_MAX];
    const char *kind = row->kind;
    for (unsigned i = 0; i < path->count; i++) {
        const struct lifecycle_step *step = &path->steps[i];
        str_adds(out, i ? ", then " : "write ");
        add_api(out, step->row, kind);
        add_since(out, step->row, step->not_before);
        if (path->count > 1 && step->before.set)
            str_addf(out, " before %s", version_text(row, step->before, text));
        kind = step->row->kind;
    }
    if (!path->complete)
        str_adds(out, path->count ? "; nothing takes its place after that" : "");
}

static const char *dead_end_fix(const struct lifecycle_row *row)
{
    if (strcmp(row->kind, "PodSecurityPolicy") == 0) {
        struct rule_table rules = rules_table();
        return rule_info_find(&rules, "pod-security-policy")->fix;
    }
    return "no API takes its place: take the object out of the manifests and find out who needs it";
}

/* Texts of one finding; `f` borrows them. */
struct gvk_texts {
    struct str message, fix;
    char replacement[160];
};

static void texts_release(struct gvk_texts *t)
{
    str_release(&t->message);
    str_release(&t->fix);
}

static void set_replacement(struct finding *f, struct gvk_texts *t, const struct lifecycle_row *row,
                            struct version from, struct version to,
                            const struct lifecycle *lifecycle)
{
    struct lifecycle_path path;
    lifecycle_path_find(lifecycle, row, from, to, &path);
    add_path(&t->fix, row, &path);
    if (!path.count || (!path.complete && strcmp(row->kind, "PodSecurityPolicy") == 0)) {
        str_reset(&t->fix);
        str_adds(&t->fix, dead_end_fix(row));
    }
    f->fix = str_c(&t->fix);
    if (!path.count)
        return;
    const struct lifecycle_row *next = path.steps[0].row;
    snprintf(t->replacement, sizeof t->replacement, "%s%s%s", next->group, *next->group ? "/" : "",
             next->version);
    f->replacement_api_version = t->replacement;
    f->replacement_kind = next->kind;
}

static const char *removal_hint(const struct lifecycle_row *row)
{
    if (strcmp(row->basis, "planned-tag") == 0)
        return "the removal is planned and may still move";
    return NULL;
}

static bool judge_removed(const struct rules_target *target, const struct lifecycle_row *row,
                          struct finding *f, struct str *message)
{
    char text[VERSION_TEXT_MAX];
    if (!row->removed.set || version_cmp(row->removed, target->to) > 0)
        return false;
    f->rule = "api-removed";
    f->severity = FINDING_REMOVED;
    add_api(message, row, NULL);
    bool gone = target->from.set && version_cmp(row->removed, target->from) <= 0;
    str_addf(message,
             gone ? " is refused by the server already: not served since %s"
                  : " is not served from %s on",
             version_text(row, row->removed, text));
    return true;
}

static bool judge_deprecated(const struct rules_target *target, const struct lifecycle_row *row,
                             struct finding *f, struct str *message)
{
    char text[VERSION_TEXT_MAX];
    if (!row->deprecated.set || version_cmp(row->deprecated, target->to) > 0)
        return false;
    f->rule = "api-deprecated";
    f->severity = FINDING_DEPRECATED;
    add_api(message, row, NULL);
    str_addf(message, " is deprecated since %s", version_text(row, row->deprecated, text));
    if (row->removed.set)
        str_addf(message, " and not served from %s on", version_text(row, row->removed, text));
    return true;
}

static bool judge_too_new(const struct rules_target *target, const struct lifecycle_row *row,
                          struct finding *f, struct str *message)
{
    char text[VERSION_TEXT_MAX];
    if (!row->introduced.set || version_cmp(row->introduced, target->to) <= 0)
        return false;
    f->rule = "api-not-yet-served";
    f->severity = FINDING_WARNING;
    add_api(message, row, NULL);
    str_addf(message, " is served from %s on only, not by %s",
             version_text(row, row->introduced, text),
             version_format(target->to, false, (char[VERSION_TEXT_MAX]){0}));
    return true;
}

static void judge_kubernetes(const struct rules_run *run, const struct lifecycle_row *row)
{
    _cleanup_(texts_release) struct gvk_texts t = {0};
    struct finding f = {
        .deprecated_in = row->deprecated, .removed_in = row->removed, .before = row->removed};
    if (judge_removed(run->target, row, &f, &t.message) ||
        judge_deprecated(run->target, row, &f, &t.message)) {
        set_replacement(&f, &t, row, run->target->from, run->target->to, run->target->lifecycle);
    } else if (judge_too_new(run->target, row, &f, &t.message)) {
        f.before = f.removed_in = f.deprecated_in = VERSION_NONE;
        f.fix = "write a version that the target serves";
    } else {
        return;
    }
    f.message = str_c(&t.message);
    f.hint = removal_hint(row);
    if (run->place->hint)
        f.hint = run->place->hint;
    struct finding_evidence evidence;
    run_subject(run, NULL, &f, &evidence);
    run_add(run, &f, &evidence);
}

void gvk_judge(const struct rules_run *run)
{
    const struct object *o = run->object;
    const struct lifecycle_row *row =
        lifecycle_find(run->target->lifecycle, o->group, o->version, o->kind);
    if (!row)
        return;
    if (!row->component) {
        judge_kubernetes(run, row);
        return;
    }
    if (!row->removed.set && !row->deprecated.set)
        return;
    struct rules_pending p = {.row = row};
    run_subject(run, NULL, &p.finding, &p.evidence);
    run_add_pending(run, &p);
}

static bool reached(struct version limit, const struct component_sight *sight)
{
    return limit.set && (!sight || !sight->version.set || version_cmp(limit, sight->version) <= 0);
}

static void add_component_message(struct str *out, const struct lifecycle_row *row, bool removed,
                                  const struct component_sight *sight)
{
    char text[VERSION_TEXT_MAX];
    add_api(out, row, NULL);
    if (removed)
        str_addf(out, " is not served from %s %s on", row->component,
                 version_text(row, row->removed, text));
    else
        str_addf(out, " is deprecated since %s %s", row->component,
                 version_text(row, row->deprecated, text));
    if (sight && sight->version.set)
        str_addf(out, "; %s is used here", version_text(row, sight->version, text));
}

/* What the installed version already does is as bad as it is; what a later version will do is only
 * told, and what may or may not concern the installed one is one level milder. False: no word. */
static bool judge_component(const struct lifecycle_row *row, const struct component_sight *sight,
                            struct finding *f)
{
    bool known = sight && sight->version.set;
    bool removed = reached(row->removed, sight), deprecated = reached(row->deprecated, sight);
    if (!removed && !deprecated && !row->removed.set)
        return false;
    bool about_removal = removed || !deprecated;
    f->rule = about_removal ? "component-api-removed" : "component-api-deprecated";
    f->severity = removed ? FINDING_REMOVED : deprecated ? FINDING_DEPRECATED : FINDING_INFO;
    if (!known)
        f->severity++;
    return true;
}

void gvk_settle(struct rules_result *r, const struct lifecycle *lifecycle,
                const struct rules_pending *p, const struct component_sight *sight)
{
    const struct lifecycle_row *row = p->row;
    bool known = sight && sight->version.set;
    _cleanup_(texts_release) struct gvk_texts t = {0};
    struct finding f = p->finding;
    if (!judge_component(row, sight, &f))
        return;
    f.component = row->component;
    f.deprecated_in = row->deprecated;
    f.removed_in = row->removed;
    add_component_message(&t.message, row, strcmp(f.rule, "component-api-removed") == 0, sight);
    f.message = str_c(&t.message);
    set_replacement(&f, &t, row, known ? sight->version : VERSION_NONE, VERSION_NONE, lifecycle);
    _cleanup_str_ struct str hint = {0};
    str_addf(&hint, "which %s is installed cannot be seen here", row->component);
    if (!known && !f.hint)
        f.hint = str_c(&hint);
    struct finding_evidence evidence = p->evidence;
    f.evidence.items = &evidence;
    f.evidence.len = f.evidence.cap = 1;
    finding_add(&r->set, &f);
}
