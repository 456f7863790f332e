#include "finding/suppress.h"

#include "base/must.h"
#include "base/str.h"

#include <stdio.h>

void suppress_release(struct suppress *s)
{
    if (!s)
        return;
    vec_foreach(e, &s->entries) {
        glob_free(e->rule_glob);
        glob_free(e->path_glob);
        glob_free(e->kind_glob);
        glob_free(e->namespace_glob);
        glob_free(e->name_glob);
    }
    vec_release(&s->entries);
    arena_release(&s->arena);
    s->file = s->lifecycle = NULL;
}

/* Appends the segments of path, "." and ".." taken out. */
static void add_segments(struct str *out, struct sv path)
{
    while (path.ptr) {
        struct sv segment = sv_split(&path, '/');
        if (!segment.len || sv_is(segment, "."))
            continue;
        if (sv_is(segment, "..")) {
            while (out->len && out->data[--out->len] != '/')
                ;
            continue;
        }
        str_addc(out, '/');
        str_addv(out, segment);
    }
}

/* The file as the configuration's patterns see it: relative to its folder, else absolute. */
static struct sv relative_path(const struct suppress_place *place, const char *file,
                               struct str *path)
{
    _cleanup_str_ struct str folder = {0};
    str_reset(path);
    if (file[0] != '/')
        add_segments(path, sv_of(place->cwd));
    add_segments(path, sv_of(file));
    add_segments(&folder, sv_of(place->folder));
    struct sv full = str_sv(path);
    if (!str_ok(path) || full.len <= folder.len || full.ptr[folder.len] != '/' ||
        memcmp(full.ptr, str_c(&folder), folder.len) != 0)
        return full;
    return sv_n(full.ptr + folder.len + 1, full.len - folder.len - 1);
}

/* A pattern with a slash is matched against the file and each folder above it, one without against
 * each name on the way: `legacy`, `legacy/` and `legacy/x.yaml` mean what they look like. */
static bool path_matches(const struct suppress_entry *e, struct sv path)
{
    bool whole = strchr(e->path, '/') != NULL;
    size_t start = 0;
    for (size_t i = 1; i <= path.len; i++) {
        if (i < path.len && path.ptr[i] != '/')
            continue;
        if (glob_match(e->path_glob, sv_n(path.ptr + start, i - start)))
            return true;
        start = whole ? 0 : i + 1;
    }
    return false;
}

static bool text_matches(const struct glob *g, const char *text)
{
    return !g || glob_match(g, sv_of(text ? text : ""));
}

static bool entry_matches(const struct suppress_entry *e, const struct finding *f,
                          const struct suppress_place *place, struct str *path)
{
    if (!glob_match(e->rule_glob, sv_of(f->rule)))
        return false;
    if (e->path && (!f->subject.file || !place ||
                    !path_matches(e, relative_path(place, f->subject.file, path))))
        return false;
    return !e->object || (f->subject.kind && text_matches(e->kind_glob, f->subject.kind) &&
                          text_matches(e->namespace_glob, f->subject.namespace) &&
                          text_matches(e->name_glob, f->subject.name));
}

static bool is_expired(const struct suppress_entry *e, date_days today)
{
    return e->has_expires && today >= e->expires;
}

static void match_finding(struct suppress *s, struct finding_set *set, struct finding *f,
                          date_days today, const struct suppress_place *place, struct str *path)
{
    vec_foreach(e, &s->entries) {
        if (!entry_matches(e, f, place, path))
            continue;
        e->used++;
        if (is_expired(e, today) || f->state == FINDING_SUPPRESSED)
            continue;
        f->state = FINDING_SUPPRESSED;
        f->suppressed_reason = mem_must(arena_dup(&set->arena, sv_of(e->reason)));
        f->suppressed_owner = mem_must(arena_dup(&set->arena, sv_of(e->owner)));
    }
}

static void report_expired(const struct suppress *s, const struct suppress_entry *e,
                           struct finding_set *set)
{
    char day[DATE_TEXT_MAX];
    _cleanup_str_ struct str message = {0};
    str_addf(&message, "suppression of %s expired on %s; it hid %u %s: %s (owner %s)", e->rule,
             date_format(e->expires, day), e->used, e->used == 1 ? "finding" : "findings",
             e->reason, e->owner);
    const struct finding f = {
        .rule = "suppression-expired",
        .severity = FINDING_WARNING,
        .message = str_c(&message),
        .fix = "mend what it hid, or give it a new date if the reason still holds",
        .subject = {.file = s->file, .line = e->line, .column = 1},
    };
    finding_add_evidence(set, finding_add(set, &f), "configuration", NULL, NULL);
}

void suppress_apply(struct suppress *s, struct finding_set *set, date_days today,
                    const struct suppress_place *place)
{
    _cleanup_str_ struct str path = {0};
    vec_foreach(f, &set->findings)
        match_finding(s, set, f, today, place, &path);
    vec_foreach(e, &s->entries) {
        if (!e->used)
            finding_add_note(set, "%s:%u: the suppression of %s matches nothing that was checked",
                             s->file, e->line, e->rule);
        else if (is_expired(e, today))
            report_expired(s, e, set);
    }
}

static const struct rule_info rules[] = {
    {
        .id = "suppression-expired",
        .title = "A suppression has expired",
        .severity = FINDING_WARNING,
        .why = "An entry of `.toban.yaml` hid findings until a date, and that date has come. What "
               "it hid is reported again.",
        .fix = "Mend what the entry hid and remove it. If the reason still holds, its owner gives "
               "it a new date.",
    },
};

const struct rule_table suppress_rules = {rules, ARRAY_LEN(rules)};
