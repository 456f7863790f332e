#include "cmd/diff_print.h"

#include "base/jsonw.h"
#include "base/text.h"
#include "rules/diff/immutable.h"

#define VALUE_MAX 60
#define FIELDS_MAX 8 /* per object in the table; JSON has all */

#define BOLD "\033[1m"
#define RED "\033[31m"
#define YELLOW "\033[33m"
#define GREEN "\033[32m"
#define DIM "\033[2m"
#define PLAIN "\033[0m"

static const struct {
    const char *meaning, *colour;
} outcome_texts[] = {
    [DIFF_UNCHANGED] = {"nothing to do", DIM},
    [DIFF_IN_PLACE] = {"the object changes, its pods keep running", GREEN},
    [DIFF_ADDED] = {"new objects", GREEN},
    [DIFF_REMOVED] = {"no longer there; deleted when the tool that applies prunes", YELLOW},
    [DIFF_ROLLOUT] = {"pods are replaced by the workload's own strategy", YELLOW},
    [DIFF_REPLACED] = {"another name takes over; the old object is deleted, not changed", RED},
    [DIFF_RECREATED] = {"deleted and created again", RED},
    [DIFF_REJECTED] = {"the API server refuses the change; nothing is applied", RED},
};

static const struct object *subject_of(const struct diff_entry *e)
{
    return &(e->old_object ? e->old_object : e->new_object)->object;
}

size_t diff_print_costly(const struct diff_report *r)
{
    return r->counts[DIFF_REJECTED] + r->counts[DIFF_RECREATED] + r->counts[DIFF_REPLACED];
}

static void add_path(struct str *out, const struct object *o)
{
    str_addf(out, "%.*s ", SV_ARG(o->kind));
    if (o->namespace.len)
        str_addf(out, "%.*s/", SV_ARG(o->namespace));
    str_addv(out, o->name.ptr ? o->name : SV("(no name)"));
}

void diff_print_subject(const struct diff_print *p, const struct diff_entry *e, struct str *out)
{
    const struct object *o = subject_of(e);
    add_path(out, o);
    if (!e->old_object || !e->new_object)
        return;
    const struct object *n = &e->new_object->object;
    bool other =
        !sv_eq(o->name, n->name) || !sv_eq(o->kind, n->kind) || !sv_eq(o->namespace, n->namespace);
    if (!other)
        return;
    str_adds(out, p->utf8 ? " → " : " -> ");
    if (sv_eq(o->kind, n->kind) && sv_eq(o->namespace, n->namespace))
        str_addv(out, n->name);
    else
        add_path(out, n);
}

/* ---- table ---- */

static void style(const struct diff_print *p, const char *code)
{
    if (p->colour)
        str_adds(p->out, code);
}

static void wrapped(const struct diff_print *p, const char *lead, const char *text)
{
    str_adds(p->out, lead);
    unsigned column = (unsigned)strlen(lead);
    text_wrap(p->out, sv_of(text), column, column, p->width);
    str_addc(p->out, '\n');
}

static void print_value(const struct diff_print *p, const struct diff_object *d,
                        const struct doc_node *value, uint32_t line, struct arena *a, char sign)
{
    str_addf(p->out, "      %c ", sign);
    text_printable(p->out, sv_of(diff_value_text(a, value, VALUE_MAX)));
    if (line) {
        style(p, DIM);
        str_addf(p->out, "  %s:%u", d->origin, line);
        style(p, PLAIN);
    }
    str_addc(p->out, '\n');
}

static void print_refused_field(const struct diff_print *p, const struct diff_entry *e,
                                const struct diff_field *f, struct arena *a)
{
    str_addf(p->out, "    %s", f->path);
    style(p, RED);
    str_adds(p->out, f->rule->silently_reset ? "  (silently kept as it was)\n" : "  (immutable)\n");
    style(p, PLAIN);
    print_value(p, e->old_object, f->old_value, f->old_line, a, '-');
    print_value(p, e->new_object, f->new_value, f->new_line, a, '+');
}

/* The fields that one rule forbids, then the rule once. */
static void print_refused(const struct diff_print *p, const struct diff_entry *e, struct arena *a)
{
    const struct immutable_rule *rule = NULL;
    vec_foreach(f, &e->fields) {
        if (!f->rule)
            continue;
        if (rule && f->rule != rule)
            wrapped(p, "      why: ", rule->note);
        rule = f->rule;
        print_refused_field(p, e, f, a);
    }
    if (rule)
        wrapped(p, "      why: ", rule->note);
}

static bool is_label(const struct diff_field *f)
{
    return strncmp(f->path, "metadata.", 9) == 0;
}

static void print_changed_field(const struct diff_print *p, const struct diff_field *f,
                                struct arena *a)
{
    str_addf(p->out, "    %s: ", f->path);
    text_printable(p->out, sv_of(diff_value_text(a, f->old_value, VALUE_MAX)));
    str_adds(p->out, p->utf8 ? " \u2192 " : " -> ");
    text_printable(p->out, sv_of(diff_value_text(a, f->new_value, VALUE_MAX)));
    style(p, DIM);
    if (f->new_line)
        str_addf(p->out, "  line %u", f->new_line);
    style(p, PLAIN);
    str_addc(p->out, '\n');
}

/* What the server refuses is the reason and comes first; of the rest only some are shown. */
static void print_fields(const struct diff_print *p, const struct diff_entry *e, struct arena *a)
{
    size_t shown = 0, labels = 0, more = 0;
    print_refused(p, e, a);
    vec_foreach(f, &e->fields) {
        if (f->rule)
            continue;
        if (is_label(f))
            labels++;
        else if (shown++ < FIELDS_MAX)
            print_changed_field(p, f, a);
        else
            more++;
    }
    if (more)
        str_addf(p->out, "    and %zu more fields (-o json lists all)\n", more);
    if (labels)
        str_addf(p->out, "    and %zu label%s or annotation%s\n", labels, labels == 1 ? "" : "s",
                 labels == 1 ? "" : "s");
}

static void print_entry(const struct diff_print *p, const struct diff_entry *e, struct arena *a)
{
    char loses[64];
    str_adds(p->out, "  ");
    style(p, BOLD);
    diff_print_subject(p, e, p->out);
    style(p, PLAIN);
    if (e->loses)
        str_addf(p->out, "   %s %s", e->outcome == DIFF_REJECTED ? "if forced, loses" : "loses",
                 diff_loss_text(e->loses, loses));
    str_addc(p->out, '\n');
    vec_foreach(n, &e->notes)
        wrapped(p, "    ! ", *n);
    if (e->outcome != DIFF_ADDED && e->outcome != DIFF_REMOVED)
        print_fields(p, e, a);
    if (e->advice)
        wrapped(p, "    => ", e->advice);
}

static void print_group(const struct diff_print *p, enum diff_outcome o, struct diff_report *r)
{
    if (!r->counts[o] || (o == DIFF_UNCHANGED && !p->all))
        return;
    str_addc(p->out, '\n');
    style(p, BOLD);
    style(p, outcome_texts[o].colour);
    str_addf(p->out, "%s (%zu)", diff_outcome_name(o), r->counts[o]);
    style(p, PLAIN);
    str_addf(p->out, ": %s\n", outcome_texts[o].meaning);
    vec_foreach(e, &r->entries) {
        if (e->outcome == o)
            print_entry(p, e, &r->arena);
    }
}

static void print_heading(const struct diff_print *p, const struct diff_report *r, bool markdown)
{
    size_t costly = diff_print_costly(r);
    char version[VERSION_TEXT_MAX];
    str_addf(p->out, "%s%s -> %s", markdown ? "# " : "", p->old_name, p->new_name);
    if (p->version.set)
        str_addf(p->out, ", on Kubernetes %s", version_format(p->version, false, version));
    str_addf(p->out, "%s\n", markdown ? "\n" : "");
    if (costly)
        str_addf(p->out,
                 "%zu of %zu objects cannot simply be applied: %zu rejected, %zu "
                 "re-created, %zu replaced silently.\n",
                 costly, r->entries.len, r->counts[DIFF_REJECTED], r->counts[DIFF_RECREATED],
                 r->counts[DIFF_REPLACED]);
    else
        str_addf(p->out, "%s; %zu of %zu roll their pods.\n",
                 r->entries.len ? "Everything can be applied as it is" : "There is no object",
                 r->counts[DIFF_ROLLOUT], r->entries.len);
}

void diff_print_table(const struct diff_print *p, struct diff_report *r)
{
    print_heading(p, r, false);
    for (int o = DIFF_REJECTED; o >= DIFF_UNCHANGED; o--)
        print_group(p, (enum diff_outcome)o, r);
    if (!p->all && r->counts[DIFF_UNCHANGED])
        str_addf(p->out, "\nunchanged (%zu): --all lists them\n", r->counts[DIFF_UNCHANGED]);
}

/* ---- JSON ---- */

static void json_side(struct jsonw *w, const char *key, const struct diff_object *d)
{
    jsonw_key(w, key);
    if (!d) {
        jsonw_null(w);
        return;
    }
    uint32_t line = 0, column = 0;
    if (d->file)
        doc_position(d->file, d->object.root->span.start, &line, &column);
    jsonw_object(w);
    jsonw_kv_str(w, "origin", d->origin);
    jsonw_kv_int(w, "line", line);
    jsonw_kv_sv(w, "apiVersion", d->object.api_version);
    jsonw_kv_sv(w, "kind", d->object.kind);
    jsonw_kv_sv(w, "namespace", d->object.namespace);
    jsonw_kv_sv(w, "name", d->object.name);
    jsonw_object_end(w);
}

static void json_field(struct jsonw *w, const struct diff_field *f, struct arena *a)
{
    jsonw_object(w);
    jsonw_kv_str(w, "path", f->path);
    jsonw_kv_str(w, "old", f->old_value ? diff_value_text(a, f->old_value, 4096) : NULL);
    jsonw_kv_str(w, "new", f->new_value ? diff_value_text(a, f->new_value, 4096) : NULL);
    jsonw_kv_int(w, "old_line", f->old_line);
    jsonw_kv_int(w, "new_line", f->new_line);
    jsonw_kv_bool(w, "immutable", f->rule && !f->rule->silently_reset);
    jsonw_kv_bool(w, "silently_reset", f->rule && f->rule->silently_reset);
    jsonw_kv_str(w, "reason", f->rule ? f->rule->note : NULL);
    jsonw_object_end(w);
}

static void json_losses(struct jsonw *w, unsigned loses)
{
    jsonw_key(w, "loses");
    jsonw_array(w);
    for (unsigned bit = 1; bit <= DIFF_LOSES_CONTENTS; bit <<= 1) {
        char word[64];
        if (loses & bit)
            jsonw_str(w, diff_loss_text(bit, word));
    }
    jsonw_array_end(w);
}

static void json_entry(struct jsonw *w, const struct diff_entry *e, struct arena *a)
{
    jsonw_object(w);
    jsonw_kv_str(w, "outcome", diff_outcome_name(e->outcome));
    json_side(w, "old", e->old_object);
    json_side(w, "new", e->new_object);
    json_losses(w, e->loses);
    jsonw_key(w, "fields");
    jsonw_array(w);
    vec_foreach(f, &e->fields)
        json_field(w, f, a);
    jsonw_array_end(w);
    jsonw_key(w, "notes");
    jsonw_array(w);
    vec_foreach(n, &e->notes)
        jsonw_str(w, *n);
    jsonw_array_end(w);
    jsonw_kv_str(w, "advice", e->advice);
    jsonw_object_end(w);
}

void diff_print_json(const struct diff_print *p, struct diff_report *r)
{
    struct jsonw w;
    char version[VERSION_TEXT_MAX];
    jsonw_init(&w, p->out, 2);
    jsonw_object(&w);
    jsonw_kv_str(&w, "schema", "toban.diff/v1");
    jsonw_kv_str(&w, "version", p->version.set ? version_format(p->version, false, version) : NULL);
    jsonw_key(&w, "summary");
    jsonw_object(&w);
    for (int o = DIFF_REJECTED; o >= DIFF_UNCHANGED; o--)
        jsonw_kv_int(&w, diff_outcome_name((enum diff_outcome)o), (long long)r->counts[o]);
    jsonw_object_end(&w);
    jsonw_key(&w, "objects");
    jsonw_array(&w);
    vec_foreach(e, &r->entries)
        json_entry(&w, e, &r->arena);
    jsonw_array_end(&w);
    jsonw_object_end(&w);
    str_addc(p->out, '\n');
}

/* ---- Markdown ---- */

static void markdown_cell(struct str *out, struct sv text)
{
    str_addc(out, '`');
    for (size_t i = 0; i < text.len; i++) {
        char c = text.ptr[i];
        if (c == '|')
            str_addc(out, '\\');
        str_addc(out, c == '\n' || c == '`' ? ' ' : c);
    }
    str_addc(out, '`');
}

static void markdown_fields(const struct diff_print *p, const struct diff_entry *e, struct arena *a)
{
    if (!e->fields.len)
        return;
    str_adds(p->out, "\n| field | old | new | immutable |\n|---|---|---|---|\n");
    vec_foreach(f, &e->fields) {
        str_adds(p->out, "| ");
        markdown_cell(p->out, sv_of(f->path));
        str_adds(p->out, " | ");
        markdown_cell(p->out, sv_of(diff_value_text(a, f->old_value, VALUE_MAX)));
        str_adds(p->out, " | ");
        markdown_cell(p->out, sv_of(diff_value_text(a, f->new_value, VALUE_MAX)));
        str_addf(p->out, " | %s |\n", f->rule ? f->rule->note : "");
    }
}

static void markdown_entry(const struct diff_print *p, const struct diff_entry *e, struct arena *a)
{
    char loses[64];
    str_adds(p->out, "\n### ");
    diff_print_subject(p, e, p->out);
    str_addc(p->out, '\n');
    if (e->loses)
        str_addf(p->out, "\nLoses: %s\n", diff_loss_text(e->loses, loses));
    vec_foreach(n, &e->notes)
        str_addf(p->out, "\n- %s\n", *n);
    markdown_fields(p, e, a);
    if (e->advice)
        str_addf(p->out, "\n**What to do:** %s\n", e->advice);
}

void diff_print_markdown(const struct diff_print *p, struct diff_report *r)
{
    print_heading(p, r, true);
    for (int o = DIFF_REJECTED; o >= DIFF_UNCHANGED; o--) {
        if (!r->counts[o] || (o == DIFF_UNCHANGED && !p->all))
            continue;
        str_addf(p->out, "\n## %s (%zu)\n", diff_outcome_name((enum diff_outcome)o), r->counts[o]);
        vec_foreach(e, &r->entries) {
            if (e->outcome == (enum diff_outcome)o)
                markdown_entry(p, e, &r->arena);
        }
    }
}
