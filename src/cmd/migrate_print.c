#include "cmd/migrate_print.h"

#include "base/jsonw.h"
#include "base/text.h"
#include "cmd/unified.h"

void migrate_count(const struct migrate_files *m, struct migrate_totals *t)
{
    *t = (struct migrate_totals){.problems = m->inputs.problems.len};
    vec_foreach(file, &m->files) {
        const struct migrate_file *f = *file;
        size_t decisions = migrate_decisions(&f->result);
        t->files++;
        t->objects += f->result.objects;
        t->changed += f->result.changed;
        t->written += f->written;
        t->changes += f->result.changes.len;
        t->decisions += decisions + (f->result.changed && !f->path && !f->standard_input);
        t->notes += f->result.remarks.len - decisions;
        t->problems += f->result.problems.len + (f->err.class != ERR_NONE);
    }
}

static const char *place(char *buf, size_t size, const char *file, uint32_t line, uint32_t column)
{
    snprintf(buf, size, "%s:%u:%u", file, line, column);
    return buf;
}

static void print_change(const struct cmd_ctx *ctx, const struct migrate_file *f,
                         const struct migrate_change *c, struct str *out)
{
    char where[1024], since[VERSION_TEXT_MAX];
    str_addf(out, "%s%s%s: %s %s%s%s: %s -> %s", ctx->colour ? "\033[1m" : "",
             place(where, sizeof where, f->name, c->object.line, c->object.column),
             ctx->colour ? "\033[0m" : "", c->object.kind,
             c->object.namespace ? c->object.namespace : "", c->object.namespace ? "/" : "",
             c->object.name ? c->object.name : "(no name)", c->object.api_version, c->to);
    if (c->not_before.set)
        str_addf(out, " (served from %s on)", version_format(c->not_before, false, since));
    if (c->again_before.set)
        str_addf(out, " (migrate again before %s)", version_format(c->again_before, false, since));
    str_addc(out, '\n');
}

static void print_remark(const char *file, const struct migrate_remark *r, bool colour,
                         unsigned width, struct str *out)
{
    char where[1024];
    bool decide = r->word == MIGRATE_DECISION;
    str_addf(out, "%s: %s%s%s: ", place(where, sizeof where, file, r->line, r->column),
             !colour  ? ""
             : decide ? "\033[31m"
                      : "\033[33m",
             decide ? "decide" : "note", colour ? "\033[0m" : "");
    str_addf(out, "%s %s: %s [%s]\n", r->object.kind ? r->object.kind : "Kustomization",
             r->object.name ? r->object.name : "(no name)", r->message, r->topic);
    if (!r->advice)
        return;
    str_adds(out, "    ");
    text_wrap(out, sv_of(r->advice), 4, 4, width);
    str_addc(out, '\n');
}

/* A packed chart holds something to change that cannot be changed there. */
static void print_packed(const struct migrate_file *f, struct str *out)
{
    if (f->result.changed && !f->path && !f->standard_input)
        str_addf(out,
                 "%s: decide: a packed chart is not written to: unpack it, or take a newer "
                 "release of the chart [packed-chart]\n",
                 f->name);
}

void migrate_print_text(const struct cmd_ctx *ctx, const struct migrate_files *m, struct str *out)
{
    vec_foreach(file, &m->files) {
        const struct migrate_file *f = *file;
        vec_foreach(c, &f->result.changes) {
            print_change(ctx, f, c, out);
        }
        vec_foreach(r, &f->result.remarks) {
            print_remark(f->name, r, ctx->colour, ctx->width, out);
        }
        print_packed(f, out);
    }
}

void migrate_print_diff(const struct cmd_ctx *ctx, const struct migrate_files *m, struct str *out)
{
    vec_foreach(file, &m->files) {
        const struct migrate_file *f = *file;
        if (f->result.changed && (f->path || f->standard_input))
            unified_diff(out, f->name, str_sv(&f->old), str_sv(&f->result.text), ctx->colour);
    }
}

void migrate_say_remarks(const struct cmd_ctx *ctx, const struct migrate_files *m)
{
    _cleanup_str_ struct str out = {0};
    str_init(&out, 0);
    vec_foreach(file, &m->files) {
        const struct migrate_file *f = *file;
        vec_foreach(r, &f->result.remarks) {
            print_remark(f->name, r, ctx->colour_err, ctx->width, &out);
        }
        print_packed(f, &out);
    }
    fwrite(str_c(&out), 1, out.len, ctx->err);
}

void migrate_say_problems(const struct cmd_ctx *ctx, const struct migrate_files *m)
{
    char line[2048], where[1024];
    vec_foreach(p, &m->inputs.problems) {
        snprintf(line, sizeof line, "%s: %s", p->where, p->message);
        cmd_print_err(ctx, line, p->hint);
    }
    vec_foreach(file, &m->files) {
        const struct migrate_file *f = *file;
        vec_foreach(p, &f->result.problems) {
            snprintf(line, sizeof line, "%s: %s",
                     place(where, sizeof where, f->name, p->line, p->column), p->message);
            cmd_print_err(ctx, line, NULL);
        }
        if (f->err.class != ERR_NONE)
            cmd_print_err(ctx, f->err.msg, f->err.hint[0] ? f->err.hint : NULL);
    }
    vec_foreach(n, &m->inputs.notes) {
        cmd_say(ctx, "%s", *n);
    }
}

/* JSON. */

static void json_version(struct jsonw *w, const char *key, struct version v)
{
    char text[VERSION_TEXT_MAX];
    jsonw_kv_str(w, key, v.set ? version_format(v, false, text) : NULL);
}

static void json_object(struct jsonw *w, const char *file, const struct migrate_object *o,
                        uint32_t line, uint32_t column)
{
    jsonw_key(w, "subject");
    jsonw_object(w);
    jsonw_kv_str(w, "file", file);
    jsonw_kv_int(w, "line", line);
    jsonw_kv_int(w, "column", column);
    jsonw_kv_str(w, "apiVersion", o->api_version);
    jsonw_kv_str(w, "kind", o->kind);
    jsonw_kv_str(w, "namespace", o->namespace);
    jsonw_kv_str(w, "name", o->name);
    jsonw_object_end(w);
}

static void json_changes(struct jsonw *w, const struct migrate_files *m)
{
    jsonw_key(w, "changes");
    jsonw_array(w);
    vec_foreach(file, &m->files) {
        vec_foreach(c, &(*file)->result.changes) {
            jsonw_object(w);
            json_object(w, (*file)->name, &c->object, c->object.line, c->object.column);
            jsonw_kv_str(w, "to", c->to);
            json_version(w, "not_before", c->not_before);
            json_version(w, "again_before", c->again_before);
            jsonw_object_end(w);
        }
    }
    jsonw_array_end(w);
}

static void json_remarks(struct jsonw *w, const struct migrate_files *m, enum migrate_word word,
                         const char *key)
{
    jsonw_key(w, key);
    jsonw_array(w);
    vec_foreach(file, &m->files) {
        vec_foreach(r, &(*file)->result.remarks) {
            if (r->word != word)
                continue;
            jsonw_object(w);
            jsonw_kv_str(w, "topic", r->topic);
            jsonw_kv_str(w, "message", r->message);
            jsonw_kv_str(w, "advice", r->advice);
            json_object(w, (*file)->name, &r->object, r->line, r->column);
            jsonw_object_end(w);
        }
    }
    jsonw_array_end(w);
}

static void json_problem(struct jsonw *w, const char *where, const char *message)
{
    jsonw_object(w);
    jsonw_kv_str(w, "where", where);
    jsonw_kv_str(w, "message", message);
    jsonw_object_end(w);
}

static void json_problems(struct jsonw *w, const struct migrate_files *m)
{
    char where[1024];
    jsonw_key(w, "problems");
    jsonw_array(w);
    vec_foreach(p, &m->inputs.problems) {
        json_problem(w, p->where, p->message);
    }
    vec_foreach(file, &m->files) {
        const struct migrate_file *f = *file;
        vec_foreach(p, &f->result.problems) {
            json_problem(w, place(where, sizeof where, f->name, p->line, p->column), p->message);
        }
        if (f->err.class != ERR_NONE)
            json_problem(w, f->name, f->err.msg);
    }
    jsonw_array_end(w);
}

static void json_files(struct jsonw *w, const struct migrate_files *m)
{
    jsonw_key(w, "files");
    jsonw_array(w);
    vec_foreach(file, &m->files) {
        const struct migrate_file *f = *file;
        if (!f->result.changed)
            continue;
        jsonw_object(w);
        jsonw_kv_str(w, "name", f->name);
        jsonw_kv_bool(w, "writable", f->path != NULL);
        jsonw_kv_bool(w, "written", f->written);
        jsonw_object_end(w);
    }
    jsonw_array_end(w);
}

static void json_totals(struct jsonw *w, const struct migrate_files *m)
{
    struct migrate_totals t;
    migrate_count(m, &t);
    jsonw_key(w, "summary");
    jsonw_object(w);
    jsonw_kv_int(w, "files", (long long)t.files);
    jsonw_kv_int(w, "objects", (long long)t.objects);
    jsonw_kv_int(w, "changed_files", (long long)t.changed);
    jsonw_kv_int(w, "written_files", (long long)t.written);
    jsonw_kv_int(w, "changes", (long long)t.changes);
    jsonw_kv_int(w, "decisions", (long long)t.decisions);
    jsonw_kv_int(w, "notes", (long long)t.notes);
    jsonw_kv_int(w, "problems", (long long)t.problems);
    jsonw_object_end(w);
}

void migrate_print_json(const struct migrate_report *r, const struct migrate_files *m,
                        struct str *out)
{
    struct jsonw w;
    jsonw_init(&w, out, 2);
    jsonw_object(&w);
    jsonw_kv_str(&w, "schema", "toban.migration/v1");
    jsonw_kv_str(&w, "data_date", r->data_date);
    json_version(&w, "from", r->from);
    json_version(&w, "to", r->to);
    jsonw_kv_str(&w, "mode", r->mode);
    json_totals(&w, m);
    json_files(&w, m);
    json_changes(&w, m);
    json_remarks(&w, m, MIGRATE_DECISION, "decisions");
    json_remarks(&w, m, MIGRATE_NOTE, "notes");
    json_problems(&w, m);
    jsonw_object_end(&w);
    str_addc(out, '\n');
}
