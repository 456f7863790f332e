#include "finding/finding.h"

#include "base/must.h"

#include <stdio.h>
#define XXH_INLINE_ALL
#include <xxhash.h>

void finding_set_release(struct finding_set *s)
{
    if (!s)
        return;
    vec_foreach(f, &s->findings)
        vec_release(&f->evidence);
    vec_release(&s->findings);
    vec_release(&s->problems);
    vec_release(&s->notes);
    map_release(&s->index);
    arena_release(&s->arena);
    s->files = s->objects = 0;
}

static const char *keep(struct finding_set *s, const char *text)
{
    return text ? mem_must(arena_dup(&s->arena, sv_of(text))) : NULL;
}

/* The group of "apps/v1" is "apps", that of "v1" is empty. */
static struct sv group_of(const char *api_version)
{
    struct sv v = sv_of(api_version);
    const char *slash = v.ptr ? memchr(v.ptr, '/', v.len) : NULL;
    return slash ? sv_n(v.ptr, (size_t)(slash - v.ptr)) : SV("");
}

/* Fields are ended by a NUL, so that "a","bc" and "ab","c" differ. */
static void hash_text(XXH3_state_t *state, struct sv text)
{
    if (text.len)
        XXH3_128bits_update(state, text.ptr, text.len);
    XXH3_128bits_update(state, "", 1);
}

static void fingerprint(const struct finding *f, char out[static 33])
{
    const struct finding_subject *at = &f->subject;
    XXH3_state_t state;
    XXH3_128bits_reset(&state);
    hash_text(&state, sv_of(f->rule));
    hash_text(&state, at->cluster ? SV("cluster") : SV("file"));
    hash_text(&state, sv_of(at->cluster ? at->cluster : at->file));
    hash_text(&state, group_of(at->api_version));
    hash_text(&state, sv_of(at->kind));
    hash_text(&state, sv_of(at->namespace));
    hash_text(&state, sv_of(at->name));
    if (!at->name)
        XXH3_128bits_update(&state, &at->line, sizeof at->line);
    XXH128_hash_t hash = XXH3_128bits_digest(&state);
    snprintf(out, 33, "%016llx%016llx", (unsigned long long)hash.high64,
             (unsigned long long)hash.low64);
}

static bool same_text(const char *a, const char *b)
{
    return sv_eq(sv_of(a), sv_of(b));
}

void finding_add_evidence(struct finding_set *s, struct finding *f, const char *source,
                          const char *detail, const char *seen)
{
    vec_foreach(e, &f->evidence) {
        if (!same_text(e->source, source) || !same_text(e->detail, detail))
            continue;
        if (seen && (!e->seen || strcmp(seen, e->seen) > 0))
            e->seen = keep(s, seen);
        return;
    }
    struct finding_evidence e = {keep(s, source), keep(s, detail), keep(s, seen)};
    mem_must(vec_push(&f->evidence, e) ? s : NULL);
}

static void add_all_evidence(struct finding_set *s, struct finding *to, const struct finding *from)
{
    vec_foreach(e, &from->evidence)
        finding_add_evidence(s, to, e->source, e->detail, e->seen);
}

static void keep_subject(struct finding_set *s, struct finding_subject *at)
{
    const char **const texts[] = {&at->file, &at->cluster,   &at->api_version,
                                  &at->kind, &at->namespace, &at->name};
    for (size_t i = 0; i < ARRAY_LEN(texts); i++)
        *texts[i] = keep(s, *texts[i]);
}

static void keep_texts(struct finding_set *s, struct finding *f)
{
    const char **const texts[] = {
        &f->rule,
        &f->message,
        &f->fix,
        &f->hint,
        &f->component,
        &f->replacement_api_version,
        &f->replacement_kind,
        &f->suppressed_reason,
        &f->suppressed_owner,
    };
    for (size_t i = 0; i < ARRAY_LEN(texts); i++)
        *texts[i] = keep(s, *texts[i]);
    keep_subject(s, &f->subject);
}

/* A copy that the set owns, with its evidence. */
static struct finding copy_of(struct finding_set *s, const struct finding *f)
{
    struct finding copy = *f;
    memset(&copy.evidence, 0, sizeof copy.evidence);
    keep_texts(s, &copy);
    add_all_evidence(s, &copy, f);
    return copy;
}

static bool is_worse(const struct finding *a, const struct finding *b)
{
    if (a->severity != b->severity)
        return a->severity < b->severity;
    return version_cmp(a->before, b->before) < 0;
}

/* The worse of both speaks; all evidence stays. */
static void merge(struct finding_set *s, struct finding *have, const struct finding *more)
{
    if (is_worse(more, have)) {
        struct finding copy = copy_of(s, more);
        memcpy(copy.fingerprint, have->fingerprint, sizeof copy.fingerprint);
        struct finding old = *have;
        *have = copy;
        add_all_evidence(s, have, &old);
        vec_release(&old.evidence);
        return;
    }
    add_all_evidence(s, have, more);
    if (!have->hint)
        have->hint = keep(s, more->hint);
}

static void index_put(struct finding_set *s, size_t i)
{
    struct sv key = sv_of(mem_must(arena_dup(&s->arena, sv_of(s->findings.items[i].fingerprint))));
    mem_must(map_put(&s->index, key, (void *)(uintptr_t)(i + 1)) ? s : NULL);
}

struct finding *finding_add(struct finding_set *s, const struct finding *f)
{
    char print[33];
    fingerprint(f, print);
    size_t place = (size_t)(uintptr_t)map_get(&s->index, sv_of(print));
    if (place) {
        merge(s, &s->findings.items[place - 1], f);
        return &s->findings.items[place - 1];
    }
    struct finding copy = copy_of(s, f);
    memcpy(copy.fingerprint, print, sizeof print);
    mem_must(vec_push(&s->findings, copy) ? s : NULL);
    index_put(s, s->findings.len - 1);
    return &s->findings.items[s->findings.len - 1];
}

void finding_add_problem(struct finding_set *s, const char *where, const char *message,
                         const char *hint)
{
    struct finding_problem p = {keep(s, where), keep(s, message),
                                hint && *hint ? keep(s, hint) : NULL};
    mem_must(vec_push(&s->problems, p) ? s : NULL);
}

static void add_note(struct finding_set *s, const char *message)
{
    vec_foreach(n, &s->notes)
        if (strcmp(n->message, message) == 0)
            return;
    mem_must(vec_push(&s->notes, (struct finding_note){keep(s, message)}) ? s : NULL);
}

void finding_add_note(struct finding_set *s, const char *fmt, ...)
{
    char text[ERR_MSG_MAX];
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(text, sizeof text, fmt, ap);
    va_end(ap);
    add_note(s, text);
}

void finding_set_join(struct finding_set *into, struct finding_set *from)
{
    vec_foreach(f, &from->findings)
        finding_add(into, f);
    vec_foreach(p, &from->problems)
        finding_add_problem(into, p->where, p->message, p->hint);
    vec_foreach(n, &from->notes)
        add_note(into, n->message);
    into->files += from->files;
    into->objects += from->objects;
    finding_set_release(from);
}

static int cmp_text(const char *a, const char *b)
{
    return sv_cmp(sv_of(a), sv_of(b));
}

static int cmp_findings(const struct finding *a, const struct finding *b)
{
    const struct finding_subject *x = &a->subject, *y = &b->subject;
    int order = version_cmp(a->before, b->before);
    order = order ? order : (int)a->severity - (int)b->severity;
    order = order ? order : cmp_text(x->file, y->file);
    order = order ? order : (x->line > y->line) - (x->line < y->line);
    order = order ? order : cmp_text(x->kind, y->kind);
    order = order ? order : cmp_text(x->namespace, y->namespace);
    order = order ? order : cmp_text(x->name, y->name);
    order = order ? order : cmp_text(a->rule, b->rule);
    return order ? order : strcmp(a->fingerprint, b->fingerprint);
}

static int cmp_for_sort(const void *a, const void *b)
{
    return cmp_findings(a, b);
}

void finding_set_sort(struct finding_set *s)
{
    if (s->findings.len < 2)
        return;
    qsort(s->findings.items, s->findings.len, sizeof *s->findings.items, cmp_for_sort);
    for (size_t i = 0; i < s->findings.len; i++)
        index_put(s, i);
}

const char *finding_severity_name(enum finding_severity s)
{
    static const char *const names[] = {"removed", "deprecated", "warning", "info"};
    return names[s];
}

const char *finding_state_name(enum finding_state s)
{
    static const char *const names[] = {"open", "suppressed", "fixed", "reopened"};
    return names[s];
}

bool finding_is_open(const struct finding *f)
{
    return f->state == FINDING_OPEN || f->state == FINDING_REOPENED;
}

size_t finding_count_at(const struct finding_set *s, enum finding_severity least)
{
    size_t count = 0;
    vec_foreach(f, &s->findings)
        count += finding_is_open(f) && f->severity <= least;
    return count;
}
