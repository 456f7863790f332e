#include "rules/migrate/migrate.h"

#include "base/must.h"
#include "rules/migrate/goal.h"
#include "rules/migrate/job.h"
#include "rules/migrate/template.h"

struct found {
    struct object object; /* kind absent: a kustomization that does not say what it is */
    struct goal goal;
    bool blocked; /* stays as it is */
};

struct run {
    const struct migrate_options *options;
    struct migrate_result *result;
    struct template_mask mask;
    struct doc_file file;
    VEC(struct found) found;
    struct edit_list edits;
    struct splice *splices; /* one per part; root NULL: not touched */
    bool again;             /* an object was blocked: what was done is to be done anew without it */
};

static const struct lifecycle_row *row_of(const struct lifecycle *l, const struct object *o)
{
    return lifecycle_find(l, o->group, o->version, o->kind);
}

/* Collecting. */

static int collect_object(void *ctx, struct doc_file *f, struct object *o)
{
    struct run *run = ctx;
    struct found found = {.object = *o};
    const struct lifecycle_row *row = row_of(run->options->lifecycle, o);
    if (row)
        found.goal = goal_of(run->options, row);
    if (!vec_push(&run->found, found))
        must_fail_nomem();
    run->result->objects++;
    return 0;
}

static void collect(struct run *run)
{
    object_each(&run->file, collect_object, run);
    for (uint32_t i = 0; i < run->file.part_count; i++) {
        struct doc_node *root = run->file.parts[i].root;
        bool nameless = root && root->type == DOC_MAP && !doc_get(root, "kind");
        if (!nameless || (!doc_get(root, "patches") && !doc_get(root, "patchesJson6902")))
            continue;
        if (!vec_push(&run->found, (struct found){.object = {.root = root, .part = i}}))
            must_fail_nomem();
    }
}

/* One object. */

static struct migrate_job job_for(struct run *run, struct found *f, struct splice *s)
{
    return (struct migrate_job){
        .options = run->options,
        .result = run->result,
        .s = s,
        .file = &run->file,
        .source = run->options->chart_template ? run->mask.source : run->file.text,
        .root = splice_of(s, f->object.root),
        .object = f->object,
        .row = f->goal.row,
        .to = f->goal.to,
    };
}

static uint32_t version_offset(const struct found *f)
{
    const struct doc_node *at = doc_get(f->object.root, "apiVersion");
    return at ? at->span.start : f->object.root->span.start;
}

static void say_nowhere(struct migrate_job *j, const struct found *f)
{
    char to[VERSION_TEXT_MAX], removed[VERSION_TEXT_MAX];
    version_format(j->options->to, false, to);
    version_format(f->goal.row->removed, false, removed);
    bool psp = sv_is(f->object.kind, "PodSecurityPolicy");
    job_decide(
        j, psp ? "psp-no-successor" : "no-successor", version_offset(f),
        psp ? "label the namespaces pod-security.kubernetes.io/enforce: privileged, baseline "
              "or restricted (or use a policy engine), then delete the policy; a Helm "
              "release must lose it before the upgrade"
            : "replace it by hand, or delete it before the upgrade",
        "%.*s %.*s is gone in %s and nothing takes its place in %s", SV_ARG(f->object.api_version),
        SV_ARG(f->object.kind), removed, to);
}

static void say_not_yet(struct migrate_job *j, const struct found *f)
{
    char since[VERSION_TEXT_MAX], removed[VERSION_TEXT_MAX], api[256];
    job_decide(j, "not-yet", version_offset(f),
               "go to that release first, then migrate again with --from set to it",
               "%s is served from %s on, and %.*s goes in %s: no version is served all the way",
               goal_api_version(f->goal.to, api, sizeof api),
               version_format(f->goal.to->introduced, false, since), SV_ARG(f->object.api_version),
               version_format(f->goal.row->removed, false, removed));
}

static void add_change(struct run *run, struct migrate_job *j, const struct found *f,
                       const char *to)
{
    struct migrate_result *r = run->result;
    struct migrate_change c = {
        .object = job_object(j),
        .to = mem_must(arena_dup(&r->arena, sv_of(to))),
        .not_before = f->goal.not_before,
        .again_before = f->goal.again_before,
    };
    if (!vec_push(&r->changes, c))
        must_fail_nomem();
}

/* Both branches of a condition in a template: the chart already chooses by what is served. */
static bool written_twice(const struct doc_node *root)
{
    unsigned count = 0;
    for (uint32_t i = 0; i < root->pair_count; i++)
        count += sv_is(root->pairs[i].key->text, "apiVersion");
    return count > 1;
}

static void migrate_version(struct run *run, struct migrate_job *j, struct found *f)
{
    const struct migrate_kind *kind = migrate_kind_of(f->goal.row);
    char to[256];
    goal_api_version(f->goal.to, to, sizeof to);
    if (!kind || strcmp(f->goal.row->kind, f->goal.to->kind) != 0) {
        job_decide(j, "by-hand", version_offset(f), "rewrite it by hand",
                   "%.*s %.*s becomes %s %s, and its fields change in ways that are not known here",
                   SV_ARG(f->object.api_version), SV_ARG(f->object.kind), to, f->goal.to->kind);
        return;
    }
    splice_set_string(j->s, splice_get(j->root, "apiVersion"), to);
    if (kind->fn)
        kind->fn(j);
    if (!j->decisions)
        add_change(run, j, f, to);
}

static void migrate_object(struct run *run, struct found *f, struct splice *s)
{
    struct migrate_job j = job_for(run, f, s);
    bool go = f->goal.word == GOAL_GO;
    if (!j.root) {
        if (go)
            job_decide(&j, "shared-text", f->object.root->span.start, "write it out",
                       "the object is an alias of another");
    } else if (run->options->chart_template && f->object.kind.ptr &&
               written_twice(f->object.root)) {
        return;
    } else {
        if (f->goal.word == GOAL_NOWHERE)
            say_nowhere(&j, f);
        else if (f->goal.word == GOAL_NOT_YET)
            say_not_yet(&j, f);
        else if (go)
            migrate_version(run, &j, f);
        if (!j.decisions)
            refs_migrate(&j);
    }
    if (j.decisions) {
        f->blocked = true;
        run->again = true;
    }
}

/* Blocks the object that holds the offset, or all of the part. */
static void block_at(struct run *run, uint32_t part, uint32_t offset, const char *topic,
                     const char *message, const char *advice)
{
    struct found *hit = NULL;
    vec_foreach(f, &run->found) {
        struct doc_span span = f->object.root->span;
        if (f->object.part == part && !f->blocked && offset >= span.start && offset < span.end)
            hit = f;
    }
    vec_foreach(f, &run->found) {
        if (f->object.part != part || f->blocked || (hit && f != hit))
            continue;
        struct migrate_job j = job_for(run, f, &run->splices[part]);
        if (f->goal.word == GOAL_GO)
            job_decide(&j, topic, hit ? offset : version_offset(f), advice,
                       "cannot be rewritten in place: %s", message);
        f->blocked = true;
    }
    run->again = true;
}

static const char *const by_hand = "rewrite this object by hand";

static void finish_part(struct run *run, uint32_t part)
{
    struct splice_conflict conflict;
    struct splice *s = &run->splices[part];
    size_t before = run->edits.edits.len;
    if (splice_edits(s, &run->edits, &conflict)) {
        block_at(run, part, conflict.offset, "shared-text", conflict.message, by_hand);
        return;
    }
    uint32_t offset;
    if (run->options->chart_template &&
        !template_allows(&run->mask, s, &run->edits, before, &offset))
        block_at(run, part, offset, "template-computed", "the template computes what stands here",
                 "change the template by hand, and compare what helm renders before and after");
}

/* Is there anything to do, or only to look at, in this part? */
static bool part_matters(const struct run *run, uint32_t part)
{
    for (size_t i = 0; i < run->found.len; i++) {
        const struct found *f = &run->found.items[i];
        const struct doc_node *root = f->object.root;
        if (f->object.part != part || f->blocked)
            continue;
        if (f->goal.word != GOAL_STAY || !f->object.kind.ptr || doc_get(root, "rules") ||
            doc_at(root, "metadata.ownerReferences") || doc_at(root, "spec.scaleTargetRef") ||
            doc_at(root, "spec.targetRef") || doc_at(root, "spec.workloadRef") ||
            sv_starts(f->object.group, "kustomize.config.k8s.io"))
            return true;
    }
    return false;
}

static int migrate_part(struct run *run, uint32_t part, struct err *err)
{
    struct splice *s = &run->splices[part];
    if (!run->file.parts[part].root || !part_matters(run, part))
        return 0;
    if (splice_init(s, &run->file, part, err))
        return -1;
    vec_foreach(f, &run->found) {
        if (f->object.part == part && !f->blocked)
            migrate_object(run, f, s);
    }
    if (!run->again)
        finish_part(run, part);
    return 0;
}

/* The whole text. */

static void start_over(struct run *run)
{
    struct migrate_result *r = run->result;
    size_t kept = 0;
    for (size_t i = 0; i < r->remarks.len; i++)
        if (r->remarks.items[i].word == MIGRATE_DECISION)
            r->remarks.items[kept++] = r->remarks.items[i];
    r->remarks.len = kept;
    r->changes.len = 0;
    edit_release(&run->edits);
    for (uint32_t i = 0; i < run->file.part_count; i++)
        splice_release(&run->splices[i]);
    run->again = false;
}

static bool part_is_right(const struct run *run, const struct doc_file *now, uint32_t part)
{
    const struct doc_node *old = run->file.parts[part].root, *new = now->parts[part].root;
    const struct splice *s = &run->splices[part];
    if (s->root)
        return splice_matches(s->root, new);
    return old ? doc_equal(old, new) : !new;
}

/* Reads the result again: it must say what was meant, and nothing else may differ. */
static int verify(struct run *run, struct err *err)
{
    _cleanup_template_ struct template_mask mask = {0};
    _cleanup_doc_ struct doc_file now = {0};
    struct sv text = str_sv(&run->result->text);
    if (run->options->chart_template) {
        if (template_mask(&mask, text, err))
            return -1;
        text = mask.text;
    }
    if (doc_parse(&now, run->file.name, text, NULL, err))
        return -1;
    for (uint32_t i = 0; i < run->file.part_count; i++)
        if (now.part_count != run->file.part_count || !part_is_right(run, &now, i)) {
            if (run->splices[i].root || now.part_count != run->file.part_count)
                block_at(run, i, UINT32_MAX, "shared-text",
                         "the text would not say what it should afterwards", by_hand);
        }
    return 0;
}

static int apply(struct run *run, struct sv source, struct err *err)
{
    if (!run->edits.edits.len && !run->edits.failed)
        return 0;
    struct err why = {0};
    str_reset(&run->result->text);
    if (edit_apply(&run->edits, source, &run->result->text, &why)) {
        if (why.class != ERR_BUG) {
            *err = why;
            return -1;
        }
        for (uint32_t i = 0; i < run->file.part_count; i++)
            if (run->splices[i].root)
                block_at(run, i, UINT32_MAX, "shared-text", why.msg, by_hand);
        return 0;
    }
    return verify(run, err);
}

static int migrate_rounds(struct run *run, struct sv source, struct err *err)
{
    size_t rounds = run->found.len + 2;
    do {
        start_over(run);
        for (uint32_t i = 0; i < run->file.part_count; i++)
            if (migrate_part(run, i, err))
                return -1;
        if (!run->again && apply(run, source, err))
            return -1;
    } while (run->again && rounds--);
    if (run->again)
        return err_set(err, ERR_BUG, "%s: the rewriting does not come to an end", run->file.name);
    run->result->changed = run->edits.edits.len > 0;
    if (!run->result->changed)
        str_reset(&run->result->text);
    return 0;
}

static int by_place(const void *a, const void *b)
{
    const struct migrate_remark *x = a, *y = b;
    if (x->line != y->line)
        return x->line < y->line ? -1 : 1;
    if (x->column != y->column)
        return x->column < y->column ? -1 : 1;
    return strcmp(x->message, y->message);
}

/* Does a line `apiVersion: …` name a group and version that has to go? */
static const struct lifecycle_row *old_version(const struct run *run, struct sv line)
{
    line = sv_trim(line);
    if (!sv_starts(line, "apiVersion:"))
        return NULL;
    struct sv version = sv_trim(sv_n(line.ptr + 11, line.len - 11));
    struct sv group = sv_split(&version, '/');
    const struct lifecycle *l = run->options->lifecycle;
    for (size_t i = 0; version.ptr && i < l->len; i++)
        if (sv_is(group, l->rows[i].group) && sv_is(version, l->rows[i].version) &&
            goal_of(run->options, &l->rows[i]).word != GOAL_STAY)
            return &l->rows[i];
    return NULL;
}

/* A document of a template that is no YAML even with its actions masked. */
static void look_at_unread(struct run *run, struct doc_part *part)
{
    struct doc_node place = {.type = DOC_NULL};
    struct sv rest = sv_n(run->file.text.ptr + part->span.start, part->span.end - part->span.start);
    while (rest.len) {
        struct sv line = sv_split(&rest, '\n');
        const struct lifecycle_row *row = old_version(run, line);
        if (!row)
            continue;
        place.span.start = (uint32_t)(line.ptr - run->file.text.ptr);
        struct migrate_job j = {
            .options = run->options,
            .result = run->result,
            .file = &run->file,
            .source = run->mask.source,
            .object = {.root = &place, .kind = SV("template")},
        };
        job_decide(&j, "template-computed", place.span.start,
                   "change the template by hand, and compare what helm renders before and after",
                   "%s/%s stands here, and the template around it cannot be read without "
                   "rendering it",
                   row->group, row->version);
    }
}

static void look_at_templates(struct run *run)
{
    for (uint32_t i = 0; i < run->file.part_count; i++) {
        struct doc_part *part = &run->file.parts[i];
        bool broken = false;
        for (uint32_t e = 0; e < run->file.error_count; e++)
            broken |= run->file.errors[e].offset >= part->span.start &&
                      run->file.errors[e].offset <= part->span.end;
        if (part->root || !broken)
            continue;
        run->result->unread++;
        look_at_unread(run, part);
    }
}

static void add_problems(struct run *run)
{
    for (uint32_t i = 0; i < run->file.error_count; i++) {
        const struct doc_error *e = &run->file.errors[i];
        struct migrate_problem p = {
            .line = e->line,
            .column = e->column,
            .message = mem_must(arena_dup(&run->result->arena, sv_of(e->message))),
        };
        if (!vec_push(&run->result->problems, p))
            must_fail_nomem();
    }
}

static void run_release(struct run *run)
{
    for (uint32_t i = 0; run->splices && i < run->file.part_count; i++)
        splice_release(&run->splices[i]);
    free(run->splices);
    vec_release(&run->found);
    edit_release(&run->edits);
    doc_release(&run->file);
    template_release(&run->mask);
}

int migrate_text(const struct migrate_options *o, const char *name, struct sv text,
                 struct migrate_result *r, struct err *err)
{
    *r = (struct migrate_result){0};
    str_init(&r->text, 0);
    _cleanup_(run_release) struct run run = {.options = o, .result = r};
    struct sv source = text;
    if (o->chart_template) {
        if (template_mask(&run.mask, text, err))
            return -1;
        text = run.mask.text;
    }
    if (doc_parse(&run.file, name, text, NULL, err))
        return -1;
    run.splices = calloc(run.file.part_count ? run.file.part_count : 1, sizeof *run.splices);
    if (!run.splices)
        return err_nomem(err, name);
    if (o->chart_template)
        look_at_templates(&run);
    else
        add_problems(&run);
    collect(&run);
    if (migrate_rounds(&run, source, err))
        return -1;
    if (r->remarks.len)
        qsort(r->remarks.items, r->remarks.len, sizeof *r->remarks.items, by_place);
    return 0;
}

void migrate_result_release(struct migrate_result *r)
{
    if (!r)
        return;
    vec_release(&r->changes);
    vec_release(&r->remarks);
    vec_release(&r->problems);
    str_release(&r->text);
    arena_release(&r->arena);
}

size_t migrate_decisions(const struct migrate_result *r)
{
    size_t n = 0;
    vec_foreach(x, &r->remarks) {
        n += x->word == MIGRATE_DECISION;
    }
    return n;
}

struct floor_ctx {
    const struct lifecycle *lifecycle;
    struct version *floor;
};

static int raise_floor(void *ctx, struct doc_file *f, struct object *o)
{
    struct floor_ctx *c = ctx;
    const struct lifecycle_row *row = row_of(c->lifecycle, o);
    if (row && goal_in_kubernetes(row) && row->introduced.set &&
        (!c->floor->set || version_cmp(row->introduced, *c->floor) > 0))
        *c->floor = row->introduced;
    return 0;
}

void migrate_floor(const struct lifecycle *l, struct sv text, struct version *floor)
{
    _cleanup_doc_ struct doc_file f = {0};
    struct floor_ctx ctx = {l, floor};
    if (!doc_parse(&f, "", text, NULL, NULL))
        object_each(&f, raise_floor, &ctx);
}
